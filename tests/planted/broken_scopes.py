"""Planted faults in what a call means: filters dropped, blanks that mean everything, kinds confused, a way round.

The sections carry the numbers and names of the bug classes of public incidents; the table FAULTS ends the file.
"""

from __future__ import annotations

from typing import Any

from guards.testing.service import FieldKind, Reply, refused
from tests.planted.depot import Depot, Refusal, Row
from tests.planted.planting import LIST, PROJECT, Planted, delete, hold, purge

# --- 1 scope-filter-dropped -------------------------------------------------------------------------------------------


class ProjectsBug(Depot):
    """The incident: only calls without a project are filtered by organization, and a null project filters nothing."""

    def is_valid(self, kind: FieldKind, name: str, value: Any) -> bool:
        return (name == "project_id" and value is None) or super().is_valid(kind, name, value)

    def of_project(self, owner: str, kind: str, project: str | None) -> list[Row]:
        if project is None:
            return self.inventory(kind)
        return super().of_project(owner, kind, project)


class ProjectWithoutItsOrganization(Depot):
    """A project is looked up without the organization that the call names."""

    def of_project(self, owner: str, kind: str, project: str) -> list[Row]:
        return [row for row in self.inventory(kind) if row.project == project]


# --- 2 empty-means-all ------------------------------------------------------------------------------------------------


class NoIdsMeanEverything(Depot):
    """An empty list of ids stands for every volume there is."""

    def is_valid(self, kind: FieldKind, name: str, value: Any) -> bool:
        return (name == "volume_ids" and value == []) or super().is_valid(kind, name, value)

    def of_ids(self, owner: str, kind: str, ids: list[str]) -> list[Row]:
        return super().of_ids(owner, kind, ids) if ids else self.inventory(kind)


class BlankProjectMeansEveryProject(Depot):
    """A blank project stands for the whole organization, which was never acknowledged."""

    def is_valid(self, kind: FieldKind, name: str, value: Any) -> bool:
        return (name == "project_id" and value == "") or super().is_valid(kind, name, value)

    def of_project(self, owner: str, kind: str, project: str) -> list[Row]:
        return super().of_project(owner, kind, project) if project else self.owned(owner, kind)


class NothingLeftMeansEveryProject(Depot):
    """A project in which nothing is left falls back to the whole organization: the same call again takes all."""

    def of_project(self, owner: str, kind: str, project: str) -> list[Row]:
        return super().of_project(owner, kind, project) or self.owned(owner, kind)


# --- 3 id-kind-confusion, 4 container-instead-of-leaf -----------------------------------------------------------------


class AnyKindOfId(Depot):
    """A call for one kind of thing takes the id of another kind, and destroys that."""

    def of_ids(self, owner: str, kind: str, ids: list[str]) -> list[Row]:
        other = "snapshot" if kind == "volume" else "volume"
        try:
            return super().of_ids(owner, kind, ids)
        except Refusal:
            return super().of_ids(owner, other, ids)


class OrganizationIdAsVolumeId(Depot):
    """Where a volume's id is meant, an organization's id stands for all that it owns."""

    def of_ids(self, owner: str, kind: str, ids: list[str]) -> list[Row]:
        if len(ids) == 1 and ids[0] in self.organizations:
            return self.owned(ids[0], kind)
        return super().of_ids(owner, kind, ids)


class ProjectInsteadOfVolume(Depot):
    """Whatever shares the project with a target goes with it."""

    def erase(self, row: Row, *, is_last: bool) -> None:
        super().erase(row, is_last=is_last)
        self.rows = [
            other for other in self.rows if other.project != row.project or other.organization != row.organization
        ]


# --- 5 path-bypasses-guard --------------------------------------------------------------------------------------------


class BulkPathForgetsHolds(Depot):
    """Holds are looked at for one volume, not for several."""

    def check_holds(self, targets: list[Row]) -> None:
        if len(targets) == 1:
            super().check_holds(targets)


class RawBodiesAreTrusted(Depot):
    """Calls that arrive as bytes went through the gateway, which is thought to have checked them."""

    def pairs(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        return dict(pairs)

    def send(self, caller: Any, operation: str, body: bytes) -> Reply:
        try:
            named = self.read(body).get("volume_id")
        except (ValueError, RecursionError):
            return refused("malformed_body")
        return self.destroy([row for row in self.rows if row.id == named])


# --- the table ---

FAULTS: tuple[Planted, ...] = (
    Planted(ProjectsBug, 1, "isolation", (purge(PROJECT, "project_id:null"),)),
    Planted(ProjectWithoutItsOrganization, 1, "isolation", (purge(PROJECT, "project_id:foreign"),)),
    Planted(NoIdsMeanEverything, 2, "isolation", (purge(LIST, "volume_ids:empty-list"),)),
    Planted(BlankProjectMeansEveryProject, 2, "malformed-refused", (purge(PROJECT, "project_id:empty"),)),
    Planted(NothingLeftMeansEveryProject, 2, "exact-effects", (purge(PROJECT), purge(PROJECT))),
    Planted(AnyKindOfId, 3, "malformed-refused", (delete("volume#1", "volume_id:wrong-kind"),)),
    Planted(OrganizationIdAsVolumeId, 3, "isolation", (delete("volume#1", "volume_id:foreign-wrong-kind"),)),
    Planted(ProjectInsteadOfVolume, 4, "exact-effects", (delete(),)),
    Planted(BulkPathForgetsHolds, 5, "hold-respected", (hold("resource", "volume#1"), purge(LIST))),
    Planted(RawBodiesAreTrusted, 5, "isolation", (delete("volume#1", "volume_id:duplicate-foreign-last"),)),
)
