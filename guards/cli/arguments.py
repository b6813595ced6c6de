"""From what stands on the command line to numbers, parts and times; whatever is none of these is a complaint."""

from __future__ import annotations

import re

from guards.cli.complaint import misused
from guards.errors import shown


def number_from(option: str, value: str | None, *, at_least: int) -> int | None:
    """The whole number that an option was given; None if it was not given."""
    if value is None:
        return None
    number = int(value) if re.fullmatch(r"[0-9]{1,18}", value) else -1
    if number < at_least:
        raise misused(f"{option} {shown(value)} is not a whole number from {at_least} to {10**18 - 1}")
    return number


def shard_from(shard: str) -> tuple[int, int]:
    """Which part, of how many.

    >>> shard_from("2/3")
    (2, 3)
    """
    read = re.fullmatch(r"([0-9]{1,4})/([0-9]{1,4})", shard)
    number, of = (int(read[1]), int(read[2])) if read else (0, 0)
    if not 1 <= number <= of:
        raise misused(f"--shard {shown(shard)} is not a part of a whole, such as 1/2 and 2/2")
    return number, of


def seconds_from(option: str, budget: str) -> float:
    """The seconds that a budget such as 500ms, 30s or 2m stands for.

    >>> seconds_from("--budget", "500ms"), seconds_from("--budget", "1.5m")
    (0.5, 90.0)
    """
    read = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]{1,3})?)(ms|s|m)", budget)
    seconds = float(read[1]) * {"ms": 0.001, "s": 1.0, "m": 60.0}[read[2]] if read else 0.0
    if seconds <= 0:
        raise misused(f"{option} {shown(budget)} is not a time above zero, such as 500ms, 30s or 2m")
    return seconds
