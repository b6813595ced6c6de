"""The state machine beside itself without its checks: the same rules, draws and service, and nothing observed, read,
judged or counted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from guards.testing import machine
from guards.testing.exchange import Exchange
from guards.testing.properties import PROPERTIES, is_supported, judge
from guards.testing.reading import Duty, Reading
from guards.testing.replay import Session
from guards.testing.scene import Sent
from guards.testing.service import Operation
from guards.testing.steps import Step
from guards.testing.tally import Tally
from guards.testing.world import World, make_world
from tests.bench.turns import ratio, take_turns
from tests.kit.store import Store

WORLDS = [make_world(("volume",), ("operator", "tenant"), style=s, seed=1) for s in ("plain", "prefix", "case", "nfkc")]
SEQUENCES, STEPS = 25, 20

NOTHING = Reading(frozenset(), frozenset(), Duty.MAY, frozenset(), None, "none")


class Unchecked(Session):
    """Sends each call, and looks at nothing."""

    def perform(self, step: Step, operation: Operation, sent: Sent) -> Exchange:
        return Exchange(step, operation, sent, self._send(operation, sent), NOTHING, {}, {})


def attack(watch: machine.Watch) -> int:
    """Run the machine on a store of two operations; how many calls it made."""
    calls = 0

    def seen(world: World, steps: Sequence[Step], x: Exchange) -> None:
        nonlocal calls
        calls += 1
        watch(world, steps, x)

    attacking = machine.make_machine(Store(), WORLDS, seen, lambda _world, _steps: None)
    machine.run_machine(attacking, number=2, examples=SEQUENCES, steps=STEPS)
    return calls


def with_checks() -> int:
    tally = Tally()
    properties = tuple(property for property in PROPERTIES if is_supported(property, Store()))

    def watch(_world: World, _steps: Sequence[Step], x: Exchange) -> None:
        tally.note(x, "tenant", (property.name for property, _ in judge(x, properties)))

    return attack(watch)


def without_checks() -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(machine, "Session", Unchecked)
        return attack(lambda _world, _steps, _x: None)


@pytest.mark.bench
def test_the_state_machine_makes_seven_steps_where_one_without_checks_makes_ten(
    tell: Callable[[str, float, str], None],
) -> None:
    assert abs(with_checks() - without_checks()) < 0.02 * with_checks()  # only the one that looks knows what is gone
    speed = ratio(take_turns({"bare": without_checks, "kit": with_checks}), "bare", "kit")
    tell("state machine, steps per second, beside one without checks", speed, ">= 0.7")
    assert speed >= 0.7
