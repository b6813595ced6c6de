"""The lab's findings for a reviewer: the catalogue's regressions and who caught them, and single points of failure.

A regression of the catalogue may break several barriers at once on purpose; only a mutant of one place that reaches
another tenant by itself is a single point of failure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from guards.report.record import Record
from guards.report.stories import UNSORTED, Story
from guards.report.text import counted
from guards.results import MutantOutcome, MutantResult


@dataclass(frozen=True, slots=True)
class Incident:
    """One entry of the catalogue and what became of it; without a result it is unknown."""

    id: str
    story: Story | None
    mutant: MutantResult | None
    is_judged: bool
    """Whether isolation was judged with it in place."""

    @property
    def fault_class(self) -> str:
        return self.story.fault_class if self.story is not None else UNSORTED

    @property
    def outcome(self) -> str:
        return self.mutant.outcome.value if self.mutant is not None else "unknown"

    @property
    def verdict(self) -> str:
        """held, broken or unknown, for the eye."""
        if self.mutant is None or self.mutant.outcome is MutantOutcome.BROKEN:
            return "unknown"
        return "held" if self.mutant.outcome.is_good else "broken"

    @property
    def caught_by(self) -> str:
        if self.mutant is None:
            return "unknown"
        return self.mutant.by or (f"masked by {self.mutant.masked_by}" if self.mutant.masked_by else "nobody")

    @property
    def needs(self) -> str:
        """How many calls it takes, as the entry says."""
        if self.story is None or self.story.one_call is None:
            return "unknown"
        return "one suffices" if self.story.one_call else "several"

    @property
    def calls(self) -> str:
        """After how many calls of the attack it was caught."""
        if self.mutant is None:
            return "unknown"
        if self.mutant.outcome is not MutantOutcome.CAUGHT:
            return "never" if self.mutant.outcome is not MutantOutcome.BROKEN else "unknown"
        return "unknown" if self.mutant.calls is None else f"{self.mutant.calls:,}"

    @property
    def reach(self) -> str:
        """Whether it could reach another tenant."""
        breach = self.mutant.breach if self.mutant is not None else None
        if breach is None:
            is_seen = self.mutant is not None and self.mutant.breaches
            return "yes" if is_seen else "no" if self.is_judged else "unknown"
        parts = [f"{breach.objects:,} foreign objects in one case"] if breach.objects else []
        fell = counted(breach.incident, "load balancer")
        parts += [f"{fell} of others in the incident, where 1,574 fell"] if breach.incident else []
        return f"yes: {', '.join(parts)}" if parts else "yes"


def incidents(record: Record) -> list[Incident]:
    """Every entry of the catalogue and every result of that tier, by class and then by id."""
    mutants = {mutant.id: mutant for mutant in _mutants(record) if mutant.tier == "catalogue"}
    run = record.mutate
    judged = {mutant.id for mutant in mutants.values() if run is not None and run.is_tried(mutant)}
    ids = record.stories.keys() | mutants.keys()
    found = [Incident(id, record.stories.get(id), mutants.get(id), id in judged) for id in ids]
    return sorted(found, key=lambda incident: (incident.fault_class, incident.id))


def by_class(found: list[Incident]) -> list[tuple[str, list[Incident]]]:
    """The incidents of each class of fault."""
    return [(name, list(group)) for name, group in groupby(found, key=lambda incident: incident.fault_class)]


def singles(record: Record) -> list[MutantResult]:
    """The mutants that let a call reach another tenant by themselves: the aim is none."""
    return record.mutate.breaching() if record.mutate is not None else []


def unjudged(record: Record) -> list[MutantResult]:
    """The single faults of which nobody knows whether they let a call reach another tenant."""
    return record.mutate.untried() if record.mutate is not None else []


def left_over(record: Record) -> list[MutantResult]:
    """What nobody caught, the catalogue first."""
    left = [mutant for mutant in _mutants(record) if not mutant.outcome.is_good]
    return sorted(left, key=lambda mutant: (mutant.tier != "catalogue", mutant.file, mutant.start, mutant.id))


def _mutants(record: Record) -> Iterator[MutantResult]:
    return iter(record.mutate.mutants if record.mutate is not None else ())
