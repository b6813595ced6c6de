"""An interrupted run goes on where it was, and with nobody else's results."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from itertools import permutations
from pathlib import Path

import pytest

from guards.cli.complaint import Complaint
from guards.cli.journal import Journal, judged_before, state_of
from guards.gate.run import GRACE_SECONDS
from guards.mutation import lab
from guards.mutation.experiment import BaselineError
from guards.results import MutantOutcome
from tests.mutation.projects import write
from tests.mutation.test_mutate import Mutate, mutant, mutate, outcomes

__all__ = ["mutate"]  # the fixture


def kept(path: Path, key: str = "one") -> list[str]:
    with Journal.opened(path, key) as journal:
        return sorted(judged_before(journal))


@pytest.fixture
def result(tmp_path: Path) -> Path:
    """Where a result will be, with a journal of two mutants beside it, and one that could not be judged."""
    path = tmp_path / "all.json"
    with Journal.opened(path, "one") as journal:
        journal.add(mutant("a"))
        journal.add(mutant("b", MutantOutcome.MISSED))
        journal.add(mutant("c", MutantOutcome.BROKEN))
    return path


def journal_of(result: Path) -> Path:
    return result.with_name("all.json.partial")


def test_what_was_judged_is_known_again_and_what_could_not_be_is_tried_again(result: Path) -> None:
    assert kept(result) == ["a", "b"]


def test_another_run_starts_anew(result: Path) -> None:
    with Journal.opened(result, "two") as journal:
        assert journal.is_anew
        journal.add(mutant("d"))
    assert kept(result, "two") == ["d"]


@pytest.mark.parametrize("tail", [b'{"id": "d"', b'{"id": "d"}\n', b"\xff\n", b"\n"])
def test_a_line_that_was_cut_off_is_no_result_and_spoils_none(result: Path, tail: bytes) -> None:
    with journal_of(result).open("ab") as file:
        file.write(tail)
    with Journal.opened(result, "one") as journal:
        journal.add(mutant("e"))
    assert kept(result) == ["a", "b", "e"]


def test_wherever_it_is_cut_off_a_journal_can_be_read(result: Path) -> None:
    whole = journal_of(result).read_bytes()
    for length in range(0, len(whole), 7):
        journal_of(result).write_bytes(whole[:length])
        assert kept(result) in ([], ["a"], ["a", "b"])


def test_a_file_that_is_no_journal_is_left_alone(result: Path) -> None:
    journal_of(result).write_text("somebody's notes\n")
    with pytest.raises(Complaint, match="no journal"):
        kept(result)
    assert journal_of(result).read_text() == "somebody's notes\n"


def test_two_runs_do_not_write_one_journal(result: Path) -> None:
    with Journal.opened(result, "one"), pytest.raises(Complaint, match="another run"):
        kept(result)


def test_a_journal_without_a_result_is_not_left_behind(tmp_path: Path) -> None:
    assert kept(tmp_path / "all.json") == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("is_in_git", [True, False])
@pytest.mark.parametrize(
    ("file", "with_git", "without"),
    [
        ("guard/rules.py", True, True),
        ("beside.py", True, True),
        ("pyproject.toml", True, True),
        ("helpers/new.py", True, True),
        ("env/lib.py", False, False),
        (".hidden/lib.py", False, False),
        ("helpers/owners.json", True, False),
        ("reports/other.json", False, False),
    ],
)
def test_a_run_is_another_once_what_it_may_depend_on_is_changed(
    tmp_path: Path, file: str, is_in_git: bool, with_git: bool, without: bool
) -> None:
    for folder in ("guard", "helpers", "reports", "env", ".hidden"):
        (tmp_path / folder).mkdir()
    (tmp_path / "env" / "pyvenv.cfg").write_text("")
    (tmp_path / ".gitignore").write_text("env\n.hidden\n")
    (tmp_path / "helpers/owners.json").write_text("{}")
    if is_in_git:
        subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
        subprocess.run(["git", "add", "."], cwd=tmp_path, check=True)
    before = state_of(tmp_path, [tmp_path / "guard"])
    assert state_of(tmp_path, [tmp_path / "guard"]) == before
    (tmp_path / file).write_text("1")
    assert (state_of(tmp_path, [tmp_path / "guard"]) != before) is (with_git if is_in_git else without)


def test_the_same_project_has_the_same_state_wherever_it_and_what_it_uses_lie(tmp_path: Path) -> None:
    states = set()
    for place, project in (("here", "project"), ("there", "a-project")):  # before and behind what it uses
        for file in (f"{project}/guard/rules.py", f"{project}/tests/rows.json", "lib/guards/core.py"):
            (tmp_path / place / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / place / file).write_text("1")
        root = tmp_path / place / project
        states.add(state_of(root, [root / "guard", root / "tests", tmp_path / place / "lib" / "guards"]))
    assert len(states) == 1


@pytest.mark.parametrize("place", ["project/guards/core.py", "lib/guards/core.py"])
def test_of_two_files_of_one_name_each_belongs_to_the_state(tmp_path: Path, place: str) -> None:
    for file in ("project/guards/core.py", "lib/guards/core.py"):
        (tmp_path / file).parent.mkdir(parents=True)
        (tmp_path / file).write_text("1")
    root = tmp_path / "project"
    before = {state_of(root, folders) for folders in permutations([root / "guards", tmp_path / "lib" / "guards"])}
    (tmp_path / place).write_text("2")
    after = state_of(root, [root / "guards", tmp_path / "lib" / "guards"])
    assert len(before | {after}) == 2


def test_a_run_is_another_once_data_that_its_tests_read_are_changed(tmp_path: Path) -> None:
    (tmp_path / "tests" / "__pycache__").mkdir(parents=True)
    (tmp_path / "tests" / "rows.json").write_text("[1]")
    before = state_of(tmp_path, [tmp_path / "tests"])
    (tmp_path / "tests" / "__pycache__" / "left.pyc").write_text("")
    assert state_of(tmp_path, [tmp_path / "tests"]) == before
    (tmp_path / "tests" / "rows.json").write_text("[]")
    assert state_of(tmp_path, [tmp_path / "tests"]) != before


def test_what_a_run_leaves_itself_makes_it_no_other_run(tmp_path: Path) -> None:
    result = tmp_path / "tests" / "out.json"
    result.parent.mkdir()
    before = state_of(tmp_path, [tmp_path, tmp_path / "tests"], result)
    with Journal.opened(result, "one") as journal:
        journal.add(mutant("a"))
    result.write_text("{}")
    (tmp_path / "a.log").write_text("told")
    assert state_of(tmp_path, [tmp_path, tmp_path / "tests"], result) == before


def test_what_was_judged_on_a_ground_that_turned_out_not_to_hold_is_not_taken_for_judged(
    mutate: Mutate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuted(*_: object) -> None:
        assert (tmp_path / "all.json.partial").read_bytes().count(b"\n") > 1
        raise BaselineError("flaky: what was loaded has grown old")

    write(tmp_path)
    monkeypatch.setattr(lab, "prove_still", refuted)
    code, _, said = mutate("--only", "safety:equality-to", "--json", "all.json")
    assert (code, "grown old" in said) == (4, True)
    assert not list(tmp_path.glob("all.json*"))


def test_a_ground_that_does_not_hold_in_the_beginning_leaves_what_was_judged_before(
    mutate: Mutate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> None:
        raise BaselineError("flaky: the machine stood still")

    write(tmp_path)
    with monkeypatch.context() as broken:
        broken.setattr(lab, "prove_still", lambda *_: time.sleep(0))
        broken.setattr(Journal, "remove", lambda _: None)  # as if it had been killed before it wrote its result
        mutate("--only", "safety:equality-to", "--json", "all.json")
    before = (tmp_path / "all.json.partial").read_bytes()
    monkeypatch.setattr(lab, "prove_cases", busy)
    lines = before.splitlines(keepends=True)
    (tmp_path / "all.json.partial").write_bytes(b"".join(lines[:-1]))
    code, _, said = mutate("--only", "safety:equality-to", "--json", "all.json")
    assert (code, "stood still" in said) == (4, True)
    assert (tmp_path / "all.json.partial").read_bytes() == b"".join(lines[:-1])


@pytest.mark.slow
@pytest.mark.parametrize("file", ["service.py", "test_slow.py"])
def test_a_run_ends_at_once_whatever_its_workers_are_at(tmp_path: Path, file: str) -> None:
    write(tmp_path)
    project = tmp_path / "pyproject.toml"
    project.write_text(
        project.read_text().replace("[tool.guards.mutate]", '[tool.guards.mutate]\ntests = ["test_slow.py"]')
    )
    (tmp_path / "test_slow.py").write_text("def test_nothing():\n    pass\n")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    slow = tmp_path / file
    slow.write_text(f"{slow.read_text()}\nimport time\ntime.sleep(60)\n")
    command = [sys.executable, "-m", "guards.cli", "mutate", "--json", "all.json"]
    asked = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, env={**os.environ, "TMPDIR": str(scratch)})
    time.sleep(8)
    assert asked.poll() is None
    asked.terminate()
    assert b"interrupted" in asked.communicate(timeout=GRACE_SECONDS - 1)[1]
    assert not list(scratch.iterdir())


@pytest.mark.slow
def test_a_run_that_is_asked_to_end_leaves_nothing_behind_but_its_journal(tmp_path: Path) -> None:
    write(tmp_path)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    command = [sys.executable, "-m", "guards.cli", "mutate", "--workers", "1", "--json", "all.json"]
    environment = {**os.environ, "TMPDIR": str(scratch)}
    asked = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, env=environment)
    journal = tmp_path / "all.json.partial"
    while not journal.exists() or journal.read_bytes().count(b"\n") < 3:
        assert asked.poll() is None
        time.sleep(0.01)
    asked.terminate()
    assert b"interrupted" in asked.communicate(timeout=30)[1]
    assert asked.returncode == 130
    assert not list(scratch.iterdir())


@pytest.mark.slow
def test_a_run_whose_terminal_is_closed_and_whoever_is_impatient_leave_nothing_either(tmp_path: Path) -> None:
    write(tmp_path)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    heard = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "  # whoever runs this may ignore it
    )
    heard += "[signal.signal(number, signal.SIG_DFL) for number in (signal.SIGHUP, signal.SIGQUIT)]; "
    command = [sys.executable, "-c", f"{heard}from guards.cli import main; raise SystemExit(main(['mutate']))"]
    asked = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, env={**os.environ, "TMPDIR": str(scratch)})
    time.sleep(4)
    for number in (signal.SIGQUIT, signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        asked.send_signal(number)
        time.sleep(0.05)
    asked.communicate(timeout=30)
    assert asked.returncode == 130
    assert not list(scratch.iterdir())


@pytest.mark.slow
def test_a_run_that_was_killed_ends_like_one_that_was_not(mutate: Mutate, tmp_path: Path) -> None:
    write(tmp_path)
    command = [sys.executable, "-m", "guards.cli", "mutate", "--workers", "1", "--json"]
    killed = subprocess.Popen([*command, "all.json"], cwd=tmp_path, stderr=subprocess.DEVNULL)
    journal = tmp_path / "all.json.partial"
    while not journal.exists() or journal.read_bytes().count(b"\n") < 4:
        assert killed.poll() is None
        time.sleep(0.01)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    assert not (tmp_path / "all.json").exists()
    code, _, said = mutate("--workers", "1", "--json", "all.json")
    assert code == 1
    assert "judged before it was interrupted" in said
    assert not journal.exists()
    assert mutate("--workers", "1", "--json", "clean.json")[0] == 1
    assert outcomes(tmp_path / "all.json") == outcomes(tmp_path / "clean.json")


@pytest.mark.slow
def test_a_run_about_something_else_takes_nothing_over(mutate: Mutate, tmp_path: Path) -> None:
    write(tmp_path)
    with Journal.opened(tmp_path / "all.json", "another run") as journal:
        journal.add(mutant("safety:made-up"))
    code, _, said = mutate("--only", "safety:equality-to", "--json", "all.json")
    assert code == 1
    assert "starts anew" in said
    assert "made-up" not in (tmp_path / "all.json").read_text()
