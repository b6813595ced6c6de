"""One rendered example of every refusal that is the platform's own, for the golden file."""

from __future__ import annotations

from collections.abc import Iterator

from guards.core.ids import Kind, ProjectId, ResourceId
from guards.reference.answers import Code, refused_here

EXAMPLES = (
    refused_here(Code.UNKNOWN_CALLER),
    refused_here(Code.UNKNOWN_OPERATION, operation="purge"),
    refused_here(Code.WRONG_ROLE, operation="invalidate", role="tenant", wanted="operator"),
    refused_here(Code.WRONG_VERB, verb="delete", operation="invalidate"),
    refused_here(Code.UNKNOWN_KIND, kind=Kind("castle")),
    refused_here(Code.SOURCE_DIFFERS, resource=ResourceId("lb-7"), project=ProjectId("web")),
    refused_here(Code.DESTINATION_NOT_FOUND, project=ProjectId("web")),
    refused_here(Code.CURSOR_REFUSED, cursor="caf\u00e9"),
)


def of_the_platform() -> Iterator[tuple[str, str]]:
    for refused in EXAMPLES:
        (reason,) = refused.reasons
        yield reason.code, reason.sentence
