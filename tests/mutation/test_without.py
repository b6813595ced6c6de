"""What if a check, a property or a barrier were missing? Each is needed, and the lab says for what."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from guards.core.checks import ADMISSION, CHECKS
from guards.testing.properties import NAMES
from tests.mutation.projects import TWICE, write_twice
from tests.mutation.test_mutate import Mutate, mutate

__all__ = ["mutate"]  # the fixture

HOME = Path(__file__).parents[2]


def read(tmp_path: Path) -> dict[str, dict[str, object]]:
    result = json.loads((tmp_path / "all.json").read_text())
    assert result["tests"] == []  # the kit alone
    return {mutant["id"].rpartition(":")[0] or mutant["id"]: mutant for mutant in result["mutants"]}


@pytest.mark.parametrize("missing", ["check:is_its_owners", "barrier:decision"])
def test_without_what_stands_first_the_second_look_is_a_single_point_of_failure(
    mutate: Mutate, tmp_path: Path, missing: str
) -> None:
    write_twice(tmp_path)
    second_look = "safety:drop-condition"
    code, out, complaint = mutate("--without", missing, "--only", second_look, "--json", "all.json")
    assert code == 1, out + complaint
    said = " ".join((out + complaint).split())
    assert f"BREACHES {second_look}" in said or f"without {missing}: nothing was changed, and" in said


def test_without_the_second_look_the_decision_is_a_single_point_of_failure(mutate: Mutate, tmp_path: Path) -> None:
    write_twice(tmp_path)
    only = ["--only", "safety:equality-to-prefix"]
    assert mutate(*only, "--json", "all.json")[0] == 1
    assert not any(mutant["breaches"] for mutant in read(tmp_path).values())
    assert mutate("--without", "barrier:second-look", *only, "--json", "all.json")[0] == 1
    prefix = [m for m in read(tmp_path).values() if m["function"] == "is_its_owners"]
    assert [m["breaches"] for m in prefix] == [True]


def test_without_a_property_what_its_entry_names_is_missed(mutate: Mutate, tmp_path: Path) -> None:
    write_twice(tmp_path)
    assert mutate("--tier", "catalogue")[0] == 0
    code, out, _ = mutate("--tier", "catalogue", "--without", "property:isolation", "--json", "all.json")
    assert code == 1
    assert "MISSED" in out
    assert read(tmp_path)["owner-forgotten"]["outcome"] == "missed"


def test_what_is_taken_out_is_not_broken_besides(mutate: Mutate, tmp_path: Path) -> None:
    write_twice(tmp_path)
    line = TWICE.splitlines().index("        if tenant is None or self.volumes[volume] != tenant:") + 1
    code, _, _ = mutate("--without", "barrier:second-look", "--only", "safety:drop-condition", "--json", "all.json")
    assert code in (0, 1)
    assert line not in {m["start"][0] for m in read(tmp_path).values()}  # type: ignore[index]  # a list


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ("barrier:third", "the barriers decision, second-look"),
        ("barrier:", "the barriers decision, second-look"),
        ("property:beauty", "neither check:NAME nor property:NAME nor barrier:NAME"),
        ("check:nothing_such", "no list of checks"),
        ("owner", "neither check:NAME"),
    ],
)
def test_what_is_not_there_cannot_be_left_out(mutate: Mutate, tmp_path: Path, missing: str, said: str) -> None:
    write_twice(tmp_path)
    code, _, complaint = mutate("--without", missing)
    assert (code, said in " ".join(complaint.split())) == (2, True), complaint


def test_a_barrier_whose_edit_does_not_fit_is_refused_rather_than_kept(mutate: Mutate, tmp_path: Path) -> None:
    write_twice(tmp_path)
    (tmp_path / "volumes.py").write_text(TWICE.replace("tenant is None or self", "tenant == None or self"))
    code, _, complaint = mutate("--without", "barrier:second-look")
    assert (code, "stands 0 times in volumes.py" in " ".join(complaint.split())) == (2, True), complaint
