"""Ports that fail on demand: each stands in front of a real one and spoils its answers while a fault is armed.

`FAULTS` names them all. A fault lasts for one call; where it ends in a number, it strikes at that write or record only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar, cast

from guards.adapters.inventory import State
from guards.adapters.memory import MemoryWorld
from guards.core.audit import Entry, Event, Record
from guards.core.ids import Kind, OrganizationId, ProjectId, ResourceId
from guards.core.receipt import Outcome
from guards.core.values import (
    Dependent,
    Hold,
    Listing,
    OrganizationRecord,
    ProductState,
    ProjectRecord,
    Resource,
    Verb,
)
from guards.reference.registrar import Registrar
from guards.runtime.guard import DEADLINE_NS
from guards.runtime.ports import AuditSink

T = TypeVar("T")

FAULTS: Final = (
    "inventory-raises",
    "inventory-late",
    "inventory-none",
    "inventory-nonsense",
    "inventory-too-little",
    "inventory-too-much",
    "inventory-foreign",
    "inventory-mislabels",
    "listing-too-little",
    "dependents-raise",
    "clock-raises",
    "clock-none",
    "write-fails-before-1",
    "write-fails-before-2",
    "write-fails-after-1",
    "write-fails-after-2",
    "write-late-1",
    "write-none-1",
    "intent-fails-1",
    "intent-fails-2",
    "record-fails-1",
    "record-fails-2",
    "audit-late",
    "audit-none",
    "audit-other",
)


class PortDown(Exception):
    """What a failing port raises; the guard must not know this type."""


@dataclass(slots=True)
class Trouble:
    """The fault that is armed for the call under way, the time, and how often each kind of write has been tried."""

    fault: str = ""
    nanoseconds: int = 0
    tried: dict[str, int] = field(default_factory=dict)

    def arm(self, fault: str) -> None:
        self.fault, self.tried = fault, {}

    def strikes(self, fault: str) -> bool:
        """Whether this fault is armed; one that ends in a number strikes when its kind has been tried so often."""
        if not self.fault.startswith(fault):
            return False
        number = self.fault[len(fault) :].removeprefix("-")
        return not number or self.tried.get(fault.partition("-")[0]) == int(number)

    def tries(self, what: str) -> None:
        self.tried[what] = self.tried.get(what, 0) + 1

    def linger(self) -> None:
        """Let so much time pass that any answer comes late."""
        self.nanoseconds += DEADLINE_NS + 1


def nothing(wanted: type[T]) -> T:  # noqa: ARG001 - says what a port should have answered
    """None, passed off as something: what a careless port answers."""
    return cast(T, None)


class FaultyClock:
    """Time stands still unless somebody lingers, so that no answer is ever late by accident."""

    def __init__(self, trouble: Trouble) -> None:
        self._trouble = trouble

    def now(self) -> int:
        if self._trouble.fault:  # read dozens of times a call, nearly always without one
            return self._spoiled()
        return self._trouble.nanoseconds

    def _spoiled(self) -> int:
        if self._trouble.strikes("clock-raises"):
            raise PortDown("clock")
        return nothing(int) if self._trouble.strikes("clock-none") else self._trouble.nanoseconds


class FaultyInventory:
    """The world's inventory, spoiled as `inventory-...` says. Rows can be counted, so rows are what goes missing."""

    def __init__(self, world: MemoryWorld, trouble: Trouble) -> None:
        self._world = world
        self._trouble = trouble
        self._mislabelled: dict[ResourceId, Resource] = {}

    def organization(self, organization: OrganizationId) -> OrganizationRecord | None:
        return self._spoiled(self._world.organization(organization))

    def projects(self, projects: tuple[ProjectId, ...]) -> tuple[ProjectRecord, ...]:
        return self._spoiled(self._world.projects(projects))

    def of_organization(self, organization: OrganizationId, kind: Kind) -> Listing:
        listing = self._world.of_organization(organization, kind)
        return self._spoiled(self._fewer_or_more(listing, organization, kind))

    def of_project(self, organization: OrganizationId, project: ProjectId, kind: Kind) -> Listing:
        listing = self._world.of_project(organization, project, kind)
        return self._spoiled(self._fewer_or_more(listing, organization, kind))

    def by_ids(self, resources: tuple[ResourceId, ...]) -> tuple[Resource, ...]:
        rows = self._world.by_ids(resources)
        if self._trouble.strikes("inventory-too-little"):
            rows = rows[:-1]
        elif self._trouble.strikes("inventory-too-much"):
            rows = (*rows, *rows[:1])
        elif self._trouble.strikes("inventory-foreign") and rows:
            # An index gone wrong: under the first id, somebody else's row.
            stranger = self._stranger(rows[0].organization, rows[0].kind)
            rows = (*[replace(row, id=rows[0].id) for row in stranger], *rows[1:])
        elif self._trouble.strikes("inventory-mislabels"):
            rows = tuple([self._mislabelled.get(row.id, row) for row in rows])
        return self._spoiled(rows)

    def dependents(self, resources: tuple[ResourceId, ...]) -> tuple[Dependent, ...]:
        if self._trouble.strikes("dependents-raise"):
            raise PortDown("dependents")
        return self._spoiled(self._world.dependents(resources))

    def fleet(self, kind: Kind) -> int:
        return self._spoiled(self._world.fleet(kind))

    def product(self, kind: Kind) -> ProductState:
        return self._spoiled(self._world.product(kind))

    def _spoiled(self, answer: T) -> T:
        if not self._trouble.fault:
            return answer
        if self._trouble.strikes("inventory-raises"):
            raise PortDown("inventory")
        if self._trouble.strikes("inventory-late"):
            self._trouble.linger()
        if self._trouble.strikes("inventory-none"):
            return nothing(type(answer))
        return cast(T, "everything") if self._trouble.strikes("inventory-nonsense") else answer

    def _fewer_or_more(self, listing: Listing, organization: OrganizationId, kind: Kind) -> Listing:
        """One row less than there are, one twice, or a stranger's among them, as such or passed off as the owner's."""
        rows, total = listing.rows, listing.total
        if not self._trouble.fault:
            return listing
        if self._trouble.strikes("inventory-too-little") or self._trouble.strikes("listing-too-little"):
            return Listing(rows[:-1], total)
        if self._trouble.strikes("inventory-too-much"):
            return Listing((*rows, *rows[:1]), total + len(rows[:1]))
        if self._trouble.strikes("inventory-foreign"):
            stranger = self._stranger(organization, kind)
            return Listing((*stranger, *rows), total + len(stranger))
        if self._trouble.strikes("inventory-mislabels"):
            # The worst lie, told again when the row is read by its id: only the write itself can tell.
            stranger = tuple(
                [
                    replace(row, organization=organization, project=like.project)
                    for row in self._stranger(organization, kind)
                    for like in rows[:1]
                ]
            )
            self._mislabelled = {row.id: row for row in stranger}
            return Listing((*stranger, *rows), total + len(stranger))
        return listing

    def _stranger(self, organization: OrganizationId, kind: Kind) -> tuple[Resource, ...]:
        """One live row of another organization and of the kind, if there is one."""
        live = (row for row, state in self._world.everything() if state is State.LIVE)
        return tuple([row for row in live if row.kind == kind and row.organization != organization][-1:])


class FaultyWrites:
    """The effector and the registrar, failing before or after the effect, late, or without an answer."""

    def __init__(self, world: MemoryWorld, registrar: Registrar, trouble: Trouble) -> None:
        self._world = world
        self._registrar = registrar
        self._trouble = trouble

    def destroy(self, verb: Verb, resource: ResourceId, owner: OrganizationId, version: int) -> Outcome:
        return self._write(lambda: self._world.destroy(verb, resource, owner, version))

    def create(self, resource: Resource, owner: OrganizationId | None) -> Outcome:
        return self._write(lambda: self._registrar.create(resource, owner))

    def move(self, resource: Resource, owner: OrganizationId, destination: ProjectRecord) -> Outcome:
        return self._write(lambda: self._registrar.move(resource, owner, destination))

    def hold_organization(self, record: OrganizationRecord, hold: Hold) -> Outcome:
        return self._write(lambda: self._registrar.hold_organization(record, hold))

    def hold_project(self, record: ProjectRecord, owner: OrganizationId, hold: Hold) -> Outcome:
        return self._write(lambda: self._registrar.hold_project(record, owner, hold))

    def hold_resource(self, resource: Resource, owner: OrganizationId, hold: Hold) -> Outcome:
        return self._write(lambda: self._registrar.hold_resource(resource, owner, hold))

    def set_product(self, kind: Kind, state: ProductState) -> Outcome:
        return self._write(lambda: self._registrar.set_product(kind, state))

    def _write(self, write: Callable[[], Outcome]) -> Outcome:
        self._trouble.tries("write")
        if self._trouble.strikes("write-fails-before"):
            raise PortDown("platform")
        outcome = write()
        if self._trouble.strikes("write-fails-after"):
            raise PortDown("platform")
        if self._trouble.strikes("write-late"):
            self._trouble.linger()
        return nothing(Outcome) if self._trouble.strikes("write-none") else outcome


class FaultyAudit:
    """The audit sink, failing at an intent or at a record, late, without an answer, or with another entry's record."""

    def __init__(self, audit: AuditSink, trouble: Trouble) -> None:
        self._audit = audit
        self._trouble = trouble

    def append(self, entry: Entry) -> Record:
        if not self._trouble.fault:
            return self._audit.append(entry)
        kind = {Event.INTENT: "intent", Event.EFFECT: "record"}.get(entry.event, "refusal")
        self._trouble.tries(kind)
        if self._trouble.strikes(f"{kind}-fails"):
            raise PortDown("audit")
        record = self._audit.append(entry)
        if self._trouble.strikes("audit-late"):
            self._trouble.linger()
        if self._trouble.strikes("audit-other"):
            record = replace(record, entry=replace(entry, resource="another"))
        return nothing(Record) if self._trouble.strikes("audit-none") else record
