"""Where less is asked of a change than at an earlier commit, the gate says so; it may be meant, so nothing fails."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.gate.samples import (
    NOTHING,
    commit,
    copy,
    edit,
    gate,
    put_ratchet,
    sample_entry,
)

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


def project_in_a_repository(tmp_path: Path) -> Path:
    """A project that is a part of what git knows."""
    above = copy(tmp_path)
    project = above / "part"
    project.mkdir()
    for part in ("pyproject.toml", "volumes.py", "service.py", "test_volumes.py", "mutation", "traces"):
        shutil.move(above / part, project / part)
    put_ratchet(project, {})
    return project


@pytest.mark.parametrize("name", ["../pytest.ini", "{0}/pytest.ini", "{0}/../ci.ini", "../ci.ini"])
def test_so_is_one_above_the_project_or_told_by_its_whole_path(tmp_path: Path, name: str) -> None:
    project = project_in_a_repository(tmp_path)
    named = name.format(project)
    file = project / named
    file.write_text("[pytest]\n")
    words = json.dumps(["-c", named, "test_volumes.py"])
    edit(project / "pyproject.toml", 'tests = ["test_volumes.py"]\nmutants', f"tests = {words}\nmutants")
    commit(project)
    assert gate(project, "--since", "HEAD", *NOTHING).result["loosened"] == []
    file.write_text("[pytest]\naddopts = -k owner\n")
    [said] = gate(project, "--since", "HEAD", *NOTHING).result["loosened"]
    assert f"{Path(named).name} reads otherwise than at HEAD" in said


ABOVE = {
    "pytest.ini": "[pytest]\naddopts = -k owner\n",
    "pyproject.toml": "[tool.pytest.ini_options]\naddopts = '-k owner'\n",
}


@pytest.mark.parametrize("word", ["test_volumes.py", "-q"])
@pytest.mark.parametrize("name", ABOVE)
def test_what_pytest_finds_above_the_project_is_compared_where_nothing_is_said_to_it_here(
    tmp_path: Path, word: str, name: str
) -> None:
    project = project_in_a_repository(tmp_path)
    settings = project / "pyproject.toml"
    edit(settings, 'tests = ["test_volumes.py"]\nmutants', f'tests = ["{word}"]\nmutants')
    edit(settings, "[tool.pytest.ini_options]", "[tool.pytest]")  # which pytest 8 does not heed
    (project.parent / "pyproject.toml").write_text("[project]\nname = 'all'\n")
    commit(project)
    (project.parent / name).write_text("[project]\nname = 'more'\n")
    (project.parent / ".coveragerc").write_text("[run]\nomit = *\n")  # is read by nobody
    if name == "pyproject.toml":
        assert gate(project, "--since", "HEAD", *NOTHING).result["loosened"] == []
    (project.parent / name).write_text(ABOVE[name])
    said = gate(project, "--since", "HEAD", *NOTHING).result["loosened"]
    assert said == [f"../{name} reads otherwise than at HEAD: less may be run, or counted"]
    settings.write_text(settings.read_text() + "\n[tool.pytest.ini_options]\npythonpath = ['.']\n")
    edit(settings, f'tests = ["{word}"]\nmutants', f'tests = ["--confcutdir", "..", "{word}"]\nmutants')
    commit(project)
    (project.parent / name).write_text("")  # nor is this any more
    assert gate(project, "--since", "HEAD", *NOTHING).result["loosened"] == []


@pytest.mark.parametrize("name", ["/dev/null", "../ci.ini", "../pytest.ini"])
def test_a_file_of_settings_that_lies_in_no_repository_is_not_compared(tmp_path: Path, name: str) -> None:
    project = copy(tmp_path)
    put_ratchet(project, {})
    (tmp_path / Path(name).name).write_text("[pytest]\n")
    edit(project / "pyproject.toml", 'tests = ["test_volumes.py"]\nmutants', f'tests = ["-c", "{name}"]\nmutants')
    commit(project)
    assert gate(project, "--since", "HEAD", *NOTHING).result["loosened"] == []
