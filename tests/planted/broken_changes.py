"""Planted faults in calls that destroy nothing: dry runs that are never granted, changes and holds that do not take.

None of them is a class of incident of its own: a guard that says no, or says yes and sleeps, would hide in them.
"""

from __future__ import annotations

from typing import Any

from guards.testing.steps import Step, ref
from tests.planted.depot import Depot, Refusal, Row
from tests.planted.planting import LIST, TAGGED, Planted, hold, purge
from tests.planted.registry import Registry


class NoDryRuns(Depot):
    """Whoever wants to look first is refused."""

    def is_dry_run(self, fields: dict[str, Any]) -> bool:
        if super().is_dry_run(fields):
            raise Refusal("try_it_and_see")
        return False


class TagsNothing(Registry):
    """A change is accepted, and forgotten."""

    def tag(self, row: Row, tag: str) -> None:
        pass


class HoldsNothing(Registry):
    """A hold is accepted, and forgotten."""

    def marks(self, owner: str, rows: list[Row], fields: dict[str, Any]) -> list[tuple[str, Any]]:
        return []


class HoldsTheFirstOfAList(Registry):
    """Of several volumes the first is held."""

    def marks(self, owner: str, rows: list[Row], fields: dict[str, Any]) -> list[tuple[str, Any]]:
        return super().marks(owner, rows, fields)[:1]


class NeverLifted(Registry):
    """A hold that is lifted stays."""

    def hold(self, level: str, native: Any, on: bool) -> None:
        if on:
            super().hold(level, native, on)


_HELD = Step("hold", {"organization_id": ref("org#0"), **LIST}, "operator#0")
_LIFTED = Step("unhold", {"organization_id": ref("org#0"), **LIST}, "operator#0")

FAULTS: tuple[Planted, ...] = (
    Planted(NoDryRuns, None, "useful", (purge(LIST, dry_run=True),)),
    Planted(TagsNothing, None, "useful", (TAGGED,)),
    Planted(HoldsNothing, None, "useful", (hold("resource", "volume#3"), _HELD)),
    Planted(HoldsTheFirstOfAList, None, "useful", (_HELD,)),
    Planted(NeverLifted, None, "useful", (_HELD, _LIFTED)),
)
