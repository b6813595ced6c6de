"""The guard and the kit each have their own opinion of what shows nothing, since neither may ask the other. They agree.

Where they did not, the kit would call a reason that nobody can read well-formed, or expect one that anybody can read to
be refused.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from guards.core import values
from guards.testing import blanks

SIGNS = [chr(point) for point in range(sys.maxunicode + 1)]


def disagreements(signs: list[str]) -> list[str]:
    return [ascii(sign) for sign in signs if blanks.is_blank(sign) is values.shows_something(sign)]


def unicode_says(category: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(values, "category", category)
    monkeypatch.setattr(blanks, "unicodedata", SimpleNamespace(category=category))


def test_the_guard_and_the_kit_call_the_same_signs_blank() -> None:
    assert disagreements(SIGNS) == []


def test_they_still_do_where_unicode_makes_a_letter_of_what_it_did_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is blank by design alone is told from nothing else; this Python may be too old to know some of it."""
    unicode_says(lambda _sign: "Lo", monkeypatch)
    assert disagreements(SIGNS) == []
    assert sum(map(blanks.is_blank, SIGNS)) == 8


def test_a_sign_that_only_one_of_them_knows_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    unicode_says(lambda _sign: "Lo", monkeypatch)
    monkeypatch.setattr(values, "_BLANKS", values._BLANKS - {"\U00013441"})
    assert disagreements(SIGNS[0x13000:0x14000]) == ["'\\U00013441'"]
