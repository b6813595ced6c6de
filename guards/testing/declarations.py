"""What an adapter says about its service, looked at before the service is blamed for it: its operations, and what is
observed of a world that has just been populated.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from traceback import extract_tb
from typing import Any, TypeVar

from guards.errors import GuardsError, shown
from guards.testing.service import Effect, Field, FieldKind, Operation, Role, Seen
from guards.testing.world import Resource, Unexpressible


class AdapterError(GuardsError):
    """A mistake in an adapter: nothing can be said about its service."""

    code = "bad_adapter"


_T = TypeVar("_T")


def asked(ability: str, method: Callable[..., _T], *arguments: Any) -> _T:
    """What an adapter's method answers, where there is nothing for it to refuse.

    Raises `AdapterError`, with the method's name, for whatever it raises; what the kit has words for, and an
    interrupt, pass.
    """
    try:
        return method(*arguments)
    except (GuardsError, KeyboardInterrupt):
        raise
    except BaseException as error:  # even the end of the program or of an iteration: here it means nothing
        raise AdapterError(f"`{ability}` of the adapter raised {_raised(error)}") from error


def _raised(error: BaseException) -> str:
    """The error as `call` may not be blamed for it: its type, what it says, and where it was raised."""
    try:
        said = str(error)[:200]
    except Exception:
        said = ""
    frames = extract_tb(error.__traceback__)
    return f"{type(error).__name__}{': ' + said if said else ''}, in {frames[-1].filename} on line {frames[-1].lineno}"


def check_declarations(operations: Sequence[Operation]) -> None:
    """Raises `AdapterError` for an operation that nobody could call, or that refers to a field it does not have."""
    if not isinstance(operations, Sequence):
        raise AdapterError(f"`operations` must be a tuple of operations, not {shown(operations)}")
    strange = [operation for operation in operations if not isinstance(operation, Operation)]
    if strange:
        raise AdapterError(f"`operations` has {shown(strange[0])}; each must be an Operation(...)")
    names = [operation.name for operation in operations]
    for operation in operations:
        _check_tokens(operation, names)
        if names.count(operation.name) > 1:
            raise AdapterError(f"two operations are called `{operation.name}`; each needs a name of its own")
        _check_callers(operation)
        _check_fields(operation)
        _check_codes(operation)
        _check_what_shows(operation)


def _check_callers(operation: Operation) -> None:
    known = " or ".join(f"`{role}`" for role in Role)
    for role in operation.callers or ("",):
        if not isinstance(role, str) or role not in tuple(Role):
            raise AdapterError(f"the operation `{operation.name}` is for the caller {shown(role)}; a caller is {known}")


def _check_fields(operation: Operation) -> None:
    fields = operation.fields
    for name, field in fields.items():
        if not isinstance(field, Field):
            raise AdapterError(
                f"the field `{name}` of `{operation.name}` is {shown(field)}; a field is made with organization(), "
                "project(), resource(kind) and the like"
            )
    repeated = [field.of for field in fields.values() if field.kind is FieldKind.REPEATS]
    flags = [operation.dry_run] if operation.dry_run else []
    for name in (*operation.one_of, *repeated, *flags):
        if name not in fields:
            raise AdapterError(f"`{operation.name}` refers to the field {shown(name)}, which it does not have")


def _check_tokens(operation: Operation, names: Sequence[str]) -> None:
    for name, field in operation.fields.items():
        if isinstance(field, Field) and field.kind is FieldKind.TOKEN and field.of not in names:
            raise AdapterError(
                f"the token `{name}` of `{operation.name}` is given by the operation {shown(field.of)}, which there "
                "is not"
            )


def _check_codes(operation: Operation) -> None:
    codes = operation.may_refuse
    if not isinstance(codes, tuple | list | set | frozenset) or not all(isinstance(code, str) for code in codes):
        raise AdapterError(
            f'`may_refuse` of `{operation.name}` is {shown(codes)}; it is a tuple of codes, such as ("quota_exceeded",)'
        )


def _check_what_shows(operation: Operation) -> None:
    if not operation.shows and operation.effect is not Effect.CHANGE:
        raise AdapterError(
            f"`{operation.name}` has the effect `{operation.effect}` and `shows=False`; "
            "only a change may go unseen by `observe`, or there is nothing to judge"
        )


@dataclass(frozen=True, slots=True)
class Expected:
    """What must be observed of a world's resources right after `populate`, as far as the operations make it matter."""

    natives: Mapping[str, Any]
    kinds: frozenset[str]
    """Those that operations name; a world made for none of them has a kind of its own."""
    has_projects: bool

    @classmethod
    def by(cls, operations: Collection[Operation], natives: Mapping[str, Any], *, holds: bool) -> Expected:
        fields = [field for operation in operations for field in operation.fields.values()]
        kinds = {operation.acts_on for operation in operations} | {field.of for field in fields}
        return cls(natives, frozenset(kinds), holds or any(field.kind is FieldKind.PROJECT for field in fields))

    def check(self, resource: Resource, row: Seen | None) -> None:
        """Compare one resource with what is observed of it.

        Raises `Unexpressible` where the owner is another than the world's, or nothing is there: two ids may have
        fallen together. Raises `AdapterError` where it is seen as another kind, in another project, or as gone.
        """
        owner, named = (
            self.natives[resource.organization.ref],
            f"`{resource.ref}` ({shown(self.natives[resource.ref])})",
        )
        if row is None or row.organization != owner:
            seen = "nothing" if row is None else shown(row.organization)
            raise Unexpressible(f"{named} is not seen as its organization's: expected {shown(owner)}, seen {seen}")
        if row.gone:
            raise _mismatch(named, "state", "a live object", "one that is gone")
        if row.kind not in ("", resource.kind) and resource.kind in self.kinds:
            raise _mismatch(named, "kind", shown(resource.kind), shown(row.kind))
        if resource.project is None or (row.project is None and not row.kind):
            return  # an adapter that shows neither project nor kind leaves both to the world
        project = self.natives[resource.project.ref]
        if row.project != project and (self.has_projects or row.project is not None):
            raise _mismatch(named, "project", shown(project), shown(row.project))


def _mismatch(resource: str, what: str, expected: str, seen: str) -> AdapterError:
    return AdapterError(
        f"right after `populate`, `observe` shows {resource} with another {what} than the world's: "
        f"expected {expected}, seen {seen}"
    )
