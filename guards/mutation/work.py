"""What a worker does: make the service out of what it finds on import, attack it, run the incident on it, or the tests.

Each function here takes a job and tells what it found, line by line, so that what a worker learned before it was ended
is not lost.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any, Final

from guards.mutation.attack import Attack, Plan, chosen, first, kept_cases, run_the_machine, told, what_happened, within
from guards.mutation.loading import named
from guards.mutation.outcome import THE_INCIDENT
from guards.testing.service import Closes, Service

REFERENCE: Final = "guards.reference"
"""The package of the service that the incident can be run on."""
INCIDENT: Final = "guards.mutation.incident"
"""What runs the incident; it imports the reference platform."""
IMPORT_SECONDS: Final = 20.0

Job = dict[str, Any]
Tell = Callable[[Any], None]


def attacked(job: Job, tell: Tell) -> None:
    """The enumerated layers, and the incident where there is one."""
    service = _opened(job, tell)
    if service is None:
        return
    tell({"doing": "attacking"})
    known = kept_cases(job["cases"])
    todo = [known[n] for n in job["numbers"]]
    plan = Plan(todo, chosen(job["properties"]), frozenset(job["wanted"]))
    attack = Attack(service, plan, on_breach=lambda breach: tell({"breach": breach}))
    attack.run()
    _tell_what_it_found(attack, tell)
    if job["explain"] and attack.traces:
        name = next((one for one in (*job["wanted"], "isolation") if one in attack.traces), next(iter(attack.traces)))
        with within(4 * IMPORT_SECONDS):
            tell({"counterexample": told(attack, name, job["seed"])})
    if job["drill"]:
        tell({"doing": THE_INCIDENT})
        tell({"drill": drilled()})
    close(service)


def _tell_what_it_found(attack: Attack, tell: Tell) -> None:
    found = {
        "notice": first(attack.notices.values()),
        "noticed_by": sorted(attack.asserted),
        "breach": attack.breach,
        "calls": attack.calls,
        "hung": attack.hung,
    }
    tell({"attacked": found})


def machine(job: Job, tell: Tell) -> None:
    """The state machine alone."""
    service = _opened(job, tell)
    if service is None:
        return
    tell({"doing": "the state machine"})
    attack = run_the_machine(service, job["seed"], chosen(job["properties"]), lambda breach: tell({"breach": breach}))
    _tell_what_it_found(attack, tell)
    close(service)


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
            gc.freeze()  # what is loaded by now stays to the end: to look through it again and again costs a fifth
            gc.set_threshold(100_000)  # a call leaves little behind, and a worker does not live long
            return made
    except BaseException as error:
        notice = {"by": "service", "kind": kind, "at": job["service"], "why": what_happened(error), "calls": 0}
        tell({"attacked": {"notice": notice, "noticed_by": [], "breach": None, "calls": 0}})
        return None


def close(service: Service) -> None:
    if isinstance(service, Closes):
        service.close()


def drilled() -> dict[str, Any]:
    """How many of the others' balancers fall on the day of the incident, and why it did not come to its end."""
    day: Any = None
    why = ""
    try:
        with within(IMPORT_SECONDS):
            day = named(f"{INCIDENT}:Day")()
            day.play()
    except BaseException as error:
        why = what_happened(error)
    # A platform that cannot be made brings nothing down.
    return {"hit": 0 if day is None else day.strangers_hit(), "why": why}
