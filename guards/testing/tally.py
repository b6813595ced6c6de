"""What a run really exercised: calls, refusals by reason, crossings, crafts, and for each cell its positive controls.

Nothing counts as evidence until a positive control says so: a refusal proves something only if the same call without
its crafts, in the same state, has its effect.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from guards.results import CellResult, TallyResult
from guards.testing.crafts import craft_name
from guards.testing.exchange import Exchange
from guards.testing.reading import Duty, Reason
from guards.testing.service import FieldKind, Operation, Outcome
from guards.testing.steps import Step


class Cell(NamedTuple):
    """Who called what, how far from its own, in which circumstances, with which craft."""

    caller: str
    operation: str
    relation: str
    state: str
    craft: str


class Shape(NamedTuple):
    """One way to make a call: the caller's role, the operation, and the fields that are sent."""

    caller: str
    operation: str
    fields: tuple[str, ...]

    def __str__(self) -> str:
        return f"`{self.operation}` by {self.caller}{' with ' if self.fields else ''}{', '.join(self.fields)}"


def shape_of(step: Step, role: str) -> Shape:
    return Shape(role, step.do, tuple(sorted(step.fields)))


_STATES = {
    Reason.READ_ONLY: "read-only",
    Reason.HOLD: "held",
    Reason.DEPENDENTS: "depended on",
    Reason.LIMIT: "over the limit",
    Reason.DRY_RUN: "dry run",
}


def cell_of(x: Exchange, role: str) -> Cell:
    """The cell of the crossing table that a call belongs to."""
    state = next((name for reason, name in _STATES.items() if reason in x.reading.reasons), "")
    state = state or (f"fault {x.fault}" if x.fault else "plain")
    return Cell(role, x.operation.name, x.reading.relation, state, "+".join(x.step.crafts))


@dataclass(slots=True)
class _Count:
    attempts: int = 0
    refused: int = 0
    effects: int = 0
    controls: int = 0
    crossings: int = 0
    crossings_hit: int = 0
    crafts: tuple[str, ...] = ()
    exercised: Counter[str] = field(default_factory=Counter)


class Tally:
    """Counts for one run. `note` each call; `control` each positive control that succeeded."""

    def __init__(self) -> None:
        self.calls = 0
        self.outcomes: Counter[Outcome] = Counter()
        self.refusals: Counter[str] = Counter()
        self.crafts: Counter[str] = Counter()
        self.failures: Counter[str] = Counter()
        self.did_something = False
        self._given: dict[str, set[str]] = {}
        """Operation -> all that accepted calls of it were answered with, by name."""
        self.failed_valid = 0
        """Well-formed calls that nothing stands against, and that were not answered."""
        self._stopped: set[Shape] = set()
        self._tried: set[Shape] = set()
        self._worked: set[Shape] = set()
        self._taken: set[Shape] = set()
        """What was accepted and not seen to change anything."""
        self._cells: dict[Cell, _Count] = defaultdict(_Count)

    def note(self, x: Exchange, role: str, exercised: Iterable[str]) -> Cell:
        """Count one call and the properties it exercised."""
        cell = cell_of(x, role)
        self.outcomes[x.outcome] += 1
        if not x.was_tried:
            return cell
        self.calls += 1
        self._note_given(x)
        if x.outcome is Outcome.REFUSED:
            self.refusals[x.reply.code or "(no code)"] += 1
        if x.outcome is Outcome.FAILED:
            self.failures[f"{x.operation.name}: {x.reply.code}: {str(x.reply.body)[:120]}"] += 1
            self.failed_valid += x.reading.duty is Duty.MUST
        for craft in x.step.crafts:
            self.crafts[craft_name(craft)] += 1
        self.did_something = self.did_something or bool(x.changes)
        count = self._cells[cell]
        count.attempts += 1
        count.refused += x.outcome is Outcome.REFUSED
        count.effects += bool(x.changes)
        count.crafts = x.step.crafts
        if x.reading.strangers and any(
            row.organization in x.reading.strangers and not row.gone for row in x.seen.values()
        ):
            count.crossings += 1
        count.crossings_hit += any(_owner(pair) not in x.reading.entitled for pair in x.changes.values())
        shape = shape_of(x.step, role)
        self._tried.add(shape)
        if x.was_stopped:
            self._stopped.add(shape)
            return cell  # it would have been refused whatever it was, and exercised nothing
        for name in exercised:
            count.exercised[name] += 1
        if is_control(x):
            count.controls += 1
            self._worked.add(shape)
        elif x.outcome is Outcome.ACCEPTED and not x.reading.reasons:
            self._taken.add(shape)
        return cell

    def _note_given(self, x: Exchange) -> None:
        if x.outcome is Outcome.ACCEPTED:
            body = x.reply.body if isinstance(x.reply.body, Mapping) else {}
            given = self._given.setdefault(x.operation.name, set())
            given.update(name for name, value in body.items() if value is not None and isinstance(name, str))

    def never_given(self, operations: Sequence[Operation]) -> str:
        """What an accepted call is said to answer with and never did, so that it was never sent; "" if nothing."""
        for operation in operations:
            wanted = [(operation.name, operation.gives, "the id of what it made")] if operation.gives else []
            tokens = [field for field in operation.fields.values() if field.kind is FieldKind.TOKEN]
            wanted += [(field.of, field.value, f"the token that `{operation.name}` takes") for field in tokens]
            for giver, name, what in wanted:
                if giver in self._given and name not in self._given[giver]:
                    return f"no accepted `{giver}` was answered with `{name}`, so that {what} was never sent"
        return ""

    def exercise(self, cell: Cell, name: str) -> None:
        """One more exercise of a property, by a call that has been counted already."""
        self._cells[cell].exercised[name] += 1

    def control(self, cell: Cell) -> None:
        """The positive control of this cell had its effect."""
        self._cells[cell].controls += 1

    def has_control(self, cell: Cell) -> bool:
        return cell in self._cells and self._cells[cell].controls > 0

    def has_any_control(self) -> bool:
        return any(count.controls for count in self._cells.values())

    def has_worked(self, shape: Shape) -> bool:
        """Whether a valid call of this shape was seen to have its effect."""
        return shape in self._worked

    def never_worked(self) -> str:
        """What is known of a way to call that was tried and never seen to work; "" if there is none."""
        never = min(self._tried - self._worked, default=None)
        if never is None:
            return ""
        if never in self._stopped:
            return f"every well-formed call of {never} was refused with a code that it may refuse with"
        if never in self._taken:
            return f"`observe` told no difference after any valid call of {never} that was accepted"
        return f"no valid call of {never} was seen to have its effect"

    def crafts_unproved(self) -> list[str]:
        """The crafts that were tried only in cells without a positive control."""
        proved = {craft_name(craft) for count in self._cells.values() if count.controls for craft in count.crafts}
        return sorted(self.crafts.keys() - proved)

    def exercised(self, name: str) -> int:
        """How often a property was exercised, in cells whose positive control succeeded."""
        return sum(count.exercised[name] for count in self._cells.values() if count.controls)

    def result(self) -> TallyResult:
        controlled = [count for count in self._cells.values() if count.controls]
        return TallyResult(
            calls=self.calls,
            accepted=self.outcomes[Outcome.ACCEPTED],
            refused=dict(sorted(self.refusals.items())),
            interrupted=self.outcomes[Outcome.INTERRUPTED],
            failed=self.outcomes[Outcome.FAILED],
            not_tried=self.outcomes[Outcome.NOT_TRIED],
            crossings=sum(count.crossings for count in controlled),
            crossings_hit=sum(count.crossings_hit for count in self._cells.values()),
            crafts=dict(sorted(self.crafts.items())),
            cells_vacuous=len(self._cells) - len(controlled),
        )

    def cells(self) -> list[CellResult]:
        return [
            CellResult(
                **cell._asdict(),
                attempts=count.attempts,
                refused=count.refused,
                effects=count.effects,
                controls=count.controls,
            )
            for cell, count in sorted(self._cells.items())
        ]


def is_control(x: Exchange) -> bool:
    """Whether this call, uncrafted, shows that such calls do work: it had its effect, or needs none."""
    if x.outcome is not Outcome.ACCEPTED or x.reading.reasons:
        return False
    return bool(x.changes) or not x.operation.must_show


def _owner(pair: tuple[Any, Any]) -> Any:
    before, after = pair
    return (before or after).organization
