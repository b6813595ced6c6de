"""What a run of `guards mutate` has judged so far, a line a mutant, so that an interrupted one goes on where it was.

The first line says what the run is about; results are taken from no other. The file stands beside the result and is
gone once that is written.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

from pydantic import ValidationError

from guards.cli.complaint import misused
from guards.errors import shown
from guards.mutation.since import known_files
from guards.results import MutantOutcome, MutantResult

SCHEMA: Final = "guards.mutate.journal/1"
SUFFIX: Final = ".partial"
VENV: Final = "pyvenv.cfg"
"""What a folder holds that is an environment of its own."""


class Journal:
    """An open journal. `known` is what it held of this very run."""

    def __init__(self, path: Path, stream: IO[bytes], key: str) -> None:
        self.path = path
        self.known: dict[str, MutantResult] = {}
        self.is_anew = False
        """Whether it held another run, which is gone now."""
        self._stream = stream
        self._read(key)

    @classmethod
    @contextmanager
    def opened(cls, result: Path, key: str) -> Iterator[Journal]:
        """The journal beside the file that the result will be written to. Left, it stays if it holds anything.

        Raises a complaint if it cannot be written, is no journal, or is another run's that is still on.
        """
        path = _beside(result)
        try:
            stream = path.open("a+b")
        except OSError as error:
            raise misused(f"the journal {shown(str(path))} cannot be written: {error.strerror}") from error
        with stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise misused(f"another run is writing the journal {shown(str(path))}") from error
            journal = cls(path, stream, key)
            try:
                yield journal
            finally:
                if not journal.known:
                    journal.remove()

    def add(self, result: MutantResult) -> None:
        """Keep a result; from here on it survives whatever happens to this process."""
        self.known[result.id] = result
        self._write(result.model_dump_json(by_alias=True).encode() + b"\n")

    def remove(self) -> None:
        """The run is over, and its result is written."""
        with suppress(OSError):
            self.path.unlink()

    def _read(self, key: str) -> None:
        begins = f'{{"schema": "{SCHEMA}", "key": '
        ours = f'{begins}"{key}"}}\n'.encode()
        self._stream.seek(0)
        header, end = self._stream.readline(), 0
        if not (header.startswith(begins.encode()) or ours.startswith(header)):
            raise misused(f"{shown(str(self.path))} is in the way: the journal would be there, and it is no journal")
        if header == ours:
            end = len(header)
            for line in self._stream:
                result = _result(line)
                if result is None:
                    break  # cut off in the middle; what follows cannot be trusted either
                end += len(line)
                self.known[result.id] = result
        self.is_anew = bool(header) and not end
        self._stream.truncate(end)
        if not end:
            self._write(ours)

    def _write(self, line: bytes) -> None:
        self._stream.write(line)
        self._stream.flush()


def judged_before(journal: Journal | None) -> dict[str, MutantResult]:
    """The results that stand. What could not be judged is tried again."""
    if journal is None:
        return {}
    return {id: result for id, result in journal.known.items() if result.outcome is not MutantOutcome.BROKEN}


def _result(line: bytes) -> MutantResult | None:
    """A whole line's result, or None."""
    if not line.endswith(b"\n"):
        return None
    try:
        return MutantResult.model_validate_json(line)
    except ValidationError:
        return None


def state_of(root: Path, folders: Iterable[Path], result: Path | None = None) -> str:
    """A digest over what a verdict may depend on: all that is in these folders, but for what tools and the run itself
    leave there, the Python beside them, and what git knows; where git knows nothing, all Python but that of
    environments. Of the root itself, where anything may lie, its Python. It is the same wherever all of this lies.
    """
    folders = tuple(folders)
    known = known_files(root)
    beside = {root / "pyproject.toml", *root.glob("*.py"), *(root / name for name in known)}
    beside |= set() if known else set(_python_below(root))
    inside = {
        file
        for folder in folders
        for file in folder.rglob("*.py" if folder == root else "*")
        if not _is_left_by_tools(file, folder)
    }
    own = {result, _beside(result)} if result is not None else set()
    found = []
    for file in beside | inside:
        if file.is_file() and file not in own:
            with suppress(OSError), file.open("rb") as stream:
                name = os.fsencode(_name(file, root, folders))
                found.append(name + b"\0" + hashlib.file_digest(stream, "sha256").digest())
    return hashlib.sha256(b"".join(sorted(found))).hexdigest()


def _python_below(root: Path) -> Iterator[Path]:
    for folder, inside, files in os.walk(root):
        inside[:] = [name for name in inside if not (name.startswith(".") or (Path(folder) / name / VENV).is_file())]
        yield from (Path(folder) / name for name in files if name.endswith(".py"))


def _name(file: Path, root: Path, folders: Iterable[Path]) -> str:
    """As seen from the root, or from beside the folder that it is in: elsewhere another machine keeps it elsewhere."""
    places = [root, *(folder.parent for folder in folders)]
    return next((str(file.relative_to(place)) for place in places if file.is_relative_to(place)), str(file))


def _beside(result: Path) -> Path:
    """Where the journal of a result is."""
    return result.with_name(result.name + SUFFIX)


def _is_left_by_tools(file: Path, folder: Path) -> bool:
    return any(part.startswith((".", "__pycache__")) for part in file.relative_to(folder).parts)
