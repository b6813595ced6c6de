"""The day of the incident on a variant: what came down counts, however the day ends."""

from __future__ import annotations

from typing import Any

import pytest

from guards.core.ids import ResourceId
from guards.core.values import Verb
from guards.mutation.work import drilled
from guards.reference import incident
from guards.reference.platform import Platform


def felling(*ends: BaseException) -> Any:
    """A door behind which each call brings down one stranger's balancer more, and then ends so."""
    number, left = iter(range(1, 100)), iter(ends)

    def handle(platform: Platform, *_call: object) -> None:
        platform.world.fell(ResourceId(f"balancer-{next(number):04}"), Verb.INVALIDATE)
        raise next(left)

    return handle


def test_unchanged_nobody_elses_comes_down() -> None:
    assert drilled() == {"hit": 0, "why": ""}


def test_a_call_that_falls_over_has_brought_down_what_it_has_and_the_next_one_comes_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Platform, "handle", felling(*[RuntimeError("fallen over")] * 9))
    assert drilled() == {"hit": 9, "why": ""}


def test_of_a_day_that_is_cut_off_it_is_known_how_many_came_down_and_why_it_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Platform, "handle", felling(RuntimeError("fallen over"), KeyboardInterrupt("too long")))
    assert drilled() == {"hit": 2, "why": "KeyboardInterrupt: too long"}


def test_where_no_platform_can_be_made_nothing_comes_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incident, "build", lambda _clock: 1 // 0)
    assert drilled()["hit"] == 0
    assert "ZeroDivisionError" in drilled()["why"]
