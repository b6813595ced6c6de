"""Who reached what: each function of the guard with the tests and the properties that ran it, branch by branch.

Tests come from coverage's contexts, properties from the lab, which ran the kit's cases. Both tell lines; a branch is
credited to whoever ran both of its ends.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from guards.report.coverage import Branch, Coverage, CoveredFile, CoveredFunction
from guards.report.record import Record
from guards.testing.properties import NAMES

FEW: Final = 3
"""So many tests are named at a branch."""


@dataclass(frozen=True, slots=True)
class ReachedBranch:
    """One branch with those who ran both of its ends."""

    branch: Branch
    tests: tuple[str, ...]
    properties: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reached:
    """One function with who ran it and who noticed a change in it."""

    function: CoveredFunction
    tests: tuple[str, ...]
    properties: tuple[str, ...]
    noticed_by: tuple[str, ...]
    branches: tuple[ReachedBranch, ...]


def covered_files(record: Record) -> list[CoveredFile]:
    """Those of the guard, the least covered first."""
    coverage = _of_the_guard(record)
    return sorted(coverage.files, key=lambda file: (-file.branches_missing, file.path)) if coverage is not None else []


def knows_properties(record: Record) -> bool:
    """Whether anything says which property ran what; results of earlier versions do not."""
    coverage = _of_the_guard(record)
    in_contexts = coverage is not None and any(
        _property_in(name) for file in coverage.files for function in file.functions for name in function.contexts
    )
    return in_contexts or (record.mutate is not None and bool(record.mutate.reached))


def reached(record: Record) -> list[tuple[str, list[Reached]]]:
    """The functions of each file, in their order."""
    noticed: dict[tuple[str, str], set[str]] = {}
    for mutant in record.mutate.mutants if record.mutate is not None else ():
        if mutant.function:
            noticed.setdefault((mutant.file, mutant.function), set()).update(mutant.noticed_by)
    lines = record.mutate.reached if record.mutate is not None else {}
    return [
        (
            file.path,
            [
                _who(function, lines.get(file.path, {}), noticed.get((file.path, function.name), ()))
                for function in file.functions
            ],
        )
        for file in covered_files(record)
    ]


def _who(function: CoveredFunction, lines: Mapping[str, list[int]], noticed_by: Collection[str]) -> Reached:
    own = {name: inside for name, ran in lines.items() if (inside := {*function.ran}.intersection(ran))}
    branches = tuple(_credited(branch, own) for branch in function.branches)
    return Reached(
        function,
        tuple(_tests(function.contexts)),
        tuple(sorted({*own, *_properties(function.contexts)})),
        tuple(sorted(noticed_by)),
        branches,
    )


def _credited(branch: Branch, lines: Mapping[str, Collection[int]]) -> ReachedBranch:
    ends = {branch.start, branch.end} if branch.end > 0 else {branch.start}
    by = {name for name, ran in lines.items() if branch.is_reached and ends <= set(ran)}
    return ReachedBranch(branch, tuple(_tests(branch.contexts)), tuple(sorted({*by, *_properties(branch.contexts)})))


def _of_the_guard(record: Record) -> Coverage | None:
    paths = record.mutate.paths if record.mutate is not None else ()
    return record.coverage.of(paths) if record.coverage is not None else None


def _tests(contexts: Collection[str]) -> Iterator[str]:
    return (name for name in sorted(contexts) if not _property_in(name))


def _properties(contexts: Collection[str]) -> Iterator[str]:
    return (found for name in contexts if (found := _property_in(name)))


def _property_in(context: str) -> str:
    """The property that a context is about: by its very name, after a colon, or as a test's parameter."""
    return next((name for name in NAMES if context == name or context.endswith((f":{name}", f"[{name}]"))), "")
