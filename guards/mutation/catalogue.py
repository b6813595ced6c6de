"""The catalogue: regressions out of public incidents, a TOML file each, read strictly and made into mutants.

A file that says something else than it must is a `CatalogueError` with its name and the field. An edit that no longer
fits the source is `Stale`: it judges nothing, and must not be mistaken for a regression that was caught or missed.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from guards.errors import GuardsError, shown
from guards.mutation.mutant import Edit, Mutant, fingerprint_of
from guards.mutation.operators.code import Code
from guards.testing.properties import NAMES
from guards.toml import read_toml

TIER: Final = "catalogue"
NO_ENTRY: Final = "reads like an entry, and is none: only what ends in .toml, and lies in no folder of its own, is read"
BESIDE: Final = ("~", ".md", ".rst")
EDITS: Final = re.compile(rb"^\s*\[\[\s*edits\s*\]\]", re.MULTILINE)


class CatalogueError(GuardsError):
    """Entries that cannot be read. Each problem names the file and the field."""

    code = "catalogue_refused"

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


class Stale(GuardsError):
    """An edit that does not fit the source any more, or that changes nothing in it."""

    code = "stale_regression"


class FaultClass(StrEnum):
    """How things went wrong in public, in the order in which the Projects incident made them matter to us."""

    SCOPE_FILTER_DROPPED = "scope-filter-dropped"
    EMPTY_MEANS_ALL = "empty-means-all"
    ID_KIND_CONFUSION = "id-kind-confusion"
    CONTAINER_INSTEAD_OF_LEAF = "container-instead-of-leaf"
    PATH_BYPASSES_GUARD = "path-bypasses-guard"
    VERDICT_DISCARDED = "verdict-discarded"
    FAIL_OPEN_MISSING_DATA = "fail-open-missing-data"
    VACUOUS_QUANTIFIER = "vacuous-quantifier"
    TENANT_BINDING_MISSING = "tenant-binding-missing"
    BLAST_LIMIT_MISCOUNTED = "blast-limit-miscounted"
    STALE_PLAN = "stale-plan"
    APPROVAL_NOT_BOUND = "approval-not-bound"
    CLOSURE_CROSSES_TENANT = "closure-crosses-tenant"
    TRUNCATED_INVENTORY = "truncated-inventory"
    PROTECTION_IGNORED = "protection-ignored"
    DRY_RUN_IMPURE = "dry-run-impure"
    UNSAFE_DEFAULT = "unsafe-default"
    PATTERN_OVERMATCH = "pattern-overmatch"
    PARSER_DIFFERENTIAL = "parser-differential"
    REPLAY_OR_ID_REUSE = "replay-or-id-reuse"


class Barrier(StrEnum):
    """What can stand in the way of a fault, in the order in which a call meets it."""

    WIRE = "wire"
    FIRST = "first-barrier"
    SECOND = "second-barrier"
    WRITE = "conditional-write"


@dataclass(frozen=True, slots=True)
class Regression:
    """One way in which the guard could become what the platform of an incident was."""

    id: str
    title: str
    story: tuple[str, str]
    """What happened elsewhere and what it means here, a sentence each."""
    link: str
    fault_class: FaultClass
    edits: tuple[Edit, ...]
    properties: tuple[str, ...]
    """Each of these must break, by an assertion. None where another barrier masks the fault."""
    one_call: bool
    """Whether one call shows it; else it takes a sequence."""
    masked_by: Barrier | None
    compound_of: tuple[str, ...]
    """The masked regressions that this one contains, together with what masked them."""


def read_catalogue(folder: Path, root: Path) -> tuple[Regression, ...]:
    """Every entry of the folder, by class and then by id; an empty folder is an empty catalogue.

    Raises `CatalogueError` with all that is wrong with all of the files, which are named as seen from `root`.
    """
    problems: list[str] = []
    found: dict[str, Regression] = {}
    for path in _entries(folder):
        name = _seen_from(root, path)
        regression = _read(path, name, problems)
        if regression is not None:
            found[name] = regression
    problems += [f"{_seen_from(root, path)}: {NO_ENTRY}" for path in _left_out(folder)]
    problems += _contradictions(found)
    if problems:
        raise CatalogueError(problems)
    return tuple(sorted(found.values(), key=_place))


def _entries(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.toml") if not path.name.startswith("."))


def _left_out(folder: Path) -> Iterator[Path]:
    """What has edits like an entry, and is not read; what is hidden, explains or is an editor's is nobody's mistake."""
    read = set(_entries(folder))
    for path in sorted(folder.rglob("*")):
        is_meant = path.name.endswith(BESIDE) or any(p.startswith((".", "#")) for p in path.relative_to(folder).parts)
        if path not in read and path.is_file() and not is_meant:
            with suppress(OSError):
                if EDITS.search(path.read_bytes()):
                    yield path


def edits_from(name: str, value: object) -> tuple[Edit, ...]:
    """Edits that stand in somebody's table, read as strictly as an entry's. Raises `CatalogueError`, with this name."""
    try:
        shapes = _EDITS.validate_json(json.dumps(value, default=str))
    except ValidationError as error:
        told = [_told(name, ("edits", *fault["loc"]), fault["msg"]) for fault in error.errors(include_url=False)]
        raise CatalogueError(told) from error
    return tuple([Edit(shape.file, shape.before, shape.after) for shape in shapes])


def to_mutant(regression: Regression, root: Path) -> Mutant:
    """The regression planted in the sources as they are now, or `Stale`."""
    first = regression.edits[0]
    original = _code(_source(regression.id, root, first.file))
    start = original.source.find(first.before)
    sources = edited(regression.id, regression.edits, root)
    begins = start + len(first.before) - len(first.before.lstrip())
    function, line = original.scope_at(begins), original.line(original.position(begins)[0]).strip()
    return Mutant(
        id=regression.id,
        tier=TIER,
        operator=regression.id,
        file=first.file,
        start=original.position(start),
        end=original.position(start + len(first.before)),
        function=function,
        original=first.before,
        replacement=first.after,
        sources=tuple(sorted(sources.items())),
        fingerprint=fingerprint_of(first.file, function, regression.id, line, first.after, "0"),
    )


def edited(name: str, edits: Iterable[Edit], root: Path) -> dict[str, str]:
    """Each file that these edits change, as it reads once all of them are made; what is there is left as it is.

    Raises `Stale`, which names `name`, unless the text before each edit stands there exactly once and what comes out
    parses and is another program.
    """
    sources: dict[str, str] = {}
    for edit in edits:
        source = sources[edit.file] if edit.file in sources else _source(name, root, edit.file)
        sources[edit.file] = _edited(name, edit, source)
    return sources


# From a file to a regression.


def _line(value: str) -> str:
    if not value.isprintable() or not value.strip():
        raise ValueError("must be one line of printable text")
    return value


def _two_sentences(value: str) -> str:
    """A sentence a line, so that a reader can count them, and so can we."""
    lines = value.strip().splitlines()
    if len(lines) != 2 or not all(line.endswith(".") and line.isprintable() for line in lines):
        raise ValueError("must be two sentences, each on a line of its own and ended by a full stop")
    return value


def _inside(value: str) -> str:
    path = PurePosixPath(value)
    if path.is_absolute() or ".." in path.parts or path.suffix != ".py" or path.as_posix() != value:
        raise ValueError("must be a Python file, named from the top of the repository with slashes")
    return value


def _known(value: str) -> str:
    if value not in NAMES:
        raise ValueError(f"is no property of the kit; there are {', '.join(NAMES)}")
    return value


_Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
_Line = Annotated[str, AfterValidator(_line)]


class _Shape(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class _EditShape(_Shape):
    file: Annotated[str, AfterValidator(_inside)]
    before: Annotated[str, StringConstraints(min_length=1)]
    after: str


_EDITS: Final = TypeAdapter(Annotated[tuple[_EditShape, ...], Field(min_length=1)])


class _Entry(_Shape):
    """One file."""

    id: _Name
    title: _Line
    story: Annotated[str, AfterValidator(_two_sentences)]
    link: Annotated[str, StringConstraints(pattern=r"^https?://[!-~]+$")]
    fault_class: FaultClass = Field(alias="class")
    one_call: bool
    properties: tuple[Annotated[str, AfterValidator(_known)], ...]
    masked_by: Barrier | None = None
    compound_of: tuple[_Name, ...] = ()
    edits: tuple[_EditShape, ...] = Field(min_length=1)


def _read(path: Path, name: str, problems: list[str]) -> Regression | None:
    try:
        # By way of JSON, in whose terms a list that becomes a tuple and a word that becomes a member are strict.
        document = json.dumps(read_toml(path.read_text(encoding="utf-8")), default=str)
        entry = _Entry.model_validate_json(document)
    except ValidationError as error:
        problems += [_told(name, fault["loc"], fault["msg"]) for fault in error.errors(include_url=False)]
        return None
    except (OSError, ValueError) as error:  # what is no TOML or no UTF-8 is a ValueError
        problems.append(f"{name}: cannot be read: {error}")
        return None
    if path.stem != entry.id:
        problems.append(f"{name}: `id`: is `{entry.id}`, and the file is named otherwise")
    first, second = entry.story.strip().splitlines()
    return Regression(
        id=entry.id,
        title=entry.title,
        story=(first, second),
        link=entry.link,
        fault_class=entry.fault_class,
        edits=tuple([Edit(edit.file, edit.before, edit.after) for edit in entry.edits]),
        properties=entry.properties,
        one_call=entry.one_call,
        masked_by=entry.masked_by,
        compound_of=entry.compound_of,
    )


def _told(name: str, steps: tuple[int | str, ...], why: str) -> str:
    """`edits[0].before` rather than a tuple of steps; pydantic's own words behind it."""
    field = re.sub(r"\.(\d+)", r"[\1]", ".".join(map(str, steps)))
    return f"{name}: `{field}`: {why.removeprefix('Value error, ')}"


def _seen_from(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def _place(regression: Regression) -> tuple[int, str]:
    return list(FaultClass).index(regression.fault_class), regression.id


# What the entries say of one another.


def _contradictions(found: Mapping[str, Regression]) -> Iterator[str]:
    """A fault is noticed or it is masked; a masked one has a sibling in which the barrier is gone, too."""
    known = {regression.id: regression for regression in found.values()}
    unmasked = {part for regression in found.values() for part in regression.compound_of}
    for name, regression in found.items():
        if len(set(regression.properties)) != len(regression.properties):
            yield f"{name}: `properties`: names one twice"
        if regression.masked_by is None and not regression.properties:
            yield f"{name}: `properties`: names none, and no barrier masks the fault"
        if regression.masked_by is not None and regression.properties:
            yield f"{name}: `properties`: names some, and `masked_by` says that nothing is noticed"
        if regression.masked_by is not None and regression.id not in unmasked:
            yield f"{name}: `masked_by`: no other entry is a `compound_of` this one"
        for part in regression.compound_of:
            yield from _misfits(name, regression, part, known.get(part))


def _misfits(name: str, compound: Regression, id: str, part: Regression | None) -> Iterator[str]:
    if part is None or part.masked_by is None:
        yield f"{name}: `compound_of`: there is no masked entry `{id}`"
    elif not set(part.edits) < set(compound.edits):
        yield f"{name}: `edits`: lacks one of `{id}`, or has no more than it"


# From a regression to a mutant.


def _source(name: str, root: Path, file: str) -> str:
    try:
        return (root / file).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise Stale(f"{name}: {file} cannot be read: {error}") from error


def _edited(name: str, edit: Edit, source: str) -> str:
    """The source with one edit made. Each one is looked at by itself: a no-op must not hide behind another."""
    times = source.count(edit.before)
    if times != 1:
        raise Stale(f"{name}: {shown(edit.before)} stands {times} times in {edit.file}, and must stand there once")
    edited = source.replace(edit.before, edit.after)
    try:
        changed = _tree(edited) != _tree(source)
    except (SyntaxError, ValueError) as error:
        raise Stale(f"{name}: {edit.file} does not parse with {shown(edit.after)} in it: {error}") from error
    if not changed:
        raise Stale(f"{name}: {shown(edit.after)} in {edit.file} means the same as {shown(edit.before)}")
    return edited


@lru_cache(maxsize=64)
def _tree(source: str) -> str:
    return ast.dump(ast.parse(source))


@lru_cache(maxsize=64)
def _code(source: str) -> Code:
    return Code(source)
