"""A quota may stop a well-formed call where the service says so, and says nothing about a call where it does."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from guards.results import Verdict, VerifyResult
from guards.testing import Service, run
from tests.planted.quota import EXCEEDED, FullRegions, LeakyMeter, Metered, NothingMayGo, UndeclaredMeter, UsedUp


@cache
def attacked(make: Callable[[], Service], seed: int = 1) -> VerifyResult:
    return run(make, seed=seed, rounds=1)


def verdicts(make: Callable[[], Service]) -> dict[str, Verdict]:
    return {name: verdict for name, verdict in attacked(make).verdicts() if verdict is not Verdict.UNSUPPORTED}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_declared_quota_is_no_alarm_although_it_stops_calls(seed: int) -> None:
    result = attacked(Metered, seed)
    assert {verdict for _, verdict in result.verdicts()} == {Verdict.HELD, Verdict.UNSUPPORTED}
    assert result.tally.refused[EXCEEDED] > 0
    assert result.tally.cells_vacuous == 0


def test_one_that_is_not_declared_is_taken_for_a_refusal_without_a_reason() -> None:
    assert verdicts(UndeclaredMeter)["useful"] is Verdict.BROKEN


def test_a_service_that_always_answers_its_declared_code_is_vacuous_and_nothing_better() -> None:
    assert set(verdicts(UsedUp).values()) == {Verdict.VACUOUS}


def test_an_operation_that_is_always_stopped_keeps_the_service_from_being_useful() -> None:
    found = next(found for found in attacked(NothingMayGo).properties if found.name == "useful")
    assert found.verdict is Verdict.VACUOUS
    assert "`delete` by tenant with disk_id" in found.why


def test_crafts_that_were_tried_only_where_no_valid_call_worked_are_named() -> None:
    result = attacked(NothingMayGo)
    found = next(found for found in result.properties if found.name == "malformed-refused")
    assert found.verdict is Verdict.VACUOUS
    assert "foreign-at-home" in found.why  # is about objects, which `create` names none of
    assert result.tally.cells_vacuous == sum(cell.operation == "delete" for cell in result.cells) > 0


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_where_a_valid_call_works_in_one_world_of_four_no_cell_is_left_without_it(seed: int) -> None:
    result = attacked(FullRegions, seed)
    assert {verdict for _, verdict in result.verdicts()} == {Verdict.HELD, Verdict.UNSUPPORTED}
    assert [cell for cell in result.cells if not cell.controls] == []


def test_where_no_valid_call_ever_works_a_few_worlds_are_drawn_and_not_many() -> None:
    assert attacked(UsedUp).tally.calls < 1.25 * attacked(Metered).tally.calls


def test_what_is_done_once_the_quota_is_used_up_is_judged_all_the_same() -> None:
    # takes a sequence that happens to use a quota up: one round of eight shows it, or the next ones do
    found = dict(run(LeakyMeter, seed=1, rounds=6, properties=["isolation"]).verdicts())
    assert found["isolation"] is Verdict.BROKEN
