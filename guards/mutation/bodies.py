"""Exchanges the bodies of functions that are loaded already, where a variant differs in nothing else.

What was imported once then serves many variants. Whatever runs on import, or has run since, is not for this room: see
`guards.mutation.reach` for what of a file that is.
"""

from __future__ import annotations

import gc
import inspect
import os
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import AsyncGeneratorType, CodeType, CoroutineType, FunctionType, GeneratorType
from typing import Any, Final

Place = tuple[str, CodeType]
"""A file's real path, and code out of it: two files may hold what is equal."""
SUSPENDED: Final = (GeneratorType, CoroutineType, AsyncGeneratorType)
RUN_AT_ONCE: Final = frozenset({"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"})
"""Code that belongs to whoever holds it."""


class NotTheSame(Exception):
    """Something besides the bodies of functions differs."""


def differ_in_bodies(before: str, after: str) -> bool:
    """Whether two versions of a file differ in the bodies of functions and lambdas alone.

    >>> differ_in_bodies("def f(a):\\n    return a\\n", "def f(a):\\n    return not a\\n")
    True
    >>> differ_in_bodies("def f(a=1):\\n    return a\\n", "def f(a=2):\\n    return a\\n")
    False
    """
    try:
        _pairs(before, after)
    except (NotTheSame, SyntaxError, ValueError):  # what cannot be compiled fails where it is imported
        return False
    return True


@dataclass(frozen=True, slots=True)
class Alive:
    """What is there of some files: whatever was made on import, wherever it is kept."""

    functions: Mapping[Place, Sequence[FunctionType]]
    suspended: Collection[Place]
    """The code of what was begun and goes on some time: it cannot be exchanged."""

    @classmethod
    def of(cls, paths: Collection[str]) -> Alive:
        wanted = {os.path.realpath(path) for path in paths}
        functions: defaultdict[Place, list[FunctionType]] = defaultdict(list)
        suspended = set()
        for one in gc.get_objects():
            if type(one) is FunctionType and _real(one.__code__.co_filename) in wanted:
                functions[_place(one.__code__)].append(one)
            elif type(one) in SUSPENDED and (code := _code_of(one)) is not None:
                suspended.add(_place(code))
        return cls(functions, suspended)


def exchange(before: str, after: str, alive: Alive, path: str) -> None:
    """From now on what is alive of the file at this path does what its second version says.

    Raises `NotTheSame`, also where what differs is the body of a function that is not there: one that something else
    has replaced, say. Those that are made by others each time come with them.
    """
    for was, becomes in _pairs(before, after, path).items():
        place = _place(was)
        there = alive.functions.get(place, ())
        if was != becomes and place in alive.suspended:
            raise NotTheSame(f"{was.co_qualname} is under way")
        if was != becomes and not there and not was.co_flags & inspect.CO_NESTED:
            raise NotTheSame(f"{was.co_qualname} is not there")
        for function in there:
            function.__code__ = becomes


def _place(code: CodeType) -> Place:
    return _real(code.co_filename), code


def _code_of(suspended: Any) -> CodeType | None:
    codes = (getattr(suspended, name, None) for name in ("gi_code", "cr_code", "ag_code"))
    return next(filter(None, codes), None)


@lru_cache(maxsize=4096)
def _real(path: str) -> str:
    return os.path.realpath(path)


def _pairs(before: str, after: str, path: str = "<a file>") -> dict[CodeType, CodeType]:
    """Each function's code in both versions, where all else is the same."""
    found: dict[CodeType, CodeType] = {}
    for was, becomes in _within(_compiled(before, path), _compiled(after, path)):
        if found.setdefault(was, becomes) != becomes:
            # Before 3.11.2, columns did not tell two of one line apart.
            raise NotTheSame(f"{was.co_qualname} stands beside its like")
    return found


@lru_cache(maxsize=64)
def _compiled(source: str, path: str) -> CodeType:
    return compile(source, path, "exec", dont_inherit=True)


def _within(was: CodeType, becomes: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """The functions in something that runs on import and must be the same but for them."""
    if _outside(was) != _outside(becomes):
        raise NotTheSame(f"{was.co_qualname} differs by itself")
    for old, new in zip(_codes_in(was), _codes_in(becomes), strict=True):
        yield from (_functions(old, new) if _is_function(old) else _within(old, new))


def _functions(was: CodeType, becomes: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """A function, and those that it makes: some may be alive, made on import by what holds them."""
    if was.co_freevars != becomes.co_freevars:
        raise NotTheSame(f"{was.co_qualname} closes over something else")
    yield was, becomes
    old, new = _made_by(was), _made_by(becomes)
    if [one.co_qualname for one in old] != [one.co_qualname for one in new]:
        raise NotTheSame(f"{was.co_qualname} makes other functions")
    for pair in zip(old, new, strict=True):
        yield from _functions(*pair)


def _made_by(code: CodeType) -> list[CodeType]:
    """The functions and lambdas that a function makes, those in its comprehensions too, and in its classes."""
    found = []
    for one in _codes_in(code):
        found += [one] if _is_function(one) else _made_by(one)
    return found


def _outside(code: CodeType) -> tuple[object, ...]:
    """All that code does and holds, but for the code in it and where it stands."""
    held = [(one.co_qualname, _is_function(one)) if isinstance(one, CodeType) else repr(one) for one in code.co_consts]
    names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
    return code.co_code, code.co_flags, code.co_exceptiontable, held, names


def _codes_in(code: CodeType) -> list[CodeType]:
    return [one for one in code.co_consts if isinstance(one, CodeType)]


def _is_function(code: CodeType) -> bool:
    return bool(code.co_flags & inspect.CO_OPTIMIZED) and code.co_name not in RUN_AT_ONCE
