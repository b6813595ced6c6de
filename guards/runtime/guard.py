"""The guard of one deployment: `plan` says what a call would do, `execute` does what was planned, `run` is both.

The flow is here, a line a step; what is allowed is decided in `core`, and how it is carried out is in `execute`.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, fields
from hmac import compare_digest
from typing import Any, Final, get_args

from guards.core.audit import refusal
from guards.core.decision import Denial, Grant, admit, decide, denial
from guards.core.ids import AnyId
from guards.core.plan import Plan, make_plan, plan_digest
from guards.core.receipt import Preview, Receipt
from guards.core.refusals import Code, Objection, objection
from guards.core.request import Request
from guards.core.selector import Selector
from guards.core.values import Policy, Principal, Resource, Snapshot, expect, expect_within
from guards.errors import RequestError, shown
from guards.runtime.asking import AskedInventory, not_written_down, unavailable
from guards.runtime.execute import execute
from guards.runtime.ports import Ports
from guards.runtime.snapshot import take_snapshot

_IDS: Final = get_args(AnyId)
_PARTS: Final = {
    of: tuple(field.name for field in fields(of)) for of in (Request, Principal, Resource, *get_args(Selector))
}

DEADLINE_NS: Final = 5_000_000_000
"""How long a port may take to answer unless the deployment says otherwise."""


@dataclass(frozen=True, slots=True)
class _Judged:
    """A grant, and what was read to reach it."""

    grant: Grant
    snapshot: Snapshot


class Guard:
    """Stands between callers and the platform. It holds its ports, its policy and its patience, and no state."""

    def __init__(self, ports: Ports, policy: Policy, deadline_ns: int = DEADLINE_NS) -> None:
        expect(Ports, "ports", ports)
        expect(Policy, "policy", policy)
        expect_within("deadline_ns", deadline_ns, None)
        self._ports = ports
        self._policy = policy
        self._deadline_ns = deadline_ns

    def plan(self, request: Request) -> Plan | Denial:
        """What exactly the call would do, or why it may not. Nothing is done."""
        judged = self._judge(request)
        if isinstance(judged, Denial):
            return self._recorded(request, judged)
        return judged.grant.plan

    def execute(self, plan: Plan) -> Receipt | Denial:
        """Do what was planned, if the same call still makes the same plan and is still allowed."""
        if type(plan) is not Plan:
            raise RequestError(f"only a plan can be executed, not {shown(plan)}", code="not_a_plan")
        if not _is_as_made(plan):
            return self._altered(plan)
        done = self._execute(plan)
        return self._recorded(plan.request, done) if isinstance(done, Denial) else done

    def run(self, request: Request) -> Receipt | Preview | Denial:
        """Plan and execute in one. A dry run ends with the preview."""
        judged = self._judge(request)
        if isinstance(judged, Denial):
            return self._recorded(request, judged)
        if request.dry_run:
            return _preview(judged)
        return self.execute(judged.grant.plan)

    def _judge(self, request: Request) -> _Judged | Denial:
        """Admission before anything is read; then the snapshot, the plan and the decision."""
        if type(request) is not Request:
            raise RequestError(f"only a request can be judged, not {shown(request)}", code="not_a_request")
        refused = admit(request, self._policy)
        if refused is not None:
            return refused
        try:
            snapshot = take_snapshot(
                request, AskedInventory(self._ports.inventory, self._ports.clock, self._deadline_ns)
            )
            plan = make_plan(request, snapshot)
        except Exception as error:
            return denial([unavailable(error)])
        decision = decide(plan, snapshot, self._policy)
        return decision if isinstance(decision, Denial) else _Judged(decision, snapshot)

    def _execute(self, plan: Plan) -> Receipt | Denial:
        if plan.request.dry_run:
            return denial([objection(Code.DRY_RUN_ONLY)])
        judged = self._judge(plan.request)
        if isinstance(judged, Denial):
            return judged
        if not compare_digest(judged.grant.plan.digest, plan.digest):
            return denial([_stale(plan, judged.grant.plan)])
        return execute(judged.grant, self._ports, self._deadline_ns)

    def _altered(self, plan: Plan) -> Denial:
        """The denial of a plan that is not as it was made, written down if there is still a request to write down."""
        altered = denial([objection(Code.PLAN_ALTERED)])
        with suppress(Exception):  # whoever altered the plan may have put anything in the place of its request
            self._recorded(plan.request, altered)
        return altered

    def _recorded(self, request: Request, denied: Denial) -> Denial:
        """The denial, written down if the audit can. What cannot be written down is denied all the same."""
        not_written_down(refusal(request, denied), self._ports, self._deadline_ns)
        return denied


def _is_as_made(plan: Plan) -> bool:
    """Whether the digest is that of what the plan holds, all of it such as could be built anew."""
    with suppress(Exception):  # somebody put in what no plan can hold, or left out what each has
        if type(plan.request) is not Request or type(plan.targets) is not tuple:
            return False
        if not all(type(row) is Resource for row in plan.targets):
            return False
        return compare_digest(plan.digest, plan_digest(_built_anew(plan.request), _built_anew(plan.targets)))
    return False


def _built_anew(value: Any) -> Any:
    """The value, made by its constructor out of parts made so: each looks again at what it is given, down to the text
    of an id. A likeness of a number, a text or a member is refused by whatever holds it.
    """
    of = type(value)
    if of is tuple:
        return tuple(map(_built_anew, value))
    if of in _PARTS:
        return of(*[_built_anew(getattr(value, name)) for name in _PARTS[of]])
    if of in _IDS:
        made, said = value.__reduce__()  # as an id says of itself; `copy` asks the same, at several times the cost
        return made(*said)
    return value


def _stale(old: Plan, new: Plan) -> Objection:
    """Which resources changed, appeared or are gone between two plans of one call."""
    changed = tuple({row.id for row in set(old.targets).symmetric_difference(new.targets)})
    return objection(Code.PLAN_STALE, count=len(changed), resources=changed)


def _preview(judged: _Judged) -> Preview:
    return Preview(judged.grant.plan, judged.snapshot.dependents, judged.snapshot.fleet)
