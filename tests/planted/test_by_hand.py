"""Each planted service under its witness, without any search: it has the fault, and its sound parent does not.

Ground truth for the hunt in `test_hunt.py`: what is not broken here cannot be held against the kit there.
"""

from __future__ import annotations

from typing import Any

import pytest

from guards.testing.calls import kinds_of
from guards.testing.exchange import Exchange
from guards.testing.judges import did_nothing
from guards.testing.properties import PROPERTIES, judge
from guards.testing.replay import Session
from guards.testing.service import Outcome
from guards.testing.world import World, make_world
from tests.planted.broken import PLANTED
from tests.planted.depot import Depot
from tests.planted.planting import Planted


def world_of(planted: Planted) -> World:
    kinds, roles = kinds_of(planted.make.operations), ("operator", "tenant")
    return make_world(kinds, roles, style=planted.style, seed=7, size=planted.size)


def play(make: type[Any], planted: Planted, world: World) -> tuple[Session, Exchange]:
    """The service after the witness, and the witness's last call."""
    session = Session(make(), world)
    for step in planted.witness[:-1]:
        session.run(step)
    last = session.run(planted.witness[-1])
    assert last is not None
    return session, last


def broken_by(make: type[Any], planted: Planted) -> set[str]:
    """The properties that the witness's last call breaks."""
    _, last = play(make, planted, world_of(planted))
    broken = {property.name for property, finding in judge(last) if finding.why}
    broken |= {"useful"} if did_nothing(last) else set()
    if planted.caught_by == "noninterference" and not is_the_same_alone(make, planted, last):
        broken.add("noninterference")
    return broken


def is_the_same_alone(make: type[Any], planted: Planted, last: Exchange) -> bool:
    """Whether the very same call has the same answer and effects where the caller's organization is alone."""
    session = Session(make(), world_of(planted).without({"org#1", "org#2"}))
    for step in planted.witness[:-1]:
        if not step.caller or step.caller in session.natives:
            session.run(step)
    before = dict(session.service.observe())
    reply = session.service.call(session.natives[last.sent.caller], last.step.do, last.sent.fields)
    gone = before.keys() - session.service.observe().keys()
    return (reply.outcome, reply.code, gone) == (last.outcome, last.reply.code, set(last.changes))


each_planted = pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.name)


@each_planted
def test_the_witness_breaks_the_property_meant_for_it(planted: Planted) -> None:
    assert planted.caught_by in broken_by(planted.make, planted)


@each_planted
def test_the_sound_parent_survives_the_witness(planted: Planted) -> None:
    assert broken_by(planted.parent, planted) == set()


@pytest.mark.parametrize(
    "planted", [planted for planted in PLANTED if planted.caught_by == "isolation"], ids=lambda planted: planted.name
)
def test_a_neighbour_loses_something_to_the_fault_and_nothing_to_its_parent(planted: Planted) -> None:
    assert neighbours_lose(planted.make, planted)
    assert not neighbours_lose(planted.parent, planted)


def neighbours_lose(make: type[Any], planted: Planted) -> set[Any]:
    """What the last call took from others than its caller, or than the organization that its operator names."""
    session, last = play(make, planted, world_of(planted))
    caller = session.principal(last.sent.caller)
    home = caller.organization.ref if caller and caller.organization else ""
    if caller and caller.role == "operator":
        home = last.step.fields["organization_id"]["$ref"]
    owner = session.natives.get(home)
    return {key for key, (before, _) in last.changes.items() if before and before.organization != owner}


def test_every_property_of_the_kit_has_a_planted_fault() -> None:
    assert {planted.caught_by for planted in PLANTED} == {property.name for property in PROPERTIES}


def test_the_incident_comes_first() -> None:
    assert PLANTED[0].name == "projects-bug"
    assert PLANTED[0].incident_class == 1


def test_no_two_planted_services_share_a_name() -> None:
    assert len({planted.name for planted in PLANTED}) == len(PLANTED)


def test_a_depot_destroys_what_it_is_asked_to_and_says_so() -> None:
    depot = Depot()
    natives = depot.populate(make_world(("snapshot", "volume"), ("operator", "tenant"), seed=7))
    before = len(depot.observe())
    reply = depot.call(natives.ids["tenant#0"], "delete", {"volume_id": natives.ids["volume#1"]})
    assert reply.outcome is Outcome.ACCEPTED
    assert natives.objects["volume#1"] not in depot.observe()
    assert len(depot.observe()) == before - 1
