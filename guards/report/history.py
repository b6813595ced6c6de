"""The figures of earlier runs: JSON Lines, a line a run, oldest first. What a line looks like is said in `results`.

A history with one bad line is not shown at all: a curve with a hole that nobody sees is worse than none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from guards.results import HistoryLine, ResultFileError, read_history_line

LINES_MAX: Final = 10_000
SHOWN_MAX: Final = 60
"""How many of the latest runs are drawn."""
OF: Final = ": of"
"""How the name of a whole ends that a figure is a part of."""


@dataclass(frozen=True, slots=True)
class Point:
    """One figure of one run."""

    commit: str
    value: float
    of: float | None = None
    """What it is a part of."""

    @property
    def height(self) -> float:
        return self.value if self.of is None else 100 * self.value / self.of

    @property
    def shown(self) -> str:
        return number(self.value) if self.of is None else f"{number(self.value)} of {number(self.of)}"


def number(value: float) -> str:
    """A number as it is read.

    >>> number(1574.0), number(99.25)
    ('1,574', '99.25')
    """
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def read_history(data: bytes) -> tuple[HistoryLine, ...]:
    """The runs, oldest first. Raises `ResultFileError` with the number of the first line that is none."""
    lines = [line for line in data.split(b"\n") if line.strip()]
    if len(lines) > LINES_MAX:
        raise ResultFileError(f"the history has {len(lines):,} lines; {LINES_MAX:,} is the most that is read")
    return tuple(_line(number, line) for number, line in enumerate(lines, 1))


def _line(number: int, line: bytes) -> HistoryLine:
    try:
        return read_history_line(line)
    except ResultFileError as error:
        raise ResultFileError(f"line {number:,} of the history: {error}") from error


def ending_with(run: HistoryLine, earlier: Sequence[HistoryLine]) -> list[HistoryLine]:
    """All of them, the run once: a gate that wrote its summary has put it there, and this may be a part of that."""
    if earlier and earlier[-1].commit == run.commit and run.figures.items() <= earlier[-1].figures.items():
        return [*earlier]
    return [*earlier, run]


def series(runs: Sequence[HistoryLine]) -> dict[str, list[Point]]:
    """Each figure over the latest runs, with what it is a part of; a run without the figure is left out of it."""
    found: dict[str, list[Point]] = {}
    for run in runs[-SHOWN_MAX:]:
        for name, value in run.figures.items():
            if not name.endswith(OF):
                point = Point(run.commit or "unknown", value, run.figures.get(name + OF))
                found.setdefault(name, []).append(point)
    return found
