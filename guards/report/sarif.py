"""SARIF 2.1.0: what code scanning shows beside the lines of a change. A broken property and a missed mutant are results
with a place; what is wrong without one (an input, a doubt) is a notification of the run.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from guards.report.figures import Headline
from guards.report.findings import RULES, Finding, Place, findings
from guards.report.record import Record
from guards.report.text import visible
from guards.results import ExitCode

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
RESULTS_MAX = 5_000
MESSAGE_MAX = 1_000


def sarif(record: Record, line: Headline, version: str) -> str:
    """The log, with one run of one tool."""
    found = findings(record)
    placed = [finding for finding in found if finding.place is not None][:RESULTS_MAX]
    told = [finding for finding in found if finding.place is None]
    rules = [{"id": rule, "shortDescription": {"text": text}} for rule, text in RULES.items()]
    run = {
        "tool": {"driver": {"name": "guards", "version": version, "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": line.code in (ExitCode.HELD, ExitCode.BROKEN),
                "toolExecutionNotifications": [*map(_notification, told), *map(_gap, line.gaps)],
            }
        ],
        "results": [_result(finding) for finding in placed],
        "properties": {"verdict": line.code.name.lower(), "sentence": line.sentence},
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _result(finding: Finding) -> dict[str, Any]:
    message = visible(finding.message, MESSAGE_MAX) + (f" Run: {visible(finding.command)}" if finding.command else "")
    return {
        "ruleId": finding.rule,
        "ruleIndex": list(RULES).index(finding.rule),
        "level": "error" if finding.is_error else "warning",
        "message": {"text": message},
        "locations": [_location(finding.place)] if finding.place is not None else [],
        "partialFingerprints": {"guards/v1": f"{finding.rule}:{finding.fingerprint}"},
    }


def _location(place: Place) -> dict[str, Any]:
    region = {
        "startLine": place.start[0],
        "startColumn": place.start[1],
        "endLine": place.end[0],
        "endColumn": place.end[1],
    }
    return {
        "physicalLocation": {"artifactLocation": {"uri": quote(place.file), "uriBaseId": "%SRCROOT%"}, "region": region}
    }


def _notification(finding: Finding) -> dict[str, Any]:
    level = "error" if finding.is_error else "warning"
    return {"level": level, "message": {"text": visible(finding.message, MESSAGE_MAX)}}


def _gap(sentence: str) -> dict[str, Any]:
    return {"level": "warning", "message": {"text": f"Unknown: {visible(sentence, MESSAGE_MAX)}"}}
