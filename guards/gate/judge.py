"""What a step's exit code and result file are worth: a verdict, figures, and sentences that say what failed.

A file that is missing, foreign or at odds with the exit code makes its step unknown, never green.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import partial
from typing import Any, Final
from xml.etree import ElementTree as Xml

from guards.gate.run import Ran
from guards.gate.settings import Thresholds
from guards.gate.steps import COUNTEREXAMPLE, GUARDS, TESTS
from guards.results import (
    CATALOGUE_STEP,
    COVERAGE_OF,
    COVERAGE_STEP,
    MUTANTS_STEP,
    VERIFY_STEP,
    ExitCode,
    MutantOutcome,
    MutantResult,
    MutateResult,
    ResultFileError,
    StepResult,
    Verdict,
    VerifyResult,
    exit_code,
    read_mutate,
    read_verify,
)
from guards.strict_json import read_json

SAID_MAX: Final = 10
"""Sentences that a step may say; the file holds the rest."""
NO_TESTS: Final = 5
"""What pytest ends with where it ran nothing."""
CUT_OFF: Final = 2
"""What pytest ends with where a file of tests cannot be read, or somebody interrupted it."""
USAGE: Final = 4
"""What pytest ends with where it was asked for what there is not."""
ERROR: Final = "ERROR: "
PROGRESS: Final = re.compile(r"guards: .*, [0-9]+ s(, about .* left)?$")
"""How far a command of ours was; not why it stopped."""
COMPLAINT: Final = "guards: "
"""How a command of ours begins to say why it stops; it goes on in lines that stand further in."""


SETTINGS: Final = ("service", "paths", "tests", "trusted")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the project said as the gate began: commands that read it again must have read the same."""

    service: str
    paths: tuple[str, ...]
    tests: tuple[str, ...]
    trusted: tuple[str, ...]
    regressions: frozenset[str]
    """The ids of the catalogue's entries."""

    def differs_from(self, result: MutateResult) -> list[str]:
        """What a run of mutants was about that it should not have been."""
        other = [name for name in SETTINGS if _listed(getattr(result, name)) != getattr(self, name)]
        found = {mutant.id for mutant in result.mutants}
        return other + (["entries"] if CATALOGUE_STEP in result.tiers and found != self.regressions else [])


def _listed(value: str | list[str]) -> str | tuple[str, ...]:
    return value if isinstance(value, str) else tuple(value)


class _Odd(Exception):
    """The step's result says nothing that can be relied on."""


def judge(ran: Ran, thresholds: Thresholds, guard: Sequence[str] = (), asked: Asked | None = None) -> StepResult:
    """The verdict on one step. `guard` are the files that must not be left out of the measurement."""
    kind = ran.step.name.partition(" ")[0]
    judges: Mapping[str, Callable[[Ran, Thresholds], StepResult]] = {
        COUNTEREXAMPLE: _counterexample,
        TESTS: _tests,
        COVERAGE_STEP: partial(_coverage, guard=guard),
        VERIFY_STEP: _verify,
        CATALOGUE_STEP: partial(_mutants, asked=asked),
        MUTANTS_STEP: partial(_mutants, asked=asked),
    }
    if ran.code is None:
        return _result(ran, Verdict.UNKNOWN, ExitCode.VACUOUS, [f"it did not run to its end: {ran.why}"])
    try:
        return judges[kind](ran, thresholds)
    except (_Odd, ResultFileError, OSError) as why:
        return _result(ran, Verdict.UNKNOWN, ExitCode.UNKNOWN, [str(why), *_last_words(ran.output)])


def _last_words(output: str) -> list[str]:
    """What a command said at its end: a complaint of ours as the one sentence it is, else its last lines."""
    lines = [line for line in output.splitlines() if line.strip() and not PROGRESS.match(line)]
    start = next((n for n in reversed(range(len(lines))) if not lines[n].startswith("  ")), 0)
    if lines and lines[start].startswith(COMPLAINT):
        return [" ".join(map(str.strip, lines[start:]))]
    return lines[-3:]


def _result(
    ran: Ran, verdict: Verdict, code: ExitCode, said: list[str], figures: Mapping[str, float] | None = None
) -> StepResult:
    return StepResult(
        name=ran.step.name,
        verdict=verdict,
        code=int(code),
        said=said[:SAID_MAX] + ([f"and {len(said) - SAID_MAX} more"] if len(said) > SAID_MAX else []),
        figures=dict(figures or {}),
        seconds=round(ran.seconds, 1),
        cpu=round(ran.cpu, 1),
        command=list(ran.step.shown_by),
    )


def _of(ran: Ran, broken: list[str], vacuous: list[str], figures: Mapping[str, float]) -> StepResult:
    """Broken before vacuous before held."""
    if broken:
        return _result(ran, Verdict.BROKEN, ExitCode.BROKEN, [*broken, *vacuous], figures)
    if vacuous:
        return _result(ran, Verdict.VACUOUS, ExitCode.VACUOUS, vacuous, figures)
    return _result(ran, Verdict.HELD, ExitCode.HELD, [], figures)


def _must_be(ran: Ran, *codes: int) -> None:
    if ran.code not in codes:
        raise _Odd(f"it ended with {ran.code}")


def _read(ran: Ran) -> bytes:
    if ran.step.result is None or not ran.step.result.is_file():
        raise _Odd(f"it ended with {ran.code} and left no result")
    return ran.step.result.read_bytes()


# Each kind of step.


def _counterexample(ran: Ran, _thresholds: Thresholds) -> StepResult:
    _must_be(ran, ExitCode.HELD, ExitCode.BROKEN)
    broken = ["the counterexample reproduces"] if ran.code == ExitCode.BROKEN else []
    return _of(ran, broken, [], {"replayed": 1})  # so that one that is gone is missed by the ratchet


def _tests(ran: Ran, _thresholds: Thresholds) -> StepResult:
    why = next((line.removeprefix(ERROR) for line in ran.output.splitlines() if line.startswith(ERROR)), "")
    if ran.code == USAGE and why:
        raise _Odd(f"pytest could not begin: {why}")
    errors = [line for line in ran.output.splitlines() if line.startswith("ERROR ")]
    if ran.code == CUT_OFF and errors:
        raise _Odd(f"pytest could not collect the tests: {_few(errors, 3)}")
    _must_be(ran, 0, 1, NO_TESTS)
    counted = _read(ran)
    passed, failures, skipped = _counted(counted)
    failed = [line for line in ran.output.splitlines() if line.startswith(("FAILED ", "ERROR "))] or _failing(counted)
    if ran.code == 1 and not failed:
        raise _Odd("pytest ended with 1 and named no test")
    if ran.code == 0 and failures:
        raise _Odd(f"it ended with 0, and its file says that {failures} failed")
    figures = {"tests passed": float(passed)} | ({"tests skipped": float(skipped)} if skipped else {})
    return _of(ran, failed, [] if passed or failures else [f"no test was run; {skipped} were skipped"], figures)


def _counted(data: bytes) -> tuple[int, int, int]:
    """How many tests passed, failed and were skipped, by pytest's own JUnit file."""
    try:
        suites = list(Xml.fromstring(data).iter("testsuite"))
        whole, failures, errors, skipped = (
            sum(int(suite.attrib[name]) for suite in suites) for name in ("tests", "failures", "errors", "skipped")
        )
    except (Xml.ParseError, KeyError, ValueError) as error:
        raise _Odd(f"what pytest counted cannot be read: {error}") from error
    return whole - failures - errors - skipped, failures + errors, skipped


def _failing(data: bytes) -> list[str]:
    """The same by pytest's file, where its last lines do not show: a message may be longer than all that is kept."""
    wrong = {"failure", "error"}
    cases = [case for case in Xml.fromstring(data).iter("testcase") if not wrong.isdisjoint(part.tag for part in case)]
    return [f"FAILED {case.get('classname', '')}::{case.get('name', '')}" for case in cases]


def _coverage(ran: Ran, thresholds: Thresholds, *, guard: Sequence[str]) -> StepResult:
    _must_be(ran, 0)
    figures, broken, empty = {}, [], []
    try:
        files = read_json(_read(ran).decode("utf-8"))["files"]
        for pattern, least in thresholds.coverage.items():
            summaries = [file["summary"] for name, file in files.items() if fnmatchcase(name, pattern)]
            left_out = [file for file in guard if fnmatchcase(file, pattern) and file not in files]
            if left_out:
                empty.append(f"nothing was measured of {_few(left_out)}: no test imports it, or coverage was told so")
            found = _percent_covered(summaries)
            if found is None:
                empty.append(f"no file matches {pattern}")
                continue
            figures[f"{COVERAGE_OF}{pattern}"] = found
            if found < least:
                broken.append(f"{found:.2f} % of {pattern} is covered, and {least:g} % is asked for")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _Odd(f"the coverage file cannot be read: {error}") from error
    return _of(ran, broken, empty, figures)


def _percent_covered(summaries: list[dict[str, Any]]) -> float | None:
    """Lines and branches together, as coverage counts them; None where there is nothing."""
    total = sum(summary["num_statements"] + summary["num_branches"] for summary in summaries)
    covered = sum(summary["covered_lines"] + summary["covered_branches"] for summary in summaries)
    return None if not total else 100 * covered / total


def _verify(ran: Ran, thresholds: Thresholds) -> StepResult:
    result = read_verify(_read(ran))
    ran = _with_seed(ran, result)
    verdicts = [verdict for _, verdict in result.verdicts()]
    figures = {"properties held": float(verdicts.count(Verdict.HELD)), **_empty_cells(result, thresholds)}
    said = exit_code(result.verdicts())
    if ran.code != said:
        raise _Odd(f"it ended with {ran.code}, and its file says {said.name.lower()}")
    broken = list(_broken_properties(ran, result))
    unknown = [f"{one.name}: unknown: {one.why}" for one in result.properties if one.verdict is Verdict.UNKNOWN]
    if unknown and not broken:
        return _result(ran, Verdict.UNKNOWN, ExitCode.UNKNOWN, unknown, figures)
    return _of(ran, broken, [*unknown, *_wanting(result, thresholds)], figures)


def _empty_cells(result: VerifyResult, thresholds: Thresholds) -> dict[str, float]:
    """A figure that the ratchet keeps, where the settings let no cell be empty.

    Elsewhere it would fall by the seed alone: a service that may refuse a valid call for its quota came to none by 16
    of 18 seeds, and to one by the other two. Of all others that were measured, none ever had any.
    """
    return {"empty cells": float(result.tally.cells_vacuous)} if thresholds.empty_cells == 0 else {}


def _with_seed(ran: Ran, result: VerifyResult) -> Ran:
    """The step as it has to be run to show the same again."""
    repeat = ("--seed", str(result.seed), "--rounds", str(result.rounds))
    command = (*GUARDS, VERIFY_STEP, result.service, *repeat)
    return replace(ran, step=replace(ran.step, again=command))


def _broken_properties(ran: Ran, result: VerifyResult) -> Iterator[str]:
    for found in result.properties:
        if found.verdict is Verdict.BROKEN:
            steps = next((len(trace.steps) for trace in result.counterexamples if trace.property == found.name), 0)
            plural = "s" if steps != 1 else ""
            where = f"{_trace(ran, found.name)}; keep a copy, since the next run clears it"
            shown = f" (a counterexample of {steps} step{plural}, {where})" if steps else ""
            yield f"{found.name}: {found.why}{shown}"


def _trace(ran: Ran, name: str) -> str:
    """The file that `guards verify` leaves beside its result."""
    return f"{ran.step.result.with_suffix('')}.{name}.json" if ran.step.result is not None else "in no file"


def _wanting(result: VerifyResult, thresholds: Thresholds) -> Iterator[str]:
    verdicts = [verdict for _, verdict in result.verdicts()]
    most = (
        ("vacuous properties", verdicts.count(Verdict.VACUOUS), thresholds.vacuous),
        ("unsupported properties", verdicts.count(Verdict.UNSUPPORTED), thresholds.unsupported),
        ("empty cells of the crossing table", result.tally.cells_vacuous, thresholds.empty_cells),
    )
    yield from (
        f"{count} {what}; {at_most} may be" for what, count, at_most in most if at_most is not None and count > at_most
    )
    if Verdict.HELD not in verdicts:
        yield "no property held"


def _mutants(ran: Ran, thresholds: Thresholds, *, asked: Asked | None) -> StepResult:
    result = read_mutate(_read(ran))
    others = asked.differs_from(result) if asked is not None else ()
    if others:
        raise _Odd(f"it ran with other {_few(others)} of [tool.guards.mutate] than there were as the gate began")
    if ran.code != result.exit_code():
        raise _Odd(f"it ended with {ran.code}, and its file says {result.exit_code().name.lower()}")
    if len(result.mutants) != result.whole:
        raise _Odd(f"its file holds {len(result.mutants)} of {result.whole} mutants")
    if not result.mutants:
        if result.since is None:
            is_catalogue = ran.step.name == CATALOGUE_STEP
            return _of(ran, [], [f"there was no {'regression in the catalogue' if is_catalogue else 'mutant'}"], {})
        return _result(ran, Verdict.HELD, ExitCode.HELD, ["no line that is mutated has changed", *_left_out(result)])
    figures = result.figures()
    unjudged = [mutant for mutant in result.mutants if mutant.outcome is MutantOutcome.BROKEN]
    wrong = [mutant for mutant in result.mutants if not mutant.outcome.is_good and mutant not in unjudged]
    if figures["mutants caught"] >= thresholds.mutants_caught:
        wrong = [mutant for mutant in wrong if mutant.outcome is MutantOutcome.STALE]
    broken = [_place(mutant) for mutant in wrong]
    is_too_little = bool(broken) and figures["mutants caught"] < thresholds.mutants_caught
    if is_too_little:
        caught, least = figures["mutants caught"], thresholds.mutants_caught
        broken.insert(0, f"{caught:.2f} % of the mutants are caught or proved equivalent, and {least:g} % is asked for")
    breaching = result.breaching()
    if len(breaching) > thresholds.breaches:
        counted = f"{len(breaching)} breach isolation, and {thresholds.breaches} may"
        asked_for = broken[:1] if is_too_little else []
        # What reaches another tenant comes before all but what was asked for.
        broken = [counted, *asked_for, *_breaches_by_line(breaching), *broken[len(asked_for) :]]
    if unjudged and not broken:
        said = [f"{mutant.id}: {mutant.why}" for mutant in unjudged]
        return _result(ran, Verdict.UNKNOWN, ExitCode.UNKNOWN, said, figures)
    found = _of(ran, broken, [], figures)
    if result.unjudged():
        unknown = f"not known whether it breaches, since it hung: {_few([one.id for one in result.unjudged()])}"
        found = found.model_copy(update={"said": [*found.said, unknown]})
    return found if result.since is None else found.model_copy(update={"said": [*found.said, *_left_out(result)]})


def _left_out(result: MutateResult) -> Iterator[str]:
    """What a run about changes did not look at."""
    if result.weakened:
        yield f"judged as well: what {_few(result.weakened)} entered, changed since {result.since}"
    yield f"left out: mutants of all that is as it was at {result.since}; --full judges them"
    if result.beside:
        yield f"not looked into: what it means that {_few(result.beside)} changed"


def _breaches_by_line(breaching: Sequence[MutantResult]) -> Iterator[str]:
    """A line that is a single point of failure has many mutants, which breach alike."""
    by_line: dict[str, list[MutantResult]] = {}
    for mutant in breaching:
        by_line.setdefault(f"{mutant.file}:{mutant.start[0]}", []).append(mutant)
    for place, mutants in by_line.items():
        why = next((one.breach.why for one in mutants if one.breach is not None), "it is not said how")
        yield f"breaches isolation at {place}: {_few([one.id for one in mutants], 3)}: {why}"


def _few(names: Sequence[str], most: int = 5) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _place(mutant: MutantResult) -> str:
    why = f": {mutant.why}" if mutant.why else ""
    return f"{mutant.outcome.value}: {mutant.id} at {mutant.file}:{mutant.start[0]}{why}"
