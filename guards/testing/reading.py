"""What a judge knows of a call before it is made: what may change, what must, and why not; and the ledger of what was
done before.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from guards.testing.service import Seen


class Duty(StrEnum):
    """What a service owes a call."""

    MUST = "must"
    """Well-formed, entitled, nothing in the way: it must be accepted and do exactly what it asks."""
    MAY = "may"
    """Nothing is wrong with it, but a refusal is as good (say, its target is gone already)."""
    MUST_NOT = "must not"
    """It must be refused and change nothing."""


class Reason(StrEnum):
    """Why a call must not do anything."""

    FORM = "form"
    """Not exactly well-formed, or about something the caller is not entitled to: a stranger must not tell these
    apart.
    """
    READ_ONLY = "read-only"
    HOLD = "hold"
    DEPENDENTS = "dependents"
    LIMIT = "limit"
    DRY_RUN = "dry-run"


@dataclass(slots=True)
class Ledger:
    """What has really been done to the circumstances so far; kept by the judge, not by whoever made the steps."""

    holds: set[tuple[str, Any]] = field(default_factory=set)
    """("organization" | "project" | "resource", the service's own id)."""
    read_only: set[str] = field(default_factory=set)
    """Kinds that are known to be in read-only mode, or whose state is unknown."""
    limit: tuple[int, int] | None = None
    """(count, percent of the live fleet)."""
    dependents: set[tuple[Any, Any]] = field(default_factory=set)
    """(object that stands, object it stands on)."""
    left: dict[Any, Seen] = field(default_factory=dict)
    """What is not seen any more, as it was seen last; parts and the like, whose keys may be used again, apart."""
    fault: str = ""
    """The fault that is armed for the next call."""
    tokens: dict[Any, set[Any]] = field(default_factory=dict)
    """Token -> the organizations in whose calls it was handed out."""
    names: set[Any] = field(default_factory=set)
    """What accepted calls have sent where a new name was asked for."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the oracle makes of one call."""

    entitled: frozenset[Any]
    """Lenient: the service's ids of the organizations whose objects may change."""
    destinations: frozenset[Any]
    """Lenient: further organizations that may own a moved object afterwards."""
    duty: Duty
    reasons: frozenset[Reason]
    targets: frozenset[Any] | None
    """Strict: the objects that the call is about; None when the judge cannot tell."""
    relation: str
    """own, other project, other organization or none: what the call names, seen from its caller or its organization."""
    home: tuple[Any, Any] = (None, None)
    """Strict: (organization, project) where a created or moved object must be found."""
    strangers: frozenset[Any] = frozenset()
    """The service's ids of the other organizations that the call names, by whatever is theirs."""
    is_preview: bool = False
    """A dry run that nothing else stands against: it must be accepted, too."""
    marks: frozenset[tuple[str, Any]] = frozenset()
    """Strict, of a hold or its lifting: what is held or lifted, as the ledger writes it."""
    owed: frozenset[Any] = frozenset()
    """Strict: the targets that are not yet as the call wants them, where it changes, holds or lifts."""
    gone: frozenset[Any] = frozenset()
    """Strict: what the call is about and was gone before it: it may be restored or purged, and need not."""
