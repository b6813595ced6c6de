"""Valid calls: every way to make one, what one is about, and the case that is made of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from guards.testing.service import (
    FieldKind,
    Operation,
    Role,
)
from guards.testing.steps import Step, answer, ref
from guards.testing.world import Organization, Project, Resource, World


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
    caller = caller_for(form.role, world, at.organization)
    if caller is None:
        return None
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
        elif spec.kind is FieldKind.TOKEN:
            fields[name] = answer(given_by(spec.of, caller), spec.value)
        elif spec.fresh:
            fields[name] = spec.value + "".join(filter(str.isalnum, let))
        elif spec.kind is not FieldKind.REPEATS:
            fields[name] = spec.value
    for name in form.variant:
        spec = form.operation.fields[name]
        if spec.kind is FieldKind.REPEATS:
            fields[name] = fields.get(spec.of)
    return Step(form.operation.name, fields, caller, let=let)


def usual_calls(operations: Sequence[Operation], world: World, like: Step) -> Iterator[Step]:
    """The valid calls with the same fields by the same caller, with the usual aim in each organization."""
    alike = (
        form for form in forms(operations) if (form.operation.name, set(form.variant)) == (like.do, set(like.fields))
    )
    for form in alike:
        calls = (valid_call(form, world, aim(world, organization)) for organization in world.organizations)
        yield from (call for call in calls if call is not None and call.caller == like.caller)


def given_by(operation: str, caller: str) -> str:
    """The name of the step whose answer hands this caller a token that a valid call must send."""
    return f"{operation} by {caller}"


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


def names_resources(form: Form) -> bool:
    return any(form.operation.fields[n].kind in (FieldKind.RESOURCE, FieldKind.RESOURCES) for n in form.variant)


def names_project(form: Form) -> bool:
    return any(
        form.operation.fields[n].kind is FieldKind.PROJECT and not form.operation.fields[n].destination
        for n in form.variant
    )
