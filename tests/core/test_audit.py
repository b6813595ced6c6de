"""The audit chain: what is written down, and that no record can be changed, dropped or put in unseen."""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import pairwise
from typing import Any

import pytest

from guards.core.audit import Entry, Event, Record, chained, effect, first_break, intent, refusal
from guards.core.decision import denial
from guards.core.digest import digest_of
from guards.core.receipt import Line, Outcome, Receipt, is_complete
from guards.core.refusals import Code, Objection
from tests.core.cases import ROWS, request


def chain(*entries: Entry) -> list[Record]:
    records: list[Record] = []
    for entry in entries:
        records.append(chained(records[-1] if records else None, entry))
    return records


BEFORE = intent(request(), "d" * 64, ROWS[0])
AFTER = effect(request(), "d" * 64, ROWS[0], Outcome.DONE)
REFUSED = refusal(request(), denial([Objection(Code.PLAN_ALTERED, "", ()), Objection(Code.DRY_RUN_ONLY, "", ())]))


def test_an_intent_says_who_is_about_to_do_what_to_which_version() -> None:
    expected = Entry(
        event=Event.INTENT,
        plan_digest="d" * 64,
        requester="ops-1",
        organization="acme",
        verb="invalidate",
        case="TS-1",
        resource="lb-1",
        version="1",
        outcome="",
        codes=(),
    )
    assert expected == BEFORE


def test_an_effect_repeats_the_intent_and_adds_the_outcome() -> None:
    assert replace(BEFORE, event=Event.EFFECT, outcome="done") == AFTER


def test_a_refusal_names_every_objection_and_no_resource() -> None:
    assert (REFUSED.event, REFUSED.codes) == (Event.REFUSAL, ("dry_run_only", "plan_altered"))
    assert (REFUSED.plan_digest, REFUSED.resource, REFUSED.version, REFUSED.outcome) == ("", "", "", "")


def test_records_are_numbered_and_each_names_the_one_before() -> None:
    records = chain(BEFORE, AFTER, REFUSED)
    assert [record.number for record in records] == [0, 1, 2]
    assert records[0].previous == "0" * 64
    assert all(later.previous == earlier.hash for earlier, later in pairwise(records))
    assert first_break(records) is None
    assert first_break([]) is None


def test_a_records_hash_is_over_these_words_in_this_order() -> None:
    """A chain that was kept is verified by the next version, so the words are as stable as the codes."""
    told = ["d" * 64, "ops-1", "acme", "invalidate", "TS-1", "lb-1", "1"]
    first = ["guards audit", "0", "0" * 64, "intent", *told, ""]
    second = ["guards audit", "1", digest_of(first), "effect", *told, "done"]
    refused = ["", "ops-1", "acme", "invalidate", "TS-1", "", "", "", "dry_run_only", "plan_altered"]
    third = ["guards audit", "2", digest_of(second), "refusal", *refused]
    assert [record.hash for record in chain(BEFORE, AFTER, REFUSED)] == list(map(digest_of, (first, second, third)))


@pytest.mark.parametrize("position", [0, 1, 2])
@pytest.mark.parametrize("field", [field.name for field in fields(Entry)])
def test_a_changed_entry_breaks_the_chain_where_it_stands(position: int, field: str) -> None:
    records = chain(BEFORE, AFTER, REFUSED)
    others: dict[str, Any] = {"event": Event.INTENT if position else Event.EFFECT, "codes": ("x",)}
    entry = replace(records[position].entry, **{field: others.get(field, "x")})
    records[position] = replace(records[position], entry=entry)
    assert first_break(records) == position


@pytest.mark.parametrize("changes", [{"number": 7}, {"previous": "f" * 64}, {"hash": "f" * 64}])
def test_a_changed_record_breaks_the_chain(changes: dict[str, Any]) -> None:
    records = chain(BEFORE, AFTER, REFUSED)
    records[1] = replace(records[1], **changes)
    assert first_break(records) == 1


def test_a_record_dropped_swapped_or_put_in_breaks_the_chain() -> None:
    first, second, third = chain(BEFORE, AFTER, REFUSED)
    assert first_break([second, third]) == 0
    assert first_break([first, third]) == 1
    assert first_break([first, third, second]) == 1
    assert first_break([first, second, second, third]) == 2


def test_a_record_forged_with_a_new_hash_shows_in_the_next_one() -> None:
    first, _, third = chain(BEFORE, AFTER, REFUSED)
    forged = chained(first, replace(AFTER, outcome="refused"))
    assert first_break([first, forged, third]) == 2


@pytest.mark.parametrize(
    ("outcomes", "stopped", "complete"),
    [
        ((Outcome.DONE, Outcome.DONE), None, True),
        ((Outcome.DONE, Outcome.REFUSED), None, False),
        ((Outcome.DONE, Outcome.IN_DOUBT), None, False),
        ((Outcome.UNTOUCHED, Outcome.DONE), None, False),
        ((Outcome.DONE, Outcome.DONE), Objection(Code.DRY_RUN_ONLY, "", ()), False),
    ],
)
def test_a_receipt_is_complete_when_all_was_done_and_written_down(outcomes: Any, stopped: Any, complete: bool) -> None:
    lines = tuple(Line(target.id, outcome) for target, outcome in zip(ROWS, outcomes, strict=False))
    assert is_complete(Receipt("d" * 64, lines, stopped)) is complete
