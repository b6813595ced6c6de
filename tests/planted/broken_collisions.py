"""Planted faults in how the owner of a thing is compared with who calls: each shows where two ids collide in one way.

All are of the class 18, pattern-overmatch; the table FAULTS ends the file.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any
from unicodedata import normalize

from guards.testing.service import Natives, Reply, refused
from guards.testing.steps import Step, ref
from guards.testing.world import World
from tests.planted.depot import DELETE, Depot, Row
from tests.planted.planting import Planted, delete
from tests.planted.sound import Shelf


class Bin(Depot):
    """Sound: tenants delete their own volumes, one by one, and nothing else."""

    operations = (DELETE,)

    def owned(self, owner: str, kind: str) -> list[Row]:
        return [row for row in self.inventory(kind) if self.owns(owner, row.organization)]

    def owns(self, caller: str, owner: str) -> bool:
        return caller == owner


class CutAt128(Bin):
    """Owners stand in a column of 128 characters."""

    def owns(self, caller: str, owner: str) -> bool:
        return caller[:128] == owner[:128]


class CutAt191(Bin):
    """Owners stand in an indexed column of 191 characters."""

    def owns(self, caller: str, owner: str) -> bool:
        return caller[:191] == owner[:191]


class CutAt255(Bin):
    """Owners stand in a column of 255 characters."""

    def owns(self, caller: str, owner: str) -> bool:
        return caller[:255] == owner[:255]


class QuestionMarksForTheRest(Bin):
    """What is not ASCII is replaced on the way to the table of owners."""

    def owns(self, caller: str, owner: str) -> bool:
        return caller.encode("ascii", "replace") == owner.encode("ascii", "replace")


class QuestionMarksBeyondLatin(Bin):
    """What is not Latin is replaced on the way to the table of owners."""

    def owns(self, caller: str, owner: str) -> bool:
        return caller.encode("latin-1", "replace") == owner.encode("latin-1", "replace")


class CallersAreComposed(Bin):
    """Ids are put into one normal form before they are compared, and only then."""

    def owns(self, caller: str, owner: str) -> bool:
        return normalize("NFC", caller) == normalize("NFC", owner)


class InvisibleIsLeftOut(Bin):
    """Characters without width are left out before ids are compared, and only then."""

    def owns(self, caller: str, owner: str) -> bool:
        return caller.translate(_INVISIBLE) == owner.translate(_INVISIBLE)


_INVISIBLE = dict.fromkeys([*range(0x200B, 0x2010), 0x2060, 0xFEFF])


class CallerIsAPattern(Bin):
    """A policy says what a caller may reach, as a pattern with the caller's id in it."""

    def owns(self, caller: str, owner: str) -> bool:
        return caller == owner or fnmatchcase(f"{owner}/volume", f"{caller}/*")


class WhatIsBelowIsOnesOwn(Bin):
    """Tenants are thought to be folders, and to own what lies in them."""

    def owns(self, caller: str, owner: str) -> bool:
        return f"{owner}/".startswith(f"{caller}/")


class SubscopesAreOnesOwn(Bin):
    """Tenants are thought to have tenants of their own behind a colon."""

    def owns(self, caller: str, owner: str) -> bool:
        return caller == owner or owner.startswith(f"{caller}:")


class TenantAndNameAreOneKey(Shelf):
    """A book is found under its tenant and its name, joined."""

    def remove(self, owner: Any, names: list[Any]) -> Reply:
        by_key = {f"{tenant}-{name}": (tenant, name) for tenant, name in self.books}
        found = [by_key.get(f"{owner}-{name}") for name in names if type(name) is str]
        if len(names) != 1 or not found or found[0] is None or type(owner) is not str:
            return super().remove(owner, names)
        tenant, name = found[0]
        return super().remove(tenant, [name])


class ProjectsOfOneName(Shelf):
    """Whoever has a project of the book's project's name may remove the book."""

    def populate(self, world: World) -> Natives:
        self.homes = {(p.organization.id, p.id) for p in world.projects}
        return super().populate(world)

    def remove(self, owner: Any, names: list[Any]) -> Reply:
        if len(names) != 1 or type(owner) is not str or (owner, names[0]) in self.books:
            return super().remove(owner, names)
        alike = [key for key, home in self.books.items() if key[1] == names[0] and (owner, home) in self.homes]
        return super().remove(alike[0][0], names) if alike else refused("no_such_book")


# --- the table ---

_BOOK = Step("remove", {"book": ref("book#0")}, "tenant#0")
_REST_OF_KEY = Step("remove", {"book": ref("book#1")}, "tenant#0", ("book:rest-of-key",))

FAULTS: tuple[Planted, ...] = (
    Planted(CutAt128, 18, "isolation", (delete("volume#0"),), "long"),
    Planted(CutAt191, 18, "isolation", (delete("volume#0"),), "long"),
    Planted(CutAt255, 18, "isolation", (delete("volume#0"),), "long"),
    Planted(QuestionMarksForTheRest, 18, "isolation", (delete("volume#0"),), "replaced"),
    Planted(QuestionMarksBeyondLatin, 18, "isolation", (delete("volume#0"),), "replaced"),
    Planted(CallersAreComposed, 18, "isolation", (delete("volume#0"),), "composed"),
    Planted(InvisibleIsLeftOut, 18, "isolation", (delete("volume#0"),), "zero-width"),
    Planted(CallerIsAPattern, 18, "isolation", (delete("volume#0"),), "glob"),
    Planted(WhatIsBelowIsOnesOwn, 18, "isolation", (delete("volume#0"),), "below"),
    Planted(SubscopesAreOnesOwn, 18, "isolation", (delete("volume#0"),), "scoped"),
    Planted(TenantAndNameAreOneKey, 18, "isolation", (_REST_OF_KEY,), "joined"),
    Planted(ProjectsOfOneName, 18, "isolation", (_BOOK,), "same-project"),
)
