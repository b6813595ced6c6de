"""What importing a room brings along, seen from a fresh interpreter, and the examples in its docstrings."""

from __future__ import annotations

import doctest
import importlib
import subprocess
import sys

import pytest

from tests.house.repository import ROOT, modules

TEST_TOOLS = {"coverage", "hypothesis", "pytest", "rich", "typer"}


def brought_by(*names: str) -> set[str]:
    """The top-level modules that importing these adds to an interpreter that has loaded nothing else."""
    return loaded(*names) - loaded("sys")


def loaded(*names: str) -> set[str]:
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import {', '.join(names)}; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return {name.partition(".")[0] for name in ran.stdout.split()}


def test_production_loads_no_test_tools() -> None:
    assert brought_by("guards.wire", "guards.runtime.guard", "guards.adapters.memory") & TEST_TOOLS == set()


def test_the_kit_runs_where_pytest_is_missing() -> None:
    assert brought_by("guards.testing") & TEST_TOOLS == {"hypothesis"}


def test_the_commands_load_the_kit_only_when_one_is_run() -> None:
    assert brought_by("guards.cli") & {"coverage", "hypothesis", "pytest"} == set()


def test_the_commands_load_no_templates() -> None:
    assert brought_by("guards.cli", "guards.cli.app") & {"jinja2"} == set()


def test_deciding_and_acting_need_the_standard_library_alone() -> None:
    brought = brought_by("guards.core.decision", "guards.core.audit", "guards.runtime.guard", "guards.runtime.execute")
    assert brought - sys.stdlib_module_names == {"guards"}


def test_a_test_tool_would_be_seen() -> None:
    assert "hypothesis" in brought_by("guards", "hypothesis")


# A `__main__` runs when it is imported, and holds no examples.
IMPORTABLE = [".".join(path.with_suffix("").parts) for path in modules("guards") if path.stem != "__main__"]


@pytest.mark.parametrize("module", IMPORTABLE)
def test_the_examples_in_docstrings_are_true(module: str) -> None:
    assert doctest.testmod(importlib.import_module(module.removesuffix(".__init__"))).failed == 0
