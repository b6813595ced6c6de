"""The headline: the figures of a run, what each of them lacks, and the exit code that sums them up.

One table of figures feeds the page, the Markdown summary and the history, so that they cannot disagree.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from guards.report.doubts import doubts
from guards.report.incidents import singles
from guards.report.record import Record
from guards.report.text import counted, first_few
from guards.results import ExitCode, HistoryLine, MutantOutcome, Verdict, exit_code, worst
from guards.testing.properties import NAMES


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


def headline(record: Record) -> Headline:
    """The figures and the verdict on the whole record."""
    contradictions = doubts(record)
    gaps = tuple(_gaps(record))
    code = _code(record, bool(contradictions), bool(gaps))
    figures = (*_of_verify(record), *_of_mutate(record), *_of_coverage(record))
    return Headline(code, _sentence(code, record, contradictions, gaps), figures, contradictions, gaps)


def history_line(record: Record, line: Headline) -> HistoryLine:
    """The known figures of this run, as a line for the history."""
    commits = [result.commit for result in (record.verify, record.mutate) if result is not None]
    figures = {figure.name: figure.value for figure in line.figures if figure.value is not None}
    figures |= {f"{figure.name}: of": figure.of for figure in line.figures if figure.of is not None}
    return HistoryLine(commit=next(iter(commits), None), verdict=line.code.name.lower(), figures=figures)


def _code(record: Record, is_doubtful: bool, has_gaps: bool) -> ExitCode:
    codes = [exit_code(record.verify.verdicts())] if record.verify is not None else []
    codes += [record.mutate.exit_code()] if record.mutate is not None else []
    codes += [record.gate.exit_code()] if record.gate is not None else []
    codes += [ExitCode.UNKNOWN if trace.raised else ExitCode.BROKEN for trace in record.traces]
    codes += [ExitCode.UNKNOWN] if record.unusable or is_doubtful else []
    codes += [ExitCode.VACUOUS] if has_gaps else []
    return worst(codes)


def _gaps(record: Record) -> list[str]:
    """What nobody said. Each of these keeps a run from being good news."""
    gaps = [f"{kind}: no result was given that could be used" for kind in record.absent()]
    mutate = record.mutate
    if mutate is not None:
        if mutate.shard[1:] != [1]:
            gaps.append(f"mutate: this is shard {'/'.join(map(str, mutate.shard))}; the other shards are not here")
        if mutate.since is not None:
            gaps.append(f"mutate: it was about nothing but the changes since {first_few([mutate.since], 1)}")
        if mutate.without:
            gaps.append(f"mutate: it was run without {first_few(mutate.without, 3)}")
        if len(mutate.mutants) < mutate.whole:
            gaps.append(f"mutate: no result for {counted(mutate.whole - len(mutate.mutants), 'mutant')}")
        not_run = len(record.stories.keys() - {mutant.id for mutant in mutate.mutants})
        if not_run:
            gaps.append(f"mutate: no result for {counted(not_run, 'entry', 'entries')} of the catalogue")
        if all(mutant.tier == "catalogue" for mutant in mutate.mutants):
            gaps.append("mutate: no single-fault mutant was run")
    if record.verify is not None:
        unsaid = [name for name in NAMES if name not in dict(record.verify.verdicts())]
        if unsaid:
            gaps.append(f"verify: no verdict on {first_few(unsaid, 3)}")
    gaps += _gaps_of_coverage(record)
    for step in record.gate.steps if record.gate is not None else ():
        if step.verdict is Verdict.UNKNOWN:
            gaps.append(f"gate: the step {first_few([step.name], 1)} is unknown: {first_few(step.said[:1], 1)}")
    return gaps


def _gaps_of_coverage(record: Record) -> list[str]:
    """Without branches it says little, and of what was mutated and not measured it says nothing."""
    if record.coverage is None:
        return []
    gaps = [] if record.coverage.has_branches else ["coverage: it was measured without branches"]
    measured = {file.path for file in record.coverage.files}
    mutants = record.mutate.mutants if record.mutate is not None else []
    left_out = sorted({one.file for one in mutants if one.tier != "catalogue"} - measured)
    return gaps + ([f"coverage: nothing was measured of {first_few(left_out, 3)}"] if left_out else [])


def _sentence(code: ExitCode, record: Record, contradictions: tuple[str, ...], gaps: tuple[str, ...]) -> str:
    if code is ExitCode.HELD:
        return "Everything that was asked held."
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
    given = sum(not trace.raised for trace in record.traces)
    parts += [f"{counted(given, 'counterexample')} given"] if given else []
    parts += [f"{counted(len(left), 'mutant')} not caught"] if left else []
    parts += [counted(len(breaching), "single point", "single points") + " of failure"] if breaching else []
    failed = [step.name for step in record.gate.steps if step.verdict is Verdict.BROKEN] if record.gate else []
    parts += [f"the gate's {first_few(failed, 3)} failed"] if failed else []
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
    return [
        Figure("properties held", held, len(asked), verdict, f"{unsupported:,} unsupported" if unsupported else ""),
        Figure("crossings that hit", hit, verify.tally.crossings, "broken" if hit else "held", "calls against others"),
        Figure("empty cells", vacuous, len(verify.cells), "vacuous" if vacuous else "held", "no valid call worked"),
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
    points, asked = len(singles(record)), sum(mutant.tier != "catalogue" for mutant in mutants)
    return [
        Figure(
            "mutants caught",
            caught,
            judged,
            "held" if caught == judged else "broken",
            "; ".join(apart),
        ),
        Figure(
            "single points of failure",
            points if asked else None,
            asked or None,
            "broken" if points else "held" if asked else "unknown",
            "single-fault mutants that breach" if asked else "no single-fault mutant was run",
        ),
    ]


def _of_coverage(record: Record) -> list[Figure]:
    if record.coverage is None or not record.coverage.has_branches:
        return [_unknown("branches covered")]
    files = record.coverage.of(record.mutate.paths if record.mutate is not None else ()).files
    whole = sum(file.branches for file in files)
    if not whole:
        return [_unknown("branches covered")]
    reached = whole - sum(file.branches_missing for file in files)
    where = f"in {len(files):,} of the guard's files" if record.mutate is not None else f"in {len(files):,} files"
    return [Figure("branches covered", reached, whole, "held" if reached == whole else "vacuous", where)]


def _unknown(name: str) -> Figure:
    return Figure(name, None, None, "unknown", "no result says it")
