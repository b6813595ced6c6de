"""The platform's own writes: creating, moving, holding, freezing. Each is conditional at the write itself.

Whoever asks for a write says whose it is and what it looked like; if either is no longer so, nothing is written. Owners
are compared as plain text, apart from how ids compare: whoever asked has believed in that.
"""

from __future__ import annotations

from typing import Protocol

from guards.adapters.memory import MemoryWorld
from guards.core.ids import Kind, OrganizationId, ProjectId, text
from guards.core.receipt import Outcome
from guards.core.values import Hold, OrganizationRecord, ProductState, ProjectRecord, Resource
from guards.errors import RecordError


class Registrar(Protocol):
    """What writes, one thing at a time: DONE or REFUSED."""

    def create(self, resource: Resource, owner: OrganizationId | None) -> Outcome:
        """Add a resource of this owner, to a project that is the owner's at this very moment."""
        ...

    def move(self, resource: Resource, owner: OrganizationId, destination: ProjectRecord) -> Outcome:
        """Move the owner's resource if it is exactly as it was read, and neither it nor what it is in is held."""
        ...

    def hold_organization(self, record: OrganizationRecord, hold: Hold) -> Outcome: ...

    def hold_project(self, record: ProjectRecord, owner: OrganizationId, hold: Hold) -> Outcome: ...

    def hold_resource(self, resource: Resource, owner: OrganizationId, hold: Hold) -> Outcome: ...

    def set_product(self, kind: Kind, state: ProductState) -> Outcome: ...


class MemoryRegistrar:
    """Writes to a world in memory. One thread, so that a condition and its write cannot be told apart in time."""

    def __init__(self, world: MemoryWorld) -> None:
        self._world = world

    def create(self, resource: Resource, owner: OrganizationId | None) -> Outcome:
        if owner is None or text(resource.organization) != text(owner) or not self._is_writable(resource.kind):
            return Outcome.REFUSED
        try:
            self._world.add(resource)
        except RecordError:
            return Outcome.REFUSED
        return Outcome.DONE

    def move(self, resource: Resource, owner: OrganizationId, destination: ProjectRecord) -> Outcome:
        if not self._is_as_read(resource, owner) or self._is_kept(resource) or not self._is_writable(resource.kind):
            return Outcome.REFUSED
        try:
            self._world.transfer(resource.id, destination.organization, destination.id)
        except RecordError:
            return Outcome.REFUSED
        return Outcome.DONE

    def hold_organization(self, record: OrganizationRecord, hold: Hold) -> Outcome:
        if self._world.organization(record.id) != record:
            return Outcome.REFUSED
        self._world.hold_organization(record.id, hold)
        return Outcome.DONE

    def hold_project(self, record: ProjectRecord, owner: OrganizationId, hold: Hold) -> Outcome:
        if text(record.organization) != text(owner) or self._world.projects((record.id,)) != (record,):
            return Outcome.REFUSED
        self._world.hold_project(record.id, hold)
        return Outcome.DONE

    def hold_resource(self, resource: Resource, owner: OrganizationId, hold: Hold) -> Outcome:
        if not self._is_as_read(resource, owner):
            return Outcome.REFUSED
        self._world.hold_resource(resource.id, hold)
        return Outcome.DONE

    def set_product(self, kind: Kind, state: ProductState) -> Outcome:
        self._world.set_product(kind, state)
        return Outcome.DONE

    def _is_as_read(self, resource: Resource, owner: OrganizationId) -> bool:
        """Owner, project, kind, version and hold: all of the row is the condition."""
        return text(resource.organization) == text(owner) and self._world.by_ids((resource.id,)) == (resource,)

    def _is_kept(self, resource: Resource) -> bool:
        return not is_free(
            resource,
            self._world.organization(resource.organization),
            self._world.projects(_project_of(resource)),
        )

    def _is_writable(self, kind: Kind) -> bool:
        return self._world.product(kind) is ProductState.WRITABLE


def is_free(resource: Resource, organization: OrganizationRecord | None, projects: tuple[ProjectRecord, ...]) -> bool:
    """Whether the resource, its project and its organization are each known to be free of a hold."""
    holds = [resource.hold, None if organization is None else organization.hold]
    if resource.project is not None:
        holds.append(next((record.hold for record in projects if record.id == resource.project), None))
    return all(hold is Hold.CLEAR for hold in holds)


def _project_of(resource: Resource) -> tuple[ProjectId, ...]:
    return () if resource.project is None else (resource.project,)
