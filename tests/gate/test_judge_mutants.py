"""What the lab's result is worth to the gate: who was not caught, who breaches, and what was left out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from guards.gate.judge import Asked, judge
from guards.gate.run import Ran, Step
from guards.gate.settings import Thresholds
from guards.results import ExitCode, StepResult, Verdict, read_mutate
from tests.report.made import missed, mutant, mutate

BREACH = {"breaches": True, "breach": {"at": "delete about 0", "why": "it fell", "objects": 1, "incident": 0}}
CAUGHT = [mutant(id=f"safety:caught:{n}") for n in range(9)]
FLAKY = missed(outcome="flaky", id="safety:flaky")
UNCOVERED = missed(outcome="uncovered", id="generic:uncovered")
STALE = missed(outcome="stale", id="old-entry", tier="catalogue", why="the line is not there")
UNJUDGED = missed(outcome="broken", id="safety:unjudged", why="the worker was lost")
EQUIVALENT = missed(outcome="equivalent", id="safety:equivalent", proof="the same bytecode")
MASKED = missed(outcome="masked", id="masked-entry", tier="catalogue", masked_by="second-barrier")
BREACHING = mutant(id="safety:breaching", **BREACH)
INCIDENT = mutant(id="incident", tier="catalogue", expected=["isolation"], **BREACH)


def judged(folder: Path, result: dict[str, Any], code: int | None = None, **asked: Any) -> StepResult:
    """What the gate says of a result that ended as it says itself, or as the test says."""
    file = folder / "mutants.json"
    file.write_text(json.dumps(result))
    ended = int(read_mutate(file.read_bytes()).exit_code()) if code is None else code
    return judge(Ran(Step("mutants", (("guards", "mutate"),), file), ended), Thresholds(**asked))


ASKED = ("service", "paths", "tests", "trusted")


@pytest.mark.parametrize("bad", [missed(), FLAKY, UNCOVERED, STALE], ids=lambda one: one["outcome"])
def test_what_nobody_caught_is_named_with_its_line(tmp_path: Path, bad: dict[str, Any]) -> None:
    found = judged(tmp_path, mutate(*CAUGHT, bad))
    assert (found.verdict, found.code) == (Verdict.BROKEN, ExitCode.BROKEN)
    why = f": {bad['why']}" if bad["why"] else ""
    assert found.said == [
        "90.00 % of the mutants are caught or proved equivalent, and 100 % is asked for",
        f"{bad['outcome']}: {bad['id']} at rules.py:7{why}",
    ]
    assert found.figures == {"mutants": 10.0, "mutants caught": 90.0, "breaches": 0.0}


@pytest.mark.parametrize("good", [CAUGHT[0], EQUIVALENT, MASKED, INCIDENT], ids=lambda one: one["id"])
def test_what_is_caught_proved_or_expected_is_good_news(tmp_path: Path, good: dict[str, Any]) -> None:
    found = judged(tmp_path, mutate(good))
    assert (found.verdict, found.said) == (Verdict.HELD, [])
    assert found.figures == {"mutants": 1.0, "mutants caught": 100.0, "breaches": 0.0}


def test_one_that_breaches_is_named_although_it_was_caught(tmp_path: Path) -> None:
    found = judged(tmp_path, mutate(*CAUGHT, BREACHING))
    assert (found.verdict, found.figures["breaches"]) == (Verdict.BROKEN, 1.0)
    assert found.said == [
        "1 breach isolation, and 0 may",
        "breaches isolation at rules.py:5: safety:breaching: " + BREACHING["breach"]["why"],
    ]
    said = judged(tmp_path, mutate(*CAUGHT, *[missed()] * 1, BREACHING)).said
    assert [sentence.split()[0] for sentence in said] == ["1", "90.91", "breaches", "missed:"]
    assert judged(tmp_path, mutate(*CAUGHT, BREACHING), breaches=1).verdict is Verdict.HELD


def test_mutants_of_one_line_that_breach_share_a_sentence(tmp_path: Path) -> None:
    several = [{**BREACHING, "id": f"safety:{n}"} for n in range(5)]
    _, said = judged(tmp_path, mutate(*CAUGHT, *several)).said
    named = "safety:0, safety:1, safety:2 and 2 more"
    assert said == f"breaches isolation at rules.py:5: {named}: {BREACHING['breach']['why']}"


def test_where_it_is_not_known_whether_one_breaches_that_is_said(tmp_path: Path) -> None:
    found = judged(tmp_path, mutate({**CAUGHT[0], "unjudged": True}))
    assert found.verdict is Verdict.HELD
    assert found.said == [f"not known whether it breaches, since it hung: {CAUGHT[0]['id']}"]


@pytest.mark.parametrize("name", ["service", "paths", "tests", "trusted", "regressions"])
def test_a_run_about_something_else_than_the_gate_read_is_no_run(tmp_path: Path, name: str) -> None:
    result = mutate(*CAUGHT)
    result["tiers"] = ["safety"] if name != "regressions" else ["catalogue"]
    parts = {one: result[one] if one == "service" else tuple(result.get(one, ())) for one in ASKED}
    file = tmp_path / "mutants.json"
    file.write_text(json.dumps(result))
    ran = Ran(Step("mutants", (("guards", "mutate"),), file), 0)
    parts["regressions"] = frozenset(one["id"] for one in result["mutants"])
    assert judge(ran, Thresholds(), asked=Asked(**parts)).verdict is Verdict.HELD
    other = {**parts, name: "another:One" if name == "service" else ("another.py",)}
    found = judge(ran, Thresholds(), asked=Asked(**other))
    told = "entries" if name == "regressions" else name
    assert (found.verdict, f"other {told} of" in found.said[0]) == (Verdict.UNKNOWN, True)


def test_what_is_trusted_breaches_apart(tmp_path: Path) -> None:
    found = judged(tmp_path, mutate(*CAUGHT, BREACHING, trusted=["rules.py"]))
    assert (found.verdict, found.figures["breaches"]) == (Verdict.HELD, 0.0)


@pytest.mark.parametrize(("least", "verdict"), [(90.0, Verdict.HELD), (90.1, Verdict.BROKEN)])
def test_a_threshold_is_the_least_that_passes(tmp_path: Path, least: float, verdict: Verdict) -> None:
    assert judged(tmp_path, mutate(*CAUGHT, missed()), mutants_caught=least).verdict is verdict


def test_no_threshold_lets_a_stale_entry_pass(tmp_path: Path) -> None:
    found = judged(tmp_path, mutate(*CAUGHT, STALE), mutants_caught=0.0)
    assert (found.verdict, found.said[0][:17]) == (Verdict.BROKEN, "stale: old-entry ")


def test_what_could_not_be_judged_is_unknown_unless_something_is_broken(tmp_path: Path) -> None:
    found = judged(tmp_path, mutate(*CAUGHT, UNJUDGED), mutants_caught=0.0)
    assert (found.verdict, found.code) == (Verdict.UNKNOWN, ExitCode.UNKNOWN)
    assert found.said == ["safety:unjudged: the worker was lost"]
    assert judged(tmp_path, mutate(*CAUGHT, UNJUDGED)).verdict is Verdict.UNKNOWN
    assert judged(tmp_path, mutate(UNJUDGED, missed())).verdict is Verdict.BROKEN


def test_no_mutant_is_no_news_unless_it_was_asked_for_changes(tmp_path: Path) -> None:
    nothing = mutate() | {"mutants": [], "whole": 0}
    assert judged(tmp_path, nothing).verdict is Verdict.VACUOUS
    found = judged(tmp_path, nothing | {"since": "main"})
    assert (found.verdict, found.said[0]) == (Verdict.HELD, "no line that is mutated has changed")


def test_a_run_about_changes_says_what_it_left_out(tmp_path: Path) -> None:
    about = {"since": "main", "weakened": [f"test_{n}.py::test_it" for n in range(7)], "beside": ["tests/table.txt"]}
    said = judged(tmp_path, mutate(**about)).said
    assert "test_4.py::test_it and 2 more entered" in said[0]
    assert said[1] == "left out: mutants of all that is as it was at main; --full judges them"
    assert said[2] == "not looked into: what it means that tests/table.txt changed"
    assert "left out: " in " ".join(judged(tmp_path, mutate(missed(), **about)).said)


@pytest.mark.parametrize(
    ("result", "code"),
    [
        (mutate(), 1),
        (mutate(missed()), 0),
        (mutate(UNJUDGED), 0),
        (mutate(), 2),
        (mutate(whole=2), 0),
        (mutate() | {"mutants": [], "whole": 0}, 0),
    ],
)
def test_a_file_that_is_at_odds_with_itself_or_with_the_exit_code_is_unknown(
    tmp_path: Path, result: dict[str, Any], code: int
) -> None:
    assert judged(tmp_path, result, code).verdict is Verdict.UNKNOWN
