"""The table of regressions, and the single points of failure: what nobody could judge is unknown, and is not "no"."""

from __future__ import annotations

from typing import Any

import pytest

from guards.report.figures import headline
from guards.report.incidents import incidents
from tests.report.conftest import Build, Gather
from tests.report.made import BREACH, REGRESSION, missed, mutant, mutate

UNTOUCHED = {**REGRESSION, "breaches": False, "breach": None}
UNJUDGED: dict[str, dict[str, Any]] = {
    "broken": {"outcome": "broken", "kill": None, "by": ""},
    "stale": {"outcome": "stale", "kill": None, "by": ""},
    "flaky": {"outcome": "flaky", "kill": None},
    "uncovered": {"outcome": "uncovered", "kill": None, "by": ""},
    "cut-off": {"kill": "timeout"},
    "not-imported": {"kill": "import"},
    "never-called": {"kill": "crash", "calls": 0},
    "hung": {"unjudged": True},
}


def reach(gathered: Gather, entry: dict[str, Any], **run: Any) -> str:
    (one,) = incidents(gathered(mutate=mutate(mutant(), mutant(**entry), **run)))
    return one.reach


@pytest.mark.parametrize("changes", UNJUDGED.values(), ids=UNJUDGED)
def test_whether_a_regression_reaches_another_tenant_is_unknown_where_that_was_not_judged(
    gathered: Gather, changes: dict[str, Any]
) -> None:
    assert reach(gathered, {**UNTOUCHED, **changes}) == "unknown"


def test_it_is_unknown_where_the_kit_had_no_case(gathered: Gather) -> None:
    assert reach(gathered, UNTOUCHED, baseline={"cases": [0], "tests": 9}) == "unknown"


@pytest.mark.parametrize("changes", [{}, {"outcome": "missed", "kill": None}, {"outcome": "masked"}], ids=str)
def test_it_is_no_where_isolation_was_judged_and_held(gathered: Gather, changes: dict[str, Any]) -> None:
    assert reach(gathered, {**UNTOUCHED, **changes}) == "no"


def test_a_breach_that_was_seen_is_one_whatever_came_of_the_rest(gathered: Gather) -> None:
    assert reach(gathered, {**REGRESSION, "outcome": "flaky"}).startswith("yes")


def test_of_single_points_of_failure_none_is_said_only_where_all_were_judged(built: Build) -> None:
    report = built(mutate=mutate(mutant(), missed(outcome="broken"), missed(id="x", kill="timeout", outcome="caught")))
    (figure,) = [one for one in report.headline.figures if one.name == "single points of failure"]
    assert (figure.shown, figure.verdict) == ("0 of 1", "unknown")
    assert "2 not judged by isolation" in figure.note
    page = report.files["index.html"].decode()
    assert "None: no mutant of one place" not in page
    assert "2 changes of one place could not be judged by isolation" in page


def test_a_breach_behind_which_nobody_stands_is_said_beside_the_figure(gathered: Gather) -> None:
    line = headline(gathered(mutate=mutate(mutant(breaches=True, breach=BREACH), trusted=["rules.py"])))
    (figure,) = [one for one in line.figures if one.name == "single points of failure"]
    assert (figure.value, "1 more in trusted files" in figure.note) == (0, True)
