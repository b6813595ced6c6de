"""A counterexample as a picture: tenants as lanes, objects as dots, calls as arrows, and harm in red.

Only where things go is worked out here; the template draws them, and writes the same steps as a list for those who
do not see the picture. A trace is somebody's file: references that lead nowhere are drawn to nowhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from guards.report.text import first_few, visible
from guards.results import StepShape, TraceFile

LABEL: Final = 190
"""Width of the lanes' names."""
COLUMN: Final = 190
TAIL: Final = 170
"""Room for what is written beside the last dots."""
DOT: Final = 24
"""Distance between two dots of a lane."""
EDGE: Final = 34
STEPS_MAX: Final = 12
"""How many of the last steps are drawn; the list has them all."""
LANES_MAX: Final = 8
DOTS_MAX: Final = 5
LISTED_MAX: Final = 200
NOBODY: Final = "no tenant"

Reached = tuple[str, str, str]
"""Lane, name, and what it became, of one object that a step leads to."""


@dataclass(frozen=True, slots=True)
class Lane:
    """One tenant, or the place of those who belong to none."""

    name: str
    note: str
    top: int
    height: int

    @property
    def middle(self) -> int:
        return self.top + self.height // 2


@dataclass(frozen=True, slots=True)
class Dot:
    """One object at one step."""

    x: int
    y: int
    name: str
    change: str
    """What it became; empty where it was only meant."""

    @property
    def is_harmed(self) -> bool:
        return bool(self.change)


@dataclass(frozen=True, slots=True)
class Call:
    """One step: where its caller stands, and the dots it leads to."""

    number: int
    x: int
    y: int
    label: str
    caller: str
    dots: tuple[Dot, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """One step in words."""

    caller: str
    text: str
    crafts: str


@dataclass(frozen=True, slots=True)
class Picture:
    """All that the template draws."""

    width: int
    height: int
    lanes: tuple[Lane, ...]
    calls: tuple[Call, ...]
    told: tuple[Told, ...]
    left_out: int
    """Steps before the first that is drawn."""
    untold: int
    """Steps beyond the last that is listed."""


def picture(trace: TraceFile) -> Picture:
    """Where everything in this counterexample goes."""
    homes = _homes(trace)
    steps = list(enumerate(trace.steps, 1))[-STEPS_MAX:]
    reached = {number: _reached(step, homes, trace, number == len(trace.steps)) for number, step in steps}
    lanes = _lanes(trace, homes, reached, [step for _, step in steps])
    by_name = {lane.name: lane for lane in lanes}
    calls = []
    for column, (number, step) in enumerate(steps):
        x = LABEL + EDGE + column * COLUMN
        home = by_name.get(homes.get(step.caller or "", NOBODY), lanes[0])
        dots = tuple(_dots(reached[number], by_name, x + COLUMN // 2))
        calls.append(Call(number, x, home.middle, step.do, step.caller or "nobody", dots))
    return Picture(
        width=LABEL + len(steps) * COLUMN + TAIL,
        height=sum(lane.height for lane in lanes) + 8,
        lanes=lanes,
        calls=tuple(calls),
        told=tuple(_told(step) for step in trace.steps[:LISTED_MAX]),
        left_out=len(trace.steps) - len(steps),
        untold=max(0, len(trace.steps) - LISTED_MAX),
    )


def _homes(trace: TraceFile) -> Mapping[str, str]:
    """The lane of everything that has a name."""
    world = trace.world
    names = {one.ref: one.ref for one in world.organizations}
    homes = {**names, **{one.ref: one.organization for one in world.projects}}
    homes |= {one.ref: one.organization for one in world.resources}
    homes |= {one.ref: one.organization or NOBODY for one in world.principals}
    return {ref: home if home in names else NOBODY for ref, home in homes.items()}


def _reached(step: StepShape, homes: Mapping[str, str], trace: TraceFile, is_last: bool) -> list[Reached]:
    """Lane, name and change of each object that a step leads to; what it broke belongs to the last."""
    things = {one.ref for one in trace.world.resources} | {one.ref for one in trace.world.projects}
    named = [ref for ref in dict.fromkeys(_refs(step.fields)) if ref in things]
    harmed = {}
    if is_last:
        for change in trace.changed:
            ref = change.object.split(" ")[0]
            home = homes.get(change.owner.split(" ")[0], homes.get(ref, NOBODY))
            became = f"{change.before} \u2192 {change.after}"
            harmed[change.object] = (home, ref if ref in homes else change.object, became)
    refs = {ref for _, ref, _ in harmed.values()}
    return [(homes[ref], ref, "") for ref in named if ref not in refs] + list(harmed.values())


def _lanes(
    trace: TraceFile, homes: Mapping[str, str], reached: Mapping[int, list[Reached]], steps: list[StepShape]
) -> tuple[Lane, ...]:
    used = {homes.get(step.caller or "", NOBODY) for step in steps}
    used |= {home for row in reached.values() for home, _, _ in row}
    names = [NOBODY] if NOBODY in used or not trace.world.organizations else []
    names += [one.ref for one in trace.world.organizations if one.ref in used]
    names += [one.ref for one in trace.world.organizations if one.ref not in used]
    ids = {one.ref: one.id for one in trace.world.organizations}
    lanes, top = [], 4
    for name in names[:LANES_MAX]:
        most = max((sum(home == name for home, _, _ in row) for row in reached.values()), default=0)
        height = max(78, DOT * min(most, DOTS_MAX + 1) + 24)
        note = visible(ids[name], 22) if name in ids else "operators, nobody"
        lanes.append(Lane(name, note, top, height))
        top += height
    return tuple(lanes)


def _dots(row: list[Reached], lanes: Mapping[str, Lane], x: int) -> Iterator[Dot]:
    for name, lane in lanes.items():
        mine = sorted((one for one in row if one[0] == name), key=lambda one: not one[2])
        shown, rest = mine[:DOTS_MAX], mine[DOTS_MAX:]
        count = len(shown) + bool(rest)
        for place, (_, ref, change) in enumerate(shown):
            y = lane.middle + int((place - (count - 1) / 2) * DOT)
            yield Dot(x, y, visible(ref, 14), visible(change, 22))
        if rest:
            change = "changed" if any(one[2] for one in rest) else ""
            yield Dot(x, lane.middle + int((count - 1) / 2 * DOT), f"and {len(rest):,} more", change)


def _refs(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        ref = value.get("$ref")
        if isinstance(ref, str):
            yield ref
        else:
            for part in value.values():
                yield from _refs(part)
    elif isinstance(value, list):
        for part in value:
            yield from _refs(part)


def _told(step: StepShape) -> Told:
    fields = ", ".join(f"{visible(name, 60)}={_symbol(value)}" for name, value in step.fields.items())
    return Told(step.caller or "nobody", f"{step.do} {fields}".strip(), first_few(step.crafts, 6))


def _symbol(value: Any) -> str:
    if isinstance(value, dict) and isinstance(value.get("$ref"), str):
        return visible(value["$ref"], 60)
    if isinstance(value, dict) and isinstance(value.get("$from"), str):
        return visible(f"{value['$from']}.{value.get('field')}", 60)
    if isinstance(value, list):
        return f"[{', '.join(_symbol(part) for part in value[:8])}{', ...' if len(value) > 8 else ''}]"
    return visible(json.dumps(value, ensure_ascii=False, default=repr), 60)
