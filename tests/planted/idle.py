"""Services under which nothing is tested: an empty one, one that only says yes, and one that only says no.

None of them ever harms a neighbour, and none of them may be called safe for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from guards.testing.service import Operation, Reply, accepted, refused
from tests.planted.depot import Depot


class Empty(Depot):
    """Offers nothing to call."""

    operations: Sequence[Operation] = ()


class SaysYes(Depot):
    """Answers that it was done, and does nothing."""

    def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Reply:
        return accepted()


class SaysNo(Depot):
    """Refuses whatever it is asked."""

    def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Reply:
        return refused("not_today")
