"""The policy a second time, in plain text and far shorter: what a call may hit in a world, or None if it is refused.

It shares nothing with the guard: names are strings, worlds are dictionaries, and every rule is a line. Below it, the
strategies that draw such worlds and calls, with names that are easily taken for each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from guards.adapters.memory import MemoryWorld
from guards.core.ids import Kind, OrganizationId, PrincipalId, ProjectId, ResourceId
from guards.core.request import Request
from guards.core.selector import Explicit, OneProject, Selector, WholeOrganization
from guards.core.values import Hold, Principal, ProductState, Resource, Role, Verb

ORGANIZATIONS = ("a", "ab", "A")
PROJECTS = {"a": "a", "ab": "ab", "A": "A", "p": "a", "P": "ab"}
NAMES = ("r", "R", "r1", "a", "ab", "p", "x", "z")
KINDS = ("lb", "db")


@dataclass(frozen=True)
class Thing:
    kind: str
    organization: str
    project: str | None
    hold: str


@dataclass(frozen=True)
class World:
    """Everything that is so. `kept` names organizations and projects that are not known to be free of a hold."""

    things: dict[str, Thing]
    kept: dict[str, str]
    stands: tuple[tuple[str, str], ...]
    states: dict[str, str]
    most: int
    percent: int


@dataclass(frozen=True)
class Call:
    """Everything that is asked. `caller` is an organization's own user, or None for an operator."""

    caller: str | None
    organization: str
    project: str | None
    names: tuple[str, ...] | None
    kind: str


def hit(world: World, call: Call) -> list[str] | None:
    """What the call destroys, or None if it is refused."""
    if call.caller not in (None, call.organization):
        return None
    chosen = [name for name, thing in world.things.items() if is_meant(name, thing, call)]
    if call.names is not None and set(call.names) != set(chosen):
        return None
    if call.project is not None and PROJECTS.get(call.project) != call.organization:
        return None
    fleet = sum(thing.kind == call.kind for thing in world.things.values())
    if not chosen or len(chosen) > world.most or len(chosen) * 100 > world.percent * fleet:
        return None
    if world.states[call.kind] != "writable" or f"organization {call.organization}" in world.kept:
        return None
    for name in chosen:
        thing = world.things[name]
        if thing.hold != "clear" or f"project {thing.project}" in world.kept:
            return None
        if any(world.things[upper].organization != call.organization for upper in above(world, name)):
            return None
    return sorted(chosen)


def is_meant(name: str, thing: Thing, call: Call) -> bool:
    if thing.organization != call.organization or thing.kind != call.kind:
        return False
    return (call.project is None or thing.project == call.project) and (call.names is None or name in call.names)


def above(world: World, ground: str) -> set[str]:
    """Everything that stands on this, directly or through others."""
    found: set[str] = set()
    while more := {upper for upper, lower in world.stands if lower in found | {ground}} - found:
        found |= more
    return found - {ground}


@st.composite
def worlds(draw: st.DrawFn, stands: bool = True) -> World:
    things = {}
    for name in draw(st.lists(st.sampled_from(NAMES), unique=True, min_size=1, max_size=5)):
        organization = draw(st.sampled_from(ORGANIZATIONS))
        homes = [None, *(project for project, owner in PROJECTS.items() if owner == organization)]
        hold = draw(st.sampled_from(["clear"] * 24 + ["held", "unknown"]))
        things[name] = Thing(draw(st.sampled_from(KINDS)), organization, draw(st.sampled_from(homes)), hold)
    places = [f"organization {name}" for name in ORGANIZATIONS] + [f"project {name}" for name in PROJECTS]
    free = draw(st.sampled_from([True, True, False]))
    kept = {} if free else {draw(st.sampled_from(places)): draw(st.sampled_from(["held", "unknown"]))}
    pairs = st.tuples(st.sampled_from(sorted(things)), st.sampled_from(sorted(things)))
    standing = draw(st.lists(pairs, max_size=4)) if stands else []
    states = {kind: draw(st.sampled_from(["writable"] * 18 + ["read_only", "unknown"])) for kind in KINDS}
    most = draw(st.sampled_from([8, 8, 8, 8, 2, 1, 0]))
    percent = draw(st.sampled_from([100, 100, 100, 100, 50, 34, 33, 0]))
    return World(things, kept, tuple(standing), states, most, percent)


@st.composite
def calls(draw: st.DrawFn) -> Call:
    organization = draw(st.sampled_from(ORGANIZATIONS))
    caller = draw(st.sampled_from([None, None, organization, organization, *ORGANIZATIONS]))
    shape = draw(st.sampled_from(["whole", "project", "list"]))
    project = draw(st.sampled_from([*PROJECTS, "none"])) if shape == "project" else None
    names = draw(st.lists(st.sampled_from(NAMES), unique=True, min_size=1, max_size=3)) if shape == "list" else None
    return Call(caller, organization, project, None if names is None else tuple(names), draw(st.sampled_from(KINDS)))


def built(world: World) -> MemoryWorld:
    """The same world for the guard."""
    memory = MemoryWorld()
    for name in ORGANIZATIONS:
        memory.add_organization(OrganizationId(name))
    for name, owner in PROJECTS.items():
        memory.add_project(ProjectId(name), OrganizationId(owner))
    for name, thing in world.things.items():
        home = None if thing.project is None else ProjectId(thing.project)
        owner_id, kind = OrganizationId(thing.organization), Kind(thing.kind)
        memory.add(Resource(ResourceId(name), kind, owner_id, home, 1, Hold(thing.hold)))
    for upper, lower in world.stands:
        memory.stand(ResourceId(upper), ResourceId(lower))
    for place, hold in world.kept.items():
        level, _, name = place.partition(" ")
        if level == "organization":
            memory.hold_organization(OrganizationId(name), Hold(hold))
        else:
            memory.hold_project(ProjectId(name), Hold(hold))
    for kind_name, state in world.states.items():
        memory.set_product(Kind(kind_name), ProductState(state))
    return memory


def asked(call: Call, **changes: Any) -> Request:
    """The same call for the guard."""
    organization = OrganizationId(call.organization)
    selector: Selector = WholeOrganization(organization, organization)
    if call.project is not None:
        selector = OneProject(organization, ProjectId(call.project))
    if call.names is not None:
        selector = Explicit(organization, tuple(map(ResourceId, call.names)))
    caller = Principal(PrincipalId("ops"), Role.OPERATOR, None)
    if call.caller is not None:
        caller = Principal(PrincipalId("user"), Role.TENANT, OrganizationId(call.caller))
    valid: dict[str, Any] = {
        "verb": Verb.DELETE,
        "kind": Kind(call.kind),
        "selector": selector,
        "dry_run": False,
        "environment": "production",
        "case": "TS-1",
        "reason": "phishing",
        "requester": caller,
        "policy_version": "2026-11",
        "schema_version": 1,
    }
    return Request(**{**valid, **changes})
