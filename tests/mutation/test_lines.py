"""Which lines no mutant reached: statements that do something, and single ones at that."""

from __future__ import annotations

import pytest

from guards.mutation.lines import statements, unmutated

SOURCE = '''"""What it is."""

import os

LIMIT = 1
later: int


def decide(a, b=LIMIT):
    """Says so."""
    if (
        a
        and b
    ):
        return True
    for c in a:
        b += c
    try:
        note(a)
    except ValueError:
        raise
    match b:
        case 1:
            pass
        case _:
            return note(
                b,
            )
    return False


def note(a):
    return a


class Thing:
    size = 1
'''


def line(text: str) -> int:
    return SOURCE.splitlines().index(text) + 1


EVERY = [
    line(text)
    for text in (
        "LIMIT = 1",
        "def decide(a, b=LIMIT):",
        "    if (",
        "        return True",
        "    for c in a:",
        "        b += c",
        "        note(a)",
        "        raise",
        "    match b:",
        "            return note(",
        "    return False",
        "    return a",
        "    size = 1",
    )
]


def test_what_does_something_counts_once() -> None:
    assert statements(SOURCE) == EVERY


def test_without_a_mutant_nothing_was_reached() -> None:
    assert unmutated(SOURCE, []) == EVERY


@pytest.mark.parametrize(
    ("span", "reached"),
    [
        (("LIMIT = 1", "LIMIT = 1"), ["LIMIT = 1"]),
        (("        a", "        a"), ["    if ("]),  # within the head
        (("        return True", "        return True"), ["        return True"]),  # and not the condition above it
        (("                b,", "                b,"), ["            return note("]),
        (("    for c in a:", "        b += c"), ["    for c in a:", "        b += c"]),
        (("    return a", "    return a"), ["    return a"]),
        (("    if (", "    return False"), []),  # the whole function at once
        (("import os", "import os"), []),
    ],
)
def test_a_mutant_reaches_the_statements_that_it_changes(span: tuple[str, str], reached: list[str]) -> None:
    left = unmutated(SOURCE, [(line(span[0]), line(span[1]))])
    assert sorted(set(EVERY) - set(left)) == sorted(map(line, reached))
