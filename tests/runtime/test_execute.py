"""The second barrier, reached directly with grants that a sound decision would never have made."""

from __future__ import annotations

from asyncio import CancelledError
from dataclasses import replace
from typing import Any

import pytest

from guards.adapters.memory import MemoryAudit
from guards.core.decision import Denial, Grant
from guards.core.ids import Kind, OrganizationId, PrincipalId, ProjectId, ResourceId, text
from guards.core.plan import Plan, plan_digest
from guards.core.receipt import Outcome, Receipt, is_complete
from guards.core.refusals import sentence
from guards.core.selector import Explicit, OneProject, Selector, WholeOrganization
from guards.core.values import Dependent, Hold, Principal, ProductState, Resource, Role
from guards.runtime.execute import execute, the_one_organization
from tests.core.cases import request
from tests.runtime.worlds import ACME, BALANCER, DEFAULT, OPERATOR, OTHER, STRANGER, TENANT, THEIRS, WEB, Stand

WHOLE = WholeOrganization(ACME, ACME)
IDS = tuple(map(ResourceId, ("lb-1", "lb-2", "lb-old")))


def granted(stand: Stand, *names: str, selector: Selector = WHOLE, **changes: Any) -> Grant:
    """A grant for these resources as they are now, whether or not anybody should have made it."""
    asked = request(selector, **changes)
    targets = stand.world.by_ids(tuple(map(ResourceId, names)))
    return Grant(Plan(asked, targets, plan_digest(asked, targets)))


def executed(stand: Stand, grant: Grant) -> Receipt | Denial:
    return execute(grant, stand.ports, 1_000)


def code(answer: Receipt | Denial) -> str:
    assert isinstance(answer, Denial), answer
    (objection,) = answer.objections
    return objection.code.value


def test_a_grant_is_carried_out() -> None:
    stand = Stand()
    receipt = executed(stand, granted(stand, "lb-1", "lb-2"))
    assert isinstance(receipt, Receipt)
    assert is_complete(receipt)
    assert stand.fallen() == ["lb-1", "lb-2"]


class LooksLikeAGrant(Grant):
    pass


@pytest.mark.parametrize(
    "disguise", [lambda g: g.plan, lambda g: LooksLikeAGrant(g.plan), lambda _g: None, lambda _g: True]
)
def test_nothing_but_a_grant_is_executed(disguise: Any) -> None:
    stand = Stand()
    assert code(executed(stand, disguise(granted(stand, "lb-1")))) == "not_granted"
    assert stand.journal == []


def test_what_is_no_grant_is_shown() -> None:
    denied = execute("a grant, they said", Stand().ports, 1_000)  # type: ignore[arg-type]  # the disguise
    assert isinstance(denied, Denial)
    assert "'a grant, they said' is no grant" in denied.objections[0].what


def plan_of(**forged: Any) -> Any:
    return lambda plan: replace(plan, **forged)


FORGED_PLANS = {
    "no plan": lambda _plan: None,
    "a grant in place of a plan": lambda plan: Grant(plan),
    "no request": plan_of(request=None),
    "the plan's selector as its request": lambda plan: replace(plan, request=plan.request.selector),
    "no targets": plan_of(targets=None),
    "a list of targets": lambda plan: replace(plan, targets=list(plan.targets)),
    "targets that are none": plan_of(targets=(5,)),
    "a target, and one that is none": lambda plan: replace(plan, targets=(*plan.targets, 5)),
    "ids in place of targets": plan_of(targets=IDS),
}


@pytest.mark.parametrize("forge", FORGED_PLANS.values(), ids=FORGED_PLANS)
def test_a_grant_of_anything_but_a_plan_is_refused(forge: Any) -> None:
    stand = Stand()
    assert code(executed(stand, Grant(forge(granted(stand, "lb-1").plan)))) == "not_granted"
    assert stand.journal == []


@pytest.mark.parametrize("dry_run", [True, None, 0, "", "false"])
def test_a_dry_run_is_refused_here_again(dry_run: Any) -> None:
    stand = Stand()
    grant = granted(stand, "lb-1")
    object.__setattr__(grant.plan.request, "dry_run", dry_run)
    assert code(executed(stand, grant)) == "dry_run_only"
    assert stand.journal == []


def test_the_organization_follows_from_the_call_and_its_principal() -> None:
    assert the_one_organization(request(WHOLE, requester=OPERATOR)) == ACME
    assert the_one_organization(request(WHOLE, requester=TENANT)) == ACME
    assert the_one_organization(request(WholeOrganization(OTHER, OTHER), requester=OPERATOR)) == OTHER
    assert the_one_organization(request(WholeOrganization(OTHER, OTHER), requester=TENANT)) is None
    assert the_one_organization(request(OneProject(ACME, THEIRS), requester=STRANGER)) is None


def test_principals_and_selectors_bent_by_hand_stand_for_nobody() -> None:
    homeless = Principal(PrincipalId("u"), Role.TENANT, ACME)
    object.__setattr__(homeless, "organization", None)
    settled = Principal(PrincipalId("o"), Role.OPERATOR, None)
    object.__setattr__(settled, "organization", ACME)
    assert the_one_organization(request(WHOLE, requester=homeless)) is None
    assert the_one_organization(request(WHOLE, requester=settled)) is None
    for acknowledged in (OTHER, OrganizationId("ACME")):
        disagreeing = WholeOrganization(ACME, ACME)
        object.__setattr__(disagreeing, "acknowledge", acknowledged)
        assert the_one_organization(request(disagreeing)) is None


def test_a_grant_for_somebody_elses_call_is_refused() -> None:
    stand = Stand()
    assert code(executed(stand, granted(stand, "lb-1", requester=STRANGER))) == "not_granted"
    assert stand.journal == []


CROSSING_GRANTS = {
    "a foreign resource": (("lb-10",), WHOLE),
    "a foreign resource, last": (("lb-1", "lb-10"), WHOLE),
    "a foreign resource, first": (("lb-10", "lb-1"), WHOLE),
    "a foreign resource that the call names": (("lb-10",), Explicit(ACME, (ResourceId("lb-10"),))),
    "a foreign project's resource": (("lb-10",), OneProject(ACME, THEIRS)),
    "its own, but of another project": (("lb-1",), OneProject(ACME, WEB)),
    "its own, but of a project whose name goes on": (("lb-2",), OneProject(ACME, ProjectId("we"))),
    "its own, but of a project whose name ends before": (("lb-2",), OneProject(ACME, ProjectId("web2"))),
    "its own, but older than projects": (("lb-old",), OneProject(ACME, DEFAULT)),
    "its own, but of a project in small letters": (("lb-2",), OneProject(ACME, ProjectId("WEB"))),
    "its own, but not named": (("lb-1",), Explicit(ACME, (ResourceId("lb-2"),))),
    "its own, but longer than what is named": (("lb-old",), Explicit(ACME, (ResourceId("lb-o"),))),
    "its own, but of another kind": (("db-1",), WHOLE),
    "nothing": ((), WHOLE),
    "the same twice": (("lb-1", "lb-1"), WHOLE),
}


@pytest.mark.parametrize(("names", "selector"), CROSSING_GRANTS.values(), ids=CROSSING_GRANTS)
@pytest.mark.parametrize("requester", [OPERATOR, TENANT], ids=lambda caller: caller.role.value)
def test_a_grant_that_reaches_too_far_has_no_effect_at_all(
    names: tuple[str, ...], selector: Selector, requester: Any
) -> None:
    stand = Stand()
    assert code(executed(stand, granted(stand, *names, selector=selector, requester=requester))) == "plan_stale"
    assert stand.fallen() == []
    assert "destroy" not in stand.journal
    assert "append" not in stand.journal


def test_a_selector_of_another_making_selects_nothing() -> None:
    stand = Stand()
    grant = granted(stand, "lb-1")

    class Everything:
        organization = ACME

    object.__setattr__(grant.plan.request, "selector", Everything())
    assert code(executed(stand, grant)) == "plan_stale"
    assert stand.fallen() == []


def test_a_list_that_was_emptied_by_hand_names_nothing() -> None:
    stand = Stand()
    grant = granted(stand, "lb-1", selector=Explicit(ACME, (ResourceId("lb-1"),)))
    object.__setattr__(grant.plan.request.selector, "resources", ())
    assert code(executed(stand, grant)) == "plan_stale"
    assert stand.fallen() == []


def test_the_project_that_counts_is_the_one_that_is_found() -> None:
    """Planned in one project, found in another, under a version that says nothing of it."""
    moved = replace(Stand().world.by_ids((ResourceId("lb-1"),))[0], project=WEB)
    stand = Stand(by_ids=lambda _ids: (moved,))
    assert code(executed(stand, granted(Stand(), "lb-1", selector=OneProject(ACME, DEFAULT)))) == "plan_stale"
    assert stand.fallen() == []


def test_a_target_that_changed_since_is_left_alone() -> None:
    for change in (
        lambda world: world.hold_resource(ResourceId("lb-1"), Hold.HELD),
        lambda world: world.transfer(ResourceId("lb-1"), OTHER, THEIRS),
        lambda world: world.transfer(ResourceId("lb-1"), ACME, WEB),
    ):
        stand = Stand()
        grant = granted(stand, "lb-1", "lb-2")
        change(stand.world)
        assert code(executed(stand, grant)) == "plan_stale"
        assert stand.fallen() == []


@pytest.mark.parametrize("hold", [Hold.HELD, Hold.UNKNOWN, None])
def test_a_hold_that_left_the_version_alone_is_still_seen(hold: Any) -> None:
    held = Resource(ResourceId("lb-1"), BALANCER, ACME, DEFAULT, 1, Hold.HELD)
    object.__setattr__(held, "hold", hold)
    stand = Stand(by_ids=lambda _ids: (held,))
    assert code(executed(stand, granted(stand, "lb-1"))) == "plan_stale"


@pytest.mark.parametrize(
    "lie",
    [
        lambda rows: (),
        lambda rows: rows[:1],
        lambda rows: (*rows, rows[0]),
        lambda rows: (rows[0], rows[0]),
        lambda rows: (rows[0], replace(rows[1], id=ResourceId("lb-9"))),
        lambda rows: (rows[0], replace(rows[1], organization=OTHER)),
        lambda rows: (rows[0], replace(rows[1], version=2)),
        lambda rows: (rows[0], replace(rows[1], kind=Kind("database"))),
        lambda rows: (rows[0], replace(rows[1], kind=Kind("load-balancer2"))),
        lambda rows: (rows[0], replace(rows[1], kind=Kind("Load-Balancer"))),
        lambda rows: (*rows, replace(rows[0], id=ResourceId("lb-3"))),
    ],
)
def test_all_targets_are_looked_at_before_the_first_effect(lie: Any) -> None:
    honest = Stand().world.by_ids((ResourceId("lb-1"), ResourceId("lb-2")))
    stand = Stand(by_ids=lambda _ids: lie(honest))
    grant = Grant(replace(granted(Stand(), "lb-1", "lb-2").plan))
    assert code(executed(stand, grant)) == "plan_stale"
    assert stand.fallen() == []
    assert "destroy" not in stand.journal


def test_where_rows_and_targets_do_not_pair_every_target_is_told() -> None:
    denied = executed(Stand(by_ids=lambda _ids: ()), granted(Stand(), "lb-1", "lb-2"))
    assert isinstance(denied, Denial)
    assert dict(denied.objections[0].details) == {"count": 2, "resources": ("lb-1", "lb-2")}


def half_made(*_args: object) -> Any:
    return (object.__new__(Resource),)


def raising(*_args: object) -> Any:
    raise OSError


@pytest.mark.parametrize("answer", [half_made, raising, lambda _ids: None, lambda _ids: [1], lambda _ids: ("lb-1",)])
def test_an_inventory_that_breaks_at_the_last_moment_stops_everything(answer: Any) -> None:
    stand = Stand(by_ids=answer)
    assert code(executed(stand, granted(stand, "lb-1"))) == "dependency_unavailable"
    assert "destroy" not in stand.journal


@pytest.mark.parametrize("ground", ["lb-1", "lb-2"])
@pytest.mark.parametrize("others_first", [True, False])
def test_what_others_stand_on_is_found_out_again_before_the_first_effect(ground: str, others_first: bool) -> None:
    stand = Stand()
    grant = granted(stand, "lb-1", "lb-2")
    for upper in ("db-10", "db-1") if others_first else ("db-1", "db-10"):
        stand.world.stand(ResourceId(upper), ResourceId(ground))
    denied = executed(stand, grant)
    assert code(denied) == "others_depend"
    assert isinstance(denied, Denial)
    assert f"of the selected resources: `{ground}`." in sentence(denied.objections[0])
    assert "destroy" not in stand.journal
    assert stand.events() == []


def test_what_stands_on_a_target_is_anothers_unless_its_organization_is_the_same_to_the_letter() -> None:
    for foreign in ("ACME", "acm", "acme2"):
        row = Dependent(ResourceId("db-10"), OrganizationId(foreign), ResourceId("lb-1"))
        stand = Stand(dependents=lambda _ids, row=row: (row,))
        assert code(executed(stand, granted(stand, "lb-1"))) == "others_depend"
        assert "destroy" not in stand.journal


def test_what_stands_on_a_target_and_belongs_to_nobody_stops_everything() -> None:
    row = Dependent(ResourceId("db-10"), OTHER, ResourceId("lb-1"))
    object.__setattr__(row, "organization", None)
    stand = Stand(dependents=lambda _ids: (row,))
    assert code(executed(stand, granted(stand, "lb-1"))) == "dependency_unavailable"
    assert "destroy" not in stand.journal


def test_what_the_organization_itself_has_on_top_is_no_obstacle() -> None:
    stand = Stand()
    stand.world.stand(ResourceId("db-1"), ResourceId("lb-1"))
    assert isinstance(executed(stand, granted(stand, "lb-1", "lb-2")), Receipt)
    assert stand.fallen() == ["lb-1", "lb-2"]


@pytest.mark.parametrize(
    "answer", [raising, lambda _ids: None, lambda _ids: "", lambda _ids: [], lambda _ids: ("db-10",)]
)
def test_an_inventory_that_cannot_tell_what_stands_on_a_target_stops_everything(answer: Any) -> None:
    stand = Stand(dependents=answer)
    assert code(executed(stand, granted(stand, "lb-1"))) == "dependency_unavailable"
    assert "destroy" not in stand.journal


def test_the_write_repeats_the_id_the_derived_owner_and_the_version() -> None:
    written: list[tuple[str, ...]] = []

    def noted(verb: Any, resource: Any, owner: Any, version: Any) -> Outcome:
        written.append((verb.value, text(resource), type(owner).__name__, text(owner), str(version)))
        return Outcome.DONE

    stand = Stand(destroy=noted)
    stand.world.transfer(ResourceId("lb-1"), ACME, WEB)
    executed(stand, granted(stand, "lb-1", requester=TENANT))
    assert written == [("invalidate", "lb-1", "OrganizationId", "acme", "2")]


def test_a_resource_that_slips_away_at_the_write_is_refused_by_the_platform() -> None:
    """The state is read before each effect; somebody else's transfer comes in between."""
    stand = Stand()
    grant = granted(stand, "lb-1", "lb-2", "lb-old")
    states = iter([ProductState.WRITABLE, "slip", ProductState.WRITABLE])

    def slipping(_kind: Any) -> ProductState:
        if next(states) == "slip":
            stand.world.transfer(ResourceId("lb-2"), OTHER, THEIRS)
        return ProductState.WRITABLE

    stand.ports.inventory._instead["product"] = slipping  # type: ignore[attr-defined]  # the stand's own port
    receipt = executed(stand, grant)
    assert isinstance(receipt, Receipt)
    assert [line.outcome.value for line in receipt.lines] == ["done", "refused", "untouched"]
    assert receipt.stopped_by is not None
    assert receipt.stopped_by.code.value == "write_refused"
    assert stand.fallen() == ["lb-1"]
    assert stand.events() == ["intent:lb-1", "effect:lb-1:done", "intent:lb-2", "effect:lb-2:refused"]


@pytest.mark.parametrize("reads", [0, 1, 2])
def test_what_others_build_on_between_decision_and_write_stays(reads: int) -> None:
    stand = Stand()
    grant = granted(stand, "lb-1", "lb-2", "lb-old")
    left = iter(range(reads))

    def building(_kind: Any) -> ProductState:
        if next(left, None) is None:
            stand.world.stand(ResourceId("db-10"), ResourceId("lb-old"))
        return ProductState.WRITABLE

    stand.ports.inventory._instead["product"] = building  # type: ignore[attr-defined]  # the stand's own port
    receipt = executed(stand, grant)
    assert isinstance(receipt, Receipt)
    assert [line.outcome.value for line in receipt.lines] == ["done", "done", "refused"]
    assert stand.fallen() == ["lb-1", "lb-2"]


def test_when_the_first_write_is_refused_nothing_was_done() -> None:
    stand = Stand(destroy=lambda *_args: Outcome.REFUSED)
    assert code(executed(stand, granted(stand, "lb-1", "lb-2"))) == "write_refused"
    assert stand.events() == ["intent:lb-1", "effect:lb-1:refused"]


@pytest.mark.parametrize(
    "answer",
    [raising, lambda *_args: None, lambda *_args: True, lambda *_args: "done", lambda *_args: Outcome.UNTOUCHED],
)
def test_a_write_without_a_clear_answer_is_in_doubt_and_the_last_one(answer: Any) -> None:
    stand = Stand(destroy=answer)
    grant = granted(stand, "lb-1", "lb-2")
    receipt = executed(stand, grant)
    assert isinstance(receipt, Receipt)
    assert receipt.plan_digest == grant.plan.digest
    assert [line.outcome.value for line in receipt.lines] == ["in_doubt", "untouched"]
    assert receipt.stopped_by is not None
    assert receipt.stopped_by.code.value == "write_in_doubt"
    assert stand.journal.count("destroy") == 1
    assert stand.events() == ["intent:lb-1", "effect:lb-1:in_doubt"]


@pytest.mark.parametrize("leaving", [CancelledError, SystemExit, KeyboardInterrupt, GeneratorExit])
def test_a_write_that_is_left_halfway_is_written_down_as_in_doubt_and_left(leaving: type[BaseException]) -> None:
    stand = Stand()

    def left(*args: Any) -> Any:
        stand.world.destroy(*args)
        raise leaving

    stand.ports.effector._instead["destroy"] = left  # type: ignore[attr-defined]  # the stand's own port
    with pytest.raises(leaving):
        executed(stand, granted(stand, "lb-1", "lb-2"))
    assert stand.events() == ["intent:lb-1", "effect:lb-1:in_doubt"]
    assert stand.fallen() == ["lb-1"]


def test_a_write_that_is_left_halfway_is_left_even_when_that_cannot_be_written_down() -> None:
    def left(*_args: object) -> Any:
        raise CancelledError

    stand = Stand(destroy=left, append=FailingSink(1, raising).append)
    with pytest.raises(CancelledError):
        executed(stand, granted(stand, "lb-1"))


def test_a_write_that_answers_late_is_in_doubt() -> None:
    stand = Stand()

    def slow(*args: Any) -> Any:
        stand.clock.time += 1_001
        return stand.world.destroy(*args)

    stand.ports.effector._instead["destroy"] = slow  # type: ignore[attr-defined]  # the stand's own port
    receipt = executed(stand, granted(stand, "lb-1", "lb-2"))
    assert isinstance(receipt, Receipt)
    assert [line.outcome.value for line in receipt.lines] == ["in_doubt", "untouched"]


def closing_after(effects: int) -> Any:
    states = iter([ProductState.WRITABLE] * effects + [ProductState.READ_ONLY] * 9)
    return lambda _kind: next(states)


@pytest.mark.parametrize("effects", [1, 2])
def test_a_product_closed_midway_stops_before_the_next_effect(effects: int) -> None:
    stand = Stand(product=closing_after(effects))
    receipt = executed(stand, granted(stand, "lb-1", "lb-2", "lb-old"))
    assert isinstance(receipt, Receipt)
    assert [line.outcome.value for line in receipt.lines] == ["done"] * effects + ["untouched"] * (3 - effects)
    assert receipt.stopped_by is not None
    assert receipt.stopped_by.code.value == "read_only"
    assert len(stand.fallen()) == effects
    assert stand.journal.count("destroy") == effects


@pytest.mark.parametrize(
    ("product", "expected"),
    [
        (closing_after(0), "read_only"),
        (lambda _kind: None, "read_only"),
        (lambda _kind: "writable", "read_only"),
        (raising, "dependency_unavailable"),
    ],
)
def test_a_product_not_known_to_be_open_gets_no_effect(product: Any, expected: str) -> None:
    stand = Stand(product=product)
    assert code(executed(stand, granted(stand, "lb-1"))) == expected
    assert stand.fallen() == stand.events() == []


class FailingSink:
    """A real chain that fails at the n-th record, in the manner given, and works again after it."""

    def __init__(self, at: int, manner: Any) -> None:
        self.audit, self.left, self.manner = MemoryAudit(), at, manner

    def append(self, entry: Any) -> Any:
        self.left -= 1
        return self.manner(entry) if self.left == -1 else self.audit.append(entry)


MANNERS = [raising, lambda _entry: None, lambda _entry: True, lambda entry: entry]


@pytest.mark.parametrize("manner", MANNERS, ids=["raises", "None", "True", "the entry itself"])
def test_nothing_runs_unless_it_is_written_down_first(manner: Any) -> None:
    stand = Stand(append=FailingSink(0, manner).append)
    assert code(executed(stand, granted(stand, "lb-1", "lb-2"))) == "audit_unavailable"
    assert stand.fallen() == []
    assert "destroy" not in stand.journal


@pytest.mark.parametrize("manner", MANNERS, ids=["raises", "None", "True", "the entry itself"])
@pytest.mark.parametrize(
    ("at", "done"),
    [(1, 1), (2, 1), (3, 2), (5, 3)],
    ids=["first effect", "second intent", "second effect", "last effect"],
)
def test_nothing_more_runs_once_the_audit_fails(manner: Any, at: int, done: int) -> None:
    stand = Stand(append=FailingSink(at, manner).append)
    receipt = executed(stand, granted(stand, "lb-1", "lb-2", "lb-old"))
    assert isinstance(receipt, Receipt)
    assert [line.outcome.value for line in receipt.lines] == ["done"] * done + ["untouched"] * (3 - done)
    assert receipt.stopped_by is not None
    assert receipt.stopped_by.code.value == "audit_unavailable"
    assert not is_complete(receipt)
    assert len(stand.fallen()) == done


def test_a_record_of_another_entry_is_no_record() -> None:
    audit = MemoryAudit()
    stand = Stand(append=lambda entry: audit.append(replace(entry, resource="lb-2")))
    assert code(executed(stand, granted(stand, "lb-1"))) == "audit_unavailable"
    assert stand.fallen() == []


def test_when_the_write_and_its_record_both_fail_the_doubt_is_told() -> None:
    stand = Stand(destroy=raising, append=FailingSink(1, raising).append)
    receipt = executed(stand, granted(stand, "lb-1"))
    assert isinstance(receipt, Receipt)
    assert receipt.stopped_by is not None
    assert receipt.stopped_by.code.value == "write_in_doubt"


def test_ids_that_only_look_alike_are_other_organizations() -> None:
    for neighbour in ("acm", "acme2", "ACME", "acme.", "xacme"):
        stand = Stand()
        foreign = replace(stand.world.by_ids(IDS)[0], organization=OrganizationId(neighbour))
        stand = Stand(by_ids=lambda _ids, foreign=foreign: (foreign,))
        assert code(executed(stand, granted(stand, "lb-1"))) == "plan_stale"
