"""A request and a snapshot make a plan: exactly which resources, at which versions, and one digest over all of it.

A plan permits nothing. It is what checks look at, what `Guard.plan` hands out, and what execution must find again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from guards.core.digest import digest_of
from guards.core.ids import text
from guards.core.request import Request
from guards.core.selector import Explicit, OneProject, Selector, WholeOrganization
from guards.core.values import Principal, Resource, Snapshot
from guards.errors import SelectorError, shown


@dataclass(frozen=True, slots=True)
class Plan:
    """What was asked, what that means, and the digest that binds the two."""

    request: Request
    targets: tuple[Resource, ...]
    digest: str


def make_plan(request: Request, snapshot: Snapshot) -> Plan:
    """The plan of this request in this snapshot. The order in which the inventory answered leaves no trace."""
    targets = targets_among(request.selector, snapshot.rows)
    return Plan(request, targets, plan_digest(request, targets))


def targets_among(selector: Selector, rows: tuple[Resource, ...]) -> tuple[Resource, ...]:
    """The rows that a call may mean, in the order of their text.

    Reading by id finds other tenants' rows as well. Left out here, they are missing, exactly as if they did not exist.
    """
    if type(selector) is Explicit:
        rows = tuple([row for row in rows if row.organization == selector.organization])
    return tuple(sorted(rows, key=_by_text))


def plan_digest(request: Request, targets: tuple[Resource, ...]) -> str:
    """SHA-256 over everything that was asked and everything that was planned."""
    return digest_of([*_asked(request), *_planned(targets)])


def _by_text(row: Resource) -> str:
    return text(row.id)


def _asked(request: Request) -> Iterator[str]:
    yield "guards plan"
    yield str(request.schema_version)
    yield request.policy_version
    yield request.verb.value
    yield text(request.kind)
    yield "dry run" if request.dry_run else "for real"
    yield request.environment
    yield request.case
    yield request.reason
    yield from _requester(request.requester)
    yield from _selected(request.selector)


def _requester(requester: Principal) -> Iterator[str]:
    yield text(requester.id)
    yield requester.role.value
    yield "" if requester.organization is None else text(requester.organization)


def _selected(selector: Selector) -> Iterator[str]:
    """The selector with its own name and, for a list, its length, so that no two selectors read alike."""
    yield text(selector.organization)
    if type(selector) is WholeOrganization:
        yield from ("whole organization", text(selector.acknowledge))
    elif type(selector) is OneProject:
        yield from ("one project", text(selector.project))
    elif type(selector) is Explicit:
        yield from ("explicit", str(len(selector.resources)), *map(text, selector.resources))
    else:
        raise SelectorError(f"no selector: {shown(selector)}")


def _planned(targets: tuple[Resource, ...]) -> list[str]:
    parts = [str(len(targets))]
    for row in targets:
        project = "" if row.project is None else text(row.project)
        parts += (text(row.id), text(row.kind), text(row.organization), project, str(row.version))
    return parts
