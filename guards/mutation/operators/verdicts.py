"""Operators on verdicts: a refusal is not reached, not raised, swallowed, ignored, or comes after the effect."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from guards.mutation.operators.code import Code, Function, Operator, Replacement, called, docstring_of
from guards.mutation.operators.words import is_constant, is_effect, is_guard, is_refusing

_UNSTUBBED: Final = frozenset({"__init__", "__new__", "__hash__"})
"""Empty, the first two break every use; a constant hash changes nothing but the speed."""

_EMPTY: Final = {
    "bool": ("True", "False"),
    "None": ("None",),
    "Never": ("None",),
    "int": ("0",),
    "str": ('""',),
    "list": ("[]",),
    "tuple": ("()",),
    "set": ("set()",),
    "frozenset": ("frozenset()",),
    "dict": ("{}",),
    "Sequence": ("()",),
    "Iterable": ("()",),
}
"""By return annotation, the answers that say yes or nothing."""


def _stubbed(code: Code) -> Iterator[Replacement]:
    for function in code.functions():
        body = _work_of(function)
        if body and function.name not in _UNSTUBBED:
            start, end = code.span(body[0])[0], code.span(body[-1])[1]
            for stub in _stubs(code, function):
                yield Replacement(start, end, stub)


def _work_of(function: Function) -> list[ast.stmt]:
    """The body without its docstring; nothing if it only declares."""
    body = function.body[1:] if docstring_of(function.body) else function.body
    match body:
        case [ast.Pass()] | [ast.Expr(value=ast.Constant())]:
            return []
        case [ast.Raise(exc=error)] if error is not None and "NotImplemented" in ast.unparse(error):
            return []
    return list(body)


def _stubs(code: Code, function: Function) -> Iterator[str]:
    own = list(code.own_nodes(function))
    if any(isinstance(node, ast.Yield | ast.YieldFrom) for node in own):
        if isinstance(function, ast.FunctionDef):
            yield "yield from ()"
        return
    if not any(isinstance(node, ast.Return) and node.value is not None for node in own):
        yield "pass"
        return
    for value in _permissive(function, own):
        yield f"return {value}"


def _permissive(function: Function, own: list[ast.AST]) -> list[str]:
    """What a function may answer without looking: by its annotation, as it does elsewhere, or what it was given."""
    annotation = "" if function.returns is None else ast.unparse(function.returns).strip("'\"")
    kind, _, items = annotation.partition("[")
    values = [] if kind == "tuple" and items and not items.endswith("...]") else [*_EMPTY.get(kind, ())]
    if annotation.endswith("| None"):
        values.append("None")
    answers = [node.value for node in own if isinstance(node, ast.Return) and node.value is not None]
    values += [ast.unparse(answer) for answer in answers if is_constant(answer)]
    values += [
        each.arg for each in function.args.args if each.annotation and ast.unparse(each.annotation) == annotation
    ]
    return list(dict.fromkeys(values))


def _raise_deleted(code: Code) -> Iterator[Replacement]:
    for node in code.nodes(ast.Raise):
        yield code.put(node, "pass")


def _exception_swallowed(code: Code) -> Iterator[Replacement]:
    for handler in code.nodes(ast.ExceptHandler):
        start, end = code.span(handler.body[0])[0], code.span(handler.body[-1])[1]
        yield Replacement(start, end, "pass")
        function = code.function_of(handler)
        if function is not None and isinstance(handler.body[-1], ast.Return | ast.Raise):
            for value in _permissive(function, list(code.own_nodes(function))):
                yield Replacement(start, end, f"return {value}")


def _verdict_ignored(code: Code) -> Iterator[Replacement]:
    for statement in code.nodes(ast.Expr):
        if isinstance(statement.value, ast.Call | ast.Await):
            yield code.put(statement, "pass")


def _checked_after_effect(code: Code) -> Iterator[Replacement]:
    for block in code.blocks():
        for check, effect in pairwise(block):
            if not (code.may_touch(check) and code.may_touch(effect)):
                continue
            apart = code.begins_its_line(check) and code.begins_its_line(effect) and check.lineno != effect.lineno
            if apart and not _builds(code, check) and _is_check(check) and _has_effect(effect):
                yield code.exchange(check, effect)


def _builds(code: Code, statement: ast.stmt) -> bool:
    """Stands in a constructor, where nobody can hold the object before the check has been made."""
    function = code.function_of(statement)
    return function is not None and function.name in {"__init__", "__new__", "__post_init__"}


def _is_check(statement: ast.stmt) -> bool:
    match statement:
        case ast.If(body=[*_, ast.Return() | ast.Raise() | ast.Continue() | ast.Break()], orelse=[]):
            return True
        case ast.Expr(value=ast.Call() as call):
            return is_guard(called(call).lstrip("_"))
    return False


def _has_effect(statement: ast.stmt) -> bool:
    """Calls something for what it does: by its name, or because nobody keeps the answer."""
    match statement:
        case ast.Return() | ast.Raise() | ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return False
        case ast.Expr(value=ast.Call() as call):
            return not is_guard(called(call).lstrip("_"))
        case ast.Expr(value=ast.Await()):
            return True
    return not _is_check(statement) and any(is_effect(called(part).lstrip("_")) for part in ast.walk(statement))


def _refusal_dropped(code: Code) -> Iterator[Replacement]:
    """`None` where a refusal is made: whoever only looks whether there is one goes on."""
    for node in code.nodes(ast.Return):
        if isinstance(node.value, ast.Call) and is_refusing(called(node.value).lstrip("_")):
            yield code.put(node.value, "None")


OPERATORS: Final = (
    Operator(
        "stub-permissive",
        "a rule answers without looking (Facebook backbone, 2021: the audit had a bug and stopped nothing)",
        "def may(caller: str, owner: str) -> bool:\n    return caller == owner",
        "def may(caller: str, owner: str) -> bool:\n    return True",
        _stubbed,
    ),
    Operator(
        "delete-raise",
        "a refusal is worked out and never raised (Joyent, 2014: the tool did not insist on a server's name)",
        "if not names:\n    raise NothingNamed(names)",
        "if not names:\n    pass",
        _raise_deleted,
    ),
    Operator(
        "swallow-exception",
        "what could not be asked counts as answered (Azure SQL, 2019: an unreachable key read as a removed one)",
        "try:\n    check(plan)\nexcept Refused:\n    raise",
        "try:\n    check(plan)\nexcept Refused:\n    pass",
        _exception_swallowed,
    ),
    Operator(
        "ignore-verdict",
        "a check is left out, as good as never heeded (Google networking, 2016: the canary objected, the push went on)",
        "check(plan)\ndestroy(plan)",
        "pass\ndestroy(plan)",
        _verdict_ignored,
    ),
    Operator(
        "drop-refusal",
        "a refusal turns into no answer, which reads as none (DigitalOcean, 2019: no data, no objection)",
        "def check(row):\n    return objection(row)",
        "def check(row):\n    return None",
        _refusal_dropped,
    ),
    Operator(
        "check-after-effect",
        "the check comes when the effect is there (Google networking, 2016: judged while it was being rolled out)",
        "check(plan)\ndestroy(plan)",
        "destroy(plan)\ncheck(plan)",
        _checked_after_effect,
    ),
)
