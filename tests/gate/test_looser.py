"""Settings of the gate that ask for less than they did: each is told, and nothing else is."""

from __future__ import annotations

from typing import Any

import pytest

from guards.gate.looser import asks_less, less_listed
from guards.gate.settings import gate_settings

THEN: dict[str, Any] = {
    "service": "volumes:Volumes",
    "counterexamples": ["traces"],
    "tests": ["tests/core", "tests/laws/test_all.py::test_one"],
    "mutants": ["safety", "generic"],
    "thresholds": {"coverage": {"core/*": 90, "wire.py": 100}, "vacuous": 1, "unsupported": 0},
}


def thresholds(**changes: Any) -> dict[str, Any]:
    return {"thresholds": {**THEN["thresholds"], **changes}}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, []),
        ({"tests": ["tests"], "mutants": ["generic", "safety"], "counterexamples": ["."]}, []),
        ({"tests": ["./tests/core/", "tests/laws/test_all.py"]}, []),
        (thresholds(coverage={"core/*": 100, "wire.py": 100, "new.py": 1}, vacuous=0), []),
        ({"mutants": ["generic"]}, ["mutants had safety, and has it no more"]),
        ({"counterexamples": []}, ["counterexamples had traces, and has it no more"]),
        ({"tests": ["tests/core/test_plan.py", "tests/laws"]}, ["tests had tests/core, and has it no more"]),
        (
            {"tests": ["tests/core", "tests/laws/test_all.py::test_two"]},
            ["tests had tests/laws/test_all.py::test_one, and has it no more"],
        ),
        ({"tests": [*THEN["tests"], "-k", "not slow"]}, ["tests has the option -k, and had it not"]),
        (
            thresholds(coverage={"core/*": 80}),
            [
                "thresholds.coverage of core/* had to be 90, and may be 80 now",
                "thresholds.coverage of wire.py had to be 100, and may be anything now",
            ],
        ),
        (thresholds(mutants_caught=99.5), ["thresholds.mutants_caught had to be 100, and may be 99.5 now"]),
        (thresholds(breaches=2), ["thresholds.breaches had to be 0, and may be 2 now"]),
        (thresholds(unsupported=None), ["thresholds.unsupported had to be 0, and may be anything now"]),
        (thresholds(empty_cells=3), []),
    ],
)
def test_what_is_asked_for_no_more_is_told_and_nothing_else(changes: dict[str, Any], said: list[str]) -> None:
    now, then = gate_settings({**THEN, **changes}), gate_settings(THEN)
    assert list(asks_less(now, then)) == [f"[tool.guards.gate] {sentence}" for sentence in said]


def test_a_folder_stands_for_all_that_is_in_it() -> None:
    assert list(less_listed("paths", now=["guards"], then=["guards/core", "guards/wire.py"])) == []
    assert list(less_listed("paths", now=["guards/core"], then=["guards"])) == ["paths had guards, and has it no more"]
