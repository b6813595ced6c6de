"""`invalidate` and `delete`: the destructive calls, which the guard decides and carries out."""

from __future__ import annotations

import pytest

from guards.core.audit import first_break
from guards.core.ids import Kind, OrganizationId, ProjectId, ResourceId
from guards.core.values import Hold, Limits, ProductState
from guards.reference.lookout import Lookout
from tests.reference.small import DELETE, INVALIDATE, Changes, ask, body, codes, small_platform, trail

ALL_OF_ACME = {"lb-1", "lb-2", "lb-3", "lb-4"}


@pytest.mark.parametrize(
    ("scope", "hit"),
    [
        ({"acknowledge": "acme"}, ALL_OF_ACME),
        ({"project_id": "acme-web"}, {"lb-1", "lb-2"}),
        ({"project_id": "acme"}, {"lb-3"}),
        ({"resource_ids": ["lb-4", "lb-1"]}, {"lb-1", "lb-4"}),
    ],
)
def test_an_operator_invalidates_exactly_what_is_named(scope: dict[str, object], hit: set[str]) -> None:
    platform = small_platform()
    changes = Changes(platform)
    assert set(body(ask(platform, "operator", "invalidate", {**INVALIDATE, **scope}))["done"]) == hit
    assert {key: row.state for key, row in changes().items()} == dict.fromkeys(hit, "invalidated")


def test_a_tenant_deletes_its_own() -> None:
    platform = small_platform()
    changes = Changes(platform)
    ask(platform, "acme", "delete", {**DELETE, "resource_ids": ["lb-1"]})
    ask(platform, "acme", "delete", {**DELETE, "kind": "database", "resource_ids": ["db-1"]})
    assert {key: row.state for key, row in changes().items()} == {"lb-1": "deleted", "db-1": "deleted"}


def test_parts_fall_with_their_balancer() -> None:
    platform = small_platform()
    platform.parts[ResourceId("lb-1")] = ("certificate",)
    ask(platform, "acme", "delete", {**DELETE, "resource_ids": ["lb-1"]})
    parts = {key: row for key, row in Lookout(platform).look().items() if row.parent == "lb-1"}
    assert {key: row.gone for key, row in parts.items()} == dict.fromkeys(
        ("lb-1/backend", "lb-1/ip", "lb-1/certificate"), True
    )


@pytest.mark.parametrize("foreign", ["lb-5", "no-such"])
def test_one_foreign_id_refuses_the_whole_call_in_the_words_for_an_unknown_one(foreign: str) -> None:
    platform = small_platform()
    changes = Changes(platform)
    answer = ask(platform, "acme", "delete", {**DELETE, "resource_ids": ["lb-1", foreign]})
    assert codes(answer) == ["not_found"]
    assert changes() == {}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"organization_id": "acme2", "acknowledge": "acme2"}, "not_your_organization"),
        ({"organization_id": "nobody", "acknowledge": "nobody"}, "not_your_organization"),
        ({"project_id": "acme2-web"}, "project_not_found"),
        ({"project_id": None}, "null_value"),
        ({"acknowledge": "acme2"}, "acknowledge_differs"),
        ({"resource_ids": ["db-1"]}, "wrong_kind"),
        ({"kind": "certificate", "acknowledge": "acme"}, "nothing_to_do"),
        ({"environment": "staging", "acknowledge": "acme"}, "wrong_environment"),
        ({"verb": "invalidate", "acknowledge": "acme"}, "wrong_verb"),
        ({"acknowledge": "acme", "project_id": "acme"}, "several_selectors"),
        ({}, "no_selector"),
    ],
)
def test_a_crafted_call_is_refused_and_changes_nothing(fields: dict[str, object], code: str) -> None:
    platform = small_platform()
    changes = Changes(platform)
    assert codes(ask(platform, "acme", "delete", {**DELETE, **fields}))[0] == code
    assert changes() == {}


def test_an_operator_naming_an_organization_that_is_not_there_is_told_so() -> None:
    fields = {**INVALIDATE, "organization_id": "nobody", "acknowledge": "nobody"}
    assert codes(ask(small_platform(), "operator", "invalidate", fields))[0] == "organization_unknown"


@pytest.mark.parametrize("level", ["organization", "project", "resource"])
def test_a_hold_at_any_level_keeps_what_it_covers(level: str) -> None:
    platform = small_platform()
    if level == "organization":
        platform.world.hold_organization(OrganizationId("acme"), Hold.HELD)
    elif level == "project":
        platform.world.hold_project(ProjectId("acme-web"), Hold.HELD)
    else:
        platform.world.hold_resource(ResourceId("lb-2"), Hold.HELD)
    changes = Changes(platform)
    assert codes(ask(platform, "operator", "invalidate", {**INVALIDATE, "acknowledge": "acme"})) == ["held"]
    assert changes() == {}


@pytest.mark.parametrize("state", [ProductState.READ_ONLY, ProductState.UNKNOWN])
def test_a_product_that_is_not_known_to_be_writable_keeps_everything(state: ProductState) -> None:
    platform = small_platform()
    platform.world.set_product(Kind("load-balancer"), state)
    changes = Changes(platform)
    assert codes(ask(platform, "operator", "invalidate", {**INVALIDATE, "acknowledge": "acme"})) == ["read_only"]
    assert changes() == {}


@pytest.mark.parametrize(("limits", "code"), [(Limits(3, 100), "limit_count"), (Limits(100, 57), "limit_percent")])
def test_a_call_over_a_limit_is_refused_and_never_cut(limits: Limits, code: str) -> None:
    platform = small_platform()
    platform.limit(limits)
    changes = Changes(platform)
    assert codes(ask(platform, "operator", "invalidate", {**INVALIDATE, "acknowledge": "acme"})) == [code]
    assert changes() == {}


def test_what_another_tenant_stands_on_is_not_destroyed() -> None:
    platform = small_platform()
    platform.world.stand(ResourceId("db-2"), ResourceId("lb-1"))
    changes = Changes(platform)
    assert codes(ask(platform, "acme", "delete", {**DELETE, "acknowledge": "acme"})) == ["others_depend"]
    assert changes() == {}


def test_the_callers_own_dependents_fall_and_are_named_beforehand() -> None:
    platform = small_platform()
    platform.world.stand(ResourceId("db-1"), ResourceId("lb-1"))
    fields = {**DELETE, "resource_ids": ["lb-1"]}
    preview = body(ask(platform, "acme", "delete", {**fields, "dry_run": True}))
    assert (preview["would_be_done"], preview["would_fall_with_it"]) == (["lb-1"], ["db-1"])
    changes = Changes(platform)
    ask(platform, "acme", "delete", fields)
    assert {key: row.state for key, row in changes().items()} == {"lb-1": "deleted", "db-1": "unreachable"}


def test_a_dry_run_changes_nothing_and_tells_nothing_of_other_tenants() -> None:
    platform = small_platform()
    changes = Changes(platform)
    preview = body(ask(platform, "operator", "invalidate", {**INVALIDATE, "acknowledge": "acme", "dry_run": True}))
    assert set(preview) == {"would_be_done", "would_fall_with_it", "plan"}
    assert changes() == {}


def test_each_effect_stands_in_the_audit_between_its_intent_and_its_record() -> None:
    platform = small_platform()
    ask(platform, "operator", "invalidate", {**INVALIDATE, "project_id": "acme-web"})
    assert trail(platform) == [
        ("intent", "lb-1", ""),
        ("effect", "lb-1", "done"),
        ("intent", "lb-2", ""),
        ("effect", "lb-2", "done"),
    ]
    assert first_break(platform.audit.records) is None


def test_a_refusal_stands_in_the_audit_with_its_codes() -> None:
    platform = small_platform()
    ask(platform, "acme", "delete", {**DELETE, "resource_ids": ["lb-5"]})
    (record,) = platform.audit.records
    assert (record.entry.event.value, record.entry.codes) == ("refusal", ("not_found", "nothing_to_do"))
