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
from guards.core.decision import Denial, admit, decide
from guards.core.ids import text
from guards.core.receipt import Preview, Receipt, is_complete
from guards.core.values import Limits, Policy
from guards.runtime import guard as flow
from guards.runtime.guard import Guard
from guards.runtime.ports import Ports
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
BACKED: list[Any] = [
    checks.caller_may_ask,
    checks.project_belongs_to_the_organization,
    checks.targets_belong_to_the_organization,
    checks.targets_are_of_the_kind,
    checks.product_is_writable,
    checks.nothing_is_held,
    checks.nobody_else_depends_on_a_target,
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


@pytest.mark.parametrize("lost", BACKED, ids=lambda rule: rule.__name__)
def test_a_lost_rule_with_another_barrier_behind_it_lets_nothing_fall(
    lost: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No single point of failure: the reading, the executor or the platform stops what this rule lets through."""
    without(lost, monkeypatch)
    survives(nothing_else_falls)


def survives(law: Callable[[World, Call], None]) -> None:
    """Try the law as it stands now; a fixture and @given do not go together."""

    @settings(max_examples=40)
    @given(CASES)
    def tried(case: tuple[World, Call]) -> None:
        law(*case)

    tried()


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
