"""The world in memory: it answers what it holds, writes only on its conditions, and costs what is selected."""

from __future__ import annotations

from typing import Any

import pytest

from guards.adapters.memory import MemoryWorld
from guards.core.ids import Kind, OrganizationId, ProjectId, ResourceId, text
from guards.core.receipt import Outcome
from guards.core.values import Hold, Listing, ProductState, Resource, Verb
from guards.errors import RecordError
from tests.runtime.worlds import ACME, BALANCER, DATABASE, DEFAULT, OTHER, THEIRS, WEB, fallen, small_world

LB_1 = ResourceId("lb-1")


def names(answer: Listing | tuple[Any, ...]) -> list[str]:
    return sorted(text(row.id) for row in (answer.rows if isinstance(answer, Listing) else answer))


def test_reads_answer_what_is_live_and_no_more() -> None:
    world = small_world()
    assert names(world.of_organization(ACME, BALANCER)) == ["lb-1", "lb-2", "lb-old"]
    assert names(world.of_organization(ACME, DATABASE)) == ["db-1"]
    assert names(world.of_project(ACME, DEFAULT, BALANCER)) == ["lb-1"]
    assert names(world.of_project(OTHER, DEFAULT, BALANCER)) == []
    assert names(world.of_organization(OrganizationId("nobody"), BALANCER)) == []
    assert names(world.by_ids((LB_1, ResourceId("lb-10"), ResourceId("lb-9")))) == ["lb-1", "lb-10"]
    assert world.of_organization(ACME, BALANCER).total == 3
    assert (world.fleet(BALANCER), world.fleet(DATABASE), world.fleet(Kind("hub"))) == (4, 2, 0)
    assert world.organization(OrganizationId("nobody")) is None
    assert [text(record.organization) for record in world.projects((WEB, ProjectId("no"), THEIRS))] == ["acme", "acme2"]
    assert world.product(Kind("hub")) is ProductState.UNKNOWN


def test_a_write_needs_the_id_the_owner_and_the_version() -> None:
    world = small_world()
    for resource, owner, version in (
        (ResourceId("lb-9"), ACME, 1),
        (LB_1, OTHER, 1),
        (LB_1, ACME, 0),
        (LB_1, ACME, 2),
        (ResourceId("lb-10"), ACME, 1),
    ):
        assert world.destroy(Verb.DELETE, resource, owner, version) is Outcome.REFUSED
    assert fallen(world) == []
    assert world.destroy(Verb.DELETE, LB_1, ACME, 1) is Outcome.DONE
    assert fallen(world) == ["lb-1"]
    assert world.destroy(Verb.DELETE, LB_1, ACME, 2) is Outcome.REFUSED


KEPT = {
    "the resource is held": lambda world: world.hold_resource(ResourceId("lb-2"), Hold.HELD),
    "the project is held": lambda world: world.hold_project(WEB, Hold.HELD),
    "nobody knows about the project": lambda world: world.hold_project(WEB, Hold.UNKNOWN),
    "the organization is held": lambda world: world.hold_organization(ACME, Hold.HELD),
    "the product is closed": lambda world: world.set_product(BALANCER, ProductState.READ_ONLY),
    "another tenant's database stands on it": lambda world: world.stand(ResourceId("db-10"), ResourceId("lb-2")),
    "another tenant's database stands on what stands on it": lambda world: (
        world.stand(ResourceId("db-1"), ResourceId("lb-2")),
        world.stand(ResourceId("db-10"), ResourceId("db-1")),
    ),
}


@pytest.mark.parametrize("keep", KEPT.values(), ids=KEPT)
def test_what_is_kept_is_not_written_even_by_the_right_caller(keep: Any) -> None:
    world = small_world()
    keep(world)
    version = world.by_ids((ResourceId("lb-2"),))[0].version
    assert world.destroy(Verb.DELETE, ResourceId("lb-2"), ACME, version) is Outcome.REFUSED
    assert fallen(world) == []


def test_the_owners_own_dependents_and_those_that_are_gone_keep_nothing() -> None:
    world = small_world()
    world.stand(ResourceId("db-1"), LB_1)
    world.stand(ResourceId("db-10"), ResourceId("lb-2"))
    assert world.destroy(Verb.DELETE, LB_1, ACME, 1) is Outcome.DONE
    assert world.destroy(Verb.DELETE, ResourceId("db-10"), OTHER, 1) is Outcome.DONE
    assert world.destroy(Verb.DELETE, ResourceId("lb-2"), ACME, 1) is Outcome.DONE


def test_a_platform_without_conditions_fells_whatever_it_holds_and_nothing_else() -> None:
    world = small_world()
    world.hold_organization(ACME, Hold.HELD)
    world.stand(ResourceId("db-10"), LB_1)
    world.fell(LB_1, Verb.DELETE)
    assert fallen(world) == ["lb-1"]


def test_what_falls_leaves_every_index_and_keeps_its_history() -> None:
    world = small_world()
    assert world.destroy(Verb.INVALIDATE, ResourceId("lb-old"), ACME, 1) is Outcome.DONE
    assert names(world.of_organization(ACME, BALANCER)) == ["lb-1", "lb-2"]
    assert world.by_ids((ResourceId("lb-old"),)) == ()
    assert world.fleet(BALANCER) == 3
    told = {text(row.id): (row.version, state.value) for row, state in world.everything()}
    assert told["lb-old"] == (2, "invalidated")
    assert told["lb-1"] == (1, "live")
    assert list(told) == sorted(told)


def test_a_transfer_moves_a_resource_once_and_makes_old_plans_stale() -> None:
    world = small_world()
    world.transfer(LB_1, OTHER, THEIRS)
    assert names(world.of_organization(ACME, BALANCER)) == ["lb-2", "lb-old"]
    assert names(world.of_project(OTHER, THEIRS, BALANCER)) == ["lb-1", "lb-10"]
    assert world.by_ids((LB_1,))[0].version == 2
    assert world.fleet(BALANCER) == 4
    world.transfer(LB_1, OTHER, None)
    assert names(world.of_organization(OTHER, BALANCER)) == ["lb-1", "lb-10"]


def test_dependents_are_found_through_others_once_and_in_circles() -> None:
    world = small_world()
    for upper, lower in (("lb-2", "lb-1"), ("db-1", "lb-2"), ("db-10", "db-1"), ("db-10", "lb-1"), ("lb-1", "db-10")):
        world.stand(ResourceId(upper), ResourceId(lower))
    found = world.dependents((LB_1, ResourceId("lb-old")))
    assert names(found) == ["db-1", "db-10", "lb-2"]
    assert {text(dependent.stands_on) for dependent in found} == {"lb-1"}
    world.transfer(ResourceId("db-10"), ACME, WEB)  # what stands on db-1 must be acme's own, or it cannot fall
    assert world.destroy(Verb.DELETE, ResourceId("db-1"), ACME, 1) is Outcome.DONE
    assert names(world.dependents((LB_1,))) == ["db-10", "lb-2"]


IMPOSSIBLE = {
    "an organization twice": lambda world: world.add_organization(ACME),
    "a project twice": lambda world: world.add_project(WEB, OTHER),
    "a project of nobody": lambda world: world.add_project(ProjectId("new"), OrganizationId("nobody")),
    "a resource twice": lambda world: world.add(Resource(LB_1, BALANCER, OTHER, None, 1, Hold.CLEAR)),
    "a resource of nobody": lambda world: world.transfer(LB_1, OrganizationId("nobody"), None),
    "a resource in no known project": lambda world: world.transfer(LB_1, ACME, ProjectId("new")),
    "a resource in another's project": lambda world: world.transfer(LB_1, ACME, THEIRS),
    "a move of what is not there": lambda world: world.transfer(ResourceId("lb-9"), ACME, WEB),
    "a hold on an unknown resource": lambda world: world.hold_resource(ResourceId("lb-9"), Hold.HELD),
    "a hold on an unknown project": lambda world: world.hold_project(ProjectId("new"), Hold.HELD),
    "a hold on an unknown organization": lambda world: world.hold_organization(OrganizationId("x"), Hold.HELD),
    "felling what is not there": lambda world: world.fell(ResourceId("lb-9"), Verb.DELETE),
    "standing on nothing": lambda world: world.stand(LB_1, ResourceId("lb-9")),
    "nothing standing": lambda world: world.stand(ResourceId("lb-9"), LB_1),
}


@pytest.mark.parametrize("change", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_a_change_that_makes_no_sense_changes_nothing(change: Any) -> None:
    world = small_world()
    before = list(world.everything())
    with pytest.raises(RecordError):
        change(world)
    assert list(world.everything()) == before
    assert names(world.of_organization(ACME, BALANCER)) == ["lb-1", "lb-2", "lb-old"]


def test_an_id_is_not_used_again_after_a_deletion() -> None:
    world = small_world()
    world.destroy(Verb.DELETE, LB_1, ACME, 1)
    with pytest.raises(RecordError) as caught:
        world.add(Resource(LB_1, BALANCER, OTHER, None, 1, Hold.CLEAR))
    assert caught.value.code == "id_in_use"


@pytest.mark.parametrize("neighbours", [0, 50, 500])
def test_a_selection_reads_the_same_rows_however_large_the_fleet_is(neighbours: int) -> None:
    world = MemoryWorld()
    for number in range(neighbours + 1):
        organization = OrganizationId(f"org-{number}")
        world.add_organization(organization)
        for resource in range(3):
            name = ResourceId(f"lb-{number}-{resource}")
            world.add(Resource(name, BALANCER, organization, None, 1, Hold.CLEAR))
    world.rows_read = 0
    assert len(world.of_organization(OrganizationId("org-0"), BALANCER).rows) == 3
    assert world.rows_read == 3


def told(world: MemoryWorld) -> list[Any]:
    """All that a world answers."""
    places = world.places()
    rows = [row for row, _ in world.everything()]
    kinds = sorted({row.kind for row in rows}, key=text)
    return [
        list(world.everything()),
        places,
        [world.dependents((row.id,)) for row in rows],
        [(world.fleet(kind), world.product(kind)) for kind in kinds],
        [world.of_organization(organization.id, kind) for organization in places[0] for kind in kinds],
        [world.of_project(project.organization, project.id, kind) for project in places[1] for kind in kinds],
    ]


CHANGED: dict[str, Any] = {
    "a tenant more": lambda world: world.add_organization(OrganizationId("new")),
    "a project more": lambda world: world.add_project(ProjectId("new"), ACME),
    "a resource more": lambda world: world.add(Resource(ResourceId("lb-new"), BALANCER, ACME, DEFAULT, 1, Hold.CLEAR)),
    "a dependent more": lambda world: world.stand(ResourceId("db-10"), LB_1),
    "a closed product": lambda world: world.set_product(BALANCER, ProductState.READ_ONLY),
    "a held tenant": lambda world: world.hold_organization(ACME, Hold.HELD),
    "a held project": lambda world: world.hold_project(WEB, Hold.HELD),
    "a held resource": lambda world: world.hold_resource(LB_1, Hold.HELD),
    "a resource elsewhere": lambda world: world.transfer(LB_1, OTHER, None),
    "a resource less": lambda world: world.fell(LB_1, Verb.DELETE),
}


@pytest.mark.parametrize("change", CHANGED.values(), ids=CHANGED)
def test_a_copy_is_as_its_world_was_and_goes_its_own_way(change: Any) -> None:
    first, alike = small_world(), small_world()
    for world in (first, alike):
        world.stand(ResourceId("db-1"), LB_1)
        world.fell(ResourceId("lb-2"), Verb.DELETE)
    copy, before = first.copy(), told(first)
    assert told(copy) == before
    change(copy)
    change(alike)
    assert told(copy) == told(alike)
    assert told(first) == before != told(copy)
