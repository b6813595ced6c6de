"""What must have been done before a valid call can work at all: the call that hands out the token which it must send,
and the destruction of what it restores.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from guards.testing.calls import Aim, Case, aim, forms, names_resources, valid_call
from guards.testing.service import Effect, FieldKind, Operation
from guards.testing.steps import Step, refs_in
from guards.testing.world import Organization, Resource, World


def prepared(case: Case, operations: Sequence[Operation]) -> Case:
    """The case with all that its calls, and its control, need before them."""
    before = tuple(preparation(operations, case.world, case.steps))
    control = None if case.control is None else (*preparation(operations, case.world, case.control), *case.control)
    if not before and control == case.control:
        return case
    twin = case.twin and not any(step.crafts for step in case.steps)
    return replace(case, steps=(*before, *case.steps), control=control, twin=twin)


def preparation(operations: Sequence[Operation], world: World, steps: Sequence[Step]) -> Iterator[Step]:
    """The steps that these ones lack before them."""
    known = {operation.name: operation for operation in operations}
    called = [(known[step.do], step) for step in steps if step.do in known]
    if not any(operation.effect is Effect.DESTROY for operation, _ in called):
        for operation, step in called:
            if operation.effect is Effect.RESTORE:
                yield from _destroyed(operations, operation, world, step)
                break
    lets = {step.let for step in steps if step.let}
    for operation, step in called:
        for name, field in operation.fields.items():
            sent = step.fields.get(name)
            let = str(sent.get("$from", "")) if isinstance(sent, Mapping) else ""
            if field.kind is FieldKind.TOKEN and field.required and let and let not in lets:
                lets.add(let)
                yield from _handing_out(operations, field.of, world, step, let)


def _destroyed(operations: Sequence[Operation], restoring: Operation, world: World, step: Step) -> Iterator[Step]:
    """The destruction of all that this call restores, and of what its strangers would name in its place."""
    named = set(refs_in(step.fields))
    ours = [r for r in world.resources if r.ref in named]
    if not ours:
        about = _about(world, step)
        ours = list(aim(world, about).resources) if about is not None else []
    others = [next((r for r in world.resources if r.organization is o), None) for o in world.organizations]
    strangers = [r for r in others if r is not None and all(r.organization is not own.organization for own in ours)]
    for resource in (*ours, *(strangers if step.crafts else ())):
        fall = _fall(operations, restoring.acts_on or resource.kind, world, resource)
        if fall is not None:
            yield fall


def _fall(operations: Sequence[Operation], kind: str, world: World, resource: Resource) -> Step | None:
    """A valid call that destroys this resource; one that names it before one that names more than it."""
    home = resource.project or next(p for p in world.projects if p.organization is resource.organization)
    at = Aim(resource.organization, home, (resource,), home)
    destroying = [f for f in forms(operations) if f.operation.effect is Effect.DESTROY and f.operation.acts_on == kind]
    calls = (valid_call(form, world, at) for form in sorted(destroying, key=names_resources, reverse=True))
    return next((call for call in calls if call is not None), None)


def _handing_out(operations: Sequence[Operation], giver: str, world: World, step: Step, let: str) -> Iterator[Step]:
    """The valid call by the same caller that is answered with the token."""
    about = _about(world, step)
    for form in forms(operations):
        call = valid_call(form, world, aim(world, about), let=let) if about is not None else None
        if form.operation.name == giver and call is not None and call.caller == step.caller:
            yield call
            return


def _about(world: World, step: Step) -> Organization | None:
    """The caller's organization; for an operator the one that the call names, else the first."""
    named = set(refs_in(step.fields))
    caller = next((p for p in world.principals if p.ref == step.caller), None)
    if caller is not None and caller.organization is not None:
        return caller.organization
    return next((o for o in world.organizations if o.ref in named), next(iter(world.organizations), None))
