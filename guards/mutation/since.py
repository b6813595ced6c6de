"""Which lines were changed since a commit, as git tells it: committed since then, staged, or only written to disk.

git is run by lists of arguments and reads no name as an option or a pattern; a file that it does not know is new.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from guards.errors import GuardsError, shown

SECONDS: Final = 60.0
SHORT: Final = 12
"""Digits by which a commit is called, or more where that could mean another one."""
COMPARE: Final = ("diff", "--text", "--no-ext-diff", "--no-textconv", "--no-color", "--no-renames", "--relative")
"""As text whatever .gitattributes says: of a file that it calls binary no line would be new."""
HUNK: Final = re.compile(rb"^@@ -[0-9,]+ \+([0-9]+)(?:,([0-9]+))? @@", re.MULTILINE)


class SinceError(GuardsError):
    """There is no git, no repository, or no such commit."""

    code = "unknown_since"


@dataclass(frozen=True, slots=True)
class Changed:
    """What is not as it was in a commit. Files are named relative to the root."""

    tracked: frozenset[str]
    """What git compares line by line; anything else is new as a whole."""
    files: frozenset[str]
    """Those that git knows, and that read otherwise than they did."""
    lines: Mapping[str, frozenset[int]]
    """Of the files that were asked about: which lines, as they are now."""
    commit: str
    weakened: tuple[str, ...] = ()
    """Tests that are gone or not as they were, as pytest names them."""
    entered: Mapping[str, frozenset[int]] = field(default_factory=dict)
    """The lines that those tests entered, as they are now."""
    beside: tuple[str, ...] = ()
    """What was changed beside the tests or above them, a helper or a `conftest.py`: to whom it matters is unknown."""

    def has(self, file: str) -> bool:
        """Whether anything in this file is new."""
        return file in self.files or file not in self.tracked

    def concerns(self, file: str) -> bool:
        """Whether there may be anything in this file that has to be judged again."""
        return self.has(file) or file in self.entered

    def touches(self, file: str, first: int, last: int) -> bool:
        """Whether any of these lines is new, both ends included, or was entered by a test that is not as it was.

        Where lines were taken out, their neighbours are new.
        """
        if file not in self.tracked:
            return True
        lines = self.lines.get(file, frozenset()) | self.entered.get(file, frozenset())
        return not lines.isdisjoint(range(first, last + 1))


@dataclass(frozen=True, slots=True)
class Base:
    """A commit as somebody named it. A branch moves on; what it named stays."""

    name: str
    commit: str

    @classmethod
    def named(cls, root: Path, ref: str) -> Base:
        """What the name leads to now. Raises `SinceError`."""
        return cls(ref, _git(root, "rev-parse", f"--short={SHORT}", _commit(root, ref)).decode("ascii").strip())


def is_touched(root: Path, ref: str) -> bool:
    """Whether any file that git knows is not as it was. Raises `SinceError`."""
    return bool(changed_since(root, ref, ()).files)


def changed_since(root: Path, ref: str, files: Sequence[str]) -> Changed:
    """What was changed since the commit that `ref` names, with the lines of these files. Raises `SinceError`."""
    commit = _commit(root, ref)
    tracked = _looked_at(_git(root, "ls-files", "-v", "-z")) - {file for file in files if not _is_plain(root / file)}
    changed = _names(_git(root, *COMPARE, "--name-only", "-z", commit, "--"))
    lines = {
        file: _lines(_git(root, *COMPARE, "--unified=0", "--inter-hunk-context=0", commit, "--", file))
        for file in files
        if file in changed and file in tracked
    }
    return Changed(tracked, changed, lines, commit)


def known_files(root: Path) -> frozenset[str]:
    """The files that git holds, and the Python that it would if it were told to; none where there is no repository."""
    try:
        held, others = _git(root, "ls-files", "-z"), _git(root, "ls-files", "-z", "--others", "--exclude-standard")
    except SinceError:
        return frozenset()
    return _names(held) | {name for name in _names(others) if name.endswith(".py")}


def repository_of(root: Path) -> Path:
    """The folder of the whole repository; what lies beside it git knows nothing of. Raises `SinceError`."""
    return Path(os.fsdecode(_git(root, "rev-parse", "--show-toplevel").removesuffix(b"\n")))


def text_at(root: Path, commit: str, file: str) -> str | None:
    """How a file read then; None if it was not there."""
    found = _git_code(root, "show", f"{commit}:./{file}")
    return None if found is None else found.decode("utf-8", "replace")


def files_at(root: Path, ref: str, folder: str) -> frozenset[str]:
    """The files that were at or below this path then; none where git knows no such path. Raises `SinceError`."""
    return _names(_git_code(root, "ls-tree", "-r", "-z", "--name-only", _commit(root, ref), "--", folder) or b"")


def check_out(root: Path, commit: str, folder: Path) -> Path:
    """The root as it was then, in a folder of its own; neither the repository nor its index is touched."""
    own_index = {"GIT_INDEX_FILE": f"{folder}.index"}
    inside = _git(root, "rev-parse", "--show-prefix").decode("utf-8", "replace").strip("\n")
    _git(root, "read-tree", commit, **own_index)
    _git(root, "checkout-index", "--all", f"--prefix={folder}/", **own_index)
    return folder / inside


def _commit(root: Path, ref: str) -> str:
    if not ref or ref.startswith("-") or "\0" in ref:
        raise SinceError(f"{shown(ref)} cannot be the name of a commit")
    if _git_code(root, "rev-parse", "--git-dir") is None:
        raise SinceError("what was changed since a commit can be told inside a git repository only, and this is none")
    found = _git_code(root, "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
    if found is None:
        raise SinceError(f"git knows no commit {shown(ref)} here")
    return found.decode("ascii").strip()


def _git(root: Path, *arguments: str, **environment: str) -> bytes:
    answer = _git_code(root, *arguments, **environment)
    if answer is None:
        raise SinceError(f"`git {arguments[0]}` failed, so it is not known what was changed")
    return answer


def _git_code(root: Path, *arguments: str, **environment: str) -> bytes | None:
    """What git prints; None if it refuses, as nobody can even ask it about a name with a NUL."""
    if any("\0" in argument for argument in arguments):
        return None
    command = ["git", "--no-pager", "--literal-pathspecs", *arguments]
    quiet = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C", **environment}
    try:
        ran = subprocess.run(
            command, cwd=root, env=quiet, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise SinceError(f"git cannot be run, so it is not known what was changed: {error}") from error
    return ran.stdout if ran.returncode == 0 else None


def _names(listed: bytes) -> frozenset[str]:
    return frozenset(os.fsdecode(name) for name in listed.split(b"\0") if name)


def _looked_at(listed: bytes) -> frozenset[str]:
    """The files that git compares with the disk; it tags those that it was told to take as unchanged otherwise."""
    return frozenset(os.fsdecode(line[2:]) for line in listed.split(b"\0") if line[:1].isupper() and line[:1] != b"S")


def _is_plain(file: Path) -> bool:
    """Whether git counts the lines that Python reads: not those of what a link leads to, nor those that end with CR."""
    try:
        return not file.is_symlink() and b"\r" not in file.read_bytes().replace(b"\r\n", b"")
    except OSError:
        return True  # it is gone, and so are its lines


def _lines(diff: bytes) -> frozenset[int]:
    """The new lines of a diff without context."""
    found: set[int] = set()
    for hunk in HUNK.finditer(diff):
        start, count = int(hunk[1]), int(hunk[2] or 1)
        found |= set(range(start, start + count)) if count else {start, start + 1}
    return frozenset(found)
