"""Proves, before anything is judged, that a change reaches what judges it: what does nothing any more must be caught by
an assertion, of the kit or else of a test, and a comment must not be noticed.

Where variants are run on what is loaded already, that is shown there as well (a crash will do), or else it is not done;
and once more at the end, since what is loaded may grow old.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from guards.mutation.crew import Warm
from guards.mutation.experiment import BaselineError
from guards.mutation.ground import Ground, Keys, Tests, Variant
from guards.mutation.mutant import Mutant
from guards.mutation.outcome import Seen, Subject
from guards.mutation.reach import EVERYTHING, idle_at

TRIED_MAX: Final = 12
COLD: Final[Keys] = frozenset({EVERYTHING})
"""What touches all cannot be run on what is loaded."""


def prove_cases(ground: Ground, wanted: Keys, tested: Callable[[], Tests | None]) -> list[str]:
    """The kit, by the cases and the machine that mutants will be judged by; `wanted` is all that these touch. `tested`
    runs the tests, if it takes them.

    What the canaries were. Raises `BaselineError`.
    """
    seed = ground.experiment.seeds[0]
    busiest = ground.cases[seed].reached.busiest()
    if not busiest:
        raise BaselineError(f"no case enters any line of {', '.join(ground.experiment.files[:3])}")
    tried = busiest[:TRIED_MAX]
    key = _first(tried, lambda key: _is_asserted(ground, _by_few_cases(ground, _lethal(ground, key, COLD), key, seed)))
    if key is None:  # another barrier may stand before all of it
        tests = tested()
        key = _first(tried, lambda key: _is_asserted(ground, _by_tests(ground, _lethal(ground, key, COLD), key, tests)))
    if key is None:
        raise BaselineError("functions that do nothing went unnoticed: changes do not reach what is judged")
    quiet = _quiet(ground, key, COLD)
    _must_be_silent(ground, _by_the_kit(ground, quiet, wanted, seed))
    return [f"lethal: {key}", f"no-op: {quiet.subject.mutant.file}", *_prove_warm_cases(ground, busiest, wanted, seed)]


def _prove_warm_cases(ground: Ground, busiest: Sequence[str], wanted: Keys, seed: int) -> list[str]:
    """Without a lethal variant that is noticed, all is read anew."""
    eligible = [key for key in busiest if _warm(ground, {key}, "cases")][:TRIED_MAX]
    key = _first(eligible, lambda key: _is_noticed(ground, _by_few_cases(ground, _lethal(ground, key), key, seed)))
    if key is None or not _is_silent(ground, _warm_cases(ground, key, wanted, seed)):
        ground.crew.forget("cases")
    return [f"lethal, where all else is loaded: {key}"] if ground.crew.is_warm("cases") else []


def prove_still(ground: Ground, wanted: Keys) -> None:
    """At the end: what is loaded must not have grown old meanwhile. Raises `BaselineError`."""
    file, seed = ground.experiment.files[0], ground.experiment.seeds[0]
    if ground.crew.is_warm("cases"):
        _must_be_silent(ground, _warm_cases(ground, file, wanted, seed))
    if ground.crew.is_warm("tests") and ground.tests is not None:
        _must_be_silent(ground, _warm_tests(ground, file, ground.tests, wanted))


def _warm_cases(ground: Ground, key: str, wanted: Keys, seed: int) -> Seen:
    return _by_the_kit(ground, _quiet(ground, key), _warm(ground, wanted, "cases"), seed)


def _warm_tests(ground: Ground, key: str, tests: Tests, wanted: Keys) -> Seen:
    return ground.tested(_quiet(ground, key), tests, _in_turn(tests, _warm(ground, wanted, "tests"), _file_of(key)))


def prove_tests(ground: Ground, tests: Tests, wanted: Keys) -> list[str]:
    """The project's tests. Raises `BaselineError`."""
    quiet = _quiet(ground, ground.experiment.files[0], COLD)
    ids = _in_turn(tests, wanted, ground.experiment.files[0])
    _must_be_silent(ground, ground.tested(quiet, tests, ids, writes=[ground.bytecode()]))
    eligible = [key for key in tests.reached.busiest() if _warm(ground, {key}, "tests")][:TRIED_MAX]
    key = _first(eligible, lambda key: _is_noticed(ground, _by_tests(ground, _lethal(ground, key), key, tests)))
    if key is None or not _is_silent(ground, _warm_tests(ground, key, tests, wanted)):
        ground.crew.forget("tests")
    return [f"lethal to a test, where all else is loaded: {key}"] if ground.crew.is_warm("tests") else []


def _by_the_kit(ground: Ground, variant: Variant, wanted: Keys, seed: int) -> Seen:
    """Every case that a mutant will be attacked with, a part on each worker, and the machine. Where all is loaded, only
    the essential ones: all of them were tried cold, and these show whether it is as if it were read anew.
    """
    reached, workers = ground.cases[seed].reached, ground.experiment.workers
    numbers = reached.by(wanted) if variant.keys == COLD else reached.essential(wanted)
    shares = [numbers[len(numbers) * n // workers : len(numbers) * (n + 1) // workers] for n in range(workers)]
    writes = [ground.bytecode()] if variant.keys == COLD else []
    with ThreadPoolExecutor(workers) as executor, ground.crew.in_haste():
        parts = executor.map(lambda share: ground.attacked(variant, seed, share, writes=writes), shares)
        seen = ground.by_the_machine(variant, seed)
        for part in parts:
            seen = part.and_then(seen)
    return seen


def _first(keys: Iterable[str], holds: Callable[[str], bool]) -> str | None:
    return next(filter(holds, keys), None)


def _warm(ground: Ground, keys: Collection[str], what: Warm) -> Keys:
    """Those of these that can be exchanged there."""
    return frozenset(keys) - ground.loaded[what] if ground.crew.is_warm(what) else frozenset()


def _by_few_cases(ground: Ground, variant: Variant, key: str, seed: int) -> Seen:
    numbers = ground.cases[seed].reached.distilled([key])
    return ground.attacked(variant, seed, numbers, properties=None)  # whatever is left out here


def _by_tests(ground: Ground, variant: Variant, key: str, tests: Tests | None) -> Seen:
    if tests is None:
        return Seen()
    return ground.tested(variant, tests, _in_turn(tests, [key], _file_of(key)))


def _in_turn(tests: Tests, keys: Collection[str], file: str) -> list[str]:
    """The tests that enter any of this, in an order in which mutants of a file meet them: one that passes where others
    ran before it, and only then, says nothing of a mutant.
    """
    return [tests.ids[n] for n in tests.reached.in_turn(keys, [file])]


def _is_asserted(ground: Ground, seen: Seen) -> bool:
    return _is_noticed(ground, seen) and seen.notice is not None and seen.notice.kind == "assertion"


def _is_noticed(ground: Ground, seen: Seen) -> bool:
    """By an assertion or by a crash, which is enough to know that a change has taken effect."""
    ground.spent.append(seen.cpu)
    return seen.notice is not None and seen.notice.kind != "timeout"


def _is_silent(ground: Ground, seen: Seen) -> bool:
    ground.spent.append(seen.cpu)
    return not seen.trouble and seen.notice is None and seen.breach is None


def _must_be_silent(ground: Ground, seen: Seen) -> None:
    """What a comment was noticed by is flaky, counts lines, or needs others to have run before it."""
    if not _is_silent(ground, seen):
        said = f"{seen.notice.by} in `{seen.notice.at}`: {seen.notice.why}" if seen.notice else seen.trouble
        raise BaselineError(f"flaky: nothing but a comment was added, and it was noticed by {said}")


def _lethal(ground: Ground, key: str, besides: Keys = frozenset()) -> Variant:
    """A variant of which one stretch does nothing."""
    file = _file_of(key)
    return _made(ground, "canary:lethal", file, idle_at(key, file, ground.source(file)), besides | {key})


def _quiet(ground: Ground, key: str, keys: Keys = frozenset()) -> Variant:
    """A variant that differs by a comment."""
    file = _file_of(key)
    return _made(ground, "canary:comment", file, ground.source(file) + "\n# nothing is changed\n", keys)


def _made(ground: Ground, id: str, file: str, source: str, keys: Keys) -> Variant:
    mutant = Mutant(id, "canary", id, file, (1, 0), (1, 0), "", "", "", ((file, source),), "")
    made = ground.variant(Subject(mutant))
    return Variant(made.subject, made.sources, keys, made.is_in_bodies)


def _file_of(key: str) -> str:
    """Of a key FILE:LINE:LINE, or of a file's name."""
    return key.rsplit(":", 2)[0] if ":" in key else key
