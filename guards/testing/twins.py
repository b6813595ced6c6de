"""The same calls in the same world without the organizations that have nothing to do with them.

A call is involved with the organizations that it names, that it is entitled to, and with whoever calls; everybody else
is left out, with their calls, and what is sent is put into the ids of the smaller world. Judged as `noninterference`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from guards.testing.crafts import FAMILIES, craft_name
from guards.testing.exchange import Exchange, Watch, left_no_trace
from guards.testing.replay import Session
from guards.testing.scene import Family, NotApplicable, Sent, unknown_like
from guards.testing.service import Effect, FieldKind, Operation, Service
from guards.testing.steps import Step, refs_in, resolve
from guards.testing.world import Unexpressible, World


def run_with_twin(service: Service, world: World, steps: Sequence[Step], watch: Watch | None = None) -> list[Exchange]:
    """Run a trace, and again without the organizations that have nothing to do with its last call, and without their
    calls.

    Each call that is left then carries its twin. There is none where nobody, or everybody, would be left out, or
    where limits are a share of what everybody owns, which others rightly change. `watch` hears of the calls in the
    whole world.
    """
    session = Session(service, world)
    ran = [(step, session.run(step, watch)) for step in steps]
    exchanges = [x for _, x in ran if x is not None]
    involved, kept = _involved(session, ran)
    strangers = {o.ref for o in world.organizations} - involved
    if not 0 < len(strangers) < len(world.organizations) or any(step.do == "@limit" for step in steps):
        return exchanges
    try:
        other = Session(service, world.without(strangers))
    except Unexpressible:
        return exchanges
    translation = Translation(session, other)
    if translation.renames and any(x.sent.body is not None for x in exchanges):
        return exchanges  # ids inside raw bytes cannot be told from other bytes
    out: list[Exchange] = []
    for (step, x), is_kept in zip(ran, kept, strict=True):
        if x is None:
            if is_kept:
                other.run(step)
            continue
        if not x.was_tried or not is_kept:
            out.append(x)
            continue
        try:
            sent = _sent(x, other, translation)
        except NotApplicable:  # what handed out its token did so for somebody who has been left out
            out.append(x)
            continue
        twin = other.perform(step, x.operation, sent)
        out.append(replace(x, twin=twin, has_the_same_ids=not translation.renames))
    return out


class Twins:
    """Collects single calls, and runs them again in smaller worlds: as many as possible in one populated world."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._waiting: dict[tuple[int, frozenset[str]], list[tuple[Session, Exchange]]] = {}

    def add(self, session: Session, x: Exchange) -> None:
        """Put a call by that was the last one in its session."""
        involved, _ = _involved(session, [(x.step, x)])
        strangers = frozenset(o.ref for o in session.world.organizations) - involved
        if 0 < len(strangers) < len(session.world.organizations) and x.was_tried:
            self._waiting.setdefault((id(session.world), strangers), []).append((session, x))

    def run(self) -> Iterator[tuple[World, Exchange]]:
        """Each call that was put by, with its twin, and the world it was made in."""
        for (_, strangers), calls in self._waiting.items():
            small: Session | None = None
            translations: dict[int, Translation] = {}
            for large, x in calls:
                if small is None:
                    try:
                        small = Session(self._service, large.world.without(strangers))
                    except Unexpressible:
                        break
                    translations.clear()
                if id(large) not in translations:
                    translations[id(large)] = Translation(large, small)
                translation = translations[id(large)]
                if translation.renames and x.sent.body is not None:
                    continue  # ids inside raw bytes cannot be told from other bytes
                twin = small.perform(x.step, x.operation, _sent(x, small, translation))
                if not left_no_trace(twin):
                    small = None
                yield large.world, replace(x, twin=twin, has_the_same_ids=not translation.renames)
        self._waiting.clear()


def _involved(session: Session, ran: Sequence[tuple[Step, Exchange | None]]) -> tuple[set[str], list[bool]]:
    """What the last call has to do with: organizations and callers, through every step that shares one; and those
    steps.
    """
    touches = [_touches(session, step, x) for step, x in ran]
    struck: set[str] = set()
    for n in reversed(range(len(ran))):
        if ran[n][1] is not None:
            struck = touches[n]
        elif ran[n][0].do == "@fault":  # it belongs to the call that it strikes, and leaves with that
            touches[n] = struck
    last = max((n for n, (_, x) in enumerate(ran) if x is not None), default=0)
    involved: set[str] = set(touches[last]) if touches else set()
    for (step, x), touched in zip(ran, touches, strict=True):
        if x is not None and _switches_all(step, x):
            involved |= touched  # whoever did it stays
    while any(not touched.isdisjoint(involved) and not touched <= involved for touched in touches):
        for touched in touches:
            if not touched.isdisjoint(involved):
                involved |= touched
    return involved, [touched <= involved for touched in touches]


def _switches_all(step: Step, x: Exchange) -> bool:
    """Whether a call may have turned a switch that is everybody's."""
    return x.operation.effect is Effect.READ_ONLY and not left_no_trace(x) and not any(refs_in(step.fields))


def _touches(session: Session, step: Step, x: Exchange | None) -> set[str]:
    """The organizations and the principal that a step has to do with: named by it, entitled by it, or calling."""
    world = session.world
    named = set(refs_in(step.fields))
    out = {o.ref for o in world.organizations if o.ref in named}
    out |= {p.organization.ref for p in world.projects if p.ref in named}
    out |= {r.organization.ref for r in world.resources if r.ref in named}
    if x is None:
        return out
    caller = session.principal(x.sent.caller)
    if caller is not None and caller.organization is not None:
        out |= {caller.organization.ref}
    if x.operation.effect is Effect.READ_ONLY:
        return out  # a switch concerns everybody, whichever operator turned it
    natives = x.reading.entitled | x.reading.destinations | {x.reading.home[0]}
    out |= {o.ref for o in world.organizations if session.natives[o.ref] in natives}
    if caller is not None and caller.organization is None:
        out |= {caller.ref}
    return out | {session.about(step).ref}


_ABOUT_THE_VALUE = frozenset({Family.ABSENCE, Family.WILDCARD, Family.TYPE, Family.SPELLING})
"""Crafts that need nothing but the value they spoil, and so can be made anew in another world."""


def _sent(x: Exchange, small: Session, translation: Translation) -> Sent:
    """What the call sends in the smaller world: made anew where it needs no stranger, else translated."""
    if {FAMILIES.get(craft_name(craft)) for craft in x.step.crafts} <= _ABOUT_THE_VALUE:
        return small.craft(x.step, x.operation)
    answered = {name for name, value in x.step.fields.items() if isinstance(value, Mapping) and "$from" in value}
    fields = {
        name: resolve(x.step.fields[name], small.natives, small.answers)
        if name in answered
        else translation.of(value, _named_kind(x.operation, name))
        for name, value in x.sent.fields.items()
    }
    return replace(x.sent, fields=fields)


class Translation:
    """What is sent in one populated world, in the ids of a smaller one: services that count give their ids anew.

    By kind, because a number may name one thing of each. What a removed tenant's thing was called, and what named
    nothing of its kind, must name nothing in the smaller world either.
    """

    def __init__(self, large: Session, small: Session) -> None:
        self._taken: dict[str, set[str]] = {}
        for kind, name in _by_kind(small.world):
            self._taken.setdefault(kind, set()).add(repr(small.natives[name]))
        self._ids: dict[str, dict[str, Any]] = {}
        for kind, name in _by_kind(large.world):
            native, ids = large.natives[name], self._ids.setdefault(kind, {})
            if name in small.natives:
                ids[repr(native)] = small.natives[name]
            else:  # unless what stays has the very same name
                ids.setdefault(repr(native), self._unknown(native, kind))
        self.renames = any(old != repr(new) for ids in self._ids.values() for old, new in ids.items())

    def of(self, value: Any, kind: str) -> Any:
        """The value of a field that names things of this kind ("": it names none)."""
        if isinstance(value, Mapping):
            return {key: self.of(inner, kind) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.of(inner, kind) for inner in value]
        text = repr(value)
        if text in self._ids.get(kind, ()):
            return self._ids[kind][text]
        elsewhere = (ids[text] for ids in self._ids.values() if text in ids)
        return self._unknown(next(elsewhere, value), kind)

    def _unknown(self, value: Any, kind: str) -> Any:
        taken = self._taken.get(kind, set())
        return unknown_like(value, taken) if repr(value) in taken else value


def _by_kind(world: World) -> Iterator[tuple[str, str]]:
    """Every thing of the world that a field can name: its kind and its ref."""
    yield from (("organization", o.ref) for o in world.organizations)
    yield from (("project", p.ref) for p in world.projects)
    yield from ((r.kind, r.ref) for r in world.resources)


def _named_kind(operation: Operation, name: str) -> str:
    """The kind of thing that a field names; a repetition names what it repeats."""
    spec = operation.fields.get(name)
    if spec is not None and spec.kind is FieldKind.REPEATS:
        spec = operation.fields.get(spec.of)
    if spec is None:
        return ""
    return spec.of if spec.kind in (FieldKind.RESOURCE, FieldKind.RESOURCES) else str(spec.kind)
