"""The incident again, at full size: on the platform as of 2021, and on ours with the same bug planted ever deeper.

What was hit is counted by looking at the world before and after the call, never by what was answered.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
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

EVERY_BALANCER: Final = {
    **{name: value for name, value in CRAFTED_CALL.items() if name != "project_id"},
    "resource_ids": incident.every_balancer(),
}
"""The call that reaches farthest into our plan: one organization, and the ids of everybody's balancers."""

BUG_IN_THE_PLAN: Final = (
    Edit(
        "guards.core.plan",
        "    if type(selector) is Explicit:\n        rows = ",
        "    if type(selector) is OneProject:\n        rows = ",
    ),
)
"""The filter by owner has moved to where a project is named; a call that names none has lost it, as in 2021."""
BUG_IN_THE_INVENTORY: Final = (
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
"""The very call of 2021: a null project passes the wire, and the filter is lost where rows are selected.

No port of the guard can be asked for everything, so this call finds everybody's rows in no place nearer to the plan.
"""
WITHOUT_THE_CHECK: Final = (Edit("guards.core.checks", "    targets_belong_to_the_organization,\n", ""),)
WITHOUT_ANY_CHECK: Final = (
    Edit("guards.core.decision", "if _all_clear(admitted) and _all_clear(planned):", "if _all_clear(admitted):"),
)
WITHOUT_THE_SECOND_LOOK: Final = (
    Edit("guards.runtime.execute", "    if unfit or not found:\n", "    if not found:\n"),
    Edit("guards.runtime.execute", "    if others is not None:\n", "    if False:\n"),
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
    """The platform as of 2021; ours with the bug planted, and with ever more of the guard taken out; and ours."""

    unguarded: Column
    planted: tuple[Column, ...]
    """In the plan: the bug alone first."""
    planted_elsewhere: tuple[Column, ...]
    """In the inventory: the bug alone first."""
    intact: tuple[Column, ...]
    """The call of 2021 first, then the one that reaches farthest."""

    @property
    def ours(self) -> tuple[Column, ...]:
        """Every run but the one as of 2021."""
        return (*self.planted, *self.planted_elsewhere, *self.intact)

    @property
    def held(self) -> bool:
        """Whether nothing of ours was hit, however much was taken out."""
        return all(column.hit == NOTHING for column in self.ours)


@dataclass(frozen=True, slots=True)
class _Run:
    """One call on a copy of our code with these edits."""

    title: str
    call: Mapping[str, Any]
    edits: tuple[Edit, ...] = ()


_DEEPER: Final[tuple[tuple[str, tuple[Edit, ...]], ...]] = (
    ("and its check gone", WITHOUT_THE_CHECK),
    ("and every check of the plan gone", WITHOUT_ANY_CHECK),
    ("and the second look gone, too", (*WITHOUT_ANY_CHECK, *WITHOUT_THE_SECOND_LOOK)),
)


def _ever_deeper(title: str, call: Mapping[str, Any], bug: tuple[Edit, ...]) -> tuple[_Run, ...]:
    return (_Run(title, call, bug), *(_Run(deeper, call, (*bug, *edits)) for deeper, edits in _DEEPER))


_PLANTED: Final = _ever_deeper(
    "the Projects bug in our plan, and every balancer named", EVERY_BALANCER, BUG_IN_THE_PLAN
)
_ELSEWHERE: Final = _ever_deeper(
    "the Projects bug in our inventory, and the call of 2021", CRAFTED_CALL, BUG_IN_THE_INVENTORY
)
_INTACT: Final = (
    _Run("ours, and the call of 2021", CRAFTED_CALL),
    _Run("ours, and every balancer named", EVERY_BALANCER),
)


def run_drill(progress: Callable[[int, int], None] | None = None) -> DrillResult:
    """The whole drill. It takes a few seconds and touches nothing outside its own worlds.

    `progress` is told how many runs are done, of how many.
    """
    groups = (_PLANTED, _ELSEWHERE, _INTACT)
    total = 1 + sum(map(len, groups))
    done = 0

    def counted(run: Callable[[], Column]) -> Column:
        nonlocal done
        if progress is not None:
            progress(done, total)
        done += 1
        return run()

    unguarded_column = counted(_run_unguarded)
    planted, elsewhere, intact = (tuple(counted(partial(_run, run)) for run in group) for group in groups)
    return DrillResult(unguarded_column, planted, elsewhere, intact)


def _run_unguarded() -> Column:
    platform = unguarded.unguard(incident.build(_StandingClock()))
    return _column("the platform as of 2021", platform, lookout, "", CRAFTED_CALL)


def _run(run: _Run) -> Column:
    """The incident on a copy of our code. Only plain data comes out of the copy."""
    names = ("incident", "lookout", "probe")
    incident_copy, lookout_copy, probe_copy = import_planted(run.edits, [f"guards.reference.{name}" for name in names])
    held_by = probe_copy.who_refuses(incident_copy.build(_StandingClock()), incident.OPERATOR, _body(run.call))
    return _column(run.title, incident_copy.build(_StandingClock()), lookout_copy, held_by, run.call)


def _column(title: str, platform: Any, lookout_of: ModuleType, held_by: str, call: Mapping[str, Any]) -> Column:
    watch = lookout_of.Lookout(platform)
    before = watch.look()
    answer = platform.handle(incident.OPERATOR, "invalidate", _body(call))
    codes = tuple(reason.code for reason in getattr(answer, "reasons", ()))
    return Column(title, hit_between(before, watch.look()), codes, held_by)


def _body(call: Mapping[str, Any]) -> bytes:
    return json.dumps(call).encode()


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
