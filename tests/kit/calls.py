"""Calls in a populated store, without an engine: what the oracle reads in them, and what the judges say of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from guards.testing.exchange import Exchange
from guards.testing.properties import PROPERTIES, judge
from guards.testing.reading import Reading
from guards.testing.replay import Session
from guards.testing.service import Operation, Service
from guards.testing.steps import Step
from guards.testing.world import World, make_world


def world_of(*kinds: str, style: str = "plain") -> World:
    return make_world(kinds or ("volume",), ("operator", "tenant"), style=style, seed=3)


def reads(
    session: Session, operation: Operation, caller: str, fields: Mapping[str, Any] | None, **more: Any
) -> Reading:
    """What the oracle makes of these very values from this caller."""
    return session.oracle.read(
        operation, session.principal(caller), fields, more.pop("alternatives", ()), session.seen, session.ledger, **more
    )


def plays(service: Service, *steps: Step, style: str = "plain") -> list[Exchange]:
    """What happens when these steps run in a fresh world."""
    session = Session(service, world_of(style=style))
    return [x for x in map(session.run, steps) if x is not None]


def broken_by(x: Exchange) -> set[str]:
    return {property.name for property, finding in judge(x, PROPERTIES) if finding.why}


def exercised_by(x: Exchange) -> set[str]:
    return {property.name for property, _ in judge(x, PROPERTIES)}
