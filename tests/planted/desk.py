"""A sound depot in which tenants create volumes under names of their choice, and list their own page by page.

A name is the volume's id: free again once the volume is gone, and refused while anybody has it. A cursor says whose
list it goes on with, and is refused to everybody else.
"""

from __future__ import annotations

from typing import Any

from guards.testing.service import TENANT, Effect, FieldKind, Operation, Reply, accepted, project, text, token
from tests.planted.depot import DELETE, PURGE, Depot, Refusal, Row

CREATE = Operation(
    "create",
    TENANT,
    {"project_id": project(), "name": text("disk", fresh=True)},
    effect=Effect.CREATE,
    kind="volume",
    gives="id",
)
LIST = Operation("list", TENANT, {"cursor": token("list", "cursor")}, effect=Effect.READ, kind="volume")
PAGE = 2


class Desk(Depot):
    """Sound: whoever creates a volume owns it, and nobody reads another's list."""

    operations = (DELETE, PURGE, CREATE, LIST)

    def run(self, caller: Any, asked: Operation, fields: dict[str, Any]) -> Reply:
        if asked not in (CREATE, LIST):
            return super().run(caller, asked, fields)
        self.check_caller(caller, asked)
        self.check_shape(asked, fields)
        if asked is LIST:
            return self.page(*self.position(caller, fields.get("cursor")))
        if (caller, fields["project_id"]) not in self.projects:
            raise Refusal("not_found")
        self.check_writable("volume")
        self.make_room(fields["name"])
        self.rows = [*self.rows, Row("volume", fields["name"], caller, fields["project_id"])]
        return accepted({"id": fields["name"]})

    def is_valid(self, kind: FieldKind, name: str, value: Any) -> bool:
        is_readable = kind is not FieldKind.TEXT or any(c.isascii() and c.isalnum() for c in str(value))
        return is_readable and super().is_valid(kind, name, value)

    def make_room(self, name: str) -> None:
        if any(row.id == name for row in self.inventory("volume")):
            raise Refusal("taken")

    def position(self, caller: str, cursor: str | None) -> tuple[str, str]:
        """Whose list is asked for, and after which id."""
        owner, _, after = (cursor or f"{caller}/").rpartition("/")
        if owner != caller:
            raise Refusal("bad_cursor")
        return owner, after

    def page(self, owner: str, after: str) -> Reply:
        ids = sorted(row.id for row in self.owned(owner, "volume") if row.id > after)
        last = f"{owner}/{ids[PAGE - 1]}" if len(ids) > PAGE else None
        return accepted({"volumes": ids[:PAGE], "cursor": last})
