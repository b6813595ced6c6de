"""`guards replay`: runs a counterexample again, or prints it as a test.

A trace file may come from anybody, and names the service that it was found on. That name is shown and never imported,
unless it is the reference service: whoever replays says which of their own code is to run.
"""

from __future__ import annotations

from guards.cli.complaint import blamed_on, cannot_run, misused
from guards.cli.factory import REFERENCE, load_factory, opened, parts_of
from guards.cli.files import Output, read_input
from guards.cli.layout import counted, labelled, printable_lines
from guards.cli.provenance import commit, versions
from guards.errors import GuardsError, shown
from guards.results import FILE_MAX_BYTES, ExitCode, ReplayResult, TraceFile, read_trace
from guards.testing.exchange import failure_in_words
from guards.testing.properties import PROPERTIES
from guards.testing.saved import export, from_file, to_file
from guards.testing.service import Outcome
from guards.testing.table import table
from guards.testing.trace import Showing, Trace, rerun


def replay(path: str, service_name: str | None, *, as_pytest: bool, json_path: str | None) -> ExitCode:
    """Run the trace in this file; the answer is BROKEN if it breaks its property still."""
    output = Output.of_a_result(json_path, [path])
    file, trace = _read(path)
    name = _service_for(file, path, service_name)
    if as_pytest:
        print(export(file, name), end="")
        return ExitCode.HELD
    with blamed_on(f"replaying it on {shown(name)}"), opened(load_factory(name)) as service:
        showing = rerun(service, trace)
        seen = to_file(service, trace, name)
        drawn = table(service, trace)
    if output is not None:
        output.write(_result(seen, reproduces=showing.finding is not None).to_json())
    print(printable_lines(drawn))
    return _verdict(trace, showing)


def _read(path: str) -> tuple[TraceFile, Trace]:
    """The counterexample; a file that holds none leaves nothing to run."""
    data = read_input(path, "the trace", FILE_MAX_BYTES)
    try:
        file = read_trace(data)
        return file, from_file(file, PROPERTIES)
    except GuardsError as error:
        raise cannot_run(f"the trace {shown(path)} cannot be used: {error}") from error


def _service_for(file: TraceFile, path: str, service_name: str | None) -> str:
    if service_name is not None:
        parts_of(service_name)
        return service_name
    if file.service == REFERENCE:
        return REFERENCE
    raise misused(
        f"the trace was found on {shown(file.service)}, and a file does not choose which code runs: name the service "
        f"yourself, as in `guards replay {shown(path)} MODULE:FACTORY`"
    )


def _verdict(trace: Trace, showing: Showing) -> ExitCode:
    """A call that could not be sent says nothing, so a trace with one proves nothing by not failing. Neither does a
    failing trace whose call now fails in another way.
    """
    if showing.finding is not None:
        print("\n" + labelled("verdict", f"it reproduces: {showing.finding.why}"))
        return ExitCode.BROKEN
    untried = [x for x in showing.exchanges if x.outcome is Outcome.NOT_TRIED]
    if untried or not showing.exchanges:
        print("\n" + labelled("verdict", f"unknown: {counted(len(untried), 'call')} could not be sent"))
        return ExitCode.UNKNOWN
    failed = next((x for x in showing.exchanges if x.outcome is Outcome.FAILED), None)
    if trace.raised and failed is not None:
        print("\n" + labelled("verdict", f"unknown: it fails in another way now: {failure_in_words(failed)}"))
        return ExitCode.UNKNOWN
    print("\n" + labelled("verdict", "it does not reproduce"))
    return ExitCode.HELD


def _result(seen: TraceFile, *, reproduces: bool) -> ReplayResult:
    return ReplayResult(
        service=seen.service,
        property=seen.property,
        seed=seen.seed,
        versions=versions("guards", "pydantic"),
        commit=commit(),
        reproduces=reproduces,
        why=seen.why,
        steps=seen.steps,
        changed=seen.changed,
    )
