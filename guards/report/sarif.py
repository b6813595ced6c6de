"""SARIF 2.1.0: what code scanning shows beside the lines of a change. Every finding is a result; one without a place in
the source stands at the file that says it, and is a notification of the run as well.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from guards.report.figures import Headline
from guards.report.findings import RULES, Finding
from guards.report.places import Place
from guards.report.record import Record
from guards.report.text import visible
from guards.results import ExitCode

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
RESULTS_MAX = 5_000
MESSAGE_MAX = 1_000


def sarif(record: Record, line: Headline, version: str) -> str:
    """The log, with one run of one tool."""
    shown, rest = line.findings[:RESULTS_MAX], len(line.findings[RESULTS_MAX:])
    told = [_notification(finding) for finding in shown if finding.place is None]
    told += [{"level": "error", "message": {"text": f"{rest:,} more findings are not listed"}}] if rest else []
    rules = [{"id": rule, "shortDescription": {"text": text}} for rule, text in RULES.items()]
    run = {
        "tool": {"driver": {"name": "guards", "version": version, "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": line.code in (ExitCode.HELD, ExitCode.BROKEN),
                "toolExecutionNotifications": told,
            }
        ],
        "results": [_result(finding, record) for finding in shown],
        "properties": {"verdict": line.code.name.lower(), "sentence": line.sentence},
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _result(finding: Finding, record: Record) -> dict[str, Any]:
    place = finding.place or _where_it_is_said(finding, record)
    return {
        "ruleId": finding.rule,
        "ruleIndex": list(RULES).index(finding.rule),
        "level": "error" if finding.is_error else "warning",
        "message": {"text": finding.told(MESSAGE_MAX)},
        "locations": [_location(place)] if place is not None else [],
        "partialFingerprints": {"guards/v1": f"{finding.rule}:{finding.fingerprint}"},
    }


def _where_it_is_said(finding: Finding, record: Record) -> Place | None:
    """The first line of a given file, since code scanning refuses a result that stands nowhere."""
    said_in = finding.said_in or next((one.path for one in record.inputs), "")
    inside = Path(said_in)
    if inside.is_absolute() and inside.is_relative_to(record.root):
        said_in = inside.relative_to(record.root).as_posix()
    return Place(said_in, (1, 1), (2, 1), is_guess=True) if said_in else None


def _location(place: Place) -> dict[str, Any]:
    region = {
        "startLine": place.start[0],
        "startColumn": place.start[1],
        "endLine": place.end[0],
        "endColumn": place.end[1],
    }
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(place.file, errors="backslashreplace"), "uriBaseId": "%SRCROOT%"},
            "region": region,
        }
    }


def _notification(finding: Finding) -> dict[str, Any]:
    level = "error" if finding.is_error else "warning"
    return {"level": level, "message": {"text": visible(finding.message, MESSAGE_MAX)}}
