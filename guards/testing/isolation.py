"""All that a user's test needs: `check_service(make_service)`, and `run(...)` for a result instead of an assertion.

A run is made of rounds. What a round does follows from the seed and the round's number alone, so seed and rounds
repeat a run whatever its budget was. Each round goes through the enumerated layers first and the state machine after
them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from importlib import metadata
from random import SystemRandom

from guards.errors import GuardsError
from guards.results import ExitCode, PropertyResult, TraceFile, Verdict, VerifyResult, exit_code, read_trace
from guards.testing.machine import make_machine, run_machine
from guards.testing.properties import IDLE, NAMES, PROPERTIES, Property, did_nothing, is_supported, judge
from guards.testing.replay import Exchange, Session, Stage, run_steps
from guards.testing.service import Closes, Outcome, Service
from guards.testing.single_fault import Case, cases, kinds_of, roles_of
from guards.testing.steps import Step
from guards.testing.tally import Cell, Tally, cell_of, is_control
from guards.testing.trace import MakeService, Trace, from_file, shorten, show, table, to_file
from guards.testing.twins import Twins, run_with_twin
from guards.testing.world import STYLES, Unexpressible, World, make_world

EXAMPLES = 25
"""Sequences that the state machine draws in each round."""
STEPS = 20
"""Most steps in one of them."""
TWIN_EVERY = 8
"""One sequence in so many is run again without the tenants that have nothing to do with it."""
CONTROLS_PER_SEQUENCE = 3
MACHINE = "state machine"
"""What is being done, once the cases are."""

Progress = Callable[[int, int, int, str], None]
"""Called now and then with the round, how much of it is done, how much there is in all (its cases and the machine's
sequences), and what is being done.
"""


@dataclass(slots=True)
class _Run:
    """The state of one run."""

    service: Service
    properties: tuple[Property, ...]
    seed: int
    examples: int
    progress: Progress | None
    tally: Tally = field(default_factory=Tally)
    broken: dict[str, Trace] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    idle: list[Trace] = field(default_factory=list)
    collisions: dict[str, str] = field(default_factory=dict)
    controls: dict[tuple[int, str], bool] = field(default_factory=dict)
    round: int = 0
    stage: Stage = field(init=False)
    twins: Twins = field(init=False)
    judged: tuple[Property, ...] = field(init=False)
    """The properties that this service can be judged by."""

    def __post_init__(self) -> None:
        self.stage, self.twins = Stage(self.service), Twins(self.service)
        self.judged = tuple(property for property in self.properties if is_supported(property, self.service))

    # --- one case ---

    def run_case(self, case: Case) -> None:
        controlled = case.control is not None and self._control(case.world, case.control)
        if case.twin and len(case.steps) > 1:
            trace, exchanges = case.steps, run_with_twin(self.service, case.world, case.steps)
            self.stage = Stage(self.service)
        else:
            session, trace, exchanges = self.stage.run(case.world, case.steps)
            if case.twin:
                self.twins.add(session, exchanges[-1])
        for x in exchanges:
            self.look(case.world, trace, x)
            if controlled:
                self.tally.control(cell_of(x, _role(case.world, x.step)))

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
        if did_nothing(x) and not self.idle:
            self.idle.append(Trace(_USEFUL, world, tuple(steps), self.seed, self.round))
        return cell

    def _break(self, property: Property, why: str, world: World, steps: Sequence[Step]) -> None:
        """Keep the first trace that breaks a property, and what it showed."""
        if property.name not in self.broken:
            self.broken[property.name] = Trace(property, world, tuple(steps), self.seed, self.round)
            self.said[property.name] = why

    # --- one round ---

    def run_round(self, round: int) -> None:
        self.round = round
        self.controls.clear()  # keyed by this round's worlds
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
            raise GuardsError(
                "the service cannot hold even a world without colliding ids: check `populate` and `observe`", "no_world"
            )
        return held

    def _run_machine(self, number: int, styles: Sequence[str], cases_done: int, total: int) -> None:
        if not self.service.operations:
            return
        kinds, roles = kinds_of(self.service.operations), roles_of(self.service.operations)
        worlds = [make_world(kinds, roles, style=style, seed=number) for style in styles]
        sequences = 0
        uncontrolled: list[tuple[int, Cell]] = []

        def watch(world: World, steps: Sequence[Step], x: Exchange) -> None:
            cell = self.look(world, steps, x)
            if x.outcome is not Outcome.NOT_TRIED and not self.tally.has_control(cell):
                uncontrolled.append((len(steps), cell))

        def done(world: World, steps: Sequence[Step]) -> None:
            nonlocal sequences
            sequences += 1
            if self.progress is not None:
                self.progress(self.round, cases_done + sequences, total, MACHINE)
            for length, cell in uncontrolled[:CONTROLS_PER_SEQUENCE]:
                self._control_later(world, steps[:length], cell)
            uncontrolled.clear()
            if sequences % TWIN_EVERY == 0:
                for x in run_with_twin(self.service, world, steps):
                    self.look(world, steps, x)

        machine = make_machine(self.service, worlds, watch, done)
        run_machine(machine, number=number, examples=self.examples, steps=STEPS)

    def _control_later(self, world: World, steps: Sequence[Step], cell: Cell) -> None:
        """The positive control of a drawn sequence: its calls alone, the last one without crafts."""
        plain = [*(step for step in steps[:-1] if step.is_call), steps[-1].without_crafts()]
        if is_control(run_steps(self.service, world, plain)[-1]):
            self.tally.control(cell)

    # --- the verdicts ---

    def verdict(self, property: Property) -> tuple[Verdict, str]:
        if not is_supported(property, self.service):
            return Verdict.UNSUPPORTED, "the service lacks the ability for it"
        if property.name in self.broken and (self.tally.did_something or property.name not in _JUDGED_BY_REPLY):
            return Verdict.BROKEN, ""  # where nothing ever changes, what is merely answered proves nothing either
        if self.tally.exercised(property.name) == 0:
            return Verdict.VACUOUS, "no call exercised it in a cell whose positive control succeeded"
        if self.tally.failures and property.name in _JUDGED_BY_REPLY:
            first = min(self.tally.failures)
            often = sum(self.tally.failures.values())
            times = "once" if often == 1 else f"{often} times"
            return Verdict.UNKNOWN, f"the service failed {times} instead of answering ({first})"
        return Verdict.HELD, ""


_USEFUL = next(property for property in PROPERTIES if property.name == "useful")
_NONINTERFERENCE = next(property for property in PROPERTIES if property.name == "noninterference")
_SEEN_ONCE = "it does not show again: the service remembers something that populate does not reset"
_JUDGED_BY_REPLY = frozenset({"malformed-refused", "refusal-inert", "fail-closed"})


def _role(world: World, step: Step) -> str:
    return next((p.role for p in world.principals if p.ref == step.caller), "nobody")


def _mix(seed: int, round: int) -> int:
    """One number for a round: different rounds of neighbouring seeds must not be the same."""
    return seed * 1_000_003 + round


def run(
    make_service: MakeService,
    *,
    seed: int | None = None,
    rounds: int | None = None,
    budget: float | None = None,
    examples: int = EXAMPLES,
    properties: Collection[str] | None = None,
    progress: Progress | None = None,
    name: str = "",
) -> VerifyResult:
    """Attack a service and judge its effects.

    `seed` is drawn anew when left out; `rounds` says how many rounds to run, else `budget` (seconds) says when to
    stop starting new ones (at least one is run; neither: one round). A run in which all it asks about is broken ends
    at once. `properties` are names out of `guards.testing.properties.NAMES`; default all. Raises `GuardsError` when the
    service cannot be attacked at all; what a service raises in a call is its result.
    """
    chosen = _chosen(properties)
    seed = SystemRandom().randrange(1 << 31) if seed is None else seed
    started = time.monotonic()
    service = make_service()
    with closing(_Closing(service)):
        state = _Run(service, chosen, seed, examples, progress)
        done = 0
        while (rounds is None or done < rounds) and not state.is_settled():
            state.run_round(done)
            done += 1
            if rounds is None and (budget is None or time.monotonic() - started >= budget):
                break
        if state.idle and state.tally.did_something and _USEFUL in chosen and "useful" not in state.broken:
            state.broken["useful"], state.said["useful"] = state.idle[0], IDLE.why
        title = name or _name_of(make_service)
        if not state.broken:
            return _result(state, service, title, done, time.monotonic() - started)
    fresh = make_service()
    with closing(_Closing(fresh)):
        return _result(state, fresh, title, done, time.monotonic() - started)


def _chosen(names: Collection[str] | None) -> tuple[Property, ...]:
    if names is None:
        return PROPERTIES
    unknown = sorted(set(names) - set(NAMES))
    if unknown or not names:
        raise GuardsError(
            f"there is no property `{unknown[0] if unknown else ''}`; there are {', '.join(NAMES)}", "unknown_property"
        )
    return tuple(property for property in PROPERTIES if property.name in names)


@dataclass(frozen=True, slots=True)
class _Closing:
    """Closes the service if it can be closed."""

    service: Service

    def close(self) -> None:
        if isinstance(self.service, Closes):
            self.service.close()


def _name_of(make_service: MakeService) -> str:
    return f"{getattr(make_service, '__module__', '?')}:{getattr(make_service, '__qualname__', '?')}"


def _result(state: _Run, fresh: Service, name: str, rounds: int, seconds: float) -> VerifyResult:
    """The verdicts. Counterexamples are shortened on a service that has seen nothing yet, as a reader will."""
    verdicts = {property.name: state.verdict(property) for property in state.properties}
    traces: dict[str, Trace] = {}
    for found, (verdict, _) in verdicts.items():
        if verdict is Verdict.BROKEN:
            trace = shorten(fresh, state.broken[found])
            finding = show(fresh, trace).finding
            if finding is not None:
                traces[found] = trace
            why = finding.why if finding is not None else f"{state.said[found]}; {_SEEN_ONCE}"
            verdicts[found] = (verdict, why)
    properties = [
        PropertyResult(
            name=property.name,
            verdict=verdicts[property.name][0],
            exercised=state.tally.exercised(property.name),
            sentence=property.sentence,
            falsified_by=property.falsified_by,
            why=verdicts[property.name][1],
        )
        for property in state.properties
    ]
    return VerifyResult(
        service=name,
        seed=state.seed,
        rounds=rounds,
        examples=state.examples,
        versions={package: _version(package) for package in ("guards", "hypothesis", "pydantic")},
        commit=None,
        properties=properties,
        cells=state.tally.cells(),
        tally=state.tally.result(),
        collisions=dict(state.collisions),
        counterexamples=[to_file(fresh, trace, name) for _, trace in sorted(traces.items())],
        seconds=round(seconds, 3),
    )


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


# --- for a user's test ------------------------------------------------------------------------------------------------


def check_service(
    make_service: MakeService,
    *,
    seed: int | None = None,
    rounds: int | None = None,
    budget: float | None = None,
    examples: int = EXAMPLES,
    properties: Collection[str] | None = None,
    require: Collection[str] = (),
) -> VerifyResult:
    """Attack a service and raise `AssertionError`, with the shortest counterexample found, unless every property held.

    A property that was never really exercised fails too (`vacuous`); one that the service lacks the ability for does
    not, unless it is in `require`. The seed rotates and is part of the message; pass it back to repeat the run.
    """
    __tracebackhide__ = True
    result = run(make_service, seed=seed, rounds=rounds, budget=budget, examples=examples, properties=properties)
    if exit_code(result.verdicts(), require) is not ExitCode.HELD:
        raise AssertionError(explain(result, make_service, require))
    return result


def check_case(service: Service, case: Case) -> None:
    """Run one enumerated case alone and raise `AssertionError`, with its trace, unless all it exercises holds.

    Its valid call must have its effect: a fault that is refused proves nothing where everything is.
    """
    state = _Run(service, PROPERTIES, seed=0, examples=0, progress=None)
    state.run_case(case)
    state.run_twins()
    for _, trace in sorted(state.broken.items()):
        raise AssertionError(table(service, shorten(service, trace)))
    if case.control is not None and not all(state.controls.values()):
        raise AssertionError(f"{case.name}: vacuous, its valid call has no effect")


def explain(result: VerifyResult, make_service: MakeService, require: Collection[str] = ()) -> str:
    """What is wrong, for a reader: one line per property that did not hold, then each counterexample as a table."""
    lines = [
        f"{found.name}: {found.verdict}{': ' + found.why if found.why else ''}"
        for found in result.properties
        if found.verdict not in (Verdict.HELD, Verdict.UNSUPPORTED)
        or (found.verdict is Verdict.UNSUPPORTED and found.name in require)
    ]
    lacking = [name for name, verdict in result.verdicts() if verdict is Verdict.UNSUPPORTED and name not in require]
    if lacking:
        lines.append(f"unsupported, the service lacks the abilities for: {', '.join(lacking)}")
    lines.append(f"repeat with seed={result.seed}, rounds={result.rounds}")
    service = make_service()
    with closing(_Closing(service)):
        for file in result.counterexamples:
            lines += ["", table(service, from_file(file, PROPERTIES))]
    return "\n".join(lines)


def check_trace(make_service: MakeService, trace: str | bytes | TraceFile) -> None:
    """Run a counterexample again and raise `AssertionError`, with its table, if its property is broken by it still."""
    __tracebackhide__ = True
    data = trace if isinstance(trace, TraceFile) else read_trace(trace if isinstance(trace, bytes) else trace.encode())
    service = make_service()
    with closing(_Closing(service)):
        found = from_file(data, PROPERTIES)
        if show(service, found).finding is not None:
            raise AssertionError(table(service, found))
