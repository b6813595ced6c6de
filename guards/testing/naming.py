"""The fields of a call by what they name, and whether it is well-formed at all: its shape alone, not yet the world."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from guards.testing.blanks import is_blank
from guards.testing.service import ID_KINDS, Field, FieldKind, Operation

_PRECEDENCE = (
    FieldKind.ORGANIZATION,
    FieldKind.PROJECT,
    FieldKind.RESOURCE,
    FieldKind.RESOURCES,
)
"""The order in which fields name the organization of a call; a repetition comes after what it repeats."""


@dataclass(frozen=True, slots=True)
class Naming:
    """The fields of one operation by what they name. Every call is read by them, so they are sorted once."""

    fields: tuple[tuple[str, Field], ...]
    """All that name something; a repetition as the field that it repeats."""
    tiers: tuple[tuple[str, ...], ...]
    """Those by which a call may name its organization, the most explicit first."""
    scopes: tuple[str, ...]
    ids: tuple[tuple[str, Field], ...]
    tokens: tuple[str, ...]
    fresh: tuple[str, ...]
    organizations: tuple[str, ...]
    project: str
    destinations: tuple[str, ...]
    to_organization: str
    to_project: str

    is_by_token: bool
    """A token is all that says which objects a call is about, within the organization or project that it may name."""

    @classmethod
    def of(cls, operation: Operation) -> Naming:
        fields = operation.fields.items()
        meant = {name: _repeated(operation, spec) for name, spec in fields}
        source = [(name, spec) for name, spec in fields if not meant[name].destination]
        there = [(name, spec) for name, spec in fields if meant[name].destination]
        repeats = [(name, meant[name]) for name in _of_kind(source, FieldKind.REPEATS)]
        return cls(
            tuple((name, spec) for name, spec in meant.items() if spec.kind in _PRECEDENCE),
            tuple(_of_kind(naming, kind) for kind in _PRECEDENCE for naming in (source, repeats)),
            tuple(name for name, spec in source if spec.kind in ID_KINDS),
            tuple((name, spec) for name, spec in fields if spec.kind in (FieldKind.RESOURCE, FieldKind.RESOURCES)),
            _of_kind(source, FieldKind.TOKEN),
            tuple(name for name, spec in fields if spec.fresh),
            _of_kind(source, FieldKind.ORGANIZATION),
            next(iter(_of_kind(source, FieldKind.PROJECT)), ""),
            tuple(name for name, _ in there),
            next(iter(_of_kind(there, FieldKind.ORGANIZATION)), ""),
            next(iter(_of_kind(there, FieldKind.PROJECT)), ""),
            not any(spec.kind in (FieldKind.RESOURCE, FieldKind.RESOURCES) for spec in meant.values())
            and any(spec.kind is FieldKind.TOKEN and spec.required for spec in meant.values()),
        )


def _repeated(operation: Operation, spec: Field) -> Field:
    """The field that a repetition repeats; any other field as it is."""
    return operation.fields.get(spec.of, spec) if spec.kind is FieldKind.REPEATS else spec


def _of_kind(fields: Iterable[tuple[str, Field]], kind: FieldKind) -> tuple[str, ...]:
    return tuple(name for name, spec in fields if spec.kind is kind)


def is_well_formed(operation: Operation, fields: Mapping[str, Any]) -> bool:
    """Whether every field is known, there when required, of the right type, and the alternatives are exactly one."""
    if any(name not in operation.fields for name in fields):
        return False
    if operation.one_of and sum(name in fields for name in operation.one_of) != 1:
        return False
    for name, spec in operation.fields.items():
        if name in fields:
            if not _is_typed(spec, fields[name], fields):
                return False
        elif spec.required and name not in operation.one_of:
            return False
    # An operation of which every scope is optional: a call that names nothing names nobody, and may at most look.
    return bool(operation.one_of) or not operation.mutates or _names_something(operation, fields)


def _names_something(operation: Operation, fields: Mapping[str, Any]) -> bool:
    scopes = [
        name for name, spec in operation.fields.items() if spec.kind in ID_KINDS or spec.kind is FieldKind.RESOURCES
    ]
    return not scopes or any(name in fields for name in scopes)


def _is_typed(spec: Field, value: Any, fields: Mapping[str, Any]) -> bool:
    if spec.kind is FieldKind.FLAG:
        return type(value) is bool
    if spec.kind is FieldKind.TEXT:
        return type(value) is str and not is_blank(value)
    if spec.kind is FieldKind.CHOICE:
        return any(type(value) is type(option) and value == option for option in spec.choices)
    if spec.kind is FieldKind.REPEATS:
        return spec.of in fields and type(value) is type(fields[spec.of]) and value == fields[spec.of]
    if spec.kind is FieldKind.RESOURCES:
        if type(value) is not list or not value or not all(is_scalar(v) for v in value):
            return False
        return len({exact(v) for v in value}) == len(value)
    if spec.kind in ID_KINDS:
        return is_scalar(value)
    if spec.kind is FieldKind.TOKEN:
        return type(value) is str and bool(value)
    return True


def named_ids(naming: Naming, fields: Mapping[str, Any]) -> Iterator[tuple[Field, Any]]:
    """Every resource id that the call names."""
    for name, spec in naming.ids:
        if name in fields:
            yield from ((spec, value) for value in _each(fields[name]) if is_scalar(value))


def _each(value: Any) -> Iterable[Any]:
    if value is None:
        return ()
    return value if isinstance(value, list) else (value,)


def is_scalar(value: Any) -> bool:
    return value is not None and type(value) in (str, int)


def exact(value: Any) -> tuple[type, Any]:
    """A key under which True is not 1 and nothing unhashable gets in."""
    return (type(value), value if is_scalar(value) else repr(value))


def unwrapped(value: Any) -> Any:
    """The one value inside a list of one or an `{"id": ...}`: how a tolerant service might read it."""
    if isinstance(value, list) and len(value) == 1:
        return value[0]
    if isinstance(value, Mapping) and set(value) == {"id"}:
        return value["id"]
    return value
