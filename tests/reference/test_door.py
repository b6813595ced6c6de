"""`Platform.handle`, the one door: who may call what, and that every operation is as strict as the next."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guards.core.ids import OrganizationId
from guards.core.values import Hold
from guards.reference.answers import Refused
from guards.reference.operations import OPERATIONS
from tests.reference.small import ROWS, VALID, Changes, ask, codes, small_platform

CALLERS = {"invalidate": "operator", "transfer": "operator", "hold": "operator", "unhold": "operator"} | {
    "read_only": "operator",
    "delete": "acme",
    "create": "acme",
    "list": "acme",
}


def test_every_operation_is_tried_here() -> None:
    assert OPERATIONS.keys() == VALID.keys() == CALLERS.keys()


@pytest.mark.parametrize("operation", VALID)
def test_the_valid_call_is_accepted(operation: str) -> None:
    caller, fields = VALID[operation]
    assert not isinstance(ask(small_platform(), caller, operation, fields), Refused)


@pytest.mark.parametrize("operation", VALID)
def test_nobody_is_let_in(operation: str) -> None:
    platform = small_platform()
    changes = Changes(platform)
    for nobody in ("", "Operator", "operator ", "stranger"):
        assert codes(ask(platform, nobody, operation, VALID[operation][1])) == ["unknown_caller"]
    assert changes() == {}


@pytest.mark.parametrize("operation", VALID)
def test_the_wrong_role_is_refused(operation: str) -> None:
    platform = small_platform()
    changes = Changes(platform)
    wrong = "acme" if CALLERS[operation] == "operator" else "operator"
    assert codes(ask(platform, wrong, operation, VALID[operation][1])) == ["wrong_role"]
    assert changes() == {}


def test_an_operation_that_is_not_there_is_refused() -> None:
    assert codes(ask(small_platform(), "operator", "purge", {})) == ["unknown_operation"]


@pytest.mark.parametrize("operation", VALID)
def test_a_field_left_out_null_or_unknown_refuses_the_call(operation: str) -> None:
    caller, valid = VALID[operation]
    platform = small_platform()
    changes = Changes(platform)
    crafted: list[dict[str, Any]] = [{**valid, "no_such_field": 1}]
    for name in valid:
        crafted += [{**valid, name: None}, {key: value for key, value in valid.items() if key != name}]
    for fields in crafted:
        assert isinstance(ask(platform, caller, operation, fields), Refused), fields
    assert changes() == {}


@pytest.mark.parametrize("operation", VALID)
@pytest.mark.parametrize(
    ("body", "code"),
    [(b"", "not_json"), (b"\xff\xfe{}", "utf_16_or_32"), (b'{"schema": 1, "schema": 1}', "repeated_key")],
)
def test_bytes_that_are_no_strict_json_are_refused_in_the_words_of_the_wire(
    operation: str, body: bytes, code: str
) -> None:
    assert codes(small_platform().handle(CALLERS[operation], operation, body)) == [code]


@pytest.mark.parametrize("operation", VALID)
def test_a_refusal_says_that_nothing_changed_and_what_to_do_next(operation: str) -> None:
    answer = ask(small_platform(), CALLERS[operation], operation, {})
    assert isinstance(answer, Refused)
    assert all(". Nothing was changed. " in reason.sentence for reason in answer.reasons)


IDS = ["acme", "acme2", "acme-web", "acme2-web", "nobody", *(id for id, *_ in ROWS)]
FIELDS = [
    *("organization_id", "project_id", "source_project_id", "destination_project_id", "resource_id"),
    *("acknowledge", "resource_ids"),
]


@st.composite
def misdirected(draw: st.DrawFn) -> tuple[str, str, dict[str, Any]]:
    """A valid call, some of whose ids are replaced by others of the same world: caller, operation, fields."""
    operation = draw(st.sampled_from(sorted(VALID)))
    caller, valid = VALID[operation]
    fields = dict(valid)
    for name in draw(st.lists(st.sampled_from(FIELDS), max_size=3)):
        if name in fields:
            id = draw(st.sampled_from(IDS))
            fields[name] = [id] if name == "resource_ids" else id
    return draw(st.sampled_from([caller, "acme", "acme2", "operator"])), operation, fields


@settings(deadline=None)
@given(call=misdirected(), held=st.booleans())
def test_a_call_changes_only_what_the_organization_it_names_owns(
    call: tuple[str, str, dict[str, Any]], held: bool
) -> None:
    caller, operation, fields = call
    platform = small_platform()
    if held:  # so that a release has something to release
        for tenant in ("acme", "acme2"):
            platform.world.hold_organization(OrganizationId(tenant), Hold.HELD)
    owners = {id: owner for id, _, owner, _ in ROWS}
    changes = Changes(platform)
    answer = ask(platform, caller, operation, fields)
    named = fields.get("organization_id")
    assert {owners.get(key, row.organization) for key, row in changes().items()} <= {named}
    if caller != "operator":
        assert changes() == {} or named == caller
    if isinstance(answer, Refused):
        assert changes() == {}
