"""`--help` of every command: quick, narrow, and with examples that the command itself would understand."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys

import pytest

from guards.cli.app import app
from guards.cli.arguments import number_from, seconds_from
from tests.cli.conftest import Guards
from tests.house.repository import ROOT

COMMANDS = ["verify", "drill", "rehearse", "replay", "mutate", "report", "gate"]


def test_these_are_all_the_commands() -> None:
    assert [command.callback.__name__ for command in app.registered_commands if command.callback] == COMMANDS


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)], ids=str)
def test_help_is_plain_narrow_and_exits_0(guards: Guards, command: list[str]) -> None:
    for option in ("--help", "-h"):
        ran = guards(*command, option)
        assert ran.code == 0
        assert ran.err == ""
        assert ran.out.isascii()
        assert ran.out.replace("\n", "").isprintable()
        assert max(map(len, ran.out.splitlines())) <= 80
        assert "{" not in ran.out.splitlines()[0]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_examples_are_commands_that_parse(guards: Guards, command: str) -> None:
    shown = guards(command, "--help").out.replace("\\\n", " ")
    examples = [shlex.split(line) for line in re.findall(rf"^ +guards ({command}.*)$", shown, flags=re.MULTILINE)]
    assert len(examples) >= 2
    for example in examples:
        typed = example[: next((n for n, word in enumerate(example) if word in "<>"), len(example))]
        assert guards(*typed, "--help").code == 0  # asked for last, so everything before it was understood


def test_no_command_is_a_misuse_that_shows_the_help(guards: Guards) -> None:
    ran = guards()
    assert ran.code == 2
    assert "Usage: guards" in ran.out


def test_the_version_is_told(guards: Guards) -> None:
    assert re.fullmatch(r"guards \S+.*\n", guards("--version").out)


def test_help_loads_neither_the_kit_nor_the_platform() -> None:
    program = "import sys; from guards.cli import main; main(['--help']); print(*sys.modules, file=sys.stderr)"
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(ran.stderr.split())
    assert "guards.cli.app" in loaded
    assert {"hypothesis", "guards.testing", "guards.reference", "guards.wire", "rich.progress"} & loaded == set()


@pytest.mark.parametrize(("budget", "seconds"), [("500ms", 0.5), ("30s", 30.0), ("2m", 120.0), ("1.5s", 1.5)])
def test_a_budget_is_a_number_with_its_unit(budget: str, seconds: float) -> None:
    assert seconds_from("--budget", budget) == seconds


def test_a_number_that_was_not_given_is_none() -> None:
    assert number_from("--seed", None, at_least=0) is None
    assert number_from("--seed", "0", at_least=0) == 0
