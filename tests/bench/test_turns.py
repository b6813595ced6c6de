"""The stopwatch itself: it sees who does more, and leaves the collector as it was."""

from __future__ import annotations

import gc

import pytest

from tests.bench.turns import ratio, take_turns

pytestmark = pytest.mark.bench


def test_three_times_the_work_is_seen_as_about_three_times_the_time() -> None:
    once = range(1_000)
    times = take_turns({"once": lambda: sum(once), "thrice": lambda: [sum(once) for _ in range(3)]})
    assert 2 < ratio(times, "thrice", "once") < 4
    assert 1 / 4 < ratio(times, "once", "thrice") < 1 / 2


def test_the_collector_is_off_while_engines_run_and_on_again_afterwards() -> None:
    seen: list[bool] = []
    with pytest.raises(ZeroDivisionError):
        take_turns({"seen": lambda: seen.append(gc.isenabled()), "broken": lambda: 1 // (len(seen) < 5)})
    assert False in seen
    assert gc.isenabled()
