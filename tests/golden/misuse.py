"""Every misuse of the guard by the service that calls it: what is built or called wrongly, and the error that says so.

To write `misuse.txt` after a wanted change: `python -m tests.golden.misuse > tests/golden/misuse.txt`, and read the
difference before committing it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from functools import partial
from typing import Any

from guards.core.ids import Kind, OrganizationId, PrincipalId, ProjectId, ResourceId, text
from guards.core.plan import plan_digest
from guards.core.request import Request
from guards.core.values import Dependent, Hold, Limits, OrganizationRecord, Principal, ProjectRecord, Role
from guards.runtime.guard import Guard
from guards.wire import parse, read_json
from tests.core.cases import ACME, LIST, OPERATOR, OTHER, POLICY, PROJECT, TENANT, WEB, WHOLE, request, row
from tests.runtime.worlds import Stand

Misuse = Callable[[], object]

VALID: tuple[Any, ...] = (
    row("lb-1"),
    OrganizationRecord(ACME, Hold.CLEAR),
    ProjectRecord(WEB, ACME, Hold.CLEAR),
    Dependent(ResourceId("db-1"), ACME, ResourceId("lb-1")),
    TENANT,
    POLICY,
    POLICY.limits,
    WHOLE,
    PROJECT,
    LIST,
    request(),
)
IDS = (OrganizationId, ProjectId, ResourceId, PrincipalId, Kind)
WRONG = object()


def misuses() -> Iterator[tuple[str, Misuse]]:
    """Each with a name; every field of every noun among them, given something that it can never hold."""
    for valid in VALID:
        for field in fields(valid):
            yield f"{type(valid).__name__}.{field.name}", partial(replace, valid, **{field.name: WRONG})
    for kind in IDS:
        for value in (7, " ", "a b"):
            yield f"{kind.__name__}({value!r})", partial(kind, value)
    yield from _bent_ids()
    yield from _odd_values()
    yield from _odd_calls()


def _bent_ids() -> Iterator[tuple[str, Misuse]]:
    yield "An id that is changed", lambda: setattr(ACME, "_text", "acme2")
    yield "An id that is emptied", lambda: delattr(ACME, "_text")
    yield "An id that is refined", lambda: type("TenantId", (OrganizationId,), {})
    yield "text of no id", lambda: text("acme")  # type: ignore[arg-type]  # the misuse


def _odd_values() -> Iterator[tuple[str, Misuse]]:
    """The right type, and still nothing that can be meant."""
    yield "Policy.environment, two lines", lambda: replace(POLICY, environment="a\nb")
    yield "Policy.version, blank", lambda: replace(POLICY, version=" ")
    yield "Limits.max_count, below zero", lambda: Limits(-1, 1)
    yield "Limits.max_percent, above all", lambda: Limits(1, 101)
    yield "Resource.version, below zero", lambda: row("lb-1", version=-1)
    yield "Principal, an operator at home", lambda: Principal(PrincipalId("ops-1"), Role.OPERATOR, ACME)
    yield "Principal, a tenant without a home", lambda: replace(TENANT, organization=None)
    yield "WholeOrganization, two of them", lambda: replace(WHOLE, acknowledge=OTHER)
    yield "Explicit, empty", lambda: replace(LIST, resources=())
    yield "Explicit, one that is no id", lambda: replace(LIST, resources=("lb-1",))
    yield "Explicit, one twice", lambda: replace(LIST, resources=LIST.resources * 2)
    for field in ("environment", "case", "reason", "policy_version"):
        yield f"Request.{field}, too long", partial(request, **{field: "a" * 2001})
    yield "Request.schema_version, of tomorrow", lambda: request(schema_version=2)


def _odd_calls() -> Iterator[tuple[str, Misuse]]:
    stand = Stand()
    ports: Any = WRONG
    yield "Guard of no ports", lambda: Guard(ports, POLICY)
    yield "Guard of no policy", lambda: Guard(stand.ports, ports)
    yield "Guard of no patience", lambda: Guard(stand.ports, POLICY, deadline_ns=-1)
    yield "Guard.plan of no request", lambda: stand.guard.plan(ports)
    yield "Guard.run of no request", lambda: stand.guard.run(ports)
    yield "Guard.execute of no plan", lambda: stand.guard.execute(ports)
    yield "plan_digest of a call that selects nothing", lambda: plan_digest(selecting_nothing(), ())
    yield "read_json of no bytes", lambda: read_json(ports)
    yield "parse for nobody", lambda: parse(b"{}", ports, policy_version="7")
    yield "parse under no policy", lambda: parse(b"{}", OPERATOR, policy_version="")


class Likeness:
    """Says of itself whose it is, as selectors do, and is none."""

    organization = ACME


def selecting_nothing() -> Request:
    call = request()
    object.__setattr__(call, "selector", Likeness())
    return call


def error_of(misuse: Misuse) -> Exception:
    """What it raises; it must."""
    try:
        misuse()
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


def lines() -> list[str]:
    """The golden file's lines: the misuse, the error's type and stable code, and what it says."""
    found = [(name, error_of(misuse)) for name, misuse in misuses()]
    return [f"{name}: {type(error).__name__} {getattr(error, 'code', '')}: {error}" for name, error in found]


if __name__ == "__main__":
    print("\n".join(lines()))
