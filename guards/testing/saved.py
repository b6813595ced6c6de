"""Counterexamples as files, and as pytest tests to paste: what was found once can be run again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from keyword import iskeyword
from typing import Any

from guards.errors import GuardsError
from guards.results import ChangeShape, StepShape, TraceFile, WorldShape
from guards.testing.exchange import Exchange
from guards.testing.judges import Finding
from guards.testing.properties import Property
from guards.testing.service import Seen, Service
from guards.testing.steps import Step
from guards.testing.trace import CALL_ANSWERED, Trace, call_answered, rerun
from guards.testing.world import World


def to_file(service: Service, trace: Trace, service_name: str) -> TraceFile:
    """The trace as a file holds it, with what it shows now."""
    showing = rerun(service, trace)
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
        changed=[change_of(culprit, key) for key in finding.objects] if culprit else [],
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


def change_of(x: Exchange, key: Any) -> ChangeShape:
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
