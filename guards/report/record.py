"""Everything that the report goes by: what was given, what could be read of it, and what could not, with the reason.

Files come from outside. A bad one is named and counts as unknown; it never ends the report and never looks like news
that is good. Sources are read below one root and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from guards.errors import GuardsError
from guards.report.coverage import Coverage, looks_like_coverage, read_coverage
from guards.report.history import read_history
from guards.report.stories import Story, read_stories
from guards.report.together import together
from guards.results import (
    FILE_MAX_BYTES,
    GateResult,
    HistoryLine,
    MutateResult,
    ResultFileError,
    TraceFile,
    VerifyResult,
    read_gate,
    read_mutate,
    read_trace,
    read_verify,
)
from guards.strict_json import read_json

SOURCE_MAX_BYTES: Final = 1 << 20
_READERS: Final[Mapping[str, Callable[[bytes], Any]]] = {
    "verify": read_verify,
    "mutate": read_mutate,
    "trace": read_trace,
    "gate": read_gate,
}
NEEDED: Final = ("verify", "mutate", "coverage")
"""What a run that may be called good has to show."""


@dataclass(frozen=True, slots=True)
class Input:
    """One file or folder, and why it could not be used; an empty reason means that it was."""

    path: str
    kind: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """What was gathered. A part that was not given, or could not be used, is None or empty."""

    root: Path
    inputs: tuple[Input, ...]
    verify: VerifyResult | None = None
    mutate: MutateResult | None = None
    coverage: Coverage | None = None
    gate: GateResult | None = None
    """The run of the gate that the other results come from."""
    traces: Mapping[str, TraceFile] = field(default_factory=dict)
    """Counterexamples that were given as files of their own, by the path; none that stands in the result of verify."""
    stories: Mapping[str, Story] = field(default_factory=dict)
    history: tuple[HistoryLine, ...] = ()

    @property
    def unusable(self) -> tuple[Input, ...]:
        return tuple(one for one in self.inputs if one.why)

    def absent(self) -> list[str]:
        """What a verdict needs and nobody gave, or gave in vain."""
        return [kind for kind in NEEDED if getattr(self, kind) is None]

    def source(self, file: str) -> str | None:
        """The text of a source below the root, or None where there is none that could be meant."""
        return _source(self.root, file)


def gather(paths: Sequence[str], root: Path, catalogue: str | None, history: str | None) -> Record:
    """Read every file, whatever kind it turns out to be; the catalogue and the history where they are named."""
    inputs: list[Input] = []
    found: dict[str, list[Any]] = {}
    traces: dict[str, TraceFile] = {}
    for path in paths:
        kind, value, why = _result(path)
        inputs.append(Input(path, kind, why))
        if not why and kind == "trace":
            traces[path] = value
        elif not why:
            found.setdefault(kind, []).append(value)
    for kind in (*NEEDED, "gate"):
        if len(found.get(kind, [])) > 1:
            try:
                found[kind] = [_one_of(kind, found[kind])]
            except ResultFileError as why:
                del found[kind]
                inputs = [_refused(one, str(why)) if one.kind == kind else one for one in inputs]
    stories = _part(inputs, catalogue, "catalogue", lambda path: read_stories(Path(path)))
    runs = _part(inputs, history, "history", lambda path: read_history(_bytes(path)))
    return Record(
        root=root.resolve(),
        inputs=tuple(inputs),
        verify=next(iter(found.get("verify", [])), None),
        mutate=next(iter(found.get("mutate", [])), None),
        coverage=next(iter(found.get("coverage", [])), None),
        gate=next(iter(found.get("gate", [])), None),
        traces=_not_yet_told(traces, found.get("verify", [])),
        stories=stories or {},
        history=runs or (),
    )


def _not_yet_told(traces: Mapping[str, TraceFile], runs: Sequence[VerifyResult]) -> Mapping[str, TraceFile]:
    """Each trace once: `guards verify` leaves each counterexample in its result and in a file of its own."""
    told = [trace for run in runs for trace in run.counterexamples]
    left = {}
    for path, trace in traces.items():
        if trace not in told:
            told.append(trace)
            left[path] = trace
    return left


def _one_of(kind: str, results: list[Any]) -> Any:
    """One result out of several of a kind, where they are parts of a whole. Raises `ResultFileError` elsewhere."""
    if kind == "mutate":
        return together(results)
    raise ResultFileError(f"there are several {kind} results")


def _result(path: str) -> tuple[str, Any, str]:
    """The kind of the file, what it holds, and why it cannot be used."""
    kind = "unknown"
    try:
        data = _bytes(path)
        value = _parsed(data)
        if looks_like_coverage(value):
            kind = "coverage"
            return kind, read_coverage(value), ""
        schema = value.get("schema") if isinstance(value, dict) else None
        family = schema.partition("/")[0].removeprefix("guards.") if isinstance(schema, str) else ""
        if family not in _READERS:
            raise ResultFileError(
                f"it is no result that a report shows; its schema reads {repr(schema)[:60]}, and "
                "the results of verify, mutate, gate and coverage (as JSON) and traces are shown"
            )
        kind = family
        del value
        return kind, _READERS[family](data), ""
    except GuardsError as error:
        return kind, None, str(error)
    except RecursionError:
        return kind, None, "it is nested too deeply to be one of ours"


def _parsed(data: bytes) -> Any:
    if not data.strip():
        raise ResultFileError("it is empty")
    try:
        return read_json(data.decode("utf-8"))
    except ValueError as error:
        raise ResultFileError(f"it is not one JSON document: {str(error)[:200]}") from error


def _part(inputs: list[Input], path: str | None, kind: str, read: Callable[[str], Any]) -> Any:
    if path is None:
        return None
    try:
        value = read(path)
    except GuardsError as error:
        inputs.append(Input(path, kind, str(error)))
        return None
    inputs.append(Input(path, kind))
    return value


def _refused(one: Input, why: str) -> Input:
    return Input(one.path, one.kind, one.why or why + ", and which one counts cannot be told")


def _bytes(path: str) -> bytes:
    """All of a regular file that is not too large. Raises `ResultFileError`."""
    try:
        file = Path(path)
        if not file.is_file():
            raise ResultFileError("there is no such file" if not file.exists() else "it is not a regular file")
        if file.stat().st_size > FILE_MAX_BYTES:
            raise ResultFileError(f"it has more than {FILE_MAX_BYTES:,} bytes, which is the most that is read")
        return file.read_bytes()
    except (OSError, ValueError) as error:
        raise ResultFileError(f"it cannot be read: {getattr(error, 'strerror', None) or error}") from error


@lru_cache(maxsize=512)
def _source(root: Path, file: str) -> str | None:
    try:
        path = (root / file).resolve()
        if not path.is_relative_to(root) or path.suffix != ".py" or path.stat().st_size > SOURCE_MAX_BYTES:
            return None
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError, RuntimeError):
        return None
