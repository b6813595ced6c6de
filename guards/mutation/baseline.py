"""What stands unchanged: the kit's cases of a seed, run instrumented, and which of them enter what.

They are run in shares, each by a worker of its own, and put together by the lab. The shares are the same however many
workers there are, and so is what is found.
"""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, Final

from guards.mutation.attack import (
    NONINTERFERENCE,
    Attack,
    Plan,
    chosen,
    keep_cases,
    listening,
    make_cases,
    populate_all,
    reach_of,
    traits_of,
    weight_of,
)
from guards.mutation.experiment import BaselineError
from guards.mutation.loading import named
from guards.mutation.reach import Reached, Recorder, Way, keys_of, masks_of
from guards.mutation.work import INCIDENT, Job, Tell, close, drilled
from guards.testing.calls import Case
from guards.testing.exchange import Exchange
from guards.testing.properties import judge
from guards.testing.service import Service

SHARES: Final = 2


@dataclass(frozen=True, slots=True)
class Cases:
    """The cases of one seed."""

    path: str
    reached: Reached
    drill: Reached
    """The incident, as the one piece of work that it is."""
    loaded: frozenset[str]
    """What runs on import."""
    by_property: Mapping[str, Collection[str]]
    """The stretches that are entered by those that exercise it."""
    cpu: float


def run_share(job: Job, tell: Tell) -> None:
    """One share of the cases (`share`, its number and how many there are), in a worker: notes what each of them enters,
    and what of that is entered by cases that exercise a property. The first one keeps all cases under `cases`, and runs
    the incident.
    """
    recorder = Recorder()
    factory = named(job["service"])
    if job["drill"]:
        importlib.import_module(INCIDENT)
    loaded = recorder.take()
    service: Service = factory()
    todo = make_cases(service, job["seed"])
    populate_all(service, todo)
    always = loaded | recorder.take()  # with every case: a service is filled anew for some of them
    properties = chosen(job["properties"])
    every = frozenset(property.name for property in properties)  # nothing is enough: all that is broken is named
    attack = Attack(service, Plan(todo, properties, every))
    share, shares = job["share"]
    start, end = (len(todo) * n // shares for n in (share, share + 1))
    reached, by_property = _reached(attack, todo[start:end], recorder)
    drill: frozenset[Way] = frozenset()
    incident = {"hit": 0, "why": ""}
    if share == 0:
        keep_cases(todo, job["cases"])
        if job["drill"]:
            incident = drilled()
            drill = recorder.take()
        shown = {"traits": traits_of, "reach": reach_of, "weights": weight_of}
        tell({"shown": {name: [of(case) for case in todo] for name, of in shown.items()}})
    found = {
        "acted": attack.acted,
        "ways": masks_of([*[()] * start, *reached]),
        "drill": masks_of([drill]),
        "incident": incident,
        "loaded": keys_of(loaded),
        "always": keys_of(always),
        "by_property": {name: keys_of(heard) for name, heard in sorted(by_property.items())},
        "notices": list(attack.notices.values()),
        "cases": _digest(todo),
    }
    tell({"baseline": found})
    close(service)


def _reached(
    attack: Attack, todo: Sequence[Case], recorder: Recorder
) -> tuple[list[frozenset[Way]], dict[str, set[frozenset[str]]]]:
    """The ways that each case takes, and by property what its exercise enters."""
    by_property: dict[str, set[frozenset[str]]] = {property.name: set() for property in attack.judged}

    def note(x: Exchange) -> None:
        heard = recorder.heard()
        for property, _ in judge(x, attack.judged):
            by_property[property.name].add(heard)

    attack.watch = note
    without_others = by_property.get(NONINTERFERENCE.name, set())  # whatever is run besides the calls is run for that
    reached = []
    with listening():
        for case in todo:
            attack.run_case(case)
            without_others.add(recorder.heard())
            reached.append(recorder.take())
        attack.run_twins()
    without_others.add(recorder.heard())
    recorder.take()
    return reached, by_property


def _digest(todo: Sequence[Case]) -> str:
    """Of which cases there are: each share makes them for itself."""
    named = "\n".join(f"{case.name} {case.world.style} {len(case.steps)}" for case in todo)
    return hashlib.sha256(named.encode()).hexdigest()


def put_together(path: str, shown: Mapping[str, Any], shares: Sequence[Mapping[str, Any]], cpu: float) -> Cases:
    """All cases of a seed out of what the shares told; `shown` is what each case shows, as the first one told it.

    Raises `BaselineError` where the shares had other cases.
    """
    if len({share["cases"] for share in shares}) > 1:
        raise BaselineError("flaky: the service can hold other worlds each time it is made, so its cases differ")
    always = _all(share["always"] for share in shares)
    names = sorted({name for share in shares for name in share["by_property"]})
    return Cases(
        path,
        Reached(_merged("ways", shares), always, len(shown["traits"]), **shown),
        Reached(_merged("drill", shares), always, 1),
        _all(share["loaded"] for share in shares),
        {name: _all(share["by_property"].get(name, ()) for share in shares) for name in names},
        cpu,
    )


def _all(keys: Iterable[Iterable[str]]) -> frozenset[str]:
    return frozenset().union(*keys)


def _merged(what: str, shares: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """By way, the bits of all shares."""
    masks: dict[str, list[int]] = {}
    for share in shares:
        for way, mask in share[what].items():
            masks.setdefault(way, []).append(int(mask, 16))
    return {way: f"{reduce(or_, of_one):x}" for way, of_one in masks.items()}
