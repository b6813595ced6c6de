"""Which mutants a run is about: from paths, the catalogue and a shard's number to subjects, in an order of their own.

Two shards of one run are told apart by the same list, so that their results can be put together again.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from os.path import realpath
from pathlib import Path
from typing import Final

from guards.errors import GuardsError, shown
from guards.mutation.catalogue import TIER, Regression, Stale, read_catalogue, to_mutant
from guards.mutation.generic import NoMutmut, generic_replacements, require_mutmut
from guards.mutation.lines import unmutated
from guards.mutation.mutant import Edit, Mutant
from guards.mutation.operators import Planting, replacements
from guards.mutation.outcome import Subject, stale
from guards.mutation.since import Changed
from guards.results import MutantResult, MutateResult, PairResult

FOUND: Final = {"safety": replacements, "generic": generic_replacements}
"""By tier, what finds the places for its mutants in a file; a program that two make is the first one's."""


class GatherError(GuardsError):
    """Paths, names or files of which no run can be made."""

    code = "nothing_to_mutate"


@dataclass(frozen=True, slots=True)
class Gathered:
    """All that a run is about."""

    subjects: tuple[Subject, ...]
    stale: tuple[MutantResult, ...]
    """Entries of the catalogue that do not fit the source."""
    stories: dict[str, Regression]
    repeated: int = 0
    """Of the whole: how many generic changes make a program that a safety operator makes as well; they are its own."""

    def ids(self) -> list[str]:
        """Every id, in the order of the run."""
        return [subject.mutant.id for subject in self.subjects] + [result.id for result in self.stale]

    def only(self, wanted: Sequence[str]) -> Gathered:
        """Those of these ids, or whose ids begin so."""
        return self._where([id.startswith(tuple(wanted)) for id in self.ids()])

    def unmutated(self, file: str, source: str) -> list[int]:
        """The lines of this file that no mutant reached."""
        return unmutated(source, [_span(subject.mutant) for subject in self.subjects if subject.mutant.file == file])

    def since(self, changed: Changed, catalogue: str) -> Gathered:
        """Mutants of lines that are new, and entries of the catalogue that are, or one of whose files is."""
        chosen = [_is_new(subject.mutant, changed, catalogue) for subject in self.subjects]
        entries = [changed.has(entry.file) or changed.has(f"{catalogue}/{entry.id}.toml") for entry in self.stale]
        return self._where(chosen + entries)

    def apart_from(self, edits: Sequence[Edit]) -> Gathered:
        """Those that can be made where these edits are made, too: what is taken out cannot be broken besides."""
        return self._where([_fit(subject.mutant, edits) for subject in self.subjects] + [True] * len(self.stale))

    def shard(self, number: int, of: int) -> Gathered:
        """Every n-th one."""
        return self._where([n % of == number - 1 for n in range(len(self.ids()))])

    def digest(self) -> str:
        """Tells apart two runs that are not about the same mutants in the same sources."""
        parts = [f"{one.mutant.id} {one.mutant.sources} {one.expected} {one.masked_by}" for one in self.subjects]
        return hashlib.sha256("\n".join([*parts, *self.ids()]).encode()).hexdigest()[:16]

    def _where(self, chosen: Sequence[bool]) -> Gathered:
        subjects = tuple(subject for subject, is_in in zip(self.subjects, chosen, strict=False) if is_in)
        left = tuple(one for one, is_in in zip(self.stale, chosen[len(self.subjects) :], strict=True) if is_in)
        return replace(self, subjects=subjects, stale=left)


def _fit(mutant: Mutant, edits: Sequence[Edit]) -> bool:
    sources = dict(mutant.sources)
    for edit in edits:
        text = sources.get(edit.file)
        if text is not None:
            if text.count(edit.before) != 1:
                return False
            sources[edit.file] = text.replace(edit.before, edit.after)
    return True


def _is_new(mutant: Mutant, changed: Changed, catalogue: str) -> bool:
    if mutant.tier == TIER:
        files = [*(file for file, _ in mutant.sources), f"{catalogue}/{mutant.id}.toml"]
        return any(changed.has(file) for file in files)
    return changed.touches(mutant.file, *_span(mutant))


def _span(mutant: Mutant) -> tuple[int, int]:
    """Its first line and its last."""
    (first, _), (last, column) = mutant.start, mutant.end
    return first, last if column or last == first else last - 1


def files_of(root: Path, paths: Sequence[str]) -> tuple[str, ...]:
    """Every Python file at these paths, relative to the root. A path without code is an error, not an empty run."""
    found: set[str] = set()
    for path in paths:
        start = Path(realpath(root / path))
        if not start.is_relative_to(root):
            raise GatherError(
                f"{shown(path)} is not inside the current folder, whose modules are the ones that are run"
            )
        here = sorted(start.rglob("*.py")) if start.is_dir() else [start] if start.suffix == ".py" else []
        code = [file for file in here if file.is_file() and _has_code(file)]
        if not code:
            raise GatherError(f"there is no Python code at {shown(path)}")
        found |= {file.relative_to(root).as_posix() for file in code}
    return tuple(sorted(found))


def _has_code(file: Path) -> bool:
    """Whether it parses and does more than document itself."""
    try:
        body = ast.parse(file.read_bytes()).body
    except (SyntaxError, ValueError) as error:
        raise GatherError(f"{shown(file.name)} is no Python that can be read: {error}") from error
    return any(not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)) for node in body)


def gather(root: Path, files: Sequence[str], tiers: Sequence[str], catalogue: Path, *, all_entries: bool) -> Gathered:
    """The catalogue's entries (those about these files, or all), then what operators make of the files.

    Raises `GatherError` where mutmut is wanted and missing.
    """
    subjects: list[Subject] = []
    left: list[MutantResult] = []
    stories: dict[str, Regression] = {}
    for regression in read_catalogue(catalogue, root) if "catalogue" in tiers else ():
        if not all_entries and not {edit.file for edit in regression.edits} & set(files):
            continue
        stories[regression.id] = regression
        masked_by = None if regression.masked_by is None else regression.masked_by.value
        try:
            subjects.append(Subject(to_mutant(regression, root), regression.properties, masked_by))
        except Stale as why:
            first = regression.edits[0].file
            left.append(stale(regression.id, first, str(why), regression.properties, masked_by))
    mutants, repeated = _planted(root, files, tiers)
    return Gathered((*subjects, *map(Subject, mutants)), tuple(left), stories, repeated)


def _planted(root: Path, files: Sequence[str], tiers: Sequence[str]) -> tuple[list[Mutant], int]:
    """What the operators of these tiers make of the files, and how many programs of one tier another makes as well."""
    if "generic" in tiers:
        try:
            require_mutmut()
        except NoMutmut as error:
            raise GatherError(str(error)) from error
    mutants: list[Mutant] = []
    repeated = 0
    for file in files:
        planting = Planting((root / file).read_text(encoding="utf-8"), file)
        for tier, found in FOUND.items():
            mutants += planting.mutants(tier, found) if tier in tiers else ()
        repeated += planting.repeated
    return mutants, repeated


def without_check(root: Path, files: Sequence[str], check: str) -> Edit:
    """Takes a check out of the one list among these files in which it stands on a line of its own."""
    line = f"    {check},\n"
    holding = [file for file in files if (root / file).read_text(encoding="utf-8").count(f"\n{line}") == 1]
    if len(holding) != 1 or not check.isidentifier():
        raise GatherError(f"no list of checks holds {shown(check)} on a line of its own, so it cannot be left out")
    return Edit(holding[0], f"\n{line}", "\n")


def merged(shards: Sequence[MutateResult]) -> MutateResult:
    """The one run that these shards are the parts of. Refuses unless each part is there, once, of the same whole."""
    first = shards[0]
    same = (
        "service",
        "versions",
        "commit",
        "paths",
        "trusted",
        "tiers",
        "tests",
        "without",
        "since",
        "seeds",
        "whole",
        "whole_digest",
        "state",
        "repeated",
        "whole_pairs",
    )
    for other in shards[1:]:
        for name in same:
            if getattr(other, name) != getattr(first, name):
                raise GatherError(f"these are not shards of one run: they differ in `{name}`")
    numbers = sorted(tuple(shard.shard) for shard in shards)
    if numbers != [(n + 1, len(shards)) for n in range(len(shards))]:
        told = ", ".join(f"{number}/{of}" for number, of in numbers)
        wanted = [(n + 1, numbers[0][1]) for n in range(numbers[0][1])]
        missing = ", ".join(f"{number}/{of}" for number, of in wanted if (number, of) not in numbers)
        lacking = f": {missing} is missing" if missing else ""
        raise GatherError(f"the shards {told} are not each part of one run, once{lacking}")
    mutants = [mutant for shard in shards for mutant in shard.mutants]
    whole = first.whole if first.whole_pairs is None else 0
    if len({mutant.id for mutant in mutants}) != len(mutants) or len(mutants) != whole:
        raise GatherError(f"the shards hold {len(mutants)} mutants, and the whole run has {whole}")
    return first.model_copy(
        update={
            "shard": [1, 1],
            "confined": all(shard.confined for shard in shards),
            "reached": next((shard.reached for shard in shards if shard.reached), {}),
            "unentered": _by_nobody([shard.unentered for shard in shards if sum(shard.baseline.cases)]),
            "mutants": sorted(mutants, key=in_order),
            "pairs": _in_turn(sorted(shards, key=lambda shard: shard.shard)),
            "canaries": sorted({canary for shard in shards for canary in shard.canaries}),
            "seconds": round(sum(shard.seconds for shard in shards), 1),
            "cpu": round(sum(shard.cpu for shard in shards), 1),
            "baseline": max(
                (shard.baseline for shard in shards), key=lambda baseline: (sum(baseline.cases), baseline.tests or 0)
            ),
        }
    )


def _in_turn(shards: Sequence[MutateResult]) -> list[PairResult]:
    """Their pairs in the order in which they were drawn: each shard took every n-th."""
    pairs = [pair for some in zip_longest(*(shard.pairs for shard in shards)) for pair in some if pair is not None]
    whole = shards[0].whole_pairs or 0
    if len({tuple(pair.ids) for pair in pairs}) != len(pairs) or len(pairs) != whole:
        raise GatherError(f"the shards hold {len(pairs)} pairs, and the whole run has {whole}")
    return pairs


def _by_nobody(unentered: Sequence[Mapping[str, list[int]]]) -> dict[str, list[int]]:
    """The lines that are in all of these."""
    left = {
        file: [line for line in lines if all(line in other.get(file, ()) for other in unentered)]
        for file, lines in next(iter(unentered), {}).items()
    }
    return {file: lines for file, lines in left.items() if lines}


def in_order(mutant: MutantResult) -> tuple[str, str, list[int], str]:
    """The catalogue first, then by place."""
    return mutant.tier, mutant.file, mutant.start, mutant.id
