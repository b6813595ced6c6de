"""The operations of the platform, each a function from a caller and a body to an answer, and the table that names them.

The two destructive ones are the guard's: bytes, `wire.parse`, `Guard.run`. The others ask the same inventory, refuse in
the same words, and write through the registrar.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from hmac import new
from typing import Final

from guards import wire
from guards.core.decision import Denial
from guards.core.ids import Kind, OrganizationId, ProjectId, ResourceId, text
from guards.core.receipt import Preview
from guards.core.refusals import Code as GuardCode
from guards.core.refusals import objection
from guards.core.values import (
    Hold,
    OrganizationRecord,
    Policy,
    Principal,
    ProductState,
    ProjectRecord,
    Resource,
    Role,
    Verb,
)
from guards.reference.answers import (
    Answer,
    Code,
    Done,
    Refused,
    previewed,
    receipted,
    refused_by_guard,
    refused_by_wire,
    refused_for,
    refused_here,
)
from guards.reference.bodies import (
    CreateBody,
    HoldOrganizationBody,
    HoldProjectBody,
    HoldResourcesBody,
    ListBody,
    ReadOnlyBody,
    TransferBody,
    read,
    read_hold,
)
from guards.reference.changes import Change, Order, carry_out
from guards.reference.cursors import Cursors
from guards.reference.objections import (
    held,
    not_exactly,
    not_own_project,
    not_writable,
    unknown_organization,
    untrue,
    wrong_environment,
)
from guards.reference.registrar import Registrar
from guards.runtime.asking import AskedInventory
from guards.runtime.guard import DEADLINE_NS, Guard
from guards.runtime.ports import Ports

LOAD_BALANCER, DATABASE, CLUSTER, IOT_HUB = map(Kind, ("load-balancer", "database", "cluster", "iot-hub"))
KINDS: Final = (LOAD_BALANCER, DATABASE, CLUSTER, IOT_HUB)
"""The products. The later ones stand on the earlier ones."""


@dataclass(frozen=True, slots=True)
class Site:
    """What an operation works with: the outside world, the rules in force, and the little that the platform keeps."""

    ports: Ports
    registrar: Registrar
    policy: Policy
    key: bytes
    """What only the platform knows; without it nobody can tell the ids that it will make, nor make its cursors."""
    cursors: Cursors
    page_rows: int
    serials: dict[OrganizationId, int]
    """How many resources each organization has ever asked for; only its own ids depend on it."""


Run = Callable[[Site, Principal, bytes], Answer]


@dataclass(frozen=True, slots=True)
class Operation:
    """Who may call it, and what it does."""

    role: Role
    run: Run


# Destruction: the guard's own call.


def destroy(verb: Verb, site: Site, caller: Principal, body: bytes) -> Answer:
    """Parse, then let the guard decide and act. The verb is said twice, by the operation and in the body."""
    request = wire.parse(body, caller, policy_version=site.policy.version)
    if isinstance(request, wire.Refusal):
        return refused_by_wire(request)
    if request.verb is not verb:
        return refused_here(Code.WRONG_VERB, verb=request.verb.value, operation=verb.value)
    result = Guard(site.ports, site.policy).run(request)
    if isinstance(result, Denial):
        return refused_by_guard(result)
    return previewed(result) if isinstance(result, Preview) else receipted(result)


# What a tenant does with its own.


def list_own(site: Site, caller: Principal, body: bytes) -> Answer:
    """One page of the caller's live resources of a kind, in the order of their ids."""
    call = read(ListBody, body)
    if isinstance(call, wire.Refusal):
        return refused_by_wire(call)
    if call.organization_id != caller.organization:
        return refused_for([objection(GuardCode.NOT_YOUR_ORGANIZATION, organization=call.organization_id)])
    if call.kind not in KINDS:
        return refused_here(Code.UNKNOWN_KIND, kind=call.kind)
    query = (text(caller.id), text(call.organization_id), text(call.kind))
    after = site.cursors.position(query, call.cursor) if call.cursor else ""
    if after is None:
        return refused_here(Code.CURSOR_REFUSED, cursor=call.cursor)
    listing = _asked(site).of_organization(call.organization_id, call.kind)
    lies = list(untrue(listing, call.organization_id, call.kind, caller))
    if lies:
        return refused_for(lies)
    rows = sorted((text(row.id), row) for row in listing.rows if text(row.id) > after)
    page = rows[: site.page_rows]
    answer: dict[str, object] = {"resources": [_described(row) for _, row in page]}
    if len(rows) > len(page):
        answer["cursor"] = site.cursors.cursor(query, page[-1][0])
    return Done(answer, {})


def create(site: Site, caller: Principal, body: bytes) -> Answer:
    """A new resource in a project of the caller's own. The platform makes the id."""
    call = read(CreateBody, body)
    if isinstance(call, wire.Refusal):
        return refused_by_wire(call)
    owner = call.organization_id
    if owner != caller.organization:
        return refused_for([objection(GuardCode.NOT_YOUR_ORGANIZATION, organization=owner)])
    if call.kind not in KINDS:
        return refused_here(Code.UNKNOWN_KIND, kind=call.kind)
    objections = [
        *wrong_environment(call.environment, site.policy),
        *not_writable(call.kind, _asked(site)),
        *not_own_project(call.project_id, owner, _records(_asked(site), call.project_id)),
    ]
    if objections:
        return refused_for(objections)
    site.serials[owner] = site.serials.get(owner, 0) + 1
    made = Resource(_new_id(site, call.kind, owner), call.kind, owner, call.project_id, 1, Hold.CLEAR)
    change = Change(made.id, str(made.version), partial(site.registrar.create, made, caller.organization))
    return carry_out(Order(caller, "create", owner, ""), [change], site.ports, DEADLINE_NS)


# What operators do, on behalf of the one organization that they name.


def transfer(site: Site, caller: Principal, body: bytes) -> Answer:
    """One resource from a project to another, which may be another organization's. Everything is looked at again."""
    call = read(TransferBody, body)
    if isinstance(call, wire.Refusal):
        return refused_by_wire(call)
    owner, inventory = call.organization_id, _asked(site)
    organization = inventory.organization(owner)
    records = _records(inventory, call.source_project_id, call.destination_project_id)
    rows = inventory.by_ids((call.resource_id,))
    objections = [
        *wrong_environment(call.environment, site.policy),
        *not_writable(call.kind, inventory),
        *unknown_organization(owner, organization),
        *not_own_project(call.source_project_id, owner, records),
        *not_exactly((call.resource_id,), rows, owner, call.kind),
    ]
    if objections:
        return refused_for(objections)
    row, destination = rows[0], records.get(call.destination_project_id)
    if row.project != call.source_project_id:
        return refused_here(Code.SOURCE_DIFFERS, resource=row.id, project=call.source_project_id)
    if destination is None:
        return refused_here(Code.DESTINATION_NOT_FOUND, project=call.destination_project_id)
    objections = list(held(row, organization, tuple(records.values())))
    if objections:
        return refused_for(objections)
    change = Change(row.id, str(row.version), partial(site.registrar.move, row, owner, destination))
    return carry_out(Order(caller, "transfer", owner, call.case), [change], site.ports, DEADLINE_NS)


def set_hold(verb: str, hold: Hold, site: Site, caller: Principal, body: bytes) -> Answer:
    """Put an organization, a project of it or resources of it under a hold, or lift it."""
    call = read_hold(body)
    if isinstance(call, wire.Refusal):
        return refused_by_wire(call)
    inventory = _asked(site)
    organization = inventory.organization(call.organization_id)
    objections = [
        *wrong_environment(call.environment, site.policy),
        *unknown_organization(call.organization_id, organization),
    ]
    if objections or organization is None:
        return refused_for(objections)
    changes = _holds(call, hold, organization, site.registrar, inventory)
    if isinstance(changes, Refused):
        return changes
    return carry_out(Order(caller, verb, organization.id, call.case), changes, site.ports, DEADLINE_NS)


def set_read_only(site: Site, caller: Principal, body: bytes) -> Answer:
    """Close a product to changes, or open it again."""
    call = read(ReadOnlyBody, body)
    if isinstance(call, wire.Refusal):
        return refused_by_wire(call)
    objections = list(wrong_environment(call.environment, site.policy))
    if objections:
        return refused_for(objections)
    if call.kind not in KINDS:
        return refused_here(Code.UNKNOWN_KIND, kind=call.kind)
    state = ProductState.READ_ONLY if call.on else ProductState.WRITABLE
    change = Change(call.kind, "", partial(site.registrar.set_product, call.kind, state))
    return carry_out(Order(caller, "read_only", None, call.case), [change], site.ports, DEADLINE_NS)


OPERATIONS: Final[Mapping[str, Operation]] = {
    "invalidate": Operation(Role.OPERATOR, partial(destroy, Verb.INVALIDATE)),
    "delete": Operation(Role.TENANT, partial(destroy, Verb.DELETE)),
    "list": Operation(Role.TENANT, list_own),
    "create": Operation(Role.TENANT, create),
    "transfer": Operation(Role.OPERATOR, transfer),
    "hold": Operation(Role.OPERATOR, partial(set_hold, "hold", Hold.HELD)),
    "unhold": Operation(Role.OPERATOR, partial(set_hold, "unhold", Hold.CLEAR)),
    "read_only": Operation(Role.OPERATOR, set_read_only),
}


# Smaller steps.


def _asked(site: Site) -> AskedInventory:
    return AskedInventory(site.ports.inventory, site.ports.clock, DEADLINE_NS)


def _records(inventory: AskedInventory, *projects: ProjectId) -> dict[ProjectId, ProjectRecord]:
    """The records of these projects. One that is answered twice is not known."""
    answered = inventory.projects(tuple(dict.fromkeys(projects)))
    times = Counter(record.id for record in answered)
    return {record.id: record for record in answered if times[record.id] == 1}


def _holds(
    call: HoldOrganizationBody | HoldProjectBody | HoldResourcesBody,
    hold: Hold,
    organization: OrganizationRecord,
    registrar: Registrar,
    inventory: AskedInventory,
) -> list[Change] | Refused:
    """The writes that a hold comes to: the organization, the project, or one for each resource."""
    owner = organization.id
    if isinstance(call, HoldResourcesBody):
        named = tuple(call.resource_ids)
        rows = inventory.by_ids(named)
        objections = list(not_exactly(named, rows, owner, call.kind))
        if objections:
            return refused_for(objections)
        return [Change(row.id, str(row.version), partial(registrar.hold_resource, row, owner, hold)) for row in rows]
    if isinstance(call, HoldProjectBody):
        records = _records(inventory, call.project_id)
        objections = list(not_own_project(call.project_id, owner, records))
        if objections:
            return refused_for(objections)
        record = records[call.project_id]
        return [Change(record.id, "", partial(registrar.hold_project, record, owner, hold))]
    return [Change(owner, "", partial(registrar.hold_organization, organization, hold))]


def _described(row: Resource) -> dict[str, object]:
    return {
        "id": text(row.id),
        "kind": text(row.kind),
        "project_id": None if row.project is None else text(row.project),
    }


def _new_id(site: Site, kind: Kind, owner: OrganizationId) -> ResourceId:
    """An id that tells nothing, that nobody can foretell, and that no other tenant's doings change."""
    # Nothing sealed for a cursor starts with a letter, so no cursor tells an id.
    message = f"id {len(text(owner))}:{text(owner)}:{site.serials[owner]}"
    digest = new(site.key, message.encode(), "sha256").hexdigest()
    return ResourceId(f"{text(kind)}-{digest[:16]}")
