"""Bodies: which bytes are exactly one object, and what a careless reader makes of the others."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guards.testing.bodies import lax_bodies, read_body

PLAIN = {"id": "own"}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=30)
@given(st.dictionaries(st.text(max_size=5), json_values, max_size=4))
def test_an_object_with_each_key_once_is_read_as_it_is(fields: dict[str, object]) -> None:
    assert read_body(json.dumps(fields).encode()) == fields


@settings(max_examples=30)
@given(json_values.filter(lambda value: not isinstance(value, dict)))
def test_any_other_json_value_is_no_body(value: object) -> None:
    assert read_body(json.dumps(value).encode()) is None


@settings(max_examples=30)
@given(st.binary(max_size=40))
def test_no_bytes_break_the_reader(body: bytes) -> None:
    read_body(body)
    assert lax_bodies(body, PLAIN)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b'{"id": "own"',
        b'{"id": "own"}]',
        b'{"id": "own"} {"id": "own"}',
        b'{"id": "own",}',
        b"{'id': 'own'}",
        b'{"id": NaN}',
        b'{"id": -Infinity}',
        b'{"id": "own", "id": "own"}',
        b'{"a": {"id": 1, "id": 2}}',
        b'{"id": "own", "\\u0069d": "own"}',
        b'\xef\xbb\xbf{"id": "own"}',
        b'{"id": "\xff"}',
        b'{"id": "\xc0\xaf"}',
        '{"id": "own"}'.encode("utf-16"),
        b'{"id": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"id": ' + b"9" * 10_000 + b"}",
        b'{"id": "own"' + b" " * (1 << 20) + b"}",
    ],
    ids=lambda body: repr(body[:24]),
)
def test_what_is_not_exactly_one_object_in_utf_8_is_no_body(body: bytes) -> None:
    assert read_body(body) is None


def test_a_body_of_a_mebibyte_is_read() -> None:
    assert read_body(b'{"id": "own"' + b" " * ((1 << 20) - 13) + b"}") == PLAIN


@pytest.mark.parametrize(
    ("body", "ways"),
    [
        (b'{"id": "first", "id": "last"}', [{"id": "first"}, {"id": "last"}]),
        (b'\xef\xbb\xbf{"id": "own"}', [PLAIN, PLAIN]),
        (b'{"id": NaN', [PLAIN]),
        (b"[1]", [PLAIN]),
        (b"", [PLAIN]),
    ],
)
def test_a_careless_reader_takes_the_first_key_or_the_last_or_what_was_meant(body: bytes, ways: list[object]) -> None:
    assert sorted(map(repr, lax_bodies(body, PLAIN))) == sorted(map(repr, ways))
