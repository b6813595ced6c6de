"""Which lines of a source no mutant reached, and which nothing entered: what was never broken or run was never tested.

Counted are statements that do something, each by its first line. A mutant that replaces a whole function at once says
nothing of the single lines in it.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator
from typing import Final

from guards.mutation.reach import stretches

SILENT: Final = (ast.Import, ast.ImportFrom, ast.Pass, ast.Global, ast.Nonlocal, ast.Try, ast.ClassDef)
"""Statements that decide nothing by themselves; what stands in them is counted for itself."""

Span = tuple[int, int]
"""The first line and the last."""


def unmutated(source: str, spans: Iterable[Span]) -> list[int]:
    """The first lines of the statements that none of these spans meets.

    >>> unmutated("def f(a):\\n    b = a + 1\\n    return b\\n", [(3, 3)])
    [2]
    >>> unmutated("def f(a):\\n    b = a + 1\\n    return b\\n", [(2, 3)])
    [2, 3]
    """
    tree = ast.parse(source)
    bodies = list(_bodies(tree))
    met: set[int] = set()
    for first, last in spans:
        if not any(first <= begin and end <= last for begin, end in bodies):
            met |= set(range(first, last + 1))
    return sorted(first for first, last in set(_statements(tree)) if met.isdisjoint(range(first, last + 1)))


def unentered(file: str, source: str, entered: Collection[str]) -> list[int]:
    """The first lines of the statements inside functions that stand in none of the stretches that were entered.

    >>> unentered("a.py", "def f(a):\\n    if a:\\n        return 1\\n    return 2\\n", {"a.py:1:2", "a.py:1:4"})
    [3]
    """
    found = list(stretches(file, source, ast.parse(source)))
    met = frozenset[int]().union(*(one.lines for one in found if one.key in entered))
    left = frozenset[int]().union(*(one.lines for one in found)) - met
    return [line for line in statements(source) if line in left]


def entered_lines(file: str, source: str, entered: Collection[str]) -> list[int]:
    """Every line of the stretches that were entered.

    >>> entered_lines("a.py", "def f(a):\\n    if a:\\n        return 1\\n    return 2\\n", {"a.py:1:2", "a.py:1:4"})
    [2, 4]
    """
    found = stretches(file, source, ast.parse(source))
    return sorted(frozenset[int]().union(*(one.lines for one in found if one.key in entered)))


def statements(source: str) -> list[int]:
    """The first line of each statement that does something."""
    return sorted({first for first, _ in _statements(ast.parse(source))})


def _statements(tree: ast.Module) -> Iterator[Span]:
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and not isinstance(node, SILENT) and not _is_said_only(node):
            yield node.lineno, _last_of_its_own(node)


def _is_said_only(node: ast.stmt) -> bool:
    """Whether it is a docstring, three dots, a bare annotation, or the head of a function without defaults."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return not node.args.defaults and not any(node.args.kw_defaults)
    if isinstance(node, ast.AnnAssign):
        return node.value is None
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _last_of_its_own(node: ast.stmt) -> int:
    """The last line before what stands in it, if anything does."""
    inside: list[ast.stmt] = getattr(node, "body", [])
    if inside:
        return max(node.lineno, inside[0].lineno - 1)
    cases: list[ast.match_case] = getattr(node, "cases", [])
    return max(node.lineno, cases[0].pattern.lineno - 1) if cases else node.end_lineno or node.lineno


def _bodies(tree: ast.Module) -> Iterator[Span]:
    """Where the bodies of functions with more than one statement begin and end."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            if len(body) > 1:
                yield body[0].lineno, body[-1].end_lineno or body[-1].lineno
