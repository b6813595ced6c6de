"""One decision with its reasons, on validated input and with all checks, beside two engines with the same rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from tests.bench.by_guards import Guards
from tests.bench.engine import Engine, Peers
from tests.bench.platforms import GRANTED, REFUSED, SMALL, Call
from tests.bench.turns import ratio, take_turns

pytestmark = pytest.mark.bench

MIXED = (*GRANTED * 5, *REFUSED)
"""Seven in ten are granted."""


def in_words(call: Call) -> str:
    what = ", ".join(call.resources) or f"project {call.project}"
    return f"{call.home or 'an operator'} names {what} of {call.organization}: {call.refused_for or 'granted'}"


@pytest.mark.parametrize("call", [*GRANTED, *REFUSED], ids=in_words)
def test_every_engine_says_of_a_call_what_we_say_by_hand(call: Call, peers: Peers) -> None:
    expected = set() if call.refused_for is None else {call.refused_for}
    for engine in (Guards(SMALL), peers.cedar.Cedar(SMALL), peers.vakt.Vakt(SMALL)):
        reasons = _asked(engine, call)
        assert bool(reasons) == bool(expected)
        assert expected <= reasons
    for lean in (peers.cedar.LeanCedar(SMALL), peers.vakt.LeanVakt(SMALL)):
        assert bool(_asked(lean, call)) == bool(expected)


def test_a_decision_costs_a_fifth_of_cedars_and_no_more_than_vakts(
    peers: Peers, tell: Callable[[str, float, str], None]
) -> None:
    goals = {
        "cedarpy, a policy a rule": (peers.cedar.Cedar(SMALL), 0.2),
        "cedarpy, one policy, says yes or no": (peers.cedar.LeanCedar(SMALL), 0.2),
        "vakt, a policy a rule": (peers.vakt.Vakt(SMALL), 1.0),
        "vakt, one policy, says yes or no": (peers.vakt.LeanVakt(SMALL), None),
    }
    missed = []
    for name, calls in {"seven in ten granted": MIXED, "all granted": GRANTED, "all refused": REFUSED}.items():
        engines = {"guards": Guards(SMALL)} | {peer: engine for peer, (engine, _) in goals.items()}
        times = take_turns({each: _run(engine, calls) for each, engine in engines.items()})
        for peer, (_, goal) in goals.items():
            measured = ratio(times, "guards", peer)
            asserted = goal is not None and calls is MIXED
            tell(f"decision, {name}: x {peer}", measured, f"at most {goal}" if asserted else "for comparison")
            if asserted and measured > goal:
                missed.append((peer, measured))
    assert missed == []


def _asked(engine: Engine, call: Call) -> set[str]:
    return set(engine.reasons(engine.decide(engine.prepare(call))))


def _run(engine: Engine, calls: Sequence[Call]) -> Callable[[], None]:
    """Decide all of the calls, prepared beforehand."""
    prepared = [engine.prepare(call) for call in calls]
    decide = engine.decide

    def run() -> None:
        for question in prepared:
            decide(question)

    return run
