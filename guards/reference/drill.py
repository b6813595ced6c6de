"""The incident again, at full size: on the platform as of 2021, and on ours with the same bug planted ever deeper.

What was hit is counted by looking at the world before and after the call, never by what was answered.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any, Final

from guards.reference import incident, lookout, unguarded
from guards.reference.planting import Edit, import_planted

CRAFTED_CALL: Final = {
    "schema": 1,
    "verb": "invalidate",
    "kind": "load-balancer",
    "organization_id": "customer-0774",
    "project_id": None,
    "dry_run": False,
    "environment": "production",
    "case": "TS-2021-04-07",
    "reason": "a test of the call that is supposed to be answered with an error",
}
"""What the operator sent: one organization, and a project that is not there."""

PROJECTS_BUG: Final = (
    Edit(
        "guards.wire",
        "    project_id: ProjectField\n\n    def selector(self) -> OneProject:\n",
        "    project_id: ProjectField | None\n\n    def selector(self) -> Selector:\n"
        "        if self.project_id is None:\n"
        "            return WholeOrganization(self.organization_id, self.organization_id)\n",
    ),
    Edit(
        "guards.adapters.memory",
        "self._buckets_of.get((text(organization), text(kind)), ())",
        "[bucket for bucket in self._buckets if bucket[2] == text(kind)]",
    ),
)
"""A null project passes the wire, and the filter by organization is lost where rows are selected.

No port of the guard can be asked for everything, so the bug cannot be planted any nearer to it than its inventory.
"""
WITHOUT_THE_CHECK: Final = (Edit("guards.core.checks", "    targets_belong_to_the_organization,\n", ""),)
WITHOUT_ANY_CHECK: Final = (
    Edit("guards.core.decision", "if _all_clear(admitted) and _all_clear(planned):", "if _all_clear(admitted):"),
)
WITHOUT_THE_SECOND_LOOK: Final = (
    Edit("guards.runtime.execute", "    if unfit or not found:\n", "    if not found:\n"),
)


@dataclass(frozen=True, slots=True)
class Hit:
    """What one call brought down: balancers by itself, and everything that stood on them."""

    balancers: int
    organizations: int
    """Owners of those balancers."""
    shared: int
    """Balancers of the internal organization, not counted among the others."""
    databases: int
    clusters: int
    cluster_organizations: int
    iot_customers: int


NOTHING: Final = Hit(0, 0, 0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Column:
    """One run of the incident."""

    title: str
    hit: Hit
    codes: tuple[str, ...]
    """Every code of the refusal; none if the call was accepted."""
    held_by: str
    """What refused the call; blank if nothing did."""


@dataclass(frozen=True, slots=True)
class DrillResult:
    """The platform as of 2021, ours with the bug planted, ours with ever more of the guard taken out, and ours."""

    unguarded: Column
    planted: Column
    deeper: tuple[Column, ...]
    intact: Column

    @property
    def held(self) -> bool:
        """Whether nothing of ours was hit, however much was taken out."""
        return all(column.hit == NOTHING for column in (self.planted, *self.deeper, self.intact))


_OURS: Final[tuple[tuple[str, tuple[Edit, ...]], ...]] = (
    ("the Projects bug planted in ours", PROJECTS_BUG),
    ("and its check gone", (*PROJECTS_BUG, *WITHOUT_THE_CHECK)),
    ("and every check of the plan gone", (*PROJECTS_BUG, *WITHOUT_ANY_CHECK)),
    ("and the second look gone, too", (*PROJECTS_BUG, *WITHOUT_ANY_CHECK, *WITHOUT_THE_SECOND_LOOK)),
    ("ours", ()),
)


def run_drill(progress: Callable[[int, int], None] | None = None) -> DrillResult:
    """The whole drill. It takes a few seconds and touches nothing outside its own worlds.

    `progress` is told how many runs are done, of how many.
    """
    runs: list[Callable[[], Column]] = [
        _run_unguarded,
        *(partial(_run_planted, title, edits) for title, edits in _OURS),
    ]
    columns = []
    for done, run in enumerate(runs):
        if progress is not None:
            progress(done, len(runs))
        columns.append(run())
    unguarded_column, planted, *deeper, intact = columns
    return DrillResult(unguarded_column, planted, tuple(deeper), intact)


def _run_unguarded() -> Column:
    platform = unguarded.unguard(incident.build(_StandingClock()))
    return _column("the platform as of 2021", platform, lookout, "")


def _run_planted(title: str, edits: Iterable[Edit]) -> Column:
    """The incident on a copy of our code with these edits. Only plain data comes out of the copy."""
    names = ("incident", "lookout", "probe")
    incident_copy, lookout_copy, probe_copy = import_planted(edits, [f"guards.reference.{name}" for name in names])
    held_by = probe_copy.who_refuses(incident_copy.build(_StandingClock()), incident.OPERATOR, _body())
    return _column(title, incident_copy.build(_StandingClock()), lookout_copy, held_by)


def _column(title: str, platform: Any, lookout_of: ModuleType, held_by: str) -> Column:
    watch = lookout_of.Lookout(platform)
    before = watch.look()
    answer = platform.handle(incident.OPERATOR, "invalidate", _body())
    codes = tuple(reason.code for reason in getattr(answer, "reasons", ()))
    return Column(title, hit_between(before, watch.look()), codes, held_by)


def _body() -> bytes:
    return json.dumps(CRAFTED_CALL).encode()


def hit_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> Hit:
    """What came down between two looks: parts are not counted, for they fall with what they are parts of."""
    down = [row for key, row in before.items() if row.parent is None and after[key].state != row.state]
    by_kind = {kind: [row.organization for row in down if row.kind == kind] for kind in {row.kind for row in down}}
    balancers = by_kind.get("load-balancer", [])
    customers = [owner for owner in balancers if owner != "internal-databases"]
    clusters = by_kind.get("cluster", [])
    return Hit(
        balancers=len(customers),
        organizations=len(set(customers)),
        shared=len(balancers) - len(customers),
        databases=len(by_kind.get("database", [])),
        clusters=len(clusters),
        cluster_organizations=len(set(clusters)),
        iot_customers=len(set(by_kind.get("iot-hub", []))),
    )


class _StandingClock:
    """Time that does not pass: the drill means the same on a slow machine."""

    def now(self) -> int:
        return 0
