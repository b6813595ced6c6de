"""Which tests enter a line, whoever of them did it for the others, and in which order they are run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from guards.mutation.reach import Reached, instrumented
from guards.mutation.sandbox import Sandbox, SandboxError
from tests.mutation.projects import VOLUMES, write

SHARING = """from functools import cache

import pytest

from volumes import note


@pytest.fixture(scope="module")
def log():
    taken = []
    note(taken, "v-1")
    return taken


@cache
def remembered():
    taken = []
    note(taken, "v-1")
    return taken


def test_a_fixture_is_set_up(log):
    assert isinstance(log, list)


def test_a_fixture_is_shared(log):
    assert log == ["v-1"]


def test_an_answer_is_kept():
    assert isinstance(remembered(), list)


def test_an_answer_is_remembered():
    assert remembered() == ["v-1"]


def test_a_stranger():
    assert not []
"""
NOTING = ["test_a_fixture_is_set_up", "test_a_fixture_is_shared", "test_an_answer_is_kept"]
NOTING += ["test_an_answer_is_remembered"]
NOTE_LINE = VOLUMES.splitlines().index("def note(log, volume):") + 1


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with Sandbox(write(tmp_path, tests=SHARING)) as one:
        yield one


def ran(sandbox: Sandbox, only: list[str] | None, *, volumes: str = VOLUMES, record: bool = False) -> Any:
    ids = None if only is None else [f"test_volumes.py::{name}" for name in only]
    job = {"root": str(sandbox.root), "tests": ["test_volumes.py"], "configuration": "pyproject.toml"}
    sources = {"volumes.py": volumes}
    return sandbox.run("guards.mutation.work:tests", {**job, "only": ids, "record": record}, sources).said("tests")


def test_what_one_test_entered_for_others_counts_for_them_too(sandbox: Sandbox) -> None:
    found = ran(sandbox, None, volumes=instrumented("volumes.py", VOLUMES), record=True)
    reached = Reached(found["ways"], found["on_import"], len(found["ran"]))
    noting = reached.by([f"volumes.py:{NOTE_LINE}:{NOTE_LINE + 1}"])
    assert [found["ran"][n].partition("::")[2] for n in noting] == NOTING


def test_what_a_test_costs_is_how_many_conditions_it_looks_at(sandbox: Sandbox) -> None:
    looking = VOLUMES.replace("log.append(volume)", "log.extend([volume for _ in range(9) if volume != 1][:1])")
    found = ran(sandbox, None, volumes=instrumented("volumes.py", looking), record=True)
    assert found["weights"] == [9, 0, 9, 9, 0]  # the second finds its notes taken, the last wants none


def test_tests_run_in_the_order_asked_for_up_to_the_first_failure(sandbox: Sandbox) -> None:
    broken = VOLUMES.replace("log.append(volume)", "pass")
    found = ran(sandbox, ["test_a_stranger", NOTING[3], NOTING[1]], volumes=broken)
    assert (found["ran"], found["failure"]["by"]) == (2, f"test_volumes.py::{NOTING[3]}")


BUILT = "from volumes import note\n\ntaken = note([], 'v-1') or 1 / 0\n\n\ndef test_it():\n    assert taken\n"


@pytest.mark.parametrize("whole", [True, False])
def test_a_file_that_cannot_be_collected_hides_no_failure_in_another_and_is_none(sandbox: Sandbox, whole: bool) -> None:
    (sandbox.root / "test_built.py").write_text(BUILT)
    broken = VOLUMES if whole else VOLUMES.replace("log.append(volume)", "pass")
    job = {"root": str(sandbox.root), "tests": ["test_built.py", "test_volumes.py"], "configuration": "pyproject.toml"}
    job |= {"only": ["test_built.py::test_it", f"test_volumes.py::{NOTING[3]}"], "record": False}
    found = sandbox.run("guards.mutation.work:tests", job, {"volumes.py": broken}).said("tests")
    assert "test_built.py could not be collected" in found["trouble"]
    assert (found["failure"] is None) is whole
    assert found["ran"] == 1


ENDINGS = """import pytest

from volumes import note


def test_one():
    log = []
    note(log, "v-1")
    {then}


def test_another(tmp_path, capsys):
    print("said")
    assert capsys.readouterr().out == "said\\n"
    tmp_path.joinpath("kept").write_text("")
"""


@pytest.mark.parametrize(
    "then",
    [
        "assert log",
        "assert not log",
        "log.size()",
        "raise KeyboardInterrupt",
        "pytest.exit('enough')",
        "raise SystemExit(0)",
        "pytest.skip('not here')",
    ],
)
def test_what_is_collected_beforehand_ends_as_what_is_collected_anew(tmp_path: Path, then: str) -> None:
    root = write(tmp_path, tests=ENDINGS.replace("{then}", then))
    job = {"root": str(root), "tests": ["test_volumes.py"], "configuration": "pyproject.toml", "only": None}
    warm = {**job, "do": "guards.mutation.warm:for_tests", "record": False, "files": [], "sources": {}}
    wanted = {**job, "only": ["test_volumes.py::test_one", "test_volumes.py::test_another"], "record": False}
    with Sandbox(root) as cold, Sandbox(root, warm=warm) as ready:
        anew, beforehand = (one.run("guards.mutation.work:tests", wanted) for one in (cold, ready))
        assert (beforehand.ended, beforehand.said("tests")) == (anew.ended, anew.said("tests"))
        assert anew.said("tests") is not None


def test_what_cannot_be_collected_is_no_place_to_start_from(tmp_path: Path) -> None:
    root = write(tmp_path, tests="import nowhere\n")
    job = {"root": str(root), "tests": ["test_volumes.py"], "configuration": "pyproject.toml", "only": None}
    warm = {**job, "do": "guards.mutation.warm:for_tests", "record": False, "files": [], "sources": {}}
    with Sandbox(root, warm=warm) as ready, pytest.raises(SandboxError):
        ready.run("guards.mutation.work:tests", {**job, "record": False})
