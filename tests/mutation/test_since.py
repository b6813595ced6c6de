"""Which lines git says were changed, on real repositories in folders of their own."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from guards.mutation.since import SinceError, changed_since

LINES = "".join(f"line_{n} = {n}\n" for n in range(1, 11))


def git(root: Path, *arguments: str) -> str:
    who = ["-c", "user.name=dana", "-c", "user.email=dana@acme.example", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", *who, *arguments], cwd=root, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with one commit; the project is a folder in it."""
    project = tmp_path / "project"
    project.mkdir()
    (project / "rules.py").write_text(LINES)
    (project / "other.py").write_text(LINES)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    return project


def edit(root: Path, before: str, after: str) -> None:
    file = root / "rules.py"
    file.write_text(file.read_text().replace(before, after))


@pytest.mark.parametrize("how_far", [[], ["add"], ["add", "commit"]], ids=["on disk", "staged", "committed"])
def test_a_changed_line_is_new_however_far_it_got(root: Path, how_far: list[str]) -> None:
    edit(root, "line_4 = 4\n", "line_4 = 5\nbetween = 0\n")
    if "add" in how_far:
        git(root, "add", ".")
    if "commit" in how_far:
        git(root, "commit", "-qm", "second")
    changed = changed_since(root, "HEAD~1" if "commit" in how_far else "HEAD", ["rules.py", "other.py"])
    assert changed.lines["rules.py"] == {4, 5}
    assert [changed.touches("rules.py", n, n) for n in (3, 4, 5, 6)] == [False, True, True, False]
    assert changed.touches("rules.py", 1, 4)
    assert not changed.touches("rules.py", 6, 11)
    assert changed.has("rules.py")
    assert not changed.has("other.py")
    assert not changed.touches("other.py", 1, 99)


def test_where_lines_were_taken_out_their_neighbours_are_new(root: Path) -> None:
    edit(root, "line_4 = 4\nline_5 = 5\n", "")
    changed = changed_since(root, "HEAD", ["rules.py"])
    assert [n for n in range(1, 9) if changed.touches("rules.py", n, n)] == [3, 4]


def test_a_line_that_looks_like_a_hunk_is_none(root: Path) -> None:
    edit(root, "line_2 = 2\n", "text = '''\n@@ -1 +7 @@\n'''\n")
    assert changed_since(root, "HEAD", ["rules.py"]).lines["rules.py"] == {2, 3, 4}


def test_a_file_that_git_does_not_know_is_new_as_a_whole(root: Path) -> None:
    (root / "new.py").write_text(LINES)
    (root / ".gitignore").write_text("ignored.py\n")
    (root / "ignored.py").write_text(LINES)
    changed = changed_since(root, "HEAD", ["new.py", "ignored.py"])
    assert changed.touches("new.py", 7, 7)
    assert changed.touches("ignored.py", 7, 7)


def test_a_file_that_is_called_binary_has_lines_all_the_same(root: Path) -> None:
    (root / ".gitattributes").write_text("*.py binary\n")
    edit(root, "line_4 = 4\n", "line_4 = 5\n")
    assert changed_since(root, "HEAD", ["rules.py"]).lines["rules.py"] == {4}


@pytest.mark.parametrize("told", ["--assume-unchanged", "--skip-worktree"])
def test_a_file_that_git_was_told_not_to_look_at_is_new_as_a_whole(root: Path, told: str) -> None:
    git(root, "update-index", told, "rules.py")
    edit(root, "line_4 = 4\n", "line_4 = 5\n")
    changed = changed_since(root, "HEAD", ["rules.py", "other.py"])
    assert changed.has("rules.py")
    assert changed.touches("rules.py", 4, 4)
    assert not changed.has("other.py")


def test_what_stands_behind_a_link_is_new_as_a_whole(root: Path) -> None:
    (root / "linked.py").symlink_to("rules.py")
    git(root, "add", ".")
    git(root, "commit", "-qm", "second")
    edit(root, "line_4 = 4\n", "line_4 = 5\n")
    changed = changed_since(root, "HEAD", ["linked.py"])
    assert changed.touches("linked.py", 4, 4)


def test_lines_that_end_as_git_does_not_count_them_are_all_new(root: Path) -> None:
    ends = LINES.replace("\n", "\r").encode()
    (root / "rules.py").write_bytes(ends)
    git(root, "commit", "-qam", "second")
    (root / "rules.py").write_bytes(ends.replace(b"line_4 = 4", b"line_4 = 5"))
    assert changed_since(root, "HEAD", ["rules.py"]).touches("rules.py", 4, 4)


def test_names_are_names_and_nothing_else(root: Path) -> None:
    odd = ["-p.py", ":(glob)*.py", "a b\t\"c'.py", "zo\u00eb.py", "[ab].py"]
    for name in odd:
        (root / name).write_text(LINES)
    git(root, "add", ".")
    git(root, "commit", "-qm", "odd")
    for name in odd:
        (root / name).write_text(LINES.replace("line_9 = 9", "line_9 = 0"))
    changed = changed_since(root, "HEAD", odd)
    assert changed.lines == {name: {9} for name in odd}


@pytest.mark.parametrize("ref", ["", "--output=stolen", "-p", "nothing-such", "HEAD~99", "a\0b", "HEAD HEAD", "HEAD:."])
def test_what_names_no_commit_is_refused(root: Path, ref: str) -> None:
    with pytest.raises(SinceError, match=r"no commit|cannot be the name"):
        changed_since(root, ref, ["rules.py"])
    assert not list(root.glob("stolen*"))


def test_without_a_repository_it_is_not_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(SinceError, match="inside a git repository only"):
        changed_since(tmp_path, "HEAD", [])


def test_without_git_it_is_not_known(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SinceError, match="git cannot be run"):
        changed_since(root, "HEAD", [])
