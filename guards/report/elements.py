"""The mutation-testing report JSON (schema 2.0) that the viewer and other tools read: every file with its source and
its mutants.

A file is left out where its source is not the one that was mutated: the viewer would mark the wrong code.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from guards.report.record import Record
from guards.report.sources import MarkedFile
from guards.report.text import visible, visible_lines
from guards.results import MutantOutcome, MutantResult

STATUS: Final = {
    MutantOutcome.CAUGHT: "Killed",
    MutantOutcome.MASKED: "Ignored",
    MutantOutcome.EQUIVALENT: "Ignored",
    MutantOutcome.MISSED: "Survived",
    MutantOutcome.FLAKY: "Survived",
    MutantOutcome.UNCOVERED: "NoCoverage",
    MutantOutcome.STALE: "CompileError",
    MutantOutcome.BROKEN: "RuntimeError",
}
BY_KILL: Final = {"timeout": "Timeout", "import": "RuntimeError"}
ASSERTED: Final = "assertion"
PROPERTIES: Final = "properties of guards verify"
REPLACEMENT_MAX: Final = 2_000


def elements(record: Record, files: Iterable[MarkedFile], version: str) -> dict[str, Any]:
    """The report as JSON values; without a result of mutate it has no files."""
    mutants = record.mutate.mutants if record.mutate is not None else []
    known = {file.path for file in files if file.is_known}
    by_file: dict[str, list[MutantResult]] = {}
    for mutant in mutants:
        if mutant.file in known and mutant.outcome is not MutantOutcome.STALE:
            by_file.setdefault(mutant.file, []).append(mutant)
    killers = sorted({mutant.by for found in by_file.values() for mutant in found if mutant.by})
    numbers = {killer: str(number) for number, killer in enumerate(killers, 1)}  # a name stands there once
    return {
        "schemaVersion": "2.0",
        "thresholds": {"high": 100, "low": 80},
        "framework": {"name": "guards", "version": version},
        "config": _config(record),
        "files": {
            path: {
                "language": "python",
                "source": record.source(path) or "",
                "mutants": [_mutant(one, numbers) for one in found],
            }
            for path, found in sorted(by_file.items())
        },
        "testFiles": _test_files(numbers),
    }


def packed(value: object) -> str:
    """The value as text that may stand inside a script element, whatever its own texts say: JSON, gzip, base64.

    >>> gzip.decompress(base64.b64decode(packed({"a": "</script>"})))
    b'{"a":"</script>"}'
    """
    text = json.dumps(value, separators=(",", ":")).encode("ascii")
    return base64.b64encode(gzip.compress(text, mtime=0)).decode("ascii")


def _config(record: Record) -> dict[str, Any]:
    if record.mutate is None:
        return {}
    mutate = record.mutate
    return {"service": mutate.service, "tiers": mutate.tiers, "seeds": mutate.seeds, "commit": mutate.commit}


def _mutant(mutant: MutantResult, numbers: Mapping[str, str]) -> dict[str, Any]:
    (first, left), (last, right) = mutant.start, mutant.end
    said = {
        "id": mutant.id,
        "mutatorName": mutant.operator,
        "location": {"start": {"line": first, "column": left + 1}, "end": {"line": last, "column": right + 1}},
        "status": _status(mutant),
        "replacement": visible_lines(mutant.replacement[:REPLACEMENT_MAX]),
    }
    reason = _reason(mutant)
    said |= {"statusReason": reason} if reason else {}
    return {**said, "killedBy": [numbers[mutant.by]]} if mutant.by else said


def _status(mutant: MutantResult) -> str:
    if mutant.outcome is MutantOutcome.CAUGHT:
        return BY_KILL.get(mutant.kill or "", "Killed")
    return STATUS[mutant.outcome]


def _reason(mutant: MutantResult) -> str:
    """What the status and the killer do not say: nothing of the thousands that some test or property asserted."""
    breach = "breaches isolation; " if mutant.breaches else ""
    if mutant.outcome is MutantOutcome.CAUGHT:
        return f"{breach}{mutant.kill or 'caught'}" if breach or mutant.kill != ASSERTED else ""
    return f"{breach}{mutant.outcome.value}: {visible(mutant.proof or mutant.why)}"


def _test_files(numbers: Mapping[str, str]) -> dict[str, Any]:
    """Who caught something, as test files; the properties are in one of their own."""
    files: dict[str, list[dict[str, str]]] = {}
    for by, number in numbers.items():
        file, colons, name = by.partition("::")
        files.setdefault(file if colons else PROPERTIES, []).append({"id": number, "name": visible(name or by)})
    return {file: {"tests": tests} for file, tests in sorted(files.items())}
