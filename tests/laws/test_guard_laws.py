"""Theorems about whole calls: the guard does what the plain policy says, and nothing else, in every world."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from guards.adapters.memory import MemoryAudit, MemoryWorld
from guards.core import checks
from guards.core.audit import first_break
from guards.core.checks import ADMISSION, CHECKS
from guards.core.decision import Denial, Grant, admit, decide, denial
from guards.core.ids import text
from guards.core.plan import Plan
from guards.core.receipt import Preview, Receipt, is_complete
from guards.core.values import Limits, Policy
from guards.runtime import guard as flow
from guards.runtime.guard import Guard
from guards.runtime.ports import Ports
from tests.laws.one_rule import REACHING_THE_SECOND_BARRIER, STOPPED_BY_THE_READING
from tests.laws.plain import Call, World, asked, built, calls, hit, worlds
from tests.runtime.worlds import Ticking, fallen

CASES = st.tuples(worlds(), calls())
SEARCH = settings(max_examples=2_000, phases=[Phase.generate], database=None)


def guarded(world: World, memory: MemoryWorld, audit: MemoryAudit | None = None) -> Guard:
    policy = Policy("production", "2026-11", Limits(world.most, world.percent))
    return Guard(Ports(memory, memory, audit or MemoryAudit(), Ticking()), policy)


def effects_are_what_the_plain_policy_says(world: World, call: Call) -> None:
    memory, audit = built(world), MemoryAudit()
    before = list(memory.everything())
    answer = guarded(world, memory, audit).run(asked(call))
    expected = hit(world, call)
    assert fallen(memory) == (expected or [])
    assert isinstance(answer, Denial) is (expected is None)
    if expected is None:
        assert list(memory.everything()) == before
        assert [record.entry.event.value for record in audit.records] == ["refusal"]
    else:
        assert isinstance(answer, Receipt)
        assert is_complete(answer)
        assert [text(line.resource) for line in answer.lines] == expected
        assert [record.entry.event.value for record in audit.records] == ["intent", "effect"] * len(expected)
    assert first_break(audit.records) is None


@settings(max_examples=200)
@given(CASES)
def test_effects_are_what_the_plain_policy_says(case: tuple[World, Call]) -> None:
    effects_are_what_the_plain_policy_says(*case)


def test_the_law_meets_calls_that_run_and_calls_that_do_not() -> None:
    for wanted in (True, False):
        assert find(CASES, lambda case, wanted=wanted: (hit(*case) is not None) is wanted, settings=SEARCH)


def nothing_else_falls(world: World, call: Call) -> None:
    """The half of the law above that no single broken line may break."""
    memory = built(world)
    guarded(world, memory).run(asked(call))
    assert fallen(memory) == (hit(world, call) or [])


ALONE = [
    checks.count_is_within_the_limit,
    checks.share_is_within_the_limit,
    checks.everything_named_was_found,
]


def without(lost: Any, patch: pytest.MonkeyPatch) -> None:
    """Plant the fault: a guard that never asks this rule."""
    admission = tuple(rule for rule in ADMISSION if rule is not lost)
    rest = tuple(rule for rule in CHECKS if rule is not lost)
    patch.setattr(flow, "decide", partial(decide, admission=admission, checks=rest))
    patch.setattr(flow, "admit", partial(admit, admission=admission))


@pytest.mark.parametrize("lost", ALONE, ids=lambda rule: rule.__name__)
def test_a_lost_rule_breaks_the_law(lost: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    without(lost, monkeypatch)
    assert broken(nothing_else_falls, CASES)


def tried(law: Callable[[World, Call], None], cases: st.SearchStrategy[tuple[World, Call]]) -> None:
    """Try the law as the guard stands now; a fixture and @given do not go together."""

    @settings(max_examples=40)
    @given(cases)
    def law_of(case: tuple[World, Call]) -> None:
        law(*case)

    law_of()


@pytest.mark.parametrize("lost", REACHING_THE_SECOND_BARRIER, ids=lambda rule: rule.__name__)
def test_what_a_lost_rule_lets_through_is_stopped_by_what_stands_behind_it(
    lost: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No single point of failure: the first barrier grants the call, and the executor or the platform refuses it."""
    without(lost, monkeypatch)
    granted = []

    def is_granted_and_still_nothing_falls(world: World, call: Call) -> None:
        assert hit(world, call) is None
        assert isinstance(guarded(world, built(world)).plan(asked(call)), Plan)
        nothing_else_falls(world, call)
        granted.append(call)

    tried(is_granted_and_still_nothing_falls, REACHING_THE_SECOND_BARRIER[lost])
    assert len(granted) >= 40


@pytest.mark.parametrize("lost", REACHING_THE_SECOND_BARRIER, ids=lambda rule: rule.__name__)
def test_with_nothing_behind_it_a_lost_rule_breaks_the_law(lost: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted fault: an executor that takes the decision's word, and a platform that writes whatever it is told."""

    def felled(grant: Grant, ports: Any, _deadline: int) -> Denial:
        for target in grant.plan.targets:
            ports.inventory.fell(target.id, grant.plan.request.verb)
        return denial(())

    without(lost, monkeypatch)
    monkeypatch.setattr(flow, "execute", felled)
    assert broken(nothing_else_falls, REACHING_THE_SECOND_BARRIER[lost])


@pytest.mark.parametrize("lost", STOPPED_BY_THE_READING, ids=lambda rule: rule.__name__)
def test_without_a_rule_about_owners_the_reading_finds_nothing_to_hit(
    lost: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    without(lost, monkeypatch)
    cases, code = STOPPED_BY_THE_READING[lost]

    def has_no_target(world: World, call: Call) -> None:
        answer = guarded(world, built(world)).plan(asked(call))
        assert isinstance(answer, Denial)
        assert code in [objection.code.value for objection in answer.objections]
        nothing_else_falls(world, call)

    tried(has_no_target, cases)


def a_dry_run_changes_nothing_and_says_what_would_happen(world: World, call: Call) -> None:
    memory, audit = built(world), MemoryAudit()
    before = list(memory.everything())
    answer = guarded(world, memory, audit).run(asked(call, dry_run=True))
    assert list(memory.everything()) == before
    expected = hit(world, call)
    assert isinstance(answer, Preview) is (expected is not None)
    if isinstance(answer, Preview):
        assert [text(target.id) for target in answer.plan.targets] == expected


@settings(max_examples=50)
@given(CASES)
def test_a_dry_run_changes_nothing_and_says_what_would_happen(case: tuple[World, Call]) -> None:
    a_dry_run_changes_nothing_and_says_what_would_happen(*case)


def without_the_others(world: World, call: Call) -> World:
    """The same world, as if no other tenant had ever been in it."""
    things = {name: thing for name, thing in world.things.items() if thing.organization == call.organization}
    return replace(world, things=things)


def answers_tell_nothing_of_other_tenants(world: World, call: Call) -> None:
    """Where no limit counts the fleet and nobody shares anything, a call comes to the same alone as among others."""
    world = replace(world, percent=100)
    alone = without_the_others(world, call)
    one, other = built(world), built(alone)
    assert guarded(world, one).run(asked(call)) == guarded(alone, other).run(asked(call))
    assert fallen(one) == fallen(other)


@settings(max_examples=100)
@given(st.tuples(worlds(stands=False), calls()))
def test_answers_tell_nothing_of_other_tenants(case: tuple[World, Call]) -> None:
    world, call = case
    if any(thing.kind == call.kind for thing in without_the_others(world, call).things.values()):
        answers_tell_nothing_of_other_tenants(world, call)


def test_a_telling_answer_breaks_the_law(monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted fault: foreign rows stay among the targets of a list, and are refused with words of their own."""
    monkeypatch.setattr("guards.runtime.snapshot.targets_among", lambda _selector, rows: rows)
    monkeypatch.setattr(flow, "make_plan", lambda request, snapshot: flow.Plan(request, snapshot.rows, "0" * 64))
    assert broken(answers_tell_nothing_of_other_tenants, st.tuples(worlds(stands=False), calls()))


def a_plan_kept_while_the_world_moves_is_executed_as_planned_or_not_at_all(
    first: World, later: World, call: Call
) -> None:
    plan = guarded(first, built(first)).plan(asked(call))
    if isinstance(plan, Denial):
        return
    memory = built(later)
    answer = guarded(later, memory).execute(plan)
    if isinstance(answer, Denial):
        assert fallen(memory) == []
    else:
        assert fallen(memory) == hit(first, call) == hit(later, call)


@settings(max_examples=50)
@given(worlds(), worlds(), calls())
def test_a_plan_kept_while_the_world_moves_is_executed_as_planned_or_not_at_all(
    first: World, later: World, call: Call
) -> None:
    a_plan_kept_while_the_world_moves_is_executed_as_planned_or_not_at_all(first, later, call)


def broken(law: Callable[..., None], cases: st.SearchStrategy[Any]) -> bool:
    """Whether some case breaks the law."""

    def breaks(case: Any) -> bool:
        try:
            law(*case)
        except AssertionError:
            return True
        return False

    find(cases, breaks, settings=SEARCH)
    return True
