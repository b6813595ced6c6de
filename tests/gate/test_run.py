"""Steps are real processes: within the budget, one after the other, and nothing of them is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from guards.gate.run import Step, clear, run_steps

PYTHON = (sys.executable, "-c")


def test_commands_run_in_turn_until_one_fails() -> None:
    commands = tuple((*PYTHON, f"import sys; print('ran {code}'); sys.exit({code})") for code in (0, 3, 0))
    (ran,) = run_steps([Step("tests", commands)], 60.0)
    assert (ran.code, ran.output.split("\n")[:2]) == (3, ["ran 0", "ran 3"])


@pytest.mark.parametrize("name", ["PYTEST_ADDOPTS", "PYTEST_PLUGINS", "COVERAGE_RCFILE"])
def test_a_step_does_not_hear_what_the_environment_says_to_tools(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "loosened")
    monkeypatch.setenv("OTHER", "heard")
    says = f"import os; print(os.environ.get({name!r}), os.environ['OTHER'])"
    (ran,) = run_steps([Step("tests", ((*PYTHON, says),))], 60.0)
    assert ran.output.split() == ["None", "heard"]


def test_what_the_budget_ends_and_what_it_leaves_no_time_for_have_no_exit_code() -> None:
    sleep = Step("tests", ((*PYTHON, "import time; time.sleep(600)"),))
    cut, left = run_steps([sleep, sleep], 1.0)
    assert (cut.code, left.code) == (None, None)
    assert "the budget was spent after" in cut.why
    assert "before it began" in left.why


def test_what_a_step_started_ends_with_it(tmp_path: Path) -> None:
    starts = f"import subprocess; print(subprocess.Popen({[*PYTHON, 'import time; time.sleep(600)']!r}).pid)"
    (ran,) = run_steps([Step("tests", ((*PYTHON, starts),))], 60.0)
    child = int(ran.output)
    _until(lambda: not _is_running(child))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT])
def test_what_a_step_started_ends_when_whoever_runs_it_is_ended(tmp_path: Path, number: signal.Signals) -> None:
    started = tmp_path / "started"
    writes = f"import os, time; open({str(started)!r}, 'w').write(f'{{os.getpid()}} '); time.sleep(600)"
    program = (
        "import signal; from guards.gate.run import Step, run_steps\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # which may be ignored by whoever runs the tests
        "signal.signal(signal.SIGHUP, signal.SIG_DFL)\n"
        "signal.signal(signal.SIGQUIT, signal.SIG_DFL)\n"
        f"list(run_steps([Step('tests', ({(*PYTHON, writes)!r},))], 60.0))"
    )
    running = subprocess.Popen([*PYTHON, program], stderr=subprocess.PIPE)
    _until(lambda: started.exists() and started.read_text().endswith(" "))
    running.send_signal(number)
    assert b"KeyboardInterrupt" in running.communicate(timeout=20)[1]
    _until(lambda: not _is_running(int(started.read_text())))


def test_what_does_not_heed_the_first_signal_ends_though_whoever_waits_is_impatient(tmp_path: Path) -> None:
    started = tmp_path / "started"
    writes = (
        "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"open({str(started)!r}, 'w').write(f'{{os.getpid()}} '); time.sleep(600)"
    )
    program = (
        "import signal; from guards.gate import run\n"
        "run.GRACE_SECONDS = 1.0\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        f"list(run.run_steps([run.Step('tests', ({(*PYTHON, writes)!r},))], 60.0))"
    )
    running = subprocess.Popen([*PYTHON, program], stderr=subprocess.PIPE)
    _until(lambda: started.exists() and started.read_text().endswith(" "))
    running.send_signal(signal.SIGINT)
    time.sleep(0.3)
    running.send_signal(signal.SIGINT)
    assert b"KeyboardInterrupt" in running.communicate(timeout=20)[1]
    assert not _is_running(int(started.read_text()))


def test_a_signal_that_whoever_started_us_has_silenced_is_not_heard(tmp_path: Path) -> None:
    started = tmp_path / "started"
    writes = f"import time; open({str(started)!r}, 'w').close(); time.sleep(0.5)"
    program = (
        "import signal; from guards.gate.run import Step, run_steps\n"
        "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        f"print([one.code for one in run_steps([Step('tests', ({(*PYTHON, writes)!r},))], 60.0)])"
    )
    running = subprocess.Popen([*PYTHON, program], stdout=subprocess.PIPE)
    _until(started.exists)
    running.send_signal(signal.SIGHUP)
    assert running.communicate(timeout=20)[0] == b"[0]\n"


def test_what_is_only_just_being_started_ends_as_well(tmp_path: Path) -> None:
    started = tmp_path / "started"
    writes = f"import os, time; open({str(started)!r}, 'w').write(f'{{os.getpid()}} '); time.sleep(600)"
    program = (
        "import os, signal, subprocess, time; from guards.gate.run import Step, run_steps\n"
        "really = subprocess.Popen.__init__\n"
        "def slowly(self, *given, **named):\n"
        "    really(self, *given, **named)\n"
        f"    while not (os.path.exists({str(started)!r}) and open({str(started)!r}).read()): time.sleep(0.01)\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    time.sleep(0.1)\n"
        "subprocess.Popen.__init__ = slowly\n"
        f"list(run_steps([Step('tests', ({(*PYTHON, writes)!r},))], 60.0))"
    )
    ran = subprocess.run([*PYTHON, program], stderr=subprocess.PIPE, timeout=60)
    assert b"KeyboardInterrupt" in ran.stderr
    _until(lambda: not _is_running(int(started.read_text())))


def _until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0] != "Z"


def test_what_an_earlier_run_left_is_taken_away_and_nothing_else(tmp_path: Path) -> None:
    names = ("verify.json", "verify.isolation.json", "verify.json.partial", "gate.json")
    for name in names:
        (tmp_path / name).write_text("{}")
    clear([Step("verify", ((*PYTHON, ""),), tmp_path / "verify.json", besides=("verify.isolation.*",))])
    assert sorted(file.name for file in tmp_path.iterdir()) == ["gate.json", "verify.json.partial"]


def test_a_program_that_is_not_there_is_no_verdict() -> None:
    (ran,) = run_steps([Step("tests", (("no-such-program-here",),))], 60.0)
    assert ran.code is None
    assert "cannot be started" in ran.why


def test_only_the_end_of_much_output_is_kept() -> None:
    (ran,) = run_steps([Step("tests", ((*PYTHON, "print('x' * 10**6); print('the end')"),))], 60.0)
    assert len(ran.output) == 4_000
    assert ran.output.endswith("the end\n")
