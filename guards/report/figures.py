"""The headline: the figures of a run, what each of them lacks, and the exit code that sums them up.

One table of figures feeds the page, the Markdown summary and the history, so that they cannot disagree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from guards.report.doubts import doubts
from guards.report.findings import Finding, findings
from guards.report.gaps import gaps, unknown_steps
from guards.report.incidents import singles, unjudged
from guards.report.record import Record
from guards.report.text import counted, first_few
from guards.results import ExitCode, HistoryLine, MutantOutcome, MutantResult, Verdict, exit_code, worst


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the headline. No value means unknown."""

    name: str
    value: float | None
    of: float | None
    verdict: str
    """held, broken, vacuous, or unknown: what the number means for the run."""
    note: str

    @property
    def shown(self) -> str:
        if self.value is None:
            return "unknown"
        number = f"{self.value:,.0f}" if self.value == int(self.value) else f"{self.value:,.1f}"
        return number if self.of is None else f"{number} of {self.of:,.0f}"


@dataclass(frozen=True, slots=True)
class Headline:
    """What a reviewer sees first."""

    code: ExitCode
    sentence: str
    figures: tuple[Figure, ...]
    doubts: tuple[str, ...]
    gaps: tuple[str, ...]
    """What is not known, a sentence each."""
    findings: tuple[Finding, ...]
    """All that is wrong or not known, for every format: there is none exactly if the code is `HELD`."""


def headline(record: Record) -> Headline:
    """The figures and the verdict on the whole record."""
    contradictions, unsaid = doubts(record), gaps(record)
    found = tuple(findings(record, contradictions, unsaid))
    code = _code(record, found)
    figures = (*_of_verify(record), *_of_mutate(record), *_of_coverage(record))
    unknown = (*unsaid, *unknown_steps(record))
    said = _held(figures) if code is ExitCode.HELD else _sentence(code, record, contradictions, unknown)
    return Headline(code, said, figures, contradictions, unknown, found)


def history_line(record: Record, line: Headline) -> HistoryLine:
    """The known figures of this run, as a line for the history."""
    commits = [result.commit for result in (record.verify, record.mutate) if result is not None]
    figures = {figure.name: figure.value for figure in line.figures if figure.value is not None}
    figures |= {f"{figure.name}: of": figure.of for figure in line.figures if figure.of is not None}
    return HistoryLine(commit=next(iter(commits), None), verdict=line.code.name.lower(), figures=figures)


def _code(record: Record, found: tuple[Finding, ...]) -> ExitCode:
    """The worst of what the results say themselves and of what was found in them."""
    codes = [exit_code(record.verify.verdicts())] if record.verify is not None else []
    codes += [record.mutate.exit_code()] if record.mutate is not None else []
    codes += [record.gate.exit_code()] if record.gate is not None else []
    return worst([*codes, *(finding.code for finding in found)])


def _held(figures: Sequence[Figure]) -> str:
    """Good news, with what it leaves open: a cell or a branch that was not tried is no failure, and no evidence."""
    left = [f"{figure.name} ({figure.shown})" for figure in figures if figure.verdict != "held"]
    return f"Everything that was asked held{'; not exercised all over: ' if left else ''}{', '.join(left)}."


def _sentence(code: ExitCode, record: Record, contradictions: tuple[str, ...], gaps: tuple[str, ...]) -> str:
    if code is ExitCode.BROKEN:
        return _what_broke(record)
    if code is ExitCode.UNKNOWN:
        causes = [counted(len(record.unusable), "unusable input")] if record.unusable else []
        causes += [counted(len(contradictions), "contradiction")] if contradictions else []
        return f"What is here cannot be believed: {' and '.join(causes) or 'a result that is itself unknown'}."
    if gaps:
        return f"Nothing is broken, and not everything is known: {counted(len(gaps), 'gap')}."
    return "Nothing is broken, and not everything was really exercised."


def _what_broke(record: Record) -> str:
    properties = (
        [found for found in record.verify.properties if found.verdict is Verdict.BROKEN] if record.verify else []
    )
    left = [mutant for mutant in record.mutate.mutants if not mutant.outcome.is_good] if record.mutate else []
    breaching = singles(record)
    parts = [f"{counted(len(properties), 'property', 'properties')} broken"] if properties else []
    given = sum(not trace.raised for trace in record.traces.values())
    parts += [f"{counted(given, 'counterexample')} given"] if given else []
    parts += [f"{counted(len(left), 'mutant')} not caught"] if left else []
    parts += [counted(len(breaching), "single point", "single points") + " of failure"] if breaching else []
    failed = [step.name for step in record.gate.steps if step.verdict is Verdict.BROKEN] if record.gate else []
    steps = "steps " if len(failed) > 1 else ""
    parts += [f"the gate's {steps}{first_few(failed, 3)} failed"] if failed else []
    parts += [f"{counted(len(record.gate.fallen), 'figure')} fallen"] if record.gate and record.gate.fallen else []
    return f"{', '.join(parts) or 'Something broke'}.".capitalize()


def _of_verify(record: Record) -> list[Figure]:
    if record.verify is None:
        return [_unknown("properties held"), _unknown("crossings that hit"), _unknown("empty cells")]
    verify = record.verify
    asked = [found for found in verify.properties if found.verdict is not Verdict.UNSUPPORTED]
    held = sum(found.verdict is Verdict.HELD for found in asked)
    verdict = exit_code(verify.verdicts()).name.lower()
    unsupported = len(verify.properties) - len(asked)
    hit, vacuous = verify.tally.crossings_hit, sum(not cell.controls for cell in verify.cells)
    empty = ("vacuous", "no valid call worked") if vacuous else ("held", "in each a valid call worked")
    return [
        Figure("properties held", held, len(asked), verdict, f"{unsupported:,} unsupported" if unsupported else ""),
        Figure("crossings that hit", hit, verify.tally.crossings, "broken" if hit else "held", "calls against others"),
        Figure("empty cells", vacuous, len(verify.cells), *empty),
    ]


def _of_mutate(record: Record) -> list[Figure]:
    if record.mutate is None or not record.mutate.mutants:
        return [_unknown("mutants caught"), _unknown("single points of failure")]
    mutants = record.mutate.mutants
    counts = Counter(mutant.outcome for mutant in mutants)
    masked, equivalent = counts[MutantOutcome.MASKED], counts[MutantOutcome.EQUIVALENT]
    caught, judged = counts[MutantOutcome.CAUGHT], len(mutants) - masked - equivalent
    apart = [f"{masked:,} masked, as their entries say"] if masked else []
    apart += [f"{equivalent:,} proved equivalent"] if equivalent else []
    return [
        Figure(
            "mutants caught",
            caught,
            judged,
            "held" if caught == judged else "broken",
            "; ".join(apart),
        ),
        _singles(record, mutants),
    ]


def _singles(record: Record, mutants: Sequence[MutantResult]) -> Figure:
    """What a single fault does that was never judged by isolation counts neither as a breach nor as none."""
    name = "single points of failure"
    asked = [mutant for mutant in mutants if mutant.tier != "catalogue"]
    points, left = len(singles(record)), unjudged(record)
    if not asked:
        return Figure(name, None, None, "broken" if points else "unknown", "no single-fault mutant was run")
    trusted = sum(mutant.breaches for mutant in asked) - sum(one.tier != "catalogue" for one in singles(record))
    is_open = any(not mutant.outcome.is_good for mutant in left)
    note = ["single-fault mutants that breach"]
    note += [f"{len(left):,} not judged by isolation"] if left else []
    note += [f"{trusted:,} more in trusted files"] if trusted else []
    verdict = "broken" if points else "unknown" if is_open else "held"
    return Figure(name, points, len(asked) - len(left), verdict, "; ".join(note))


def _of_coverage(record: Record) -> list[Figure]:
    if record.coverage is None or not record.coverage.has_branches:
        return [_unknown("branches covered")]
    measured = record.coverage.of(record.mutate.paths if record.mutate is not None else ()).files
    files = [file for file in measured if file.statements]
    whole = sum(file.branches for file in files)
    if not files:
        return [_unknown("branches covered")]
    reached = whole - sum(file.branches_missing for file in files)
    where = f"in {len(files):,} of the guard's files" if record.mutate is not None else f"in {len(files):,} files"
    return [Figure("branches covered", reached, whole, "held" if reached == whole else "vacuous", where)]


def _unknown(name: str) -> Figure:
    return Figure(name, None, None, "unknown", "no result says it")
