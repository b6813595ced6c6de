"""What holds for every body: an answer and never an exception, always the same one, and never more than was said."""

from __future__ import annotations

import json

from hypothesis import example, given, settings
from hypothesis import strategies as st

from guards.core.request import Request
from guards.wire import Body, OneProjectCall, Refusal, parse, read_json, validate
from tests.wire.bodies import OPERATOR, Fields, body, meaning
from tests.wire.strategies import BODIES, JSON, PLAIN_JSON, changed_values, depth, valid_calls


def answer(content: bytes) -> Request | Refusal:
    """What the wire makes of a body."""
    return parse(content, OPERATOR, policy_version="7")


@settings(deadline=None, max_examples=200)
@given(BODIES)
def test_every_body_is_a_request_or_a_refusal_and_always_the_same_one(content: bytes) -> None:
    first = answer(content)
    assert isinstance(first, (Request, Refusal))
    assert answer(content) == first


@settings(deadline=None, max_examples=200)
@given(BODIES)
def test_a_request_says_what_its_body_says_and_nothing_else(content: bytes) -> None:
    request = answer(content)
    if isinstance(request, Request):
        assert meaning(request) == json.loads(content)


@settings(deadline=None)
@given(BODIES)
def test_a_refusal_is_short_and_printable_whatever_the_body_holds(content: bytes) -> None:
    refusal = answer(content)
    if isinstance(refusal, Refusal):
        for told in (refusal.path, refusal.shown, refusal.sentence):
            assert told.isascii()
            assert told.isprintable()
        assert len(refusal.shown) < 100


@settings(deadline=None, max_examples=50)
@given(valid_calls())
def test_every_well_behaved_call_is_read_and_reads_the_same_again(fields: Fields) -> None:
    request = answer(body(fields))
    assert isinstance(request, Request)
    assert meaning(request) == fields
    assert answer(body(meaning(request))) == request


@settings(deadline=None, max_examples=50)
@given(valid_calls(), st.data(), st.booleans(), st.sampled_from([None, 0, 2]))
def test_spelling_means_nothing(fields: Fields, data: st.DataObject, ascii_only: bool, indent: int | None) -> None:
    names = data.draw(st.permutations(sorted(fields)))
    spelled = json.dumps({name: fields[name] for name in names}, ensure_ascii=ascii_only, indent=indent)
    assert answer(spelled.encode()) == answer(body(fields))


@settings(deadline=None, max_examples=50)
@given(valid_calls(), st.data())
def test_no_field_of_a_call_can_be_left_out_or_be_null(fields: Fields, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(fields)))
    missing = answer(body({key: value for key, value in fields.items() if key != name}))
    assert isinstance(missing, Refusal)
    null = answer(body({**fields, name: None}))
    assert isinstance(null, Refusal)
    assert (null.code, null.path) == ("null_value", f"$.{name}")


@settings(deadline=None, max_examples=50)
@given(valid_calls(), st.text(max_size=12), JSON)
def test_a_field_that_is_not_known_refuses_the_call(fields: Fields, name: str, value: object) -> None:
    known = {*fields, "acknowledge", "project_id", "resource_ids"}
    if name not in known:
        assert isinstance(answer(body({**fields, name: value})), Refusal)


@settings(deadline=None, max_examples=50)
@given(valid_calls(), valid_calls())
def test_a_call_that_selects_twice_is_refused(one: Fields, other: Fields) -> None:
    both = {**one, **{name: value for name, value in other.items() if name not in one}}
    if len(both) > len(one):
        refusal = answer(body(both))
        assert isinstance(refusal, Refusal)
        assert refusal.code == "several_selectors"


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["a", "b", "c", "d"]), st.integers(0, 9)), max_size=6))
def test_an_object_is_read_exactly_if_its_keys_differ(members: list[tuple[str, int]]) -> None:
    content = "{" + ", ".join(f'"{key}": {value}' for key, value in members) + "}"
    value = read_json(content.encode())
    if len(dict(members)) == len(members):
        assert value == dict(members)
    else:
        assert isinstance(value, Refusal)
        assert value.code == "repeated_key"


@settings(deadline=None)
@given(PLAIN_JSON, st.booleans())
def test_json_that_every_reader_reads_alike_is_read(value: object, ascii_only: bool) -> None:
    assert read_json(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@settings(deadline=None)
@given(
    st.integers(1, 40),
    st.lists(st.sampled_from(['"["', r'"\"["', r'"\\"', "{}", "[]", "[1]", "1"]), max_size=20),
    st.integers(1, 20),
)
@example(1, ["[1]"] * 20, 1)
@example(14, ["[]", "[]", "[]"], 2)
@example(14, ["[]", "[]", "[]"], 3)
def test_levels_are_counted_where_they_are_and_not_in_texts(levels: int, items: list[str], more: int) -> None:
    content = "[" * levels + ", ".join([*items, "[" * more + "]" * more]) + "]" * levels
    value = read_json(content.encode())
    too_deep = isinstance(value, Refusal) and value.code == "nested_too_deep"
    assert too_deep == (depth(json.loads(content)) > 16)


@settings(deadline=None)
@given(JSON | changed_values())
def test_any_value_is_a_model_or_a_refusal(value: object) -> None:
    read = read_json(json.dumps(value).encode())
    if not isinstance(read, Refusal):
        assert isinstance(validate(OneProjectCall, read), (Body, Refusal))
