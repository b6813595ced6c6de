"""What is believed of declared types and fields, and of the names of a module: what nothing in sight can make untrue.

A declared type says something where None is none of it; a field, where nobody speaks of changing what never changes.
"""

from __future__ import annotations

import ast
import inspect
import sys
import types
import typing
from abc import ABCMeta
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum, EnumType
from functools import cache
from types import MemberDescriptorType
from typing import Any, Final, get_args, get_origin

from guards.mutation.search import NOTHING, or_another

NONE: Final = type(None)
UNIONS: Final = (typing.Union, types.UnionType)
METACLASSES: Final = (type, ABCMeta, EnumType)
"""Those of classes of which something is known; that of a protocol is another."""
SETTERS: Final = frozenset({"__setattr__", "__dict__", "vars", "setattr", "__getattribute__", "__class__"})
"""Words of a module by which a record that never changes may do so, or answer what it likes."""
MAKERS: Final = (tuple, list, set, frozenset, dict)
"""What makes one of these when it is called, and nothing that refines it."""


def members_of(hint: Any) -> tuple[type, ...]:
    """The types that a value may have; empty if that is not known."""
    if get_origin(hint) in UNIONS:
        several = [members_of(each) for each in get_args(hint)]
        return tuple(kind for each in several for kind in each) if all(several) else ()
    kind = get_origin(hint) or hint
    return (kind,) if _says_something(kind) else ()


def _says_something(kind: Any) -> bool:
    """Whether it is a type, and None is none of these unless it says so: it is an object, and Hashable."""
    if kind is NONE:
        return True
    return type(kind) in METACLASSES and not issubclass(NONE, kind)


def united(hints: Sequence[Any]) -> Any:
    """What is one of these; None if one of them is not known, or there is none."""
    return None if None in hints or not hints else typing.Union[tuple(hints)]  # noqa: UP007 - made here


def element_of(hint: Any, kinds: Collection[type]) -> Any:
    """The type of what a collection holds, where that is one type."""
    arguments = get_args(hint)
    if get_origin(hint) not in kinds or not arguments:
        return None
    if get_origin(hint) is tuple and arguments[1:] != (...,):
        return None
    return arguments[0]


def field_of(kind: type, name: str) -> Any:
    """The declared type of a field that never changes."""
    declared = [(each, vars(each)["__annotations__"][name]) for each in kind.__mro__ if name in _declared_in(each)]
    is_one = is_dataclass(kind) and getattr(kind, "__dataclass_params__").frozen  # noqa: B009 - mypy knows no such name
    if not is_one or len(declared) != 1 or words_of(declared[0][1]) & set(vars(declared[0][0])):
        return None
    if not all(is_steadfast(each.__module__) for each in kind.__mro__[:-1]):
        return None
    said = next((each for each in fields(kind) if each.name == name), None)
    if said is None or not said.init or not _is_kept(inspect.getattr_static(kind, name, MISSING), said.default):
        return None
    try:
        hint = typing.get_type_hints(kind)[name]
    except Exception:  # whatever an annotation that cannot be read raises
        return None
    if said.default_factory not in (MISSING, *members_of(hint)):
        return None
    return or_another(hint, NOTHING if said.default is MISSING else said.default)


def _is_kept(found: Any, default: Any) -> bool:
    """Whether what a class has under a field's name leaves the field to the instance."""
    return isinstance(found, MemberDescriptorType) or (found is default and not hasattr(type(found), "__get__"))


def _declared_in(kind: type) -> Collection[str]:
    return frozenset(vars(kind).get("__annotations__", ()))


def words_of(annotation: Any) -> set[str]:
    """The names in an annotation that is not read yet."""
    nodes = ast.walk(ast.parse(annotation)) if isinstance(annotation, str) else ()
    return {node.id for node in nodes if isinstance(node, ast.Name)}


def makes_its_own(called: Any) -> bool:
    """Whether calling this makes one of these and nothing else."""
    if called in MAKERS:
        return True
    return isinstance(called, type) and inspect.getattr_static(called, "__new__") is vars(object)["__new__"]


def source_of(module: str) -> str | None:
    """What a module was made of."""
    loader: Any = getattr(sys.modules.get(module), "__loader__", None)
    with suppress(Exception):  # whatever a loader raises that has none
        return str(loader.get_source(module))
    return None


def is_steadfast(module: str) -> bool:
    """Whether nothing in a module speaks of changing what does not change."""
    return SETTERS.isdisjoint(_words(module))


@cache
def _words(module: str) -> frozenset[str]:
    """Every name that stands in a module; where that is not known, those of which nothing is believed."""
    source = source_of(module)
    if source is None:
        return SETTERS
    nodes = list(ast.walk(ast.parse(source)))
    said = {node.id for node in nodes if isinstance(node, ast.Name)}
    said |= {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    return frozenset(said | {node.name for node in nodes if isinstance(node, ast.FunctionDef)})


@cache
def rebound(module: str) -> frozenset[str]:
    """The names of a module that its functions give other values."""
    nodes = ast.walk(ast.parse(source_of(module) or ""))
    return frozenset(name for node in nodes if isinstance(node, ast.Global) for name in node.names)


def is_always_true(kind: type) -> bool:
    """Of what is abstract or a protocol nothing is known: `()` is an Iterable, and false; others may join in."""
    if kind.__module__ == "builtins" or type(kind) is not type or "__class__" in _words(kind.__module__):
        return False
    return not any(hasattr(one, name) for one in _and_below(kind) for name in ("__bool__", "__len__"))


def _and_below(kind: type) -> Iterator[type]:
    """A type, and whatever is loaded that is one, too: one of these may be a null object."""
    yield kind
    below: list[type] = type.__subclasses__(kind)
    for one in below:
        yield from _and_below(one)


def is_plain_enum(kind: type) -> bool:
    """One whose members equal themselves and nothing else."""
    if not issubclass(kind, Enum) or not kind.__members__:
        return False
    return kind.__eq__ is object.__eq__ and kind.__ne__ is object.__ne__
