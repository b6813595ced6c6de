"""`list`: a tenant's own resources, page by page, with cursors that are good for one caller and one query."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guards.core.ids import OrganizationId, PrincipalId
from guards.core.values import Principal, Role
from guards.reference.cursors import Cursors
from guards.reference.platform import Platform
from tests.reference.small import DELETE, LIST, ask, body, codes, small_platform


def pages(platform: Platform, caller: str, fields: dict[str, Any]) -> list[list[str]]:
    """The ids of every page, following the cursors to the end."""
    found, cursor = [], {}
    while True:
        page = body(ask(platform, caller, "list", {**fields, **cursor}))
        found.append([resource["id"] for resource in page["resources"]])
        if "cursor" not in page:
            return found
        cursor = {"cursor": page["cursor"]}


def first_cursor(platform: Platform) -> str:
    return str(body(ask(platform, "acme", "list", LIST))["cursor"])


def test_a_listing_holds_all_that_is_the_callers_own_and_nothing_else() -> None:
    assert pages(small_platform(), "acme", LIST) == [["lb-1", "lb-2", "lb-3"], ["lb-4"]]
    assert pages(small_platform(), "acme2", {**LIST, "organization_id": "acme2"}) == [["lb-5", "lb-6", "lb-7"]]
    assert pages(small_platform(), "acme", {**LIST, "kind": "database"}) == [["db-1"]]
    assert pages(small_platform(), "acme", {**LIST, "kind": "cluster"}) == [[]]


def test_a_resource_is_listed_with_its_project_or_with_none() -> None:
    listed = body(ask(small_platform(), "acme", "list", LIST))["resources"][0]
    assert listed == {"id": "lb-1", "kind": "load-balancer", "project_id": "acme-web"}


def test_a_cursor_goes_on_after_the_row_it_ended_at_even_when_that_is_gone() -> None:
    platform = small_platform()
    cursor = first_cursor(platform)
    ask(platform, "acme", "delete", {**DELETE, "resource_ids": ["lb-3"]})
    page = body(ask(platform, "acme", "list", {**LIST, "cursor": cursor}))
    assert [resource["id"] for resource in page["resources"]] == ["lb-4"]


@pytest.mark.parametrize("organization", ["acme2", "nobody"])
def test_another_tenants_listing_is_refused_in_the_words_for_one_that_is_not_there(organization: str) -> None:
    answer = ask(small_platform(), "acme", "list", {**LIST, "organization_id": organization})
    assert codes(answer) == ["not_your_organization"]


def test_a_cursor_made_for_another_caller_is_refused() -> None:
    platform = small_platform()
    fields = {**LIST, "organization_id": "acme2", "cursor": first_cursor(platform)}
    assert codes(ask(platform, "acme2", "list", fields)) == ["cursor_refused"]


def test_a_colleagues_cursor_is_refused() -> None:
    platform = small_platform()
    platform.people["colleague"] = Principal(PrincipalId("colleague"), Role.TENANT, OrganizationId("acme"))
    fields = {**LIST, "cursor": first_cursor(platform)}
    assert codes(ask(platform, "colleague", "list", fields)) == ["cursor_refused"]


@pytest.mark.parametrize("position", ["", "lb-0", "lb-1", "lb-4", "zz"])
def test_a_cursor_moved_to_another_place_in_ones_own_listing_is_refused(position: str) -> None:
    platform = small_platform()
    moved = first_cursor(platform)[:64] + urlsafe_b64encode(position.encode()).decode()
    assert codes(ask(platform, "acme", "list", {**LIST, "cursor": moved})) == ["cursor_refused"]


def test_a_cursor_made_for_another_query_is_refused() -> None:
    platform = small_platform()
    fields = {**LIST, "kind": "database", "cursor": first_cursor(platform)}
    assert codes(ask(platform, "acme", "list", fields)) == ["cursor_refused"]


@pytest.mark.parametrize(
    ("cursor", "code"),
    [("", "blank"), (None, "null_value"), (0, "wrong_type"), ("lb-3", "cursor_refused"), ("é" * 70, "cursor_refused")],
)
def test_what_is_no_cursor_never_means_the_first_page(cursor: object, code: str) -> None:
    assert codes(ask(small_platform(), "acme", "list", {**LIST, "cursor": cursor})) == [code]


def test_there_is_no_listing_of_a_product_that_is_not_there() -> None:
    assert codes(ask(small_platform(), "acme", "list", {**LIST, "kind": "castle"})) == ["unknown_kind"]


QUERIES = st.lists(st.text(max_size=4), min_size=3, max_size=3)


@settings(deadline=None)
@given(query=QUERIES, position=st.text(max_size=12))
def test_a_cursor_leads_back_to_its_position(query: list[str], position: str) -> None:
    cursors = Cursors(b"tests")
    assert cursors.position(query, cursors.cursor(query, position)) == position


@settings(deadline=None)
@given(query=QUERIES, other=QUERIES, position=st.text(max_size=4))
def test_a_cursor_means_nothing_to_another_query(query: list[str], other: list[str], position: str) -> None:
    cursors = Cursors(b"tests")
    found = cursors.position(other, cursors.cursor(query, position))
    assert found == (position if other == query else None)


@settings(deadline=None)
@given(position=st.text(max_size=4), at=st.integers(0, 200), character=st.characters(exclude_categories=["Cs"]))
def test_a_cursor_with_one_character_changed_means_nothing(position: str, at: int, character: str) -> None:
    cursors, query = Cursors(b"tests"), ["caller", "acme", "load-balancer"]
    cursor = cursors.cursor(query, position)
    at %= len(cursor)
    changed = cursor[:at] + character + cursor[at + 1 :]
    assert (cursors.position(query, changed) is None) == (changed != cursor)


def test_a_cursor_made_with_another_key_means_nothing() -> None:
    assert Cursors(b"ours").position(["acme"], Cursors(b"theirs").cursor(["acme"], "lb-1")) is None
