"""Two faults at once: how many pairs of broken lines let a call reach another tenant, where none does alone.

A guard with two barriers has to be broken twice to breach. How often two random faults do is how far its barriers are
independent of each other; only isolation is judged here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from random import Random
from typing import Final

from guards.mutation.experiment import Experiment, Findings
from guards.mutation.lab import run
from guards.mutation.mutant import Mutant
from guards.mutation.outcome import Subject
from guards.results import MutantOutcome, MutantResult, PairResult

TRIES: Final = 50
"""How often a pair is drawn for each that is wanted; a small guard has fewer than are asked for."""

Done = Callable[[int, int], None]
"""Called with how many pairs are judged, and how many of them breach."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two mutants of different functions, and what the source reads with both."""

    first: Mutant
    second: Mutant
    sources: tuple[tuple[str, str], ...]

    def mutant(self) -> Mutant:
        """The pair as one mutant."""
        first, second = self.first, self.second
        return replace(first, id=f"{first.id} + {second.id}", tier="pair", operator="pair", sources=self.sources)


def sample(mutants: Sequence[Mutant], originals: Mapping[str, str], number: int, seed: int) -> list[Pair]:
    """So many different pairs, or as many as there are found, always the same ones for a seed.

    The two stand in different folders where there are several, since barriers do; else in different functions.
    """
    pool = sorted((one for one in mutants if one.function and len(one.sources) == 1), key=lambda one: one.id)
    number = min(number, len(pool) * (len(pool) - 1) // 2)
    partners = {place: [one for one in pool if _folder(one) != place] or pool for place in set(map(_folder, pool))}
    chance = Random(seed)
    drawn: dict[frozenset[str], Pair] = {}
    for _ in range(number * TRIES):
        if len(drawn) == number:
            break
        first = chance.choice(pool)
        second = chance.choice(partners[_folder(first)])
        key = frozenset({first.id, second.id})
        pair = None if key in drawn or _place(first) == _place(second) else together(first, second, originals)
        if pair is not None:
            drawn[key] = pair
    return list(drawn.values())


def together(first: Mutant, second: Mutant, originals: Mapping[str, str]) -> Pair | None:
    """Both at once; None where they change the same piece of a file."""
    if first.file != second.file:
        return Pair(first, second, (*first.sources, *second.sources))
    source = originals[first.file]
    one, other = sorted(_change(source, mutant.sources[0][1]) for mutant in (first, second))
    if one[1] > other[0] or one[:2] == other[:2]:
        return None
    text = source[: one[0]] + one[2] + source[one[1] : other[0]] + other[2] + source[other[1] :]
    return Pair(first, second, ((first.file, text),))


def judge(experiment: Experiment, pairs: Sequence[Pair], done: Done) -> tuple[list[PairResult], Findings]:
    """Whether each pair breaches, and, of those that do, which of the two does alone. Raises `BaselineError`."""
    experiment = replace(experiment, tests=(), properties=("isolation",), with_machine=False)
    judged: list[MutantResult] = []

    def watch(result: MutantResult) -> None:
        judged.append(result)
        done(len(judged), sum(each.breaches for each in judged))

    findings = run(experiment, [Subject(pair.mutant()) for pair in pairs], watch)
    breaching = {result.id for result in findings.mutants if result.breaches}
    halves = {one.id: one for pair in pairs if pair.mutant().id in breaching for one in (pair.first, pair.second)}
    alone = run(experiment, list(map(Subject, halves.values()))).mutants if halves else ()
    guilty = {result.id for result in alone if result.breaches}
    results = [_result(pair, result, guilty) for pair, result in zip(pairs, findings.mutants, strict=True)]
    cpu = findings.cpu + sum(result.cpu for result in alone)
    return results, replace(findings, cpu=cpu)


def _result(pair: Pair, result: MutantResult, guilty: set[str]) -> PairResult:
    ids = [pair.first.id, pair.second.id]
    return PairResult(
        ids=ids,
        places=[f"{one.file}:{one.start[0]}" for one in (pair.first, pair.second)],
        breaches=result.breaches,
        breach=result.breach,
        alone=[id for id in ids if id in guilty],
        trouble=result.why if result.outcome is MutantOutcome.BROKEN else "",
    )


def _folder(mutant: Mutant) -> PurePosixPath:
    return PurePosixPath(mutant.file).parent


def _place(mutant: Mutant) -> tuple[str, str]:
    return mutant.file, mutant.function


def _change(before: str, after: str) -> tuple[int, int, str]:
    """The smallest piece that was replaced: where it starts and ends, and by what."""
    start = _alike(before, after)
    tail = _alike(before[start:][::-1], after[start:][::-1])
    return start, len(before) - tail, after[start : len(after) - tail]


def _alike(one: str, other: str) -> int:
    """How many characters two texts begin with in common."""
    pairs = zip(one, other, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
