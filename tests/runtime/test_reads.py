"""How much planning reads: exactly the selected rows, the records of their projects, and three facts more.

Counted by the world itself, not timed, so that it says the same on every machine.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guards.adapters.clock import MonotonicClock
from guards.adapters.memory import MemoryAudit, MemoryWorld
from guards.core.ids import Kind, OrganizationId, ProjectId, ResourceId, text
from guards.core.plan import Plan
from guards.core.request import Request
from guards.core.selector import Explicit, OneProject, Selector, WholeOrganization
from guards.core.values import Hold, Listing, ProductState, Resource, Verb
from guards.runtime.guard import Guard
from guards.runtime.ports import Ports
from tests.runtime.worlds import BALANCER, OPERATOR, POLICY

HANDFUL = 3  # the organization, the fleet's size, the product's state
ORGANIZATION = OrganizationId("org-0")

SELECTORS = {
    "an organization": WholeOrganization(ORGANIZATION, ORGANIZATION),
    "a project": OneProject(ORGANIZATION, ProjectId("org-0-web-0")),
    "ids": Explicit(ORGANIZATION, (ResourceId("lb-org-0-0-0"), ResourceId("lb-org-0-0-1"))),
}


class Hoarder(MemoryWorld):
    """The planted fault: it reads all that the organization has, and then keeps what is in the project."""

    def of_project(self, organization: OrganizationId, project: ProjectId, kind: Kind) -> Listing:
        rows = tuple([row for row in self.of_organization(organization, kind).rows if row.project == project])
        return Listing(rows, len(rows))


def grown(world: MemoryWorld, neighbours: int, projects: int, of_each: int) -> MemoryWorld:
    """`neighbours` organizations beside org-0, all with equally many projects and resources."""
    world.set_product(BALANCER, ProductState.WRITABLE)
    for name in (f"org-{number}" for number in range(neighbours + 1)):
        organization = OrganizationId(name)
        world.add_organization(organization)
        for number in range(projects):
            project = ProjectId(f"{name}-web-{number}")
            world.add_project(project, organization)
            for resource in range(of_each):
                row = ResourceId(f"lb-{name}-{number}-{resource}")
                world.add(Resource(row, BALANCER, organization, project, 1, Hold.CLEAR))
    return world


def read_beyond_the_selected(world: MemoryWorld, selector: Selector) -> int:
    """Rows that planning read and did not select, apart from those of the projects of what it selected."""
    guard = Guard(Ports(world, world, MemoryAudit(), MonotonicClock()), POLICY)
    world.rows_read = 0
    plan = guard.plan(
        Request(Verb.DELETE, BALANCER, selector, False, "production", "TS-1", "phishing", OPERATOR, "2026-11", 1)
    )
    assert isinstance(plan, Plan)
    projects = {text(row.project) for row in plan.targets if row.project is not None}
    return world.rows_read - len(plan.targets) - len(projects)


@settings(deadline=None, max_examples=50)
@given(neighbours=st.integers(0, 20), projects=st.integers(1, 4), of_each=st.integers(2, 6))
def test_planning_reads_the_selected_rows_and_a_handful_however_large_the_fleet(
    neighbours: int, projects: int, of_each: int
) -> None:
    world = grown(MemoryWorld(), neighbours, projects, of_each)
    assert read_beyond_the_selected(world, SELECTORS["an organization"]) == HANDFUL
    assert read_beyond_the_selected(world, SELECTORS["ids"]) == HANDFUL
    # A project that the call names is read once more, to see whose it is before anything in it is read.
    assert read_beyond_the_selected(world, SELECTORS["a project"]) == HANDFUL + 1


@pytest.mark.parametrize("neighbours", [0, 399])
def test_two_of_two_and_two_of_eight_hundred_are_read_alike(neighbours: int) -> None:
    world = grown(MemoryWorld(), neighbours, projects=1, of_each=2)
    assert read_beyond_the_selected(world, SELECTORS["an organization"]) == HANDFUL


def test_a_selection_that_reads_more_than_it_selects_is_noticed() -> None:
    world = grown(Hoarder(), neighbours=0, projects=2, of_each=3)
    assert read_beyond_the_selected(world, SELECTORS["a project"]) == HANDFUL + 1 + 3
