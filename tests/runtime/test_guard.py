"""The flow of a call: admitted, planned, decided, executed, written down; and what each kind of call comes to."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, fields, replace
from types import SimpleNamespace
from typing import Any

import pytest

from guards.core.audit import first_break
from guards.core.decision import Denial
from guards.core.ids import OrganizationId, ProjectId, ResourceId, text
from guards.core.plan import Plan, plan_digest
from guards.core.receipt import Preview, Receipt, is_complete
from guards.core.request import Request
from guards.core.selector import Explicit, OneProject, Selector, WholeOrganization
from guards.core.values import Hold, Limits, Policy, ProductState, Resource, Role, Verb
from guards.errors import IdError, RecordError, RequestError
from guards.runtime.guard import Guard
from tests.core.cases import request as valid_request
from tests.runtime.worlds import (
    ACME,
    BALANCER,
    DATABASE,
    DEFAULT,
    OPERATOR,
    OTHER,
    POLICY,
    STRANGER,
    TENANT,
    THEIRS,
    WEB,
    Stand,
)

WHOLE = WholeOrganization(ACME, ACME)


def named(*names: str) -> Explicit:
    return Explicit(ACME, tuple(ResourceId(name) for name in names))


def request(selector: Selector = WHOLE, **changes: Any) -> Any:
    return valid_request(selector, **changes)


def codes(answer: object) -> list[str]:
    assert isinstance(answer, Denial), answer
    return [objection.code.value for objection in answer.objections]


VALID = [
    (WHOLE, ["lb-1", "lb-2", "lb-old"]),
    (OneProject(ACME, DEFAULT), ["lb-1"]),
    (OneProject(ACME, WEB), ["lb-2"]),
    (named("lb-old"), ["lb-old"]),
    (named("lb-2", "lb-1"), ["lb-1", "lb-2"]),
]


@pytest.mark.parametrize(("selector", "hit"), VALID, ids=lambda item: type(item).__name__)
@pytest.mark.parametrize("requester", [OPERATOR, TENANT], ids=lambda caller: caller.role.value)
@pytest.mark.parametrize("verb", list(Verb))
def test_a_valid_call_does_all_and_only_what_it_asks(
    selector: Selector, hit: list[str], requester: Any, verb: Verb
) -> None:
    stand = Stand()
    receipt = stand.guard.run(request(selector, requester=requester, verb=verb))
    assert isinstance(receipt, Receipt)
    assert is_complete(receipt)
    assert [text(line.resource) for line in receipt.lines] == hit
    assert stand.fallen() == hit
    states = {text(row.id): state.value for row, state in stand.world.everything()}
    assert {states[name] for name in hit} == {"invalidated" if verb is Verb.INVALIDATE else "deleted"}
    assert stand.events() == [told for name in hit for told in (f"intent:{name}", f"effect:{name}:done")]
    assert first_break(stand.audit.records) is None


def test_a_plan_does_nothing_until_it_is_executed() -> None:
    stand = Stand()
    plan = stand.guard.plan(request())
    assert isinstance(plan, Plan)
    assert stand.fallen() == stand.events() == []
    assert "destroy" not in stand.journal
    receipt = stand.guard.execute(plan)
    assert isinstance(receipt, Receipt)
    assert receipt.plan_digest == plan.digest
    assert stand.fallen() == ["lb-1", "lb-2", "lb-old"]


@pytest.mark.parametrize("again", ["execute", "run"])
def test_a_call_repeated_finds_nothing_left_to_do(again: str) -> None:
    stand = Stand()
    plan = stand.guard.plan(request())
    assert isinstance(plan, Plan)
    stand.guard.execute(plan)
    before = stand.fallen()
    answer = stand.guard.execute(plan) if again == "execute" else stand.guard.run(plan.request)
    assert codes(answer) == ["nothing_to_do"]
    assert stand.fallen() == before


CROSSINGS = {
    "a tenant's call for another organization": (WholeOrganization(OTHER, OTHER), TENANT, ["not_your_organization"]),
    "a stranger's call for this one": (WHOLE, STRANGER, ["not_your_organization"]),
    "another organization's project": (OneProject(ACME, THEIRS), TENANT, ["nothing_to_do", "project_not_found"]),
    "the same by an operator": (OneProject(ACME, THEIRS), OPERATOR, ["nothing_to_do", "project_not_found"]),
    "an unknown project": (OneProject(ACME, ProjectId("WEB")), TENANT, ["nothing_to_do", "project_not_found"]),
    "one foreign id alone": (named("lb-10"), TENANT, ["not_found", "nothing_to_do"]),
    "one foreign id among its own, last": (named("lb-1", "lb-10"), TENANT, ["not_found"]),
    "one foreign id among its own, first": (named("lb-10", "lb-1"), OPERATOR, ["not_found"]),
    "an id of another kind": (named("lb-1", "db-1"), TENANT, ["wrong_kind"]),
    "a foreign id of another kind": (named("lb-1", "db-10"), TENANT, ["not_found"]),
    "an organization's id as a resource": (named("acme2"), OPERATOR, ["not_found", "nothing_to_do"]),
}


@pytest.mark.parametrize(("selector", "requester", "expected"), CROSSINGS.values(), ids=CROSSINGS)
def test_a_call_that_reaches_too_far_is_refused_whole(selector: Selector, requester: Any, expected: list[str]) -> None:
    stand = Stand()
    assert codes(stand.guard.run(request(selector, requester=requester))) == expected
    assert stand.fallen() == []
    assert "destroy" not in stand.journal
    assert stand.events() == ["refusal"]


def test_an_own_project_with_nothing_in_it_is_found_all_the_same() -> None:
    stand = Stand()
    stand.world.add_project(ProjectId("empty"), ACME)
    assert codes(stand.guard.run(request(OneProject(ACME, ProjectId("empty"))))) == ["nothing_to_do"]


@pytest.mark.parametrize("ground", ["lb-1", "lb-2", "lb-old"])
def test_a_plan_is_refused_for_what_others_have_on_any_of_its_targets(ground: str) -> None:
    stand = Stand()
    stand.world.stand(ResourceId("db-10"), ResourceId(ground))
    assert codes(stand.guard.plan(request())) == ["others_depend"]


def test_a_strangers_call_reads_nothing() -> None:
    stand = Stand()
    stand.guard.run(request(requester=STRANGER))
    assert stand.journal == ["append"]
    assert stand.world.rows_read == 0


@pytest.mark.parametrize(
    ("foreign", "unknown"),
    [
        (OneProject(ACME, THEIRS), OneProject(ACME, ProjectId("acme2"))),
        (named("lb-10"), named("lb-10")),
        (named("lb-1", "db-10"), named("lb-1", "db-10")),
    ],
    ids=["project", "resource", "of another kind"],
)
@pytest.mark.parametrize("requester", [OPERATOR, TENANT], ids=lambda caller: caller.role.value)
def test_foreign_and_unknown_get_the_same_answer(foreign: Selector, unknown: Selector, requester: Any) -> None:
    """The same call, once with the neighbour there, held, and leaned upon, and once without the neighbour."""
    with_neighbour, alone = Stand(), Stand()
    with_neighbour.world.hold_resource(ResourceId("lb-10"), Hold.HELD)
    with_neighbour.world.hold_project(THEIRS, Hold.HELD)
    with_neighbour.world.stand(ResourceId("db-10"), ResourceId("lb-10"))
    for name in ("lb-10", "db-10"):
        alone.world._take(alone.world._live.pop(name))
    del alone.world._projects["acme2"]
    one = with_neighbour.guard.run(request(foreign, requester=requester))
    other = alone.guard.run(request(unknown, requester=requester))
    assert one == other
    assert isinstance(one, Denial)


def test_an_operator_is_told_that_an_organization_is_unknown() -> None:
    nobody = OrganizationId("ACME")
    answer = Stand().guard.run(request(WholeOrganization(nobody, nobody)))
    assert codes(answer) == ["held", "nothing_to_do", "organization_unknown"]


def test_a_dry_run_previews_and_changes_nothing() -> None:
    stand = Stand()
    stand.world.stand(ResourceId("db-1"), ResourceId("lb-1"))
    preview = stand.guard.run(request(dry_run=True))
    assert isinstance(preview, Preview)
    assert [text(target.id) for target in preview.plan.targets] == ["lb-1", "lb-2", "lb-old"]
    assert [text(dependent.id) for dependent in preview.dependents] == ["db-1"]
    assert preview.fleet == 4
    assert stand.fallen() == stand.events() == []
    assert "destroy" not in stand.journal


def test_a_dry_run_is_refused_for_the_reasons_of_the_real_call() -> None:
    for dry_run in (True, False):
        stand = Stand()
        stand.world.hold_organization(ACME, Hold.HELD)
        assert codes(stand.guard.run(request(dry_run=dry_run))) == ["held"]


def test_the_plan_of_a_dry_run_cannot_be_executed() -> None:
    stand = Stand()
    plan = stand.guard.plan(request(dry_run=True))
    assert isinstance(plan, Plan)
    stand.journal.clear()
    assert codes(stand.guard.execute(plan)) == ["dry_run_only"]
    assert stand.fallen() == []
    assert stand.journal == ["append"]  # and nothing is read for it


def altered(plan: Plan, **changes: Any) -> Plan:
    """What somebody with a debugger can make of a frozen plan."""
    for name, value in changes.items():
        object.__setattr__(plan, name, value)
    return plan


@pytest.mark.parametrize(
    "change",
    [
        lambda plan: altered(plan, digest="0" * 64),
        lambda plan: altered(plan, digest=None),
        lambda plan: altered(plan, targets=plan.targets[:1]),
        lambda plan: altered(plan, targets=()),
        lambda plan: altered(plan, targets=None),
        lambda plan: altered(plan, targets=("lb-10",)),
        lambda plan: altered(plan, targets=plan.targets[::-1]),
        lambda plan: altered(plan, request=replace(plan.request, reason="another")),
        lambda plan: altered(plan, request=replace(plan.request, requester=STRANGER)),
        lambda plan: replace(plan, targets=(replace(plan.targets[0], id=ResourceId("lb-10")), *plan.targets[1:])),
        lambda plan: replace(plan, targets=(replace(plan.targets[0], version=2), *plan.targets[1:])),
    ],
)
def test_a_plan_changed_by_hand_is_refused(change: Any) -> None:
    stand = Stand()
    plan = stand.guard.plan(request())
    assert codes(stand.guard.execute(change(plan))) == ["plan_altered"]
    assert stand.fallen() == []


def test_a_plan_made_by_hand_with_a_fitting_digest_is_not_the_plan_of_its_call() -> None:
    stand = Stand()
    foreign = stand.world.by_ids((ResourceId("lb-10"),))
    forged = Plan(request(), foreign, plan_digest(request(), foreign))
    assert codes(stand.guard.execute(forged)) == ["plan_stale"]
    assert stand.fallen() == []


class EqualToAll(str):
    def __eq__(self, _other: object) -> bool:
        return True

    def __ne__(self, _other: object) -> bool:
        return False

    __hash__ = str.__hash__


@dataclass(frozen=True)
class Impostor:
    """Looks like a role, and is one only to whoever makes another of its kind: a test has a kind of its own."""

    value: str

    def __new__(cls, value: str = "", *more: Any) -> Any:
        return Role.OPERATOR if cls._is_known() else super().__new__(cls)

    @classmethod
    def _is_known(cls) -> bool:
        known, cls.known = getattr(cls, "known", False), True  # type: ignore[attr-defined]
        return known

    def __deepcopy__(self, _memo: Any = None) -> Any:
        return Role.OPERATOR

    __copy__ = __reduce__ = __deepcopy__  # type: ignore[assignment]


class LooksLikeARow(Resource):
    pass


def half_made(of: type) -> Any:
    return object.__new__(of)


def bent(plan: Any, part: Any, name: str, value: Any) -> Any:
    """The plan with one thing changed deep inside, as no constructor would let it."""
    object.__setattr__(part, name, value)
    return plan


def redigested(plan: Any) -> Any:
    return bent(plan, plan, "digest", plan_digest(plan.request, plan.targets))


ROW = ("id", "kind", "organization", "project", "version", "hold")
FORGED: dict[str, Any] = {
    "no digest, and targets that have none": lambda plan: Plan(plan.request, (5,), None),  # type: ignore[arg-type]
    "no digest": lambda plan: replace(plan, digest=None),
    "a digest that is equal to all": lambda plan: replace(plan, targets=(), digest=EqualToAll("x")),
    "no request": lambda plan: replace(plan, request=None),
    "no request and no digest": lambda plan: replace(plan, request=None, digest=None),
    "a likeness of its request": lambda plan: replace(
        plan, request=SimpleNamespace(**{field.name: getattr(plan.request, field.name) for field in fields(Request)})
    ),
    "half a request": lambda plan: replace(plan, request=half_made(Request)),
    "a list of targets": lambda plan: replace(plan, targets=list(plan.targets)),
    "no targets": lambda plan: replace(plan, targets=None),
    "targets of another type": lambda plan: replace(
        plan, targets=tuple(LooksLikeARow(**{name: getattr(row, name) for name in ROW}) for row in plan.targets)
    ),
    "a target, and one of another type": lambda plan: redigested(
        replace(
            plan,
            targets=(plan.targets[0], LooksLikeARow(**{name: getattr(plan.targets[1], name) for name in ROW})),
        )
    ),
    "half a target": lambda plan: replace(plan, targets=(half_made(Resource),)),
    "half a plan": lambda _plan: Plan(None, (), "x"),  # type: ignore[arg-type]  # the forgery
    "a plan without parts": lambda _plan: half_made(Plan),
    "a hold that has no hash": lambda plan: bent(plan, plan.targets[0], "hold", []),
    "a text that is equal to all": lambda plan: redigested(
        bent(plan, plan.request, "environment", EqualToAll("staging"))
    ),
    "a likeness of a role": lambda plan: redigested(
        bent(plan, plan.request.requester, "role", SimpleNamespace(value="operator"))
    ),
    "a likeness that is built as the real one": lambda plan: redigested(
        bent(plan, plan.request.requester, "role", type("Another", (Impostor,), {})("operator"))
    ),
    "a likeness of a verb": lambda plan: redigested(bent(plan, plan.request, "verb", SimpleNamespace(value="delete"))),
    "an id of a text that is equal to all": lambda plan: redigested(
        bent(plan, plan.targets[0].organization, "_text", EqualToAll("acme2"))
    ),
    "an id of another type": lambda plan: redigested(bent(plan, plan.targets[0], "kind", ResourceId("lb-1"))),
    "two organizations in one selector": lambda plan: redigested(
        bent(plan, plan.request.selector, "acknowledge", OTHER)
    ),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_a_forged_plan_is_refused_as_data(forge: Any) -> None:
    stand = Stand()
    plan = stand.guard.plan(request())
    assert isinstance(plan, Plan)
    forged = forge(deepcopy(plan))  # a fault deep inside must not reach what the test itself stands on
    assert codes(stand.guard.execute(forged)) == ["plan_altered"]
    assert stand.fallen() == []
    assert set(stand.events()) <= {"refusal"}


def test_an_altered_plan_is_written_down_while_its_request_is_one() -> None:
    stand = Stand()
    plan = stand.guard.plan(request())
    assert isinstance(plan, Plan)
    stand.guard.execute(replace(plan, targets=()))
    assert [record.entry.codes for record in stand.audit.records] == [("plan_altered",)]


def test_a_port_may_take_five_seconds_unless_the_deployment_says_otherwise() -> None:
    for nanoseconds, answer in ((5_000_000_000, Plan), (5_000_000_001, Denial)):
        stand = Stand()

        def slow(kind: Any, stand: Stand = stand, nanoseconds: int = nanoseconds) -> ProductState:
            stand.clock.time += nanoseconds
            return stand.world.product(kind)

        stand.ports.inventory._instead["product"] = slow  # type: ignore[attr-defined]  # the stand's own port
        assert type(Guard(stand.ports, POLICY).plan(request())) is answer


def test_only_requests_are_planned_and_only_plans_are_executed() -> None:
    stand = Stand()
    no_plans: list[Any] = [None, "plan", request(), {}]
    no_requests: list[Any] = [None, "request", stand.guard.plan(request())]
    for wrong in no_plans:
        with pytest.raises(RequestError, match="only a plan"):
            stand.guard.execute(wrong)
    for wrong in no_requests:
        with pytest.raises(RequestError, match="only a request"):
            stand.guard.plan(wrong)
        with pytest.raises(RequestError, match="only a request"):
            stand.guard.run(wrong)
    assert stand.fallen() == []


def test_a_guard_without_ports_policy_or_patience_cannot_be_made() -> None:
    ports = Stand().ports
    wrong: list[Any] = [(None, POLICY, 1), (ports, None, 1), (ports, POLICY.limits, 1), (ports, POLICY, None)]
    for parts in (*wrong, (ports, POLICY, -1), (ports, POLICY, True)):
        with pytest.raises(RecordError):
            Guard(*parts)


DRIFTS = {
    "a target was moved to another project": (
        lambda world: world.transfer(ResourceId("lb-1"), ACME, WEB),
        "plan_stale",
    ),
    "a target was moved to another tenant": (
        lambda world: world.transfer(ResourceId("lb-1"), OTHER, THEIRS),
        "plan_stale",
    ),
    "a target came in": (lambda world: world.transfer(ResourceId("lb-10"), ACME, DEFAULT), "plan_stale"),
    "a target was held and released": (
        lambda world: [world.hold_resource(ResourceId("lb-1"), hold) for hold in (Hold.HELD, Hold.CLEAR)],
        "plan_stale",
    ),
    "a target was held": (lambda world: world.hold_resource(ResourceId("lb-1"), Hold.HELD), "held"),
    "the project was held": (lambda world: world.hold_project(WEB, Hold.HELD), "held"),
    "the organization was held": (lambda world: world.hold_organization(ACME, Hold.UNKNOWN), "held"),
    "the product was closed": (lambda world: world.set_product(BALANCER, ProductState.READ_ONLY), "read_only"),
    "somebody built on a target": (
        lambda world: world.stand(ResourceId("db-10"), ResourceId("lb-2")),
        "others_depend",
    ),
}


@pytest.mark.parametrize(("drift", "expected"), DRIFTS.values(), ids=DRIFTS)
def test_a_plan_that_the_world_has_left_behind_is_refused(drift: Any, expected: str) -> None:
    stand = Stand()
    plan = stand.guard.plan(request())
    assert isinstance(plan, Plan)
    drift(stand.world)
    assert codes(stand.guard.execute(plan)) == [expected]
    assert stand.fallen() == []
    assert "destroy" not in stand.journal


def test_a_stale_plan_says_which_resources_changed() -> None:
    stand = Stand()
    plan = stand.guard.plan(request())
    assert isinstance(plan, Plan)
    stand.world.transfer(ResourceId("lb-1"), OTHER, THEIRS)
    stand.world.transfer(ResourceId("lb-2"), ACME, DEFAULT)
    answer = stand.guard.execute(plan)
    assert isinstance(answer, Denial)
    assert dict(answer.objections[0].details) == {"count": 2, "resources": ("lb-1", "lb-2")}


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (Limits(2, 100), ["limit_count"]),
        (Limits(3, 74), ["limit_percent"]),
        (Limits(0, 0), ["limit_count", "limit_percent"]),
    ],
    ids=["count", "share", "zero"],
)
def test_a_call_beyond_a_limit_is_refused_and_never_cut_down(limits: Limits, expected: list[str]) -> None:
    stand = Stand(Policy("production", "2026-11", limits))
    assert codes(stand.guard.run(request())) == expected
    assert stand.fallen() == []


def test_a_call_at_the_limits_runs() -> None:
    stand = Stand(Policy("production", "2026-11", Limits(3, 75)))
    assert isinstance(stand.guard.run(request()), Receipt)
    assert len(stand.fallen()) == 3


def test_what_others_stand_on_stays_and_what_the_caller_stands_on_may_go() -> None:
    stand = Stand()
    stand.world.stand(ResourceId("db-1"), ResourceId("lb-1"))
    stand.world.stand(ResourceId("db-10"), ResourceId("db-1"))
    answer = stand.guard.run(request())
    assert codes(answer) == ["others_depend"]
    assert isinstance(stand.guard.run(request(named("lb-2"))), Receipt)
    assert stand.fallen() == ["lb-2"]


def test_a_refusal_stands_even_where_it_cannot_be_written_down() -> None:
    def broken(*_entry: object) -> Any:
        raise OSError

    stand = Stand(append=broken)
    assert codes(stand.guard.run(request(requester=STRANGER))) == ["not_your_organization"]


def test_a_refusal_that_no_entry_can_be_made_of_is_an_error_and_no_silence() -> None:
    """Only the audit's own failure is passed over; a caller without an id is a fault on this side of it."""
    nameless = replace(STRANGER)
    object.__setattr__(nameless, "id", None)
    stand = Stand()
    with pytest.raises(IdError):
        stand.guard.run(request(requester=nameless))
    assert stand.fallen() == stand.events() == []


def test_each_refusal_is_written_down_once_whichever_way_it_came() -> None:
    stand = Stand()
    plan = stand.guard.plan(request())
    assert isinstance(plan, Plan)
    stand.world.set_product(BALANCER, ProductState.READ_ONLY)
    stand.guard.plan(request())
    stand.guard.execute(plan)
    stand.guard.run(request())
    assert stand.events() == ["refusal"] * 3
    assert [record.entry.codes for record in stand.audit.records] == [("read_only",)] * 3


def test_another_product_is_neither_selected_nor_counted() -> None:
    stand = Stand(Policy("production", "2026-11", Limits(1, 50)))
    receipt = stand.guard.run(request(kind=DATABASE))
    assert isinstance(receipt, Receipt)
    assert stand.fallen() == ["db-1"]


def test_planning_reads_the_selected_rows_and_a_handful() -> None:
    stand = Stand()
    stand.guard.plan(request())
    # 3 rows, their 2 projects, the organization, the fleet and the product's state
    assert stand.world.rows_read == 3 + 2 + 3
