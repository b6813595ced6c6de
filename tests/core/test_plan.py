"""The plan: what a request means in a snapshot, and a digest that no two different plans share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from guards.core.digest import digest_of
from guards.core.ids import Kind, OrganizationId, PrincipalId, ProjectId, ResourceId
from guards.core.plan import Plan, plan_digest, targets_among
from guards.core.selector import Explicit, OneProject, WholeOrganization
from guards.core.values import Hold, Principal, Role, Verb
from guards.errors import SelectorError
from tests.core.cases import ACME, LIST, OPERATOR, OTHER, PROJECT, ROWS, TENANT, WHOLE, plan, request, row, snapshot


def test_targets_are_sorted_whatever_order_the_inventory_answers_in() -> None:
    shuffled = snapshot((ROWS[2], ROWS[0], ROWS[1]))
    assert plan(seen=shuffled) == plan()
    assert [repr(target.id) for target in plan().targets] == [
        "ResourceId('lb-1')",
        "ResourceId('lb-2')",
        "ResourceId('lb-old')",
    ]


def test_a_foreign_row_found_by_id_is_as_good_as_missing() -> None:
    rows = (row("lb-1"), row("lb-9", "acme2", "acme2"))
    assert targets_among(LIST, rows) == (row("lb-1"),)


@pytest.mark.parametrize("selector", [WHOLE, PROJECT])
def test_a_foreign_row_in_a_listing_stays_in_sight(selector: Any) -> None:
    foreign = row("lb-9", "acme2", "acme2")
    assert targets_among(selector, (foreign,)) == (foreign,)


def neighbours() -> Iterator[Plan]:
    """Plans that differ from the valid one in one thing each, and in things that look alike when run together."""
    yield plan()
    yield plan(verb=Verb.DELETE)
    yield plan(kind=Kind("database"))
    yield plan(dry_run=True)
    yield plan(environment="productio", case="nTS-1")
    yield plan(environment="staging")
    yield plan(case="TS-2")
    yield plan(case="phishing", reason="TS-1")
    yield plan(reason="spam")
    yield plan(policy_version="2026-12")
    yield plan(requester=TENANT)
    yield plan(requester=replace(OPERATOR, id=PrincipalId("ops-2")))
    yield plan(requester=Principal(OPERATOR.id, Role.TENANT, ACME))
    yield plan(requester=Principal(OPERATOR.id, Role.TENANT, OTHER))
    yield plan(WholeOrganization(OTHER, OTHER))
    yield plan(OneProject(ACME, ProjectId("acme")))
    yield plan(OneProject(ACME, ProjectId("web")))
    yield plan(OneProject(OTHER, ProjectId("acme")))
    yield plan(Explicit(ACME, (ResourceId("acme"),)))
    yield plan(Explicit(ACME, (ResourceId("lb-1"), ResourceId("lb-2"))))
    yield plan(Explicit(ACME, (ResourceId("lb-1"),)))
    yield plan(Explicit(ACME, (ResourceId("lb-"), ResourceId("1lb-2"))))
    for changed in (
        row("lb-0"),
        row("lb-3"),
        row("lb-1", "web"),
        row("lb-1", None),
        row("lb-1", version=2),
        row("lb-1", kind=Kind("database")),
        row("lb-1", organization="acme2"),
    ):
        yield plan(seen=snapshot((changed, *ROWS[1:])))
    yield plan(seen=snapshot(ROWS[:2]))
    yield plan(seen=snapshot(()))


def test_no_two_different_plans_share_a_digest() -> None:
    digests = [each.digest for each in neighbours()]
    assert len(set(digests)) == len(digests) == 31


PARTS = {
    "policy version": 2,
    "verb": 3,
    "kind": 4,
    "dry run": 5,
    "environment": 6,
    "case": 7,
    "reason": 8,
    "requester": 9,
    "requester's organization": 11,
    "organization": 12,
    "shape of the selector": 13,
    "project": 14,
    "first id of the list": 15,
    "first target": 16,
    "kind of the first target": 17,
    "organization of the first target": 18,
    "project of the first target": 19,
    "version of the first target": 20,
}
"""Where each part of a plan stands in what is digested. What can be told from the other parts is not here: the words
that all plans begin with, the only schema there is, the role, and how many follow.
"""


@pytest.mark.parametrize("place", PARTS.values(), ids=PARTS)
def test_a_digest_that_forgets_a_part_is_noticed(place: int, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(lambda parts: digest_of([part for at, part in enumerate(parts) if at != place]), monkeypatch)
    assert len({each.digest for each in neighbours()}) < 31


DIGESTS: dict[str, Callable[[Iterable[str]], str]] = {
    "forgets where a part ends": lambda parts: digest_of(["".join(parts)]),
    "forgets the order": lambda parts: digest_of(sorted(parts)),
}


@pytest.mark.parametrize("careless", DIGESTS.values(), ids=DIGESTS)
def test_a_careless_digest_is_noticed(
    careless: Callable[[Iterable[str]], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(careless, monkeypatch)
    assert len({each.digest for each in neighbours()}) < 31


def test_a_digest_of_the_same_parts_told_in_another_way_is_as_good(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the two above: it is what is forgotten that is noticed, not that something was planted."""
    plant(lambda parts: digest_of([f"{at} {part}" for at, part in enumerate(parts)]), monkeypatch)
    assert len({each.digest for each in neighbours()}) == 31


def plant(fault: Callable[[Iterable[str]], str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guards.core.plan.digest_of", fault)


def test_the_digest_is_the_sha_256_of_the_parts_with_their_lengths() -> None:
    # Written down once by `printf '2:ab1:é0:' | sha256sum`, so that a stored digest means the same in every version.
    assert digest_of(["ab", "é", ""]) == "b25368bc358d1444df8990d8e1a10e924eb1279038be3c79ef9f4b7c4c13fcae"


COMMON = ("guards plan", "1", "2026-11", "invalidate", "load-balancer")
WORDS = ("production", "TS-1", "phishing")
TARGETS = (
    *("lb-1", "load-balancer", "acme", "acme", "1"),
    *("lb-2", "load-balancer", "acme", "web", "1"),
    *("lb-old", "load-balancer", "acme", "", "1"),
)
WRITTEN: list[tuple[Plan, list[str]]] = [
    (
        plan(),
        [*COMMON, "for real", *WORDS, "ops-1", "operator", "", "acme", "whole organization", "acme", "3", *TARGETS],
    ),
    (
        plan(OneProject(ACME, ProjectId("web")), snapshot(()), dry_run=True, requester=TENANT),
        [*COMMON, "dry run", *WORDS, "user-1", "tenant", "acme", "acme", "one project", "web", "0"],
    ),
    (
        plan(LIST, snapshot(())),
        [*COMMON, "for real", *WORDS, "ops-1", "operator", "", "acme", "explicit", "2", "lb-1", "lb-old", "0"],
    ),
]


@pytest.mark.parametrize(("made", "parts"), WRITTEN, ids=["whole organization", "one project", "explicit"])
def test_a_digest_is_over_these_words_in_this_order(made: Plan, parts: list[str]) -> None:
    """A plan that was stored is found again by the next version, so the words are as stable as the codes."""
    encoded = "".join(f"{len(part)}:{part}" for part in parts).encode()
    assert made.digest == sha256(encoded).hexdigest()


def test_what_is_read_beside_the_targets_does_not_change_the_plan() -> None:
    assert plan(seen=snapshot(fleet=11)).digest == plan().digest


def test_a_hold_is_judged_anew_and_does_not_belong_to_the_digest() -> None:
    held = (replace(ROWS[0], hold=Hold.HELD), *ROWS[1:])
    assert plan(seen=snapshot(held)).digest == plan().digest


def test_who_is_acknowledged_belongs_to_the_digest() -> None:
    """No selector names two organizations; one that was bent to, is another question."""
    bent = WholeOrganization(ACME, ACME)
    object.__setattr__(bent, "acknowledge", OTHER)
    assert plan(bent).digest != plan(WholeOrganization(ACME, ACME)).digest


def test_a_selector_of_another_making_has_no_digest() -> None:
    asked = request()
    object.__setattr__(asked, "selector", OneOfTheirs())
    with pytest.raises(SelectorError):
        plan_digest(asked, ())


class OneOfTheirs:
    organization = OrganizationId("acme")
