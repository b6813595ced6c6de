"""The incident's platform in small: one world in memory, the people who may call it, and one door for every call.

`Platform.handle` takes a credential, the name of an operation and a body, and answers; there is no other way in. What a
load balancer is made of (addresses, backends, certificates) are its parts: they have no life of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from guards.adapters.memory import MemoryAudit, MemoryWorld
from guards.core.ids import ResourceId
from guards.core.values import Limits, Policy, Principal, ProductState
from guards.errors import PortFailure
from guards.reference.answers import Answer, Code, refused_for, refused_here
from guards.reference.cursors import Cursors
from guards.reference.operations import KINDS, OPERATIONS, Operation, Site
from guards.reference.registrar import MemoryRegistrar, Registrar
from guards.runtime.asking import unavailable
from guards.runtime.ports import AuditSink, Clock, Effector, Inventory, Ports

ENVIRONMENT: Final = "production"
POLICY_VERSION: Final = "2021-04-08"
PAGE_ROWS: Final = 3
"""Small, so that a small world has more than one page."""

PARTS: Final = ("backend", "ip")
"""What every balancer has. Some have more; see `Platform.parts`."""


class Platform:
    """One deployment. Calls go through `handle`; world, audit and parts are there to be looked at from underneath."""

    def __init__(self, *, limits: Limits, key: bytes, clock: Clock, world: MemoryWorld | None = None) -> None:
        self.world = MemoryWorld() if world is None else world
        self.audit = MemoryAudit()
        self.parts: dict[ResourceId, tuple[str, ...]] = {}
        self.people: dict[str, Principal] = {}
        self.operations: Mapping[str, Operation] = OPERATIONS
        self.site = Site(
            ports=Ports(self.world, self.world, self.audit, clock),
            registrar=MemoryRegistrar(self.world),
            policy=Policy(ENVIRONMENT, POLICY_VERSION, limits),
            key=key,
            cursors=Cursors(key),
            page_rows=PAGE_ROWS,
            serials={},
        )
        for kind in KINDS:
            self.world.set_product(kind, ProductState.WRITABLE)

    def handle(self, credential: str, operation: str, body: bytes) -> Answer:
        """One call from its bytes to its answer. What it does, it does to this world and nothing else."""
        caller = self.people.get(credential)
        if caller is None:
            return refused_here(Code.UNKNOWN_CALLER)
        known = self.operations.get(operation)
        if known is None:
            return refused_here(Code.UNKNOWN_OPERATION, operation=operation)
        if caller.role is not known.role:
            wanted, role = known.role.value, caller.role.value
            return refused_here(Code.WRONG_ROLE, operation=operation, role=role, wanted=wanted)
        try:
            return known.run(self.site, caller, body)
        except PortFailure as failure:  # only reads raise it: whatever writes answers for itself
            return refused_for([unavailable(failure)])

    def limit(self, limits: Limits) -> None:
        """How much one call may destroy from now on."""
        self.site = replace(self.site, policy=replace(self.site.policy, limits=limits))

    def stand_behind(
        self, *, inventory: Inventory, effector: Effector, audit: AuditSink, clock: Clock, registrar: Registrar
    ) -> None:
        """Reach the world through these ports from now on."""
        self.site = replace(self.site, ports=Ports(inventory, effector, audit, clock), registrar=registrar)
