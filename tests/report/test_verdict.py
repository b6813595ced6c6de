"""The verdict on a whole record: one bad part is enough, and what nobody said is not good news."""

from __future__ import annotations

from typing import Any

import pytest

from guards.report.figures import Headline, headline, history_line
from guards.results import ExitCode, read_history_line
from tests.report.conftest import Gather
from tests.report.made import (
    BREACH,
    COMMIT,
    REGRESSION,
    broken_verify,
    cell,
    coverage,
    missed,
    mutant,
    mutate,
    trace,
    verify,
)


def shown(line: Headline) -> dict[str, str]:
    return {figure.name: figure.shown for figure in line.figures}


def test_everything_known_and_held_is_the_only_good_news(gathered: Gather) -> None:
    line = headline(gathered())
    assert (line.code, line.doubts, line.gaps) == (ExitCode.HELD, (), ())
    assert shown(line) == {
        "properties held": "13 of 13",
        "crossings that hit": "0 of 24",
        "empty cells": "0 of 2",
        "mutants caught": "2 of 2",
        "single points of failure": "0 of 1",
        "branches covered": "2 of 2",
    }


@pytest.mark.parametrize(
    ("results", "sentence"),
    [
        ({"verify": broken_verify()}, "1 property broken."),
        ({"mutate": mutate(mutant(), missed())}, "1 mutant not caught."),
        ({"mutate": mutate(mutant(breaches=True, breach=BREACH))}, "1 single point of failure."),
        (
            {"mutate": mutate(mutant(breaches=True, breach=BREACH, expected=["isolation"]))},
            "1 single point of failure.",
        ),
        ({"trace": trace()}, "1 counterexample given."),
        ({"verify": broken_verify(), "mutate": "{"}, "1 property broken."),
    ],
    ids=["property", "mutant", "breach", "breach-that-claims-an-entry", "trace", "broken-beats-unknown"],
)
def test_what_is_broken_says_so_first(gathered: Gather, results: dict[str, Any], sentence: str) -> None:
    line = headline(gathered(**results))
    assert (line.code, line.sentence) == (ExitCode.BROKEN, sentence)


@pytest.mark.parametrize(
    ("results", "gap"),
    [
        ({"verify": None}, "verify: no result was given that could be used"),
        ({"mutate": None}, "mutate: no result was given that could be used"),
        ({"coverage": None}, "coverage: no result was given that could be used"),
        ({"mutate": mutate(shard=[1, 2])}, "mutate: this is shard 1/2; the other shards are not here"),
        ({"mutate": mutate(since="main")}, "mutate: it was about nothing but the changes since main"),
        ({"mutate": mutate(without=["check:x"])}, "mutate: it was run without check:x"),
        ({"mutate": mutate(whole=5)}, "mutate: no result for 4 mutants"),
        ({"mutate": mutate(mutant())}, "mutate: no result for 1 entry of the catalogue"),
        ({"coverage": {**coverage(), "meta": {"format": 3}}}, "coverage: it was measured without branches"),
        ({"verify": verify(properties=verify()["properties"][1:])}, "verify: no verdict on isolation"),
        ({"mutate": mutate(mutant(**REGRESSION))}, "mutate: no single-fault mutant was run"),
        ({"mutate": mutate(whole=0, mutants=[])}, "mutate: no single-fault mutant was run"),
        ({"coverage": {**coverage(), "files": {}}}, "coverage: nothing was measured of rules.py"),
        (
            {"coverage": coverage(executed_lines=[], executed_branches=[], functions={})},
            "coverage: nothing was measured of rules.py",
        ),
    ],
    ids=[
        *("verify", "mutate", "coverage", "shard", "since", "without", "partial", "catalogue", "branches"),
        *("property", "entries-alone", "no-mutant", "unmeasured", "no-statement"),
    ],
)
def test_what_nobody_said_is_a_gap_and_no_good_news(gathered: Gather, results: dict[str, Any], gap: str) -> None:
    line = headline(gathered(**results))
    assert line.code is ExitCode.VACUOUS
    assert gap in line.gaps


def test_what_is_proved_equivalent_counts_neither_as_caught_nor_as_missed(gathered: Gather) -> None:
    proved = missed(outcome="equivalent", proof="for all volumes")
    line = headline(gathered(mutate=mutate(mutant(), proved)))
    assert shown(line)["mutants caught"] == "1 of 1"
    assert [figure.note for figure in line.figures if figure.name == "mutants caught"] == ["1 proved equivalent"]
    assert line.code is not ExitCode.BROKEN


def test_a_call_that_the_service_did_not_answer_is_unknown_and_not_broken(gathered: Gather) -> None:
    assert headline(gathered(trace=trace(raised="KeyError"))).code is ExitCode.UNKNOWN


def test_a_vacuous_property_is_no_good_news(gathered: Gather) -> None:
    assert headline(gathered(verify=verify({"useful": "vacuous"}))).code is ExitCode.VACUOUS


def test_a_property_that_is_itself_unknown_makes_the_whole_unknown(gathered: Gather) -> None:
    assert headline(gathered(verify=verify({"useful": "unknown"}))).code is ExitCode.UNKNOWN


def test_without_a_result_every_figure_is_unknown(gathered: Gather) -> None:
    line = headline(gathered(verify=None, mutate=None, coverage=None))
    assert set(shown(line).values()) == {"unknown"}
    assert {figure.verdict for figure in line.figures} == {"unknown"}


def test_the_catalogue_alone_says_nothing_about_single_points(gathered: Gather) -> None:
    record = gathered(mutate=mutate(mutant(tier="catalogue")))
    assert shown(headline(record))["single points of failure"] == "unknown"


def test_the_figures_are_a_line_for_the_history(gathered: Gather) -> None:
    record = gathered()
    line = history_line(record, headline(record))
    assert read_history_line(line.to_json().encode()) == line
    assert (line.commit, line.verdict, line.figures["mutants caught"]) == (COMMIT, "held", 2)


def test_what_held_without_being_exercised_all_over_is_said_in_the_headline(gathered: Gather) -> None:
    cells = [*verify()["cells"], cell(controls=0)]
    tally = {**verify()["tally"], "cells_vacuous": 1}
    line = headline(gathered(verify=verify(cells=cells, tally=tally), coverage=coverage(missing_branches=[[5, 8]])))
    assert (line.code, line.sentence) == (
        ExitCode.HELD,
        "Everything that was asked held; not exercised all over: empty cells (1 of 3), branches covered (2 of 3).",
    )


def test_a_guard_without_a_branch_is_not_said_to_be_unknown(gathered: Gather) -> None:
    line = headline(gathered(coverage=coverage(executed_branches=[])))
    assert (line.code, shown(line)["branches covered"]) == (ExitCode.HELD, "0 of 0")
