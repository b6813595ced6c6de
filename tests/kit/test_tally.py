"""The tally: what a run really did, and that nothing counts as evidence without a positive control."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from guards.testing.exchange import Exchange
from guards.testing.service import Outcome, Reply, refused
from guards.testing.steps import Step, ref
from guards.testing.tally import Cell, Tally, cell_of, is_control
from tests.kit.calls import plays
from tests.kit.store import DELETE, Store

VALID = Step("delete", {"volume_id": ref("volume#1")}, "tenant#0")
FOREIGN = replace(VALID, crafts=("volume_id:foreign",))
CELL = Cell("tenant", "delete", "other organization", "plain", "volume_id:foreign")


def exchange(step: Step, service: Store | None = None) -> Exchange:
    (x,) = plays(service or Store(), step)
    return x


class Open(Store):
    """Takes any id for the caller's own."""

    def own(self, me: Any, id: Any) -> Any:
        return super().own(None, id)


def test_a_cell_says_who_called_what_how_far_from_its_own_in_which_circumstances_with_which_craft() -> None:
    assert cell_of(exchange(FOREIGN), "tenant") == CELL


def test_nothing_counts_without_a_control() -> None:
    tally = Tally()
    tally.note(exchange(FOREIGN), "tenant", ["isolation"])
    result = tally.result()
    assert (tally.exercised("isolation"), result.crossings, result.cells_vacuous) == (0, 0, 1)


def test_a_control_makes_a_cell_count() -> None:
    tally = Tally()
    tally.note(exchange(FOREIGN), "tenant", ["isolation"])
    tally.control(CELL)
    result = tally.result()
    assert (tally.exercised("isolation"), result.crossings, result.cells_vacuous) == (1, 1, 0)


class Metered(Store):
    """Refuses even a well-formed call, once for all, and may."""

    operations = (replace(DELETE, may_refuse=("quota_exceeded",)),)

    def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Reply:
        return refused("quota_exceeded")


def test_a_call_that_was_stopped_exercises_nothing_even_where_a_control_succeeded() -> None:
    tally = Tally()
    for step in (FOREIGN, VALID):
        stopped = exchange(step, Metered())
        tally.control(tally.note(stopped, "tenant", ["isolation"]))
        assert stopped.was_stopped
        assert not is_control(stopped)
    assert tally.exercised("isolation") == 0
    assert tally.result().refused == {"quota_exceeded": 2}


def test_what_was_always_stopped_is_named_until_it_is_seen_to_work() -> None:
    tally = Tally()
    assert tally.never_worked() == ""
    tally.note(exchange(VALID, Metered()), "tenant", [])
    assert tally.never_worked().startswith("every well-formed call of `delete` by tenant with volume_id was refused")
    tally.note(exchange(VALID), "tenant", [])
    assert tally.never_worked() == ""


class Idle(Store):
    """Takes every well-formed call, and does nothing."""

    def delete(self, me: Any, volume_id: Any) -> Reply | None:
        self.own(me, volume_id)
        return None


def test_what_was_never_seen_to_work_is_named() -> None:
    tally = Tally()
    tally.note(exchange(FOREIGN), "tenant", [])
    assert tally.never_worked() == "no valid call of `delete` by tenant with volume_id was seen to have its effect"


def test_what_was_taken_and_left_no_trace_is_named_as_such() -> None:
    tally = Tally()
    tally.note(exchange(VALID, Idle()), "tenant", [])
    assert tally.never_worked().startswith("`observe` told no difference after any valid call of `delete` by tenant")


def test_a_craft_is_unproved_until_the_valid_call_of_one_of_its_cells_works() -> None:
    tally = Tally()
    assert tally.crafts_unproved() == []
    tally.note(exchange(FOREIGN), "tenant", [])
    tally.note(exchange(VALID), "tenant", [])
    assert tally.crafts_unproved() == ["foreign"]
    tally.control(CELL)
    assert tally.crafts_unproved() == []


def test_a_valid_call_without_an_answer_is_told_from_a_crafted_one() -> None:
    class Failing(Store):
        def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Reply:
            raise RuntimeError

    tally = Tally()
    tally.note(exchange(FOREIGN, Failing()), "tenant", [])
    assert tally.failed_valid == 0
    tally.note(exchange(VALID, Failing()), "tenant", [])
    assert tally.failed_valid == 1


def test_a_control_in_one_cell_says_nothing_of_another() -> None:
    tally = Tally()
    tally.note(exchange(FOREIGN), "tenant", ["isolation"])
    tally.note(exchange(VALID), "tenant", ["useful"])
    assert (tally.exercised("isolation"), tally.exercised("useful")) == (0, 1)
    assert tally.has_control(cell_of(exchange(VALID), "tenant"))
    assert not tally.has_control(CELL)


def test_a_crossing_that_hits_counts_with_or_without_a_control() -> None:
    tally = Tally()
    tally.note(exchange(FOREIGN, Open()), "tenant", [])
    assert tally.result().crossings_hit == 1


def test_a_call_that_was_not_tried_counts_for_nothing_but_itself() -> None:
    tally = Tally()
    tally.note(exchange(replace(VALID, crafts=("bytes:truncated",))), "tenant", [])
    result = tally.result()
    assert (result.not_tried, result.calls, result.crafts, tally.cells()) == (1, 0, {}, [])


def test_calls_are_counted_by_outcome_reason_and_craft() -> None:
    class Failing(Store):
        def delete(self, me: Any, volume_id: Any) -> Reply | None:
            raise ZeroDivisionError("by zero")

    tally = Tally()
    for x in (exchange(VALID), exchange(FOREIGN), exchange(VALID, Failing())):
        tally.note(x, "tenant", [])
    result = tally.result()
    assert (result.calls, result.accepted, result.refused, result.failed) == (3, 1, {"not_found": 1}, 1)
    assert result.crafts == {"foreign": 1}
    assert list(tally.failures) == ["delete: ZeroDivisionError: by zero"]


def test_a_refusal_without_a_code_is_counted_as_such() -> None:
    tally = Tally()
    tally.note(replace(exchange(FOREIGN), reply=refused()), "tenant", [])
    assert tally.result().refused == {"(no code)": 1}


def test_cells_are_listed_in_order_with_what_happened_in_them() -> None:
    tally = Tally()
    for step in (FOREIGN, VALID, FOREIGN):
        tally.note(exchange(step), "tenant", [])
    assert [(c.craft, c.attempts, c.refused, c.effects, c.controls) for c in tally.cells()] == [
        ("volume_id:foreign", 2, 2, 0, 0),
        ("", 1, 0, 1, 1),
    ]


@pytest.mark.parametrize(
    ("x", "control"),
    [
        (exchange(VALID), True),
        (exchange(FOREIGN), False),
        (replace(exchange(VALID), changes={}), False),
        (replace(exchange(VALID), reply=Reply(Outcome.INTERRUPTED)), False),
        (exchange(FOREIGN, Open()), False),
    ],
)
def test_a_control_is_a_well_formed_call_that_had_its_effect(x: Exchange, control: bool) -> None:
    assert is_control(x) == control
