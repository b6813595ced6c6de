"""How a command ends when something around it does: an interrupt, a pipe that closes, a disk that is full."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from asyncio import CancelledError
from pathlib import Path
from typing import Any

import pytest

from guards.cli import app, main
from guards.cli.apart import _passing_on
from guards.cli.complaint import Complaint
from guards.cli.files import Output
from guards.cli.provenance import commit, versions
from tests.cli.conftest import Guards
from tests.cli.desk import arguments, lay_out
from tests.house.repository import ROOT

FULL = Path("/dev/full")


def start(*typed: str, **how: Any) -> subprocess.Popen[str]:
    """The command as a process of its own, as a shell would start it: what runs us may ignore interrupts."""
    command = [sys.executable, "-m", "guards.cli", *typed]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, text=True, env=environment, preexec_fn=_hears_interrupts, **{**pipes, **how})


def _hears_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_an_interrupted_attack_says_how_far_it_was_and_leaves_nothing(tmp_path: Path) -> None:
    running = start("verify", "tests.cli.shelves:Shelf", "--rounds", "1000000", "--json", "result.json", cwd=tmp_path)
    assert running.stderr is not None
    first = running.stderr.readline()
    running.send_signal(signal.SIGINT)
    out, err = running.communicate()
    assert "round 1, 0 of" in first
    assert running.returncode == 130
    assert "interrupted in round" in err
    assert "seed" in err
    assert "Traceback" not in err
    assert out == ""
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_before_the_command_is_there_is_one_all_the_same(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_arguments: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(app, "run", interrupted)
    assert main(["drill"]) == 130
    assert capsys.readouterr().err == "guards: interrupted\n"


def test_an_interrupt_that_has_ended_the_child_already_is_heard_by_its_parent() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with _passing_on(child.pid) as interrupts:
            signal.raise_signal(signal.SIGINT)
        assert interrupts == [signal.SIGINT]
    finally:
        signal.signal(signal.SIGINT, before)


def attacked(name: str, **how: Any) -> tuple[int, str, str]:
    running = start("verify", f"tests.cli.leaving:{name}", "--seed", "1", "--rounds", "1", **how)
    out, err = running.communicate(timeout=120)
    return running.returncode, out, " ".join(err.split())


@pytest.mark.parametrize(
    ("name", "words"), [("LeavesInACall", "exit code 0"), ("IsKilledInACall", f"signal {signal.SIGKILL:d}")]
)
def test_a_service_that_ends_the_process_has_no_verdict(name: str, words: str) -> None:
    code, out, err = attacked(name)
    assert (code, out) == (4, "")
    assert f"was ended from within, with {words}, before there was a verdict" in err


@pytest.mark.parametrize(
    "name", ["LeavesAtTheEnd", "StaysAtTheEnd", "IsDeafToAlarms", "LeavesAThread", "LeavesAProcess"]
)
def test_what_a_service_leaves_behind_neither_changes_the_exit_code_nor_is_waited_for(name: str) -> None:
    code, out, _ = attacked(name)
    assert code == 1
    assert out.splitlines()[-1].startswith("verdict      broken")


def test_a_service_that_ends_the_process_does_not_make_a_counterexample_harmless(tmp_path: Path) -> None:
    saving = start("verify", "tests.cli.leaving:Volumes", "--seed", "1", "--rounds", "1", "--save", str(tmp_path))
    saving.communicate(timeout=120)
    running = start("replay", str(tmp_path / "trace.isolation.json"), "tests.cli.leaving:LeavesAtOnce")
    _, err = running.communicate(timeout=120)
    assert running.returncode == 4
    assert "ended from within" in err


def test_who_does_not_hear_an_interrupt_is_ended_by_the_second() -> None:
    running = start("verify", "tests.cli.leaving:IsDeaf")
    assert running.stdout is not None
    assert running.stdout.readline() == "listening\n"
    running.send_signal(signal.SIGINT)
    assert running.stdout.readline() == "heard nothing\n"
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=120)
    assert running.returncode == 130
    assert "interrupted" in err


@pytest.mark.parametrize(
    ("place", "typed", "words"),
    [
        ("guards.cli.drill.run_drill", ["drill"], "nothing was done yet; no file was written"),
        ("guards.cli.rehearse.read_export", arguments(), "nothing was touched"),
        ("guards.cli.replay.read_trace", ["replay", "call.json"], "interrupted"),
    ],
    ids=["drill", "rehearse", "replay"],
)
def test_an_interrupt_is_130_and_no_traceback_in_every_command(
    guards: Guards, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, typed: list[str], words: str
) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    lay_out(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(place, interrupted)
    ran = guards(*typed)
    assert ran.code == 130
    assert words in " ".join(ran.err.split())
    assert "Traceback" not in ran.err


def test_each_command_does_its_work_as_a_process_of_its_own(tmp_path: Path) -> None:
    lay_out(tmp_path)
    shelf = ("tests.cli.shelves:OpenShelf", "--seed", "7", "--rounds", "1", "--examples", "1")
    for code, typed in (
        (0, ["--version"]),
        (1, ["verify", *shelf, "--json", "result.json"]),
        (1, ["replay", "result.isolation.json", "tests.cli.shelves:OpenShelf"]),
        (0, arguments()),
    ):
        running = start(*typed, cwd=tmp_path)
        out, err = running.communicate()
        assert running.returncode == code, err
        assert out
        assert "\x1b" not in out + err


def test_a_reader_that_goes_away_is_no_traceback() -> None:
    read, write = os.pipe()
    os.close(read)
    running = start("--help", stdout=write)
    os.close(write)
    _, err = running.communicate()
    assert running.returncode == 4
    assert err == ""


@pytest.mark.parametrize(
    "typed", [["--help"], ["verify", "tests.cli.shelves:Shelf", "--rounds", "1", "--examples", "1"]]
)
def test_a_full_disk_is_a_message(typed: list[str]) -> None:
    if not FULL.exists():  # only some systems have a disk that is always full
        return
    with FULL.open("w") as stream:
        running = start(*typed, stdout=stream)
        _, err = running.communicate()
    assert running.returncode == 4
    assert "No space left on device" in err
    assert "Traceback" not in err


def test_a_result_is_there_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "result.json"
    path.write_text("before")
    output = Output(str(path))

    def fails(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    for step in ("fsync", "replace"):
        with monkeypatch.context() as patch:
            patch.setattr(os, step, fails)
            with pytest.raises(Complaint, match="No space left"):
                output.write("after")
        assert path.read_text() == "before"
        assert list(tmp_path.iterdir()) == [path]
    output.write("after")
    assert path.read_text() == "after"
    assert list(tmp_path.iterdir()) == [path]


def test_an_input_is_never_overwritten_whatever_it_is_called(guards: Guards, tmp_path: Path) -> None:
    lay_out(tmp_path)
    fleet = tmp_path / "fleet.jsonl"
    (tmp_path / "link.json").symlink_to(fleet)
    (tmp_path / "hard.json").hardlink_to(fleet)
    paths = {"--inventory": str(fleet), "--limits": str(tmp_path / "limits.toml")}
    before = fleet.read_bytes()
    for name in ("link.json", "hard.json", "../" + tmp_path.name + "/fleet.jsonl"):
        typed = arguments(request=str(tmp_path / "call.json"), **paths)
        ran = guards(*typed, "--json", str(tmp_path / name))
        assert ran.code == 2
        assert "a file that the command reads" in " ".join(ran.err.split())
        assert fleet.read_bytes() == before


def test_a_link_is_written_through_and_a_device_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link.json").symlink_to(tmp_path / "there" / "result.json")
    Output(str(tmp_path / "link.json")).write("text")
    assert (tmp_path / "link.json").is_symlink()
    assert (tmp_path / "there" / "result.json").read_text() == "text"
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    Output(str(pipe)).write("text")
    assert os.read(reader, 10) == b"text"
    assert pipe.is_fifo()
    os.close(reader)


def test_input_that_fails_while_it_is_read_is_a_message(guards: Guards, tmp_path: Path) -> None:
    lay_out(tmp_path)
    memory = Path("/proc/self/mem")  # opens, and cannot be read from its start
    if not memory.exists():
        return
    paths = {"--inventory": str(tmp_path / "fleet.csv"), "--limits": str(tmp_path / "limits.toml")}
    ran = guards(*arguments(request=str(memory), **paths))
    assert ran.code == 2
    assert "cannot be read" in ran.err
    paths["--inventory"] = str(memory)
    ran = guards(*arguments(request=str(tmp_path / "call.json"), **paths), "--format", "csv")
    assert ran.code == 2
    assert "cannot be read" in ran.err


def test_a_result_needs_neither_git_nor_metadata(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert commit() is None
    assert versions("no-such-package") == {"no-such-package": "not installed"}


def test_a_bug_of_ours_is_a_message_too(guards: Guards, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr("guards.cli.replay.replay", broken)
    ran = guards("replay", "x")
    assert ran.code == 4
    assert "a bug of guards" in ran.err
    assert "ZeroDivisionError: by zero" in ran.err


@pytest.mark.parametrize("leaving", [CancelledError, GeneratorExit, pytest.fail.Exception])
def test_whatever_leaves_a_command_is_no_answer(
    guards: Guards, monkeypatch: pytest.MonkeyPatch, leaving: type[BaseException]
) -> None:
    def left(*_: Any, **__: Any) -> None:
        raise leaving("gone")

    monkeypatch.setattr("guards.cli.replay.replay", left)
    ran = guards("replay", "x")
    assert ran.code == 4
    assert "gone" in ran.err
    assert "Traceback" not in ran.err


def test_where_an_extra_is_missing_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text("raise ModuleNotFoundError(\"No module named 'typer'\", name='typer')\n")
    program = (
        f"import sys; sys.path[:0] = [{str(tmp_path)!r}, {str(ROOT)!r}]; from guards.cli import main; sys.exit(main())"
    )
    ran = subprocess.run([sys.executable, "-c", program, "verify"], capture_output=True, text=True, check=False)
    assert ran.returncode == 4
    assert 'pip install "PATH[cli]"' in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_command_without_its_extra_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.guards.mutate]\nservice = 'guard:x'\npaths = ['guard.py']\n")
    lacking = "import sys; sys.modules['coverage'] = None; from guards.cli import main; sys.exit(main(['mutate']))"
    done = subprocess.run(
        [sys.executable, "-c", lacking],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    said = " ".join(done.stderr.split())
    assert (done.returncode, done.stdout) == (4, "")
    assert '`guards mutate` needs coverage, which is not here: install it with pip install "PATH[cli,mutation]"' in said
