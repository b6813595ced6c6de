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


def chart(name: str, runs: Sequence[tuple[str, float]]) -> Chart:
    """The chart of these (commit, value) pairs, of which there is at least one."""
    values = [value for _, value in runs]
    least, most = min(values), max(values)
    step = (WIDTH - 2 * MARGIN) / max(len(values) - 1, 1)
    points = [(round(MARGIN + n * step, 1), _height(value, least, most)) for n, value in enumerate(values)]
    return Chart(
        name,
        tuple(points),
        tuple((commit[:12], number(value)) for commit, value in runs),
        number(least),
        number(most),
        _change(values),
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


def _change(values: Sequence[float]) -> str:
    if len(values) < 2:
        return "the first run"
    difference = values[-1] - values[-2]
    return "as before" if not difference else f"{'up' if difference > 0 else 'down'} by {number(abs(difference))}"
