"""What a worker does: make the service out of what it finds on import, attack it, run the incident on it, or the tests.

Each function here takes a job and tells what it found, line by line, so that what a worker learned before it was ended
is not lost.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, Final

from guards.mutation.attack import (
    NONINTERFERENCE,
    Attack,
    Plan,
    chosen,
    first,
    keep_cases,
    kept_cases,
    make_cases,
    populate_all,
    reach_of,
    run_the_machine,
    told,
    traits_of,
    weight_of,
    what_happened,
    within,
)
from guards.mutation.loading import named
from guards.mutation.reach import Recorder, keys_of, masks_of
from guards.testing.exchange import Exchange
from guards.testing.properties import judge
from guards.testing.service import Closes, Service

REFERENCE: Final = "guards.reference"
"""The package of the service that the incident can be run on."""
INCIDENT: Final = "guards.mutation.incident"
"""What runs the incident; it imports the reference platform."""
IMPORT_SECONDS: Final = 20.0

Job = dict[str, Any]
Tell = Callable[[Any], None]


def baseline(job: Job, tell: Tell) -> None:
    """Everything once, instrumented: makes the cases of this seed, notes what each of them enters, and what of that is
    entered by cases that exercise a property.
    """
    recorder = Recorder()
    factory = named(job["service"])
    if job["drill"]:
        importlib.import_module(INCIDENT)
    loaded = recorder.take()
    service: Service = factory()
    todo = make_cases(service, job["seed"])
    keep_cases(todo, job["cases"])
    populate_all(service, todo)
    always = loaded | recorder.take()  # with every case: a service is filled anew for some of them
    attack = Attack(service, Plan(todo, chosen(job["properties"])))
    by_property: dict[str, set[frozenset[str]]] = {property.name: set() for property in attack.judged}

    def note(x: Exchange) -> None:
        heard = recorder.heard()
        for property, _ in judge(x, attack.judged):
            by_property[property.name].add(heard)

    attack.watch = note
    without_others = by_property.get(NONINTERFERENCE.name, set())  # whatever is run besides the calls is run for that
    reached = []
    for case in todo:
        attack.run_case(case)
        without_others.add(recorder.heard())
        reached.append(recorder.take())
    attack.run_twins()
    without_others.add(recorder.heard())
    recorder.take()
    if job["drill"]:
        _drilled()
    drill = recorder.take()
    found = {
        "count": len(todo),
        "acted": attack.acted,
        "ways": masks_of(reached),
        "drill": masks_of([drill]),
        "traits": [traits_of(case) for case in todo],
        "reach": [reach_of(case) for case in todo],
        "weights": [weight_of(case) for case in todo],
        "loaded": keys_of(loaded),
        "always": keys_of(always),
        "by_property": {name: keys_of(heard) for name, heard in sorted(by_property.items())},
        "notice": first(attack.notices),
        "breach": attack.breach,
    }
    tell({"baseline": found})
    _close(service)


def attacked(job: Job, tell: Tell) -> None:
    """The enumerated layers, and the incident where there is one."""
    service = _opened(job, tell)
    if service is None:
        return
    tell({"doing": "attacking"})
    known = kept_cases(job["cases"])
    todo = [known[n] for n in job["numbers"]]
    attack = Attack(service, Plan(todo, chosen(job["properties"]), frozenset(job["wanted"])))
    attack.run()
    _tell_what_it_found(attack, tell)
    if job["explain"] and attack.traces:
        name = next(iter(attack.traces))
        with within(4 * IMPORT_SECONDS):
            tell({"counterexample": told(attack, name, job["seed"])})
    if job["drill"]:
        tell({"doing": "the incident"})
        tell({"drill": _drilled()})
    _close(service)


def _tell_what_it_found(attack: Attack, tell: Tell) -> None:
    noticed_by = sorted(by for by, found in attack.notices.items() if found["kind"] == "assertion")
    found = {"notice": first(attack.notices), "noticed_by": noticed_by, "breach": attack.breach, "calls": attack.calls}
    tell({"attacked": found})


def machine(job: Job, tell: Tell) -> None:
    """The state machine alone."""
    service = _opened(job, tell)
    if service is None:
        return
    tell({"doing": "the state machine"})
    attack = run_the_machine(service, job["seed"], chosen(job["properties"]))
    _tell_what_it_found(attack, tell)
    _close(service)


def tests(job: Job, tell: Tell) -> None:
    """The project's own tests."""
    from guards.mutation.suite import run_tests

    run_tests(job, tell)


def _opened(job: Job, tell: Tell) -> Service | None:
    """The service; or None, and how its making failed is told."""
    tell({"doing": "importing"})
    kind = "import"
    try:
        with within(IMPORT_SECONDS):
            factory = named(job["service"])
            kind = "crash"
            made: Service = factory()
            return made
    except BaseException as error:
        notice = {"by": "service", "kind": kind, "at": job["service"], "why": what_happened(error), "calls": 0}
        tell({"attacked": {"notice": notice, "noticed_by": [], "breach": None, "calls": 0}})
        return None


def _close(service: Service) -> None:
    if isinstance(service, Closes):
        service.close()


def _drilled() -> dict[str, Any]:
    """How many of the others' balancers fall on the day of the incident, call by call."""
    try:
        with within(IMPORT_SECONDS):
            return {"hit": named(f"{INCIDENT}:strangers_hit")(), "why": ""}
    except BaseException as error:
        return {"hit": 0, "why": what_happened(error)}
