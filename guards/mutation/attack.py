"""The kit against one variant of a service: which property is broken first, and whether a call reaches a stranger.

Runs in a worker. Cases come from the baseline, so that a change cannot weaken what it is attacked with.
"""

from __future__ import annotations

import json
import signal
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from types import FrameType
from typing import Any, Final

from guards.testing.calls import Case, kinds_of, roles_of
from guards.testing.crafts import FAMILIES, craft_name
from guards.testing.exchange import Exchange, Watch
from guards.testing.judges import did_nothing
from guards.testing.machine import make_machine, run_machine
from guards.testing.properties import PROPERTIES, Property, is_supported, judge
from guards.testing.replay import Session, Stage
from guards.testing.service import Outcome, Service
from guards.testing.shorten import shorten
from guards.testing.single_fault import ABOUT_OTHERS, cases
from guards.testing.steps import Step, refs_in
from guards.testing.table import table
from guards.testing.trace import Trace
from guards.testing.twins import Twins, run_with_twin
from guards.testing.world import STYLES, Unexpressible, World, make_world

REFUSALS_MAX: Final = 2
"""So often in a row is a service filled in vain before a world is given up: the first time, the case before may have
left it unfit."""
CASE_SECONDS: Final = 5.0
"""A case takes a thousandth of this."""
MACHINE_SECONDS: Final = 60.0
"""What takes a second or two."""
TIMEOUTS_MAX: Final = 3
"""After so many cases that hang, the rest is left."""
CRASHED_CASES_MAX: Final = 400
"""A service that fails is noticed; so many more cases are tried to notice it by a property."""
EXAMPLES: Final = 25
STEPS: Final = 20
PLAIN_STRANGERS: Final = (":foreign", ":foreign-last", ":other-tenant")
"""How crafts end that name or play somebody else and do nothing besides."""
FORBIDDING: Final = frozenset({"@hold", "@limit", "@read_only"})
"""Circumstances that can only make the guard refuse more."""
ISOLATION: Final = next(property for property in PROPERTIES if property.name == "isolation")
NONINTERFERENCE: Final = next(property for property in PROPERTIES if property.name == "noninterference")

Notice = dict[str, Any]
"""by, kind, at, why, calls (how many were made by then); for a breach also how many foreign objects were hit."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run, judged by what, and when it is enough."""

    cases: Sequence[Case]
    properties: tuple[Property, ...]
    wanted: frozenset[str] = frozenset()
    """Notice at least by these; any one is enough where none is named."""


@dataclass(slots=True)
class Attack:
    """One service, case by case. `notices` are how it was noticed, by whom; `breach` is what isolation says."""

    service: Service
    plan: Plan
    notices: dict[str, Notice] = field(default_factory=dict)
    traces: dict[str, Trace] = field(default_factory=dict)
    asserted: set[str] = field(default_factory=set)
    """The properties among them that were seen broken."""
    breach: Notice | None = None
    acted: bool = False
    """Whether any call ever changed anything."""
    calls: int = 0
    """How many were made so far."""
    watch: Watch | None = None
    """Hears of each call of a case as it was made."""
    on_breach: Callable[[Notice], None] | None = None
    """Hears of the breach at once: what runs after it may never come to an end."""
    judged: tuple[Property, ...] = field(init=False)
    """The properties that the service can be judged by."""
    _stage: Stage = field(init=False)
    _twins: Twins = field(init=False)
    _timeouts: int = 0
    _crashed_cases: int = 0

    def __post_init__(self) -> None:
        self._stage, self._twins = Stage(self.service), Twins(self.service)
        self.judged = tuple(p for p in self.plan.properties if is_supported(p, self.service))

    def is_enough(self) -> bool:
        """Whether it was noticed as asked for."""
        if self.plan.wanted:
            return self.plan.wanted <= self.asserted
        return bool(self.asserted) or self._crashed_cases > CRASHED_CASES_MAX

    @property
    def hung(self) -> bool:
        """Whether any case did, and so was never judged."""
        return self._timeouts > 0

    def is_cut_short(self) -> bool:
        """Whether so many cases hung that the rest is left."""
        return self._timeouts >= TIMEOUTS_MAX

    def run(self) -> None:
        """All cases: judged by every property until it is noticed, by isolation to the end or to the first breach."""
        with listening():
            self._run_cases()
            self.run_twins()

    def _run_cases(self) -> None:
        refusals = Counter[int]()
        """By world, how often in a row the service could not be filled with it."""
        for case in _by_world(self.plan.cases):
            is_enough = self.is_enough()
            if self.is_cut_short() or (is_enough and self.breach is not None):
                return
            world, stage = id(case.world), self._stage
            if is_enough and (refusals[world] >= REFUSALS_MAX or _is_combined(case)):
                continue  # for isolation alone, each fault is tried by itself
            self.run_case(case)
            refusals[world] = refusals[world] + 1 if stage.is_populating else 0

    def run_twins(self) -> None:
        """The calls that were put by, again without those who have nothing to do with them."""
        if not self.is_enough() and NONINTERFERENCE in self.judged:
            with self.blaming("the calls without the others", MACHINE_SECONDS):
                for world, x in self._twins.run():
                    self._look(world, (x.step,), x, (NONINTERFERENCE,), "the calls without the others")

    def run_case(self, case: Case) -> None:
        """One case, without its control: that valid calls work is what the first layer is about."""
        with self.blaming(case.name):
            self._run_steps(case.world, case.steps, case.name, twin=case.twin)

    def _run_steps(self, world: World, steps: tuple[Step, ...], name: str, *, twin: bool) -> None:
        noticed = self.is_enough()
        judged = (ISOLATION,) if noticed else self.judged
        if twin and not noticed and len(steps) > 1 and NONINTERFERENCE in self.judged:
            trace, exchanges = steps, run_with_twin(self.service, world, steps, self.watch)
            self._stage = Stage(self.service)
        else:
            session, trace, exchanges = self._stage.run(world, steps, self.watch, isolation_alone=noticed)
            if twin and not noticed and exchanges:
                self._twins.add(session, exchanges[-1])
        for x in exchanges:
            self._look(world, trace, x, judged, name)

    def look(self, world: World, steps: Sequence[Step], x: Exchange) -> None:
        """Judge a call that somebody else made."""
        self._look(world, tuple(steps), x, self.judged, "the state machine")

    def _look(self, world: World, steps: tuple[Step, ...], x: Exchange, judged: Sequence[Property], name: str) -> None:
        self.acted = self.acted or bool(x.changes)
        self.calls += x.was_tried
        for property, finding in judge(x, (*judged, *(() if ISOLATION in judged else (ISOLATION,)))):
            if not finding.why:
                continue
            if property is ISOLATION and self.breach is None:
                self.breach = {"at": name, "why": finding.why, "objects": len(finding.objects)}
                if self.on_breach is not None:
                    self.on_breach(self.breach)
            if property in judged:
                self._note(property, world, steps, name, finding.why)
        if self.is_enough():
            return
        if x.outcome is Outcome.FAILED:
            self._crashed(name, f"{x.reply.code}: {str(x.reply.body)[:200]}")
        if did_nothing(x) and any(property.name == "useful" for property in judged):
            useful = next(property for property in judged if property.name == "useful")
            self._note(useful, world, steps, name, "an accepted call that owes an effect had none")

    def _note(self, property: Property, world: World, steps: tuple[Step, ...], name: str, why: str) -> None:
        if property.name not in self.notices:
            self.asserted.add(property.name)
            self.notices[property.name] = self._notice(property.name, "assertion", name, why)
            self.traces[property.name] = Trace(property, world, steps)

    def _crashed(self, name: str, why: str) -> None:
        self._crashed_cases += 1
        self.notices.setdefault("service", self._notice("service", "crash", name, why))

    def _notice(self, by: str, kind: str, name: str, why: str) -> Notice:
        return {"by": by, "kind": kind, "at": name, "why": why, "calls": self.calls}

    @contextmanager
    def blaming(self, name: str, seconds: float = CASE_SECONDS) -> Iterator[None]:
        """Whatever is raised in here is the service's doing; so is taking too long, where somebody listens."""
        try:
            with Alarm(seconds):
                yield
        except TooLong:
            self._timeouts += 1
            why = f"it took more than {seconds:.0f} s"
            self.notices.setdefault("clock", self._notice("clock", "timeout", name, why))
            self._stage = Stage(self.service)
        except BaseException as error:
            self._crashed(name, what_happened(error))
            self._stage = Stage(self.service)


def _by_world(cases: Sequence[Case]) -> list[Case]:
    """World by world, so that a populated one serves as many cases as it can."""
    turns: dict[int, int] = {}
    return sorted(cases, key=lambda case: turns.setdefault(id(case.world), len(turns)))


def _is_combined(case: Case) -> bool:
    """Whether a fault of the outside world comes on top of another circumstance; a call before it is none."""
    return {"@fault"} < {step.do for step in case.steps if not step.is_call}


class TooLong(KeyboardInterrupt):
    """An interrupt: neither a service that catches everything nor the kit takes one for an answer."""


def _ring(_signal: int, _frame: FrameType | None) -> None:
    raise TooLong


@contextmanager
def listening() -> Iterator[None]:
    """Hear alarms in here: to begin to listen costs more than many a call."""
    before = signal.signal(signal.SIGALRM, _ring)
    try:
        yield
    finally:
        signal.signal(signal.SIGALRM, before)


class Alarm:
    """Raises `TooLong` in here after so many seconds, for whoever listens. Thousands of them are set."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __enter__(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, self._seconds)

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raise `TooLong` in here after so many seconds."""
    with listening(), Alarm(seconds):
        yield


def what_happened(error: BaseException) -> str:
    """An error in one short line."""
    return f"{type(error).__name__}: {str(error)[:200]}".rstrip(": ")


def chosen(names: Sequence[str] | None) -> tuple[Property, ...]:
    """The properties of these names; all of them where none is named."""
    return PROPERTIES if names is None else tuple(property for property in PROPERTIES if property.name in names)


def make_cases(service: Service, seed: int) -> list[Case]:
    """One round of the kit's enumerated layers, in the styles of ids that the service can hold."""
    return list(cases(service, 0, seed, _styles(service, seed)))


def traits_of(case: Case) -> list[str]:
    """What a case shows, whatever way it takes: who calls what, how it is spoilt, what came before, in which world.

    The plainest strangers are told with their world, too: a careless comparison shows under one style of colliding
    ids, from one side.
    """
    *before, last = case.steps
    traits = [*_of_the_call(last), *_of_the_world(case)]
    if before:
        traits += _what_came(before)
        if last in before and not last.crafts:
            traits.append(f"{traits[0]} once more")
    elif not last.crafts:
        traits.append(f"valid in {case.world.style} {len(case.world.resources)} {case.name.rpartition(' ')[2]}")
    return traits


def reach_of(case: Case) -> list[str]:
    """What a case shows of how far a call may reach, and who is near: each way to spoil a call, and each operation with
    each way to name or to play a stranger, with the plainest of them in each style of ids.

    What only forbids, as a hold does, takes nobody further. Where it makes a call go another way, that is seen anyway.
    """
    *before, last = case.steps
    came = (f"after {step.do}" if step.is_call else _came(step) for step in before if step.do not in FORBIDDING)
    traits = [*_of_the_call(last), *_of_the_world(case), *came]
    if any(FAMILIES[craft_name(craft)] in ABOUT_OTHERS for craft in last.crafts):
        traits.append(f"{last.do} {' '.join(last.crafts)}")
        traits += [f"{last.do} {trait.rpartition(' ')[0]}" for trait in _of_the_world(case)]
    if not before and not last.crafts:
        traits.append(f"valid in {case.world.style}")
    return traits


def weight_of(case: Case) -> int:
    """Of two cases that show the same, the lighter one will do."""
    return len(case.world.resources) * len(case.steps)


def _of_the_call(last: Step) -> tuple[str, str]:
    role, fields = last.caller.partition("#")[0], " ".join(sorted(last.fields))
    return f"call {last.do} {role} {fields}", f"craft {' '.join(last.crafts)}"


def _of_the_world(case: Case) -> Iterator[str]:
    """Where the plainest strangers are."""
    last = case.steps[-1]
    if any(craft.endswith(PLAIN_STRANGERS) for craft in last.crafts):
        yield f"{' '.join(last.crafts)} in {case.world.style} {next(refs_in(last.fields), '')}"


def _came(step: Step) -> str:
    return f"after {step.do} {' '.join(sorted(step.fields)) if step.is_call else step.fields}"


def _what_came(before: Sequence[Step]) -> Iterator[str]:
    """Each circumstance, and all of them together; a fault with the kind of the one circumstance that it came upon."""
    told = [_came(step) for step in before]
    yield from told
    if before[-1].do != "@fault":
        yield " ".join(told)
    elif len(before) == 2:
        yield f"{before[0].do} {told[-1]}"


def keep_cases(todo: Sequence[Case], path: str) -> None:
    """Write them down; cases of one world share it."""
    worlds = list({id(case.world): case.world for case in todo}.values())
    numbers = {id(world): n for n, world in enumerate(worlds)}
    told = {
        "worlds": [world.to_json() for world in worlds],
        "cases": [_told_case(case, numbers[id(case.world)]) for case in todo],
    }
    Path(path).write_text(json.dumps(told), encoding="ascii")


@lru_cache(maxsize=8)
def kept_cases(path: str) -> tuple[Case, ...]:
    """All of a file, read once; cases are told apart by their worlds' identity."""
    told = json.loads(Path(path).read_text(encoding="ascii"))
    worlds = [World.from_json(world) for world in told["worlds"]]
    return tuple(_read_case(case, worlds) for case in told["cases"])


def _told_case(case: Case, world: int) -> dict[str, Any]:
    steps = [step.to_json() for step in case.steps]
    control = None if case.control is None else [step.to_json() for step in case.control]
    return {"name": case.name, "world": world, "steps": steps, "control": control, "twin": case.twin}


def _read_case(told: Mapping[str, Any], worlds: Sequence[World]) -> Case:
    steps = tuple(map(Step.from_json, told["steps"]))
    control = None if told["control"] is None else tuple(map(Step.from_json, told["control"]))
    return Case(told["name"], worlds[told["world"]], steps, control, told["twin"])


def run_the_machine(
    service: Service, seed: int, properties: Sequence[Property], on_breach: Callable[[Notice], None] | None = None
) -> Attack:
    """Random sequences, judged by the same properties."""
    attack = Attack(service, Plan((), tuple(properties)), on_breach=on_breach)
    worlds = [_world(service, style, seed) for style in _styles(service, seed)]
    machine = make_machine(service, worlds, attack.look, lambda _world, _steps: None)
    with listening(), attack.blaming("the state machine", MACHINE_SECONDS):
        run_machine(machine, number=seed, examples=EXAMPLES, steps=STEPS)
    return attack


def first(notices: Iterable[Notice]) -> Notice | None:
    """The one to name: a broken property rather than a crash, a crash rather than a hang."""
    kinds = ("assertion", "crash", "timeout")
    return min(notices, key=lambda notice: kinds.index(notice["kind"]), default=None)


def told(attack: Attack, name: str, seed: int) -> str:
    """The shortest counterexample for a property, as a table, with the seed of its cases."""
    return table(attack.service, shorten(attack.service, replace(attack.traces[name], seed=seed)))


def populate_all(service: Service, todo: Sequence[Case]) -> None:
    """Fill the service with each world once."""
    for world in {id(case.world): case.world for case in todo}.values():
        Session(service, world)


def _styles(service: Service, seed: int) -> list[str]:
    held = []
    for style in STYLES:
        try:
            Session(service, _world(service, style, seed))
        except Unexpressible:
            continue
        held.append(style)
    if not held:
        raise Unexpressible("the service cannot hold even a world without colliding ids")
    return held


def _world(service: Service, style: str, seed: int) -> World:
    return make_world(kinds_of(service.operations), roles_of(service.operations), style=style, seed=seed)
