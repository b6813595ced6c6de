"""Calls that one rule alone refuses: a call that would run, with exactly the one thing wrong that the rule looks at.

Drawn at random, hardly any call is like that: most that are refused are refused for several reasons, so a guard that
lost one of its rules refuses them all the same, and whatever stands behind the rule is never asked.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from hypothesis import strategies as st

from guards.core import checks
from tests.laws.plain import KINDS, ORGANIZATIONS, PROJECTS, Call, Thing, World, worlds

Case = tuple[World, Call]
BY_STANDER: Final = "y"
"""A name that no drawn world gives to anything."""


@st.composite
def running(draw: st.DrawFn) -> tuple[World, Call, str]:
    """A world where nothing speaks against anything, a call that runs in it, and one of the things that it hits."""
    world = draw(worlds(stands=False))
    things = {name: replace(thing, hold="clear") for name, thing in world.things.items()}
    name = draw(st.sampled_from(sorted(things)))
    thing = things[name]
    caller = draw(st.sampled_from([None, thing.organization]))
    shape = draw(st.sampled_from(["whole", "list", "project"] if thing.project else ["whole", "list"]))
    project, names = thing.project if shape == "project" else None, (name,) if shape == "list" else None
    free = World(things, {}, (), dict.fromkeys(KINDS, "writable"), most=8, percent=100)
    return free, Call(caller, thing.organization, project, names, thing.kind), name


@st.composite
def of_a_stranger(draw: st.DrawFn) -> Case:
    world, call, _ = draw(running())
    return world, replace(call, caller=draw(st.sampled_from(others(call.organization))))


@st.composite
def of_another_kind(draw: st.DrawFn) -> Case:
    """The other kind is not empty, or a share of nothing would refuse the call."""
    world, call, name = draw(running())
    kind = next(other for other in KINDS if other != call.kind)
    world = replace(world, things={**world.things, BY_STANDER: Thing(kind, call.organization, None, "clear")})
    return world, replace(call, project=None, names=(name,), kind=kind)


@st.composite
def while_read_only(draw: st.DrawFn) -> Case:
    world, call, _ = draw(running())
    return replace(world, states={**world.states, call.kind: draw(st.sampled_from(["read_only", "unknown"]))}), call


@st.composite
def of_what_is_held(draw: st.DrawFn) -> Case:
    """Held itself, or by way of its project or organization."""
    world, call, name = draw(running())
    thing, hold = world.things[name], draw(st.sampled_from(["held", "unknown"]))
    home = [] if thing.project is None else [f"project {thing.project}"]
    place = draw(st.sampled_from(["itself", f"organization {thing.organization}", *home]))
    if place == "itself":
        return replace(world, things={**world.things, name: replace(thing, hold=hold)}), call
    return replace(world, kept={place: hold}), call


@st.composite
def of_what_carries_others(draw: st.DrawFn) -> Case:
    world, call, name = draw(running())
    upper = Thing(draw(st.sampled_from(KINDS)), draw(st.sampled_from(others(call.organization))), None, "clear")
    return replace(world, things={**world.things, BY_STANDER: upper}, stands=((BY_STANDER, name),)), call


@st.composite
def of_a_project_of_others(draw: st.DrawFn) -> Case:
    """Somebody else's project, full or empty, or none that there is."""
    world, call, _ = draw(running())
    foreign = [project for project, owner in PROJECTS.items() if owner != call.organization]
    return world, replace(call, names=None, project=draw(st.sampled_from([*foreign, "none"])))


@st.composite
def of_a_thing_of_others(draw: st.DrawFn) -> Case:
    world, call, name = draw(running())
    theirs = Thing(call.kind, draw(st.sampled_from(others(call.organization))), None, "clear")
    names = draw(st.sampled_from([(BY_STANDER,), (name, BY_STANDER), (BY_STANDER, name)]))
    return replace(world, things={**world.things, BY_STANDER: theirs}), replace(call, project=None, names=names)


def others(organization: str) -> list[str]:
    return [other for other in ORGANIZATIONS if other != organization]


REACHING_THE_SECOND_BARRIER: Final[dict[Any, st.SearchStrategy[Case]]] = {
    checks.caller_may_ask: of_a_stranger(),
    checks.targets_are_of_the_kind: of_another_kind(),
    checks.product_is_writable: while_read_only(),
    checks.nothing_is_held: of_what_is_held(),
    checks.nobody_else_depends_on_a_target: of_what_carries_others(),
}
"""Rules without which such a call is granted."""

STOPPED_BY_THE_READING: Final[dict[Any, tuple[st.SearchStrategy[Case], str]]] = {
    checks.project_belongs_to_the_organization: (of_a_project_of_others(), "nothing_to_do"),
    checks.targets_belong_to_the_organization: (of_a_thing_of_others(), "not_found"),
}
"""Rules that never stand alone in front of an honest inventory: what belongs to others is not read, or left out of the
plan, and the call is refused for want of a target, with the code named here.
"""
