"""Reads what one request needs to be judged: the selected rows and a handful of facts, whatever the fleet's size.

It judges nothing. The one thing it will not do is read on behalf of a project that is not the organization's own.
"""

from __future__ import annotations

from guards.core.checks import own_project
from guards.core.ids import ProjectId
from guards.core.plan import targets_among
from guards.core.request import Request
from guards.core.selector import Explicit, OneProject
from guards.core.values import Listing, Snapshot
from guards.runtime.ports import Inventory

NOTHING = Listing(rows=(), total=0)


def take_snapshot(request: Request, inventory: Inventory) -> Snapshot:
    """Everything that the checks look at for this request."""
    selector = request.selector
    product = inventory.product(request.kind)
    organization = inventory.organization(selector.organization)
    listing = _selected(request, inventory)
    targets = targets_among(selector, listing.rows)
    projects = {row.project for row in targets if isinstance(row.project, ProjectId)}
    if type(selector) is OneProject:
        projects.add(selector.project)
    return Snapshot(
        organization=organization,
        projects=inventory.projects(tuple(projects)),
        rows=listing.rows,
        total=listing.total,
        dependents=inventory.dependents(tuple([row.id for row in targets])),
        fleet=inventory.fleet(request.kind),
        product=product,
    )


def _selected(request: Request, inventory: Inventory) -> Listing:
    selector, kind = request.selector, request.kind
    if type(selector) is Explicit:
        rows = inventory.by_ids(selector.resources)
        return Listing(rows, len(rows))
    if type(selector) is OneProject:
        if not own_project(selector, inventory.projects((selector.project,))):
            return NOTHING
        return inventory.of_project(selector.organization, selector.project, kind)
    return inventory.of_organization(selector.organization, kind)
