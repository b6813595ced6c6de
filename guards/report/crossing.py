"""The crossing table as a heat map: caller, relation and state down, craft family across.

Every combination stands in it, of each state that the service can be in, so that one that was never tried is seen as
an empty cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, product

from guards.results import CellResult, Verdict
from guards.testing.crafts import FAMILIES, craft_name
from guards.testing.scene import Family

RELATIONS = ("own", "other project", "other organization", "none")
CALLERS = ("tenant", "operator")
STATES = {
    "plain": "",
    "read-only": "read-only-inert",
    "held": "hold-respected",
    "depended on": "dependents-safe",
    "over the limit": "blast-radius",
    "dry run": "dry-run-inert",
    "a port fails": "fail-closed",
}
"""With the property that is unsupported where a service cannot be in that state."""
NO_CRAFT, SEVERAL, OTHER = "no craft", "several crafts", "other"
HEATS = (0, 1, 10, 100, 1_000)
"""From how many attempts on a cell is of the next shade."""


@dataclass(frozen=True, slots=True)
class Heat:
    """One square of the picture: the sums over all operations and crafts of a family."""

    attempts: int = 0
    refused: int = 0
    effects: int = 0
    vacuous: int = 0
    """How many of its cells lack a positive control."""
    cells: int = 0

    @property
    def shade(self) -> int:
        return sum(self.attempts >= least for least in HEATS[1:])

    def plus(self, cell: CellResult) -> Heat:
        return Heat(
            self.attempts + cell.attempts,
            self.refused + cell.refused,
            self.effects + cell.effects,
            self.vacuous + (not cell.controls),
            self.cells + 1,
        )


@dataclass(frozen=True, slots=True)
class Row:
    """Calls of one kind of caller, as far from its own, in one state."""

    caller: str
    relation: str
    state: str
    heats: tuple[Heat, ...]
    rank: int = 0
    """How many rows its caller and relation have, on the first of them; 0 on the others."""

    @property
    def attempts(self) -> int:
        return sum(heat.attempts for heat in self.heats)


@dataclass(frozen=True, slots=True)
class Crossing:
    """The whole picture."""

    families: tuple[str, ...]
    rows: tuple[Row, ...]
    empty: int
    """Squares of the picture that were never tried."""
    squares: int
    vacuous: int
    """Squares that were tried, none of whose cells has a positive control."""
    vacuous_cells: int


def crossing(cells: Sequence[CellResult], verdicts: Mapping[str, Verdict]) -> Crossing:
    """The picture of these cells; with every relation and state that can be, whether it was met or not."""
    families = _families(cells)
    callers = {cell.caller for cell in cells}
    relations = {cell.relation for cell in cells} | set(RELATIONS)
    states = {state_of(cell.state) for cell in cells} | _possible(verdicts)
    sums: dict[tuple[str, str, str], dict[str, Heat]] = {key: {} for key in product(callers, relations, states)}
    for cell in cells:
        row = sums[cell.caller, cell.relation, state_of(cell.state)]
        family = family_of(cell.craft)
        row[family] = row.get(family, Heat()).plus(cell)
    rows = _ranked(
        Row(caller, relation, state, tuple(row.get(family, Heat()) for family in families))
        for (caller, relation, state), row in sorted(sums.items(), key=lambda item: _place(*item[0]))
    )
    heats = [heat for row in rows for heat in row.heats]
    return Crossing(
        families,
        rows,
        empty=sum(not heat.attempts for heat in heats),
        squares=len(heats),
        vacuous=sum(heat.attempts > 0 and heat.vacuous == heat.cells for heat in heats),
        vacuous_cells=sum(not cell.controls for cell in cells),
    )


def family_of(craft: str) -> str:
    """The family that a craft, as a cell names it, plays on.

    >>> family_of("project_id:null"), family_of(""), family_of("a:null+b:null"), family_of("mine")
    ('absence', 'no craft', 'several crafts', 'other')
    """
    if not craft:
        return NO_CRAFT
    if "+" in craft:
        return SEVERAL
    family = FAMILIES.get(craft_name(craft))
    return family.value if family is not None else OTHER


def state_of(state: str) -> str:
    """The state, with all faults as one: which port fails is told by the result file."""
    return "a port fails" if state.startswith("fault ") else state


def _families(cells: Iterable[CellResult]) -> tuple[str, ...]:
    met = {family_of(cell.craft) for cell in cells}
    return (NO_CRAFT, *(family.value for family in Family), *(name for name in (SEVERAL, OTHER) if name in met))


def _possible(verdicts: Mapping[str, Verdict]) -> set[str]:
    """The states that a service of these verdicts can be in."""
    return {
        state
        for state, property in STATES.items()
        if not property or verdicts.get(property, Verdict.UNSUPPORTED) is not Verdict.UNSUPPORTED
    }


def _place(*names: str) -> list[tuple[int, str]]:
    """Where a caller, a relation and a state stand: those that are known in their order, and others behind them."""
    orders = (CALLERS, RELATIONS, tuple(STATES))
    return [
        (order.index(name) if name in order else len(order), name) for order, name in zip(orders, names, strict=True)
    ]


def _ranked(rows: Iterable[Row]) -> tuple[Row, ...]:
    ranked: list[Row] = []
    for _, group in groupby(rows, key=lambda row: (row.caller, row.relation)):
        first, *rest = group
        ranked += [replace(first, rank=1 + len(rest)), *rest]
    return tuple(ranked)
