"""The state machine: what it draws, that a seed draws it again, and that it raises nothing by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from guards.testing.calls import forms, valid_call
from guards.testing.exchange import Exchange
from guards.testing.machine import PICKS, grounds_of, make_machine, pick_aim, run_machine
from guards.testing.reading import Duty
from guards.testing.replay import Session, run_steps
from guards.testing.service import Outcome, Service
from guards.testing.steps import Step
from guards.testing.world import STYLES, World, make_world
from tests.kit.calls import world_of
from tests.kit.store import CREATE, DELETE, GIVE, MOVE, PURGE, RESIZE, WIPE, Store
from tests.planted.depot import Depot


class Busy(Store):
    operations = (DELETE, WIPE, PURGE, CREATE, MOVE, GIVE, RESIZE)


def draw(
    service: Service, world: World, *, seed: int = 1, examples: int = 25
) -> tuple[list[Exchange], list[list[Step]]]:
    """Every call, and every finished sequence."""
    calls: list[Exchange] = []
    sequences: list[list[Step]] = []

    def watch(_world: World, _steps: Sequence[Step], x: Exchange) -> None:
        calls.append(x)

    machine = make_machine(service, [world], watch, lambda _world, steps: sequences.append(list(steps)))
    run_machine(machine, number=seed, examples=examples, steps=20)
    return calls, sequences


CALLS, SEQUENCES = draw(Busy(), world_of())
VALID = [x for x in CALLS if not x.step.crafts]


def test_no_sequence_is_longer_than_asked_for() -> None:
    assert max(map(len, SEQUENCES)) <= 20
    assert len(SEQUENCES) >= 20


def test_the_same_seed_draws_the_same_sequences_and_another_seed_others() -> None:
    assert draw(Busy(), world_of())[1] == SEQUENCES
    assert draw(Busy(), world_of(), seed=2)[1] != SEQUENCES


def test_many_valid_calls_are_accepted_although_things_get_fewer() -> None:
    accepted = sum(x.outcome is Outcome.ACCEPTED for x in VALID)
    assert accepted > 0.4 * len(VALID)


def test_what_nothing_stands_against_is_accepted() -> None:
    assert {x.outcome for x in VALID if x.reading.duty is Duty.MUST} == {Outcome.ACCEPTED}


def test_every_operation_is_called_with_crafts_and_without() -> None:
    drawn = Counter((x.step.do, bool(x.step.crafts)) for x in CALLS)
    assert drawn.keys() == {(operation.name, crafted) for operation in Busy.operations for crafted in (True, False)}


def test_sequences_go_on_about_the_same_things() -> None:
    pairs = [(a, b) for steps in SEQUENCES for a, b in pairwise(steps)]
    again = sum(_things(a) & _things(b) != set() for a, b in pairs)
    assert again > 0.2 * len(pairs)


def _things(step: Step) -> set[str]:
    return {repr(value) for value in step.fields.values()}


def test_a_service_that_breaks_everything_raises_nothing_here() -> None:
    class Broken(Store):
        def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Any:
            self.rows.clear()
            raise ZeroDivisionError

    calls, _ = draw(Broken(), world_of(), examples=3)
    assert {x.outcome for x in calls} <= {Outcome.FAILED, Outcome.NOT_TRIED}


def test_circumstances_are_drawn_where_the_service_has_them() -> None:
    _, sequences = draw(Depot(), world_of("snapshot", "volume"))
    assert {step.do for steps in sequences for step in steps} >= {"@hold", "@read_only", "@depend", "delete", "purge"}
    assert not any(step.do.startswith("@") for steps in SEQUENCES for step in steps)


def test_a_sequence_replays_as_it_ran() -> None:
    calls, sequences = draw(Busy(), world_of(), examples=5)
    replayed = [x for steps in sequences for x in run_steps(Busy(), world_of(), steps)]
    assert [(x.outcome, x.changes) for x in replayed] == [(x.outcome, x.changes) for x in calls]


HOLDABLE = sorted(set(STYLES) - {"same-name", "same-project"})
"""The styles whose ids this service can have."""


@given(st.sampled_from(HOLDABLE), st.integers(0, PICKS - 1), st.sampled_from(forms(Busy.operations)))
def test_whatever_is_aimed_at_makes_a_well_formed_call(style: str, pick: int, form: Any) -> None:
    world = make_world(("volume",), ("operator", "tenant"), style=style, seed=1)
    session = Session(Busy(), world)
    step = valid_call(form, world, pick_aim(session, grounds_of(world), pick))
    assert step is not None
    x = session.run(step)
    assert x is not None
    if "volume_ids" not in step.fields or "project_id" not in step.fields:
        assert x.reading.duty is not Duty.MUST_NOT
