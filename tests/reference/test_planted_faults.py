"""Lines of the platform's own that are taken out: while one of them is left, nobody else is reached.

The destructive calls have their two barriers in the guard. The others have theirs here: what objects to a call, and the
condition at the write.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import pytest

from guards.reference.planting import Edit, import_planted
from guards.testing.replay import Session
from guards.testing.steps import Step, ref
from guards.testing.world import make_world
from tests.reference.small import CREATE, HOLD, LIST, TRANSFER

WORLD = make_world(("load-balancer", "database"), ("tenant", "operator"))


OPERATIONS, REGISTRAR = "guards.reference.operations", "guards.reference.registrar"


def unheeded(then: str) -> Edit:
    """The edit after which the objections just before `then` no longer count."""
    indent = then[: len(then) - len(then.lstrip())]
    return Edit(OPERATIONS, f"{indent}if objections:\n{indent}    return refused_for(objections)\n{then}", then)


ROLE = Edit("guards.reference.platform", "if caller.role is not known.role:", "if not caller.role:")
ORDER = Edit("guards.reference.changes", "    if not may_order(order):\n", "    if not order:\n")
ROW_AS_READ = Edit(REGISTRAR, "text(resource.organization) == text(owner) and self._world.by_ids", "self._world.by_ids")


@dataclass(frozen=True)
class Attempt:
    """A call that is about another tenant, and the lines that all have to be gone for it to succeed."""

    operation: str
    caller: str
    fields: dict[str, Any]
    lines: tuple[Edit, ...]


ATTEMPTS = {
    "transfer": Attempt(
        "transfer",
        "operator#0",
        {
            **TRANSFER,
            "organization_id": ref("org#0"),
            "resource_id": ref("load-balancer#0"),
            "source_project_id": ref("project#3"),
            "destination_project_id": ref("project#1"),
        },
        (unheeded("    row, destination = rows[0]"), ROW_AS_READ),
    ),
    "hold of a resource": Attempt(
        "hold_resources",
        "operator#0",
        {
            **HOLD,
            "kind": "load-balancer",
            "organization_id": ref("org#0"),
            "resource_ids": [ref("load-balancer#0")],
        },
        (unheeded("        return [Change(row.id"), ROW_AS_READ),
    ),
    "hold of a project": Attempt(
        "hold",
        "operator#0",
        {**HOLD, "organization_id": ref("org#0"), "project_id": ref("project#3")},
        (
            unheeded("        record = records[call.project_id]"),
            Edit(REGISTRAR, "text(record.organization) != text(owner) or self._world", "self._world"),
        ),
    ),
    "an operator's transfer": Attempt(
        "transfer",
        "tenant#0",
        {
            **TRANSFER,
            "organization_id": ref("org#1"),
            "resource_id": ref("load-balancer#0"),
            "source_project_id": ref("project#3"),
            "destination_project_id": ref("project#1"),
        },
        (ROLE, ORDER),
    ),
    "an operator's hold": Attempt(
        "hold",
        "tenant#0",
        {**HOLD, "organization_id": ref("org#1"), "acknowledge": ref("org#1")},
        (ROLE, ORDER),
    ),
    "creation": Attempt(
        "create",
        "tenant#0",
        {**CREATE, "organization_id": ref("org#1"), "project_id": ref("project#3")},
        (
            Edit(OPERATIONS, "    if owner != caller.organization:\n", "    if not owner:\n"),
            ORDER,
            Edit(
                REGISTRAR,
                "owner is None or text(resource.organization) != text(owner) or not self._is_writable",
                "not self._is_writable",
            ),
        ),
    ),
}


def reached(attempt: Attempt, edits: Collection[Edit]) -> bool:
    """Whether the call, on a platform with these edits, changes anything; it names nothing that it may change."""
    (service,) = import_planted(edits, ["guards.reference.service"])
    exchange = Session(service.make_service(), WORLD).run(Step(attempt.operation, attempt.fields, attempt.caller))
    assert exchange is not None
    return bool(exchange.changes)


@pytest.mark.parametrize("name", ATTEMPTS)
def test_any_one_line_alone_keeps_a_change_from_reaching_another_tenant(name: str) -> None:
    attempt = ATTEMPTS[name]
    for line in attempt.lines:
        assert not reached(attempt, [other for other in attempt.lines if other is not line])


@pytest.mark.parametrize("name", ATTEMPTS)
def test_with_all_of_them_gone_it_is_seen_to_reach_another_tenant(name: str) -> None:
    assert reached(ATTEMPTS[name], ATTEMPTS[name].lines)


def test_a_listing_of_another_tenants_is_refused_even_when_its_first_line_is_gone() -> None:
    fields = {**LIST, "organization_id": ref("org#1")}
    gone = Edit(
        OPERATIONS, "    if call.organization_id != caller.organization:\n", "    if not call.organization_id:\n"
    )
    (service,) = import_planted([gone], ["guards.reference.service"])
    exchange = Session(service.make_service(), WORLD).run(Step("list", fields, "tenant#0"))
    assert exchange is not None
    assert exchange.reply.code == "inventory_foreign"


def test_a_cursor_that_is_not_bound_to_its_query_is_noticed() -> None:
    unbound = Edit("guards.reference.cursors", "for part in (*query, position)", "for part in (position,)")
    (cursors,) = import_planted([unbound], ["guards.reference.cursors"])
    ours = cursors.Cursors(b"tests")
    assert ours.position(["acme2"], ours.cursor(["acme"], "lb-1")) == "lb-1"
