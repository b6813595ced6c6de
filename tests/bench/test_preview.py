"""A preview of 1,000 resources: beside Cedar's batch, and out of a fleet a thousand times as large."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.bench.by_guards import GuardsPreview
from tests.bench.conftest import Peers
from tests.bench.platforms import ALL_OF_ONE, Platform, fleet, with_one_held
from tests.bench.turns import ratio, take_turns

pytestmark = pytest.mark.bench

THOUSAND = fleet(organizations=1, of_each=1_000)
MILLION = fleet(organizations=1_000, of_each=1_000)


@pytest.mark.parametrize(
    ("platform", "granted"),
    [
        (THOUSAND, True),
        (with_one_held(THOUSAND), False),
        (replace(THOUSAND, max_count=999), False),
        (replace(THOUSAND, products={"load-balancer": "read_only"}), False),
    ],
    ids=["as it is", "one of them held", "one over the limit", "read-only"],
)
def test_both_engines_say_of_a_preview_what_we_say_by_hand(platform: Platform, granted: bool, peers: Peers) -> None:
    for engine in (GuardsPreview(platform), peers.cedar.CedarBatch(platform)):
        assert bool(engine.reasons(engine.decide(engine.prepare(ALL_OF_ONE)))) is not granted


def test_a_preview_costs_a_fifth_of_cedars_batch(peers: Peers, tell: Callable[[str, float, str], None]) -> None:
    guards, batch = GuardsPreview(THOUSAND), peers.cedar.CedarBatch(THOUSAND)
    ours, theirs = guards.prepare(ALL_OF_ONE), batch.prepare(ALL_OF_ONE)
    times = take_turns({"guards": lambda: guards.decide(ours), "cedarpy": lambda: batch.decide(theirs)})
    measured = ratio(times, "guards", "cedarpy")
    tell("preview of 1,000, selection and digest included: x is_authorized_batch", measured, "at most 0.2")
    assert measured <= 0.2


def test_a_preview_out_of_a_million_costs_little_more_than_out_of_a_thousand(
    tell: Callable[[str, float, str], None],
) -> None:
    small, large = GuardsPreview(THOUSAND), GuardsPreview(MILLION)
    call = small.prepare(ALL_OF_ONE)
    assert small.decide(call) == replace(large.decide(call), fleet=1_000)
    times = take_turns({"large": lambda: large.decide(call), "small": lambda: small.decide(call)})
    measured = ratio(times, "large", "small")
    tell("preview of the same 1,000: out of 1,000,000 x out of 1,000", measured, "at most 1.25")
    assert measured <= 1.25
