"""What a million resources weigh in the memory adapter, in a process of their own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.bench

ROOT = Path(__file__).resolve().parents[2]


def weighed(resources: int) -> float:
    command = [sys.executable, "-m", "tests.bench.weigh", str(resources)]
    child = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return float(child.stdout)


def test_a_million_resources_weigh_less_than_350_bytes_each(tell: Callable[[str, float, str], None]) -> None:
    measured = weighed(1_000_000)
    tell("memory adapter with 1,000,000 resources: bytes per resource", measured, "at most 350")
    assert measured <= 350


def test_what_they_weigh_does_not_depend_on_what_ran_before() -> None:
    alone = weighed(20_000)
    assert alone > 100  # a resource and its id take more than this
    heavy = b"x" * 300_000_000  # the benchmarks before this one leave as much behind, and a child inherits the peak
    assert weighed(20_000) == pytest.approx(alone, rel=0.05)
    del heavy
