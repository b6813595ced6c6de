"""Planted faults in what is told, and to whom: what other tenants can bring about, the audit trail, the receipt.

The sections carry the numbers and names of the bug classes of public incidents; the table FAULTS ends the file.
"""

from __future__ import annotations

from guards.testing.service import AuditEntry, Reply, refused
from tests.planted.depot import Depot, Refusal, Row
from tests.planted.planting import LIST, Planted, delete, fault, purge

# --- what other tenants can bring about -------------------------------------------------------------------------------


class ShortIdsMustBeUnique(Depot):
    """An id may be shortened as long as one volume begins so: a neighbour's longer id makes one's own ambiguous."""

    def of_ids(self, owner: str, kind: str, ids: list[str]) -> list[Row]:
        if any(sum(row.id.startswith(id) for row in self.inventory(kind)) > 1 for id in ids):
            raise Refusal("ambiguous")
        return super().of_ids(owner, kind, ids)


class ForeignIsNotUnknown(Depot):
    """The answer tells a neighbour's id from one that does not exist."""

    def of_ids(self, owner: str, kind: str, ids: list[str]) -> list[Row]:
        if any(row.id in ids and row.organization != owner for row in self.inventory(kind)):
            raise Refusal("not_allowed")
        return super().of_ids(owner, kind, ids)


class OneQuotaForEverybody(Depot):
    """One destructive call a day, for all tenants together."""

    def destroy(self, targets: list[Row]) -> Reply:
        if self.trail:
            raise Refusal("try_later")
        return super().destroy(targets)


# --- the trail and the receipt ----------------------------------------------------------------------------------------


class NoIntent(Depot):
    """Effects are recorded afterwards only."""

    def record(self, phase: str, row: Row) -> None:
        if phase == "effect":
            super().record(phase, row)


class OnlyTheFirstIsRecorded(Depot):
    """The trail of a call over several volumes ends after the first."""

    def destroy(self, targets: list[Row]) -> Reply:
        before = len(self.trail)
        reply = super().destroy(targets)
        self.trail = [*self.trail[:before], *self.trail[before:][:2]]
        return reply


class RunsWithoutTrail(Depot):
    """The trail cannot be written, and it runs anyway."""

    def record(self, phase: str, row: Row) -> None:
        if self.fault != "audit-fails":
            self.trail.append(AuditEntry(phase, row.key))


class ReceiptLostHalfway(Depot):
    """A call that stops halfway forgets what it had done."""

    def stopped(self, receipt: dict[tuple[str, str], str]) -> Reply:
        return (
            refused("unavailable") if "done" in receipt.values() else super().stopped(dict.fromkeys(receipt, "refused"))
        )


# --- the table ---

FAULTS: tuple[Planted, ...] = (
    Planted(ShortIdsMustBeUnique, None, "noninterference", (delete(),), "prefix"),
    Planted(ForeignIsNotUnknown, None, "noninterference", (delete("volume#1", "volume_id:foreign"),)),
    Planted(OneQuotaForEverybody, None, "noninterference", (delete("volume#5", by="tenant#1"), delete())),
    Planted(NoIntent, None, "audit-complete", (delete(),)),
    Planted(OnlyTheFirstIsRecorded, None, "audit-complete", (purge(LIST),)),
    Planted(RunsWithoutTrail, None, "audit-complete", (fault("audit-fails"), delete())),
    Planted(ReceiptLostHalfway, None, "fail-closed", (fault("write-fails"), purge(LIST))),
)
