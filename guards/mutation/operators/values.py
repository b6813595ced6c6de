"""Operators on values and declarations: constants, defaults, what a model insists on, what a digest covers."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from guards.mutation.operators.code import Code, Function, Operator, Replacement, called, terminal
from guards.mutation.operators.words import is_digest, is_expiry, is_flag, is_limit

_CONSTRAINTS: Final = frozenset(
    {
        "allow_inf_nan",
        "decimal_places",
        "extra",
        "frozen",
        "ge",
        "gt",
        "le",
        "lt",
        "max_digits",
        "max_length",
        "min_length",
    }
    | {"multiple_of", "pattern", "revalidate_instances", "strict", "validate_assignment", "validate_default"}
)
_VALIDATING: Final = frozenset({"field_validator", "model_validator", "validator", "root_validator", "validates"})
_WIDE: Final = {"bool": "False", "int": "0", "str": '""'}
_COLLECTIONS: Final = frozenset({"Sequence", "Iterable", "Collection", "tuple", "list", "set", "frozenset"})


def _constant_shifted(code: Code) -> Iterator[Replacement]:
    for node in code.nodes(ast.Constant):
        if type(node.value) in (int, float):
            yield code.put(node, _sum(node.value, 1))
            yield code.put(node, _sum(node.value, -1))


def _sum(value: object, more: int) -> str:
    return repr(value + more) if isinstance(value, int | float) else ""


def _default_widened(code: Code) -> Iterator[Replacement]:
    for function in code.functions():
        yield from _parameter_defaults(code, function)
    for assignment in code.nodes(ast.AST):
        if isinstance(assignment, ast.Assign | ast.AnnAssign) and assignment.value is not None:
            name = terminal(assignment.targets[0] if isinstance(assignment, ast.Assign) else assignment.target)
            if (is_limit(name) or is_expiry(name)) and _is_whole(assignment.value):
                yield _tenfold(code, assignment.value)
    for model in code.nodes(ast.ClassDef):
        if _is_model(code, model):
            yield from _fields_optional(code, model)


def _parameter_defaults(code: Code, function: Function) -> Iterator[Replacement]:
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    pairs = [*zip(reversed(positional), reversed(arguments.defaults), strict=False)]
    pairs += [
        (each, default) for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if default
    ]
    for parameter, default in pairs:
        collection = _annotated_as(parameter.annotation) in _COLLECTIONS
        if collection and not (isinstance(default, ast.Constant | ast.Tuple)):
            yield code.put(default, "()")
        if is_limit(parameter.arg) and _is_whole(default):
            yield _tenfold(code, default)
    last = [*positional[-1:], *arguments.kwonlyargs]
    given = {id(parameter) for parameter, _ in pairs}
    for parameter in last:
        if id(parameter) not in given and is_flag(parameter.arg) and parameter.annotation is not None:
            end = code.span(parameter)[1]
            yield Replacement(end, end, " = False")


def _annotated_as(annotation: ast.expr | None) -> str:
    return terminal(annotation.value if isinstance(annotation, ast.Subscript) else annotation) if annotation else ""


def _is_whole(value: ast.expr) -> bool:
    """A number, or one computed of numbers alone."""
    parts = [part for part in ast.walk(value) if isinstance(part, ast.expr)]
    return any(isinstance(part, ast.Constant) and type(part.value) is int for part in parts) and all(
        isinstance(part, ast.BinOp) or (isinstance(part, ast.Constant) and type(part.value) is int) for part in parts
    )


def _tenfold(code: Code, value: ast.expr) -> Replacement:
    whole = code.source[slice(*code.outer(value))]
    start, end = code.outer(value)
    return Replacement(start, end, f"({whole}) * 10" if isinstance(value, ast.BinOp) else f"{whole} * 10")


def _is_model(code: Code, model: ast.ClassDef) -> bool:
    """A pydantic model, as far as this file tells."""
    bases = {terminal(base) for base in model.bases}
    if any(base.endswith(("Model", "Schema")) for base in bases):
        return True
    return any(
        parent.name in bases and parent is not model and _is_model(code, parent) for parent in code.nodes(ast.ClassDef)
    )


def _fields_optional(code: Code, model: ast.ClassDef) -> Iterator[Replacement]:
    """A field that had to be sent need not be."""
    for field in model.body:
        if not isinstance(field, ast.AnnAssign):
            continue
        wide = _WIDE.get(ast.unparse(field.annotation), "None")
        if field.value is None:
            end = code.span(field)[1]
            yield Replacement(end, end, f" = {wide}")
        elif called(field.value) == "Field" and isinstance(field.value, ast.Call) and not field.value.args:
            first = code.span(field.value.keywords[0])[0] if field.value.keywords else code.span(field.value)[1] - 1
            if not any(keyword.arg in {"default", "default_factory"} for keyword in field.value.keywords):
                yield Replacement(first, first, f"{wide}, " if field.value.keywords else wide)


def _constraint_dropped(code: Code) -> Iterator[Replacement]:
    for call in code.nodes(ast.Call):
        for keyword in call.keywords:
            if keyword.arg in _CONSTRAINTS:
                parts: list[ast.expr | ast.keyword] = [*call.args, *call.keywords]
                yield code.without(parts, parts.index(keyword))
    for subscript, metadata in _metadata(code):
        if not _validates(metadata):
            yield _metadata_dropped(code, subscript, metadata)


def _validator_dropped(code: Code) -> Iterator[Replacement]:
    for subscript, metadata in _metadata(code):
        if _validates(metadata):
            yield _metadata_dropped(code, subscript, metadata)
    for function in code.functions():
        for mark in function.decorator_list:
            if called(mark) in _VALIDATING:
                yield Replacement(code.before(mark), code.outer(mark)[1], "")


def _metadata(code: Code) -> Iterator[tuple[ast.Subscript, ast.expr]]:
    """What `Annotated` adds to types, wherever it stands."""
    for node in ast.walk(code.tree):
        if (
            isinstance(node, ast.Subscript)
            and terminal(node.value) == "Annotated"
            and isinstance(node.slice, ast.Tuple)
        ):
            for metadata in node.slice.elts[1:]:
                yield node, metadata


def _metadata_dropped(code: Code, annotated: ast.Subscript, metadata: ast.expr) -> Replacement:
    """`Annotated` without one of its additions; without the only one, the type alone."""
    parts = annotated.slice.elts if isinstance(annotated.slice, ast.Tuple) else [annotated.slice]
    if len(parts) > 2:
        return code.without(parts, parts.index(metadata))
    return Replacement(*code.span(annotated), code.text(parts[0]))


def _validates(metadata: ast.expr) -> bool:
    return called(metadata).endswith("Validator")


def _digest_field_dropped(code: Code) -> Iterator[Replacement]:
    for node in code.nodes(ast.AST):
        match node:
            case ast.Expr(value=ast.Yield() | ast.YieldFrom()):
                yield code.put(node, "pass")
            case (
                ast.YieldFrom(value=ast.Tuple() | ast.List() as parts)
                | ast.AugAssign(value=ast.Tuple() | ast.List() as parts)
            ):
                yield from (code.without_element(parts, index) for index in range(len(parts.elts)))
            case ast.Return(value=ast.Tuple() as parts) if len(parts.elts) > 1 and _is_digested(code, node):
                yield from (code.without_element(parts, index) for index in range(len(parts.elts)))
            case ast.Dict() if len(node.keys) > 1 and _is_digested(code, node):
                yield from (code.without_entry(node, index) for index in range(len(node.keys)))
            case ast.JoinedStr() if _is_digested(code, node):
                yield from _holes_closed(code, node)
            case ast.BinOp(op=ast.Add()) if _is_digested(code, node) and _is_outermost_sum(code, node):
                terms = _terms(node)
                yield from (code.without(terms, index) for index in range(len(terms)))


def _is_digested(code: Code, node: ast.AST) -> bool:
    """Stands in a function, or goes into a call, whose name speaks of a digest or a key."""
    function = code.function_of(node)
    names = [function.name] if function is not None else []
    names += [called(outer) for outer in code.around(node) if isinstance(outer, ast.Call)]
    if any(isinstance(outer, ast.Raise) for outer in code.around(node)):
        return False
    return any(is_digest(name.lstrip("_")) or name.startswith(("sha", "md5", "blake")) for name in names)


def _holes_closed(code: Code, text: ast.JoinedStr) -> Iterator[Replacement]:
    """A formatted text with one of its values missing."""
    holes = [part for part in text.values if isinstance(part, ast.FormattedValue)]
    for hole in holes if len(holes) > 1 else []:
        yield code.put(text, ast.unparse(ast.JoinedStr([part for part in text.values if part is not hole])))


def _is_outermost_sum(code: Code, node: ast.BinOp) -> bool:
    parent = code.parents.get(node)
    return not (isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Add))


def _terms(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return [*_terms(node.left), *_terms(node.right)]
    return [node]


OPERATORS: Final = (
    Operator(
        "shift-constant",
        "a limit that is not quite what was agreed (AWS S3, 2017: too much capacity could be taken at once)",
        "LIMIT = 50",
        "LIMIT = 51",
        _constant_shifted,
    ),
    Operator(
        "widen-default",
        "what is left out takes the widest meaning (Joyent, 2014; Google Cloud for UniSuper, 2024)",
        "def purge(ids, max_count=50):\n    run(ids[:max_count])",
        "def purge(ids, max_count=50 * 10):\n    run(ids[:max_count])",
        _default_widened,
    ),
    Operator(
        "drop-constraint",
        "a model takes what it should refuse (Cloudflare prefixes, 2026: a parameter without a value was let in)",
        "ids: list[str] = Field(min_length=1)",
        "ids: list[str] = Field()",
        _constraint_dropped,
    ),
    Operator(
        "drop-validator",
        "a value is no longer looked at on its way in (Joyent, 2014: lax validation)",
        "Line = Annotated[str, AfterValidator(one_line)]",
        "Line = str",
        _validator_dropped,
    ),
    Operator(
        "drop-digest-field",
        "what was approved is not all that is signed (Bybit, 2025: the signers saw another payload)",
        'def digest(plan):\n    yield plan.owner\n    yield from ("targets", *plan.targets)',
        'def digest(plan):\n    pass\n    yield from ("targets", *plan.targets)',
        _digest_field_dropped,
    ),
)
