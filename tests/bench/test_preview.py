"""A preview of 1,000 resources: beside Cedar's batch, and out of a fleet a thousand times as large."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from guards.adapters.memory import MemoryWorld
from guards.core.ids import Kind, OrganizationId, ProjectId
from guards.core.values import Listing
from tests.bench.by_guards import GuardsPreview, memory_world, world_of_the_selected
from tests.bench.engine import Peers
from tests.bench.platforms import ALL_OF_ONE, Platform, fleet, with_one_held
from tests.bench.turns import ratio, take_turns

pytestmark = pytest.mark.bench


class Scanner(MemoryWorld):
    """The planted fault: it looks at the whole fleet to find what is in a project."""

    def of_project(self, organization: OrganizationId, project: ProjectId, kind: Kind) -> Listing:
        rows = tuple([row for row, _ in self.everything() if row.project == project and row.kind == kind])
        return Listing(rows, len(rows))


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
    for engine in (GuardsPreview(platform, memory_world(platform)), peers.cedar.CedarBatch(platform)):
        assert bool(engine.reasons(engine.decide(engine.prepare(ALL_OF_ONE)))) is not granted


def test_a_preview_costs_a_fifth_of_cedars_batch(peers: Peers, tell: Callable[[str, float, str], None]) -> None:
    guards, batch = GuardsPreview(THOUSAND, memory_world(THOUSAND)), peers.cedar.CedarBatch(THOUSAND)
    ours, theirs = guards.prepare(ALL_OF_ONE), batch.prepare(ALL_OF_ONE)
    times = take_turns({"guards": lambda: guards.decide(ours), "cedarpy": lambda: batch.decide(theirs)})
    measured = ratio(times, "guards", "cedarpy")
    tell("preview of 1,000, selection and digest included: x is_authorized_batch", measured, "at most 0.2")
    assert measured <= 0.2


@pytest.fixture(scope="module")
def million() -> MemoryWorld:
    return memory_world(MILLION)


def test_a_preview_out_of_a_million_reads_as_many_rows_as_out_of_a_thousand(million: MemoryWorld) -> None:
    for world in (million, memory_world(THOUSAND)):
        engine = GuardsPreview(THOUSAND, world)
        world.rows_read = 0
        engine.decide(engine.prepare(ALL_OF_ONE))
        # The selected, their project twice, the organization, the fleet's size, the product's state.
        assert world.rows_read == 1_000 + 2 + 3


def test_a_preview_out_of_a_million_costs_little_more_than_out_of_a_thousand(
    million: MemoryWorld, tell: Callable[[str, float, str], None]
) -> None:
    """The thousand are the same objects in both worlds. Another thousand, made side by side, shows what caches do."""
    worlds = {
        "a million": million,
        "a thousand": world_of_the_selected(million, ALL_OF_ONE),
        "a thousand side by side": memory_world(THOUSAND),
    }
    engines = {name: GuardsPreview(THOUSAND, world) for name, world in worlds.items()}
    call = engines["a million"].prepare(ALL_OF_ONE)
    previews = [replace(engine.decide(call), fleet=0) for engine in engines.values()]
    assert previews == [previews[0]] * 3
    times = take_turns({name: partial(engine.decide, call) for name, engine in engines.items()})
    measured = ratio(times, "a million", "a thousand")
    tell("preview of the same 1,000: out of 1,000,000 x out of 1,000", measured, "at most 1.25")
    beside = ratio(times, "a million", "a thousand side by side")
    tell("preview of 1,000: scattered among 1,000,000 x side by side in memory", beside, "for comparison")
    assert measured <= 1.25


def test_a_preview_that_scans_the_fleet_would_be_noticed() -> None:
    platform = fleet(organizations=20, of_each=1_000)
    scanned = memory_world(platform, Scanner)
    engines = {
        "all": GuardsPreview(THOUSAND, scanned),
        "selected": GuardsPreview(THOUSAND, world_of_the_selected(scanned, ALL_OF_ONE)),
    }
    call = engines["all"].prepare(ALL_OF_ONE)
    times = take_turns({name: partial(engine.decide, call) for name, engine in engines.items()})
    assert ratio(times, "all", "selected") > 1.25
