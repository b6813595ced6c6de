"""The step language: what a symbol stands for, and that a step and its JSON are one thing."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guards.testing.steps import Step, StepError, answer, ref, refs_in, resolve

NATIVES = {"org#0": "acme", "volume#1": 7}

words = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
literals = st.none() | st.booleans() | st.integers() | words
values = st.recursive(
    literals | words.map(ref) | st.builds(answer, words, words),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words.filter(lambda w: w[0] != "$"), inner, max_size=3),
    max_leaves=6,
)
steps = st.builds(
    Step,
    do=words,
    fields=st.dictionaries(words, values, max_size=3),
    caller=words | st.just(""),
    crafts=st.lists(words, max_size=2).map(tuple),
    let=words | st.just(""),
)


def test_a_ref_stands_for_the_services_own_id() -> None:
    assert resolve(ref("volume#1"), NATIVES, {}) == 7


def test_refs_are_resolved_inside_lists_and_objects() -> None:
    sent = {"ids": [ref("org#0"), ref("volume#1")], "deep": {"er": ref("org#0")}, "plain": "org#0"}
    assert resolve(sent, NATIVES, {}) == {"ids": ["acme", 7], "deep": {"er": "acme"}, "plain": "org#0"}


def test_a_ref_that_the_world_lacks_is_an_error_that_names_it() -> None:
    with pytest.raises(StepError, match="`org#9`"):
        resolve([ref("org#9")], NATIVES, {})


@pytest.mark.parametrize(
    ("answers", "meant"),
    [
        ({"call#1": {"cursor": "next"}}, "next"),
        ({"call#1": {"other": 1}}, None),
        ({"call#1": "no object"}, None),
        ({"call#1": None}, None),
        ({}, None),
    ],
)
def test_what_a_step_answered_or_null_where_it_did_not(answers: dict[str, object], meant: object) -> None:
    assert resolve(answer("call#1", "cursor"), NATIVES, answers) == meant


def test_every_ref_of_a_value_is_found_in_order() -> None:
    assert list(refs_in({"a": [ref("x"), {"b": ref("y")}], "c": answer("z", "f"), "d": "w"})) == ["x", "y"]


def test_a_step_about_circumstances_is_no_call() -> None:
    assert not Step("@hold", {}).is_call
    assert Step("hold", {}).is_call


def test_without_crafts_the_valid_call_is_left() -> None:
    step = Step("delete", {"id": ref("volume#1")}, "tenant#0", ("id:null",), "call#1")
    assert step.without_crafts() == Step("delete", {"id": ref("volume#1")}, "tenant#0", (), "call#1")


@settings(max_examples=30)
@given(steps)
def test_a_step_survives_its_json(step: Step) -> None:
    assert Step.from_json(json.loads(json.dumps(step.to_json()))) == step


@settings(max_examples=30)
@given(values)
def test_resolving_leaves_no_symbol_behind(value: object) -> None:
    natives = dict.fromkeys(refs_in(value), 1)
    assert not list(refs_in(resolve(value, natives, {})))


def test_json_leaves_out_what_a_step_does_not_have() -> None:
    assert Step("list", {}).to_json() == {"do": "list", "with": {}}
