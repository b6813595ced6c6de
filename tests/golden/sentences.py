"""One rendered example of every refusal sentence in the project: what `refusals.txt` must hold, line for line.

A room that refuses adds a function that yields (code, sentence) to SOURCES. To write the file after a wanted change:
`python -m tests.golden.sentences > tests/golden/refusals.txt`, and read the difference before committing it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from guards.core.ids import Kind, OrganizationId, ProjectId, ResourceId
from guards.core.refusals import Code, Value, objection, sentence, sentence_of_stop
from tests.reference.sentences import of_the_platform
from tests.wire.sentences import of_the_wire

ORGANIZATION = OrganizationId("org-a")
PROJECT = ProjectId("web")
KIND = Kind("load-balancer")
RESOURCE = ResourceId("lb-7")
MANY = tuple(ResourceId(f"lb-{n}") for n in range(1, 8))

EXAMPLES: dict[Code, dict[str, Value]] = {
    Code.NOT_YOUR_ORGANIZATION: {"organization": ORGANIZATION},
    Code.WRONG_ENVIRONMENT: {"asked": "staging", "here": "production"},
    Code.POLICY_CHANGED: {"asked": "2026-11", "here": "2026-12"},
    Code.ORGANIZATION_UNKNOWN: {"organization": ORGANIZATION},
    Code.PROJECT_NOT_FOUND: {"project": PROJECT, "organization": ORGANIZATION},
    Code.NOT_FOUND: {"count": 1, "organization": ORGANIZATION, "resources": (RESOURCE,)},
    Code.WRONG_KIND: {"count": 7, "kind": KIND, "resources": MANY},
    Code.NOTHING_TO_DO: {"kind": KIND, "organization": ORGANIZATION},
    Code.HELD: {"organizations": (ORGANIZATION,), "projects": (PROJECT,), "resources": ()},
    Code.LIMIT_COUNT: {"selected": 412, "allowed": 100},
    Code.LIMIT_PERCENT: {"selected": 412, "kind": KIND, "allowed": 5},
    Code.READ_ONLY: {"kind": KIND, "state": "read_only"},
    Code.OTHERS_DEPEND: {"dependents": 3, "count": 1, "resources": (RESOURCE,)},
    Code.INVENTORY_FOREIGN: {"count": 2, "organization": ORGANIZATION},
    Code.INVENTORY_INCOMPLETE: {"answered": 100, "total": 412},
    Code.INVENTORY_SURPLUS: {"count": 2},
    Code.DEPENDENCY_UNAVAILABLE: {"port": "the inventory", "why": "raised TimeoutError"},
    Code.AUDIT_UNAVAILABLE: {"port": "the audit", "why": "answered too late"},
    Code.CHECK_BROKEN: {"check": "nothing_is_held"},
    Code.NO_CHECKS: {},
    Code.PLAN_ALTERED: {},
    Code.PLAN_STALE: {"count": 1, "resources": (RESOURCE,)},
    Code.DRY_RUN_ONLY: {},
    Code.NOT_GRANTED: {"why": "the caller may not act for the organization it names"},
    Code.WRITE_REFUSED: {"resource": RESOURCE},
    Code.WRITE_IN_DOUBT: {"resource": RESOURCE, "port": "the platform", "why": "raised TimeoutError"},
}


STOPS = (
    Code.READ_ONLY,
    Code.DEPENDENCY_UNAVAILABLE,
    Code.AUDIT_UNAVAILABLE,
    Code.WRITE_REFUSED,
    Code.WRITE_IN_DOUBT,
)


def of_the_guard() -> Iterator[tuple[str, str]]:
    """Every objection as a denial words it; then those that can also stop an execution, as a receipt words them."""
    for code, values in EXAMPLES.items():
        if code is not Code.WRITE_IN_DOUBT:
            yield code.value, sentence(objection(code, **values))
    for code in STOPS:
        yield f"{code.value} in a receipt", sentence_of_stop(objection(code, **EXAMPLES[code]))


SOURCES: tuple[Callable[[], Iterator[tuple[str, str]]], ...] = (of_the_guard, of_the_wire, of_the_platform)


def lines() -> list[str]:
    """The golden file's lines: one refusal each, in the order of SOURCES."""
    return [f"{code}: {said}" for source in SOURCES for code, said in source()]


if __name__ == "__main__":
    print("\n".join(lines()))
