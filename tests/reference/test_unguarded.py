"""The platform as of 2021: it does what it is for, and one crafted call reaches everybody."""

from __future__ import annotations

from typing import Any

import pytest

from guards.core.ids import OrganizationId
from guards.core.values import Hold
from guards.reference.unguarded import make_service, unguard
from guards.testing.check import run
from guards.testing.properties import judge
from guards.testing.replay import Session
from guards.testing.steps import Step, ref
from guards.testing.world import World, make_world
from tests.reference.small import DELETE, INVALIDATE, Changes, ask, body, codes, small_platform


@pytest.mark.parametrize(
    ("scope", "hit"),
    [
        ({"acknowledge": "acme"}, {"lb-1", "lb-2", "lb-3", "lb-4"}),
        ({"project_id": "acme-web"}, {"lb-1", "lb-2"}),
        ({"resource_ids": ["lb-4"]}, {"lb-4"}),
    ],
)
def test_it_did_what_a_valid_call_asked_for(scope: dict[str, Any], hit: set[str]) -> None:
    platform = unguard(small_platform())
    changes = Changes(platform)
    ask(platform, "operator", "invalidate", {**INVALIDATE, **scope})
    assert set(changes()) == hit


def test_a_project_that_is_null_lost_every_filter() -> None:
    platform = unguard(small_platform())
    changes = Changes(platform)
    ask(platform, "operator", "invalidate", {**INVALIDATE, "project_id": None})
    assert {row.organization for row in changes().values()} == {"acme", "acme2"}
    assert len(changes()) == 7


def test_on_the_path_with_projects_the_organization_was_not_looked_at() -> None:
    platform = unguard(small_platform())
    assert set(body(ask(platform, "acme", "delete", {**DELETE, "project_id": "acme2-web"}))["done"]) == {"lb-5"}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"organization_id": "nobody"}, "organization_unknown"),
        ({"organization_id": "acme2"}, "not_your_organization"),
        ({"organization_id": 7}, "bad_request"),
    ],
)
def test_its_one_barrier_looked_at_the_call(fields: dict[str, Any], code: str) -> None:
    platform = unguard(small_platform())
    changes = Changes(platform)
    assert codes(ask(platform, "acme", "delete", {**DELETE, **fields})) == [code]
    assert changes() == {}


def test_an_organization_under_a_hold_was_kept_if_the_call_named_it() -> None:
    platform = unguard(small_platform())
    platform.world.hold_organization(OrganizationId("acme"), Hold.HELD)
    assert codes(ask(platform, "acme", "delete", DELETE)) == ["held"]


def test_a_dry_run_had_no_effects() -> None:
    platform = unguard(small_platform())
    changes = Changes(platform)
    assert len(body(ask(platform, "acme", "delete", {**DELETE, "dry_run": True}))["would_be_done"]) == 4
    assert changes() == {}


def test_the_kits_judge_sees_it_in_one_crafted_call() -> None:
    world = make_world(("load-balancer", "database"), ("tenant", "operator"))
    fields = {**INVALIDATE, "organization_id": ref("org#0"), "project_id": ref("project#1")}
    plain, crafted = (Step("invalidate", fields, "operator#0", crafts) for crafts in ((), ("project_id:null",)))
    assert "isolation" not in broken_by(plain, world)
    assert "isolation" in broken_by(crafted, world)


def broken_by(step: Step, world: World) -> list[str]:
    """The properties that one call breaks in a fresh world."""
    exchange = Session(make_service(), world).run(step)
    assert exchange is not None
    return [property.name for property, finding in judge(exchange) if finding.why]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_the_kit_finds_that_it_reaches_other_tenants(seed: int) -> None:
    result = run(make_service, seed=seed, rounds=1, examples=1, properties=["isolation"])
    assert [(found.name, found.verdict) for found in result.properties] == [("isolation", "broken")]
    assert [len(trace.steps) for trace in result.counterexamples] == [1]
