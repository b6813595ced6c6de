"""That ruff, as configured here, refuses what this repository does without: each rule against a planted line."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.house.repository import ROOT


def ruff_codes(source: str, name: str) -> set[str]:
    """The rules that this source breaks where a file of this name would stand."""
    ruff = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--no-cache",
        "--output-format=concise",
        "--stdin-filename",
        name,
        "-",
    ]
    ran = subprocess.run(ruff, input=source, cwd=ROOT, capture_output=True, text=True, check=False)
    return {line.split()[1] for line in ran.stdout.splitlines() if line.startswith(name)}


@pytest.mark.parametrize(
    ("code", "source"),
    [
        ("S101", "assert x\n"),
        ("FIX002", "# TO" + "DO: later\n"),
        ("PGH003", "x = 1  # type: " + "ignore\n"),
        ("PGH004", "x = 1  # no" + "qa\n"),
        ("TID251", "from unittest.mock import Mock\n"),
        ("TID251", "import pytest\n\n\n@pytest.mark.skip\ndef f(): ...\n"),
        ("TID251", "import pytest\n\n\ndef f():\n    pytest.xfail('x')\n"),
    ],
)
def test_a_planted_line_breaks_the_rule_meant_for_it(code: str, source: str) -> None:
    assert code in ruff_codes(source, "guards/planted.py")


def test_a_clean_line_breaks_none() -> None:
    assert ruff_codes('"""A module."""\n\nx = 1\n', "guards/planted.py") == set()


def test_a_test_may_assert() -> None:
    assert ruff_codes("x = 1\nassert x\n", "tests/planted.py") == set()
