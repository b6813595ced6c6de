"""Sound depots at odds with what a judge takes for granted: one switch for everything, changes that nobody sees, ids
used again.

Each says so where that takes a declaration; and beside two of them stands the same service that keeps it to itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from guards.testing.service import Natives, Operation, Reply, Seen
from guards.testing.world import World
from tests.planted.depot import Depot, Row
from tests.planted.desk import Desk
from tests.planted.registry import TAG, Registry


class SilentSwitch(Depot):
    """Freezes every kind at once, and does not say so."""

    def read_only(self, kind: str, state: bool | None) -> None:
        for each in self.writable:
            super().read_only(each, state)


class OneSwitch(SilentSwitch):
    """Sound: volumes and snapshots are read-only together."""

    one_switch = True


class HalfASwitch(Depot):
    """Not sound: says that there is one switch, and freezes one kind at a time."""

    one_switch = True


class SilentSafe(Registry):
    """Keeps each volume's tag where `observe` does not look, and does not say so."""

    def populate(self, world: World) -> Natives:
        self.tags: dict[Any, str] = {}
        return super().populate(world)

    def tag(self, row: Row, tag: str) -> None:
        self.tags[row.key] = tag


class Safe(SilentSafe):
    """Sound: a tag is a secret."""

    operations: Sequence[Operation] = tuple(
        replace(each, shows=False) if each is TAG else each for each in Registry.operations
    )


class OpenSafe(Safe):
    """Not sound: anybody may set anybody's tag, which only the answers show."""

    def run(self, caller: Any, asked: Operation, fields: dict[str, Any]) -> Reply:
        owners = {row.id: row.organization for row in self.rows}
        is_meant = asked.name == TAG.name and set(fields) == set(TAG.fields)
        mistaken = owners.get(fields["volume_id"]) if is_meant and type(fields["volume_id"]) is str else None
        return super().run(mistaken or caller, asked, fields)


class Graveyard(Desk):
    """Sound: a deleted volume stays listed under its name, which is anybody's again."""

    def populate(self, world: World) -> Natives:
        self.graves: dict[Any, Seen] = {}
        return super().populate(world)

    def observe(self) -> Mapping[Any, Seen]:
        return self.graves | dict(super().observe())

    def erase(self, row: Row, *, is_last: bool) -> None:
        super().erase(row, is_last=is_last)
        self.graves[row.key] = Seen(row.organization, "deleted", row.project, row.kind, gone=True)


class GraveRobber(Graveyard):
    """Not sound: whoever asks for a name that somebody else's live volume has gets the volume."""

    def make_room(self, name: str) -> None:
        self.rows = [row for row in self.rows if row.id != name]
