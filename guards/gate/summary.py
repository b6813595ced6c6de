"""The summary of one run of the gate that is committed: figures, verdicts and regressions, and what was measured.

It is made of the same table of figures as the report and the history, so that they cannot disagree.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from os.path import relpath
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from guards.report.figures import Headline, headline, history_line
from guards.report.record import Record
from guards.report.text import markdown as escaped
from guards.results import GateResult

NAME: Final = "summary"
HISTORY: Final = "history.jsonl"
LEFT_BY_TOOLS: Final = ("__pycache__", ".")
"""How files and folders begin that nobody wrote."""


class _Table(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", populate_by_name=True)


class SummaryFigure(_Table):
    """One number of the headline; no value means unknown."""

    name: str
    shown: str
    verdict: str
    note: str


class SummaryProperty(_Table):
    """The verdict on one property."""

    name: str
    verdict: str
    exercised: int


class SummaryRegression(_Table):
    """One entry of the catalogue, and who noticed it."""

    id: str
    outcome: str
    by: str


class SummaryStep(_Table):
    """One step of the gate."""

    name: str
    verdict: str
    seconds: float
    cpu: float


class Summary(_Table):
    """Everything that is said of one run."""

    schema_: Literal["guards.summary/1"] = Field(default="guards.summary/1", alias="schema")
    verdict: str
    sentence: str
    commit: str | None
    uncommitted: bool
    """Whether a file that git knows read otherwise than in that commit."""
    digests: dict[str, str]
    """What was measured: the code and the catalogue, by folder."""
    service: str
    seed: int | None
    rounds: int | None
    since: str | None
    versions: dict[str, str]
    figures: list[SummaryFigure]
    unknown: list[str]
    """What this run does not say, a sentence each."""
    properties: list[SummaryProperty]
    mutants: dict[str, dict[str, int]]
    """By tier, how many came to which outcome."""
    regressions: list[SummaryRegression]
    steps: list[SummaryStep]

    def to_json(self) -> str:
        """One JSON object with a closing line end."""
        return json.dumps(self.model_dump(mode="json", by_alias=True), indent=1, sort_keys=True) + "\n"


def digest_of(root: Path, folder: str) -> str:
    """Tells apart two states of the files below a folder, or of one file; by what they hold and how they are named.

    Of every file, since a template or a script does its part as well.
    """
    start = root / folder
    digest = hashlib.sha256()
    for file in [start] if start.is_file() else sorted(start.rglob("*")):
        if file.is_file() and not any(part.startswith(LEFT_BY_TOOLS) for part in file.relative_to(start).parts):
            name = Path(relpath(file, root)).as_posix()  # a catalogue may lie elsewhere
            digest.update(os.fsencode(f"{name}\0{file.stat().st_size}\0"))
            with file.open("rb") as stream:
                hashlib.file_digest(stream, lambda: digest)
    return digest.hexdigest()


def summary_of(result: GateResult, record: Record, digests: Mapping[str, str], *, uncommitted: bool) -> Summary:
    """The summary of a run whose result files are in the record."""
    line = headline(record)
    verify = record.verify
    mutants = record.mutate.mutants if record.mutate is not None else []
    by_tier = {tier: Counter(one.outcome.value for one in mutants if one.tier == tier) for tier in _tiers(record)}
    return Summary(
        verdict=result.exit_code().name.lower(),
        sentence=_sentence(result, line),
        commit=result.commit,
        uncommitted=uncommitted,
        digests=dict(digests),
        service=verify.service if verify is not None else "",
        seed=verify.seed if verify is not None else None,
        rounds=verify.rounds if verify is not None else None,
        since=result.since,
        versions=result.versions,
        figures=[
            SummaryFigure(name=one.name, shown=one.shown, verdict=one.verdict, note=one.note) for one in line.figures
        ],
        unknown=[*line.doubts, *line.gaps],
        properties=[
            SummaryProperty(name=one.name, verdict=one.verdict.value, exercised=one.exercised)
            for one in (verify.properties if verify is not None else ())
        ],
        mutants={tier: dict(sorted(counts.items())) for tier, counts in by_tier.items()},
        regressions=[
            SummaryRegression(id=one.id, outcome=one.outcome.value, by=one.by)
            for one in sorted(mutants, key=lambda one: one.id)
            if one.tier == "catalogue"
        ],
        steps=[
            SummaryStep(name=one.name, verdict=one.verdict.value, seconds=one.seconds, cpu=one.cpu)
            for one in result.steps
        ],
    )


def _sentence(result: GateResult, line: Headline) -> str:
    """The report's, and where the gate lets pass what its results alone do not, both verdicts."""
    if line.code is result.exit_code():
        return line.sentence
    verdict = result.exit_code().name.capitalize()
    return f"{verdict} by what the gate asks for; by the results alone: {line.sentence[0].lower()}{line.sentence[1:]}"


def _tiers(record: Record) -> Sequence[str]:
    return record.mutate.tiers if record.mutate is not None else ()


def line_of(record: Record) -> str:
    """The run as a line of the history, with a closing line end."""
    line = history_line(record, headline(record))
    return json.dumps(line.model_dump(mode="json", by_alias=True), sort_keys=True) + "\n"


def markdown(summary: Summary) -> str:
    """The same for a reader."""
    return "\n".join(_lines(summary)) + "\n"


def _lines(summary: Summary) -> Iterator[str]:
    about = "everything" if summary.since is None else f"changes since `{summary.since}`, not everything"
    changes = ", with changes that were not committed" if summary.uncommitted else ""
    yield f"# The latest summarized run of the gate: {summary.verdict}\n"
    yield f"{summary.sentence} It was about {about}.\n"
    yield f"- commit `{summary.commit or 'unknown'}`{changes}"
    yield from (f"- digest of `{folder}`: `{digest}`" for folder, digest in sorted(summary.digests.items()))
    yield f"- service `{summary.service}`, seed {summary.seed}, rounds {summary.rounds}"
    yield f"- {', '.join(f'{name} {version}' for name, version in sorted(summary.versions.items()))}"
    yield "\n| figure | | |\n| --- | --- | --- |"
    yield from (f"| {one.name} | {one.shown} | {escaped(one.note or one.verdict)} |" for one in summary.figures)
    if summary.unknown:
        yield "\nWhat this run does not say:\n"
        yield from (f"- {escaped(sentence)}" for sentence in summary.unknown)
    yield "\n| property | verdict | exercised |\n| --- | --- | --- |"
    yield from (f"| `{one.name}` | {one.verdict} | {one.exercised:,} |" for one in summary.properties)
    yield "\n| step | verdict | seconds | of processor |\n| --- | --- | --- | --- |"
    yield from (f"| {escaped(one.name)} | {one.verdict} | {one.seconds:g} | {one.cpu:g} |" for one in summary.steps)
    yield "\n| mutants | |\n| --- | --- |"
    for tier, counts in sorted(summary.mutants.items()):
        yield f"| {tier} | {', '.join(f'{count:,} {outcome}' for outcome, count in counts.items()) or 'none'} |"
    yield "\n| regression | outcome | noticed by |\n| --- | --- | --- |"
    yield from (f"| `{one.id}` | {one.outcome} | {escaped(one.by) or 'nobody'} |" for one in summary.regressions)
