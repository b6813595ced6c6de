"""decide: a grant is earned by evidence, a denial is what is left."""

from __future__ import annotations

from typing import Any

import pytest

from guards.core.checks import ADMISSION, CHECKS, CLEAR
from guards.core.decision import Denial, Grant, admit, decide, denial
from guards.core.refusals import Code, Objection, objection
from tests.core.cases import POLICY, STRANGER, WHOLE, plan, request, snapshot

PLAN, SEEN = plan(), snapshot()
NO = Objection(Code.NO_CHECKS, "", ())


class LooksLikeAnObjection(Objection):
    pass


class EqualToAnything:
    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return hash(CLEAR)


NONSENSE: list[Any] = [
    None,
    True,
    False,
    1,
    0,
    "clear",
    "CLEAR",
    (),
    [CLEAR],
    Grant(PLAN),
    EqualToAnything(),
    type(CLEAR),
]


def raises(*_facts: object) -> Any:
    raise ZeroDivisionError


def codes(answer: Grant | Denial | None) -> list[str]:
    assert isinstance(answer, Denial)
    return [each.code.value for each in answer.objections]


@pytest.mark.parametrize("nonsense", NONSENSE, ids=lambda value: type(value).__name__)
def test_a_check_that_answers_nonsense_objects(nonsense: Any) -> None:
    answer = decide(PLAN, SEEN, POLICY, checks=(*CHECKS, lambda *_facts: nonsense))
    assert codes(answer) == ["check_broken"]
    assert codes(decide(PLAN, SEEN, POLICY, admission=(*ADMISSION, lambda *_facts: nonsense))) == ["check_broken"]
    assert codes(admit(PLAN.request, POLICY, (lambda *_facts: nonsense,))) == ["check_broken"]


def test_a_check_that_raises_objects_by_its_name() -> None:
    answer = decide(PLAN, SEEN, POLICY, checks=(raises, *CHECKS))
    assert isinstance(answer, Denial)
    assert answer.objections == (objection(Code.CHECK_BROKEN, check="raises"),)


def test_a_check_that_answers_nonsense_objects_by_its_name() -> None:
    def silent(*_facts: object) -> Any:
        return None

    answer = decide(PLAN, SEEN, POLICY, checks=(silent, *CHECKS))
    assert isinstance(answer, Denial)
    assert answer.objections == (objection(Code.CHECK_BROKEN, check="silent"),)


def test_a_broken_check_without_a_name_objects_all_the_same() -> None:
    class Nameless:
        def __call__(self, *_facts: object) -> Any:
            return None

    assert codes(decide(PLAN, SEEN, POLICY, checks=(Nameless(),))) == ["check_broken"]


def test_no_checks_no_grant() -> None:
    assert codes(decide(PLAN, SEEN, POLICY, checks=())) == ["no_checks"]
    assert codes(decide(PLAN, SEEN, POLICY, admission=())) == ["no_checks"]
    assert codes(decide(PLAN, SEEN, POLICY, admission=(), checks=())) == ["no_checks"]
    assert codes(admit(PLAN.request, POLICY, ())) == ["no_checks"]


def test_only_an_exact_objection_counts_as_one() -> None:
    answer = decide(PLAN, SEEN, POLICY, checks=(lambda *_facts: LooksLikeAnObjection(Code.HELD, "", ()),))
    assert codes(answer) == ["check_broken"]


def test_one_check_of_each_group_is_enough_to_grant() -> None:
    assert decide(PLAN, SEEN, POLICY, ADMISSION[:1], CHECKS[:1]) == Grant(PLAN)


def test_all_checks_are_asked_even_after_one_objects() -> None:
    called: list[str] = []

    def objecting(*_facts: object) -> Any:
        called.append("objecting")
        return NO

    def clear(*_facts: object) -> Any:
        called.append("clear")
        return CLEAR

    decide(PLAN, SEEN, POLICY, admission=(objecting, clear), checks=(objecting, clear))
    assert called == ["objecting", "clear", "objecting", "clear"]
    called.clear()
    decide(PLAN, SEEN, POLICY, admission=(raises, clear), checks=(raises, clear))
    assert called == ["clear", "clear"]


def test_one_clear_group_does_not_make_up_for_the_other() -> None:
    assert codes(decide(PLAN, SEEN, POLICY, checks=(lambda *_facts: NO,))) == ["no_checks"]
    assert codes(decide(PLAN, SEEN, POLICY, admission=(lambda *_facts: NO,))) == ["no_checks"]


def test_admission_admits_or_denies_and_never_grants() -> None:
    assert admit(request(), POLICY) is None
    assert codes(admit(request(requester=STRANGER), POLICY)) == ["not_your_organization"]


def test_a_denial_lists_each_objection_once_in_the_order_of_its_code() -> None:
    one, other = (
        objection(Code.LIMIT_COUNT, selected=2, allowed=1),
        objection(Code.HELD, organizations=(), projects=(), resources=()),
    )
    again = objection(Code.LIMIT_COUNT, selected=3, allowed=1)
    assert denial([again, one, CLEAR, other, one]).objections == (other, one, again)
    assert denial([CLEAR]).objections == (objection(Code.NO_CHECKS),)


def test_a_denial_carries_no_plan() -> None:
    answer = decide(plan(WHOLE, requester=STRANGER), SEEN, POLICY)
    assert isinstance(answer, Denial)
    assert answer.__slots__ == ("objections",)


def test_an_objection_needs_every_value_of_its_sentence() -> None:
    with pytest.raises(KeyError):
        objection(Code.LIMIT_COUNT, selected=2)
