"""What the platform answers: done, refused, or stopped halfway; each as plain data that a client can be sent.

Refusals come from three rooms (the wire, the guard, the platform itself) and leave it in one shape: code and sentence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from guards import wire
from guards.core.decision import Denial
from guards.core.ids import AnyId, text
from guards.core.receipt import Outcome, Preview, Receipt
from guards.core.refusals import Code as GuardCode
from guards.core.refusals import Objection, sentence, sentence_of_stop
from guards.wire import display


class Code(StrEnum):
    """Why the platform itself refuses, beyond what the wire and the guard refuse."""

    UNKNOWN_CALLER = "unknown_caller"
    UNKNOWN_OPERATION = "unknown_operation"
    WRONG_ROLE = "wrong_role"
    WRONG_VERB = "wrong_verb"
    UNKNOWN_KIND = "unknown_kind"
    SOURCE_DIFFERS = "source_differs"
    DESTINATION_NOT_FOUND = "destination_not_found"
    CURSOR_REFUSED = "cursor_refused"


SENTENCES: Final[Mapping[Code, tuple[str, str]]] = {
    Code.UNKNOWN_CALLER: ("nobody is known by these credentials", "Authenticate first"),
    Code.UNKNOWN_OPERATION: ("there is no operation {operation}", "Name one of the documented operations"),
    Code.WRONG_ROLE: ("{operation} is not for callers of role {role}", "Ask somebody of role {wanted}"),
    Code.WRONG_VERB: ("the body says {verb} and was sent to {operation}", "Send it to the operation that it names"),
    Code.UNKNOWN_KIND: ("there is no product {kind} here", "Name a product exactly as it is spelled here"),
    Code.SOURCE_DIFFERS: (
        "resource {resource} is not in project {project}",
        "Look up where it is now and name that project",
    ),
    Code.DESTINATION_NOT_FOUND: ("there is no project {project} to move to", "Check the id of the destination"),
    Code.CURSOR_REFUSED: (
        "the cursor {cursor} was not made for this caller and this query",
        "Start again without a cursor",
    ),
}
"""What was refused, and the next safe step."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something was not done, or not all of it: a stable code, and a sentence that a stranger understands."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Done:
    """All that was asked for was done. `outcomes` names each thing that was written, and what became of it."""

    body: Mapping[str, object]
    outcomes: Mapping[str, Outcome]


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was changed, for at least one reason; the most telling one stands first."""

    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Stopped:
    """Something was done, or may have been, and not all of it."""

    reason: Reason
    outcomes: Mapping[str, Outcome]


Answer = Done | Refused | Stopped


def refused_here(code: Code, **facts: str | AnyId) -> Refused:
    """A refusal of the platform's own."""
    what, next_step = SENTENCES[code]
    shown = {name: display(fact if isinstance(fact, str) else text(fact)) for name, fact in facts.items()}
    told = f"The call was refused: {what}. Nothing was changed. {next_step}."
    return Refused((Reason(code.value, told.format_map(shown)),))


def refused_by_wire(refusal: wire.Refusal) -> Refused:
    return Refused((Reason(refusal.code.value, refusal.sentence),))


def refused_by_guard(denied: Denial) -> Refused:
    return refused_for(denied.objections)


def refused_for(objections: Iterable[Objection]) -> Refused:
    """A refusal for these objections, in the order of the guard's own list of codes: who and where before how much."""
    ordered = sorted(objections, key=lambda objection: _RANK[objection.code])
    return Refused(tuple([Reason(objection.code.value, sentence(objection)) for objection in ordered]))


_RANK: Final = {code: rank for rank, code in enumerate(GuardCode)}


def previewed(preview: Preview) -> Done:
    """The answer to a dry run. The size of the fleet stays here: it tells of other tenants."""
    would = [text(target.id) for target in preview.plan.targets]
    falling = sorted({text(dependent.id) for dependent in preview.dependents})
    return Done({"would_be_done": would, "would_fall_with_it": falling, "plan": preview.plan.digest}, {})


def receipted(receipt: Receipt) -> Done | Stopped:
    """The answer to a call that was carried out, to its end or until something stopped it."""
    outcomes = {text(line.resource): line.outcome for line in receipt.lines}
    if receipt.stopped_by is None:
        return Done({"done": list(outcomes), "plan": receipt.plan_digest}, outcomes)
    return Stopped(stopped_by(receipt.stopped_by), outcomes)


def stopped_by(objection: Objection) -> Reason:
    return Reason(objection.code.value, sentence_of_stop(objection))
