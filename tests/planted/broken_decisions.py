"""Planted faults in the decision: verdicts thrown away, missing data read as consent, callers and limits not looked at.

The sections carry the numbers and names of the bug classes of public incidents; the table FAULTS ends the file.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from guards.testing.service import Operation
from guards.testing.steps import Step, ref
from tests.planted.depot import Depot, Down, Refusal, Row
from tests.planted.planting import EVERYTHING, LIST, STANDS_ON_IT, Planted, delete, fault, hold, limit, purge, read_only
from tests.planted.sound import Rest

# --- 6 verdict-discarded ----------------------------------------------------------------------------------------------


class EffectBeforeVerdict(Depot):
    """It is refused, and done all the same."""

    def check_targets(self, kind: str, targets: list[Row]) -> None:
        try:
            super().check_targets(kind, targets)
        except Refusal:
            self.destroy(targets)
            raise


class VerdictSwallowed(Depot):
    """The objection is raised, caught, and forgotten."""

    def check_dependents(self, targets: list[Row]) -> None:
        with suppress(Refusal):
            super().check_dependents(targets)


# --- 7 fail-open-missing-data -----------------------------------------------------------------------------------------


class UnknownHoldsAreNoHolds(Depot):
    """When the holds cannot be read, there are none."""

    def holds(self) -> set[tuple[str, Any]]:
        try:
            return super().holds()
        except Down:
            return set()


class UnknownStateIsWritable(Depot):
    """Read-only mode must be known to be on; an unknown state lets the call through."""

    def check_writable(self, kind: str) -> None:
        if self.writable[kind] is False:
            raise Refusal("read_only")


class BlankIsNoSpace(Rest):
    """A reason is blank if nothing but white space is in it: letters without ink are read as a reason."""

    def is_readable(self, reason: str) -> bool:
        return reason.strip() != ""


# --- 8 vacuous-quantifier, 9 tenant-binding-missing -------------------------------------------------------------------


class OneOwnIdIsEnough(Depot):
    """any() where all() was meant."""

    def of_ids(self, owner: str, kind: str, ids: list[str]) -> list[Row]:
        found = [row for row in self.inventory(kind) if row.id in ids]
        if not any(row.organization == owner for row in found):
            raise Refusal("not_found")
        return found


class AllOfNoneIsFine(Depot):
    """all() over the caller's own rows, of which there may be none; then the whole list is executed."""

    def of_ids(self, owner: str, kind: str, ids: list[str]) -> list[Row]:
        if not all(row.organization == owner for row in self.owned(owner, kind) if row.id in ids):
            raise Refusal("not_found")
        return [row for row in self.inventory(kind) if row.id in ids]


class OnlyTheFirstIdIsChecked(Depot):
    """The owner of the first id vouches for the rest of the list."""

    def of_ids(self, owner: str, kind: str, ids: list[str]) -> list[Row]:
        super().of_ids(owner, kind, ids[:1])
        return [row for row in self.inventory(kind) if row.id in ids]


class TenantsMayPurge(Depot):
    """The operators' call looks at the body for the tenant, and never at who is calling."""

    def check_caller(self, caller: Any, asked: Operation) -> None:
        if caller not in self.callers:
            super().check_caller(caller, asked)


class NobodyIsInternal(Depot):
    """A call without a caller must come from inside, and is neither asked who it is nor whose the volume is."""

    def check_caller(self, caller: Any, asked: Operation) -> None:
        if caller is not None:
            super().check_caller(caller, asked)

    def select(self, owner: str | None, asked: Operation, fields: dict[str, Any]) -> list[Row]:
        if owner is None:
            return [row for row in self.inventory(asked.acts_on) if row.id in fields.values()]
        return super().select(owner, asked, fields)


# --- 10 blast-limit-miscounted ----------------------------------------------------------------------------------------


class CountsCallsNotVolumes(Depot):
    """However many volumes a call hits, it counts as one."""

    def check_limits(self, kind: str, targets: list[Row]) -> None:
        super().check_limits(kind, targets[:1])


class LimitOffByOne(Depot):
    """One volume more than the limit goes through."""

    def check_limits(self, kind: str, targets: list[Row]) -> None:
        super().check_limits(kind, targets[1:])


class PercentRoundedDown(Depot):
    """The share is rounded down before it is compared."""

    def check_limits(self, kind: str, targets: list[Row]) -> None:
        percent = len(targets) * 100 // len(self.inventory(kind))
        if len(targets) > self.count_max or percent > self.percent_max:
            raise Refusal("over_limit")


# --- the table ---

CLOSED_WITHOUT_A_REASON = Step(
    "close_account",
    {"account": ref("org#0"), "again": ref("org#0"), "reason": "abuse"},
    "operator#0",
    ("reason:invisible",),
)

FAULTS: tuple[Planted, ...] = (
    Planted(EffectBeforeVerdict, 6, "refusal-inert", (read_only(True), delete())),
    Planted(VerdictSwallowed, 6, "dependents-safe", (STANDS_ON_IT, delete())),
    Planted(
        UnknownHoldsAreNoHolds, 7, "hold-respected", (hold("resource", "volume#1"), fault("holds-unknown"), delete())
    ),
    Planted(BlankIsNoSpace, 7, "malformed-refused", (CLOSED_WITHOUT_A_REASON,)),
    Planted(UnknownStateIsWritable, 7, "read-only-inert", (read_only(None), delete())),
    Planted(OneOwnIdIsEnough, 8, "isolation", (purge(LIST, "volume_ids:foreign-last"),)),
    Planted(AllOfNoneIsFine, 8, "isolation", (delete("volume#1", "volume_id:foreign"),)),
    Planted(OnlyTheFirstIdIsChecked, 9, "isolation", (purge(LIST, "volume_ids:foreign-last"),)),
    Planted(TenantsMayPurge, 9, "isolation", (purge(EVERYTHING, by="tenant#1"),)),
    Planted(NobodyIsInternal, 9, "isolation", (delete("volume#1", "caller:nobody"),)),
    Planted(CountsCallsNotVolumes, 10, "blast-radius", (limit(1, 100), purge(EVERYTHING))),
    Planted(LimitOffByOne, 10, "blast-radius", (limit(3, 100), purge(EVERYTHING))),
    Planted(PercentRoundedDown, 10, "blast-radius", (limit(1_000, 12), delete())),
)
