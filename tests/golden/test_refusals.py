"""Every refusal sentence is read by a person before it changes: the golden file holds them all."""

from __future__ import annotations

from pathlib import Path

from guards.core.refusals import Code
from tests.golden.sentences import EXAMPLES, lines

GOLDEN = Path(__file__).with_name("refusals.txt")


def test_the_golden_file_holds_every_sentence() -> None:
    assert GOLDEN.read_text(encoding="utf-8").splitlines() == lines()


def test_every_code_has_an_example() -> None:
    assert set(EXAMPLES) == set(Code)


def test_no_two_codes_say_the_same() -> None:
    said = [line.partition(": ")[2] for line in lines()]
    assert len(set(said)) == len(said)


def test_every_refusal_says_that_nothing_changed_and_what_to_do_next() -> None:
    for line in lines():
        _, changed, advice = line.partition(" was changed. ")
        assert changed, line
        assert advice.endswith("."), line
