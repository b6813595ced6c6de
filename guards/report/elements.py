"""The mutation-testing report JSON (schema 2.0) that the viewer and other tools read: every file with its source and
its mutants.

A file is left out where its source is not the one that was mutated: the viewer would mark the wrong code.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
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
    return {
        "schemaVersion": "2.0",
        "thresholds": {"high": 100, "low": 80},
        "framework": {"name": "guards", "version": version},
        "config": _config(record),
        "files": {
            path: {
                "language": "python",
                "source": record.source(path) or "",
                "mutants": [_mutant(one) for one in found],
            }
            for path, found in sorted(by_file.items())
        },
        "testFiles": _test_files(one for found in by_file.values() for one in found),
    }


def inlined(value: object) -> str:
    r"""The value as JSON that may stand inside a script element, whatever its texts say.

    >>> inlined({"a": "</script>\u2028"})
    '{"a":"\\u003c/script>\\u2028"}'
    """
    text = json.dumps(value, separators=(",", ":"))  # ASCII, hence without U+2028 and U+2029
    return text.replace("<", "\\u003c").replace("&", "\\u0026")


def _config(record: Record) -> dict[str, Any]:
    if record.mutate is None:
        return {}
    mutate = record.mutate
    return {"service": mutate.service, "tiers": mutate.tiers, "seeds": mutate.seeds, "commit": mutate.commit}


def _mutant(mutant: MutantResult) -> dict[str, Any]:
    (first, left), (last, right) = mutant.start, mutant.end
    said = {
        "id": mutant.id,
        "mutatorName": mutant.operator,
        "location": {"start": {"line": first, "column": left + 1}, "end": {"line": last, "column": right + 1}},
        "status": _status(mutant),
        "statusReason": _reason(mutant),
        "replacement": visible_lines(mutant.replacement[:REPLACEMENT_MAX]),
        "duration": round(max(mutant.cpu, 0.0) * 1_000),
    }
    return {**said, "killedBy": [mutant.by]} if mutant.by else said


def _status(mutant: MutantResult) -> str:
    if mutant.outcome is MutantOutcome.CAUGHT:
        return BY_KILL.get(mutant.kill or "", "Killed")
    return STATUS[mutant.outcome]


def _reason(mutant: MutantResult) -> str:
    breach = "breaches isolation; " if mutant.breaches else ""
    if mutant.outcome is MutantOutcome.CAUGHT:  # thousands of times the same sentence; the viewer says who caught it
        return f"{breach}{mutant.kill or 'caught'}"
    return f"{breach}{mutant.outcome.value}: {visible(mutant.proof or mutant.why)}"


def _test_files(mutants: Iterable[MutantResult]) -> dict[str, Any]:
    """Who caught something, as test files; the properties are in one of their own."""
    files: dict[str, dict[str, str]] = {}
    for mutant in mutants:
        if mutant.by:
            file, colons, name = mutant.by.partition("::")
            files.setdefault(file if colons else PROPERTIES, {})[mutant.by] = name or mutant.by
    return {
        file: {"tests": [{"id": id, "name": visible(name)} for id, name in sorted(tests.items())]}
        for file, tests in sorted(files.items())
    }
