"""A service that misuses the guard is told so: each error with its type, code and sentence, and none without a row."""

from __future__ import annotations

import ast
import traceback
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.golden.misuse import error_of, lines, misuses

GOLDEN = Path(__file__).with_name("misuse.txt")
ROOT = Path(__file__).resolve().parents[2]
GUARD = (*(ROOT / "guards/core").glob("*.py"), ROOT / "guards/runtime/guard.py")
Places = Counter[tuple[str, str]]
"""How many in which function of which file: lines move where the lab listens in."""


def raises(file: Path) -> Places:
    """Where a file raises an error of its own making."""
    return Counter((file.name, name) for name in _raising(ast.parse(file.read_text(encoding="utf-8")), ""))


def _raising(node: ast.AST, function: str) -> Iterator[str]:
    """The function around each such statement."""
    if isinstance(node, ast.Raise) and node.exc is not None:
        yield function
    inside = node.name if isinstance(node, ast.FunctionDef) else function
    for child in ast.iter_child_nodes(node):
        yield from _raising(child, inside)


def raised(error: Exception) -> tuple[str, str, int | None]:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return Path(last.filename).name, last.name, last.lineno


def test_each_misuse_has_its_one_error() -> None:
    assert GOLDEN.read_text(encoding="utf-8").splitlines() == lines()


def test_every_error_that_the_guard_can_raise_is_shown() -> None:
    places = {raised(error_of(misuse)) for _, misuse in misuses()}
    shown = Counter((file, function) for file, function, _ in places)
    assert sum(map(raises, GUARD), Counter()) <= shown
