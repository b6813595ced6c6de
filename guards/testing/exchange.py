"""One call and all that is known of it: what was sent, what came back, what it changed, and the words for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from guards.testing.answers import NO_REPLY
from guards.testing.reading import Reading, Reason
from guards.testing.scene import Sent
from guards.testing.service import (
    AuditEntry,
    Operation,
    Outcome,
    Reply,
    Seen,
)
from guards.testing.steps import Step
from guards.testing.world import World


class Names:
    """The refs behind a service's own ids, so that two runs, or a person, can compare what happened."""

    def __init__(self, world: World, natives: Mapping[str, Any], objects: Mapping[str, Any]) -> None:
        self.natives = natives
        self.objects = {objects.get(r.ref, natives[r.ref]): r.ref for r in world.resources}
        self.organizations = {natives[o.ref]: o.ref for o in world.organizations}
        self.projects = {(natives[p.organization.ref], natives[p.ref]): p.ref for p in world.projects}

    def of(self, row: Seen | None) -> tuple[Any, ...]:
        """The row with its owner, project and parent by ref."""
        if row is None:
            return ()
        project = self.projects.get((row.organization, row.project), row.project)
        return (
            self.organizations.get(row.organization, row.organization),
            project,
            row.kind,
            row.state,
            self.objects.get(row.parent, row.parent is not None),
        )


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call: what was sent, what came back, and what it changed underneath."""

    step: Step
    operation: Operation
    sent: Sent
    reply: Reply
    reading: Reading
    seen: Mapping[Any, Seen]
    """Everything just before the call."""
    changes: Mapping[Any, tuple[Seen | None, Seen | None]]
    """object -> (before, after); None is absence."""
    held: frozenset[Any] = frozenset()
    """The changed objects that a hold covered before the call."""
    grounds: frozenset[tuple[Any, Any]] = frozenset()
    """(object, what it was made to stand on) for each dependency: an owner's own dependents fall with a target."""
    frozen: frozenset[Any] = frozenset()
    """The changed objects of a product that was read-only, or in an unknown state, before the call."""
    load_bearing: frozenset[Any] = frozenset()
    """The changed objects that a live object of another organization stood on before the call."""
    allowance: tuple[int, int, int] | None = None
    """(count, percent, live fleet) in force, where the limits are known."""
    fault: str = ""
    is_first: bool = False
    """Nothing but refusals since the world was populated: what is wrong with this call is its crafts alone."""
    audit: Sequence[AuditEntry] | None = None
    """What the service's audit trail gained, where it has one."""
    names: Names | None = None
    """What the ids of this populated world stand for; None for a call that was not tried."""
    twin: Exchange | None = None
    """The same call in the same world without the organizations that have nothing to do with it."""
    has_the_same_ids: bool = False
    """The twin's world has every id of this one, so that bodies, too, can be compared."""
    holds_show: bool = False
    """A hold at this call's level was seen to change what is observed, earlier in the same world."""
    comparable: bool = False
    """The service says that two runs may be compared by outcome and code, too."""

    @property
    def outcome(self) -> Outcome:
        return self.reply.outcome

    @property
    def was_tried(self) -> bool:
        """Whether anything was done. What is said not to have been tried, and has an effect, was."""
        return self.outcome is not Outcome.NOT_TRIED or bool(self.changes)

    @property
    def was_stopped(self) -> bool:
        """Whether it was refused for what the service declares may stop any call: such a refusal shows nothing."""
        return self.outcome is Outcome.REFUSED and self.operation.is_stopped_by(self.reply.code)


Watch = Callable[[Exchange], None]
"""Hears of a call as soon as it was made."""
SAID_MAX = 120


def failure_in_words(x: Exchange) -> str:
    """What a service, or its adapter, did instead of answering."""
    said = str(x.reply.body)
    if x.reply.code == NO_REPLY:
        return (
            f"`{x.operation.name}` was answered with {said}, which is no Reply: a mistake of the adapter, whose `call` "
            "and `send` must return accepted(...), refused(...), interrupted(...) or not_tried(...)"
        )
    short = said if len(said) <= SAID_MAX else f"{said[:SAID_MAX]}..."
    raised = f"`{x.operation.name}` raised {x.reply.code} instead of answering{': ' if short else ''}{short}"
    return f"{raised}; if that is how it refuses, name {x.reply.code} in `refusals`"


def left_no_trace(x: Exchange) -> bool:
    """Whether a call was refused, or never made, and changed nothing: an accepted one may have changed the unseen."""
    return x.outcome in (Outcome.REFUSED, Outcome.NOT_TRIED) and not x.changes


def reason_in_words(reasons: frozenset[Reason]) -> str:
    """Why a call had to change nothing, for a reader."""
    words = {
        Reason.FORM: "it is not a well-formed call that its caller is entitled to",
        Reason.READ_ONLY: "the product is in read-only mode",
        Reason.HOLD: "a hold covers a target",
        Reason.DEPENDENTS: "another tenant's live object stands on a target",
        Reason.LIMIT: "it hits more than the limit allows",
        Reason.DRY_RUN: "it is a dry run",
    }
    return " and ".join(words[reason] for reason in Reason if reason in reasons)
