"""What a hold, its lifting or a change owes its targets, which dry runs must be accepted, and when a hold is seen."""

from __future__ import annotations

import pytest

from guards.testing.reading import Duty, Reading
from guards.testing.replay import Session
from guards.testing.service import Operation
from guards.testing.steps import Step, ref
from tests.kit.calls import plays, world_of
from tests.planted.broken_effects import TagsWhileReadOnly
from tests.planted.depot import PURGE, Depot
from tests.planted.registry import HOLD, TAG, UNHOLD, Registry

FIRST, SECOND = {"volume_ids": [ref("volume#1")]}, {"volume_ids": [ref("volume#1"), ref("volume#2")]}


def hold(name: str, level: str = "resource", on: bool = True) -> Step:
    return Step("@hold", {"level": level, "id": ref(name), "on": on})


def by(operation: Operation, **fields: object) -> Step:
    return Step(operation.name, {"organization_id": ref("org#0"), **fields}, "operator#0")


def owed(*steps: Step) -> set[str]:
    """What the last call owes, by ref."""
    reading: Reading = plays(Registry(), *steps, style="plain")[-1].reading
    session = Session(Registry(), world_of("volume", "snapshot"))
    return {ref for ref in session.objects if session.key_of(ref) in reading.owed}


def test_a_hold_owes_those_that_are_not_held_yet() -> None:
    assert owed(by(HOLD, **SECOND)) == {"volume#1", "volume#2"}
    assert owed(hold("volume#1"), by(HOLD, **SECOND)) == {"volume#2"}
    assert owed(hold("org#0", "organization"), by(HOLD, **SECOND)) == set()


def test_lifting_owes_those_that_nothing_else_holds() -> None:
    assert owed(by(UNHOLD, **SECOND)) == set()
    assert owed(hold("volume#1"), by(UNHOLD, **SECOND)) == {"volume#1"}
    assert owed(hold("volume#1"), hold("project#1", "project"), by(UNHOLD, **SECOND)) == set()
    assert owed(hold("project#1", "project"), by(UNHOLD, project_id=ref("project#1"))) == {"volume#1", "volume#2"}


def test_a_change_owes_its_targets_and_a_destruction_is_not_asked() -> None:
    tagged = Step(TAG.name, {"volume_id": ref("volume#1"), "tag": "cold"}, "tenant#0")
    assert owed(tagged) == {"volume#1"}
    assert owed(by(PURGE, **SECOND, dry_run=False)) == set()


@pytest.mark.parametrize(
    ("steps", "is_preview"),
    [
        ([by(PURGE, **FIRST, dry_run=True)], True),
        ([by(PURGE, **FIRST, dry_run=False)], False),
        ([by(PURGE, volume_ids=[ref("volume#0")], dry_run=True)], False),
        ([hold("volume#1"), by(PURGE, **FIRST, dry_run=True)], False),
        ([hold("volume#3"), by(PURGE, **FIRST, dry_run=True)], True),
        ([Step("@read_only", {"kind": "volume", "state": None}), by(PURGE, **FIRST, dry_run=True)], False),
        ([Step("@fault", {"fault": "audit-fails"}), by(PURGE, **FIRST, dry_run=True)], False),
        ([by(PURGE, **FIRST, dry_run=False), by(PURGE, **FIRST, dry_run=True)], False),
    ],
)
def test_a_dry_run_must_be_accepted_where_nothing_else_stands_against_it(steps: list[Step], is_preview: bool) -> None:
    assert plays(Depot(), *steps)[-1].reading.is_preview is is_preview


@pytest.mark.parametrize(
    ("before", "shows"),
    [
        ([hold("volume#3")], True),
        ([by(HOLD, volume_ids=[ref("volume#3")])], True),
        ([hold("org#1", "organization")], False),
        ([], False),
    ],
)
def test_a_hold_shows_once_one_at_its_level_was_seen(before: list[Step], shows: bool) -> None:
    assert plays(Registry(), *before, by(HOLD, **FIRST))[-1].holds_show is shows


class Discreet(Registry):
    """Keeps its holds to itself."""

    observe = Depot.observe


def test_a_hold_does_not_show_where_nobody_sees_it() -> None:
    assert not plays(Discreet(), hold("volume#3"), by(HOLD, **FIRST))[-1].holds_show


@pytest.mark.parametrize("operation", [HOLD, UNHOLD])
def test_a_hold_may_be_refused_in_read_only_mode_and_need_not(operation: Operation) -> None:
    frozen = Step("@read_only", {"kind": "volume", "state": True})
    assert plays(Registry(), frozen, by(operation, **FIRST))[-1].reading.duty is Duty.MAY
    assert plays(Registry(), by(operation, **FIRST))[-1].reading.duty is Duty.MUST


def test_what_changed_of_a_read_only_product_is_told_by_what_it_is_not_by_the_call() -> None:
    frozen = Step("@read_only", {"kind": "volume", "state": None})
    tagged = Step(TAG.name, {"volume_id": ref("volume#1"), "tag": "cold"}, "tenant#0")
    (x,) = plays(TagsWhileReadOnly(), frozen, tagged)
    assert x.frozen == x.changes.keys() != set()
    assert plays(TagsWhileReadOnly(), tagged)[-1].frozen == frozenset()
