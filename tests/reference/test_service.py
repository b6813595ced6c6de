"""The reference platform as the kit meets it: what is seen underneath, its abilities, and what failing ports do."""

from __future__ import annotations

from typing import Any

import pytest

from guards.reference import make_service
from guards.reference.faults import FAULTS
from guards.reference.service import ReferenceService
from guards.testing.check import run
from guards.testing.service import (
    Audited,
    Faults,
    FreezesProducts,
    Holds,
    Limits,
    Outcome,
    Reply,
    Seen,
    SendsBytes,
    Sharing,
)
from guards.testing.steps import Step, ref
from guards.testing.twins import run_with_twin
from guards.testing.world import STYLES, Unexpressible, make_world
from tests.reference.small import DELETE, HOLD, INVALIDATE, LIST, READ_ONLY, TRANSFER

WORLD = make_world(("load-balancer", "database"), ("tenant", "operator"))


def populated() -> tuple[ReferenceService, Any]:
    service = make_service()
    return service, service.populate(WORLD)


def call(service: ReferenceService, ids: Any, operation: str, caller: str, **fields: Any) -> Reply:
    """A call about the first organization, whose second project is its usual aim."""
    template = {"invalidate": INVALIDATE, "delete": DELETE, "transfer": TRANSFER}[operation]
    return service.call(ids[caller], operation, {**template, "organization_id": ids["org#0"], **fields})


def hit(service: ReferenceService, before: dict[str, Seen]) -> set[str]:
    """The objects that are not as they were; parts are left out."""
    after = service.observe()
    return {key for key, row in after.items() if row != before.get(key) and row.parent is None}


def test_it_has_every_ability_that_the_kit_knows() -> None:
    service = make_service()
    for ability in (SendsBytes, Holds, FreezesProducts, Limits, Sharing, Faults, Audited):
        assert isinstance(service, ability)


HELD = {"plain", "prefix", "case", "pattern", "separator", "truncated", "zeros", "scoped", "joined", "wrong-kind"}
"""The styles whose ids the platform can have."""


@pytest.mark.parametrize("style", sorted(HELD))
def test_it_holds_worlds_whose_ids_collide(style: str) -> None:
    world = make_world(("load-balancer", "database"), ("tenant", "operator"), style=style)
    ids, service = world.ids(), make_service()
    natives = service.populate(world)
    balancers = [r for r in world.resources if r.kind == "load-balancer"]
    assert {natives[r.ref] for r in balancers} == {ids[r.ref] for r in balancers}
    assert len([row for row in service.observe().values() if row.parent is None]) == len(world.resources)


@pytest.mark.parametrize("style", sorted(set(STYLES) - HELD))
def test_it_says_so_when_it_cannot_hold_the_ids_of_a_world(style: str) -> None:
    with pytest.raises(Unexpressible):
        make_service().populate(make_world(("load-balancer", "database"), ("tenant", "operator"), style=style))


def test_it_says_so_when_it_has_no_such_product() -> None:
    with pytest.raises(Unexpressible, match="castle"):
        make_service().populate(make_world(("castle",), ("tenant",)))


def test_populating_again_starts_anew() -> None:
    service, ids = populated()
    before = dict(service.observe())
    call(service, ids, "invalidate", "operator#0", project_id=ids["project#1"])
    service.hold("organization", ids["org#0"], True)
    service.depend(ids["database#0"], ids["load-balancer#1"])
    service.read_only("load-balancer", True)
    assert service.observe() != before
    assert service.populate(WORLD) == ids
    assert service.observe() == before
    assert list(service.audit()) == []
    assert call(service, ids, "invalidate", "operator#0", acknowledge=ids["org#0"]).outcome is Outcome.ACCEPTED


def test_what_is_seen_does_not_pass_through_the_api() -> None:
    service, ids = populated()
    before = dict(service.observe())
    service.platform.people.clear()
    service.hold("project", ids["project#1"], True)
    inside = {ids[r.ref] for r in WORLD.resources if r.project is not None and r.project.ref == "project#1"}
    assert hit(service, before) == inside
    assert {service.observe()[key].state for key in inside} == {"live, held"}


def test_what_stands_on_something_gone_is_seen_to_be_unreachable() -> None:
    service, ids = populated()
    service.depend(ids["database#1"], ids["load-balancer#1"])
    assert service.observe()[ids["database#1"]].state == "live"
    call(service, ids, "delete", "tenant#0", resource_ids=[ids["load-balancer#1"]])
    assert service.observe()[ids["database#1"]].state == "unreachable"


def test_a_hold_or_a_dependent_on_what_is_gone_is_no_error() -> None:
    service, ids = populated()
    call(service, ids, "delete", "tenant#0", resource_ids=[ids["load-balancer#1"]])
    before = dict(service.observe())
    service.hold("resource", ids["load-balancer#1"], True)
    service.depend(ids["database#0"], ids["load-balancer#1"])
    assert hit(service, before) == set()


def test_nobody_is_not_let_in() -> None:
    service, _ = populated()
    assert service.call(None, "invalidate", dict(INVALIDATE)).code == "unknown_caller"


# What becomes of two balancers, and of a transfer, when a port fails: (outcome, code, objects hit) of each.
REFUSED, INTERRUPTED, ACCEPTED = Outcome.REFUSED, Outcome.INTERRUPTED, Outcome.ACCEPTED
UNDER_FAULTS = {
    "inventory-raises": ((REFUSED, "dependency_unavailable", 0), (REFUSED, "dependency_unavailable", 0)),
    "inventory-late": ((REFUSED, "dependency_unavailable", 0), (REFUSED, "dependency_unavailable", 0)),
    "inventory-none": ((REFUSED, "dependency_unavailable", 0), (REFUSED, "dependency_unavailable", 0)),
    "inventory-nonsense": ((REFUSED, "dependency_unavailable", 0), (REFUSED, "dependency_unavailable", 0)),
    "inventory-too-little": ((REFUSED, "inventory_incomplete", 0), (REFUSED, "not_found", 0)),
    "inventory-too-much": ((REFUSED, "inventory_surplus", 0), (REFUSED, "inventory_surplus", 0)),
    "inventory-foreign": ((REFUSED, "held", 0), (REFUSED, "not_found", 0)),
    "inventory-mislabels": ((INTERRUPTED, "write_refused", 2), (ACCEPTED, "", 1)),
    "listing-too-little": ((REFUSED, "inventory_incomplete", 0), (ACCEPTED, "", 1)),
    "dependents-raise": ((REFUSED, "dependency_unavailable", 0), (ACCEPTED, "", 1)),
    "clock-raises": ((REFUSED, "dependency_unavailable", 0), (REFUSED, "dependency_unavailable", 0)),
    "clock-none": ((REFUSED, "dependency_unavailable", 0), (REFUSED, "dependency_unavailable", 0)),
    "write-fails-before-1": ((INTERRUPTED, "write_in_doubt", 0), (INTERRUPTED, "write_in_doubt", 0)),
    "write-fails-before-2": ((INTERRUPTED, "write_in_doubt", 1), (ACCEPTED, "", 1)),
    "write-fails-after-1": ((INTERRUPTED, "write_in_doubt", 1), (INTERRUPTED, "write_in_doubt", 1)),
    "write-fails-after-2": ((INTERRUPTED, "write_in_doubt", 2), (ACCEPTED, "", 1)),
    "write-late-1": ((INTERRUPTED, "write_in_doubt", 1), (INTERRUPTED, "write_in_doubt", 1)),
    "write-none-1": ((INTERRUPTED, "write_in_doubt", 1), (INTERRUPTED, "write_in_doubt", 1)),
    "intent-fails-1": ((REFUSED, "audit_unavailable", 0), (REFUSED, "audit_unavailable", 0)),
    "intent-fails-2": ((INTERRUPTED, "audit_unavailable", 1), (ACCEPTED, "", 1)),
    "record-fails-1": ((INTERRUPTED, "audit_unavailable", 1), (INTERRUPTED, "audit_unavailable", 1)),
    "record-fails-2": ((INTERRUPTED, "audit_unavailable", 2), (ACCEPTED, "", 1)),
    "audit-late": ((REFUSED, "audit_unavailable", 0), (REFUSED, "audit_unavailable", 0)),
    "audit-none": ((REFUSED, "audit_unavailable", 0), (REFUSED, "audit_unavailable", 0)),
    "audit-other": ((REFUSED, "audit_unavailable", 0), (REFUSED, "audit_unavailable", 0)),
}


def test_every_fault_is_tried_here() -> None:
    assert set(FAULTS) == UNDER_FAULTS.keys()


@pytest.mark.parametrize("fault", UNDER_FAULTS)
def test_under_a_fault_the_answer_owns_up_to_what_was_done(fault: str) -> None:
    service, ids = populated()
    before = dict(service.observe())
    service.inject(fault)
    reply = call(service, ids, "invalidate", "operator#0", project_id=ids["project#1"])
    assert (reply.outcome, reply.code, len(hit(service, before))) == UNDER_FAULTS[fault][0]
    named = {key for key, what in (reply.receipt or {}).items() if what in ("done", "in doubt")}
    assert hit(service, before) <= named


@pytest.mark.parametrize("fault", UNDER_FAULTS)
def test_under_a_fault_a_transfer_owns_up_as_well(fault: str) -> None:
    service, ids = populated()
    before = dict(service.observe())
    service.inject(fault)
    places = {"source_project_id": ids["project#1"], "destination_project_id": ids["project#0"]}
    reply = call(service, ids, "transfer", "operator#0", resource_id=ids["load-balancer#1"], **places)
    assert (reply.outcome, reply.code, len(hit(service, before))) == UNDER_FAULTS[fault][1]
    assert hit(service, before) <= (reply.receipt or {}).keys()


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("inventory-raises", "dependency_unavailable"),
        ("inventory-too-little", "inventory_incomplete"),
        ("inventory-too-much", "inventory_surplus"),
        ("inventory-foreign", "inventory_foreign"),
    ],
)
def test_under_a_fault_a_listing_is_refused_rather_than_wrong(fault: str, code: str) -> None:
    service, ids = populated()
    service.inject(fault)
    assert service.call(ids["tenant#0"], "list", {**LIST, "organization_id": ids["org#0"]}).code == code


@pytest.mark.parametrize("fault", ["write-fails-after-1", "record-fails-1"])
@pytest.mark.parametrize(
    ("operation", "fields"),
    [
        ("hold", {**HOLD, "acknowledge": "org#0"}),
        ("hold", {**HOLD, "project_id": "project#1"}),
        ("read_only", READ_ONLY),
    ],
)
def test_under_a_fault_a_hold_or_a_switch_owns_up_as_well(fault: str, operation: str, fields: dict[str, Any]) -> None:
    service, ids = populated()
    service.inject(fault)
    natives = {name: ids.get(str(value), value) for name, value in fields.items()}
    about = {"organization_id": ids["org#0"]} if operation == "hold" else {}
    assert service.call(ids["operator#0"], operation, {**natives, **about}).outcome is INTERRUPTED


def test_a_fault_lasts_for_one_call() -> None:
    service, ids = populated()
    service.inject("inventory-raises")
    for outcome in (REFUSED, ACCEPTED):
        assert call(service, ids, "invalidate", "operator#0", project_id=ids["project#1"]).outcome is outcome


def test_the_audit_it_shows_names_effects_only_where_there_was_one() -> None:
    service, ids = populated()
    service.inject("write-fails-before-2")
    reply = call(service, ids, "invalidate", "operator#0", project_id=ids["project#1"])
    first, second = reply.receipt or {}
    assert list(service.audit()) == [
        ("intent", first),
        ("effect", first),
        ("intent", second),
        ("in_doubt", second),
    ]


def verdicts(seed: int, examples: int) -> dict[str, str]:
    """What the kit makes of it, where that is not `held`."""
    result = run(make_service, seed=seed, rounds=1, examples=examples)
    return {found.name: found.verdict for found in result.properties if found.verdict != "held"}


def test_it_stands_up_to_the_kit() -> None:
    assert verdicts(20210407, 2) == {}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_it_stands_up_to_the_kit_for_long(seed: int) -> None:
    assert verdicts(seed, 100) == {}


def test_it_can_be_populated_without_some_of_the_tenants() -> None:
    service = make_service()
    ids = service.populate(WORLD.without(["org#2"]))
    assert "org#2" not in ids
    assert {row.organization for row in service.observe().values()} == {ids["org#0"], ids["org#1"]}


def test_a_switch_that_an_operator_turned_is_turned_in_the_smaller_world_too() -> None:
    world = make_world(("load-balancer", "database"), ("tenant", "operator"))
    service = make_service()
    named = {"organization_id": ref("org#1"), "project_id": ref("project#2")}
    frozen = {"schema": 1, "environment": "production", "kind": "load-balancer", "case": "TS-1", "reason": "abuse 1"}
    steps = [
        Step("read_only", {**frozen, "on": True}, "operator#0"),
        Step("delete", {**frozen, **named, "verb": "delete", "dry_run": False}, "tenant#1"),
    ]
    last = run_with_twin(service, world, steps)[-1]
    assert last.twin is not None
    assert (last.reply.code, last.twin.reply.code) == ("read_only", "read_only")
