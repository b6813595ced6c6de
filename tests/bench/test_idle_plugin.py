"""What the pytest plugin costs who does not use it: `pytest --collect-only` with it and without, by turns."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.bench

PAIRS = 15
COLLECT = (sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider")
ALONE = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV"))}
ALONE["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # what another plugin loads anyway would not be charged to ours
PLUGIN = ("-p", "guards.pytest_plugin")


def milliseconds(folder: Path, *arguments: str) -> float:
    """The processor's time of one run: what else the machine is doing does not show in it."""
    child = subprocess.Popen([*COLLECT, *arguments], cwd=folder, env=ALONE, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0
    return 1_000 * (usage.ru_utime + usage.ru_stime)


def test_an_idle_plugin_adds_at_most_20_milliseconds_to_a_collection(
    tmp_path: Path, tell: Callable[[str, float, str], None]
) -> None:
    (tmp_path / "test_one.py").write_text("def test_one():\n    pass\n")
    milliseconds(tmp_path, *PLUGIN)  # bytecode is written once
    pairs = [(milliseconds(tmp_path, *PLUGIN), milliseconds(tmp_path)) for _ in range(PAIRS)]
    added = statistics.median(with_it - without for with_it, without in pairs)
    tell("idle plugin: ms of processor added to `pytest --collect-only`", added, "at most 20")
    assert added <= 20
