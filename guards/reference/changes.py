"""Carries out the platform's own changes as carefully as a destruction: an intent before each write, a record after it.

A change says what it writes and how; what stops one stops those after it, and the answer names what became of each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from guards.core.audit import Entry, Event
from guards.core.ids import AnyId, OrganizationId, text
from guards.core.receipt import Outcome
from guards.core.refusals import Code, Objection, objection
from guards.core.values import Principal, Role
from guards.errors import PortFailure, shown
from guards.reference.answers import Done, Refused, Stopped, refused_for, stopped_by
from guards.runtime.asking import ask, not_written_down
from guards.runtime.ports import Ports


@dataclass(frozen=True, slots=True)
class Change:
    """One write, and the thing that it writes."""

    target: AnyId
    version: str
    write: Callable[[], Outcome]


@dataclass(frozen=True, slots=True)
class Order:
    """Who changes what on whose behalf; `organization` is None where a product is meant and no tenant."""

    requester: Principal
    verb: str
    organization: OrganizationId | None
    case: str


def carry_out(order: Order, changes: Sequence[Change], ports: Ports, deadline: int) -> Done | Refused | Stopped:
    """One change after the other, until all are done or the first one that is not.

    Who may order it was asked at the door; it is asked again here, from the caller alone.
    """
    if not may_order(order):
        return refused_for([objection(Code.NOT_GRANTED, why="the caller may not act for the organization it names")])
    outcomes: dict[str, Outcome] = {}
    stop: Objection | None = None
    for change in changes:
        outcome, stop = _make(order, change, ports, deadline)
        outcomes[text(change.target)] = outcome
        if stop is not None:
            break
    if stop is None:
        return Done({"done": list(outcomes)}, outcomes)
    if outcomes.keys() == {
        name for name, outcome in outcomes.items() if outcome in (Outcome.REFUSED, Outcome.UNTOUCHED)
    }:
        return refused_for([stop])
    return Stopped(stopped_by(stop), outcomes)


def may_order(order: Order) -> bool:
    """Operators may; a tenant only what concerns its own organization, and never what concerns all of them."""
    if order.requester.role is Role.OPERATOR:
        return True
    return order.organization is not None and order.organization == order.requester.organization


def _make(order: Order, change: Change, ports: Ports, deadline: int) -> tuple[Outcome, Objection | None]:
    unwritten = partial(not_written_down, ports=ports, deadline=deadline)
    stop = unwritten(_entry(order, change, Event.INTENT, ""))
    if stop is not None:
        return Outcome.UNTOUCHED, stop
    try:
        outcome, stop = _write(change, ports, deadline)
    except BaseException:
        # A cancellation or an exit goes on, but the chain does not end with an intent that nobody can read.
        unwritten(_entry(order, change, Event.EFFECT, Outcome.IN_DOUBT.value))
        raise
    unrecorded = unwritten(_entry(order, change, Event.EFFECT, outcome.value))
    return outcome, stop or unrecorded


def _write(change: Change, ports: Ports, deadline: int) -> tuple[Outcome, Objection | None]:
    try:
        outcome = ask(ports.clock, deadline, "the platform", change.write)
    except PortFailure as failure:
        return Outcome.IN_DOUBT, _in_doubt(change, failure.port, failure.why)
    if outcome is Outcome.DONE:
        return Outcome.DONE, None
    if outcome is Outcome.REFUSED:
        return Outcome.REFUSED, objection(Code.WRITE_REFUSED, resource=change.target)
    return Outcome.IN_DOUBT, _in_doubt(change, "the platform", f"answered {shown(outcome)}")


def _in_doubt(change: Change, port: str, why: str) -> Objection:
    return objection(Code.WRITE_IN_DOUBT, resource=change.target, port=port, why=why)


def _entry(order: Order, change: Change, event: Event, outcome: str) -> Entry:
    return Entry(
        event=event,
        plan_digest="",
        requester=text(order.requester.id),
        organization="" if order.organization is None else text(order.organization),
        verb=order.verb,
        case=order.case,
        resource=text(change.target),
        version=change.version,
        outcome=outcome,
        codes=(),
    )
