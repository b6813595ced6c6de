"""The named properties: for each, one sentence, what would falsify it, what it needs, and the function that judges
one call.

A judge looks at one `Exchange` and says `SILENT` (this call says nothing about the property), `HELD`, or
`broken(...)` with the objects that prove it. Judges see effects; a reply matters only where the property is about the
reply.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from guards.testing.exchange import Exchange
from guards.testing.judges import (
    Finding,
    Judge,
    audit_complete,
    blast_radius,
    dependents_safe,
    exact_effects,
    fail_closed,
    hold_respected,
    inert,
    isolation,
    malformed_refused,
    noninterference,
    read_only_inert,
    refusal_inert,
    useful,
)
from guards.testing.reading import Reason
from guards.testing.service import (
    Audited,
    Faults,
    FreezesProducts,
    Holds,
    Limits,
    Service,
    Sharing,
)


@dataclass(frozen=True, slots=True)
class Property:
    """A named property of any service."""

    name: str
    sentence: str
    falsified_by: str
    judge: Judge
    needs: type | None = None
    """The ability a service must have for it."""


PROPERTIES: tuple[Property, ...] = (
    Property(
        "isolation",
        "no call changes what is not its caller's, or not the named organization's",
        "one changed object whose owner the call was not entitled to",
        isolation,
    ),
    Property(
        "noninterference",
        "tenants that have nothing to do with a call make no difference to its effects",
        "a call with other effects once an unrelated tenant is taken out of the world",
        noninterference,
    ),
    Property(
        "malformed-refused",
        "a call that is not exactly well-formed and entitled is refused and changes nothing",
        "such a call that is accepted, changes anything, or is refused for another reason than the service declares",
        malformed_refused,
    ),
    Property(
        "refusal-inert",
        "a refused call changes nothing at all",
        "one changed object after a refusal",
        refusal_inert,
    ),
    Property(
        "dry-run-inert",
        "a dry run changes nothing",
        "one changed object after a dry run",
        inert(Reason.DRY_RUN),
    ),
    Property(
        "read-only-inert",
        "while a product is read-only, or its state unknown, nothing of it changes",
        "one object of it that changed meanwhile, whatever the call was about",
        read_only_inert,
        FreezesProducts,
    ),
    Property(
        "exact-effects",
        "an accepted call changes exactly what it asked for",
        "an accepted call that changed one object more or less than it asked for",
        exact_effects,
    ),
    Property(
        "useful",
        "a well-formed call that nothing stands against is accepted and does all it asked for",
        "such a call, or dry run, that is refused, or a call that leaves a target as it was",
        useful,
    ),
    Property(
        "blast-radius",
        "no call destroys more objects than the limits allow",
        "a call that hit one object more than the count or the share allows",
        blast_radius,
        Limits,
    ),
    Property(
        "hold-respected",
        "nothing under a hold of its own, its project or its organization is destroyed",
        "one destroyed object that such a hold covered",
        hold_respected,
        Holds,
    ),
    Property(
        "dependents-safe",
        "nothing that another tenant's live object stands on is destroyed",
        "one destroyed object that another tenant's live object stands on",
        dependents_safe,
        Sharing,
    ),
    Property(
        "fail-closed",
        "when something around the service fails, it refuses, or says exactly what it had done",
        "an effect under a fault that the reply does not own up to",
        fail_closed,
        Faults,
    ),
    Property(
        "audit-complete",
        "each destruction has one intent recorded before it and one record after it, and none is made up",
        "an effect without its two records, or a record without its effect",
        audit_complete,
        Audited,
    ),
)

NAMES: tuple[str, ...] = tuple(property.name for property in PROPERTIES)


def is_supported(property: Property, service: Service) -> bool:
    """Whether the service has what it takes to exercise this property."""
    if property.name == "dry-run-inert":
        return any(operation.dry_run for operation in service.operations)
    return property.needs is None or isinstance(service, property.needs)


def judge(x: Exchange, properties: Sequence[Property] = PROPERTIES) -> list[tuple[Property, Finding]]:
    """Every property that this call says something about, with what it says. A call that was not tried says nothing."""
    if not x.was_tried:
        return []
    return [(property, finding) for property in properties if (finding := property.judge(x)).exercised]
