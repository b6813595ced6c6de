"""What import contracts cannot see: names that act without an import, and who may make a grant.

Each rule is a function from a syntax tree to its offences, and is tried on planted sources as well as on the real ones.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.house.repository import calls, modules, tree

# All that the core may import from outside `guards`: none of it can act, wait, or differ between two runs.
PURE_IMPORTS = {"__future__", "collections.abc", "dataclasses", "enum", "hashlib", "re", "typing", "unicodedata"}

# Built in, hence invisible to an import contract.
ACTING_BUILTINS = {"__import__", "breakpoint", "compile", "eval", "exec", "input", "open", "print"}

# Who may see an id as text inside the guard: to sort, digest or print; and the second barrier, which compares alone.
# Whoever else did so would sooner or later take a project for an organization. Beyond the guard, ids arrive as text.
READERS_OF_TEXT = {
    "guards/core/audit.py",
    "guards/core/plan.py",
    "guards/core/refusals.py",
    "guards/runtime/execute.py",
}

# Methods that read a clock or chance, whatever they were imported as.
ACTING_METHODS = {"now", "utcnow", "today", "time", "monotonic", "random", "urandom", "uuid4"}


def impure_imports(module: ast.Module) -> list[str]:
    """Modules from outside `guards` that are not on the list."""
    found = [name.name for node in ast.walk(module) if isinstance(node, ast.Import) for name in node.names]
    found += [node.module or "" for node in ast.walk(module) if isinstance(node, ast.ImportFrom) and not node.level]
    return [name for name in found if name not in PURE_IMPORTS and name.partition(".")[0] != "guards"]


def acting_names(module: ast.Module) -> list[str]:
    """Built-in functions that act, called or handed on, and calls that read a clock or chance."""
    names = [node.id for node in ast.walk(module) if isinstance(node, ast.Name) and node.id in ACTING_BUILTINS]
    methods = [call.func.attr for call in calls(module) if isinstance(call.func, ast.Attribute)]
    return names + [method for method in methods if method in ACTING_METHODS]


def grants_made(module: ast.Module) -> list[str]:
    """Calls of `Grant`, or of anything with `Grant` as its first argument, such as `object.__new__`."""
    made = [call for call in calls(module) if _is_grant(call.func) or (call.args and _builds_from_grant(call))]
    return [ast.unparse(call) for call in made]


def reads_ids_as_text(module: ast.Module) -> bool:
    """Whether it can call `guards.core.ids.text`, by that name or through the module."""
    imported = [
        node for node in ast.walk(module) if isinstance(node, ast.ImportFrom) and node.module == "guards.core.ids"
    ]
    through_module = [node for node in ast.walk(module) if isinstance(node, ast.Attribute) and node.attr == "text"]
    return any(name.name in {"text", "*"} for node in imported for name in node.names) or any(
        ast.unparse(node) in {"ids.text", "guards.core.ids.text"} for node in through_module
    )


def _is_grant(node: ast.expr) -> bool:
    return (isinstance(node, ast.Name) and node.id == "Grant") or (
        isinstance(node, ast.Attribute) and node.attr == "Grant"
    )


def _builds_from_grant(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr == "__new__" and _is_grant(call.args[0])


@pytest.mark.parametrize("module", modules("guards/core"), ids=str)
def test_the_core_neither_acts_nor_waits_nor_rolls_dice(module: Path) -> None:
    assert impure_imports(tree(module)) == []
    assert acting_names(tree(module)) == []


def test_only_the_decision_makes_a_grant() -> None:
    makers = [module.as_posix() for module in modules("guards") if grants_made(tree(module))]
    assert makers == ["guards/core/decision.py"]


def test_inside_the_guard_only_these_read_an_id_as_text() -> None:
    inside = modules("guards/core") + modules("guards/runtime")
    assert {module.as_posix() for module in inside if reads_ids_as_text(tree(module))} == READERS_OF_TEXT


@pytest.mark.parametrize("module", modules("guards") + modules("tests"), ids=str)
def test_every_module_opens_by_saying_what_lives_there(module: Path) -> None:
    assert (ast.get_docstring(tree(module)) or "").strip()


@pytest.mark.parametrize(
    "source",
    [
        "import os",
        "import datetime as values",
        "from random import choice",
        "def f():\n    import time",
        "import typing, io",
    ],
)
def test_a_planted_import_is_seen(source: str) -> None:
    assert len(impure_imports(ast.parse(source))) == 1


@pytest.mark.parametrize(
    "source",
    [
        "print(1)",
        "read = open",
        "eval('1')",
        "x = clock.now()",
        "datetime.datetime.utcnow()",
        "f(default=input)",
        "r.random()",
    ],
)
def test_a_planted_act_is_seen(source: str) -> None:
    assert len(acting_names(ast.parse(source))) == 1


@pytest.mark.parametrize("source", ["Grant(plan)", "decision.Grant(plan=plan)", "object.__new__(Grant)"])
def test_a_planted_grant_is_seen(source: str) -> None:
    assert grants_made(ast.parse(source)) == [source]


@pytest.mark.parametrize(
    "source", ["def f(grant: Grant) -> None: ...", "type(x) is Grant", "isinstance(x, Grant)", "grant.plan()"]
)
def test_speaking_of_a_grant_is_not_making_one(source: str) -> None:
    assert grants_made(ast.parse(source)) == []


@pytest.mark.parametrize(
    "source", ["from guards.core.ids import text", "from .ids import text", "import re", "field(open=False)"]
)
def test_what_the_core_needs_is_not_mistaken_for_an_act(source: str) -> None:
    assert impure_imports(ast.parse(source)) == []
    assert acting_names(ast.parse(source)) == []


@pytest.mark.parametrize(
    "source",
    [
        "from guards.core.ids import Kind, text",
        "from guards.core.ids import text as t",
        "ids.text(a)",
        "guards.core.ids.text",
    ],
)
def test_a_planted_reading_of_an_id_is_seen(source: str) -> None:
    assert reads_ids_as_text(ast.parse(source))


@pytest.mark.parametrize("source", ["from guards.core.ids import Kind", "answer.text", "from somewhere import text"])
def test_other_texts_are_not_mistaken_for_an_id(source: str) -> None:
    assert not reads_ids_as_text(ast.parse(source))
