"""What a run of the gate is about stays as it was, or there is no verdict; what is not the project's is left alone."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.gate.samples import (
    TESTS_ALONE,
    copy,
    edit,
    gate,
    run_at_the_end,
)


@pytest.mark.parametrize("path", ["/{0}/none.ini", "../none.ini", "{0}/../../none.ini"])
def test_what_lies_outside_the_project_is_not_looked_through(tmp_path: Path, path: str) -> None:
    project = copy(tmp_path)
    beside = tmp_path / "beside.py"
    words = json.dumps(["test_volumes.py", "--ignore", path.format(tmp_path.name)])
    edit(project / "pyproject.toml", 'tests = ["test_volumes.py"]\nmutants', f"tests = {words}\nmutants")
    run_at_the_end(project, f"open({str(beside)!r}, 'w').close()")
    ran = gate(project, "--full", *TESTS_ALONE)
    assert (beside.exists(), "changed while the gate ran" in " ".join(ran.out.split())) == (True, False)


def test_words_that_can_be_no_path_keep_no_gate_from_running(tmp_path: Path) -> None:
    project = copy(tmp_path)
    words = json.dumps(["test_volumes.py", "-k", " or ".join(f"test_{n}" for n in range(60)) + " or owner"])
    edit(project / "pyproject.toml", 'tests = ["test_volumes.py"]\nmutants', f"tests = {words}\nmutants")
    assert gate(project, "--full", *TESTS_ALONE).verdicts()["tests"] == "held"


@pytest.mark.parametrize(
    "name",
    ["volumes.py", "service.py", "test_volumes.py", "pyproject.toml", "mutation/catalogue/owner-by-prefix.toml"],
)
def test_steps_about_different_states_of_the_code_come_to_no_verdict(tmp_path: Path, name: str) -> None:
    project = copy(tmp_path)
    run_at_the_end(project, f"with open('{name}', 'a') as file:", "    file.write('#')")
    ran = gate(project, "--full", *TESTS_ALONE)
    assert (ran.code, ran.result) == (4, {})
    assert f"'{name}' changed while the gate ran" in " ".join(ran.out.split())


@pytest.mark.parametrize("name", ["shop/models.py", "shop/guard/__init__.py", "checks/conftest.py", "conftest.py"])
def test_what_stands_beside_the_guard_and_the_tests_is_watched_as_well(tmp_path: Path, name: str) -> None:
    project = copy(tmp_path)
    for folder in ("shop/guard", "checks/unit"):
        (project / folder).mkdir(parents=True)
    shutil.copy(project / "volumes.py", project / "shop" / "guard" / "rules.py")
    edit(project / "pyproject.toml", 'paths = ["volumes.py"]', 'paths = ["shop/guard"]')
    edit(project / "pyproject.toml", 'tests = ["test_volumes.py"]\nmutants', 'tests = ["checks/unit"]\nmutants')
    for file in ("shop/models.py", "shop/guard/__init__.py", "checks/conftest.py", "conftest.py"):
        (project / file).write_text("")
    lines = ("def test_it_is_being_worked_on():", f"    open({name!r}, 'w').write('#')")
    (project / "checks" / "unit" / "test_it.py").write_text("\n".join(lines))
    ran = gate(project, "--full", *TESTS_ALONE)
    assert (ran.code, f"{name!r} changed while the gate ran" in " ".join(ran.out.split())) == (4, True)


def test_traces_that_are_gone_in_the_end_are_a_change_and_no_bug(tmp_path: Path) -> None:
    project = copy(tmp_path)
    run_at_the_end(project, "import shutil", "shutil.rmtree('traces')")
    ran = gate(project, "--full", *TESTS_ALONE)
    assert (ran.code, "changed while the gate ran" in " ".join(ran.out.split()), "bug" in ran.out) == (4, True, False)


@pytest.mark.parametrize("path", ["volumes.py", "./volumes.py", "."])
def test_what_the_steps_leave_is_no_change_of_the_code(tmp_path: Path, path: str) -> None:
    project = copy(tmp_path)
    edit(project / "pyproject.toml", 'paths = ["volumes.py"]', f'paths = ["{path}"]')
    leaves = [
        "import os",
        "os.makedirs('.cache')",
        "open('.cache/left.py', 'w').close()",
        "open('left.txt', 'w').close()",
    ]
    run_at_the_end(project, *leaves)
    assert gate(project, "--full", *TESTS_ALONE).verdicts()["tests"] == "held"


def test_what_becomes_of_the_repository_meanwhile_changes_no_verdict(tmp_path: Path) -> None:
    project = copy(tmp_path)
    subprocess.run(["git", "branch", "base"], cwd=project, check=True)
    run_at_the_end(
        project,
        "import subprocess",
        "command = ['git', '-c', 'user.name=nobody', '-c', 'user.email=nobody@example.org', 'commit', '-qam', 'more']",
        "subprocess.run(command, check=True)",
        "subprocess.run(['git', 'branch', '-f', 'base', 'HEAD'], check=True)",
        "open('.git/index', 'wb').close()",
    )
    before = subprocess.run(["git", "rev-parse", "base"], cwd=project, check=True, capture_output=True, text=True)
    ran = gate(project, "--since", "base", *TESTS_ALONE)
    assert (ran.code, ran.verdicts()["tests"], ran.result["commit"]) == (3, "held", before.stdout.strip())
    [mutants] = [step["command"] for step in ran.result["steps"] if step["name"] == "mutants"]
    assert before.stdout.startswith(mutants[mutants.index("--since") + 1])
    assert (ran.result["since"], ran.result["base"]) == ("base", mutants[mutants.index("--since") + 1])
