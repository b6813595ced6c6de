"""What if a check, a property or a barrier were missing? Each is needed, and the lab says for what."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from guards.core.checks import ADMISSION, CHECKS
from guards.mutation.catalogue import Barrier, read_catalogue
from guards.testing.properties import NAMES
from tests.mutation.projects import ENTRY, TWICE, write_twice
from tests.mutation.test_mutate import Mutate, mutate

__all__ = ["mutate"]  # the fixture

HOME = Path(__file__).parents[2]


@pytest.fixture
def mutate_here(mutate: Mutate, monkeypatch: pytest.MonkeyPatch) -> Mutate:
    """`guards mutate` on our own guard."""
    monkeypatch.chdir(HOME)
    return mutate


def read(tmp_path: Path) -> list[dict[str, Any]]:
    result = json.loads((tmp_path / "all.json").read_text())
    assert result["tests"] == []  # the kit alone
    mutants: list[dict[str, Any]] = result["mutants"]
    return mutants


SECOND_LOOK = TWICE.splitlines().index("        if tenant is None or self.volumes.get(volume) != tenant:") + 1


@pytest.mark.parametrize("missing", ["check:is_its_owners", pytest.param("barrier:decision", marks=pytest.mark.slow)])
def test_without_what_stands_first_the_second_look_is_a_single_point_of_failure(
    mutate: Mutate, tmp_path: Path, missing: str
) -> None:
    write_twice(tmp_path)
    code, out, complaint = mutate("--without", missing, "--only", "safety:drop-condition", "--json", "all.json")
    assert code == 1, out + complaint
    assert SECOND_LOOK in {m["start"][0] for m in read(tmp_path) if m["breaches"]}


@pytest.mark.slow
def test_without_the_second_look_the_decision_is_a_single_point_of_failure(mutate: Mutate, tmp_path: Path) -> None:
    write_twice(tmp_path)
    code, out, _ = mutate("--without", "barrier:second-look", "--only", "safety:equality-to-pr", "--json", "all.json")
    assert (code, "BREACHES" in out) == (1, True)
    (found,) = read(tmp_path)  # that of the second look is not there: what is taken out is not broken besides
    assert (found["function"], found["breaches"]) == ("is_its_owners", True)


@pytest.mark.slow
def test_with_both_barriers_neither_is_a_single_point_of_failure(mutate: Mutate, tmp_path: Path) -> None:
    write_twice(tmp_path)
    mutate("--tier", "safety", "--json", "all.json")
    found = json.loads((tmp_path / "all.json").read_text())["mutants"]
    assert len(found) > 20
    assert not [m["id"] for m in found if m["breaches"]]


def test_without_a_property_what_its_entry_names_is_missed(mutate: Mutate, tmp_path: Path) -> None:
    write_twice(tmp_path)
    code, out, _ = mutate("--tier", "catalogue", "--without", "property:isolation", "--json", "all.json")
    assert (code, "MISSED" in out) == (1, True)
    assert [(m["id"], m["outcome"]) for m in read(tmp_path)] == [("owner-forgotten", "missed")]


def test_without_a_check_what_it_alone_masked_is_named_with_what_breaks(mutate: Mutate, tmp_path: Path) -> None:
    write_twice(tmp_path)
    masked = ENTRY.replace("owner-forgotten", "second-look-forgotten")
    masked = masked.replace('properties = ["isolation"]', 'properties = []\nmasked_by = "first-barrier"')
    before, _, second = masked.split("[[edits]]")
    catalogue = tmp_path / "mutation" / "catalogue"
    (catalogue / "second-look-forgotten.toml").write_text(f"{before}[[edits]]{second}")
    (catalogue / "owner-forgotten.toml").write_text(f'compound_of = ["second-look-forgotten"]\n{ENTRY}')
    code, out, _ = mutate("--tier", "catalogue")
    assert (code, "no longer masked" in out) == (0, False)
    code, out, _ = mutate("--tier", "catalogue", "--without", "check:is_its_owners")
    said = " ".join(out.split())
    assert (code, "check:is_its_owners: second-look-forgotten is no longer masked: isolation" in said) == (1, True)


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ("barrier:third", "the barriers decision, second-look"),
        ("barrier:", "the barriers decision, second-look"),
        ("property:beauty", "--without takes check:NAME, property:NAME or barrier:NAME"),
        ("check:nothing_such", "no list of checks"),
        ("owner", "--without takes check:NAME"),
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


NEEDED_FOR = {
    "caller_may_ask": "malformed-refused",
    "environment_is_this_one": "malformed-refused",
    "policy_is_the_current_one": ("stale-rules-tried-again", "blast-radius"),
    "organization_is_known": ("tenant-record-shared-by-all", "hold-respected"),
    "targets_belong_to_the_organization": ("projects-owner-compared-by-the-check-alone", "isolation"),
    "project_belongs_to_the_organization": "malformed-refused",
    "targets_are_in_the_project": ("empty-project-is-the-organization", "exact-effects"),
    "targets_are_of_the_kind": "malformed-refused",
    "everything_named_was_found": "malformed-refused",
    "nothing_was_found_twice_or_unasked": ("hold-lifted-by-an-older-answer", "hold-respected"),
    "the_answer_is_whole": "fail-closed",
    "there_is_something_to_do": ("empty-plan-is-everything", "exact-effects"),
    "nothing_is_held": ("hold-asked-by-the-check-alone", "hold-respected"),
    "count_is_within_the_limit": "blast-radius",
    "share_is_within_the_limit": "blast-radius",
    "product_is_writable": ("missing-state-refused-by-the-check-alone", "read-only-inert"),
    "nobody_else_depends_on_a_target": ("closure-dependents-asked-by-the-check-alone", "isolation"),
}
"""By check, the property that breaks at once without it. What the execution asks as well hides it; then the entry in
which nobody but the check asks, and the property that breaks there."""


def test_every_check_of_ours_is_needed_for_something() -> None:
    assert list(NEEDED_FOR) == [check.__name__ for check in (*ADMISSION, *CHECKS)]
    entries = {entry.id: entry for entry in read_catalogue(HOME / "mutation" / "catalogue", HOME)}
    alone = [entries[needed[0]] for needed in NEEDED_FOR.values() if isinstance(needed, tuple)]
    assert {entry.masked_by for entry in alone} == {Barrier.FIRST}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "needed"), NEEDED_FOR.items(), ids=NEEDED_FOR)
def test_a_check_of_ours_that_is_not_asked_is_told(
    mutate_here: Mutate, name: str, needed: str | tuple[str, str]
) -> None:
    entry, property = needed if isinstance(needed, tuple) else ("limit-off-by-one", needed)
    code, out, complaint = mutate_here("--without", f"check:{name}", "--tier", "catalogue", "--only", entry)
    assert code == 1, out + complaint
    said = " ".join((out + complaint).split())
    if isinstance(needed, str):
        assert f"without check:{name}: nothing was changed, and {property} is broken already" in said
    else:
        assert f"check:{name}: {entry} is no longer masked: " in said
        assert f"{property} is broken: " in said  # and the counterexample shows how


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_none_of_the_kits_properties_is_spare(mutate_here: Mutate, name: str) -> None:
    naming = [r for r in read_catalogue(HOME / "mutation" / "catalogue", HOME) if name in r.properties]
    entry = min(naming, key=lambda regression: (len(regression.properties), len(regression.edits), regression.id)).id
    code, out, complaint = mutate_here("--without", f"property:{name}", "--only", entry)
    assert code == 1, out + complaint
    assert f"MISSED {entry}" in " ".join(out.split())


@pytest.mark.slow
@pytest.mark.parametrize("name", ["decision", "execution", "write"])
def test_none_of_our_own_barriers_is_spare(mutate_here: Mutate, name: str) -> None:
    code, out, complaint = mutate_here("--without", f"barrier:{name}", "--only", "tenant-not-compared")
    assert code == 1, out + complaint
    told = " ".join(complaint.split())
    assert "BREACHES" in out or (
        f"without barrier:{name}: nothing was changed, and" in told and "broken already" in told
    )
