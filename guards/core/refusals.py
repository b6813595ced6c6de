"""Every reason why the guard refuses: its stable code, what it says, and what to do next. There are no others.

A refusal tells a stranger what was refused, the value, that nothing changed, and the next safe step. What belongs to
another tenant and what does not exist share one code and one sentence, so that a refusal cannot be used to look around.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from guards.core.ids import AnyId, text

NAMED_MAX: Final = 5
"""How many ids a sentence names before it counts the rest; the details always hold all."""

Value = AnyId | str | int | tuple[AnyId, ...]
"""What an objection may speak of."""

Detail = str | int | tuple[str, ...]
"""The same, as plain data."""


class Code(Enum):
    """The stable names of refusals."""

    NOT_YOUR_ORGANIZATION = "not_your_organization"
    WRONG_ENVIRONMENT = "wrong_environment"
    POLICY_CHANGED = "policy_changed"
    ORGANIZATION_UNKNOWN = "organization_unknown"
    PROJECT_NOT_FOUND = "project_not_found"
    NOT_FOUND = "not_found"
    WRONG_KIND = "wrong_kind"
    NOTHING_TO_DO = "nothing_to_do"
    HELD = "held"
    LIMIT_COUNT = "limit_count"
    LIMIT_PERCENT = "limit_percent"
    READ_ONLY = "read_only"
    OTHERS_DEPEND = "others_depend"
    INVENTORY_FOREIGN = "inventory_foreign"
    INVENTORY_INCOMPLETE = "inventory_incomplete"
    INVENTORY_SURPLUS = "inventory_surplus"
    DEPENDENCY_UNAVAILABLE = "dependency_unavailable"
    AUDIT_UNAVAILABLE = "audit_unavailable"
    CHECK_BROKEN = "check_broken"
    NO_CHECKS = "no_checks"
    PLAN_ALTERED = "plan_altered"
    PLAN_STALE = "plan_stale"
    DRY_RUN_ONLY = "dry_run_only"
    NOT_GRANTED = "not_granted"
    WRITE_REFUSED = "write_refused"
    WRITE_IN_DOUBT = "write_in_doubt"


_SENTENCES: Final[Mapping[Code, tuple[str, str]]] = {
    Code.NOT_YOUR_ORGANIZATION: (
        "The call names organization `{organization}`, which is not the caller's own.",
        "Name your own organization, or ask Trust & Safety.",
    ),
    Code.WRONG_ENVIRONMENT: (
        "The call is for environment `{asked}`, and this is `{here}`.",
        "Send it to the environment that it names.",
    ),
    Code.POLICY_CHANGED: (
        "The call was made under policy `{asked}`, and policy `{here}` is in force.",
        "Make a new request under the current policy.",
    ),
    Code.ORGANIZATION_UNKNOWN: (
        "Organization `{organization}` is not known here.",
        "Check the id: it is case-sensitive and must match as a whole.",
    ),
    Code.PROJECT_NOT_FOUND: (
        "Project `{project}` was not found in organization `{organization}`.",
        "Check that the project belongs to the organization that the call names.",
    ),
    Code.NOT_FOUND: (
        "Of the named resources, {count} could not be found in organization `{organization}`: {resources}.",
        "Name only live resources of that organization; one unknown id refuses the whole call.",
    ),
    Code.WRONG_KIND: (
        "Not every selected resource is of kind `{kind}`; of another kind ({count}): {resources}.",
        "Name the kind that they are, in a call of its own.",
    ),
    Code.NOTHING_TO_DO: (
        "The call selects no live resource of kind `{kind}` in organization `{organization}`.",
        "Check the selector; an empty selection is never read as everything.",
    ),
    Code.HELD: (
        "Held, or not known to be free: organization {organizations}; projects {projects}; resources {resources}.",
        "Have the hold lifted by those who placed it; a call cannot override it.",
    ),
    Code.LIMIT_COUNT: (
        "The call selects too many resources: {selected}, where one call may take {allowed}.",
        "Select less, or have the limit raised; a call is never cut down to fit.",
    ),
    Code.LIMIT_PERCENT: (
        (
            "The call selects too many of kind `{kind}`: {selected}, "
            "where one call may take {allowed} percent of live ones."
        ),
        "Select less, or have the limit raised; a call is never cut down to fit.",
    ),
    Code.READ_ONLY: (
        "Kind `{kind}` takes no destructive calls: its state is `{state}`.",
        "Wait until it is known to be writable.",
    ),
    Code.OTHERS_DEPEND: (
        "Resources of other tenants ({dependents}) stand on {count} of the selected resources: {resources}.",
        "Move them to other ground first, or leave these resources out.",
    ),
    Code.INVENTORY_FOREIGN: (
        "The inventory answered with resources ({count}) outside of what was asked for organization `{organization}`.",
        "Report the inventory; its answer cannot be trusted.",
    ),
    Code.INVENTORY_INCOMPLETE: (
        "The inventory answered with {answered} resources and says that there are {total}.",
        "Ask again later, or report the inventory; a part is never taken for the whole.",
    ),
    Code.INVENTORY_SURPLUS: (
        "The inventory answered with rows ({count}) that were repeated or not asked for.",
        "Report the inventory; its answer cannot be trusted.",
    ),
    Code.DEPENDENCY_UNAVAILABLE: (
        "The guard depends on {port}, which {why}.",
        "Ask again when it answers; what is not known is not permitted.",
    ),
    Code.AUDIT_UNAVAILABLE: (
        "Nothing runs unless it is written down, and {port} {why}.",
        "Ask again when the audit can be written.",
    ),
    Code.CHECK_BROKEN: (
        "The check `{check}` could not be completed.",
        "Report it; a check that breaks refuses.",
    ),
    Code.NO_CHECKS: (
        "There are no checks to ask.",
        "Report it; a call that nothing examined is refused.",
    ),
    Code.PLAN_ALTERED: (
        "The plan does not match its digest.",
        "Execute the plan as the guard made it, or make a new one.",
    ),
    Code.PLAN_STALE: (
        "The plan is out of date. Since it was made, these resources ({count}) changed, appeared or went: {resources}.",
        "Make a new plan and look at it again.",
    ),
    Code.DRY_RUN_ONLY: (
        "The call is a dry run, and a dry run has no effects.",
        "Ask again without the dry run to have it done.",
    ),
    Code.NOT_GRANTED: (
        "The call was not granted: {why}.",
        "Report it; only what the guard granted is executed.",
    ),
    Code.WRITE_REFUSED: (
        "The platform did not write `{resource}`: it is no longer as planned.",
        "Make a new plan and look at it again.",
    ),
    Code.WRITE_IN_DOUBT: (
        "It is not known whether `{resource}` was written: {port} {why}.",
        "Look at the resource itself before anything else is done to it.",
    ),
}


@dataclass(frozen=True, slots=True)
class Objection:
    """One reason to refuse: a stable code, what it says of this call, and the values it speaks of."""

    code: Code
    what: str
    details: tuple[tuple[str, Detail], ...]


def objection(code: Code, **details: Value) -> Objection:
    """The objection with this code about these values. A value that its sentence lacks is an error at once."""
    plain = {name: _plain(value) for name, value in details.items()}
    what = _SENTENCES[code][0].format_map({name: _spoken(value) for name, value in plain.items()})
    return Objection(code, what, tuple(sorted(plain.items())))


def sentence(refusal: Objection) -> str:
    """For whoever was refused: what, that nothing changed, and what to do next."""
    return f"{refusal.what} Nothing was changed. {_SENTENCES[refusal.code][1]}"


def sentence_of_stop(refusal: Objection) -> str:
    """For whoever reads a receipt: why the execution went no further."""
    return f"{refusal.what} Nothing more was changed. {_SENTENCES[refusal.code][1]}"


def _plain(value: Value) -> Detail:
    if isinstance(value, (str, int)):
        return value
    return tuple(sorted(map(text, value))) if isinstance(value, tuple) else text(value)


def _spoken(value: Detail) -> str:
    """A value as it stands in a sentence; of a list each in backticks, a long one cut and counted."""
    if value == ():
        return "none"
    if not isinstance(value, tuple):
        return str(value)
    rest = len(value) - NAMED_MAX
    return ", ".join(f"`{item}`" for item in value[:NAMED_MAX]) + (f" and {rest} more" if rest > 0 else "")
