"""The day of the incident on a variant of the reference platform: how many strangers' balancers come down?

The call that was sent then, and its neighbours: what is valid, and what names nobody. Runs in a worker.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from guards.reference import incident
from guards.reference.drill import CRAFTED_CALL
from guards.reference.lookout import Lookout

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


def strangers_hit() -> int:
    """How many of other organizations' balancers all these calls bring down together."""
    platform = incident.build(_StandingClock())
    watch = Lookout(platform)
    before = watch.look()
    for body in _bodies():
        platform.handle(incident.OPERATOR, "invalidate", json.dumps(body).encode())
    after = watch.look()
    strangers = [key for key, row in before.items() if row.kind == "load-balancer" and row.organization != ACCUSED]
    return sum(before[key].parent is None and after[key].state != before[key].state for key in strangers)


def _bodies() -> Iterator[dict[str, Any]]:
    for instead in NEIGHBOURS:
        yield {**CRAFTED_CALL, **instead}
    whole = {name: value for name, value in CRAFTED_CALL.items() if name != "project_id"}
    yield whole
    yield {**whole, "resource_ids": ["balancer-0774", "balancer-0001"]}
    yield {**whole, "resource_ids": []}
