"""What the audit holds after each verdict, field by field: done, refused by the platform, in doubt, and denied."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from guards.core.audit import Entry, Event
from guards.core.ids import ResourceId
from guards.core.plan import Plan
from guards.core.receipt import Outcome
from guards.core.selector import Explicit, WholeOrganization
from guards.core.values import Verb
from tests.core.cases import request
from tests.runtime.worlds import ACME, OTHER, TENANT, Stand

CALL: dict[str, Any] = {"requester": TENANT, "verb": Verb.DELETE, "case": "TS-77"}
LB_2 = Explicit(ACME, (ResourceId("lb-2"),))
"""It is moved about before, so that its version is 2."""


def stand(**faults: Any) -> Stand:
    made = Stand(**faults)
    made.world.transfer(ResourceId("lb-2"), ACME, None)
    return made


def planned(on: Stand) -> Plan:
    plan = on.guard.plan(request(LB_2, **CALL))
    assert isinstance(plan, Plan)
    return plan


def written(on: Stand) -> list[Entry]:
    return [record.entry for record in on.audit.records]


def denied(*codes: str, organization: str = "acme") -> Entry:
    return Entry(Event.REFUSAL, "", "user-1", organization, "delete", "TS-77", "", "", "", codes)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [(Outcome.DONE, "done"), (Outcome.REFUSED, "refused"), (None, "in_doubt")],
    ids=["done", "refused", "in doubt"],
)
def test_an_effect_is_written_down_before_and_after(answer: Any, outcome: str) -> None:
    on = stand(destroy=lambda *_args: answer)
    digest = planned(on).digest
    on.guard.run(request(LB_2, **CALL))
    before = Entry(Event.INTENT, digest, "user-1", "acme", "delete", "TS-77", "lb-2", "2", "", ())
    denial = [denied("write_refused")] if outcome == "refused" else []  # nothing was done, so the call is denied
    assert written(on) == [before, replace(before, event=Event.EFFECT, outcome=outcome), *denial]


def test_a_denial_is_written_down_with_every_code() -> None:
    on = stand()
    on.guard.run(request(WholeOrganization(OTHER, OTHER), **CALL, environment="staging"))
    assert written(on) == [denied("not_your_organization", "wrong_environment", organization="acme2")]


def test_the_denial_of_a_plan_is_written_down_like_any_other() -> None:
    on = stand()
    on.guard.plan(request(LB_2, **CALL, policy_version="2026-10"))
    assert written(on) == [denied("policy_changed")]


@pytest.mark.parametrize(("change", "code"), [("altered", "plan_altered"), ("stale", "plan_stale")])
def test_the_denial_of_an_execution_is_written_down_like_any_other(change: str, code: str) -> None:
    on = stand()
    plan = planned(on)
    if change == "stale":
        on.world.transfer(ResourceId("lb-2"), ACME, None)
    on.guard.execute(replace(plan, targets=()) if change == "altered" else plan)
    assert written(on) == [denied(code)]


def test_an_event_has_its_word() -> None:
    assert [event.value for event in Event] == ["intent", "effect", "refusal"]
    assert [outcome.value for outcome in Outcome] == ["done", "refused", "in_doubt", "untouched"]
