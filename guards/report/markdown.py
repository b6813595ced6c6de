"""The summary for a CI job's page, in Markdown, and the annotations that a CI shows beside lines of a change.

Both are short on purpose: the verdict, what is wrong, how to see it again. The HTML page has the rest.
"""

from __future__ import annotations

from collections.abc import Iterator

from guards.report.figures import Headline
from guards.report.findings import NOT_KNOWN, Finding
from guards.report.record import Record
from guards.report.text import counted, markdown, visible
from guards.report.untested import sentence
from guards.results import Verdict

FINDINGS_MAX = 10
"""A job's page shows about as many annotations and hides the rest."""
MARKS = {"held": "✅", "broken": "❌", "vacuous": "⚠️", "unknown": "❓", "unsupported": "⚪"}


def summary(record: Record, line: Headline) -> str:
    """The Markdown, with a closing line end."""
    return "\n".join(_lines(record, line)) + "\n"


def workflow_commands(line: Headline) -> list[str]:
    """Workflow commands, one a finding, at most ten."""
    return [_annotation(finding) for finding in line.findings[:FINDINGS_MAX]]


def _lines(record: Record, line: Headline) -> Iterator[str]:
    yield f"## guards: {MARKS[line.code.name.lower()]} {line.code.name.lower()}"
    yield ""
    yield markdown(line.sentence)
    yield ""
    yield "| figure | value | |"
    yield "| --- | ---: | --- |"
    for figure in line.figures:
        yield f"| {figure.name} | {MARKS[figure.verdict]} {figure.shown} | {markdown(figure.note)} |"
    yield from _untested(record)
    yield from _properties(record)
    yield from _wrong([finding for finding in line.findings if finding.rule != NOT_KNOWN])
    yield from _unknown([finding for finding in line.findings if finding.rule == NOT_KNOWN])


def _properties(record: Record) -> Iterator[str]:
    if record.verify is None:
        return
    verify = record.verify
    yield ""
    yield f"| property of {markdown(verify.service)} | verdict | exercised |"
    yield "| --- | --- | ---: |"
    for found in sorted(verify.properties, key=lambda found: found.verdict is Verdict.HELD):
        yield f"| {markdown(found.name)} | {MARKS[found.verdict.value]} {found.verdict.value} | {found.exercised:,} |"


def _untested(record: Record) -> Iterator[str]:
    said = sentence(record.mutate) if record.mutate is not None else ""
    if said:
        yield ""
        yield markdown(said, 500)


def _wrong(found: list[Finding]) -> Iterator[str]:
    if not found:
        return
    yield ""
    yield f"### What is wrong: {len(found):,}"
    yield ""
    for finding in found[:FINDINGS_MAX]:
        where = f"{markdown(finding.place.file)}:{finding.place.start[0]}: " if finding.place is not None else ""
        yield f"- {where}{markdown(finding.message, 500)}"
        if finding.command:
            yield f"  \n  again: <code>{_code(finding.command)}</code>"
    if len(found) > FINDINGS_MAX:
        yield f"- and {counted(len(found) - FINDINGS_MAX, 'more finding')} in the report"


def _unknown(found: list[Finding]) -> Iterator[str]:
    if found:
        yield ""
        yield "### Unknown"
        yield ""
        yield from (f"- {MARKS['unknown']} {markdown(finding.message, 500)}" for finding in found)


def _code(command: str) -> str:
    return markdown(command, 500)


def _annotation(finding: Finding) -> str:
    level = "error" if finding.is_error else "warning"
    place = ""
    if finding.place is not None:
        place = f" file={_property(finding.place.file)},line={finding.place.start[0]}"
    return f"::{level}{place}::{_data(finding.told(500))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(visible(text)).replace(":", "%3A").replace(",", "%2C")
