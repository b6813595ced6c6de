"""A whole world in memory: inventory, effector and audit sink, for tests, rehearsals and the reference platform.

Live resources are kept by id and by (organization, project, kind), so a selection costs what it selects, however large
the fleet is. What is stored is frozen; every change puts a new version in its place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from dataclasses import replace
from typing import Final, TypeVar

from guards.adapters.inventory import State, standing_on
from guards.core.audit import Entry, Record, chained
from guards.core.ids import Kind, OrganizationId, ProjectId, ResourceId, text
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
from guards.errors import RecordError

Bucket = tuple[str, str | None, str]
"""Organization, project or none, and kind: every live resource is in exactly one."""


T = TypeVar("T")


_AFTER: Final = {Verb.INVALIDATE: State.INVALIDATED, Verb.DELETE: State.DELETED}


class MemoryWorld:
    """Organizations, projects, resources and what stands on what. `rows_read` counts every row that was answered."""

    def __init__(self) -> None:
        self.rows_read = 0
        self._organizations: dict[str, OrganizationRecord] = {}
        self._projects: dict[str, ProjectRecord] = {}
        self._live: dict[str, Resource] = {}
        self._gone: dict[str, tuple[Resource, State]] = {}
        self._buckets: dict[Bucket, dict[str, Resource]] = {}
        self._buckets_of: defaultdict[tuple[str, str], dict[Bucket, None]] = defaultdict(dict)
        self._fleet: defaultdict[str, int] = defaultdict(int)
        self._above: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self._products: dict[str, ProductState] = {}

    def copy(self) -> MemoryWorld:
        """Another world, as this one is now; from here on each goes its own way."""
        other = MemoryWorld()
        other.rows_read = self.rows_read
        other._organizations |= self._organizations
        other._projects |= self._projects
        other._live |= self._live
        other._gone |= self._gone
        other._buckets |= {bucket: dict(rows) for bucket, rows in self._buckets.items()}
        other._buckets_of |= {owner: dict(buckets) for owner, buckets in self._buckets_of.items()}
        other._fleet |= self._fleet
        other._above |= {lower: dict(uppers) for lower, uppers in self._above.items()}
        other._products |= self._products
        return other

    # What a platform does to its own world.

    def add_organization(self, organization: OrganizationId) -> None:
        """A new tenant, free of holds. Its default project is a project like any other, and is added like one."""
        _refuse_known(text(organization), self._organizations)
        self._organizations[text(organization)] = OrganizationRecord(organization, Hold.CLEAR)

    def add_project(self, project: ProjectId, organization: OrganizationId) -> None:
        """A new project of a known tenant."""
        _refuse_known(text(project), self._projects)
        _refuse_unknown(text(organization), self._organizations)
        self._projects[text(project)] = ProjectRecord(project, organization, Hold.CLEAR)

    def add(self, resource: Resource) -> None:
        """A new live resource in a known place. An id is never used twice, not even after a deletion."""
        _refuse_known(text(resource.id), self._live)
        _refuse_known(text(resource.id), self._gone)
        self._refuse_nowhere(resource.organization, resource.project)
        self._put(resource)

    def stand(self, upper: ResourceId, lower: ResourceId) -> None:
        """From now on `upper` stands on `lower` and falls with it."""
        _refuse_unknown(text(upper), self._live)
        _refuse_unknown(text(lower), self._live)
        self._above[text(lower)][text(upper)] = None

    def set_product(self, kind: Kind, state: ProductState) -> None:
        """Open or close a product to destructive calls. A product never spoken of is in an unknown state."""
        self._products[text(kind)] = state

    def hold_organization(self, organization: OrganizationId, hold: Hold) -> None:
        """Put a tenant and all that it owns under a hold, or lift it."""
        record = _refuse_unknown(text(organization), self._organizations)
        self._organizations[text(organization)] = replace(record, hold=hold)

    def hold_project(self, project: ProjectId, hold: Hold) -> None:
        """Put a project and all that is in it under a hold, or lift it."""
        record = _refuse_unknown(text(project), self._projects)
        self._projects[text(project)] = replace(record, hold=hold)

    def hold_resource(self, resource: ResourceId, hold: Hold) -> None:
        """Put one live resource under a hold, or lift it. Plans made before are out of date."""
        row = _refuse_unknown(text(resource), self._live)
        self._put(replace(row, hold=hold, version=row.version + 1))

    def transfer(self, resource: ResourceId, organization: OrganizationId, project: ProjectId | None) -> None:
        """Move one live resource to another place. Plans made before are out of date."""
        row = _refuse_unknown(text(resource), self._live)
        self._refuse_nowhere(organization, project)
        self._take(row)
        self._put(replace(row, organization=organization, project=project, version=row.version + 1))

    def fell(self, resource: ResourceId, verb: Verb) -> None:
        """One live resource goes, whatever speaks for keeping it: what a platform without conditions does."""
        row = _refuse_unknown(text(resource), self._live)
        self._take(row)
        del self._live[text(resource)]
        self._gone[text(resource)] = (replace(row, version=row.version + 1), _AFTER[verb])

    # What a judge or a listing sees underneath the guard.

    def everything(self) -> list[tuple[Resource, State]]:
        """Every resource there ever was and its state, in the order of its text."""
        live = self._live
        names = sorted(live.keys() | self._gone.keys() if self._gone else live)
        return [(live[name], State.LIVE) if name in live else self._gone[name] for name in names]

    def places(self) -> tuple[tuple[OrganizationRecord, ...], tuple[ProjectRecord, ...]]:
        """Every organization and every project, with what holds them."""
        return tuple(self._organizations.values()), tuple(self._projects.values())

    # The inventory.

    def organization(self, organization: OrganizationId) -> OrganizationRecord | None:
        self.rows_read += 1
        return self._organizations.get(text(organization))

    def projects(self, projects: tuple[ProjectId, ...]) -> tuple[ProjectRecord, ...]:
        known = [self._projects.get(text(project)) for project in projects]
        found = tuple([record for record in known if record is not None])
        self.rows_read += len(found)
        return found

    def of_organization(self, organization: OrganizationId, kind: Kind) -> Listing:
        return self._listing(self._buckets_of.get((text(organization), text(kind)), ()))

    def of_project(self, organization: OrganizationId, project: ProjectId, kind: Kind) -> Listing:
        return self._listing([(text(organization), text(project), text(kind))])

    def by_ids(self, resources: tuple[ResourceId, ...]) -> tuple[Resource, ...]:
        known = [self._live.get(text(resource)) for resource in resources]
        found = tuple([row for row in known if row is not None])
        self.rows_read += len(found)
        return found

    def dependents(self, resources: tuple[ResourceId, ...]) -> tuple[Dependent, ...]:
        found = tuple([dependent for resource in resources for dependent in self._standing_on(resource)])
        self.rows_read += len(found)
        return found

    def fleet(self, kind: Kind) -> int:
        self.rows_read += 1
        return self._fleet.get(text(kind), 0)

    def product(self, kind: Kind) -> ProductState:
        self.rows_read += 1
        return self._products.get(text(kind), ProductState.UNKNOWN)

    # The effector.

    def destroy(self, verb: Verb, resource: ResourceId, owner: OrganizationId, version: int) -> Outcome:
        row = self._live.get(text(resource))
        if row is None or text(row.organization) != text(owner) or row.version != version or self._is_kept(row):
            return Outcome.REFUSED
        self.fell(resource, verb)
        return Outcome.DONE

    def _is_kept(self, row: Resource) -> bool:
        """Whether a hold, the product or another tenant's dependent keeps the resource at this very moment."""
        holds = [row.hold, self._organizations[text(row.organization)].hold]
        if row.project is not None:
            holds.append(self._projects[text(row.project)].hold)
        writable = self._products.get(text(row.kind)) is ProductState.WRITABLE
        carries_others = any(text(upper.organization) != text(row.organization) for upper in self._standing_on(row.id))
        return carries_others or not writable or any(hold is not Hold.CLEAR for hold in holds)

    def _listing(self, buckets: Iterable[Bucket]) -> Listing:
        found = [self._buckets.get(bucket, {}) for bucket in buckets]
        rows = tuple([row for bucket in found for row in bucket.values()])
        self.rows_read += len(rows)
        return Listing(rows, sum(map(len, found)))

    def _standing_on(self, ground: ResourceId) -> Iterator[Dependent]:
        """What is live and stands on this, directly or through others."""
        for upper in standing_on(text(ground), lambda lower: self._above.get(lower, ())):
            row = self._live.get(upper)
            if row is not None:
                yield Dependent(row.id, row.organization, ground)

    def _put(self, row: Resource) -> None:
        bucket = _bucket(row)
        if text(row.id) not in self._buckets.setdefault(bucket, {}):
            self._fleet[text(row.kind)] += 1
        self._buckets_of[text(row.organization), text(row.kind)][bucket] = None
        self._buckets[bucket][text(row.id)] = row
        self._live[text(row.id)] = row

    def _take(self, row: Resource) -> None:
        del self._buckets[_bucket(row)][text(row.id)]
        self._fleet[text(row.kind)] -= 1

    def _refuse_nowhere(self, organization: OrganizationId, project: ProjectId | None) -> None:
        _refuse_unknown(text(organization), self._organizations)
        if project is not None and _refuse_unknown(text(project), self._projects).organization != organization:
            raise RecordError(f"{project!r} is not a project of {organization!r}", code="wrong_project")


class MemoryAudit:
    """Keeps the chain in a list."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    def append(self, entry: Entry) -> Record:
        record = chained(self.records[-1] if self.records else None, entry)
        self.records.append(record)
        return record


def _bucket(row: Resource) -> Bucket:
    return text(row.organization), None if row.project is None else text(row.project), text(row.kind)


def _refuse_known(name: str, known: Container[str]) -> None:
    if name in known:
        raise RecordError(f"`{name}` exists, and an id is used once", code="id_in_use")


def _refuse_unknown(name: str, known: dict[str, T]) -> T:
    if name not in known:
        raise RecordError(f"there is no `{name}`", code="unknown")
    return known[name]
