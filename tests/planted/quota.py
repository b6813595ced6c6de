"""Services with a quota: each tenant may create and delete so many disks, and is refused after that.

One is sound and says which refusal that is; the others say it and are at fault all the same, or keep it to themselves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from zlib import crc32

from guards.testing import TENANT, Effect, Operation, Reply, Seen, World, accepted, project, refused, resource, text

EXCEEDED = "quota_exceeded"
DELETE = Operation("delete", TENANT, {"disk_id": resource("disk")}, may_refuse=(EXCEEDED,))
CREATE = Operation(
    "create",
    TENANT,
    {"project_id": project(), "name": text("disk", fresh=True)},
    effect=Effect.CREATE,
    kind="disk",
    gives="id",
    may_refuse=(EXCEEDED,),
)


class Metered:
    """Two creations and two deletions for each tenant, counted from `populate` on."""

    operations: Sequence[Operation] = (DELETE, CREATE)
    most = 2

    def populate(self, world: World) -> Mapping[str, Any]:
        self.disks = {d.id: (d.organization.id, d.project.id if d.project else None) for d in world.resources}
        self.projects = {(p.organization.id, p.id) for p in world.projects}
        self.used: Counter[tuple[str, str]] = Counter()
        return world.ids()

    def observe(self) -> Mapping[Any, Seen]:
        return {id: Seen(owner, "there", home, "disk") for id, (owner, home) in self.disks.items()}

    def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Reply:
        needed = {"delete": {"disk_id"}, "create": {"project_id", "name"}}[operation]
        if set(fields) != needed or any(type(value) is not str for value in fields.values()):
            return refused("malformed")
        if operation == "create" and not any(sign.isascii() and sign.isalnum() for sign in fields["name"]):
            return refused("malformed")
        if operation == "delete" and (caller is None or self.disks.get(fields["disk_id"], ("",))[0] != caller):
            return refused("not_found")
        if operation == "create" and (caller, fields["project_id"]) not in self.projects:
            return refused("not_found")
        if self.is_used_up(caller, operation):
            return refused(EXCEEDED)
        self.used[caller, operation] += 1
        return self.delete(**fields) if operation == "delete" else self.create(caller, **fields)

    def is_used_up(self, caller: str, operation: str) -> bool:
        return self.used[caller, operation] >= self.most

    def delete(self, disk_id: str) -> Reply:
        del self.disks[disk_id]
        return accepted()

    def create(self, caller: str, project_id: str, name: str) -> Reply:
        id = f"new-{len(self.used)}-{self.used.total()}-{len(self.disks)}"
        self.disks[id] = (caller, project_id)
        return accepted({"id": id})


class UndeclaredMeter(Metered):
    """Does the same, and does not say that a well-formed call may be refused for it."""

    operations = tuple(replace(operation, may_refuse=()) for operation in Metered.operations)


class UsedUp(Metered):
    """No tenant may ever do anything."""

    most = 0


class NothingMayGo(Metered):
    """Creates, and calls every deletion one too many."""

    def is_used_up(self, caller: str, operation: str) -> bool:
        return operation == "delete" or super().is_used_up(caller, operation)


class FullRegions(Metered):
    """Three regions of four are full: whether a tenant may do anything follows from its id, so from the world drawn."""

    def is_used_up(self, caller: str, operation: str) -> bool:
        return crc32(caller.encode()) % 4 != 0 or super().is_used_up(caller, operation)


class LeakyMeter(Metered):
    """Whoever has used up the quota may delete what is somebody else's: it is looked at in the wrong order."""

    def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Reply:
        if caller is not None and self.is_used_up(caller, "create") and fields.get("disk_id") in self.disks:
            return self.delete(fields["disk_id"])
        return super().call(caller, operation, fields)
