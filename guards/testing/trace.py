"""Counterexamples: found as a list of steps, shortened by replaying, shown as a table, saved as JSON, exported as a
pytest test.

Shortening is by replay alone: it stops when no step, no craft and no object of the world is left whose removal keeps
the property broken.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from keyword import iskeyword
from typing import Any, TypeVar

from guards.errors import GuardsError
from guards.results import ChangeShape, StepShape, TraceFile, WorldShape
from guards.testing.exchange import Exchange, failure_in_words
from guards.testing.judges import IDLE, SILENT, Finding, broken, did_nothing
from guards.testing.properties import Property, judge
from guards.testing.replay import run_steps
from guards.testing.service import Outcome, Seen, Service
from guards.testing.steps import Step, refs_in
from guards.testing.twins import run_with_twin
from guards.testing.world import World

MakeService = Callable[[], Service]

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Trace:
    """A world and steps which break a property of a service, or to which it fails to answer (`call_answered`)."""

    property: Property
    world: World
    steps: tuple[Step, ...]
    seed: int = 0
    round: int = 0
    raised: str = ""
    """What the service raised instead of answering; empty for a counterexample to a property."""


CALL_ANSWERED = "call-answered"
"""What a trace is about that shows no broken property, but a call that the service failed to answer."""


def call_answered(operation: str, raised: str) -> Property:
    """What a failing trace is about, in the form of a property: that this operation does not end with this error.

    Another operation's failure, or another error, does not break it: shortened or replayed, a trace shows the same
    failure or none.
    """

    def judge_one(x: Exchange) -> Finding:
        if x.outcome is not Outcome.FAILED or (x.operation.name, x.reply.code) != (operation, raised):
            return SILENT
        return broken(failure_in_words(x), x.changes)

    return Property(
        CALL_ANSWERED,
        "every call is answered: accepted, refused or interrupted",
        "a call that ends with an error that the service does not declare",
        judge_one,
    )


@dataclass(frozen=True, slots=True)
class Showing:
    """What a trace shows when it runs: every call with its answer, and the first finding that breaks the property."""

    exchanges: tuple[Exchange, ...]
    finding: Finding | None = None
    at: int = 0
    """The number of the call, from 0, that breaks the property."""


def show(service: Service, trace: Trace) -> Showing:
    """Run the trace and look for its property alone."""
    run = run_with_twin if trace.property.name == "noninterference" else run_steps
    exchanges = tuple(run(service, trace.world, trace.steps))
    for n, x in enumerate(exchanges):
        for _, finding in judge(x, (trace.property,)):
            if finding.why:
                return Showing(exchanges, finding, n)
        if trace.property.name == "useful" and did_nothing(x):
            return Showing(exchanges, IDLE, n)
    return Showing(exchanges)


# --- shortening -------------------------------------------------------------------------------------------------------


def shorten(service: Service, trace: Trace) -> Trace:
    """The trace with nothing left that can be removed: no step, no craft, no element of a list, nothing of its world.

    Each round tries every single removal and keeps those after which the property is still broken, with something
    changed if something was; rounds go on until one removes nothing, so the result is minimal one by one. The same
    trace and service give the same result.
    """
    first = show(service, trace)
    did_harm = first.finding is not None and bool(first.finding.objects)

    def still_breaks(candidate: Trace) -> bool:
        try:
            finding = show(service, candidate).finding if candidate.steps else None
        except GuardsError:
            return False
        return finding is not None and (bool(finding.objects) or not did_harm)

    at = first.at
    calls = [n for n, step in enumerate(trace.steps) if step.is_call]
    head = replace(trace, steps=trace.steps[: calls[at] + 1])
    trace = head if still_breaks(head) else trace
    while True:
        smaller = _without_a_step(trace, still_breaks)
        smaller = _without_a_craft(smaller, still_breaks)
        smaller = _without_an_element(smaller, still_breaks)
        if smaller == trace:
            return _without_bystanders(trace, still_breaks)
        trace = smaller


def _without_a_step(trace: Trace, still_breaks: Callable[[Trace], bool]) -> Trace:
    steps = _fewest(trace.steps, lambda steps: still_breaks(replace(trace, steps=tuple(steps))))
    return replace(trace, steps=tuple(steps))


def _without_an_element(trace: Trace, still_breaks: Callable[[Trace], bool]) -> Trace:
    """Every list in a step's fields as short as it can be."""
    for n, step in enumerate(trace.steps):
        for name in [name for name, value in step.fields.items() if isinstance(value, list)]:
            trace = _with_the_fewest(trace, n, name, still_breaks)
    return trace


def _with_the_fewest(trace: Trace, n: int, name: str, still_breaks: Callable[[Trace], bool]) -> Trace:
    def put(value: Sequence[Any]) -> Trace:
        step = replace(trace.steps[n], fields={**trace.steps[n].fields, name: list(value)})
        return replace(trace, steps=(*trace.steps[:n], step, *trace.steps[n + 1 :]))

    return put(_fewest(trace.steps[n].fields[name], lambda value: still_breaks(put(value))))


def _fewest(things: Sequence[_T], is_enough: Callable[[Sequence[_T]], bool]) -> Sequence[_T]:
    """The things without any run of them that can go: halves first, then ever shorter runs, from the end."""
    size = max(len(things) // 2, 1)
    while size:
        n = len(things)
        while n > 0:
            n -= size
            fewer = [*things[: max(n, 0)], *things[max(n, 0) + size :]]
            if is_enough(fewer):
                things = fewer
        size //= 2
    return things


def _without_a_craft(trace: Trace, still_breaks: Callable[[Trace], bool]) -> Trace:
    for n, step in enumerate(trace.steps):
        for craft in step.crafts:
            fewer = replace(step, crafts=tuple(other for other in trace.steps[n].crafts if other != craft))
            candidate = replace(trace, steps=(*trace.steps[:n], fewer, *trace.steps[n + 1 :]))
            if still_breaks(candidate):
                trace = candidate
    return trace


def _without_bystanders(trace: Trace, still_breaks: Callable[[Trace], bool]) -> Trace:
    """The world with only what it takes: whole organizations first, then single things."""
    named = {ref for step in trace.steps for ref in refs_in(step.fields)} | {step.caller for step in trace.steps}
    for organization in reversed(trace.world.organizations):
        candidate = replace(trace, world=trace.world.without({organization.ref}))
        if still_breaks(candidate):
            trace = candidate
    for ref in [*trace.world.refs()][::-1]:
        keep = set(trace.world.refs()) - {ref}
        world = trace.world.only(keep)
        if ref not in named and set(world.refs()) == keep:
            candidate = replace(trace, world=world)
            if still_breaks(candidate):
                trace = candidate
    return trace


# --- files ------------------------------------------------------------------------------------------------------------


def to_file(service: Service, trace: Trace, service_name: str) -> TraceFile:
    """The trace as a file holds it, with what it shows now."""
    showing = show(service, trace)
    finding = showing.finding or Finding(False)
    culprit = showing.exchanges[showing.at] if showing.exchanges else None
    return TraceFile(
        property=trace.property.name,
        why=finding.why,
        service=service_name,
        seed=trace.seed,
        round=trace.round,
        world=WorldShape.model_validate(trace.world.to_json()),
        steps=[StepShape.model_validate(step.to_json()) for step in trace.steps],
        raised=trace.raised,
        changed=[_change(culprit, key) for key in finding.objects] if culprit else [],
    )


def from_file(file: TraceFile, properties: Sequence[Property]) -> Trace:
    """The trace that a file holds. Raises `GuardsError` for an unknown property, `WorldError` for a world that does not
    hang together.
    """
    steps = tuple(Step.from_json(step.model_dump(by_alias=True)) for step in file.steps)
    known = {property.name: property for property in properties}
    if file.raised:
        known = {CALL_ANSWERED: call_answered(next((step.do for step in steps[::-1] if step.is_call), ""), file.raised)}
    if file.property not in known:
        raise GuardsError(f"the trace is about `{file.property}`, which is no property here", "unknown_property")
    world = World.from_json(file.world.model_dump())
    return Trace(known[file.property], world, steps, file.seed, file.round, file.raised)


def _change(x: Exchange, key: Any) -> ChangeShape:
    before, after = x.changes.get(key, (x.seen.get(key), x.seen.get(key)))
    row = before or after
    ref = x.names.objects.get(key) if x.names else None
    owner = x.names.organizations.get(row.organization) if x.names and row else None
    return ChangeShape(
        object=_named(ref, key),
        owner=_named(owner, row.organization) if row else "",
        before=_state(before),
        after=_state(after),
    )


def _named(ref: str | None, native: Any) -> str:
    """A thing by its ref, where the world has one, and by the service's own id."""
    return show_value(native) if ref is None or ref == native else f"{ref} {show_value(native)}"


def _state(row: Seen | None) -> str:
    if row is None:
        return "absent"
    place = f" in {show_value(row.project)}" if row.project is not None else ""
    return f"{show_value(row.state)}{place}"


SHOWN_MAX = 60


def show_value(value: Any) -> str:
    """Any value as short printable ASCII: what comes from a service may hold control codes or be huge."""
    is_plain = isinstance(value, str) and value.isascii() and value.isprintable() and value == value.strip() != ""
    text = printable(value if is_plain else json.dumps(value, default=repr))
    return text if len(text) <= SHOWN_MAX else f"{text[: SHOWN_MAX - 16]}... ({len(text)} characters)"


def printable(text: str) -> str:
    """The text in printable ASCII, everything else as an escape sequence."""
    text = text.encode("ascii", "backslashreplace").decode()
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


# --- the table --------------------------------------------------------------------------------------------------------

WIDTH = 80
ROWS_MAX = 8
"""Most changed objects that a table shows; a file holds all."""


def table(service: Service, trace: Trace) -> str:
    """The counterexample for a reader: who did what, with which craft, what came back, and what changed that must not
    have.
    """
    showing = show(service, trace)
    lines = textwrap.wrap(printable(_headline(trace, showing)), WIDTH)
    lines += [
        f"{len(trace.steps)} step{'s' if len(trace.steps) != 1 else ''}, seed {trace.seed}, round {trace.round}",
        "",
    ]
    calls = iter(enumerate(showing.exchanges))
    for n, step in enumerate(trace.steps, 1):
        if not step.is_call:
            lines += _row(n, "(around it)", f"{step.do} {_fields(step)}")
            continue
        number, x = next(calls)
        lines += _row(n, step.caller or "nobody", f"{step.do} {_fields(step)}")
        for craft in step.crafts:
            lines += _row("", "craft", f"{craft}, so {_crafted(x, craft)}")
        lines += _row("", "answer", _answer(x))
        if number == showing.at and showing.finding:
            lines += _harm(x, showing.finding)
            break
    lines += _row("", "ids", _legend(trace, showing)) if showing.exchanges else []
    return "\n".join(lines)


def _headline(trace: Trace, showing: Showing) -> str:
    """What the trace shows, in one sentence."""
    if trace.raised:
        return f"unknown: {showing.finding.why}." if showing.finding else f"no call ends with {trace.raised} here."
    says = f"is broken: {showing.finding.why}" if showing.finding else "is not broken by this trace"
    return f"{trace.property.name} {says}."


def _harm(x: Exchange, finding: Finding) -> list[str]:
    """What changed that must not have, or did not and must have; the first few of many."""
    lines: list[str] = []
    for key in finding.objects[:ROWS_MAX]:
        change = _change(x, key)
        whose = f"{change.object} of {change.owner}" if change.owner else change.object
        what = "CHANGED" if key in x.changes else "LEFT"
        lines += _row("", what, f"{whose}: {change.before} -> {change.after}")
    more = len(finding.objects) - ROWS_MAX
    return lines + (_row("", "", f"... and {more} more") if more > 0 else [])


def _legend(trace: Trace, showing: Showing) -> str:
    """What the names in the steps stand for: often the very ids are the bug."""
    names = showing.exchanges[-1].names
    natives = names.natives if names is not None else {}
    used = [ref for step in trace.steps for ref in (step.caller, *refs_in(step.fields)) if ref]
    homes = {p.ref: p.organization.ref for p in trace.world.principals if p.organization}
    used += [homes[ref] for ref in used if ref in homes]
    shown = [
        f"{ref} of {homes[ref]}" if ref in homes else f"{ref} {show_value(natives[ref])}"
        for ref in dict.fromkeys(used)
        if ref in homes or (ref in natives and not ref.startswith("operator"))
    ]
    return ", ".join(shown[:ROWS_MAX])


def _row(number: int | str, who: str, what: str) -> list[str]:
    head = f"{number!s:>3}  {show_value(who):<12} "
    return textwrap.wrap(
        printable(what), WIDTH, initial_indent=head, subsequent_indent=" " * len(head), break_long_words=True
    ) or [head]


def _fields(step: Step) -> str:
    return ", ".join(f"{name}={_symbol(value)}" for name, value in step.fields.items())


def _symbol(value: Any) -> str:
    if isinstance(value, dict) and "$ref" in value:
        return show_value(value["$ref"])
    if isinstance(value, dict) and "$from" in value:
        return f"{show_value(value['$from'])}.{show_value(value.get('field'))}"
    if isinstance(value, list):
        return f"[{', '.join(map(_symbol, value))}]"
    return show_value(value)


def _crafted(x: Exchange, craft: str) -> str:
    field = craft.partition(":")[0]
    if craft.startswith("caller:"):
        return f"{x.sent.caller or 'nobody'} called"
    if x.sent.body is not None:
        return f"the body was {show_value(x.sent.body.decode('ascii', 'backslashreplace'))}"
    if field in x.operation.fields:
        return f"{field} was {show_value(x.sent.fields[field])}" if field in x.sent.fields else f"{field} was not sent"
    return f"the fields were {show_value(dict(x.sent.fields))}"


def _answer(x: Exchange) -> str:
    detail = f" {show_value(x.reply.code)}" if x.reply.code else ""
    detail += f" ({show_value(x.reply.body)})" if x.outcome is Outcome.FAILED else ""
    return f"{x.outcome}{detail}"


def export(file: TraceFile, factory: str) -> str:
    """A test module, ready to paste, that fails for as long as the counterexample reproduces. `factory` is
    MODULE:NAME.
    """
    module, _, name = factory.partition(":")
    if not all(part.isidentifier() and not iskeyword(part) for part in (*module.split("."), *name.split("."))):
        raise GuardsError(f"`{show_value(factory)}` is not MODULE:NAME", "bad_factory")
    test = file.property.replace("-", "_")
    head = name.partition(".")[0]
    body = (
        json.dumps(file.model_dump(mode="json", by_alias=True), ensure_ascii=True, indent=1)
        .replace("\\", "\\\\")
        .replace("'''", "\\'\\'\\'")
    )
    return (
        f'"""A counterexample to `{file.property}`, found with seed {file.seed}."""\n\n'
        f"from guards.testing import check_trace\n"
        f"from {module} import {head}\n\n"
        f"TRACE = '''\n{body}\n'''\n\n\n"
        f"def test_{test}_holds_where_it_once_broke() -> None:\n"
        f"    check_trace({name}, TRACE)\n"
    )
