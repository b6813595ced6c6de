"""A small platform with two tenants whose ids are easily taken for each other, and ports that fail on demand.

`acme` owns lb-1 (default project), lb-2 and db-1 (web) and lb-old (none); `acme2` owns lb-10 and db-10. All are live.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from guards.adapters.memory import MemoryAudit, MemoryWorld
from guards.core.audit import Record
from guards.core.ids import Kind, OrganizationId, PrincipalId, ProjectId, ResourceId, text
from guards.core.values import Hold, Limits, Policy, Principal, ProductState, Resource, Role
from guards.runtime.guard import Guard
from guards.runtime.ports import Ports

BALANCER, DATABASE = Kind("load-balancer"), Kind("database")
ACME, OTHER = OrganizationId("acme"), OrganizationId("acme2")
DEFAULT, WEB, THEIRS = ProjectId("acme"), ProjectId("web"), ProjectId("acme2")
OPERATOR = Principal(PrincipalId("ops-1"), Role.OPERATOR, None)
TENANT = Principal(PrincipalId("user-1"), Role.TENANT, ACME)
STRANGER = Principal(PrincipalId("user-2"), Role.TENANT, OTHER)
POLICY = Policy("production", "2026-11", Limits(max_count=100, max_percent=100))


def small_world() -> MemoryWorld:
    world = MemoryWorld()
    world.add_organization(ACME)
    world.add_organization(OTHER)
    for project, organization in ((DEFAULT, ACME), (WEB, ACME), (THEIRS, OTHER)):
        world.add_project(project, organization)
    for name, kind, organization, home in (
        ("lb-1", BALANCER, ACME, DEFAULT),
        ("lb-2", BALANCER, ACME, WEB),
        ("lb-old", BALANCER, ACME, None),
        ("db-1", DATABASE, ACME, WEB),
        ("lb-10", BALANCER, OTHER, THEIRS),
        ("db-10", DATABASE, OTHER, THEIRS),
    ):
        world.add(Resource(ResourceId(name), kind, organization, home, 1, Hold.CLEAR))
    for kind in (BALANCER, DATABASE):
        world.set_product(kind, ProductState.WRITABLE)
    return world


def fallen(world: MemoryWorld) -> list[str]:
    """What is no longer live, seen from underneath."""
    return [text(row.id) for row, state in world.everything() if state.value != "live"]


class Ticking:
    """A clock that a port can push forward."""

    def __init__(self) -> None:
        self.time = 0

    def now(self) -> int:
        return self.time


class Faulty:
    """A port in which some calls are replaced, and whose calls are noted."""

    def __init__(self, port: Any, journal: list[str] | None = None, **instead: Callable[..., Any]) -> None:
        self._port = port
        self._instead = instead
        self._journal = [] if journal is None else journal

    def __getattr__(self, name: str) -> Any:
        honest = getattr(self._port, name)
        call = self._instead.get(name, honest)

        def noted(*args: Any) -> Any:
            self._journal.append(name)
            return call(*args)

        return noted


class Stand:
    """A guard in front of a small world, with every port open to faults."""

    def __init__(self, policy: Policy = POLICY, **faults: Callable[..., Any]) -> None:
        self.world = small_world()
        self.audit = MemoryAudit()
        self.clock = Ticking()
        self.journal: list[str] = []
        sink = Faulty(self.audit, self.journal, **{name: call for name, call in faults.items() if name == "append"})
        world = Faulty(self.world, self.journal, **{name: call for name, call in faults.items() if name != "append"})
        clock = Faulty(self.clock, [], **{name: call for name, call in faults.items() if name == "now"})
        self.ports = Ports(world, world, sink, clock)
        self.guard = Guard(self.ports, policy, deadline_ns=1_000)

    def fallen(self) -> list[str]:
        return fallen(self.world)

    def events(self) -> list[str]:
        """The audit, as `event:resource:outcome`."""
        return [_told(record) for record in self.audit.records]


def _told(record: Record) -> str:
    entry = record.entry
    return f"{entry.event.value}:{entry.resource}:{entry.outcome}".rstrip(":")
