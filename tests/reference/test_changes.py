"""`create`, `transfer`, `hold`, `unhold`, `read_only`: what changes without destroying, and is as strict."""

from __future__ import annotations

from asyncio import CancelledError
from dataclasses import replace
from typing import Any

import pytest

from guards.core.audit import first_break
from guards.core.ids import Kind, OrganizationId, ProjectId, ResourceId
from guards.core.receipt import Outcome
from guards.core.values import Hold, ProductState, ProjectRecord
from guards.reference.faults import FaultyInventory, Trouble
from guards.reference.registrar import MemoryRegistrar
from tests.reference.small import (
    CREATE,
    DELETE,
    HOLD,
    INVALIDATE,
    READ_ONLY,
    TRANSFER,
    Changes,
    ask,
    body,
    codes,
    small_platform,
    trail,
)

# create


def test_a_tenant_creates_in_its_own_project_under_an_id_that_the_platform_makes() -> None:
    platform = small_platform()
    changes = Changes(platform)
    (made,) = body(ask(platform, "acme", "create", CREATE))["done"]
    (row,) = changes().values()
    assert (row.organization, row.project, row.kind, row.state) == ("acme", "acme-web", "load-balancer", "live")
    assert list(changes()) == [made]


def test_two_creations_make_two_ids() -> None:
    platform = small_platform()
    made = [body(ask(platform, "acme", "create", CREATE))["done"] for _ in range(2)]
    assert made[0] != made[1]


def test_the_ids_of_one_tenant_do_not_depend_on_what_others_create() -> None:
    alone, together = small_platform(), small_platform()
    ask(together, "acme2", "create", {**CREATE, "organization_id": "acme2", "project_id": "acme2"})
    assert body(ask(alone, "acme", "create", CREATE)) == body(ask(together, "acme", "create", CREATE))


def test_the_ids_that_a_platform_makes_cannot_be_foretold_without_its_key() -> None:
    one, other = small_platform(), small_platform()
    other.site = replace(other.site, key=b"another")
    made = [body(ask(platform, "acme", "create", CREATE))["done"] for platform in (one, other)]
    assert made[0] != made[1]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"organization_id": "acme2"}, "not_your_organization"),
        ({"organization_id": "acme2", "project_id": "acme2"}, "not_your_organization"),
        ({"project_id": "acme2-web"}, "project_not_found"),
        ({"project_id": "no-such"}, "project_not_found"),
        ({"project_id": None}, "null_value"),
        ({"kind": "castle"}, "unknown_kind"),
        ({"environment": "staging"}, "wrong_environment"),
        ({"id": "lb-1"}, "unknown_field"),
    ],
)
def test_a_crafted_creation_is_refused_and_creates_nothing(fields: dict[str, Any], code: str) -> None:
    platform = small_platform()
    changes = Changes(platform)
    assert codes(ask(platform, "acme", "create", {**CREATE, **fields})) == [code]
    assert changes() == {}


def test_nothing_is_created_while_the_product_is_read_only() -> None:
    platform = small_platform()
    platform.world.set_product(Kind("load-balancer"), ProductState.READ_ONLY)
    assert codes(ask(platform, "acme", "create", CREATE)) == ["read_only"]


class Twice(FaultyInventory):
    """Answers each project twice."""

    def projects(self, projects: tuple[ProjectId, ...]) -> tuple[ProjectRecord, ...]:
        return super().projects(projects) * 2


def test_a_project_that_is_answered_twice_is_not_known() -> None:
    platform = small_platform()
    ports = platform.site.ports
    platform.stand_behind(
        inventory=Twice(platform.world, Trouble()),
        effector=ports.effector,
        audit=ports.audit,
        clock=ports.clock,
        registrar=platform.site.registrar,
    )
    assert codes(ask(platform, "acme", "create", CREATE)) == ["project_not_found"]


# transfer


@pytest.mark.parametrize(
    ("destination", "owner"), [("acme", "acme"), ("acme2-web", "acme2"), ("acme2", "acme2"), ("acme-web", "acme")]
)
def test_an_operator_moves_one_resource_to_the_project_it_names(destination: str, owner: str) -> None:
    platform = small_platform()
    changes = Changes(platform)
    fields = {**TRANSFER, "destination_project_id": destination}
    assert body(ask(platform, "operator", "transfer", fields)) == {"done": ["lb-1"]}
    moved = {key: (row.organization, row.project) for key, row in changes().items()}
    assert moved == ({} if destination == "acme-web" else {"lb-1": (owner, destination)})


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"resource_id": "lb-5"}, "not_found"),
        ({"resource_id": "no-such"}, "not_found"),
        ({"resource_id": "db-1"}, "wrong_kind"),
        ({"organization_id": "acme2"}, "project_not_found"),
        ({"organization_id": "nobody"}, "organization_unknown"),
        ({"organization_id": "acme2", "source_project_id": "acme2-web"}, "not_found"),
        ({"source_project_id": "acme"}, "source_differs"),
        ({"source_project_id": "acme2-web"}, "project_not_found"),
        ({"source_project_id": None}, "null_value"),
        ({"resource_id": "lb-4"}, "source_differs"),
        ({"destination_project_id": "no-such"}, "destination_not_found"),
        ({"destination_project_id": ""}, "blank"),
        ({"environment": "staging"}, "wrong_environment"),
        ({"force": True}, "unknown_field"),
    ],
)
def test_a_crafted_transfer_is_refused_and_moves_nothing(fields: dict[str, Any], code: str) -> None:
    platform = small_platform()
    changes = Changes(platform)
    assert codes(ask(platform, "operator", "transfer", {**TRANSFER, **fields}))[0] == code
    assert changes() == {}


@pytest.mark.parametrize("level", ["organization", "project", "resource"])
def test_what_is_held_is_not_moved(level: str) -> None:
    platform = small_platform()
    {
        "organization": lambda: platform.world.hold_organization(OrganizationId("acme"), Hold.HELD),
        "project": lambda: platform.world.hold_project(ProjectId("acme-web"), Hold.HELD),
        "resource": lambda: platform.world.hold_resource(ResourceId("lb-1"), Hold.HELD),
    }[level]()
    changes = Changes(platform)
    assert codes(ask(platform, "operator", "transfer", TRANSFER)) == ["held"]
    assert changes() == {}


def test_what_is_gone_is_not_moved() -> None:
    platform = small_platform()
    ask(platform, "acme", "delete", {**DELETE, "resource_ids": ["lb-1"]})
    assert codes(ask(platform, "operator", "transfer", TRANSFER)) == ["not_found"]


def test_after_a_transfer_only_the_new_owner_can_destroy() -> None:
    platform = small_platform()
    ask(platform, "operator", "transfer", {**TRANSFER, "destination_project_id": "acme2"})
    assert codes(ask(platform, "acme", "delete", {**DELETE, "resource_ids": ["lb-1"]}))[0] == "not_found"
    theirs = {**DELETE, "organization_id": "acme2", "resource_ids": ["lb-1"]}
    assert body(ask(platform, "acme2", "delete", theirs))["done"] == ["lb-1"]


# hold and unhold


@pytest.mark.parametrize(
    ("scope", "covered"),
    [
        ({"acknowledge": "acme"}, {"lb-1", "lb-2", "lb-3", "lb-4", "db-1"}),
        ({"project_id": "acme-web"}, {"lb-1", "lb-2", "db-1"}),
        ({"kind": "load-balancer", "resource_ids": ["lb-2", "lb-4"]}, {"lb-2", "lb-4"}),
    ],
)
def test_a_hold_covers_what_it_names_and_a_release_frees_it(scope: dict[str, Any], covered: set[str]) -> None:
    platform = small_platform()
    changes = Changes(platform)
    ask(platform, "operator", "hold", {**HOLD, **scope})
    assert {key: row.state for key, row in changes().items()} == dict.fromkeys(covered, "live, held")
    assert codes(ask(platform, "operator", "invalidate", {**INVALIDATE, "acknowledge": "acme"})) == ["held"]
    ask(platform, "operator", "unhold", {**HOLD, **scope})
    assert changes() == {}
    assert body(ask(platform, "operator", "invalidate", {**INVALIDATE, "acknowledge": "acme"}))["done"]


@pytest.mark.parametrize("operation", ["hold", "unhold"])
@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "missing_field"),
        ({"acknowledge": "acme2"}, "acknowledge_differs"),
        ({"acknowledge": "acme", "project_id": "acme"}, "unknown_field"),
        ({"project_id": "acme2-web"}, "project_not_found"),
        ({"project_id": None}, "null_value"),
        ({"kind": "load-balancer", "resource_ids": []}, "empty_list"),
        ({"kind": "load-balancer", "resource_ids": ["lb-1", "lb-5"]}, "not_found"),
        ({"kind": "load-balancer", "resource_ids": ["db-1"]}, "wrong_kind"),
        ({"kind": "load-balancer"}, "missing_field"),
        ({"resource_ids": ["lb-1"]}, "missing_field"),
        ({"organization_id": "nobody", "acknowledge": "nobody"}, "organization_unknown"),
        ({"organization_id": "acme2", "project_id": "acme-web"}, "project_not_found"),
        ({"organization_id": 7, "acknowledge": "acme"}, "wrong_type"),
        ({"environment": "staging", "acknowledge": "acme"}, "wrong_environment"),
    ],
)
def test_a_crafted_hold_is_refused_and_holds_nothing(operation: str, fields: dict[str, Any], code: str) -> None:
    platform = small_platform()
    if operation == "unhold":
        platform.world.hold_organization(OrganizationId("acme"), Hold.HELD)
        platform.world.hold_organization(OrganizationId("acme2"), Hold.HELD)
    changes = Changes(platform)
    assert codes(ask(platform, "operator", operation, {**HOLD, **fields})) == [code]
    assert changes() == {}


def test_a_body_that_is_no_object_is_no_hold() -> None:
    assert codes(small_platform().handle("operator", "hold", b"[]")) == ["wrong_type"]
    assert codes(small_platform().handle("operator", "hold", b"[")) == ["not_json"]


# read_only


def test_an_operator_closes_a_product_and_opens_it_again() -> None:
    platform = small_platform()
    ask(platform, "operator", "read_only", READ_ONLY)
    assert codes(ask(platform, "acme", "delete", {**DELETE, "resource_ids": ["lb-1"]})) == ["read_only"]
    assert body(ask(platform, "acme", "delete", {**DELETE, "kind": "database", "resource_ids": ["db-1"]}))["done"]
    ask(platform, "operator", "read_only", {**READ_ONLY, "on": False})
    assert body(ask(platform, "acme", "delete", {**DELETE, "resource_ids": ["lb-1"]}))["done"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"kind": "castle"}, "unknown_kind"),
        ({"on": "false"}, "wrong_type"),
        ({"on": None}, "null_value"),
        ({"environment": "staging"}, "wrong_environment"),
    ],
)
def test_a_crafted_switch_is_refused_and_switches_nothing(fields: dict[str, Any], code: str) -> None:
    platform = small_platform()
    assert codes(ask(platform, "operator", "read_only", {**READ_ONLY, **fields})) == [code]
    assert platform.world.product(Kind("load-balancer")) is ProductState.WRITABLE


# all of them


@pytest.mark.parametrize(
    ("operation", "caller", "fields", "target"),
    [
        ("transfer", "operator", TRANSFER, "lb-1"),
        ("hold", "operator", {**HOLD, "acknowledge": "acme"}, "acme"),
        ("unhold", "operator", {**HOLD, "project_id": "acme-web"}, "acme-web"),
        ("read_only", "operator", READ_ONLY, "load-balancer"),
    ],
)
def test_each_change_stands_in_the_audit_between_its_intent_and_its_record(
    operation: str, caller: str, fields: dict[str, Any], target: str
) -> None:
    platform = small_platform()
    ask(platform, caller, operation, fields)
    assert trail(platform) == [("intent", target, ""), ("effect", target, "done")]
    assert {record.entry.verb for record in platform.audit.records} == {operation}
    assert first_break(platform.audit.records) is None


class Left(MemoryRegistrar):
    """Writes, and is left before it can answer."""

    leaving: type[BaseException]

    def set_product(self, kind: Kind, state: ProductState) -> Outcome:
        super().set_product(kind, state)
        raise self.leaving


@pytest.mark.parametrize("leaving", [CancelledError, SystemExit, KeyboardInterrupt])
def test_a_change_that_is_left_halfway_is_written_down_as_in_doubt_and_left(leaving: type[BaseException]) -> None:
    platform = small_platform()
    registrar = Left(platform.world)
    registrar.leaving = leaving
    platform.site = replace(platform.site, registrar=registrar)
    with pytest.raises(leaving):
        ask(platform, "operator", "read_only", READ_ONLY)
    assert trail(platform) == [("intent", "load-balancer", ""), ("effect", "load-balancer", "in_doubt")]
