"""JSON as files of ours have to be written: each key once in its object, and no NaN or Infinity.

A leaf that every room may import. The wire reads requests by its own code, since it must say where a value stands.
"""

from __future__ import annotations

import json
from typing import Any, Final, NoReturn

from guards.errors import shown


def _each_key_once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for name, inner in members:
        if name in value:
            raise ValueError(f"the key {shown(name)} stands twice")
        value[name] = inner
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_each_key_once, parse_constant=_no_constant)


def read_json(document: str) -> Any:
    """The value of one JSON document. Raises `ValueError`, or `RecursionError` where it is nested too deeply.

    >>> read_json('{"max_count": 1}')
    {'max_count': 1}
    >>> read_json('{"max_count": 1, "max_count": 2}')
    Traceback (most recent call last):
    ValueError: the key 'max_count' stands twice
    """
    return _DECODER.decode(document)
