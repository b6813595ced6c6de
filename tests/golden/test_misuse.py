"""A service that misuses the guard is told so: each error with its type, code and sentence, and none without a row."""

from __future__ import annotations

import ast
import traceback
from pathlib import Path

from tests.golden.misuse import error_of, lines, misuses

GOLDEN = Path(__file__).with_name("misuse.txt")
ROOT = Path(__file__).resolve().parents[2]
GUARD = (*(ROOT / "guards/core").glob("*.py"), ROOT / "guards/runtime/guard.py")
Place = tuple[str, int]


def raises(file: Path) -> set[Place]:
    """Where a file raises an error of its own making."""
    nodes = [node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Raise)]
    return {(file.name, node.lineno) for node in nodes if node.exc is not None}


def raised(error: Exception) -> Place:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return Path(last.filename).name, last.lineno or 0


def test_each_misuse_has_its_one_error() -> None:
    assert GOLDEN.read_text(encoding="utf-8").splitlines() == lines()


def test_every_error_that_the_guard_can_raise_is_shown() -> None:
    shown = {raised(error_of(misuse)) for _, misuse in misuses()}
    assert set().union(*map(raises, GUARD)) <= shown
