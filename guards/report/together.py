"""Several results of `guards mutate` as one: what one run of the gate leaves in a file for each of its steps.

They speak of one guard, one service and one commit, and each of tiers of its own; anything else cannot be put together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Final

from guards.results import MutateResult, ResultFileError

_THE_SAME: Final = ("service", "versions", "commit", "paths", "trusted", "tests", "without", "seeds")


def together(results: Sequence[MutateResult]) -> MutateResult:
    """One result that holds all their mutants; what is missing from one of them is missing from it.

    Raises `ResultFileError` where they are not parts of one whole: which one counts could not be told.
    """
    first, *others = results
    if not others:
        return first
    for name in _THE_SAME:
        if any(getattr(other, name) != getattr(first, name) for other in others):
            raise ResultFileError(f"there are several mutate results, and they differ in `{name}`")
    twice = [tier for tier, times in Counter(chain.from_iterable(one.tiers for one in results)).items() if times > 1]
    if twice:
        raise ResultFileError(f"there are several mutate results with the tier {twice[0]}")
    if any(one.shard[1:] != [1] for one in results):
        raise ResultFileError("there are several mutate results, and one is a shard: merge the shards first")
    judging = [one for one in results if one.has_judged()] or [first]
    shown_by_all = set.intersection(*(one.canary_kinds() for one in judging))
    about = [one for one in results if one.since is not None] or results
    pairs = [one.whole_pairs for one in results if one.whole_pairs is not None]
    lines = [one.lines for one in about if "lines" in one.model_fields_set]
    return first.model_copy(
        update=({"lines": max(lines)} if lines else {})
        | {
            "tiers": _all(one.tiers for one in results),
            "since": next((one.since for one in results if one.since is not None), None),
            "weakened": _all(one.weakened for one in results),
            "beside": _all(one.beside for one in results),
            "whole": sum(one.whole for one in results),
            "whole_digest": "",
            "unmutated": _in_each([one.unmutated for one in about]),
            "unentered": _in_each([one.unentered for one in results if sum(one.baseline.cases)]),
            "repeated": sum(one.repeated for one in results),
            "reached": next((one.reached for one in results if one.reached), {}),
            "confined": all(one.confined for one in results),
            "baseline": min((one.baseline for one in judging), key=lambda baseline: sum(baseline.cases)),
            "canaries": [one for one in _all(one.canaries for one in judging) if one.partition(":")[0] in shown_by_all],
            "mutants": [mutant for one in results for mutant in one.mutants],
            "whole_pairs": sum(pairs) if pairs else None,
            "pairs": [pair for one in results for pair in one.pairs],
            "seconds": sum(one.seconds for one in results),
            "cpu": sum(one.cpu for one in results),
        }
    )


def _in_each(parts: Sequence[Mapping[str, Sequence[int]]]) -> dict[str, list[int]]:
    """By file, the lines that every part names."""
    files = set.intersection(*map(set, parts)) if parts else set()
    named = {file: set.intersection(*(set(part[file]) for part in parts)) for file in sorted(files)}
    return {file: sorted(lines) for file, lines in named.items() if lines}


def _all(lists: Iterable[Sequence[str]]) -> list[str]:
    """Everything that is in any of them, once."""
    return list(dict.fromkeys(chain.from_iterable(lists)))
