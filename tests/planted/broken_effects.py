"""Planted faults in what is hit: cascades, pages taken for the whole, protection and dry runs ignored, unsafe defaults.

The sections carry the numbers and names of the bug classes of public incidents; the table FAULTS ends the file.
"""

from __future__ import annotations

from typing import Any

from guards.testing.service import FieldKind, Natives, Operation, Reply
from guards.testing.steps import Step, ref
from guards.testing.world import World
from tests.planted.depot import Depot, Row
from tests.planted.planting import (
    EVERYTHING,
    LIST,
    STANDS_ON_IT,
    TAGGED,
    THEIRS,
    Planted,
    delete,
    hold,
    purge,
    read_only,
)
from tests.planted.registry import Registry

# --- 13 closure-crosses-tenant ----------------------------------------------------------------------------------------


class Cascade(Depot):
    """What stands on a target is destroyed with it, whoever owns it."""

    def check_dependents(self, targets: list[Row]) -> None:
        targets += self.dependents(targets)


# --- 14 truncated-inventory -------------------------------------------------------------------------------------------


class FirstPageOnly(Depot):
    """A purge takes the first page of an organization's volumes for all of them."""

    def owned(self, owner: str, kind: str) -> list[Row]:
        return super().owned(owner, kind)[:3]


class PageBeforeFilter(Depot):
    """The page is cut before the organization is looked at, so that the neighbours' rows decide what is seen."""

    def inventory(self, kind: str) -> list[Row]:
        return super().inventory(kind)[:4]


class FirstPageOfHolds(Depot):
    """The list of holds comes in pages, of one hold each, and the second page is never fetched."""

    def holds(self) -> set[tuple[str, Any]]:
        return set(sorted(super().holds(), key=repr)[:1])


# --- 15 protection-ignored --------------------------------------------------------------------------------------------


class ProjectHoldNotInherited(Depot):
    """A hold on the project does not hold the volumes in it."""

    def levels(self, row: Row) -> set[tuple[str, Any]]:
        return {level for level in super().levels(row) if level[0] != "project"}


class ReadOnlyMissesVolumes(Depot):
    """The switch works for one product of two."""

    def check_writable(self, kind: str) -> None:
        if kind != "volume":
            super().check_writable(kind)


class ReadOnlyMissesWhatFollows(Depot):
    """A snapshot takes the volumes of its project with it, and only its own product is asked whether it may change."""

    def erase(self, row: Row, *, is_last: bool) -> None:
        super().erase(row, is_last=is_last)
        if row.kind == "snapshot":
            self.rows = [other for other in self.rows if other.project != row.project]


class TagsWhileReadOnly(Registry):
    """Read-only mode keeps volumes from being destroyed, and from nothing else."""

    def check_tag(self) -> None:
        pass


# --- 16 dry-run-impure ------------------------------------------------------------------------------------------------


class BulkPathDropsTheFlag(Depot):
    """A dry run over a list of ids is no dry run."""

    def is_dry_run(self, fields: dict[str, Any]) -> bool:
        return "volume_ids" not in fields and super().is_dry_run(fields)


class DryRunIsAWord(Depot):
    """`"true"` is no boolean, passes for one, and runs."""

    def is_valid(self, kind: FieldKind, name: str, value: Any) -> bool:
        return (kind is FieldKind.FLAG and type(value) is str) or super().is_valid(kind, name, value)


class DryRunApproves(Depot):
    """A volume that a dry run has looked at is not looked at again."""

    def populate(self, world: World) -> Natives:
        self.approved: set[str] = set()
        return super().populate(world)

    def is_dry_run(self, fields: dict[str, Any]) -> bool:
        self.approved.update(fields.get("volume_ids", []) if fields.get("dry_run") else [])
        return super().is_dry_run(fields)

    def is_held(self, row: Row) -> bool:
        return row.id not in self.approved and super().is_held(row)


# --- 17 unsafe-default ------------------------------------------------------------------------------------------------


class NoScopeMeansTheOrganization(Depot):
    """A purge that says nothing of its scope takes the whole organization."""

    def check_names(self, asked: Operation, fields: dict[str, Any], unknown: set[str], missing: set[str]) -> None:
        says_nothing = asked.one_of and not any(name in fields for name in asked.one_of)
        super().check_names(asked, {"acknowledge": None} if says_nothing else fields, unknown, missing)


class DryRunDefaultsToFalse(Depot):
    """A purge that does not say whether it is a dry run is none."""

    def check_names(self, asked: Operation, fields: dict[str, Any], unknown: set[str], missing: set[str]) -> None:
        super().check_names(asked, fields, unknown, missing - {"dry_run"})


class OneListForAllCalls(Depot):
    """The list of what to destroy is made once and shared by all calls, as a mutable default is."""

    def populate(self, world: World) -> Natives:
        self.doomed: list[Row] = []
        return super().populate(world)

    def select(self, owner: str, asked: Operation, fields: dict[str, Any]) -> list[Row]:
        self.doomed += super().select(owner, asked, fields)
        return self.doomed

    def destroy(self, targets: list[Row]) -> Reply:
        reply = super().destroy(targets)
        self.doomed = []
        return reply


# --- the table ---

_DROPPED = Step("drop", {"snapshot_id": ref("snapshot#1")}, "tenant#0")

FAULTS: tuple[Planted, ...] = (
    Planted(Cascade, 13, "dependents-safe", (STANDS_ON_IT, delete())),
    Planted(FirstPageOnly, 14, "useful", (purge(EVERYTHING),)),
    Planted(PageBeforeFilter, 14, "noninterference", (purge(EVERYTHING),)),
    Planted(
        FirstPageOfHolds,
        14,
        "hold-respected",
        (hold("organization", "org#1"), hold("resource", "volume#1"), delete()),
    ),
    Planted(ProjectHoldNotInherited, 15, "hold-respected", (hold("project", "project#1"), delete())),
    Planted(ReadOnlyMissesVolumes, 15, "read-only-inert", (read_only(True), delete())),
    Planted(ReadOnlyMissesWhatFollows, 15, "read-only-inert", (read_only(True), _DROPPED)),
    Planted(TagsWhileReadOnly, 15, "read-only-inert", (read_only(True), TAGGED)),
    Planted(BulkPathDropsTheFlag, 16, "dry-run-inert", (purge(LIST, dry_run=True),)),
    Planted(DryRunIsAWord, 16, "malformed-refused", (purge(LIST, "dry_run:true-word"),)),
    Planted(
        DryRunApproves,
        16,
        "hold-respected",
        (purge(LIST, dry_run=True), hold("resource", "volume#1"), delete()),
    ),
    Planted(NoScopeMeansTheOrganization, 17, "malformed-refused", (purge(EVERYTHING, "acknowledge:missing"),)),
    Planted(DryRunDefaultsToFalse, 17, "malformed-refused", (purge(LIST, "dry_run:missing"),)),
    Planted(OneListForAllCalls, 17, "isolation", (purge(THEIRS, of="org#1", dry_run=True), delete())),
)
