"""What is written down: an intent before each effect, a record after it, and every refusal, each chained to the last.

Pure functions; the sink that keeps the records is a port. A record names the hash of the one before it, so that a
record changed, dropped or put in between shows in every later one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from guards.core.decision import Denial
from guards.core.digest import digest_of
from guards.core.ids import text
from guards.core.receipt import Outcome
from guards.core.request import Request
from guards.core.values import Resource

GENESIS: Final = "0" * 64
"""What the first record names as the one before it."""


class Event(Enum):
    """What an entry records."""

    INTENT = "intent"
    EFFECT = "effect"
    REFUSAL = "refusal"


@dataclass(frozen=True, slots=True)
class Entry:
    """One fact to write down. What an event has nothing to say about is an empty text."""

    event: Event
    plan_digest: str
    requester: str
    organization: str
    verb: str
    case: str
    resource: str
    version: str
    outcome: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """An entry in its place in the chain."""

    number: int
    previous: str
    entry: Entry
    hash: str


def intent(request: Request, plan_digest: str, target: Resource) -> Entry:
    """Written before an effect: exactly this is about to be done."""
    return _entry(Event.INTENT, request, plan_digest, target, "", ())


def effect(request: Request, plan_digest: str, target: Resource, outcome: Outcome) -> Entry:
    """Written after an effect: this is what became of it."""
    return _entry(Event.EFFECT, request, plan_digest, target, outcome.value, ())


def refusal(request: Request, denied: Denial) -> Entry:
    """Written when a call is refused: by which objections."""
    codes = tuple([refused.code.value for refused in denied.objections])
    return _entry(Event.REFUSAL, request, "", None, "", codes)


def chained(previous: Record | None, entry: Entry) -> Record:
    """The entry as the record that follows `previous`, or as the first one."""
    number, before = (0, GENESIS) if previous is None else (previous.number + 1, previous.hash)
    return Record(number, before, entry, _hash(number, before, entry))


def first_break(records: Iterable[Record]) -> int | None:
    """The position of the first record that is not what the chain makes of its entry, or None when all are."""
    previous: Record | None = None
    for position, record in enumerate(records):
        if record != chained(previous, record.entry):
            return position
        previous = record
    return None


def _entry(
    event: Event, request: Request, plan_digest: str, target: Resource | None, outcome: str, codes: tuple[str, ...]
) -> Entry:
    return Entry(
        event=event,
        plan_digest=plan_digest,
        requester=text(request.requester.id),
        organization=text(request.selector.organization),
        verb=request.verb.value,
        case=request.case,
        resource="" if target is None else text(target.id),
        version="" if target is None else str(target.version),
        outcome=outcome,
        codes=codes,
    )


def _hash(number: int, previous: str, entry: Entry) -> str:
    return digest_of(_parts(number, previous, entry))


def _parts(number: int, previous: str, entry: Entry) -> Iterator[str]:
    yield from ("guards audit", str(number), previous, entry.event.value, entry.plan_digest, entry.requester)
    yield from (entry.organization, entry.verb, entry.case, entry.resource, entry.version, entry.outcome)
    yield from entry.codes
