"""A small strict service for the kit's own tests: volumes of several tenants in a dict, with keys that differ from ids.

Each test overrides a method or two, to break it or to make it another correct service; ids are the world's unless a
subclass makes its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from guards.testing import (
    OPERATOR,
    TENANT,
    Effect,
    Field,
    Natives,
    Operation,
    Reply,
    Seen,
    Unexpressible,
    World,
    accepted,
    organization,
    payload,
    project,
    resource,
    resources,
    text,
    token,
)
from guards.testing.service import FieldKind
from guards.testing.world import Organization, Project, Resource

DELETE = Operation("delete", TENANT, {"volume_id": resource("volume")})
WIPE = Operation("wipe", TENANT, {"volume_ids": resources("volume")})
PURGE = Operation(
    "purge",
    OPERATOR,
    {
        "organization_id": organization(),
        "project_id": project(required=False),
        "volume_ids": resources("volume", required=False),
    },
)
CREATE = Operation(
    "create",
    TENANT,
    {"project_id": project(), "name": text("disk", fresh=True)},
    effect=Effect.CREATE,
    kind="volume",
    gives="id",
)
MOVE = Operation("move", TENANT, {"volume_id": resource("volume"), "to": project(destination=True)}, effect=Effect.MOVE)
GIVE = Operation(
    "give",
    OPERATOR,
    {"organization_id": organization(), "volume_id": resource("volume"), "to": organization(destination=True)},
    effect=Effect.MOVE,
)
RESIZE = Operation("resize", TENANT, {"volume_id": resource("volume"), "size": payload(3)}, effect=Effect.CHANGE)
LIST = Operation(
    "list",
    TENANT,
    {"project_id": project(required=False), "cursor": token("list", "cursor")},
    effect=Effect.READ,
    kind="volume",
)


class Refusal(Exception):
    """Nothing was done."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(slots=True)
class Volume:
    owner: Any
    project: Any
    state: str = "live"
    kind: str = "volume"
    parent: Any = None


class Store:
    """Checks a call to its end, then does it."""

    operations: Sequence[Operation] = (DELETE, PURGE)
    refusals = (Refusal,)

    def organization_id(self, n: int, organization: Organization) -> Any:
        return organization.id

    def project_id(self, n: int, project: Project) -> Any:
        return project.id

    def volume_id(self, n: int, volume: Resource) -> Any:
        return volume.id

    def populate(self, world: World) -> Natives:
        ids = {o.ref: self.organization_id(n, o) for n, o in enumerate(world.organizations)}
        ids |= {p.ref: self.project_id(n, p) for n, p in enumerate(world.projects)}
        ids |= {r.ref: self.volume_id(n, r) for n, r in enumerate(world.resources)}
        self.organizations = {ids[o.ref] for o in world.organizations}
        self.homes = {ids[p.ref]: ids[p.organization.ref] for p in world.projects}
        if len(self.homes) < len(world.projects):
            raise Unexpressible("a project's id is its own")
        self.rows: dict[Any, Volume] = {
            ("volume", ids[r.ref]): Volume(ids[r.organization.ref], ids[r.project.ref] if r.project else None)
            for r in world.resources
        }
        self.names: set[Any] = set()
        users = {p.ref: ids[p.organization.ref] if p.organization else None for p in world.principals}
        self.callers = {f"key of {ref}": owner for ref, owner in users.items()}
        return Natives(
            ids | {p.ref: f"key of {p.ref}" for p in world.principals},
            {r.ref: ("volume", ids[r.ref]) for r in world.resources},
        )

    def observe(self) -> Mapping[Any, Seen]:
        return {
            key: Seen(row.owner, row.state, row.project, row.kind, row.state == "deleted", row.parent)
            for key, row in self.rows.items()
        }

    def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Reply:
        asked = next(known for known in self.operations if known.name == operation)
        if caller not in self.callers:
            raise Refusal("nobody")
        me = self.callers[caller]
        if (OPERATOR if me is None else TENANT) not in asked.callers:
            raise Refusal("wrong_role")
        required = {name for name, field in asked.fields.items() if field.required}
        if not required <= fields.keys() <= asked.fields.keys():
            raise Refusal("fields")
        for name, value in fields.items():
            self.check(asked.fields[name], value)
        reply: Reply | None = getattr(self, operation)(me, **fields)
        return reply or accepted()

    def check(self, field: Field, value: Any) -> None:
        if field.kind is FieldKind.RESOURCES:
            fits = type(value) is list and value and all(map(is_id, value)) and len(set(value)) == len(value)
        elif field.kind in (FieldKind.TEXT, FieldKind.TOKEN):
            fits = type(value) is str and any(c.isascii() and c.isalnum() for c in value)
        else:
            fits = field.kind is FieldKind.PAYLOAD or is_id(value)
        if not fits:
            raise Refusal("type")

    def own(self, me: Any, id: Any) -> Any:
        """The key of a volume of this owner, or of anybody's for None."""
        key = ("volume", id)
        if key not in self.rows or (me is not None and self.rows[key].owner != me):
            raise Refusal("not_found")
        return key

    def drop(self, keys: Iterable[Any]) -> None:
        for key in list(keys):
            del self.rows[key]

    # --- the operations, by name ---

    def delete(self, me: Any, volume_id: Any) -> Reply | None:
        self.drop([self.own(me, volume_id)])
        return None

    def wipe(self, me: Any, volume_ids: list[Any]) -> None:
        self.drop([self.own(me, id) for id in volume_ids])

    def purge(self, me: Any, organization_id: Any, project_id: Any = None, volume_ids: list[Any] | None = None) -> None:
        if organization_id not in self.organizations:
            raise Refusal("not_found")
        if project_id is not None and self.homes.get(project_id) != organization_id:
            raise Refusal("not_found")
        keys = [key for key, row in self.rows.items() if row.owner == organization_id]
        if volume_ids is not None:
            keys = [self.own(organization_id, id) for id in volume_ids]
        if project_id is not None and volume_ids is None:
            keys = [key for key in keys if self.rows[key].project == project_id]
        if not keys or any(project_id not in (None, self.rows[key].project) for key in keys):
            raise Refusal("not_found")
        self.drop(keys)

    def create(self, me: Any, project_id: Any, name: str) -> Reply:
        if self.homes.get(project_id) != me:
            raise Refusal("not_found")
        if (me, name) in self.names:
            raise Refusal("name_taken")
        self.names.add((me, name))
        return self.made(me, project_id)

    def made(self, owner: Any, project_id: Any) -> Reply:
        id = f"new-{len(self.names)}"
        self.rows["volume", id] = Volume(owner, project_id)
        return accepted({"id": id})

    def move(self, me: Any, volume_id: Any, to: Any) -> None:
        key = self.own(me, volume_id)
        if self.homes.get(to) != me or self.rows[key].project == to:
            raise Refusal("not_found")
        self.rows[key].project = to

    def give(self, me: Any, organization_id: Any, volume_id: Any, to: Any) -> None:
        if to not in self.organizations or organization_id not in self.organizations:
            raise Refusal("not_found")
        row = self.rows[self.own(organization_id, volume_id)]
        row.owner, row.project = to, next(id for id, owner in self.homes.items() if owner == to)

    def resize(self, me: Any, volume_id: Any, size: Any) -> None:
        self.rows[self.own(me, volume_id)].state = f"live, {size} GB"

    def list(self, me: Any, project_id: Any = None, cursor: str | None = None) -> Reply:
        if project_id is not None and self.homes.get(project_id) != me:
            raise Refusal("not_found")
        ids = sorted(str(id) for (_, id), row in self.rows.items() if row.owner == me)
        if cursor is not None and cursor not in ids:
            raise Refusal("cursor")
        return accepted({"ids": ids[:2], "cursor": ids[2] if len(ids) > 2 else None})


def is_id(value: Any) -> bool:
    return type(value) in (str, int) and value != ""
