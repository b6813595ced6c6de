"""What can be seen of a platform from underneath: every resource and every part, its owner and what has become of it.

It reads the world in memory, never the API, and takes nobody's word for anything. What stands on something that is gone
cannot be reached; a part shares the fate of its balancer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from guards.adapters.inventory import State
from guards.core.ids import OrganizationId, ProjectId, ResourceId, text
from guards.core.values import Hold, OrganizationRecord, ProjectRecord, Resource
from guards.reference.operations import LOAD_BALANCER
from guards.reference.platform import PARTS, Platform
from guards.testing.service import Seen

UNREACHABLE: Final = "unreachable"

_Rows = tuple[tuple[str, Seen], ...]
_Read = tuple[
    list[tuple[Resource, State]],
    tuple[OrganizationRecord, ...],
    tuple[ProjectRecord, ...],
    frozenset[ResourceId],
]


@dataclass(frozen=True, slots=True)
class Sight:
    """What was read underneath, and how it looks."""

    read: _Read
    seen: dict[str, Seen]


NOTHING: Final = Sight(([], (), (), frozenset()), {})


class Lookout:
    """Looks again and again, and makes anew only what changed: a record is frozen, so the same one looks the same."""

    def __init__(self, platform: Platform) -> None:
        self._known: dict[str, tuple[Resource, str, tuple[str, ...], _Rows]] = {}
        self.turn_to(platform)

    def turn_to(self, platform: Platform, sight: Sight = NOTHING) -> None:
        """Look at another platform from now on, which may look as one did before."""
        self._platform = platform
        self.sight = sight

    def look(self) -> dict[str, Seen]:
        """Everything there ever was: key -> what is seen of it."""
        read, seen = self._underneath(), self.sight.seen
        if read != self.sight.read:
            seen = dict(self._described(read))
            self.sight = Sight(read, seen)
        return seen

    def _underneath(self) -> _Read:
        """All that what is seen depends on: the resources, the records above them, and what cannot be reached."""
        world = self._platform.world
        rows = world.everything()
        organizations, projects = world.places()
        gone = tuple([row.id for row, state in rows if state is not State.LIVE])
        fallen = frozenset([dependent.id for dependent in world.dependents(gone)]) if gone else frozenset()
        return rows, organizations, projects, fallen

    def _described(self, read: _Read) -> Iterator[tuple[str, Seen]]:
        rows, organizations, projects, fallen = read
        held: set[OrganizationId | ProjectId] = {record.id for record in projects if record.hold is not Hold.CLEAR}
        held |= {record.id for record in organizations if record.hold is not Hold.CLEAR}
        for row, state in rows:
            word = state.value
            if state is State.LIVE:
                word = UNREACHABLE if row.id in fallen else word
                if row.hold is not Hold.CLEAR or row.organization in held or row.project in held:
                    word += ", held"
            yield from self._rows(row, state, word)

    def _rows(self, row: Resource, state: State, word: str) -> _Rows:
        key, parts = text(row.id), self._platform.parts.get(row.id, ())
        known = self._known.get(key)
        if known is not None and known[0] is row and known[1:3] == (word, parts):
            return known[3]
        made = tuple(_seen(key, row, state, word, parts))
        self._known[key] = (row, word, parts, made)
        return made


def _seen(key: str, row: Resource, state: State, word: str, parts: tuple[str, ...]) -> Iterator[tuple[str, Seen]]:
    """A resource, and if it is a balancer its parts."""
    owner, project = text(row.organization), None if row.project is None else text(row.project)
    gone = state is not State.LIVE
    yield key, Seen(owner, word, project, text(row.kind), gone)
    if row.kind == LOAD_BALANCER:
        for part in (*PARTS, *parts):
            yield f"{key}/{part}", Seen(owner, word, project, part.partition("-")[0], gone, parent=key)
