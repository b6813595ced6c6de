"""The one valid call that the examples start from, and what was read for it; every example changes one thing.

Organization `acme` owns its default project, also called `acme`, and `web`; `lb-old` is older than projects.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from guards.core.ids import Kind, OrganizationId, PrincipalId, ProjectId, ResourceId
from guards.core.plan import Plan, make_plan
from guards.core.request import Request
from guards.core.selector import Explicit, OneProject, Selector, WholeOrganization
from guards.core.values import (
    Hold,
    Limits,
    OrganizationRecord,
    Policy,
    Principal,
    ProductState,
    ProjectRecord,
    Resource,
    Role,
    Snapshot,
    Verb,
)

BALANCER = Kind("load-balancer")
ACME = OrganizationId("acme")
OTHER = OrganizationId("acme2")
WEB = ProjectId("web")

OPERATOR = Principal(PrincipalId("ops-1"), Role.OPERATOR, None)
TENANT = Principal(PrincipalId("user-1"), Role.TENANT, ACME)
STRANGER = Principal(PrincipalId("user-2"), Role.TENANT, OTHER)

POLICY = Policy("production", "2026-11", Limits(max_count=3, max_percent=30))


def row(name: str, project: str | None = "acme", organization: str = "acme", **changes: Any) -> Resource:
    home = None if project is None else ProjectId(project)
    valid = Resource(ResourceId(name), BALANCER, OrganizationId(organization), home, 1, Hold.CLEAR)
    return replace(valid, **changes)


ROWS = (row("lb-1"), row("lb-2", "web"), row("lb-old", None))

WHOLE = WholeOrganization(ACME, ACME)
PROJECT = OneProject(ACME, WEB)
LIST = Explicit(ACME, (ResourceId("lb-1"), ResourceId("lb-old")))


def request(selector: Selector = WHOLE, **changes: Any) -> Request:
    valid = Request(
        verb=Verb.INVALIDATE,
        kind=BALANCER,
        selector=selector,
        dry_run=False,
        environment="production",
        case="TS-1",
        reason="phishing",
        requester=OPERATOR,
        policy_version="2026-11",
        schema_version=1,
    )
    return replace(valid, **changes)


def snapshot(rows: tuple[Resource, ...] = ROWS, **changes: Any) -> Snapshot:
    valid = Snapshot(
        organization=OrganizationRecord(ACME, Hold.CLEAR),
        projects=(ProjectRecord(ProjectId("acme"), ACME, Hold.CLEAR), ProjectRecord(WEB, ACME, Hold.CLEAR)),
        rows=rows,
        total=len(rows),
        dependents=(),
        fleet=10,
        product=ProductState.WRITABLE,
    )
    return replace(valid, **changes)


def plan(selector: Selector = WHOLE, seen: Snapshot | None = None, **changes: Any) -> Plan:
    return make_plan(request(selector, **changes), snapshot() if seen is None else seen)
