"""`guards gate` on a small project whose guard is none of ours: green as it is, red once something is planted."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
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


CHECK = "self.volumes.get(volume, self) != tenant"
OTHERS = "what_is_somebody_elses_is_not_found"
VOLUMES = (SAMPLE / "volumes.py").read_text()
AT_THE_WRITE = "(volume, owner) not in self.volumes.items()"


@pytest.mark.parametrize(
    ("edits", "broken", "lines"),
    [
        ({CHECK: "volume not in self.volumes", AT_THE_WRITE: "volume not in self.volumes"}, "isolation", (19, 25)),
        ({"            raise NotFound(volume)": "            return"}, "malformed-refused", (20,)),
        ({"[volume]\n": "[volume]\n        raise Changed(volume)\n"}, "refusal-inert", (28,)),
    ],
    ids=["another tenant's is deleted", "what is refused is accepted", "what is refused was done"],
)
def test_a_planted_regression_is_red_and_names_property_counterexample_and_line(
    tmp_path: Path, edits: dict[str, str], broken: str, lines: tuple[int, ...]
) -> None:
    project = copy(tmp_path)
    for before, after in edits.items():
        edit(project / "volumes.py", before, after)
    ran = gate(project, "--since", "HEAD", *VERIFY_ALONE)
    assert ran.code == 1
    assert ran.verdicts()["verify"] == "broken"
    said = " ".join(ran.out.split())
    trace = f"reports/out/verify.{broken}.json"
    assert f"{broken}: " in said
    assert f"a counterexample of 1 step, {trace}; keep a copy" in said
    assert json.loads((project / trace).read_text())["property"] == broken
    assert "guards verify service:Volumes --seed" in said
    assert ran.result["changed"] == [f"volumes.py:{line}" for line in lines]
    assert f"since HEAD: volumes.py:{lines[0]}" in said
    assert not (project / "reports/ratchet.json").exists()


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran]:
    """The sample with the owner forgotten, and what its counterexamples and its tests with coverage came to."""
    project = copy(tmp_path_factory.mktemp("measured"))
    for before in (CHECK, AT_THE_WRITE):
        edit(project / "volumes.py", before, "volume not in self.volumes")
    return project, gate(project, "--since", "HEAD", *QUICK, "--skip", "verify")


def test_coverage_is_left_in_three_formats_under_the_names_of_the_tests(measured: tuple[Path, Ran]) -> None:
    output = measured[0] / "reports/out"
    owner_may = "test_volumes.py::test_an_owner_may_delete"
    tests = {owner_may, *(f"test_volumes.py::test_{name}" for name in ("who_wanted_what_is_written_down", OTHERS))}
    contexts = json.loads((output / "coverage.json").read_text())["files"]["volumes.py"]["contexts"]
    raised = next(n for n, line in enumerate(VOLUMES.splitlines(), 1) if "raise NotFound(volume)" in line)
    assert tests - set(contexts[str(raised)]) == {owner_may}
    assert set(contexts[str(raised - 1)]) == tests
    assert (output / "coverage.lcov").read_text().count("BRDA:") >= 4
    assert owner_may in "".join(page.read_text() for page in (output / "coverage").glob("volumes_py.html"))


def test_a_counterexample_that_shows_again_is_red(measured: tuple[Path, Ran]) -> None:
    _, ran = measured
    assert ran.code == 1
    assert ran.verdicts() == {
        **dict.fromkeys(("counterexample", "tests", "coverage"), "broken"),
        **dict.fromkeys(("verify", "catalogue", "mutants"), "unknown"),
    }
    assert "guards replay traces/trace.isolation.json service:Volumes" in ran.out


def test_a_step_that_is_left_out_is_not_green(tmp_path: Path) -> None:
    ran = gate(copy(tmp_path), "--since", "HEAD", *QUICK, "--skip", "verify", "--skip", "tests", "--skip", "coverage")
    assert ran.code == 3
    assert ran.verdicts() == {
        "counterexample": "held",
        **dict.fromkeys(("tests", "coverage", "verify", "catalogue", "mutants"), "unknown"),
    }


def test_without_the_tests_there_is_no_coverage_either(tmp_path: Path) -> None:
    ran = gate(copy(tmp_path), "--since", "HEAD", *QUICK, "--skip", "verify", "--skip", "tests")
    assert (ran.code, ran.verdicts()["coverage"]) == (3, "unknown")
    assert [step["said"] for step in ran.result["steps"] if step["name"] == "coverage"] == [
        ["it was left out by --skip"]
    ]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((), "--since REF"),
        (("--since", "HEAD", "--full"), "--since REF"),
        (("--since", "no-such-commit"), "no-such-commit"),
        (("--full", "--skip", "tets"), "no step"),
        (("--full", "--budget", "soon"), "soon"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, arguments: tuple[str, ...], complaint: str) -> None:
    ran = gate(copy(tmp_path), *arguments)
    assert ran.code == 2
    assert complaint in ran.out
    assert "Traceback" not in ran.out


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ('["traces"]', '["/etc/hostname"]', "no path in this folder"),
        ('["traces"]', '["a\\u0000b"]', "no path in this folder"),
        (
            '[tool.guards.mutate]\nservice = "service:Volumes"',
            '[tool.guards.mutate]\nservice = "other:Volumes"',
            "other",
        ),
        ('paths = ["volumes.py"]', 'paths = ["nothing.py"]', "nothing.py"),
        (
            'tests = ["test_volumes.py"]\nmutants',
            'tests = ["a\\u0000b"]\nmutants',
            "tests.0: Value error, it is no path",
        ),
        ('budget = "5m"', 'budget = "5m"\nratchet = "a\\u0000b"', "ratchet: Value error, it is no path"),
        ('tests = ["test_volumes.py"]\nmutants', "mutants", "there are no tests that could cover"),
        ('"300ms"', '"0s"', "[tool.guards.gate] verify_budget '0s' is not a time above zero"),
        ('"300ms"', '"soon"', "[tool.guards.gate] verify_budget 'soon' is not a time above zero"),
        ('budget = "5m"', 'budget = "5 minutes"', "[tool.guards.gate] budget '5 minutes' is not a time above zero"),
        ('["safety", "generic"]', '["safety", "all"]', "[tool.guards.gate] mutants.1: Input should be 'safety' or"),
        ('["safety", "generic"]', '["catalogue"]', "[tool.guards.gate] mutants.0: Input should be 'safety' or"),
        ('["safety", "generic"]', "[]", "[tool.guards.gate] mutants: List should have at least 1 item"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(tmp_path: Path, before: str, after: str, complaint: str) -> None:
    project = copy(tmp_path)
    edit(project / "pyproject.toml", before, after)
    ran = gate(project, "--full", "--budget", "100ms")
    assert (ran.code, ran.result) == (2, {})
    assert complaint in " ".join(ran.out.split())
    assert "a bug of guards" not in ran.out


TESTS_ALONE = (*QUICK, "--skip", "counterexample", "--skip", "verify")


@pytest.mark.parametrize(
    ("file", "text", "verdict"),
    [
        ("conftest.py", "import os\n\nos._exit(0)\n", "unknown"),
        ("conftest.py", "import pytest\n\n\ndef pytest_runtest_teardown():\n    pytest.exit('left', 0)\n", "unknown"),
        ("coverage.py", "print('nothing was measured')\n", "unknown"),
        ("pytest.ini", "[pytest]\npythonpath = .\naddopts = --collect-only\n", "vacuous"),
        ("pytest.ini", "[pytest]\npythonpath = .\naddopts = -k nothing\n", "vacuous"),
    ],
    ids=["ended", "left", "shadowed", "collected only", "deselected"],
)
def test_tests_that_were_not_run_to_their_end_do_not_hold(tmp_path: Path, file: str, text: str, verdict: str) -> None:
    project = copy(tmp_path)
    (project / file).write_text(text)
    ran = gate(project, "--since", "HEAD", *TESTS_ALONE, "--skip", "coverage")
    assert ran.verdicts()["tests"] == verdict


def test_what_an_earlier_run_measured_is_not_counted_in(tmp_path: Path) -> None:
    project = copy(tmp_path)
    gate(project, "--since", "HEAD", *TESTS_ALONE, "--skip", "coverage")
    tests = (project / "test_volumes.py").read_text()
    (project / "test_volumes.py").write_text(tests[: tests.index("@pytest.mark.parametrize")])
    ran = gate(project, "--since", "HEAD", *TESTS_ALONE)
    assert ran.verdicts()["coverage"] == "broken"
    again = ran.out[ran.out.index("  python -m coverage report") :].partition("\n\n")[0]
    shown = subprocess.run(
        ["bash", "-c", again],
        cwd=project,
        env={"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert re.search(r"^volumes\.py .* 26$", shown.stdout, re.MULTILINE), shown  # the line that no test reaches


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


def test_a_summary_says_nothing_of_a_step_that_was_left_out_from_an_earlier_run(tmp_path: Path) -> None:
    project = copy(tmp_path)
    gate(project, "--since", "HEAD", *VERIFY_ALONE)
    assert (project / "reports/out/verify.json").is_file()
    ran = gate(project, "--full", *TESTS_ALONE, "--skip", "tests", "--skip", "coverage", "--summary", "reports")
    assert ran.code == 3
    assert json.loads((project / "reports/summary.json").read_text())["properties"] == []


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


def test_settings_that_are_nested_too_deeply_are_refused(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text(f"tool = {'[' * 5_000}{']' * 5_000}\n")
    ran = gate(project, "--full")
    assert ran.code == 2
    assert "nested more than 64 deep" in " ".join(ran.out.split())


def test_a_budget_that_ends_early_is_said_and_not_green(tmp_path: Path) -> None:
    ran = gate(copy(tmp_path), "--full", "--budget", "100ms")
    assert ran.code == 3
    assert set(ran.verdicts().values()) == {"unknown"}
    assert "the budget was spent" in ran.out


HELD_7 = "verify: properties held had to be 7"
NO_RATCHET = "there is no reports/ratchet.json yet, so no figure can fall; a green run leaves one"
RENAMED = "the ratchet was reports/ratchet.json at HEAD, and is best.json now"


@pytest.mark.parametrize(
    ("then", "now", "said"),
    [
        ({"verify: properties held": 7}, None, [NO_RATCHET, f"{HELD_7}, and is in the ratchet no more"]),
        ({"verify: properties held": 7}, {"verify: properties held": 2}, [f"{HELD_7}, and may be 2 now"]),
        ({"verify: properties held": 2}, {"verify: properties held": 2}, []),
        (None, {"verify: properties held": 2}, []),
        (None, None, [NO_RATCHET]),
    ],
    ids=["deleted", "lowered", "the same", "new", "none"],
)
def test_a_ratchet_that_asks_for_less_than_it_did_is_said_and_may_be_meant(
    tmp_path: Path, then: dict[str, float] | None, now: dict[str, float] | None, said: list[str]
) -> None:
    project = copy(tmp_path)
    put_ratchet(project, then)
    commit(project)
    put_ratchet(project, now)
    ran = gate(project, "--since", "HEAD", *NOTHING)
    assert ran.result["loosened"] == said
    assert ("LOOSENED" in ran.out) == bool(said)


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (
            None,
            [
                "there is no best.json yet, so no figure can fall; a green run leaves one",
                f"{HELD_7}, and is in the ratchet no more",
                RENAMED,
            ],
        ),
        ({"verify: properties held": 2}, [f"{HELD_7}, and may be 2 now", RENAMED]),
        ({"verify: properties held": 7}, []),
    ],
    ids=["and is empty", "and asks for less", "and nothing else"],
)
def test_a_ratchet_that_was_renamed_is_compared_with_the_one_of_the_old_name(
    tmp_path: Path, now: dict[str, float] | None, said: list[str]
) -> None:
    project = copy(tmp_path)
    put_ratchet(project, {"verify: properties held": 7})
    commit(project)
    edit(project / "pyproject.toml", 'budget = "5m"', 'budget = "5m"\nratchet = "best.json"')
    put_ratchet(project, now, "best.json")
    assert gate(project, "--since", "HEAD", *NOTHING).result["loosened"] == said


LEFT_OUT = [
    "[tool.guards.gate] mutants had safety, and has it no more",
    "[tool.guards.gate] thresholds.coverage of volumes.py had to be 100, and may be 90 now",
    "[tool.guards.mutate] paths had volumes.py, and has it no more",
    "[tool.guards.mutate] tests had test_volumes.py, and has it no more",
]


def test_settings_that_ask_for_less_than_they_did_are_said_and_may_be_meant(tmp_path: Path) -> None:
    project = copy(tmp_path)
    put_ratchet(project, {})
    commit(project)
    for before, after in {
        '["safety", "generic"]': '["generic"]',
        'coverage = { "volumes.py" = 100 }': 'coverage = { "volumes.py" = 90 }',
        'paths = ["volumes.py"]\ntests = ["test_volumes.py"]': 'paths = ["service.py"]',
    }.items():
        edit(project / "pyproject.toml", before, after)
    ran = gate(project, "--since", "HEAD", *NOTHING)
    assert ran.result["loosened"] == LEFT_OUT
    assert "LOOSENED" in ran.out


def test_what_is_told_to_pytest_and_to_coverage_is_said_where_it_reads_otherwise(tmp_path: Path) -> None:
    project = copy(tmp_path)
    put_ratchet(project, {})
    commit(project)
    edit(project / "pyproject.toml", 'pythonpath = ["."]', 'pythonpath = ["."]\naddopts = "-k an_owner"')
    edit(project / "pyproject.toml", "branch = true", "branch = false")
    loosened = gate(project, "--since", "HEAD", *NOTHING).result["loosened"]
    assert loosened == [
        f"[tool.{name}] reads otherwise than at HEAD: less may be run, or counted" for name in ("coverage", "pytest")
    ]


@pytest.mark.parametrize("file", ["pytest.ini", "pytest.toml", ".coveragerc", ".coveragerc.toml"])
def test_so_is_a_file_of_their_own_that_stands_before_pyproject(tmp_path: Path, file: str) -> None:
    project = copy(tmp_path)
    put_ratchet(project, {})
    commit(project)
    (project / file).write_text("[pytest]\naddopts = -k an_owner\n")
    [said] = gate(project, "--since", "HEAD", *NOTHING).result["loosened"]
    assert said == f"{file} reads otherwise than at HEAD: less may be run, or counted"


def test_so_is_one_beside_the_tests_which_pytest_takes_first_and_other_line_ends_are_not(tmp_path: Path) -> None:
    project = copy(tmp_path)
    put_ratchet(project, {})
    (project / "checks").mkdir()
    (project / "test_volumes.py").rename(project / "checks" / "test_volumes.py")
    settings = project / "pyproject.toml"
    settings.write_text(settings.read_text().replace('"test_volumes.py"', '"checks"'))
    (project / "setup.cfg").write_bytes(b"[metadata]\r\nname = volumes\r\n")
    commit(project)
    assert gate(project, "--since", "HEAD", *NOTHING).result["loosened"] == []
    (project / "checks" / "pytest.ini").write_text("[pytest]\naddopts = -k an_owner\n")
    [said] = gate(project, "--since", "HEAD", *NOTHING).result["loosened"]
    assert said == "checks/pytest.ini reads otherwise than at HEAD: less may be run, or counted"


def test_so_is_a_file_of_options_and_another_service(tmp_path: Path) -> None:
    project = copy(tmp_path)
    put_ratchet(project, {})
    commit(project)
    settings = project / "pyproject.toml"
    edit(settings, 'tests = ["test_volumes.py"]\nmutants', 'tests = ["test_volumes.py", "@less.txt"]\nmutants')
    settings.write_text(settings.read_text().replace("service:Volumes", "service:Other"))
    assert gate(project, "--since", "HEAD", *NOTHING).result["loosened"] == [
        "[tool.guards.gate] tests has the option @less.txt, and had it not",
        "[tool.guards.gate] service was service:Volumes, and is service:Other now",
    ]


def test_a_trace_that_reads_otherwise_is_said(tmp_path: Path) -> None:
    project = copy(tmp_path)
    put_ratchet(project, {})
    commit(project)
    trace = project / "traces" / "trace.isolation.json"
    trace.write_text(trace.read_text().replace("foreign", "unknown"))
    [said] = gate(project, "--since", "HEAD", *NOTHING).result["loosened"]
    assert said.startswith("traces/trace.isolation.json reads otherwise than at HEAD: it may no longer be the call")


def test_a_ratchet_of_then_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    project = copy(tmp_path)
    put_ratchet(project, {}, "kept.json")
    (project / "reports").mkdir(exist_ok=True)
    (project / "reports" / "ratchet.json").symlink_to("../kept.json")
    commit(project)
    [said] = gate(project, "--since", "HEAD", *NOTHING).result["loosened"]
    assert said.startswith("what the ratchet was at HEAD is not known: ")


SECOND_EDIT = """
[[edits]]
file = "volumes.py"
before = "    def delete("
after = "    def delete_at_once("
"""


def test_entries_and_traces_that_are_gone_or_say_less_are_said_and_may_be_meant(tmp_path: Path) -> None:
    project = copy(tmp_path)
    put_ratchet(project, {})
    (entry,), (trace,) = (project / "mutation/catalogue").glob("*.toml"), (project / "traces").glob("*.json")
    other, (less, gone) = entry.with_name("gone.toml"), (entry.relative_to(project), trace.relative_to(project))
    text = entry.read_text()
    assert text.count("properties = [") == 1
    other.write_text(text)
    entry.write_text(text.replace("properties = [", 'properties = ["useful", ') + SECOND_EDIT)
    (project / "traces" / "another.json").write_text("{}")
    commit(project)
    entry.write_text(text)
    other.unlink()
    trace.unlink()
    edits = text.count("[[edits]]")
    assert gate(project, "--since", "HEAD", *NOTHING).result["loosened"] == [
        "mutation/catalogue/gone.toml was there, and is gone",
        f"{less} reads otherwise than at HEAD: it may no longer be the regression that it was",
        f"{less} had {edits + 1} edits, and has {edits} now",
        f"{less} had useful among its properties, and has it no more",
        f"{gone} was replayed, and is gone",
    ]


def test_a_catalogue_that_is_looked_for_elsewhere_and_less_time_are_said(tmp_path: Path) -> None:
    project = copy(tmp_path)
    put_ratchet(project, {})
    commit(project)
    (project / "mutation" / "other").mkdir()
    edit(project / "pyproject.toml", 'paths = ["volumes.py"]', 'paths = ["volumes.py"]\ncatalogue = "mutation/other"')
    edit(project / "pyproject.toml", '"300ms"', '"200ms"')
    assert gate(project, "--since", "HEAD", *NOTHING).result["loosened"] == [
        "[tool.guards.gate] verify_budget was 300ms, and is 200ms now",
        "mutation/catalogue/owner-by-prefix.toml was there, and is gone",
    ]
    entry = sample_entry(project)
    (project / "mutation" / "other" / entry.name).write_text(entry.read_text())
    edit(project / "pyproject.toml", '"200ms"', '"5m"')
    assert gate(project, "--since", "HEAD", *NOTHING).result["loosened"] == []


def sample_entry(project: Path) -> Path:
    (entry,) = (project / "mutation/catalogue").glob("*.toml")
    return entry


def test_an_entry_of_then_that_is_none_is_compared_with_nothing(tmp_path: Path) -> None:
    project = copy(tmp_path)
    put_ratchet(project, {})
    entry = sample_entry(project)
    text = entry.read_text()
    entry.write_text("edits = 5\nproperties = 7\n")
    commit(project)
    entry.write_text(text)
    [said] = gate(project, "--since", "HEAD", *NOTHING).result["loosened"]
    assert "reads otherwise than at HEAD" in said
    commit(project)
    entry.write_text("edits = 5\nproperties = 7\n")
    ran = gate(project, "--since", "HEAD", *NOTHING)
    assert (ran.code, entry.name in ran.out) == (2, True)


@pytest.mark.parametrize("path", ["a\\u0000b", "../elsewhere", "-x", "", "/etc"])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('counterexamples = ["traces"]', 'counterexamples = ["{}"]'),
        ('paths = ["volumes.py"]', 'paths = ["volumes.py"]\ncatalogue = "{}"'),
    ],
    ids=["counterexamples", "catalogue"],
)
def test_paths_of_then_that_lead_nowhere_keep_no_gate_from_running(
    tmp_path: Path, before: str, after: str, path: str
) -> None:
    project = copy(tmp_path)
    put_ratchet(project, {})
    edit(project / "pyproject.toml", before, after.format(path))
    commit(project)
    edit(project / "pyproject.toml", after.format(path), before)
    ran = gate(project, "--since", "HEAD", *NOTHING)
    assert (ran.code, "steps" in ran.result) == (3, True)


def test_what_is_mutated_is_said_in_one_way(tmp_path: Path) -> None:
    ran = gate(copy(tmp_path), "--since", "HEAD", "--full")
    assert (ran.code, "not both" in ran.out) == (2, True)


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("nowhere", "there is no"),
        ("reports/out", "the results go into"),
        ("../elsewhere", "no path in this folder"),
        ("", "no path in this folder"),
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


def test_a_counterexample_is_named_from_the_folder_of_the_project(tmp_path: Path) -> None:
    project = copy(tmp_path)
    way = tmp_path / "way"
    way.symlink_to(project)
    edit(project / "pyproject.toml", 'counterexamples = ["traces"]', f'counterexamples = ["{way}/traces"]')
    ran = gate(way, "--since", "HEAD", *NOTHING)
    assert (ran.code, "no path in this folder" in " ".join(ran.out.split())) == (2, True)


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


@pytest.mark.parametrize(
    ("name", "value"), [("PYTEST_ADDOPTS", "-k owner"), ("FORCE_COLOR", "1"), ("PY_COLORS", "1"), ("CI", "1")]
)
def test_what_the_environment_says_to_tools_lets_no_failing_test_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    project = copy(tmp_path)
    run_at_the_end(project, f"raise ValueError({'z' * 6_000!r})")
    command = [sys.executable, "-m", "guards.cli", "gate", "--full", *TESTS_ALONE, "--json", str(tmp_path / "own.json")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), name: value}
    assert subprocess.run(command, cwd=project, env=environment, capture_output=True, check=False).returncode == 1
    [tests] = [step for step in json.loads((tmp_path / "own.json").read_text())["steps"] if step["name"] == "tests"]
    assert tests["verdict"] == "broken"
    assert "test_it_is_being_worked_on" in tests["said"][0]


@pytest.mark.parametrize(
    "words",
    [
        ["-c", "ci.ini"],
        ["-cci.ini"],
        ["-c=ci.ini"],
        ["-qc", "ci.ini"],
        ["--config-file=ci.ini"],
        ["--config-file", "ci.ini"],
        ["@ci.ini"],
    ],
    ids=" ".join,
)
def test_a_file_of_settings_that_pytest_is_told_by_name_is_looked_at(tmp_path: Path, words: list[str]) -> None:
    project = copy(tmp_path)
    put_ratchet(project, {})
    (project / "ci.ini").write_text("[pytest]\n")
    listed = json.dumps([*words, "test_volumes.py"])
    edit(project / "pyproject.toml", 'tests = ["test_volumes.py"]\nmutants', f"tests = {listed}\nmutants")
    commit(project)
    assert gate(project, "--since", "HEAD", *NOTHING).result["loosened"] == []
    (project / "ci.ini").write_text("[pytest]\naddopts = -k owner\n")
    [said] = gate(project, "--since", "HEAD", *NOTHING).result["loosened"]
    assert said.startswith("ci.ini reads otherwise than at HEAD")


@pytest.mark.parametrize("comment", ["# pragma: no cover", "#pragma no cover", "# PRAGMA:NO BRANCH"])
def test_lines_that_coverage_is_told_to_pass_over_are_said(tmp_path: Path, comment: str) -> None:
    project = copy(tmp_path)
    put_ratchet(project, {})
    commit(project)
    edit(
        project / "volumes.py",
        "            raise NotFound(volume)",
        f"            raise NotFound(volume)  {comment}",
    )
    [said] = gate(project, "--since", "HEAD", *NOTHING).result["loosened"]
    assert said == "volumes.py tells coverage to pass over lines in 1 places, and did in 0"


def test_an_entry_that_breaks_something_else_is_said_and_its_story_may_change(tmp_path: Path) -> None:
    project = copy(tmp_path)
    put_ratchet(project, {})
    commit(project)
    entry = sample_entry(project)
    text = entry.read_text()
    entry.write_text(text.replace("title = ", "title = 'Told in another way'  # "))
    assert gate(project, "--since", "HEAD", *NOTHING).result["loosened"] == []
    entry.write_text(text.replace("\nafter = ", "\nafter = 'False'  # "))
    [said] = gate(project, "--since", "HEAD", *NOTHING).result["loosened"]
    assert "may no longer be the regression that it was" in said


@pytest.mark.parametrize("folder", [".", "reports"])
def test_what_is_not_there_yet_is_not_written_twice(tmp_path: Path, folder: str) -> None:
    project = copy(tmp_path)
    for name in ("reports/ratchet.json", f"{folder}/summary.json"):
        told = StringIO()
        with pytest.MonkeyPatch.context() as around, redirect_stderr(told):
            around.chdir(project)
            code = main(["gate", "--full", *NOTHING, "--summary", folder, "--json", name])
        assert (code, "cannot be written to" in " ".join(told.getvalue().split())) == (2, True), name


@pytest.mark.parametrize("path", ["/{0}/none.ini", "../none.ini", "{0}/../../none.ini"])
def test_what_lies_outside_the_project_is_not_looked_through(tmp_path: Path, path: str) -> None:
    project = copy(tmp_path)
    beside = tmp_path / "beside.py"
    words = json.dumps(["test_volumes.py", "--ignore", path.format(tmp_path.name)])
    edit(project / "pyproject.toml", 'tests = ["test_volumes.py"]\nmutants', f"tests = {words}\nmutants")
    run_at_the_end(project, f"open({str(beside)!r}, 'w').close()")
    ran = gate(project, "--full", *TESTS_ALONE)
    assert (beside.exists(), "changed while the gate ran" in " ".join(ran.out.split())) == (True, False)


def test_what_is_large_beside_the_guard_is_read_for_a_summary_alone(tmp_path: Path) -> None:
    project = copy(tmp_path)
    (project / "shop").mkdir()
    shutil.move(project / "volumes.py", project / "shop" / "volumes.py")
    edit(project / "pyproject.toml", 'paths = ["volumes.py"]', 'paths = ["shop/volumes.py"]')
    (project / "shop" / "memory").symlink_to("/proc/self/mem")  # nobody can read it from its beginning
    assert gate(project, "--full", *NOTHING).code == 3
    ran = gate(project, "--full", *NOTHING, "--summary", "reports")
    assert (ran.code, "cannot be read" in " ".join(ran.out.split())) == (2, True)


def test_words_that_can_be_no_path_keep_no_gate_from_running(tmp_path: Path) -> None:
    project = copy(tmp_path)
    words = json.dumps(["test_volumes.py", "-k", " or ".join(f"test_{n}" for n in range(60)) + " or owner"])
    edit(project / "pyproject.toml", 'tests = ["test_volumes.py"]\nmutants', f"tests = {words}\nmutants")
    assert gate(project, "--full", *TESTS_ALONE).verdicts()["tests"] == "held"


def test_an_earlier_result_gives_way(tmp_path: Path) -> None:
    project = copy(tmp_path)
    assert gate(project, "--since", "HEAD", *NOTHING).result == gate(project, "--since", "HEAD", *NOTHING).result | {
        "seconds": pytest.approx(0, abs=60)
    }


def run_at_the_end(project: Path, *lines: str) -> None:
    """A test that does this while the gate runs."""
    tests = project / "test_volumes.py"
    tests.write_text("\n    ".join([f"{tests.read_text()}\n\ndef test_it_is_being_worked_on():", *lines]) + "\n")


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


def test_a_repository_that_cannot_be_read_is_no_bug_of_ours(tmp_path: Path) -> None:
    project = copy(tmp_path)
    (project / ".git" / "index").write_bytes(b"damaged")
    ran = gate(project, "--full", *NOTHING)
    assert (ran.code, "git" in ran.out, "bug" in ran.out) == (2, True, False)


def test_a_gate_that_cannot_complain_to_anybody_runs_all_the_same(tmp_path: Path) -> None:
    project = copy(tmp_path)
    command = f"exec {sys.executable} -m guards.cli gate --full {' '.join(NOTHING)} >&- 2>&-"
    ran = subprocess.run(["sh", "-c", command], cwd=project, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)
    assert ran.returncode == 3
    assert (project / "reports" / "out" / "gate.json").is_file()


def test_tests_of_the_mutants_that_are_not_there_are_named(tmp_path: Path) -> None:
    project = copy(tmp_path)
    edit(
        project / "pyproject.toml",
        'paths = ["volumes.py"]\ntests = ["test_volumes.py"]',
        'paths = ["volumes.py"]\ntests = ["test_gone.py"]',
    )
    ran = gate(
        project, "--since", "HEAD", "--skip", "mutants", "--skip", "verify", "--skip", "tests", "--skip", "coverage"
    )
    assert (ran.code, "there is no 'test_gone.py'" in " ".join(ran.out.split())) == (4, True)


def test_settings_of_then_that_cannot_be_used_are_said_to_be_compared_with_nothing(tmp_path: Path) -> None:
    project = copy(tmp_path)
    put_ratchet(project, {})
    edit(project / "pyproject.toml", 'budget = "5m"', 'budgets = "5m"')
    commit(project)
    edit(project / "pyproject.toml", 'budgets = "5m"', 'budget = "5m"')
    [said] = gate(project, "--since", "HEAD", *NOTHING).result["loosened"]
    assert said.startswith(
        "what was asked at HEAD is not known: [tool.guards.gate] budgets is no setting; there are serv"
    )


def put_ratchet(project: Path, best: dict[str, float] | None, name: str = "reports/ratchet.json") -> None:
    """The file with these figures; none at all where there are none."""
    path = project / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    if best is not None:
        path.write_text(json.dumps({"schema": "guards.ratchet/1", "best": best}))


def test_the_gate_needs_nothing_that_only_the_report_brings() -> None:
    """As the README says: the extras `cli` and `mutation` are enough for it."""
    hide = "import sys; sys.modules.update(dict.fromkeys(('jinja2', 'markupsafe', 'pygal'))); import guards.cli.gate"
    subprocess.run([sys.executable, "-c", hide], cwd=ROOT, check=True)


@pytest.mark.slow
def test_the_sample_is_green_and_its_figures_are_kept(tmp_path: Path) -> None:
    project = copy(tmp_path)
    ran = gate(project, "--full")
    assert (ran.code, set(ran.verdicts().values())) == (0, {"held"}), ran.out
    best = json.loads((project / "reports/ratchet.json").read_text())["best"]
    assert best["mutants: breaches"] == 0
    assert best["mutants: mutants caught"] == best["coverage: coverage of volumes.py"] == 100


@pytest.mark.slow
@pytest.mark.parametrize("about", [("--full",), ("--since", "HEAD")], ids=["full", "since"])
@pytest.mark.parametrize(
    ("before", "after"),
    [('assert api.log == ["v-1", "v-1"]', "assert api.log"), ("def test_who_wanted_what", "def who_wanted_what")],
    ids=["says less", "is gone"],
)
def test_without_a_test_that_alone_catches_a_mutant_the_gate_is_red(
    tmp_path: Path, before: str, after: str, about: tuple[str, ...]
) -> None:
    project = copy(tmp_path)
    edit(project / "test_volumes.py", before, after)
    ran = gate(project, *about)
    assert ran.code == 1
    assert ran.verdicts()["mutants"] == "broken"
    assert "missed: " in ran.out
    assert "volumes.py:18" in ran.out
    if about != ("--full",):
        mutants = json.loads((project / "reports/out/mutants.json").read_text())
        assert mutants["weakened"] == ["test_volumes.py::test_who_wanted_what_is_written_down"]
        assert not mutants["beside"]


@pytest.mark.slow
def test_a_line_that_was_changed_is_mutated_and_nothing_else(tmp_path: Path) -> None:
    project = copy(tmp_path)
    edit(project / "volumes.py", "raise NotFound(volume)", "raise NotFound(volume)  # as it says")
    ran = gate(project, "--since", "HEAD")
    assert ran.code == 0, ran.out
    mutants = json.loads((project / "reports/out/mutants.json").read_text())["mutants"]
    assert mutants
    assert all(mutant["start"][0] <= 20 <= mutant["end"][0] for mutant in mutants)  # some span the whole function
