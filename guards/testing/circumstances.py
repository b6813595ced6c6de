"""Cases in which something around a valid call stands against it: holds, read-only mode, dependents, limits, faults."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from guards.testing.calls import Aim, Case, Form, aim, forms, kinds_of, roles_of, valid_call
from guards.testing.service import (
    Effect,
    Faults,
    FieldKind,
    FreezesProducts,
    Holds,
    Limits,
    Operation,
    Service,
    Sharing,
)
from guards.testing.steps import Step, ref
from guards.testing.world import Resource, World, make_world


def circumstances(service: Service, world: World, seed: int) -> Iterator[Case]:
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
            yield from _towers(form, service, seed)
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


def _towers(form: Form, service: Service, seed: int) -> Iterator[Case]:
    """A stranger's object on top of several that are its owner's own: a search for dependents may stop below it."""
    high = make_world(kinds_of(service.operations), roles_of(service.operations), seed=seed, size=3)
    at = aim(high, high.organizations[0])
    step = valid_call(form, high, at)
    ground = next((r for r in at.resources if form.operation.acts_on in ("", r.kind)), None)
    stranger = next((r for r in high.resources if r.organization is not at.organization), None)
    own = [r for r in high.resources if r.organization is at.organization and r.project is not at.project]
    for floors in (3, 5):
        if step is not None and ground is not None and stranger is not None and len(own) >= floors:
            tower = [ground, *own[: floors - 1], stranger]
            rising = [_depend(above, below) for below, above in pairwise(tower)]
            yield Case(f"{form.name} with a foreign dependent {floors} floors up", high, (*rising, step), (step,))


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
