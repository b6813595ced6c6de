"""A counterexample as a table for a reviewer: who called what, with which craft, and what changed that must not."""

from __future__ import annotations

import textwrap
from typing import Any

from guards.testing.exchange import Exchange
from guards.testing.judges import Finding
from guards.testing.saved import change_of, printable, show_value
from guards.testing.service import Outcome, Service
from guards.testing.steps import Step, refs_in
from guards.testing.trace import Showing, Trace, rerun

WIDTH = 80


ROWS_MAX = 8
"""Most changed objects that a table shows; a file holds all."""


def table(service: Service, trace: Trace) -> str:
    """The counterexample for a reader: who did what, with which craft, what came back, and what changed that must not
    have.
    """
    showing = rerun(service, trace)
    lines = textwrap.wrap(printable(_headline(trace, showing)), WIDTH)
    lines += [
        f"{len(trace.steps)} step{'s' if len(trace.steps) != 1 else ''}, seed {trace.seed}, round {trace.round}",
        "",
    ]
    calls = iter(enumerate(showing.exchanges))
    for n, step in enumerate(trace.steps, 1):
        if not step.is_call:
            lines += _row(n, "(around it)", f"{step.do} {_fields(step)}")
            continue
        number, x = next(calls)
        lines += _row(n, step.caller or "nobody", f"{step.do} {_fields(step)}")
        for craft in step.crafts:
            lines += _row("", "craft", f"{craft}, so {_crafted(x, craft)}")
        lines += _row("", "answer", _answer(x))
        if number == showing.at and showing.finding:
            lines += _harm(x, showing.finding)
            break
    legend = _legend(trace, showing) if showing.exchanges else ""
    lines += _row("", "ids", legend) if legend else []
    return "\n".join(lines)


def _headline(trace: Trace, showing: Showing) -> str:
    """What the trace shows, in one sentence."""
    if trace.raised:
        return f"unknown: {showing.finding.why}." if showing.finding else f"no call ends with {trace.raised} here."
    says = f"is broken: {showing.finding.why}" if showing.finding else "is not broken by this trace"
    return f"{trace.property.name} {says}."


def _harm(x: Exchange, finding: Finding) -> list[str]:
    """What changed that must not have, or did not and must have; the first few of many."""
    lines: list[str] = []
    for key in finding.objects[:ROWS_MAX]:
        change = change_of(x, key)
        whose = f"{change.object} of {change.owner}" if change.owner else change.object
        what = "CHANGED" if key in x.changes else "LEFT"
        lines += _row("", what, f"{whose}: {change.before} -> {change.after}")
    more = len(finding.objects) - ROWS_MAX
    return lines + (_row("", "", f"... and {more} more") if more > 0 else [])


def _legend(trace: Trace, showing: Showing) -> str:
    """What the names in the steps stand for: often the very ids are the bug."""
    names = showing.exchanges[-1].names
    natives = names.natives if names is not None else {}
    used = [ref for step in trace.steps for ref in (step.caller, *refs_in(step.fields)) if ref]
    homes = {p.ref: p.organization.ref for p in trace.world.principals if p.organization}
    used += [homes[ref] for ref in used if ref in homes]
    shown = [
        f"{ref} of {homes[ref]}" if ref in homes else f"{ref} {show_value(natives[ref])}"
        for ref in dict.fromkeys(used)
        if ref in homes or (ref in natives and not ref.startswith("operator"))
    ]
    return ", ".join(shown[:ROWS_MAX])


def _row(number: int | str, who: str, what: str) -> list[str]:
    head = f"{number!s:>3}  {show_value(who):<12} "
    return textwrap.wrap(
        printable(what), WIDTH, initial_indent=head, subsequent_indent=" " * len(head), break_long_words=True
    ) or [head]


def _fields(step: Step) -> str:
    return ", ".join(f"{name}={_symbol(value)}" for name, value in step.fields.items())


def _symbol(value: Any) -> str:
    if isinstance(value, dict) and "$ref" in value:
        return show_value(value["$ref"])
    if isinstance(value, dict) and "$from" in value:
        return f"{show_value(value['$from'])}.{show_value(value.get('field'))}"
    if isinstance(value, list):
        return f"[{', '.join(map(_symbol, value))}]"
    return show_value(value)


def _crafted(x: Exchange, craft: str) -> str:
    field = craft.partition(":")[0]
    if craft.startswith("caller:"):
        return f"{x.sent.caller or 'nobody'} called"
    if x.sent.body is not None:
        return f"the body was {show_value(x.sent.body.decode('ascii', 'backslashreplace'))}"
    if field in x.operation.fields:
        return f"{field} was {show_value(x.sent.fields[field])}" if field in x.sent.fields else f"{field} was not sent"
    return f"the fields were {show_value(dict(x.sent.fields))}"


def _answer(x: Exchange) -> str:
    detail = f" {show_value(x.reply.code)}" if x.reply.code else ""
    detail += f" ({show_value(x.reply.body)})" if x.outcome is Outcome.FAILED else ""
    return f"{x.outcome}{detail}"
