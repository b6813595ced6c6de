"""What the settings ask for no more, or ask less of than they did: a sentence for each, for whoever reviews a change.

A list may be shorter and ask for the same: a folder stands for all that is in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Final

from guards.gate.settings import GateSettings, Thresholds

AT_MOST: Final = ("breaches", "vacuous", "unsupported", "empty_cells")
OPTIONS: Final = ("-", "@")
"""How what pytest is given begins where it is no file and no folder: an option, or a file of options."""
WHERE: Final = "[tool.guards.gate]"


def asks_less(now: GateSettings, then: GateSettings) -> Iterator[str]:
    """All that the gate looked at and looks at no more, and each threshold that lets more pass."""
    yield from less_listed(f"{WHERE} counterexamples", now.counterexamples, then.counterexamples)
    yield from less_listed(f"{WHERE} tests", now.tests, then.tests)
    options = [word for word in now.tests if word.startswith(OPTIONS) and word not in then.tests]
    yield from (f"{WHERE} tests has the option {option}, and had it not" for option in options)
    if now.service != then.service:
        yield f"{WHERE} service was {then.service}, and is {now.service} now"
    yield from less_listed(f"{WHERE} mutants", now.mutants, then.mutants)
    yield from (f"{WHERE} thresholds.{sentence}" for sentence in _less_held(now.thresholds, then.thresholds))


def less_listed(name: str, now: Sequence[str], then: Sequence[str]) -> Iterator[str]:
    """What stood in a list of files and folders, and is in none of those that stand there now."""
    for one in then:
        file = PurePosixPath(one.partition("::")[0])
        if one not in now and not any(file.is_relative_to(other) for other in now):
            yield f"{name} had {one}, and has it no more"


def _less_held(now: Thresholds, then: Thresholds) -> Iterator[str]:
    for pattern, was in then.coverage.items():
        least = now.coverage.get(pattern)
        if least is None or least < was:
            yield _told(f"coverage of {pattern}", was, least)
    if now.mutants_caught < then.mutants_caught:
        yield _told("mutants_caught", then.mutants_caught, now.mutants_caught)
    for name in AT_MOST:
        was, most = getattr(then, name), getattr(now, name)
        if was is not None and (most is None or most > was):
            yield _told(name, was, most)


def _told(name: str, was: float, now: float | None) -> str:
    return f"{name} had to be {was:g}, and may be {'anything' if now is None else f'{now:g}'} now"
