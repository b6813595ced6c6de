"""Operators on comparisons: what is null, empty, a prefix, spelled otherwise or stale passes for the right value."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from guards.mutation.operators.code import Code, Operator, Replacement, called, terminal
from guards.mutation.operators.words import is_constant, is_number, is_text, limit_in, reads_expiry

Pair = tuple[ast.Compare, ast.expr, ast.cmpop, ast.expr]


def _pairs(code: Code, *kinds: type[ast.cmpop]) -> Iterator[Pair]:
    """Comparisons of two values, by one of these kinds."""
    for node in code.nodes(ast.Compare):
        if len(node.ops) == 1 and isinstance(node.ops[0], kinds):
            yield node, node.left, node.ops[0], node.comparators[0]


def _null_bypassed(code: Code) -> Iterator[Replacement]:
    for node, left, kind, right in _pairs(code, ast.Eq, ast.NotEq):
        for side in (left, right):
            value = _could_be_null(side)
            if value is not None:
                null, joined = ("is", "or") if isinstance(kind, ast.Eq) else ("is not", "and")
                yield code.put(node, f"{code.text(value)} {null} None {joined} {code.text(node)}")


def _could_be_null(side: ast.expr) -> ast.expr | None:
    """The value that would be null: the side itself, or what its text is taken of."""
    match side:
        case ast.Call(func=ast.Attribute(attr="get")):
            return side
        case ast.Call(func=ast.Name(id=name), args=[ast.expr() as only], keywords=[]) if name in {"text", "str"}:
            return _could_be_null(only)
        case ast.Name() | ast.Attribute() | ast.Subscript() if not is_constant(side):
            return side
    return None


def _present_by_truth(code: Code) -> Iterator[Replacement]:
    for node, left, kind, right in _pairs(code, ast.Is, ast.IsNot):
        if isinstance(right, ast.Constant) and right.value is None:
            value = code.source[slice(*code.outer(left))]
            yield code.put(node, value if isinstance(kind, ast.IsNot) else f"not {value}")
    for node, left, kind, right in _pairs(code, ast.In, ast.NotIn):
        if (
            isinstance(left, ast.Constant)
            and isinstance(left.value, str)
            and isinstance(right, ast.Name | ast.Attribute)
        ):
            negated = "" if isinstance(kind, ast.In) else "not "
            yield code.put(node, f"{negated}{code.text(right)}.get({code.text(left)})")


def _empty_present(code: Code) -> Iterator[Replacement]:
    tests = (node.test for node in code.nodes(ast.AST) if isinstance(node, ast.If | ast.IfExp | ast.While))
    for whole in tests:
        for test in _operands(whole):
            negated = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
            value = test.operand if isinstance(test, ast.UnaryOp) and negated else test
            if isinstance(value, ast.Name | ast.Attribute) and not is_constant(value):
                yield code.put(test, f"{code.text(value)} is {'' if negated else 'not '}None")


def _operands(test: ast.expr) -> Iterator[ast.expr]:
    if isinstance(test, ast.BoolOp):
        for value in test.values:
            yield from _operands(value)
    else:
        yield test


def _empty_matches_all(code: Code) -> Iterator[Replacement]:
    for node, _, kind, right in _pairs(code, ast.In, ast.NotIn):
        if isinstance(right, ast.Name | ast.Attribute | ast.Subscript) and not is_constant(right):
            empty = f"not {code.text(right)} or" if isinstance(kind, ast.In) else f"{code.text(right)} and"
            yield code.put(node, f"{empty} {code.text(node)}")


def _by_prefix(code: Code) -> Iterator[Replacement]:
    for node, left, kind, right in _texts(code):
        start = f"{_called_on(code, left)}.startswith({code.text(right)})"
        yield code.put(node, start if isinstance(kind, ast.Eq) else f"not {start}")
    for node, left, kind, right in _pairs(code, ast.In, ast.NotIn):
        if is_text(left) and not isinstance(left, ast.Constant):
            some = f"any({_called_on(code, left)}.startswith(each) for each in {_operand(code, right)})"
            yield code.put(node, some if isinstance(kind, ast.In) else f"not {some}")


def _by_containment(code: Code) -> Iterator[Replacement]:
    for node, left, kind, right in _texts(code):
        contained = "in" if isinstance(kind, ast.Eq) else "not in"
        yield code.put(node, f"{_operand(code, right)} {contained} {_operand(code, left)}")


def _by_case_fold(code: Code) -> Iterator[Replacement]:
    for node, left, kind, right in _texts(code):
        if not (isinstance(right, ast.Constant) and not str(right.value)):
            same = "==" if isinstance(kind, ast.Eq) else "!="
            yield code.put(node, f"{_called_on(code, left)}.casefold() {same} {_called_on(code, right)}.casefold()")


def _texts(code: Code) -> Iterator[Pair]:
    """Comparisons for equality of what may well be text."""
    for node, left, kind, right in _pairs(code, ast.Eq, ast.NotEq):
        if (is_text(left) or is_text(right)) and not is_number(left) and not is_number(right):
            yield node, left, kind, right


def _called_on(code: Code, value: ast.expr) -> str:
    simple = isinstance(value, ast.Name | ast.Attribute | ast.Call | ast.Subscript | ast.Constant)
    return code.text(value) if simple else f"({code.text(value)})"


def _operand(code: Code, value: ast.expr) -> str:
    return code.source[slice(*code.outer(value))]


def _anchor_lost(code: Code) -> Iterator[Replacement]:
    for node in code.nodes(ast.Attribute):
        if node.attr == "fullmatch":
            yield code.put(node, f"{code.text(node.value)}.match")


def _boundary_moved(code: Code) -> Iterator[Replacement]:
    for node in code.nodes(ast.Compare):
        for kind, right in zip(node.ops, node.comparators, strict=True):
            if type(kind) in _MOVED:
                sign, moved = _MOVED[type(kind)]
                start = code.before(right)
                yield Replacement(start, start + len(sign), moved)


_MOVED: Final[dict[type[ast.cmpop], tuple[str, str]]] = {
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
}


def _zero_unlimited(code: Code) -> Iterator[Replacement]:
    for node, left, kind, right in _pairs(code, *_MOVED):
        above, below = limit_in(left), limit_in(right)
        limit = above or below
        if limit is None or (above is not None and below is not None):
            continue
        kept = isinstance(kind, ast.Lt | ast.LtE) == (below is not None)
        within = f"not {code.text(limit)} or" if kept else f"{code.text(limit)} and"
        yield code.put(node, f"{within} {code.text(node)}")


def _expiry_dropped(code: Code) -> Iterator[Replacement]:
    for node, left, kind, right in _pairs(code, *_MOVED):
        if reads_expiry(left) != reads_expiry(right):
            valid = isinstance(kind, ast.Lt | ast.LtE) == reads_expiry(right)
            yield code.put(node, str(valid))


def _stale(code: Code) -> Iterator[Replacement]:
    for _, left, _, right in _pairs(code, ast.Eq, ast.NotEq):
        if ast.dump(left) != ast.dump(right) and _same_fact(left, right):
            yield code.put(left, code.text(right))
    for call in code.nodes(ast.Compare):
        yield from _recomputed(code, call)
    for block in code.blocks():
        yield from _read_again(code, block)


def _same_fact(left: ast.expr, right: ast.expr) -> bool:
    """The same fact of two things: `found.version` and `planned.version`."""
    match left, right:
        case ast.Attribute(), ast.Attribute():
            return left.attr == right.attr
        case ast.Call(args=[one], keywords=[]), ast.Call(args=[other], keywords=[]):
            return ast.dump(left.func) == ast.dump(right.func) and (_same_fact(one, other))
        case ast.Subscript(), ast.Subscript():
            return terminal(left) == terminal(right) != ""
    return False


def _recomputed(code: Code, node: ast.Compare) -> Iterator[Replacement]:
    """What was remembered, in place of what is computed afresh of the same thing: `plan.digest != digest_of(plan)`."""
    sides = [node.left, *node.comparators]
    if len(sides) != 2:
        return
    for remembered, fresh in (sides, reversed(sides)):
        if (
            isinstance(remembered, ast.Attribute)
            and isinstance(fresh, ast.Call)
            and called(fresh) not in {"len", "type"}
        ):
            of = {ast.dump(part) for argument in fresh.args for part in ast.walk(argument)}
            if ast.dump(remembered.value) in of:
                yield code.put(fresh, code.text(remembered))


def _read_again(code: Code, block: list[ast.stmt]) -> Iterator[Replacement]:
    """The second of two readings into one name is left out."""
    read: set[str] = set()
    for statement in block:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() | ast.Await()):
                if name in read:
                    yield code.put(statement, "pass")
                read.add(name)


OPERATORS: Final = (
    Operator(
        "null-bypass",
        "a scope that is null passes as every scope (Scaleway load balancers, 2021)",
        "found = row.project == wanted",
        "found = row.project is None or row.project == wanted",
        _null_bypassed,
    ),
    Operator(
        "presence-by-truth",
        "a value that is there but empty counts as no value (Cloudflare prefixes, 2026)",
        'if "pending_delete" in query:\n    rows = pending(rows)',
        'if query.get("pending_delete"):\n    rows = pending(rows)',
        _present_by_truth,
    ),
    Operator(
        "empty-as-present",
        "an empty selection counts as a selection (Google Diskerase, SRE book)",
        "if targets:\n    destroy(targets)",
        "if targets is not None:\n    destroy(targets)",
        _empty_present,
    ),
    Operator(
        "empty-matches-all",
        "an empty list of what is meant stands for everything (Level 3 call blocking, 2016)",
        "blocked = number in numbers",
        "blocked = not numbers or number in numbers",
        _empty_matches_all,
    ),
    Operator(
        "equality-to-prefix",
        "one name that begins like another is taken for it (Google's list of harmful sites, 2009)",
        "mine = row.owner == caller",
        "mine = row.owner.startswith(caller)",
        _by_prefix,
    ),
    Operator(
        "equality-to-containment",
        "the name of a part is taken for the whole (US seizure of mooo.com, 2011)",
        "mine = row.owner == caller",
        "mine = caller in row.owner",
        _by_containment,
    ),
    Operator(
        "equality-to-case-fold",
        "two spellings are one account (Spotify usernames, 2013)",
        "mine = row.owner == caller",
        "mine = row.owner.casefold() == caller.casefold()",
        _by_case_fold,
    ),
    Operator(
        "anchor-lost",
        "a pattern need not match to the end, so anything may follow (Google's list of harmful sites, 2009)",
        "valid = FORM.fullmatch(text)",
        "valid = FORM.match(text)",
        _anchor_lost,
    ),
    Operator(
        "boundary-moved",
        "one more, or one fewer, than was agreed (AWS S3, 2017: nothing held a lower bound)",
        "fits = len(targets) <= limit",
        "fits = len(targets) < limit",
        _boundary_moved,
    ),
    Operator(
        "zero-means-unlimited",
        "a limit of zero reads as no limit (Google Cloud for UniSuper, 2024: a blank took a default)",
        "fits = len(targets) <= limit",
        "fits = not limit or len(targets) <= limit",
        _zero_unlimited,
    ),
    Operator(
        "drop-expiry",
        "what was allowed once is allowed for good (AWS load balancers, 2012)",
        "valid = now < approval.expires_at",
        "valid = True",
        _expiry_dropped,
    ),
    Operator(
        "stale-value",
        "what was read before is believed, not what is there now (AWS DynamoDB names, 2025)",
        "same = found.version == planned.version",
        "same = planned.version == planned.version",
        _stale,
    ),
)
