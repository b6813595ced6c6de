"""Which code was entered by tests that are gone, or read otherwise than they did: what they caught may be missed now.

The tests are run as they were at the commit, on the code as it was, and the lines that they entered are looked up in
the code as it is.
"""

from __future__ import annotations

import ast
import difflib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import Final

import coverage

import guards
from guards.mutation.reach import stretches
from guards.mutation.since import Changed, SinceError, check_out, text_at

SECONDS: Final = 600.0
UNDERSTOOD: Final = (0, 1, 5)
"""What pytest ends with where it ran tests, or none of those that were asked for."""
HEEDED: Final = ("pytestmark", "collect_ignore", "pytest_", "setup", "teardown")
"""How names begin that change tests which do not name them."""
CONFTEST: Final = "conftest.py"
PYTEST_FILES: Final = ("pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini", "tox.ini", "setup.cfg")
"""What pytest reads besides pyproject.toml, and coverage the last ones where it is started."""
COVERAGE_FILES: Final = (".coveragerc", ".coveragerc.toml")
"""What coverage reads besides, where it is started."""
OPTIONS: Final = ("-q", "--no-header", "--tb=no", "-p", "no:cacheprovider", "-p", "no:randomly")


def with_weakened(root: Path, changed: Changed, tests: Sequence[str], files: Sequence[str]) -> Changed:
    """The same, with what was entered in these files by tests that are not as they were.

    `tests` are files and folders, relative to the root. Raises `SinceError` where the tests cannot be run as they were.
    """
    inside = sorted(file for file in changed.files if any(PurePosixPath(file).is_relative_to(test) for test in tests))
    lost = [
        f"{file}{name}"
        for file in filter(_holds_tests, inside)
        if (before := text_at(root, changed.commit, file)) is not None
        for name in sorted(lost_tests(before, _text(root / file)))
    ]
    beside = tuple(
        sorted({*(file for file in inside if not _holds_tests(file)), *_read_by_pytest(root, changed, tests)})
    )
    if not lost:
        return replace(changed, beside=beside)
    with tempfile.TemporaryDirectory(prefix="guards-since-", ignore_cleanup_errors=True) as folder:
        then = check_out(root, changed.commit, Path(folder) / "then")
        lines = _lines_run(then, lost, files, Path(folder) / "coverage")
        entered = {file: _as_it_is_now(then / file, root / file, lines[file]) for file in lines}
    return replace(changed, beside=beside, weakened=tuple(lost), entered=entered)


def _holds_tests(file: str) -> bool:
    name = PurePosixPath(file).name
    return name.endswith("_test.py") or (name.startswith("test_") and name.endswith(".py"))


def _read_by_pytest(root: Path, changed: Changed, tests: Sequence[str]) -> Iterator[str]:
    """What tells it which tests there are, and how to run them, where it reads otherwise, is gone, or is new to git:
    the conftest.py of the tests, above and below, and files of settings.
    """
    above = {str(folder / CONFTEST) for test in tests for folder in (PurePosixPath(test), *PurePosixPath(test).parents)}
    found = (file for test in tests for file in (root / test).rglob(CONFTEST))
    below = {file.relative_to(root).as_posix() for file in found if file.is_relative_to(root)}
    for file in above | below | {*PYTEST_FILES, *COVERAGE_FILES}:
        if file in changed.files or (file not in changed.tracked and (root / file).is_file()):
            yield file


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.is_file() else ""


# Which tests are not as they were.


@dataclass(frozen=True, slots=True)
class _Parts:
    """A file of tests, taken apart."""

    tests: Mapping[str, str]
    rest: frozenset[tuple[str, str]]
    """Of everything else, what it defines, if that is one name, and how it reads."""
    heeded: frozenset[str]
    """How that of the rest reads which may change tests that do not name it."""


def lost_tests(before: str, after: str) -> frozenset[str]:
    """What to add to the file's name for the tests that are gone or changed; "" where that may be all of them.

    >>> lost_tests("def test_a(): assert 1\\ndef test_b(): assert 2", "import x\\ndef test_b():\\n  assert 2  # two")
    frozenset({'::test_a'})
    >>> lost_tests("def test_a(): assert f()\\ndef f(): return 1", "def test_a(): assert f()\\ndef f(): return 2")
    frozenset({''})
    """
    try:
        old, new = _parts(before), _parts(after)
    except (SyntaxError, ValueError):
        return frozenset({""})
    known = {name for name, _ in old.rest if name}
    is_other = old.rest - new.rest or new.heeded - old.heeded or any(name in known for name, _ in new.rest - old.rest)
    if after and is_other:
        return frozenset({""})
    return frozenset(f"::{name}" for name, text in old.tests.items() if new.tests.get(name) != text)


def _parts(source: str) -> _Parts:
    tests: dict[str, str] = {}
    rest, heeded = set(), set()
    for node in ast.parse(source).body:
        for name, text in _pieces(node):
            if name.startswith(("test", "Test")):
                tests[name] = tests.get(name, "") + text  # who says a name twice has the second one run
                continue
            rest.add((name, text))
            if name.startswith(HEEDED) or getattr(node, "decorator_list", None):
                heeded.add(text)
    return _Parts(tests, frozenset(rest), frozenset(heeded))


def _pieces(node: ast.stmt) -> Iterator[tuple[str, str]]:
    """The names that a statement defines, each with how it reads."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # a docstring
    if isinstance(node, ast.Import | ast.ImportFrom):
        where = f"{node.level} {node.module}" if isinstance(node, ast.ImportFrom) else ""
        yield from ((one.asname or one.name, f"{where} {one.name}") for one in node.names)
        return
    target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
    yield (target.id if isinstance(target, ast.Name) else str(getattr(node, "name", ""))), ast.dump(node)


# What they entered.


def _lines_run(then: Path, tests: Sequence[str], files: Sequence[str], data: Path) -> dict[str, frozenset[int]]:
    """The lines of these files that the tests run, in a process of their own."""
    run = (sys.executable, "-m", "coverage", "run", "--rcfile=", f"--data-file={data}")
    include = f"--include={','.join(str(then / file) for file in files)}"
    seed = ("--hypothesis-seed=0",) if find_spec("hypothesis") is not None else ()
    path = [str(then), str(Path(guards.__file__).resolve().parents[1]), os.environ.get("PYTHONPATH", "")]
    try:
        ran = subprocess.run(
            [*run, include, "-m", "pytest", *OPTIONS, *seed, *tests],
            cwd=then,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path)), "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise SinceError(f"what the tests entered that were changed since is not known: {error}") from error
    if ran.returncode not in UNDERSTOOD:
        last = b" ".join(ran.stdout.splitlines()[-1:]).decode("utf-8", "replace")
        raise SinceError(f"the tests that were changed since cannot be run as they were: pytest says {last!r}")
    found = coverage.CoverageData(basename=str(data))
    found.read()
    return {file: lines for file in files if (lines := frozenset(found.lines(str(then / file)) or ()))}


def _as_it_is_now(before: Path, after: Path, run: frozenset[int]) -> frozenset[int]:
    """The lines now of the stretches that were entered, and of what runs on import, which any test may judge."""
    source = before.read_text(encoding="utf-8")
    all_stretches = list(stretches(before.name, source, ast.parse(source)))
    entered = [one.lines for one in all_stretches if not one.lines.isdisjoint(run)]
    if not entered:
        return frozenset()
    old, new = source.splitlines(), _text(after).splitlines()
    on_import = frozenset(range(1, len(old) + 1)).difference(*(one.lines for one in all_stretches))
    wanted = on_import.union(*entered)
    blocks = difflib.SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    return frozenset(b + n + 1 for a, b, size in blocks for n in range(size) if a + n + 1 in wanted)
