"""The guard's source with its marks: on each line, what the lab changed there and what came of it.

A file whose mutants no longer stand where they say is shown without marks, since they would stand on the wrong lines.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from guards.report.doubts import original_stands
from guards.report.incidents import singles
from guards.report.record import Record
from guards.report.text import counted, visible_lines
from guards.results import MutantOutcome, MutantResult

AROUND = 3
"""Lines shown before and after a marked one."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file."""

    number: int
    text: str
    mark: str
    """breach, missed, caught, or nothing."""
    mutants: tuple[MutantResult, ...]
    breaches: int
    """How many of them reach another tenant by themselves."""

    @property
    def said(self) -> str:
        """The mark in words."""
        if not self.mutants:
            return ""
        left = sum(not mutant.outcome.is_good for mutant in self.mutants)
        parts = [counted(len(self.mutants), "mutant")]
        parts += (
            [f"{self.breaches:,} that breach{'es by itself' if self.breaches == 1 else ' by themselves'}"]
            if self.breaches
            else []
        )
        parts += [f"{left:,} not caught"] if left else []
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Some lines of a file, one after another."""

    file: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class MarkedFile:
    """A whole file."""

    path: str
    lines: tuple[Line, ...]
    breaches: int
    left: int
    mutants: int
    is_known: bool
    """Whether its source was there, and was the one that was mutated."""


def marked_files(record: Record) -> list[MarkedFile]:
    """Every file that was mutated, the worst first."""
    by_file: dict[str, list[MutantResult]] = {}
    for mutant in record.mutate.mutants if record.mutate is not None else ():
        if mutant.outcome is not MutantOutcome.STALE:
            by_file.setdefault(mutant.file, []).append(mutant)
    breaching = {mutant.id for mutant in singles(record)}
    files = [_marked(path, record.source(path), mutants, breaching) for path, mutants in by_file.items()]
    return sorted(files, key=lambda file: (-file.breaches, -file.left, file.path))


def excerpts(record: Record, files: Sequence[MarkedFile]) -> list[Excerpt]:
    """The lines around each single point of failure; those that meet are shown as one."""
    wanted = {mutant.file for mutant in singles(record)}
    return [excerpt for file in files if file.path in wanted for excerpt in _around(file)]


def _marked(path: str, source: str | None, mutants: Sequence[MutantResult], breaching: Collection[str]) -> MarkedFile:
    is_known = source is not None and all(original_stands(mutant, source) for mutant in mutants)
    by_line: dict[int, list[MutantResult]] = {}
    for mutant in mutants if is_known else ():
        by_line.setdefault(mutant.start[0], []).append(mutant)
    texts = visible_lines(source or "").split("\n")[: None if source else 0]
    if texts and not texts[-1]:
        texts.pop()
    return MarkedFile(
        path=path,
        lines=tuple(_line(number, text, by_line, breaching) for number, text in enumerate(texts, 1)),
        breaches=sum(mutant.id in breaching for mutant in mutants),
        left=sum(not mutant.outcome.is_good for mutant in mutants),
        mutants=len(mutants),
        is_known=is_known,
    )


def _line(number: int, text: str, by_line: Mapping[int, Iterable[MutantResult]], breaching: Collection[str]) -> Line:
    mutants = tuple(by_line.get(number, ()))
    breaches = sum(mutant.id in breaching for mutant in mutants)
    mark = "caught" if mutants else ""
    if any(not mutant.outcome.is_good for mutant in mutants):
        mark = "missed"
    if breaches:
        mark = "breach"
    return Line(number, text, mark, mutants, breaches)


def _around(file: MarkedFile) -> list[Excerpt]:
    found: list[list[Line]] = []
    marked = [line.number for line in file.lines if line.mark == "breach"]
    near = {number for at in marked for number in range(at - AROUND, at + AROUND + 1)}
    for line in file.lines:
        if line.number not in near:
            continue
        if not found or found[-1][-1].number != line.number - 1:
            found.append([])
        found[-1].append(line)
    return [Excerpt(file.path, tuple(lines)) for lines in found]
