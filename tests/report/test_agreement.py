"""No format is quieter than another: what keeps the headline from being green stands in each of them, and nothing else
does.
"""

from __future__ import annotations

import json
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guards.report.build import Report
from guards.report.figures import headline
from guards.report.junit import junit
from guards.report.markdown import summary, workflow_commands
from guards.report.record import gather
from guards.report.sarif import sarif
from guards.results import ExitCode
from guards.testing.properties import NAMES
from tests.report.conftest import Build
from tests.report.made import (
    BREACH,
    REGRESSION,
    broken_verify,
    coverage,
    gate,
    lay_out,
    missed,
    mutant,
    mutate,
    step,
    trace,
    verify,
)

PAIR = {"ids": ["a", "b"], "places": ["rules.py:5", "rules.py:7"], "breaches": False, "breach": None, "alone": []}
WHOLE = mutate(mutant(), mutant(**REGRESSION))
GIVEN: dict[str, list[Any]] = {
    "verify": [
        verify(),
        verify(),
        None,
        "{",
        broken_verify(),
        verify({"useful": "vacuous"}),
        verify({"useful": "unknown"}),
        verify({"hold-respected": "unsupported"}),
        verify(dict.fromkeys(NAMES, "unsupported")),
        verify(properties=[]),
        verify(counterexamples=[trace(raised="KeyError")]),
        verify(commit="b" * 40),
    ],
    "mutate": [
        WHOLE,
        WHOLE,
        None,
        "",
        mutate(),
        mutate(mutants=[], whole=0),
        mutate(mutant(), missed()),
        mutate(missed(outcome="broken"), mutant(**REGRESSION)),
        mutate(mutant(breaches=True, breach=BREACH), mutant(**REGRESSION)),
        {**WHOLE, "pairs": [{**PAIR, "trouble": "the worker died"}], "whole_pairs": 1},
        {**WHOLE, "pairs": [{**PAIR, "trouble": ""}], "whole_pairs": 2},
        {**WHOLE, "shard": [1, 2]},
    ],
    "coverage": [coverage(), coverage(), None, "[]", {**coverage(), "files": {}}],
    "gate": [
        None,
        gate(step()),
        {**gate(), "steps": []},
        gate(step(verdict="broken", code=1, said=["coverage is 80 %"])),
        gate(step(name="counterexample traces/a.json", verdict="broken", code=1)),
        gate(step(verdict="vacuous", code=3)),
        gate(step(verdict="unknown", code=3)),
        gate(step(verdict="unknown", code=4)),
        gate(step(verdict="broken", code=0)),
        gate(step(verdict="unsupported", code=0)),
        gate(step(), fallen=("tests: coverage fell from 100 to 90",)),
    ],
    "trace": [None, trace(), trace(raised="KeyError")],
}


def failed(text: str | bytes) -> tuple[list[Xml.Element], list[Xml.Element]]:
    """The failures and the errors of a JUnit file."""
    root = Xml.fromstring(text)
    return list(root.iter("failure")), list(root.iter("error"))


def results(report: Report) -> list[dict[str, Any]]:
    return json.loads(report.files["guards.sarif"])["runs"][0]["results"]


@settings(max_examples=60)
@given(st.fixed_dictionaries({name: st.sampled_from(values) for name, values in GIVEN.items()}))
def test_where_the_headline_is_not_green_every_format_has_a_finding_and_where_it_is_none_has(given: Any) -> None:
    with TemporaryDirectory() as folder, chdir(folder):
        record = gather(lay_out(Path(folder), **given), Path(folder), "mutation/catalogue", None)
        line = headline(record)
        failures, errors = failed(junit(record, line))
        text = summary(record, line)
        log = json.loads(sarif(record, line, "1"))["runs"][0]["results"]
    assert bool(failures) == (line.code is ExitCode.BROKEN)
    assert line.code is not ExitCode.HELD or not {"broken", "unknown"} & {figure.verdict for figure in line.figures}
    for found in (failures + errors, log, workflow_commands(line)):
        assert bool(found) == (line.code is not ExitCode.HELD)
    assert (line.code is not ExitCode.HELD) == ("### What is wrong" in text or "### Unknown" in text)


STEPS = {
    "failed": (step(verdict="broken", code=1, said=["80 of 100 are covered"]), "failure", "80 of 100 are covered"),
    "reproduces": (
        step(name="counterexample a.json", verdict="broken", code=1, said=["the counterexample reproduces"]),
        "failure",
        "the counterexample reproduces",
    ),
    "did-not-run": (step(verdict="unknown", code=3, said=["the budget was spent"]), "error", "the budget was spent"),
    "had-nothing-to-do": (step(verdict="vacuous", code=3, said=["no test was run"]), "error", "no test was run"),
}
COMMAND = ["/usr/bin/python3", "-m", "guards.cli", "verify", "volumes:Volumes", "--seed", "7"]


@pytest.mark.parametrize(("said", "tag", "why"), STEPS.values(), ids=STEPS)
def test_a_step_of_the_gate_that_did_not_hold_is_in_every_format_with_its_command(
    built: Build, said: dict[str, Any], tag: str, why: str
) -> None:
    report = built(gate=gate({**said, "command": COMMAND}))
    again = "guards verify volumes:Volumes --seed 7"
    (found,) = [one for one in Xml.fromstring(report.files["junit.xml"]).iter("testcase") if one.find(tag) is not None]
    assert found.get("name") == said["name"]
    assert why in (found[0].get("message") or "")
    assert again in (found[0].text or "")
    (result,) = results(report)
    assert (result["ruleId"], why in result["message"]["text"]) == ("gate-step-not-held", True)
    assert again in result["message"]["text"]
    assert [location["physicalLocation"]["artifactLocation"]["uri"] for location in result["locations"]] == [
        "gate.json"
    ]
    assert [why in one and again in one for one in report.annotations] == [True]
    assert report.summary.count(why) == 1
    assert "<code>guards verify volumes\\:Volumes \\-\\-seed 7</code>" in report.summary


def test_a_figure_that_fell_is_in_every_format_with_the_command_of_its_step(built: Build) -> None:
    report = built(gate=gate(step(), fallen=("tests: coverage fell from 100 to 90",)))
    ((failure,), errors) = failed(report.files["junit.xml"])
    assert (errors, "fell from 100 to 90" in (failure.get("message") or ""), failure.text) == ([], True, "pytest")
    (result,) = results(report)
    assert (result["ruleId"], result["level"]) == ("figure-fallen", "error")
    assert "Run: pytest" in result["message"]["text"]
    assert any("fell from 100 to 90" in one for one in report.annotations)
    assert "fell from 100 to 90" in report.summary
    assert "fell from 100 to 90" in report.files["index.html"].decode()


def test_a_given_counterexample_is_in_every_format_with_its_replay(built: Build) -> None:
    report = built(trace=trace())
    ((failure,), errors) = failed(report.files["junit.xml"])
    again = "guards replay trace.json volumes:Volumes"
    assert (errors, again in (failure.text or "")) == ([], True)
    assert [(one["ruleId"], again in one["message"]["text"]) for one in results(report)] == [("counterexample", True)]


def test_a_pair_that_could_not_be_judged_is_in_every_format(built: Build) -> None:
    report = built(mutate={**WHOLE, "pairs": [{**PAIR, "trouble": "the worker died"}], "whole_pairs": 1})
    assert report.headline.code is ExitCode.UNKNOWN
    (failures, (error,)) = failed(report.files["junit.xml"])
    assert (failures, "the worker died" in (error.get("message") or "")) == ([], True)


def test_a_call_without_an_answer_is_unknown_in_the_run_as_it_is_in_a_file_of_its_own(built: Build) -> None:
    report = built(verify=verify(counterexamples=[trace(property="call-answered", raised="KeyError")]))
    assert report.headline.code is ExitCode.UNKNOWN
    assert "KeyError" in report.summary
