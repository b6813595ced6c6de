"""What was found on broken copies of the reference platform must not show on ours; `guards gate` asks the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from guards.reference import make_service
from guards.testing.check import check_trace
from tests.house.repository import ROOT

TRACES = sorted((ROOT / "tests" / "counterexamples").glob("*.json"))


@pytest.mark.parametrize("trace", TRACES, ids=lambda trace: trace.stem)
def test_a_counterexample_to_a_broken_copy_is_none_to_ours(trace: Path) -> None:
    check_trace(make_service, trace.read_bytes())


def test_there_are_counterexamples() -> None:
    assert {trace.stem for trace in TRACES} >= {"projects-bypass"}
