"""Runs steps against a service and says what each one changed: the one replayer of every engine.

A `Session` is one service in one populated world. It resolves symbols, applies crafts, calls, observes, and keeps the
ledger of circumstances; it judges nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, cast

from guards.testing.answers import copied, handed_back, refusal_raised, refusals_of, reply_of, safe_text, trail_of, word
from guards.testing.bodies import BODY_MAX_BYTES, lax_bodies, read_body
from guards.testing.crafts import FAMILIES, apply_craft, craft_name
from guards.testing.declarations import AdapterError, Expected, asked
from guards.testing.exchange import Exchange, Names, Watch, left_no_trace
from guards.testing.naming import exact
from guards.testing.oracle import Oracle
from guards.testing.raw_crafts import OVERSIZED
from guards.testing.reading import Duty, Ledger, Reading
from guards.testing.scene import NotApplicable, Scene, Sent
from guards.testing.seeing import changes_between, look, look_twice, row_of, with_ids_reused, with_owners_back
from guards.testing.service import (
    Audited,
    AuditEntry,
    Effect,
    Faults,
    FieldKind,
    FreezesProducts,
    Holds,
    Limits,
    Operation,
    Outcome,
    Reply,
    Seen,
    SendsBytes,
    Service,
    Sharing,
    not_tried,
)
from guards.testing.steps import Step, StepError, expect_circumstance, native_of, refs_in, resolve
from guards.testing.world import Organization, Principal, Unexpressible, World

_UNREAD = Reading(frozenset(), frozenset(), Duty.MAY, frozenset(), None, "none")


@dataclass(frozen=True, slots=True)
class Populated:
    """What is known of a service right after it was filled with a world. Nobody changes any of it."""

    natives: Mapping[str, Any]
    objects: Mapping[str, Any]
    raw: Mapping[Any, Any]
    seen: Mapping[Any, Seen]
    names: Names
    oracle: Oracle
    tokens: Mapping[str, set[str]]
    is_audited: bool


class Session:
    """One service in one populated world, ready for steps. Raises `Unexpressible` if the service cannot hold the
    world's ids.

    `before` is how the same world showed an earlier time: where it does again, what was found in order still is.
    """

    def __init__(self, service: Service, world: World, before: Populated | None = None) -> None:
        self.service, self.world = service, world
        self.operations = {operation.name: operation for operation in service.operations}
        self.natives, self.objects = handed_back(asked("populate", service.populate, world))
        self.seen: Mapping[Any, Seen]
        if before is not None and self._is_as(before):
            self.populated = before
            self._raw, self.seen, self.names = before.raw, before.seen, before.names
        else:
            self._raw = look_twice(service)
            self.seen = {key: row_of(value) for key, value in self._raw.items()}
            self._must_be_expressed()
            self.names = Names(world, self.natives, self.objects)
            self.populated = Populated(
                self.natives,
                self.objects,
                self._raw,
                self.seen,
                self.names,
                Oracle(world, self.natives, self.objects),
                _tokens_of(self.operations.values()),
                isinstance(service, Audited),
            )
        known = self.populated.oracle
        self.oracle = known.afresh() if known.world is world else Oracle(world, self.natives, self.objects)
        self.judges_isolation_alone = False
        """Then what a refused call was about matters only where it changed something."""
        self.ledger = Ledger()
        self.answers: dict[str, Any] = {}
        self._principals = {principal.ref: principal for principal in world.principals}
        self._refusals: tuple[type[Exception], ...] = refusals_of(service)
        self._audits = cast(Audited, service) if self.populated.is_audited else None
        self._audited = 0
        self._is_pristine = True
        self._shown: set[str] = set()
        """The levels at which a hold shows in what is observed."""

    def _is_as(self, before: Populated) -> bool:
        if self.natives != before.natives or self.objects != before.objects:
            return False
        return look(self.service, before.raw) is before.raw

    def _must_be_expressed(self) -> None:
        """Each resource of the world must be seen, once, with its owner: else two of its ids fell together."""
        missing = [ref for ref in self.world.refs() if ref not in self.natives]
        if missing:
            raise AdapterError(f"populate handed back no id for `{missing[0]}`")
        people = {principal.ref for principal in self.world.principals}
        for ref in self.world.refs():
            if ref not in people and type(self.natives[ref]) not in (str, int):
                kind = type(self.natives[ref]).__name__
                raise AdapterError(f"populate handed back a {kind} for `{ref}`; ids are sent as text or whole numbers")
        keys = {self.key_of(resource.ref) for resource in self.world.resources}
        if len(keys) != len(self.world.resources):
            raise Unexpressible("two resources of this world are one object in the service")
        expected = Expected.by(self.operations.values(), self.natives, holds=isinstance(self.service, Holds))
        for resource in self.world.resources:
            expected.check(resource, self.seen.get(self.key_of(resource.ref)))

    def key_of(self, ref: str) -> Any:
        """The key under which a resource of the world is observed."""
        return self.objects[ref] if ref in self.objects else native_of(ref, self.natives)

    # --- steps ---

    def run(self, step: Step, watch: Watch | None = None) -> Exchange | None:
        """Run one step. A circumstance gives None; of a call, `watch` hears before anything else is run."""
        if step.is_call:
            exchange = self._call(step)
            if watch is not None:
                watch(exchange)
            return exchange
        self._is_pristine = False
        self._circumstance(step.do, resolve(step.fields, self.natives, self.answers), step.fields)
        if self._refresh() and step.do == "@hold":
            self._shown.add(str(step.fields["level"]))
        return None

    def _call(self, step: Step) -> Exchange:
        operation = self.operations.get(step.do)
        if operation is None:
            raise StepError(f"the service has no operation `{step.do}`")
        if step.caller and step.caller not in self._principals:
            raise StepError(f"the step is called by `{step.caller}`, whom its world does not have")
        try:
            sent = self.craft(step, operation)
        except NotApplicable as why:
            sent = Sent(step.caller, dict(step.fields))
            return Exchange(step, operation, sent, not_tried(str(why)), _UNREAD, self.seen, {})
        return self.perform(step, operation, sent)

    def craft(self, step: Step, operation: Operation) -> Sent:
        """What this step sends in this world. Raises `NotApplicable` where its crafts cannot be made."""
        sent = Sent(step.caller, resolve(step.fields, self.natives, self.answers))
        nothing = [name for name, value in sent.fields.items() if value is None]
        if nothing and not set(_token_fields(operation)).isdisjoint(nothing):
            raise NotApplicable("no earlier answer gave this token")
        if step.crafts:
            scene = Scene(self.world, self.natives, operation, partial(self.about, step), self.operations.values())
            for craft in step.crafts:
                sent = apply_craft(craft, sent, scene)
        return sent

    def perform(self, step: Step, operation: Operation, sent: Sent) -> Exchange:
        """Send exactly this, and see what it changes."""
        before, seen, fault = self._raw, self.seen, self.ledger.fault
        reply = self._send(operation, sent)
        audit = self._audit_gained()
        self._raw = look(self.service, before)
        changes = changes_between(before, self._raw, seen) if self._raw is not before else {}
        is_idle = self.judges_isolation_alone and reply.outcome is Outcome.REFUSED and not changes
        reading = _UNREAD if is_idle else self._read(operation, step, sent)
        if operation.effect is Effect.CREATE:
            changes = with_ids_reused(changes)
        elif changes:
            changes = with_owners_back(changes, self.ledger.left)
        exchange = Exchange(
            step,
            operation,
            sent,
            reply,
            reading,
            seen,
            changes,
            allowance=self._allowance(operation),
            fault=fault,
            is_first=self._is_pristine,
            audit=audit,
            names=self.names,
            holds_show=any(level in self._shown for level, _ in reading.marks),
            comparable=bool(getattr(self.service, "comparable_replies", False)),
        )
        if changes:
            exchange = self._with_what_forbade(exchange)
        self._note(exchange)
        return exchange

    def _with_what_forbade(self, exchange: Exchange) -> Exchange:
        """Whatever spoke, before the call, for leaving alone what it changed."""
        changes, ledger, oracle = exchange.changes, self.ledger, self.oracle
        known = [key for key in changes if key in self.seen]
        grounds = known if ledger.dependents else ()
        rows = ((key, before or after) for key, (before, after) in changes.items())
        return replace(
            exchange,
            held=frozenset(key for key in known if oracle.is_held(key, self.seen[key], ledger)),
            grounds=frozenset(ledger.dependents),
            frozen=frozenset(key for key, row in rows if row and oracle.kind_of(key, row) in ledger.read_only),
            load_bearing=frozenset(key for key in grounds if oracle.stands_for_others(key, self.seen, ledger)),
        )

    def _allowance(self, operation: Operation) -> tuple[int, int, int] | None:
        if self.ledger.limit is None:
            return None
        return (*self.ledger.limit, self.oracle.fleet(operation.acts_on, self.seen))

    def _read(self, operation: Operation, step: Step, sent: Sent) -> Reading:
        tolerated = bool(step.crafts) and all(
            not {c, craft_name(c), FAMILIES.get(craft_name(c))}.isdisjoint(operation.tolerates) for c in step.crafts
        )
        # How long a body may be is the service's own affair, unless it declares a refusal for one that is too long.
        if sent.body is not None and len(sent.body) > BODY_MAX_BYTES and OVERSIZED not in operation.refuses:
            tolerated = True
        fields: Mapping[str, Any] | None = sent.fields if sent.body is None else read_body(sent.body)
        alternatives = () if sent.body is None or fields is not None else lax_bodies(sent.body, sent.fields)
        caller = self._principals.get(sent.caller)
        return self.oracle.read(operation, caller, fields, alternatives, self.seen, self.ledger, tolerated=tolerated)

    def _send(self, operation: Operation, sent: Sent) -> Reply:
        credential = self.natives[sent.caller] if sent.caller else None
        try:
            if sent.body is None:
                reply = self.service.call(credential, operation.name, copied(sent.fields))
            elif isinstance(self.service, SendsBytes):
                reply = self.service.send(credential, operation.name, sent.body)
            else:
                reply = not_tried("the service takes no bytes")
        except self._refusals as refusal:
            return refusal_raised(refusal)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # whatever a service throws is a result, never the kit's own end
            return Reply(Outcome.FAILED, code=word(type(error).__name__), body=safe_text(error))
        return reply_of(reply)

    def _audit_gained(self) -> Sequence[AuditEntry] | None:
        if self._audits is None:
            return None
        trail = trail_of(asked("audit", self._audits.audit))
        gained = list(trail[self._audited :])
        self._audited = len(trail)
        return gained

    def _note(self, exchange: Exchange) -> None:
        """Bring what is known up to date after a call."""
        self._is_pristine = self._is_pristine and left_no_trace(exchange)
        if exchange.fault and isinstance(self.service, Faults):
            # A call that never got as far as the fault must not leave it to the next one.
            asked("inject", self.service.inject, "")
        self.ledger.fault = ""
        if exchange.step.let:
            self.answers[exchange.step.let] = exchange.reply.body
        if exchange.changes:
            self._shown.update(level for level, _ in exchange.reading.marks)
            self.seen = seen = dict(self.seen)
            for key, (_, after) in exchange.changes.items():
                if after is None:
                    row = seen.pop(key)
                    if self.oracle.knows(key):
                        self.ledger.left[key] = row
                else:
                    # A target of a destruction is gone even if the service still lists it in some state of its own.
                    about = exchange.reading.gone | (exchange.reading.targets or frozenset())
                    destroyed = exchange.operation.effect is Effect.DESTROY and key in about
                    seen[key] = after._replace(gone=True) if destroyed else after
        if exchange.outcome is Outcome.ACCEPTED:
            self._note_tokens(exchange)
            names = (exchange.sent.fields.get(name) for name, f in exchange.operation.fields.items() if f.fresh)
            self.ledger.names.update(exact(name) for name in names if name is not None)
        if exchange.outcome is Outcome.ACCEPTED and exchange.operation.gives:
            self._note_creation(exchange)
        if exchange.outcome is Outcome.ACCEPTED and exchange.reading.duty is not Duty.MUST_NOT:
            self._note_circumstance(exchange)

    def _note_tokens(self, exchange: Exchange) -> None:
        """A token belongs to the organization of the call that was answered with it; None is an operator's alone."""
        body, organization = exchange.reply.body, exchange.reading.home[0]
        if not isinstance(body, Mapping):
            return
        for name in self.populated.tokens.get(exchange.operation.name, ()):
            if body.get(name) is not None:
                self.ledger.tokens.setdefault(exact(body[name]), set()).add(organization)

    def _note_creation(self, exchange: Exchange) -> None:
        """A created object can be named from now on, by the id that the reply gives it."""
        kind, body = exchange.operation.acts_on, exchange.reply.body
        made = [
            (key, after)
            for key, (before, after) in exchange.changes.items()
            if before is None and after is not None and after.parent is None and after.kind in (kind, "")
        ]
        if len(made) == 1 and isinstance(body, Mapping) and exchange.operation.gives in body:
            self.oracle.learn(kind, body[exchange.operation.gives], *made[0])

    def _note_circumstance(self, exchange: Exchange) -> None:
        """An accepted hold, release or switch of the service's own counts from now on."""
        operation, fields = exchange.operation, exchange.sent.fields
        if operation.effect in (Effect.HOLD, Effect.UNHOLD):
            is_hold = operation.effect is Effect.HOLD
            (self.ledger.holds.update if is_hold else self.ledger.holds.difference_update)(exchange.reading.marks)
        elif operation.effect is Effect.READ_ONLY:
            kinds = {
                fields[name]
                for name, spec in operation.fields.items()
                if spec.kind is FieldKind.CHOICE and name in fields
            }
            on = any(fields.get(name) is True for name, spec in operation.fields.items() if spec.kind is FieldKind.FLAG)
            self._note_switch(kinds, on)

    def _note_switch(self, kinds: set[Any], on: bool) -> None:
        """These kinds are read-only from now on, or no longer; where there is one switch, all are."""
        if getattr(self.service, "one_switch", False):
            kinds = kinds | {resource.kind for resource in self.world.resources}
        (self.ledger.read_only.update if on else self.ledger.read_only.difference_update)(kinds)

    def _refresh(self) -> bool:
        """Look at what a circumstance has changed: whether anything shows."""
        raw = look(self.service, self._raw)
        if raw is self._raw:
            return False
        changes = changes_between(self._raw, raw, self.seen)
        gone = {key for key, row in self.seen.items() if row.gone and key not in changes}
        rows = {key: row_of(value, self.seen.get(key)) for key, value in raw.items()}
        self.seen = {key: row._replace(gone=True) if key in gone else row for key, row in rows.items()}
        self._raw = raw
        return True

    def about(self, step: Step) -> Organization:
        """The organization that the valid call is about: the first one its fields lead to, else the caller's."""
        spec = self.operations[step.do].fields if step.do in self.operations else {}
        fields = {name: value for name, value in step.fields.items() if name not in spec or not spec[name].destination}
        named = set(refs_in(fields))
        if organization := next((o for o in self.world.organizations if o.ref in named), None):
            return organization
        if project := next((p for p in self.world.projects if p.ref in named), None):
            return project.organization
        if resource := next((r for r in self.world.resources if r.ref in named), None):
            return resource.organization
        caller = self._principals.get(step.caller)
        return caller.organization if caller and caller.organization else self.world.organizations[0]

    def principal(self, ref: str) -> Principal | None:
        return self._principals.get(ref)

    # --- circumstances ---

    def _circumstance(self, name: str, fields: dict[str, Any], symbols: Mapping[str, Any]) -> None:
        expect_circumstance(name, fields)
        service, ledger = self.service, self.ledger
        if name == "@hold" and isinstance(service, Holds):
            level, ref = str(fields["level"]), str(next(refs_in(symbols["id"]), ""))
            held = self.key_of(ref) if level == "resource" and ref else fields["id"]
            asked("hold", service.hold, level, held, fields["on"])
            (ledger.holds.add if fields["on"] else ledger.holds.discard)((level, self._held_thing(level, ref)))
        elif name == "@read_only" and isinstance(service, FreezesProducts):
            asked("read_only", service.read_only, fields["kind"], fields["state"])
            self._note_switch({fields["kind"]}, fields["state"] is not False)
        elif name == "@limit" and isinstance(service, Limits):
            asked("limit", service.limit, fields["count"], fields["percent"])
            ledger.limit = (fields["count"], fields["percent"])
        elif name == "@depend" and isinstance(service, Sharing):
            dependent, on = (self.key_of(next(refs_in(symbols[end]), "")) for end in ("dependent", "on"))
            asked("depend", service.depend, dependent, on)
            ledger.dependents.add((dependent, on))
        elif name == "@fault" and isinstance(service, Faults):
            asked("inject", service.inject, fields["fault"])
            ledger.fault = fields["fault"]
        else:
            raise StepError(f"the service lacks the ability for `{name}`")

    def _held_thing(self, level: str, ref: str) -> Any:
        if level == "resource":
            return self.key_of(ref)
        if level == "project":
            project = next((p for p in self.world.projects if p.ref == ref), None)
            return (self.natives[project.organization.ref], self.natives[ref]) if project else None
        return native_of(ref, self.natives)


def run_steps(service: Service, world: World, steps: Sequence[Step]) -> list[Exchange]:
    """Run a whole trace from its world on; the calls, in order."""
    session = Session(service, world)
    return _run_all(session, steps)


def _run_all(session: Session, steps: Sequence[Step], watch: Watch | None = None) -> list[Exchange]:
    """The calls among these steps, in order."""
    out = []
    for step in steps:  # no `map`: a StopIteration from within would end it in silence
        exchange = session.run(step, watch)
        if exchange is not None:
            out.append(exchange)
    return out


class Stage:
    """Runs short traces, and keeps the populated service for the next one as long as all that it did was to refuse.

    Setting up costs more than most calls, and most crafted calls change nothing. What ran since the service was
    populated is part of each trace: should the service remember what nobody can see, the trace still shows it.
    """

    def __init__(self, service: Service) -> None:
        self.is_populating = False
        """Whether what was raised last kept a world out of the service: no case of it can be run."""
        self._service = service
        self._session: Session | None = None
        self._history: list[Step] = []
        self._known: dict[int, tuple[World, Populated]] = {}

    def run(
        self, world: World, steps: Sequence[Step], watch: Watch | None = None, *, isolation_alone: bool = False
    ) -> tuple[Session, tuple[Step, ...], list[Exchange]]:
        """The session, all steps since it was populated, and the calls of these steps, each told to `watch`.

        `isolation_alone` says that nothing else will be judged.
        """
        session = self._session
        if session is None or session.world is not world or len(self._history) >= HISTORY_MAX:
            session, self._history = self._populated(world), []
        self._history += steps
        session.judges_isolation_alone = isolation_alone
        self._session = None  # whatever is raised on the way, nobody goes on from there
        exchanges = _run_all(session, steps, watch)
        if len(exchanges) == len(steps) and all(map(left_no_trace, exchanges)):
            self._session = session
        return session, tuple(self._history), exchanges

    def _populated(self, world: World) -> Session:
        _, before = self._known.get(id(world), (world, None))
        if before is None and len(self._known) >= WORLDS_MAX:
            self._known.clear()
        self.is_populating = True
        session = Session(self._service, world, before)
        self.is_populating = False
        self._known[id(world)] = world, session.populated  # the world is kept, so that nobody else gets its number
        return session


WORLDS_MAX = 128
"""More than a round has: so many are remembered as they were shown first."""
HISTORY_MAX = 100
"""Most steps that may have run since a service was populated: counterexamples are shortened from there."""


def _tokens_of(operations: Iterable[Operation]) -> dict[str, set[str]]:
    """Operation -> the names under which its replies hand out tokens."""
    out: dict[str, set[str]] = {}
    for operation in operations:
        for name in _token_fields(operation):
            out.setdefault(operation.fields[name].of, set()).add(operation.fields[name].value)
    return out


def _token_fields(operation: Operation) -> list[str]:
    return [name for name, spec in operation.fields.items() if spec.kind is FieldKind.TOKEN]
