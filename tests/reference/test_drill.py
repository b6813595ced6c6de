"""The drill: the incident at full size, on the platform as of 2021 and on ours with the same bug in it."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from guards.reference.drill import BUG_IN_THE_PLAN, Column, DrillResult, Hit, run_drill
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


def test_with_the_same_bug_in_our_plan_nothing_is_hit_and_the_first_barrier_says_why(result: DrillResult) -> None:
    column = result.planted[0]
    assert (column.hit, column.held_by) == (NOTHING, "the first barrier")
    assert column.codes == ("held", "limit_count", "limit_percent", "others_depend", "inventory_foreign")


@pytest.mark.parametrize(("edits", "targets"), [((), 1), (BUG_IN_THE_PLAN, 4)], ids=["intact", "planted"])
def test_the_bug_in_our_plan_lets_in_the_rows_of_everybody_named(edits: tuple[Edit, ...], targets: int) -> None:
    names = ("ids", "selector", "values", "plan")
    ids, selector, values, plan = import_planted(edits, [f"guards.core.{name}" for name in names])
    named = tuple(ids.ResourceId(f"balancer-{n}") for n in range(4))
    rows = tuple(
        values.Resource(id, ids.Kind("lb"), ids.OrganizationId(f"org-{n}"), None, 1, values.Hold.CLEAR)
        for n, id in enumerate(named)
    )
    assert len(plan.targets_among(selector.Explicit(ids.OrganizationId("org-2"), named), rows)) == targets


def test_with_the_same_bug_in_our_inventory_nothing_is_hit_by_the_call_of_2021(result: DrillResult) -> None:
    column = result.planted_elsewhere[0]
    assert (column.hit, column.held_by) == (NOTHING, "the first barrier")
    assert "inventory_foreign" in column.codes


@pytest.mark.parametrize("planted", ["planted", "planted_elsewhere"])
@pytest.mark.parametrize(
    ("depth", "held_by", "codes"),
    [
        (1, "the first barrier", ("held", "limit_count", "limit_percent", "others_depend")),
        (2, "the second barrier", ("plan_stale",)),
        (3, "the conditional write", ("write_refused",)),
    ],
    ids=["its check gone", "every check of the plan gone", "the second look gone as well"],
)
def test_with_ever_more_of_the_guard_gone_the_next_barrier_holds_it(
    result: DrillResult, planted: str, depth: int, held_by: str, codes: tuple[str, ...]
) -> None:
    column = getattr(result, planted)[depth]
    assert (column.hit, column.held_by, column.codes) == (NOTHING, held_by, codes)


def test_ours_as_it_is_refuses_the_call_of_2021_at_the_wire(result: DrillResult) -> None:
    assert result.intact[0] == Column("ours, and the call of 2021", NOTHING, ("null_value",), "the wire")


def test_ours_as_it_is_finds_no_stranger_by_its_id(result: DrillResult) -> None:
    assert result.intact[1] == Column("ours, and every balancer named", NOTHING, ("not_found",), "the first barrier")


def test_however_much_is_taken_out_nothing_of_ours_is_hit(result: DrillResult) -> None:
    assert result.held


def test_a_drill_in_which_ours_is_hit_has_not_held(result: DrillResult) -> None:
    assert not replace(result, planted=(result.unguarded,)).held


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
