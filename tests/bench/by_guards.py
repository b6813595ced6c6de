"""Our own engine: the guard on a memory world, and its decision alone."""

from __future__ import annotations

from collections.abc import Set

from guards.adapters.clock import MonotonicClock
from guards.adapters.memory import MemoryAudit, MemoryWorld
from guards.core.decision import Denial, Grant, decide
from guards.core.ids import Kind, OrganizationId, PrincipalId, ProjectId, ResourceId
from guards.core.plan import Plan, make_plan
from guards.core.receipt import Preview, Receipt
from guards.core.request import Request
from guards.core.selector import Explicit, OneProject
from guards.core.values import Hold, Limits, Policy, Principal, ProductState, Resource, Role, Snapshot, Verb
from guards.runtime.guard import Guard
from guards.runtime.ports import Ports
from guards.runtime.snapshot import take_snapshot
from tests.bench.platforms import ENVIRONMENT, POLICY_VERSION, Call, Platform


class Guards:
    """`decide` alone, on a plan and the snapshot that it was made from."""

    def __init__(self, platform: Platform) -> None:
        self._world = memory_world(platform)
        self._policy = policy(platform)

    def prepare(self, call: Call) -> tuple[Plan, Snapshot]:
        asked = request(call)
        seen = take_snapshot(asked, self._world)
        return make_plan(asked, seen), seen

    def decide(self, prepared: tuple[Plan, Snapshot]) -> Grant | Denial:
        return decide(prepared[0], prepared[1], self._policy)

    def reasons(self, decision: object) -> Set[str]:
        return {refusal.code.value for refusal in decision.objections} if isinstance(decision, Denial) else set()


class GuardsPreview:
    """The whole preview as production makes it: every port asked, selection, plan, checks, digest."""

    def __init__(self, platform: Platform, world: MemoryWorld) -> None:
        self._guard = Guard(Ports(world, world, MemoryAudit(), MonotonicClock()), policy(platform))

    def prepare(self, call: Call) -> Request:
        return request(call)

    def decide(self, prepared: Request) -> Preview | Receipt | Denial:
        return self._guard.run(prepared)

    def reasons(self, decision: object) -> Set[str]:
        return {refusal.code.value for refusal in decision.objections} if isinstance(decision, Denial) else set()


def request(call: Call) -> Request:
    """The call as a dry run."""
    named = OrganizationId(call.organization)
    if call.resources:
        selector: Explicit | OneProject = Explicit(named, tuple([ResourceId(name) for name in call.resources]))
    else:
        selector = OneProject(named, ProjectId(str(call.project)))
    home = None if call.home is None else OrganizationId(call.home)
    role = Role.OPERATOR if home is None else Role.TENANT
    return Request(
        verb=Verb.INVALIDATE,
        kind=Kind(call.kind),
        selector=selector,
        dry_run=True,
        environment=call.environment,
        case="TS-1",
        reason="phishing",
        requester=Principal(PrincipalId("caller"), role, home),
        policy_version=call.policy_version,
        schema_version=1,
    )


def policy(platform: Platform) -> Policy:
    return Policy(ENVIRONMENT, POLICY_VERSION, Limits(platform.max_count, platform.max_percent))


def memory_world(platform: Platform, adapter: type[MemoryWorld] = MemoryWorld) -> MemoryWorld:
    """The platform in our memory adapter, each organization, project and kind as one id that its resources share."""
    world = adapter()
    organizations = {name: OrganizationId(name) for name in platform.organizations}
    projects = {name: ProjectId(name) for name in platform.projects}
    kinds = {name: Kind(name) for name in platform.products}
    for name, organization in organizations.items():
        world.add_organization(organization)
        world.hold_organization(organization, Hold(platform.organizations[name]))
    for name, project in projects.items():
        owner, hold = platform.projects[name]
        world.add_project(project, organizations[owner])
        world.hold_project(project, Hold(hold))
    for name, kind in kinds.items():
        world.set_product(kind, ProductState(platform.products[name]))
    for row in platform.rows:
        home = None if row.project is None else projects[row.project]
        world.add(
            Resource(ResourceId(row.name), kinds[row.kind], organizations[row.organization], home, 1, Hold(row.hold))
        )
    for row in platform.rows:
        for dependent in row.dependents:
            world.stand(ResourceId(dependent), ResourceId(row.name))
    return world


def world_of_the_selected(world: MemoryWorld, call: Call) -> MemoryWorld:
    """A world with nothing but what the call selects in this one: the very same objects, where they are in memory."""
    selected = request(call).selector
    if type(selected) is not OneProject:
        raise ValueError(f"only a project can be taken out of a world, not {selected!r}")
    alone = MemoryWorld()
    alone.set_product(Kind(call.kind), world.product(Kind(call.kind)))
    alone.add_organization(selected.organization)
    alone.add_project(selected.project, selected.organization)
    for row in world.of_project(selected.organization, selected.project, Kind(call.kind)).rows:
        alone.add(row)
    return alone
