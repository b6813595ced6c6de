"""How the result of `guards mutate` reads: what was not caught, with its diff; what breaches; then the numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from guards.cli.layout import counted, first_few, labelled, printable_lines, tallied
from guards.mutation.experiment import Findings
from guards.mutation.gather import Gathered
from guards.report.text import ranges
from guards.results import ExitCode, MutantOutcome, MutantResult, MutateResult

MISSES_SHOWN: Final = 20
TIERS: Final = ("catalogue", "safety", "generic")
"""What happened somewhere comes before what authorization code dies of, and that before all other changes."""
BAD: Final = (MutantOutcome.MISSED, MutantOutcome.UNCOVERED)


@dataclass(slots=True)
class Score:
    """How far a run is, in words.

    >>> print(Score(4, [MutantOutcome.CAUGHT, MutantOutcome.MISSED, MutantOutcome.BROKEN]))
    3 of 4 mutants done, 1 caught, 1 missed, 1 neither
    """

    total: int
    outcomes: list[MutantOutcome]

    def part(self) -> float:
        return len(self.outcomes) / self.total

    def __str__(self) -> str:
        done = len(self.outcomes)
        caught, missed = sum(outcome.is_good for outcome in self.outcomes), sum(map(BAD.__contains__, self.outcomes))
        rest = f", {done - caught - missed:,} neither" if done > caught + missed else ""
        return f"{done:,} of {counted(self.total, 'mutant')} done, {caught:,} caught, {missed:,} missed{rest}"


def told(result: MutateResult) -> Iterator[str]:
    """The result for a reader: what was not caught, with its diff; what breaches; then the numbers."""
    yield from _asked_of(result)
    seeds = counted(result.seeds, "seed")
    yield labelled("run", f"{counted(len(result.mutants), 'mutant')}, {seeds}, {result.seconds:.1f} s")
    if result.repeated:
        programs = counted(result.repeated, "program")
        yield labelled("", f"{programs} that safety and generic operators both make: counted once, as safety")
    yield from _since(result)
    cases = ", ".join(f"{count:,}" for count in result.baseline.cases) or "no"
    tests = f", {counted(result.baseline.tests, 'test')}" if result.baseline.tests is not None else ""
    yield labelled("baseline", f"{cases} cases{tests}; canaries: {'; '.join(result.canaries) or 'none'}")
    if not result.confined:
        yield labelled("", "this system cannot keep a worker from writing elsewhere; sources were watched instead")
    yield from _no_longer_masked(result)
    yield from _breaching(result.breaching())
    yield from _not_caught(sorted((one for one in result.mutants if not one.outcome.is_good), key=_tier))
    yield ""
    if any(mutant.breach for mutant in result.breaching()):
        yield labelled(
            "look closer", "guards mutate show ID shows the edit, and call by call how a stranger is reached"
        )
        yield ""
    yield from _table(result)
    yield ""
    yield labelled("outcomes", tallied(Counter(mutant.outcome.value for mutant in result.mutants)))
    yield labelled("caught by", tallied(Counter(mutant.kill for mutant in result.mutants if mutant.kill is not None)))
    yield labelled("breaches", _counted_breaches(result))
    yield from _lines(result)
    yield labelled("processor", f"{result.cpu:.1f} s")
    code = result.exit_code()
    none = f"there was no mutant, {' or '.join(result.tiers)}, of {first_few(result.paths)}"
    none = none if not result.whole else "none of all mutants falls to this shard"
    yield labelled("verdict", f"{code.name.lower()}{'' if result.mutants else f': {none}'}")


def _asked_of(result: MutateResult) -> Iterator[str]:
    """What the run was about."""
    yield labelled("service", result.service)
    if result.without:
        yield labelled("without", f"{', '.join(result.without)}, on purpose; the kit alone")
    number, shards = result.shard
    if shards > 1:
        whole = counted(result.whole, "mutant") if result.whole_pairs is None else counted(result.whole_pairs, "pair")
        yield labelled("shard", f"{number} of {shards}, which have {whole} together")


def _counted_breaches(result: MutateResult) -> str:
    """How many there are that must not be, and how many that may."""
    breaching = len(result.breaching())
    allowed = sum(mutant.breaches for mutant in result.mutants) - breaching
    besides = f"; {allowed:,} besides that are made to, or stand in what is trusted" if allowed else ""
    unjudged = [mutant.id for mutant in result.unjudged()]
    unknown = f"; not known, since they hung: {first_few(unjudged)}" if unjudged else ""
    never = [mutant.id for mutant in result.untried() if not mutant.unjudged]
    besides += f"; {len(never):,} not counted as judged: {first_few(never, most=2)}" if never else ""
    return f"{breaching:,}{besides}{unknown}"


def _since(result: MutateResult) -> Iterator[str]:
    if result.since is None:
        return
    also = f" and of what these tests entered, which were changed: {first_few(result.weakened)}"
    yield labelled("since", f"{result.since}: mutants of lines that were changed{also if result.weakened else ''}")
    if result.beside:
        yield labelled("", f"changed as well, and not looked into: {first_few(result.beside)}")


def _no_longer_masked(result: MutateResult) -> Iterator[str]:
    """What is left out was needed for these: it alone stood between each of them and what now breaks."""
    for mutant in result.mutants if result.without else ():
        if mutant.masked_by is not None and mutant.outcome is MutantOutcome.STALE and mutant.by:
            broken = " and ".join(mutant.noticed_by) or mutant.by
            said = f"{mutant.id} is no longer masked: {broken} {'break' if ' and ' in broken else 'breaks'}"
            yield labelled("without", f"{', '.join(result.without)}: {said}")


def told_of_pairs(result: MutateResult) -> Iterator[str]:
    """How far the barriers are independent: of so many double faults, these breach."""
    breaching = [pair for pair in result.pairs if pair.breaches]
    for pair in breaching[:MISSES_SHOWN]:
        yield labelled("BREACHES", f"{pair.places[0]} and {pair.places[1]}")
        yield labelled("", " and ".join(pair.ids))
        yield labelled("", f"alone: {', '.join(pair.alone) or 'neither'}")
        yield ""
    if len(breaching) > MISSES_SHOWN:
        yield labelled("", f"and {len(breaching) - MISSES_SHOWN:,} more; --json FILE writes them all")
    together = sum(not pair.alone for pair in breaching)
    yield from _asked_of(result)
    yield labelled("pairs", f"{len(result.pairs):,} judged by isolation, {result.seconds:.1f} s")
    yield labelled("breaches", f"{len(breaching):,}; of these {together:,} where neither does alone")
    if breaching:
        folders = Counter(
            " and ".join(sorted(place.rpartition("/")[0] or "here" for place in p.places)) for p in breaching
        )
        yield labelled("between", tallied(folders))
    yield labelled("not judged", f"{sum(bool(pair.trouble) for pair in result.pairs):,}")
    code = result.exit_code()
    measure = ", as a measure: no pair fails a run by its breach" if code is ExitCode.HELD else ""
    yield labelled("verdict", f"{code.name.lower()}{measure if result.pairs else ': there was no pair'}")


def _lines(result: MutateResult) -> Iterator[str]:
    """What was never put to the test, and where the first few of it stand."""
    statements = counted(result.lines, "statement")
    yield labelled("lines", f"of {statements} no mutant reached {_counted_places(result.unmutated)}")
    who = "no case and no test" if result.baseline.tests is not None else "no case (the tests were not run)"
    if result.baseline.cases:
        yield labelled("", f"and {who} entered {_counted_places(result.unentered)}")


def _counted_places(lines: Mapping[str, list[int]]) -> str:
    """How many there are, and where the first few stand."""
    places = [f"{file}:{run}" for file, of_it in sorted(lines.items()) for run in ranges(of_it)]
    return f"{sum(map(len, lines.values())):,}{f': {first_few(places)}' if places else ''}"


def _table(result: MutateResult) -> Iterator[str]:
    """A row for each tier; what is trusted stands apart."""
    yield f"{'':<20}    all  caught asserted masked  equal missed other breach"
    for is_trusted in (False, True):
        for tier in result.tiers:
            some = [m for m in result.mutants if m.tier == tier and result.is_trusted(m.file) is is_trusted]
            if some:
                yield _row(f"trusted {tier}" if is_trusted else tier, some)


def _row(name: str, mutants: Sequence[MutantResult]) -> str:
    """Shares are of those that tests could have caught: neither masked nor equivalent nor without a verdict."""
    outcomes = Counter(mutant.outcome.value for mutant in mutants)
    masked, equal = outcomes["masked"], outcomes["equivalent"]
    missed = outcomes["missed"] + outcomes["uncovered"]
    valid = outcomes["caught"] + missed + outcomes["flaky"]
    asserted = sum(mutant.kill == "assertion" for mutant in mutants)
    other = len(mutants) - outcomes["caught"] - masked - equal - missed
    breaching = sum(mutant.breaches for mutant in mutants)
    shares = f"{_share(outcomes['caught'], valid):>8}{_share(asserted, valid):>9}"
    return f"{name:<20}{len(mutants):>7,}{shares}{masked:>7,}{equal:>7,}{missed:>7,}{other:>6,}{breaching:>7,}"


def _share(some: int, of: int) -> str:
    """Rounded down: all but one are not 100%.

    >>> _share(9_999, 10_000), _share(1, 1), _share(0, 0)
    ('99.9%', '100.0%', '-')
    """
    return f"{1000 * some // of / 10:.1f}%" if of else "-"


def _tier(mutant: MutantResult) -> int:
    return TIERS.index(mutant.tier) if mutant.tier in TIERS else len(TIERS)


def _not_caught(mutants: Sequence[MutantResult]) -> Iterator[str]:
    for mutant in mutants[:MISSES_SHOWN]:
        yield ""
        yield labelled(mutant.outcome.value.upper(), _place(mutant))
        if mutant.why:
            yield labelled("", mutant.why)
        yield printable_lines(mutant.diff)
        if mutant.test:
            yield labelled("", "this test would have noticed:")
            yield "\n" + printable_lines(mutant.test)
    if len(mutants) > MISSES_SHOWN:
        left = Counter(mutant.tier for mutant in mutants[MISSES_SHOWN:])
        yield labelled("", f"and {left.total():,} more ({tallied(left)}); --json FILE writes them all")


def _breaching(mutants: Sequence[MutantResult]) -> Iterator[str]:
    for mutant in mutants[:MISSES_SHOWN]:
        if mutant.breach is None:
            continue
        yield ""
        yield labelled("BREACHES", _place(mutant))
        hit = [f"{counted(mutant.breach.objects, 'foreign object')} in one case"] if mutant.breach.objects else []
        fell = counted(mutant.breach.incident, "balancer")
        hit += [f"{fell} of others in the incident, where 1,574 fell"] if mutant.breach.incident else []
        yield labelled("", f"{mutant.breach.why} ({', '.join(hit)}): {mutant.breach.at}")
    if len(mutants) > MISSES_SHOWN:
        yield labelled("", f"and {len(mutants) - MISSES_SHOWN:,} more; --json FILE writes them all")


def _place(mutant: MutantResult) -> str:
    inside = f" in {mutant.function}" if mutant.function else ""
    return f"{mutant.id}, {mutant.file}:{mutant.start[0]}{inside}"


def in_full(mutant: MutantResult, gathered: Gathered, findings: Findings | None) -> Iterator[str]:
    """One mutant: its story, its diff, who noticed it, and the counterexample."""
    regression = gathered.stories.get(mutant.id)
    yield labelled("mutant", _place(mutant))
    if regression is not None:
        yield labelled("", regression.title)
        yield labelled("story", " ".join(regression.story))
        yield labelled("", regression.link)
    yield ""
    yield printable_lines(mutant.diff)
    yield ""
    yield labelled("outcome", mutant.outcome.value + (f", {mutant.kill}" if mutant.kill else ""))
    if mutant.by:
        yield labelled("noticed by", f"{mutant.by} in {mutant.at}: {mutant.why}")
    elif mutant.why:
        yield labelled("", mutant.why)
    if mutant.proof:
        yield labelled("proof", mutant.proof)
    counterexample = findings.counterexamples.get(mutant.id, "") if findings is not None else ""
    if counterexample:
        yield "\n" + printable_lines(counterexample) + "\n"
