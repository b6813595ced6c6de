"""The gate on this repository: one regression of each class in the catalogue, planted, turns it red."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from guards.mutation.catalogue import Regression, read_catalogue
from tests.gate.samples import edit, gate
from tests.house.repository import ROOT, files

BESIDES = [word for step in ("tests", "coverage", "catalogue", "mutants") for word in ("--skip", step)]


def one_of_each_class() -> list[Regression]:
    """The first entry of each that the kit alone has to notice."""
    found: dict[str, Regression] = {}
    for regression in read_catalogue(ROOT / "mutation/catalogue", ROOT):
        if regression.masked_by is None and regression.properties:
            found.setdefault(regression.fault_class, regression)
    return list(found.values())


def copy(folder: Path) -> Path:
    """This repository as it stands, committed."""
    project = folder / "project"
    for file in files():
        (project / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, project / file)
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "as it was"]):
        identity = ["-c", "user.name=nobody", "-c", "user.email=nobody@example.org"]
        subprocess.run(["git", *identity, *arguments], cwd=project, check=True)
    return project


@pytest.mark.slow
@pytest.mark.parametrize("regression", one_of_each_class(), ids=lambda regression: regression.id)
def test_a_regression_of_each_class_is_red_with_its_property_and_its_line(
    tmp_path: Path, regression: Regression
) -> None:
    project = copy(tmp_path)
    for change in regression.edits:
        edit(project / change.file, change.before, change.after)
    ran = gate(project, "--since", "HEAD", *BESIDES, root=project)
    assert (ran.code, ran.verdicts()["verify"]) == (1, "broken"), ran.out
    said = " ".join(ran.out.split())
    shown = [name for name in regression.properties if f"{name}: " in said]
    assert shown
    assert any((project / f"reports/out/verify.{name}.json").is_file() for name in shown)
    assert {place.rpartition(":")[0] for place in ran.result["changed"]} >= {change.file for change in regression.edits}
