"""The sample repository, and the gate run on it: what the tests of this room share."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from guards.cli import main
from tests.house.repository import ROOT

SAMPLE = Path(__file__).parent / "sample"


QUICK = ("--skip", "catalogue", "--skip", "mutants")


VERIFY_ALONE = (*QUICK, "--skip", "counterexample", "--skip", "tests", "--skip", "coverage")


NOTHING = (*VERIFY_ALONE, "--skip", "verify")


@dataclass(frozen=True)
class Ran:
    """How the gate ended, and its file."""

    code: int
    out: str
    result: dict[str, Any]

    def verdicts(self) -> dict[str, str]:
        return {step["name"].partition(" ")[0]: step["verdict"] for step in self.result.get("steps", ())}


def copy(folder: Path) -> Path:
    """The sample, committed."""
    project = folder / "project"
    shutil.copytree(SAMPLE, project, ignore=shutil.ignore_patterns("__pycache__", "reports"))
    (project / ".gitignore").write_text("__pycache__/\nreports/out/\n")
    subprocess.run(["git", "init", "-q"], cwd=project, check=True)
    commit(project)
    return project


def commit(project: Path) -> None:
    """Everything as it stands."""
    for arguments in (["add", "-A"], ["commit", "-q", "--allow-empty", "-m", "as it was"]):
        identity = ["-c", "user.name=nobody", "-c", "user.email=nobody@example.org"]
        subprocess.run(["git", *identity, *arguments], cwd=project, check=True)


def gate(project: Path, *arguments: str, root: Path = ROOT) -> Ran:
    """Run it there; its steps are processes of their own, with the package that stands in the root."""
    file = project.parent / "gate.json"
    said = StringIO()
    with pytest.MonkeyPatch.context() as around, redirect_stdout(said), redirect_stderr(said):
        around.chdir(project)
        around.setenv("PYTHONPATH", str(root))
        for name in [name for name in os.environ if name.startswith(("PYTEST", "COVERAGE"))]:
            around.delenv(name)
        code = main(["gate", *arguments, "--json", str(file)])
    result = json.loads(file.read_text()) if file.exists() else {}
    return Ran(code, said.getvalue(), result)


def edit(file: Path, before: str, after: str) -> None:
    text = file.read_text()
    assert text.count(before) == 1
    file.write_text(text.replace(before, after))


TESTS_ALONE = (*QUICK, "--skip", "counterexample", "--skip", "verify")


def sample_entry(project: Path) -> Path:
    (entry,) = (project / "mutation/catalogue").glob("*.toml")
    return entry


def run_at_the_end(project: Path, *lines: str) -> None:
    """A test that does this while the gate runs."""
    tests = project / "test_volumes.py"
    tests.write_text("\n    ".join([f"{tests.read_text()}\n\ndef test_it_is_being_worked_on():", *lines]) + "\n")


def put_ratchet(project: Path, best: dict[str, float] | None, name: str = "reports/ratchet.json") -> None:
    """The file with these figures; none at all where there are none."""
    path = project / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    if best is not None:
        path.write_text(json.dumps({"schema": "guards.ratchet/1", "best": best}))
