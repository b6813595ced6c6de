"""`guards mutate`: breaks a guard on purpose; tells what noticed it, what did not, and what reaches another tenant."""

from __future__ import annotations

import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from guards.cli.complaint import INTERRUPTED, Complaint, cannot_run, misused
from guards.cli.factory import parts_of
from guards.cli.files import Output, read_input
from guards.cli.layout import counted, labelled, printable_lines, tallied
from guards.cli.progress import Progress
from guards.cli.provenance import commit, versions
from guards.errors import shown
from guards.mutation.catalogue import CatalogueError
from guards.mutation.gather import Gathered, GatherError, files_of, gather, in_order, merged, without_check
from guards.mutation.lab import BaselineError, Experiment, Findings, run
from guards.mutation.sandbox import SandboxError
from guards.results import (
    FILE_MAX_BYTES,
    BaselineResult,
    ExitCode,
    MutantOutcome,
    MutantResult,
    MutateResult,
    ResultFileError,
    read_mutate,
)
from guards.testing.properties import NAMES

TIERS: Final = ("catalogue", "safety")
FIRST_WORDS: Final = ("show", "merge")
"""What the first argument may be instead of a path."""
SETTINGS: Final = {"service": str, "paths": list, "tests": list, "catalogue": str}
MISSES_SHOWN: Final = 20
GOOD: Final = (MutantOutcome.CAUGHT, MutantOutcome.MASKED)


@dataclass(frozen=True, slots=True)
class Commission:
    """What was asked for on the command line."""

    paths: Sequence[str]
    service: str | None
    only: Sequence[str]
    tiers: Sequence[str]
    without: Sequence[str]
    shard: tuple[int, int]
    workers: int
    seeds: int


@dataclass(frozen=True, slots=True)
class Settings:
    """What the project says under `[tool.guards.mutate]`."""

    service: str
    paths: tuple[str, ...]
    tests: tuple[str, ...]
    catalogue: str


def mutate(commission: Commission, json_path: str | None) -> ExitCode:
    """Run what was asked for, or show one mutant, or put shards together."""
    match list(commission.paths):
        case ["merge", *files]:
            return _merge(files, json_path)
        case ["show", *ids]:
            if len(ids) != 1:
                raise misused("`guards mutate show` takes the id of one mutant")
            commission = replace(commission, paths=(), only=ids)
    output = Output(json_path) if json_path is not None else None
    try:
        result, gathered, findings = _run(commission)
    except (GatherError, CatalogueError) as error:
        raise misused(str(error)) from error
    except SandboxError as error:
        raise cannot_run(str(error)) from error
    if output is not None:
        output.write(result.to_json())
    if len(result.mutants) == 1:
        print("\n".join(_in_full(result.mutants[0], gathered, findings)))
    print("\n".join(told(result)))
    return result.exit_code()


def _run(commission: Commission) -> tuple[MutateResult, Gathered, Findings | None]:
    root = Path.cwd().resolve()
    settings = _settings(root, commission)
    parts_of(settings.service)
    files = files_of(root, settings.paths)
    for tier in commission.tiers:
        if tier not in TIERS:
            raise misused(f"there is no tier {shown(tier)}; there are {', '.join(TIERS)}")
    tiers = tuple(tier for tier in TIERS if tier in (commission.tiers or TIERS))
    all_of_it = gather(root, files, tiers, root / settings.catalogue, all_entries=not commission.paths)
    if commission.only:
        all_of_it = all_of_it.only(commission.only)
    part = all_of_it.shard(*commission.shard)
    touched = {file for subject in part.subjects for file, _ in subject.mutant.sources}
    experiment = Experiment(
        root=root,
        service=settings.service,
        files=tuple(sorted({*files, *touched})),
        tests=settings.tests,
        configuration="pyproject.toml" if (root / "pyproject.toml").is_file() else "",
        seeds=tuple(range(1, commission.seeds + 1)),
        workers=commission.workers,
        explains=len(part.ids()) == 1,
    )
    experiment = _without(experiment, commission.without, files)
    findings, seconds = _findings(experiment, part, commission.without)
    mutants = (*(findings.mutants if findings is not None else ()), *part.stale)
    result = MutateResult(
        service=settings.service,
        versions=versions("guards", "hypothesis", "pytest", "pydantic"),
        commit=commit(),
        paths=list(settings.paths),
        tiers=list(tiers),
        tests=list(experiment.tests),
        without=list(commission.without),
        seeds=commission.seeds,
        shard=list(commission.shard),
        whole=len(all_of_it.ids()),
        whole_digest=all_of_it.digest(),
        baseline=BaselineResult(cases=[], tests=None) if findings is None else findings.baseline,
        canaries=list(findings.canaries) if findings is not None else [],
        mutants=sorted(mutants, key=in_order),
        seconds=round(seconds, 1),
        cpu=round(findings.cpu, 1) if findings is not None else 0.0,
    )
    return result, part, findings


def _findings(experiment: Experiment, part: Gathered, without: Sequence[str]) -> tuple[Findings | None, float]:
    """What the lab finds; nothing where there is no mutant to run."""
    if not part.subjects:
        return None, 0.0
    with Progress(sys.stderr) as progress:
        progress.show("the baseline first", 0.0)

        def watch(done: int, caught: int, missed: int, total: int) -> None:
            progress.show(f"{done:,} of {counted(total, 'mutant')}, {caught:,} caught, {missed:,} not", done / total)

        try:
            return run(experiment, part.subjects, watch), progress.elapsed
        except BaselineError as error:
            if experiment.base:  # what was left out is missing already
                raise Complaint(f"without {', '.join(without)}: {error}", ExitCode.BROKEN) from error
            raise cannot_run(f"no mutant was judged: {error}") from error
        except KeyboardInterrupt:
            raise Complaint(f"interrupted in {progress.last}; no file was written", INTERRUPTED) from None


def _without(experiment: Experiment, without: Sequence[str], files: Sequence[str]) -> Experiment:
    """The experiment with a check or a property less. Of a missing check the project's own tests would complain."""
    for what in without:
        kind, _, name = what.partition(":")
        if kind == "property" and name in NAMES:
            left = experiment.properties or NAMES
            experiment = replace(experiment, properties=tuple(other for other in left if other != name))
        elif kind == "check":
            edit = without_check(experiment.root, files, name)
            experiment = replace(experiment, base=(*experiment.base, edit), tests=())
        else:
            raise misused(
                f"{shown(what)} is neither check:NAME nor property:NAME, with a property out of {', '.join(NAMES)}"
            )
    return experiment


# What the project says.


def _settings(root: Path, commission: Commission) -> Settings:
    said = _said_by(root / "pyproject.toml")
    for name, value in said.items():
        if name not in SETTINGS:
            raise misused(f"[tool.guards.mutate] has {shown(name)}; it may have {', '.join(SETTINGS)}")
        if not isinstance(value, SETTINGS[name]) or not all(isinstance(item, str) for item in value):
            raise misused(f"[tool.guards.mutate] says of {name} what is no text, or no list of texts")
    service = commission.service or said.get("service")
    paths = commission.paths or said.get("paths")
    if not service or not paths:
        missing = "a service: use --service MODULE:FACTORY" if not service else "paths: name what to mutate"
        raise misused(f"a run needs {missing}, or say so under [tool.guards.mutate] in pyproject.toml")
    return Settings(service, tuple(paths), tuple(said.get("tests", ())), said.get("catalogue", "mutation/catalogue"))


def _said_by(path: Path) -> Mapping[str, Any]:
    if not path.is_file():
        return {}
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise misused(f"pyproject.toml cannot be read: {error}") from error
    said = document.get("tool", {}).get("guards", {}).get("mutate", {})
    if not isinstance(said, Mapping):
        raise misused("[tool.guards.mutate] in pyproject.toml is no table")
    return said


# Shards.


def _merge(files: Sequence[str], json_path: str | None) -> ExitCode:
    if not files:
        raise misused("`guards mutate merge` takes the files that the shards wrote")
    output = Output(json_path) if json_path is not None else None
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
    print("\n".join(told(result)))
    return result.exit_code()


# What is told.


def told(result: MutateResult) -> Iterator[str]:
    """The result for a reader: what was not caught, with its diff; what breaches; then the numbers."""
    yield labelled("service", result.service)
    seeds = counted(result.seeds, "seed")
    yield labelled("run", f"{counted(len(result.mutants), 'mutant')}, {seeds}, {result.seconds:.1f} s")
    cases = ", ".join(f"{count:,}" for count in result.baseline.cases) or "no"
    tests = f", {result.baseline.tests:,} tests" if result.baseline.tests is not None else ""
    yield labelled("baseline", f"{cases} cases{tests}; canaries: {'; '.join(result.canaries) or 'none'}")
    yield from _not_caught([mutant for mutant in result.mutants if mutant.outcome not in GOOD])
    yield from _breaching([mutant for mutant in result.mutants if mutant.breaches])
    yield ""
    yield labelled("outcomes", tallied(Counter(mutant.outcome.value for mutant in result.mutants)))
    yield labelled("caught by", tallied(Counter(mutant.kill for mutant in result.mutants if mutant.kill is not None)))
    yield labelled("breaches", f"{sum(mutant.breaches for mutant in result.mutants):,}")
    yield labelled("processor", f"{result.cpu:.1f} s")
    code = result.exit_code()
    yield labelled("verdict", f"{code.name.lower()}{': there was no mutant' if not result.mutants else ''}")


def _not_caught(mutants: Sequence[MutantResult]) -> Iterator[str]:
    for mutant in mutants[:MISSES_SHOWN]:
        yield ""
        yield labelled(mutant.outcome.value.upper(), _place(mutant))
        if mutant.why:
            yield labelled("", mutant.why)
        yield printable_lines(mutant.diff)
    if len(mutants) > MISSES_SHOWN:
        yield labelled("", f"and {len(mutants) - MISSES_SHOWN:,} more; --json FILE writes them all")


def _breaching(mutants: Sequence[MutantResult]) -> Iterator[str]:
    for mutant in mutants[:MISSES_SHOWN]:
        if mutant.breach is None:
            continue
        yield ""
        yield labelled("BREACHES", _place(mutant))
        hit = [f"{counted(mutant.breach.objects, 'foreign object')} in one case"] if mutant.breach.objects else []
        hit += [f"{mutant.breach.incident:,} of 1,574 balancers in the incident"] if mutant.breach.incident else []
        yield labelled("", f"{mutant.breach.why} ({', '.join(hit)}): {mutant.breach.at}")
    if len(mutants) > MISSES_SHOWN:
        yield labelled("", f"and {len(mutants) - MISSES_SHOWN:,} more; --json FILE writes them all")


def _place(mutant: MutantResult) -> str:
    inside = f" in {mutant.function}" if mutant.function else ""
    return f"{mutant.id}, {mutant.file}:{mutant.start[0]}{inside}"


def _in_full(mutant: MutantResult, gathered: Gathered, findings: Findings | None) -> Iterator[str]:
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
    counterexample = findings.counterexamples.get(mutant.id, "") if findings is not None else ""
    if counterexample:
        yield "\n" + printable_lines(counterexample) + "\n"
