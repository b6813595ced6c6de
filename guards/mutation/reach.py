"""Which ways a piece of work takes through the changed files, and which lines a change touches: what need not be run.

Whatever cannot be told apart counts as touched by everything: code that runs on import, and functions that a decorator
may call or remember.
"""

from __future__ import annotations

import ast
import builtins
import difflib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, reduce
from operator import or_
from typing import Any, Final, TypeVar

EVERYTHING: Final = ""
"""The key of whatever runs on import."""
NOTE: Final = "__guards_entered__"
SEEN: Final = "__guards_seen__"
"""Names that no module defines."""
HARMLESS: Final = frozenset({"property", "staticmethod", "classmethod"})
"""Decorators that call nothing on import and remember nothing."""
HEAVY: Final = 8_000
"""So many conditions are looked at by a test that costs as much as dozens of others."""
LIGHT: Final = 1_000
"""So many, by one that costs no more than a plain example."""
PLAIN: Final = frozenset({bool, int, str, bytes, tuple, list, dict, set, frozenset})
"""Types that say whether they are empty without running anybody's code."""

Shown = TypeVar("Shown")
Way = frozenset[str]
"""What was passed within one function, and how each of its conditions came out."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Statements of one function that run one after the other, up to and with the head of the first compound one."""

    key: str
    """FILE:LINE:LINE, of the function and of the first statement."""
    block: list[ast.stmt]
    at: int
    """Where in the block a statement can be put in front of them."""
    lines: frozenset[int]
    is_remembered: bool
    """A decorator may have been there before."""


def stretches(file: str, source: str, tree: ast.AST) -> Iterator[Stretch]:
    """Those of every function in a tree, outer functions before what is inside them."""
    lines = source.splitlines()
    remembered: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if not all(isinstance(one, ast.Name) and one.id in HARMLESS for one in node.decorator_list):
                remembered |= set(ast.walk(node))
            for block in _blocks_within(node):
                for at, some in _cut(block, has_docstring=block is node.body and ast.get_docstring(node) is not None):
                    key = f"{file}:{node.lineno}:{some[0].lineno}"
                    own = frozenset[int]().union(*(_own_lines(one, lines) for one in some))
                    yield Stretch(key, block, at, own, node in remembered)


def _blocks_within(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    """Every list of statements in a compound one; functions and classes inside it are something else."""
    for block in _blocks_of(node):
        yield block
        for inner in block:
            if not isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield from _blocks_within(inner)


def _blocks_of(node: ast.AST) -> list[list[ast.stmt]]:
    own = [getattr(node, name, []) for name in ("body", "orelse", "finalbody")]
    parts = [*getattr(node, "handlers", ()), *getattr(node, "cases", ())]
    return [block for block in (*own, *(part.body for part in parts)) if block]


def _cut(block: list[ast.stmt], *, has_docstring: bool) -> Iterator[tuple[int, list[ast.stmt]]]:
    """A block after each of its compound statements, since not everybody comes back from one."""
    start = 0
    for n, node in enumerate(block):
        if n + 1 == len(block) or (_blocks_of(node) and not isinstance(node, ast.FunctionDef | ast.ClassDef)):
            yield start + (has_docstring and start == 0), block[start : n + 1]
            start = n + 1


def _own_lines(node: ast.stmt, lines: Sequence[str]) -> set[int]:
    """The lines of a statement without those that hold nothing but the statements in it."""
    own = set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return own
    for block in _blocks_of(node):
        first, last = block[0], block[-1].end_lineno or block[-1].lineno
        shares = bool(lines[first.lineno - 1].encode()[: first.col_offset].strip())
        own -= set(range(first.lineno + shares, last + 1))
    return own


# Listening.


def instrumented(file: str, source: str) -> str:
    """The source, noting each stretch that is entered and how conditions come out; tracing would cost far more.

    >>> print(instrumented("a.py", "def f(a):\\n    return a > 1"))
    def f(a):
        __guards_entered__('a.py:1:2')
        return __guards_seen__('a.py:1:2:11=0', 'a.py:1:2:11=1', a > 1)
    """
    tree = ast.parse(source)
    found = list(stretches(file, source, tree))
    _Conditions(file).visit(tree)
    for one in reversed(found):
        one.block.insert(one.at, ast.parse(f"{NOTE}({one.key!r})").body[0])
    return ast.unparse(ast.fix_missing_locations(tree))


def idle_at(key: str, file: str, source: str) -> str:
    """The source with one stretch that does nothing but return: what falls silent is told by an assertion, not by a
    crash.
    """
    tree = ast.parse(source)
    for one in stretches(file, source, tree):
        if one.key == key:
            one.block.insert(one.at, ast.Return(None))
            break
    return ast.unparse(ast.fix_missing_locations(tree))


class _Conditions(ast.NodeTransformer):
    """Passes the value of each condition inside functions through `SEEN`."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._function = 0

    def _inside(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        outer, self._function = self._function, node.lineno
        node.body[:] = [self.visit(one) for one in node.body]
        self._function = outer
        return node

    visit_FunctionDef = _inside
    visit_AsyncFunctionDef = _inside

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        return node  # its quotes leave no room for more

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        self.generic_visit(node)
        return self._seen(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        self.generic_visit(node)
        node.values = [self._seen(value) for value in node.values]
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        self.generic_visit(node)
        node.test = self._seen(node.test)
        return node

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        self.generic_visit(node)
        node.ifs = [self._seen(one) for one in node.ifs]
        return node

    def _seen(self, node: ast.expr) -> ast.expr:
        if not self._function or (isinstance(node, ast.Call) and ast.unparse(node.func) == SEEN):
            return node
        key = f"{self._file}:{self._function}:{node.lineno}:{node.col_offset}"
        given = [ast.Constant(f"{key}=0"), ast.Constant(f"{key}=1"), node]
        return ast.copy_location(ast.Call(ast.Name(SEEN, ast.Load()), given, []), node)


class Recorder:
    """Hears of every instrumented stretch that is entered, from its making on."""

    def __init__(self) -> None:
        self._heard: set[str] = set()
        self._before: set[str] = set()
        self._looks = 0
        setattr(builtins, NOTE, self._heard.add)
        setattr(builtins, SEEN, self._note_value)

    def _note_value(self, no: str, yes: str, value: Any) -> Any:
        """Called millions of times, mostly with the answer of a comparison."""
        self._looks += 1
        if value is True:
            self._heard.add(yes)
        elif value is False:
            self._heard.add(no)
        else:
            said = bool(value) if type(value) in PLAIN else value is None
            self._heard.add(yes if said else no)
        return value

    def heard(self) -> frozenset[str]:
        """The keys since this was asked last; `take` will tell of them, too."""
        heard = frozenset(self._heard)
        self._before |= heard
        self._heard.clear()
        return heard

    def take(self) -> frozenset[Way]:
        """The ways that were taken since the last time, one for each function that was entered."""
        self.heard()
        heard = frozenset(self._before)
        self._before.clear()
        return _ways_of(heard)

    def weight(self) -> int:
        """How many conditions were looked at since the last time: what work costs, and the same in each run."""
        looks, self._looks = self._looks, 0
        return looks


@lru_cache(maxsize=4096)
def _ways_of(heard: frozenset[str]) -> frozenset[Way]:
    """Function by function; many cases take the same ways."""
    by_function: dict[str, set[str]] = {}
    for key in heard:
        by_function.setdefault(_function_of(key), set()).add(key)
    return frozenset(map(frozenset, by_function.values()))


@cache
def _function_of(key: str) -> str:
    return ":".join(key.split(":", 2)[:2])


# Choosing.


def touched(file: str, before: str, after: str) -> frozenset[str]:
    """The keys of the stretches in which everything lies that differs; EVERYTHING where that cannot be said.

    >>> touched("a.py", "x = 1\\ndef f():\\n    return x\\n", "x = 1\\ndef f():\\n    return 2\\n")
    frozenset({'a.py:2:3'})
    >>> touched("a.py", "x = 1\\ndef f():\\n    return x\\n", "x = 2\\ndef f():\\n    return x\\n")
    frozenset({''})
    """
    old, keys = before.splitlines(), _keys_by_line(file, before)
    found: set[str] = set()
    for line in _changed_lines(old, after.splitlines()):
        if line in keys:
            found |= keys[line]
        elif old[line - 1].strip() and not old[line - 1].lstrip().startswith("#"):
            return frozenset({EVERYTHING})
    return frozenset(found or {EVERYTHING})


@lru_cache(maxsize=256)
def _keys_by_line(file: str, source: str) -> Mapping[int, set[str]]:
    keys: dict[int, set[str]] = {}
    for one in stretches(file, source, ast.parse(source)):
        for line in one.lines:
            keys.setdefault(line, set()).add(EVERYTHING if one.is_remembered else one.key)
    return keys


def _changed_lines(old: Sequence[str], new: Sequence[str]) -> Iterator[int]:
    """Of the old ones; where lines were only put in between, the neighbours on both sides."""
    for tag, start, end, _, _ in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "insert":
            start, end = max(start - 1, 0), min(start + 1, len(old))
        if tag != "equal":
            yield from range(start + 1, end + 1)


_Rank = tuple[bool, bool, bool, int, int, int]


class Reached:
    """For each stretch the numbers of the pieces of work that enter it."""

    def __init__(
        self,
        ways: Mapping[str, str],
        on_import: Iterable[str],
        count: int,
        traits: Sequence[Collection[str]] = (),
        weights: Sequence[int] = (),
        reach: Sequence[Collection[str]] = (),
    ) -> None:
        self._ways = [(frozenset(way.splitlines()), int(mask, 16)) for way, mask in ways.items()]
        self._on_import = {EVERYTHING, *on_import}
        self._traits = tuple(_masks(traits).values())
        self._reach = tuple(_masks(reach).values())
        self._by_weight = [mask for _, mask in sorted(_masks([weight] for weight in weights).items())]
        self._costs = [(weight >= HEAVY, weight >= LIGHT) for weight in weights] or [(False, False)] * count
        self._distilled: dict[frozenset[str], tuple[int, ...]] = {}
        self._essential: dict[frozenset[str], tuple[int, ...]] = {}
        self._ranks: dict[tuple[str, ...], list[_Rank]] = {}
        self.count = count

    def by(self, keys: Collection[str]) -> tuple[int, ...]:
        """The numbers of what enters any of these stretches."""
        wanted = frozenset(keys)
        return (
            tuple(range(self.count))
            if self._is_import(wanted)
            else tuple(_numbers(reduce(or_, self._ways_past(wanted), 0)))
        )

    def distilled(self, keys: Collection[str]) -> tuple[int, ...]:
        """Of these as few as show each trait on each way through the functions that are touched.

        Where everything is, each way and each trait once.
        """
        wanted = frozenset(keys)
        if wanted not in self._distilled:
            ways, traits = self._ways_past(wanted), self._traits
            all_that_is_shown = (*ways, *traits) if self._is_import(wanted) else (w & t for w in ways for t in traits)
            self._distilled[wanted] = tuple(sorted({_first(mask) for mask in all_that_is_shown if mask}))
        return self._distilled[wanted]

    def essential(self, keys: Collection[str]) -> tuple[int, ...]:
        """Of these light ones that together take each way, and show each trait that says how far a call may reach:
        whether anybody else is reached is judged by these. What few of them show is chosen for first, since those often
        show what others do, too.
        """
        wanted = frozenset(keys)
        if wanted not in self._essential:
            ways = self._ways_past(wanted)
            passing = (1 << self.count) - 1 if self._is_import(wanted) else reduce(or_, ways, 0)
            chosen = 0
            for mask in sorted((mask & passing for mask in (*ways, *self._reach)), key=int.bit_count):
                if mask and not mask & chosen:
                    chosen |= 1 << self._lightest(mask)
            self._essential[wanted] = tuple(_numbers(chosen))
        return self._essential[wanted]

    def _is_import(self, keys: frozenset[str]) -> bool:
        """Whether any of this runs on import, and so comes before all else."""
        return not self._on_import.isdisjoint(keys)

    def _ways_past(self, keys: frozenset[str]) -> list[int]:
        """Who takes each way through what is touched."""
        is_import = self._is_import(keys)
        return [mask for way, mask in self._ways if is_import or not way.isdisjoint(keys)]

    def _lightest(self, mask: int) -> int:
        return next(_first(mask & alike) for alike in self._by_weight if mask & alike)

    def in_turn(self, keys: Collection[str], files: Sequence[str]) -> tuple[int, ...]:
        """What enters any of these stretches, the heavy last and what is not light before them. First what enters these
        files, by a way that few others go, as the examples of an error do, and of that what enters least else.
        """
        rank = self._ranks.get(tuple(files)) or self._ranked(files)
        self._ranks[tuple(files)] = rank
        return tuple(sorted(self.by(keys), key=rank.__getitem__))

    def is_light(self, number: int) -> bool:
        """Whether it costs no more than a plain example."""
        return not any(self._costs[number])

    def _ranked(self, files: Sequence[str]) -> list[_Rank]:
        breadth = [0] * self.count
        company = [self.count + 1] * self.count
        for way, mask in self._ways:
            is_inside = any(key.startswith(f"{file}:") for key in way for file in files)
            numbers = list(_numbers(mask))
            for number in numbers:
                breadth[number] += 1
                if is_inside:
                    company[number] = min(company[number], len(numbers))
        strangers = self.count + 1
        ranks = []
        for n, (is_heavy, is_not_light) in enumerate(self._costs):
            ranks.append((is_heavy, company[n] == strangers, is_not_light, company[n], breadth[n], n))
        return ranks

    def entered(self) -> frozenset[str]:
        """Every stretch that anything enters, or that runs on import."""
        return frozenset(key for way, _ in self._ways for key in way if "=" not in key) | self._on_import

    def busiest(self) -> tuple[str, ...]:
        """The stretches that are entered, but not by everything: first the busiest of each function, then the next."""
        masks: dict[str, int] = {}
        for way, mask in self._ways:
            for key in way:
                masks[key] = masks.get(key, 0) | mask
        counts = {key: mask.bit_count() for key, mask in masks.items() if key not in self._on_import and "=" not in key}
        partly = [key for key, count in counts.items() if count < self.count]
        turns: Counter[str] = Counter()
        turn: dict[str, int] = {}
        for key in sorted(partly, key=lambda key: (-counts[key], key)):
            function = key.rpartition(":")[0]
            turn[key] = turns[function]
            turns[function] += 1
        return tuple(sorted(turn, key=lambda key: turn[key]))


def _first(mask: int) -> int:
    """The number of the lowest bit."""
    return (mask & -mask).bit_length() - 1


def _numbers(mask: int) -> Iterator[int]:
    return (n for n, bit in enumerate(reversed(f"{mask:b}")) if bit == "1")


def keys_of(ways: Iterable[Way]) -> list[str]:
    """Every stretch on these ways."""
    return sorted({key for way in ways for key in way if "=" not in key})


def masks_of(reached: Iterable[Iterable[Way]]) -> dict[str, str]:
    """What `Reached` is made of, fit for JSON: a bit for each piece of work."""
    masks = _masks(reached)
    return dict(sorted(("\n".join(sorted(way)), f"{mask:x}") for way, mask in masks.items()))


def _masks(pieces: Iterable[Iterable[Shown]]) -> dict[Shown, int]:
    """By what pieces of work show, the bits of those that do."""
    numbers: dict[Shown, list[int]] = {}
    for n, shown in enumerate(pieces):
        for one in shown:
            numbers.setdefault(one, []).append(n)
    return {one: _bits(of_one) for one, of_one in numbers.items()}


def _bits(numbers: Sequence[int]) -> int:
    """A bit for each of these, which ascend."""
    bits = bytearray(numbers[-1] // 8 + 1)
    for number in numbers:
        bits[number // 8] |= 1 << number % 8
    return int.from_bytes(bits, "little")
