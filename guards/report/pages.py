"""The HTML pages, out of templates that hold no logic but loops: what they show is made in the other files.

Every value is escaped by Jinja and made visible first, whatever a template forgets: names and ids are somebody else's.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from guards.errors import GuardsError
from guards.report.charts import Chart, chart
from guards.report.credit import FEW, covered_files, knows_properties, reached
from guards.report.crossing import HEATS, Crossing, crossing
from guards.report.elements import packed
from guards.report.figures import Headline, history_line
from guards.report.findings import mutant_command, replay_command
from guards.report.history import ending_with, series
from guards.report.incidents import by_class, incidents, left_over, singles, unjudged
from guards.report.lanes import Picture, picture
from guards.report.record import Record
from guards.report.sources import MarkedFile, excerpts
from guards.report.text import counted, visible, visible_lines
from guards.report.untested import FILES_MAX, sentence, untested
from guards.results import MutantOutcome, MutantResult, PropertyResult, TraceFile, Verdict
from guards.testing.properties import NAMES
from guards.testing.saved import export

TEMPLATES: Final = Path(__file__).parent / "templates"
LEFT_MAX: Final = 50
"""Mutants that nobody caught and that stand on the first page in full."""
TRACES_MAX: Final = 20
_ORDER: Final = (Verdict.BROKEN, Verdict.UNKNOWN, Verdict.VACUOUS, Verdict.UNSUPPORTED, Verdict.HELD)


@dataclass(frozen=True, slots=True)
class Counterexample:
    """One trace with all that is shown of it."""

    number: int
    trace: TraceFile
    picture: Picture
    file: str
    replay: str
    test: str
    """The pytest export; empty where the trace does not say how its service is made."""


def counterexamples(record: Record, folder: str) -> list[Counterexample]:
    """The traces of the run and those that were given apart, with the files that will hold them in the folder."""
    return [_counterexample(number, trace, folder) for number, trace in enumerate(_traces(record)[:TRACES_MAX], 1)]


def pages(
    record: Record,
    line: Headline,
    files: Sequence[MarkedFile],
    shown: Sequence[Counterexample],
    viewer: Mapping[str, Any],
    folder: str,
) -> dict[str, str]:
    """Each page by its name in the folder."""
    environment = _environment()
    common: dict[str, Any] = {"record": record, "line": line, "pages": _links(record, viewer)}
    found = incidents(record)
    left = left_over(record)
    mutants = record.mutate.mutants if record.mutate is not None else []
    index = environment.get_template("index.html.j2").render(
        common,
        properties=_properties(record),
        crossing=_crossing(record),
        heats=HEATS[1:],
        counterexamples=shown,
        traces_more=len(_traces(record)) - len(shown),
        incidents=by_class(found),
        untested=untested(record.mutate) if record.mutate is not None else [],
        untested_most=FILES_MAX,
        untested_said=sentence(record.mutate) if record.mutate is not None else "",
        outcomes=Counter(mutant.outcome.value for mutant in mutants),
        equivalent=[mutant for mutant in mutants if mutant.outcome is MutantOutcome.EQUIVALENT],
        left=left[:LEFT_MAX],
        left_more=max(0, len(left) - LEFT_MAX),
        singles=singles(record),
        unjudged=unjudged(record),
        excerpts=excerpts(record, files),
        files=files,
        covered=covered_files(record),
        beside=_beside_the_coverage(record, folder),
        charts=_charts(record, line),
    )
    made = {
        "index.html": index,
        "source.html": environment.get_template("source.html.j2").render(common, files=files),
        "coverage.html": environment.get_template("coverage.html.j2").render(
            common, covered=reached(record), knows_properties=knows_properties(record), few=FEW
        ),
    }
    if viewer["files"]:
        data = Markup(packed(viewer))  # whole: what is no markup is cut where a page would grow too long
        made["mutation.html"] = environment.get_template("mutation.html.j2").render(common, data=data)
    return made


def slug(name: str) -> str:
    """A name fit for an anchor or a file.

    >>> slug("../../Refusal inert")
    'refusal-inert'
    """
    return re.sub(r"[^a-z0-9]+", "-", name.lower())[:60].strip("-") or "x"


def place(mutant: MutantResult) -> str:
    """Its file and, where it says one, its line."""
    return visible(":".join([mutant.file, *map(str, mutant.start[:1])]))


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_final,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "block": lambda text: Markup(escape(visible_lines(text))),
        "whole": lambda text: Markup(escape(visible_lines(text, 1 << 20))),
        "slug": slug,
        "capital": lambda text: text[:1].upper() + text[1:],
        "link": lambda href: Markup(escape(href)),  # whole, or it leads nowhere
        "short": lambda text, most: visible(text, most),
        "again": mutant_command,
        "place": place,
        "number": lambda value: f"{value:,}",
    }
    environment.globals["counted"] = counted
    return environment


def _final(value: object) -> object:
    """What stands for a value on a page: markup is ours, text is somebody's, a number is read with its commas."""
    if isinstance(value, Markup):
        return value
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, bool) or value is None:
        raise GuardsError(f"a template shows {value} instead of a word")
    return f"{value:,}" if isinstance(value, int) else value


def _links(record: Record, viewer: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The other pages that have something to show."""
    links = [("source.html", "Source with marks")] if record.mutate is not None else []
    links += [("coverage.html", "Coverage, branch by branch")] if record.coverage is not None else []
    return links + ([("mutation.html", "All mutants")] if viewer["files"] else [])


def _properties(record: Record) -> list[PropertyResult]:
    """A line for each property: those that were judged, and the kit's others as unknown. Bad news first."""
    judged = list(record.verify.properties) if record.verify is not None else []
    names = {found.name for found in judged}
    missing = [_not_judged(name) for name in NAMES if name not in names]
    return sorted(judged + missing, key=lambda found: _ORDER.index(found.verdict))


def _crossing(record: Record) -> Crossing | None:
    verify = record.verify
    return crossing(verify.cells, dict(verify.verdicts())) if verify is not None else None


def _not_judged(name: str) -> PropertyResult:
    unknown, why = Verdict.UNKNOWN, "no result says it"
    return PropertyResult(name=name, verdict=unknown, exercised=0, sentence="not judged", falsified_by="", why=why)


def _traces(record: Record) -> list[TraceFile]:
    return [*(record.verify.counterexamples if record.verify is not None else ()), *record.traces.values()]


def _counterexample(number: int, trace: TraceFile, folder: str) -> Counterexample:
    file = f"counterexamples/{number}-{slug(trace.property)}.json"
    try:
        test = export(trace, trace.service)
    except GuardsError:
        test = ""
    return Counterexample(
        number, trace, picture(trace), file, replay_command(f"{folder.rstrip('/')}/{file}", trace.service), test
    )


def _beside_the_coverage(record: Record, folder: str) -> list[tuple[str, str]]:
    """What the gate leaves beside the coverage that it measures, as links from the folder, where it is there."""
    given = [Path(one.path) for one in record.inputs if one.kind == "coverage" and not one.why]
    found = [(path.with_suffix("") / "index.html", "line by line") for path in given]
    found += [(path.with_suffix(".lcov"), "LCOV") for path in given]
    return [(quote(os.path.relpath(path, folder)), name) for path, name in found if path.is_file()]


def _charts(record: Record, line: Headline) -> list[Chart]:
    """A chart for each figure of the history, with this run as its last point where it has the figure."""
    if not record.history:
        return []
    this_run = history_line(record, line)
    found = series(ending_with(this_run, record.history))
    return [chart(name, runs, is_of_now=name in this_run.figures) for name, runs in found.items()]
