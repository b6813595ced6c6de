"""Planted faults that show in one spelling, at one place of a list, or from one height on.

The sections carry the numbers and names of the bug classes of public incidents; the table FAULTS ends the file.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from typing import Any

from guards.testing.service import TENANT, Operation, Reply
from guards.testing.steps import Step, ref
from tests.planted.depot import Depot, Refusal, Row
from tests.planted.planting import Planted, delete, purge
from tests.planted.registry import Registry

# --- 9 tenant-binding-missing -----------------------------------------------------------------------------------------


class OnBehalfOfAnybody(Depot):
    """A field meant for the support says whose call it is, and is believed."""

    def run(self, caller: Any, asked: Operation, fields: dict[str, Any]) -> Reply:
        self.check_caller(caller, asked)
        behalf = fields.get("account_id")
        if TENANT not in asked.callers or type(behalf) is not str or behalf not in self.organizations:
            return super().run(caller, asked, fields)
        return super().run(behalf, asked, {name: value for name, value in fields.items() if name != "account_id"})


class ColdIsAnybodys(Registry):
    """A volume that its owner has tagged may be deleted by whoever asks."""

    def of_ids(self, owner: str, kind: str, ids: list[str]) -> list[Row]:
        tagged = [row for row in self.inventory(kind) if [row.id] == ids and row.state == "cold"]
        return tagged or super().of_ids(owner, kind, ids)


class ListedDepot(Depot):
    """Sound: of a list, each id must be one's own."""

    def of_ids(self, owner: str, kind: str, ids: list[str]) -> list[Row]:
        everybodys = {row.id: row for row in self.inventory(kind)}
        if not everybodys.keys() >= set(ids):
            raise Refusal("not_found")
        if any(everybodys[id].organization != owner for id in self.looked_at(ids)):
            raise Refusal("not_found")
        return [everybodys[id] for id in ids]

    def looked_at(self, ids: list[str]) -> Iterable[str]:
        """The ids of which the owner is asked."""
        return ids


class ChunksLoseTheirLast(ListedDepot):
    """Owners are asked for in chunks of ten, each of which is cut one short."""

    def looked_at(self, ids: list[str]) -> Iterable[str]:
        return ids if len(ids) <= 10 else (id for n, id in enumerate(ids) if n % 10 < 9)


class HeadAndTailAreLookedAt(ListedDepot):
    """Of a long list, what stands at its beginning and at its end is taken for the whole."""

    def looked_at(self, ids: list[str]) -> Iterable[str]:
        return (*ids[:25], *ids[-25:])


class AHundredOwnersAtMost(ListedDepot):
    """The query for the owners has a limit, and the list has none."""

    def looked_at(self, ids: list[str]) -> Iterable[str]:
        return ids[:100]


# --- 13 closure-crosses-tenant ----------------------------------------------------------------------------------------


class Tower(Depot):
    """Sound: a tenant's own may stand on what it destroys; a stranger's may not, however high it stands."""

    floors = 100

    def dependents(self, targets: list[Row]) -> list[Row]:
        reached = rising = list(targets)
        for _ in range(self.floors):
            rising = [row for row in super().dependents(rising) if row not in reached]
            reached = [*reached, *rising]
        return [row for row in reached if row.organization != targets[0].organization]


class TwoFloorsAreEnough(Tower):
    """What stands on a target is looked for two floors up."""

    floors = 2


class FourFloorsAreEnough(Tower):
    """What stands on a target is looked for four floors up."""

    floors = 4


# --- 18 pattern-overmatch ---------------------------------------------------------------------------------------------


class StarMeansAllThatBeginSo(Depot):
    """An id that ends in a star means all ids that begin so, of whomever; a star alone is refused."""

    def of_ids(self, owner: str, kind: str, ids: list[str]) -> list[Row]:
        stem = ids[0].removesuffix("*")
        if len(ids) > 1 or stem in ("", ids[0]):
            return super().of_ids(owner, kind, ids)
        return [row for row in self.inventory(kind) if row.id.startswith(stem)]


# --- 19 parser-differential -------------------------------------------------------------------------------------------


class PastedIntoTheStatement(Depot):
    """One id is looked up by SQL into which it is pasted."""

    quote = "'"

    def of_ids(self, owner: str, kind: str, ids: list[str]) -> list[Row]:
        if len(ids) > 1 or "\0" in ids[0]:
            return super().of_ids(owner, kind, ids)
        rows = self.inventory(kind)
        with closing(sqlite3.connect(":memory:")) as database:
            database.execute("create table volumes (n, owner, id)")
            database.executemany(
                "insert into volumes values (?, ?, ?)", ((n, r.organization, r.id) for n, r in enumerate(rows))
            )
            try:
                found = database.execute(
                    f"select n from volumes where owner = ? and id = {self.quote}{ids[0]}{self.quote}", (owner,)
                ).fetchall()
            except (sqlite3.Error, ValueError):
                found = []
        if not found:
            raise Refusal("not_found")
        return [rows[n] for (n,) in found]


class SplitAfterTheCheck(Depot):
    """Ids joined by semicolons are all destroyed, and the first is the one whose owner is asked for."""

    def of_ids(self, owner: str, kind: str, ids: list[str]) -> list[Row]:
        if len(ids) > 1:
            return super().of_ids(owner, kind, ids)
        first, *more = ids[0].split(";")
        return super().of_ids(owner, kind, [first]) + unchecked(self, kind, more)


class SplitAtBlanksAfterTheCheck(Depot):
    """The same at blanks."""

    def of_ids(self, owner: str, kind: str, ids: list[str]) -> list[Row]:
        if len(ids) > 1:
            return super().of_ids(owner, kind, ids)
        first, *more = ids[0].split(" ")
        return super().of_ids(owner, kind, [first]) + unchecked(self, kind, more)


class SplitAtLinesAfterTheCheck(Depot):
    """The same at the ends of lines."""

    def of_ids(self, owner: str, kind: str, ids: list[str]) -> list[Row]:
        if len(ids) > 1:
            return super().of_ids(owner, kind, ids)
        first, *more = ids[0].split("\n")
        return super().of_ids(owner, kind, [first]) + unchecked(self, kind, more)


def unchecked(depot: Depot, kind: str, ids: list[str]) -> list[Row]:
    """The rows of these ids, whosever they are."""
    return [row for row in depot.inventory(kind) if row.id in ids]


# --- the table ---


def _long_list(own: int, stranger_at: int) -> Step:
    """So many own ids, and a stranger's among them."""
    ids = [ref(f"volume#{n + 1}") for n in range(own)]
    return purge({"volume_ids": [*ids[:stranger_at], ref("volume#0"), *ids[stranger_at:]]})


def _stands(above: str, below: str) -> Step:
    return Step("@depend", {"dependent": ref(above), "on": ref(below)})


_THREE_FLOORS = (_stands("volume#2", "volume#1"), _stands("volume#3", "volume#2"), _stands("volume#0", "volume#3"))
_FIVE_FLOORS = (*(_stands(f"volume#{n + 1}", f"volume#{n}") for n in range(1, 5)), _stands("volume#0", "volume#5"))

_TAGGED = Step("tag", {"volume_id": ref("volume#0"), "tag": "cold"}, "tenant#1")

FAULTS: tuple[Planted, ...] = (
    Planted(OnBehalfOfAnybody, 9, "isolation", (delete("volume#1", "request:account-and-theirs"),)),
    Planted(ColdIsAnybodys, 9, "isolation", (_TAGGED, delete("volume#0"))),
    Planted(ChunksLoseTheirLast, 9, "isolation", (_long_list(14, 9),), size=4),
    Planted(HeadAndTailAreLookedAt, 9, "isolation", (_long_list(60, 30),), size=16),
    Planted(AHundredOwnersAtMost, 9, "isolation", (_long_list(110, 105),), size=30),
    Planted(TwoFloorsAreEnough, 13, "dependents-safe", (*_THREE_FLOORS, delete())),
    Planted(FourFloorsAreEnough, 13, "dependents-safe", (*_FIVE_FLOORS, delete()), size=2),
    Planted(StarMeansAllThatBeginSo, 18, "isolation", (delete("volume#1", "volume_id:foreign-star"),)),
    Planted(PastedIntoTheStatement, 19, "isolation", (delete("volume#1", "volume_id:quote"),)),
    Planted(SplitAfterTheCheck, 19, "isolation", (delete("volume#1", "volume_id:semicolon-joined"),)),
    Planted(SplitAtBlanksAfterTheCheck, 19, "isolation", (delete("volume#1", "volume_id:blank-joined"),)),
    Planted(SplitAtLinesAfterTheCheck, 19, "isolation", (delete("volume#1", "volume_id:newline-joined"),)),
)
