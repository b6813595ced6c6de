"""Small charts of earlier runs, as points for an SVG line; the numbers stand beside every one of them.

Drawn here rather than by a plotting library: those that were looked at (pygal, matplotlib, Altair, Plotly) write fixed
colours, which a page for light, dark and paper cannot use, or need a script, and a line of points needs neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 200
HEIGHT: Final = 44
MARGIN: Final = 5


@dataclass(frozen=True, slots=True)
class Chart:
    """One figure over the runs."""

    name: str
    points: tuple[tuple[float, float], ...]
    values: tuple[tuple[str, str], ...]
    """Commit and number of each run, the latest last."""
    least: str
    most: str
    change: str
    """What the latest run did to it, in words."""

    @property
    def line(self) -> str:
        return " ".join(f"{x:g},{y:g}" for x, y in self.points)


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


def chart(name: str, runs: Sequence[Point]) -> Chart:
    """The chart of these runs, of which there is at least one; by shares where every run says of what."""
    if any(not run.of for run in runs):
        runs = [Point(run.commit, run.value) for run in runs]
    heights = [run.height for run in runs]
    least, most = min(heights), max(heights)
    step = (WIDTH - 2 * MARGIN) / max(len(runs) - 1, 1)
    points = [(round(MARGIN + n * step, 1), _height(height, least, most)) for n, height in enumerate(heights)]
    unit = "" if runs[0].of is None else " %"
    return Chart(
        name,
        tuple(points),
        tuple((run.commit[:12], run.shown) for run in runs),
        number(least) + unit,
        number(most) + unit,
        _change(runs),
    )


def number(value: float) -> str:
    """A number as it is read.

    >>> number(1574.0), number(99.25)
    ('1,574', '99.25')
    """
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def _height(value: float, least: float, most: float) -> float:
    if most == least:
        return HEIGHT / 2
    return round(HEIGHT - MARGIN - (value - least) / (most - least) * (HEIGHT - 2 * MARGIN), 1)


def _change(runs: Sequence[Point]) -> str:
    if len(runs) < 2:
        return "the first run"
    before, now = runs[-2], runs[-1]
    if before.of != now.of:
        return f"after {before.shown}"
    difference = now.value - before.value
    return "as before" if not difference else f"{'up' if difference > 0 else 'down'} by {number(abs(difference))}"
