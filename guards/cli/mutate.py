"""`guards mutate`: breaks a guard on purpose; tells what noticed it, what did not, and what reaches another tenant."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from guards.cli.complaint import INTERRUPTED, Complaint, cannot_run, misused
from guards.cli.factory import parts_of
from guards.cli.files import Output, read_input
from guards.cli.layout import counted
from guards.cli.progress import Progress
from guards.cli.project import settings_of
from guards.cli.provenance import commit, versions
from guards.cli.verdicts import GOOD, in_full, told
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
        print("\n".join(in_full(result.mutants[0], gathered, findings)))
    print("\n".join(told(result)))
    return result.exit_code()


def _run(commission: Commission) -> tuple[MutateResult, Gathered, Findings | None]:
    root = Path.cwd().resolve()
    settings = settings_of(root, commission.service, commission.paths)
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

        outcomes: list[MutantOutcome] = []

        def watch(result: MutantResult) -> None:
            outcomes.append(result.outcome)
            done, caught = len(outcomes), sum(outcome in GOOD for outcome in outcomes)
            total = len(part.subjects)
            what = f"{done:,} of {counted(total, 'mutant')}, {caught:,} caught, {done - caught:,} not"
            progress.show(what, done / total)

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
