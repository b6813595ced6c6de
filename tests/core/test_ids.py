"""Ids: what is one, what is none, and how little can be done with them."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guards.core.ids import Kind, OrganizationId, PrincipalId, ProjectId, ResourceId, text
from guards.errors import IdError

TYPES = [OrganizationId, ProjectId, ResourceId, PrincipalId, Kind]

NOT_TEXT = [None, True, 1, 1.5, b"org", ["org"], {"org": 1}, OrganizationId("org"), type("Sub", (str,), {})("org")]
BLANK = ["", " ", "\t\n", "\u00a0", "\u2003"]
MALFORMED = [
    "*", "%", "a*", "/", "-1", ".a", "_all", ":a", "a b", " a", "a ", "a\n", "a\x00", "a,b", "a|b", "a/../b", "a%2Fb",
    "\ufeffa", "\uff41", "\u212a", "\u0131", "\u017f", "\ufb01", "a\u200b", "e\u0301", "\u0663", "\ud800", "a" * 129,
]  # fmt: skip


@pytest.mark.parametrize("value", NOT_TEXT, ids=lambda value: type(value).__name__)
def test_an_id_is_made_from_exactly_text(value: Any) -> None:
    with pytest.raises(IdError) as caught:
        OrganizationId(value)
    assert caught.value.code == "id_not_text"


def test_an_id_bent_to_nothing_equals_no_other() -> None:
    bent = ResourceId("lb-1")
    object.__setattr__(bent, "_text", None)
    assert bent != ResourceId("lb-1")
    assert ResourceId("lb-1") != bent


@pytest.mark.parametrize("value", BLANK, ids=ascii)
def test_an_id_is_never_blank(value: str) -> None:
    with pytest.raises(IdError) as caught:
        ProjectId(value)
    assert caught.value.code == "id_blank"


@pytest.mark.parametrize("value", MALFORMED, ids=lambda value: ascii(value)[:20])
def test_what_is_not_plain_ascii_is_no_id(value: str) -> None:
    with pytest.raises(IdError) as caught:
        ResourceId(value)
    assert caught.value.code == "id_malformed"


@pytest.mark.parametrize(
    "value", ["a", "A", "0", "a" * 128, "lb-1", "a.b_c:d-e", "11111111-1111-1111-1111-111111111111"]
)
def test_a_plain_id_keeps_its_text_as_typed(value: str) -> None:
    assert text(ResourceId(value)) == value


def test_a_refusal_shows_the_value_escaped_and_short() -> None:
    with pytest.raises(IdError, match=r"'\\u202e'$"):
        OrganizationId("\u202e")
    with pytest.raises(IdError) as caught:
        OrganizationId("*" * 10_000)
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("one", TYPES)
@pytest.mark.parametrize("other", TYPES)
def test_only_the_same_type_with_the_same_text_is_equal(one: Any, other: Any) -> None:
    assert (one("a") == other("a")) is (one is other)
    assert one("a") != other("b")
    assert one("a") != "a"


@given(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,9}", fullmatch=True), st.text(max_size=10))
def test_ids_are_equal_exactly_when_their_texts_are(one: str, other: str) -> None:
    try:
        second = OrganizationId(other)
    except IdError:
        assert one != other
    else:
        assert (OrganizationId(one) == second) is (one == other)
    assert hash(OrganizationId(one)) == hash(OrganizationId(one))


@pytest.mark.parametrize(
    "attribute", ["lower", "startswith", "strip", "split", "__lt__", "__len__", "__iter__", "__add__"]
)
def test_an_id_has_no_order_and_nothing_of_text(attribute: str) -> None:
    a = OrganizationId("a")
    assert getattr(type(a), attribute, None) is getattr(object, attribute, None)
    assert str(a) == "OrganizationId('a')"


@pytest.mark.parametrize("kind", TYPES)
def test_an_id_type_is_final(kind: type) -> None:
    with pytest.raises(TypeError, match="cannot refine"):
        type("Sub", (kind,), {})


def test_an_id_does_not_change() -> None:
    a: Any = OrganizationId("a")
    with pytest.raises(AttributeError):
        a._text = "b"
    with pytest.raises(AttributeError):
        del a._text
    with pytest.raises(AttributeError):
        a.other = 1
    assert text(a) == "a"


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])
def test_a_copy_is_the_same_id(again: Any) -> None:
    assert again(ProjectId("p")) == ProjectId("p")


@pytest.mark.parametrize("value", ["a", None, 1, object()])
def test_only_an_id_has_the_text_of_an_id(value: Any) -> None:
    with pytest.raises(IdError) as caught:
        text(value)
    assert caught.value.code == "not_an_id"
