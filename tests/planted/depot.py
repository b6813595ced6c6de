"""The sound parent of the planted services: volumes and snapshots of several tenants, in a list, with every ability.

Each rule is one short method, so that a planted fault is one override. A service that offers less leaves out the
methods of an ability, as those in `sound.py` do.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from guards.testing.service import (
    OPERATOR,
    TENANT,
    AuditEntry,
    FieldKind,
    Natives,
    Operation,
    Reply,
    Seen,
    accepted,
    flag,
    interrupted,
    organization,
    project,
    refused,
    repeats,
    resource,
    resources,
)
from guards.testing.world import World

DELETE = Operation("delete", TENANT, {"volume_id": resource("volume")})
DROP = Operation("drop", TENANT, {"snapshot_id": resource("snapshot")})
PURGE = Operation(
    "purge",
    OPERATOR,
    {
        "organization_id": organization(),
        "acknowledge": repeats("organization_id", required=False),
        "project_id": project(required=False),
        "volume_ids": resources("volume", required=False),
        "dry_run": flag(),
    },
    one_of=("acknowledge", "project_id", "volume_ids"),
    dry_run="dry_run",
)

BODY_MAX = 1 << 20


class Refusal(Exception):
    """Nothing was done; `args[0]` is the code."""


class Down(Exception):
    """Something the depot stands on did not answer."""


@dataclass(slots=True)
class Row:
    """One volume or snapshot. Ids are unique among the things of a kind."""

    kind: str
    id: str
    organization: str
    project: str | None
    state: str = "live"

    @property
    def key(self) -> tuple[str, str]:
        return (self.kind, self.id)


class Depot:
    """Whole calls only: a call is checked to its end before its first effect."""

    operations: Sequence[Operation] = (DELETE, DROP, PURGE)
    faults: Sequence[str] = (
        "inventory-fails",
        "inventory-falls-short",
        "holds-unknown",
        "audit-fails",
        "write-fails",
        "answer-is-lost",
    )
    comparable_replies = True

    def populate(self, world: World) -> Natives:
        natives = world.ids()
        self.rows = [Row(r.kind, r.id, r.organization.id, r.project.id if r.project else None) for r in world.resources]
        self.organizations = {o.id for o in world.organizations}
        self.projects = {(p.organization.id, p.id) for p in world.projects}
        self.callers = {natives[p.ref]: p.role for p in world.principals}
        self.held: set[tuple[str, Any]] = set()
        self.writable: dict[str, bool | None] = dict.fromkeys(("volume", "snapshot"), True)
        self.count_max, self.percent_max = 1_000, 100
        self.stands_on: list[tuple[Row, Row]] = []
        self.trail: list[AuditEntry] = []
        self.fault = ""
        return Natives(natives, {r.ref: (r.kind, r.id) for r in world.resources})

    def observe(self) -> Mapping[Any, Seen]:
        return {row.key: Seen(row.organization, row.state, row.project, row.kind) for row in self.rows}

    # --- a call, a line a step ----------------------------------------------------------------------------------------

    def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Reply:
        asked = next(known for known in self.operations if known.name == operation)
        try:
            return self.run(caller, asked, fields)
        except Refusal as refusal:
            return refused(refusal.args[0])
        except Down:
            return refused("unavailable")
        finally:
            self.fault = ""

    def run(self, caller: Any, asked: Operation, fields: dict[str, Any]) -> Reply:
        self.check_caller(caller, asked)
        self.check_shape(asked, fields)
        owner = caller if TENANT in asked.callers else fields["organization_id"]
        targets = self.select(owner, asked, fields)
        self.check_targets(asked.acts_on, targets)
        if self.is_dry_run(fields):
            return accepted({"would_destroy": [row.id for row in targets]})
        return self.destroy(targets)

    def send(self, caller: Any, operation: str, body: bytes) -> Reply:
        try:
            fields = self.read(body)
        except (ValueError, RecursionError):
            return refused("malformed_body")
        return self.call(caller, operation, fields)

    # --- what is a well-formed call -----------------------------------------------------------------------------------

    def read(self, body: bytes) -> dict[str, Any]:
        """The JSON object in the body, each key once; ValueError for anything else."""
        if len(body) > BODY_MAX:
            raise ValueError("too long")
        fields = json.loads(body.decode("utf-8"), object_pairs_hook=self.pairs, parse_constant=_no_number)
        if type(fields) is not dict:
            raise ValueError("not an object")
        return fields

    def pairs(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({key for key, _ in pairs}) < len(pairs):
            raise ValueError("a key twice")
        return dict(pairs)

    def check_caller(self, caller: Any, asked: Operation) -> None:
        if type(caller) is not str or self.callers.get(caller) not in asked.callers:
            raise Refusal("not_allowed")

    def check_shape(self, asked: Operation, fields: dict[str, Any]) -> None:
        unknown = fields.keys() - asked.fields.keys()
        missing = {name for name, field in asked.fields.items() if field.required} - fields.keys()
        self.check_names(asked, fields, unknown, missing)
        for name, value in fields.items():
            if name in asked.fields and not self.is_valid(asked.fields[name].kind, name, value):
                raise Refusal("bad_value")
        if not self.is_acknowledged(fields):
            raise Refusal("bad_value")

    def check_names(self, asked: Operation, fields: dict[str, Any], unknown: set[str], missing: set[str]) -> None:
        scopes = sum(name in fields for name in asked.one_of)
        if unknown or missing or scopes != bool(asked.one_of):
            raise Refusal("bad_fields")

    def is_valid(self, kind: FieldKind, name: str, value: Any) -> bool:
        if kind is FieldKind.FLAG:
            return type(value) is bool
        if kind is FieldKind.RESOURCES:
            return type(value) is list and value != [] and all(map(_is_id, value)) and len(set(value)) == len(value)
        return _is_id(value)

    def is_acknowledged(self, fields: dict[str, Any]) -> bool:
        return "acknowledge" not in fields or fields["acknowledge"] == fields["organization_id"]

    def is_dry_run(self, fields: dict[str, Any]) -> bool:
        return fields.get("dry_run") is True

    # --- what is meant ------------------------------------------------------------------------------------------------

    def select(self, owner: str, asked: Operation, fields: dict[str, Any]) -> list[Row]:
        """The rows of this one organization that the call means; a foreign id and an unknown one refuse it alike."""
        if owner not in self.organizations:
            raise Refusal("not_found")
        if "project_id" in fields:
            return self.of_project(owner, asked.acts_on, fields["project_id"])
        if "volume_ids" in fields:
            return self.of_ids(owner, asked.acts_on, fields["volume_ids"])
        if TENANT in asked.callers:
            (id,) = fields.values()
            return self.of_ids(owner, asked.acts_on, [id])
        return self.owned(owner, asked.acts_on)

    def of_project(self, owner: str, kind: str, project: str) -> list[Row]:
        if (owner, project) not in self.projects:
            raise Refusal("not_found")
        return [row for row in self.owned(owner, kind) if row.project == project]

    def of_ids(self, owner: str, kind: str, ids: list[str]) -> list[Row]:
        found = {row.id: row for row in self.owned(owner, kind)}
        if not found.keys() >= set(ids):
            raise Refusal("not_found")
        return [found[id] for id in ids]

    def owned(self, owner: str, kind: str) -> list[Row]:
        return [row for row in self.inventory(kind) if row.organization == owner]

    def inventory(self, kind: str) -> list[Row]:
        """Every row of the kind. The answer must be whole: part of it could be the part without the hold."""
        if self.fault in ("inventory-fails", "inventory-falls-short"):
            raise Down(self.fault)
        return [row for row in self.rows if row.kind == kind]

    # --- what stands against it ---------------------------------------------------------------------------------------

    def check_targets(self, kind: str, targets: list[Row]) -> None:
        if not targets:
            raise Refusal("nothing_to_do")
        self.check_writable(kind)
        self.check_holds(targets)
        self.check_limits(kind, targets)
        self.check_dependents(targets)

    def check_writable(self, kind: str) -> None:
        if self.writable[kind] is not True:
            raise Refusal("read_only")

    def check_holds(self, targets: list[Row]) -> None:
        if any(self.is_held(row) for row in targets):
            raise Refusal("on_hold")

    def is_held(self, row: Row) -> bool:
        return not self.holds().isdisjoint(self.levels(row))

    def levels(self, row: Row) -> set[tuple[str, Any]]:
        """Where a hold on this row may stand: on itself, or on what it belongs to."""
        return {("organization", row.organization), ("project", row.project), ("resource", row.key)}

    def holds(self) -> set[tuple[str, Any]]:
        if self.fault == "holds-unknown":
            raise Down(self.fault)
        return self.held

    def check_limits(self, kind: str, targets: list[Row]) -> None:
        fleet = len(self.inventory(kind))
        if len(targets) > self.count_max or len(targets) * 100 > self.percent_max * fleet:
            raise Refusal("over_limit")

    def check_dependents(self, targets: list[Row]) -> None:
        if self.dependents(targets):
            raise Refusal("in_use")

    def dependents(self, targets: list[Row]) -> list[Row]:
        """What still lives and stands on a target, without being one itself."""
        stands = [dependent for dependent, on in self.stands_on if on in targets and dependent not in targets]
        return [dependent for dependent in stands if dependent in self.rows]

    # --- the effect ---------------------------------------------------------------------------------------------------

    def destroy(self, targets: list[Row]) -> Reply:
        receipt = {row.key: "refused" for row in targets}
        for row in targets:
            self.record("intent", row)
            try:
                self.erase(row, is_last=row is targets[-1])
            except Down:
                receipt[row.key] = "in doubt"
                return self.stopped(receipt)
            self.record("effect", row)
            receipt[row.key] = "done"
        return accepted({"destroyed": [row.id for row in targets]}, receipt=receipt)

    def stopped(self, receipt: dict[tuple[str, str], str]) -> Reply:
        return interrupted("unavailable", receipt=receipt)

    def erase(self, row: Row, *, is_last: bool) -> None:
        """Remove one row; whatever stood on it falls. The faults strike at the last of a call's rows."""
        if is_last and self.fault == "write-fails":
            raise Down(self.fault)
        self.rows = [other for other in self.rows if other is not row]
        for dependent, on in self.stands_on:
            if on is row:
                dependent.state = "fallen"
        if is_last and self.fault == "answer-is-lost":
            raise Down(self.fault)

    def record(self, phase: str, row: Row) -> None:
        if self.fault == "audit-fails":
            raise Down(self.fault)
        self.trail.append(AuditEntry(phase, row.key))

    # --- circumstances, set underneath the API ------------------------------------------------------------------------

    def hold(self, level: str, native: Any, on: bool) -> None:
        (self.held.add if on else self.held.discard)((level, native))

    def read_only(self, kind: str, state: bool | None) -> None:
        self.writable[kind] = None if state is None else not state

    def limit(self, count: int, percent: int) -> None:
        self.count_max, self.percent_max = count, percent

    def depend(self, dependent: Any, on: Any) -> None:
        rows = {row.key: row for row in self.rows}
        if dependent in rows and on in rows:
            self.stands_on.append((rows[dependent], rows[on]))

    def inject(self, fault: str) -> None:
        self.fault = fault

    def audit(self) -> Sequence[AuditEntry]:
        return tuple(self.trail)


def _is_id(value: Any) -> bool:
    return type(value) is str and value.strip() != ""


def _no_number(word: str) -> Any:
    raise ValueError(word)
