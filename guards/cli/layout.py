"""How results look: labelled paragraphs of at most 80 printable columns, and commands that a shell takes as is."""

from __future__ import annotations

import os
import shlex
import textwrap
from collections.abc import Mapping, Sequence
from typing import Final

from guards.cli.complaint import WIDTH, printable

LABEL: Final = 13


def labelled(label: str, text: str) -> str:
    """A paragraph with its label in the margin."""
    return textwrap.fill(
        printable(text),
        WIDTH,
        initial_indent=f"{label:<{LABEL}}",
        subsequent_indent=" " * LABEL,
        break_on_hyphens=False,
    )


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun: 1 round, 1,574 rounds."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def tallied(counts: Mapping[str, int]) -> str:
    """Names with how often each was met, in the order of the names."""
    return ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items())) or "none"


def first_few(items: Sequence[str], most: int = 5) -> str:
    """The first items, and how many more there are."""
    rest = len(items) - most
    return ", ".join(items[:most]) + (f" and {rest:,} more" if rest > 0 else "")


def command_line(arguments: Sequence[str], program: str = "guards") -> str:
    """The command that repeats something, indented, broken at the width with backslashes that a shell understands."""
    lines = [f"  {program}"]
    for argument in map(_quoted, arguments):
        if len(lines[-1]) + len(argument) + 3 > WIDTH:
            lines[-1] += " \\"
            lines.append("   ")
        lines[-1] += f" {argument}"
    return "\n".join(lines)


def printable_lines(text: str) -> str:
    """The text, line by line in printable ASCII."""
    return "\n".join(map(printable, text.split("\n")))


def _quoted(argument: str) -> str:
    """The argument for a shell, in printable ASCII whatever is in it."""
    if argument.isascii() and argument.isprintable():
        return shlex.quote(argument)
    plain = "".join(
        chr(byte) if 0x20 <= byte < 0x7F and chr(byte) not in "'\\" else f"\\x{byte:02x}"
        for byte in os.fsencode(argument)
    )
    return f"$'{plain}'"
