"""The kit let loose on the planted services: it must catch every fault by the property meant for it, and nothing else.

One seed runs by default, in rounds, so that load on the machine decides nothing. Ten seeds, with half a minute each,
are marked slow.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from statistics import median

import pytest

from guards.results import TraceFile, Verdict, VerifyResult
from guards.testing import Service, check_trace, run
from tests.planted.at_odds import (
    GraveRobber,
    Graveyard,
    HalfASwitch,
    OneSwitch,
    OpenSafe,
    Safe,
    SilentSafe,
    SilentSwitch,
)
from tests.planted.broken import PLANTED
from tests.planted.broken_collisions import Bin
from tests.planted.broken_ids import DepotWithTransfer
from tests.planted.broken_reach import ListedDepot, Tower
from tests.planted.depot import Depot
from tests.planted.desk import Desk
from tests.planted.idle import Empty, SaysNo, SaysYes
from tests.planted.planting import Planted
from tests.planted.registry import Registry
from tests.planted.sound import SOUND

each_planted = pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.name)
each_sound = pytest.mark.parametrize(
    "make",
    [Depot, Bin, ListedDepot, Tower, DepotWithTransfer, Registry, Desk, OneSwitch, Safe, Graveyard, *SOUND],
    ids=lambda make: make.__name__,
)
ten_seeds = pytest.mark.parametrize("seed", range(100, 110))


def caught(planted: Planted, seed: int = 1, budget: float | None = None) -> TraceFile | None:
    """The counterexample to the property meant for this fault, None if there is none."""
    return _caught(planted.name, seed, budget)


@cache
def _caught(name: str, seed: int, budget: float | None) -> TraceFile | None:
    planted = next(planted for planted in PLANTED if planted.name == name)
    rounds = 12 if budget is None else None
    result = run(planted.make, seed=seed, rounds=rounds, budget=budget, properties=[planted.caught_by])
    return next(iter(result.counterexamples), None)


@cache
def attacked(make: Callable[[], Service], seed: int = 1, rounds: int = 1) -> VerifyResult:
    return run(make, seed=seed, rounds=rounds)


# --- faults -----------------------------------------------------------------------------------------------------------


@each_planted
def test_the_property_meant_for_it_catches_the_fault(planted: Planted) -> None:
    trace = caught(planted)
    assert trace is not None
    assert trace.property == planted.caught_by


@each_planted
def test_the_counterexample_accuses_the_fault_and_not_its_sound_parent(planted: Planted) -> None:
    trace = caught(planted)
    assert trace is not None
    check_trace(planted.parent, trace)
    with pytest.raises(AssertionError, match=planted.caught_by):
        check_trace(planted.make, trace)


def test_half_of_the_counterexamples_are_as_short_as_the_shortest_known_by_hand() -> None:
    found = [trace for planted in PLANTED if (trace := caught(planted)) is not None]
    assert median(len(trace.steps) for trace in found) <= median(len(planted.witness) for planted in PLANTED)


def test_the_incident_is_told_in_one_step() -> None:
    trace = caught(PLANTED[0])
    assert trace is not None
    (step,) = trace.steps
    assert step.do == "purge"
    assert step.crafts == ["project_id:null"]


# --- no fault ---------------------------------------------------------------------------------------------------------


@each_sound
def test_a_sound_service_raises_no_alarm_and_leaves_nothing_untested(make: Callable[[], Service]) -> None:
    result = attacked(make)
    assert {verdict for _, verdict in result.verdicts()} <= {Verdict.HELD, Verdict.UNSUPPORTED}
    assert result.tally.failed == 0


def test_a_service_with_every_ability_leaves_no_property_out() -> None:
    assert {verdict for _, verdict in attacked(Depot).verdicts()} == {Verdict.HELD}


@pytest.mark.parametrize("make", [SilentSwitch, SilentSafe], ids=lambda make: make.__name__)
def test_a_sound_service_that_keeps_its_oddity_to_itself_is_taken_for_one_that_does_nothing(
    make: Callable[[], Service],
) -> None:
    assert {name for name, verdict in attacked(make).verdicts() if verdict is Verdict.BROKEN} == {"useful"}


@pytest.mark.parametrize(
    ("make", "property"),
    [(HalfASwitch, "read-only-inert"), (OpenSafe, "malformed-refused"), (GraveRobber, "isolation")],
    ids=["HalfASwitch", "OpenSafe", "GraveRobber"],
)
def test_an_oddity_that_is_declared_hides_no_fault_beside_it(make: Callable[[], Service], property: str) -> None:
    assert dict(attacked(make).verdicts())[property] is Verdict.BROKEN


# --- nothing to test --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [Empty, SaysYes], ids=lambda make: make.__name__)
def test_an_idle_service_is_vacuous_and_nothing_better(make: Callable[[], Service]) -> None:
    found = {verdict for _, verdict in attacked(make).verdicts()}
    assert found - {Verdict.UNSUPPORTED} == {Verdict.VACUOUS}


def test_a_service_that_always_refuses_is_useless_and_nothing_better() -> None:
    found = dict(attacked(SaysNo).verdicts())
    assert found.pop("useful") is Verdict.BROKEN
    assert set(found.values()) == {Verdict.VACUOUS}


# --- ten seeds --------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@ten_seeds
@each_planted
def test_every_seed_catches_the_fault_within_half_a_minute(planted: Planted, seed: int) -> None:
    assert caught(planted, seed, 30.0) is not None


@pytest.mark.slow
@ten_seeds
def test_no_seed_has_long_counterexamples(seed: int) -> None:
    lengths = [len(trace.steps) for planted in PLANTED if (trace := caught(planted, seed, 30.0)) is not None]
    assert median(lengths) <= median(len(planted.witness) for planted in PLANTED)


@pytest.mark.slow
@ten_seeds
@each_sound
def test_no_seed_raises_an_alarm_about_a_sound_service(make: Callable[[], Service], seed: int) -> None:
    found = {verdict for _, verdict in attacked(make, seed, rounds=6).verdicts()}
    assert found <= {Verdict.HELD, Verdict.UNSUPPORTED}
