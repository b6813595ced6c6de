"""The conditional writes: nothing is written of what is no longer as it was read, nor for anybody but its owner."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guards.core.ids import Kind, OrganizationId, ProjectId, ResourceId
from guards.core.receipt import Outcome
from guards.core.values import Hold, OrganizationRecord, ProductState, ProjectRecord, Resource
from guards.reference.platform import Platform
from guards.reference.probe import NOBODY, who_refuses
from guards.reference.registrar import MemoryRegistrar
from tests.reference.small import ROWS, Changes, small_platform

ACME, ACME2 = OrganizationId("acme"), OrganizationId("acme2")
HOME = ProjectRecord(ProjectId("acme"), ACME, Hold.CLEAR)
NEW = Resource(ResourceId("lb-9"), Kind("load-balancer"), ACME, ProjectId("acme"), 1, Hold.CLEAR)


def row(platform: Platform, id: str = "lb-1") -> Resource:
    return platform.world.by_ids((ResourceId(id),))[0]


MEANWHILE: dict[str, Callable[[Platform], object]] = {
    "moved": lambda p: p.world.transfer(ResourceId("lb-1"), ACME, ProjectId("acme")),
    "held": lambda p: p.world.hold_resource(ResourceId("lb-1"), Hold.HELD),
    "its project held": lambda p: p.world.hold_project(ProjectId("acme-web"), Hold.HELD),
    "its organization held": lambda p: p.world.hold_organization(ACME, Hold.HELD),
    "its product frozen": lambda p: p.world.set_product(Kind("load-balancer"), ProductState.READ_ONLY),
}


@pytest.mark.parametrize("id", ["lb-1", "lb-4"])
def test_what_is_as_it_was_read_is_moved_whether_it_has_a_project_or_none(id: str) -> None:
    platform = small_platform()
    assert MemoryRegistrar(platform.world).move(row(platform, id), ACME, HOME) is Outcome.DONE
    assert row(platform, id).project == ProjectId("acme")


@pytest.mark.parametrize("what", MEANWHILE)
def test_what_has_changed_meanwhile_is_not_moved(what: str) -> None:
    platform = small_platform()
    read = row(platform)
    MEANWHILE[what](platform)
    changes = Changes(platform)
    assert MemoryRegistrar(platform.world).move(read, ACME, HOME) is Outcome.REFUSED
    assert changes() == {}


def test_what_has_changed_meanwhile_is_not_held() -> None:
    platform = small_platform()
    read = row(platform)
    MEANWHILE["moved"](platform)
    changes = Changes(platform)
    assert MemoryRegistrar(platform.world).hold_resource(read, ACME, Hold.HELD) is Outcome.REFUSED
    assert changes() == {}


def test_a_destination_that_is_not_where_it_is_said_to_be_gets_nothing() -> None:
    platform = small_platform()
    changes = Changes(platform)
    lie = ProjectRecord(ProjectId("acme"), ACME2, Hold.CLEAR)
    assert MemoryRegistrar(platform.world).move(row(platform), ACME, lie) is Outcome.REFUSED
    assert changes() == {}


@pytest.mark.parametrize(
    "made",
    [
        replace(NEW, id=ResourceId("lb-1")),
        replace(NEW, project=ProjectId("acme2")),
        replace(NEW, project=ProjectId("no-such")),
        replace(NEW, organization=ACME2, project=ProjectId("acme2")),
    ],
)
def test_nothing_is_created_under_a_used_id_or_in_a_place_that_is_not_the_owners(made: Resource) -> None:
    platform = small_platform()
    changes = Changes(platform)
    assert MemoryRegistrar(platform.world).create(made, ACME) is Outcome.REFUSED
    assert changes() == {}


def test_nothing_is_created_while_the_product_is_frozen() -> None:
    platform = small_platform()
    MEANWHILE["its product frozen"](platform)
    assert MemoryRegistrar(platform.world).create(NEW, ACME) is Outcome.REFUSED


def test_a_record_that_is_not_as_it_was_read_is_not_held() -> None:
    platform = small_platform()
    registrar, changes = MemoryRegistrar(platform.world), Changes(platform)
    assert registrar.hold_organization(OrganizationRecord(ACME, Hold.HELD), Hold.HELD) is Outcome.REFUSED
    assert registrar.hold_project(replace(HOME, hold=Hold.HELD), ACME, Hold.HELD) is Outcome.REFUSED
    assert registrar.hold_project(HOME, ACME2, Hold.HELD) is Outcome.REFUSED
    assert changes() == {}


@settings(deadline=None)
@given(
    id=st.sampled_from([id for id, *_ in ROWS]),
    said=st.sampled_from([ACME, ACME2]),
    owner=st.sampled_from([ACME, ACME2]),
    version=st.integers(0, 2),
)
def test_a_write_takes_place_only_for_the_owner_and_on_the_row_as_it_is(
    id: str, said: OrganizationId, owner: OrganizationId, version: int
) -> None:
    platform = small_platform()
    truth = row(platform, id)
    claimed = replace(truth, organization=said, version=version)
    changes = Changes(platform)
    outcome = MemoryRegistrar(platform.world).hold_resource(claimed, owner, Hold.HELD)
    is_true = truth.organization == said == owner and version == 1
    assert outcome is (Outcome.DONE if is_true else Outcome.REFUSED)
    assert set(changes()) == ({id} if is_true else set())


def test_a_call_that_nothing_stands_against_is_refused_by_nobody() -> None:
    body = (
        b'{"schema": 1, "verb": "invalidate", "kind": "load-balancer", "organization_id": "acme",'
        b' "acknowledge": "acme", "dry_run": false, "environment": "production", "case": "TS-1", "reason": "abuse"}'
    )
    assert who_refuses(small_platform(), "operator", body) == NOBODY
