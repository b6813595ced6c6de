"""`guards drill`: the incident at full size, on the platform as of 2021 and on ours, side by side."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Final

from guards.cli.complaint import INTERRUPTED, Complaint, blamed_on
from guards.cli.files import Output
from guards.cli.layout import labelled
from guards.cli.progress import Progress
from guards.cli.provenance import commit, versions
from guards.reference.drill import Column, DrillResult, Hit, run_drill
from guards.results import DrillColumn, ExitCode
from guards.results import DrillResult as DrillFile

INCIDENT: Final = Hit(
    balancers=1574,
    organizations=775,
    shared=50,
    databases=500,
    clusters=229,
    cluster_organizations=207,
    iot_customers=33,
)
"""What fell on 7 April 2021. If the platform as of 2021 does not lose this much, the drill shows nothing."""

ROWS: Final[tuple[tuple[str, Callable[[Hit], int]], ...]] = (
    ("load balancers hit", lambda hit: hit.balancers),
    ("  of organizations", lambda hit: hit.organizations),
    ("shared balancers hit", lambda hit: hit.shared),
    ("  databases cut off", lambda hit: hit.databases),
    ("clusters cut off", lambda hit: hit.clusters),
    ("  of organizations", lambda hit: hit.cluster_organizations),
    ("IoT Hub customers", lambda hit: hit.iot_customers),
)


def drill(json_path: str | None) -> ExitCode:
    """Run the drill; the answer is BROKEN if anything of ours was hit."""
    output = Output.of_a_result(json_path)
    try:
        with Progress(sys.stderr) as progress, blamed_on("the drill"):
            result = run_drill(
                lambda done, runs: progress.show(f"the incident again, {done} of {runs} platforms", done / runs)
            )
    except KeyboardInterrupt:
        raise Complaint(f"interrupted in {progress.last}; no file was written", INTERRUPTED) from None
    if output is not None:
        output.write(_file(result).to_json())
    print("\n".join(told(result)))
    return verdict(result)


def verdict(result: DrillResult) -> ExitCode:
    """A drill in which nothing falls, not even in 2021, proves nothing about what did not fall in ours."""
    if not result.held:
        return ExitCode.BROKEN
    return ExitCode.HELD if result.unguarded.hit == INCIDENT else ExitCode.VACUOUS


def told(result: DrillResult) -> Iterator[str]:
    """Three columns, then how deep the bug was planted, then the verdict."""
    columns = (result.unguarded, result.planted[0], result.intact[0])
    yield _line("", "as of 2021", "bug planted", "intact")
    for label, count in ROWS:
        yield _line(label, *(f"{count(column.hit):,}" for column in columns))
    yield ""
    yield labelled("as of 2021", f"{result.unguarded.title}: {_what_held(result.unguarded)}")
    for group, runs in (
        ("bug planted", result.planted),
        ("elsewhere", result.planted_elsewhere),
        ("intact", result.intact),
    ):
        for n, column in enumerate(runs):
            yield labelled(
                group if n == 0 else "", f"{column.title}: {column.hit.balancers:,} hit, {_what_held(column)}"
            )
    yield ""
    yield labelled("verdict", _verdict(result))


def _line(label: str, *cells: str) -> str:
    return f"{label:<24}" + "".join(f"{cell:>16}" for cell in cells)


def _what_held(column: Column) -> str:
    codes = f" ({', '.join(column.codes)})" if column.codes else ""
    return f"{column.held_by} held{codes}" if column.held_by else "nothing held"


def _verdict(result: DrillResult) -> str:
    return {
        ExitCode.HELD: "held: nothing of ours was hit, and the platform as of 2021 lost what it lost then",
        ExitCode.BROKEN: "broken: a load balancer of ours was hit",
    }.get(verdict(result), "vacuous: the platform as of 2021 did not lose what it lost then")


def _file(result: DrillResult) -> DrillFile:
    columns = (result.unguarded, *result.ours)
    return DrillFile(
        versions=versions("guards", "pydantic"),
        commit=commit(),
        held=verdict(result) is ExitCode.HELD,
        columns=[
            DrillColumn(title=column.title, codes=list(column.codes), held_by=column.held_by, **asdict(column.hit))
            for column in columns
        ],
    )
