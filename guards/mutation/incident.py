"""The day of the incident on a variant of the reference platform: how many strangers' balancers come down?

The call that was sent then, and its neighbours: what is valid, and what names nobody. Runs in a worker.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Final

from guards.adapters.inventory import State
from guards.core.ids import text
from guards.reference import incident
from guards.reference.drill import CRAFTED_CALL
from guards.reference.operations import LOAD_BALANCER
from guards.reference.platform import Platform

ACCUSED: Final = "customer-0774"
"""Whose resources the operator meant; the name is the drill's."""
NEIGHBOURS: Final[tuple[Mapping[str, Any], ...]] = (
    {},
    {"project_id": ACCUSED},
    {"project_id": ACCUSED + "-web"},
    {"project_id": "customer-0001-web"},
    {"project_id": ""},
    {"organization_id": None, "project_id": ACCUSED},
)
"""What each call has instead of the crafted one's fields."""


class _StandingClock:
    def now(self) -> int:
        return 0


class Day:
    """The platform before the first of these calls, and what becomes of it."""

    def __init__(self) -> None:
        self._platform = incident.build(_StandingClock())
        self._before = _standing(self._platform)

    def play(self) -> None:
        """All of the calls. One that falls over has brought down what it has, and the next one comes all the same."""
        for body in _bodies():
            with suppress(Exception):
                self._platform.handle(incident.OPERATOR, "invalidate", json.dumps(body).encode())

    def strangers_hit(self) -> int:
        """How many of other organizations' balancers were brought down so far."""
        return len(self._before - _standing(self._platform))


def _standing(platform: Platform) -> set[str]:
    """Balancers of others that are up, as the memory underneath has it."""
    return {
        text(row.id)
        for row, state in platform.world.everything()
        if row.kind == LOAD_BALANCER and state is State.LIVE and text(row.organization) != ACCUSED
    }


def _bodies() -> Iterator[dict[str, Any]]:
    for instead in NEIGHBOURS:
        yield {**CRAFTED_CALL, **instead}
    whole = {name: value for name, value in CRAFTED_CALL.items() if name != "project_id"}
    yield whole
    yield {**whole, "resource_ids": ["balancer-0774", "balancer-0001"]}
    yield {**whole, "resource_ids": []}
