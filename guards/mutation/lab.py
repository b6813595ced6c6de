"""Runs mutants: the baseline first, then canaries, then each mutant in workers of its own, as few as settle it.

The kit comes first, and judges isolation by its essential cases to the end; what these miss goes to the tests that
enter the change and to all other cases, the cheap ones first, and then to the state machine. The same experiment gives
the same outcomes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Final

from guards.mutation.canaries import prove_cases, prove_still, prove_tests
from guards.mutation.experiment import BaselineError, Experiment, Findings, GrownOldError
from guards.mutation.ground import Ground, Keys, Tests, Variant, file_of_test
from guards.mutation.lines import entered_lines, unentered
from guards.mutation.outcome import Seen, Subject, diff_of, is_settled, judged
from guards.mutation.reach import EVERYTHING
from guards.mutation.survivor import SURVIVED, Equivalent, Verdict, examine, is_proved, with_verdict
from guards.results import BaselineResult, MutantResult

SEVERAL: Final = 4
"""Of so many mutants hardly ever all are noticed by the kit."""
NEAR_FILES: Final = 3
NEAR_TESTS: Final = 100

Watch = Callable[[MutantResult], None]
"""Called with each mutant's result as soon as it is there."""


def run(experiment: Experiment, subjects: Sequence[Subject], watch: Watch | None = None) -> Findings:
    """Judge every subject; in their order. Raises `BaselineError`."""
    with Ground.opened(experiment) as ground:
        lab = _Lab(ground)
        lab.start(subjects)
        results = list(_in_order(lab, subjects, watch))
        try:
            prove_still(ground, lab.wanted)
        except BaselineError as error:
            raise GrownOldError(str(error)) from error
        return Findings(
            tuple(result for result, _ in results),
            BaselineResult(
                cases=[cases.reached.count for cases in ground.cases.values()],
                tests=len(ground.tests.ids) if ground.tests is not None else None,
            ),
            tuple(sorted(lab.canaries)),
            {result.id: shown for result, shown in results if shown},
            lab.unentered(),
            lab.reached(),
            sum(ground.spent) + ground.crew.started() + sum(result.cpu for result, _ in results),
        )


def _in_order(lab: _Lab, subjects: Sequence[Subject], watch: Watch | None) -> Iterator[tuple[MutantResult, str]]:
    """Every subject on the next free worker. The first error ends it all."""
    with ThreadPoolExecutor(lab.experiment.workers) as executor, lab.ground.crew.in_haste():
        futures = [executor.submit(lab.judge, subject) for subject in subjects]
        try:
            _watch(futures, watch)
            yield from (future.result() for future in futures)
        finally:
            executor.shutdown(wait=False, cancel_futures=True)


def _watch(futures: Sequence[Future[tuple[MutantResult, str]]], watch: Watch | None) -> None:
    left = set(futures)
    while left:
        done, left = wait(left, return_when=FIRST_COMPLETED)
        for future in done:
            result, _ = future.result()
            if watch is not None:
                watch(result)


@dataclass(slots=True)
class _Lab:
    """One run: the judging of one mutant after the other, on common ground."""

    ground: Ground
    canaries: list[str] = field(default_factory=list)
    wanted: Keys = frozenset()

    @property
    def experiment(self) -> Experiment:
        return self.ground.experiment

    def start(self, subjects: Sequence[Subject]) -> None:
        """Everything unchanged, then what must be caught and what must not.

        Where several mutants are no entries, one of them will want the tests: they are run meanwhile.
        """
        self.wanted = self._touched_by(subjects)
        with ThreadPoolExecutor(self.experiment.workers + 1) as executor, self.ground.crew.in_haste():
            seeds = self.experiment.seeds
            baselines = executor.map(self.ground.stand, seeds)
            wants_tests = sum(not _is_an_entry(subject) for subject in subjects) >= SEVERAL
            tests = executor.submit(self._all_tests) if wants_tests else None
            self.ground.cases = dict(zip(seeds, baselines, strict=True))
            self.ground.keep_the_cases_warm()
            self.canaries += prove_cases(self.ground, self.wanted, self._all_tests)
            if tests is not None:
                tests.result()

    def _touched_by(self, subjects: Sequence[Subject]) -> Keys:
        """All that these mutants touch, which a comment is tried on; everything where nothing is known of them."""
        keys = frozenset[str]().union(*(self.ground.keys(subject.mutant) for subject in subjects))
        return keys or frozenset({EVERYTHING})

    def _all_tests(self) -> Tests | None:
        """The tests, proved to notice what is changed."""
        return self.ground.test(lambda tests: self.canaries.extend(prove_tests(self.ground, tests, self.wanted)))

    def unentered(self) -> dict[str, list[int]]:
        """By file, what nothing that ran unchanged has entered."""
        ground = self.ground
        reached = [one for cases in ground.cases.values() for one in (cases.reached, cases.drill)]
        reached += [ground.tests.reached] if ground.tests is not None else []
        keys = frozenset[str]().union(*(one.entered() for one in reached))
        found = {file: unentered(file, ground.source(file), keys) for file in self.experiment.files}
        return {file: lines for file, lines in found.items() if lines}

    def reached(self) -> dict[str, dict[str, list[int]]]:
        """By file and by property, the lines that cases entered which exercise it."""
        keys: dict[str, set[str]] = {}
        for cases in self.ground.cases.values():
            for name, entered in cases.by_property.items():
                keys.setdefault(name, set()).update(entered)
        found = {
            file: {name: entered_lines(file, self.ground.source(file), keys[name]) for name in sorted(keys)}
            for file in self.experiment.files
        }
        return {file: {name: lines for name, lines in of.items() if lines} for file, of in found.items()}

    # One mutant.

    def judge(self, subject: Subject) -> tuple[MutantResult, str]:
        """The verdict, and the counterexample if that was asked for."""
        variant = self.ground.variant(subject)
        diff = diff_of(self._before(variant), variant.sources)
        verdict = cache(lambda: self._verdict(variant))
        by_seed = []
        is_reached = False
        for seed in self.experiment.seeds:
            is_reached = is_reached or self._is_reached(variant, seed)
            by_seed.append(self._seen(variant, seed, verdict) if is_reached else Seen())
        by_seed[-1] = self.ground.intact().and_then(by_seed[-1])
        shown = next((seen.counterexample for seen in by_seed if seen.counterexample), "")
        result = judged(subject, by_seed, diff, is_reached=is_reached)
        told = verdict() if result.outcome in SURVIVED else None
        return (result if told is None else with_verdict(result, told)), shown

    def _verdict(self, variant: Variant) -> Verdict | None:
        """What can be said of it as a survivor; nothing of an entry, nor where so much survives since something was
        left out on purpose.
        """
        if not self._is_examined(variant.subject):
            return None
        return examine(self.ground.crew.run_within, variant.subject.mutant, self._before(variant), variant.sources)

    def _is_examined(self, subject: Subject) -> bool:
        return not (_is_an_entry(subject) or self.experiment.base or self.experiment.properties)

    def _before(self, variant: Variant) -> dict[str, str]:
        return {file: self.ground.source(file) for file in variant.sources}

    def _is_proved(self, variant: Variant) -> bool:
        if not self._is_examined(variant.subject):
            return False
        return is_proved(self.ground.crew.run_within, variant.subject.mutant, self._before(variant), variant.sources)

    def _is_reached(self, variant: Variant, seed: int) -> bool:
        if self.ground.cases[seed].reached.by(variant.keys) or self._is_on_the_day(variant, seed):
            return True
        tests = None if _is_an_entry(variant.subject) else self._all_tests()
        return tests is not None and bool(tests.by(variant.keys))

    def _seen(self, variant: Variant, seed: int, verdict: Callable[[], Verdict | None]) -> Seen:
        """Stage by stage, until it is settled. The essential cases come first: by them isolation is judged of every
        mutant. Then comes what costs least. What neither the kit nor a few tests notice and is proved to be equivalent
        is spared the rest: no call can tell it, whatever a test with odd types may say.

        With an entry of the catalogue the kit alone must do. One that is masked passes by all stages each time, so it
        is spared the cases that are of the same sorts again.
        """
        subject, ground = variant.subject, self.ground
        reached, ran = ground.cases[seed].reached, set[int]()
        tests = cache(lambda: self._near_and_far(variant))
        is_proved = cache(lambda: self._is_proved(variant))

        def cases(chosen: Callable[[Keys], Sequence[int]], *, drill: bool = False) -> Seen:
            numbers = sorted(set(chosen(variant.keys)) - ran)
            ran.update(numbers)
            return ground.attacked(variant, seed, numbers, drill=drill)

        def near() -> Seen:
            return ground.tested(variant, self._all_tests(), tests()[0])

        def far() -> Seen:
            return ground.tested(variant, self._all_tests(), tests()[1])

        essential = partial(cases, reached.essential, drill=self._is_on_the_day(variant, seed))
        sorts, others = partial(cases, reached.distilled), partial(cases, reached.by)
        machine = partial(ground.by_the_machine, variant, seed)
        stages: tuple[Callable[[], Seen], ...]
        if subject.masked_by is not None:
            stages = (essential, sorts, machine)
        elif subject.expected:
            stages = (essential, sorts, others, machine)
        else:
            stages = (essential, near, sorts, far, others, machine)
        seen = Seen()
        for stage in stages:
            seen = seen.and_then(stage())
            if is_settled(subject, seen):
                break
            is_looked_at = stage is sorts or (stage is near and bool(tests()[0]))
            if is_looked_at and is_proved() and isinstance(verdict(), Equivalent):
                break
        return seen

    def _is_on_the_day(self, variant: Variant, seed: int) -> bool:
        """Whether the incident enters the change."""
        return self.ground.job(seed)["drill"] and bool(self.ground.cases[seed].drill.by(variant.keys))

    def _near_and_far(self, variant: Variant) -> tuple[list[str], list[str]]:
        """The tests that enter the change, in two parts: near are a few that cost little. Where they must be collected
        anew, to collect all of them costs more than most mutants live: then those of few files are near.
        """
        tests = self._all_tests()
        if tests is None:
            return [], []
        numbers = tests.reached.in_turn(variant.keys, variant.files)
        if self.ground.warm(variant, "tests"):
            near = set(list(filter(tests.reached.is_light, numbers))[:NEAR_TESTS])
        else:
            files = set(list(dict.fromkeys(file_of_test(tests.ids[n]) for n in numbers))[:NEAR_FILES])
            near = {n for n in numbers if file_of_test(tests.ids[n]) in files}
        return [tests.ids[n] for n in numbers if n in near], [tests.ids[n] for n in numbers if n not in near]


def _is_an_entry(subject: Subject) -> bool:
    """Whether it is out of the catalogue, whose entries name what notices them or what masks them."""
    return bool(subject.expected) or subject.masked_by is not None
