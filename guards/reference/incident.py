"""The world of 7 April 2021 at its real size, built the same way every time by one function.

The numbers are those of the public post-mortem. Who owns what, and which balancer carries which product, was never
published: it is chosen here so that the numbers come out.
"""

from __future__ import annotations

from itertools import cycle, islice
from typing import Final

from guards.core.ids import Kind, OrganizationId, PrincipalId, ProjectId, ResourceId, text
from guards.core.values import Hold, Limits, Principal, Resource, Role
from guards.reference.operations import CLUSTER, DATABASE, IOT_HUB, LOAD_BALANCER
from guards.reference.platform import Platform
from guards.runtime.ports import Clock

CUSTOMERS: Final = 775
BALANCERS: Final = 1_574
"""Of the customers. The shared ones stand beside them."""
SHARED: Final = 50
DATABASES: Final = 500
"""Ten customers' behind each shared balancer."""
CLUSTERS: Final = 229
CLUSTER_CUSTOMERS: Final = 207
IOT_CUSTOMERS: Final = 33

OPERATOR: Final = "operator-on-duty"
INTERNAL: Final = OrganizationId("internal-databases")
"""Owns the shared balancers."""
LIMITS: Final = Limits(max_count=100, max_percent=5)


def customer(number: int) -> OrganizationId:
    return OrganizationId(f"customer-{number:04d}")


def build(clock: Clock) -> Platform:
    """The platform on that day, with an operator to make the call."""
    platform = Platform(limits=LIMITS, key=b"the day of the incident", clock=clock)
    platform.people[OPERATOR] = Principal(PrincipalId(OPERATOR), Role.OPERATOR, None)
    _add_organizations(platform)
    _add_balancers(platform)
    _add_databases(platform)
    _add_clusters(platform)
    _add_hubs(platform)
    return platform


def every_balancer() -> list[str]:
    """The ids of all balancers, the shared ones last."""
    return [text(id) for id in (*map(_balancer, range(BALANCERS)), *map(_shared, range(SHARED)))]


def _add_organizations(platform: Platform) -> None:
    """Each with its default project, which carries its own id; customers have a second one."""
    for n in range(CUSTOMERS):
        platform.world.add_organization(customer(n))
        platform.world.add_project(ProjectId(f"customer-{n:04d}"), customer(n))
        platform.world.add_project(_second_project(n), customer(n))
    platform.world.add_organization(INTERNAL)
    platform.world.add_project(ProjectId("internal-databases"), INTERNAL)


def _second_project(number: int) -> ProjectId:
    return ProjectId(f"customer-{number:04d}-web")


def _add_balancers(platform: Platform) -> None:
    """In turns: older than projects, in the default project, in the second one. Some have a certificate."""
    for n in range(BALANCERS):
        owner = n % CUSTOMERS
        homes = (None, ProjectId(f"customer-{owner:04d}"), _second_project(owner))
        balancer = _balancer(n)
        _add(platform, balancer, LOAD_BALANCER, customer(owner), homes[n % 3])
        platform.parts[balancer] = ("backend-2", "certificate") if n % 2 else ()
    for n in range(SHARED):
        _add(platform, _shared(n), LOAD_BALANCER, INTERNAL, ProjectId("internal-databases"))


def _add_databases(platform: Platform) -> None:
    """Each customer's own, behind a balancer that others share and the internal organization owns."""
    for n in range(DATABASES):
        _add(platform, _database(n), DATABASE, customer(n), _second_project(n))
        platform.world.stand(_database(n), _shared(n * SHARED // DATABASES))


def _add_clusters(platform: Platform) -> None:
    """A balancer stands between the nodes of a cluster and its control plane. A few customers have two clusters."""
    for n, owner in enumerate(islice(cycle(range(CLUSTER_CUSTOMERS)), CLUSTERS)):
        _add(platform, _cluster(n), CLUSTER, customer(owner), _second_project(owner))
        platform.world.stand(_cluster(n), _balancer(owner))


def _add_hubs(platform: Platform) -> None:
    """A hub stands on all three of the others."""
    for n in range(IOT_CUSTOMERS):
        hub = ResourceId(f"hub-{n:04d}")
        _add(platform, hub, IOT_HUB, customer(n), _second_project(n))
        for ground in (_balancer(n), _database(n), _cluster(n)):
            platform.world.stand(hub, ground)


def _balancer(number: int) -> ResourceId:
    """The balancer of this number is its owner's first one if the number is below the number of customers."""
    return ResourceId(f"balancer-{number:04d}")


def _shared(number: int) -> ResourceId:
    return ResourceId(f"shared-{number:02d}")


def _database(number: int) -> ResourceId:
    return ResourceId(f"database-{number:04d}")


def _cluster(number: int) -> ResourceId:
    return ResourceId(f"cluster-{number:04d}")


def _add(platform: Platform, id: ResourceId, kind: Kind, owner: OrganizationId, home: ProjectId | None) -> None:
    platform.world.add(Resource(id, kind, owner, home, 1, Hold.CLEAR))
