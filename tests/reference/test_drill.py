"""The drill: the incident at full size, on the platform as of 2021 and on ours with the same bug in it."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from guards.reference.drill import Column, DrillResult, Hit, run_drill
from guards.reference.planting import Edit, PlantError, edited_sources, import_planted

NOTHING = Hit(balancers=0, organizations=0, shared=0, databases=0, clusters=0, cluster_organizations=0, iot_customers=0)


@pytest.fixture(scope="module")
def result() -> DrillResult:
    return run_drill()


def test_in_2021_one_call_brought_down_everybody(result: DrillResult) -> None:
    assert result.unguarded.hit == Hit(
        balancers=1_574,
        organizations=775,
        shared=50,
        databases=500,
        clusters=229,
        cluster_organizations=207,
        iot_customers=33,
    )
    assert (result.unguarded.codes, result.unguarded.held_by) == ((), "")


def test_with_the_same_bug_in_ours_nothing_is_hit_and_the_first_barrier_says_why(result: DrillResult) -> None:
    assert result.planted.hit == NOTHING
    assert result.planted.held_by == "the first barrier"
    assert "inventory_foreign" in result.planted.codes


def test_with_its_check_gone_other_checks_hold_it(result: DrillResult) -> None:
    column = result.deeper[0]
    assert column.hit == NOTHING
    assert column.held_by == "the first barrier"
    assert column.codes == ("held", "limit_count", "limit_percent", "others_depend")


def test_with_every_check_of_the_plan_gone_the_second_barrier_holds_it(result: DrillResult) -> None:
    column = result.deeper[1]
    assert (column.hit, column.held_by, column.codes) == (NOTHING, "the second barrier", ("plan_stale",))


def test_with_the_second_look_gone_as_well_the_write_itself_holds_it(result: DrillResult) -> None:
    column = result.deeper[2]
    assert (column.hit, column.held_by, column.codes) == (NOTHING, "the conditional write", ("write_refused",))


def test_ours_as_it_is_refuses_the_call_at_the_wire(result: DrillResult) -> None:
    assert result.intact == Column("ours", NOTHING, ("null_value",), "the wire")


def test_however_much_is_taken_out_nothing_of_ours_is_hit(result: DrillResult) -> None:
    assert result.held


def test_a_drill_in_which_ours_is_hit_has_not_held(result: DrillResult) -> None:
    assert not replace(result, planted=result.unguarded).held


def test_the_drill_leaves_the_modules_as_they_were(result: DrillResult) -> None:
    assert type(result) is sys.modules["guards.reference.drill"].DrillResult


def test_a_planted_copy_differs_from_ours_in_the_edit_alone() -> None:
    before = sys.modules["guards.reference.operations"]
    (copy,) = import_planted(
        [Edit("guards.reference.platform", "PAGE_ROWS: Final = 3", "PAGE_ROWS = 5")], ["guards.reference.platform"]
    )
    assert copy.PAGE_ROWS == 5
    assert sys.modules["guards.reference.platform"].PAGE_ROWS == 3
    assert sys.modules["guards.reference.operations"] is before
    assert copy.OPERATIONS is not before.OPERATIONS


@pytest.mark.parametrize("before", ["there is no such text", "import"])
def test_an_edit_that_does_not_match_once_is_a_loud_error(before: str) -> None:
    with pytest.raises(PlantError, match=r"must stand there once"):
        edited_sources([Edit("guards.wire", before, "")])


def test_two_edits_of_one_module_are_both_made() -> None:
    edits = [
        Edit("guards.wire", "DEPTH_MAX: Final = 16", "DEPTH_MAX: Final = 17"),
        Edit("guards.wire", "DEPTH_MAX: Final = 17", "DEPTH_MAX: Final = 18"),
    ]
    assert "DEPTH_MAX: Final = 18" in edited_sources(edits)["guards.wire"]


@pytest.mark.parametrize("module", ["guards.errors", "guards.testing.oracle", "json"])
def test_what_is_not_copied_cannot_be_planted_in(module: str) -> None:
    with pytest.raises(PlantError, match="shared"):
        edited_sources([Edit(module, "a", "b")])


def test_a_module_without_source_is_a_loud_error() -> None:
    with pytest.raises(PlantError, match="no source"):
        edited_sources([Edit("guards.no_such_room", "a", "b")])
