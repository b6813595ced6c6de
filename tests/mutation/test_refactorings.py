"""Nobody cries wolf: refactorings that keep what the guard does, each a file of edits, go unnoticed by kit and tests.

A slow test runs them all through the lab, and beside them one that went wrong, so that silence means something.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from guards.mutation.catalogue import edited
from guards.mutation.experiment import Experiment, Findings
from guards.mutation.lab import run
from guards.mutation.mutant import Edit, Mutant
from guards.mutation.outcome import Subject
from guards.results import MutantOutcome

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(__file__).parent / "refactorings"
IDS = sorted(path.stem for path in FOLDER.glob("*.toml"))
WENT_WRONG = Edit(
    "guards/core/checks.py",
    "    if len(plan.targets) <= policy.limits.max_count:\n        return CLEAR\n",
    "    selected = len(plan.targets)\n    if selected < policy.limits.max_count:\n        return CLEAR\n",
)
"""A name for what is asked twice, and on the way the bound was lost."""


def edits(id: str) -> tuple[Edit, ...]:
    document = tomllib.loads((FOLDER / f"{id}.toml").read_text(encoding="utf-8"))
    assert set(document) == {"what", "edits"}
    assert document["what"].endswith(".")
    return tuple(Edit(**edit) for edit in document["edits"])


def subject(id: str, changes: tuple[Edit, ...]) -> Subject:
    sources = edited(id, changes, ROOT)
    file, place = changes[0].file, (1, 0)
    return Subject(Mutant(id, "refactoring", id, file, place, place, "", "", "", tuple(sources.items()), id))


@pytest.mark.parametrize("id", IDS)
def test_a_refactoring_fits_the_source_as_it_is_and_is_another_program(id: str) -> None:
    changes = edits(id)
    assert set(edited(id, changes, ROOT)) == {edit.file for edit in changes}


def test_there_are_more_than_ten_and_some_in_every_room() -> None:
    files = [edit.file for id in IDS for edit in edits(id)]
    assert len(IDS) > 10
    for room in ("guards/core/", "guards/runtime/", "guards/wire.py", "guards/adapters/"):
        assert any(file.startswith(room) for file in files)


def experiment(*subjects: Subject, tests: tuple[str, ...]) -> Experiment:
    files = sorted({file for one in subjects for file, _ in one.mutant.sources})
    return Experiment(
        root=ROOT,
        service="guards.reference:make_service",
        files=tuple(files),
        tests=tests,
        configuration="pyproject.toml",
        workers=2,
    )


@pytest.fixture(scope="module")
def found() -> Findings:
    """All of them against the reference platform, and whom the kit does not alarm against the guard's own tests."""
    subjects = [subject(id, edits(id)) for id in IDS]
    own = ("tests/core", "tests/runtime", "tests/golden")  # those that take a second
    return run(experiment(*subjects, tests=own), [*subjects, subject("went-wrong", (WENT_WRONG,))])


@pytest.mark.slow
def test_what_keeps_its_behaviour_is_noticed_by_nobody(found: Findings) -> None:
    alarms = {one.id: f"{one.outcome}: {one.by} {one.why}" for one in found.mutants if one.kill or one.breaches}
    assert set(alarms) == {"went-wrong"}, alarms
    assert {one.outcome.value for one in found.mutants if one.id in IDS} <= {"missed", "equivalent"}
    assert {one.id for one in found.mutants} == {*IDS, "went-wrong"}


@pytest.mark.slow
def test_a_refactoring_that_went_wrong_is_noticed_by_the_kit() -> None:
    wrong = subject("went-wrong", (WENT_WRONG,))
    (result,) = run(experiment(wrong, tests=()), [wrong]).mutants
    assert (result.outcome, result.kill) == (MutantOutcome.CAUGHT, "assertion")
    assert result.noticed_by
