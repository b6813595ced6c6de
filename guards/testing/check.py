"""All that a user's test needs: `check_service(make_service)`, and `run(...)` for a result instead of an assertion.

Seed and rounds repeat a run, whatever its budget was.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass
from importlib import metadata
from random import SystemRandom

from guards.errors import GuardsError
from guards.results import ExitCode, PropertyResult, TraceFile, Verdict, VerifyResult, exit_code, read_trace
from guards.testing.calls import Case
from guards.testing.crafts import check_crafts
from guards.testing.declarations import check_declarations
from guards.testing.properties import NAMES, PROPERTIES, Property
from guards.testing.rounds import Progress, Rounds
from guards.testing.saved import from_file, to_file
from guards.testing.service import Closes, Service
from guards.testing.shorten import shorten
from guards.testing.table import table
from guards.testing.trace import MakeService, Trace, rerun

EXAMPLES = 25
"""Sequences that the state machine draws in each round."""
_SEEN_ONCE = "it does not show again: the service remembers something that populate does not reset"


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
    service cannot be attacked at all, `AdapterError` among them where its adapter is at fault, and `Interrupted` for
    Ctrl-C; whatever else a service raises in a call is its result.
    """
    chosen = _chosen(properties)
    seed = SystemRandom().randrange(1 << 31) if seed is None else seed
    started = time.monotonic()
    service = make_service()
    title = name or _name_of(make_service)
    with closing(_Closing(service)):
        _check_declared(service)
        state = Rounds(service, chosen, seed, examples, progress)
        with state.telling_how_far():
            done = _run_rounds(state, rounds, started + (budget or 0.0))
            if not state.broken and state.failed is None:
                return _result(state, service, title, done, time.monotonic() - started)
    fresh = make_service()
    with closing(_Closing(fresh)), state.telling_how_far():
        return _result(state, fresh, title, done, time.monotonic() - started)


def _check_declared(service: Service) -> None:
    """Raises `AdapterError` for what cannot be meant."""
    check_declarations(service.operations)
    check_crafts(service.operations)


def _run_rounds(state: Rounds, rounds: int | None, until: float) -> int:
    """Run so many rounds, else those that begin before `until`, and at least one; how many it were."""
    done = 0
    while (rounds is None or done < rounds) and not state.is_settled():
        state.run_round(done)
        done += 1
        if rounds is None and time.monotonic() >= until:
            break
    return done


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


def _result(state: Rounds, fresh: Service, name: str, rounds: int, seconds: float) -> VerifyResult:
    """The verdicts. Counterexamples are shortened on a service that has seen nothing yet, as a reader will."""
    verdicts = {property.name: state.verdict(property) for property in state.properties}
    traces: dict[str, Trace] = {}
    for found, (verdict, _) in verdicts.items():
        if verdict is Verdict.BROKEN:
            trace = shorten(fresh, state.broken[found])
            finding = rerun(fresh, trace).finding
            if finding is not None:
                traces[found] = trace
            why = finding.why if finding is not None else f"{state.said[found]}; {_SEEN_ONCE}"
            verdicts[found] = (verdict, why)
    failing = None if state.failed is None else shorten(fresh, state.failed)
    if failing is not None and rerun(fresh, failing).finding is None:
        failing = None
        verdicts = {
            found: (verdict, f"{why}; {_SEEN_ONCE}" if verdict is Verdict.UNKNOWN else why)
            for found, (verdict, why) in verdicts.items()
        }
    kept = [trace for _, trace in sorted(traces.items())] + ([failing] if failing is not None else [])
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
        counterexamples=[to_file(fresh, trace, name) for trace in kept],
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
    _check_declared(service)
    state = Rounds(service, PROPERTIES, seed=0, examples=0)
    state.run_case(case)
    state.run_elsewhere()
    state.run_twins()
    for trace in (*(trace for _, trace in sorted(state.broken.items())), state.failed):
        if trace is not None:
            raise AssertionError(table(service, shorten(service, trace)))
    if case.control is not None and not any(state.controls.values()):
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
        if rerun(service, found).finding is not None:
            raise AssertionError(table(service, found))
