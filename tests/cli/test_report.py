"""`guards report` from the outside: where it writes, what it tells a terminal and a CI job, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Guards
from tests.report.made import broken_verify, lay_out, missed, mutate, verify
from tests.report.test_pages import HOSTILE, everywhere


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, outside of any CI job."""
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.mark.parametrize(
    ("results", "code", "verdict"),
    [
        ({}, 0, "held: Everything that was asked held."),
        ({"verify": broken_verify()}, 1, "broken: 1 property broken."),
        ({"coverage": None}, 3, "vacuous: Nothing is broken, and not everything is known: 1 gap."),
        ({"mutate": "{"}, 4, "unknown: What is here cannot be believed: 1 unusable input."),
        ({"mutate": mutate(commit=None)}, 4, "unknown: What is here cannot be believed: 1 contradiction."),
    ],
    ids=["held", "broken", "gap", "unusable", "contradiction"],
)
def test_it_ends_as_its_verdict_says(
    here: Path, guards: Guards, results: dict[str, Any], code: int, verdict: str
) -> None:
    names = lay_out(here, **results)
    if code == 0:
        (here / "mutate.json").write_text(json.dumps(mutate()))
        (here / "mutation" / "catalogue" / "owner-never-compared.toml").unlink()
        (here / "mutation" / "catalogue").rmdir()
    ran = guards("report", *names, "--out", "out")
    assert (ran.code, ran.err) == (code, "")
    assert verdict in " ".join(ran.out.split())
    assert (here / "out" / "index.html").is_file()


@pytest.mark.parametrize(
    ("said", "given", "code", "told"),
    [
        ('"elsewhere"', (), 0, ""),
        ('"elsewhere"', ("--catalogue", "mutation/catalogue"), 4, "mutation/catalogue"),
        ('"nowhere"', (), 4, "'nowhere', catalogue: "),
        ("7", (), 2, "[tool.guards.mutate] says of catalogue what is no text"),
    ],
    ids=["moved", "named", "gone", "nonsense"],
)
def test_the_stories_are_where_the_project_keeps_them(
    here: Path, guards: Guards, said: str, given: tuple[str, ...], code: int, told: str
) -> None:
    names = lay_out(here)
    (here / "mutation/catalogue").rename(here / "elsewhere")
    (here / "pyproject.toml").write_text(f"[tool.guards.mutate]\ncatalogue = {said}\n")
    ran = guards("report", *names, *given, "--out", "out")
    assert ran.code == code, ran
    assert told in " ".join((ran.out + ran.err).split())
    if code == 0:
        assert "One call took the volumes of everybody." in (here / "out/index.html").read_text()


def test_what_is_not_known_is_told_on_the_terminal_too(here: Path, guards: Guards) -> None:
    ran = guards("report", *lay_out(here, mutate="{", coverage=None), "--out", "out")
    assert ran.out.count("UNKNOWN") >= 5
    assert "'mutate.json', unknown: it is not one JSON document" in " ".join(ran.out.split())


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("in_a_job", [False, True], ids=["at a desk", "in a job"])
def test_a_hostile_name_is_text_on_the_terminal_too(
    here: Path, guards: Guards, monkeypatch: pytest.MonkeyPatch, name: str, in_a_job: bool
) -> None:
    if in_a_job:
        monkeypatch.setenv("GITHUB_ACTIONS", "true")
    ran = guards("report", *lay_out(here, **everywhere(name)), "--out", "out")
    assert ran.code in (1, 4)
    assert ran.err == ""
    assert not set(ran.out) & {"\x1b", "\u202e", "\u2066", "\0", "\x07", "\ud800"}
    assert "x" * 2_000 not in "".join(ran.out.split())


def test_without_a_result_it_says_what_to_name(here: Path, guards: Guards) -> None:
    ran = guards("report")
    assert ran.code == 2
    assert "name the results to report on" in ran.err


def test_a_folder_of_somebody_else_is_refused_and_left_alone(here: Path, guards: Guards) -> None:
    names = lay_out(here)
    ran = guards("report", *names, "--out", ".")
    assert ran.code == 2
    assert "holds something that is no report" in " ".join(ran.err.split())
    assert not (here / "index.html").exists()


def test_in_a_job_the_summary_is_added_and_annotations_are_printed(
    here: Path, guards: Guards, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "page.md").write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(here / "page.md"))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    ran = guards("report", *lay_out(here, mutate=mutate(missed())), "--out", "out")
    assert (here / "page.md").read_text().startswith("before\n## guards: ❌ broken\n")
    assert "\n::warning file=rules.py,line=7::" in "\n" + ran.out


def test_outside_of_a_job_nothing_is_annotated(here: Path, guards: Guards) -> None:
    assert "::warning" not in guards("report", *lay_out(here, mutate=mutate(missed())), "--out", "out").out


def test_a_summary_that_cannot_be_written_is_told_and_changes_no_verdict(
    here: Path, guards: Guards, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(here))
    ran = guards("report", *lay_out(here, verify=broken_verify()), "--out", "out")
    assert ran.code == 1
    assert "the job's summary could not be written" in ran.err


def test_what_was_found_by_verify_is_reported_as_it_was_written(here: Path, guards: Guards) -> None:
    ran = guards("report", *lay_out(here, verify=verify({"useful": "vacuous"})), "--out", "out")
    assert ran.code == 3
    assert "properties held           12 of 13" in ran.out
