"""Shortens a counterexample by replaying it: until no step, no craft and no object of the world is left whose removal
keeps the property broken.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from guards.errors import GuardsError
from guards.testing.service import Service
from guards.testing.steps import refs_in
from guards.testing.trace import Trace, rerun

_T = TypeVar("_T")


def shorten(service: Service, trace: Trace) -> Trace:
    """The trace with nothing left that can be removed: no step, no craft, no element of a list, nothing of its world.

    Each round tries every single removal and keeps those after which the property is still broken, with something
    changed if something was; rounds go on until one removes nothing, so the result is minimal one by one. The same
    trace and service give the same result.
    """
    first = rerun(service, trace)
    did_harm = first.finding is not None and bool(first.finding.objects)

    def still_breaks(candidate: Trace) -> bool:
        if not candidate.steps or not candidate.world.organizations:
            return False  # no file says so little
        try:
            finding = rerun(service, candidate).finding
        except GuardsError:
            return False
        return finding is not None and (bool(finding.objects) or not did_harm)

    at = first.at
    calls = [n for n, step in enumerate(trace.steps) if step.is_call]
    head = replace(trace, steps=trace.steps[: calls[at] + 1])
    trace = head if still_breaks(head) else trace
    while True:
        smaller = _without_a_step(trace, still_breaks)
        smaller = _without_a_craft(smaller, still_breaks)
        smaller = _without_an_element(smaller, still_breaks)
        if smaller == trace:
            alone = _without_bystanders(trace, still_breaks)
            smaller = _without_a_step(alone, still_breaks)  # an emptier world may need none to empty it
            if smaller == alone:
                return alone
        trace = smaller


def _without_a_step(trace: Trace, still_breaks: Callable[[Trace], bool]) -> Trace:
    steps = _fewest(trace.steps, lambda steps: still_breaks(replace(trace, steps=tuple(steps))))
    return replace(trace, steps=tuple(steps))


def _without_an_element(trace: Trace, still_breaks: Callable[[Trace], bool]) -> Trace:
    """Every list in a step's fields as short as it can be."""
    for n, step in enumerate(trace.steps):
        for name in [name for name, value in step.fields.items() if isinstance(value, list)]:
            trace = _with_the_fewest(trace, n, name, still_breaks)
    return trace


def _with_the_fewest(trace: Trace, n: int, name: str, still_breaks: Callable[[Trace], bool]) -> Trace:
    def put(value: Sequence[Any]) -> Trace:
        step = replace(trace.steps[n], fields={**trace.steps[n].fields, name: list(value)})
        return replace(trace, steps=(*trace.steps[:n], step, *trace.steps[n + 1 :]))

    return put(_fewest(trace.steps[n].fields[name], lambda value: still_breaks(put(value))))


def _fewest(things: Sequence[_T], is_enough: Callable[[Sequence[_T]], bool]) -> Sequence[_T]:
    """The things without any run of them that can go: halves first, then ever shorter runs, from the end."""
    size = max(len(things) // 2, 1)
    while size:
        n = len(things)
        while n > 0:
            n -= size
            fewer = [*things[: max(n, 0)], *things[max(n, 0) + size :]]
            if is_enough(fewer):
                things = fewer
        size //= 2
    return things


def _without_a_craft(trace: Trace, still_breaks: Callable[[Trace], bool]) -> Trace:
    for n, step in enumerate(trace.steps):
        for craft in step.crafts:
            fewer = replace(step, crafts=tuple(other for other in trace.steps[n].crafts if other != craft))
            candidate = replace(trace, steps=(*trace.steps[:n], fewer, *trace.steps[n + 1 :]))
            if still_breaks(candidate):
                trace = candidate
    return trace


def _without_bystanders(trace: Trace, still_breaks: Callable[[Trace], bool]) -> Trace:
    """The world with only what it takes: whole organizations first, then single things."""
    named = {ref for step in trace.steps for ref in refs_in(step.fields)} | {step.caller for step in trace.steps}
    for organization in reversed(trace.world.organizations):
        candidate = replace(trace, world=trace.world.without({organization.ref}))
        if still_breaks(candidate):
            trace = candidate
    for ref in [*trace.world.refs()][::-1]:
        keep = set(trace.world.refs()) - {ref}
        world = trace.world.only(keep)
        if ref not in named and set(world.refs()) == keep:
            candidate = replace(trace, world=world)
            if still_breaks(candidate):
                trace = candidate
    return trace
