"""An attack: what a call takes too long for is no answer of the service, and which cases are of a sort of their own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from guards.mutation.attack import (
    ISOLATION,
    Attack,
    Plan,
    TooLong,
    _is_combined,
    keep_cases,
    kept_cases,
    listening,
    make_cases,
    reach_of,
    run_the_machine,
    traits_of,
    weight_of,
    within,
)
from guards.testing.replay import run_steps
from guards.testing.service import Natives, Reply
from guards.testing.world import World
from tests.cli.shelves import Shelf
from tests.planted.depot import Depot


def test_one_case_that_hangs_is_one_that_was_never_judged() -> None:
    attack = Attack(Depot(), Plan((), (ISOLATION,)))
    with listening():
        with attack.blaming("what comes back", 5.0):
            pass
        assert not attack.hung
        with attack.blaming("what never does", 0.05):
            while True:
                pass
    assert (attack.hung, attack.is_cut_short()) == (True, False)


class Unfillable(Depot):
    """Nobody can put anything into it."""

    def __init__(self) -> None:
        super().__init__()
        self.tries = 0

    def populate(self, world: World) -> Natives:
        self.tries += 1
        raise RuntimeError("no room")


def test_a_world_that_a_service_cannot_be_filled_with_is_tried_twice_for_isolation_alone() -> None:
    todo = make_cases(Depot(), 1)[:400]
    attack = Attack(Unfillable(), Plan(todo, (ISOLATION,)))
    attack.asserted.add("somebody")
    attack.run()
    assert attack.service.tries == 2 * len({id(case.world) for case in todo}) < 100
    assert (attack.calls, attack.breach, attack.hung) == (0, None, False)


class FilledAtTheSecondTry(Depot):
    """What the case before left is in the way, once for each world."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[World] = []

    def populate(self, world: World) -> Natives:
        if not any(one is world for one in self.seen):
            self.seen.append(world)
            raise RuntimeError("no room yet")
        return super().populate(world)


def test_a_world_that_a_service_can_be_filled_with_after_all_is_judged() -> None:
    todo = make_cases(Depot(), 1)[:400]
    whole, late = (Attack(make(), Plan(todo, (ISOLATION,))) for make in (Depot, FilledAtTheSecondTry))
    for attack in (whole, late):
        attack.asserted.add("somebody")
        attack.run()
    assert whole.calls - late.calls <= 2 * len(late.service.seen)


class FilledEveryOtherTime(Depot):
    """What a call left is in the way, each time anew."""

    def __init__(self) -> None:
        super().__init__()
        self.tries = 0

    def populate(self, world: World) -> Natives:
        self.tries += 1
        if self.tries % 2:
            raise RuntimeError("no room yet")
        return super().populate(world)


def test_a_world_that_a_service_can_be_filled_with_now_and_then_is_not_given_up() -> None:
    todo = make_cases(Depot(), 1)[:400]
    whole, patient = (Attack(make(), Plan(todo, (ISOLATION,))) for make in (Depot, FilledEveryOtherTime))
    for attack in (whole, patient):
        attack.asserted.add("somebody")
        attack.run()
    refused = (patient.service.tries + 1) // 2
    assert refused > 2 * len({id(case.world) for case in todo})
    assert whole.calls - patient.calls <= 2 * refused


class EndlessShelf(Shelf):
    """Looks for a book for ever."""

    def may(self, caller: object, book: str) -> bool:
        while True:
            pass


def test_a_call_that_does_not_end_is_ended_by_the_clock_and_not_taken_for_an_answer() -> None:
    case = next(case for case in make_cases(Shelf(), 1) if case.steps)
    with pytest.raises(TooLong), within(0.2):
        run_steps(EndlessShelf(), case.world, case.steps)


def test_cases_are_read_as_they_were_written_down(tmp_path: Path) -> None:
    todo = make_cases(Depot(), 1)
    keep_cases(todo, str(tmp_path / "cases"))
    known = kept_cases(str(tmp_path / "cases"))
    assert known == tuple(todo)
    assert len({id(case.world) for case in known}) == len({id(case.world) for case in todo})


def test_what_isolation_says_does_not_depend_on_what_else_is_judged() -> None:
    todo = make_cases(Depot(), 1)[::7]
    for make in (Depot, Careless):
        whole, alone = (Attack(make(), Plan(todo, (ISOLATION,))) for _ in range(2))
        alone.asserted.add("somebody")
        whole.run()
        alone.run()
        assert (whole.breach, make is Careless) == (alone.breach, whole.breach is not None)


def test_what_the_machine_finds_is_told_at_once() -> None:
    told: list[dict[str, Any]] = []
    attack = run_the_machine(Careless(), 1, (ISOLATION,), told.append)
    assert told == [attack.breach]
    assert attack.breach is not None


class Careless(Depot):
    """Asks nobody whose volume it is."""

    def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Reply:
        volume = fields.get("volume_id")
        if operation == "delete" and isinstance(volume, str):
            self.rows = [row for row in self.rows if row.id != volume]
        return super().call(caller, operation, fields)


def test_a_valid_call_made_once_more_is_a_case_of_a_sort_of_its_own() -> None:
    todo = make_cases(Depot(), 1)
    plain = [case.steps for case in todo if not any(step.crafts for step in case.steps)]
    again = [case for case in todo if case.steps in plain and case.steps == case.steps[:1] * 2]
    assert {tuple(sorted(case.steps[0].fields)) for case in again} == {
        ("acknowledge", "dry_run", "organization_id"),
        ("dry_run", "organization_id", "project_id"),
    }
    known = {trait for case in todo if case not in again for trait in traits_of(case)}
    assert all(set(traits_of(case)) - known for case in again)


def test_what_only_forbids_says_nothing_of_how_far_a_call_reaches() -> None:
    todo = make_cases(Depot(), 1)
    reach = {trait for case in todo for trait in reach_of(case)}
    came = {trait.split()[1] for trait in reach if trait.startswith("after ")}
    assert not came & {"@hold", "@limit", "@read_only"}
    assert {"@depend", "@fault", "delete"} <= came


def test_a_fault_is_combined_with_another_circumstance_and_not_with_a_call_that_prepares() -> None:
    [case, *_] = (case for case in make_cases(Depot(), 1) if case.steps[0].do == "@fault" and len(case.steps) == 2)
    fault, call = case.steps
    hold = replace(fault, do="@hold")
    for steps, combined in (((fault, call), False), ((call, fault, call), False), ((hold, fault, call), True)):
        assert _is_combined(replace(case, steps=steps)) is combined


def test_to_see_how_far_a_call_reaches_each_operation_is_tried_with_each_stranger_in_each_style() -> None:
    strangers: dict[tuple[str, tuple[str, ...], str], list[set[str]]] = {}
    for case in make_cases(Depot(), 1):
        last = case.steps[-1]
        if last.crafts and last.crafts[0].endswith(":foreign"):
            strangers.setdefault((last.do, last.crafts, case.world.style), []).append(set(reach_of(case)))
    assert len({do for do, _, _ in strangers}) > 2
    assert len({style for _, _, style in strangers}) > 10
    for sort, alike in strangers.items():
        others = (one for other, several in strangers.items() if other != sort for one in several)
        assert set.intersection(*alike) - set().union(*others)


def test_a_short_story_in_a_small_world_is_lighter_than_a_long_one_and_than_one_in_a_large_world() -> None:
    todo = make_cases(Depot(), 1)
    large = max(todo, key=lambda case: len(case.world.resources))
    for case in todo:
        if len(case.steps) <= len(large.steps) and len(case.world.resources) < len(large.world.resources):
            assert weight_of(case) < weight_of(large)
        if len(case.steps) > 1:
            assert weight_of(replace(case, steps=case.steps[1:])) < weight_of(case)
