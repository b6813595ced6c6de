"""The rounds of a run: what each of them runs, what is kept of it, and the verdict that it comes to.

What a round does follows from the seed and the round's number alone. It goes through the enumerated layers first and
the state machine after them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from guards.results import Verdict
from guards.testing.calls import Case, kinds_of, roles_of, usual_calls
from guards.testing.declarations import AdapterError
from guards.testing.exchange import Exchange, failure_in_words
from guards.testing.judges import IDLE, did_nothing
from guards.testing.machine import make_machine, run_machine
from guards.testing.properties import PROPERTIES, Property, is_supported, judge
from guards.testing.replay import Session, Stage
from guards.testing.service import Outcome, Service
from guards.testing.single_fault import cases
from guards.testing.steps import Step
from guards.testing.tally import Cell, Shape, Tally, cell_of, is_control, shape_of
from guards.testing.trace import CALL_ANSWERED, Trace, call_answered
from guards.testing.twins import Twins, run_with_twin
from guards.testing.world import STYLES, Unexpressible, World, make_world, redrawn

STEPS = 20
"""Most steps in one of them."""
TWIN_EVERY = 8
"""One sequence in so many is run again without the tenants that have nothing to do with it."""
REDRAWS = 24
"""Worlds with other ids that are tried where a valid call does not work in the one that was drawn."""
CHANCES = 3
"""Drawn calls of one cell for which a control is looked for."""
MACHINE = "state machine"
"""What is being done, once the cases are."""

Progress = Callable[[int, int, int, str], None]
"""Called now and then with the round, how much of it is done, how much there is in all (its cases and the machine's
sequences), and what is being done.
"""


class Interrupted(KeyboardInterrupt):
    """A run that was stopped from the keyboard. `calls` were made by then, and `broken` names the properties that were
    seen broken; no other has a verdict.
    """

    def __init__(self, calls: int, broken: Sequence[str]) -> None:
        super().__init__()
        self.calls, self.broken = calls, tuple(broken)


@dataclass(frozen=True, slots=True)
class _Unproved:
    """What ran in cells without a working control, and the cases that may still show one: those in its own world, the
    nearest first, and the one that can also run in others. A case without steps has run already.
    """

    cells: frozenset[Cell]
    nearby: tuple[Case, ...]
    elsewhere: Case

    @property
    def shape(self) -> Shape:
        step = _control_of(self.elsewhere)[-1]
        return shape_of(step, _role(self.elsewhere.world, step))


@dataclass(slots=True)
class Rounds:
    """What one run has done so far, and what came of it."""

    service: Service
    properties: tuple[Property, ...]
    seed: int
    examples: int
    progress: Progress | None = None
    tally: Tally = field(default_factory=Tally)
    broken: dict[str, Trace] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    idle: Trace | None = None
    """The first well-formed call that was accepted and had no effect, whether or not any other had one."""
    failed: Trace | None = None
    """The first call that the service failed to answer."""
    collisions: dict[str, str] = field(default_factory=dict)
    controls: dict[tuple[int, str], bool] = field(default_factory=dict)
    round: int = 0
    _unproved: list[_Unproved] = field(default_factory=list)
    _given_up: set[Cell | Shape] = field(default_factory=set)
    """What had no working control in any world that was drawn for it in this round."""
    _redrawn: dict[tuple[str, int, int], World | None] = field(default_factory=dict)
    stage: Stage = field(init=False)
    twins: Twins = field(init=False)
    judged: tuple[Property, ...] = field(init=False)
    """The properties that this service can be judged by."""

    def __post_init__(self) -> None:
        self.stage, self.twins = Stage(self.service), Twins(self.service)
        self.judged = tuple(property for property in self.properties if is_supported(property, self.service))

    # --- one case ---

    def run_case(self, case: Case) -> None:
        """Run a case after its control; what ends without one that works is put by for `run_elsewhere`."""
        works = case.control is not None and self._control(case.world, case.control)
        cells = self._run(case)
        if works:
            self._have_a_control(cells)
        elif not all(map(self.tally.has_control, cells)):
            self._unproved.append(_Unproved(cells, (), case))

    def _run(self, case: Case) -> frozenset[Cell]:
        """Run a case; the cells in which the operation that it is about was tried."""
        if case.twin and len(case.steps) > 1:
            trace, exchanges = case.steps, run_with_twin(self.service, case.world, case.steps)
            self.stage = Stage(self.service)
        else:
            session, trace, exchanges = self.stage.run(case.world, case.steps)
            if case.twin:
                self.twins.add(session, exchanges[-1])
        cells = [(x.outcome, self.look(case.world, trace, x)) for x in exchanges]
        tried = (cell for outcome, cell in cells if outcome is not Outcome.NOT_TRIED)
        return frozenset(cell for cell in tried if cell.operation == _control_of(case)[-1].do)

    def run_elsewhere(self) -> None:
        """Look again for a control of what ended without one; in the end in worlds with other ids, where it, too, runs
        again.
        """
        for unproved in self._unproved:
            self._prove(unproved, unproved.nearby)
        for unproved in self._unproved:
            case = unproved.elsewhere
            self._prove(unproved, (replace(case, world=world) for world in self._redraws(case.world)))
            self._given_up.update(cell for cell in unproved.cells if not self.tally.has_control(cell))
            self._given_up.update([unproved.shape] if not self.tally.has_worked(unproved.shape) else [])
        self._unproved.clear()

    def _prove(self, unproved: _Unproved, cases: Iterable[Case]) -> None:
        """Go through these cases until a control has worked for each of the cells."""
        for case in cases:
            if self.is_settled() or self._is_done(unproved):
                return
            try:
                if self._control(case.world, _control_of(case)):
                    self._have_a_control(self._run(case) if case.steps else unproved.cells)
            except Unexpressible:
                continue

    def _is_done(self, unproved: _Unproved) -> bool:
        """Whether nothing is lacking any more, or only what was looked for everywhere."""
        if unproved.shape in self._given_up and not self.tally.has_worked(unproved.shape):
            return True
        return all(cell in self._given_up or self.tally.has_control(cell) for cell in unproved.cells)

    def _have_a_control(self, cells: Iterable[Cell]) -> None:
        for cell in cells:
            self.tally.control(cell)

    def _redraws(self, world: World) -> Iterator[World]:
        """Worlds like this one with other ids: the same ones for all that ran in it."""
        for n in range(REDRAWS):
            key = (world.style, len(world.resources), n)
            if key not in self._redrawn:
                self._redrawn[key] = redrawn(world, _mix(_mix(self.seed, self.round), n + 1))
            if (other := self._redrawn[key]) is not None:
                yield other

    def run_twins(self) -> None:
        """The calls that were put by, again without those who have nothing to do with them."""
        for world, x in self.twins.run():
            finding = _NONINTERFERENCE.judge(x)
            if finding.exercised and _NONINTERFERENCE in self.properties:
                self.tally.exercise(cell_of(x, _role(world, x.step)), _NONINTERFERENCE.name)
                if finding.why:
                    self._break(_NONINTERFERENCE, finding.why, world, (x.step,))
        self.stage = Stage(self.service)

    def _control(self, world: World, steps: Sequence[Step]) -> bool:
        """Whether the valid call works in this world; run once, and judged like any other."""
        key = (id(world), repr(steps))
        if key not in self.controls:
            _, trace, exchanges = self.stage.run(world, steps)
            for x in exchanges:
                self.look(world, trace, x)
            self.controls[key] = bool(exchanges) and is_control(exchanges[-1])
        return self.controls[key]

    def look(self, world: World, steps: Sequence[Step], x: Exchange) -> Cell:
        """Judge one call, count it, and keep the first trace that breaks each property."""
        findings = judge(x, self.judged)
        cell = self.tally.note(x, _role(world, x.step), (property.name for property, _ in findings))
        for property, finding in findings:
            if finding.why:
                self._break(property, finding.why, world, steps)
        if x.outcome is Outcome.FAILED and self.failed is None:
            raised, about = x.reply.code, call_answered(x.operation.name, x.reply.code)
            self.failed = Trace(about, world, tuple(steps), self.seed, self.round, raised)
            self.said[about.name] = failure_in_words(x)
        if did_nothing(x) and self.idle is None:
            self.idle = Trace(_USEFUL, world, tuple(steps), self.seed, self.round)
        self._judge_idleness()
        return cell

    def _break(self, property: Property, why: str, world: World, steps: Sequence[Step]) -> None:
        """Keep the first trace that breaks a property, and what it showed."""
        if property.name not in self.broken:
            self.broken[property.name] = Trace(property, world, tuple(steps), self.seed, self.round)
            self.said[property.name] = why

    def _judge_idleness(self) -> None:
        """Where a service does something, a valid call that had no effect breaks `useful`."""
        if self.idle is not None and self.tally.did_something and _USEFUL in self.properties:
            self.broken.setdefault("useful", self.idle)
            self.said.setdefault("useful", IDLE.why)

    # --- one round ---

    def run_round(self, round: int) -> None:
        self.round = round
        self.controls.clear()  # keyed by this round's worlds
        self._redrawn.clear()
        self._given_up.clear()
        number = _mix(self.seed, round)
        styles = self._styles(number)
        todo = list(cases(self.service, round, number, styles))
        total = len(todo) + self.examples
        for done, case in enumerate(todo):
            if self.progress is not None and done % 25 == 0:
                self.progress(round, done, total, case.name)
            self.run_case(case)
            if self.is_settled():
                return
        self.run_elsewhere()
        self.run_twins()
        self._run_machine(number, styles, len(todo), total)

    def is_settled(self) -> bool:
        """Whether more calls could not change a verdict: all that was asked about is broken."""
        return all(property.name in self.broken for property in self.properties)

    def _styles(self, number: int) -> list[str]:
        """The styles of colliding ids that this service can hold."""
        kinds, roles = kinds_of(self.service.operations), roles_of(self.service.operations)
        held = []
        for style in STYLES:
            if style in self.collisions and self.collisions[style] != "held":
                continue
            try:
                Session(self.service, make_world(kinds, roles, style=style, seed=number))
            except Unexpressible as why:
                self.collisions[style] = f"unsupported: {why}"
            else:
                self.collisions[style] = "held"
                held.append(style)
        if not held:
            said = self.collisions[STYLES[0]].removeprefix("unsupported: ")
            raise AdapterError(
                f"the service cannot hold even a world without colliding ids ({said}): check `populate` and `observe`",
                "no_world",
            )
        return held

    def _run_machine(self, number: int, styles: Sequence[str], cases_done: int, total: int) -> None:
        if not self.service.operations:
            return
        kinds, roles = kinds_of(self.service.operations), roles_of(self.service.operations)
        worlds = [make_world(kinds, roles, style=style, seed=number) for style in styles]
        sequences = 0
        chances: Counter[Cell] = Counter()

        def watch(world: World, steps: Sequence[Step], x: Exchange) -> None:
            cell = self.look(world, steps, x)
            tried = x.was_tried and not self.tally.has_control(cell)
            if tried and chances[cell] < CHANCES:
                chances[cell] += 1
                self._unproved.append(_Unproved(frozenset({cell}), *self._cases_of(world, steps)))

        def done(world: World, steps: Sequence[Step]) -> None:
            nonlocal sequences
            sequences += 1
            if self.progress is not None:
                self.progress(self.round, cases_done + sequences, total, MACHINE)
            if sequences % TWIN_EVERY == 0:
                for x in run_with_twin(self.service, world, steps):
                    self.look(world, steps, x)

        machine = make_machine(self.service, worlds, watch, done)
        run_machine(machine, number=number, examples=self.examples, steps=STEPS)
        self.stage = Stage(self.service)
        self.run_elsewhere()

    def _cases_of(self, world: World, steps: Sequence[Step]) -> tuple[tuple[Case, ...], Case]:
        """The cases that a drawn sequence comes to, in its own world and for others.

        Its control is its last call without crafts, after its other calls, or alone. Where that is refused for what it
        names, what was wrong with it besides is tried on the usual calls of its shape.
        """
        before, last, plain = [step for step in steps[:-1] if step.is_call], steps[-1], steps[-1].without_crafts()
        since = max((n for n, step in enumerate(steps[:-1]) if step.is_call), default=-1)  # a fault is over by a call
        around = tuple(s for n, s in enumerate(steps[:-1]) if not s.is_call and (s.do != "@fault" or n > since))
        usual = [
            Case(MACHINE, world, (*around, replace(step, crafts=last.crafts)) if last.crafts else (), (step,))
            for step in usual_calls(self.service.operations, world, last)
        ]
        alone = Case(MACHINE, world, (*around, last), (plain,))
        return (Case(MACHINE, world, (), (*before, plain)), alone, *usual), alone

    # --- the verdicts ---

    def verdict(self, property: Property) -> tuple[Verdict, str]:
        """The verdict, and why, unless the counterexample says it."""
        name = property.name
        if not is_supported(property, self.service):
            return Verdict.UNSUPPORTED, "the service lacks the ability for it"
        if name in self.broken and (self.tally.did_something or name not in _JUDGED_BY_REPLY):
            return Verdict.BROKEN, ""  # where nothing ever changes, what is merely answered proves nothing either
        if self._is_unknown(name):
            return Verdict.UNKNOWN, self._unanswered()
        if self.tally.exercised(name) == 0:
            return Verdict.VACUOUS, self._untested()
        if name == _USEFUL.name and (never := self.tally.never_worked()):
            return Verdict.VACUOUS, never
        if name == _MALFORMED.name and (unproved := self.tally.crafts_unproved()):
            return Verdict.VACUOUS, f"no valid call worked wherever these crafts were tried: {', '.join(unproved)}"
        if name == _USEFUL.name and (never_given := self.tally.never_given(self.service.operations)):
            return Verdict.VACUOUS, never_given
        return Verdict.HELD, ""

    @contextmanager
    def telling_how_far(self) -> Iterator[None]:
        """Whoever interrupts what is done in here gets an `Interrupted`."""
        try:
            yield
        except KeyboardInterrupt as stopped:
            broken = [property.name for property in self.properties if self.verdict(property)[0] is Verdict.BROKEN]
            raise Interrupted(self.tally.calls, broken) from stopped

    def _is_unknown(self, name: str) -> bool:
        """Whether calls without an answer leave this open: what is about answers, or was not seen without them."""
        if self.tally.failed_valid and (name == _USEFUL.name or self.tally.exercised(name) == 0):
            return True
        return bool(self.tally.failures) and name in _JUDGED_BY_REPLY and self.tally.exercised(name) > 0

    def _unanswered(self) -> str:
        often = sum(self.tally.failures.values())
        return f"{often:,} call{'s were' if often > 1 else ' was'} not answered; {self.said[CALL_ANSWERED]}"

    def _untested(self) -> str:
        """Why nothing was shown, for whoever has to mend it."""
        if not self.service.operations:
            return "the service declares no operations, so that nothing could be called"
        if not self.tally.has_any_control():
            return "no well-formed call was seen to have its effect, so that no refusal proves anything"
        return "no call exercised it in a cell whose positive control succeeded"


_USEFUL = next(property for property in PROPERTIES if property.name == "useful")
_MALFORMED = next(property for property in PROPERTIES if property.name == "malformed-refused")
_NONINTERFERENCE = next(property for property in PROPERTIES if property.name == "noninterference")
_JUDGED_BY_REPLY = frozenset({"malformed-refused", "refusal-inert", "fail-closed"})


def _control_of(case: Case) -> tuple[Step, ...]:
    """The trace that must work for a case to prove anything; a case that is a control has to work itself."""
    return case.control or case.steps


def _role(world: World, step: Step) -> str:
    return next((p.role for p in world.principals if p.ref == step.caller), "nobody")


def _mix(seed: int, round: int) -> int:
    """One number for a round: different rounds of neighbouring seeds must not be the same."""
    return seed * 1_000_003 + round
