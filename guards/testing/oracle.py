"""Who may be hit by a call, computed from the call and the world alone; it sees values and effects, never a reply.

Two readings. The lenient one names the organizations whose objects may change under any sensible understanding of the
call, so that it never alarms on a service that is merely tolerant. The strict one says exactly what a well-formed
call must do.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from guards.testing.service import ID_KINDS, Effect, Field, FieldKind, Operation, Seen
from guards.testing.world import Organization, Principal, Project, Resource, World, fold


class Duty(StrEnum):
    """What a service owes a call."""

    MUST = "must"
    """Well-formed, entitled, nothing in the way: it must be accepted and do exactly what it asks."""
    MAY = "may"
    """Nothing is wrong with it, but a refusal is as good (say, its target is gone already)."""
    MUST_NOT = "must not"
    """It must be refused and change nothing."""


class Reason(StrEnum):
    """Why a call must not do anything."""

    FORM = "form"
    """Not exactly well-formed, or about something the caller is not entitled to: a stranger must not tell these
    apart.
    """
    READ_ONLY = "read-only"
    HOLD = "hold"
    DEPENDENTS = "dependents"
    LIMIT = "limit"
    DRY_RUN = "dry-run"


@dataclass(slots=True)
class Ledger:
    """What has really been done to the circumstances so far; kept by the judge, not by whoever made the steps."""

    holds: set[tuple[str, Any]] = field(default_factory=set)
    """("organization" | "project" | "resource", the service's own id)."""
    read_only: set[str] = field(default_factory=set)
    """Kinds that are known to be in read-only mode, or whose state is unknown."""
    limit: tuple[int, int] | None = None
    """(count, percent of the live fleet)."""
    dependents: set[tuple[Any, Any]] = field(default_factory=set)
    """(object that stands, object it stands on)."""
    destroyed: set[Any] = field(default_factory=set)
    fault: str = ""
    """The fault that is armed for the next call."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the oracle makes of one call."""

    entitled: frozenset[Any]
    """Lenient: the service's ids of the organizations whose objects may change."""
    destinations: frozenset[Any]
    """Lenient: further organizations that may own a moved object afterwards."""
    duty: Duty
    reasons: frozenset[Reason]
    targets: frozenset[Any] | None
    """Strict: the objects that the call is about; None when the judge cannot tell."""
    relation: str
    """own, other project, other organization or none: what the call names, seen from its caller or its organization."""
    home: tuple[Any, Any] = (None, None)
    """Strict: (organization, project) where a created or moved object must be found."""


_PRECEDENCE = (
    FieldKind.ORGANIZATION,
    FieldKind.REPEATS,
    FieldKind.PROJECT,
    FieldKind.RESOURCE,
    FieldKind.RESOURCES,
)
"""The order in which fields name the organization of a call."""
_EXEMPT_FROM_READ_ONLY = frozenset({Effect.READ, Effect.READ_ONLY, Effect.HOLD, Effect.UNHOLD})


class Oracle:
    """Reads calls in one populated world. It holds the world, the service's ids for it, and nothing of the service."""

    def __init__(self, world: World, natives: Mapping[str, Any], objects: Mapping[str, Any]) -> None:
        self.world, self.natives = world, natives
        self._organizations = {_exact(natives[o.ref]): o for o in world.organizations}
        self._projects: dict[Any, list[Project]] = {}
        for project in world.projects:
            self._projects.setdefault(_exact(natives[project.ref]), []).append(project)
        self._resources: dict[tuple[str, Any], list[Any]] = {}
        self._home: dict[Any, Resource] = {}
        for resource in world.resources:
            key = objects.get(resource.ref, natives[resource.ref])
            self._resources.setdefault((resource.kind, _exact(natives[resource.ref])), []).append(key)
            self._home[key] = resource
        self._tiers: dict[str, list[list[tuple[str, Field]]]] = {}
        self._folded = _by_fold((natives[o.ref], o) for o in world.organizations)
        self._folded_projects = _by_fold((natives[p.ref], p.organization) for p in world.projects)
        self._folded_resources = _by_fold((natives[r.ref], r.organization) for r in world.resources)

    def learn(self, kind: str, native: Any, key: Any, row: Seen) -> None:
        """From now on this id names this object, which was created after the world was."""
        owner = self._organizations.get(_exact(row.organization))
        if owner is not None and key not in self._home:
            self._resources.setdefault((kind, _exact(native)), []).append(key)
            self._home[key] = Resource(f"a new {kind}", str(native), kind, owner)

    # --- both readings ---

    def read(
        self,
        operation: Operation,
        caller: Principal | None,
        fields: Mapping[str, Any] | None,
        alternatives: Iterable[Mapping[str, Any]],
        seen: Mapping[Any, Seen],
        ledger: Ledger,
        *,
        tolerated: bool = False,
    ) -> Reading:
        """What this call may do and must do.

        `fields` is what was sent, None when the body is not exactly one JSON object; `alternatives` are the ways in
        which a tolerant service might then understand it. `tolerated` says that the service declares to accept this
        spelling.
        """
        ways = [fields] if fields is not None else list(alternatives)
        entitled = frozenset(self.natives[o.ref] for way in ways for o in self._entitled(operation, caller, way, seen))
        destinations = frozenset(self.natives[o.ref] for way in ways for o in self._destinations(operation, way, seen))
        scope = None if fields is None else self._scope(operation, caller, fields, seen)
        relation = self._relation(operation, caller, ways[0] if ways else {}, seen)
        if fields is None or scope is None:
            duty = Duty.MAY if tolerated else Duty.MUST_NOT
            targets = None if tolerated else frozenset[Any]()
            return Reading(entitled, destinations, duty, frozenset({Reason.FORM}), targets, relation)
        organization, project, targets, doubt = scope
        reasons = frozenset(self._circumstances(operation, targets, fields, seen, ledger))
        duty = Duty.MUST_NOT if reasons else Duty.MAY if doubt or ledger.fault else Duty.MUST
        return Reading(entitled, destinations, duty, reasons, targets, relation, (organization, project))

    # --- lenient ---

    def _entitled(
        self, operation: Operation, caller: Principal | None, fields: Mapping[str, Any], seen: Mapping[Any, Seen]
    ) -> Iterator[Organization]:
        if caller is None:
            return
        if caller.organization is not None:
            yield caller.organization
            return
        named = self._named(operation, fields, seen)
        if named is not None:
            yield named

    def _named(self, operation: Operation, fields: Mapping[str, Any], seen: Mapping[Any, Seen]) -> Organization | None:
        """The one organization that the call names: explicitly, else by its project, else as the owner of all its
        ids.
        """
        for tier in self._tiers_of(operation):
            found: list[Organization | None] = []
            for name, spec in tier:
                value = fields.get(name)
                if value is not None:
                    is_list = spec.kind is FieldKind.RESOURCES and isinstance(value, list)
                    found += [self._organization_of(spec, each, seen) for each in (value if is_list else (value,))]
            if found:
                first = found[0]
                return first if all(other is first for other in found) else None
        return None

    def _tiers_of(self, operation: Operation) -> list[list[tuple[str, Field]]]:
        """The fields by which a call may name an organization, the most explicit first."""
        if operation.name not in self._tiers:
            source = [(name, spec) for name, spec in operation.fields.items() if not spec.destination]
            self._tiers[operation.name] = [[pair for pair in source if pair[1].kind is kind] for kind in _PRECEDENCE]
        return self._tiers[operation.name]

    def _organization_of(self, spec: Field, value: Any, seen: Mapping[Any, Seen]) -> Organization | None:
        value = _unwrapped(value)
        if not _is_scalar(value):
            return None
        if spec.kind in (FieldKind.ORGANIZATION, FieldKind.REPEATS):
            return self._organizations.get(_exact(value)) or _only(self._folded.get(fold(str(value))))
        if spec.kind is FieldKind.PROJECT:
            exact = [project.organization for project in self._projects.get(_exact(value), ())]
            return _only(exact or self._folded_projects.get(fold(str(value))))
        owners = [self._owner_of(key, seen) for key in self._resources.get((spec.of, _exact(value)), ())]
        return _only(owners or self._folded_resources.get(fold(str(value))))

    def _owner_of(self, key: Any, seen: Mapping[Any, Seen]) -> Organization:
        """Who owns an object now, as far as it is seen; else who owned it first."""
        first = self._home[key].organization
        return self._organizations.get(_exact(seen[key].organization), first) if key in seen else first

    def _destinations(
        self, operation: Operation, fields: Mapping[str, Any], seen: Mapping[Any, Seen]
    ) -> Iterator[Organization]:
        for name, spec in operation.fields.items():
            if spec.destination and (found := self._organization_of(spec, fields.get(name), seen)) is not None:
                yield found

    # --- strict ---

    def _scope(
        self,
        operation: Operation,
        caller: Principal | None,
        fields: Mapping[str, Any],
        seen: Mapping[Any, Seen],
    ) -> tuple[Any, Any, frozenset[Any], bool] | None:
        """(organization, project, targets, doubt) of a well-formed and entitled call; None for any other."""
        if caller is None or caller.role not in operation.callers or not _is_well_formed(operation, fields):
            return None
        organization = self.natives[caller.organization.ref] if caller.organization else None
        destination = None
        for name, spec in operation.fields.items():
            if spec.kind is FieldKind.ORGANIZATION and name in fields:
                if _exact(fields[name]) not in self._organizations:
                    return None
                if spec.destination:
                    destination = fields[name]
                    continue
                if organization is not None and fields[name] != organization:
                    return None
                organization = fields[name]
        project, found = self._project(operation, fields, organization, destination=False)
        if not found:
            return None
        if organization is None and project is not None:
            organization = self.natives[self._projects[_exact(project)][0].organization.ref]
        destination = self._destination(operation, caller, fields)
        if destination is None:
            return None
        picked = self._picked(operation, fields, organization, project, seen)
        if picked is None:
            return None
        targets, doubt = picked
        if organization is None and targets:
            organization = seen[next(iter(targets))].organization
            doubt = doubt or any(seen[key].organization != organization for key in targets)
        doubt = doubt or any(spec.kind is FieldKind.TOKEN and name in fields for name, spec in operation.fields.items())
        doubt = doubt or (not targets and operation.effect not in (Effect.CREATE, Effect.READ, Effect.READ_ONLY))
        if operation.effect is Effect.MOVE:
            away = destination[0] != organization and not _names_destination(operation)
            doubt = doubt or away or any(self._is_there(key, seen[key], destination) for key in targets)
            organization, project = destination
        return organization, project, targets, doubt

    def _destination(
        self, operation: Operation, caller: Principal, fields: Mapping[str, Any]
    ) -> tuple[Any, Any] | None:
        """(organization, project) that a move leads to; None when no well-formed call leads there.

        Tenants move things about their own; to give one away takes an operation that names the organization it goes to.
        """
        organization = next(
            (
                fields[name]
                for name, spec in operation.fields.items()
                if spec.kind is FieldKind.ORGANIZATION and spec.destination and name in fields
            ),
            None,
        )
        if organization is not None and _exact(organization) not in self._organizations:
            return None
        if organization is None and caller.organization is not None:
            organization = self.natives[caller.organization.ref]
        project, found = self._project(operation, fields, organization, destination=True)
        if not found:
            return None
        if organization is None and project is not None:
            organization = self.natives[self._projects[_exact(project)][0].organization.ref]
        return organization, project

    def _is_there(self, key: Any, row: Seen, place: tuple[Any, Any]) -> bool:
        """Whether an object is where it should go, or may be for all that a service without projects shows."""
        organization, project = place
        hidden = row.project is None and not row.kind
        return row.organization == organization and (hidden or project in (None, self.project_of(key, row)))

    def _project(
        self, operation: Operation, fields: Mapping[str, Any], organization: Any, *, destination: bool
    ) -> tuple[Any, bool]:
        """(the project that the call names or None, whether it is one of the organization)."""
        for name, spec in operation.fields.items():
            if spec.kind is FieldKind.PROJECT and spec.destination is destination and name in fields:
                projects = self._projects.get(_exact(fields[name]), ())
                owners = {self.natives[project.organization.ref] for project in projects}
                if not owners or (organization is not None and organization not in owners):
                    return None, False
                if organization is None and len(owners) > 1:
                    return None, False
                return fields[name], True
        return None, True

    def _picked(
        self, operation: Operation, fields: Mapping[str, Any], organization: Any, project: Any, seen: Mapping[Any, Seen]
    ) -> tuple[frozenset[Any], bool] | None:
        """(the live objects that the call is about, whether some named one is not live); None when one is unknown or
        foreign.
        """
        named = [(spec, value) for spec, value in _ids(operation, fields)]
        if not named:
            if operation.effect in (Effect.CREATE, Effect.READ, Effect.READ_ONLY):
                return frozenset(), False
            return frozenset(self._in_scope(operation.acts_on, organization, project, seen)), False
        targets: set[Any] = set()
        doubt = False
        for spec, value in named:
            keys = [
                key
                for key in self._resources.get((spec.of, _exact(value))) or self._later(spec.of, value, seen)
                if key not in seen or self.is_of(key, seen[key], organization, project)
            ]
            if not keys:
                return None
            doubt = doubt or len(keys) > 1 or any(key not in seen or seen[key].gone for key in keys)
            targets.update(key for key in keys if key in seen and not seen[key].gone)
        return frozenset(targets), doubt

    def _later(self, kind: str, value: Any, seen: Mapping[Any, Seen]) -> list[Any]:
        """Objects made after the world was: known only by the key under which they are seen."""
        return [value] if value in seen and seen[value].kind in (kind, "") and value not in self._home else []

    def _in_scope(self, kind: str, organization: Any, project: Any, seen: Mapping[Any, Seen]) -> Iterator[Any]:
        for key, row in seen.items():
            is_live = not row.gone and row.parent is None and (not kind or self.kind_of(key, row) == kind)
            if is_live and self.is_of(key, row, organization, project):
                yield key

    def is_of(self, key: Any, row: Seen, organization: Any, project: Any) -> bool:
        """Whether this object is of this organization and project, where one is given."""
        return (organization is None or row.organization == organization) and (
            project is None or self.project_of(key, row) == project
        )

    def project_of(self, key: Any, row: Seen) -> Any:
        """The project of an object: as it is seen, else as the world made it."""
        home = self._home.get(key)
        if row.project is not None or home is None or home.project is None or row.kind:
            return row.project
        return self.natives[home.project.ref]

    def kind_of(self, key: Any, row: Seen) -> str:
        return row.kind or (self._home[key].kind if key in self._home else "")

    def fleet(self, kind: str, seen: Mapping[Any, Seen]) -> int:
        """How many live objects of a kind there are, of everybody."""
        return sum(1 for _ in self._in_scope(kind, None, None, seen))

    def _circumstances(
        self,
        operation: Operation,
        targets: frozenset[Any],
        fields: Mapping[str, Any],
        seen: Mapping[Any, Seen],
        ledger: Ledger,
    ) -> Iterator[Reason]:
        """Why a well-formed call must change nothing all the same."""
        if operation.dry_run and fields.get(operation.dry_run) is True:
            yield Reason.DRY_RUN
        kinds = {operation.acts_on} if operation.acts_on else {self.kind_of(key, seen[key]) for key in targets}
        if operation.effect not in _EXEMPT_FROM_READ_ONLY and not ledger.read_only.isdisjoint(kinds):
            yield Reason.READ_ONLY
        if operation.effect is not Effect.DESTROY:
            return
        if any(self.is_held(key, seen[key], ledger) for key in targets):
            yield Reason.HOLD
        if any(self.stands_for_others(key, seen, ledger) for key in targets):
            yield Reason.DEPENDENTS
        if ledger.limit is not None:
            count, percent = ledger.limit
            if len(targets) > count or len(targets) * 100 > percent * self.fleet(operation.acts_on, seen):
                yield Reason.LIMIT

    def is_held(self, key: Any, row: Seen, ledger: Ledger) -> bool:
        """Whether a hold covers this object: its own, its project's or its organization's."""
        if not ledger.holds:
            return False
        project = self.project_of(key, row)
        return (
            ("resource", key) in ledger.holds
            or ("organization", row.organization) in ledger.holds
            or (project is not None and ("project", (row.organization, project)) in ledger.holds)
        )

    def stands_for_others(self, key: Any, seen: Mapping[Any, Seen], ledger: Ledger) -> bool:
        """Whether a live object of another organization stands on this one."""
        return any(
            on == key and dependent in seen and not seen[dependent].gone
            for dependent, on in ledger.dependents
            if dependent in seen and seen[dependent].organization != seen[key].organization
        )

    # --- what the call names, for the table of crossings ---

    def _relation(
        self, operation: Operation, caller: Principal | None, fields: Mapping[str, Any], seen: Mapping[Any, Seen]
    ) -> str:
        """How far the named things are from the caller, or for an operator from the organization it names."""
        home = caller.organization if caller and caller.organization else self._named_first(operation, fields, seen)
        named = [
            self._organization_of(spec, value, seen)
            for name, spec in operation.fields.items()
            if spec.kind in ID_KINDS or spec.kind in (FieldKind.REPEATS, FieldKind.RESOURCES)
            for value in _each(fields.get(name))
        ]
        if any(found is not None and found is not home for found in named):
            return "other organization"
        projects = [fields.get(name) for name, spec in operation.fields.items() if spec.kind is FieldKind.PROJECT]
        keys = [key for spec, value in _ids(operation, fields) for key in self._lookup(spec.of, value)]
        if any(
            p is not None and self.project_of(key, seen[key]) != p for p in projects[:1] for key in keys if key in seen
        ):
            return "other project"
        return "own" if caller and (any(found is not None for found in named) or not named) else "none"

    def _named_first(
        self, operation: Operation, fields: Mapping[str, Any], seen: Mapping[Any, Seen]
    ) -> Organization | None:
        for name, spec in operation.fields.items():
            if spec.kind in ID_KINDS and not spec.destination and fields.get(name) is not None:
                return self._organization_of(spec, fields[name], seen)
        return None

    def _lookup(self, kind: str, value: Any) -> Collection[Any]:
        return self._resources.get((kind, _exact(value)), ()) if _is_scalar(value) else ()


def _is_well_formed(operation: Operation, fields: Mapping[str, Any]) -> bool:
    """Whether every field is known, there when required, of the right type, and the alternatives are exactly one."""
    if any(name not in operation.fields for name in fields):
        return False
    if operation.one_of and sum(name in fields for name in operation.one_of) != 1:
        return False
    for name, spec in operation.fields.items():
        if name in fields:
            if not _is_typed(spec, fields[name], fields):
                return False
        elif spec.required and name not in operation.one_of:
            return False
    # An operation of which every scope is optional: a call that names nothing names nobody, and may at most look.
    return bool(operation.one_of) or not operation.mutates or _names_something(operation, fields)


def _names_something(operation: Operation, fields: Mapping[str, Any]) -> bool:
    scopes = [
        name for name, spec in operation.fields.items() if spec.kind in ID_KINDS or spec.kind is FieldKind.RESOURCES
    ]
    return not scopes or any(name in fields for name in scopes)


def _names_destination(operation: Operation) -> bool:
    return any(spec.kind is FieldKind.ORGANIZATION and spec.destination for spec in operation.fields.values())


def _is_typed(spec: Field, value: Any, fields: Mapping[str, Any]) -> bool:
    if spec.kind is FieldKind.FLAG:
        return type(value) is bool
    if spec.kind is FieldKind.TEXT:
        return type(value) is str and bool(value.strip())
    if spec.kind is FieldKind.CHOICE:
        return any(type(value) is type(option) and value == option for option in spec.choices)
    if spec.kind is FieldKind.REPEATS:
        return spec.of in fields and type(value) is type(fields[spec.of]) and value == fields[spec.of]
    if spec.kind is FieldKind.RESOURCES:
        if type(value) is not list or not value or not all(_is_scalar(v) for v in value):
            return False
        return len({_exact(v) for v in value}) == len(value)
    if spec.kind in ID_KINDS:
        return _is_scalar(value)
    if spec.kind is FieldKind.TOKEN:
        return type(value) is str and bool(value)
    return True


def _ids(operation: Operation, fields: Mapping[str, Any]) -> Iterator[tuple[Field, Any]]:
    """Every resource id that the call names."""
    for name, spec in operation.fields.items():
        if spec.kind in (FieldKind.RESOURCE, FieldKind.RESOURCES):
            yield from ((spec, value) for value in _each(fields.get(name)) if _is_scalar(value))


def _each(value: Any) -> Iterable[Any]:
    if value is None:
        return ()
    return value if isinstance(value, list) else (value,)


def _is_scalar(value: Any) -> bool:
    return value is not None and type(value) in (str, int)


def _exact(value: Any) -> tuple[type, Any]:
    """A key under which True is not 1 and nothing unhashable gets in."""
    return (type(value), value if _is_scalar(value) else repr(value))


def _unwrapped(value: Any) -> Any:
    """The one value inside a list of one or an `{"id": ...}`: how a tolerant service might read it."""
    if isinstance(value, list) and len(value) == 1:
        return value[0]
    if isinstance(value, Mapping) and set(value) == {"id"}:
        return value["id"]
    return value


def _by_fold(pairs: Iterable[tuple[Any, Organization]]) -> dict[str, list[Organization]]:
    out: dict[str, list[Organization]] = {}
    for native, organization in pairs:
        out.setdefault(fold(str(native)), []).append(organization)
    return out


def _only(candidates: Collection[Organization] | None) -> Organization | None:
    """The candidate, if all are one; several are nobody."""
    found = list(candidates or ())
    return found[0] if found and all(other is found[0] for other in found) else None


# --- bodies -----------------------------------------------------------------------------------------------------------

BODY_MAX_BYTES = 1 << 20


def read_body(body: bytes) -> Mapping[str, Any] | None:
    """The fields of a body that is exactly one JSON object with each key once, in UTF-8; None for any other."""
    if len(body) > BODY_MAX_BYTES:
        return None
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=_no_repeats, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) != len(pairs):
        raise ValueError("a key stands twice")
    return out


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def lax_bodies(body: bytes, plain: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The ways in which a tolerant service might understand a body: first key wins, last key wins, or as it was
    meant.
    """
    try:
        text = body.decode("utf-8-sig", "replace")
        last = json.loads(text)
        first = json.loads(text, object_pairs_hook=lambda pairs: dict(reversed(pairs)))
    except (ValueError, RecursionError):
        return [plain]
    return [way for way in (first, last) if isinstance(way, dict)] or [plain]
