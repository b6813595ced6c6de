"""What a step's exit code and file are worth: never green where they are missing, foreign or at odds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from guards.gate.judge import judge
from guards.gate.run import Ran, Step
from guards.gate.settings import Thresholds
from guards.results import ExitCode, StepResult, Verdict, exit_code

HELD = {"isolation": "held", "useful": "held"}


def step(name: str, result: Path | None = None) -> Step:
    return Step(name, (("guards", name),), result)


def junit_file(folder: Path, tests: int, **of_them: int) -> Path:
    """What pytest counted."""
    counts = {"tests": tests, "failures": 0, "errors": 0, "skipped": 0, **of_them}
    path = folder / "tests.xml"
    attributes = " ".join(f'{name}="{count}"' for name, count in counts.items())
    path.write_text(f"<testsuites><testsuite {attributes} /></testsuites>")
    return path


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


@pytest.mark.parametrize("name", ["tests", "coverage", "verify", "catalogue", "mutants"])
@pytest.mark.parametrize(
    "content", [None, b"", b"{", b"[]", b'{"schema": "guards.verify/9"}', b"\xff", b'{"files": 1}']
)
def test_a_file_that_is_missing_cut_off_or_foreign_is_unknown(tmp_path: Path, name: str, content: bytes | None) -> None:
    file = tmp_path / "result.json"
    if content is not None:
        file.write_bytes(content)
    result = judged(name, 0, file, coverage={"*": 1.0})
    assert (result.verdict, result.code) == (Verdict.UNKNOWN, ExitCode.UNKNOWN)


COMPLAINED = """a line before it
guards: there is no module `nowhere` to make
  a service with: look at the setting in
  pyproject.toml
"""
NOISY = "warning\n\nFirst\n  of all\nlast\n\n"


@pytest.mark.parametrize(
    ("output", "said"),
    [
        (
            COMPLAINED,
            ["guards: there is no module `nowhere` to make a service with: look at the setting in pyproject.toml"],
        ),
        (NOISY, ["First", "  of all", "last"]),
        (
            f"{COMPLAINED}and then it fell",
            ["  a service with: look at the setting in", "  pyproject.toml", "and then it fell"],
        ),
        ("guards: 3 of 9 done\n", ["guards: 3 of 9 done"]),
        ("it fell\nover\nguards: mutants, 12 s\nguards: mutants, 17 s, about 3 s left\n", ["it fell", "over"]),
        ("  \n", []),
        ("", []),
    ],
)
def test_what_a_step_said_at_its_end_is_told_whole_where_it_is_a_sentence_of_ours(output: str, said: list[str]) -> None:
    assert judged("verify", 4, output=output).said == ["it ended with 4 and left no result", *said]


def test_a_counterexample_that_reproduces_is_broken() -> None:
    held = judged("counterexample a.json", 0)
    assert (held.verdict, held.figures) == (Verdict.HELD, {"replayed": 1})
    assert judged("counterexample a.json", 1).verdict is Verdict.BROKEN
    assert judged("counterexample a.json", 4).verdict is Verdict.UNKNOWN


def test_a_file_of_tests_that_cannot_be_read_is_named() -> None:
    said = "ERROR test_it.py - ModuleNotFoundError: No module named 'nothing'\n1 error in 0.1s\nNo data was collected\n"
    result = judged("tests", 2, output=said)
    assert (result.verdict, "No module named 'nothing'" in result.said[0]) == (Verdict.UNKNOWN, True)


def test_tests_that_fail_are_named(tmp_path: Path) -> None:
    file = junit_file(tmp_path, 2, failures=1)
    result = judged("tests", 1, file, output="FAILED a.py::test_it - assert 1 == 2\n1 failed")
    assert (result.verdict, result.said) == (Verdict.BROKEN, ["FAILED a.py::test_it - assert 1 == 2"])


@pytest.mark.parametrize(
    ("code", "counts", "verdict"),
    [
        (0, {"tests": 3}, Verdict.HELD),
        (0, {"tests": 3, "skipped": 2}, Verdict.HELD),
        (0, {"tests": 3, "skipped": 3}, Verdict.VACUOUS),
        (0, {"tests": 0}, Verdict.VACUOUS),
        (5, {"tests": 0}, Verdict.VACUOUS),
        (0, {"tests": 3, "failures": 1}, Verdict.UNKNOWN),
        (0, {"tests": 3, "errors": 1}, Verdict.UNKNOWN),
        (0, None, Verdict.UNKNOWN),
        (1, {"tests": 3}, Verdict.UNKNOWN),
        (4, {"tests": 0}, Verdict.UNKNOWN),
        (-9, {"tests": 3}, Verdict.UNKNOWN),
    ],
)
def test_pytest_without_tests_or_without_a_verdict_is_not_green(
    tmp_path: Path, code: int, counts: dict[str, int] | None, verdict: Verdict
) -> None:
    file = tmp_path / "none.xml" if counts is None else junit_file(tmp_path, **counts)
    assert judged("tests", code, file).verdict is verdict


def test_what_keeps_pytest_from_beginning_is_said_in_its_own_words(tmp_path: Path) -> None:
    output = "\nERROR: file or directory not found: tests/test_gone.py\n\n"
    result = judged("tests", 4, junit_file(tmp_path, 0), output=output)
    assert result.verdict is Verdict.UNKNOWN
    assert result.said[0] == "pytest could not begin: file or directory not found: tests/test_gone.py"


def test_how_many_tests_passed_and_were_skipped_is_shown(tmp_path: Path) -> None:
    figures = judged("tests", 0, junit_file(tmp_path, 5, skipped=2)).figures
    assert figures == {"tests passed": 3.0, "tests skipped": 2.0}


def test_a_file_of_the_guard_that_nothing_measured_is_named(tmp_path: Path) -> None:
    ran = Ran(step("coverage", coverage_file(tmp_path, a=10)), 0)
    asked = Thresholds(coverage={"*.py": 100.0})
    result = judge(ran, asked, ["a.py", "b.py"])
    assert (result.verdict, result.code) == (Verdict.VACUOUS, ExitCode.VACUOUS)
    assert "b.py" in result.said[0]
    assert judge(ran, asked, ["a.py", "b.txt"]).verdict is Verdict.HELD


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
    code = exit_code((name, Verdict(found)) for name, found in verdicts.items())
    assert judged("verify", code, verify_file(tmp_path, verdicts, empty), **asked).verdict is verdict


def test_empty_cells_are_a_figure_where_there_may_be_none(tmp_path: Path) -> None:
    held, empty = {"properties held": 2.0}, verify_file(tmp_path, HELD, 3)
    assert judged("verify", 0, empty, empty_cells=0).figures == {**held, "empty cells": 3.0}
    assert judged("verify", 0, empty, empty_cells=4).figures == judged("verify", 0, empty).figures == held


def test_an_exit_code_that_contradicts_its_file_is_unknown(tmp_path: Path) -> None:
    for code in (0, 2, 3, 4, -9):
        assert judged("verify", code, verify_file(tmp_path, {**HELD, "useful": "broken"})).verdict is Verdict.UNKNOWN
    for code in (1, 2, 3, 4, -9):
        assert judged("verify", code, verify_file(tmp_path, HELD)).verdict is Verdict.UNKNOWN


def test_what_is_broken_counts_more_than_what_is_unknown(tmp_path: Path) -> None:
    result = judged("verify", 1, verify_file(tmp_path, {"isolation": "broken", "useful": "unknown", "inert": "held"}))
    assert (result.verdict, result.code) == (Verdict.BROKEN, ExitCode.BROKEN)
    assert result.said == ["isolation: because", "useful: unknown: because"]
