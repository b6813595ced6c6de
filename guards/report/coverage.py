"""What coverage.py's JSON report says, function by function: lines, branches, and who ran them.

The file is another tool's: its format number is checked, every part that is read is checked, the rest is ignored.
Contexts belong to lines, so a branch is credited to those who ran both of its ends; that may be a few too many.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from guards.results import ResultFileError

FORMATS: Final = (2, 3)
"""The formats of `coverage json` that were read while this was written."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A jump from one line to another; a negative end is the way out."""

    start: int
    end: int
    is_reached: bool
    contexts: frozenset[str]


@dataclass(frozen=True, slots=True)
class CoveredFunction:
    """One function, method or module body."""

    name: str
    line: int
    lines: int
    ran: tuple[int, ...]
    missing: tuple[int, ...]
    branches: tuple[Branch, ...]
    contexts: frozenset[str]

    @property
    def branches_missing(self) -> int:
        return sum(not branch.is_reached for branch in self.branches)


@dataclass(frozen=True, slots=True)
class CoveredFile:
    """One measured file."""

    path: str
    functions: tuple[CoveredFunction, ...]
    statements: frozenset[int]
    """The lines in which it is said to have one."""
    counted: tuple[int, int]
    """Lines and branches together, those covered and all, as coverage.py sums them up."""

    @property
    def lines(self) -> int:
        return sum(function.lines for function in self.functions)

    @property
    def lines_missing(self) -> int:
        return sum(len(function.missing) for function in self.functions)

    @property
    def branches(self) -> int:
        return sum(len(function.branches) for function in self.functions)

    @property
    def branches_missing(self) -> int:
        return sum(function.branches_missing for function in self.functions)


@dataclass(frozen=True, slots=True)
class Coverage:
    """A whole measurement."""

    version: str
    has_branches: bool
    has_contexts: bool
    files: tuple[CoveredFile, ...]

    def of(self, paths: Iterable[str]) -> Coverage:
        """The files at or below these paths; all of them if no path is given."""
        wanted = tuple(paths)
        if not wanted:
            return self
        kept = [file for file in self.files if _is_below(file.path, wanted)]
        return Coverage(self.version, self.has_branches, self.has_contexts, tuple(kept))


def statement_lines(source: str) -> frozenset[int]:
    """The lines in which something begins that coverage.py may take for a statement. Raises `SyntaxError`.

    >>> sorted(statement_lines("@once\\ndef f():\\n\\n    return (\\n        1)"))
    [1, 2, 4]
    """
    cases = (number for number, line in enumerate(source.split("\n"), 1) if line.lstrip().startswith("case"))
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.stmt | ast.ExceptHandler)]
    decorators = (one for node in nodes for one in getattr(node, "decorator_list", ()))
    return frozenset(cases).union(node.lineno for node in (*nodes, *decorators))


def looks_like_coverage(value: object) -> bool:
    """Whether this is meant to be a report of coverage.py."""
    return isinstance(value, dict) and {"meta", "files", "totals"} <= value.keys()


def read_coverage(value: Any) -> Coverage:
    """The measurement out of the parsed JSON. Raises `ResultFileError`."""
    meta = _mapping(value.get("meta"), "meta")
    number = meta.get("format")
    if number not in FORMATS:
        known = " and ".join(map(str, FORMATS))
        raise ResultFileError(f"the coverage has the format {str(number)[:20]!r}; this version reads {known}")
    files = _mapping(value.get("files"), "files")
    has_branches = meta.get("branch_coverage") is True
    return Coverage(
        version=str(meta.get("version", "unknown"))[:40],
        has_branches=has_branches,
        has_contexts=meta.get("show_contexts") is True,
        files=tuple(_file(path, _mapping(files[path], path), has_branches) for path in sorted(files)),
    )


def _file(path: str, said: Mapping[str, Any], has_branches: bool) -> CoveredFile:
    reached, missed = _pairs(said, "executed_branches", path), _pairs(said, "missing_branches", path)
    contexts = {
        int(line): frozenset(_names(names, path))
        for line, names in _mapping(said.get("contexts", {}), path).items()
        if line.isdecimal() and len(line) < 10
    }
    regions = _mapping(said.get("functions", {}), path)
    whole = {"": {"executed_lines": _lines(said, "executed_lines", path), **_missing(said, path)}}
    functions = [
        _function(name, _mapping(region, path), reached, missed, contexts, path)
        for name, region in (regions or whole).items()
    ]
    lines = [*_lines(said, "executed_lines", path), *_lines(said, "missing_lines", path)]
    own = {line for function in functions for line in (*function.ran, *function.missing)}
    lost = {*_lines(said, "missing_lines", path), *(start for start, _ in missed)} - own
    if lost:
        raise ResultFileError(f"the coverage is damaged: line {min(lost):,} of {path[:80]!r} belongs to no function")
    functions = [function for function in functions if function.lines]
    functions.sort(key=lambda function: (function.line, function.name))
    return CoveredFile(path.replace("\\", "/"), tuple(functions), frozenset(lines), _counted(said, path, has_branches))


def _counted(said: Mapping[str, Any], path: str, has_branches: bool) -> tuple[int, int]:
    """Lines and branches together, those covered and all: as the summary has them, where the lists bear it out.

    What ran is more than what counts where lines are excluded, and less where branches are; what is missing is exact.
    """
    summary = _mapping(said.get("summary"), path)
    lines = _sum(summary, "covered_lines", "num_statements", path)
    branches = _sum(summary, "covered_branches", "num_branches", path) if has_branches else (0, 0)
    ran, left = (set(_lines(said, name, path)) for name in ("executed_lines", "missing_lines"))
    taken, open_ones = (set(_pairs(said, name, path)) for name in ("executed_branches", "missing_branches"))
    is_borne_out = (
        lines[0] <= len(ran)
        and lines[1] - lines[0] == len(left)
        and branches[1] - branches[0] == len(open_ones)
        and bool(taken) >= bool(branches[0])
    )
    if not is_borne_out:
        raise ResultFileError(
            f"the coverage is damaged: the summary of {path[:80]!r} counts what its lists do not hold"
        )
    return lines[0] + branches[0], lines[1] + branches[1]


def _sum(summary: Mapping[str, Any], covered: str, whole: str, path: str) -> tuple[int, int]:
    found: tuple[Any, Any] = (summary.get(covered), summary.get(whole))
    if not all(type(number) is int and number >= 0 for number in found):
        raise ResultFileError(f"the coverage is damaged: the summary of {path[:80]!r} has no whole numbers")
    return found


def _missing(said: Mapping[str, Any], path: str) -> dict[str, list[int]]:
    return {"missing_lines": _lines(said, "missing_lines", path)}


def _function(
    name: str,
    said: Mapping[str, Any],
    reached: Iterable[tuple[int, int]],
    missed: Iterable[tuple[int, int]],
    contexts: Mapping[int, frozenset[str]],
    path: str,
) -> CoveredFunction:
    executed, missing = _lines(said, "executed_lines", path), _lines(said, "missing_lines", path)
    own = {*executed, *missing}
    empty = frozenset[str]()

    def credited(start: int, end: int) -> frozenset[str]:
        started = contexts.get(start, empty)
        return started & contexts.get(end, empty) if end > 0 else started

    branches = [Branch(a, b, True, credited(a, b)) for a, b in reached if a in own]
    branches += [Branch(a, b, False, empty) for a, b in missed if a in own]
    ran = empty.union(*(contexts.get(line, empty) for line in executed))
    start = said.get("start_line")
    return CoveredFunction(
        name=name,
        line=start if isinstance(start, int) else min(own, default=1),
        lines=len(own),
        ran=tuple(sorted(executed)),
        missing=tuple(sorted(missing)),
        branches=tuple(sorted(branches, key=lambda branch: (branch.start, branch.end))),
        contexts=ran,
    )


def _is_below(path: str, folders: Iterable[str]) -> bool:
    return any(path == folder or path.startswith(f"{folder.rstrip('/')}/") for folder in folders)


def _mapping(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ResultFileError(f"the coverage is damaged: `{what[:80]}` is no object")
    return value


def _lines(said: Mapping[str, Any], name: str, path: str) -> list[int]:
    value = said.get(name, [])
    if not isinstance(value, list) or not all(type(line) is int for line in value):
        raise ResultFileError(f"the coverage is damaged: `{name}` of {path[:80]!r} is no list of lines")
    return value


def _pairs(said: Mapping[str, Any], name: str, path: str) -> list[tuple[int, int]]:
    value = said.get(name, [])
    is_sound = isinstance(value, list) and all(
        isinstance(pair, list) and len(pair) == 2 and all(type(line) is int for line in pair) for pair in value
    )
    if not is_sound:
        raise ResultFileError(f"the coverage is damaged: `{name}` of {path[:80]!r} is no list of branches")
    return [(start, end) for start, end in value]


def _names(value: Any, path: str) -> Iterable[str]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise ResultFileError(f"the coverage is damaged: the contexts of {path[:80]!r} are no names")
    return (name for name in value if name)
