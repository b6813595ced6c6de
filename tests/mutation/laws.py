"""What holds for every mutant of every source, whichever tier makes it; and the sources that it is tried on."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from pathlib import Path

from guards.mutation.mutant import Mutant

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "guards").rglob("*.py"))
DECIDING = [name for name in FILES if name.startswith(("guards/core/", "guards/runtime/", "guards/wire.py"))]


def source_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def offset(source: str, position: tuple[int, int]) -> int:
    """Counted here by another way than the operators count."""
    return sum(len(line) for line in source.split("\n")[: position[0] - 1]) + position[0] - 1 + position[1]


def faults(source: str, mutants: list[Mutant]) -> Iterator[str]:
    """Everything about these mutants of a source that must not be."""
    made = [mutant.sources[0][1] for mutant in mutants]
    if len({*made, source}) != len(made) + 1:
        yield "a source twice"
    if len({mutant.fingerprint for mutant in mutants}) != len(mutants):
        yield "a fingerprint twice"
    if [mutant.start for mutant in mutants] != sorted(mutant.start for mutant in mutants):
        yield "out of order"
    for mutant, changed in zip(mutants, made, strict=True):
        start, end = offset(source, mutant.start), offset(source, mutant.end)
        if source[start:end] != mutant.original:
            yield f"{mutant.id}: not what stands there"
        if mutant.replacement and mutant.original != mutant.original.strip():
            yield f"{mutant.id}: blanks are shown as if they were changed"
        behind = len(source) - end
        if changed[:start] != source[:start] or changed[len(changed) - behind :] != source[end:]:
            yield f"{mutant.id}: something outside has changed"
        if not changed[start : len(changed) - behind].startswith(mutant.replacement):
            yield f"{mutant.id}: not what is shown"
        if changed.count("\n") != source.count("\n"):
            yield f"{mutant.id}: later lines have moved"


def unfit(source: str, mutants: list[Mutant]) -> Iterator[str]:
    """The mutants that are no program, or the very program."""
    original = ast.dump(ast.parse(source))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for mutant in mutants:
            tree = ast.parse(mutant.sources[0][1])
            compile(tree, mutant.file, "exec", dont_inherit=True)
            if ast.dump(tree) == original:
                yield mutant.id
