"""What is wrong, once for every format: a rule, a sentence, a place where it is known, and the command that shows it.

SARIF, annotations, the Markdown summary and the page all take it from here.
"""

from __future__ import annotations

import ast
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from guards.report.doubts import doubts
from guards.report.incidents import left_over, singles
from guards.report.record import Record
from guards.report.stories import Story
from guards.results import MutantResult, PropertyResult, Verdict

RULES = {
    "property-broken": "A property of the service is broken.",
    "property-not-shown": "A property was not shown to hold: it is vacuous or unknown.",
    "single-point-of-failure": "One changed line lets a call reach another tenant.",
    "mutant-not-caught": "A change of the guard that nothing noticed, or that could not be judged.",
    "input-unusable": "A result could not be used, or contradicts another.",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where it is: lines and columns count from 1, the end is exclusive."""

    file: str
    start: tuple[int, int]
    end: tuple[int, int]
    is_guess: bool = False
    """Whether this is only where the service comes from, the line at fault being unknown."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong."""

    rule: str
    is_error: bool
    message: str
    place: Place | None
    fingerprint: str
    command: str
    """Shows it again; empty where no command does."""


def findings(record: Record) -> list[Finding]:
    """Everything that is wrong, the worst first."""
    found = [*_of_properties(record), *_of_breaches(record), *_of_misses(record), *_of_inputs(record)]
    return sorted(found, key=lambda finding: (list(RULES).index(finding.rule), not finding.is_error))


def planted(story: Story, record: Record) -> Place | None:
    """Where this regression stands in the source as it is now; None where it does not, or where that cannot be told.

    It stands there if all that it takes away is gone and all that it puts there is there. Of one that only takes away,
    nothing is left that has a place.
    """
    first: Place | None = None
    for edit in story.edits:
        source = record.source(edit.file)
        if source is None or (edit.before in source and edit.before not in edit.after) or edit.after not in source:
            return None
        if edit.after.strip() and source.count(edit.after) == 1:
            start = source.index(edit.after)
            first = first or _place_of(source, edit.file, start, start + len(edit.after.rstrip()))
    return first


def replay_command(file: str, service: str) -> str:
    return shlex.join(["guards", "replay", file, service])


def mutant_command(id: str) -> str:
    return shlex.join(["guards", "mutate", "show", id])


def service_place(record: Record, service: str) -> Place | None:
    """Where the factory of the service is made or imported, if its module lies below the root."""
    module, _, name = service.partition(":")
    parts = module.split(".")
    if not all(part.isidentifier() for part in parts):
        return None
    for file in ("/".join(parts) + ".py", "/".join(parts) + "/__init__.py"):
        source = record.source(file)
        if source is not None:
            line = _line_that_names(source, name)
            return Place(file, (line, 1), (line + 1, 1), is_guess=True)
    return None


def _of_properties(record: Record) -> Iterator[Finding]:
    verify = record.verify
    if verify is None:
        return
    again = shlex.join(["guards", "verify", verify.service, "--seed", str(verify.seed), "--rounds", str(verify.rounds)])
    for found in verify.properties:
        if found.verdict is Verdict.BROKEN:
            place, story = _line_at_fault(record, found)
            why = next((trace.why for trace in verify.counterexamples if trace.property == found.name), found.why)
            message = f"{found.name} is broken: {why or found.sentence}"
            if story is not None:
                message += f" This is the regression {story.id}: {story.title}."
            elif place is not None:
                message += " The line at fault is unknown; this is where the service comes from."
            yield Finding("property-broken", True, message, place, _print("property", found.name), again)
        elif found.verdict in (Verdict.VACUOUS, Verdict.UNKNOWN):
            message = f"{found.name} is {found.verdict.value}: {found.why or 'it was not shown to hold'}"
            place = service_place(record, verify.service)
            yield Finding("property-not-shown", False, message, place, _print("property", found.name), again)


def _line_at_fault(record: Record, found: PropertyResult) -> tuple[Place | None, Story | None]:
    for story in record.stories.values():
        place = planted(story, record) if found.name in story.properties else None
        if place is not None:
            return place, story
    return service_place(record, record.verify.service if record.verify is not None else ""), None


def _of_breaches(record: Record) -> Iterator[Finding]:
    for mutant in singles(record):
        why = mutant.breach.why if mutant.breach is not None else "it is not said how"
        message = f"{_changed(mutant)} lets a call reach another tenant by itself: {why}"
        yield _about(mutant, "single-point-of-failure", True, message)


def _of_misses(record: Record) -> Iterator[Finding]:
    breaching = {mutant.id for mutant in singles(record)}
    for mutant in left_over(record):
        if mutant.id not in breaching:
            why = f": {mutant.why}" if mutant.why else ""
            message = f"{_changed(mutant)} was not caught ({mutant.outcome.value}){why}"
            yield _about(mutant, "mutant-not-caught", mutant.tier == "catalogue", message)


def _of_inputs(record: Record) -> Iterator[Finding]:
    for one in record.unusable:
        message = f"{one.kind} result {one.path!r} cannot be used: {one.why}"
        yield Finding("input-unusable", True, message, None, _print(one.kind, one.why), "")
    for doubt in doubts(record):
        yield Finding("input-unusable", True, doubt, None, _print("doubt", doubt), "")


def _about(mutant: MutantResult, rule: str, is_error: bool, message: str) -> Finding:
    start = (mutant.start[0], mutant.start[1] + 1) if len(mutant.start) == 2 else (1, 1)
    end = (mutant.end[0], mutant.end[1] + 1) if len(mutant.end) == 2 else start
    place = Place(mutant.file, (max(start[0], 1), max(start[1], 1)), max(end, start))
    return Finding(rule, is_error, message, place, mutant.fingerprint or _print(mutant.id), mutant_command(mutant.id))


def _changed(mutant: MutantResult) -> str:
    if mutant.tier == "catalogue":
        return f"The regression {mutant.id}"
    return f"The change {mutant.operator!r}{f' in {mutant.function}' if mutant.function else ''}"


def _place_of(source: str, file: str, start: int, end: int) -> Place:
    return Place(file, _position(source, start), _position(source, end))


def _position(source: str, offset: int) -> tuple[int, int]:
    before = source[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def _line_that_names(source: str, name: str) -> int:
    """The first line at the top level that makes or imports the name; the first of all if none does."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError):
        return 1
    head = name.partition(".")[0]
    for node in body:
        names = [getattr(node, "name", "")]
        names += [alias.asname or alias.name for alias in getattr(node, "names", ()) if isinstance(alias, ast.alias)]
        names += [target.id for target in getattr(node, "targets", ()) if isinstance(target, ast.Name)]
        if head in names:
            return node.lineno
    return 1


def _print(*parts: str) -> str:
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]
