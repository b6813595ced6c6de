"""Who may be hit by a call, computed from the call and the world alone; it sees values and effects, never a reply.

Two readings. The lenient one names the organizations whose objects may change under any sensible understanding of the
call, so that it never alarms on a service that is merely tolerant. The strict one says exactly what a well-formed
call must do.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from copy import copy
from functools import cached_property
from typing import Any

from guards.testing.naming import Naming, exact, is_scalar, is_well_formed, named_ids, unwrapped
from guards.testing.reading import Duty, Ledger, Reading, Reason
from guards.testing.service import Effect, Field, FieldKind, Operation, Seen
from guards.testing.world import Organization, Principal, Project, Resource, World, fold

_PROTECTION = frozenset({Reason.HOLD, Reason.DEPENDENTS, Reason.LIMIT})
_DRY_RUN_ALONE = frozenset({Reason.DRY_RUN})
_MAY_STOP_AT_A_HOLD = frozenset({Effect.MOVE, Effect.CHANGE, Effect.RESTORE})
"""What protects from destruction may keep a careful service from moving or changing things, too; it need not."""
_MAY_STOP_AT_READ_ONLY = frozenset({Effect.HOLD, Effect.UNHOLD})
"""What may still be done in read-only mode, and need not."""
_EXEMPT_FROM_READ_ONLY = frozenset({Effect.READ, Effect.READ_ONLY, Effect.HOLD, Effect.UNHOLD})


class Oracle:
    """Reads calls in one populated world. It holds the world, the service's ids for it, and nothing of the service."""

    def __init__(self, world: World, natives: Mapping[str, Any], objects: Mapping[str, Any]) -> None:
        self.world, self.natives = world, natives
        self._organizations = {exact(natives[o.ref]): o for o in world.organizations}
        self._projects: dict[Any, list[Project]] = {}
        for project in world.projects:
            self._projects.setdefault(exact(natives[project.ref]), []).append(project)
        self._resources: dict[tuple[str, Any], list[Any]] = {}
        self._home: dict[Any, Resource] = {}
        for resource in world.resources:
            key = objects.get(resource.ref, natives[resource.ref])
            self._resources.setdefault((resource.kind, exact(natives[resource.ref])), []).append(key)
            self._home[key] = resource
        self._naming: dict[str, Naming] = {}

    @cached_property
    def _folded(self) -> _Candidates:
        return _by_fold((self.natives[o.ref], o) for o in self.world.organizations)

    @cached_property
    def _folded_projects(self) -> _Candidates:
        return _by_fold((self.natives[p.ref], p.organization) for p in self.world.projects)

    @cached_property
    def _folded_resources(self) -> _Candidates:
        return _by_fold((self.natives[r.ref], r.organization) for r in self.world.resources)

    def afresh(self) -> Oracle:
        """Another that knows the same of this world, and learns by itself."""
        other = copy(self)
        other._resources, other._home = dict(self._resources), dict(self._home)
        return other

    def learn(self, kind: str, native: Any, key: Any, row: Seen) -> None:
        """From now on this id names this object, which was created after the world was."""
        owner = self._organizations.get(exact(row.organization))
        if owner is not None:
            keys = self._resources.get((kind, exact(native)), [])
            self._resources[kind, exact(native)] = keys if key in keys else [*keys, key]
            self._home[key] = Resource(f"a new {kind}", str(native), kind, owner)

    def knows(self, key: Any) -> bool:
        """Whether this is an object of the world, or one that was created by name: not a part that numbers itself."""
        return key in self._home

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
        naming = self._naming_of(operation)
        ways = [fields] if fields is not None else list(alternatives)
        owners = [self._owners(naming, way, seen) for way in ways]
        entitled = self._natives_of(_entitled(naming, caller, way) for way in owners)
        entitled |= _holders(naming, caller, fields, owners, ledger)
        destinations = self._natives_of(_only(way.get(name)) for way in owners for name in naming.destinations)
        scope = None if fields is None else self._scope(operation, naming, caller, fields, seen, ledger)
        strangers = self._strangers(naming, caller, owners[0])
        relation = "other organization" if strangers else self._relation(naming, caller, ways[0], owners[0], seen)
        if fields is None or scope is None:
            duty = Duty.MAY if tolerated else Duty.MUST_NOT
            targets = None if tolerated else frozenset[Any]()
            return Reading(
                entitled, destinations, duty, frozenset({Reason.FORM}), targets, relation, strangers=strangers
            )
        organization, project, picked, gone, doubt = scope
        targets = picked or frozenset()
        reasons = frozenset(self._circumstances(operation, targets, fields, seen, ledger))
        if operation.effect in _MAY_STOP_AT_A_HOLD:
            doubt = doubt or not reasons.isdisjoint(_PROTECTION)
            reasons -= _PROTECTION
        if operation.effect in _MAY_STOP_AT_READ_ONLY:
            doubt = doubt or bool(ledger.read_only)
        duty = Duty.MUST_NOT if reasons else Duty.MAY if doubt or ledger.fault else Duty.MUST
        marks = _marks(operation, fields, targets, organization, project)
        return Reading(
            entitled,
            destinations,
            duty,
            reasons,
            picked,
            relation,
            (organization, project),
            strangers,
            is_preview=reasons == _DRY_RUN_ALONE and not doubt and not ledger.fault,
            marks=marks,
            owed=frozenset(self._owed(operation, targets, marks, seen, ledger)),
            gone=gone,
        )

    # --- lenient ---

    def _owners(self, naming: Naming, fields: Mapping[str, Any], seen: Mapping[Any, Seen]) -> _Owners:
        """For each field that is sent, the organizations that its values lead to under any sensible reading."""
        out: _Owners = {}
        for name, spec in naming.fields:
            value = fields.get(name)
            if value is not None:
                values = value if isinstance(value, list) and value else (value,)
                out[name] = [self._organization_of(spec, each, seen) for each in values]
        return out

    def _natives_of(self, organizations: Iterable[Organization | None]) -> frozenset[Any]:
        return frozenset(self.natives[o.ref] for o in organizations if o is not None)

    def _naming_of(self, operation: Operation) -> Naming:
        if operation.name not in self._naming:
            self._naming[operation.name] = Naming.of(operation)
        return self._naming[operation.name]

    def _organization_of(self, spec: Field, value: Any, seen: Mapping[Any, Seen]) -> Organization | None:
        value = unwrapped(value)
        if not is_scalar(value):
            return None
        if spec.kind is FieldKind.ORGANIZATION:
            return self._organizations.get(exact(value)) or _only(_nearest(str(value), self._folded))
        if spec.kind is FieldKind.PROJECT:
            homes = [project.organization for project in self._projects.get(exact(value), ())]
            return _only(homes or _nearest(str(value), self._folded_projects))
        owners = [self._owner_of(key, seen) for key in self._resources.get((spec.of, exact(value)), ())]
        return _only(owners or _nearest(str(value), self._folded_resources))

    def _owner_of(self, key: Any, seen: Mapping[Any, Seen]) -> Organization:
        """Who owns an object now, as far as it is seen; else who owned it first."""
        first = self._home[key].organization
        return self._organizations.get(exact(seen[key].organization), first) if key in seen else first

    # --- strict ---

    def _scope(
        self,
        operation: Operation,
        naming: Naming,
        caller: Principal | None,
        fields: Mapping[str, Any],
        seen: Mapping[Any, Seen],
        ledger: Ledger,
    ) -> tuple[Any, Any, frozenset[Any] | None, frozenset[Any], bool] | None:
        """(organization, project, targets, what of them is gone, doubt) of a well-formed and entitled call; None for
        any other. What only a token says has no targets that the judge knows.
        """
        if caller is None or caller.role not in operation.callers or not is_well_formed(operation, fields):
            return None
        home = self.natives[caller.organization.ref] if caller.organization else None
        source = self._place(naming.organizations, naming.project, fields, home)
        to_organization = naming.to_organization if naming.to_organization in fields else ""
        destination = self._place((to_organization,), naming.to_project, fields, None if to_organization else home)
        if source is None or destination is None:
            return None
        organization, project = source
        whose = {organization, home}  # what an operator was given for nobody, operators may send for anybody
        if organization is not None and any(
            _is_anothers(operation.fields[name], fields[name], whose, ledger)
            for name in naming.tokens
            if name in fields
        ):
            return None
        if naming.is_by_token:
            holders = ledger.tokens.get(exact(fields.get(naming.tokens[0])))
            return (organization, project, None, frozenset(), True) if holders else None
        picked = self._picked(operation, naming, fields, organization, project, seen)
        if picked is None:
            return None
        targets, gone, doubt = picked
        if organization is None and targets:
            organization = seen[min(targets, key=repr)].organization
            doubt = doubt or any(seen[key].organization != organization for key in targets)
        doubt = doubt or any(name in fields for name in naming.tokens)
        doubt = doubt or any(self._is_taken(operation.acts_on, fields.get(name), ledger) for name in naming.fresh)
        doubt = doubt or (not targets and operation.effect not in _NEEDS_NO_TARGET)
        if operation.effect is Effect.MOVE:
            away = destination[0] != organization and not naming.to_organization
            doubt = doubt or away or any(self._is_there(key, seen[key], destination) for key in targets)
            organization, project = destination
        return organization, project, targets, gone, doubt

    def _is_taken(self, kind: str, name: Any, ledger: Ledger) -> bool:
        """Whether a name that should be new was used before, or is an id of the world: some services refuse it."""
        return name is not None and (exact(name) in ledger.names or (kind, exact(name)) in self._resources)

    def _place(
        self, organizations: Sequence[str], project: str, fields: Mapping[str, Any], home: Any
    ) -> tuple[Any, Any] | None:
        """(organization, project) that these fields name, within `home` where there is one; None when nothing is there.

        Tenants move things about their own, too: to give one away takes an operation that names the organization it
        goes to.
        """
        for name in organizations:
            if name in fields:
                if exact(fields[name]) not in self._organizations or home not in (None, fields[name]):
                    return None
                home = fields[name]
        if project not in fields:
            return home, None
        owners = {self.natives[p.organization.ref] for p in self._projects.get(exact(fields[project]), ())}
        if home is None and len(owners) == 1:
            (home,) = owners
        return (home, fields[project]) if home in owners else None

    def _is_there(self, key: Any, row: Seen, place: tuple[Any, Any]) -> bool:
        """Whether an object is where it should go, or may be for all that a service without projects shows."""
        organization, project = place
        hidden = row.project is None and not row.kind
        return row.organization == organization and (hidden or project in (None, self.project_of(key, row)))

    def _picked(
        self,
        operation: Operation,
        naming: Naming,
        fields: Mapping[str, Any],
        organization: Any,
        project: Any,
        seen: Mapping[Any, Seen],
    ) -> tuple[frozenset[Any], frozenset[Any], bool] | None:
        """(the objects that the call is about, those of them that are gone, whether some named one is of no use to it);
        None when one is unknown or foreign. What restores is about what is gone, anything else about what is live.
        """
        restores = operation.effect is Effect.RESTORE
        named = list(named_ids(naming, fields))
        if not named:
            if operation.effect in _NEEDS_NO_TARGET:
                return frozenset(), frozenset(), False
            live, gone = (
                frozenset(self._in_scope(operation.acts_on, organization, project, seen, gone=gone))
                for gone in (False, True)
            )
            may = gone if operation.effect is Effect.DESTROY else frozenset[Any]()
            return (gone, frozenset(), False) if restores else (live, may, False)
        targets: set[Any] = set()
        spent: set[Any] = set()
        doubt = False
        for spec, value in named:
            keys = [
                key
                for key in self._resources.get((spec.of, exact(value))) or self._later(spec.of, value, seen)
                if key not in seen or self.is_of(key, seen[key], organization, project)
            ]
            if not keys:
                return None
            wanted = {key for key in keys if key in seen and seen[key].gone is restores}
            doubt = doubt or len(keys) > 1 or len(wanted) < len(keys)
            targets |= wanted
            spent.update(key for key in keys if key not in seen or seen[key].gone)
        return frozenset(targets), frozenset(spent - targets), doubt

    def _later(self, kind: str, value: Any, seen: Mapping[Any, Seen]) -> list[Any]:
        """Objects made after the world was: known only by the key under which they are seen."""
        return [value] if value in seen and seen[value].kind in (kind, "") and value not in self._home else []

    def _in_scope(
        self, kind: str, organization: Any, project: Any, seen: Mapping[Any, Seen], *, gone: bool = False
    ) -> Iterator[Any]:
        for key, row in seen.items():
            is_live = row.gone is gone and row.parent is None and (not kind or self.kind_of(key, row) == kind)
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
        if operation.effect is not Effect.DESTROY and operation.effect not in _MAY_STOP_AT_A_HOLD:
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
        return bool(ledger.holds) and not ledger.holds.isdisjoint(self._levels(key, row))

    def _levels(self, key: Any, row: Seen) -> set[tuple[str, Any]]:
        """Where a hold on this object may stand."""
        place = (row.organization, self.project_of(key, row))
        return {("resource", key), ("organization", row.organization), ("project", place)}

    def _owed(
        self,
        operation: Operation,
        targets: frozenset[Any],
        marks: frozenset[tuple[str, Any]],
        seen: Mapping[Any, Seen],
        ledger: Ledger,
    ) -> Iterator[Any]:
        """The targets that the call changes, and those of a hold or its lifting for which it makes the difference."""
        for key in targets:
            holds = ledger.holds & self._levels(key, seen[key])
            if (
                operation.effect is Effect.CHANGE
                or (operation.effect is Effect.HOLD and not holds)
                or (operation.effect is Effect.UNHOLD and holds and holds <= marks)
            ):
                yield key

    def stands_for_others(self, key: Any, seen: Mapping[Any, Seen], ledger: Ledger) -> bool:
        """Whether a live object of another organization stands on this one, directly or on what stands on it."""
        reached, rising = {key}, [key]
        while rising:
            ground = rising.pop()
            above = [dependent for dependent, on in ledger.dependents if on == ground and dependent in seen]
            live = [dependent for dependent in above if dependent not in reached and not seen[dependent].gone]
            if any(seen[dependent].organization != seen[key].organization for dependent in live):
                return True
            reached.update(live)
            rising += live
        return False

    # --- what the call names, for the table of crossings ---

    def _strangers(self, naming: Naming, caller: Principal | None, owners: _Owners) -> frozenset[Any]:
        """The organizations named that are not the caller's, or for an operator not the first one it names."""
        home = caller.organization if caller else None
        if home is None:
            home = next((owners[name][0] for name in naming.scopes if name in owners), None)
        named = (owner for found in owners.values() for owner in found)
        return frozenset(self.natives[owner.ref] for owner in named if owner is not None and owner is not home)

    def _relation(
        self,
        naming: Naming,
        caller: Principal | None,
        fields: Mapping[str, Any],
        owners: _Owners,
        seen: Mapping[Any, Seen],
    ) -> str:
        """How far the named things are from the caller, where none is a stranger's."""
        named = [owner for found in owners.values() for owner in found]
        project = fields.get(naming.project) if naming.project else None
        if project is not None:
            keys = (key for spec, value in named_ids(naming, fields) for key in self._lookup(spec.of, value))
            if any(key in seen and self.project_of(key, seen[key]) != project for key in keys):
                return "other project"
        return "own" if caller and (not named or any(found is not None for found in named)) else "none"

    def _lookup(self, kind: str, value: Any) -> Collection[Any]:
        return self._resources.get((kind, exact(value)), ()) if is_scalar(value) else ()


_Owners = dict[str, list[Organization | None]]
"""Field -> the organizations that its values lead to."""

_NEEDS_NO_TARGET = frozenset({Effect.CREATE, Effect.READ, Effect.READ_ONLY})


def _is_anothers(spec: Field, value: Any, whose: set[Any], ledger: Ledger) -> bool:
    """Whether this token was handed out to other organizations alone, by a service whose tokens belong to somebody."""
    holders = ledger.tokens.get(exact(value), set())
    return bool(holders) and not spec.anybodys and whose.isdisjoint(holders)


def _entitled(naming: Naming, caller: Principal | None, owners: _Owners) -> Organization | None:
    """Whose objects may change: a tenant's own; for an operator those of the one organization that the call names,
    explicitly, else by its project, else as the owner of all its ids.
    """
    if caller is None or caller.organization is not None:
        return caller.organization if caller else None
    for tier in naming.tiers:
        found = [owner for name in tier for owner in owners.get(name, ())]
        if found:
            return _only(found)
    return None


def _holders(
    naming: Naming, caller: Principal | None, fields: Mapping[str, Any] | None, ways: Sequence[_Owners], ledger: Ledger
) -> frozenset[Any]:
    """Whose objects an operator may change by a token alone: those of the one organization it was given for."""
    if fields is None or not naming.is_by_token or caller is None or caller.organization is not None or any(ways):
        return frozenset()
    holders = ledger.tokens.get(exact(fields.get(naming.tokens[0])), set())
    return frozenset(holders - {None}) if len(holders) == 1 else frozenset()


def _marks(
    operation: Operation, fields: Mapping[str, Any], targets: frozenset[Any], organization: Any, project: Any
) -> frozenset[tuple[str, Any]]:
    """What a hold call holds: the named resources, else the named project, else the organization."""
    if operation.effect not in (Effect.HOLD, Effect.UNHOLD):
        return frozenset()
    kinds = {spec.kind for name, spec in operation.fields.items() if name in fields}
    if kinds & {FieldKind.RESOURCE, FieldKind.RESOURCES}:
        return frozenset(("resource", key) for key in targets)
    if FieldKind.PROJECT in kinds:
        return frozenset({("project", (organization, project))})
    return frozenset({("organization", organization)})


_Candidates = dict[str, list[tuple[str, Organization]]]
"""A folded id -> the ids that fold to it, with their organizations."""


def _by_fold(pairs: Iterable[tuple[Any, Organization]]) -> _Candidates:
    out: _Candidates = {}
    for native, organization in pairs:
        out.setdefault(fold(str(native)), []).append((str(native), organization))
    return out


def _nearest(value: str, candidates: _Candidates) -> list[Organization]:
    """Whoever is meant but for blanks around the id; where nobody is, all who are meant by an id that folds alike."""
    alike = candidates.get(fold(value), [])
    but_for_blanks = [organization for native, organization in alike if native.strip() == value.strip()]
    return but_for_blanks or [organization for _, organization in alike]


def _only(candidates: Sequence[Organization | None] | None) -> Organization | None:
    """The candidate, if all are one; several are nobody."""
    return candidates[0] if candidates and all(other is candidates[0] for other in candidates) else None
