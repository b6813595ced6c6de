"""Cases of several calls: what the first must, or must not, mean to the next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from guards.testing.calls import Case, Form, aim, forms, names_project, names_resources, valid_call
from guards.testing.service import (
    Effect,
    FieldKind,
    Operation,
    Role,
)
from guards.testing.steps import Step, answer, ref
from guards.testing.world import World


def chains(operations: Sequence[Operation], world: World) -> Iterator[Case]:
    """Two calls of which the first must, or must not, matter to the second."""
    yield from _after_others(operations, world)
    yield from _after_a_move(operations, world)
    yield from _after_ours(operations, world)
    yield from _after_its_owner(operations, world)
    yield from _twice(operations, world)
    yield from _again(operations, world)
    yield from _after_a_creation(operations, world)
    yield from _ids_twice(operations, world)
    yield from _after_a_hold(operations, world)


def _after_others(operations: Sequence[Operation], world: World) -> Iterator[Case]:
    """Somebody else's call first, then ours: it must make no difference. They have an operator of their own."""
    ours, theirs = world.organizations[:2]
    for before in forms(operations):
        first = valid_call(before, world, aim(world, theirs), let="theirs")
        if first is None or before.operation.effect in (Effect.READ, Effect.READ_ONLY):
            continue
        if before.role is Role.OPERATOR:
            first = replace(first, caller="operator#1")
        dry_run = before.operation.dry_run
        dry = replace(first, fields={**first.fields, dry_run: True})
        for form in forms(operations):
            step = valid_call(form, world, aim(world, ours))
            if step is not None and form.operation.mutates:
                yield Case(f"{before.name} by others, then {form.name}", world, (first, step), (step,), twin=True)
                if dry_run in first.fields:
                    name = f"{before.name} as a dry run by others, then {form.name}"
                    yield Case(name, world, (dry, step), (step,), twin=True)


def _after_a_move(operations: Sequence[Operation], world: World) -> Iterator[Case]:
    """What has gone to somebody else is no longer its former owner's."""
    here = aim(world, world.organizations[0], away=True)
    for before in (form for form in forms(operations) if form.operation.effect is Effect.MOVE):
        for form in (form for form in forms(operations) if form.operation.effect is Effect.DESTROY):
            moved, step = valid_call(before, world, here), valid_call(form, world, here)
            if moved is not None and step is not None:
                yield Case(f"{before.name} away, then {form.name}", world, (moved, step), (step,))


def _after_ours(operations: Sequence[Operation], world: World) -> Iterator[Case]:
    """A valid call first, then somebody who must not profit from it: sessions and caches remember callers."""
    ours = world.organizations[0]
    for form in forms(operations):
        first = valid_call(form, world, aim(world, ours, legacy=not names_project(form)))
        step = valid_call(form, world, aim(world, ours))
        if first is None or step is None or not names_resources(form):
            continue
        for craft in ("caller:nobody", "caller:other-tenant", "caller:wrong-role"):
            for what, again in (("others", step), ("the same", first)):
                crafted = replace(again, crafts=(craft,))
                yield Case(f"{form.name}, then {craft} about {what}", world, (first, crafted), (again,))


def _after_its_owner(operations: Sequence[Operation], world: World) -> Iterator[Case]:
    """An owner's call about a thing, then a stranger's about that very thing: what is published, released or thrown
    away is its owner's still.
    """
    theirs = aim(world, world.organizations[1])
    about_things = [form for form in forms(operations) if form.operation.mutates and names_resources(form)]
    for before in (form for form in about_things if form.role is Role.TENANT):
        first = valid_call(before, world, theirs, let="theirs")
        for form in (form for form in about_things if form.role is Role.TENANT):
            step = valid_call(form, world, theirs)
            if first is not None and step is not None:
                crafted = replace(step, crafts=("caller:other-tenant",))
                name = f"{before.name} by its owner, then {form.name} by another tenant"
                yield Case(name, world, (first, crafted), (first, step))


def _twice(operations: Sequence[Operation], world: World) -> Iterator[Case]:
    """The same foreign call again: what is refused the first time must not go through as a retry."""
    for form in forms(operations):
        step = valid_call(form, world, aim(world, world.organizations[0]))
        named = {name: form.operation.fields[name].kind for name in form.variant}
        foreign = {FieldKind.RESOURCES: "foreign-last", FieldKind.RESOURCE: "foreign", FieldKind.PROJECT: "foreign"}
        crafts = [f"{name}:{foreign[kind]}" for name, kind in named.items() if kind in foreign]
        if step is None or not form.operation.mutates:
            continue
        for craft in (*crafts, "caller:other-tenant"):
            crafted = replace(step, crafts=(craft,))
            yield Case(f"{form.name} {craft}, twice", world, (crafted, crafted), (step,))


def _again(operations: Sequence[Operation], world: World) -> Iterator[Case]:
    """A call that has done its work, once more: nothing is left in its scope, and nothing else may go instead."""
    for form in forms(operations):
        step = valid_call(form, world, aim(world, world.organizations[0]))
        if step is not None and form.operation.effect is Effect.DESTROY and not names_resources(form):
            yield Case(f"{form.name}, and once more", world, (step, step), (step,))


def _after_a_creation(operations: Sequence[Operation], world: World) -> Iterator[Case]:
    """What has just been created is within its owner's reach, and out of everybody else's."""
    ours, theirs = world.organizations[:2]
    makers = [form for form in forms(operations) if form.operation.gives]
    for maker, owner in ((maker, owner) for maker in makers for owner in (ours, theirs)):
        made = valid_call(maker, world, aim(world, owner), let="made")
        for form in forms(operations):
            step = valid_call(form, world, aim(world, ours))
            reaching = _about_the_made(form, maker, step, "made")
            if made is not None and step is not None and reaching is not None:
                yield Case(f"{maker.name} for {owner.ref}, then {form.name}", world, (made, reaching), (step,))


def _ids_twice(operations: Sequence[Operation], world: World) -> Iterator[Case]:
    """A name that was new once: taken by somebody else, by its owner, after its object has gone, or from the start."""
    ours, theirs = world.organizations[:2]
    for maker in (form for form in forms(operations) if form.operation.effect is Effect.CREATE):
        first, second = (valid_call(maker, world, aim(world, owner), let="twice") for owner in (theirs, ours))
        names = [name for name in maker.variant if maker.operation.fields[name].fresh]
        if first is None or second is None or not names:
            continue
        again = replace(second, let="")
        yield Case(f"{maker.name}, then by another owner", world, (first, again), (again,))
        yield Case(f"{maker.name}, twice", world, (second, again), (again,))
        for resource in [r for r in world.resources if r.organization is theirs and r.kind == maker.operation.acts_on]:
            taking = replace(again, fields={**again.fields, **dict.fromkeys(names, ref(resource.ref))})
            yield Case(f"{maker.name} as {resource.ref} of another", world, (taking,), (again,))
        for form in forms(operations):
            gone = _about_the_made(form, maker, valid_call(form, world, aim(world, theirs)), "twice")
            if gone is not None and form.operation.effect is Effect.DESTROY:
                name = f"{maker.name}, {form.name}, {maker.name} by another owner, then {form.name}"
                yield Case(name, world, (first, gone, again, gone), (first, gone))


def _about_the_made(form: Form, maker: Form, step: Step | None, let: str) -> Step | None:
    """This call about what the step called `let` created; None where it names no such thing."""
    it = answer(let, maker.operation.gives)
    named = {name: form.operation.fields[name] for name in form.variant}
    of_it = {
        name: [it] if field.kind is FieldKind.RESOURCES else it
        for name, field in named.items()
        if field.kind in (FieldKind.RESOURCE, FieldKind.RESOURCES) and field.of == maker.operation.acts_on
    }
    if step is None or not of_it or not maker.operation.gives:
        return None
    return replace(step, fields={**step.fields, **of_it})


def with_tokens(operations: Sequence[Operation], large: World) -> Iterator[Case]:
    """What was handed to one caller, sent by that one, by another organization's, and by nobody."""
    ours, theirs = (aim(large, organization) for organization in large.organizations[:2])
    for form in forms(operations):
        tokens = [(name, f) for name, f in form.operation.fields.items() if f.kind is FieldKind.TOKEN]
        for name, field in tokens:
            for giver in (giver for giver in forms(operations) if giver.operation.name == field.of):
                given = valid_call(giver, large, ours, let="given")
                own, other = (valid_call(form, large, at) for at in (ours, theirs))
                if given is None or own is None or other is None:
                    continue
                it = {name: answer("given", field.value)}
                own, other = (replace(step, fields={**step.fields, **it}) for step in (own, other))
                title = f"{giver.name}, then {form.name} with its {name}"
                yield Case(title, large, (given, own))
                yield Case(f"{title}, by another organization", large, (given, other), (given, own))
                nobody = replace(own, crafts=("caller:nobody",))
                yield Case(f"{title}, by nobody", large, (given, nobody), (given, own))


def _after_a_hold(operations: Sequence[Operation], world: World) -> Iterator[Case]:
    """What a hold covers stays, what lies beside it does not; and lifting one hold lifts no other."""
    here, beside = (aim(world, world.organizations[0], legacy=legacy) for legacy in (False, True))
    destroying = [form for form in forms(operations) if form.operation.effect is Effect.DESTROY]
    for holding in (form for form in forms(operations) if form.operation.effect is Effect.HOLD):
        held = valid_call(holding, world, here)
        for form in destroying:
            step, other = valid_call(form, world, here), valid_call(form, world, beside)
            if held is None or step is None:
                continue
            yield Case(f"{holding.name}, then {form.name}", world, (held, step), (step,))
            if other is not None and names_resources(form) and not names_project(form):
                yield Case(f"{holding.name}, then {form.name} beside it", world, (held, other), (other,))
            for lifting in (form for form in forms(operations) if form.operation.effect is Effect.UNHOLD):
                lifted = valid_call(lifting, world, here)
                if lifted is not None:
                    name = f"{holding.name}, {lifting.name}, then {form.name}"
                    yield Case(name, world, (held, lifted, step), (step,))
        for lifting in (form for form in forms(operations) if form.operation.effect is Effect.UNHOLD):
            lifted = valid_call(lifting, world, here)
            if held is not None and lifted is not None and not destroying:
                yield Case(f"{holding.name}, then {lifting.name}", world, (held, lifted), (held,))
