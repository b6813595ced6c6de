"""`guards mutate`: breaks a guard on purpose; tells what noticed it, what did not, and what reaches another tenant."""

from __future__ import annotations

import hashlib
import json
import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import Final

import guards
from guards.cli.complaint import INTERRUPTED, Complaint, cannot_run, misused
from guards.cli.factory import parts_of
from guards.cli.files import Output, read_input
from guards.cli.journal import Journal, judged_before, state_of
from guards.cli.layout import counted
from guards.cli.progress import Progress
from guards.cli.project import Settings, settings_of, stories_of
from guards.cli.provenance import commit, versions
from guards.cli.verdicts import TIERS, Score, in_full, told, told_of_pairs
from guards.errors import shown
from guards.mutation.catalogue import CatalogueError, Stale, edited
from guards.mutation.confine import landlock_version
from guards.mutation.experiment import BaselineError, Experiment, Findings, GrownOldError
from guards.mutation.gather import Gathered, GatherError, files_of, gather, in_order, merged, without_check
from guards.mutation.lab import run
from guards.mutation.lines import statements
from guards.mutation.pairs import judge, sample
from guards.mutation.sandbox import SandboxError
from guards.mutation.since import Changed, SinceError, changed_since
from guards.mutation.sources import NOT_FROM_HERE, is_named_in, tops_of
from guards.mutation.weakened import with_weakened
from guards.results import (
    FILE_MAX_BYTES,
    BaselineResult,
    ExitCode,
    MutantResult,
    MutateResult,
    PairResult,
    ResultFileError,
    read_mutate,
)
from guards.testing.properties import NAMES

PAIRS_SEED: Final = 1


@dataclass(frozen=True, slots=True)
class Commission:
    """What was asked for on the command line."""

    paths: Sequence[str]
    service: str | None
    only: Sequence[str]
    tiers: Sequence[str]
    without: Sequence[str]
    since: str | None
    pairs: int | None
    shard: tuple[int, int]
    workers: int
    seeds: int


def mutate(commission: Commission, json_path: str | None) -> ExitCode:
    """Run what was asked for, or show one mutant, or put shards together."""
    is_to_be_shown = list(commission.paths[:1]) == ["show"]
    match list(commission.paths):
        case ["merge", *files]:
            return _merge(files, json_path)
        case ["show", *ids]:
            if len(ids) != 1:
                raise misused("`guards mutate show` takes the id of one mutant")
            commission = replace(commission, paths=(), only=ids)
    output = Output.of_a_result(json_path)
    try:
        with _heeding_an_end():
            job = _job(commission, output)
            if is_to_be_shown and len(job.part.ids()) > 1:
                raise misused(f"{len(job.part.ids()):,} ids begin with {shown(commission.only[0])}: show one")
            if commission.pairs is not None:
                return _pairs(job, commission.pairs, output)
            with _journal(job, output) as journal:
                result, findings = _run(job, journal)
                if output is not None:
                    output.write(result.to_json())
                if journal is not None:
                    journal.remove()
    except (GatherError, CatalogueError, SinceError, Stale) as error:
        raise misused(str(error)) from error
    except SandboxError as error:
        raise cannot_run(str(error)) from error
    if len(result.mutants) == 1:
        print("\n".join(in_full(result.mutants[0], job.part, findings)))
    print("\n".join(told(result)))
    return result.exit_code()


@contextmanager
def _heeding_an_end() -> Iterator[None]:
    """Whoever ends us, as the gate or a closed terminal does, interrupts, and once: what was put down for workers is
    taken away again, however impatient anybody is.
    """
    is_main = threading.current_thread() is threading.main_thread()
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT) if is_main else ()
    before = {number: signal.getsignal(number) for number in numbers}
    heeded = [number for number, handler in before.items() if handler in (signal.SIG_DFL, signal.default_int_handler)]

    def hear(_number: int, _frame: FrameType | None) -> None:
        for number in heeded:
            signal.signal(number, signal.SIG_IGN)  # to the end of the program, which is near
        raise KeyboardInterrupt

    for number in heeded:
        signal.signal(number, hear)
    try:
        yield
    finally:
        for number in heeded:
            if signal.getsignal(number) is hear:
                signal.signal(number, before[number])


@dataclass(frozen=True, slots=True)
class _Job:
    """What a run is about, known before anything is run."""

    commission: Commission
    settings: Settings
    tiers: tuple[str, ...]
    whole: Gathered
    part: Gathered
    experiment: Experiment
    changed: Changed | None
    lines: dict[str, set[int]]
    """By file, the statements that it is about."""
    unmutated: dict[str, list[int]]
    state: str
    """Of the project as the run began: one must not be taken for another."""

    def among_its_lines(self, found: Mapping[str, list[int]]) -> dict[str, list[int]]:
        """Of these lines those that the run is about."""
        kept = {file: [line for line in lines if line in self.lines.get(file, ())] for file, lines in found.items()}
        return {file: lines for file, lines in kept.items() if lines}


def _job(commission: Commission, output: Output | None) -> _Job:
    root = Path.cwd().resolve()
    settings = settings_of(root, commission.service, commission.paths)
    parts_of(settings.service)
    files = files_of(root, settings.paths)
    _places_there_are(root, settings)
    for tier in commission.tiers:
        if tier not in TIERS:
            raise misused(f"there is no tier {shown(tier)}; there are {', '.join(TIERS)}")
    tiers = tuple(tier for tier in TIERS if tier in (commission.tiers or TIERS))
    changed = None if commission.since is None else changed_since(root, commission.since, files)
    if changed is not None:
        changed = with_weakened(root, changed, settings.tests, files)
    wanted = files if changed is None else [file for file in files if changed.concerns(file)]
    whole = gather(root, wanted, tiers, root / settings.catalogue, all_entries=not commission.paths)
    if changed is not None:
        whole = whole.since(changed, settings.catalogue)
    lines, unmutated = _lines(root, wanted, whole, changed)
    if "" in commission.only:
        raise misused("--only takes how an id begins, and '' begins each")
    if commission.only:
        whole = whole.only(commission.only)
        if not whole.ids():
            named = " or ".join(map(shown, commission.only))
            raise Complaint(f"no mutant's id is {named}, or begins so; --json FILE names them all", ExitCode.VACUOUS)
    experiment = Experiment(
        root=root,
        service=settings.service,
        files=files,
        tests=settings.tests,
        configuration="pyproject.toml" if (root / "pyproject.toml").is_file() else "",
        seeds=tuple(range(1, commission.seeds + 1)),
        workers=commission.workers,
    )
    experiment = _without(experiment, commission, settings)
    whole = whole.apart_from(experiment.base)
    part = whole.shard(*commission.shard)
    touched = {file for subject in whole.subjects for file, _ in subject.mutant.sources}  # in each shard alike
    experiment = replace(experiment, files=tuple(sorted({*files, *touched})), explains=len(part.ids()) == 1)
    state = _state(experiment, output)
    return _Job(commission, settings, tiers, whole, part, experiment, changed, lines, unmutated, state)


def _places_there_are(root: Path, settings: Settings) -> None:
    """A misspelled one would leave something out of the verdict without a word."""
    named = [("tests", test) for test in settings.tests] + [("trusted", path) for path in settings.trusted]
    for setting, path in named:
        if not is_named_in(root, path):
            raise misused(f"[tool.guards.mutate] {setting}: {shown(path)} {NOT_FROM_HERE}")
        if not (root / path).exists():
            raise misused(f"[tool.guards.mutate] {setting}: there is no {shown(path)}")
    catalogue = stories_of(root)
    if catalogue is not None and not (root / catalogue).is_dir():
        raise misused(f"[tool.guards.mutate] catalogue: there is no folder {shown(catalogue)}")


def _lines(
    root: Path, files: Sequence[str], whole: Gathered, changed: Changed | None
) -> tuple[dict[str, set[int]], dict[str, list[int]]]:
    """By file, the statements that the run is about, and which of them no mutant reached."""
    lines, unmutated = {}, {}
    for file in files:
        source = (root / file).read_text(encoding="utf-8")
        about = {line for line in statements(source) if changed is None or changed.touches(file, line, line)}
        lines[file] = about
        left = [line for line in whole.unmutated(file, source) if line in about]
        if left:
            unmutated[file] = left
    return lines, unmutated


def _run(job: _Job, journal: Journal | None) -> tuple[MutateResult, Findings | None]:
    before = judged_before(journal)
    findings, seconds = _findings(job, journal)
    mutants = judged_before(journal)  # with what was added meanwhile
    mutants |= {mutant.id: mutant for mutant in findings.mutants} if findings is not None else {}
    spent = sum(mutant.cpu for mutant in before.values()) + (findings.cpu if findings is not None else 0.0)
    return _result(job, findings, seconds, spent, [*mutants.values(), *job.part.stale]), findings


def _result(
    job: _Job,
    findings: Findings | None,
    seconds: float,
    cpu: float,
    mutants: Sequence[MutantResult],
) -> MutateResult:
    commission = job.commission
    return MutateResult(
        service=job.settings.service,
        versions=versions("guards", "hypothesis", "mutmut", "pytest", "pydantic"),
        commit=commit(),
        paths=list(job.settings.paths),
        trusted=list(job.settings.trusted),
        tiers=list(job.tiers),
        tests=list(job.experiment.tests),
        without=list(commission.without),
        since=commission.since,
        weakened=[] if job.changed is None else list(job.changed.weakened),
        beside=[] if job.changed is None else list(job.changed.beside),
        seeds=commission.seeds,
        shard=list(commission.shard),
        whole=len(job.whole.ids()),
        whole_digest=job.whole.digest(),
        state=job.state,
        confined=landlock_version() > 0,
        lines=sum(map(len, job.lines.values())),
        unmutated=job.unmutated,
        unentered={} if findings is None else job.among_its_lines(findings.unentered),
        reached={} if findings is None else {file: dict(of) for file, of in findings.reached.items()},
        repeated=job.whole.repeated,
        baseline=BaselineResult(cases=[], tests=None) if findings is None else findings.baseline,
        canaries=list(findings.canaries) if findings is not None else [],
        mutants=sorted(mutants, key=in_order),
        seconds=round(seconds, 1),
        cpu=round(cpu, 1),
    )


def _pairs(job: _Job, number: int, output: Output | None) -> ExitCode:
    """A sample of double faults, judged by isolation alone."""
    root = job.experiment.root
    mutants = [subject.mutant for subject in job.whole.subjects if subject.mutant.tier != "catalogue"]
    originals = {one.file: (root / one.file).read_text(encoding="utf-8") for one in mutants}
    if any(what.startswith("property:") for what in job.commission.without):
        raise misused("--pairs judges by isolation alone, so no property can be left out")
    whole = sample(mutants, originals, number, seed=PAIRS_SEED)
    shard, of = job.commission.shard
    drawn = whole[shard - 1 :: of]
    results: Sequence[PairResult] = ()
    findings = None
    with Progress(sys.stderr) as progress, _refusals(job, progress, None):
        progress.show("the baseline first", 0.0)
        if drawn:
            results, findings = judge(
                job.experiment,
                drawn,
                lambda done, breaching: progress.show(
                    f"{done:,} of {counted(len(drawn), 'pair')} done, {breaching:,} breach", done / len(drawn)
                ),
            )
        seconds = progress.elapsed
    result = _result(job, findings, seconds, findings.cpu if findings is not None else 0.0, ())
    result = result.model_copy(update={"pairs": list(results), "whole_pairs": len(whole)})
    if output is not None:
        output.write(result.to_json())
    print("\n".join(told_of_pairs(result)))
    return result.exit_code()


def _findings(job: _Job, journal: Journal | None) -> tuple[Findings | None, float]:
    """What the lab finds of the mutants that are not judged yet; nothing where there is no mutant at all."""
    if not job.part.subjects:
        return None, 0.0
    before = judged_before(journal)
    todo = [subject for subject in job.part.subjects if subject.mutant.id not in before]
    with Progress(sys.stderr) as progress:
        progress.show("the baseline first", 0.0)
        score = Score(len(job.part.subjects), [result.outcome for result in before.values()])

        def watch(result: MutantResult) -> None:
            if journal is not None:
                journal.add(result)
            score.outcomes.append(result.outcome)
            progress.show(str(score), score.part())

        with _refusals(job, progress, journal):
            return run(job.experiment, todo, watch), progress.elapsed


@contextmanager
def _refusals(job: _Job, progress: Progress, journal: Journal | None) -> Iterator[None]:
    """What a run that comes to no end says."""
    try:
        yield
    except BaselineError as error:
        if journal is not None and isinstance(error, GrownOldError):
            journal.remove()
        if job.experiment.base:  # what was left out is missing already
            raise Complaint(f"without {', '.join(job.commission.without)}: {error}", ExitCode.BROKEN) from error
        raise cannot_run(f"no mutant was judged: {error}") from error
    except KeyboardInterrupt:
        is_kept = journal is not None and bool(judged_before(journal))
        kept = "the same command goes on from there" if is_kept else "no file was written"
        raise Complaint(f"interrupted in {progress.last}; {kept}", INTERRUPTED) from None


@contextmanager
def _journal(job: _Job, output: Output | None) -> Iterator[Journal | None]:
    """The journal of a run whose result is written to a file; None for any other."""
    if output is None or output.is_device or job.experiment.explains:
        yield None
        return
    with Journal.opened(output.path, _key(job)) as journal:
        before = len(judged_before(journal))
        if journal.is_anew:
            print("guards: an interrupted run was about something else, so this one starts anew", file=sys.stderr)
        elif before:
            print(f"guards: {counted(before, 'mutant')} judged before it was interrupted", file=sys.stderr)
        yield journal


def _state(experiment: Experiment, output: Output | None) -> str:
    root = experiment.root
    module = experiment.service.partition(":")[0].split(".")[0]
    tops = tops_of(root, (*experiment.files, *experiment.tests, module))
    folders = [root / top for top in tops if (root / top).is_dir()]
    return state_of(root, [*folders, Path(guards.__file__).parent], output.path if output is not None else None)


def _key(job: _Job) -> str:
    """Tells apart runs of which one must not go on with the results of another."""
    commission = job.commission
    about = [
        job.whole.digest(),
        [job.settings.service, list(job.tiers), list(job.experiment.tests), list(job.experiment.files)],
        [list(commission.without), list(commission.shard), commission.seeds],
        versions("guards", "hypothesis", "pytest", "pydantic"),
        job.state,
    ]
    return hashlib.sha256(json.dumps(about).encode()).hexdigest()


def _without(experiment: Experiment, job: Commission, settings: Settings) -> Experiment:
    """The experiment with a check, a property or a barrier less, and the kit alone: the project's own tests would
    complain of what is missing whatever else is broken."""
    root, left, base = experiment.root, NAMES, list(experiment.base)
    for what in job.without:
        kind, _, name = what.partition(":")
        if kind == "property" and name in NAMES:
            left = tuple(other for other in left if other != name)
        elif kind == "check":
            base.append(without_check(root, experiment.files, name))
        elif kind == "barrier" and name in settings.barriers:
            base += settings.barriers[name]
        else:
            barriers = ", ".join(sorted(settings.barriers)) or "none; [tool.guards.mutate.barriers] names them"
            raise misused(
                f"there is no {shown(what)}; --without takes check:NAME, property:NAME or barrier:NAME, "
                f"of the properties {', '.join(NAMES)}, and the barriers {barriers}"
            )
    edited("what is left out", base, root)  # or it is refused as stale
    properties = left if left != NAMES else experiment.properties
    return replace(experiment, base=tuple(base), properties=properties, tests=() if job.without else experiment.tests)


# Shards.


def _merge(files: Sequence[str], json_path: str | None) -> ExitCode:
    if not files:
        raise misused("`guards mutate merge` takes the files that the shards wrote")
    output = Output.of_a_result(json_path, files)
    shards = []
    for file in files:
        try:
            shards.append(read_mutate(read_input(file, "the shard", FILE_MAX_BYTES)))
        except ResultFileError as error:
            raise misused(f"the shard {shown(file)} cannot be used: {error}") from error
    try:
        result = merged(shards)
    except GatherError as error:
        raise misused(str(error)) from error
    if output is not None:
        output.write(result.to_json())
    print("\n".join(told(result) if result.whole_pairs is None else told_of_pairs(result)))
    return result.exit_code()
