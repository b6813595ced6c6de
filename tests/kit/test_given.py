"""What a service gave to somebody: whose a token is, and what becomes of a name that was to be new."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from guards.testing import OPERATOR, TENANT, Effect, Operation, Reply, accepted, organization
from guards.testing.reading import Duty
from guards.testing.service import Outcome, token
from guards.testing.steps import Step, answer, ref
from tests.kit.calls import broken_by, plays
from tests.kit.store import DELETE as STORE_DELETE
from tests.kit.store import Store
from tests.planted.broken_ids import AnyCursorWillDo
from tests.planted.desk import CREATE, DELETE, LIST, PURGE, Desk

GIVEN = Step("list", {}, "tenant#0", let="page")
CURSOR = {"cursor": answer("page", "cursor")}


class Counts(AnyCursorWillDo):
    """A cursor is a number of rows to skip, and tells nothing of anybody."""

    operations = (DELETE, PURGE, CREATE, replace(LIST, fields={"cursor": token("list", "cursor", anybodys=True)}))

    def position(self, caller: str, cursor: str | None) -> tuple[str, str]:
        return caller, ""


def create(name: Any, by: str = "tenant#0", project: str = "project#1") -> Step:
    return Step("create", {"project_id": ref(project), "name": name}, by)


def test_a_token_is_its_own_organizations_and_no_others() -> None:
    _, own, other = plays(Desk(), GIVEN, Step("list", CURSOR, "tenant#0"), Step("list", CURSOR, "tenant#1"))
    assert (own.reading.duty, own.outcome) == (Duty.MAY, Outcome.ACCEPTED)
    assert (other.reading.duty, other.outcome) == (Duty.MUST_NOT, Outcome.REFUSED)


def test_a_token_that_both_were_given_is_both_theirs() -> None:
    theirs = replace(GIVEN, caller="tenant#1", let="")

    class Shared(Counts):
        operations = Desk.operations

        def page(self, owner: str, after: str) -> Any:
            reply = super().page(owner, after)
            return replace(reply, body={**reply.body, "cursor": "2"})

    assert plays(Shared(), GIVEN, theirs, Step("list", CURSOR, "tenant#1"))[-1].reading.duty is Duty.MAY
    assert plays(Shared(), GIVEN, Step("list", CURSOR, "tenant#1"))[-1].reading.duty is Duty.MUST_NOT


def test_a_token_that_an_operator_was_given_for_nobody_is_good_for_any_organization_and_for_no_tenant() -> None:
    scope = {"organization_id": organization(required=False), "cursor": token("browse", "cursor")}

    class Ledgers(Store):
        """Operators page through everybody's volumes, or through one organization's; the cursor is the last id."""

        operations = (STORE_DELETE, Operation("browse", (OPERATOR, TENANT), scope, effect=Effect.READ, kind="volume"))

        def browse(self, me: Any, organization_id: Any = None, cursor: Any = None) -> Reply:
            return accepted({"cursor": "0"})

    everybodys = Step("browse", {}, "operator#0", let="page")
    one = Step("browse", CURSOR | {"organization_id": ref("org#1")}, "operator#0")
    assert broken_by(plays(Ledgers(), everybodys, one)[-1]) == set()
    assert broken_by(plays(Ledgers(), everybodys, replace(one, caller="tenant#1"))[-1]) == {"malformed-refused"}
    given = replace(everybodys, fields={"organization_id": ref("org#0")})
    assert broken_by(plays(Ledgers(), given, one)[-1]) == {"malformed-refused"}


def test_a_token_that_is_anybodys_may_be_sent_by_anybody() -> None:
    assert plays(Counts(), GIVEN, Step("list", CURSOR, "tenant#1"))[-1].reading.duty is Duty.MAY


def test_believing_a_strangers_token_is_no_refusal() -> None:
    assert broken_by(plays(AnyCursorWillDo(), GIVEN, Step("list", CURSOR, "tenant#1"))[-1]) == {"malformed-refused"}


def test_a_call_whose_token_was_never_given_is_not_tried() -> None:
    (x,) = plays(Desk(), Step("list", CURSOR, "tenant#0"))
    assert x.outcome is Outcome.NOT_TRIED
    assert plays(Desk(), Step("list", {}, "tenant#0", ("cursor:null",)))[-1].outcome is Outcome.REFUSED


@pytest.mark.parametrize(
    ("before", "name", "duty"),
    [
        ([], "disk", Duty.MUST),
        ([create("other")], "disk", Duty.MUST),
        ([create("disk")], "disk", Duty.MAY),
        ([create("disk", "tenant#1", "project#3")], "disk", Duty.MAY),
        ([create("disk", "tenant#1", "project#1")], "disk", Duty.MUST),  # that one was refused
        ([], ref("volume#0"), Duty.MAY),
        ([], ref("volume#1"), Duty.MAY),
    ],
)
def test_a_name_that_was_sent_before_or_is_an_id_may_be_refused(before: list[Step], name: Any, duty: Duty) -> None:
    assert plays(Desk(), *before, create(name))[-1].reading.duty is duty
