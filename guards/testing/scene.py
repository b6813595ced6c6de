"""What a craft works on: the call that is about to be sent, and the scene from which it may borrow."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from guards.errors import GuardsError
from guards.testing.service import Field, FieldKind, Operation, organization
from guards.testing.world import Organization, Project, World


class Family(StrEnum):
    """What a craft plays on; reports group by it."""

    ABSENCE = "absence"
    WILDCARD = "wildcard"
    PATTERN = "pattern"
    TYPE = "type"
    SPELLING = "spelling"
    FOREIGN = "foreign"
    KIND = "wrong kind"
    LIST = "list"
    EXTRA = "extra field"
    CALLER = "caller"
    BYTES = "bytes"


class NotApplicable(GuardsError):
    """This craft cannot be made out of this call (say, upper case of an id that is a number): it was not tried."""

    code = "craft_not_applicable"


@dataclass(frozen=True, slots=True)
class Sent:
    """What goes over the wire: who calls, and the fields, or the raw body where a craft needs one."""

    caller: str
    """The ref of the principal; "" is nobody."""
    fields: dict[str, Any]
    body: bytes | None = None


@dataclass(frozen=True)
class Scene:
    """What a craft may look at: the world, its ids, the operation, whom the call is about, and the service's other
    operations.
    """

    world: World
    natives: Mapping[str, Any]
    operation: Operation
    home: Callable[[], Organization]
    """The organization that the call is about; few crafts ask."""
    operations: Collection[Operation] = ()

    @cached_property
    def about(self) -> Organization:
        return self.home()

    def foreign_organization(self) -> Any:
        return self.natives[self._neighbours()[0].ref]

    def foreign_project(self) -> Any:
        return self._of(self._neighbours()[0], "project")

    def foreign(self, field: Field) -> Any:
        """The live neighbour's counterpart of what this field names."""
        return self._counterpart(self._neighbours()[0], field)

    def other_foreign(self, field: Field) -> Any:
        """The same of the neighbour farthest away in the world's order: a list may be checked up to its middle."""
        return self._counterpart(self._neighbours()[-1], field)

    def rest_of_key(self, field: Field, foreign: Callable[[Field], Any]) -> Any:
        """What a stranger's thing is called behind our own id, once its owner and its name are joined into one key:
        `db` of `acme-eu` is `eu-db` of `acme`.
        """
        own, owner, name = self.natives[self.about.ref], foreign(organization()), foreign(field)
        if not all(isinstance(id, str) for id in (own, owner, name)) or not owner.startswith(own):
            raise NotApplicable("no stranger's id begins with ours")
        joint, rest = owner[len(own) : len(own) + 1], owner[len(own) + 1 :]
        if not rest:
            raise NotApplicable("nothing is left of the stranger's id")
        return f"{rest}{joint}{name}"

    def foreign_at_home(self, field: Field) -> Any:
        """A stranger's resource in a default project, whose id is also an organization's."""
        return self._foreign_where(field, lambda home, owner: home is not None and home.id == owner.id)

    def foreign_and_old(self, field: Field) -> Any:
        """A stranger's resource older than projects: a check that goes by the project never sees it."""
        return self._foreign_where(field, lambda home, _owner: home is None)

    def _counterpart(self, organization: Organization, field: Field) -> Any:
        if field.kind is FieldKind.REPEATS:
            field = self.operation.fields[field.of]
        if field.kind is FieldKind.PROJECT:
            return self._of(organization, "project")
        if field.kind in (FieldKind.RESOURCE, FieldKind.RESOURCES):
            return self._of(organization, field.of)
        return self.natives[organization.ref]

    def _foreign_where(self, field: Field, fits: Callable[[Project | None, Organization], bool]) -> Any:
        for r in self.world.resources:
            if r.kind == field.of and r.organization is not self.about and fits(r.project, r.organization):
                return self.natives[r.ref]
        raise NotApplicable("no stranger has such a resource")

    def wrong_kind(self, field: Field) -> Any:
        """An id of the call's own organization, but of another kind of thing."""
        if field.kind in (FieldKind.RESOURCE, FieldKind.RESOURCES):
            others = [r for r in self.world.resources if r.organization is self.about and r.kind != field.of]
            return self.natives[others[0].ref] if others else self._of(self.about, "project")
        return self._of(self.about, self.world.resources[0].kind if self.world.resources else "")

    def foreign_wrong_kind(self, field: Field) -> Any:
        """The neighbour's organization id where something smaller is meant, and its project's id where an
        organization is.
        """
        if field.kind is FieldKind.ORGANIZATION:
            return self._of(self._neighbours()[0], "project")
        return self.foreign_organization()

    def unknown(self, value: Any) -> Any:
        """An id of the same shape that nothing has."""
        return unknown_like(value, {repr(native) for native in self.natives.values()})

    def _neighbours(self) -> list[Organization]:
        others = [o for o in self.world.organizations if o is not self.about]
        if not others:
            raise NotApplicable("the world has no other organization")
        return others

    def _of(self, organization: Organization, kind: str) -> Any:
        things: Sequence[Any] = self.world.projects if kind == "project" else self.world.resources
        found = [
            thing.ref
            for thing in things
            if thing.organization is organization and (kind == "project" or thing.kind == kind)
        ]
        if not found:
            raise NotApplicable(f"the organization has no {kind or 'resource'}")
        return self.natives[found[-1] if kind == "project" else found[0]]


def unknown_like(value: Any, known: Collection[str]) -> Any:
    """An id shaped like `value` whose `repr` is not among the known. Raises `NotApplicable` if there is none."""
    candidates: list[Any] = []
    if isinstance(value, str) and value:
        candidates = [value[:-12] + "abcdef012345"] if len(value) == 36 else []
        candidates += [value[:-1] + c + value[-1:] for c in "qz7x"]
    elif type(value) is int:
        candidates = [value + 1_000_003]
    for candidate in candidates:
        if repr(candidate) not in known:
            return candidate
    raise NotApplicable("no id of this shape is free")
