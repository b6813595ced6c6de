"""What a system under test offers the kit: operations, `populate`, `call` and `observe`; nothing of Hypothesis,
nothing of a guard.

A service is anything with these four. Everything else it may offer (raw bytes, holds, limits, faults, ...) is an
ability: a protocol of its own at the end of this file, and what a service lacks is reported as `unsupported`, never
as held.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple, Protocol, runtime_checkable

from guards.testing.world import World


class Role(StrEnum):
    """Who calls: a user of one tenant, or an operator who may act on the one organization that a call names."""

    TENANT = "tenant"
    OPERATOR = "operator"


TENANT, OPERATOR = Role.TENANT, Role.OPERATOR


class Effect(StrEnum):
    """What an operation does when it is accepted."""

    DESTROY = "destroy"
    CREATE = "create"
    MOVE = "move"
    CHANGE = "change"
    RESTORE = "restore"
    """Brings back what is gone and still listed: `Seen(..., gone=True)`."""
    HOLD = "hold"
    UNHOLD = "unhold"
    READ_ONLY = "read-only"
    READ = "read"


MUST_SHOW = frozenset({Effect.DESTROY, Effect.CREATE, Effect.MOVE, Effect.CHANGE, Effect.RESTORE})
"""Effects that show in what is observed, or there is nothing to judge; a hold shows where the service shows holds."""


class FieldKind(StrEnum):
    """What a field carries; the kind decides which crafts apply to it."""

    ORGANIZATION = "organization"
    PROJECT = "project"
    RESOURCE = "resource"
    RESOURCES = "resources"
    REPEATS = "repeats"
    FLAG = "flag"
    TEXT = "text"
    CHOICE = "choice"
    TOKEN = "token"
    PAYLOAD = "payload"


ID_KINDS = frozenset({FieldKind.ORGANIZATION, FieldKind.PROJECT, FieldKind.RESOURCE})


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an operation. Build it with `organization()`, `project()`, `resource(kind)` and the others below."""

    kind: FieldKind
    of: str = ""
    """The resource kind, the name of the repeated field, or the operation that hands out the token."""
    required: bool = True
    destination: bool = False
    """The id says where an object goes, not which object is meant."""
    value: Any = None
    """What a valid call sends in a text, choice or payload."""
    choices: tuple[Any, ...] = ()
    fresh: bool = False
    """No two calls of a sequence send the same text: a name that must be new."""
    anybodys: bool = False
    """Of a token: it tells nothing and opens nothing, so that it may be sent by whoever has it."""


def organization(*, required: bool = True, destination: bool = False) -> Field:
    """The id of an organization (the tenant)."""
    return Field(FieldKind.ORGANIZATION, required=required, destination=destination)


def project(*, required: bool = True, destination: bool = False) -> Field:
    """The id of a project of the organization."""
    return Field(FieldKind.PROJECT, required=required, destination=destination)


def resource(kind: str, *, required: bool = True) -> Field:
    """The id of one resource of this kind."""
    return Field(FieldKind.RESOURCE, of=kind, required=required)


def resources(kind: str, *, required: bool = True) -> Field:
    """A list of one or more ids of resources of this kind."""
    return Field(FieldKind.RESOURCES, of=kind, required=required)


def repeats(name: str, *, required: bool = True) -> Field:
    """A field that must repeat the value of the field `name`: the second naming of a target."""
    return Field(FieldKind.REPEATS, of=name, required=required)


def flag(*, required: bool = True, value: bool = False) -> Field:
    """A real boolean; `value` is what a plain valid call sends."""
    return Field(FieldKind.FLAG, required=required, value=value)


def text(value: str = "kit", *, required: bool = True, fresh: bool = False) -> Field:
    """Free text that must not be blank, such as a reason. `fresh` is for a name that must be new: each call of a
    sequence sends another text, which begins with `value`.
    """
    return Field(FieldKind.TEXT, required=required, value=value, fresh=fresh)


def choice(*choices: Any, required: bool = True) -> Field:
    """One of a closed set of literals; a valid call sends the first."""
    return Field(FieldKind.CHOICE, required=required, value=choices[0], choices=choices)


def token(operation: str, name: str, *, required: bool = False, anybodys: bool = False) -> Field:
    """A value given by an earlier reply of `operation` under `name`: a page cursor, or, where it is `required`, what
    confirms a call that was prepared before. What a call is about that names nothing else, the judge cannot tell: it
    must stay within the organization to which the token was given.

    Another organization that sends it must be refused, unless it is `anybodys`: say, a plain number of rows to skip.
    """
    return Field(FieldKind.TOKEN, of=operation, required=required, value=name, anybodys=anybodys)


def payload(value: Any = None, *, required: bool = True) -> Field:
    """Anything else the service wants in a valid call; never crafted."""
    return Field(FieldKind.PAYLOAD, required=required, value=value)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the service: who may call it, with which fields, and what it does to which kind of object."""

    name: str
    caller: Role | tuple[Role, ...]
    fields: Mapping[str, Field]
    effect: Effect = Effect.DESTROY
    kind: str = ""
    """The kind of object it acts on; read off its resource fields when left out."""
    one_of: tuple[str, ...] = ()
    """Fields of which a call sends exactly one: the alternative ways to say what is meant."""
    dry_run: str = ""
    """The name of the flag that asks for a dry run, if there is one."""
    tolerates: frozenset[str] = frozenset()
    """What the service accepts by its own documentation: names of crafts (`upper-case`, `project_id:null`), or a
    whole family of them (`extra field`).
    """
    gives: str = ""
    """Of a creation: where in an accepted reply's body the new object's id stands, so that later calls can name it."""
    refuses: Mapping[str, str] = field(default_factory=dict)
    """The refusal code declared for a craft; a refusal for another reason counts as wrong."""
    may_refuse: tuple[str, ...] = ()
    """Codes of refusals that may stop even a well-formed call, such as `quota_exceeded`. They are no offence, and no
    evidence either: an operation that is never seen to work is not held to be useful.
    """

    shows: bool = True
    """False for a change that `observe` does not tell, such as a new password: its reply is all there is to judge."""

    @property
    def must_show(self) -> bool:
        """Whether an accepted call must be seen in what is observed."""
        return self.shows and self.effect in MUST_SHOW

    def is_stopped_by(self, code: str) -> bool:
        """Whether a refusal with this code says nothing about the call."""
        return code in self.may_refuse

    @property
    def callers(self) -> tuple[Role, ...]:
        return self.caller if isinstance(self.caller, tuple) else (self.caller,)

    @property
    def acts_on(self) -> str:
        """The kind of object that the operation acts on, or "" when only the world can tell."""
        return self.kind or next((f.of for f in self.fields.values() if f.kind in _RESOURCE_KINDS), "")

    @property
    def mutates(self) -> bool:
        return self.effect is not Effect.READ

    def variants(self) -> tuple[tuple[str, ...], ...]:
        """The sets of fields a valid call sends: one per alternative of `one_of`, and one without each optional
        scope.
        """
        always = tuple(
            name
            for name, f in self.fields.items()
            if name not in self.one_of and (f.required or f.kind is not FieldKind.TOKEN)
        )
        if self.one_of:
            return tuple((*always, scope) for scope in self.one_of)
        optional = tuple(
            name for name in always if not self.fields[name].required and self.fields[name].kind in _SCOPES
        )
        required = tuple(name for name in always if name not in optional)
        if not optional:
            return (required,)
        named = any(self.fields[name].kind in _SCOPES for name in required)
        return (*((required,) if named else ()), *((*required, scope) for scope in optional))


_RESOURCE_KINDS = frozenset({FieldKind.RESOURCE, FieldKind.RESOURCES})
_SCOPES = ID_KINDS | _RESOURCE_KINDS


class Outcome(StrEnum):
    """What a service says it did with a call. `FAILED` is an exception it did not declare; `NOT_TRIED` was never
    sent.
    """

    ACCEPTED = "accepted"
    REFUSED = "refused"
    INTERRUPTED = "interrupted"
    FAILED = "failed"
    NOT_TRIED = "not-tried"


@dataclass(frozen=True, slots=True)
class Reply:
    """A service's answer. `receipt` maps observed objects to done, refused or in doubt, where the service gives one."""

    outcome: Outcome
    code: str = ""
    body: Any = None
    receipt: Mapping[Any, str] | None = None


def accepted(body: Any = None, *, receipt: Mapping[Any, str] | None = None) -> Reply:
    """The service says it did what was asked."""
    return Reply(Outcome.ACCEPTED, body=body, receipt=receipt)


def refused(code: str = "", body: Any = None) -> Reply:
    """The service says it did nothing, and why."""
    return Reply(Outcome.REFUSED, code=code, body=body)


def interrupted(code: str = "", body: Any = None, *, receipt: Mapping[Any, str] | None = None) -> Reply:
    """The service stopped halfway; its receipt says which objects were hit."""
    return Reply(Outcome.INTERRUPTED, code=code, body=body, receipt=receipt)


def not_tried(why: str = "") -> Reply:
    """This client cannot send such a call; it counts for nothing, unless it has an effect all the same."""
    return Reply(Outcome.NOT_TRIED, code=why)


class Seen(NamedTuple):
    """One object as the judge sees it underneath the API. A plain tuple (organization, state) will do."""

    organization: Any
    state: Any
    project: Any = None
    kind: str = ""
    gone: bool = False
    """The object counts as destroyed although it is still listed (a soft delete)."""
    parent: Any = None
    """The object this one is a part of: it may change together with it."""


@dataclass(frozen=True, slots=True)
class Natives:
    """What `populate` hands back when a plain mapping will not do.

    `ids` maps every ref of the world to the service's own id (for a principal: its credential); `objects` maps the
    refs of resources to the keys that `observe` uses, where these differ from the ids.
    """

    ids: Mapping[str, Any]
    objects: Mapping[str, Any] = field(default_factory=dict)


class Service(Protocol):
    """A system under test. One instance is made per run; `populate` empties it and builds the world anew.

    A service may also have `refusals`, a tuple of exception types that mean "refused" when `call` raises them;
    `comparable_replies = True` when two runs may be compared by outcome and code as well as by effect; and
    `one_switch = True` when read-only mode is one switch for all kinds of objects.
    """

    @property
    def operations(self) -> Sequence[Operation]: ...

    def populate(self, world: World) -> Mapping[str, Any] | Natives:
        """Empty the service, create what the world says, and hand back the service's own id for each ref."""

    def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Reply:
        """Run one operation as this caller, exactly as a client would."""

    def observe(self) -> Mapping[Any, Seen | tuple[Any, ...]]:
        """Every object, read underneath the API under test: object -> (organization, state, ...)."""


@runtime_checkable
class SendsBytes(Protocol):
    """Ability: takes a raw request body, the JSON object of the fields as bytes."""

    def send(self, caller: Any, operation: str, body: bytes) -> Reply: ...


@runtime_checkable
class Holds(Protocol):
    """Ability: puts an object, a project or an organization under a hold. `level` is organization, project or
    resource; a resource is named as `observe` names it, since its id may belong to another kind of thing as well.
    """

    def hold(self, level: str, native: Any, on: bool) -> None: ...


@runtime_checkable
class FreezesProducts(Protocol):
    """Ability: puts one kind of object into read-only mode (True), out of it (False), or in an unknown state (None).

    A service in which this concerns every kind at once says so by `one_switch = True`.
    """

    def read_only(self, kind: str, state: bool | None) -> None: ...


@runtime_checkable
class Limits(Protocol):
    """Ability: sets the most objects one call may hit, as a count and as a percentage of the live objects of the
    kind.
    """

    def limit(self, count: int, percent: int) -> None: ...


@runtime_checkable
class Sharing(Protocol):
    """Ability: makes one object stand on another, so that it falls when the other is destroyed. Both are named as
    `observe` names them.
    """

    def depend(self, dependent: Any, on: Any) -> None: ...


@runtime_checkable
class Faults(Protocol):
    """Ability: makes the service's surroundings fail during the next call. The names are the service's own, and ""
    takes a fault back: the kit does so after the call, whether or not the fault was reached.
    """

    @property
    def faults(self) -> Sequence[str]: ...

    def inject(self, fault: str) -> None: ...


class AuditEntry(NamedTuple):
    """One line of the service's audit trail: `phase` is "intent" (before the effect) or "effect" (after it)."""

    phase: str
    object: Any


@runtime_checkable
class Audited(Protocol):
    """Ability: shows its audit trail since `populate`, oldest first; entries that concern no object may be left out."""

    def audit(self) -> Sequence[AuditEntry]: ...


@runtime_checkable
class Closes(Protocol):
    """Ability: lets go of what it holds (sockets, files) at the end of a run."""

    def close(self) -> None: ...
