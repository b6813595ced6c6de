"""What an execution left behind: for every target whether it was done, refused, in doubt or untouched.

A receipt exists only where something was done or may have been; otherwise the answer is a denial.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from guards.core.ids import ResourceId
from guards.core.plan import Plan
from guards.core.refusals import Objection
from guards.core.values import Dependent


class Outcome(Enum):
    """What became of one target. `IN_DOUBT` means that only the resource itself can tell."""

    DONE = "done"
    REFUSED = "refused"
    IN_DOUBT = "in_doubt"
    UNTOUCHED = "untouched"


@dataclass(frozen=True, slots=True)
class Line:
    """One target and what became of it."""

    resource: ResourceId
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Receipt:
    """Every target of the plan once, in the plan's order. `stopped_by` is None when all of it was done."""

    plan_digest: str
    lines: tuple[Line, ...]
    stopped_by: Objection | None


@dataclass(frozen=True, slots=True)
class Preview:
    """The answer to a dry run: what would be done, what of the same organization would fall with it, and how many live
    resources of the kind there are; that number is for the platform, since it tells of other tenants.
    """

    plan: Plan
    dependents: tuple[Dependent, ...]
    fleet: int


def is_complete(receipt: Receipt) -> bool:
    """All that was planned was done, and all of it was written down."""
    return receipt.stopped_by is None and all(line.outcome is Outcome.DONE for line in receipt.lines)
