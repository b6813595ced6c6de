"""`guards verify`: attacks a service for a while and tells what was found.

What ends a screen is read first: the verdict stands last, and just before it what to do about it and the
counterexamples. The long lists of what was tried are evidence for what held, and are left to the result file otherwise.
"""

from __future__ import annotations

import math
import sys
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from random import SystemRandom

from guards.cli.complaint import INTERRUPTED, WIDTH, Complaint, blamed_on, misused, printable
from guards.cli.factory import load_factory, opened
from guards.cli.files import Output, folder
from guards.cli.layout import command_line, counted, first_few, labelled, printable_lines, tallied
from guards.cli.progress import Progress
from guards.cli.provenance import commit
from guards.errors import shown
from guards.results import CellResult, ExitCode, PropertyResult, TraceFile, Verdict, VerifyResult, exit_code
from guards.testing.check import EXAMPLES, run
from guards.testing.properties import NAMES, PROPERTIES
from guards.testing.rounds import MACHINE, Interrupted
from guards.testing.saved import from_file
from guards.testing.service import Service
from guards.testing.table import table


@dataclass(frozen=True, slots=True)
class Campaign:
    """What to attack, and how long. `rounds` decides where it is given, else the budget in seconds."""

    service: str
    seed: int | None
    rounds: int | None
    budget: float
    examples: int | None
    properties: Sequence[str]
    require: Sequence[str]


def verify(campaign: Campaign, json_path: str | None, save: str | None) -> ExitCode:
    """Run the campaign, write what was asked for, tell the rest."""
    _refuse_unknown(campaign)
    output = Output.of_a_result(json_path)
    traces = Traces(save, None if output is None or output.is_device else json_path)
    make_service = load_factory(campaign.service)
    result = _run(campaign, make_service)
    if output is not None:
        output.write(result.to_json())
    saved = {file.property: traces.write(file) for file in result.counterexamples}
    print("\n".join(told(result)))
    for alike in _alike(result.counterexamples):
        with blamed_on(f"showing a counterexample on {shown(campaign.service)}"), opened(make_service) as service:
            print("\n" + printable_lines(table(service, from_file(alike[0], PROPERTIES))))
        for file in alike[1:]:
            print(textwrap.fill(printable(f"{file.property} is broken by it as well: {file.why}."), WIDTH))
    print("\n".join(_again(result, campaign, saved)))
    code = exit_code(result.verdicts(), campaign.require)
    print(f"\n{_summary(result, campaign.require, code)}")
    return code


def _alike(files: Sequence[TraceFile]) -> list[list[TraceFile]]:
    """The counterexamples, those together that are the same steps in the same world."""
    groups: list[list[TraceFile]] = []
    for file in files:
        same = (group for group in groups if (group[0].world, group[0].steps) == (file.world, file.steps))
        group = None if file.raised else next(same, None)
        if group is None:
            groups.append([file])
        else:
            group.append(file)
    return groups


def _refuse_unknown(campaign: Campaign) -> None:
    for name in (*campaign.properties, *campaign.require):
        if name not in NAMES:
            raise misused(f"there is no property {shown(name)}; there are {', '.join(NAMES)}")
    for name in campaign.require:
        if campaign.properties and name not in campaign.properties:
            raise misused(f"--require {name} asks for a property that --property leaves out")


def _run(campaign: Campaign, make_service: Callable[[], Service]) -> VerifyResult:
    seed = SystemRandom().randrange(1 << 31) if campaign.seed is None else campaign.seed
    with Progress(sys.stderr) as progress:

        def watch(round: int, done: int, total: int, what: str) -> None:
            part = part_done(round + done / max(total, 1), campaign.rounds, campaign.budget, progress.elapsed)
            rest = ", now the machine" if what == MACHINE else ""
            progress.show(f"round {round + 1}, {done:,} of {total:,} cases{rest}", part)

        try:
            with blamed_on(f"attacking {shown(campaign.service)}"):
                result = run(
                    make_service,
                    seed=seed,
                    rounds=campaign.rounds,
                    budget=campaign.budget,
                    examples=EXAMPLES if campaign.examples is None else campaign.examples,
                    properties=campaign.properties or None,
                    progress=watch,
                    name=campaign.service,
                )
        except KeyboardInterrupt as stopped:
            where = f"interrupted in {progress.last}, after {progress.elapsed:.0f} s with seed {seed}"
            raise Complaint(f"{where}; {_so_far(stopped)}; no file was written", INTERRUPTED) from None
    return result.model_copy(update={"commit": commit()})


def _so_far(stopped: KeyboardInterrupt) -> str:
    """What is known although the run did not end."""
    if not isinstance(stopped, Interrupted) or not stopped.broken:
        return "no verdict was reached"
    return f"broken after {counted(stopped.calls, 'call')}: {', '.join(stopped.broken)}; nothing else was decided"


def part_done(rounds_done: float, rounds: int | None, budget: float, elapsed: float) -> float:
    """How much of the run is done, from 0 to 1. A budget ends with the first whole round that outlasts it."""
    if rounds is None:
        per_round = elapsed / rounds_done if rounds_done else 0.0
        rounds = max(math.ceil(budget / per_round), 1) if per_round else 1
    return min(rounds_done / rounds, 1.0)


class Traces:
    """Where counterexamples go: into the folder given, else beside the result, else nowhere."""

    def __init__(self, save: str | None, json_path: str | None) -> None:
        self._stem: Path | None = None
        if save is not None:
            self._stem = folder(save) / "trace"
            Output(str(self._stem))  # complains now rather than at the end
        elif json_path is not None:
            self._stem = Path(json_path).with_suffix("")

    def write(self, file: TraceFile) -> str | None:
        """The path of the file that was written."""
        if self._stem is None:
            return None
        path = str(self._stem.with_name(f"{self._stem.name}.{file.property}.json"))
        Output(path).write(file.to_json())
        return path


# What is told.


def told(result: VerifyResult) -> Iterator[str]:
    """The result for a reader, but for its counterexamples."""
    tally = result.tally
    yield labelled("service", result.service)
    yield labelled("run", f"seed {result.seed}, {counted(result.rounds, 'round')}, {result.seconds:.1f} s")
    yield ""
    yield f"{'property':<20}{'verdict':<13}{'exercised':>10}"
    shown_below = {file.property for file in result.counterexamples}
    for why, alike in groupby(result.properties, key=lambda found: found.why * (found.name not in shown_below)):
        yield from map(_row, alike)
        if why:
            yield labelled("", why)
    yield ""
    yield labelled(
        "crossings",
        f"{tally.crossings:,} tried against a live object of another organization; "
        f"{tally.crossings_hit:,} calls hit one",
    )
    refused = sum(tally.refused.values())
    rare = {"interrupted": tally.interrupted, "failed": tally.failed, "not tried": tally.not_tried}
    rest = "".join(f", {count:,} {name}" for name, count in rare.items() if count)
    yield labelled("calls", f"{tally.calls:,}: {tally.accepted:,} accepted, {refused:,} refused{rest}")
    yield labelled("refused for", tallied(tally.refused))
    each = "" if result.counterexamples else f": {tallied(tally.crafts)}"
    yield labelled("crafts", f"{len(tally.crafts):,} tried{each}")
    empty = (
        f"{tally.cells_vacuous:,} of them vacuous: no valid call worked"
        if tally.cells_vacuous
        else "none of them vacuous"
    )
    yield labelled("cells", f"{len(result.cells):,}, {empty}")
    vacuous = [_cell(cell) for cell in result.cells if not cell.controls]
    if vacuous:
        yield labelled("", f"VACUOUS {first_few(vacuous, 20)}")
    held = [style for style, says in result.collisions.items() if says == "held"]
    yield labelled("ids collide", ", ".join(held) or "not at all")
    for style, says in result.collisions.items():
        if says != "held":
            yield labelled("", f"UNSUPPORTED {style}: {says.removeprefix('unsupported: ')}")


def _cell(cell: CellResult) -> str:
    return " ".join(filter(None, (cell.caller, cell.operation, cell.relation, cell.state, cell.craft)))


def _row(found: PropertyResult) -> str:
    verdict = found.verdict.value if found.verdict is Verdict.HELD else found.verdict.value.upper()
    return f"{printable(found.name):<20}{verdict:<13}{found.exercised:>10,}"


def _again(result: VerifyResult, campaign: Campaign, saved: dict[str, str | None]) -> Iterator[str]:
    """The commands that replay each counterexample and repeat the run."""
    named = ["--seed", str(result.seed), "--rounds", str(result.rounds)]
    named += ["--examples", str(campaign.examples)] if campaign.examples is not None else []
    named += [word for name in campaign.properties for word in ("--property", name)]
    named += [word for name in campaign.require for word in ("--require", name)]
    unsaved = None in saved.values()
    yield "\nrepeat with" if not unsaved else "\nrepeat, and save what was found, with"
    yield command_line(["verify", campaign.service, *named, *(["--save", "DIR"] if unsaved else [])])
    if saved:
        yield f"{'then ' if unsaved else ''}replay what was found with"
    for name, path in saved.items():
        yield command_line(["replay", path or f"DIR/trace.{name}.json", campaign.service])


def _summary(result: VerifyResult, require: Sequence[str], code: ExitCode) -> str:
    """The verdict on the whole, and how many properties have which."""
    counts = Counter(found.verdict for found in result.properties)
    said = ", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict if counts[verdict])
    held = {found.name for found in result.properties if found.verdict is Verdict.HELD}
    lacking = ", ".join(name for name in require if name not in held)
    said += f"; required and not held: {lacking}" if lacking else ""
    empty = result.tally.cells_vacuous if code is ExitCode.HELD else 0  # else there is worse to tell
    said += f"; {counted(empty, 'cell')} without a working control" if empty else ""
    return labelled("verdict", f"{code.name.lower()}: {said}")
