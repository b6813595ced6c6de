"""What can be asked at all: selectors and requests that are open, empty, ambiguous or incomplete cannot be built."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from guards.core.ids import OrganizationId, ProjectId, ResourceId
from guards.core.request import Request
from guards.core.selector import Explicit, OneProject, WholeOrganization
from guards.errors import RequestError, SelectorError
from tests.core.cases import ACME, LIST, PROJECT, WHOLE, request

LB = ResourceId("lb-1")
HOSTILE: list[Any] = [None, "acme", "", "*", True, 0, [], (), ProjectId("acme"), type("Duck", (), {"_text": "acme"})()]


@pytest.mark.parametrize("wrong", HOSTILE, ids=lambda wrong: f"{type(wrong).__name__}-{wrong}"[:20])
def test_every_selector_names_exactly_one_organization(wrong: Any) -> None:
    for build in (
        lambda: WholeOrganization(wrong, wrong),
        lambda: WholeOrganization(ACME, wrong),
        lambda: OneProject(wrong, ProjectId("web")),
        lambda: Explicit(wrong, (LB,)),
    ):
        with pytest.raises(SelectorError) as caught:
            build()
        assert caught.value.code == "selector_wrong_type"


@pytest.mark.parametrize("acknowledged", ["acme2", "ACME", "acm"])
def test_a_whole_organization_is_named_twice_alike(acknowledged: str) -> None:
    with pytest.raises(SelectorError) as caught:
        WholeOrganization(ACME, OrganizationId(acknowledged))
    assert caught.value.code == "acknowledge_differs"


@pytest.mark.parametrize("wrong", [None, "", "web", OrganizationId("acme"), ("web",)], ids=ascii)
def test_a_project_is_never_left_open(wrong: Any) -> None:
    with pytest.raises(SelectorError):
        OneProject(ACME, wrong)


@pytest.mark.parametrize(
    ("resources", "code"),
    [
        ((), "selector_empty"),
        ([LB], "selector_wrong_type"),
        (None, "selector_wrong_type"),
        ("lb-1", "selector_wrong_type"),
        (("lb-1",), "selector_wrong_type"),
        ((LB, None), "selector_wrong_type"),
        ((LB, OrganizationId("lb-1")), "selector_wrong_type"),
        ((LB, ResourceId("lb-2"), ResourceId("lb-1")), "selector_repeats"),
    ],
    ids=ascii,
)
def test_a_list_holds_one_resource_or_more_each_once(resources: Any, code: str) -> None:
    with pytest.raises(SelectorError) as caught:
        Explicit(ACME, resources)
    assert caught.value.code == code


@pytest.mark.parametrize("selector", [WHOLE, PROJECT, LIST])
def test_a_complete_request_is_kept_exactly_as_asked(selector: Any) -> None:
    assert request(selector).selector is selector


@pytest.mark.parametrize("field", [field.name for field in fields(Request)])
@pytest.mark.parametrize(
    "wrong", [None, "", " ", 0, 2, 1.0, "true", "invalidate", b"x", [], {}, WHOLE.organization], ids=ascii
)
def test_every_part_of_a_request_is_required_and_of_its_type(field: str, wrong: Any) -> None:
    if field in {"environment", "case", "reason", "policy_version"} and wrong in ("true", "invalidate"):
        assert getattr(request(**{field: wrong}), field) == wrong
        return
    with pytest.raises(RequestError):
        request(**{field: wrong})


def test_nothing_in_a_request_has_a_default() -> None:
    with pytest.raises(TypeError):
        Request()  # type: ignore[call-arg]  # that it is refused is the point


@pytest.mark.parametrize(
    ("changes", "code"), [({"schema_version": 2}, "unknown_schema"), ({"case": "a\nb"}, "not_a_line")]
)
def test_a_refused_request_says_why(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(RequestError) as caught:
        request(**changes)
    assert caught.value.code == code


def test_a_reason_may_be_long_but_not_endless() -> None:
    assert request(reason="r" * 2000).reason == "r" * 2000
    with pytest.raises(RequestError, match="2000"):
        request(reason="r" * 2001)
