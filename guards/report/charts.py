"""Small charts of earlier runs, drawn by pygal as inline SVG; the numbers stand beside every one of them.

Of what pygal draws, the line and its points are kept. Its colours, its script and its tooltips are not: the page has
its own style for light, dark and paper, runs nothing, and says the numbers in words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from xml.etree import ElementTree

import pygal
from markupsafe import Markup

from guards.report.history import Point, number

PLAIN: Final[dict[str, Any]] = {
    "width": 200,
    "height": 44,
    "margin": 5,
    "spacing": 0,
    "show_legend": False,
    "show_x_labels": False,
    "show_y_labels": False,
    "show_y_guides": False,
    "css": [],
    "js": [],
}
"""A plot of nothing but its line, and no style or script from elsewhere. The size is in the units of the drawing."""


@dataclass(frozen=True, slots=True)
class Chart:
    """One figure over the runs."""

    name: str
    drawing: Markup
    """The line and its points; what it shows to those who do not see it is left to the page."""
    values: tuple[tuple[str, str], ...]
    """Commit and number of each run, the latest last."""
    least: str
    most: str
    change: str
    """What the latest run did to it, in words."""


def chart(name: str, runs: Sequence[Point], *, is_of_now: bool = True) -> Chart:
    """The chart of these runs, of which there is at least one; by shares where every run says of what.

    The last one is the run that is reported on, unless that one did not measure the figure.
    """
    if any(not run.of for run in runs):
        runs = [Point(run.commit, run.value) for run in runs]
    heights = [run.height for run in runs]
    least, most = min(heights), max(heights)
    unit = "" if runs[0].of is None else " %"
    return Chart(
        name,
        _drawn(heights),
        tuple((run.commit[:12], run.shown) for run in runs),
        number(least) + unit,
        number(most) + unit,
        _change(runs) if is_of_now else "in an earlier run, unknown of this one",
    )


def _drawn(heights: Sequence[float]) -> Markup:
    """What pygal makes of these numbers, without what is not a shape."""
    plot = pygal.Line(**PLAIN)
    plot.add(None, heights)
    parts = plot.render_tree().iter()
    shapes = [part for part in parts if part.get("class", "").split(" ")[0] in ("line", "dot")]
    return Markup("").join(Markup(ElementTree.tostring(shape, encoding="unicode")) for shape in shapes)


def _change(runs: Sequence[Point]) -> str:
    if len(runs) < 2:
        return "the first run"
    before, now = runs[-2], runs[-1]
    if before.of != now.of:
        return f"after {before.shown}"
    difference = now.value - before.value
    return "as before" if not difference else f"{'up' if difference > 0 else 'down'} by {number(abs(difference))}"
