"""Every refusal sentence is read by a person before it changes: the golden file holds what real calls were answered."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from guards.core.refusals import Code
from tests.golden.calls import CALLS
from tests.golden.sentences import lines

GOLDEN = Path(__file__).with_name("refusals.txt")


def test_the_golden_file_holds_every_sentence() -> None:
    assert GOLDEN.read_text(encoding="utf-8").splitlines() == lines()


def test_every_code_is_brought_up_by_a_call() -> None:
    assert list(dict.fromkeys(code for code, _ in CALLS)) == [code.value for code in Code]


def test_no_two_codes_say_the_same() -> None:
    codes: dict[str, set[str]] = defaultdict(set)
    for line in lines():
        code, _, said = line.partition(": ")
        codes[said].add(code)
    assert [said for said, told in codes.items() if len(told) > 1] == []


def test_every_refusal_says_that_nothing_changed_and_what_to_do_next() -> None:
    for line in lines():
        _, changed, advice = line.partition(" was changed. ")
        assert changed, line
        assert advice.endswith("."), line
