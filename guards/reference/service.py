"""The reference platform as a service that the kit can attack, with every ability the kit knows.

Calls travel as a client's would: fields become bytes, and bytes go through `Platform.handle`. Everything else here
reaches underneath: it builds worlds, sets circumstances and looks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from guards.adapters.memory import MemoryWorld
from guards.core.audit import Event
from guards.core.ids import Kind, OrganizationId, PrincipalId, ProjectId, ResourceId
from guards.core.receipt import Outcome
from guards.core.values import Hold, Limits, Principal, ProductState, Resource, Role
from guards.errors import GuardsError, RecordError
from guards.reference.answers import Answer, Done, Reason, Refused
from guards.reference.declarations import API_NAMES, OPERATIONS
from guards.reference.faults import (
    FAULTS,
    FaultyAudit,
    FaultyClock,
    FaultyInventory,
    FaultyWrites,
    Trouble,
)
from guards.reference.lookout import Lookout, Sight
from guards.reference.operations import KINDS
from guards.reference.platform import Platform
from guards.testing.service import AuditEntry, Operation, Reply, Seen, accepted, interrupted, refused
from guards.testing.world import Principal as Somebody
from guards.testing.world import Resource as Described
from guards.testing.world import Unexpressible, World

BLUEPRINTS_MAX: Final = 128
"""More than a round has worlds."""
WIDE_OPEN: Final = Limits(max_count=10_000, max_percent=100)
_KEY: Final = b"one key for every run, so that a trace means the same in each"
_RECEIPTED: Final = frozenset({"invalidate", "delete", "delete_database", "create", "transfer"})
"""The operations whose receipts name objects that can be seen; a hold's names organizations and projects, too."""
_WORDS: Final = {Outcome.DONE: "done", Outcome.REFUSED: "refused", Outcome.IN_DOUBT: "in doubt"}
_PHASES: Final = {(Event.INTENT, ""): "intent", (Event.EFFECT, "done"): "effect"}
_AS_JSON: Final = json.JSONEncoder(ensure_ascii=False).encode
_STATES: Final = {True: ProductState.READ_ONLY, False: ProductState.WRITABLE, None: ProductState.UNKNOWN}


class ReferenceService:
    """One platform at a time; `populate` makes a fresh one."""

    operations: Sequence[Operation] = OPERATIONS
    faults: Sequence[str] = FAULTS
    comparable_replies = True

    def __init__(self) -> None:
        self.trouble = Trouble()
        self.platform = self.make_platform()
        self.lookout = Lookout(self.platform)
        self._blueprints: dict[int, _Blueprint] = {}

    def make_platform(self, world: MemoryWorld | None = None) -> Platform:
        """A platform in this world, or in an empty one, behind ports that can be made to fail."""
        clock = FaultyClock(self.trouble)
        platform = Platform(limits=WIDE_OPEN, key=_KEY, clock=clock, world=world)
        writes = FaultyWrites(platform.world, platform.site.registrar, self.trouble)
        platform.stand_behind(
            inventory=FaultyInventory(platform.world, self.trouble),
            effector=writes,
            audit=FaultyAudit(platform.audit, self.trouble),
            clock=clock,
            registrar=writes,
        )
        return platform

    # What every service has.

    def populate(self, world: World) -> Mapping[str, Any]:
        known = self._blueprints.get(id(world)) or self._made(world)
        self.trouble = Trouble()
        self.platform = self.make_platform(known.filled.copy())
        self.platform.people.update(known.people)
        self.lookout.turn_to(self.platform, known.sight)
        return dict(known.natives)

    def _made(self, world: World) -> _Blueprint:
        try:
            filled = _filled(world)
        except GuardsError as error:
            raise Unexpressible(f"the platform has no such id: {error}") from error
        self.lookout.turn_to(self.make_platform(filled))
        self.lookout.look()
        made = _Blueprint.of(world, filled, self.lookout.sight)
        if len(self._blueprints) >= BLUEPRINTS_MAX:
            self._blueprints.clear()
        self._blueprints[id(world)] = made
        return made

    def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Reply:
        return self.send(caller, operation, _AS_JSON(fields).encode("utf-8", "surrogatepass"))

    def send(self, caller: Any, operation: str, body: bytes) -> Reply:
        credential = caller if isinstance(caller, str) else ""
        answer = self.platform.handle(credential, API_NAMES[operation], body)
        self.trouble.arm("")
        return _reply(answer, has_receipt=operation in _RECEIPTED)

    def observe(self) -> Mapping[str, Seen]:
        return self.lookout.look()

    # Abilities: circumstances, set underneath the API.

    def hold(self, level: str, native: Any, on: bool) -> None:
        world, hold = self.platform.world, Hold.HELD if on else Hold.CLEAR
        if level == "organization":
            world.hold_organization(OrganizationId(native), hold)
        elif level == "project":
            world.hold_project(ProjectId(native), hold)
        else:
            with suppress(RecordError):  # what is gone cannot be held any more
                world.hold_resource(ResourceId(native), hold)

    def read_only(self, kind: str, state: bool | None) -> None:
        self.platform.world.set_product(Kind(kind), _STATES[state])

    def limit(self, count: int, percent: int) -> None:
        self.platform.limit(Limits(count, percent))

    def depend(self, dependent: Any, on: Any) -> None:
        with suppress(RecordError):  # what is gone carries nothing
            self.platform.world.stand(ResourceId(dependent), ResourceId(on))

    def inject(self, fault: str) -> None:
        self.trouble.arm(fault)

    def audit(self) -> Sequence[AuditEntry]:
        """The records about resources. An effect that was refused or is in doubt is not called one."""
        entries = (record.entry for record in self.platform.audit.records)
        return [
            AuditEntry(_PHASES.get((entry.event, entry.outcome), entry.outcome), entry.resource)
            for entry in entries
            if entry.event is not Event.REFUSAL
        ]


def make_service() -> ReferenceService:
    """The reference platform, empty."""
    return ReferenceService()


@dataclass(frozen=True, slots=True)
class _Blueprint:
    """What a world is here. The kit builds the same few again and again, and what is frozen need not be made anew."""

    world: World  # kept, so that nobody else gets its number
    natives: Mapping[str, Any]
    people: Mapping[str, Principal]
    filled: MemoryWorld
    """Copied each time, never changed."""
    sight: Sight

    @classmethod
    def of(cls, world: World, filled: MemoryWorld, sight: Sight) -> _Blueprint:
        natives = world.ids() | {resource.ref: _native(resource) for resource in world.resources}
        return cls(
            world,
            natives | {principal.ref: principal.ref for principal in world.principals},
            {principal.ref: _caller(principal) for principal in world.principals},
            filled,
            sight,
        )


def _filled(world: World) -> MemoryWorld:
    """Everything that the world says. An id that is none, or that is used twice, is an error."""
    filled = MemoryWorld()
    for organization in world.organizations:
        filled.add_organization(OrganizationId(organization.id))
    for project in world.projects:
        filled.add_project(ProjectId(project.id), OrganizationId(project.organization.id))
    for resource in world.resources:
        filled.add(_row(resource))
    return filled


def _caller(described: Somebody) -> Principal:
    home_id = None if described.organization is None else OrganizationId(described.organization.id)
    return Principal(PrincipalId(described.ref.replace("#", "-")), Role(described.role), home_id)


def _native(resource: Described) -> str:
    """Balancers were there first and have plain ids. Later products put their name in front: no two share an id."""
    return resource.id if resource.kind == "load-balancer" else f"{resource.kind}:{resource.id}"


def _row(resource: Described) -> Resource:
    if Kind(resource.kind) not in KINDS:
        raise Unexpressible(f"the platform has no product `{resource.kind}`")
    home = None if resource.project is None else ProjectId(resource.project.id)
    owner = OrganizationId(resource.organization.id)
    return Resource(ResourceId(_native(resource)), Kind(resource.kind), owner, home, 1, Hold.CLEAR)


def _reply(answer: Answer, *, has_receipt: bool) -> Reply:
    if isinstance(answer, Refused):
        return refused(answer.reasons[0].code, {"reasons": [_told(reason) for reason in answer.reasons]})
    receipt = {key: _WORDS[outcome] for key, outcome in answer.outcomes.items() if outcome in _WORDS}
    shown = receipt if has_receipt else None
    if isinstance(answer, Done):
        return accepted(answer.body, receipt=shown)
    return interrupted(answer.reason.code, _told(answer.reason), receipt=shown)


def _told(reason: Reason) -> dict[str, str]:
    return {"code": reason.code, "sentence": reason.sentence}
