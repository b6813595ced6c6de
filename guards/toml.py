"""TOML as files from outside are read: what is nested too deeply is refused like anything else that is no TOML.

A leaf that every room may import. The parser follows brackets by recursion, so a line of brackets would end in an
error that nobody expects of a reader; and keys with many dots get past it, to fell whoever walks through the value.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from typing import Any, Final

DEPTH_MAX: Final = 64
"""Far more than any table of settings needs, and far less than Python's recursion bears."""


def read_toml(document: str) -> dict[str, Any]:
    """The tables of one TOML document. Raises `ValueError`, also where it is nested too deeply.

    >>> read_toml("max_count = 1")
    {'max_count': 1}
    >>> read_toml(f"max_count = {'[' * 65}{']' * 65}")
    Traceback (most recent call last):
    ValueError: it is nested more than 64 deep
    """
    try:
        tables = tomllib.loads(document)
    except RecursionError:
        raise _too_deep() from None
    _refuse_deep(tables)
    return tables


def _refuse_deep(tables: dict[str, Any]) -> None:
    """Level by level, since a walk that recurses is what must not be needed here."""
    level: list[Any] = [tables]
    for _ in range(DEPTH_MAX + 1):
        level = [inner for value in level for inner in _inside(value)]
        if not level:
            return
    raise _too_deep()


def _inside(value: Any) -> Iterable[Any]:
    held = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return (inner for inner in held if isinstance(inner, dict | list))


def _too_deep() -> ValueError:
    return ValueError(f"it is nested more than {DEPTH_MAX} deep")
