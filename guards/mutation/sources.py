"""The files of a project on which a verdict depends: where they are, and what they hold."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from os.path import isabs, isdir, isfile, normpath, realpath
from pathlib import Path
from typing import Final

NOT_FROM_HERE: Final = "is no path that leads from this folder to something in it"


def tops_of(root: Path, paths: Iterable[str]) -> set[str]:
    """Where these paths begin: the folders, or the files, right below the root. What lies elsewhere is not the
    project's.

    >>> sorted(tops_of(Path("/p"), ["./shop/guard.py", "/p/shop", "a/../rules.py", ".", "/etc/x", "../p2"]))
    ['.', 'rules.py', 'shop']
    """
    inside = [full.relative_to(root) for path in paths if (full := Path(normpath(root / path))).is_relative_to(root)]
    return {next(iter(path.parts), ".") for path in inside}


def is_named_in(root: Path, name: str) -> bool:
    """Whether this is told from the root, and leads to something in it.

    >>> [is_named_in(Path("/p"), name) for name in ("shop/guard.py", "../p2", "/p/shop", "")]
    [True, False, False, False]
    """
    return bool(name) and "\0" not in name and not isabs(name) and Path(realpath(root / name)).is_relative_to(root)


def sources_of(root: Path, named: Iterable[str], service: str) -> list[Path]:
    """The Python at these paths, and that of the module, or of the package, which makes the service."""
    module = service.partition(":")[0].replace(".", "/")
    return sorted({file for name in (*named, f"{module}.py", module) for file in _python_at(root / name)})


def _python_at(path: Path) -> Iterator[Path]:
    """But for hidden folders, where tools keep what is not the project's. What can be no path is none."""
    if isdir(path):
        yield from (file for file in path.rglob("*.py") if not _is_hidden(file.relative_to(path)))
    elif isfile(path):
        yield path


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def digests(root: Path, files: Iterable[Path]) -> dict[str, str]:
    """By their names from the root, what tells apart what they hold; nothing of what cannot be read."""
    found = {}
    for file in files:
        with suppress(OSError):
            name = file.relative_to(root).as_posix() if file.is_relative_to(root) else str(file)
            found[name] = hashlib.sha256(file.read_bytes()).hexdigest()
    return found
