"""A sound depot in which operators put volumes on hold and tenants tag them, both of which can be seen.

The plain depot keeps its holds to itself: whether such a call did what it says shows only where somebody can look.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from guards.testing.service import (
    OPERATOR,
    TENANT,
    Effect,
    Operation,
    Reply,
    Seen,
    accepted,
    organization,
    payload,
    project,
    repeats,
    resource,
    resources,
)
from tests.planted.depot import DELETE, PURGE, Depot, Row

TAG = Operation("tag", TENANT, {"volume_id": resource("volume"), "tag": payload("cold")}, effect=Effect.CHANGE)
HOLD, UNHOLD = (
    Operation(
        name,
        OPERATOR,
        {
            "organization_id": organization(),
            "acknowledge": repeats("organization_id", required=False),
            "project_id": project(required=False),
            "volume_ids": resources("volume", required=False),
        },
        one_of=("acknowledge", "project_id", "volume_ids"),
        effect=effect,
        kind="volume",
    )
    for name, effect in (("hold", Effect.HOLD), ("unhold", Effect.UNHOLD))
)


class Registry(Depot):
    """Sound: a volume's state tells its tag, and whether a hold covers it."""

    operations = (DELETE, PURGE, TAG, HOLD, UNHOLD)

    def observe(self) -> Mapping[Any, Seen]:
        return {key: row._replace(state=self.told(key, row)) for key, row in super().observe().items()}

    def told(self, key: Any, row: Seen) -> str:
        is_held = any(row.key == key and not self.held.isdisjoint(self.levels(row)) for row in self.rows)
        return f"{row.state}, held" if is_held else row.state

    def is_valid(self, kind: Any, name: str, value: Any) -> bool:
        return type(value) is str if name == "tag" else super().is_valid(kind, name, value)

    def run(self, caller: Any, asked: Operation, fields: dict[str, Any]) -> Reply:
        if asked.name not in (TAG.name, HOLD.name, UNHOLD.name):
            return super().run(caller, asked, fields)
        self.check_caller(caller, asked)
        self.check_shape(asked, fields)
        if asked.name == TAG.name:
            (row,) = self.select(caller, DELETE, {"volume_id": fields["volume_id"]})
            self.check_tag()
            self.tag(row, fields["tag"])
            return accepted()
        owner = fields["organization_id"]
        for mark in self.marks(owner, self.select(owner, PURGE, fields), fields):
            self.hold(*mark, asked.name == HOLD.name)
        return accepted()

    def check_tag(self) -> None:
        self.check_writable("volume")

    def tag(self, row: Row, tag: str) -> None:
        row.state = tag

    def marks(self, owner: str, rows: list[Row], fields: dict[str, Any]) -> list[tuple[str, Any]]:
        """Where the hold is put, or taken from."""
        if "volume_ids" in fields:
            return [("resource", row.key) for row in rows]
        return [("project", fields["project_id"])] if "project_id" in fields else [("organization", owner)]
