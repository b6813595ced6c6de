"""Where in the source something is: a regression that stands there, a mutant, or at least what makes the service."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from guards.report.record import Record
from guards.report.stories import Story
from guards.results import MutantResult


@dataclass(frozen=True, slots=True)
class Place:
    """Where it is: lines and columns count from 1, the end is exclusive."""

    file: str
    start: tuple[int, int]
    end: tuple[int, int]
    is_guess: bool = False
    """Whether this is only where the service comes from, the line at fault being unknown."""


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


def mutant_place(mutant: MutantResult) -> Place:
    """What it changes; the first line where it does not say that in numbers that make sense."""
    start = (mutant.start[0], mutant.start[1] + 1) if len(mutant.start) == 2 else (1, 1)
    end = (mutant.end[0], mutant.end[1] + 1) if len(mutant.end) == 2 else start
    start = max(start[0], 1), max(start[1], 1)
    return Place(mutant.file, start, max(end, start))


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
