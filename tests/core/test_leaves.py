"""Files from outside, read by the leaves that every room may import: nothing in them costs more than it is long, or
ends in an error that no reader expects.
"""

from __future__ import annotations

import json

import pytest

from guards.strict_json import _each_key_once
from guards.toml import DEPTH_MAX, read_toml


class Counted(str):
    """A key that counts how often one is compared with another."""

    __slots__ = ()
    comparisons = 0

    def __eq__(self, other: object) -> bool:
        Counted.comparisons += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__


def test_a_key_that_stands_twice_is_found_without_comparing_each_key_with_each() -> None:
    keys = [Counted(f"k{number}") for number in range(1_000)]
    Counted.comparisons = 0
    with pytest.raises(ValueError, match="stands twice"):
        _each_key_once([(key, 1) for key in (*keys, Counted("k999"))])
    assert 1 <= Counted.comparisons <= 100


@pytest.mark.parametrize(
    "value",
    ["[" * 5_000 + "]" * 5_000, "{a = " * 5_000 + "1" + "}" * 5_000, "[" * 65 + "]" * 65],
    ids=["lists", "tables", "one too deep"],
)
def test_what_is_nested_too_deeply_is_no_toml(value: str) -> None:
    with pytest.raises(ValueError, match="nested more than 64 deep"):
        read_toml(f"a = {value}")


def test_keys_with_many_dots_are_nested_too_and_get_past_the_parser() -> None:
    with pytest.raises(ValueError, match="nested more than 64 deep"):
        read_toml(".".join("a" * 900) + " = 1")


def test_what_is_nested_as_deep_as_may_be_is_read_and_can_be_walked() -> None:
    value = "[" * DEPTH_MAX + "]" * DEPTH_MAX
    assert json.dumps(read_toml(f"a = {value}")) == f'{{"a": {value}}}'
