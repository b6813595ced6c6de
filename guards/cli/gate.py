"""`guards gate`: everything that a change must pass, in one command with a budget, and one screen at the end."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Final

from guards.cli.arguments import seconds_from
from guards.cli.complaint import INTERRUPTED, Complaint, cannot_run, misused
from guards.cli.files import Output, folder
from guards.cli.layout import first_few
from guards.cli.loosened import loosened
from guards.cli.progress import Progress
from guards.cli.project import Settings, said_by, settings_of
from guards.cli.provenance import commit, versions
from guards.cli.screen import kind_of, told
from guards.errors import shown
from guards.gate.judge import Asked, judge
from guards.gate.looser import OPTIONS
from guards.gate.ratchet import Ratchet, RatchetError, figures_of, not_asked, read_ratchet
from guards.gate.run import Step, clear, is_cleared, run_steps
from guards.gate.settings import GateSettings, SettingsError, gate_settings
from guards.gate.steps import OWN_RESULT, TESTS, cleared_of, steps_of, traces_of
from guards.gate.summary import HISTORY, NAME, digest_of, line_of, markdown, summary_of
from guards.mutation.catalogue import CatalogueError, read_catalogue
from guards.mutation.gather import GatherError, files_of
from guards.mutation.since import Base, SinceError, changed_since, is_touched
from guards.mutation.sources import digests, sources_of, tops_of
from guards.report.record import gather
from guards.results import COVERAGE_STEP, ExitCode, GateResult, StepResult, Verdict

BUDGETS: Final = ("budget", "verify_budget")
"""The settings that are times: looked at before anything runs, be they asked for now or not."""


@dataclass(frozen=True, slots=True)
class Passage:
    """What was asked for on the command line."""

    since: str | None
    full: bool
    budget: float | None
    skip: Sequence[str]
    summary: str | None = None
    """The folder that the summary goes to."""


def gate(passage: Passage, json_path: str | None) -> ExitCode:
    """Run every step and judge it. The figures of a green run go into the ratchet where they are better."""
    order = _Order.read(passage)
    places = _Places.opened(order, json_path, passage.summary)
    started = time.monotonic()
    places.clear(order)
    judged = _judged(order)
    result = _result(order, judged, time.monotonic() - started)
    places.leave(order, result)
    print("\n".join(told(result)))
    return result.exit_code()


# What is read before anything is touched.


@dataclass(frozen=True, slots=True)
class _Order:
    """What a run is about, and what is asked of it."""

    root: Path
    settings: GateSettings
    mutants: Settings
    base: Base | None
    """Since when changes are judged; None: everything is."""
    guard: tuple[str, ...]
    """The files that are mutated."""
    regressions: frozenset[str]
    """The ids of the catalogue's entries."""
    steps: tuple[Step, ...]
    skip: frozenset[str]
    budget: float
    ratchet: Ratchet
    loosened: tuple[str, ...]
    changed: tuple[str, ...]
    commit: str | None
    is_touched: bool
    """Whether anything differs from that commit."""
    held: dict[str, str]
    """What each file that a step may read holds."""
    digests: dict[str, str]
    """The same of whole folders, for a summary that was asked for."""

    @classmethod
    def read(cls, passage: Passage) -> _Order:
        """Raises a complaint where there is nothing that could be run."""
        if passage.since is not None and passage.full:
            raise misused("say either `--since REF` or `--full`, not both: what is mutated is changed lines, or all")
        if passage.since is None and not passage.full:
            raise misused(
                "say what to mutate: `--since REF` for the lines that were changed since, or `--full` for all"
            )
        root = Path.cwd().resolve()
        said = said_by(root, "gate")
        if not said:
            raise misused(
                'nothing says what to run: begin with `[tool.guards.gate]` and `service = "MODULE:FACTORY"` in the '
                "pyproject.toml of this folder; `guards gate --help` shows the rest"
            )
        try:
            settings, mutants = gate_settings(said), settings_of(root, None, ())
            seconds = {name: seconds_from(f"[tool.guards.gate] {name}", getattr(settings, name)) for name in BUDGETS}
            base = None if passage.since is None else Base.named(root, passage.since)
            steps = steps_of(settings, root, None if base is None else base.commit)
            ratchet = read_ratchet(root / settings.ratchet)
            head, guard = commit(), _guard(root, settings.service, mutants)
            return cls(
                root=root,
                settings=settings,
                mutants=mutants,
                base=base,
                guard=guard,
                regressions=frozenset(one.id for one in read_catalogue(root / mutants.catalogue, root)),
                steps=tuple(steps),
                skip=_left_out(passage.skip, steps),
                budget=seconds["budget"] if passage.budget is None else passage.budget,
                ratchet=ratchet,
                loosened=tuple(loosened(root, base, settings, mutants, ratchet)),
                changed=() if base is None else tuple(_changed_lines(root, base.commit, settings.tests)),
                commit=head,
                is_touched=head is None or is_touched(root, "HEAD"),
                held=digests(root, _read_by(root, settings, mutants)),
                digests={} if passage.summary is None else _folders(root, {*tops_of(root, guard), mutants.catalogue}),
            )
        except (SettingsError, RatchetError, SinceError, GatherError, CatalogueError) as error:
            raise misused(str(error)) from error


def _folders(root: Path, names: Iterable[str]) -> dict[str, str]:
    found = {}
    for name in sorted(names):
        try:
            found[name] = digest_of(root, name)
        except OSError as error:
            where = shown(str(error.filename or name))
            raise misused(f"{where}, which a summary is about, cannot be read: {error.strerror}") from error
    return found


def _guard(root: Path, service: str, mutants: Settings) -> tuple[str, ...]:
    """What is verified must be what is mutated, and what is measured."""
    if mutants.service != service:
        raise SettingsError(
            f"[tool.guards.gate] verifies {shown(service)}, and [tool.guards.mutate] breaks {shown(mutants.service)}: "
            "one of them would be found safe by what was seen of the other"
        )
    return files_of(root, mutants.paths)


def _left_out(skip: Sequence[str], steps: Sequence[Step]) -> frozenset[str]:
    names = sorted({kind_of(step.name) for step in steps})
    for name in skip:
        if name not in names:
            raise misused(f"there is no step {name!r} to leave out; there are {', '.join(names)}")
    return frozenset({*skip, *([COVERAGE_STEP] if TESTS in skip else [])})


def _changed_lines(root: Path, since: str, tests: Sequence[str]) -> list[str]:
    """Where code reads otherwise than it did, but for the tests: a fault that shows now is likely there."""
    names = changed_since(root, since, ()).files
    files = sorted(file for file in names if file.endswith(".py") and (root / file).is_file())
    code = [file for file in files if not any(PurePosixPath(file).is_relative_to(test) for test in tests)]
    lines = changed_since(root, since, code).lines
    return [f"{file}:{line}" for file in code for line in sorted(lines.get(file, ()))]


def _read_by(root: Path, settings: GateSettings, mutants: Settings) -> Iterable[Path]:
    """Every file of the project's that a step may read. The ratchet is not among them: no step reads it."""
    tests = [word.partition("::")[0] for word in settings.tests if not word.startswith(OPTIONS)]
    module = settings.service.partition(":")[0].replace(".", "/")
    tops = tops_of(root, (*mutants.paths, *mutants.tests, *tests, module))
    yield from sources_of(root, tops, settings.service)
    yield from root.glob("*.py")
    yield from sorted((root / mutants.catalogue).rglob("*.toml"))
    yield from traces_of(settings, root)
    yield root / "pyproject.toml"


# Where results go.


@dataclass(frozen=True, slots=True)
class _Places:
    """What is written in the end: that it can be is found out before any long work."""

    results: tuple[Output, ...]
    ratchet: Output
    record: _Record | None

    @classmethod
    def opened(cls, order: _Order, json_path: str | None, summary: str | None) -> _Places:
        root, settings = order.root, order.settings
        if is_cleared(root / settings.ratchet, cleared_of(settings, root)):
            raise misused(
                f"[tool.guards.gate] ratchet: {shown(settings.ratchet)} is among the results, which each run clears; "
                "keep it elsewhere"
            )
        own = folder(str(root / settings.output)) / OWN_RESULT
        kept = folder(str((root / settings.ratchet).parent)) / Path(settings.ratchet).name
        record = None if summary is None else _Record.opened(summary)
        others = [str(kept), *(str(root / file) for file in order.held), *(record.files() if record else ())]
        results = [Output(str(own))]
        result = Output.of_a_result(json_path, others)
        if result is not None:
            if is_cleared(result.path, steps_of(settings, root, None)):
                raise misused(
                    f"the result cannot be written to {shown(json_path)}: a step of the gate leaves its own there"
                )
            results.append(result)
        return cls(tuple(results), Output(str(kept)), record)

    def clear(self, order: _Order) -> None:
        """Nothing that an earlier run left passes for this one's."""
        try:
            clear(cleared_of(order.settings, order.root))
            for result in self.results:
                result.clear()
        except OSError as error:
            raise misused(f"{shown(error.filename)}, which an earlier run left, stays: {error.strerror}") from error

    def leave(self, order: _Order, result: GateResult) -> None:
        """What a pipeline reads comes last: it does not say that a run held of which anything cannot be written."""
        if self.record is not None:
            self.record.write(order, result)
        better = order.ratchet.with_better(figures_of(result.steps, is_full=order.base is None))
        if result.exit_code() is ExitCode.HELD and better != order.ratchet:
            self.ratchet.write(better.to_json())
        for output in self.results:
            output.write(result.to_json())


@dataclass(frozen=True, slots=True)
class _Record:
    """What a summary is written to."""

    result: Output
    page: Output
    history: Output
    before: str
    """The history as it was, in whole lines."""

    @classmethod
    def opened(cls, where: str) -> _Record:
        here = folder(where)
        result, page, history = (Output(str(here / name)) for name in (f"{NAME}.json", f"{NAME}.md", HISTORY))
        try:
            before = history.path.read_text(encoding="utf-8") if history.path.exists() else ""
        except (OSError, ValueError) as error:
            raise misused(f"the history {shown(str(history.path))} cannot be read: {error}") from error
        return cls(result, page, history, before if before.endswith("\n") or not before else f"{before}\n")

    def files(self) -> list[str]:
        """Where it goes."""
        return [str(output.path) for output in (self.result, self.page, self.history)]

    def write(self, order: _Order, result: GateResult) -> None:
        """The summary over the one before, and a line more for the history."""
        root, catalogue = order.root, order.root / order.mutants.catalogue
        left = [step.result for step in order.steps if step.result is not None and (root / step.result).is_file()]
        files = [str(file) for file in left if file.suffix == ".json"]  # what pytest counted is in the steps' figures
        stories = str(catalogue) if catalogue.is_dir() else None
        record = replace(gather(files, root, stories, None), gate=result)
        summary = summary_of(result, record, order.digests, uncommitted=order.is_touched)
        self.result.write(summary.to_json())
        self.page.write(markdown(summary))
        self.history.write(self.before + line_of(record))


# The run.


def _judged(order: _Order) -> list[StepResult]:
    """Each step, run or left out. Raises a complaint where it is not known what they were about."""
    wanted = [step for step in order.steps if kind_of(step.name) not in order.skip]
    judged: dict[str, StepResult] = {}
    mutants = order.mutants
    asked = Asked(mutants.service, mutants.paths, mutants.tests, mutants.trusted, order.regressions)
    with Progress(sys.stderr) as progress:
        try:
            for ran in run_steps(wanted, order.budget, lambda step, n: progress.show(step.name, n / len(wanted))):
                judged[ran.step.name] = judge(ran, order.settings.thresholds, order.guard, asked)
        except KeyboardInterrupt:
            left = f"there is no verdict; what the steps before it found is in {order.settings.output}"
            raise Complaint(f"interrupted in {progress.last}; {left}", INTERRUPTED) from None
    _refuse_a_mixture(order)
    return [judged.get(step.name) or _not_run(step) for step in order.steps]


def _refuse_a_mixture(order: _Order) -> None:
    """Steps before and after a change were about different code."""
    try:
        now = digests(order.root, _read_by(order.root, order.settings, order.mutants))
    except SettingsError as error:  # its traces are no longer there
        raise cannot_run(f"the project changed while the gate ran, and there is no verdict: {error}") from error
    other = sorted(file for file in order.held.keys() | now.keys() if order.held.get(file) != now.get(file))
    if other:
        raise cannot_run(
            f"{first_few([shown(file) for file in other])} changed while the gate ran, by somebody or by the tests, so "
            "its steps are about different states of the code, and there is no verdict: run it again"
        )


def _not_run(step: Step) -> StepResult:
    return StepResult(
        name=step.name,
        verdict=Verdict.UNKNOWN,
        code=int(ExitCode.VACUOUS),
        said=["it was left out by --skip"],
        figures={},
        seconds=0.0,
        command=list(step.shown_by),
    )


def _result(order: _Order, judged: list[StepResult], seconds: float) -> GateResult:
    is_full = order.base is None
    figures = figures_of(judged, is_full=is_full)
    return GateResult(
        versions=versions("guards", "hypothesis", "pytest", "coverage", "mutmut"),
        commit=order.commit,
        since=None if order.base is None else order.base.name,
        base=None if order.base is None else order.base.commit,
        budget=order.budget,
        steps=judged,
        fallen=[*order.ratchet.fallen(figures), *order.ratchet.gone(figures, not_asked(judged, is_full=is_full))],
        loosened=list(order.loosened),
        changed=list(order.changed),
        seconds=round(seconds, 1),
    )
