"""Few cases a mutant find the same breaches as all: shown where a barrier is missing, so that there are breaches."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from guards.mutation.experiment import Experiment
from guards.mutation.gather import gather
from guards.mutation.lab import run
from guards.mutation.mutant import Edit
from guards.mutation.outcome import Subject
from guards.mutation.reach import Reached

HOME = Path(__file__).parents[2]
BARRIERS = tomllib.loads((HOME / "pyproject.toml").read_text())["tool"]["guards"]["mutate"]["barriers"]


def subjects_in(places: dict[str, tuple[str, ...]], base: tuple[Edit, ...]) -> list[Subject]:
    """The safety mutants of these functions, but for those of the lines that are missing already."""
    found = gather(HOME, tuple(places), ("safety",), HOME / "mutation/catalogue", all_entries=False).subjects
    inside = [one for one in found if one.mutant.function in places[one.mutant.file]]
    return [
        one
        for one in inside
        if all(text.count(edit.before) == 1 for file, text in one.mutant.sources for edit in base if edit.file == file)
    ]


def breaching(base: tuple[Edit, ...], subjects: list[Subject]) -> set[str]:
    files = tuple(sorted({one.mutant.file for one in subjects} | {edit.file for edit in base}))
    service, isolation = "tests.mutation.faultless:Faultless", ("isolation",)
    experiment = Experiment(HOME, service, files, base=base, properties=isolation, with_machine=False, workers=2)
    return {result.id for result in run(experiment, subjects).mutants if result.breaches}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("missing", "places"),
    [
        (
            ("execution", "write"),
            {
                "guards/core/checks.py": ("caller_may_ask", "targets_belong_to_the_organization"),
                "guards/core/ids.py": ("_Id.__eq__",),
                "guards/core/plan.py": ("targets_among",),
            },
        ),
        (("decision", "write"), {"guards/runtime/execute.py": ("_fits", "_is_selected", "_of_others", "_unfit")}),
    ],
    ids=["the decision alone", "the execution alone"],
)
def test_few_cases_find_every_breach_that_all_of_them_find(
    monkeypatch: pytest.MonkeyPatch, missing: tuple[str, ...], places: dict[str, tuple[str, ...]]
) -> None:
    base = tuple(Edit(**edit) for name in missing for edit in BARRIERS[name])
    subjects = subjects_in(places, base)
    few = breaching(base, subjects)
    monkeypatch.setattr(Reached, "distilled", Reached.by)
    assert few == breaching(base, subjects)
    assert len(few) >= 3
