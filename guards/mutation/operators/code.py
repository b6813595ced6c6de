"""One source file as the operators see it: its syntax tree, and where in the text each piece of the tree stands.

Operators ask here for nodes and for replacements. What no operator may touch (annotations, docstrings, messages,
logging, `__slots__`) is not among the nodes. Offsets count characters from the start of the file.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

N = TypeVar("N", bound=ast.AST)

Located = ast.expr | ast.stmt | ast.keyword | ast.excepthandler | ast.arg
"""What knows its place in the text."""
Function = ast.FunctionDef | ast.AsyncFunctionDef
Token = tuple[int, int, str]
"""From where to where a token reaches, and how it reads."""


@dataclass(frozen=True, slots=True)
class Replacement:
    """This text instead of what stands from `start` up to `end`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Operator:
    """One way to go wrong: its name, the incident that it is learned from, and a source that it turns into another."""

    name: str
    reason: str
    before: str
    after: str
    sites: Callable[[Code], Iterator[Replacement]]


class Code:
    """A source, parsed once. Only questions; nothing here changes."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.tree = ast.parse(source)
        self._lines = _LINE.findall(source)
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line))
        self.parents = {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}
        self._scopes = sorted(self._find_scopes(self.tree, ""), key=lambda scope: scope[1] - scope[0])
        self._silent = frozenset(_silent(self.tree))
        self._tokens = tokens_of(source)
        self._token_starts = [start for start, _, _ in self._tokens]

    def nodes(self, kind: type[N]) -> Iterator[N]:
        """Every node of this kind that an operator may touch."""
        return (node for node in ast.walk(self.tree) if isinstance(node, kind) and node not in self._silent)

    def may_touch(self, node: ast.AST) -> bool:
        return node not in self._silent

    def functions(self) -> Iterator[Function]:
        for node in self.nodes(ast.AST):
            if isinstance(node, Function):
                yield node

    def span(self, node: Located) -> tuple[int, int]:
        """From where to where a node reaches, without parentheses around it."""
        end_line = node.end_lineno if node.end_lineno is not None else node.lineno
        end_column = node.end_col_offset if node.end_col_offset is not None else node.col_offset
        return self._offset(node.lineno, node.col_offset), self._offset(end_line, end_column)

    def outer(self, node: Located) -> tuple[int, int]:
        """From where to where a node reaches, with the parentheses that do nothing but group it."""
        start, end = self.span(node)
        while True:
            before = bisect_left(self._token_starts, start) - 1
            after = bisect_left(self._token_starts, end)
            if before < 0 or after >= len(self._tokens) or not self._group(before, after):
                return start, end
            start, end = self._tokens[before][0], self._tokens[after][1]

    def text(self, node: Located) -> str:
        start, end = self.span(node)
        return self.source[start:end]

    def position(self, offset: int) -> tuple[int, int]:
        """Line from 1 and column from 0 of a character."""
        line = min(bisect_right(self._starts, offset), max(len(self._lines), 1))
        return line, offset - self._starts[line - 1]

    def line_start(self, number: int) -> int:
        """Where a line begins; the end of the file for the line after the last."""
        return self._starts[min(number, len(self._starts)) - 1]

    def scope_at(self, offset: int) -> str:
        """The qualified name of the innermost function or class around a character."""
        return next((name for start, end, name in self._scopes if start <= offset <= end), "")

    def line(self, number: int) -> str:
        return self._lines[number - 1] if number <= len(self._lines) else ""

    def put(self, node: Located, text: str) -> Replacement:
        """The text in place of the node; an expression in parentheses wherever it could bind otherwise."""
        start, end = self.span(node)
        bound = isinstance(node, ast.expr) and _binds_otherwise(self.parents.get(node), text)
        return Replacement(start, end, f"({text})" if bound else text)

    def exchange(self, first: Located, second: Located) -> Replacement:
        """Two pieces in each other's place, with what stands between them left as it is."""
        (start, first_end), (second_start, end) = self.span(first), self.span(second)
        between = self.source[first_end:second_start]
        return Replacement(start, end, self.text(second) + between + self.text(first))

    def without(self, items: Sequence[Located], index: int) -> Replacement:
        """A list, however it is separated, without one of its items and the separator beside it."""
        return self._without([self.outer(item) for item in items], index)

    def without_entry(self, table: ast.Dict, index: int) -> Replacement:
        """A mapping without one of its entries, keys and what is unpacked into it alike."""
        starts = [
            self.before(value) if key is None else self.outer(key)[0]
            for key, value in zip(table.keys, table.values, strict=True)
        ]
        ends = [self.outer(value)[1] for value in table.values]
        return self._without(list(zip(starts, ends, strict=True)), index)

    def before(self, node: Located) -> int:
        """Where the word or sign in front of a node begins."""
        return self._tokens[bisect_left(self._token_starts, self.outer(node)[0]) - 1][0]

    def on_one_line(self, first: int, second: int) -> bool:
        return self.position(first)[0] == self.position(second)[0]

    def without_element(self, display: ast.Tuple | ast.List | ast.Set, index: int) -> Replacement:
        """The same for a display; a tuple of one keeps the comma that makes it a tuple."""
        elements = display.elts
        start, end = self.outer(elements[0])[0], self.outer(elements[-1])[1]
        if not isinstance(display, ast.Tuple) or len(elements) > 2 or self._past_comma(end) > end:
            return self.without(elements, index)
        left = self.outer(elements[1 - index])
        return Replacement(start, end, self.source[left[0] : left[1]] + ",")

    def own_nodes(self, function: Function) -> Iterator[ast.AST]:
        """What stands in the body of a function and not in a function inside it."""
        waiting: list[ast.AST] = list(function.body)
        while waiting:
            node = waiting.pop(0)
            yield node
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
                waiting.extend(ast.iter_child_nodes(node))

    def function_of(self, node: ast.AST) -> Function | None:
        """The innermost function around a node."""
        return next((outer for outer in self.around(node) if isinstance(outer, Function)), None)

    def around(self, node: ast.AST) -> Iterator[ast.AST]:
        """What a node stands in, from the inside out."""
        while node in self.parents:
            node = self.parents[node]
            yield node

    def blocks(self) -> Iterator[list[ast.stmt]]:
        """Every sequence of statements that run one after the other."""
        for node in self.nodes(ast.AST):
            for name in ("body", "orelse", "finalbody"):
                block = getattr(node, name, None)
                if isinstance(block, list) and block:
                    yield block

    def begins_its_line(self, node: Located) -> bool:
        start = self.span(node)[0]
        return self.source[self._starts[node.lineno - 1] : start].isspace() or node.col_offset == 0

    def _find_scopes(self, node: ast.AST, prefix: str) -> Iterator[tuple[int, int, str]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                first = min([child.lineno, *[mark.lineno for mark in child.decorator_list]])
                yield self.line_start(first), self.span(child)[1], prefix + child.name
                yield from self._find_scopes(child, f"{prefix}{child.name}.")
            else:
                yield from self._find_scopes(child, prefix)

    def _offset(self, line: int, column: int) -> int:
        text = self._lines[line - 1] if line <= len(self._lines) else ""
        characters = column if text.isascii() else len(text.encode()[:column].decode())
        return self._starts[line - 1] + characters

    def _without(self, items: Sequence[tuple[int, int]], index: int) -> Replacement:
        """The replacement begins where the item stands, so that it is found on the item's own line."""
        start, end = items[index]
        if index + 1 < len(items):
            return Replacement(start, items[index + 1][0], "")
        if index == 0:
            return Replacement(start, end, "")
        before = items[index - 1][1]
        separator, _, sign = self._tokens[bisect_left(self._token_starts, before)]
        if self.on_one_line(separator, start):
            return Replacement(before if self.on_one_line(before, start) else separator, end, "")
        if sign == ",":
            return Replacement(start, self._past_comma(end), "")
        return Replacement(before, end, "")

    def _past_comma(self, offset: int) -> int:
        """Behind the comma that follows, or the offset itself if none does."""
        following = bisect_left(self._token_starts, offset)
        comma = following < len(self._tokens) and self._tokens[following][2] == ","
        return self._tokens[following][1] if comma else offset

    def _group(self, before: int, after: int) -> bool:
        """Whether these two tokens are parentheses that group, rather than call, define or subscript."""
        if self._tokens[before][2] != "(" or self._tokens[after][2] != ")":
            return False
        if before == 0:
            return True
        previous = self._tokens[before - 1]
        attached = previous[2][-1] in "\"')]}" or (previous[2].isidentifier() and previous[2] not in _KEYWORDS)
        return not attached or not self.on_one_line(previous[1], self._tokens[before][0])


_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
_BLANK: Final = frozenset({tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT})
_KEYWORDS: Final = frozenset(
    {
        "and",
        "assert",
        "await",
        "elif",
        "else",
        "for",
        "from",
        "if",
        "in",
        "is",
        "lambda",
        "not",
        "or",
        "raise",
        "return",
    }
    | {"while", "with", "yield", "case", "match", "del", "except"}
)
_BINDING: Final = (
    ast.Attribute,
    ast.Await,
    ast.BinOp,
    ast.BoolOp,
    ast.Compare,
    ast.Starred,
    ast.Subscript,
    ast.UnaryOp,
)
_LOGGING: Final = re.compile(r"(?:.*\.)?(?:log|logger|logging|_log|_logger|LOG|LOGGER|warnings)\.\w+|print")
_TYPING_ONLY: Final = frozenset({"TypeVar", "ParamSpec", "TypeVarTuple", "NewType", "cast", "overload"})
_ABOUT_NAMES: Final = frozenset({"__slots__", "__all__", "__match_args__"})
_SHOWS: Final = frozenset({"__repr__", "__str__", "__format__"})


def _binds_otherwise(parent: ast.AST | None, text: str) -> bool:
    """Whether an expression put below this parent would come apart without parentheses."""
    if not isinstance(parent, _BINDING):
        return False
    match ast.parse(f"({text})", mode="eval").body:
        case ast.Name() | ast.Attribute() | ast.Call() | ast.Subscript() | ast.List():
            return False
        case ast.Constant(value=value):
            return isinstance(value, int | float) and isinstance(parent, ast.Attribute)
        case ast.Compare() | ast.UnaryOp(op=ast.Not()):
            return not isinstance(parent, ast.BoolOp)
    return True


def tokens_of(source: str, *, with_line_ends: bool = False) -> list[Token]:
    """The tokens of a source that are more than blanks and comments; the ends of logical lines only if asked for."""
    left_out = _BLANK - {tokenize.NEWLINE} if with_line_ends else _BLANK
    starts = [0]
    for line in _LINE.findall(source):
        starts.append(starts[-1] + len(line))
    tokens = tokenize.generate_tokens(io.StringIO(source, newline="").readline)
    return [
        (starts[token.start[0] - 1] + token.start[1], starts[token.end[0] - 1] + token.end[1], token.string)
        for token in tokens
        if token.type not in left_out and token.string
    ]


def called(node: ast.AST) -> str:
    """What a call calls, as far as it is a dotted name; the empty text for anything else."""
    if not isinstance(node, ast.Call):
        return ""
    return terminal(node.func)


def terminal(node: ast.AST) -> str:
    """The last word of a name, an attribute, a call or a subscript with a text: what the value is called."""
    match node:
        case ast.Name():
            return node.id
        case ast.Attribute():
            return node.attr
        case ast.Call(func=ast.Attribute(attr="get"), args=[ast.Constant(value=str() as key), *_]):
            return key
        case ast.Call(args=[only], keywords=[]) if terminal(node.func) in {"text", "str"}:
            return terminal(only)
        case ast.Call():
            return terminal(node.func)
        case ast.Subscript(slice=ast.Constant(value=str() as key)):
            return key
    return ""


def docstring_of(body: Sequence[ast.stmt]) -> ast.stmt | None:
    """The first statement of a body, if it is nothing but a text."""
    match body:
        case [ast.Expr(value=ast.Constant(value=str())) as first, *_]:
            return first
    return None


def _silent(tree: ast.Module) -> Iterator[ast.AST]:
    """Everything that no operator may touch."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield from _typing(node.returns)
                if node.name in _SHOWS or any(terminal(mark) == "overload" for mark in node.decorator_list):
                    yield from ast.walk(node)
            case ast.arg():
                yield from _typing(node.annotation)
            case ast.AnnAssign():
                yield from _typing(node.annotation)
                if terminal(node.annotation) == "TypeAlias":
                    yield from _typing(node.value)
                if _names(node.target) & _ABOUT_NAMES:
                    yield from ast.walk(node)
            case ast.Assign():
                if any(_names(target) & _ABOUT_NAMES for target in node.targets):
                    yield from ast.walk(node)
            case ast.Expr(value=ast.Constant(value=str())):
                yield from ast.walk(node)
            case ast.Expr(value=ast.Call(func=function)) if _LOGGING.fullmatch(ast.unparse(function)):
                yield from ast.walk(node)
            case ast.JoinedStr():
                yield from (inner for inner in ast.walk(node) if inner is not node)
            case ast.Call() if called(node) in _TYPING_ONLY:
                yield from ast.walk(node)
            case ast.If() if terminal(node.test) == "TYPE_CHECKING" or _is_main(node.test):
                yield from ast.walk(node)


def _typing(annotation: ast.AST | None) -> Iterator[ast.AST]:
    """All of an annotation but what `Annotated` adds to it, which is code and does something."""
    if annotation is None:
        return
    yield annotation
    match annotation:
        case ast.Subscript(value=marker, slice=ast.Tuple(elts=[first, *_])) if terminal(marker) == "Annotated":
            yield from _typing(first)
        case _:
            for child in ast.iter_child_nodes(annotation):
                yield from _typing(child)


def _names(target: ast.AST) -> set[str]:
    return {target.id} if isinstance(target, ast.Name) else set()


def _is_main(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and terminal(test.left) == "__name__"
