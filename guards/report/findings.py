"""What is wrong, once for every format: a rule, a sentence, a place where it is known, and the command that shows it.

SARIF, annotations, the Markdown summary and the page all take it from here.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from guards.report.incidents import left_over, singles
from guards.report.places import Place, mutant_place, planted, service_place
from guards.report.record import Record
from guards.report.stories import Story
from guards.report.text import visible
from guards.results import (
    ExitCode,
    MutantOutcome,
    MutantResult,
    PropertyResult,
    StepResult,
    TraceFile,
    Verdict,
    VerifyResult,
)

NOT_KNOWN: Final = "not-known"
RULES: Final = {
    "property-broken": "A property of the service is broken.",
    "counterexample": "A counterexample was given as a file, or a call was not answered.",
    "gate-step-not-held": "A step of the gate failed, was not run, or had nothing to do.",
    "figure-fallen": "A figure is worse than the ratchet asks for.",
    "property-not-shown": "A property was not shown to hold: it is vacuous or unknown.",
    "single-point-of-failure": "One changed line lets a call reach another tenant.",
    "mutant-not-caught": "A change of the guard that nothing noticed, or that could not be judged.",
    "input-unusable": "A result could not be used, or contradicts another.",
    NOT_KNOWN: "Something that a verdict needs is said by no result.",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong."""

    rule: str
    is_error: bool
    code: ExitCode
    """What it makes of the whole: broken, unknown or vacuous."""
    message: str
    place: Place | None
    fingerprint: str
    command: str
    """Shows it again; empty where no command does."""
    said_in: str = ""
    """The given file that says it; empty where no single one does."""

    def told(self, most: int) -> str:
        """The message, as far as it fits, and the command."""
        return visible(self.message, most) + (f" Run: {visible(self.command)}" if self.command else "")


def findings(record: Record, doubts: Iterable[str], gaps: Iterable[str]) -> list[Finding]:
    """Everything that is wrong or not known, the worst first."""
    found = [
        *_of_properties(record),
        *_of_traces(record),
        *_of_gate(record),
        *_of_breaches(record),
        *_of_misses(record),
        *_of_pairs(record),
        *_of_inputs(record),
        *(_without_place("input-unusable", ExitCode.UNKNOWN, doubt) for doubt in doubts),
        *(_without_place(NOT_KNOWN, ExitCode.VACUOUS, gap) for gap in gaps),
    ]
    return sorted(found, key=lambda finding: (list(RULES).index(finding.rule), not finding.is_error))


def of_step(step: StepResult, said_in: str = "") -> Finding | None:
    """What is wrong with a step of the gate; None where it held."""
    if step.verdict is Verdict.HELD and step.code == ExitCode.HELD:
        return None
    message = f"the gate's step {step.name} is {step.verdict.value}: {'; '.join(step.said) or 'it does not say why'}"
    return _without_place("gate-step-not-held", _code_of(step), message, shlex.join(step.typed), said_in)


def replay_command(file: str, service: str) -> str:
    return shlex.join(["guards", "replay", file, service])


def verify_command(verify: VerifyResult) -> str:
    return shlex.join(["guards", "verify", verify.service, "--seed", str(verify.seed), "--rounds", str(verify.rounds)])


def mutant_command(id: str) -> str:
    return shlex.join(["guards", "mutate", "show", id])


def _of_properties(record: Record) -> Iterator[Finding]:
    verify = record.verify
    if verify is None:
        return
    again = verify_command(verify)
    for found in verify.properties:
        if found.verdict is Verdict.BROKEN:
            place, story = _line_at_fault(record, found)
            why = next((trace.why for trace in verify.counterexamples if trace.property == found.name), found.why)
            message = f"{found.name} is broken: {why or found.sentence}"
            if story is not None:
                message += f" This is the regression {story.id}: {story.title}."
            elif place is not None:
                message += " The line at fault is unknown; this is where the service comes from."
            yield Finding(
                "property-broken", True, ExitCode.BROKEN, message, place, _print("property", found.name), again
            )
        elif found.verdict in (Verdict.VACUOUS, Verdict.UNKNOWN):
            message = f"{found.name} is {found.verdict.value}: {found.why or 'it was not shown to hold'}"
            place = service_place(record, verify.service)
            code = ExitCode.VACUOUS if found.verdict is Verdict.VACUOUS else ExitCode.UNKNOWN
            yield Finding("property-not-shown", False, code, message, place, _print("property", found.name), again)


def _line_at_fault(record: Record, found: PropertyResult) -> tuple[Place | None, Story | None]:
    for story in record.stories.values():
        place = planted(story, record) if found.name in story.properties else None
        if place is not None:
            return place, story
    return service_place(record, record.verify.service if record.verify is not None else ""), None


def _of_traces(record: Record) -> Iterator[Finding]:
    """Those that were given as files; of the run's own, those that no broken property speaks of."""
    for path, trace in record.traces.items():
        yield _of_trace(record, trace, replay_command(path, trace.service), path)
    if record.verify is not None:
        again = verify_command(record.verify)
        yield from (_of_trace(record, trace, again) for trace in record.verify.counterexamples if trace.raised)


def _of_trace(record: Record, trace: TraceFile, again: str, said_in: str = "") -> Finding:
    code = ExitCode.UNKNOWN if trace.raised else ExitCode.BROKEN
    raised = f" instead of answering, the service raised {trace.raised}:" if trace.raised else ""
    message = f"a counterexample to {trace.property}:{raised} {trace.why}"
    place = service_place(record, trace.service)
    return Finding("counterexample", True, code, message, place, _print("trace", trace.to_json()), again, said_in)


def _of_gate(record: Record) -> Iterator[Finding]:
    gate = record.gate
    if gate is None:
        return
    said_in = next((one.path for one in record.inputs if one.kind == "gate"), "")
    yield from filter(None, (of_step(step, said_in) for step in gate.steps))
    commands = {step.name: shlex.join(step.typed) for step in gate.steps}
    for fallen in gate.fallen:
        again = commands.get(fallen.partition(": ")[0], "")
        yield _without_place("figure-fallen", ExitCode.BROKEN, fallen, again, said_in)


def _code_of(step: StepResult) -> ExitCode:
    if step.verdict is Verdict.BROKEN or step.code == ExitCode.BROKEN:
        return ExitCode.BROKEN
    return ExitCode.VACUOUS if step.code == ExitCode.VACUOUS else ExitCode.UNKNOWN


def _of_breaches(record: Record) -> Iterator[Finding]:
    for mutant in singles(record):
        why = mutant.breach.why if mutant.breach is not None else "it is not said how"
        message = f"{_changed(mutant)} lets a call reach another tenant by itself: {why}"
        yield _about(mutant, "single-point-of-failure", ExitCode.BROKEN, message)


def _of_misses(record: Record) -> Iterator[Finding]:
    breaching = {mutant.id for mutant in singles(record)}
    for mutant in left_over(record):
        if mutant.id not in breaching:
            why = f": {mutant.why}" if mutant.why else ""
            code = ExitCode.UNKNOWN if mutant.outcome is MutantOutcome.BROKEN else ExitCode.BROKEN
            message = f"{_changed(mutant)} was not caught ({mutant.outcome.value}){why}"
            yield _about(mutant, "mutant-not-caught", code, message)


def _of_pairs(record: Record) -> Iterator[Finding]:
    for pair in record.mutate.pairs if record.mutate is not None else ():
        if pair.trouble:
            message = f"the pair {' and '.join(pair.ids)} could not be judged: {pair.trouble}"
            yield _without_place("mutant-not-caught", ExitCode.UNKNOWN, message)


def _of_inputs(record: Record) -> Iterator[Finding]:
    for one in record.unusable:
        message = f"{one.kind} result {one.path!r} cannot be used: {one.why}"
        yield _without_place("input-unusable", ExitCode.UNKNOWN, message, said_in=one.path)


def _without_place(rule: str, code: ExitCode, message: str, command: str = "", said_in: str = "") -> Finding:
    return Finding(rule, rule != NOT_KNOWN, code, message, None, _print(rule, message), command, said_in)


def _about(mutant: MutantResult, rule: str, code: ExitCode, message: str) -> Finding:
    is_error = rule == "single-point-of-failure" or mutant.tier == "catalogue"
    fingerprint = mutant.fingerprint or _print(mutant.id)
    return Finding(rule, is_error, code, message, mutant_place(mutant), fingerprint, mutant_command(mutant.id))


def _changed(mutant: MutantResult) -> str:
    if mutant.tier == "catalogue":
        return f"The regression {mutant.id}"
    return f"The change {mutant.operator!r}{f' in {mutant.function}' if mutant.function else ''}"


def _print(*parts: str) -> str:
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]
