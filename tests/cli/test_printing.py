"""What is printed while a command runs, and how it is laid out: bars, lines, columns and commands."""

from __future__ import annotations

import io
import os
import shlex
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guards.cli.complaint import printable, spoken
from guards.cli.layout import command_line, counted, first_few, labelled, tallied
from guards.cli.progress import Progress, time_left


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_a_log_gets_a_word_at_once_and_then_every_five_seconds() -> None:
    stream, clock = io.StringIO(), Clock()
    with Progress(stream, clock) as progress:
        for seconds in range(12):
            clock.seconds = float(seconds)
            progress.show(f"{seconds} of 12", seconds / 12)
    assert stream.getvalue().splitlines() == [
        "guards: 0 of 12, 0 s",
        "guards: 5 of 12, 5 s, about 7 s left",
        "guards: 10 of 12, 10 s, about 2 s left",
    ]
    assert progress.last == "11 of 12"


def test_a_terminal_gets_a_bar_with_counts_and_time_left_that_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    stream, clock = Terminal(), Clock()
    with Progress(stream, clock) as progress:
        clock.seconds = 30.0
        progress.show("25 of [100] cases", 0.25)
    drawn = stream.getvalue()
    assert "25 of [100] cases" in drawn
    assert "about 1 m 30 s left" in drawn
    assert drawn.endswith("\x1b[2K")  # the line is wiped


@pytest.mark.parametrize(("part", "words"), [(0.0, ""), (0.5, "about 10 s left"), (1.0, "about 0 s left")])
def test_the_time_left_follows_from_what_is_done(part: float, words: str) -> None:
    assert time_left(10.0, part) == words


@given(st.text())
def test_whatever_is_printed_is_printable_ascii(text: str) -> None:
    for printed in (printable(text), spoken(text), labelled("label", text)):
        assert printed.isascii()
        assert printed.replace("\n", "").isprintable()


@given(st.text())
def test_no_line_is_wider_than_a_terminal(text: str) -> None:
    assert max(map(len, labelled("label", text).splitlines()), default=0) <= 80


def test_an_escape_is_spelled_out() -> None:
    assert printable("a\x1b[31m\u202e\ud800") == r"a\x1b[31m\u202e\ud800"


@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1), max_size=6))
def test_a_printed_command_means_the_same_in_a_shell(arguments: list[str]) -> None:
    printed = command_line(arguments)
    assert printed.isascii()
    if "$'" not in printed:
        assert shlex.split(printed.replace("\\\n", " ")) == ["guards", *arguments]


def test_a_shell_takes_a_printed_command_as_it_is() -> None:
    arguments = ["verify", "it's", "caf\u00e9", "a\nb", "\x1b[31m", "x" * 70, "a b", "\\n"]
    script = f"guards() {{ printf '%s\\0' \"$@\"; }}\n{command_line(arguments)}\n"
    ran = subprocess.run(["bash", "-c", script], capture_output=True, check=True)
    assert ran.stdout.split(b"\0")[:-1] == [os.fsencode(argument) for argument in arguments]


def test_numbers_come_with_their_nouns() -> None:
    assert [counted(n, "round") for n in (0, 1, 1_574)] == ["0 rounds", "1 round", "1,574 rounds"]
    assert tallied({"b": 2_000, "a": 1}) == "a 1, b 2,000"
    assert tallied({}) == "none"
    assert first_few(["a", "b", "c"], 2) == "a, b and 1 more"
    assert first_few(["a", "b"], 2) == "a, b"
