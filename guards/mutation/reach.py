"""Which functions of the changed files a piece of work enters, and which ones a change touches: what need not be run.

Whatever cannot be told apart counts as touched by everything: code that runs on import, and functions that a decorator
may call or remember.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Mapping
from itertools import takewhile
from typing import Final

EVERYTHING: Final = ""
"""The key of whatever runs on import."""
NOTE: Final = "__guards_entered__"
"""A name that no module defines."""


def key_of(file: str, line: int) -> str:
    """What names a function here: its file and the line on which it is defined."""
    return f"{file}:{line}"


def instrumented(file: str, source: str) -> str:
    """The source, each of its functions noting that it was entered; tracing would cost more than the work itself.

    >>> print(instrumented("a.py", "def f():\\n    return 1"))
    def f():
        __guards_entered__('a.py:1')
        return 1
    """
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            note = ast.parse(f"{NOTE}({key_of(file, node.lineno)!r})").body[0]
            node.body.insert(1 if ast.get_docstring(node) is not None else 0, note)
    return ast.unparse(ast.fix_missing_locations(tree))


class Recorder:
    """Hears of every instrumented function that is entered, from its making on."""

    def __init__(self) -> None:
        self._entered: set[str] = set()
        setattr(builtins, NOTE, self._entered.add)

    def take(self) -> set[str]:
        """What was entered since the last time."""
        entered = set(self._entered)
        self._entered.clear()
        return entered


def touched(file: str, before: str, after: str) -> str:
    """The key of the one function within whose body everything lies that differs, or EVERYTHING.

    >>> touched("a.py", "x = 1\\ndef f():\\n    return x\\n", "x = 1\\ndef f():\\n    return 2\\n")
    'a.py:2'
    >>> touched("a.py", "x = 1\\ndef f():\\n    return x\\n", "x = 2\\ndef f():\\n    return x\\n")
    ''
    """
    old, new = before.splitlines(), after.splitlines()
    same_above = _same(old, new)
    same_below = min(_same(old[::-1], new[::-1]), min(len(old), len(new)) - same_above)
    first, last = same_above + 1, max(len(old) - same_below, same_above + 1)
    if len(old) - same_below < first:  # lines were put in between: the neighbours on both sides count
        first = max(first - 1, 1)
    key = EVERYTHING
    for node in ast.walk(ast.parse(before)):  # outer functions come before what is inside them
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _holds(node, first, last):
            if node.decorator_list:
                return EVERYTHING
            key = key_of(file, node.lineno)
    return key


def _same(some: list[str], others: list[str]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(some, others, strict=False)))


def _holds(node: ast.FunctionDef | ast.AsyncFunctionDef, first: int, last: int) -> bool:
    """Whether these lines lie within the function's body; its head is evaluated where it is defined."""
    return node.body[0].lineno > node.lineno and node.body[0].lineno <= first and last <= (node.end_lineno or 0)


class Reached:
    """For each function the numbers of the pieces of work that enter it."""

    def __init__(self, masks: Mapping[str, str], on_import: Iterable[str], count: int) -> None:
        self._masks = {key: int(mask, 16) for key, mask in masks.items()}
        self._on_import = {EVERYTHING, *on_import}
        self.count = count

    def by(self, keys: Iterable[str]) -> tuple[int, ...]:
        """The numbers of what enters any of these functions."""
        mask = 0
        for key in keys:
            mask |= (1 << self.count) - 1 if key in self._on_import else self._masks.get(key, 0)
        return tuple(n for n in range(self.count) if mask >> n & 1)

    def busiest(self) -> tuple[str, ...]:
        """The functions that are entered, but not by everything; the busiest first."""
        counts = {key: mask.bit_count() for key, mask in self._masks.items() if key not in self._on_import}
        partly = [key for key, count in counts.items() if count < self.count]
        return tuple(sorted(partly, key=lambda key: (-counts[key], key)))


def masks_of(reached: Iterable[set[str]]) -> dict[str, str]:
    """What `Reached` is made of, fit for JSON: a bit for each piece of work."""
    masks: dict[str, int] = {}
    for n, keys in enumerate(reached):
        for key in keys:
            masks[key] = masks.get(key, 0) | 1 << n
    return {key: f"{mask:x}" for key, mask in sorted(masks.items())}
