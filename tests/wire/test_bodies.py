"""The table of hostile bodies, row by row, and what a reader can count on: refusals are short, ASCII and complete.

The valid calls stand beside them, in the spellings that JSON allows.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import FrozenInstanceError

import pytest

from guards.core import refusals
from guards.core.request import Request
from guards.wire import Code, Refusal, parse, read_json
from tests.wire.bodies import (
    COMMON,
    EXPLICIT,
    HOSTILE,
    OPERATOR,
    PROJECT,
    TENANT,
    VALID,
    WHOLE,
    Fields,
    Hostile,
    body,
    but,
    meaning,
    padded,
    raw,
)
from tests.wire.sentences import of_the_wire

MIB = 1024 * 1024


def refused(content: bytes) -> Refusal:
    """The refusal of a body that must not become a request."""
    answer = parse(content, OPERATOR, policy_version="7")
    assert isinstance(answer, Refusal)
    return answer


def accepted(content: bytes) -> Request:
    """The request of a body that must be read."""
    answer = parse(content, OPERATOR, policy_version="7")
    assert isinstance(answer, Request), answer.sentence
    return answer


@pytest.mark.parametrize("row", HOSTILE, ids=lambda row: row.name)
def test_a_hostile_body_has_its_one_refusal(row: Hostile) -> None:
    refusal = refused(row.body)
    assert (refusal.code, refusal.path, refusal.shown) == (row.code, row.path, row.shown)


@pytest.mark.parametrize("row", HOSTILE, ids=lambda row: row.name)
def test_a_refusal_can_be_printed_on_one_line_and_says_that_nothing_was_changed(row: Hostile) -> None:
    sentence = refused(row.body).sentence
    assert sentence.isascii()
    assert sentence.isprintable()
    assert len(sentence) < 600
    assert sentence.startswith("The call was refused: ")
    assert ". Nothing was changed. " in sentence
    assert sentence.endswith(".")


def test_no_two_rows_of_the_table_have_one_name() -> None:
    assert [name for name, rows in Counter(row.name for row in HOSTILE).items() if rows > 1] == []


def test_every_code_that_the_guards_own_call_can_meet_is_in_the_table() -> None:
    # What other operations' models may refuse beyond that is in test_models.
    assert {row.code for row in HOSTILE} == {code.value for code in Code} - {"unfit_value"}


def test_every_code_has_its_sentence_in_the_golden_file() -> None:
    assert Counter(code for code, _ in of_the_wire()) == Counter(code.value for code in Code)


def test_a_code_of_the_wire_is_never_a_code_of_the_guard() -> None:
    assert {code.value for code in Code}.isdisjoint({code.value for code in refusals.Code})


@pytest.mark.parametrize("fields", VALID.values(), ids=VALID.keys())
def test_a_valid_body_means_what_it_says(fields: Fields) -> None:
    assert meaning(accepted(body(fields))) == fields


@pytest.mark.parametrize("fields", VALID.values(), ids=VALID.keys())
def test_whitespace_escapes_and_the_order_of_keys_mean_nothing(fields: Fields) -> None:
    backwards = dict(reversed(fields.items()))
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in "organization_id")
    spelled = json.dumps(backwards, indent="\t").replace("organization_id", escaped)
    assert accepted(spelled.encode()) == accepted(body(fields))


@pytest.mark.parametrize("verb", ["invalidate", "delete"])
@pytest.mark.parametrize("dry_run", [True, False])
def test_each_verb_and_the_dry_run_are_read_as_said(verb: str, dry_run: bool) -> None:
    request = accepted(but(PROJECT, verb=verb, dry_run=dry_run))
    assert (request.verb.value, request.dry_run) == (verb, dry_run)


def test_requester_and_policy_version_are_the_services_own() -> None:
    request = parse(body(WHOLE), TENANT, policy_version="42")
    assert isinstance(request, Request)
    assert (request.requester, request.policy_version) == (TENANT, "42")


def test_a_project_may_have_the_text_of_its_organization() -> None:
    assert meaning(accepted(but(PROJECT, project_id="org-1")))["project_id"] == "org-1"


@pytest.mark.parametrize(
    "identifier", ["null", "None", "undefined", "all", "0", "00000000-0000-0000-0000-000000000000"]
)
def test_a_word_that_only_looks_special_is_an_id_like_any_other(identifier: str) -> None:
    assert meaning(accepted(but(PROJECT, project_id=identifier)))["project_id"] == identifier


@pytest.mark.parametrize("other", ["LB-1", "lb-10", "lb_1", "lb-1."])
def test_ids_that_are_nearly_equal_stay_distinct(other: str) -> None:
    assert meaning(accepted(but(EXPLICIT, resource_ids=["lb-1", other])))["resource_ids"] == ["lb-1", other]


def test_text_that_looks_like_json_is_text() -> None:
    reason = '"]}' + "[{" * 50 + '\\"'
    assert accepted(but(WHOLE, reason=reason)).reason == reason


def test_text_of_other_scripts_is_kept_to_the_letter() -> None:
    reason = "Hameçonnage, フィッシング, 😀, e\u0301"
    assert accepted(json.dumps({**WHOLE, "reason": reason}, ensure_ascii=False).encode()).reason == reason


def test_a_body_of_exactly_1_mib_is_read() -> None:
    assert meaning(accepted(padded(body(WHOLE), MIB))) == WHOLE


def test_16_levels_are_read_as_json() -> None:
    assert read_json(b"[" * 16 + b"]" * 16) != []
    assert refused(raw(WHOLE, "reason", "[" * 15 + "]" * 15)).code == "wrong_type"


def test_one_id_is_enough() -> None:
    assert meaning(accepted(but(EXPLICIT, resource_ids=["lb-1"])))["resource_ids"] == ["lb-1"]


def test_10_000_ids_are_read() -> None:
    names = [f"lb-{number}" for number in range(10_000)]
    assert meaning(accepted(but(EXPLICIT, resource_ids=names)))["resource_ids"] == names


def test_a_fraction_of_32_characters_is_read() -> None:
    assert read_json(b"1." + b"0" * 30) == 1.0


def test_a_refusal_does_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        refused(b"").code = Code.BLANK  # type: ignore[misc]  # the misuse under test


def test_the_longest_lines_are_read() -> None:
    fields = {**WHOLE, "environment": "e" * 256, "case": "c" * 256, "reason": "r" * 2000}
    assert meaning(accepted(body(fields))) == fields


@pytest.mark.parametrize("number", [2**53 - 1, -(2**53) + 1, 0, -1, 1.5, 1e300, -0.0])
def test_a_number_that_every_reader_reads_alike_is_read(number: float) -> None:
    assert read_json(body({"number": number})) == {"number": number}


def test_the_selectors_differ_in_one_field_only() -> None:
    assert all(
        fields.keys() - COMMON.keys() == {name}
        for fields, name in zip((WHOLE, PROJECT, EXPLICIT), ("acknowledge", "project_id", "resource_ids"), strict=True)
    )


@pytest.mark.parametrize(
    ("hostile", "place"),
    [
        (b"\xe9", "byte 1 of"),
        (b'{"case": "\xe9"}', "byte 11 of"),
        (b"[" * 17, "character 17 of"),
        ('{"é": '.encode() + b"[" * 16, "character 22 of"),
        (b"!", "line 1, column 1:"),
        (b'{}\n "', "line 2, column 2:"),
    ],
    ids=ascii,
)
def test_bytes_characters_lines_and_columns_are_all_counted_from_one(hostile: bytes, place: str) -> None:
    assert f" {place}" in refused(hostile).sentence
