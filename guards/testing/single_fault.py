"""Valid call plus exactly one fault: every craft and every circumstance, each a case of its own, and only the world
drawn.

Enumerated, not sampled: a fault that is drawn at random is found on some seeds, one that stands in a list is found on
each. The valid call of every case runs first, as its positive control.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from guards.testing.crafts import FAMILIES, craft_name, crafts_for
from guards.testing.scene import Family
from guards.testing.service import (
    Effect,
    Faults,
    FieldKind,
    FreezesProducts,
    Holds,
    Limits,
    Operation,
    Role,
    SendsBytes,
    Service,
    Sharing,
)
from guards.testing.steps import Step, answer, ref
from guards.testing.world import STYLES, Organization, Project, Resource, World, make_world


@dataclass(frozen=True, slots=True)
class Case:
    """A trace to run, and the trace that must work for it to prove anything (None: the case is a control itself)."""

    name: str
    world: World
    steps: tuple[Step, ...]
    control: tuple[Step, ...] | None = None
    twin: bool = False
    """Run it also without the organizations that have nothing to do with it."""


@dataclass(frozen=True, slots=True)
class Form:
    """One way to make a valid call: an operation, a role that may call it, and the fields that are sent."""

    operation: Operation
    role: Role
    variant: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.operation.name}[{self.role}]({', '.join(self.variant)})"


def forms(operations: Sequence[Operation]) -> list[Form]:
    """Every way to make a valid call."""
    return [Form(op, role, variant) for op in operations for role in op.callers for variant in op.variants()]


def kinds_of(operations: Sequence[Operation]) -> tuple[str, ...]:
    """Every kind of object that the operations name or act on, in a fixed order."""
    named = [op.acts_on for op in operations]
    named += [
        f.of for op in operations for f in op.fields.values() if f.kind in (FieldKind.RESOURCE, FieldKind.RESOURCES)
    ]
    return tuple(dict.fromkeys(kind for kind in named if kind)) or ("resource",)


def roles_of(operations: Sequence[Operation]) -> tuple[str, ...]:
    """Tenants are always there, to be attacked and to try; operators where an operation is for them."""
    return ("tenant", *(("operator",) if any(Role.OPERATOR in op.callers for op in operations) else ()))


# --- the valid call ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Aim:
    """What a valid call is about: the organization, the project, the resources of each kind, and where to move to."""

    organization: Organization
    project: Project
    resources: tuple[Resource, ...]
    destination: Project


def aim(
    world: World,
    organization: Organization,
    *,
    legacy: bool = False,
    default: bool = False,
    away: bool = False,
    take: int = 2,
) -> Aim:
    """The usual aim in an organization: its second project, two resources of it per kind; `legacy` ones have no
    project, and `default` is the project that carries the organization's own id.

    `away` moves to another organization's project where an operation moves things.
    """
    homes = [p for p in world.projects if p.organization is organization]
    owned = [r for r in world.resources if r.organization is organization]
    in_turn = homes if default else homes[::-1]
    project = next((p for p in in_turn if any(r.project is p for r in owned)), in_turn[0])
    inside = [r for r in owned if (r.project is None if legacy else r.project is project)]
    picked = [r for kind in dict.fromkeys(r.kind for r in owned) for r in [r for r in inside if r.kind == kind][:take]]
    others = [p for p in world.projects if p.organization is not organization] if away else homes
    destination = next((p for p in others if p is not project), project)
    return Aim(organization, project, tuple(picked), destination)


def valid_call(form: Form, world: World, at: Aim, *, let: str = "") -> Step | None:
    """The valid call of this form with this aim; None where the world has nothing to aim at."""
    fields: dict[str, Any] = {}
    for name in form.variant:
        spec = form.operation.fields[name]
        if spec.destination:
            to = at.destination if _may_leave(form) else _elsewhere(world, at)
            fields[name] = ref(to.ref if spec.kind is FieldKind.PROJECT else to.organization.ref)
        elif spec.kind is FieldKind.ORGANIZATION:
            fields[name] = ref(at.organization.ref)
        elif spec.kind is FieldKind.PROJECT:
            fields[name] = ref(at.project.ref)
        elif spec.kind in (FieldKind.RESOURCE, FieldKind.RESOURCES):
            found = [ref(r.ref) for r in at.resources if r.kind == spec.of]
            if not found:
                return None
            fields[name] = found if spec.kind is FieldKind.RESOURCES else found[0]
        elif spec.fresh:
            fields[name] = spec.value + "".join(filter(str.isalnum, let))
        elif spec.kind is not FieldKind.REPEATS:
            fields[name] = spec.value
    for name in form.variant:
        spec = form.operation.fields[name]
        if spec.kind is FieldKind.REPEATS:
            fields[name] = fields.get(spec.of)
    caller = caller_for(form.role, world, at.organization)
    return None if caller is None else Step(form.operation.name, fields, caller, let=let)


def _may_leave(form: Form) -> bool:
    """Whether a valid call of this form may lead out of the organization; a tenant must name where to."""
    named = any(f.kind is FieldKind.ORGANIZATION and f.destination for f in form.operation.fields.values())
    return named or form.role is Role.OPERATOR


def _elsewhere(world: World, at: Aim) -> Project:
    """Where to within the organization: as the aim says, else another of its projects."""
    if at.destination.organization is at.organization:
        return at.destination
    homes = [p for p in world.projects if p.organization is at.organization]
    return next((p for p in homes if p is not at.project), at.project)


def caller_for(role: Role, world: World, organization: Organization) -> str | None:
    """Who makes the valid call: the organization's own user, or the first operator."""
    fit = (p.ref for p in world.principals if p.role == role and p.organization in (None, organization))
    return next(fit, None)


# --- the layers -------------------------------------------------------------------------------------------------------


def cases(service: Service, round: int, seed: int, styles: Sequence[str] = STYLES) -> Iterator[Case]:
    """One round of cases, in a fixed order: controls, crafts, circumstances, saturation. `styles` are those the
    service can hold.
    """
    operations = service.operations
    kinds, roles = kinds_of(operations), roles_of(operations)
    worlds = {style: make_world(kinds, roles, style=style, seed=seed) for style in styles}
    large = make_world(kinds, roles, size=30)
    yield from _controls(operations, worlds, large)
    yield from _crafted(service, worlds, round)
    world = worlds[styles[round % len(styles)]]
    yield from _chains(operations, world)
    yield from _with_tokens(operations, large)
    yield from _circumstances(service, world, seed)


def _controls(operations: Sequence[Operation], worlds: dict[str, World], large: World) -> Iterator[Case]:
    """Every form in every style of collision, about two tenants, about a default project, about old resources, and in
    a world larger than a page.
    """
    for style, world in worlds.items():
        for form in forms(operations):
            aims = [aim(world, world.organizations[0]), aim(world, world.organizations[1])]
            if form.operation.effect is Effect.MOVE:
                aims += [aim(world, at.organization, away=True) for at in aims]
            if _names_project(form):
                aims.append(aim(world, world.organizations[0], default=True))
            if _names_resources(form) and not _names_project(form):
                aims.append(aim(world, world.organizations[0], legacy=True))
            for n, at in enumerate(aims):
                step = valid_call(form, world, at)
                if step is not None:
                    yield Case(f"{form.name} in {style} about {n}", world, (step,), twin=True)
    for form in forms(operations):
        if form.operation.effect in (Effect.DESTROY, Effect.MOVE, Effect.CHANGE):
            yield from _at_length(form, large)


def _at_length(form: Form, large: World) -> Iterator[Case]:
    """More objects than a page holds, by their scope or in a list; a stranger's hides at either end of the list."""
    step = valid_call(form, large, aim(large, large.organizations[0], take=60))
    fields = {name: form.operation.fields[name].kind for name in form.variant}
    if step is None or FieldKind.RESOURCE in fields.values():
        return
    yield Case(f"{form.name} in a large world", large, (step,))
    for name, kind in fields.items():
        for craft in ("foreign-first", "foreign-last") if kind is FieldKind.RESOURCES else ():
            crafted = replace(step, crafts=(f"{name}:{craft}",))
            yield Case(f"{form.name} {name}:{craft} in a large world", large, (crafted,), (step,))


_NEXT_OF_KIN = frozenset({"foreign", "foreign-last", "caller:other-tenant"})
"""The plainest crossings: tried in every style, since a careless comparison shows in just one of them."""
_ABOUT_OTHERS = frozenset({Family.FOREIGN, Family.LIST, Family.CALLER})
"""Crafts that name or play a stranger: each is tried about two tenants, since who is a stranger depends on that."""
_ABOUT_IDS = frozenset({Family.SPELLING, Family.FOREIGN, Family.KIND, Family.LIST, Family.CALLER})
"""Crafts whose meaning depends on which ids the neighbours have: worth a second world."""


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
            for style in (first, *(others if craft_name(craft) in _NEXT_OF_KIN else rotating)):
                world = worlds[style]
                for about in (0, 1) if family in _ABOUT_OTHERS else (n % 2,):
                    step = valid_call(form, world, aim(world, world.organizations[about]))
                    if step is not None:
                        crafted = replace(step, crafts=(craft,))
                        name = f"{form.name} {craft} in {style} about {about}"
                        yield Case(name, world, (crafted,), (step,), twin=family is not Family.BYTES and style is first)


def _chains(operations: Sequence[Operation], world: World) -> Iterator[Case]:
    """Two calls of which the first must, or must not, matter to the second."""
    yield from _after_others(operations, world)
    yield from _after_a_move(operations, world)
    yield from _after_ours(operations, world)
    yield from _twice(operations, world)
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
        first = valid_call(form, world, aim(world, ours, legacy=not _names_project(form)))
        step = valid_call(form, world, aim(world, ours))
        if first is None or step is None or not _names_resources(form):
            continue
        for craft in ("caller:nobody", "caller:other-tenant", "caller:wrong-role"):
            for what, again in (("others", step), ("the same", first)):
                crafted = replace(again, crafts=(craft,))
                yield Case(f"{form.name}, then {craft} about {what}", world, (first, crafted), (again,))


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


def _with_tokens(operations: Sequence[Operation], large: World) -> Iterator[Case]:
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
            if other is not None and _names_resources(form) and not _names_project(form):
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


def _circumstances(service: Service, world: World, seed: int) -> Iterator[Case]:
    """Every circumstance that the service can be put into, around every form that destroys, moves or creates."""
    if isinstance(service, Holds):
        yield from _holds_beside(service.operations, world)
    if isinstance(service, FreezesProducts):
        yield from _read_only(service.operations, world)
    for form in forms(service.operations):
        operation = form.operation
        if operation.effect not in (Effect.DESTROY, Effect.MOVE, Effect.CREATE):
            continue
        at = aim(world, world.organizations[0])
        step = valid_call(form, world, at)
        if step is None:
            continue
        dry = Step(step.do, {**step.fields, operation.dry_run: True}, step.caller)
        if operation.dry_run in step.fields:
            yield Case(f"{form.name} dry run", world, (dry,), (step,))
        faults = [Step("@fault", {"fault": fault}) for fault in service.faults] if isinstance(service, Faults) else []
        for name, around in (("alone", ()), *_around(service, form, world, at)):
            if around:
                yield Case(f"{form.name} {name}", world, (*around, step), (step,))
                if operation.dry_run in step.fields:
                    yield Case(f"{form.name} {name}, after a dry run", world, (dry, *around, step), (step,))
            for fault in faults:
                yield Case(f"{form.name} {name}, {fault.fields['fault']}", world, (*around, fault, step), (step,))
        if isinstance(service, Sharing) and operation.effect is Effect.DESTROY:
            for name, around in _standing(form, world, at):
                yield Case(f"{form.name} {name}", world, (*around, step), (step,))
        if isinstance(service, Limits) and operation.effect is Effect.DESTROY:
            yield from _saturation(form, service, seed)


def _read_only(operations: Sequence[Operation], world: World) -> Iterator[Case]:
    """Every form while other products are read-only; those that destroy, move or create nothing while their own is."""
    kinds = kinds_of(operations)
    for form in forms(operations):
        effect, own = form.operation.effect, form.operation.acts_on
        step = valid_call(form, world, aim(world, world.organizations[0]))
        frozen = kinds if effect in (Effect.CHANGE, Effect.READ) else [kind for kind in kinds if own not in ("", kind)]
        if step is not None and frozen:
            around = [Step("@read_only", {"kind": kind, "state": True}) for kind in frozen]
            yield Case(f"{form.name} while {', '.join(frozen)} cannot change", world, (*around, step), (step,))


def _holds_beside(operations: Sequence[Operation], world: World) -> Iterator[Case]:
    """A hold of ours where the neighbours are held already at each level: if theirs is seen, ours must be."""
    there = aim(world, world.organizations[1])
    holds = [_hold("organization", there.organization.ref), _hold("project", there.project.ref)]
    holds += [_hold("resource", r.ref) for r in there.resources]
    for holding in (form for form in forms(operations) if form.operation.effect is Effect.HOLD):
        step = valid_call(holding, world, aim(world, world.organizations[0]))
        if step is not None:
            yield Case(f"{holding.name} beside others' holds", world, (*holds, step), (step,))


def _around(service: Service, form: Form, world: World, at: Aim) -> Iterator[tuple[str, tuple[Step, ...]]]:
    kind = form.operation.acts_on
    targets = [r for r in at.resources if not kind or r.kind == kind]
    if isinstance(service, FreezesProducts) and kind:
        yield "in read-only mode", (Step("@read_only", {"kind": kind, "state": True}),)
        yield "in an unknown state", (Step("@read_only", {"kind": kind, "state": None}),)
    if form.operation.effect is not Effect.DESTROY or not targets:
        return
    if isinstance(service, Holds):
        elsewhere = _hold("organization", world.organizations[1].ref)
        yield "with a hold on its organization", (_hold("organization", at.organization.ref),)
        yield "with a hold on its project", (_hold("project", at.project.ref),)
        yield "with a hold on its resource", (_hold("resource", targets[0].ref),)
        yield "with a hold on its last resource", (_hold("resource", targets[-1].ref),)
        yield "with a hold elsewhere, and here", (elsewhere, _hold("resource", targets[0].ref))
        for lift in (form for form in forms(service.operations) if form.operation.effect is Effect.UNHOLD):
            there = aim(world, world.organizations[1])
            holds = (_hold("project", there.project.ref), *(_hold("resource", r.ref) for r in there.resources))
            lifted = valid_call(lift, world, there)
            if lifted is not None:
                steps = (_hold("resource", targets[0].ref), elsewhere, *holds, lifted)
                yield f"with a hold, after {lift.name} elsewhere", steps
    if isinstance(service, Sharing):
        foreign = next((r for r in world.resources if r.organization is not at.organization), None)
        if foreign is not None:
            yield "with a foreign dependent", (_depend(foreign, targets[0]),)


def _standing(form: Form, world: World, at: Aim) -> Iterator[tuple[str, tuple[Step, ...]]]:
    """What may stand on what, beyond one stranger's object on the first target."""
    kind, owner = form.operation.acts_on, at.organization
    targets = [r for r in at.resources if not kind or r.kind == kind]
    foreign = next((r for r in world.resources if r.organization is not owner), None)
    own = next((r for r in world.resources if r.organization is owner and r not in at.resources), None)
    if foreign is None or own is None or not targets:
        return
    first, last = targets[0], targets[-1]
    yield "on foreign ground", (_depend(first, foreign),)
    yield "with a foreign dependent on its last resource", (_depend(foreign, last),)
    yield "with a foreign dependent beside its own", (_depend(own, first), _depend(foreign, first))
    yield "with a foreign dependent two floors up", (_depend(own, first), _depend(foreign, own))


def _depend(dependent: Resource, on: Resource) -> Step:
    return Step("@depend", {"dependent": ref(dependent.ref), "on": ref(on.ref)})


def _hold(level: str, name: str) -> Step:
    return Step("@hold", {"level": level, "id": ref(name), "on": True})


def _saturation(form: Form, service: Service, seed: int) -> Iterator[Case]:
    """At each limit exactly (must run), one over it (must not), and at zero."""
    operations = service.operations
    big = make_world(kinds_of(operations), roles_of(operations), seed=seed, size=3)
    at = aim(big, big.organizations[0], take=4)
    step = valid_call(form, big, at)
    if step is None:
        return
    hit, fleet = _hit_count(form, step, big, at)
    percent = -(-hit * 100 // fleet)
    for name, count, share in (
        ("at its count limit", hit, 100),
        ("over its count limit", hit - 1, 100),
        ("at its share limit", hit, percent),
        ("over its share limit", hit, percent - 1),
        ("with a count limit of zero", 0, 100),
        ("with a share limit of zero", hit, 0),
    ):
        yield Case(f"{form.name} {name}", big, (Step("@limit", {"count": count, "percent": share}), step), (step,))


def _hit_count(form: Form, step: Step, world: World, at: Aim) -> tuple[int, int]:
    """(how many objects the valid call hits, how many live ones there are), by the world alone."""
    kind = form.operation.acts_on
    named = [f for name, f in form.operation.fields.items() if name in step.fields]
    of_kind = [r for r in world.resources if not kind or r.kind == kind]
    if any(f.kind is FieldKind.RESOURCES for f in named):
        return sum(r.kind == kind for r in at.resources), len(of_kind)
    if any(f.kind is FieldKind.RESOURCE for f in named):
        return 1, len(of_kind)
    if any(f.kind is FieldKind.PROJECT for f in named):
        return sum(r.project is at.project for r in of_kind), len(of_kind)
    return sum(r.organization is at.organization for r in of_kind), len(of_kind)


def _names_resources(form: Form) -> bool:
    return any(form.operation.fields[n].kind in (FieldKind.RESOURCE, FieldKind.RESOURCES) for n in form.variant)


def _names_project(form: Form) -> bool:
    return any(
        form.operation.fields[n].kind is FieldKind.PROJECT and not form.operation.fields[n].destination
        for n in form.variant
    )
