"""What stands unchanged, and the ways to run a variant of it: cases of the kit, the project's tests, the state machine.

Everything is run once without a change before anything is judged. A variant runs on a warm nursery where it differs in
bodies of functions that nothing has run there yet, and else on a cold one. By which it is caught may depend on that,
and so may which tests a mutant meets before it is proved to be equivalent.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final

from guards.mutation.attack import ISOLATION, Notice, first
from guards.mutation.baseline import SHARES, Cases, put_together
from guards.mutation.bodies import differ_in_bodies
from guards.mutation.confine import stamps
from guards.mutation.crew import Crew, Warm
from guards.mutation.experiment import BaselineError, Experiment
from guards.mutation.mutant import Mutant
from guards.mutation.outcome import Seen, Subject, of_attack, of_tests
from guards.mutation.reach import EVERYTHING, Reached, instrumented, touched
from guards.mutation.sandbox import Ran
from guards.mutation.sources import sources_of
from guards.mutation.work import INCIDENT, REFERENCE

KIT_FILES: Final = ("guards/testing/", "guards/results.py", "guards/errors.py", "guards/mutation/")
BYTECODE: Final = "bytecode"
WORK: Final = "guards.mutation.work"

Keys = frozenset[str]
"""What a mutant touches, or what runs, in the terms of `reach`."""


@dataclass(frozen=True, slots=True)
class Tests:
    """The tests that pass without any change, and whom each of them enters."""

    ids: tuple[str, ...]
    reached: Reached
    cpu: float

    def by(self, keys: Keys) -> list[str]:
        """The ids of those that enter any of this."""
        return [self.ids[n] for n in self.reached.by(keys)]


@dataclass(frozen=True, slots=True)
class Variant:
    """A subject as it is run."""

    subject: Subject
    sources: Mapping[str, str]
    """Every file that reads otherwise than on disk."""
    keys: Keys
    """What it touches."""
    is_in_bodies: bool
    """Whether it differs in the bodies of functions alone."""

    @property
    def files(self) -> tuple[str, ...]:
        """Where it is changed, by itself."""
        return tuple(file for file, _ in self.subject.mutant.sources)


def _broken_already(notice: Notice, seed: int, broken: set[str]) -> str:
    """What is broken in full, and which other properties are."""
    others = sorted(broken - {notice["by"]})
    too = f"; broken, too: {', '.join(others)}" if others else ""
    return f"{notice['by']} is broken already, with seed {seed} in `{notice['at']}`: {notice['why']}{too}"


def file_of_test(id: str) -> str:
    """What stands before the first `::`."""
    return id.partition("::")[0]


@dataclass(slots=True)
class Ground:
    """One run's baseline, and its workers."""

    experiment: Experiment
    folder: str
    crew: Crew
    cases: dict[int, Cases] = field(default_factory=dict)
    """By seed."""
    tests: Tests | None = None
    spent: list[float] = field(default_factory=list)
    """Seconds of processor, of each worker that judged no mutant."""
    loaded: dict[Warm, Keys] = field(default_factory=dict)
    """What has run before a warm worker begins."""
    _base: dict[str, str] = field(default_factory=dict)
    _watched: list[str] = field(default_factory=list)
    _stamps: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    _tests_wanted: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    @contextmanager
    def opened(cls, experiment: Experiment) -> Iterator[Ground]:
        with ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="guards-lab-", ignore_cleanup_errors=True))
            with_kit = not any(file.startswith(KIT_FILES) for file in experiment.files)
            bytecode = os.path.join(folder, BYTECODE)
            os.mkdir(bytecode)
            crew = stack.enter_context(Crew.opened(experiment.root, experiment.workers, bytecode, with_kit=with_kit))
            ground = cls(experiment, folder, crew)
            ground._watched = ground._paths()
            ground._stamps = stamps(ground._watched)
            for edit in experiment.base:
                ground._base[edit.file] = ground.source(edit.file).replace(edit.before, edit.after)
            yield ground

    # Sources and variants of them.

    def source(self, file: str) -> str:
        """A file as the baseline reads it."""
        known = self._base.get(file)
        return known if known is not None else (self.experiment.root / file).read_text(encoding="utf-8")

    def variant(self, subject: Subject) -> Variant:
        """What is changed on disk, so to speak, while this mutant runs."""
        sources = self.changed(subject.mutant)
        in_bodies = all(differ_in_bodies(self.source(file), text) for file, text in sources.items())
        return Variant(subject, sources, self.keys(subject.mutant), in_bodies)

    def changed(self, mutant: Mutant) -> dict[str, str]:
        """Every file that reads otherwise than on disk while this mutant runs."""
        changed = dict(self._base)
        for file, text in mutant.sources:
            for edit in self.experiment.base:
                if edit.file == file:
                    text = text.replace(edit.before, edit.after)
            changed[file] = text
        return changed

    def keys(self, mutant: Mutant) -> Keys:
        """The lines that it touches."""
        if any(file not in self.experiment.files for file, _ in mutant.sources):
            return frozenset({EVERYTHING})  # nothing is known about the other files
        changed = self.changed(mutant)
        touches = (touched(file, self.source(file), changed[file]) for file, _ in mutant.sources)
        return frozenset[str]().union(*touches)

    def intact(self) -> Seen:
        """Trouble, if a file that a verdict depends on was written to: by a worker, or by whoever works on it."""
        if stamps(self._watched) == self._stamps:
            return Seen()
        return Seen(
            trouble="a file that this run reads was changed on disk meanwhile, and the baseline no longer holds"
        )

    def bytecode(self) -> str:
        """Where the bytecode of what is unchanged stands; the canaries put it there, which differ by a comment."""
        return os.path.join(self.folder, BYTECODE)

    def _paths(self) -> list[str]:
        """Where mutants may be, the tests, and the module of the service."""
        experiment = self.experiment
        named = (*experiment.files, *experiment.tests)
        return list(map(str, sources_of(experiment.root, named, experiment.service)))

    # The baseline.

    def stand(self, seed: int) -> Cases:
        """All cases of a seed, unchanged. Raises `BaselineError`."""
        path = f"{self.folder}/cases-{seed}"
        with ThreadPoolExecutor(SHARES) as executor:
            ran = list(executor.map(lambda share: self._share(seed, path, share), range(SHARES)))
        shares = [share for one in ran if (share := one.said("baseline")) is not None]
        notices = [notice for share in shares for notice in share["notices"]]
        notice = first([one for one in notices if one["by"] == ISOLATION.name] or notices)
        if notice is not None:
            broken = {one["by"] for one in notices if one["kind"] == "assertion"}
            raise BaselineError(f"nothing was changed, and {_broken_already(notice, seed, broken)}")
        for one in ran:
            self._must_have_stood(one)
        for incident in (share["incident"] for share in shares):
            if incident["hit"] or incident["why"]:
                why = incident["why"] or f"{incident['hit']:,} balancers of others came down"
                raise BaselineError(f"nothing was changed, and the day of the incident does not end well: {why}")
        shown = ran[0].said("shown")
        if not any(share["acted"] for share in shares):
            raise BaselineError("nothing that the kit tried had an effect, so nothing would be noticed")
        return put_together(path, shown, shares, sum(one.cpu for one in ran))

    def _share(self, seed: int, path: str, share: int) -> Ran:
        job = {**self.job(seed), "cases": path, "share": [share, SHARES], "writes": [self.folder]}
        ran = self.crew.run("guards.mutation.baseline:run_share", job, self._instrumented(), cpu=100.0)
        self.spent.append(ran.cpu)
        return ran

    @staticmethod
    def _must_have_stood(ran: Ran) -> None:
        if ran.said("baseline") is None:
            last = "".join(f": {line}" for line in ran.output.strip().splitlines()[-1:])
            raise BaselineError(f"the service does not stand up to the kit unchanged: it left with {ran.ended}{last}")

    def test(self, prove: Callable[[Tests], None]) -> Tests | None:
        """The tests unchanged, and proved; run when they are first needed, since few mutants may need none. Raises
        `BaselineError`.
        """
        if not self.experiment.tests:
            return None
        with self._tests_wanted:
            if self.tests is None:
                tests = self._tests_unchanged()
                prove(tests)
                self.tests = tests
            return self.tests

    def _tests_unchanged(self) -> Tests:
        job = {**self._tests_job(None), "record": True}
        ran = self.crew.run(f"{WORK}:tests", job, self._instrumented(), cpu=300.0)
        found = ran.said("tests")
        self.spent.append(ran.cpu)
        if found is None:
            raise BaselineError(f"the tests do not come to an end unchanged: the worker left with {ran.ended}")
        if found["failure"] is not None:
            failure = found["failure"]
            raise BaselineError(f"nothing was changed, and {failure['by']} fails already: {failure['why']}")
        if found["code"] != 0 or not found["ran"] or found["trouble"]:
            raise BaselineError(f"the tests say nothing unchanged: {found['trouble'] or 'none was run'}")
        self._keep_warm("tests", self._tests_job(None), found["on_import"])
        ids = tuple(found["ran"])
        return Tests(ids, Reached(found["ways"], found["on_import"], len(ids), weights=found["weights"]), ran.cpu)

    def keep_the_cases_warm(self) -> None:
        """For the variants to come."""
        job = self.job(self.experiment.seeds[0])
        modules = [job["service"], *([INCIDENT] if job["drill"] else [])]
        self._keep_warm("cases", {"modules": modules}, [key for one in self.cases.values() for key in one.loaded])

    def _keep_warm(self, what: Warm, job: Mapping[str, Any], loaded: Sequence[str]) -> None:
        """Unless the kit itself is changed, which a warm nursery has loaded."""
        if not self.experiment.may_be_warm or not self.crew.with_kit:
            return
        self.loaded[what] = frozenset({EVERYTHING, *loaded})
        self.crew.keep_warm(what, job, self.experiment.files, self._base)

    def _instrumented(self) -> dict[str, str]:
        return {**self._base, **{file: instrumented(file, self.source(file)) for file in self.experiment.files}}

    # What a variant is run with.

    def attacked(self, variant: Variant, seed: int, numbers: Sequence[int], **other: Any) -> Seen:
        """By these cases."""
        if not numbers and not other.get("drill"):
            return Seen()
        cases = self.cases[seed]
        job = {
            **self.job(seed),
            "cases": cases.path,
            "numbers": list(numbers),
            "wanted": list(variant.subject.expected),
            "explain": self.experiment.explains,
            **other,
        }
        return self._seen(of_attack, "attacked", job, variant, cases.cpu, "cases")

    def tested(self, variant: Variant, tests: Tests | None, ids: Sequence[str], **other: Any) -> Seen:
        """By these tests, in their order."""
        if tests is None or not ids:
            return Seen()
        job = {**self._tests_job(ids), **other}
        return self._seen(of_tests, "tests", job, variant, tests.cpu, "tests")

    def by_the_machine(self, variant: Variant, seed: int) -> Seen:
        """By sequences that the state machine draws."""
        if not self.experiment.with_machine:
            return Seen()
        return self._seen(of_attack, "machine", self.job(seed), variant, self.cases[seed].cpu, "cases")

    def _seen(
        self, of: Callable[[Ran], Seen], do: str, job: Mapping[str, Any], variant: Variant, cpu: float, what: Warm
    ) -> Seen:
        """What a worker saw; it is warm where it can be."""
        warm = self.warm(variant, what)
        return self._believed(lambda: of(self.crew.run(f"{WORK}:{do}", job, variant.sources, cpu, warm)))

    @staticmethod
    def _believed(run: Callable[[], Seen]) -> Seen:
        """What was seen; where the clock alone noticed, the second time: the machine may have stood still."""
        seen = run()
        if seen.notice is None or seen.notice.kind != "timeout":
            return seen
        again = run()
        return replace(again, cpu=seen.cpu + again.cpu, breach=seen.breach or again.breach)

    def warm(self, variant: Variant, what: Warm) -> Warm:
        """Whether it can be run on what is loaded already."""
        loaded = self.loaded.get(what)
        can_be = variant.is_in_bodies and loaded is not None and loaded.isdisjoint(variant.keys)
        return what if can_be and self.crew.is_warm(what) else ""

    def job(self, seed: int) -> dict[str, Any]:
        """What each attack is told."""
        properties = self.experiment.properties
        return {
            "service": self.experiment.service,
            "seed": seed,
            "drill": self.experiment.service.startswith(REFERENCE),
            "properties": None if properties is None else list(properties),
        }

    def _tests_job(self, only: Sequence[str] | None) -> dict[str, Any]:
        return {
            "root": str(self.experiment.root),
            "tests": list(self.experiment.tests) if only is None else sorted(set(map(file_of_test, only))),
            "configuration": self.experiment.configuration,
            "only": None if only is None else list(only),
            "record": False,
        }
