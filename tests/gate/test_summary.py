"""The committed summary of a run: made by the gate, small, and about the catalogue and the properties as they are."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from guards.gate.ratchet import read_ratchet
from guards.gate.summary import Summary, digest_of, markdown, summary_of
from guards.report.history import read_history
from guards.report.record import gather
from guards.results import read_gate
from guards.testing.properties import NAMES
from tests.gate.samples import TESTS_ALONE, VERIFY_ALONE, copy, edit, gate
from tests.house.repository import ROOT
from tests.report.made import REGRESSION, lay_out, missed, mutant, mutate, step
from tests.report.made import gate as made_gate

REPORTS = ROOT / "reports"
CAUGHT = (mutant(), mutant(**REGRESSION))
ALONE = "Held by what the gate asks for; by the results alone: "
AGAIN = "the summary is older than the catalogue or the properties: guards gate --full --summary reports"


def read(folder: Path) -> Summary:
    return Summary.model_validate_json((folder / "summary.json").read_bytes())


def test_a_run_leaves_a_summary_and_a_line_of_history(tmp_path: Path) -> None:
    project = copy(tmp_path)
    ran = gate(project, "--since", "HEAD", *VERIFY_ALONE, "--summary", "reports")
    assert ran.code == 3
    summary = read(project / "reports")
    assert (summary.verdict, summary.since, summary.uncommitted) == ("vacuous", "HEAD", False)
    assert {step.name: step.verdict for step in summary.steps}["mutants"] == "unknown"
    assert "mutate: no result was given that could be used" in summary.unknown
    assert summary.seed is not None
    assert {one.name for one in summary.properties if one.verdict == "held"} >= {"isolation", "useful"}
    assert summary.digests["volumes.py"] == digest_of(project, "volumes.py")
    assert (project / "reports/summary.md").read_text() == markdown(summary)
    assert "not everything" in markdown(summary)
    gate(project, "--since", "HEAD", *VERIFY_ALONE, "--skip", "verify", "--summary", "reports")
    lines = (project / "reports/history.jsonl").read_text().splitlines()
    assert [json.loads(line)["schema"] for line in lines] == ["guards.history/1"] * 2


def test_a_summary_of_tests_alone_has_nothing_to_doubt(tmp_path: Path) -> None:
    project = copy(tmp_path)
    ran = gate(project, "--since", "HEAD", *TESTS_ALONE, "--skip", "coverage", "--summary", "reports")
    assert ran.verdicts()["tests"] == "held"
    assert "cannot be believed" not in (project / "reports/summary.md").read_text()


@pytest.mark.parametrize(
    ("results", "sentence"),
    [
        ({}, "Everything that was asked held."),
        (
            {"mutate": mutate(*CAUGHT, missed())},
            f"{ALONE}1 mutant not caught.",
        ),
        (
            {"mutate": mutate(*CAUGHT, since="main")},
            f"{ALONE}nothing is broken, and not everything is known: 1 gap.",
        ),
    ],
    ids=["as the results", "a mutant may be missed", "changes alone"],
)
def test_where_the_gate_lets_pass_what_the_results_alone_do_not_the_sentence_says_both(
    tmp_path: Path, results: dict[str, Any], sentence: str
) -> None:
    given = {"mutate": mutate(*CAUGHT), **results}
    names = lay_out(tmp_path, **given)
    since = results.get("mutate", {}).get("since")
    planted = float(len(given["mutate"]["mutants"]) - 1)
    steps = [step(name=name, figures={"mutants": n}) for name, n in (("catalogue", 1.0), ("mutants", planted))]
    held = {**made_gate(*steps), "since": since}
    result = read_gate(json.dumps(held).encode())
    record = gather([str(tmp_path / name) for name in names], tmp_path, str(tmp_path / "mutation/catalogue"), None)
    summary = summary_of(result, replace(record, gate=result), {}, uncommitted=False)
    assert (summary.verdict, summary.sentence) == ("held", sentence)
    assert f"\n{sentence} It was about " in markdown(summary)


def test_what_was_not_committed_is_said_and_changes_the_digest(tmp_path: Path) -> None:
    project = copy(tmp_path)
    before = digest_of(project, "volumes.py")
    edit(project / "volumes.py", "raise NotFound(volume)", "raise NotFound(volume)  # as it says")
    gate(project, "--since", "HEAD", *VERIFY_ALONE, "--summary", "reports")
    summary = read(project / "reports")
    assert summary.uncommitted
    assert summary.digests["volumes.py"] != before
    assert "with changes that were not committed" in markdown(summary)


def test_a_digest_tells_apart_what_files_hold_and_how_they_are_named(tmp_path: Path) -> None:
    code = tmp_path / "code"
    (code / "__pycache__").mkdir(parents=True)
    (code / "a.py").write_text("a = 1\n")
    digests = [digest_of(tmp_path, "code")]
    (code / "__pycache__/a.pyc").write_text("nothing that anybody wrote")
    assert digest_of(tmp_path, "code") == digests[0]
    (code / "page.html.j2").write_text("a template is a part of what the code does\n")
    digests.append(digest_of(tmp_path, "code"))
    shutil.move(code / "a.py", code / "b.py")
    digests.append(digest_of(tmp_path, "code"))
    assert len(set(digests)) == 3


def test_the_committed_summary_is_about_the_catalogue_and_the_properties_as_they_are() -> None:
    summary = read(REPORTS)
    entries = {file.stem for file in (ROOT / "mutation/catalogue").glob("*.toml")}
    assert {one.id for one in summary.regressions} == entries, AGAIN
    assert [one.name for one in summary.properties] == list(NAMES), AGAIN
    assert set(summary.digests) == {"guards", "mutation/catalogue"}
    assert summary.digests["mutation/catalogue"] == digest_of(ROOT, "mutation/catalogue"), AGAIN
    assert summary.commit is not None
    assert not summary.uncommitted
    assert {"guards", "hypothesis", "pytest", "mutmut"} <= set(summary.versions)


def test_the_committed_summary_reads_as_its_json_and_is_small() -> None:
    assert (REPORTS / "summary.md").read_text() == markdown(read(REPORTS))
    assert sum((REPORTS / name).stat().st_size for name in ("summary.json", "summary.md")) < 100_000


def test_the_history_ends_with_the_committed_summary_and_the_ratchet_can_be_read() -> None:
    runs = read_history((REPORTS / "history.jsonl").read_bytes())
    assert runs[-1].commit == read(REPORTS).commit
    assert read_ratchet(REPORTS / "ratchet.json").best
