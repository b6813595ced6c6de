"""The world of the incident: its numbers are the post-mortem's, counted from what can be seen of it."""

from __future__ import annotations

from collections import Counter

import pytest

from guards.core.ids import ResourceId
from guards.reference.incident import OPERATOR, build
from guards.reference.lookout import Lookout
from guards.reference.platform import Platform
from guards.testing.service import Seen
from tests.reference.small import INVALIDATE, Changes, StandingClock, ask, body, codes


@pytest.fixture(scope="module")
def platform() -> Platform:
    return build(StandingClock())


@pytest.fixture(scope="module")
def seen(platform: Platform) -> dict[str, Seen]:
    return {key: row for key, row in Lookout(platform).look().items() if row.parent is None}


def of_kind(seen: dict[str, Seen], kind: str) -> list[Seen]:
    return [row for row in seen.values() if row.kind == kind]


def test_1574_balancers_belong_to_775_customers(seen: dict[str, Seen]) -> None:
    balancers = [row for row in of_kind(seen, "load-balancer") if row.organization != "internal-databases"]
    assert len(balancers) == 1_574
    assert len({row.organization for row in balancers}) == 775


def test_50_shared_balancers_stand_beside_them(seen: dict[str, Seen]) -> None:
    assert sum(row.organization == "internal-databases" for row in of_kind(seen, "load-balancer")) == 50


def test_500_databases_of_customers_stand_ten_by_ten_on_the_shared_balancers(
    platform: Platform, seen: dict[str, Seen]
) -> None:
    assert len(of_kind(seen, "database")) == 500
    assert "internal-databases" not in {row.organization for row in of_kind(seen, "database")}
    shared = tuple(ResourceId(key) for key, row in seen.items() if row.organization == "internal-databases")
    dependents = platform.world.dependents(shared)
    databases = Counter(str(d.stands_on) for d in dependents if repr(d.id).startswith("ResourceId('database"))
    assert set(databases.values()) == {10}


def test_229_clusters_belong_to_207_customers(seen: dict[str, Seen]) -> None:
    assert len(of_kind(seen, "cluster")) == 229
    assert len({row.organization for row in of_kind(seen, "cluster")}) == 207


def test_33_customers_have_an_iot_hub(seen: dict[str, Seen]) -> None:
    assert len({row.organization for row in of_kind(seen, "iot-hub")}) == 33


def test_there_are_balancers_older_than_projects_and_in_default_projects_and_in_others(seen: dict[str, Seen]) -> None:
    homes = Counter(
        "none" if row.project is None else "default" if row.project == row.organization else "another"
        for row in of_kind(seen, "load-balancer")
    )
    assert homes == {"none": 525, "default": 575, "another": 524}


def test_a_balancer_has_backends_and_an_address_and_half_of_them_a_certificate(platform: Platform) -> None:
    kinds = Counter(row.kind for row in Lookout(platform).look().values() if row.parent is not None)
    assert kinds == {"backend": 1_624 + 787, "ip": 1_624, "certificate": 787}


def test_it_is_the_same_world_each_time(seen: dict[str, Seen]) -> None:
    again = Lookout(build(StandingClock())).look()
    assert {key: row for key, row in again.items() if row.parent is None} == seen


def test_the_valid_call_about_the_accused_hits_its_two_balancers() -> None:
    platform = build(StandingClock())
    changes = Changes(platform)
    fields = {**INVALIDATE, "organization_id": "customer-0774", "acknowledge": "customer-0774"}
    assert body(ask(platform, OPERATOR, "invalidate", fields))["done"] == ["balancer-0774", "balancer-1549"]
    assert {key: row.state for key, row in changes().items()} == {
        "balancer-0774": "invalidated",
        "balancer-1549": "invalidated",
    }


def test_the_shared_balancers_cannot_be_invalidated_while_customers_stand_on_them() -> None:
    platform = build(StandingClock())
    changes = Changes(platform)
    fields = {**INVALIDATE, "organization_id": "internal-databases", "resource_ids": ["shared-07"]}
    assert codes(ask(platform, OPERATOR, "invalidate", fields)) == ["others_depend"]
    assert changes() == {}
