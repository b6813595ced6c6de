"""A trace: a world and the steps in it that break a property, and what it shows when it runs again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from guards.testing.exchange import Exchange, failure_in_words
from guards.testing.judges import IDLE, SILENT, Finding, broken, did_nothing
from guards.testing.properties import Property, judge
from guards.testing.replay import run_steps
from guards.testing.service import Outcome, Service
from guards.testing.steps import Step
from guards.testing.twins import run_with_twin
from guards.testing.world import World

MakeService = Callable[[], Service]


@dataclass(frozen=True, slots=True)
class Trace:
    """A world and steps which break a property of a service, or to which it fails to answer (`call_answered`)."""

    property: Property
    world: World
    steps: tuple[Step, ...]
    seed: int = 0
    round: int = 0
    raised: str = ""
    """What the service raised instead of answering; empty for a counterexample to a property."""


CALL_ANSWERED = "call-answered"
"""What a trace is about that shows no broken property, but a call that the service failed to answer."""


def call_answered(operation: str, raised: str) -> Property:
    """What a failing trace is about, in the form of a property: that this operation does not end with this error.

    Another operation's failure, or another error, does not break it: shortened or replayed, a trace shows the same
    failure or none.
    """

    def judge_one(x: Exchange) -> Finding:
        if x.outcome is not Outcome.FAILED or (x.operation.name, x.reply.code) != (operation, raised):
            return SILENT
        return broken(failure_in_words(x), x.changes)

    return Property(
        CALL_ANSWERED,
        "every call is answered: accepted, refused or interrupted",
        "a call that ends with an error that the service does not declare",
        judge_one,
    )


@dataclass(frozen=True, slots=True)
class Showing:
    """What a trace shows when it runs: every call with its answer, and the first finding that breaks the property."""

    exchanges: tuple[Exchange, ...]
    finding: Finding | None = None
    at: int = 0
    """The number of the call, from 0, that breaks the property."""


def rerun(service: Service, trace: Trace) -> Showing:
    """Run the trace and look for its property alone."""
    run = run_with_twin if trace.property.name == "noninterference" else run_steps
    exchanges = tuple(run(service, trace.world, trace.steps))
    for n, x in enumerate(exchanges):
        for _, finding in judge(x, (trace.property,)):
            if finding.why:
                return Showing(exchanges, finding, n)
        if trace.property.name == "useful" and did_nothing(x):
            return Showing(exchanges, IDLE, n)
    return Showing(exchanges)


# --- files ------------------------------------------------------------------------------------------------------------
