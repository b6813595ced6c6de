"""Calls that need another one before them: what is restored must be gone first, what confirms must have been prepared.
Correct services of either kind are not accused; a stranger's bin and a stranger's token are tried.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from guards.results import Verdict
from guards.testing import (
    TENANT,
    Effect,
    Natives,
    Operation,
    Reply,
    World,
    accepted,
    project,
    resource,
    resources,
    run,
    token,
)
from guards.testing.steps import Step, ref
from tests.kit.calls import broken_by, plays
from tests.kit.store import DELETE, Refusal, Store

RESTORE = Operation("restore", TENANT, {"volume_id": resource("volume")}, effect=Effect.RESTORE)
PREPARE = Operation("prepare", TENANT, {"volume_ids": resources("volume")}, effect=Effect.READ)
CONFIRM = Operation("confirm", TENANT, {"token": token("prepare", "token", required=True)}, kind="volume")


class Bin(Store):
    """What is deleted is listed as gone until its owner restores it, or deletes it once more."""

    operations = (DELETE, RESTORE)

    def delete(self, me: Any, volume_id: Any) -> Reply | None:
        row = self.rows[self.own(me, volume_id)]
        if row.state == "deleted":
            self.drop([("volume", volume_id)])
        row.state = "deleted"
        return None

    def restore(self, me: Any, volume_id: Any) -> None:
        row = self.rows[self.whose(me, volume_id)]
        if row.state != "deleted":
            raise Refusal("not_deleted")
        row.state = "live"

    def whose(self, me: Any, volume_id: Any) -> Any:
        return self.own(me, volume_id)


class AnybodysBin(Bin):
    def whose(self, me: Any, volume_id: Any) -> Any:
        key = self.own(None, volume_id)
        return key if self.rows[key].state == "deleted" else self.own(me, volume_id)


class BinThatOverflows(Bin):
    """Restores all that its caller has in the bin."""

    def restore(self, me: Any, volume_id: Any) -> None:
        super().restore(me, volume_id)
        for row in self.rows.values():
            row.state = "live" if row.owner == me else row.state


class SealedBin(Bin):
    def restore(self, me: Any, volume_id: Any) -> None:
        raise Refusal("never")


class FirstOfTheBin(Bin):
    """Restores a list, and looks at the owner of its first element alone."""

    operations = (
        DELETE,
        Operation("restore_all", TENANT, {"volume_ids": resources("volume")}, effect=Effect.RESTORE),
    )

    def restore_all(self, me: Any, volume_ids: list[Any]) -> None:
        self.own(me, volume_ids[0])
        rows = [self.rows[self.own(None, id)] for id in volume_ids]
        if any(row.state != "deleted" for row in rows):
            raise Refusal("not_deleted")
        for row in rows:
            row.state = "live"


class ByChange(Bin):
    """Declares what it restores as a change, and refuses it for what is there."""

    operations = (
        DELETE,
        Operation("restore", TENANT, RESTORE.fields, effect=Effect.CHANGE, may_refuse=("not_deleted",)),
    )


class Attic(Bin):
    """What is deleted is out of sight until its owner restores it."""

    def observe(self) -> Mapping[Any, Any]:
        return {key: row for key, row in super().observe().items() if self.rows[key].state != "deleted"}


class AnybodysAttic(Attic):
    """Whoever restores what somebody deleted has it from then on."""

    def whose(self, me: Any, volume_id: Any) -> Any:
        key = self.own(None, volume_id)
        if self.rows[key].state != "deleted" or me is None:
            return self.own(me, volume_id)
        self.rows[key].owner = me
        return key


class TwoSteps(Store):
    """What is to be deleted is prepared first, and confirmed by a token that works once."""

    operations = (DELETE, PREPARE, CONFIRM)

    def populate(self, world: World) -> Natives:
        self.prepared: dict[str, tuple[Any, list[Any]]] = {}
        return super().populate(world)

    def prepare(self, me: Any, volume_ids: list[Any]) -> Reply:
        keys = [self.own(me, id) for id in volume_ids]
        name = f"token {len(self.prepared)}"
        self.prepared[name] = (me, keys)
        return accepted({"token": name})

    def confirm(self, me: Any, token: str) -> None:
        owner, keys = self.prepared.get(token, (None, []))
        if not keys or not self.may(me, owner) or any(key not in self.rows for key in keys):
            raise Refusal("not_found")
        del self.prepared[token]
        self.drop(keys)

    def may(self, me: Any, owner: Any) -> bool:
        return bool(me == owner)


class AnybodysToken(TwoSteps):
    def may(self, me: Any, owner: Any) -> bool:
        return me is not None


class EmptiedInTwoSteps(Store):
    """A project is emptied by its name and a token that was given for it."""

    operations = (
        DELETE,
        Operation("ask", TENANT, {"project_id": project()}, effect=Effect.READ, kind="volume"),
        Operation(
            "empty", TENANT, {"project_id": project(), "token": token("ask", "token", required=True)}, kind="volume"
        ),
    )

    def populate(self, world: World) -> Natives:
        self.given: dict[str, tuple[Any, Any]] = {}
        return super().populate(world)

    def ask(self, me: Any, project_id: Any) -> Reply:
        if self.homes.get(project_id) != me:
            raise Refusal("not_found")
        name = f"token {len(self.given)}"
        self.given[name] = (me, project_id)
        return accepted({"token": name})

    def empty(self, me: Any, project_id: Any, token: str) -> None:
        keys = [key for key, row in self.rows.items() if row.owner == me and self.is_in(row.project, project_id)]
        if self.given.get(token) != (me, project_id) or not keys:
            raise Refusal("not_found")
        del self.given[token]
        self.drop(keys)

    def is_in(self, home: Any, project_id: Any) -> bool:
        return bool(home == project_id)


class EmptiesThemAll(EmptiedInTwoSteps):
    def is_in(self, home: Any, project_id: Any) -> bool:
        return True


def verdicts(make: Callable[[], Any], seed: int = 1) -> Mapping[str, Verdict]:
    return dict(run(make, seed=seed, rounds=1, examples=10).verdicts())


@pytest.mark.parametrize("make", [Bin, ByChange, Attic, TwoSteps, EmptiedInTwoSteps])
def test_what_needs_a_call_before_it_is_not_accused(make: type[Store]) -> None:
    assert set(verdicts(make).values()) == {Verdict.HELD, Verdict.UNSUPPORTED}


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    ("make", "property"),
    [
        (AnybodysBin, "isolation"),
        (FirstOfTheBin, "isolation"),
        (BinThatOverflows, "exact-effects"),
        (SealedBin, "useful"),
        (AnybodysAttic, "isolation"),
        (AnybodysToken, "isolation"),
        (EmptiesThemAll, "exact-effects"),
    ],
)
def test_what_is_wrong_with_the_second_call_is_seen(make: type[Store], property: str, seed: int) -> None:
    assert verdicts(make, seed)[property] is Verdict.BROKEN


def test_what_is_named_and_gone_may_be_purged_and_comes_back_by_a_restoration_alone() -> None:
    class Reviving(Bin):
        def delete(self, me: Any, volume_id: Any) -> Reply | None:
            row = self.rows[self.own(me, volume_id)]
            row.state = "live" if row.state == "deleted" else "deleted"
            return None

    twice = [Step("delete", {"volume_id": ref("volume#1")}, "tenant#0")] * 2
    assert broken_by(plays(Bin(), *twice)[1]) == set()
    assert broken_by(plays(Reviving(), *twice)[1]) == {"exact-effects"}


def test_a_token_that_was_never_handed_out_confirms_nothing() -> None:
    class Trusting(TwoSteps):
        def confirm(self, me: Any, token: str) -> None:
            self.drop([key for key, row in self.rows.items() if row.owner == me][:1])

    (x,) = plays(Trusting(), Step("confirm", {"token": "token 7"}, "tenant#0"))
    assert "malformed-refused" in broken_by(x)
