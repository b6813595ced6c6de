"""The best figures so far: nothing falls behind them, and a worse one never takes their place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guards.gate.ratchet import Ratchet, RatchetError, figures_of, not_asked, read_ratchet
from guards.gate.settings import SettingsError, gate_settings
from guards.results import GateResult, StepResult, Verdict

FIGURES = st.dictionaries(st.sampled_from(["tests: a", "mutants: breaches", "verify: b"]), st.floats(0, 100))


def step(name: str = "verify", verdict: Verdict = Verdict.HELD, code: int = 0) -> StepResult:
    return StepResult(name=name, verdict=verdict, code=code, said=[], figures={"b": 1.0}, seconds=0.0, command=["x"])


def gate_result(*steps: StepResult, fallen: tuple[str, ...] = ()) -> GateResult:
    return GateResult(
        versions={},
        commit=None,
        since=None,
        budget=1.0,
        steps=list(steps),
        fallen=list(fallen),
        changed=[],
        seconds=0.0,
    )


@given(FIGURES, FIGURES)
def test_no_figure_falls_unnoticed_and_none_gets_worse(before: dict[str, float], now: dict[str, float]) -> None:
    ratchet = Ratchet(best=before)
    after = ratchet.with_better(now)
    assert not list(after.fallen({name: after.best[name] for name in now}))
    for name, best in before.items():
        better = after.best[name] <= best if name.endswith("breaches") else after.best[name] >= best
        assert better or abs(after.best[name] - best) < 1e-8


@pytest.mark.parametrize(
    ("name", "worse"), [("mutants: breaches", 3.0), ("verify: empty cells", 3.0), ("verify: properties held", 1.0)]
)
def test_a_figure_that_is_worse_is_told_with_both_numbers(name: str, worse: float) -> None:
    ratchet = Ratchet(best={name: 2.0})
    assert list(ratchet.fallen({name: worse})) == [f"{name} fell from 2 to {worse:g}"]
    assert not list(ratchet.fallen({name: 2.0}))


def test_the_file_comes_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "ratchet.json"
    assert read_ratchet(path) == Ratchet()
    path.write_text(Ratchet(best={"a": 1.5}).to_json())
    assert read_ratchet(path) == Ratchet(best={"a": 1.5})


OURS = '{"schema": "guards.ratchet/1", "best": '


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("", "Expecting value"),
        ("{", "Expecting property name"),
        ("[" * 100_000, "nested too deeply"),
        ("[]", "its schema is None"),
        ("\udcff", "utf-8"),
        ('{"best": {}}', "its schema is None"),
        ('{"schema": "guards.ratchet/2", "best": {}}', "guards.ratchet/2"),
        (OURS + '{"a": -1}}', "best.a: "),
        (OURS + '{"a": true}}', "best.a: "),
        (OURS + '{"a": NaN}}', "NaN"),
        (OURS + '{"a": 1e999}}', "best.a: "),
        (OURS + '{"a": 1}, "best": {}}', "stands twice"),
        (OURS + '{}, "worst": {}}', "worst: "),
    ],
)
def test_a_ratchet_that_nobody_can_have_written_is_an_error(tmp_path: Path, content: str, named: str) -> None:
    path = tmp_path / "ratchet.json"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(RatchetError, match=re.escape(named)):
        read_ratchet(path)


def test_a_folder_where_the_ratchet_should_be_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RatchetError, match="directory"):
        read_ratchet(tmp_path)


def test_a_figure_that_is_measured_no_more_is_told_unless_its_step_was_not_asked() -> None:
    ratchet = Ratchet(best={"coverage: coverage of a.py": 100.0, "mutants: breaches": 0.0, "verify: b": 1.0})
    now, later = [step(), step("mutants")], [step(), step("coverage", Verdict.UNKNOWN)]
    told = "coverage: coverage of a.py was 100 and is measured no more"
    assert [told in one for one in ratchet.gone({"verify: b": 1.0}, not_asked(now, is_full=False))] == [True]
    assert not list(ratchet.gone({"verify: b": 1.0}, not_asked(later, is_full=False)))
    assert len(list(ratchet.gone({}, not_asked(later, is_full=True)))) == 2


def test_what_was_not_run_and_mutants_of_some_lines_are_not_compared() -> None:
    steps = [step(), step("tests", Verdict.UNKNOWN), step("mutants")]
    assert figures_of(steps, is_full=False) == {"verify: b": 1.0}
    assert figures_of(steps, is_full=True) == {"verify: b": 1.0, "mutants: b": 1.0}


def test_code_that_is_simpler_has_fewer_mutants_and_has_not_fallen(tmp_path: Path) -> None:
    mutants = step("mutants").model_copy(update={"figures": {"mutants": 7.0, "mutants caught": 100.0}})
    assert figures_of([mutants], is_full=True) == {"mutants: mutants caught": 100.0}
    path = tmp_path / "ratchet.json"
    path.write_text(Ratchet(best={"mutants: mutants": 9.0, "mutants: mutants caught": 100.0}).to_json())
    kept = read_ratchet(path)
    assert not [*kept.gone(figures_of([mutants], is_full=True), ())], "one that an earlier release wrote down is missed"


@pytest.mark.parametrize(
    ("steps", "fallen", "code"),
    [
        ([step()], (), 0),
        ([step()], ("it fell",), 1),
        ([step(), step(code=3)], (), 3),
        ([step(code=3), step(code=4)], (), 4),
        ([step(code=4), step(code=1)], (), 1),
        ([], (), 3),
    ],
)
def test_the_gate_is_as_good_as_its_worst_step(steps: list[StepResult], fallen: tuple[str, ...], code: int) -> None:
    assert gate_result(*steps, fallen=fallen).exit_code() == code


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({}, "service"),
        ({"service": 1}, "service"),
        ({"service": "a:b", "thresholds": {"breaches": -1}}, "thresholds.breaches"),
        ({"service": "a:b", "thresholds": {"coverage": {"*": 101.0}}}, "thresholds.coverage"),
        ({"service": "a:b", "threshold": {}}, "threshold"),
        ("text", "it"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(said: object, named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        gate_settings(said)


def test_what_is_asked_less_of_than_before_is_told() -> None:
    before = Ratchet(best={"verify: b": 2.0, "mutants: breaches": 0.0, "coverage: c": 90.0})
    now = Ratchet(best={"verify: b": 1.0, "mutants: breaches": 3.0, "tests: new": 1.0})
    assert list(now.looser_than(before)) == [
        "verify: b had to be 2, and may be 1 now",
        "mutants: breaches had to be 0, and may be 3 now",
        "coverage: c had to be 90, and is in the ratchet no more",
    ]
    assert not list(before.looser_than(before))
    assert not list(before.looser_than(Ratchet()))


def test_a_counterexample_that_is_gone_is_missed() -> None:
    ratchet = Ratchet(best={"counterexample traces/a.json: replayed": 1.0, "verify: b": 1.0})
    said = list(ratchet.gone({"verify: b": 1.0}, not_asked([step()], is_full=False)))
    assert [one.partition(": ")[0] for one in said] == ["counterexample traces/a.json"]
