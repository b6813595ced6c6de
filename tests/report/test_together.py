"""What one run of the gate leaves is one record: its mutants in two files, and its own account of its steps."""

from __future__ import annotations

from typing import Any

import pytest

from guards.report.figures import headline
from guards.report.record import gather
from guards.results import ExitCode
from tests.report.conftest import Build, Gather
from tests.report.made import broken_verify, gate, missed, mutant, mutate, step, trace

ENTRY = mutant(id="owner-never-compared", tier="catalogue", expected=["isolation"])
CATALOGUE = mutate(ENTRY, tiers=["catalogue"])
SAFETY = mutate(mutant(), tiers=["safety", "generic"], whole_digest="fedcba9876543210")


def test_the_mutants_of_two_tiers_in_two_files_are_one_result(gathered: Gather) -> None:
    record = gathered(mutate=CATALOGUE, mutants=SAFETY)
    assert record.mutate is not None
    assert [one.id for one in record.mutate.mutants] == [ENTRY["id"], mutant()["id"]]
    assert (record.mutate.whole, record.mutate.tiers) == (2, ["catalogue", "safety", "generic"])
    assert headline(record).code is ExitCode.HELD


def test_what_one_of_them_missed_is_missed(gathered: Gather) -> None:
    line = headline(gathered(mutate=CATALOGUE, mutants=mutate(missed(), tiers=["safety"])))
    assert (line.code, line.sentence) == (ExitCode.BROKEN, "1 mutant not caught.")


def test_what_one_of_them_left_out_is_not_known(gathered: Gather) -> None:
    line = headline(gathered(mutate=CATALOGUE, mutants={**SAFETY, "since": "main"}))
    assert (line.code, line.gaps) == (
        ExitCode.VACUOUS,
        ("mutate: it was about nothing but the changes since main",),
    )


@pytest.mark.parametrize(
    ("changes", "doubt"),
    [
        ({"canaries": []}, "names no canary of each sort"),
        ({"canaries": ["lethal: rules.py:may_delete"]}, "names no canary of each sort"),
        ({"canaries": ["no-op: rules.py"]}, "names no canary of each sort"),
        ({"baseline": {"cases": [0], "tests": None}}, "no case that held"),
        ({"baseline": {"cases": [], "tests": None}}, "no case that held"),
    ],
    ids=["no-canary", "no-comment", "nothing-lethal", "no-case", "no-baseline"],
)
@pytest.mark.parametrize("is_first", [True, False], ids=["first", "second"])
def test_what_one_of_them_never_showed_is_not_taken_from_the_other(
    gathered: Gather, changes: dict[str, Any], doubt: str, is_first: bool
) -> None:
    parts = [CATALOGUE, {**SAFETY, **changes}]
    first, second = reversed(parts) if is_first else parts
    line = headline(gathered(mutate=first, mutants=second))
    assert line.code is ExitCode.UNKNOWN
    assert [said for said in line.doubts if doubt in said]


def test_one_that_had_no_mutant_to_judge_needs_no_canary(gathered: Gather) -> None:
    nothing = {**SAFETY, "mutants": [], "whole": 0, "canaries": [], "baseline": {"cases": [], "tests": None}}
    line = headline(gathered(mutate=mutate(ENTRY, mutant()), mutants={**nothing, "tiers": ["generic"]}))
    assert (line.code, line.doubts) == (ExitCode.HELD, ())


@pytest.mark.parametrize(
    ("said", "doubts"),
    [({}, ()), ({"lines": 0}, ("mutate has mutants, and no statement in the files that were mutated",))],
    ids=["unsaid", "none"],
)
def test_parts_that_do_not_speak_of_lines_do_not_say_that_there_is_none(
    gathered: Gather, said: dict[str, int], doubts: tuple[str, ...]
) -> None:
    line = headline(gathered(mutate={**CATALOGUE, **said}, mutants={**SAFETY, **said}))
    assert line.doubts == doubts


def lines(*unmutated: int, unentered: list[int], **changes: Any) -> dict[str, Any]:
    """What a part says of lines."""
    return {"lines": 3, "unmutated": {"rules.py": [*unmutated]}, "unentered": {"rules.py": unentered}, **changes}


@pytest.mark.parametrize(
    ("first", "second", "left"),
    [
        (lines(5, 6, unentered=[6, 7]), lines(6, 7, unentered=[7]), (3, [6], [7])),
        (lines(5, 6, unentered=[]), lines(7, unentered=[7]), (3, [], [])),
        (lines(5, 6, 7, unentered=[6]), lines(7, unentered=[6], since="main", lines=1), (1, [7], [6])),
        (
            lines(5, unentered=[6]),
            lines(5, unentered=[], baseline={"cases": [], "tests": None}, mutants=[], whole=0),
            (3, [5], [6]),
        ),
    ],
    ids=["of both", "of neither", "of what was changed", "of the one that ran"],
)
def test_what_one_of_them_put_to_the_test_was_put_to_the_test(
    gathered: Gather, first: dict[str, Any], second: dict[str, Any], left: tuple[int, list[int], list[int]]
) -> None:
    result = gathered(mutate={**CATALOGUE, **first}, mutants={**SAFETY, **second}).mutate
    assert result is not None
    assert result.lines == left[0]
    assert (result.unmutated.get("rules.py", []), result.unentered.get("rules.py", [])) == left[1:]


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (CATALOGUE, "several mutate results with the tier catalogue"),
        ({**SAFETY, "commit": "b" * 40}, "they differ in `commit`"),
        ({**SAFETY, "service": "others:Make"}, "they differ in `service`"),
        ({**SAFETY, "shard": [1, 2]}, "merge the shards first"),
    ],
    ids=["one-tier-twice", "another-commit", "another-service", "a-shard"],
)
def test_what_is_no_part_of_one_whole_is_unknown(gathered: Gather, other: dict[str, Any], why: str) -> None:
    record = gathered(mutate=CATALOGUE, mutants=other)
    assert record.mutate is None
    assert all(why in one.why for one in record.unusable)
    assert headline(record).code is ExitCode.UNKNOWN


@pytest.mark.parametrize(
    ("said", "code", "sentence"),
    [
        (gate(step()), ExitCode.HELD, "Everything that was asked held."),
        (gate(step(verdict="broken", code=1)), ExitCode.BROKEN, "The gate's tests failed."),
        (gate(step(), fallen=("coverage of core",)), ExitCode.BROKEN, "1 figure fallen."),
    ],
    ids=["green", "a-step-failed", "a-figure-fell"],
)
def test_what_the_gate_says_counts(gathered: Gather, said: dict[str, Any], code: ExitCode, sentence: str) -> None:
    line = headline(gathered(gate=said))
    assert (line.code, line.sentence) == (code, sentence)


def test_a_step_that_did_not_run_is_a_gap(gathered: Gather) -> None:
    line = headline(gathered(gate=gate(step(verdict="unknown", code=4, said=["the budget ended before"]))))
    assert (line.code, line.gaps) == (ExitCode.UNKNOWN, ("gate: the step tests is unknown: the budget ended before",))


def test_a_counterexample_that_the_run_holds_already_is_shown_and_counted_once(built: Build) -> None:
    saved = trace()
    report = built(verify=broken_verify(), **{"verify.isolation": saved, "again": {**saved, "seed": 8}, "copy": saved})
    assert report.headline.sentence == "1 property broken, 1 counterexample given."
    shown = [name for name in report.files if name.startswith("counterexamples/") and name.endswith(".json")]
    assert len(shown) == 2
    assert [found.said_in for found in report.headline.findings if found.rule == "counterexample"] == ["again.json"]


def test_one_counterexample_in_two_files_is_one(gathered: Gather) -> None:
    line = headline(gathered(first=trace(), second=trace()))
    assert line.sentence == "1 counterexample given."


def test_counterexamples_that_are_too_many_to_show_are_counted(built: Build) -> None:
    traces = {f"trace{seed}": trace(seed=seed) for seed in range(23)}
    report = built(**traces)
    assert "and 3 more counterexamples, which are not shown here" in report.files["index.html"].decode()


VERIFY, ONE_MUTANT = gate()["steps"][0], {"mutants": 1.0, "mutants caught": 100.0, "breaches": 0.0}
ANOTHER_RUN: dict[str, tuple[dict[str, Any], str]] = {
    "another-commit": ({**gate(), "commit": "b" * 40}, "gate was run on commit bbbb"),
    "no-commit": ({**gate(), "commit": None}, "gate was run on commit unknown"),
    "another-version": ({**gate(), "versions": {"guards": "0.2.0"}}, "gate was run with guards 0.2.0 and verify"),
    "another-seed": (
        gate({**VERIFY, "command": [*VERIFY["command"][:-3], "8", "--rounds", "1"]}),
        "the gate's verify is another run",
    ),
    "more-held": (
        gate({**VERIFY, "figures": {"properties held": 12.0}}),
        "gate counts 12 for properties held of its step verify, and the result given comes to 13",
    ),
    "more-mutants": (
        gate(step(name="mutants", figures={**ONE_MUTANT, "mutants": 2.0})),
        "and the result given comes to 1",
    ),
    "fewer-caught": (
        gate(step(name="catalogue", figures={**ONE_MUTANT, "mutants caught": 90.0})),
        "gate counts 90 for mutants caught of its step catalogue",
    ),
    "of-changes": ({**gate(), "since": "main"}, "gate was about the changes since main, and mutate about everything"),
    "another-coverage": (
        gate(step(name="coverage", figures={"coverage of rules.py": 80.0})),
        "gate counts 80 for coverage of rules.py of its step coverage, and the result given comes to 100",
    ),
}


@pytest.mark.parametrize(("said", "doubt"), ANOTHER_RUN.values(), ids=ANOTHER_RUN)
def test_a_green_gate_beside_results_of_another_run_contradicts_them(
    gathered: Gather, said: dict[str, Any], doubt: str
) -> None:
    line = headline(gathered(gate=said))
    assert line.code is ExitCode.UNKNOWN
    assert [one for one in line.doubts if doubt in one]


def test_a_green_gate_beside_a_broken_property_contradicts_it(gathered: Gather) -> None:
    broken = broken_verify()
    broken["properties"][1]["verdict"] = "broken"
    line = headline(gathered(verify=broken, gate=gate({**VERIFY, "figures": {"properties held": 11.0}})))
    assert line.code is ExitCode.BROKEN
    assert line.doubts == ("gate says that its verify held, and the result given is broken",)


@pytest.mark.parametrize(
    ("base", "since", "has_doubt"),
    [
        ("abcd", "abcd", False),
        ("abcd", "abcdef", False),
        ("abcdef", "ABCD", False),
        ("abcd", "main", False),
        ("abcdef", "abc", True),
        ("defa", "abcd", True),
        (None, "abcd", True),
        (None, "main", False),
    ],
)
def test_the_gate_names_a_commit_and_its_mutants_tell_which_one_that_was(
    gathered: Gather, base: str | None, since: str, has_doubt: bool
) -> None:
    line = headline(gathered(gate={**gate(), "since": "main", "base": base}, mutate=mutate(since=since)))
    assert any("mutate about the changes since" in doubt for doubt in line.doubts) is has_doubt


def test_a_gate_that_agrees_with_the_results_raises_no_doubt(gathered: Gather) -> None:
    covered = step(name="coverage", figures={"coverage of rules.py": 100.0})
    line = headline(gathered(gate=gate(step(), covered)))
    assert (line.code, line.doubts, line.gaps) == (ExitCode.HELD, (), ())


@pytest.mark.parametrize("name", ["verify", "catalogue", "mutants"])
def test_a_gate_without_one_of_the_steps_that_each_has_is_not_green(gathered: Gather, name: str) -> None:
    said = gate()
    said["steps"] = [one for one in said["steps"] if one["name"] != name]
    line = headline(gathered(gate=said))
    assert (line.code, line.gaps) == (ExitCode.VACUOUS, (f"gate: it has no step {name}",))


def test_a_result_of_the_gate_that_was_not_given_is_a_gap(gathered: Gather) -> None:
    record = gathered(mutate=SAFETY, gate=gate())
    line = headline(gather([one.path for one in record.inputs[:-2]], record.root, None, None))
    assert (line.code, line.gaps) == (ExitCode.VACUOUS, ("gate: the result of its step catalogue is not here",))
