"""A small platform with two tenants, and bodies for every operation: what the tests of the reference platform share.

`acme` and `acme2` are easily taken for each other; each has a default project of its own id, a second one, and a
balancer that is older than projects.
"""

from __future__ import annotations

import json
from typing import Any

from guards.core.ids import Kind, OrganizationId, PrincipalId, ProjectId, ResourceId
from guards.core.values import Hold, Limits, Principal, Resource, Role
from guards.reference.answers import Answer, Done, Refused
from guards.reference.lookout import Lookout
from guards.reference.platform import Platform
from guards.testing.service import Seen

TENANTS = ("acme", "acme2")
ROWS = (
    ("lb-1", "load-balancer", "acme", "acme-web"),
    ("lb-2", "load-balancer", "acme", "acme-web"),
    ("lb-3", "load-balancer", "acme", "acme"),
    ("lb-4", "load-balancer", "acme", None),
    ("db-1", "database", "acme", "acme-web"),
    ("lb-5", "load-balancer", "acme2", "acme2-web"),
    ("lb-6", "load-balancer", "acme2", "acme2"),
    ("lb-7", "load-balancer", "acme2", None),
    ("db-2", "database", "acme2", "acme2-web"),
)

WHERE = {"schema": 1, "environment": "production"}
WHY = {"case": "TS-1", "reason": "abuse"}
INVALIDATE = {
    **WHERE,
    **WHY,
    "verb": "invalidate",
    "kind": "load-balancer",
    "organization_id": "acme",
    "dry_run": False,
}
DELETE = {**INVALIDATE, "verb": "delete"}
CREATE = {**WHERE, "kind": "load-balancer", "organization_id": "acme", "project_id": "acme-web"}
LIST = {"schema": 1, "kind": "load-balancer", "organization_id": "acme"}
HOLD = {**WHERE, **WHY, "organization_id": "acme"}
READ_ONLY = {**WHERE, **WHY, "kind": "load-balancer", "on": True}
TRANSFER = {
    **WHERE,
    **WHY,
    "kind": "load-balancer",
    "organization_id": "acme",
    "resource_id": "lb-1",
    "source_project_id": "acme-web",
    "destination_project_id": "acme",
}

VALID: dict[str, tuple[str, dict[str, Any]]] = {
    "invalidate": ("operator", {**INVALIDATE, "resource_ids": ["lb-1"]}),
    "delete": ("acme", {**DELETE, "resource_ids": ["lb-1"]}),
    "create": ("acme", CREATE),
    "list": ("acme", LIST),
    "transfer": ("operator", TRANSFER),
    "hold": ("operator", {**HOLD, "project_id": "acme-web"}),
    "unhold": ("operator", {**HOLD, "project_id": "acme-web"}),
    "read_only": ("operator", READ_ONLY),
}
"""For each operation who may call it, and a body that it accepts."""


class StandingClock:
    """Time that does not pass."""

    def now(self) -> int:
        return 0


def small_platform() -> Platform:
    """The two tenants and a user of each, and an operator."""
    platform = Platform(limits=Limits(100, 100), key=b"tests", clock=StandingClock())
    for tenant in TENANTS:
        platform.world.add_organization(OrganizationId(tenant))
        platform.world.add_project(ProjectId(tenant), OrganizationId(tenant))
        platform.world.add_project(ProjectId(f"{tenant}-web"), OrganizationId(tenant))
        platform.people[tenant] = Principal(PrincipalId(tenant), Role.TENANT, OrganizationId(tenant))
    platform.people["operator"] = Principal(PrincipalId("operator"), Role.OPERATOR, None)
    for id, kind, owner, project in ROWS:
        home = None if project is None else ProjectId(project)
        platform.world.add(Resource(ResourceId(id), Kind(kind), OrganizationId(owner), home, 1, Hold.CLEAR))
    return platform


def ask(platform: Platform, caller: str, operation: str, fields: dict[str, Any]) -> Answer:
    """One call, sent as a client would send it."""
    return platform.handle(caller, operation, json.dumps(fields).encode())


def codes(answer: Answer) -> list[str]:
    """Why the call was refused."""
    assert isinstance(answer, Refused), answer
    return [reason.code for reason in answer.reasons]


def body(answer: Answer) -> dict[str, Any]:
    """What the call was answered."""
    assert isinstance(answer, Done), answer
    return dict(answer.body)


def trail(platform: Platform) -> list[tuple[str, str, str]]:
    """The audit's records, each as its event, its resource and its outcome."""
    entries = [record.entry for record in platform.audit.records]
    return [(entry.event.value, entry.resource, entry.outcome) for entry in entries]


class Changes:
    """What has changed on a platform since this was made: key -> what is seen now; parts are left out."""

    def __init__(self, platform: Platform) -> None:
        self._lookout = Lookout(platform)
        self._before = dict(self._lookout.look())

    def __call__(self) -> dict[str, Seen]:
        after = self._lookout.look()
        return {key: row for key, row in after.items() if row != self._before.get(key) and row.parent is None}
