"""Runs mutants: the baseline first, then canaries, then each mutant in workers of its own, as few as settle it.

The kit comes first and judges isolation to the end; what it misses goes to the tests that enter the change, then to the
state machine. The same experiment gives the same outcomes.
"""

from __future__ import annotations

import os
import queue
import tempfile
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from guards.mutation.confine import stamps
from guards.mutation.experiment import BaselineError, Experiment, Findings
from guards.mutation.lines import entered_lines, unentered
from guards.mutation.mutant import Mutant
from guards.mutation.outcome import Seen, Subject, diff_of, is_settled, judged, of_attack, of_tests
from guards.mutation.reach import EVERYTHING, Reached, idle_at, instrumented, touched
from guards.mutation.sandbox import Bounds, Ran, Sandbox
from guards.mutation.survivor import SURVIVED, Equivalent, Verdict, examine, with_verdict
from guards.mutation.work import REFERENCE
from guards.results import BaselineResult, MutantResult

LEAST_CPU_SECONDS: Final = 20.0
SLACK: Final = 4.0
"""A worker may take so many times what the baseline took, and always LEAST_CPU_SECONDS more."""
KIT_FILES: Final = ("guards/testing/", "guards/results.py", "guards/errors.py", "guards/mutation/")
CANARIES_TRIED: Final = 12
SEVERAL: Final = 4
"""Of so many mutants hardly ever all are noticed by the kit."""
BYTECODE: Final = "bytecode"


Watch = Callable[[MutantResult], None]
"""Called with each mutant's result as soon as it is there."""
Keys = frozenset[str]
"""What a mutant touches, in the terms of `reach`."""


@dataclass(frozen=True, slots=True)
class _Cases:
    """The cases of one seed."""

    path: str
    reached: Reached
    drill: Reached
    """The incident, as the one piece of work that it is."""
    by_property: Mapping[str, Collection[str]]
    """The stretches that are entered by those that exercise it."""
    cpu: float


@dataclass(frozen=True, slots=True)
class _Tests:
    """The tests that pass without any change, and whom each of them enters."""

    ids: tuple[str, ...]
    reached: Reached
    cpu: float


def run(experiment: Experiment, subjects: Sequence[Subject], watch: Watch | None = None) -> Findings:
    """Judge every subject; in their order. Raises `BaselineError`."""
    with _Lab.opened(experiment) as lab:
        lab.start(subjects)
        results = list(_in_order(lab, subjects, watch))
        return Findings(
            tuple(result for result, _ in results),
            BaselineResult(
                cases=[cases.reached.count for cases in lab.cases.values()],
                tests=len(lab.tests.ids) if lab.tests is not None else None,
            ),
            tuple(lab.canaries),
            {result.id: shown for result, shown in results if shown},
            lab.unentered(),
            lab.reached(),
            sum(lab.spent) + sum(result.cpu for result, _ in results),
        )


def _in_order(lab: _Lab, subjects: Sequence[Subject], watch: Watch | None) -> Iterator[tuple[MutantResult, str]]:
    """Every subject on the next free worker. The first error ends it all."""
    with ThreadPoolExecutor(lab.experiment.workers) as executor:
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
    """One run: its workers, its baseline, and the judging of one mutant after the other."""

    experiment: Experiment
    folder: str
    sandboxes: queue.Queue[Sandbox]
    cases: dict[int, _Cases] = field(default_factory=dict)
    tests: _Tests | None = None
    canaries: list[str] = field(default_factory=list)
    spent: list[float] = field(default_factory=list)
    """Seconds of processor, of each worker that judged no mutant."""
    _wanted: Keys = frozenset()
    _base: dict[str, str] = field(default_factory=dict)
    _stamps: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    _tests_wanted: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    @contextmanager
    def opened(cls, experiment: Experiment) -> Iterator[_Lab]:
        with ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="guards-lab-", ignore_cleanup_errors=True))
            sandboxes: queue.Queue[Sandbox] = queue.Queue()
            with_kit = not any(file.startswith(KIT_FILES) for file in experiment.files)
            bytecode = os.path.join(folder, BYTECODE)
            os.mkdir(bytecode)
            for _ in range(experiment.workers):
                sandboxes.put(stack.enter_context(Sandbox(experiment.root, with_kit=with_kit, bytecode=bytecode)))
            lab = cls(experiment, folder, sandboxes)
            lab._stamps = stamps(lab._paths())
            for edit in experiment.base:
                lab._base[edit.file] = lab.source(edit.file).replace(edit.before, edit.after)
            yield lab

    def unentered(self) -> dict[str, list[int]]:
        """By file, what nothing that ran unchanged has entered."""
        reached = [one for cases in self.cases.values() for one in (cases.reached, cases.drill)]
        reached += [self.tests.reached] if self.tests is not None else []
        keys = frozenset[str]().union(*(one.entered() for one in reached))
        found = {file: unentered(file, self.source(file), keys) for file in self.experiment.files}
        return {file: lines for file, lines in found.items() if lines}

    def reached(self) -> dict[str, dict[str, list[int]]]:
        """By file and by property, the lines that cases entered which exercise it."""
        keys: dict[str, set[str]] = {}
        for cases in self.cases.values():
            for name, entered in cases.by_property.items():
                keys.setdefault(name, set()).update(entered)
        found = {
            file: {name: entered_lines(file, self.source(file), keys[name]) for name in sorted(keys)}
            for file in self.experiment.files
        }
        return {file: {name: lines for name, lines in of.items() if lines} for file, of in found.items()}

    # What is read and run.

    def _bytecode(self) -> str:
        """Where the bytecode of what is unchanged stands; the canaries put it there, which differ by a comment."""
        return os.path.join(self.folder, BYTECODE)

    def _paths(self) -> list[str]:
        return [str(self.experiment.root / file) for file in self.experiment.files]

    def _intact(self) -> Seen:
        """Trouble, if a file that mutants are made of was written to: by a worker, or by whoever works on it."""
        if stamps(self._paths()) == self._stamps:
            return Seen()
        return Seen(trouble="a file that is mutated was changed on disk meanwhile, and the baseline no longer holds")

    def source(self, file: str) -> str:
        """A file as the baseline reads it."""
        known = self._base.get(file)
        return known if known is not None else (self.experiment.root / file).read_text(encoding="utf-8")

    def _changed(self, mutant: Mutant) -> dict[str, str]:
        """Every file that reads otherwise than on disk while this mutant runs."""
        changed = dict(self._base)
        for file, text in mutant.sources:
            for edit in self.experiment.base:
                if edit.file == file:
                    text = text.replace(edit.before, edit.after)
            changed[file] = text
        return changed

    def _run(self, do: str, job: Mapping[str, Any], sources: Mapping[str, str], cpu: float) -> Ran:
        seconds = SLACK * cpu + LEAST_CPU_SECONDS
        bounds = Bounds(cpu_seconds=seconds, wall_seconds=3 * seconds)
        return self._worker(f"guards.mutation.work:{do}", job, sources, bounds)

    def _worker(self, do: str, job: Mapping[str, Any], sources: Mapping[str, str], bounds: Bounds) -> Ran:
        sandbox = self.sandboxes.get()
        try:
            return sandbox.run(do, job, sources, bounds)
        finally:
            self.sandboxes.put(sandbox)

    # The baseline.

    def start(self, subjects: Sequence[Subject]) -> None:
        """Everything unchanged, then what must be caught and what must not.

        Where several mutants are no entries, one of them will want the tests: they are run meanwhile.
        """
        self._wanted = self._touched_by(subjects)
        with ThreadPoolExecutor(self.experiment.workers + 1) as executor:
            seeds = self.experiment.seeds
            baselines = executor.map(self._baseline, seeds)
            wants_tests = sum(not _is_an_entry(subject) for subject in subjects) >= SEVERAL
            tests = executor.submit(self._all_tests) if wants_tests else None
            self.cases = dict(zip(seeds, baselines, strict=True))
            self._canaries()
            if tests is not None:
                tests.result()

    def _touched_by(self, subjects: Sequence[Subject]) -> Keys:
        """All that these mutants touch, which a comment is tried on; everything where nothing is known of them."""
        keys: set[str] = set()
        for subject in subjects:
            keys |= self._keys(subject.mutant)
            if EVERYTHING in keys:
                break
        return frozenset(keys or {EVERYTHING})

    def _instrumented(self) -> dict[str, str]:
        return {**self._base, **{file: instrumented(file, self.source(file)) for file in self.experiment.files}}

    def _baseline(self, seed: int) -> _Cases:
        path = f"{self.folder}/cases-{seed}"
        job = {**self._job(seed), "cases": path, "writes": [self.folder]}
        ran = self._run("baseline", job, self._instrumented(), cpu=100.0)
        found = ran.said("baseline")
        self.spent.append(ran.cpu)
        if found is None:
            last = "".join(f": {line}" for line in ran.output.strip().splitlines()[-1:])
            raise BaselineError(f"the service does not stand up to the kit unchanged: it left with {ran.ended}{last}")
        if found["notice"] is not None:
            notice = found["notice"]
            raise BaselineError(
                f"nothing was changed, and {notice['by']} is broken already, with seed {seed} in `{notice['at']}`: "
                f"{notice['why']}"
            )
        if not found["count"] or not found["acted"]:
            raise BaselineError("nothing that the kit tried had an effect, so nothing would be noticed")
        reached = Reached(found["ways"], found["on_import"], found["count"], found["traits"])
        drill = Reached(found["drill"], found["on_import"], 1)
        return _Cases(path, reached, drill, found["by_property"], ran.cpu)

    def _job(self, seed: int) -> dict[str, Any]:
        properties = self.experiment.properties
        return {
            "service": self.experiment.service,
            "seed": seed,
            "drill": self.experiment.service.startswith(REFERENCE),
            "properties": None if properties is None else list(properties),
        }

    def _all_tests(self) -> _Tests | None:
        """The tests unchanged; run when they are first needed, since few mutants may need none."""
        if not self.experiment.tests:
            return None
        with self._tests_wanted:
            if self.tests is None:
                self.tests = self._tests_baseline()
            return self.tests

    def _tests_baseline(self) -> _Tests:
        ran = self._run("tests", {**self._tests_job(None), "record": True}, self._instrumented(), cpu=300.0)
        found = ran.said("tests")
        self.spent.append(ran.cpu)
        if found is None:
            raise BaselineError(f"the tests do not come to an end unchanged: the worker left with {ran.ended}")
        if found["failure"] is not None:
            failure = found["failure"]
            raise BaselineError(f"nothing was changed, and {failure['by']} fails already: {failure['why']}")
        if found["code"] != 0 or not found["ran"] or found["trouble"]:
            raise BaselineError(f"the tests say nothing unchanged: {found['trouble'] or 'none was run'}")
        ids = tuple(found["ran"])
        reached = Reached(found["ways"], found["on_import"], len(ids), weights=found["weights"])
        tests = _Tests(ids, reached, ran.cpu)
        quiet = self._quiet(self.experiment.files[0])
        wanted = [ids[n] for n in reached.by(self._wanted)]
        self._must_be_silent(self._tested(quiet, tests, wanted, writes=[self._bytecode()]))
        return tests

    def _tests_job(self, only: Sequence[str] | None) -> dict[str, Any]:
        return {
            "root": str(self.experiment.root),
            "tests": list(self.experiment.tests) if only is None else sorted({id.partition("::")[0] for id in only}),
            "configuration": self.experiment.configuration,
            "only": None if only is None else list(only),
            "record": False,
        }

    # Canaries.

    def _canaries(self) -> None:
        """A variant that nothing could miss must be caught by an assertion; a comment must not be noticed."""
        seed = self.experiment.seeds[0]
        busiest = self.cases[seed].reached.busiest()
        if not busiest:
            raise BaselineError(f"no case enters any line of {', '.join(self.experiment.files[:3])}")
        tried = busiest[:CANARIES_TRIED]
        key = next((key for key in tried if self._kills(key, seed)), None)
        if key is None:  # another barrier may stand before all of it
            key = next((key for key in tried if self._dies_by_a_test(key)), None)
        if key is None:
            raise BaselineError("functions that do nothing went unnoticed: changes do not reach what is judged")
        self.canaries.append(f"lethal: {key}")
        quiet = self._quiet(_file_of(key))
        self._must_be_silent(self._by_all_that_is_wanted(quiet, seed))
        self.canaries.append(f"no-op: {quiet.mutant.file}")

    def _by_all_that_is_wanted(self, subject: Subject, seed: int) -> Seen:
        """Every case that a mutant will be attacked with, a part on each worker, and the machine."""
        numbers, workers = self.cases[seed].reached.by(self._wanted), self.experiment.workers
        shares = [numbers[len(numbers) * n // workers : len(numbers) * (n + 1) // workers] for n in range(workers)]
        with ThreadPoolExecutor(workers) as executor:
            parts = executor.map(lambda share: self._attacked(subject, seed, share, writes=[self._bytecode()]), shares)
            seen = self._by_the_machine(subject, seed, frozenset())
            for part in parts:
                seen = part.and_then(seen)
        return seen

    def _must_be_silent(self, seen: Seen) -> None:
        """What a comment was noticed by is flaky, or counts lines."""
        self.spent.append(seen.cpu)
        if seen.trouble or seen.notice is not None or seen.breach is not None:
            said = f"{seen.notice.by} in `{seen.notice.at}`: {seen.notice.why}" if seen.notice else seen.trouble
            raise BaselineError(f"flaky: nothing but a comment was added, and it was noticed by {said}")

    def _quiet(self, file: str) -> Subject:
        """A variant that differs by a comment."""
        return Subject(_mutant("canary:comment", file, self.source(file) + "\n# nothing is changed\n"))

    def _kills(self, key: str, seed: int) -> bool:
        numbers = self.cases[seed].reached.distilled([key])
        seen = self._attacked(self._lethal(key), seed, numbers, properties=None)  # whatever is left out here
        return self._is_asserted(seen)

    def _dies_by_a_test(self, key: str) -> bool:
        tests = self._all_tests()
        if tests is None:
            return False
        ids = [tests.ids[n] for n in tests.reached.in_turn([key], [_file_of(key)])]
        return self._is_asserted(self._tested(self._lethal(key), tests, ids))

    def _lethal(self, key: str) -> Subject:
        file = _file_of(key)
        return Subject(_mutant("canary:lethal", file, idle_at(key, file, self.source(file))))

    def _is_asserted(self, seen: Seen) -> bool:
        self.spent.append(seen.cpu)
        return seen.notice is not None and seen.notice.kind == "assertion"

    # One mutant.

    def judge(self, subject: Subject) -> tuple[MutantResult, str]:
        """The verdict, and the counterexample if that was asked for."""
        changed = self._changed(subject.mutant)
        diff = diff_of({file: self.source(file) for file in changed}, changed)
        keys = self._keys(subject.mutant)
        verdict = cache(lambda: self._verdict(subject))
        by_seed = []
        is_reached = False
        for seed in self.experiment.seeds:
            is_reached = is_reached or self._is_reached(subject, keys, seed)
            by_seed.append(self._seen(subject, seed, keys, verdict) if is_reached else Seen())
        by_seed[-1] = self._intact().and_then(by_seed[-1])
        shown = next((seen.counterexample for seen in by_seed if seen.counterexample), "")
        result = judged(subject, by_seed, diff, is_reached=is_reached)
        told = verdict() if result.outcome in SURVIVED else None
        return (result if told is None else with_verdict(result, told)), shown

    def _verdict(self, subject: Subject) -> Verdict | None:
        """What can be said of it as a survivor; nothing of an entry, nor where so much survives since something was
        left out on purpose.
        """
        if _is_an_entry(subject) or self.experiment.base or self.experiment.properties:
            return None
        before = {**self._base, **{file: self.source(file) for file, _ in subject.mutant.sources}}
        return examine(self._worker, subject.mutant, before, self._changed(subject.mutant))

    def _is_reached(self, subject: Subject, keys: Keys, seed: int) -> bool:
        if self.cases[seed].reached.by(keys):
            return True
        tests = None if _is_an_entry(subject) else self._all_tests()
        return tests is not None and bool(tests.reached.by(keys))

    def _keys(self, mutant: Mutant) -> Keys:
        """The lines that it touches."""
        if any(file not in self.experiment.files for file, _ in mutant.sources):
            return frozenset({EVERYTHING})  # nothing is known about the other files
        changed = self._changed(mutant).items()
        return frozenset[str]().union(*(touched(file, self.source(file), text) for file, text in changed))

    def _seen(self, subject: Subject, seed: int, keys: Keys, verdict: Callable[[], Verdict | None]) -> Seen:
        """Stage by stage, until it is settled; the kit's cases are the cheapest, and say most. What is proved to be
        equivalent is spared those that cost most: no call can tell it, whatever a test with odd types may say.

        With an entry of the catalogue the kit alone must do. One that is masked passes by all stages each time, so it
        is spared the cases that are of the same sorts again.
        """
        stages: tuple[Callable[[Subject, int, Keys], Seen], ...] = (
            self._by_few_cases,
            self._by_the_tests,
            self._by_the_other_cases,
            self._by_the_machine,
        )
        if subject.masked_by is not None:
            stages = (self._by_few_cases, self._by_the_machine)
        elif subject.expected:
            stages = (self._by_few_cases, self._by_the_other_cases, self._by_the_machine)
        seen = Seen()
        for stage in stages:
            seen = seen.and_then(stage(subject, seed, keys))
            if is_settled(subject, seen):
                break
            if stage == self._by_the_tests and isinstance(verdict(), Equivalent):
                break
        return seen

    def _by_few_cases(self, subject: Subject, seed: int, keys: Keys) -> Seen:
        """One of each sort, and the day of the incident: isolation is judged by all of them."""
        cases = self.cases[seed]
        on_the_day = self._job(seed)["drill"] and bool(cases.drill.by(keys))
        return self._attacked(subject, seed, cases.reached.distilled(keys), drill=on_the_day)

    def _by_the_other_cases(self, subject: Subject, seed: int, keys: Keys) -> Seen:
        reached = self.cases[seed].reached
        known = set(reached.distilled(keys))
        return self._attacked(subject, seed, [n for n in reached.by(keys) if n not in known], drill=False)

    def _attacked(self, subject: Subject, seed: int, numbers: Sequence[int], **other: Any) -> Seen:
        if not numbers:
            return Seen()
        cases = self.cases[seed]
        job = {
            **self._job(seed),
            "cases": cases.path,
            "numbers": list(numbers),
            "wanted": list(subject.expected),
            "explain": self.experiment.explains,
            **other,
        }
        return of_attack(self._run("attacked", job, self._changed(subject.mutant), cases.cpu))

    def _by_the_tests(self, subject: Subject, _seed: int, keys: Keys) -> Seen:
        tests = self._all_tests()
        if tests is None:
            return Seen()
        files = [file for file, _ in subject.mutant.sources]
        return self._tested(subject, tests, [tests.ids[n] for n in tests.reached.in_turn(keys, files)])

    def _tested(self, subject: Subject, tests: _Tests, ids: Sequence[str], **other: Any) -> Seen:
        if not ids:
            return Seen()
        job = {**self._tests_job(ids), **other}
        return of_tests(self._run("tests", job, self._changed(subject.mutant), tests.cpu))

    def _by_the_machine(self, subject: Subject, seed: int, _keys: Keys) -> Seen:
        if not self.experiment.with_machine:
            return Seen()
        ran = self._run("machine", self._job(seed), self._changed(subject.mutant), self.cases[seed].cpu)
        return of_attack(ran)


def _is_an_entry(subject: Subject) -> bool:
    """Whether it is out of the catalogue, whose entries name what notices them or what masks them."""
    return bool(subject.expected) or subject.masked_by is not None


def _file_of(key: str) -> str:
    return key.rsplit(":", 2)[0]


def _mutant(id: str, file: str, source: str) -> Mutant:
    return Mutant(id, "canary", id, file, (1, 0), (1, 0), "", "", "", ((file, source),), "")
