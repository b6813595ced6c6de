"""Valid call plus exactly one fault: every craft and every circumstance, each a case of its own, and only the world
drawn.

Enumerated, not sampled: a fault that is drawn at random is found on some seeds, one that stands in a list is found on
each. The valid call of every case runs first, as its positive control.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from guards.testing.calls import Case, Form, aim, forms, kinds_of, names_project, names_resources, roles_of, valid_call
from guards.testing.chains import chains, with_tokens
from guards.testing.circumstances import circumstances
from guards.testing.crafts import FAMILIES, craft_name, crafts_for
from guards.testing.preparing import prepared
from guards.testing.scene import Family
from guards.testing.service import (
    Effect,
    FieldKind,
    Operation,
    SendsBytes,
    Service,
)
from guards.testing.steps import ref
from guards.testing.world import STYLES, World, make_world

LISTED = 130
"""How many ids a long list has: more than a page, a chunk or a limit is wont to hold."""


def cases(service: Service, round: int, seed: int, styles: Sequence[str] = STYLES) -> Iterator[Case]:
    """One round of cases, in a fixed order: controls, crafts, circumstances, saturation. `styles` are those the
    service can hold.
    """
    for case in _cases(service, round, seed, styles):
        yield prepared(case, service.operations)


def _cases(service: Service, round: int, seed: int, styles: Sequence[str]) -> Iterator[Case]:
    operations = service.operations
    kinds, roles = kinds_of(operations), roles_of(operations)
    worlds = {style: make_world(kinds, roles, style=style, seed=seed) for style in styles}
    large = make_world(kinds, roles, size=LISTED // 2)  # half of what an organization owns is in one project
    yield from _controls(operations, worlds, large)
    yield from _crafted(service, worlds, round)
    world = worlds[styles[round % len(styles)]]
    yield from chains(operations, world)
    yield from with_tokens(operations, large)
    yield from circumstances(service, world, seed)


def _controls(operations: Sequence[Operation], worlds: dict[str, World], large: World) -> Iterator[Case]:
    """Every form in every style of collision, about two tenants, about a default project, about old resources, and in
    a world larger than a page.
    """
    for style, world in worlds.items():
        for form in forms(operations):
            aims = [aim(world, world.organizations[0]), aim(world, world.organizations[1])]
            if form.operation.effect is Effect.MOVE:
                aims += [aim(world, at.organization, away=True) for at in aims]
            if names_project(form):
                aims.append(aim(world, world.organizations[0], default=True))
            if names_resources(form) and not names_project(form):
                aims.append(aim(world, world.organizations[0], legacy=True))
            for n, at in enumerate(aims):
                step = valid_call(form, world, at)
                if step is not None:
                    yield Case(f"{form.name} in {style} about {n}", world, (step,), twin=True)
    for form in forms(operations):
        if form.operation.effect in (Effect.DESTROY, Effect.MOVE, Effect.CHANGE):
            yield from _at_length(form, large)


_PLACES = (0, 1, 8, 9, 10, 24, 25, 49, 50, 63, 64, 65, 99, 100, LISTED)
"""Where a stranger's id stands in a long list: at its ends, in its middle, and where chunks, pages and limits end."""


def _at_length(form: Form, large: World) -> Iterator[Case]:
    """More objects than a page holds, by their scope or in a list; a stranger's hides at many a place of the list."""
    step = valid_call(form, large, aim(large, large.organizations[0], take=LISTED))
    fields = {name: form.operation.fields[name] for name in form.variant}
    if step is None or any(field.kind is FieldKind.RESOURCE for field in fields.values()):
        return
    yield Case(f"{form.name} in a large world", large, (step,))
    for name, field in fields.items():
        strangers = [r for r in large.resources if r.organization is large.organizations[1] and r.kind == field.of]
        for place in _PLACES if field.kind is FieldKind.RESOURCES and strangers else ():
            own = step.fields[name]
            hiding = replace(step, fields={**step.fields, name: [*own[:place], ref(strangers[0].ref), *own[place:]]})
            yield Case(f"{form.name} {name} with a stranger at {place} in a large world", large, (hiding,), (step,))


_NEXT_OF_KIN = frozenset({"foreign", "foreign-last", "caller:other-tenant"})
"""The plainest crossings: tried in every style, since a careless comparison shows in just one of them."""
ABOUT_OTHERS = frozenset({Family.FOREIGN, Family.LIST, Family.CALLER})
"""Crafts that name or play a stranger: each is tried about two tenants, since who is a stranger depends on that."""
_ABOUT_IDS = frozenset({Family.SPELLING, Family.FOREIGN, Family.KIND, Family.LIST, Family.CALLER})
"""Crafts whose meaning depends on which ids the neighbours have: worth a second world."""


_AT_ITS_WORST = {"star-after": "prefix", "rest-of-key": "joined", "rest-of-other-key": "joined"}
"""Crafts that reach a stranger in one style above all."""


def _crafted(service: Service, worlds: dict[str, World], round: int) -> Iterator[Case]:
    """Every craft on every form in the first style; those about ids in another one, too, and some in each."""
    takes_bytes = isinstance(service, SendsBytes)
    first, *others = worlds
    n = round
    for form in forms(service.operations):
        for craft in crafts_for(form.operation, form.variant, takes_bytes=takes_bytes):
            n += 1
            family = FAMILIES[craft_name(craft)]
            rotating = others[n % max(len(others), 1) :][: family in _ABOUT_IDS]
            worst = _AT_ITS_WORST.get(craft_name(craft), first)
            here = worst if worst in worlds else first
            for style in (here, *(others if craft_name(craft) in _NEXT_OF_KIN else rotating)):
                world = worlds[style]
                for about in (0, 1) if family in ABOUT_OTHERS else (n % 2,):
                    step = valid_call(form, world, aim(world, world.organizations[about]))
                    if step is not None:
                        crafted = replace(step, crafts=(craft,))
                        name = f"{form.name} {craft} in {style} about {about}"
                        yield Case(name, world, (crafted,), (step,), twin=family is not Family.BYTES and style is first)
