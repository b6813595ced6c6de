"""JUnit XML: a suite for the properties, one for the mutants, one for the steps of the gate, and one for what else was
given and found. What is not known is an error there, and only `unsupported` is skipped.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final
from xml.etree import ElementTree as Xml

from guards.report.figures import Headline
from guards.report.findings import Finding, mutant_command, of_step
from guards.report.incidents import singles
from guards.report.record import Input, Record
from guards.report.text import visible, visible_lines
from guards.results import ExitCode, MutantOutcome, MutantResult, PropertyResult, StepResult, Verdict

OF_A_CASE: Final = ("property-broken", "property-not-shown", "single-point-of-failure", "gate-step-not-held")
"""The rules about what has a case of its own, whatever becomes of it."""


def junit(record: Record, line: Headline) -> str:
    """The XML document."""
    root = Xml.Element("testsuites", name="guards")
    if record.verify is not None:
        _suite(root, "guards verify", [_property(found, record) for found in record.verify.properties])
    if record.mutate is not None:
        breaching = {mutant.id for mutant in singles(record)}
        _suite(root, "guards mutate", [_mutant(mutant, breaching) for mutant in record.mutate.mutants])
    if record.gate is not None:
        _suite(root, "guards gate", [_step(step) for step in record.gate.steps])
    _suite(root, "guards report", [*map(_input, record.inputs), *map(_found, _told_nowhere_else(line))])
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    Xml.indent(root)
    return Xml.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(root: Xml.Element, name: str, cases: list[Xml.Element]) -> None:
    suite = Xml.SubElement(root, "testsuite", name=name, tests=str(len(cases)))
    for plural, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(plural, str(sum(case.find(tag) is not None for case in cases)))
    suite.extend(cases)


def _case(name: str, group: str) -> Xml.Element:
    return Xml.Element("testcase", name=visible(name), classname=visible(group))


def _property(found: PropertyResult, record: Record) -> Xml.Element:
    case = _case(found.name, f"guards.verify.{record.verify.service if record.verify is not None else ''}")
    why = f"{found.verdict.value}: {found.why or found.sentence}; exercised {found.exercised:,} times"
    tag = {Verdict.BROKEN: "failure", Verdict.UNSUPPORTED: "skipped", Verdict.HELD: ""}.get(found.verdict, "error")
    if tag:
        _say(case, tag, found.verdict.value, why, f"It is falsified by {found.falsified_by}.")
    return case


def _mutant(mutant: MutantResult, breaching: Collection[str]) -> Xml.Element:
    case = _case(mutant.id, f"guards.mutate.{mutant.file}")
    case.set("time", f"{max(mutant.cpu, 0.0):.2f}")
    body = f"{mutant.diff}\n\n{mutant_command(mutant.id)}"
    if mutant.id in breaching:
        _say(case, "failure", "breach", f"by itself it lets a call reach another tenant: {mutant.why}", body)
    elif not mutant.outcome.is_good:
        tag = "error" if mutant.outcome is MutantOutcome.BROKEN else "failure"
        _say(case, tag, mutant.outcome.value, f"{mutant.outcome.value}: {mutant.why or 'nobody noticed'}", body)
    return case


def _step(step: StepResult) -> Xml.Element:
    case = _case(step.name, "guards.gate")
    case.set("time", f"{max(step.seconds, 0.0):.2f}")
    finding = of_step(step)
    if finding is not None:
        _say_found(case, finding)
    return case


def _input(one: Input) -> Xml.Element:
    case = _case(one.path, "guards.report.input")
    if one.why:
        _say(case, "error", "unusable", one.why, "")
    return case


def _told_nowhere_else(line: Headline) -> Iterator[Finding]:
    """The findings that are no property's, no mutant's, no step's and no input's."""
    for finding in line.findings:
        is_input = finding.rule == "input-unusable" and finding.said_in
        is_mutant = finding.rule == "mutant-not-caught" and finding.place is not None
        if finding.rule not in OF_A_CASE and not is_input and not is_mutant:
            yield finding


def _found(finding: Finding) -> Xml.Element:
    case = _case(finding.message, f"guards.report.{finding.rule}")
    _say_found(case, finding)
    return case


def _say_found(case: Xml.Element, finding: Finding) -> None:
    tag = "failure" if finding.code is ExitCode.BROKEN else "error"
    _say(case, tag, finding.code.name.lower(), finding.message, finding.command)


def _say(case: Xml.Element, tag: str, kind: str, message: str, body: str) -> None:
    said = Xml.SubElement(case, tag, message=visible(message, 500))
    if tag != "skipped":
        said.set("type", kind)
    said.text = visible_lines(body) if body else None
