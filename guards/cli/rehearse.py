"""`guards rehearse`: what would this call do? The guard's own reading, planning and decision, on an exported inventory.

Nothing is touched, for there is nothing here that could: no effector, no audit, no network. Every check is asked, also
for a call that the guard would turn away before it read anything.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO, Final

from guards import wire
from guards.adapters.export import LINE_BYTES_MAX, Export, ExportError, Form, read_export
from guards.cli.complaint import INTERRUPTED, Complaint, misused
from guards.cli.files import STANDARD_INPUT, Output, open_input, read_input
from guards.cli.layout import counted, first_few, labelled
from guards.cli.limits import read_limits
from guards.cli.progress import Progress
from guards.cli.provenance import commit, versions
from guards.core.decision import Denial, Grant, decide
from guards.core.ids import OrganizationId, PrincipalId, text
from guards.core.plan import Plan, make_plan
from guards.core.refusals import Objection, sentence
from guards.core.request import Request
from guards.core.selector import Explicit, OneProject
from guards.core.values import Dependent, Limits, Policy, Principal, Role, Snapshot
from guards.errors import GuardsError, shown
from guards.results import DependentShape, ExitCode, ObjectionShape, RehearseResult, TargetShape
from guards.runtime.snapshot import take_snapshot

POLICY_VERSION: Final = "rehearsal"
PACKED: Final = ("gz", "bz2", "xz", "zst", "zip")
LINES_PER_WORD: Final = 10_000


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What was read, and what the guard says to it."""

    plan: Plan
    snapshot: Snapshot
    decision: Grant | Denial
    limits: Limits
    lines: int

    @property
    def objections(self) -> tuple[Objection, ...]:
        return self.decision.objections if isinstance(self.decision, Denial) else ()


def rehearse(
    request_path: str, inventory_path: str, form: str | None, caller: str, limits_path: str, json_path: str | None
) -> ExitCode:
    """Say what the call in this file would do. The answer is BROKEN if it would be refused."""
    if request_path == inventory_path == STANDARD_INPUT:
        raise misused("the request and the inventory cannot both come from standard input")
    inputs = (request_path, inventory_path, limits_path)
    output = Output.of_a_result(json_path, inputs)
    requester = requester_from(caller)
    limits = read_limits(limits_path)
    request = _read_request(request_path, requester)
    inventory = _read_inventory(inventory_path, form_of(inventory_path, form))
    found = judge(request, inventory, limits)
    if output is not None:
        output.write(result_of(found).to_json())
    print("\n".join(told(found)))
    return ExitCode.BROKEN if found.objections else ExitCode.HELD


def judge(request: Request, inventory: Export, limits: Limits) -> Rehearsal:
    """The guard's own steps up to its decision. The call arrives where, and under the policy that, it was made for."""
    snapshot = take_snapshot(request, inventory)
    plan = make_plan(request, snapshot)
    decision = decide(plan, snapshot, Policy(request.environment, POLICY_VERSION, limits))
    return Rehearsal(plan, snapshot, decision, limits, inventory.lines)


# What is read.


def requester_from(caller: str) -> Principal:
    """Who calls, out of `ROLE[:ORGANIZATION]`."""
    name, colon, organization = caller.partition(":")
    try:
        role = Role(name)
    except ValueError as error:
        raise misused(f"--as {shown(caller)} is not `operator` or `tenant:ORGANIZATION`") from error
    try:
        return Principal(PrincipalId("rehearsal"), role, OrganizationId(organization) if colon else None)
    except GuardsError as error:
        raise misused(f"--as {shown(caller)} is not `operator` or `tenant:ORGANIZATION`: {error}") from error


def form_of(path: str, form: str | None) -> Form:
    """How the inventory is written: as said, else as its name ends."""
    word = form if form is not None else path.rpartition(".")[2]
    if form is None and word in PACKED:
        raise misused(
            f"the inventory {shown(path)} is packed: unpack it on the way, with `--inventory -` and --format "
            f"{' or '.join(Form)}"
        )
    try:
        return Form(word)
    except ValueError as error:
        raise misused(
            f"the inventory {shown(path)} is to be read as {shown(word)}, which is neither {' nor '.join(Form)}: "
            f"say --format {' or '.join(Form)}"
        ) from error


def _read_request(path: str, requester: Principal) -> Request:
    body = read_input(path, "the request", wire.BODY_BYTES_MAX)
    request = wire.parse(body, requester, policy_version=POLICY_VERSION)
    if isinstance(request, wire.Refusal):
        raise misused(f"{request.code}. {request.sentence}")
    return request


def _read_inventory(path: str, form: Form) -> Export:
    with open_input(path, "the inventory") as stream, Progress(sys.stderr) as progress:
        try:
            return read_export(_lines(stream, progress), form)
        except ExportError as error:
            raise misused(f"the inventory {shown(path)} cannot be used: {error}") from error
        except OSError as error:
            raise misused(f"the inventory {shown(path)} cannot be read: {error.strerror or error}") from error
        except KeyboardInterrupt:
            raise Complaint(f"interrupted in {progress.last}; nothing was touched", INTERRUPTED) from None


def _lines(stream: BinaryIO, progress: Progress) -> Iterator[bytes]:
    """The lines of the file, none longer than one byte too long."""
    size = os.fstat(stream.fileno()).st_size
    done = 0
    for number, line in enumerate(iter(partial(stream.readline, LINE_BYTES_MAX + 1), b""), 1):
        done += len(line)
        if number % LINES_PER_WORD == 0:
            progress.show(f"reading the inventory, {number:,} lines", done / size if size else 0.0)
        yield line


# What is told.


def told(found: Rehearsal) -> Iterator[str]:
    """The rehearsal for a reader, ending with what would become of the call."""
    request = found.plan.request
    organization = text(request.selector.organization)
    yield labelled(
        "call", f"{request.verb.value} {text(request.kind)} of organization {organization}: {_scope(request)}"
    )
    yield labelled("caller", _caller(request.requester))
    yield labelled(
        "inventory", f"{counted(found.lines, 'resource')}, {found.snapshot.fleet:,} of them live and of the kind"
    )
    yield labelled("targets", _listed("in all", [text(row.id) for row in found.plan.targets]))
    yield from _dependents(found.snapshot.dependents, request.selector.organization)
    yield labelled("limits", _limits_used(found))
    yield labelled(
        "assumed", f"the product is writable, this is environment {request.environment}, and the policy has not changed"
    )
    for refusal in found.objections:
        yield ""
        yield labelled("objection", refusal.code.value)
        yield labelled("", sentence(refusal))
    yield ""
    yield labelled("verdict", _outcome(found))


def _outcome(found: Rehearsal) -> str:
    if found.objections:
        return f"would be refused: {counted(len(found.objections), 'objection')}"
    if found.plan.request.dry_run:
        return "would run, as the dry run that it is: nothing would change"
    return f"would run: {counted(len(found.plan.targets), 'resource')} gone"


def _scope(request: Request) -> str:
    selector = request.selector
    if isinstance(selector, OneProject):
        return f"all in its project {text(selector.project)}"
    if isinstance(selector, Explicit):
        return f"{counted(len(selector.resources), 'resource')} by id"
    return "all that it owns"


def _caller(requester: Principal) -> str:
    home = requester.organization
    return requester.role.value if home is None else f"{requester.role.value} of organization {text(home)}"


def _listed(what: str, items: list[str]) -> str:
    return f"{len(items):,} {what}{': ' if items else ''}{first_few(items)}"


def _dependents(dependents: tuple[Dependent, ...], organization: OrganizationId) -> Iterator[str]:
    own = [one for one in dependents if one.organization == organization]
    others = [one for one in dependents if one.organization != organization]
    yield labelled("fall too", _listed("of its own", [f"{text(one.id)} (on {text(one.stands_on)})" for one in own]))
    whose = [f"{text(one.id)} of {text(one.organization)} (on {text(one.stands_on)})" for one in others]
    yield labelled("", _listed("of others", whose))


def _limits_used(found: Rehearsal) -> str:
    selected, fleet, limits = len(found.plan.targets), found.snapshot.fleet, found.limits
    tenths, rest = divmod(selected * 1000, fleet) if fleet else (0, 0)
    over = "over " if rest else ""  # or what is just over a limit would look as if it kept it
    share = f"{over}{tenths // 10}.{tenths % 10}% of {fleet:,} live ones, at most {limits.max_percent}%"
    return f"{counted(selected, 'resource')}, at most {limits.max_count:,}; {share}"


def result_of(found: Rehearsal) -> RehearseResult:
    """The rehearsal as a result file holds it."""
    request = found.plan.request
    return RehearseResult(
        versions=versions("guards", "pydantic"),
        commit=commit(),
        outcome="would-be-refused" if found.objections else "would-run",
        caller=_caller(request.requester),
        verb=request.verb.value,
        kind=text(request.kind),
        organization=text(request.selector.organization),
        selector=_scope(request),
        dry_run=request.dry_run,
        lines=found.lines,
        targets=[
            TargetShape(
                id=text(row.id), project=None if row.project is None else text(row.project), version=row.version
            )
            for row in found.plan.targets
        ],
        dependents=[
            DependentShape(id=text(one.id), organization=text(one.organization), stands_on=text(one.stands_on))
            for one in found.snapshot.dependents
        ],
        fleet=found.snapshot.fleet,
        max_count=found.limits.max_count,
        max_percent=found.limits.max_percent,
        objections=[
            ObjectionShape(
                code=refusal.code.value,
                sentence=sentence(refusal),
                details={name: list(value) if isinstance(value, tuple) else value for name, value in refusal.details},
            )
            for refusal in found.objections
        ],
    )
