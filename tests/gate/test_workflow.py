"""The README's workflow and hooks: every command of theirs is run as it stands, in a clone of the sample."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.gate.samples import copy
from tests.house.repository import ROOT

SECTION = (ROOT / "README.md").read_text(encoding="utf-8").partition("\n## In CI\n")[2].partition("\n## ")[0]


@dataclass(frozen=True)
class Command:
    """A line for the shell, and whether the job goes on where it fails."""

    line: str
    may_fail: bool


def commands() -> list[Command]:
    """Those of the steps, then those of the hooks; what both run is run once."""
    workflow, hooks = re.findall(r"```yaml\n(.*?)```", SECTION, re.DOTALL)
    steps = re.split(r"\n      - ", workflow)[1:]
    found = [
        Command(run[1], "continue-on-error: true" in step) for step in steps if (run := re.match(r"run: (.+)", step))
    ]
    assert len(found) == 3
    entries = re.findall(r"entry: (.+)", hooks)
    assert len(entries) == 2
    return [*found, *(Command(line, may_fail=False) for line in entries if line not in {one.line for one in found})]


@pytest.mark.slow
def test_every_command_of_the_readme_runs_as_it_stands(tmp_path: Path) -> None:
    origin = copy(tmp_path)
    subprocess.run(["git", "branch", "-M", "main"], cwd=origin, check=True)
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", str(origin), str(clone)], check=True)
    volumes = clone / "volumes.py"
    volumes.write_text(volumes.read_text().replace("raise NotFound(volume)", "raise NotFound(volume)  # as it says"))
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COVERAGE"))}
    environment |= {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}",
        "PYTHONPATH": str(ROOT),
        "PIP_NO_INDEX": "1",  # the package is the one that is tested; nothing is downloaded
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
    }
    for command in commands():
        ran = subprocess.run(
            ["bash", "-e", "-c", command.line],
            cwd=clone,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        expected = (0, 3) if command.may_fail else (0,)
        assert ran.returncode in expected, f"{command.line}\n{ran.stdout}{ran.stderr}"
    assert (clone / "reports/html/index.html").is_file()
    assert (clone / "reports/ratchet.json").is_file()
    assert "guards" in (tmp_path / "summary.md").read_text()


def test_the_workflow_asks_for_what_the_commands_need() -> None:
    workflow = re.findall(r"```yaml\n(.*?)```", SECTION, re.DOTALL)[0]
    assert "fetch-depth: 0" in workflow
    extras = {extra for command in commands() for extra in re.findall(r"guards\[([a-z,]+)\]", command.line)}
    assert extras == {"cli,mutation,report"}
