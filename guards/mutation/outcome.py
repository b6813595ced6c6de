"""From what workers saw to a verdict on a mutant. Values in, values out: nothing is run here.

A kill needs a property that was seen broken, a service that fell over or could not be made, or a test that was
recorded as failing. Whatever else ended a worker is named and is no kill, but for a limit: a variant that hangs where
the baseline does not was noticed.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from guards.mutation.mutant import Mutant
from guards.mutation.sandbox import Ran
from guards.results import BreachShape, MutantOutcome, MutantResult

Kind = Literal["assertion", "crash", "import", "timeout"]
LIMITS: Final = frozenset({"cpu", "wall"})
THE_INCIDENT: Final = "the incident"
"""What a worker is at when it runs that day on a variant."""


@dataclass(frozen=True, slots=True)
class Notice:
    """How a mutant was noticed: by which property or test, in which case or phase."""

    by: str
    kind: Kind
    at: str
    why: str
    calls: int | None = None
    """How many calls of the attack were made by then; None where that is not counted, as in a test."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one worker, or several together, saw of a mutant."""

    notice: Notice | None = None
    noticed_by: frozenset[str] = frozenset()
    breach: BreachShape | None = None
    trouble: str = ""
    """Why the worker says nothing about the mutant; empty if it does."""
    counterexample: str = ""
    cpu: float = 0.0
    calls: int = 0
    """Made by the kit, whether or not they were noticed."""
    unjudged: bool = False
    """Whether there are cases that were to be judged by isolation, and never were."""

    def and_then(self, later: Seen) -> Seen:
        """Both together. What was noticed first, or asserted rather than not, is what is told."""
        return Seen(
            _better(self.notice, _after(self.calls, later.notice)),
            self.noticed_by | later.noticed_by,
            self.breach or later.breach,
            self.trouble or later.trouble,
            self.counterexample or later.counterexample,
            self.cpu + later.cpu,
            self.calls + later.calls,
            self.unjudged or later.unjudged,
        )


@dataclass(frozen=True, slots=True)
class Subject:
    """A mutant, and what its entry in the catalogue says of it."""

    mutant: Mutant
    expected: tuple[str, ...] = ()
    masked_by: str | None = None


def of_attack(ran: Ran) -> Seen:
    """What the kit saw."""
    attacked, drill = ran.said("attacked"), ran.said("drill")
    breached = attacked["breach"] if attacked is not None else ran.said("breach")
    breach = _breach(breached, drill["hit"] if drill is not None else 0)
    told = Seen() if attacked is None else _told(attacked, ran.said("counterexample"))
    if attacked is not None and (drill is not None or ran.said("doing") != THE_INCIDENT):
        return replace(told, breach=breach, cpu=ran.cpu)
    ended = replace(_ended_early(ran, "the kit"), unjudged=True)
    if told.noticed_by:
        ended = replace(ended, trouble="")  # what asserted stands, whatever became of the worker after that
    return replace(told.and_then(ended), breach=breach)


def _told(attacked: Mapping[str, Any], counterexample: str | None) -> Seen:
    return Seen(
        _notice(attacked["notice"]),
        frozenset(attacked["noticed_by"]),
        counterexample=counterexample or "",
        calls=attacked["calls"],
        unjudged=bool(attacked.get("hung")),
    )


def of_tests(ran: Ran) -> Seen:
    """What the project's own tests saw. Only a recorded failure counts."""
    tests = ran.said("tests")
    if tests is None:
        return _ended_early(ran, "the tests")
    if tests["code"] == 1 and tests["failure"] is not None:
        return Seen(_notice(tests["failure"]), cpu=ran.cpu)
    if tests["code"] == 0 and tests["ran"] and not tests["trouble"]:
        return Seen(cpu=ran.cpu)
    return Seen(trouble=tests["trouble"] or f"pytest ended with {tests['code']}", cpu=ran.cpu)


def _ended_early(ran: Ran, who: str) -> Seen:
    doing = ran.said("doing") or "its start"
    if ran.ended in LIMITS:
        return Seen(Notice(who, "timeout", doing, f"the worker was ended by its {ran.ended} limit"), cpu=ran.cpu)
    last = ran.output.strip().splitlines()[-1:]
    return Seen(trouble=": ".join([f"the worker left with {ran.ended} in {doing}", *last])[:500], cpu=ran.cpu)


def _notice(told: Mapping[str, Any] | None) -> Notice | None:
    return None if told is None else Notice(told["by"], told["kind"], told["at"], told["why"], told.get("calls"))


def _breach(told: Mapping[str, Any] | None, incident: int) -> BreachShape | None:
    if told is not None:
        return BreachShape(at=told["at"], why=told["why"], objects=told["objects"], incident=incident)
    if incident:
        return BreachShape(at="the incident", why="another organization's balancer fell", objects=0, incident=incident)
    return None


def _after(calls: int, notice: Notice | None) -> Notice | None:
    """The notice, with the calls that were made before its stage began."""
    return notice if notice is None or notice.calls is None else replace(notice, calls=calls + notice.calls)


def _better(earlier: Notice | None, later: Notice | None) -> Notice | None:
    """Whether a mutant only crashed matters less once something asserted."""
    if earlier is None or (later is not None and later.kind == "assertion" != earlier.kind):
        return later
    return earlier


def is_settled(subject: Subject, seen: Seen) -> bool:
    """Whether nothing more has to be run to know the outcome."""
    if seen.trouble:
        return True
    if subject.expected:
        return seen.noticed_by >= set(subject.expected)
    return seen.notice is not None


def judged(subject: Subject, by_seed: Sequence[Seen], diff: str, *, is_reached: bool) -> MutantResult:
    """The verdict on a mutant, out of what was seen with each seed."""
    mutant = subject.mutant
    outcome, why = _outcome(subject, by_seed, is_reached)
    caught = [seen for seen in by_seed if _is_caught(subject, seen)]
    notice = next((seen.notice for seen in (*caught, *by_seed) if seen.notice is not None), None)
    breach = max(filter(None, (seen.breach for seen in by_seed)), key=_size, default=None)
    return MutantResult(
        id=mutant.id,
        tier=mutant.tier,
        operator=mutant.operator,
        file=mutant.file,
        start=list(mutant.start),
        end=list(mutant.end),
        function=mutant.function,
        original=mutant.original,
        replacement=mutant.replacement,
        fingerprint=mutant.fingerprint,
        diff=diff,
        outcome=outcome,
        kill=notice.kind if notice is not None and outcome is MutantOutcome.CAUGHT else None,
        by=notice.by if notice is not None else "",
        at=notice.at if notice is not None else "",
        why=why or (notice.why if notice is not None else ""),
        noticed_by=sorted(frozenset[str]().union(*(seen.noticed_by for seen in by_seed))),
        expected=list(subject.expected),
        masked_by=subject.masked_by,
        seeds=len(caught),
        calls=notice.calls if notice is not None else None,
        breaches=breach is not None,
        unjudged=breach is None and any(seen.unjudged for seen in by_seed),
        breach=breach,
        cpu=round(sum(seen.cpu for seen in by_seed), 2),
    )


def _outcome(subject: Subject, by_seed: Sequence[Seen], is_reached: bool) -> tuple[MutantOutcome, str]:
    """The outcome, and why, where no notice says it."""
    trouble = next((seen.trouble for seen in by_seed if seen.trouble), "")
    noticed = frozenset[str]().union(*(seen.noticed_by for seen in by_seed))
    caught = sum(_is_caught(subject, seen) for seen in by_seed)
    if trouble:
        return MutantOutcome.BROKEN, trouble
    if subject.masked_by is not None:
        if not caught:
            entered = "" if is_reached else "; no case enters what it changes, so its compound alone shows it"
            return MutantOutcome.MASKED, f"masked by {subject.masked_by}, as its entry says{entered}"
        by = _and(noticed) or "something else"
        return MutantOutcome.STALE, f"its entry says that {subject.masked_by} masks it, and {by} noticed"
    if caught == len(by_seed) > 0:
        return MutantOutcome.CAUGHT, ""
    if caught:
        return MutantOutcome.FLAKY, f"caught with {caught} of {len(by_seed)} seeds"
    if not is_reached:
        return MutantOutcome.UNCOVERED, "no case and no test enters the code that it changes"
    if subject.expected and any(seen.notice for seen in by_seed):
        return MutantOutcome.MISSED, f"its entry names {_and(subject.expected)}; noticed by {_and(noticed) or 'others'}"
    return MutantOutcome.MISSED, ""


def _is_caught(subject: Subject, seen: Seen) -> bool:
    return seen.notice is not None and seen.noticed_by >= set(subject.expected)


def _and(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _size(breach: BreachShape) -> tuple[int, int]:
    return breach.incident, breach.objects


def stale(id: str, file: str, why: str, expected: Sequence[str], masked_by: str | None) -> MutantResult:
    """The result of an entry of the catalogue that no mutant can be made of."""
    empty = Mutant(id, "catalogue", id, file, (1, 0), (1, 0), "", "", "", (), "")
    made = judged(Subject(empty, tuple(expected), masked_by), (), "", is_reached=True)
    return made.model_copy(update={"outcome": MutantOutcome.STALE, "why": why})


def diff_of(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """What was changed, as a unified diff with a little around it."""
    lines: list[str] = []
    for file in sorted(after):
        old, new = before[file].splitlines(), after[file].splitlines()
        lines += difflib.unified_diff(old, new, f"a/{file}", f"b/{file}", n=2, lineterm="")
    return "\n".join(lines)
