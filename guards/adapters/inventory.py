"""What the inventories here have in common: the states that a resource can be in, and all that stands on a resource."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from typing import TypeVar

Name = TypeVar("Name", str, int)
"""What an inventory keeps its resources by."""


class State(Enum):
    """What a resource has come to. Only live ones can be selected or destroyed."""

    LIVE = "live"
    INVALIDATED = "invalidated"
    DELETED = "deleted"


def standing_on(ground: Name, directly: Callable[[Name], Iterable[Name]]) -> Iterator[Name]:
    """What stands on this, directly or through others, live or not, each once; a circle ends where it began."""
    seen = {ground}
    rising = list(directly(ground))
    while rising:
        upper = rising.pop()
        if upper in seen:
            continue
        seen.add(upper)
        rising += directly(upper)
        yield upper
