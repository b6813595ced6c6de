"""Tests that are gone or changed since a commit, and the lines that they entered, on real repositories."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from guards.mutation.since import Changed, SinceError, changed_since
from guards.mutation.weakened import lost_tests, with_weakened

RULES = """\
LIMIT = 3


def is_small(count):
    return count < LIMIT


def is_ours(owner, caller):
    if owner is None:
        return False
    return owner == caller
"""
TESTS = """\
from rules import is_ours, is_small


def test_small():
    assert is_small(2)


def test_ours():
    assert is_ours("a", "a")


def test_nobodys():
    assert not is_ours(None, None)
"""
IS_OURS, IS_NOBODYS = {11}, {10}


def git(root: Path, *arguments: str) -> None:
    who = ["-c", "user.name=dana", "-c", "user.email=dana@acme.example", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *arguments], cwd=root, check=True, capture_output=True)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with one commit; the project is a folder in it."""
    project = tmp_path / "project"
    (project / "tests").mkdir(parents=True)
    (project / "rules.py").write_text(RULES)
    (project / "tests/test_rules.py").write_text(TESTS)
    (project / "tests/table.txt").write_text("1\n")
    (project / "pyproject.toml").write_text('[tool.pytest.ini_options]\npythonpath = ["."]\n')
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    return project


def changed(root: Path) -> Changed:
    return with_weakened(root, changed_since(root, "HEAD", ["rules.py"]), ["tests"], ["rules.py"])


def beside(root: Path, test: str) -> tuple[str, ...]:
    return with_weakened(root, changed_since(root, "HEAD", ["rules.py"]), [test], ["rules.py"]).beside


def edit(file: Path, before: str, after: str) -> None:
    text = file.read_text()
    assert text.count(before) == 1
    file.write_text(text.replace(before, after))


def touched(found: Changed) -> set[int]:
    return {line for line in range(1, 30) if found.touches("rules.py", line, line)}


def test_what_a_test_entered_that_is_gone_is_judged_again(root: Path) -> None:
    edit(root / "tests/test_rules.py", 'def test_ours():\n    assert is_ours("a", "a")\n', "")
    found = changed(root)
    assert found.weakened == ("tests/test_rules.py::test_ours",)
    assert found.concerns("rules.py")
    assert touched(found) >= IS_OURS
    assert touched(found).isdisjoint({5, *IS_NOBODYS})
    assert {1} <= touched(found)  # what runs on import is every test's business


def test_a_test_that_says_less_is_like_one_that_is_gone(root: Path) -> None:
    edit(root / "tests/test_rules.py", 'assert is_ours("a", "a")', "return")
    assert changed(root).weakened == ("tests/test_rules.py::test_ours",)


def test_a_file_of_tests_that_is_gone_loses_all_of_them(root: Path) -> None:
    (root / "tests/test_rules.py").unlink()
    found = changed(root)
    assert len(found.weakened) == 3
    assert touched(found) >= {5, *IS_OURS, *IS_NOBODYS}


def test_lines_are_found_again_where_they_stand_now(root: Path) -> None:
    edit(root / "tests/test_rules.py", 'assert is_ours("a", "a")', "return")
    edit(root / "rules.py", "LIMIT = 3\n", "LIMIT = 3\nMORE = 4\n")
    lines = touched(changed(root))
    assert {line + 1 for line in IS_OURS} <= lines
    assert 6 not in lines


def test_without_a_change_of_tests_nothing_is_run(root: Path) -> None:
    edit(root / "rules.py", "LIMIT = 3", "LIMIT = 4")
    found = changed(root)
    assert (found.weakened, found.entered, touched(found)) == ((), {}, {1})


def test_what_was_changed_beside_the_tests_is_named(root: Path) -> None:
    (root / "tests/table.txt").write_text("2\n")
    assert changed(root).beside == ("tests/table.txt",)


def test_what_pytest_reads_above_the_tests_is_named_when_it_changes(root: Path) -> None:
    folder = root / "tests/laws/deep"
    folder.mkdir(parents=True)
    for name in ("conftest.py", "tests/conftest.py", "tests/laws/conftest.py", "other/conftest.py", "tests/table.txt"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text("LIMIT = 1\n")
    git(root, "add", ".")
    git(root, "commit", "-qm", "second")
    assert beside(root, "tests/laws/deep") == ()
    for name in ("tests/conftest.py", "other/conftest.py", "tests/table.txt"):
        (root / name).write_text("LIMIT = 2\n")
    (root / "conftest.py").unlink()
    assert beside(root, "tests/laws/deep") == ("conftest.py", "tests/conftest.py")
    assert beside(root, "rules.py") == ("conftest.py",)


@pytest.mark.parametrize("ignored", ["", "conftest.py\n"], ids=["untracked", "ignored"])
def test_what_pytest_reads_is_named_where_git_does_not_know_it(root: Path, ignored: str) -> None:
    (root / ".gitignore").write_text(ignored)
    (root / "tests/laws").mkdir()
    for name in ("conftest.py", "tests/laws/conftest.py", "tests/laws/table.py"):
        (root / name).write_text("LIMIT = 1\n")
    assert beside(root, "tests") == ("conftest.py", "tests/laws/conftest.py")
    assert beside(root, "tests/test_rules.py") == ("conftest.py",)


@pytest.mark.parametrize("name", ["pytest.ini", ".coveragerc", "setup.cfg"])
def test_a_file_of_settings_that_pytest_or_coverage_reads_is_named(root: Path, name: str) -> None:
    assert beside(root, "tests") == ()
    (root / name).write_text("[pytest]\npython_functions = test_some*\n")
    assert beside(root, "tests") == (name,)


def test_tests_that_could_not_be_run_then_say_nothing(root: Path) -> None:
    edit(root / "tests/test_rules.py", "from rules", "from ruled")
    git(root, "commit", "-qam", "broken")
    edit(root / "tests/test_rules.py", "assert is_small(2)", "return")
    with pytest.raises(SinceError, match="cannot be run as they were"):
        changed(root)


@pytest.mark.parametrize(
    ("after", "lost"),
    [
        (TESTS, set()),
        (TESTS.replace("is_small(2)", "is_small( 2 )  # two"), set()),
        (TESTS + "\n\ndef test_more():\n    assert LIMIT\n", set()),
        ("import json\n" + TESTS, set()),
        ('"""What it is about."""\n' + TESTS, set()),
        (TESTS.replace("import is_ours", "import is_mine, is_ours"), set()),
        (TESTS.replace("import is_ours, is_small", "import is_ours\nfrom lax import is_small"), {""}),
        (TESTS.replace("\n\ndef test_small", "\nfrom lax import is_ours\n\ndef test_small"), {""}),
        (TESTS + "\n\ndef helper():\n    return 1\n", set()),
        (TESTS.replace("is_small(2)", "is_small(1)"), {"::test_small"}),
        (TESTS.replace("def test_small", "@pytest.mark.slow\ndef test_small"), {"::test_small"}),
        (TESTS + "\n\ndef test_small():\n    pass\n", {"::test_small"}),
        (TESTS + "\n\npytestmark = pytest.mark.slow\n", {""}),
        (TESTS + "\n\n@pytest.fixture(autouse=True)\ndef quiet():\n    yield\n", {""}),
        (TESTS + "\n\ndef setup_module():\n    pass\n", {""}),
        (TESTS.replace("from rules import is_ours", "from others import is_ours"), {""}),
        ("def test_small(:\n", {""}),
        ("", {"::test_small", "::test_ours", "::test_nobodys"}),
    ],
)
def test_a_test_is_as_it_was_or_it_is_not(after: str, lost: set[str]) -> None:
    assert lost_tests(TESTS, after) == lost
