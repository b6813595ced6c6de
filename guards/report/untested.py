"""Statements of the guard that were never put to the test: no mutant reached them, or nothing that ran entered them.

They count neither for the tests nor against them, so they are told with their lines and fail nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from guards.report.text import first_few, ranges
from guards.results import MutateResult

FILES_MAX = 20
LINES_MAX = 8
"""Ranges of lines that are named for each file."""
PLACES_MAX = 3


@dataclass(frozen=True, slots=True)
class Untested:
    """One file with such statements, each as a number and where the first few stand."""

    file: str
    unmutated: str
    unentered: str


def untested(result: MutateResult) -> list[Untested]:
    """Every file with such statements; what nothing entered first, since a mutant there says nothing either."""
    files = {file for named in (result.unmutated, result.unentered) for file, lines in named.items() if lines}
    numbers = {file: (len(result.unentered.get(file, ())), len(result.unmutated.get(file, ()))) for file in files}
    ranked = sorted(files, key=lambda file: (-numbers[file][0], -numbers[file][1], file))
    return [
        Untested(file, _told(result.unmutated.get(file, ())), _told(result.unentered.get(file, ()))) for file in ranked
    ]


def sentence(result: MutateResult) -> str:
    """How many there are, and where the first few stand that nothing entered; nothing of a result without lines."""
    if not result.lines:
        return ""
    said = f"No mutant reached {_number(result.unmutated):,} of {result.lines:,} statements; "
    if not sum(result.baseline.cases):
        return f"{said}nothing was run."
    places = [f"{file}:{lines}" for file, named in sorted(result.unentered.items()) for lines in ranges(named)]
    few = f": {first_few(places, PLACES_MAX)}" if places else ""
    return f"{said}nothing that ran entered {_number(result.unentered):,}{few}."


def _number(named: Mapping[str, Sequence[int]]) -> int:
    return sum(map(len, named.values()))


def _told(lines: Sequence[int]) -> str:
    return f"{len(lines):,} ({first_few(ranges(lines), LINES_MAX)})" if lines else "0"
