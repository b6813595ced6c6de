"""`pytest --guards`: what a user's own pytest makes of it, in a process of its own, on the smallest services."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.house.repository import ROOT

SHELVES = "tests.cli.shelves"


@dataclass(frozen=True)
class Ran:
    """How a run of pytest ended, and the folder that it ran in."""

    code: int
    out: str
    folder: Path
    err: str

    def outcomes(self) -> dict[str, str]:
        """The word that -v prints for each test, by its id without the service."""
        return dict(re.findall(r"^\S*::([\w-]+) (PASSED|FAILED|SKIPPED|ERROR)", self.out, re.MULTILINE))


def run(folder: Path, *arguments: str) -> Ran:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("CI", "PYTEST"))}
    environment["PYTHONPATH"] = str(ROOT)
    command = [sys.executable, "-m", "pytest", *arguments]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    return Ran(done.returncode, done.stdout, folder, done.stderr)


def attack(folder: Path, shelf: str, *arguments: str) -> Ran:
    return run(folder, "-v", f"--guards={SHELVES}:{shelf}", "--guards-seed=1", *arguments)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """A sound service beside an ordinary test."""
    folder = tmp_path_factory.mktemp("sound")
    (folder / "test_ordinary.py").write_text("def test_it():\n    pass\n")
    return attack(folder, "Shelf", "-rs", "--junitxml=out.xml")


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """A service that anybody may empty."""
    return attack(tmp_path_factory.mktemp("broken"), "OpenShelf")


def test_a_sound_service_passes_what_it_can_be_judged_by_and_the_rest_is_skipped_with_a_reason(sound: Ran) -> None:
    outcomes = sound.outcomes()
    assert sound.code == 0
    assert outcomes["isolation"] == outcomes["useful"] == "PASSED"
    assert outcomes["hold-respected"] == "SKIPPED"
    assert "lacks the ability" in sound.out


def test_it_runs_beside_ordinary_tests(sound: Ran) -> None:
    assert len(sound.outcomes()) == 14
    assert sound.outcomes()["test_it"] == "PASSED"


def test_one_line_at_the_end_counts_the_verdicts_and_names_the_seed(sound: Ran) -> None:
    (line,) = [line for line in sound.out.splitlines() if line.startswith("guards: ")]
    assert re.fullmatch(r"guards: \d+ held, \d+ unsupported; repeat with --guards-seed=1", line)


def test_junit_xml_names_each_property_with_its_verdict(sound: Ran) -> None:
    cases = {case.attrib["name"]: case for case in ElementTree.parse(sound.folder / "out.xml").iter("testcase")}
    told = {name: {p.attrib["name"]: p.attrib["value"] for p in case.iter("property")} for name, case in cases.items()}
    assert told["isolation"]["guards"] == "held"
    assert int(told["isolation"]["exercised"]) > 0
    assert told["hold-respected"]["guards"] == "unsupported"


def test_a_broken_property_fails_with_its_counterexample_and_how_to_repeat_it(broken: Ran) -> None:
    assert broken.code == 1
    assert broken.outcomes()["isolation"] == "FAILED"
    assert f"pytest --guards={SHELVES}:OpenShelf --guards-seed=1 --guards-rounds=1" in broken.out
    assert "throw" in broken.out
    assert "Traceback" not in broken.out


def test_what_failed_last_is_run_again_alone(broken: Ran) -> None:
    again = attack(broken.folder, "OpenShelf", "--lf")
    failed = {name for name, word in broken.outcomes().items() if word == "FAILED"}
    assert again.outcomes() == dict.fromkeys(failed, "FAILED")


def test_each_failure_shows_the_counterexample_of_its_own_property(tmp_path: Path) -> None:
    ran = attack(tmp_path, "OpenShelf", "-k", "isolation")
    assert "1 failed, 12 deselected" in ran.out
    assert "isolation: broken" in ran.out
    assert "exact-effects: broken" not in ran.out


def test_what_is_unknown_shows_the_call_that_was_not_answered_and_what_held_does_not(tmp_path: Path) -> None:
    ran = attack(tmp_path, "FailingShelf", "-k", "malformed-refused or isolation")
    assert ran.outcomes() == {"isolation": "PASSED", "malformed-refused": "FAILED"}
    assert ran.out.count("unknown: `throw` raised RuntimeError instead of answering") == 1


def test_it_stops_at_the_first_failure(tmp_path: Path) -> None:
    ran = attack(tmp_path, "IdleShelf", "-x", "--guards-require=hold-respected")
    assert ran.outcomes() == {"isolation": "FAILED"}
    assert "isolation: vacuous" in ran.out


def test_a_property_that_is_required_is_not_skipped(tmp_path: Path) -> None:
    ran = attack(tmp_path, "Shelf", "--guards-require=hold-respected", "-k", "hold-respected")
    assert ran.code == 1
    assert "hold-respected: unsupported" in ran.out


def test_with_xdist_all_workers_run_the_same_attack_with_a_seed_drawn_anew(tmp_path: Path) -> None:
    option = f"--guards={SHELVES}:OpenShelf"
    ran = run(tmp_path, "-n", "2", option, "-k", "isolation or useful")
    seeds = set(re.findall(r"--guards-seed=(\d+)", ran.out))
    assert ran.code == 1
    assert len(seeds) == 1
    assert "guards: 1 broken, 1 held" in ran.out
    assert seeds.isdisjoint(re.findall(r"--guards-seed=(\d+)", run(tmp_path, option, "-k", "none of them").out))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("--guards=nope", "--guards 'nope' is not MODULE:FACTORY"),
        ("--guards=\x1b[31m:x", r"--guards '\x1b[31m:x' is not MODULE:FACTORY"),
        ("--guards-require=hold-respeted", "--guards-require 'hold-respeted': there is no such property; there are"),
        ("--guards-rounds=0", "--guards-rounds 0 is not a whole number from 1"),
        ("--guards-seed=-1", "--guards-seed -1 is not a whole number from 0"),
    ],
)
def test_what_cannot_be_meant_is_one_error_of_usage(tmp_path: Path, typed: str, said: str) -> None:
    ran = attack(tmp_path, "Shelf", typed)
    assert (ran.code, ran.outcomes()) == (4, {})
    assert [line for line in ran.out.splitlines() if said in line] or said in ran.err


@pytest.mark.parametrize("strictness", ["--strict-markers", "-Werror"])
def test_without_xdist_a_strict_run_knows_its_marker_all_the_same(tmp_path: Path, strictness: str) -> None:
    ran = attack(tmp_path, "Shelf", strictness, "-p", "no:xdist", "-k", "isolation")
    assert (ran.code, ran.outcomes()) == (0, {"isolation": "PASSED"}), ran.out


def test_a_service_that_cannot_be_had_is_a_failure_that_says_why(tmp_path: Path) -> None:
    ran = run(tmp_path, f"--guards={SHELVES}:UnbuiltShelf", "-k", "isolation")
    assert (ran.code, "1 failed" in ran.out, "no wood" in ran.out) == (1, True, True)


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["alone", "xdist"])
@pytest.mark.parametrize("name", ["no_such_module:Shelf", f"{SHELVES}:NoSuchShelf"])
def test_a_service_that_there_is_not_is_one_error_and_no_failing_property(
    tmp_path: Path, name: str, options: tuple[str, ...]
) -> None:
    ran = run(tmp_path, f"--guards={name}", *options)
    assert ran.code != 0
    assert "cannot be had" in ran.out
    assert not re.search(r"[0-9] (failed|passed)", ran.out)


def test_a_module_is_looked_for_where_pytest_was_started_and_where_the_project_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONSAFEPATH", "1")  # as it is for `pytest` alone, which does not look where it was started
    project, here = tmp_path, tmp_path / "part"
    here.mkdir()
    (project / "pytest.ini").write_text("[pytest]\n")
    for folder, name in ((project, "above"), (here, "beside")):
        (folder / f"{name}.py").write_text(f"from {SHELVES} import Shelf\n")
    ran = run(here, "--guards=above:Shelf", "--guards=beside:Shelf", "-k", "isolation")
    assert (ran.code, "2 passed" in ran.out) == (0, True), ran.out


def test_unused_it_imports_nothing_of_the_kit(tmp_path: Path) -> None:
    (tmp_path / "test_ordinary.py").write_text(
        "import sys\n\n\ndef test_it():\n    assert 'guards.pytest_plugin' in sys.modules\n"
        "    assert not [name for name in sys.modules if name.startswith('guards.testing')]\n"
    )
    assert "1 passed" in run(tmp_path).out
