"""Who asks for what, exactly as asked. A request is checked when it is built and never changes afterwards.

Every field is required: a default in a destructive call is a decision that nobody made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from guards.core.ids import Kind
from guards.core.selector import Explicit, OneProject, Selector, WholeOrganization
from guards.core.values import REASON_MAX, Principal, Verb, expect, expect_line
from guards.errors import RecordError, RequestError, shown

SCHEMA_VERSION: Final = 1
"""The only form of request that this version understands."""


@dataclass(frozen=True, slots=True)
class Request:
    """One destructive call. `requester` comes from authentication, `policy_version` from the service."""

    verb: Verb
    kind: Kind
    selector: Selector
    dry_run: bool
    environment: str
    case: str
    reason: str
    requester: Principal
    policy_version: str
    schema_version: int

    def __post_init__(self) -> None:
        _refuse_incomplete(self)


def _refuse_incomplete(request: Request) -> None:
    try:
        expect(Verb, "verb", request.verb)
        expect(Kind, "kind", request.kind)
        expect(bool, "dry_run", request.dry_run)
        expect_line("environment", request.environment)
        expect_line("case", request.case)
        expect_line("reason", request.reason, at_most=REASON_MAX)
        expect(Principal, "requester", request.requester)
        expect_line("policy_version", request.policy_version)
        expect(int, "schema_version", request.schema_version)
    except RecordError as error:
        raise RequestError(str(error), code=error.code) from error
    if type(request.selector) not in (WholeOrganization, OneProject, Explicit):
        raise RequestError(
            f"selector must be one of the three selectors, not {shown(request.selector)}", code="wrong_type"
        )
    if request.schema_version != SCHEMA_VERSION:
        raise RequestError(
            f"schema_version must be {SCHEMA_VERSION}, not {shown(request.schema_version)}", code="unknown_schema"
        )
