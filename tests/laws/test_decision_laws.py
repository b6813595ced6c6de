"""Theorems about `decide`: deny by default, no order, tightening never permits, and a digest that holds everything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from guards.core.checks import ADMISSION, CHECKS, CLEAR
from guards.core.decision import Denial, Grant, decide
from guards.core.ids import OrganizationId, ResourceId
from guards.core.plan import make_plan
from guards.core.refusals import Code, Objection
from guards.core.values import (
    Dependent,
    Hold,
    Limits,
    Policy,
    ProductState,
    Snapshot,
)
from guards.runtime.snapshot import take_snapshot
from tests.core.cases import POLICY, plan, snapshot
from tests.laws.plain import Call, World, asked, built, calls, worlds

Decide = Callable[..., Grant | Denial]

SEARCH = settings(max_examples=2_000, phases=[Phase.generate], database=None)
OBJECTION = Objection(Code.NO_CHECKS, "", ())
ANSWERS: list[Any] = [CLEAR, OBJECTION, None, True, 0, "clear", ZeroDivisionError]


def answering(answer: Any) -> Callable[..., Any]:
    def check(*_facts: object) -> Any:
        if answer is ZeroDivisionError:
            raise ZeroDivisionError
        return answer

    return check


def only_clear_answers_grant(decide: Decide, admission: list[Any], checks: list[Any]) -> None:
    answer = decide(
        plan(), snapshot(), POLICY, admission=tuple(map(answering, admission)), checks=tuple(map(answering, checks))
    )
    earned = bool(admission) and bool(checks) and all(given is CLEAR for given in admission + checks)
    assert isinstance(answer, Grant) is earned


GROUPS = st.lists(st.sampled_from([CLEAR, CLEAR, CLEAR, *ANSWERS]), max_size=4)


@given(GROUPS, GROUPS)
def test_only_clear_answers_grant(admission: list[Any], checks: list[Any]) -> None:
    only_clear_answers_grant(decide, admission, checks)


def denies_only_what_it_sees(plan: Any, snapshot: Any, policy: Any, admission: Any, checks: Any) -> Grant | Denial:
    """Planted: a check that forgets to answer lets the call through."""
    answers = [check(plan.request, policy) for check in admission] + [check(plan, snapshot, policy) for check in checks]
    return Denial((OBJECTION,)) if OBJECTION in answers else Grant(plan)


def skips_what_breaks(plan: Any, snapshot: Any, policy: Any, admission: Any, checks: Any) -> Grant | Denial:
    """Planted: a check that raises is left out."""

    def answer(check: Any, *facts: Any) -> Any:
        try:
            return check(*facts)
        except ZeroDivisionError:
            return CLEAR

    answers = [answer(check, plan.request, policy) for check in admission]
    answers += [answer(check, plan, snapshot, policy) for check in checks]
    return Grant(plan) if admission and checks and all(each is CLEAR for each in answers) else Denial((OBJECTION,))


def nothing_against_it(plan: Any, snapshot: Any, policy: Any, admission: Any, checks: Any) -> Grant | Denial:
    """Planted: all of no checks are clear."""
    answer = decide(plan, snapshot, policy, admission or ADMISSION, checks or CHECKS)
    return answer if isinstance(answer, Grant) else Denial((OBJECTION,))


@pytest.mark.parametrize("planted", [denies_only_what_it_sees, skips_what_breaks, nothing_against_it])
def test_a_decision_that_grants_without_evidence_breaks_the_law(planted: Decide) -> None:
    assert broken(lambda case: only_clear_answers_grant(planted, *case), st.tuples(GROUPS, GROUPS))


Case = tuple[Snapshot, Policy, Call]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    world, call = draw(worlds()), draw(calls())
    return facts(world, call), Policy("production", "2026-11", Limits(world.most, world.percent)), call


def facts(world: World, call: Call) -> Snapshot:
    return take_snapshot(asked(call), built(world))


def judged(seen: Snapshot, policy: Policy, call: Call, **checks: Any) -> Grant | Denial:
    return decide(make_plan(asked(call), seen), seen, policy, **checks)


@settings(max_examples=50)
@given(cases(), st.randoms(use_true_random=False))
def test_no_order_of_checks_or_facts_and_no_check_asked_twice_changes_a_decision(case: Case, chance: Any) -> None:
    seen, policy, call = case
    mixed = replace(
        seen, rows=shuffled(seen.rows, chance), projects=shuffled(seen.projects, chance),
        dependents=shuffled(seen.dependents, chance),
    )  # fmt: skip
    again = judged(mixed, policy, call, admission=shuffled(ADMISSION * 2, chance), checks=shuffled(CHECKS * 2, chance))
    assert again == judged(seen, policy, call)


def shuffled(items: tuple[Any, ...], chance: Any) -> tuple[Any, ...]:
    return tuple(chance.sample(items, len(items)))


def lower_count(case: Case) -> Case:
    seen, policy, call = case
    return seen, replace(policy, limits=replace(policy.limits, max_count=max(0, policy.limits.max_count - 1))), call


def lower_percent(case: Case) -> Case:
    seen, policy, call = case
    return seen, replace(policy, limits=replace(policy.limits, max_percent=policy.limits.max_percent // 2)), call


def hold_a_row(case: Case) -> Case:
    seen, policy, call = case
    return replace(seen, rows=tuple(replace(row, hold=Hold.HELD) for row in seen.rows)), policy, call


def hold_the_organization(case: Case) -> Case:
    seen, policy, call = case
    record = seen.organization and replace(seen.organization, hold=Hold.UNKNOWN)
    return replace(seen, organization=record), policy, call


def hold_the_projects(case: Case) -> Case:
    seen, policy, call = case
    return replace(seen, projects=tuple(replace(record, hold=Hold.HELD) for record in seen.projects)), policy, call


def forget_a_project(case: Case) -> Case:
    return replace(case[0], projects=case[0].projects[1:]), *case[1:]


def forget_the_organization(case: Case) -> Case:
    return replace(case[0], organization=None), *case[1:]


def lose_a_row(case: Case) -> Case:
    return replace(case[0], rows=case[0].rows[1:]), *case[1:]


def repeat_a_row(case: Case) -> Case:
    return replace(case[0], rows=(*case[0].rows, *case[0].rows[:1]), total=case[0].total + 1), *case[1:]


def shrink_the_fleet(case: Case) -> Case:
    return replace(case[0], fleet=case[0].fleet // 2), *case[1:]


def close_the_product(case: Case) -> Case:
    return replace(case[0], product=ProductState.UNKNOWN), *case[1:]


def let_a_stranger_build(case: Case) -> Case:
    stranger = tuple(Dependent(ResourceId("s"), OrganizationId("stranger"), row.id) for row in case[0].rows[:1])
    return replace(case[0], dependents=(*case[0].dependents, *stranger)), *case[1:]


TIGHTENINGS = [
    lower_count,
    lower_percent,
    hold_a_row,
    hold_the_organization,
    hold_the_projects,
    forget_a_project,
    forget_the_organization,
    lose_a_row,
    repeat_a_row,
    shrink_the_fleet,
    close_the_product,
    let_a_stranger_build,
]


def a_tighter_case_stays_denied(judge: Callable[[Case], Grant | Denial], case: Case) -> None:
    if isinstance(judge(case), Denial):
        for tighten in TIGHTENINGS:
            assert isinstance(judge(tighten(case)), Denial), tighten


@given(cases())
def test_tightening_never_turns_a_denial_into_a_grant(case: Case) -> None:
    a_tighter_case_stays_denied(lambda case: judged(*case), case)


VALID: Case = (snapshot(), POLICY, Call(None, "acme", None, None, "load-balancer"))


@pytest.mark.parametrize("tighten", TIGHTENINGS, ids=lambda tighten: tighten.__name__)
def test_each_tightening_turns_a_grant_into_a_denial(tighten: Callable[[Case], Case]) -> None:
    """Otherwise the law above would say nothing about it."""
    assert isinstance(judged(*VALID), Grant)
    assert isinstance(judged(*tighten(VALID)), Denial)


def test_a_limit_that_cuts_down_instead_of_refusing_breaks_the_law() -> None:
    """Planted: the selection is shortened until it fits, so that a lower limit lets a call through."""

    def cut(case: Case) -> Grant | Denial:
        seen, policy, call = case
        kept = seen.rows[: policy.limits.max_count]
        return judged(replace(seen, rows=kept, total=len(kept)), policy, call)

    held_last = replace(snapshot(), rows=(*snapshot().rows[:2], replace(snapshot().rows[2], hold=Hold.HELD)))
    with pytest.raises(AssertionError, match="lower_count"):
        a_tighter_case_stays_denied(cut, (held_last, *VALID[1:]))


@settings(max_examples=50)
@given(cases(), cases())
def test_two_plans_share_a_digest_only_if_they_are_the_same(one: Case, other: Case) -> None:
    first, second = make_plan(asked(one[2]), one[0]), make_plan(asked(other[2]), other[0])
    pinned = [
        [(row.id, row.kind, row.organization, row.project, row.version) for row in plan.targets]
        for plan in (first, second)
    ]
    same = first.request == second.request and pinned[0] == pinned[1]
    assert (first.digest == second.digest) is same


@st.composite
def cut_twice(draw: st.DrawFn) -> list[tuple[str, ...]]:
    """One text in three parts, and again: as three others, or as the same. Lengths are among what it may spell."""
    text = draw(st.text("a1:", min_size=3, max_size=6))
    cuts = [draw(st.sets(st.integers(1, len(text) - 1), min_size=2, max_size=2)) for _ in range(2)]
    return [(text[:first], text[first:second], text[second:]) for first, second in map(sorted, cuts)]


@given(cut_twice())
def test_no_text_runs_into_the_next_one_in_a_digest(cut: list[tuple[str, ...]]) -> None:
    digests = [plan(environment=said[0], case=said[1], reason=said[2]).digest for said in cut]
    assert (digests[0] == digests[1]) is (cut[0] == cut[1])


def broken(law: Callable[[Any], None], strategy: st.SearchStrategy[Any]) -> bool:
    """Whether some case breaks the law."""

    def breaks(case: Any) -> bool:
        try:
            law(case)
        except AssertionError:
            return True
        return False

    find(strategy, breaks, settings=SEARCH)
    return True
