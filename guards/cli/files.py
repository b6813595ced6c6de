"""What the commands read and write: input is bounded, and a result is there whole or not at all."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from os.path import realpath
from pathlib import Path
from typing import BinaryIO, Final, Self

from guards.cli.complaint import cannot_run, misused
from guards.errors import shown
from guards.results import FILE_MAX_BYTES

STANDARD_INPUT = "-"
KINDS: Final = rb"verify|replay|drill|rehearse|mutate|gate"
"""Of results; a trace or a ratchet is kept for longer."""
OURS: Final = re.compile(rb'\s*\{.*"schema":\s*"guards\.(' + KINDS + rb')/[0-9]+"', re.DOTALL)
"""How each result begins and what it holds somewhere."""
PROJECT = "pyproject.toml"
"""What nearly every command reads in the folder where it runs."""


def open_input(path: str, what: str) -> BinaryIO:
    """The file, or standard input for `-`. Raises a complaint that names `what` could not be read."""
    if path == STANDARD_INPUT:
        return sys.stdin.buffer
    try:
        return open(path, "rb")  # the caller closes it
    except (OSError, ValueError) as error:
        raise misused(f"{what} {shown(path)} cannot be read: {_why(error)}") from error


def read_input(path: str, what: str, at_most: int) -> bytes:
    """All of the file, unless that is more than `at_most` bytes."""
    with open_input(path, what) as stream:
        try:
            data = stream.read(at_most + 1)
        except OSError as error:
            raise misused(f"{what} {shown(path)} cannot be read: {_why(error)}") from error
    if len(data) > at_most:
        raise misused(f"{what} {shown(path)} has more than {at_most} bytes, which is the most that is read")
    return data


class Output:
    """A file that will be written at the end. That it can be written is found out now, before any long work."""

    def __init__(self, path: str, inputs: Sequence[str] = ()) -> None:
        try:
            given = Path(path)  # a pipe that is an open file has no other name
            self.is_device = given.exists() and not given.is_file() and not given.is_dir()
            self.path = given if self.is_device else Path(realpath(given))
            if self.path.is_dir():
                raise misused(f"the result cannot be written to {shown(path)}: it is a folder")
            if self.is_device:
                return
            if self.path.is_symlink():
                raise misused(f"the result cannot be written to {shown(path)}: it leads in a circle")
            if any(_is_same_file(self.path, name) for name in (PROJECT, *inputs)):
                raise misused(f"the result cannot be written to {shown(path)}: that is a file that the command reads")
            if self.path.exists() and not os.access(self.path, os.W_OK):
                raise misused(f"the result cannot be written to {shown(path)}: it may not be changed")
            if not self.path.parent.exists():
                raise misused(
                    f"the result cannot be written to {shown(path)}: there is no folder {shown(str(Path(path).parent))}"
                )
            self._beside(b"").unlink()
        except (OSError, ValueError) as error:
            raise misused(f"the result cannot be written to {shown(path)}: {_why(error)}") from error

    @classmethod
    def of_a_result(cls, path: str | None, inputs: Sequence[str] = ()) -> Self | None:
        """Where a result goes, if it goes anywhere; it takes the place of an earlier one, and of nothing else."""
        if path is None:
            return None
        output = cls(path, inputs)
        if not output._holds_a_result():
            raise misused(
                f"the result cannot be written to {shown(path)}: that file holds something else; name another, or "
                "remove it"
            )
        return output

    def _holds_a_result(self) -> bool:
        """Whether what is there now, if anything is, came from a command of ours."""
        if self.is_device or not self.path.exists() or not self.path.stat().st_size:
            return True
        try:
            with self.path.open("rb") as stream:
                return OURS.match(stream.read(FILE_MAX_BYTES)) is not None
        except OSError:
            return False  # nobody can tell

    def clear(self) -> None:
        """Take away what an earlier run left there, where it would pass for this one's. Raises `OSError`."""
        if not self.is_device:
            self.path.unlink(missing_ok=True)

    def write(self, text: str) -> None:
        """Put the text there in one step: whoever reads the file sees what was there before, or all of this."""
        data = text.encode("utf-8")
        try:
            if self.is_device:
                self.path.write_bytes(data)  # a pipe or a terminal has no before, and must not be replaced
            else:
                self._replace_by(self._beside(data))
        except OSError as error:
            raise cannot_run(f"the result could not be written to {shown(str(self.path))}: {_why(error)}") from error

    def _beside(self, data: bytes) -> Path:
        """A new file in the same folder, so that moving it into place is one step."""
        path = self.path.with_name(f".{self.path.name[:100]}.{os.getpid()}.part")
        try:
            with path.open("xb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
        except BaseException:
            with suppress(OSError):
                path.unlink()
            raise
        return path

    def _replace_by(self, part: Path) -> None:
        try:
            part.replace(self.path)
        except BaseException:
            with suppress(OSError):
                part.unlink()
            raise


def _is_same_file(path: Path, other: str) -> bool:
    """Whether both names lead to one file, through links as well; be it there yet or not."""
    try:
        return str(path) == realpath(other) or path.samefile(other)
    except (OSError, ValueError):  # whoever reads it says what is wrong with it
        return False


def folder(path: str) -> Path:
    """The folder, made if it is not there."""
    try:
        made = Path(path)
        made.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise misused(f"the folder {shown(path)} cannot be made: {_why(error)}") from error
    return made


def _why(error: Exception) -> str:
    """What the system says, without the path, which is shown already."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
