"""Where the gate's results go: what an earlier run left gives way, and nothing else does."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path

import pytest

from guards.cli import main
from tests.gate.samples import (
    NOTHING,
    QUICK,
    TESTS_ALONE,
    copy,
    edit,
    gate,
    put_ratchet,
)


def test_what_is_not_the_gates_own_is_left_in_a_folder_that_is_shared(tmp_path: Path) -> None:
    project = copy(tmp_path)
    edit(project / "pyproject.toml", 'budget = "5m"', 'budget = "5m"\noutput = "shared"')
    (project / "shared").mkdir()
    ours, theirs = "verify.isolation.json", ("coverage.toml", "coverage.py", "verify.notes.json")
    for name in (ours, *theirs):
        (project / "shared" / name).write_text("")
    ran = gate(project, "--since", "HEAD", *NOTHING)
    assert ran.code == 3
    assert not (project / "shared" / ours).exists()
    assert all((project / "shared" / name).is_file() for name in theirs)


@pytest.mark.parametrize("output", ["traces", "traces/out"])
def test_results_and_counterexamples_are_kept_apart(tmp_path: Path, output: str) -> None:
    project = copy(tmp_path)
    edit(project / "pyproject.toml", 'budget = "5m"', f'budget = "5m"\noutput = "{output}"')
    ran = gate(project, "--since", "HEAD", *NOTHING)
    assert (ran.code, "keep them apart" in " ".join(ran.out.split())) == (2, True)


@pytest.mark.parametrize("output", [".", "./", "reports/.."])
def test_results_have_a_folder_of_their_own(tmp_path: Path, output: str) -> None:
    project = copy(tmp_path)
    edit(project / "pyproject.toml", 'budget = "5m"', f'budget = "5m"\noutput = "{output}"')
    (project / "mutants.json").write_text("theirs")
    ran = gate(project, "--since", "HEAD", *NOTHING)
    assert (ran.code, "the project's own folder" in " ".join(ran.out.split())) == (2, True)
    assert (project / "mutants.json").read_text() == "theirs"


def test_a_gate_that_is_interrupted_leaves_no_result_of_an_earlier_run(tmp_path: Path) -> None:
    project = copy(tmp_path)
    assert gate(project, "--full", *NOTHING).result
    (project / "conftest.py").write_text("import os, signal\n\nos.kill(os.getppid(), signal.SIGTERM)\n")
    command = [sys.executable, "-m", "guards.cli", "gate", "--full", *TESTS_ALONE, "--json", "../gate.json"]
    ran = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert (ran.returncode, "interrupted in tests; there is no verdict" in ran.stderr) == (130, True), ran
    assert not (project / "reports/out/gate.json").exists()
    assert not (tmp_path / "gate.json").exists()


def test_what_the_gate_found_is_beside_the_results_of_its_steps_whether_or_not_it_is_asked_for(tmp_path: Path) -> None:
    project = copy(tmp_path)
    ran = gate(project, "--since", "HEAD", *NOTHING)
    assert json.loads((project / "reports/out/gate.json").read_text()) == ran.result


def test_results_of_steps_that_are_asked_for_no_more_do_not_stay(tmp_path: Path) -> None:
    project = copy(tmp_path)
    gate(project, "--since", "HEAD", *TESTS_ALONE)
    left = [project / "reports/out" / name for name in ("tests.xml", "coverage.json", "coverage.lcov")]
    assert all(file.is_file() for file in left)
    edit(project / "pyproject.toml", 'tests = ["test_volumes.py"]\nmutants', "mutants")
    settings = (project / "pyproject.toml").read_text()
    (project / "pyproject.toml").write_text(re.sub(r"(?m)^coverage = .*\n", "", settings))
    gate(project, "--since", "HEAD", *QUICK, "--skip", "counterexample", "--skip", "verify")
    assert not any(file.exists() for file in left)


def test_a_ratchet_may_be_the_first_file_of_its_folder(tmp_path: Path) -> None:
    project = copy(tmp_path)
    edit(project / "pyproject.toml", 'budget = "5m"', 'budget = "5m"\nratchet = "kept/best.json"')
    assert gate(project, "--since", "HEAD", *NOTHING).code == 3
    assert (project / "kept").is_dir()


@pytest.mark.parametrize("name", ["summary.json", "summary.md", "history.jsonl"])
def test_a_summary_that_cannot_be_written_is_found_out_before_anything_runs(tmp_path: Path, name: str) -> None:
    project = copy(tmp_path)
    (project / "reports" / name).mkdir(parents=True)
    ran = gate(project, "--full", *NOTHING, "--summary", "reports")
    assert (ran.code, ran.result) == (2, {})
    assert "Traceback" not in ran.out
    assert name in "".join(ran.out.split())


def test_a_history_that_is_no_text_is_refused_and_one_that_was_cut_is_gone_on_with_a_line_of_its_own(
    tmp_path: Path,
) -> None:
    project = copy(tmp_path)
    history = project / "reports" / "history.jsonl"
    history.parent.mkdir()
    history.write_bytes(b"\xff\xfe\n")
    ran = gate(project, "--full", *NOTHING, "--summary", "reports")
    assert (ran.code, history.read_bytes()) == (2, b"\xff\xfe\n")
    history.write_text('{"a": 1}')
    assert gate(project, "--full", *NOTHING, "--summary", "reports").code == 3
    before, line = history.read_text().splitlines()
    assert (before, json.loads(line)["schema"]) == ('{"a": 1}', "guards.history/1")


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("nowhere", "there is no"),
        ("reports/out", "the results go into"),
        ("../elsewhere", "no path that leads from this folder to something in it"),
        ("", "no path that leads from this folder to something in it"),
    ],
    ids=["missing", "cleared", "outside", "empty"],
)
def test_counterexamples_that_could_not_be_replayed_are_refused_before_anything_runs(
    tmp_path: Path, named: str, said: str
) -> None:
    project = copy(tmp_path)
    kept = project / "reports" / "out" / "verify.isolation.json"
    kept.parent.mkdir(parents=True)
    kept.write_text("{}")
    edit(project / "pyproject.toml", 'counterexamples = ["traces"]', f'counterexamples = ["{named}"]')
    ran = gate(project, "--since", "HEAD", *NOTHING)
    assert (ran.code, said in " ".join(ran.out.split()), ran.result) == (2, True, {})
    assert kept.read_text() == "{}"


@pytest.mark.parametrize(
    ("before", "after", "code", "said"),
    [
        ('counterexamples = ["traces"]', 'counterexamples = ["circle"]', 2, "there is no 'circle'"),
        ('paths = ["volumes.py"]', 'paths = ["circle"]', 2, "there is no Python code at 'circle'"),
        ('["test_volumes.py"]\nmutants', '["circle"]\nmutants', 4, "file or directory not found: circle"),
        ('budget = "5m"', 'budget = "5m"\noutput = "circle"', 2, "cannot be made: File exists"),
    ],
)
def test_a_path_that_leads_in_a_circle_leads_nowhere(
    tmp_path: Path, before: str, after: str, code: int, said: str
) -> None:
    project = copy(tmp_path)
    (project / "circle").symlink_to("circle")
    edit(project / "pyproject.toml", before, after)
    ran = gate(project, "--full", *TESTS_ALONE)
    assert (ran.code, said in " ".join(ran.out.split())) == (code, True), ran


def test_a_trace_that_leads_in_a_circle_is_none(tmp_path: Path) -> None:
    project = copy(tmp_path)
    (project / "traces" / "more.json").symlink_to("more.json")
    others = [word for step in ("tests", "verify", "catalogue", "mutants") for word in ("--skip", step)]
    ran = gate(project, "--full", *others)
    assert (ran.code, "more.json' cannot be read: Too many" in " ".join(ran.out.split())) == (4, True), ran


@pytest.mark.parametrize("setting", ['counterexamples = ["traces"]', 'tests = ["test_volumes.py"]\nmutants'])
def test_what_leads_out_of_the_project_is_refused(tmp_path: Path, setting: str) -> None:
    project = copy(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    (project / "out").symlink_to(tmp_path / "elsewhere")
    edit(project / "pyproject.toml", setting, re.sub(r'\[".*"\]', '["out"]', setting))
    ran = gate(project, "--full", *NOTHING)
    said = "'out' is no path that leads from this folder to something in it"
    assert (ran.code, said in " ".join(ran.out.split())) == (2, True), ran


def test_a_counterexample_is_named_from_the_folder_of_the_project(tmp_path: Path) -> None:
    project = copy(tmp_path)
    way = tmp_path / "way"
    way.symlink_to(project)
    edit(project / "pyproject.toml", 'counterexamples = ["traces"]', f'counterexamples = ["{way}/traces"]')
    ran = gate(way, "--since", "HEAD", *NOTHING)
    assert (ran.code, "no path that leads from this folder to something in it" in " ".join(ran.out.split())) == (
        2,
        True,
    )


def test_no_counterexample_is_cleared_away(tmp_path: Path) -> None:
    project = copy(tmp_path)
    trace = project / "reports" / "out" / "mutants.json"
    trace.parent.mkdir(parents=True)
    trace.write_text("{}")
    edit(project / "pyproject.toml", '["traces"]', '["traces", "reports/out/mutants.json"]')
    ran = gate(project, "--since", "HEAD", *NOTHING)
    assert (ran.code, "which each run clears" in " ".join(ran.out.split()), trace.read_text()) == (2, True, "{}")


@pytest.mark.parametrize("name", ["mutants.json", "gate.json", "verify.isolation.json", "../out/gate.json"])
def test_a_ratchet_that_each_run_would_clear_is_refused(tmp_path: Path, name: str) -> None:
    project = copy(tmp_path)
    put_ratchet(project, {}, f"reports/out/{name}")
    edit(project / "pyproject.toml", 'budget = "5m"', f'budget = "5m"\nratchet = "reports/out/{name}"')
    ran = gate(project, "--since", "HEAD", *NOTHING)
    assert (ran.code, "which each run clears" in " ".join(ran.out.split())) == (2, True)
    assert (project / "reports" / "out" / name).is_file()


@pytest.mark.parametrize("name", ["pyproject.toml", "traces/trace.isolation.json", "reports/ratchet.json"])
def test_no_result_is_written_over_what_the_gate_reads(tmp_path: Path, name: str) -> None:
    project = copy(tmp_path)
    put_ratchet(project, {})
    before = (project / name).read_bytes()
    said = StringIO()
    with pytest.MonkeyPatch.context() as around, redirect_stderr(said):
        around.chdir(project)
        code = main(["gate", "--since", "HEAD", *NOTHING, "--json", name])
    assert (code, "a file that the command reads" in " ".join(said.getvalue().split())) == (2, True)
    assert (project / name).read_bytes() == before


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("volumes.py", "a file that the command reads"),
        ("service.py", "a file that the command reads"),
        ("test_volumes.py", "a file that the command reads"),
        ("mutation/catalogue/owner-by-prefix.toml", "a file that the command reads"),
        (".gitignore", "something else"),
        ("reports/out/verify.json", "leaves its own there"),
    ],
)
def test_no_result_takes_the_place_of_anything_else(tmp_path: Path, name: str, said: str) -> None:
    project = copy(tmp_path)
    (project / "reports" / "out").mkdir(parents=True)
    file = project / name
    before = file.read_bytes() if file.exists() else None
    told = StringIO()
    with pytest.MonkeyPatch.context() as around, redirect_stderr(told):
        around.chdir(project)
        code = main(["gate", "--since", "HEAD", *NOTHING, "--json", name])
    assert (code, said in " ".join(told.getvalue().split())) == (2, True)
    assert (file.read_bytes() if file.exists() else None) == before


@pytest.mark.parametrize("folder", [".", "reports"])
def test_what_is_not_there_yet_is_not_written_twice(tmp_path: Path, folder: str) -> None:
    project = copy(tmp_path)
    for name in ("reports/ratchet.json", f"{folder}/summary.json"):
        told = StringIO()
        with pytest.MonkeyPatch.context() as around, redirect_stderr(told):
            around.chdir(project)
            code = main(["gate", "--full", *NOTHING, "--summary", folder, "--json", name])
        assert (code, "cannot be written to" in " ".join(told.getvalue().split())) == (2, True), name


def test_what_is_large_beside_the_guard_is_read_for_a_summary_alone(tmp_path: Path) -> None:
    project = copy(tmp_path)
    (project / "shop").mkdir()
    shutil.move(project / "volumes.py", project / "shop" / "volumes.py")
    edit(project / "pyproject.toml", 'paths = ["volumes.py"]', 'paths = ["shop/volumes.py"]')
    (project / "shop" / "memory").symlink_to("/proc/self/mem")  # nobody can read it from its beginning
    assert gate(project, "--full", *NOTHING).code == 3
    ran = gate(project, "--full", *NOTHING, "--summary", "reports")
    assert (ran.code, "'shop', which a summary is about, cannot be read" in " ".join(ran.out.split())) == (2, True)


def test_a_summary_is_about_a_catalogue_that_lies_elsewhere_as_well(tmp_path: Path) -> None:
    project = copy(tmp_path)
    catalogue = tmp_path / "catalogue"
    shutil.move(project / "mutation" / "catalogue", catalogue)
    edit(project / "pyproject.toml", 'paths = ["volumes.py"]', f'paths = ["volumes.py"]\ncatalogue = "{catalogue}"')
    digests = []
    for _ in range(2):
        assert gate(project, "--full", *NOTHING, "--summary", "reports").code == 3
        digests.append(json.loads((project / "reports" / "summary.json").read_text())["digests"])
        (catalogue / os.fsdecode(b"notes-\xff.txt")).write_text("why these")
    assert digests[0].keys() == digests[1].keys()
    assert [name for name in digests[0] if digests[0][name] != digests[1][name]] == [str(catalogue)]


def test_an_earlier_result_gives_way(tmp_path: Path) -> None:
    project = copy(tmp_path)
    assert gate(project, "--since", "HEAD", *NOTHING).result == gate(project, "--since", "HEAD", *NOTHING).result | {
        "seconds": pytest.approx(0, abs=60)
    }
