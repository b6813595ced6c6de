"""How engines are compared: in one process, by turns, in thread CPU time and without the garbage collector.

Only ratios come out. What a machine makes of one microsecond is its own affair, and so is what else it is doing.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

ROUNDS: Final = 15
SAMPLE_NS: Final = 5_000_000
"""Long enough for the clock, short enough to be seldom interrupted."""


def take_turns(engines: Mapping[str, Callable[[], object]]) -> dict[str, list[float]]:
    """Nanoseconds of one run of each engine, once a round. Every other round goes backwards, so none always follows."""
    repeats = {name: _repeats(run) for name, run in engines.items()}
    times: dict[str, list[float]] = {name: [] for name in engines}
    with _without_collector():
        for number in range(ROUNDS):
            order = list(engines) if number % 2 == 0 else list(reversed(engines))
            for name in order:
                times[name].append(_sample(engines[name], repeats[name]))
    return times


def ratio(times: Mapping[str, list[float]], engine: str, peer: str) -> float:
    """How much of the peer's time the engine takes: the median of the rounds, since both met the same weather."""
    return statistics.median(ours / theirs for ours, theirs in zip(times[engine], times[peer], strict=True))


def _repeats(run: Callable[[], object]) -> int:
    run()  # whatever an engine prepares on its first call is not timed
    return max(1, round(SAMPLE_NS / max(1.0, _sample(run, 3))))


def _sample(run: Callable[[], object], repeats: int) -> float:
    started = time.thread_time_ns()
    for _ in range(repeats):
        run()
    return (time.thread_time_ns() - started) / repeats


@contextmanager
def _without_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
