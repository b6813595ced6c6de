"""`guards gate` on a small project whose guard is none of ours: green as it is, red once something is planted."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.gate.samples import (
    NOTHING,
    QUICK,
    SAMPLE,
    TESTS_ALONE,
    VERIFY_ALONE,
    Ran,
    copy,
    edit,
    gate,
    run_at_the_end,
)
from tests.house.repository import ROOT

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
        ('["traces"]', '["/etc/hostname"]', "no path that leads from this folder to something in it"),
        ('["traces"]', '["a\\u0000b"]', "no path that leads from this folder to something in it"),
        (
            '[tool.guards.mutate]\nservice = "service:Volumes"',
            '[tool.guards.mutate]\nservice = "other:Volumes"',
            "other",
        ),
        ('paths = ["volumes.py"]', 'paths = ["nothing.py"]', "nothing.py"),
        (
            'tests = ["test_volumes.py"]\nmutants',
            'tests = ["test_volumes.py", "-q", "../checks::test_it"]\nmutants',
            "[tool.guards.gate] tests: '../checks' is no path that leads from this folder to something in it",
        ),
        (
            'tests = ["test_volumes.py"]\nmutants',
            'tests = ["--tb=short", "../checks"]\nmutants',
            "[tool.guards.gate] tests: '../checks' is no path that leads from this folder to something in it",
        ),
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


def test_a_summary_says_nothing_of_a_step_that_was_left_out_from_an_earlier_run(tmp_path: Path) -> None:
    project = copy(tmp_path)
    gate(project, "--since", "HEAD", *VERIFY_ALONE)
    assert (project / "reports/out/verify.json").is_file()
    ran = gate(project, "--full", *TESTS_ALONE, "--skip", "tests", "--skip", "coverage", "--summary", "reports")
    assert ran.code == 3
    assert json.loads((project / "reports/summary.json").read_text())["properties"] == []


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


def test_what_is_mutated_is_said_in_one_way(tmp_path: Path) -> None:
    ran = gate(copy(tmp_path), "--since", "HEAD", "--full")
    assert (ran.code, "not both" in ran.out) == (2, True)


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
