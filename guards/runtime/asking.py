"""One way to ask a port: within its time, and with every failure turned into a `PortFailure` that names the port.

`AskedInventory` puts that way in front of an inventory and checks the type of each answer; `not_written_down` believes
an audit sink only with a record of the very entry. What an answer means is for the checks to judge; that it is what it
claims to be is settled here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from guards.core.audit import Entry, Record
from guards.core.ids import Kind, OrganizationId, ProjectId, ResourceId
from guards.core.refusals import Code, Objection, objection
from guards.core.values import (
    Dependent,
    Listing,
    OrganizationRecord,
    ProductState,
    ProjectRecord,
    Resource,
)
from guards.errors import PortFailure, shown
from guards.runtime.ports import Clock, Inventory, Ports

T = TypeVar("T")

AUDIT: Final = "the audit"
INVENTORY: Final = "the inventory"
"""What a refusal calls these ports."""


def ask(clock: Clock, deadline: int, port: str, question: Callable[[], T]) -> T:
    """The answer to the question, if the port gives one within `deadline` nanoseconds.

    The question reaches for the port's method itself: a port that connects at first use may fail right there.
    """
    asked = _now(clock)
    try:
        answer = question()
    except Exception as error:
        raise PortFailure(port, f"raised {type(error).__name__}") from error
    if _now(clock) - asked > deadline:
        raise PortFailure(port, "answered too late")
    return answer


def unavailable(error: Exception) -> Objection:
    """The objection to going on without an answer. What breaks while an answer is read is the inventory's doing."""
    failure = error if isinstance(error, PortFailure) else PortFailure(INVENTORY, "answered what cannot be read")
    return objection(Code.DEPENDENCY_UNAVAILABLE, port=failure.port, why=failure.why)


def not_written_down(entry: Entry, ports: Ports, deadline: int) -> Objection | None:
    """The objection if the sink did not answer with a record of exactly this entry."""
    try:
        record = ask(ports.clock, deadline, AUDIT, lambda: ports.audit.append(entry))
    except PortFailure as failure:
        return objection(Code.AUDIT_UNAVAILABLE, port=failure.port, why=failure.why)
    if type(record) is Record and record.entry == entry:
        return None
    return objection(Code.AUDIT_UNAVAILABLE, port=AUDIT, why="answered without a record of the entry")


class AskedInventory:
    """An inventory that answers in time and with the right types, or not at all."""

    def __init__(self, inventory: Inventory, clock: Clock, deadline: int) -> None:
        self._inventory = inventory
        self._clock = clock
        self._deadline = deadline

    def organization(self, organization: OrganizationId) -> OrganizationRecord | None:
        answer = self._ask(lambda: self._inventory.organization(organization))
        return None if answer is None else _one(OrganizationRecord, answer)

    def projects(self, projects: tuple[ProjectId, ...]) -> tuple[ProjectRecord, ...]:
        return _each(ProjectRecord, self._ask(lambda: self._inventory.projects(projects)))

    def of_organization(self, organization: OrganizationId, kind: Kind) -> Listing:
        return _listing(self._ask(lambda: self._inventory.of_organization(organization, kind)))

    def of_project(self, organization: OrganizationId, project: ProjectId, kind: Kind) -> Listing:
        return _listing(self._ask(lambda: self._inventory.of_project(organization, project, kind)))

    def by_ids(self, resources: tuple[ResourceId, ...]) -> tuple[Resource, ...]:
        return _each(Resource, self._ask(lambda: self._inventory.by_ids(resources)))

    def dependents(self, resources: tuple[ResourceId, ...]) -> tuple[Dependent, ...]:
        return _each(Dependent, self._ask(lambda: self._inventory.dependents(resources)))

    def fleet(self, kind: Kind) -> int:
        return _one(int, self._ask(lambda: self._inventory.fleet(kind)))

    def product(self, kind: Kind) -> ProductState:
        """What is not known to be a state is an unknown state."""
        answer = self._ask(lambda: self._inventory.product(kind))
        return answer if type(answer) is ProductState else ProductState.UNKNOWN

    def _ask(self, question: Callable[[], T]) -> T:
        return ask(self._clock, self._deadline, INVENTORY, question)


def _one(wanted: type[T], answer: T) -> T:
    """The answer, if it is exactly of this type: an inventory's annotations are no evidence."""
    if type(answer) is not wanted:
        raise PortFailure(INVENTORY, f"answered {shown(answer)} where {wanted.__name__} was due")
    return answer


def _each(wanted: type[T], answer: tuple[T, ...]) -> tuple[T, ...]:
    if type(answer) is not tuple:
        raise PortFailure(INVENTORY, f"answered {shown(answer)} where a tuple was due")
    return tuple([_one(wanted, item) for item in answer])


def _listing(answer: Listing) -> Listing:
    whole = _one(Listing, answer)
    return Listing(_each(Resource, whole.rows), _one(int, whole.total))


def _now(clock: Clock) -> int:
    try:
        now = clock.now()
    except Exception as error:
        raise PortFailure("the clock", f"raised {type(error).__name__}") from error
    if type(now) is not int:
        raise PortFailure("the clock", f"answered {shown(now)} where int was due")
    return now
