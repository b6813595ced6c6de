"""Twins: the same call once more without the organizations that have nothing to do with it."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from guards.testing.exchange import Exchange
from guards.testing.replay import Session
from guards.testing.service import OPERATOR, TENANT, Effect, Field, FieldKind, Natives, Operation, Outcome, Reply, flag
from guards.testing.steps import Step, ref
from guards.testing.twins import Translation, run_with_twin
from guards.testing.world import World, make_world
from tests.kit.calls import broken_by, world_of
from tests.kit.store import DELETE, Refusal, Store
from tests.planted.depot import Depot


class Remembering(Store):
    """Remembers each world that it was populated with."""

    def __init__(self) -> None:
        self.worlds: list[World] = []

    def populate(self, world: World) -> Natives:
        self.worlds.append(world)
        return super().populate(world)


class Counting(Store):
    """Gives numbers to each kind of thing anew."""

    def organization_id(self, n: int, organization: Any) -> Any:
        return n + 1

    def project_id(self, n: int, project: Any) -> Any:
        return n + 1

    def volume_id(self, n: int, volume: Any) -> Any:
        return n + 1


class Switched(Store):
    """One switch keeps everybody from deleting; operators turn it, and tenants too."""

    operations = (
        DELETE,
        Operation("freeze", OPERATOR, {"on": flag()}, effect=Effect.READ_ONLY, kind="volume"),
        Operation("stop", TENANT, {"on": flag()}, effect=Effect.READ_ONLY, kind="volume"),
    )

    def populate(self, world: World) -> Natives:
        self.frozen = False
        return super().populate(world)

    def check(self, field: Field, value: Any) -> None:
        if field.kind is not FieldKind.FLAG:
            super().check(field, value)

    def freeze(self, me: Any, on: bool) -> None:
        self.frozen = on

    def stop(self, me: Any, on: bool) -> None:
        self.frozen = on

    def delete(self, me: Any, volume_id: Any) -> Reply | None:
        if self.frozen:
            raise Refusal("read_only")
        return super().delete(me, volume_id)


def last(service: Store, *steps: Step) -> Exchange:
    return run_with_twin(service, world_of(), steps)[-1]


@pytest.mark.parametrize(
    ("step", "left"),
    [
        (Step("delete", {"volume_id": ref("volume#1")}, "tenant#0"), {"org#0"}),
        (Step("delete", {"volume_id": ref("volume#0")}, "tenant#1"), {"org#1"}),
        (Step("delete", {"volume_id": ref("volume#1")}, "tenant#0", ("caller:other-tenant",)), {"org#0", "org#1"}),
        (Step("purge", {"organization_id": ref("org#0")}, "operator#0"), {"org#0"}),
        (
            Step("purge", {"organization_id": ref("org#0")}, "operator#0", ("organization_id:foreign",)),
            {"org#0", "org#1"},
        ),
        # A stranger's id in a tenant's call: without that stranger it is an id of nobody's.
        (Step("delete", {"volume_id": ref("volume#1")}, "tenant#0", ("volume_id:foreign",)), {"org#0"}),
    ],
)
def test_who_has_nothing_to_do_with_a_call_is_left_out(step: Step, left: set[str]) -> None:
    service = Remembering()
    x = last(service, step)
    assert {o.ref for o in service.worlds[-1].organizations} == left
    assert x.twin is not None


def test_the_calls_of_those_who_are_left_out_are_left_out_too() -> None:
    theirs, ours = (
        Step("delete", {"volume_id": ref("volume#0")}, "tenant#1"),
        Step("delete", {"volume_id": ref("volume#1")}, "tenant#0"),
    )
    first, second = run_with_twin(Store(), world_of(), [theirs, ours])
    assert first.twin is None
    assert second.twin is not None


def test_where_limits_are_a_share_of_what_everybody_owns_there_is_no_twin() -> None:
    limit = Step("@limit", {"count": 9, "percent": 50})
    steps = [limit, Step("delete", {"volume_id": ref("volume#1")}, "tenant#0")]
    assert run_with_twin(Depot(), world_of("snapshot", "volume"), steps)[-1].twin is None


@pytest.mark.parametrize(
    "step",
    [
        Step("purge", {"organization_id": ref("org#0"), "project_id": ref("project#1")}, "operator#0"),
        Step("purge", {"organization_id": ref("org#1"), "volume_ids": [ref("volume#0")]}, "operator#0"),
        Step("delete", {"volume_id": ref("volume#0")}, "tenant#1"),
        *(
            Step("delete", {"volume_id": ref("volume#0")}, "tenant#1", (f"volume_id:{craft}",))
            for craft in ("foreign", "wrong-kind", "foreign-wrong-kind", "own-and-foreign", "unknown")
        ),
    ],
)
def test_numbers_that_are_given_anew_make_no_difference(step: Step) -> None:
    x = last(Counting(), step)
    assert x.twin is not None
    assert x.twin.outcome is x.outcome
    assert broken_by(x) == set()


def test_a_number_is_translated_by_the_kind_of_thing_it_names() -> None:
    world = world_of()
    large, small = Session(Counting(), world), Session(Counting(), world.without({"org#0", "org#2"}))
    translation = Translation(large, small)
    assert translation.of(2, "organization") == 1
    assert translation.of(3, "project") == 1  # project#2, the first of org#1
    assert translation.of([1, {"id": 1}], "volume") == [1, {"id": 1}]  # volume#0 comes first in both
    assert translation.of("text", "") == "text"


def test_what_named_nothing_of_its_kind_names_nothing_in_the_smaller_world() -> None:
    world = world_of()
    large, small = Session(Counting(), world), Session(Counting(), world.without({"org#0", "org#2"}))
    foreign = Translation(large, small).of(1, "organization")
    assert foreign not in small.natives.values()


def test_an_answer_that_depends_on_a_stranger_is_interference_where_replies_are_compared() -> None:
    class Telling(Store):
        """Tells a foreign id from an unknown one."""

        comparable_replies = True

        def own(self, me: Any, id: Any) -> Any:
            if ("volume", id) in self.rows and self.rows["volume", id].owner != me:
                raise Refusal("forbidden")
            return super().own(me, id)

    step = Step("delete", {"volume_id": ref("volume#1")}, "tenant#0", ("volume_id:foreign",))
    x = last(Telling(), step)
    assert x.outcome is Outcome.REFUSED
    assert broken_by(x) == {"noninterference"}
    assert broken_by(last(Store(), step)) == set()


def test_an_effect_that_depends_on_a_stranger_is_interference() -> None:
    class Shared(Store):
        """Deletes by the beginning of an id, and so does nothing where two begin alike."""

        def own(self, me: Any, id: Any) -> Any:
            if sum(str(other).startswith(str(id)) for _, other in self.rows) > 1:
                raise Refusal("ambiguous")
            return super().own(me, id)

    step = Step("delete", {"volume_id": ref("volume#1")}, "tenant#0")
    (x,) = run_with_twin(Shared(), world_of(style="prefix"), [step])
    assert "noninterference" in broken_by(x)
    assert "noninterference" not in broken_by(last(Shared(), step))


def test_a_spelling_that_is_tolerated_is_made_anew_where_ids_are_given_anew() -> None:
    class Careless(Store):
        """Makes an id anew for each world, and takes it in any case."""

        def volume_id(self, n: int, volume: Any) -> Any:
            return uuid.uuid4().hex

        def own(self, me: Any, id: Any) -> Any:
            return super().own(me, id.lower() if isinstance(id, str) else id)

    x = last(Careless(), Step("delete", {"volume_id": ref("volume#1")}, "tenant#0", ("volume_id:upper-case",)))
    assert x.changes
    assert "noninterference" not in broken_by(x)


def test_a_fault_leaves_the_smaller_world_together_with_the_call_that_it_struck() -> None:
    world = make_world(("volume", "snapshot"), ("tenant", "operator"), seed=3)
    steps = (
        Step("@fault", {"fault": "write-fails"}),
        Step("@read_only", {"kind": "snapshot", "state": True}),
        Step("delete", {"volume_id": ref("volume#7")}, "tenant#2"),
        Step("delete", {"volume_id": ref("volume#1")}, "tenant#0"),
    )
    *_, last = run_with_twin(Depot(), world, steps)
    assert last.twin is not None
    assert last.outcome == last.twin.outcome == "accepted"


@pytest.mark.parametrize("craft", ["other-tenant", "last-tenant", "wrong-role", "nobody"])
def test_a_strangers_attempt_at_a_switch_leaves_the_smaller_world_with_the_stranger(craft: str) -> None:
    attempt = Step("freeze", {"on": True}, "operator#0", (f"caller:{craft}",))
    x = last(Switched(), attempt, Step("delete", {"volume_id": ref("volume#0")}, "tenant#1"))
    assert x.twin is not None
    assert x.outcome is x.twin.outcome is Outcome.ACCEPTED


@pytest.mark.parametrize(("switch", "caller"), [("freeze", "operator#0"), ("stop", "tenant#2")])
def test_a_switch_that_was_turned_stays_turned_whoever_turned_it(switch: str, caller: str) -> None:
    turned = Step(switch, {"on": True}, caller)
    x = last(Switched(), turned, Step("delete", {"volume_id": ref("volume#1")}, "tenant#0"))
    assert x.twin is not None
    assert x.reply.code == x.twin.reply.code == "read_only"
