"""SARIF and mutation-testing JSON against their official schemas; JUnit, Markdown and annotations by what they say."""

from __future__ import annotations

import base64
import gzip
import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest

from guards.report.build import Report, build
from guards.report.elements import packed
from guards.report.places import planted, service_place
from guards.report.record import gather
from guards.report.stories import read_stories
from tests.report.conftest import Build, Gather
from tests.report.made import BREACH, broken_verify, coverage, missed, mutant, mutate, verify

VENDORED = Path(__file__).parent / "vendored"
ROOT = Path(__file__).resolve().parents[2]

RUNS: dict[str, dict[str, Any]] = {
    "held": {},
    "nothing": {"verify": None, "mutate": None, "coverage": None},
    "broken": {
        "verify": broken_verify(),
        "mutate": mutate(mutant(breaches=True, breach=BREACH), missed(), missed(id="x", outcome="flaky")),
    },
    "unknown": {"verify": "{", "mutate": mutate(missed(outcome="broken", why="the worker died"))},
    "hostile": {"mutate": mutate(missed(id="\x1b[31m\u202e<b>\ud800" * 900, operator="\u0000", why="]]>&\u2028"))},
}


def validator(name: str) -> Any:
    schema = json.loads((VENDORED / name).read_text(encoding="utf-8-sig"))
    return jsonschema.validators.validator_for(schema)(schema)


def sarif_of(report: Report) -> dict[str, Any]:
    return json.loads(report.files["guards.sarif"])["runs"][0]


def known(report: Report) -> list[dict[str, Any]]:
    """The results of the SARIF file but for what nobody said."""
    return [result for result in sarif_of(report)["results"] if result["ruleId"] != "not-known"]


@pytest.mark.parametrize("results", RUNS.values(), ids=RUNS)
def test_the_files_are_what_their_schemas_say(built: Build, results: dict[str, Any]) -> None:
    files = built(**results).files
    assert [*validator("sarif-2.1.0-rtm.4.json").iter_errors(json.loads(files["guards.sarif"]))] == []
    assert [*validator("mutation-testing-report-schema.json").iter_errors(json.loads(files["mutation.json"]))] == []


@pytest.mark.parametrize("name", ["sarif-2.1.0-rtm.4.json", "mutation-testing-report-schema.json"])
def test_the_schemas_refuse_what_is_not_theirs(name: str) -> None:
    assert [*validator(name).iter_errors({"version": "2.1.0", "schemaVersion": "2.0"})] != []


def test_a_missed_mutant_is_a_result_at_its_line(built: Build) -> None:
    (result,) = known(built(mutate=mutate(missed())))
    (location,) = result["locations"]
    assert result["ruleId"] == "mutant-not-caught"
    assert result["level"] == "warning"
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "rules.py", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 7, "startColumn": 12, "endLine": 7, "endColumn": 16},
    }
    assert result["partialFingerprints"] == {"guards/v1": "mutant-not-caught:ffff00001111"}
    assert "guards mutate show safety:swap-value:ffff00001111" in result["message"]["text"]


def test_a_breach_is_an_error_and_stands_first(built: Build) -> None:
    results = known(built(mutate=mutate(missed(), mutant(breaches=True, breach=BREACH))))
    assert [(result["ruleId"], result["level"]) for result in results] == [
        ("single-point-of-failure", "error"),
        ("mutant-not-caught", "warning"),
    ]


def test_a_broken_property_points_at_the_planted_regression(gathered: Gather) -> None:
    record = gathered(verify=broken_verify(), mutate=None)
    rules = record.root / "rules.py"
    rules.write_text(rules.read_text().replace("volume.owner != caller", "volume is None"))
    record = gather(["verify.json"], record.root, "mutation/catalogue", None)
    (result,) = known(build(record, "out"))
    region = result["locations"][0]["physicalLocation"]
    assert (region["artifactLocation"]["uri"], region["region"]["startLine"]) == ("rules.py", 5)
    assert "This is the regression owner-never-compared" in result["message"]["text"]


def test_a_broken_property_without_a_known_line_points_at_its_service(gathered: Gather) -> None:
    record = gathered(verify=broken_verify())
    (record.root / "volumes.py").write_text('"""Volumes."""\n\n\nclass Volumes:\n    pass\n')
    place = service_place(gather([], record.root, None, None), "volumes:Volumes")
    assert place is not None
    assert (place.file, place.start, place.is_guess) == ("volumes.py", (4, 1), True)


def test_every_regression_of_ours_that_leaves_something_is_found_where_it_is_planted_and_nowhere_else(
    tmp_path: Path,
) -> None:
    ours = gather([], ROOT, None, None)
    stories = read_stories(ROOT / "mutation" / "catalogue")
    assert [id for id, story in stories.items() if planted(story, ours)] == []
    unseen = []
    for number, story in enumerate(stories.values()):
        root = tmp_path / str(number)
        for edit in story.edits:
            path = root / edit.file
            path.parent.mkdir(parents=True, exist_ok=True)
            source = path.read_text() if path.exists() else (ROOT / edit.file).read_text()
            path.write_text(source.replace(edit.before, edit.after))
        there = [(root / edit.file).read_text().count(edit.after) if edit.after.strip() else 0 for edit in story.edits]
        if (planted(story, gather([], root, None, None)) is None) == (1 in there):
            unseen.append(story.id)
    assert unseen == []


def test_what_has_no_place_is_told_by_the_run(built: Build) -> None:
    run = sarif_of(built(mutate="{", coverage=None))
    (invocation,) = run["invocations"]
    said = [one["message"]["text"] for one in invocation["toolExecutionNotifications"]]
    assert invocation["executionSuccessful"] is False
    assert any("mutate.json" in text for text in said)
    assert any("coverage: no result was given" in text for text in said)


def test_the_viewer_gets_each_status_and_who_caught_it(built: Build) -> None:
    mutants = [
        mutant(),
        mutant(id="2", kill="timeout"),
        mutant(id="3", by="tests/test_rules.py::test_it"),
        missed(id="4"),
        missed(id="5", outcome="uncovered"),
        missed(id="6", outcome="equivalent", proof="for all inputs"),
        missed(id="7", outcome="broken"),
    ]
    made = json.loads(built(mutate=mutate(*mutants)).files["mutation.json"])
    found = {one["id"]: one for one in made["files"]["rules.py"]["mutants"]}
    assert [found[one["id"]]["status"] for one in mutants] == [
        "Killed",
        "Timeout",
        "Killed",
        "Survived",
        "NoCoverage",
        "Ignored",
        "RuntimeError",
    ]
    names = {test["id"]: (file, test["name"]) for file, said in made["testFiles"].items() for test in said["tests"]}
    killers = {id: [names[killer] for killer in one.get("killedBy", [])] for id, one in found.items()}
    assert killers["3"] == [("tests/test_rules.py", "test_it")]
    assert killers["2"] == [("properties of guards verify", "isolation")]
    assert not killers["4"]
    assert "statusReason" not in found["3"]
    assert found["2"]["statusReason"] == "timeout"
    assert found["6"]["statusReason"].endswith("for all inputs")


def test_a_mutant_of_another_source_is_left_out_of_the_viewer(built: Build) -> None:
    report = built(mutate=mutate(mutant(start=[6, 0], end=[6, 22])))
    assert json.loads(report.files["mutation.json"])["files"] == {}
    assert "mutation.html" not in report.files


def test_packed_json_cannot_leave_its_script_and_is_the_same_each_time() -> None:
    hostile = {"a": "</script><!--\u2028\u2029&" * 100}
    text = packed(hostile)
    assert re.fullmatch(r"[A-Za-z0-9+/=]+", text)
    assert len(text) < 200
    assert json.loads(gzip.decompress(base64.b64decode(text))) == hostile
    assert packed(hostile) == text


def test_junit_counts_what_it_holds_and_unknown_is_an_error(built: Build) -> None:
    verdicts = {
        "useful": "broken",
        "blast-radius": "vacuous",
        "fail-closed": "unknown",
        "hold-respected": "unsupported",
    }
    root = ElementTree.fromstring(built(verify=verify(verdicts), mutate=mutate(mutant(), missed())).files["junit.xml"])
    suites = {suite.get("name"): suite for suite in root}
    names = ("tests", "failures", "errors", "skipped")
    assert [suites["guards verify"].get(name) for name in names] == ["13", "1", "2", "1"]
    assert [suites["guards mutate"].get(name) for name in names] == ["2", "1", "0", "0"]
    (failure,) = suites["guards mutate"].iter("failure")
    assert "guards mutate show safety:swap-value" in (failure.text or "")
    assert int(root.get("errors", "0")) == sum(int(suite.get("errors", "0")) for suite in root)


def test_the_summary_is_short_and_says_what_is_wrong_and_unknown(built: Build) -> None:
    mutants = [missed(id=f"safety:x:{n}", start=[7, 11]) for n in range(400)]
    text = built(mutate=mutate(*mutants), coverage=None).summary
    assert text.startswith("## guards: ❌ broken\n")
    assert len(text) < 10_000
    assert text.count("again: <code>") == 10
    assert "and 390 more findings in the report" in text
    assert "❓ coverage" in text


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "a|b", "[x](javascript:y)", "\x1b[31m", "\u202e", "x" * 9_999]
)
def test_markdown_shows_a_hostile_name_as_text(built: Build, name: str) -> None:
    text = built(mutate=mutate(missed(id=name, function=name))).summary
    assert "<script" not in text
    assert "[x](" not in text
    assert not set(text) & {"\x1b", "\u202e"}
    assert len(text) < 10_000


def test_annotations_are_few_and_name_file_and_line(built: Build) -> None:
    mutants = [missed(id=f"safety:x:{n}", why="50%\n::error::") for n in range(40)]
    said = built(mutate=mutate(*mutants)).annotations
    assert len(said) == 10
    assert said[0].startswith("::warning file=rules.py,line=7::The change")
    assert all(one.count("\n") == 0 and "50%25\\n" in one for one in said)


def test_coverage_without_contexts_says_so(built: Build) -> None:
    given = coverage(contexts={})
    given["meta"]["show_contexts"] = False
    assert "which tests ran a line" in built(coverage=given).files["index.html"].decode()
