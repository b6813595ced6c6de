"""Every refusal of the guard out of a real call: the world in which it comes up, and the call that it answers.

Nothing here is rendered from a code: each example runs the guard, the decision or the execution, and takes what comes
out. Where a refusal can say several things, each of them is an example of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from guards.core.decision import Denial, Grant, decide
from guards.core.ids import Kind, OrganizationId, ResourceId
from guards.core.plan import Plan
from guards.core.receipt import Outcome, Receipt
from guards.core.selector import Explicit, OneProject, Selector, WholeOrganization
from guards.core.values import Hold, Limits, Listing, ProductState, Resource
from guards.runtime.execute import execute
from tests.core import cases
from tests.core.cases import request
from tests.runtime.worlds import ACME, BALANCER, OTHER, POLICY, STRANGER, TENANT, THEIRS, WEB, Stand

WHOLE = WholeOrganization(ACME, ACME)
NOBODY = OrganizationId("nobody")

Answer = Denial | Receipt
Port = Callable[..., Any]


# Ports that fail.


def raising(*_args: Any) -> Any:
    raise TimeoutError("a secret of the platform")


def answering(value: Any) -> Port:
    return lambda *_args: value


def after(times: int, first: Port, then: Port) -> Port:
    """Answers so many times in the first way, and ever after in the second."""
    left = iter(range(times))
    return lambda *args: first(*args) if next(left, None) is not None else then(*args)


OPEN, DONE = answering(ProductState.WRITABLE), answering(Outcome.DONE)


def late(port: str) -> Stand:
    """A stand one of whose ports answers a nanosecond too late."""
    stand = Stand()
    honest = getattr({"append": stand.audit}.get(port, stand.world), port)

    def slow(*args: Any) -> Any:
        stand.clock.time += 1_001
        return honest(*args)

    for owner in (stand.ports.audit, stand.ports.inventory):
        owner._instead[port] = slow  # type: ignore[attr-defined]  # the stand's own ports
    return stand


def listing(*names: str, total: int) -> Stand:
    """An inventory that answers with these rows, whatever it was asked."""
    answer = answering(Listing(Stand().world.by_ids(ids(*names)), total))
    return Stand(of_organization=answer, of_project=answer)


def forgetful(records: int) -> Stand:
    """An audit that keeps so many records, and then fails."""
    stand = Stand()
    failing = after(records, stand.audit.append, raising)
    stand.ports.audit._instead["append"] = failing  # type: ignore[attr-defined]  # the stand's own port
    return stand


# Worlds.


def ids(*names: str) -> tuple[ResourceId, ...]:
    return tuple(map(ResourceId, names))


def crowded() -> Stand:
    stand = Stand()
    for n in range(2, 8):
        stand.world.add(replace(stand.world.by_ids(ids("db-1"))[0], id=ResourceId(f"db-{n}")))
    return stand


def held() -> Stand:
    stand = Stand()
    stand.world.hold_organization(ACME, Hold.HELD)
    stand.world.hold_project(WEB, Hold.UNKNOWN)
    return stand


def closed() -> Stand:
    stand = Stand()
    stand.world.set_product(BALANCER, ProductState.READ_ONLY)
    return stand


def built_upon(stand: Stand, ground: str) -> Stand:
    stand.world.stand(ResourceId("db-10"), ResourceId(ground))
    return stand


# Calls.


def asked(stand: Stand | None = None, selector: Selector = WHOLE, **changes: Any) -> Any:
    """One call, planned and executed."""
    return (stand or Stand()).guard.run(request(selector, **changes))


def planned(stand: Stand, **changes: Any) -> Plan:
    plan = stand.guard.plan(request(WHOLE, **changes))
    assert isinstance(plan, Plan)
    return plan


def decided(*checks: Any) -> Any:
    """What a decision says that asks these."""
    return decide(cases.plan(), cases.snapshot(), cases.POLICY, admission=checks[:1], checks=checks)


def granted(grant: Any, stand: Stand | None = None) -> Any:
    """What the second barrier says, whoever made the grant."""
    return execute(grant, (stand or Stand()).ports, 1_000)


def altered() -> Any:
    stand = Stand()
    return stand.guard.execute(replace(planned(stand), targets=()))


def out_of_date() -> Any:
    stand = Stand()
    plan = planned(stand)
    stand.world.hold_resource(ResourceId("lb-2"), Hold.CLEAR)  # another version, and nothing else
    return stand.guard.execute(plan)


def out_of_date_when_granted() -> Any:
    stand = Stand()
    plan = planned(stand)
    stand.world.transfer(ResourceId("lb-1"), OTHER, THEIRS)
    return granted(Grant(plan), stand)


def only_tried() -> Any:
    stand = Stand()
    return stand.guard.execute(planned(stand, dry_run=True))


def built_upon_when_granted() -> Any:
    stand = Stand()
    plan = planned(stand)
    return granted(Grant(plan), built_upon(stand, "lb-2"))


def a_strangers_grant() -> Any:
    return granted(Grant(replace(planned(Stand()), request=request(WHOLE, requester=STRANGER))))


def a_check_that_breaks(*_facts: Any) -> Any:
    raise ZeroDivisionError


A_HALF_MADE_ROW = object.__new__(Resource)

CALLS: tuple[tuple[str, Callable[[], Any]], ...] = (
    ("not_your_organization", lambda: asked(selector=WholeOrganization(OTHER, OTHER), requester=TENANT)),
    ("wrong_environment", lambda: asked(environment="staging")),
    ("policy_changed", lambda: asked(policy_version="2026-10")),
    ("organization_unknown", lambda: asked(selector=WholeOrganization(NOBODY, NOBODY))),
    ("project_not_found", lambda: asked(selector=OneProject(ACME, THEIRS))),
    ("not_found", lambda: asked(selector=Explicit(ACME, ids("lb-1", "lb-10")))),
    ("wrong_kind", lambda: asked(crowded(), Explicit(ACME, ids("lb-1", *(f"db-{n}" for n in range(1, 8)))))),
    ("nothing_to_do", lambda: asked(kind=Kind("cluster"))),
    ("held", lambda: asked(held())),
    ("limit_count", lambda: asked(Stand(replace(POLICY, limits=Limits(2, 100))))),
    ("limit_percent", lambda: asked(Stand(replace(POLICY, limits=Limits(100, 5))))),
    ("read_only", lambda: asked(closed())),
    ("others_depend", lambda: asked(built_upon(Stand(), "lb-1"))),
    ("others_depend", built_upon_when_granted),
    ("inventory_foreign", lambda: asked(listing("lb-1", "lb-10", total=2))),
    ("inventory_foreign", lambda: asked(listing("lb-1", "lb-2", "lb-old", total=3), OneProject(ACME, WEB))),
    ("inventory_incomplete", lambda: asked(listing("lb-1", total=3))),
    ("inventory_surplus", lambda: asked(listing("lb-1", "lb-1", total=2))),
    ("dependency_unavailable", lambda: asked(Stand(fleet=raising))),
    ("dependency_unavailable", lambda: asked(late("fleet"))),
    ("dependency_unavailable", lambda: asked(Stand(fleet=answering("many")))),
    ("dependency_unavailable", lambda: asked(Stand(projects=answering(None)))),
    ("dependency_unavailable", lambda: asked(Stand(by_ids=answering((A_HALF_MADE_ROW,))), Explicit(ACME, ids("lb-1")))),
    ("dependency_unavailable", lambda: granted(Grant(planned(Stand())), Stand(dependents=answering([])))),
    ("dependency_unavailable", lambda: granted(Grant(planned(Stand())), late("dependents"))),
    ("dependency_unavailable", lambda: asked(Stand(now=raising))),
    ("dependency_unavailable", lambda: asked(Stand(now=answering("noon")))),
    ("audit_unavailable", lambda: asked(Stand(append=raising))),
    ("audit_unavailable", lambda: asked(late("append"))),
    ("audit_unavailable", lambda: asked(Stand(append=answering(None)))),
    ("check_broken", lambda: decided(a_check_that_breaks)),
    ("check_broken", lambda: decided(partial(a_check_that_breaks))),
    ("no_checks", lambda: decided()),
    ("plan_altered", altered),
    ("plan_stale", out_of_date),
    ("plan_stale", out_of_date_when_granted),
    ("dry_run_only", only_tried),
    ("dry_run_only", lambda: granted(Grant(planned(Stand(), dry_run=True)))),
    ("not_granted", lambda: granted(None)),
    ("not_granted", lambda: granted(Grant(A_HALF_MADE_ROW))),  # type: ignore[arg-type]  # that it is refused is the point
    ("not_granted", a_strangers_grant),
    ("write_refused", lambda: asked(Stand(destroy=answering(Outcome.REFUSED)))),
    ("read_only", lambda: asked(Stand(product=after(2, OPEN, answering(None))))),
    # Executions that stop halfway; what follows upon an effect is told by a receipt.
    ("read_only", lambda: asked(Stand(product=after(3, OPEN, answering(ProductState.READ_ONLY))))),
    ("read_only", lambda: asked(Stand(product=after(3, OPEN, answering(None))))),
    ("dependency_unavailable", lambda: asked(Stand(product=after(3, OPEN, raising)))),
    ("audit_unavailable", lambda: asked(forgetful(1))),
    ("audit_unavailable", lambda: asked(forgetful(2))),
    ("write_refused", lambda: asked(Stand(destroy=after(1, DONE, answering(Outcome.REFUSED))))),
    ("write_in_doubt", lambda: asked(Stand(destroy=raising))),
    ("write_in_doubt", lambda: asked(late("destroy"))),
    ("write_in_doubt", lambda: asked(Stand(destroy=answering(Outcome.UNTOUCHED)))),
)
"""The code that each is about, in the order of the guard's codes; a call may be refused for other reasons besides."""
