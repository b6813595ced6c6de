"""Operators on conditions, filters and lists: a part of a rule, or of what it is applied to, goes missing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from guards.mutation.operators.code import Code, Operator, Replacement, called, terminal
from guards.mutation.operators.words import is_constant, is_cursor, is_flag, is_query, is_refusing, is_scope

_SWITCH: Final = {"all": "any", "any": "all"}
_CONDITIONED: Final = frozenset({"where", "filter", "filter_by", "exclude", "having", "and_"})


def _condition_dropped(code: Code) -> Iterator[Replacement]:
    for node in code.nodes(ast.BoolOp):
        for index in range(len(node.values)):
            yield code.without(node.values, index)


def _condition_forced(code: Code) -> Iterator[Replacement]:
    for node in code.nodes(ast.AST):
        if isinstance(node, ast.If | ast.IfExp):
            yield code.put(node.test, "True")
            yield code.put(node.test, "False")


def _element_dropped(code: Code) -> Iterator[Replacement]:
    for node in code.nodes(ast.AST):
        if isinstance(node, ast.Tuple | ast.List | ast.Set) and len(node.elts) > 1 and _is_a_collection(code, node):
            for index in range(len(node.elts)):
                yield code.without_element(node, index)


def _is_a_collection(code: Code, node: ast.Tuple | ast.List | ast.Set) -> bool:
    """Holds any number of things; not a fixed pair, an index, or a message."""
    if isinstance(node, ast.Set):
        return True
    if not isinstance(node.ctx, ast.Load) or any(_is_sentence(element) for element in node.elts):
        return False
    if _is_an_index(code, node):
        return False
    match code.parents.get(node):
        case ast.Return() | ast.Yield() | ast.IfExp() | ast.Dict():
            return isinstance(node, ast.List)
        case ast.Assign(targets=[ast.Tuple(), *_]):
            return False
        case ast.Tuple() | ast.List():
            return isinstance(node, ast.List)  # rows of a table are of one width
    return True


def _is_an_index(code: Code, node: ast.AST) -> bool:
    """Stands between brackets, as in `row[a, b]` and in every alias of a type."""
    inside = node
    for outer in code.around(node):
        if isinstance(outer, ast.Subscript):
            return outer.slice is inside
        if not isinstance(outer, ast.Tuple | ast.List):
            return False
        inside = outer
    return False


def _is_sentence(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value
    )


def _filter_dropped(code: Code) -> Iterator[Replacement]:
    for call in code.nodes(ast.Call):
        name = called(call)
        if not name or name[0].isupper() or is_refusing(name):
            continue
        for keyword in call.keywords:
            if keyword.arg is not None and (is_scope(keyword.arg) or is_query(name)):
                yield code.without(_arguments(call), _arguments(call).index(keyword))
        if isinstance(call.func, ast.Attribute) and name in _CONDITIONED and (call.args or call.keywords):
            yield code.put(call, code.text(call.func.value))
            if len(call.args) > 1:
                yield from (code.without(_arguments(call), index) for index in range(len(call.args)))
    for table in code.nodes(ast.Dict):
        yield from _entry_dropped(code, table)


def _arguments(call: ast.Call) -> list[ast.expr | ast.keyword]:
    return sorted([*call.args, *call.keywords], key=lambda part: (part.lineno, part.col_offset))


def _entry_dropped(code: Code, table: ast.Dict) -> Iterator[Replacement]:
    """An entry of a literal filter: `{"org_id": org, "project_id": project}`."""
    for index, (key, value) in enumerate(zip(table.keys, table.values, strict=True)):
        named = isinstance(key, ast.Constant) and isinstance(key.value, str) and is_scope(key.value)
        if named and not _says_itself(value):
            yield code.without_entry(table, index)


def _says_itself(value: ast.expr) -> bool:
    """A literal, a constant or a class: then the table maps names to things, and filters nothing."""
    return is_constant(value) or terminal(value)[:1].isupper()


def _comprehension_condition_dropped(code: Code) -> Iterator[Replacement]:
    for loop in code.nodes(ast.comprehension):
        before: ast.expr = loop.iter
        for condition in loop.ifs:
            word, behind = code.before(condition), code.outer(before)[1]
            start = behind if code.on_one_line(behind, word) else word
            yield Replacement(start, code.outer(condition)[1], "")
            before = condition


def _all_any(code: Code) -> Iterator[Replacement]:
    for call in code.nodes(ast.Call):
        if isinstance(call.func, ast.Name) and call.func.id in _SWITCH:
            yield code.put(call.func, _SWITCH[call.func.id])


def _first_only(code: Code) -> Iterator[Replacement]:
    for node in code.nodes(ast.AST):
        plain = isinstance(node, ast.For) or (isinstance(node, ast.comprehension) and not node.is_async)
        if plain and isinstance(node, ast.For | ast.comprehension):
            start, end = code.outer(node.iter)
            yield Replacement(start, end, f"[*{code.text(node.iter)}][:1]")


def _per_page(code: Code) -> Iterator[Replacement]:
    for node in code.nodes(ast.AugAssign):
        if isinstance(node.op, ast.Add | ast.BitOr):
            start = code.before(node.value)
            yield Replacement(start, start + len("+="), "=")
    for attribute in code.nodes(ast.Attribute):
        if attribute.attr == "total" and isinstance(attribute.ctx, ast.Load):
            yield code.put(attribute, f"len({code.text(attribute.value)}.rows)")
    for assignment in code.nodes(ast.Assign):
        inside = any(isinstance(outer, ast.While) for outer in code.around(assignment))
        if inside and is_cursor(terminal(assignment.targets[0])) and not isinstance(assignment.value, ast.Constant):
            yield code.put(assignment.value, "None")


def _flag_negated(code: Code) -> Iterator[Replacement]:
    for node in code.nodes(ast.AST):
        match node:
            case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
                yield from _negated(code, test)
            case ast.keyword(arg=str(name), value=ast.Name() | ast.Attribute() as value):
                if is_flag(name):
                    yield from _negated(code, value)
            case ast.UnaryOp(op=ast.Not()):
                yield code.put(node, code.source[slice(*code.outer(node.operand))])
            case ast.Constant(value=bool() as flag) if _may_flip(code, node):
                yield code.put(node, str(not flag))


def _negated(code: Code, test: ast.expr) -> Iterator[Replacement]:
    if isinstance(test, ast.Name | ast.Attribute | ast.Call):
        yield code.put(test, f"not {code.text(test)}")


def _may_flip(code: Code, flag: ast.Constant) -> bool:
    """Where dropping the keyword is the same, that operator has it; `slots=True` changes no behaviour."""
    match code.parents.get(flag):
        case ast.keyword() as keyword:
            return called(code.parents[keyword]) not in {"dataclass", "ConfigDict", "Field"}
    return True


OPERATORS: Final = (
    Operator(
        "drop-condition",
        "one half of a rule goes missing (Azure AD signing key, 2021: the retain mark was not read)",
        "if row.held or row.organization != named:\n    refuse(row)",
        "if row.held:\n    refuse(row)",
        _condition_dropped,
    ),
    Operator(
        "force-condition",
        "one path never meets the rule that the others meet (PocketOS on Railway, 2026)",
        "if token.environment != here:\n    refuse(token)",
        "if False:\n    refuse(token)",
        _condition_forced,
    ),
    Operator(
        "drop-element",
        "a rule that is not on the list is never asked (Facebook backbone, 2021: the audit let the command through)",
        "CHECKS = (owner, project, hold)",
        "CHECKS = (owner, hold)",
        _element_dropped,
    ),
    Operator(
        "drop-filter",
        "a query forgets one of the scopes it is about (Scaleway load balancers, 2021)",
        "rows = inventory.rows(organization=org, project=project)",
        "rows = inventory.rows(organization=org)",
        _filter_dropped,
    ),
    Operator(
        "drop-comprehension-condition",
        "what was picked by a condition is everything now (GitHub fork network, 2026)",
        "mine = [row for row in rows if row.owner == caller]",
        "mine = [row for row in rows]",
        _comprehension_condition_dropped,
    ),
    Operator(
        "all-any",
        "one that matches answers for all the others (Level 3, 2016: a blank among the numbers blocked every call)",
        "fine = all(row.owner == caller for row in rows)",
        "fine = any(row.owner == caller for row in rows)",
        _all_any,
    ),
    Operator(
        "first-only",
        "the first of a batch is looked at, the rest goes along (Atlassian, 2022: nobody looked at every id)",
        "for row in rows:\n    expect_mine(row)",
        "for row in [*rows][:1]:\n    expect_mine(row)",
        _first_only,
    ),
    Operator(
        "per-page",
        "a page passes for the whole (Travis CI images, 2016; Railway, 2026: each call was under the cap)",
        "while cursor:\n    count += len(page)",
        "while cursor:\n    count = len(page)",
        _per_page,
    ),
    Operator(
        "negated-flag",
        "a flag says the opposite (Facebook backbone, 2021: a command meant to assess had effects)",
        "if request.dry_run:\n    report(plan)",
        "if not request.dry_run:\n    report(plan)",
        _flag_negated,
    ),
)
