"""The platform as of 2021, a model: one barrier in front, and behind it the bug that came with the Projects feature.

Its barrier looks at the call and never at what the call selects. Its selection filters by organization on the path from
before projects only, and on the new path by project only when there is one. Its writes have no conditions.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from guards.adapters.inventory import State
from guards.adapters.memory import MemoryWorld
from guards.core.ids import Kind, OrganizationId, ProjectId, ResourceId, text
from guards.core.receipt import Outcome
from guards.core.refusals import Code, objection
from guards.core.values import Hold, Principal, Resource, Role, Verb
from guards.errors import GuardsError
from guards.reference.answers import Answer, Done, Reason, Refused, refused_for
from guards.reference.operations import OPERATIONS, Operation, Site
from guards.reference.platform import Platform
from guards.reference.service import ReferenceService

Call = Mapping[str, Any]


def unguard(platform: Platform) -> Platform:
    """The same platform with the destructive operations of 2021."""
    platform.operations = {
        **OPERATIONS,
        "invalidate": Operation(Role.OPERATOR, partial(destroy, platform.world, Verb.INVALIDATE)),
        "delete": Operation(Role.TENANT, partial(destroy, platform.world, Verb.DELETE)),
    }
    return platform


def destroy(world: MemoryWorld, verb: Verb, _site: Site, caller: Principal, body: bytes) -> Answer:
    """Check the call, select, and destroy whatever was selected."""
    try:
        call = json.loads(body)
        refusal = the_one_barrier(world, caller, call)
        if refusal is not None:
            return refusal
        rows = selected(world, call)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, GuardsError) as error:
        return Refused((Reason("bad_request", f"The call was refused: {type(error).__name__}."),))
    if call.get("dry_run"):
        return Done({"would_be_done": [text(row.id) for row in rows]}, {})
    outcomes: dict[str, Outcome] = {}
    for row in rows:
        world.fell(row.id, verb)
        outcomes[text(row.id)] = Outcome.DONE
    return Done({"done": list(outcomes)}, outcomes)


def the_one_barrier(world: MemoryWorld, caller: Principal, call: Call) -> Refused | None:
    """The organization is known, the caller may act for it, and it is not under a hold."""
    named = OrganizationId(call["organization_id"])
    record = world.organization(named)
    if record is None:
        return refused_for([objection(Code.ORGANIZATION_UNKNOWN, organization=named)])
    if caller.organization not in (None, named):
        return refused_for([objection(Code.NOT_YOUR_ORGANIZATION, organization=named)])
    if record.hold is not Hold.CLEAR:
        return refused_for([objection(Code.HELD, organizations=(named,), projects=(), resources=())])
    return None


def selected(world: MemoryWorld, call: Call) -> list[Resource]:
    """What the call is about, as selected since the Projects feature."""
    rows = [row for row, state in world.everything() if state is State.LIVE and row.kind == Kind(call["kind"])]
    if "resource_ids" in call:
        named = set(map(ResourceId, call["resource_ids"]))
        return [row for row in rows if row.id in named and row.organization == OrganizationId(call["organization_id"])]
    if "project_id" not in call:  # the path from before projects
        return [row for row in rows if row.organization == OrganizationId(call["organization_id"])]
    if call["project_id"]:
        rows = [row for row in rows if row.project == ProjectId(call["project_id"])]
    return rows


class UnguardedService(ReferenceService):
    """The platform as of 2021, as a service for the kit."""

    def make_platform(self, world: MemoryWorld | None = None) -> Platform:
        return unguard(super().make_platform(world))


def make_service() -> UnguardedService:
    """The platform as of 2021, empty."""
    return UnguardedService()
