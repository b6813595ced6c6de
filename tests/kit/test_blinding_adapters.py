"""Adapters that would blind the judge without wishing to: each is heard all the same, or told what to mend. A service
that is sound behind such an adapter is not accused.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from guards.results import Verdict
from guards.testing import AuditEntry, Natives, Reply, Seen, World, not_tried, run
from guards.testing.declarations import AdapterError
from guards.testing.replay import Session
from guards.testing.service import interrupted
from guards.testing.steps import Step, ref
from tests.kit.calls import broken_by, exercised_by, plays, world_of
from tests.kit.store import CREATE, DELETE, RESIZE, Refusal, Store

OWN, THEIRS = ref("volume#1"), ref("volume#5")


def delete(volume: Mapping[str, str], *crafts: str) -> Step:
    return Step("delete", {"volume_id": volume}, "tenant#0", crafts)


def verdicts(make: Callable[[], Any]) -> dict[str, Verdict]:
    return dict(run(make, seed=1, rounds=1, examples=5).verdicts())


def told(make: Callable[[], Any]) -> str:
    with pytest.raises(AdapterError) as mistake:
        run(make, seed=1, rounds=1, examples=5)
    return str(mistake.value)


# --- a call that was "not tried" --------------------------------------------------------------------------------------


class TimedOut(Store):
    """Deletes anybody's volume, and the adapter says of a stranger's that the client gave up."""

    operations = (DELETE,)

    def own(self, me: Any, id: Any) -> Any:
        return super().own(None, id)

    def delete(self, me: Any, volume_id: Any) -> Reply | None:
        is_mine = self.rows[self.own(me, volume_id)].owner == me
        super().delete(me, volume_id)
        return None if is_mine else not_tried("read timed out")


def test_what_is_said_not_to_have_been_tried_and_has_an_effect_is_judged_by_it() -> None:
    (x,) = plays(TimedOut(), delete(THEIRS))
    assert {"isolation", "malformed-refused", "refusal-inert"} <= broken_by(x)
    assert verdicts(TimedOut)["isolation"] is Verdict.BROKEN


def test_what_was_not_tried_and_has_no_effect_shows_nothing() -> None:
    class CannotSend(Store):
        def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Reply:
            return not_tried()

    (x,) = plays(CannotSend(), delete(THEIRS))
    assert exercised_by(x) == set()


# --- methods that raise -----------------------------------------------------------------------------------------------


class Limited(Store):
    """Knows no limit, and its adapter no tier for zero."""

    def limit(self, count: int, percent: int) -> None:
        next(tier for tier in (10_000, 100, 10, 1) if tier <= count)


class Unobserved(Store):
    looks = 0

    def observe(self) -> Mapping[Any, Seen]:
        self.looks += 1
        return super().observe() if self.looks < 9 else next(iter(()))


class Unpopulated(Store):
    def populate(self, world: World) -> Natives:
        raise SystemExit(0)


class Unaudited(Store):
    def audit(self) -> Sequence[AuditEntry]:
        raise ValueError("no such table")


class Unheld(Store):
    def hold(self, level: str, native: Any, on: bool) -> None:
        next(iter(()))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (Limited, "`limit` of the adapter raised StopIteration, in "),
        (Unobserved, "`observe` of the adapter raised StopIteration, in "),
        (Unpopulated, "`populate` of the adapter raised SystemExit: 0, in "),
        (Unaudited, "`audit` of the adapter raised ValueError: no such table, in "),
        (Unheld, "`hold` of the adapter raised StopIteration, in "),
    ],
)
def test_a_method_that_raises_is_told_by_its_name_and_no_case_ends_in_silence(make: type[Store], words: str) -> None:
    assert words in told(make)


# --- what is observed -------------------------------------------------------------------------------------------------


class LiveRows(Store):
    """Refuses to resize twice, and does it; the state of what was made since the beginning is a dict in use."""

    operations = (CREATE, RESIZE)

    def populate(self, world: World) -> Natives:
        natives = super().populate(world)
        self.states: dict[Any, dict[str, int]] = {}
        return natives

    def made(self, owner: Any, project_id: Any) -> Reply:
        reply = super().made(owner, project_id)
        self.states["volume", reply.body["id"]] = {"size": 1}
        return reply

    def resize(self, me: Any, volume_id: Any, size: Any) -> None:
        key = self.own(me, volume_id)
        if key in self.states:
            self.states[key]["size"] += 1
            raise Refusal("busy")
        super().resize(me, volume_id, size)

    def observe(self) -> Mapping[Any, Seen]:
        return {k: row._replace(state=self.states.get(k, row.state)) for k, row in super().observe().items()}


def test_the_state_of_what_is_made_later_may_be_a_dict_in_use() -> None:
    made = Step("create", {"project_id": ref("project#1"), "name": "x"}, "tenant#0", let="made")
    resized = Step("resize", {"volume_id": {"$from": "made", "field": "id"}, "size": 3}, "tenant#0")
    *_, x = plays(LiveRows(), made, resized)
    assert "refusal-inert" in broken_by(x)


class Row:
    """As an ORM makes it: equal to itself alone."""


class Rows(Store):
    def observe(self) -> Mapping[Any, Seen]:
        return {key: row._replace(state=Row()) for key, row in super().observe().items()}


class Missing(Store):
    def observe(self) -> Mapping[Any, Seen]:
        return {key: row._replace(state=float("nan")) for key, row in super().observe().items()}


class Locked(Store):
    def observe(self) -> Mapping[Any, Seen]:
        return {key: row._replace(state={"lock": threading.Lock()}) for key, row in super().observe().items()}


class Ticking(Store):
    looks = 0

    def observe(self) -> Mapping[Any, Seen]:
        self.looks += 1
        return {key: row._replace(state=self.looks) for key, row in super().observe().items()}


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (Rows, "does not even equal a copy of itself: show what can be compared instead"),
        (Missing, "does not even equal a copy of itself: show what can be compared instead"),
        (Locked, "cannot be copied (TypeError: cannot pickle '_thread.lock' object): show what"),
        (Ticking, "in another way each time, with no call between: leave out what changes by itself"),
    ],
)
def test_what_cannot_be_compared_is_told_with_the_object_and_what_to_show_instead(
    make: type[Store], words: str
) -> None:
    with pytest.raises(AdapterError) as mistake:
        Session(make(), world_of())
    assert any(f"('volume', '{resource.id}')" in str(mistake.value) for resource in world_of().resources)
    assert words in str(mistake.value)


class Orphaning(Store):
    """Clears the owner of what it deletes, and goes on listing it."""

    operations = (DELETE,)

    def populate(self, world: World) -> Natives:
        self.gone: set[Any] = set()
        return super().populate(world)

    def drop(self, keys: Any) -> None:
        self.gone.update(keys)
        super().drop(list(keys))

    def observe(self) -> Mapping[Any, Seen]:
        return dict(super().observe()) | {key: Seen(None, "deleted", gone=True) for key in self.gone}


class OrphaningAnybodys(Orphaning):
    def own(self, me: Any, id: Any) -> Any:
        return super().own(None, id)


def test_what_is_gone_and_has_no_owner_any_more_was_its_last_owners() -> None:
    assert Verdict.BROKEN not in verdicts(Orphaning).values()
    assert verdicts(OrphaningAnybodys)["isolation"] is Verdict.BROKEN


class Refilling(Store):
    """Hands back a dict of its own, and fills it anew with every world."""

    def __init__(self) -> None:
        self.ids: dict[str, Any] = {}

    def populate(self, world: World) -> Natives:
        natives = super().populate(world)
        self.ids.clear()
        self.ids.update(natives.ids)
        return Natives(self.ids, natives.objects)


def test_a_dict_of_ids_may_be_filled_anew_for_the_next_world() -> None:
    assert Verdict.BROKEN not in verdicts(Refilling).values()
    service = Refilling()
    session = Session(service, world_of())
    Session(service, world_of().without({"org#2"}))
    assert session.natives.keys() == set(world_of().refs())


# --- answers of another kind ------------------------------------------------------------------------------------------


class Unread(Exception):
    @property
    def code(self) -> str:
        raise ValueError("not yet")


class Unreadable(Store):
    refusals = (Unread,)  # type: ignore[assignment]

    def own(self, me: Any, id: Any) -> Any:
        try:
            return super().own(me, id)
        except Refusal:
            raise Unread from None


def answering(**attributes: Any) -> type[Store]:
    return type("Answering", (Store,), attributes)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (answering(populate=lambda _self, _world: None), "mapping of refs to ids, or Natives, not None"),
        (
            answering(refusals=Refusal),
            "a tuple of exception types, such as (NotFound,), not the type `Refusal` alone",
        ),
        (answering(refusals=("not_found",)), "a tuple of exception types, such as (NotFound,), not 'not_found'"),
        (answering(audit=lambda _self: iter(())), "a sequence of AuditEntry(phase, object), not a value of type"),
        (answering(audit=lambda _self: [("intent", 1)]), "AuditEntry(phase, object), and has a value of type tuple"),
        (answering(delete=lambda *_, **__: interrupted(receipt=["x"])), "a receipt must be a mapping"),  # type: ignore[arg-type]
        (Unreadable, "`code` of the refusal `Unread` of the adapter raised ValueError: not yet"),
    ],
    ids=["populate", "refusal", "refusals", "audit", "entries", "receipt", "code"],
)
def test_an_answer_of_another_kind_is_told_with_what_was_expected_and_what_was_seen(
    make: type[Store], words: str
) -> None:
    assert words in told(make)
