"""What a step's exit code and file are worth: never green where they are missing, foreign or at odds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from guards.gate.judge import judge
from guards.gate.run import Ran, Step
from guards.gate.settings import Thresholds
from guards.results import ExitCode, StepResult, Verdict

HELD = {"isolation": "held", "useful": "held"}


def step(name: str, result: Path | None = None) -> Step:
    return Step(name, (("guards", name),), result)


def judged(name: str, code: int | None, file: Path | None = None, output: str = "", **asked: Any) -> StepResult:
    return judge(Ran(step(name, file), code, output=output), Thresholds(**asked))


def verify_file(folder: Path, verdicts: dict[str, str], empty: int = 0) -> Path:
    found = [
        {"name": name, "verdict": verdict, "exercised": 1, "sentence": "", "falsified_by": "", "why": "because"}
        for name, verdict in verdicts.items()
    ]
    tally = dict.fromkeys(("calls", "accepted", "interrupted", "failed", "not_tried", "crossings"), 0)
    tally |= {"crossings_hit": 0, "cells_vacuous": empty}
    document = {
        "schema": "guards.verify/1",
        "service": "s:S",
        "seed": 7,
        "rounds": 2,
        "examples": 25,
        "versions": {},
        "commit": None,
        "properties": found,
        "cells": [],
        "tally": {**tally, "refused": {}, "crafts": {}},
        "collisions": {},
        "counterexamples": [],
        "seconds": 1.0,
    }
    path = folder / "verify.json"
    path.write_text(json.dumps(document))
    return path


def coverage_file(folder: Path, **covered: int) -> Path:
    """Each file with ten lines."""
    summary = {"num_statements": 8, "num_branches": 2, "covered_branches": 2}
    files = {f"{name}.py": {"summary": {**summary, "covered_lines": lines - 2}} for name, lines in covered.items()}
    path = folder / "coverage.json"
    path.write_text(json.dumps({"files": files}))
    return path


@pytest.mark.parametrize("name", ["counterexample a.json", "tests", "coverage", "verify", "catalogue", "mutants"])
def test_a_step_that_was_not_run_is_unknown_and_not_green(name: str) -> None:
    result = judge(Ran(step(name), None, why="the budget was spent"), Thresholds())
    assert (result.verdict, result.code) == (Verdict.UNKNOWN, ExitCode.VACUOUS)
    assert "the budget was spent" in result.said[0]


@pytest.mark.parametrize("name", ["coverage", "verify", "catalogue", "mutants"])
@pytest.mark.parametrize(
    "content", [None, b"", b"{", b"[]", b'{"schema": "guards.verify/9"}', b"\xff", b'{"files": 1}']
)
def test_a_file_that_is_missing_cut_off_or_foreign_is_unknown(tmp_path: Path, name: str, content: bytes | None) -> None:
    file = tmp_path / "result.json"
    if content is not None:
        file.write_bytes(content)
    result = judged(name, 0, file, coverage={"*": 1.0})
    assert (result.verdict, result.code) == (Verdict.UNKNOWN, ExitCode.UNKNOWN)


def test_a_counterexample_that_reproduces_is_broken() -> None:
    assert judged("counterexample a.json", 0).verdict is Verdict.HELD
    assert judged("counterexample a.json", 1).verdict is Verdict.BROKEN
    assert judged("counterexample a.json", 4).verdict is Verdict.UNKNOWN


def test_tests_that_fail_are_named() -> None:
    result = judged("tests", 1, output="FAILED a.py::test_it - assert 1 == 2\n1 failed")
    assert (result.verdict, result.said) == (Verdict.BROKEN, ["FAILED a.py::test_it - assert 1 == 2"])


def test_pytest_without_tests_or_without_a_verdict_is_not_green() -> None:
    assert judged("tests", 0).verdict is Verdict.HELD
    assert judged("tests", 5).verdict is Verdict.VACUOUS
    assert judged("tests", 1).verdict is Verdict.UNKNOWN
    assert judged("tests", 4).verdict is Verdict.UNKNOWN


def test_coverage_counts_lines_and_branches_of_the_files_that_match(tmp_path: Path) -> None:
    file = coverage_file(tmp_path, a=10, b=9)
    assert judged("coverage", 0, file, coverage={"*.py": 95.0}).figures == {"coverage of *.py": 95.0}
    assert judged("coverage", 0, file, coverage={"*.py": 95.0}).verdict is Verdict.HELD
    assert judged("coverage", 0, file, coverage={"*.py": 95.1}).verdict is Verdict.BROKEN
    assert judged("coverage", 0, file, coverage={"a.py": 100.0}).verdict is Verdict.HELD
    assert judged("coverage", 0, file, coverage={"c.py": 0.0}).verdict is Verdict.VACUOUS


def test_a_broken_property_is_named_with_the_command_that_repeats_it(tmp_path: Path) -> None:
    result = judged("verify", 1, verify_file(tmp_path, {**HELD, "isolation": "broken"}))
    assert (result.verdict, result.said) == (Verdict.BROKEN, ["isolation: because"])
    assert result.command[-6:] == ["verify", "s:S", "--seed", "7", "--rounds", "2"]


@pytest.mark.parametrize(
    ("verdicts", "empty", "asked", "verdict"),
    [
        (HELD, 0, {}, Verdict.HELD),
        ({**HELD, "useful": "vacuous"}, 0, {}, Verdict.VACUOUS),
        ({**HELD, "useful": "vacuous"}, 0, {"vacuous": 1}, Verdict.HELD),
        ({**HELD, "useful": "unsupported"}, 0, {}, Verdict.HELD),
        ({**HELD, "useful": "unsupported"}, 0, {"unsupported": 0}, Verdict.VACUOUS),
        ({**HELD, "useful": "unknown"}, 0, {}, Verdict.UNKNOWN),
        ({"isolation": "unsupported"}, 0, {}, Verdict.VACUOUS),
        (HELD, 2, {"empty_cells": 1}, Verdict.VACUOUS),
        (HELD, 2, {"empty_cells": 2}, Verdict.HELD),
    ],
)
def test_verdicts_are_held_against_what_is_asked_for(
    tmp_path: Path, verdicts: dict[str, str], empty: int, asked: dict[str, int], verdict: Verdict
) -> None:
    assert judged("verify", 0, verify_file(tmp_path, verdicts, empty), **asked).verdict is verdict


def test_an_exit_code_that_contradicts_its_file_is_unknown(tmp_path: Path) -> None:
    assert judged("verify", 0, verify_file(tmp_path, {**HELD, "useful": "broken"})).verdict is Verdict.UNKNOWN
    assert judged("verify", 2, verify_file(tmp_path, HELD)).verdict is Verdict.UNKNOWN
