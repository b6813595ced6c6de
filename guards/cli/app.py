"""The arguments of every command, and how a command ends: with its exit code, whatever happens in it.

Declarations only; each command is a module of its own, imported when it runs.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from typing import Annotated, Any, Final, cast

import typer
from typer.core import TyperCommand

from guards.cli import to_install
from guards.cli.arguments import number_from, seconds_from, shard_from
from guards.cli.complaint import INTERRUPTED, Complaint, cannot_run, misused, spoken, what_happened
from guards.results import ExitCode

# Every misuse that the parser finds is a child of this class; where it lives differs between typer's releases.
ParserError: Final = cast("type[Exception]", typer.BadParameter.__bases__[0])

BUDGET: Final = "10s"


class Command(TyperCommand):
    """A command whose usage names what it needs as it is typed, without braces around it."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]


app = typer.Typer(
    name="guards",
    add_completion=False,
    rich_markup_mode=None,  # help is plain text, the same in a pipe and on a terminal
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
)

JsonOption = Annotated[str | None, typer.Option("--json", metavar="FILE", help="Write the result to this file.")]


@app.callback(invoke_without_command=True)
def guards(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    """Show that no crafted destructive call reaches another tenant.

    \b
    Exit codes: 0 held, 1 broken, 2 misused, 3 vacuous: nothing was shown,
    4 unknown: the service or something else failed, 130 interrupted.
    """
    if version:
        from guards.cli.provenance import versions

        print(f"guards {versions('guards')['guards']}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        print(context.get_help())
        raise typer.Exit(ExitCode.USAGE)


@app.command(
    cls=Command,
    epilog="""\b
Examples:
  guards verify
  guards verify --budget 30s --json result.json
  guards verify volumes.tests:make_service --require hold-respected
  guards verify --seed 7 --rounds 1 --property isolation

\b
A budget ends with the first whole round that outlasts it. Seed and rounds
repeat a run whatever its budget was. Modules are looked up in the current
folder first. An unsupported property counts only if it is required.
""",
)
def verify(
    service: Annotated[
        str,
        typer.Argument(metavar="MODULE:FACTORY", help="What makes the service.", show_default="the reference platform"),
    ] = "guards.reference:make_service",
    seed: Annotated[str | None, typer.Option(metavar="N", help="Repeat a run.", show_default="a new one")] = None,
    rounds: Annotated[str | None, typer.Option(metavar="N", help="Run so many rounds, whatever the budget.")] = None,
    budget: Annotated[str, typer.Option(metavar="TIME", help="Stop after 500ms, 30s or 2m.")] = BUDGET,
    examples: Annotated[
        str | None,
        typer.Option(metavar="N", help="Sequences that the machine draws in a round.", show_default="25"),
    ] = None,
    properties: Annotated[
        list[str] | None, typer.Option("--property", metavar="NAME", help="Judge only this; may be repeated.")
    ] = None,
    require: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Exit 3 unless this held; may be repeated.")
    ] = None,
    json: JsonOption = None,
    save: Annotated[
        str | None,
        typer.Option(metavar="DIR", help="Write each counterexample there.", show_default="beside the --json file"),
    ] = None,
) -> int:
    """Attack a service with crafted calls, judge effects."""
    from guards.cli.verify import Campaign
    from guards.cli.verify import verify as run_verify

    campaign = Campaign(
        service=service,
        seed=number_from("--seed", seed, at_least=0),
        rounds=number_from("--rounds", rounds, at_least=1),
        budget=seconds_from("--budget", budget),
        examples=number_from("--examples", examples, at_least=1),
        properties=tuple(properties or ()),
        require=tuple(require or ()),
    )
    return run_verify(campaign, json, save)


@app.command(
    cls=Command,
    epilog="""\b
Examples:
  guards drill
  guards drill --json drill.json

\b
Exit code 0 means that nothing of ours was hit and that the platform as of
2021 lost exactly what it lost then.
""",
)
def drill(json: JsonOption = None) -> int:
    """Run the incident of 2021, unguarded and guarded."""
    from guards.cli.drill import drill as run_drill

    return run_drill(json)


@app.command(
    cls=Command,
    epilog="""\b
Examples:
  guards rehearse call.json --inventory fleet.csv --as operator \\
      --limits limits.toml
  guards rehearse - --inventory fleet.jsonl --as tenant:acme \\
      --limits limits.json --json rehearsal.json < call.json

\b
The inventory has one live or former resource on each line and these columns:
  id, kind, organization
  project    null for what is older than projects; an id that no other
             organization has: where two use one name, write acme:default
  state      live, invalidated or deleted
  hold       clear, held or unknown; what its project or organization has
             counts as its own
  stands_on  null, or the ids without which it falls
  version    a whole number; may be left out everywhere
As JSON Lines, one object a line (broken here to fit), stands_on a list:
  {"id": "db-1", "kind": "database", "organization": "acme", "project": null,
   "state": "live", "hold": "clear", "stands_on": ["lb-1"]}
As CSV, with these names as the header, null spelled \\N and never left empty,
several ids in stands_on separated by a semicolon:
  db-1,database,acme,\\N,live,clear,lb-1;lb-2

\b
The limits are max_count = 100 and max_percent = 5 as TOML, or the same as
JSON: the most that one call may take, and the most of its kind's fleet.

\b
Exit codes: 0 it would run, 1 it would be refused, 2 something is malformed.
""",
)
def rehearse(
    request: Annotated[str, typer.Argument(metavar="REQUEST", help="The body of the call; - is standard input.")],
    inventory: Annotated[str, typer.Option(metavar="FILE", help="What there is: .jsonl or .csv.")],
    caller: Annotated[
        str, typer.Option("--as", metavar="ROLE[:ORGANIZATION]", help="operator or tenant:ORGANIZATION.")
    ],
    limits: Annotated[str, typer.Option(metavar="FILE", help="max_count and max_percent: .toml or .json.")],
    form: Annotated[
        str | None,
        typer.Option("--format", metavar="jsonl|csv", help="How the inventory is written.", show_default="its ending"),
    ] = None,
    json: JsonOption = None,
) -> int:
    """Tell what a call would do; nothing is touched."""
    from guards.cli.rehearse import rehearse as run_rehearse

    return run_rehearse(request, inventory, form, caller, limits, json)


@app.command(
    cls=Command,
    epilog="""\b
Examples:
  guards replay trace.isolation.json
  guards replay trace.isolation.json volumes.tests:make_service
  guards replay trace.isolation.json volumes.tests:make_service --pytest \\
      > test_isolation.py

\b
A trace names the service that it was found on. Unless that is the reference
platform it is not imported: name the service to run yourself.

\b
Exit codes: 1 it reproduces, 0 it does not, 4 it cannot be run.
""",
)
def replay(
    trace: Annotated[str, typer.Argument(metavar="FILE", help="A counterexample that verify wrote.")],
    service: Annotated[str | None, typer.Argument(metavar="MODULE:FACTORY", help="What makes the service.")] = None,
    as_pytest: Annotated[bool, typer.Option("--pytest", help="Print it as a test instead of running it.")] = False,
    json: JsonOption = None,
) -> int:
    """Run a counterexample again."""
    from guards.cli.replay import replay as run_replay

    return run_replay(trace, service, as_pytest=as_pytest, json_path=json)


@app.command(
    cls=Command,
    epilog="""\b
Examples:
  guards mutate
  guards mutate rules.py --service volumes.tests:make_service
  guards mutate --tier catalogue --seeds 5 --json mutants.json
  guards mutate --only projects-bypass
  guards mutate --since main
  guards mutate show projects-bypass
  guards mutate --pairs 100
  guards mutate --shard 1/2 --json first.json
  guards mutate merge first.json second.json --json mutants.json

\b
What is not said here is read from [tool.guards.mutate] in pyproject.toml:
  service    MODULE:FACTORY
  paths      files and folders to mutate
  tests      files and folders for pytest, the quickest first
  catalogue  the folder of regressions; mutation/catalogue if not given
  trusted    the last hop, behind which nobody stands; reported apart
  barriers   tables of edits, each of which takes one barrier out

\b
Sources are changed in memory, in a process for each mutant; no file is
touched. The kit comes first; what it misses goes to the tests.

\b
Exit codes: 0 all caught and no breach seen, 1 one was missed or breaches,
3 there was no mutant, 4 it does not hold without any change.
""",
)
def mutate(
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PATH]...|show ID|merge FILE...", help="What to mutate, or what to show or merge."),
    ] = None,
    service: Annotated[
        str | None, typer.Option(metavar="MODULE:FACTORY", help="What makes the service that is judged.")
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Only mutants whose id begins so; may be repeated.")
    ] = None,
    tier: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="catalogue, safety or generic; may be repeated.", show_default="all"),
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option(
            metavar="check:X|property:Y|barrier:Z",
            help="What if this were missing? The kit alone judges; may be repeated.",
        ),
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="REF", help="Only mutants of lines that were changed since this commit.")
    ] = None,
    pairs: Annotated[
        str | None, typer.Option(metavar="N", help="Instead, N random pairs of mutants: which reach a stranger?")
    ] = None,
    shard: Annotated[str, typer.Option(metavar="K/N", help="Run the K-th of N parts.")] = "1/1",
    workers: Annotated[str, typer.Option(metavar="N", help="Run so many at a time.")] = "2",
    seeds: Annotated[str, typer.Option(metavar="N", help="Attack with so many seeds.")] = "1",
    json: JsonOption = None,
) -> int:
    """Break the guard on purpose; see what notices."""
    from guards.cli.mutate import Commission
    from guards.cli.mutate import mutate as run_mutate

    commission = Commission(
        paths=tuple(paths or ()),
        service=service,
        only=tuple(only or ()),
        tiers=tuple(tier or ()),
        without=tuple(without or ()),
        since=since,
        pairs=number_from("--pairs", pairs, at_least=1),
        shard=shard_from(shard),
        workers=number_from("--workers", workers, at_least=1) or 1,
        seeds=number_from("--seeds", seeds, at_least=1) or 1,
    )
    return run_mutate(commission, json)


@app.command(
    cls=Command,
    epilog="""\b
Examples:
  guards report verify.json mutants.json coverage.json
  guards report verify.json --out build/report
  guards report *.json --history reports/history.jsonl

\b
What a file holds is found out by reading it: results of verify and mutate,
counterexamples, and what `coverage json --show-contexts` wrote. Sources are
read below the current folder. Nothing is run.

\b
The folder gets index.html, which opens from disk, and junit.xml,
guards.sarif, mutation.json, summary.md and figures.json, which is a line for
the history. Where GITHUB_STEP_SUMMARY names a file, the summary is added to
it; where GITHUB_ACTIONS is true, annotations are printed.

\b
Exit codes: 0 everything is known and held, 1 something is broken, 3 something
was not run, 4 a result cannot be read or contradicts another.
""",
)
def report(
    files: Annotated[list[str] | None, typer.Argument(metavar="[FILE]...", help="Results to report on.")] = None,
    out: Annotated[str, typer.Option(metavar="DIR", help="Where the report goes.")] = "reports/html",
    catalogue: Annotated[
        str | None,
        typer.Option(metavar="DIR", help="The stories.", show_default="that of the settings, or mutation/catalogue"),
    ] = None,
    history: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Earlier figures.", show_default="reports/history.jsonl, if it is there"),
    ] = None,
) -> int:
    """Show what the results say, as pages and for CI."""
    from guards.cli.report import Order
    from guards.cli.report import report as run_report

    return run_report(Order(files=tuple(files or ()), out=out, catalogue=catalogue, history=history))


@app.command(
    cls=Command,
    epilog="""\b
Examples:
  guards gate --since main
  guards gate --full --summary reports
  guards gate --since HEAD --budget 4m

\b
[tool.guards.gate] in pyproject.toml says what is run and what is asked for:
  service         MODULE:FACTORY
  counterexamples traces that must not reproduce any more
  tests           what pytest is given
  mutants         the tiers for changed lines; generic if not given
  verify_budget, budget, ratchet, output
and [tool.guards.gate.thresholds]: coverage (a pattern for files, and its
percent), mutants_caught, breaches, vacuous, unsupported, empty_cells.

\b
Exit codes: 0 all held, 1 something is broken or fell behind the ratchet,
3 a step did not run or showed nothing, 4 a step failed.
""",
)
def gate(
    since: Annotated[
        str | None, typer.Option(metavar="REF", help="Mutate only the lines that were changed since this commit.")
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Mutate everything.")] = False,
    budget: Annotated[
        str | None, typer.Option(metavar="TIME", help="Stop after so long.", show_default="the project's")
    ] = None,
    skip: Annotated[
        list[str] | None, typer.Option(metavar="STEP", help="Leave a step out; the gate is then not green.")
    ] = None,
    summary: Annotated[
        str | None, typer.Option(metavar="DIR", help="Write a summary to be committed there, and a line of history.")
    ] = None,
    json: JsonOption = None,
) -> int:
    """Run all that a change must pass."""
    from guards.cli.gate import Passage
    from guards.cli.gate import gate as run_gate

    seconds = None if budget is None else seconds_from("--budget", budget)
    return run_gate(Passage(since=since, full=full, budget=seconds, skip=tuple(skip or ()), summary=summary), json)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command line. Every way out of it is an exit code and, where something is wrong, one message."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # whatever a terminal cannot show is spelled out
    try:
        return _dispatch(sys.argv[1:] if arguments is None else arguments)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains once more at its end
        return ExitCode.UNKNOWN
    except Complaint as complaint:
        print(spoken(str(complaint)), file=sys.stderr)
        return complaint.exit_code


def _dispatch(arguments: Sequence[str]) -> int:
    try:
        code = app(list(arguments), prog_name="guards", standalone_mode=False)
        print(end="", flush=True)
    except ParserError as error:
        raise misused(_said(error)) from error
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except (Complaint, BrokenPipeError):
        raise
    except SystemExit as leaving:
        if isinstance(leaving.__context__, BrokenPipeError):  # typer's way out, with an exit code that is taken here
            raise leaving.__context__ from None
        raise cannot_run("something left the program instead of answering") from leaving
    except ModuleNotFoundError as missing:
        raise _lacking(missing, arguments) from missing
    except OSError as error:
        raise cannot_run(f"something around the command failed: {error.strerror or error}") from error
    except BaseException as error:  # a cancellation that got here is no more an answer than anything else
        raise cannot_run(f"this is a bug of guards, please report it: {what_happened(error)}") from error
    if code == INTERRUPTED:
        raise Complaint("interrupted", INTERRUPTED)
    return int(code or 0)


EXTRAS: Final = {"mutate": "cli,mutation", "gate": "cli,mutation", "report": "report"}
"""What a command needs, where that is more than the extra `cli`."""


def _lacking(missing: ModuleNotFoundError, arguments: Sequence[str]) -> Complaint:
    """What to install. A module of our own that is not there is our mistake."""
    name, command = missing.name or "", next(iter(arguments), "")
    if name.partition(".")[0] not in _BROUGHT_ALONG:
        return cannot_run(f"this is a bug of guards, please report it: {what_happened(missing)}")
    extra = EXTRAS.get(command, "cli")
    return cannot_run(f"`guards {command}` needs {name}, which is not here: {to_install(extra)}")


_BROUGHT_ALONG: Final = frozenset({"hypothesis", "rich", "typer", "jinja2", "libcst", "mutmut", "coverage", "pytest"})
"""What the extras bring; any other module that is missing is a mistake of ours."""


def _said(error: Exception) -> str:
    """What the parser says, as a sentence, and the help that fits."""
    format_message = getattr(error, "format_message", None)
    said = str(error if format_message is None else format_message())
    command = getattr(getattr(error, "ctx", None), "command_path", "guards")
    return f"{said}{'' if said.endswith(('.', '?')) else '.'} Try `{command} --help`."
