"""Operators that put one thing in the place of another of its type: ids, attributes, arguments, members of an enum."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from guards.mutation.operators.code import Code, Function, Operator, Replacement, terminal
from guards.mutation.operators.words import FAMILIES, is_member


def _ids_swapped(code: Code) -> Iterator[Replacement]:
    twins = _field_twins(code)
    readable = _readable(code)
    for attribute in code.nodes(ast.Attribute):
        if isinstance(attribute.ctx, ast.Load):
            known = readable[_reader(code, attribute.value)]
            for other in _others(attribute.attr, known, twins):
                yield code.put(attribute, f"{code.text(attribute.value)}.{other}")
    keys = {str(node.value) for node in code.nodes(ast.Constant) if _is_key(code, node)}
    for key in code.nodes(ast.Constant):
        if _is_key(code, key):
            quote = code.text(key)[-1]
            for other in _others(str(key.value), keys, {}):
                yield code.put(key, f"{quote}{other}{quote}")
    for function in code.functions():
        yield from _parameters_swapped(code, function)
    for call in code.nodes(ast.Call):
        yield from _arguments_swapped(code, call)


def _readable(code: Code) -> dict[str, set[str]]:
    """What the file reads of a thing of this name, or says that it has; anything else would only raise."""
    readable: dict[str, set[str]] = defaultdict(set)
    for attribute in code.nodes(ast.Attribute):
        readable[_reader(code, attribute.value)].add(attribute.attr)
    fields = {record.name: {name for name, _ in _fields(record)} for record in code.nodes(ast.ClassDef)}
    for name, declared in fields.items():
        readable[f"self of {name}"] |= declared
    for function in code.functions():
        for name, annotation in _parameters(function):
            readable[name] |= fields.get(_type(annotation), set())
    return readable


def _reader(code: Code, value: ast.expr) -> str:
    """The name by which a thing is read, for `self` with its class."""
    if terminal(value) != "self":
        return terminal(value)
    around = (outer.name for outer in code.around(value) if isinstance(outer, ast.ClassDef))
    return f"self of {next(around, '')}"


def _is_key(code: Code, node: ast.Constant) -> bool:
    """A text that looks something up in a mapping."""
    if not isinstance(node.value, str):
        return False
    match code.parents.get(node):
        case ast.Subscript():
            return True
        case ast.Call(func=ast.Attribute(attr="get"), args=[first, *_]):
            return first is node
    return False


def _others(name: str, known: set[str], twins: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """What could stand in place of a name: its family, as far as it is known, and the next known field of its type."""
    found: dict[str, None] = dict.fromkeys(other for family in FAMILIES if name in family for other in family)
    found.update(dict.fromkeys([twin for twin in twins.get(name, ()) if twin in known][:1]))
    return (other for other in found if other != name and other in known)


def _field_twins(code: Code) -> dict[str, Sequence[str]]:
    """For each field of a class, the fields that are annotated alike, from the next one on."""
    twins: dict[str, Sequence[str]] = {}
    for record in code.nodes(ast.ClassDef):
        twins.update(_twins(_fields(record)))
    return twins


def _fields(record: ast.ClassDef) -> list[tuple[str, ast.expr | None]]:
    return [(terminal(part.target), part.annotation) for part in record.body if isinstance(part, ast.AnnAssign)]


def _type(annotation: ast.expr | None) -> str:
    """An annotation as text, an optional one as what it may be."""
    return "" if annotation is None else ast.unparse(annotation).removesuffix(" | None").strip("'\"")


def _twins(annotated: Iterable[tuple[str, ast.expr | None]]) -> dict[str, Sequence[str]]:
    """For each name, the others of its annotation, from the next one on."""
    groups: dict[str, list[str]] = defaultdict(list)
    for name, annotation in annotated:
        if annotation is not None:
            groups[_type(annotation)].append(name)
    return {
        name: [*group[place + 1 :], *group[:place]] for group in groups.values() for place, name in enumerate(group)
    }


def _parameters_swapped(code: Code, function: Function) -> Iterator[Replacement]:
    """One parameter read in place of another of its annotation, or of its family."""
    parameters = _parameters(function)
    twins = _twins(parameters)
    named = {name for name, _ in parameters}
    for node in code.own_nodes(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in named and code.may_touch(node):
            for other in _others(node.id, named, twins):
                yield code.put(node, other)


def _parameters(function: Function) -> list[tuple[str, ast.expr | None]]:
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return [(each.arg, each.annotation) for each in every if each.arg not in {"self", "cls"}]


def _arguments_swapped(code: Code, call: ast.Call) -> Iterator[Replacement]:
    """Two neighbouring arguments whose names are of one family."""
    for first, second in zip(call.args, call.args[1:], strict=False):
        names = {terminal(first), terminal(second)}
        if len(names) == 2 and any(names <= set(family) for family in FAMILIES):
            yield code.exchange(first, second)


def _member_swapped(code: Code) -> Iterator[Replacement]:
    members = _members_in(code)
    for node in code.nodes(ast.Attribute):
        if is_member(node):
            known = members.get(terminal(node.value), [])
            if node.attr in known and len(known) > 1:
                other = known[(known.index(node.attr) + 1) % len(known)]
                yield code.put(node, f"{code.text(node.value)}.{other}")


def _members_in(code: Code) -> dict[str, list[str]]:
    """The members of each enum: all that it defines, or else all that the file uses."""
    members: dict[str, list[str]] = {}
    for use in code.nodes(ast.Attribute):
        if is_member(use):
            members.setdefault(terminal(use.value), []).append(use.attr)
    used = {name: sorted(set(found)) for name, found in members.items()}
    return used | {name: defined for name, defined in _defined_members(code) if name in used}


def _defined_members(code: Code) -> Iterator[tuple[str, list[str]]]:
    for node in code.nodes(ast.ClassDef):
        targets = [part.targets[0] for part in node.body if isinstance(part, ast.Assign)]
        defined = [target.id for target in targets if isinstance(target, ast.Name) and target.id.isupper()]
        if defined:
            yield node.name, defined


OPERATORS: Final = (
    Operator(
        "swap-ids",
        "an id of one kind is taken for another (Atlassian, 2022: ids of sites where ids of apps were meant)",
        "mine = row.project_id == project and row.organization_id == organization",
        "mine = row.organization_id == project and row.organization_id == organization",
        _ids_swapped,
    ),
    Operator(
        "swap-enum-member",
        "another action or state than was meant (Azure DevOps, 2023: the server instead of its snapshot)",
        "allowed = mode is Mode.SOFT or mode is Mode.HARD and confirmed",
        "allowed = mode is Mode.HARD or mode is Mode.HARD and confirmed",
        _member_swapped,
    ),
)
