"""Applies every operator to a source: each replacement becomes a mutant, unless it says nothing new.

A replacement that does not compile, leaves the syntax tree as it was, or makes the same tree as one before it is left
out. Only the statement that is changed is compiled, which is what makes a file a matter of a second.
"""

from __future__ import annotations

import ast
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from guards.mutation.mutant import Mutant, fingerprint_of
from guards.mutation.operators import comparisons, conditions, identities, values, verdicts
from guards.mutation.operators.code import Code, Operator, Replacement

Piece = tuple[int, int]
Program = str | tuple[Piece, str]
"""By its source, or by the tree of the one piece that was changed."""
Found = tuple[str, Replacement]
"""The name of an operator, and what it would replace."""
TIER: Final = "safety"

OPERATORS: Final = (
    *comparisons.OPERATORS,
    *conditions.OPERATORS,
    *identities.OPERATORS,
    *values.OPERATORS,
    *verdicts.OPERATORS,
)
"""Every way to go wrong that is tried."""


def mutants_of(source: str, file: str, operators: tuple[Operator, ...] = OPERATORS) -> list[Mutant]:
    """The mutants of one file, by position and then by the operator's name. Raises what `ast.parse` raises.

    >>> [mutant] = mutants_of("fine = all(mine)", "rules.py")
    >>> mutant.operator, mutant.start, mutant.replacement
    ('all-any', (1, 7), 'any')

    Every operator makes of its own example what it says that it makes:

    >>> def made(operator):
    ...     return [mutant.sources[0][1] for mutant in mutants_of(operator.before, "example.py", (operator,))]
    >>> [operator.name for operator in OPERATORS if operator.after not in made(operator)]
    []
    """
    return Planting(source, file).mutants(TIER, lambda code: replacements(code, operators))


class Planting:
    """One file, and every program that was made of it so far: none is made again by a later tier."""

    def __init__(self, source: str, file: str) -> None:
        """Raises what `ast.parse` raises."""
        self._code = Code(source)
        self._file = file
        self._seen = _Seen(self._code)
        self.repeated = 0
        """How many changes were left out since an earlier tier makes the same program."""

    def mutants(self, tier: str, found: Callable[[Code], Iterable[Found]]) -> list[Mutant]:
        """A mutant for each change that makes another program; it is called the same whatever tiers came before."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a mutant may well compare a literal with `is`; nobody needs to hear of it
            self._seen.begin_tier()
            in_order = sorted(found(self._code), key=lambda pair: (pair[1].start, pair[0], pair[1].end, pair[1].text))
            changes = [change for name, replacement in in_order for change in self._seen.if_new(name, replacement)]
        mutants = _mutants(self._code, self._file, tier, changes)
        new = [mutant for mutant, change in zip(mutants, changes, strict=True) if not change.is_known]
        self.repeated += len(changes) - len(new)
        return new


def spliced(source: str, replacement: Replacement) -> str:
    """The source with the replacement in its place."""
    return source[: replacement.start] + replacement.text + source[replacement.end :]


def replacements(code: Code, operators: tuple[Operator, ...] = OPERATORS) -> Iterator[Found]:
    """What these operators find to replace."""
    for operator in operators:
        for replacement in operator.sites(code):
            yield operator.name, replacement


@dataclass(frozen=True, slots=True)
class _Change:
    """A replacement that is worth a mutant, and the source that it makes."""

    operator: str
    replacement: Replacement
    source: str
    is_known: bool
    """Whether an earlier tier makes the same program."""


class _Seen:
    """What there is already: the trees of the original's pieces, and those of the changes so far; by tier."""

    def __init__(self, code: Code) -> None:
        self._source = code.source
        self._pieces = list(_pieces(code, code.tree.body))
        self._trees: dict[Piece, str | None] = {}
        self._earlier: set[Program] = set()
        self._now: set[Program] = set()

    def begin_tier(self) -> None:
        self._earlier |= self._now
        self._now = set()

    def if_new(self, operator: str, replacement: Replacement) -> Iterator[_Change]:
        """The change if it makes a program that this tier did not make before."""
        piece = self._around(replacement)
        for candidate in _as_long(self._source, replacement):
            source = spliced(self._source, candidate)
            tree = _tree(source[piece[0] : piece[1] + len(source) - len(self._source)])
            if tree is not None:
                same: set[Program] = {
                    source,
                    (piece, tree),
                }  # a change may reach over more pieces than another that makes the same
                if tree != self._original(piece) and same.isdisjoint(self._now):
                    self._now |= same
                    yield _Change(operator, candidate, source, not same.isdisjoint(self._earlier))
                return

    def _around(self, replacement: Replacement) -> Piece:
        """The smallest piece that holds it all; for what reaches over several pieces, all that it touches."""
        holding = [each for each in self._pieces if each[0] <= replacement.start and replacement.end < each[1]]
        if holding:
            return min(holding, key=lambda piece: piece[1] - piece[0])
        touched = [each for each in self._pieces if each[0] <= replacement.end and replacement.start <= each[1]]
        return min(each[0] for each in touched), max(each[1] for each in touched)

    def _original(self, piece: Piece) -> str | None:
        if piece not in self._trees:
            self._trees[piece] = _tree(self._source[slice(*piece)])
        return self._trees[piece]


def _as_long(source: str, replacement: Replacement) -> Iterator[Replacement]:
    """With the line breaks that it takes away put back, so that what follows stays on its line; else as it is."""
    start, end, text = replacement.start, replacement.end, replacement.text
    lost = source.count("\n", start, end) - text.count("\n")
    if lost > 0:
        yield Replacement(start, end, text + "\n" * lost)
        yield Replacement(start, end, text + " \\\n" * lost)
    yield replacement


def _pieces(code: Code, block: list[ast.stmt]) -> Iterator[Piece]:
    """From where to where each statement reaches that can be compiled alone; what shares a line is one piece.

    That is what stands in the module, and in a class of it. A function inside a function may need what is around it.
    """
    start, end = 0, 0
    for statement in block:
        first = min([statement.lineno, *[mark.lineno for mark in getattr(statement, "decorator_list", [])]])
        begins, ends = code.line_start(first), code.line_start((statement.end_lineno or first) + 1)
        if begins >= end:
            if end > 0:
                yield start, end
            start = begins
        end = max(end, ends)
        if isinstance(statement, ast.ClassDef) and code.begins_its_line(statement.body[0]):
            yield from _pieces(code, statement.body)
    if end > 0:
        yield start, end


def _tree(piece: str) -> str | None:
    """The syntax tree as text, or None if there is no such program."""
    nested = next((line[:1].isspace() for line in piece.splitlines() if line.strip()), False)
    try:
        tree = ast.parse(f"if True:\n{piece}" if nested else piece)
        compile(tree, "<mutant>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return None
    return ast.dump(tree)


def _mutants(code: Code, file: str, tier: str, changes: list[_Change]) -> Iterator[Mutant]:
    alike: Counter[tuple[str, ...]] = Counter()
    for change in changes:
        replacement = change.replacement
        start, end = code.position(replacement.start), code.position(replacement.end)
        function = code.scope_at(replacement.start)
        text = replacement.text.rstrip(" \\\n")
        identity = (file, function, change.operator, code.line(start[0]).strip(), text)
        fingerprint = fingerprint_of(*identity, str(alike[identity]))
        alike[identity] += 1
        yield Mutant(
            id=f"{tier}:{change.operator}:{fingerprint}",
            tier=tier,
            operator=change.operator,
            file=file,
            start=start,
            end=end,
            function=function,
            original=code.source[replacement.start : replacement.end],
            replacement=text,
            sources=((file, change.source),),
            fingerprint=fingerprint,
        )
