"""The figures of earlier runs: JSON Lines, a line a run, oldest first. What a line looks like is said in `results`.

A history with one bad line is not shown at all: a curve with a hole that nobody sees is worse than none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from guards.results import HistoryLine, ResultFileError, read_history_line

LINES_MAX: Final = 10_000
SHOWN_MAX: Final = 60
"""How many of the latest runs are drawn."""


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


def series(runs: Sequence[HistoryLine]) -> dict[str, list[tuple[str, float]]]:
    """Each figure with its (commit, value) pairs over the latest runs; a run without the figure is left out of it."""
    found: dict[str, list[tuple[str, float]]] = {}
    for run in runs[-SHOWN_MAX:]:
        for name, value in run.figures.items():
            found.setdefault(name, []).append((run.commit or "unknown", value))
    return found
