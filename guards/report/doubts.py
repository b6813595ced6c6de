"""Contradictions: results that cannot all be true of one state of the source, or that speak against themselves.

Each is a sentence that names what does not fit. A report with a doubt is never good news, whatever its parts say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain, combinations
from typing import Final

from guards.report.coverage import Coverage, statement_lines
from guards.report.gated import TESTS_STEP, of_another_run
from guards.report.record import Record
from guards.report.stories import Story
from guards.report.text import NAME_MAX, counted, first_few, visible
from guards.results import (
    CATALOGUE_STEP,
    COVERAGE_OF,
    COVERAGE_STEP,
    MUTANTS_STEP,
    VERIFY_STEP,
    ExitCode,
    GateResult,
    MutantOutcome,
    MutantResult,
    MutateResult,
    StepResult,
    Verdict,
    VerifyResult,
)
from guards.testing.properties import PROPERTIES

NAMED_MAX = 3
CANARIES: Final = {"lethal", "no-op"}
"""What must have died, and what must not have been noticed, before anything else is judged."""
OF_ANY_SERVICE: Final = frozenset(one.name for one in PROPERTIES if one.needs is None) - {"dry-run-inert"}
"""The properties that take no ability; whether there are dry runs is declared by the operations."""
WORTH: Final[Mapping[Verdict, tuple[int, ...]]] = {
    Verdict.HELD: (ExitCode.HELD,),
    Verdict.BROKEN: (ExitCode.BROKEN,),
    Verdict.VACUOUS: (ExitCode.VACUOUS,),
    Verdict.UNKNOWN: (ExitCode.VACUOUS, ExitCode.UNKNOWN),
    Verdict.UNSUPPORTED: (),
}
"""With which exit codes a step of the gate may come to a verdict."""

COUNTS: Final = {
    "counterexample": "replayed",
    TESTS_STEP: "tests passed",
    VERIFY_STEP: "properties held",
    CATALOGUE_STEP: "mutants",
    MUTANTS_STEP: "mutants",
}
"""By step of the gate, the figure that is not nothing where it held."""


def doubts(record: Record) -> tuple[str, ...]:
    """Everything that speaks against believing these results together."""
    found = [_between(record)]
    if record.verify is not None:
        found.append(_in_verify(record.verify))
    if record.mutate is not None:
        found += [_in_mutate(record.mutate), _among_entries(record, record.mutate), _moved(record, record.mutate)]
    if record.coverage is not None:
        found.append(_measured_otherwise(record, record.coverage))
    if record.gate is not None:
        found += [_in_gate(record.gate), of_another_run(record, record.gate)]
    return tuple(chain.from_iterable(found))


def original_stands(mutant: MutantResult, source: str) -> bool:
    """Whether the code that was changed still stands where the mutant says: else its place means nothing any more."""
    lines = source.split("\n")
    try:
        (first, left), (last, right) = mutant.start, mutant.end
        if not 1 <= first <= last <= len(lines):
            return False
        part = lines[first - 1 : last]
        part[-1] = part[-1][:right]
        part[0] = part[0][left:]
    except (ValueError, IndexError):
        return False
    return "\n".join(part).strip() == mutant.original.strip()


def _between(record: Record) -> Iterator[str]:
    """Of each two of them: what says that they are of different states of the source, or of different tools."""
    of_a_run = {"gate": record.gate, "verify": record.verify, "mutate": record.mutate}
    given = [(kind, result) for kind, result in of_a_run.items() if result is not None]
    for (kind, one), (other_kind, other) in combinations(given, 2):
        if one.commit != other.commit:
            yield (
                f"{kind} was run on commit {_commit(one.commit)} and {other_kind} on {_commit(other.commit)}: "
                "they do not speak of the same source"
            )
        for tool in sorted(one.versions.keys() & other.versions.keys()):
            if one.versions[tool] != other.versions[tool]:
                yield f"{kind} was run with {tool} {one.versions[tool]} and {other_kind} with {other.versions[tool]}"
    verify, mutate = record.verify, record.mutate
    if verify is not None and mutate is not None and verify.service != mutate.service:
        attacked, mutated = (visible(name, NAME_MAX) for name in (verify.service, mutate.service))
        yield f"verify attacked {attacked!r} and mutate {mutated!r}: they do not speak of the same service"


def _in_verify(result: VerifyResult) -> Iterator[str]:
    for name, times in Counter(found.name for found in result.properties).items():
        if times > 1:
            yield f"verify gives {times} verdicts on {visible(name, NAME_MAX)!r}"
    for found in result.properties:
        if found.verdict is Verdict.HELD and found.exercised <= 0:
            yield f"verify says that {visible(found.name, NAME_MAX)!r} held and that it was never exercised"
        if found.name == "isolation" and found.verdict is not Verdict.BROKEN and result.tally.crossings_hit:
            hit = counted(result.tally.crossings_hit, "call")
            yield f"verify calls 'isolation' {found.verdict.value} and says that {hit} hit another organization"
        if found.verdict is Verdict.UNSUPPORTED and found.name in OF_ANY_SERVICE:
            yield f"verify says that the service lacks the ability for {found.name!r}, which takes none"
        if found.verdict is Verdict.HELD and min(result.rounds, result.examples, result.tally.calls) <= 0:
            yield f"verify says that {visible(found.name, NAME_MAX)!r} held and that nothing was called"
        elif found.verdict is Verdict.HELD and not result.tally.accepted:
            yield f"verify says that {visible(found.name, NAME_MAX)!r} held and that no call was accepted"
    broken = {found.name for found in result.properties if found.verdict is Verdict.BROKEN}
    for trace in result.counterexamples:
        if trace.property not in broken and not trace.raised:
            yield f"verify has a counterexample to {trace.property!r}, which it does not call broken"
    yield from _in_cells(result)


def _in_cells(result: VerifyResult) -> Iterator[str]:
    """A property is exercised in cells with a control, and nowhere else."""
    odd = [cell for cell in result.cells if max(cell.refused, cell.effects) > cell.attempts]
    if odd:
        yield f"verify counts more refusals or effects than attempts in {counted(len(odd), 'cell')}"
    empty = sum(not cell.controls for cell in result.cells)
    if empty != result.tally.cells_vacuous:
        yield f"verify counts {counted(result.tally.cells_vacuous, 'empty cell')}, and its table has {empty:,}"
    if empty == len(result.cells) and any(found.exercised for found in result.properties):
        yield "verify exercised properties, and its table has no cell in which a valid call worked"


def _in_mutate(result: MutateResult) -> Iterator[str]:
    twice = [name for name, times in Counter(mutant.id for mutant in result.mutants).items() if times > 1]
    if twice:
        yield f"mutate has several results for {first_few(twice, NAMED_MAX)}"
    if len(result.mutants) > result.whole:
        yield f"mutate has {len(result.mutants):,} results for {counted(result.whole, 'mutant')}"
    untold = [mutant.id for mutant in result.mutants if mutant.breaches != (mutant.breach is not None)]
    if untold:
        yield f"mutate does not agree with itself on whether these breach: {first_few(untold, NAMED_MAX)}"
    if result.has_judged() and not (result.canary_kinds() >= CANARIES and sum(result.baseline.cases) > 0):
        yield "mutate judged mutants, and names no canary of each sort or no case that held without a change"
    caught = [mutant for mutant in result.mutants if mutant.outcome is MutantOutcome.CAUGHT]
    by_nobody = [mutant.id for mutant in caught if not mutant.by and mutant.kill is None]
    if by_nobody:
        yield f"mutate calls these caught and names nobody who noticed: {first_few(by_nobody, NAMED_MAX)}"
    unmutated = sum(map(len, result.unmutated.values()))
    if 0 < result.lines < unmutated:
        yield f"mutate calls {counted(unmutated, 'statement')} unreached, of {result.lines:,}"
    says_none = "lines" in result.model_fields_set and not result.lines and result.since is None
    if says_none and any(mutant.tier != CATALOGUE_STEP for mutant in result.mutants):
        yield "mutate has mutants, and no statement in the files that were mutated"
    odd_tier = [mutant.id for mutant in result.mutants if mutant.tier not in result.tiers]
    if odd_tier:
        yield f"mutate has mutants of tiers that it was not asked for: {first_few(odd_tier, NAMED_MAX)}"
    by_chance = [mutant.id for mutant in caught if mutant.seeds != result.seeds]
    if by_chance:
        each = f"each of its {counted(result.seeds, 'seed')}"
        yield f"mutate calls these caught, and not with {each}: {first_few(by_chance, NAMED_MAX)}"


def _among_entries(record: Record, result: MutateResult) -> Iterator[str]:
    """What an entry may claim, such as to be masked or to breach on purpose, is claimed by none that is not there."""
    masked = [mutant for mutant in result.mutants if mutant.outcome is MutantOutcome.MASKED]
    by_nothing = [one.id for one in masked if one.tier != "catalogue" or not one.masked_by]
    if by_nothing:
        few = first_few(by_nothing, NAMED_MAX)
        yield f"mutate calls these masked, and no entry of the catalogue says by what: {few}"
    if not record.stories:
        return
    entries = [mutant for mutant in result.mutants if mutant.tier == "catalogue"]
    others = [one.id for one in entries if one.id not in record.stories]
    if others:
        yield f"mutate has results for entries that the catalogue does not have: {first_few(others, NAMED_MAX)}"
    changed = [one.id for one in entries if (story := record.stories.get(one.id)) and not _is_of(one, story)]
    if changed:
        yield f"mutate has results for entries that read otherwise now: {first_few(changed, NAMED_MAX)}"


def _is_of(mutant: MutantResult, story: Story) -> bool:
    return set(mutant.expected) == set(story.properties) and (mutant.masked_by or "") == story.masked_by


def _in_gate(result: GateResult) -> Iterator[str]:
    odd = [step.name for step in result.steps if step.code not in WORTH[step.verdict]]
    if odd:
        yield f"gate gives these another exit code than their verdict has: {first_few(odd, NAMED_MAX)}"
    twice = [name for name, times in Counter(step.name for step in result.steps).items() if times > 1]
    if twice:
        yield f"gate has several steps with the name {first_few(twice, NAMED_MAX)}"
    held = [step for step in result.steps if step.verdict is Verdict.HELD]
    if result.since is not None:  # of changes there may be no mutant, and what was left out is said
        held = [step for step in held if step.name != MUTANTS_STEP]
    for_nothing = [step.name for step in held if not _shows_something(step)]
    if for_nothing:
        yield f"gate says that these held, and not what they counted: {first_few(for_nothing, NAMED_MAX)}"
    complaining = [step.name for step in held if step.said]
    if complaining:
        yield f"gate says that these held, and what is wrong with them: {first_few(complaining, NAMED_MAX)}"


def _shows_something(step: StepResult) -> bool:
    """Whether it counted what a step of its kind has to count before it can hold."""
    if step.name == COVERAGE_STEP:
        return any(name.startswith(COVERAGE_OF) for name in step.figures)
    needed = COUNTS.get(step.name.partition(" ")[0])
    return needed is None or bool(step.figures.get(needed))


def _moved(record: Record, result: MutateResult) -> Iterator[str]:
    moved = []
    for mutant in result.mutants:
        source = record.source(mutant.file)
        if mutant.outcome is not MutantOutcome.STALE and (source is None or not original_stands(mutant, source)):
            moved.append(mutant)
    if moved:
        files = sorted({mutant.file for mutant in moved})
        yield (
            f"the source is not the one that was mutated: {counted(len(moved), 'mutant')} in "
            f"{first_few(files, NAMED_MAX)} changed code that does not stand there"
        )


def _measured_otherwise(record: Record, coverage: Coverage) -> Iterator[str]:
    """A measurement has no digest of what it measured; its lines are where the source had statements then."""
    for file in coverage.files:
        source = record.source(file.path)
        if source is None:
            continue
        try:
            moved = file.statements - statement_lines(source)
        except (SyntaxError, ValueError, RecursionError):
            continue
        if moved:
            yield (
                f"the coverage is of another source: it speaks of a statement in line {min(moved):,} of "
                f"{first_few([file.path], 1)}, where none begins"
            )


def _commit(name: str | None) -> str:
    return name[:12] if name else "unknown"
