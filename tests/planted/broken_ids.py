"""Planted faults in whose an id is: patterns and folds, readers that differ, ids that outlive their object.

The sections carry the numbers and names of the bug classes of public incidents; the table FAULTS ends the file.
"""

from __future__ import annotations

from typing import Any
from unicodedata import combining, normalize

from guards.testing.service import (
    OPERATOR,
    Effect,
    Natives,
    Operation,
    Reply,
    accepted,
    organization,
    project,
    resource,
)
from guards.testing.steps import Step, answer, ref
from guards.testing.world import World, fold
from tests.planted.depot import DELETE, PURGE, Depot, Refusal, Row
from tests.planted.desk import Desk
from tests.planted.planting import EVERYTHING, Planted, delete, purge
from tests.planted.sound import Shelf

# --- 18 pattern-overmatch ---------------------------------------------------------------------------------------------


class OrganizationByPrefix(Depot):
    """An organization owns what belongs to any whose id begins like its own."""

    def owned(self, owner: str, kind: str) -> list[Row]:
        return [row for row in self.inventory(kind) if row.organization.startswith(owner)]


class OrganizationFolded(Depot):
    """Case, width and blanks are ignored when rows are filtered, and nowhere else."""

    def owned(self, owner: str, kind: str) -> list[Row]:
        return [row for row in self.inventory(kind) if fold(row.organization) == fold(owner)]


class AccentsIgnored(Depot):
    """Rows are looked up as a database with an accent-insensitive collation does."""

    def owned(self, owner: str, kind: str) -> list[Row]:
        return [row for row in self.inventory(kind) if without_accents(row.organization) == without_accents(owner)]


class ComposedBeforeCompared(Depot):
    """Ids are put into one normal form before they are compared, and only then."""

    def owned(self, owner: str, kind: str) -> list[Row]:
        return [row for row in self.inventory(kind) if composed(row.organization) == composed(owner)]


class TextEndsAtNul(Depot):
    """Rows are looked up by a library that ends a text at its first NUL."""

    def owned(self, owner: str, kind: str) -> list[Row]:
        return [row for row in self.inventory(kind) if row.organization.split("\0")[0] == owner.split("\0")[0]]


class AsciiOnly(Depot):
    """Whatever is not ASCII is dropped on the way to the index."""

    def owned(self, owner: str, kind: str) -> list[Row]:
        wanted = owner.encode("ascii", "ignore")
        return [row for row in self.inventory(kind) if row.organization.encode("ascii", "ignore") == wanted]


def composed(id: str) -> str:
    return normalize("NFC", id)


def without_accents(id: str) -> str:
    return "".join(c for c in normalize("NFD", id) if not combining(c))


# --- 19 parser-differential -------------------------------------------------------------------------------------------


class FirstKeyCheckedLastKeyRun(Depot):
    """Of a key that stands twice, the first value is checked and the last one is run."""

    last: Any = None

    def pairs(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        self.last = dict(pairs).get("volume_id")
        return dict(reversed(pairs))

    def send(self, caller: Any, operation: str, body: bytes) -> Reply:
        try:
            return super().send(caller, operation, body)
        finally:
            self.last = None

    def of_ids(self, owner: str, kind: str, ids: list[str]) -> list[Row]:
        checked = super().of_ids(owner, kind, ids)
        return [row for row in self.inventory(kind) if row.id == self.last] or checked


# --- 20 replay-or-id-reuse --------------------------------------------------------------------------------------------


class NameInsteadOfIdentity(Shelf):
    """Names are unique within a tenant only; the delete goes by the name alone."""

    def erase(self, owner: str, name: str) -> None:
        self.books = {key: state for key, state in self.books.items() if key[1] != name}


TRANSFER = Operation(
    "transfer",
    OPERATOR,
    {
        "organization_id": organization(),
        "volume_id": resource("volume"),
        "to_organization_id": organization(destination=True),
        "to_project_id": project(destination=True),
    },
    effect=Effect.MOVE,
)


class DepotWithTransfer(Depot):
    """Sound: an operator may hand a volume over to a project of another organization."""

    operations = (DELETE, PURGE, TRANSFER)

    def run(self, caller: Any, asked: Operation, fields: dict[str, Any]) -> Reply:
        if asked is not TRANSFER:
            return super().run(caller, asked, fields)
        self.check_caller(caller, asked)
        self.check_shape(asked, fields)
        (row,) = self.select(fields["organization_id"], DELETE, {"volume_id": fields["volume_id"]})
        if (fields["to_organization_id"], fields["to_project_id"]) not in self.projects:
            raise Refusal("not_found")
        self.check_targets("volume", [row])
        self.record("intent", row)
        self.hand_over(row, fields["to_organization_id"], fields["to_project_id"])
        self.record("effect", row)
        return accepted({"transferred": row.id})

    def hand_over(self, row: Row, organization: str, project: str) -> None:
        row.organization, row.project = organization, project


class FormerOwnerRemembered(DepotWithTransfer):
    """Who owns an id is looked up once and kept; the id then passes into other hands."""

    def populate(self, world: World) -> Natives:
        natives = super().populate(world)
        self.owner_of = {row.id: row.organization for row in self.rows}
        return natives

    def owned(self, owner: str, kind: str) -> list[Row]:
        return [row for row in self.inventory(kind) if self.owner_of[row.id] == owner]


class LaterCreateWins(Desk):
    """A name that is in use is given to whoever asks for it last, with the volume that has it."""

    def make_room(self, name: str) -> None:
        self.rows = [row for row in self.rows if row.id != name or row.kind != "volume"]


class FirstOwnerRemembered(Desk):
    """Who owns a name is noted once; the volume goes, and somebody else's comes under the same name."""

    def populate(self, world: World) -> Natives:
        self.owner_of: dict[str, str] = {}
        return super().populate(world)

    def owned(self, owner: str, kind: str) -> list[Row]:
        return [row for row in self.inventory(kind) if self.owner_of.setdefault(row.id, row.organization) == owner]


class AnyCursorWillDo(Desk):
    """A cursor says whose list it goes on with, and is believed."""

    def position(self, caller: str, cursor: str | None) -> tuple[str, str]:
        owner, _, after = (cursor or f"{caller}/").rpartition("/")
        if owner not in self.organizations:
            raise Refusal("bad_cursor")
        return owner, after


# --- the table ---

_GIVEN_AWAY = Step(
    "transfer",
    {
        "organization_id": ref("org#0"),
        "volume_id": ref("volume#1"),
        "to_organization_id": ref("org#1"),
        "to_project_id": ref("project#3"),
    },
    "operator#0",
)


def _create(by: str, project: str, name: Any = "disk", let: str = "") -> Step:
    return Step("create", {"project_id": ref(project), "name": name}, by, let=let)


_DROPPED = Step("delete", {"volume_id": answer("made", "id")}, "tenant#1")
_NAME_REUSED = (_create("tenant#1", "project#3", let="made"), _DROPPED, _create("tenant#0", "project#1"), _DROPPED)
_LISTED = Step("list", {}, "tenant#0", let="page")
_WENT_ON = Step("list", {"cursor": answer("page", "cursor")}, "tenant#1")
_REMOVED = Step("remove", {"book": ref("book#1")}, "tenant#0")

FAULTS: tuple[Planted, ...] = (
    Planted(OrganizationByPrefix, 18, "isolation", (purge(EVERYTHING),), "prefix"),
    Planted(OrganizationFolded, 18, "isolation", (purge(EVERYTHING),), "case"),
    Planted(AccentsIgnored, 18, "isolation", (purge(EVERYTHING),), "accents"),
    Planted(ComposedBeforeCompared, 18, "isolation", (purge({"acknowledge": ref("org#1")}, of="org#1"),), "accents"),
    Planted(TextEndsAtNul, 18, "isolation", (purge(EVERYTHING),), "nul"),
    Planted(AsciiOnly, 18, "isolation", (purge(EVERYTHING),), "non-ascii"),
    Planted(FirstKeyCheckedLastKeyRun, 19, "isolation", (delete("volume#1", "volume_id:duplicate-foreign-last"),)),
    Planted(NameInsteadOfIdentity, 20, "isolation", (_REMOVED,), "same-name"),
    Planted(LaterCreateWins, 20, "isolation", (_create("tenant#0", "project#1", ref("volume#0")),)),
    Planted(FirstOwnerRemembered, 20, "isolation", _NAME_REUSED),
    Planted(AnyCursorWillDo, 20, "malformed-refused", (_LISTED, _WENT_ON)),
    Planted(FormerOwnerRemembered, 20, "isolation", (_GIVEN_AWAY, delete())),
)
