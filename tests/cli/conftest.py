"""Runs a command line in this process, and hands back what a shell would see of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from guards.cli import main


@dataclass(frozen=True)
class Ran:
    """The exit code, and what was printed where."""

    code: int
    out: str
    err: str


Guards = Callable[..., Ran]


@pytest.fixture
def guards(capsys: pytest.CaptureFixture[str]) -> Guards:
    """`guards("verify", "--rounds", "1")` is what the shell runs."""

    def run(*arguments: str) -> Ran:
        capsys.readouterr()
        code = main(arguments)
        printed = capsys.readouterr()
        return Ran(code, printed.out, printed.err)

    return run
