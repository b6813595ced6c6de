"""Applies every operator to a source: each replacement becomes a mutant, unless it says nothing new.

A replacement that does not compile, leaves the syntax tree as it was, or makes the same tree as one before it is left
out. Only the statement of the module that is changed is compiled, which is what makes a file a matter of a second.
"""

from __future__ import annotations

import ast
import hashlib
import json
import warnings
from collections import Counter
from collections.abc import Iterator
from typing import Final

from guards.mutation.mutant import Mutant
from guards.mutation.operators import comparisons, conditions, identities, values, verdicts
from guards.mutation.operators.code import Code, Operator, Replacement

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
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a mutant may well compare a literal with `is`; nobody needs to hear of it
        code = Code(source)
        seen = _Seen(code)
        found = sorted(
            _replacements(code, operators), key=lambda pair: (pair[1].start, pair[0], pair[1].end, pair[1].text)
        )
        new = [(name, kept) for name, replacement in found if (kept := seen.if_new(replacement)) is not None]
    return list(_mutants(code, file, new))


def spliced(source: str, replacement: Replacement) -> str:
    """The source with the replacement in its place."""
    return source[: replacement.start] + replacement.text + source[replacement.end :]


def _replacements(code: Code, operators: tuple[Operator, ...]) -> Iterator[tuple[str, Replacement]]:
    for operator in operators:
        for replacement in operator.sites(code):
            yield operator.name, replacement


class _Seen:
    """The trees that there are already: the original's, and those of the mutants so far."""

    def __init__(self, code: Code) -> None:
        self._source = code.source
        self._pieces = list(_pieces(code))
        self._trees: set[tuple[tuple[int, int], str | None]] = set()

    def if_new(self, replacement: Replacement) -> Replacement | None:
        """The replacement if it makes a tree that nobody made before, with the line breaks that it took away."""
        touched = [each for each in self._pieces if each[0] <= replacement.end and replacement.start <= each[1]]
        piece = (touched[0][0], touched[-1][1])
        self._trees.add((piece, _tree(self._source[slice(*piece)])))
        lost = self._source.count("\n", replacement.start, replacement.end) - replacement.text.count("\n")
        padded = Replacement(replacement.start, replacement.end, replacement.text + "\n" * lost)
        for candidate in (padded, replacement):
            tree = _tree(spliced(self._source, candidate)[piece[0] : piece[1] + _growth(candidate)])
            if tree is not None:
                return candidate if self._add(piece, tree) else None
        return None

    def _add(self, piece: tuple[int, int], tree: str) -> bool:
        new = (piece, tree) not in self._trees
        self._trees.add((piece, tree))
        return new


def _growth(replacement: Replacement) -> int:
    return len(replacement.text) - (replacement.end - replacement.start)


def _pieces(code: Code) -> Iterator[tuple[int, int]]:
    """From where to where each statement of the module reaches; what shares a line is one piece."""
    start, end = 0, 0
    for statement in code.tree.body:
        first = min([statement.lineno, *[mark.lineno for mark in getattr(statement, "decorator_list", [])]])
        begins, ends = code.line_start(first), code.line_start((statement.end_lineno or first) + 1)
        if begins >= end and end > 0:
            yield start, end
            start = begins
        elif end == 0:
            start = begins
        end = max(end, ends)
    if end > 0:
        yield start, end


def _tree(piece: str) -> str | None:
    """The syntax tree as text, or None if there is no such program."""
    try:
        tree = ast.parse(piece)
        compile(tree, "<mutant>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return None
    return ast.dump(tree)


def _mutants(code: Code, file: str, found: list[tuple[str, Replacement]]) -> Iterator[Mutant]:
    alike: Counter[tuple[str, ...]] = Counter()
    for operator, replacement in found:
        start, end = code.position(replacement.start), code.position(replacement.end)
        function = code.scope_at(replacement.start)
        text = replacement.text.rstrip("\n")
        identity = (file, function, operator, code.line(start[0]).strip(), text)
        fingerprint = _fingerprint((*identity, str(alike[identity])))
        alike[identity] += 1
        yield Mutant(
            id=f"safety:{operator}:{fingerprint}",
            tier="safety",
            operator=operator,
            file=file,
            start=start,
            end=end,
            function=function,
            original=code.source[replacement.start : replacement.end],
            replacement=text,
            sources=((file, spliced(code.source, replacement)),),
            fingerprint=fingerprint,
        )


def _fingerprint(identity: tuple[str, ...]) -> str:
    return hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:12]
