"""How the result of `guards gate` reads: one screen that says what failed, and the command that shows it again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from guards.cli.layout import command_line, first_few, labelled
from guards.gate.steps import COUNTEREXAMPLE
from guards.results import ExitCode, GateResult, StepResult, Verdict


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
    quiet = [step for step in steps if kind_of(step.name) == COUNTEREXAMPLE and step.verdict is Verdict.HELD]
    if quiet:
        sums = {"seconds": sum(step.seconds for step in quiet), "cpu": sum(step.cpu for step in quiet)}
        name = f"{len(quiet)} counterexample{'s' if len(quiet) > 1 else ''} replayed"
        yield quiet[0].model_copy(update={"name": name, "figures": {}, **sums})
    yield from (step for step in steps if step not in quiet)


def _figures(step: StepResult) -> str:
    return "".join(f", {name} {value:g}" for name, value in sorted(step.figures.items()))


def kind_of(name: str) -> str:
    """What a step does, without what it does that to."""
    return name.partition(" ")[0]
