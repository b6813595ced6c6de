"""What the guard needs of the outside world, as protocols. Whoever implements one answers within its own time-out.

The guard believes none of them: a port that raises, answers late or answers nonsense leads to a refusal. A port that
never answers at all cannot be helped from here, so sockets and statements need a time-out where they are opened.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from guards.core.audit import Entry, Record
from guards.core.ids import Kind, OrganizationId, ProjectId, ResourceId
from guards.core.receipt import Outcome
from guards.core.values import (
    Dependent,
    Listing,
    OrganizationRecord,
    ProductState,
    ProjectRecord,
    Resource,
    Verb,
)


class Inventory(Protocol):
    """What exists. Every read is a point read; none costs more because the fleet is larger."""

    def organization(self, organization: OrganizationId) -> OrganizationRecord | None:
        """The record of a tenant, or None if there is none."""
        ...

    def projects(self, projects: tuple[ProjectId, ...]) -> tuple[ProjectRecord, ...]:
        """The records of those of these projects that exist."""
        ...

    def of_organization(self, organization: OrganizationId, kind: Kind) -> Listing:
        """All live resources of a kind that a tenant owns, those without a project among them."""
        ...

    def of_project(self, organization: OrganizationId, project: ProjectId, kind: Kind) -> Listing:
        """All live resources of a kind in a tenant's project."""
        ...

    def by_ids(self, resources: tuple[ResourceId, ...]) -> tuple[Resource, ...]:
        """Those of these resources that are live, whoever owns them."""
        ...

    def dependents(self, resources: tuple[ResourceId, ...]) -> tuple[Dependent, ...]:
        """All that stands on any of these resources, directly or through others, whoever owns it."""
        ...

    def fleet(self, kind: Kind) -> int:
        """How many live resources of a kind there are, all tenants together."""
        ...

    def product(self, kind: Kind) -> ProductState:
        """Whether the product takes destructive calls."""
        ...


class Effector(Protocol):
    """What destroys, one resource at a time."""

    def destroy(self, verb: Verb, resource: ResourceId, owner: OrganizationId, version: int) -> Outcome:
        """Write only if all that the decision rests on is so at that very moment; DONE or REFUSED.

        Condition and write are one step, or another call could come in between. The condition is that the resource is
        live, that `owner` and `version` are what is stored, that resource, project and organization are each free of
        a hold, that the product takes destructive calls, and that nothing of another tenant stands on the resource,
        directly or through others. The guard has read all of this before, and cannot hold the world still until here.
        """
        ...


class AuditSink(Protocol):
    """What keeps the records."""

    def append(self, entry: Entry) -> Record:
        """Keep the entry as the next record of the chain, and answer it once it is safe."""
        ...


class Clock(Protocol):
    """Time that only goes forward."""

    def now(self) -> int:
        """Nanoseconds since some fixed moment."""
        ...


@dataclass(frozen=True, slots=True)
class Ports:
    """The outside world of one guard."""

    inventory: Inventory
    effector: Effector
    audit: AuditSink
    clock: Clock
