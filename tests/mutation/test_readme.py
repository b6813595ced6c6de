"""The README's section on breaking one's own guard, done as it says, in a folder with no file of ours."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from guards.cli import main

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
SECTION = README[README.index("\n## Break your own guard\n") : README.index("\n## Commands\n")]


def block(text: str, language: str) -> str:
    """The first block of code in this language."""
    found = re.search(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    "narrowed",
    [["--only", "safety:equality-to-", "--workers", "1"], pytest.param([], marks=pytest.mark.slow)],
    ids=["the one that is shown and its like", "all"],
)
def test_the_single_points_of_failure_of_the_small_service_are_found_as_the_readme_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], narrowed: list[str]
) -> None:
    (tmp_path / "volumes.py").write_text(block(README, "python"), encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(block(SECTION, "toml"), encoding="utf-8")
    program, *arguments = shlex.split(block(SECTION, "sh"))
    monkeypatch.chdir(tmp_path)
    assert (program, main([*arguments, *narrowed])) == ("guards", 1)
    printed = capsys.readouterr().out
    assert block(SECTION, "text") in printed
    breaching = [told for told in printed.split("\n\n") if told.startswith("BREACHES")]
    assert len(breaching) > 1
    places = {re.sub(r".* in (\S+) the call .*", r"\1", " ".join(told.split())) for told in breaching}
    assert {"VolumesApi.delete"} <= places <= {"VolumesApi.delete", "Volumes.call"}  # the guard, and the adapter
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["pyproject.toml", "volumes.py"]


def test_the_regression_that_the_readme_shows_is_caught_by_whom_it_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "volumes.py").write_text(block(README, "python"), encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(block(SECTION, "toml"), encoding="utf-8")
    (tmp_path / "mutation" / "catalogue").mkdir(parents=True)
    entry = README[README.index('id = "owner-by-prefix"') :].partition("```")[0]
    (tmp_path / "mutation" / "catalogue" / "owner-by-prefix.toml").write_text(entry, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert main(["mutate", "show", "owner-by-prefix", "--workers", "1"]) == 0
    told = capsys.readouterr().out
    assert "outcome      caught, assertion" in told
    assert "noticed by   isolation" in told
