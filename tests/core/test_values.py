"""The nouns refuse what they are not: wrong types, blanks, numbers out of range."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest

from guards.core.ids import OrganizationId, PrincipalId, ProjectId, ResourceId
from guards.core.values import (
    Dependent,
    Hold,
    Limits,
    OrganizationRecord,
    Policy,
    Principal,
    ProjectRecord,
    Role,
    expect_within,
    is_line,
    shows_something,
)
from guards.errors import GuardsError, PortFailure, RecordError, shown
from tests.core.cases import ACME, OPERATOR, POLICY, TENANT, row

VALID: list[Any] = [
    row("lb-1"),
    OrganizationRecord(ACME, Hold.CLEAR),
    ProjectRecord(ProjectId("web"), ACME, Hold.CLEAR),
    Dependent(ResourceId("db-1"), ACME, ResourceId("lb-1")),
    TENANT,
    POLICY,
    POLICY.limits,
]
FIELDS = [(value, field) for value in VALID for field in value.__dataclass_fields__]
WRONG: list[Any] = [None, True, 1.0, "", " ", "clear", "operator", -1, 2**63, [], object(), PrincipalId("x")]


@pytest.mark.parametrize(
    ("valid", "field"), FIELDS, ids=lambda item: item if type(item) is str else type(item).__name__
)
@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: f"{type(wrong).__name__}-{wrong}"[:20])
def test_a_field_of_the_wrong_kind_is_refused(valid: Any, field: str, wrong: Any) -> None:
    fits = {
        ("Resource", "project"): wrong is None,
        ("Principal", "id"): type(wrong) is PrincipalId,
        ("Policy", "environment"): type(wrong) is str and wrong.strip() != "",
        ("Policy", "version"): type(wrong) is str and wrong.strip() != "",
    }
    if fits.get((type(valid).__name__, field), False):
        assert getattr(replace(valid, **{field: wrong}), field) == wrong
    else:
        with pytest.raises(RecordError):
            replace(valid, **{field: wrong})


def test_a_tenant_has_an_organization_and_an_operator_has_none() -> None:
    with pytest.raises(RecordError, match="organization of a tenant"):
        Principal(PrincipalId("u"), Role.TENANT, None)
    with pytest.raises(RecordError) as caught:
        Principal(PrincipalId("o"), Role.OPERATOR, OrganizationId("acme"))
    assert caught.value.code == "operator_with_organization"


@pytest.mark.parametrize(("count", "percent"), [(0, 0), (1, 100), (2**63 - 1, 50)])
def test_limits_are_whole_numbers_and_zero_is_one(count: int, percent: int) -> None:
    assert Limits(count, percent).max_count == count


@pytest.mark.parametrize(
    ("count", "percent"), [(-1, 0), (2**63, 0), (1, 101), (1, -1), (None, 1), (1, None), (True, 1), (1, 1.0)]
)
def test_a_limit_that_is_missing_or_no_number_of_things_is_refused(count: Any, percent: Any) -> None:
    with pytest.raises(RecordError):
        Limits(count, percent)


@pytest.mark.parametrize("wrong", ["", " ", "a\nb", "a\x00", "\ud800", "\u202e", "a" * 257, None, 1])
def test_an_environment_is_one_printable_line(wrong: Any) -> None:
    with pytest.raises(RecordError):
        Policy(wrong, "1", Limits(1, 1))
    assert Policy("a" * 256, "1", Limits(1, 1)).environment == "a" * 256


# Printable, says Python, and drawn as nothing; then the same with something to see in it.
BLANK_LOOKING = [
    "\u3164",
    "\u115f\u1160",
    "\uffa0",
    "\u2800 \u2800",
    "\u034f",
    "\ufe0f",
    "\u17b4\u17b5",
    "\u0301",
    "\U0001d159",
]


@pytest.mark.parametrize("blank", BLANK_LOOKING, ids=ascii)
def test_a_line_that_shows_nothing_is_no_line(blank: str) -> None:
    assert blank.isprintable()
    with pytest.raises(RecordError, match="printable characters"):
        Policy(blank, "1", Limits(1, 1))
    assert Policy(f"{blank}a", "1", Limits(1, 1)).environment == f"{blank}a"


@pytest.mark.parametrize("blank", ["\U00013441", "\U00013442"], ids=ascii)
def test_a_blank_that_unicode_made_a_letter_later_is_no_line_either(
    blank: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blanks of hieroglyphic writing, letters since Unicode 15, as Python 3.12 is the first to tell."""
    monkeypatch.setattr("guards.core.values.category", lambda _sign: "Lo")
    assert not shows_something(blank * 2)
    assert shows_something(f"{blank}\U00013440")


@pytest.mark.parametrize(
    "line", ["a", "7", "-", "€", "é", "e\u0301", "\u5317\u4eac", "\u0e01", "\U0001f512", "TS-1"], ids=ascii
)
def test_a_line_that_shows_anything_is_one(line: str) -> None:
    assert Policy(line, "1", Limits(1, 1)).environment == line


def test_versions_end_where_stores_stop_counting() -> None:
    assert row("lb-1", version=9_223_372_036_854_775_807).version == 9_223_372_036_854_775_807
    with pytest.raises(RecordError, match="0 to 9223372036854775807"):
        row("lb-1", version=9_223_372_036_854_775_808)


@pytest.mark.parametrize(("value", "at_most"), [(0, 0), (7, 7), (7, None)])
def test_a_number_within_its_bounds_is_let_through(value: int, at_most: int | None) -> None:
    expect_within("number", value, at_most)


@pytest.mark.parametrize(
    ("value", "at_most", "said"),
    [(1, 0, "0 to 0, not 1"), (8, 7, "0 to 7, not 8"), (-1, 7, "0 to 7, not -1"), (-1, None, "0 or more, not -1")],
)
def test_a_number_beyond_its_bounds_is_refused_with_them(value: int, at_most: int | None, said: str) -> None:
    with pytest.raises(RecordError, match=f"^number must be {said}$"):
        expect_within("number", value, at_most)


def test_a_line_is_text_and_none_is_as_short_as_nothing() -> None:
    assert is_line("a", 1)
    for no_line in (None, b"a", ["a"], 1):
        assert is_line(no_line, 1) is False
    assert is_line("a", 0) is False


@pytest.mark.parametrize("home", ["", (), 0, False])
def test_an_operator_belongs_to_nothing_that_is_empty_either(home: Any) -> None:
    with pytest.raises(RecordError, match="an operator belongs to no organization"):
        Principal(PrincipalId("o"), Role.OPERATOR, home)


def test_values_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        OPERATOR.role = Role.TENANT  # type: ignore[misc]  # that it is refused is the point


class Hostile:
    def __repr__(self) -> str:
        raise AssertionError("nobody asked")

    __str__ = __repr__


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        ("a", "'a'"),
        ("\u212a\n", r"'\u212a\n'"),
        ("x" * 65, "'" + "x" * 64 + "'..."),
        (None, "None"),
        (True, "True"),
        (7, "7"),
        (10**5000, "a value of type int"),
        (Hostile(), "a value of type Hostile"),
        (type("N" * 100, (), {})(), "a value of type " + "N" * 64),
    ],
    ids=lambda item: "" if type(item) is not str else ascii(item)[:20],
)
def test_a_foreign_value_is_shown_short_and_without_running_its_code(value: object, seen: str) -> None:
    assert shown(value) == seen


def test_an_error_has_the_code_of_its_class_or_a_finer_one() -> None:
    assert GuardsError("x").code == "guards_error"
    assert RecordError("x").code == "record_refused"
    assert RecordError("x", code="finer").code == "finer"
    assert RecordError("plain").code == "record_refused"
    failure = PortFailure("the clock", "raised OSError")
    assert (failure.code, str(failure)) == ("dependency_unavailable", "the clock raised OSError")
