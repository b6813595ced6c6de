"""Few cases a mutant find the same breaches as all: shown where a barrier is missing, so that there are breaches."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from guards.mutation.experiment import Experiment
from guards.mutation.gather import gather
from guards.mutation.ground import Ground, Keys
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


def breaching(
    base: tuple[Edit, ...], subjects: list[Subject], chosen: Callable[[Reached, Keys], Sequence[int]]
) -> set[str]:
    """Of these mutants those that breach in the cases that are chosen for what they touch."""
    files = tuple(sorted({one.mutant.file for one in subjects} | {edit.file for edit in base}))
    experiment = Experiment(
        HOME, "tests.mutation.faultless:Faultless", files, base=base, properties=("isolation",), workers=2
    )
    with Ground.opened(experiment) as ground, ThreadPoolExecutor(2) as executor:
        ground.cases = {1: ground.stand(1)}
        ground.keep_the_cases_warm()
        reached = ground.cases[1].reached

        def breaches(subject: Subject) -> bool:
            variant = ground.variant(subject)
            return ground.attacked(variant, 1, chosen(reached, variant.keys), drill=False).breach is not None

        found = executor.map(breaches, subjects)
        return {subject.mutant.id for subject, does in zip(subjects, found, strict=True) if does}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("missing", "places"),
    [
        (
            ("execution", "write"),
            {
                "guards/core/checks.py": (
                    "caller_may_ask",
                    "targets_belong_to_the_organization",
                    "nobody_else_depends_on_a_target",
                ),
                "guards/core/decision.py": ("_ask",),
                "guards/core/ids.py": ("_Id.__eq__",),
                "guards/core/plan.py": ("targets_among",),
                "guards/runtime/snapshot.py": ("take_snapshot",),
                "guards/wire.py": ("from_text", "_schema", "_verb", "again", "_distinct"),
            },
        ),
        (
            ("decision", "write"),
            {"guards/runtime/execute.py": ("the_one_organization", "_fits", "_is_selected", "_of_others", "_unfit")},
        ),
    ],
    ids=["the decision alone", "the execution alone"],
)
def test_the_essential_cases_find_every_breach_that_all_of_them_find(
    missing: tuple[str, ...], places: dict[str, tuple[str, ...]]
) -> None:
    base = tuple(Edit(**edit) for name in missing for edit in BARRIERS[name])
    subjects = subjects_in(places, base)
    few = breaching(base, subjects, Reached.essential)
    assert few == breaching(base, subjects, Reached.by)
    assert len(few) >= 8
