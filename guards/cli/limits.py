"""Reads how much one call may destroy from a file of two lines: TOML or JSON, exactly `max_count` and `max_percent`."""

from __future__ import annotations

from typing import Any, Final

from guards.cli.complaint import misused
from guards.cli.files import read_input
from guards.core.values import Limits
from guards.errors import RecordError, shown
from guards.strict_json import read_json
from guards.toml import read_toml

FILE_BYTES_MAX: Final = 4096
"""Much for two lines, and little for readers whose time is not linear in what they read."""
NAMES: Final = ("max_count", "max_percent")


def read_limits(path: str) -> Limits:
    """The limits in this file. There are no defaults: a limit that is missing is a complaint."""
    value = _read(path)
    if not isinstance(value, dict):
        raise misused(f"the limits {shown(path)} are not an object with {' and '.join(NAMES)}, but {shown(value)}")
    for name in value:
        if name not in NAMES:
            raise misused(f"the limits {shown(path)} hold {shown(name)}; they hold exactly {' and '.join(NAMES)}")
    for name in NAMES:
        if name not in value:
            raise misused(f"the limits {shown(path)} lack `{name}`, and nothing is assumed in its place")
    try:
        return Limits(**value)
    except RecordError as error:
        raise misused(f"the limits {shown(path)} cannot be used: {error}") from error


def _read(path: str) -> Any:
    data = read_input(path, "the limits", FILE_BYTES_MAX)
    try:
        if path.endswith(".toml"):
            return read_toml(data.decode("utf-8"))
        if path.endswith(".json"):
            return read_json(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise misused(f"the limits {shown(path)} cannot be read: {error}") from error
    raise misused(f"the limits {shown(path)} must be a .toml or a .json file, so that it is known how to read them")
