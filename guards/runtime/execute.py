"""Carries out a grant, and is the second barrier: it believes neither the plan nor whoever decided.

From the call and its principal alone it derives again, by its own code and on plain text, the one organization that the
call may touch. It reads every target afresh, asks anew what stands on them, and looks at all of it before the first
effect. Each effect is a write that the platform makes only if id, owner and version still match. So no single broken
line, here or in the decision, lets a call reach another tenant. For that reason nothing here is shared with
`core.checks`; the likeness is wanted.
"""

from __future__ import annotations

from dataclasses import dataclass

from guards.core.audit import Entry, effect, intent
from guards.core.decision import Denial, Grant, denial
from guards.core.ids import OrganizationId, ResourceId, text
from guards.core.plan import Plan
from guards.core.receipt import Line, Outcome, Receipt
from guards.core.refusals import Code, Objection, objection
from guards.core.request import Request
from guards.core.selector import Explicit, OneProject, WholeOrganization
from guards.core.values import Hold, ProductState, Resource, Role
from guards.errors import PortFailure, shown
from guards.runtime.asking import INVENTORY, AskedInventory, ask, not_written_down, unavailable
from guards.runtime.ports import Ports


@dataclass(frozen=True, slots=True)
class _Mandate:
    """What one execution may act on: the call, the plan it was granted, and the organization derived from the call."""

    request: Request
    plan_digest: str
    owner: OrganizationId
    ports: Ports
    deadline: int


def execute(grant: Grant, ports: Ports, deadline: int) -> Receipt | Denial:
    """Do exactly what was granted, or refuse. A receipt says that something was done, or may have been."""
    if type(grant) is not Grant:
        return denial([objection(Code.NOT_GRANTED, why=f"{shown(grant)} is no grant")])
    if not _is_a_plan(grant.plan):
        return denial([objection(Code.NOT_GRANTED, why="what was granted is no plan")])
    plan, request = grant.plan, grant.plan.request
    if request.dry_run is not False:
        return denial([objection(Code.DRY_RUN_ONLY)])
    owner = the_one_organization(request)
    if owner is None:
        return denial([objection(Code.NOT_GRANTED, why="the caller may not act for the organization it names")])
    try:
        found = AskedInventory(ports.inventory, ports.clock, deadline).by_ids(tuple([row.id for row in plan.targets]))
        unfit = _unfit(plan, found, text(owner))
        others = _of_others(plan, text(owner), ports, deadline)
    except Exception as error:
        return denial([unavailable(error)])
    if unfit or not found:
        return denial([objection(Code.PLAN_STALE, count=len(unfit), resources=tuple(unfit))])
    if others is not None:
        return denial([others])
    return _carry_out(plan, _Mandate(request, plan.digest, owner, ports, deadline))


def _is_a_plan(plan: object) -> bool:
    """Whether this is exactly a plan and made of what plans are made of: a likeness could answer as it likes."""
    if type(plan) is not Plan or type(plan.request) is not Request or type(plan.targets) is not tuple:
        return False
    return all(type(target) is Resource for target in plan.targets)


def the_one_organization(request: Request) -> OrganizationId | None:
    """The only organization whose resources this call may touch, or None if there is no such organization."""
    caller, selector = request.requester, request.selector
    if type(selector) is WholeOrganization and text(selector.acknowledge) != text(selector.organization):
        return None
    named = text(selector.organization)
    if caller.role is Role.OPERATOR:
        return OrganizationId(named) if caller.organization is None else None
    if caller.organization is None or text(caller.organization) != text(selector.organization):
        return None
    return OrganizationId(named)


def _unfit(plan: Plan, found: tuple[Resource, ...], owner: str) -> list[ResourceId]:
    """The targets that are not, right now, exactly what was planned and within what the call may touch."""
    rows = {text(row.id): row for row in found}
    if len(rows) != len(found) or len(found) != len(plan.targets):
        return [target.id for target in plan.targets]
    request, named = plan.request, _named(plan.request)
    return [target.id for target in plan.targets if not _fits(target, rows.get(text(target.id)), request, owner, named)]


def _named(request: Request) -> frozenset[str]:
    """The resources that the call itself names, once for all targets."""
    selector = request.selector
    return frozenset(map(text, selector.resources)) if type(selector) is Explicit else frozenset()


def _fits(planned: Resource, found: Resource | None, request: Request, owner: str, named: frozenset[str]) -> bool:
    if found is None or text(found.organization) != owner or text(found.kind) != text(request.kind):
        return False
    if found.version != planned.version or found.hold is not Hold.CLEAR:
        return False
    return _is_selected(found, request, named)


def _is_selected(found: Resource, request: Request, named: frozenset[str]) -> bool:
    """Whether the call's own words cover the resource; its organization has been looked at before."""
    selector = request.selector
    if type(selector) is OneProject and found.project is not None:
        return text(found.project) == text(selector.project)
    if type(selector) is Explicit:
        return text(found.id) in named
    return type(selector) is WholeOrganization


def _of_others(plan: Plan, owner: str, ports: Ports, deadline: int) -> Objection | None:
    """The objection to destroying what others stand on; asked not by way of what the decision asked with."""
    targets = tuple([target.id for target in plan.targets])
    standing = ask(ports.clock, deadline, INVENTORY, lambda: ports.inventory.dependents(targets))
    if type(standing) is not tuple:
        raise PortFailure(INVENTORY, f"answered {shown(standing)} where a tuple was due")
    grounds = [dependent.stands_on for dependent in standing if text(dependent.organization) != owner]
    if not grounds:
        return None
    ground = tuple(set(grounds))
    return objection(Code.OTHERS_DEPEND, dependents=len(grounds), count=len(ground), resources=ground)


def _carry_out(plan: Plan, mandate: _Mandate) -> Receipt | Denial:
    """One target after the other, until all are done or the first one that is not."""
    lines: list[Line] = []
    for target in plan.targets:
        outcome, stop = _destroy(target, mandate)
        lines.append(Line(target.id, outcome))
        if stop is not None:
            return _stopped(plan, lines, stop)
    return Receipt(plan.digest, tuple(lines), None)


def _stopped(plan: Plan, lines: list[Line], stop: Objection) -> Receipt | Denial:
    """What became of each target, the rest untouched; a denial if nothing was done to the first one, so to none."""
    if lines[0].outcome not in (Outcome.DONE, Outcome.IN_DOUBT):
        return denial([stop])
    rest = [Line(target.id, Outcome.UNTOUCHED) for target in plan.targets[len(lines) :]]
    return Receipt(plan.digest, (*lines, *rest), stop)


def _destroy(target: Resource, mandate: _Mandate) -> tuple[Outcome, Objection | None]:
    """One target: the product's state, the intent, the effect, the record. What became of it, and why to stop."""
    stop = _not_writable(mandate) or _unwritten(mandate, intent(mandate.request, mandate.plan_digest, target))
    if stop is not None:
        return Outcome.UNTOUCHED, stop
    try:
        outcome, stop = _write(target, mandate)
    except BaseException:
        # A cancellation or an exit goes on, but the chain does not end with an intent that nobody can read.
        _unwritten(mandate, effect(mandate.request, mandate.plan_digest, target, Outcome.IN_DOUBT))
        raise
    unrecorded = _unwritten(mandate, effect(mandate.request, mandate.plan_digest, target, outcome))
    return outcome, stop or unrecorded


def _unwritten(mandate: _Mandate, entry: Entry) -> Objection | None:
    return not_written_down(entry, mandate.ports, mandate.deadline)


def _not_writable(mandate: _Mandate) -> Objection | None:
    ports, kind = mandate.ports, mandate.request.kind
    try:
        state = AskedInventory(ports.inventory, ports.clock, mandate.deadline).product(kind)
    except PortFailure as failure:
        return unavailable(failure)
    return None if state is ProductState.WRITABLE else objection(Code.READ_ONLY, kind=kind, state=state.value)


def _write(target: Resource, mandate: _Mandate) -> tuple[Outcome, Objection | None]:
    """The one place where something is destroyed. Any answer but DONE or REFUSED leaves the effect in doubt."""
    ports, verb = mandate.ports, mandate.request.verb
    try:
        outcome = ask(
            ports.clock,
            mandate.deadline,
            "the platform",
            lambda: ports.effector.destroy(verb, target.id, mandate.owner, target.version),
        )
    except PortFailure as failure:
        return Outcome.IN_DOUBT, objection(Code.WRITE_IN_DOUBT, resource=target.id, port=failure.port, why=failure.why)
    if outcome is Outcome.DONE:
        return Outcome.DONE, None
    if outcome is Outcome.REFUSED:
        return Outcome.REFUSED, objection(Code.WRITE_REFUSED, resource=target.id)
    why = f"answered {shown(outcome)}"
    return Outcome.IN_DOUBT, objection(Code.WRITE_IN_DOUBT, resource=target.id, port="the platform", why=why)
