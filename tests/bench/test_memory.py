"""What a million resources weigh in the memory adapter, in a process of their own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.bench

ROOT = Path(__file__).resolve().parents[2]


def test_a_million_resources_weigh_less_than_350_bytes_each(tell: Callable[[str, float, str], None]) -> None:
    command = [sys.executable, "-m", "tests.bench.weigh", "1000000"]
    child = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    measured = float(child.stdout)
    tell("memory adapter with 1,000,000 resources: bytes per resource", measured, "at most 350")
    assert measured <= 350
