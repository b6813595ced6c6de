"""Correct services that differ in what they make of ids, moves, parts and answers: the kit must not cry wolf."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from guards.results import Verdict
from guards.testing import OPERATOR, TENANT, Operation, Reply, project, refused, resource, run
from guards.testing.bodies import read_body
from guards.testing.service import Natives
from guards.testing.world import World
from tests.kit.store import CREATE, DELETE, GIVE, LIST, MOVE, PURGE, RESIZE, WIPE, Refusal, Store, Volume


class Numbers(Store):
    """Counts organizations, projects and volumes, each from one on."""

    def organization_id(self, n: int, organization: Any) -> Any:
        return n + 1

    project_id = volume_id = organization_id


class Tuples(Store):
    """Shows neither kind nor project, but that a volume has moved."""

    operations = (DELETE, MOVE)

    def observe(self) -> Any:
        return {key: (row.owner, f"{row.state} in {row.project}") for key, row in self.rows.items()}


class SilentTuples(Tuples):
    """Does not show that either."""

    def observe(self) -> Any:
        return {key: (row.owner, row.state) for key, row in self.rows.items()}


class AllMine(Store):
    """One operation has no fields at all."""

    operations = (DELETE, Operation("delete_all", TENANT, {}, kind="volume"))

    def delete_all(self, me: Any) -> None:
        self.drop([key for key, row in self.rows.items() if row.owner == me])


class ForBoth(Store):
    """One operation for tenants and operators."""

    operations = (
        Operation("purge", (TENANT, OPERATOR), PURGE.fields),
        Operation("delete", (TENANT, OPERATOR), DELETE.fields),
    )

    def purge(self, me: Any, organization_id: Any, project_id: Any = None, volume_ids: Any = None) -> None:
        if me not in (None, organization_id):
            raise Refusal("not_found")
        super().purge(me, organization_id, project_id, volume_ids)


class ById(Store):
    """Operators name a volume, which may have changed hands, or a project, and nobody's organization."""

    operations = (
        GIVE,
        Operation("wipe", OPERATOR, {"volume_id": resource("volume")}),
        Operation("clear", OPERATOR, {"project_id": project()}, kind="volume"),
    )

    def wipe(self, me: Any, volume_id: Any) -> None:
        self.drop([self.own(None, volume_id)])

    def clear(self, me: Any, project_id: Any) -> None:
        if project_id not in self.homes:
            raise Refusal("not_found")
        home = (self.homes[project_id], project_id)
        self.drop([key for key, row in self.rows.items() if (row.owner, row.project) == home])


class Soft(Store):
    """Keeps what it deleted, and refuses to delete it again."""

    def drop(self, keys: Iterable[Any]) -> None:
        for key in list(keys):
            self.rows[key].state = "deleted"

    def own(self, me: Any, id: Any) -> Any:
        key = super().own(me, id)
        if self.rows[key].state == "deleted":
            raise Refusal("gone")
        return key


class Makes(Store):
    """Makes volumes whose names are new, moves them, and lists them in pages."""

    operations = (CREATE, DELETE, MOVE, LIST)
    comparable_replies = True

    def made(self, owner: Any, project_id: Any) -> Reply:
        reply = super().made(owner, project_id)
        self.rows[("backend", reply.body["id"])] = Volume(
            owner, project_id, kind="backend", parent=("volume", reply.body["id"])
        )
        return reply

    def drop(self, keys: Iterable[Any]) -> None:
        fallen = set(keys)
        super().drop([key for key, row in self.rows.items() if key in fallen or row.parent in fallen])


class MovesAround(Store):
    """Moves within a tenant, gifts between two, and a change that is neither."""

    operations = (MOVE, GIVE, RESIZE, WIPE)


class WithParts(Store):
    """Volumes have parts that fall with them."""

    def populate(self, world: World) -> Natives:
        natives = super().populate(world)
        for (_, id), row in list(self.rows.items()):
            self.rows["backend", id] = Volume(row.owner, row.project, kind="backend", parent=("volume", id))
        return natives

    def drop(self, keys: Iterable[Any]) -> None:
        fallen = {key for key in keys if key[0] == "volume"}
        super().drop([key for key, row in self.rows.items() if key in fallen or row.parent in fallen])


class Overlooking(Store):
    """Overlooks fields that it does not know, and says so."""

    operations = (Operation("delete", TENANT, DELETE.fields, tolerates=frozenset({"extra field"})),)

    def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Reply:
        return super().call(caller, operation, {k: v for k, v in fields.items() if k == "volume_id"})


class Lenient(Store):
    """Takes one id for a list of one, and an id twice for once, and says so."""

    operations = (Operation("wipe", TENANT, WIPE.fields, tolerates=frozenset({"scalar", "volume_ids:repeated"})),)

    def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Reply:
        ids = fields.get("volume_ids")
        if type(ids) is str:
            fields = {**fields, "volume_ids": [ids]}
        elif type(ids) is list and all(type(id) is str for id in ids):
            fields = {**fields, "volume_ids": list(dict.fromkeys(ids))}
        return super().call(caller, operation, fields)


class Patient(Store):
    """Reads raw bodies strictly, however long they are."""

    operations = (DELETE,)

    def send(self, caller: Any, operation: str, body: bytes) -> Reply:
        fields = read_body(body.replace(b" " * 1_000, b""))
        return refused("malformed_body") if fields is None else self.call(caller, operation, dict(fields))


SERVICES = (Patient, Numbers, Tuples, AllMine, ForBoth, ById, Soft, Makes, MovesAround, WithParts, Overlooking, Lenient)


@pytest.mark.parametrize("make", SERVICES, ids=lambda make: make.__name__)
def test_a_correct_service_never_alarms(make: type[Store]) -> None:
    result = run(make, seed=1, rounds=1, examples=3)
    not_held = {
        found.name: found.why for found in result.properties if found.verdict not in (Verdict.HELD, Verdict.UNSUPPORTED)
    }
    assert not_held == {}
    assert result.tally.failed == 0


def test_an_operation_that_is_never_seen_to_work_is_vacuous_however_well_the_others_do() -> None:
    result = run(SilentTuples, seed=1, rounds=1, examples=3)
    found = {found.name: found for found in result.properties if found.verdict is Verdict.VACUOUS}
    assert found.keys() == {"useful", "malformed-refused"}
    assert "`observe` told no difference after any valid call of `move` by tenant" in found["useful"].why
    assert "request:all-null" in found["malformed-refused"].why
