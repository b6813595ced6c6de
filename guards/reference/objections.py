"""What may stand against a change of the platform's own: each function says so in the guard's words, or says nothing.

They look at what the inventory answered and believe none of it: a row, a record or a state that is missing objects.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from guards.core.ids import Kind, OrganizationId, ProjectId, ResourceId
from guards.core.refusals import Code, Objection, objection
from guards.core.values import Listing, OrganizationRecord, Policy, Principal, ProductState, ProjectRecord, Resource
from guards.reference.registrar import is_free
from guards.runtime.asking import AskedInventory


def wrong_environment(asked: str, policy: Policy) -> Iterator[Objection]:
    if asked != policy.environment:
        yield objection(Code.WRONG_ENVIRONMENT, asked=asked, here=policy.environment)


def not_writable(kind: Kind, inventory: AskedInventory) -> Iterator[Objection]:
    state = inventory.product(kind)
    if state is not ProductState.WRITABLE:
        yield objection(Code.READ_ONLY, kind=kind, state=state.value)


def unknown_organization(named: OrganizationId, record: OrganizationRecord | None) -> Iterator[Objection]:
    if record is None or record.id != named:
        yield objection(Code.ORGANIZATION_UNKNOWN, organization=named)


def not_own_project(
    project: ProjectId, owner: OrganizationId, records: Mapping[ProjectId, ProjectRecord]
) -> Iterator[Objection]:
    record = records.get(project)
    if record is None or record.organization != owner:
        yield objection(Code.PROJECT_NOT_FOUND, project=project, organization=owner)


def not_exactly(
    named: tuple[ResourceId, ...], rows: tuple[Resource, ...], owner: OrganizationId, kind: Kind
) -> Iterator[Objection]:
    """The inventory answered each named resource once and nothing else; all are the owner's, and of the kind."""
    own = {row.id for row in rows if row.organization == owner}
    missing = tuple(set(named) - own)
    other = tuple([row.id for row in rows if row.id in own and row.kind != kind])
    surplus = len(rows) - len({row.id for row in rows}.intersection(named))
    if missing:
        yield objection(Code.NOT_FOUND, count=len(missing), organization=owner, resources=missing)
    if other:
        yield objection(Code.WRONG_KIND, count=len(other), kind=kind, resources=other)
    if surplus:
        yield objection(Code.INVENTORY_SURPLUS, count=surplus)


def held(
    row: Resource, organization: OrganizationRecord | None, projects: tuple[ProjectRecord, ...]
) -> Iterator[Objection]:
    if not is_free(row, organization, projects):
        yield objection(Code.HELD, organizations=(), projects=(), resources=(row.id,))


def untrue(listing: Listing, named: OrganizationId, kind: Kind, caller: Principal) -> Iterator[Objection]:
    """What shows that a listing is not exactly the caller's own of this kind, each once."""
    foreign = [row for row in listing.rows if row.organization != caller.organization or row.kind != kind]
    repeated = len(listing.rows) - len({row.id for row in listing.rows})
    if foreign:
        yield objection(Code.INVENTORY_FOREIGN, count=len(foreign), organization=named)
    if repeated:
        yield objection(Code.INVENTORY_SURPLUS, count=repeated)
    if len(listing.rows) != listing.total:
        yield objection(Code.INVENTORY_INCOMPLETE, answered=len(listing.rows), total=listing.total)
