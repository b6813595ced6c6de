"""The reference platform under every single fault: a valid call and one thing wrong with it, each a test of its own."""

from __future__ import annotations

from functools import cache

import pytest

from guards.reference.service import ReferenceService, make_service
from guards.testing.calls import Case
from guards.testing.check import check_case
from guards.testing.single_fault import cases
from guards.testing.world import STYLES

NOT_PLAIN_ASCII = ("nfkc", "whitespace", "accents", "nul", "non-ascii")
EXPRESSIBLE = tuple(style for style in STYLES if style not in (*NOT_PLAIN_ASCII, "same-name"))
CASES = tuple(cases(make_service(), 0, 1, EXPRESSIBLE))
GROUPS = sorted({case.name.partition(" ")[0] for case in CASES})


@cache
def platform() -> ReferenceService:
    return make_service()


@pytest.mark.parametrize("group", GROUPS)
def test_there_are_many_faults_for_each_form_of_call(group: str) -> None:
    assert len([case for case in CASES if case.name.startswith(group + " ")]) > 40


def marked(case: Case) -> object:
    """Every day the crafts of the T&S call in the plain world; all of them in the campaign."""
    is_daily = case.name.startswith("invalidate[operator]") and " in plain about 0" in case.name
    return pytest.param(case, id=case.name, marks=() if is_daily else pytest.mark.slow)


@pytest.mark.parametrize("case", list(map(marked, CASES)))
def test_a_single_fault_is_refused_and_changes_nothing(case: Case) -> None:
    check_case(platform(), case)
