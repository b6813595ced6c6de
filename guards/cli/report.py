"""`guards report`: turns the files that other commands wrote into one folder of pages and formats; runs nothing."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from guards.cli import to_install
from guards.cli.complaint import cannot_run, misused
from guards.cli.layout import labelled
from guards.cli.project import stories_of
from guards.errors import shown
from guards.results import ExitCode

if TYPE_CHECKING:
    from guards.report.build import Report

HISTORY: Final = "reports/history.jsonl"


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for on the command line."""

    files: tuple[str, ...]
    out: str
    catalogue: str | None
    history: str | None


def report(order: Order) -> ExitCode:
    """Make the report, tell where it is and what it says."""
    try:
        from guards.report.build import FolderError, build, write
        from guards.report.record import gather
    except ModuleNotFoundError as missing:
        raise cannot_run(f"the report needs {missing.name}, which is not here: {to_install('report')}") from missing
    if not order.files:
        raise misused("name the results to report on, such as verify.json, mutants.json and coverage.json")
    root = Path.cwd()
    catalogue = order.catalogue or stories_of(root)
    history = order.history or (HISTORY if (root / HISTORY).exists() else None)
    made = build(gather(order.files, root, catalogue, history), order.out)
    try:
        write(made, Path(order.out))
    except FolderError as error:
        raise misused(f"{shown(order.out)}: {error}") from error
    _tell_the_job(made)
    print("\n".join(told(made, order.out)))
    return made.headline.code


def told(made: Report, out: str) -> Iterator[str]:
    """The report in one screen."""
    line = made.headline
    for figure in line.figures:
        yield f"{figure.name:<26}{figure.shown if figure.value is not None else 'UNKNOWN'}"
    for one in made.record.unusable:
        yield labelled("UNKNOWN", f"{shown(one.path)}, {one.kind}: {one.why}")
    for sentence in (*line.doubts, *line.gaps):
        yield labelled("UNKNOWN", sentence)
    yield labelled("report", str(Path(out) / "index.html"))
    yield labelled("verdict", f"{line.code.name.lower()}: {line.sentence}")


def _tell_the_job(made: Report) -> None:
    """What a CI job shows by itself: the summary on its page, and annotations, where there is such a job."""
    if os.environ.get("GITHUB_ACTIONS") == "true":
        print("\n".join(made.annotations))
    page = os.environ.get("GITHUB_STEP_SUMMARY")
    if not page:
        return
    try:
        with open(page, "a", encoding="utf-8") as stream:
            stream.write(made.summary)
    except (OSError, ValueError) as error:
        print(f"guards: the job's summary could not be written: {error}", file=sys.stderr)
