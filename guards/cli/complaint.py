"""Why a command stops without a result: one message for people, and the exit code that belongs to it.

Whatever a message shows of somebody's input is made printable and short here, once, for all commands.
"""

from __future__ import annotations

import re
import textwrap
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from guards.errors import GuardsError
from guards.results import ExitCode

INTERRUPTED: Final = 130
"""What a shell expects of a command that was stopped with Ctrl-C."""
WIDTH: Final = 80
WORD_MAX: Final = 100
"""No word of a message is longer; a path may be, a value must not."""


class Complaint(GuardsError):
    """The command cannot go on. The message says what stands in its way and what to do about it."""

    code = "command_refused"

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def misused(message: str) -> Complaint:
    """The command was not called as it must be."""
    return Complaint(message, ExitCode.USAGE)


def cannot_run(message: str) -> Complaint:
    """The command was called well, and what it needs failed."""
    return Complaint(message, ExitCode.UNKNOWN)


def spoken(message: str) -> str:
    """A message as it is printed: within the width of a terminal, with nothing in it that a terminal would obey."""
    short = re.sub(rf"\S{{{WORD_MAX + 1},}}", lambda word: f"{word[0][: WORD_MAX - 3]}...", printable(message))
    return textwrap.fill(f"guards: {short}", WIDTH, subsequent_indent="  ", break_on_hyphens=False)


def printable(text: str) -> str:
    """The text in printable ASCII; anything else is spelled as Python would."""
    return "".join(c if c.isascii() and c.isprintable() else ascii(c)[1:-1] for c in text)


def what_happened(error: BaseException) -> str:
    """An error that somebody else's code raised: its type, what it says, and where."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith("<frozen")]
    where = f", raised in {frames[-1].filename} on line {frames[-1].lineno}" if frames else ""
    said = str(error)
    return f"{type(error).__name__}{': ' + said[:300] if said else ''}{where}"


@contextmanager
def told_as(message: str) -> Iterator[None]:
    """Whatever is raised in here by code that is not ours ends the command, with this message and what happened.

    An exit or a cancellation is no exception to that: it would end the command with an exit code that means something
    else. Only an interrupt is taken to come from whoever sits at the keyboard.
    """
    try:
        yield
    except (Complaint, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise cannot_run(f"{message}: {what_happened(error)}") from error


@contextmanager
def blamed_on(subject: str) -> Iterator[None]:
    """The same for a whole task; what the kit says in words of its own is told in those alone."""
    with told_as(f"{subject} failed"):
        try:
            yield
        except Complaint:
            raise
        except GuardsError as error:
            raise cannot_run(f"{subject}: {error}") from error
