"""`guards gate`: everything that a change must pass, in one command with a budget, and one screen at the end."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Final

from guards.cli.arguments import seconds_from
from guards.cli.complaint import INTERRUPTED, Complaint, cannot_run, misused
from guards.cli.files import Output, folder
from guards.cli.layout import command_line, first_few, labelled
from guards.cli.loosened import loosened
from guards.cli.progress import Progress
from guards.cli.project import said_by, settings_of
from guards.cli.provenance import commit, versions
from guards.errors import shown
from guards.gate.judge import judge
from guards.gate.ratchet import RatchetError, figures_of, not_asked, read_ratchet
from guards.gate.run import Step, clear, is_cleared, run_steps
from guards.gate.settings import GateSettings, SettingsError, gate_settings
from guards.gate.steps import COUNTEREXAMPLE, OWN_RESULT, TESTS, every_step_of, steps_of
from guards.gate.summary import HISTORY, NAME, digest_of, line_of, markdown, summary_of
from guards.mutation.gather import GatherError, files_of
from guards.mutation.since import SinceError, changed_since
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
    if passage.since is not None and passage.full:
        raise misused("say either `--since REF` or `--full`, not both: what is mutated is changed lines, or all")
    if passage.since is None and not passage.full:
        raise misused("say what to mutate: `--since REF` for the lines that were changed since, or `--full` for all")
    root = Path.cwd().resolve()
    said = said_by(root, "gate")
    if not said:
        raise misused(
            'nothing says what to run: begin with `[tool.guards.gate]` and `service = "MODULE:FACTORY"` in the '
            "pyproject.toml of this folder; `guards gate --help` shows the rest"
        )
    try:
        settings = gate_settings(said)
        seconds = {name: seconds_from(f"[tool.guards.gate] {name}", getattr(settings, name)) for name in BUDGETS}
        steps = steps_of(settings, root, passage.since)
        ratchet = read_ratchet(root / settings.ratchet)
        changed = _changed_lines(root, passage.since, settings.tests)
        looser = list(loosened(root, passage.since, settings, ratchet))
        guard = _guard(root, settings.service)
        measured = _Measured.now(root)
    except (SettingsError, RatchetError, SinceError, GatherError) as error:
        raise misused(str(error)) from error
    _refuse_unknown(passage.skip, steps)
    best, own = root / settings.ratchet, root / settings.output / OWN_RESULT
    if best == own or is_cleared(best, steps_of(every_step_of(settings), root, passage.since)):
        raise misused(
            f"[tool.guards.gate] ratchet: {shown(settings.ratchet)} is among the results, which each run clears; keep "
            "it elsewhere"
        )
    outputs = [Output(str(folder(str(root / settings.output)) / OWN_RESULT))]
    outputs += [Output(json_path, _read_by(settings, root, steps))] if json_path is not None else []
    kept = Output(str(folder(str((root / settings.ratchet).parent)) / Path(settings.ratchet).name))
    record = _Record.opened(passage.summary) if passage.summary is not None else None
    budget = passage.budget if passage.budget is not None else seconds["budget"]
    started = time.monotonic()
    try:
        clear(steps_of(every_step_of(settings), root, passage.since))
        for output in outputs:
            output.clear()
    except OSError as error:
        raise misused(f"{shown(error.filename)}, which an earlier run left, stays: {error.strerror}") from error
    left_out = {*passage.skip, *([COVERAGE_STEP] if TESTS in passage.skip else [])}
    ran = _run([step for step in steps if _kind(step.name) not in left_out], settings, budget, guard)
    if not measured.is_as(_Measured.now(root)):
        raise cannot_run(
            "the code or the catalogue was changed while the gate ran, so its steps are about different states of it, "
            "and there is no verdict: run it again"
        )
    judged = [ran.get(step.name) or _left_out(step) for step in steps]
    figures = figures_of(judged, is_full=passage.full)
    result = GateResult(
        versions=versions("guards", "hypothesis", "pytest", "coverage", "mutmut"),
        commit=measured.commit,
        since=passage.since,
        budget=budget,
        steps=judged,
        fallen=[*ratchet.fallen(figures), *ratchet.gone(figures, not_asked(judged, is_full=passage.full))],
        loosened=looser,
        changed=changed,
        seconds=round(time.monotonic() - started, 1),
    )
    for output in outputs:
        output.write(result.to_json())
    print("\n".join(told(result)))
    if record is not None:
        _summarize(root, steps, result, measured, record)
    better = ratchet.with_better(figures)
    if result.exit_code() is ExitCode.HELD and better != ratchet:
        kept.write(better.to_json())
    return result.exit_code()


@dataclass(frozen=True, slots=True)
class _Record:
    """What a summary is written to: that it can be is found out before any long work."""

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


@dataclass(frozen=True, slots=True)
class _Measured:
    """What the run is about, as it was before it began."""

    digests: dict[str, str]
    commit: str | None
    uncommitted: bool

    @classmethod
    def now(cls, root: Path) -> _Measured:
        settings = settings_of(root, None, ())
        tops = sorted({path.split("/")[0] for path in settings.paths})
        digests = {top: digest_of(root, top) for top in tops}
        digests[settings.catalogue] = digest_of(root, settings.catalogue)
        head = commit()
        return cls(digests, head, head is None or bool(changed_since(root, "HEAD", ()).files))

    def is_as(self, other: _Measured) -> bool:
        """Whether steps between the two were about one state of the code; a test may leave other files."""
        return (self.digests, self.commit) == (other.digests, other.commit)


def _summarize(root: Path, steps: Sequence[Step], result: GateResult, measured: _Measured, to: _Record) -> None:
    """The summary over the one before, and a line more for the history."""
    left = [step.result for step in steps if step.result is not None and (root / step.result).is_file()]
    files = [str(file) for file in left if file.suffix == ".json"]  # what pytest counted is in the steps' figures
    record = replace(gather(files, root, _catalogue(root), None), gate=result)
    summary = summary_of(result, record, measured.digests, uncommitted=measured.uncommitted)
    to.result.write(summary.to_json())
    to.page.write(markdown(summary))
    to.history.write(to.before + line_of(record))


def _catalogue(root: Path) -> str | None:
    folder = root / settings_of(root, None, ()).catalogue
    return str(folder) if folder.is_dir() else None


def _changed_lines(root: Path, since: str | None, tests: Sequence[str]) -> list[str]:
    """Where code reads otherwise than it did, but for the tests: a fault that shows now is likely there."""
    if since is None:
        return []
    names = changed_since(root, since, ()).files
    files = sorted(file for file in names if file.endswith(".py") and (root / file).is_file())
    code = [file for file in files if not any(PurePosixPath(file).is_relative_to(test) for test in tests)]
    lines = changed_since(root, since, code).lines
    return [f"{file}:{line}" for file in code for line in sorted(lines.get(file, ()))]


def _read_by(settings: GateSettings, root: Path, steps: Sequence[Step]) -> list[str]:
    """The files of JSON that a run reads, which no result may be written over."""
    traces = [step.name.removeprefix(f"{COUNTEREXAMPLE} ") for step in steps if _kind(step.name) == COUNTEREXAMPLE]
    return [str(root / file) for file in (settings.ratchet, *traces)]


def _guard(root: Path, service: str) -> tuple[str, ...]:
    """The files that are mutated: what is verified must be what is mutated, and what is measured."""
    settings = settings_of(root, None, ())
    if settings.service != service:
        raise SettingsError(
            f"[tool.guards.gate] verifies {shown(service)}, and [tool.guards.mutate] breaks {shown(settings.service)}: "
            "one of them would be found safe by what was seen of the other"
        )
    return files_of(root, settings.paths)


def _refuse_unknown(skip: Sequence[str], steps: Sequence[Step]) -> None:
    names = sorted({_kind(step.name) for step in steps})
    for name in skip:
        if name not in names:
            raise misused(f"there is no step {name!r} to leave out; there are {', '.join(names)}")


def _run(wanted: Sequence[Step], settings: GateSettings, budget: float, guard: Sequence[str]) -> dict[str, StepResult]:
    judged: dict[str, StepResult] = {}
    with Progress(sys.stderr) as progress:
        try:
            for ran in run_steps(wanted, budget, lambda step, n: progress.show(step.name, n / len(wanted))):
                judged[ran.step.name] = judge(ran, settings.thresholds, guard)
        except KeyboardInterrupt:
            left = f"there is no verdict; what the steps before it found is in {settings.output}"
            raise Complaint(f"interrupted in {progress.last}; {left}", INTERRUPTED) from None
    return judged


def _left_out(step: Step) -> StepResult:
    return StepResult(
        name=step.name,
        verdict=Verdict.UNKNOWN,
        code=int(ExitCode.VACUOUS),
        said=["it was left out by --skip"],
        figures={},
        seconds=0.0,
        command=list(step.shown_by),
    )


def _kind(name: str) -> str:
    return name.partition(" ")[0]


# What is told.


def told(result: GateResult) -> Iterator[str]:
    """A line for each step; then what did not hold, where lines were changed, and how to see it again."""
    about = "everything" if result.since is None else f"mutants of what changed since {result.since}"
    yield labelled("gate", f"{about}, {result.seconds:.0f} s of {result.budget:.0f} s")
    yield ""
    for step in _lines(result.steps):
        processor = f" ({step.cpu:.0f} s of processor)" if step.cpu else ""
        yield labelled(step.verdict.value, f"{step.name}, {step.seconds:.0f} s{processor}{_figures(step)}")
        if step.verdict is Verdict.HELD:
            yield from (labelled("", said) for said in step.said)
    for step in result.steps:
        if step.verdict is not Verdict.HELD:
            yield ""
            yield labelled(step.verdict.value.upper(), f"{step.name}: {'; '.join(step.said[:1])}")
            yield from (labelled("", said) for said in step.said[1:])
            program, *words = step.typed
            yield command_line(words, program)
    if result.fallen:
        yield ""
        yield from (labelled("FALLEN", fallen) for fallen in result.fallen)
    if result.loosened:
        yield ""
        yield from (labelled("LOOSENED", looser) for looser in result.loosened)
    if result.changed and result.exit_code() is not ExitCode.HELD:
        yield ""
        yield labelled("changed", f"since {result.since}: {first_few(result.changed)}")
    yield ""
    yield labelled("verdict", result.exit_code().name.lower())


def _lines(steps: Sequence[StepResult]) -> Iterator[StepResult]:
    """Counterexamples that do not reproduce share a line."""
    quiet = [step for step in steps if _kind(step.name) == COUNTEREXAMPLE and step.verdict is Verdict.HELD]
    if quiet:
        sums = {"seconds": sum(step.seconds for step in quiet), "cpu": sum(step.cpu for step in quiet)}
        name = f"{len(quiet)} counterexample{'s' if len(quiet) > 1 else ''} replayed"
        yield quiet[0].model_copy(update={"name": name, "figures": {}, **sums})
    yield from (step for step in steps if step not in quiet)


def _figures(step: StepResult) -> str:
    return "".join(f", {name} {value:g}" for name, value in sorted(step.figures.items()))
