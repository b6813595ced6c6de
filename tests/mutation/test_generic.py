"""Generic mutants: they are the programs that mutmut makes, no more and no fewer, told as exactly as all others."""

from __future__ import annotations

import ast
import hashlib
import sys
import tomllib
import warnings
from pathlib import Path

import libcst
import pytest
from hypothesis import given, settings
from libcst.metadata import MetadataWrapper
from mutmut.mutation.file_mutation import MutationVisitor
from mutmut.mutation.mutators import mutation_operators
from mutmut.mutation.pragma_handling import IgnoredCode

from guards.mutation.gather import GatherError, gather
from guards.mutation.generic import MUTMUT, NoMutmut, difference, generic_replacements, require_mutmut
from guards.mutation.mutant import Mutant
from guards.mutation.operators import Planting, replacements
from guards.mutation.operators.code import Code, tokens_of
from tests.mutation.laws import DECIDING, FILES, ROOT, faults, source_of, unfit
from tests.mutation.test_operator_laws import programs


def made(source: str, name: str = "rules.py") -> list[Mutant]:
    """The generic mutants alone."""
    return Planting(source, name).mutants("generic", generic_replacements)


def told(source: str) -> list[tuple[str, str, str]]:
    return [(mutant.operator, mutant.original, mutant.replacement) for mutant in made(source)]


def tree_of(source: str) -> str:
    """Stands for the syntax tree, of which a file has hundreds and each is long."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return hashlib.sha256(ast.dump(ast.parse(source)).encode()).hexdigest()


def trees_by_mutmut(source: str) -> set[str]:
    """The programs as mutmut's own engine has them, each made by changing the tree of a whole function or class."""
    visitor = MutationVisitor(mutation_operators, IgnoredCode(set(), set(), set()))
    module = MetadataWrapper(libcst.parse_module(source))
    module.visit(visitor)
    trees = set()
    before = "".join(module.module.code_for_node(line) for line in module.module.header)
    for statement in module.module.body:
        text = module.module.code_for_node(statement)
        inside = {statement, *getattr(getattr(statement, "body", None), "body", ())}
        for change in visitor.mutations:
            function = change.contained_by_top_level_function
            if isinstance(function, libcst.FunctionDef) and function in inside:
                changed = statement.deep_replace(change.original_node, change.mutated_node)
                assert isinstance(changed, libcst.CSTNode)
                trees.add(tree_of(before + module.module.code_for_node(changed) + source[len(before + text) :]))
        before += text
    return trees - {tree_of(source)}


SMALL = ["guards/core/digest.py", "guards/core/selector.py"]
NARROW = {"guards/core/decision.py", "guards/core/plan.py", "guards/runtime/snapshot.py"}
"""What is tried each time of a law that is slow to try everywhere."""


@pytest.mark.parametrize("name", SMALL)
def test_the_programs_are_those_of_mutmut(name: str) -> None:
    mutants = made(source_of(name), name)
    trees = [tree_of(mutant.sources[0][1]) for mutant in mutants]
    assert len(trees) == len(set(trees)) > 0
    assert set(trees) == trees_by_mutmut(source_of(name))


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_the_programs_of_every_file_are_those_of_mutmut(name: str) -> None:
    trees = [tree_of(mutant.sources[0][1]) for mutant in made(source_of(name), name)]
    assert len(trees) == len(set(trees))
    assert set(trees) == trees_by_mutmut(source_of(name))


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in NARROW else pytest.mark.slow) for name in DECIDING]
)
def test_every_mutant_of_both_tiers_differs_from_all_others_and_moves_nothing(name: str) -> None:
    source = source_of(name)
    found = list(generic_replacements(Code(source)))
    planting = Planting(source, name)
    safety = planting.mutants("safety", replacements)
    generic = planting.mutants("generic", lambda _code: found)
    alone = Planting(source, name).mutants("generic", lambda _code: found)
    assert [*faults(source, alone)] == []
    assert len({mutant.sources[0][1] for mutant in (*safety, *generic)}) == len(safety) + len(generic)
    assert len(alone) == len(generic) + planting.repeated


def test_no_program_is_made_by_both_tiers() -> None:
    source = source_of("guards/core/decision.py")
    planting = Planting(source, "guards/core/decision.py")
    both = planting.mutants("safety", replacements) + planting.mutants("generic", generic_replacements)
    assert planting.repeated > 0
    assert len({tree_of(mutant.sources[0][1]) for mutant in both}) == len(both)
    assert [*unfit(source, both)] == []


@settings(max_examples=25)
@given(programs())
def test_the_laws_hold_in_any_program(source: str) -> None:
    mutants = made(source)
    assert [*faults(source, mutants)] == []
    assert [*unfit(source, mutants)] == []
    assert {tree_of(mutant.sources[0][1]) for mutant in mutants} == trees_by_mutmut(source)


@pytest.mark.parametrize("name", ["guards/core/decision.py"])
def test_a_name_outlives_a_line_above_and_the_absence_of_another_tier(name: str) -> None:
    planting = Planting(source_of(name), name)
    planting.mutants("safety", replacements)
    beside = {mutant.id for mutant in planting.mutants("generic", generic_replacements)}
    alone = [mutant.id for mutant in made(source_of(name), name)]
    assert beside < set(alone)
    assert [mutant.id for mutant in made("# A line above.\n" + source_of(name), name)] == alone


def test_a_program_that_both_tiers_make_is_counted_once_as_safety() -> None:
    planting = Planting("def few(n):\n    return -n < 10\n", "rules.py")
    safety = {mutant.operator for mutant in planting.mutants("safety", replacements)}
    generic = planting.mutants("generic", generic_replacements)
    assert safety >= {"boundary-moved", "shift-constant"}
    assert [(mutant.operator, mutant.replacement) for mutant in generic] == [("swap-op", "+")]
    assert planting.repeated == 2


@pytest.mark.parametrize(
    ("source", "operator", "original", "replacement"),
    [
        ("def f(a, b):\n    return a in b\n", "keywords", "in", "not in"),
        ("def f(a, b):\n    return a is b\n", "keywords", "is", "is not"),
        ("def f(a, b):\n    return a not in b\n", "keywords", "not ", ""),
        ("def f(a):\n    return not a\n", "remove-unary-ops", "not ", ""),
        ("def f(a, b):\n    return g(a, b)\n", "arg-removal", "a, ", ""),
        ("def f(a, b):\n    return g(\n        a,  # why\n        b,\n    )\n", "arg-removal", "b,", ""),
        ("def f(a):\n    a.b = g(a)\n", "assignment", "g(a)", "None"),
        ("def f(a):\n    a += 1\n", "augmented-assignment", "+=", "="),
        ("def f(a):\n    b = None if a else g()\n    if b:\n        return b\n", "assignment", "if a else g()", ""),
        ("def f(a):\n    return 'b'\n", "string", "'b'", "'XXbXX'"),
        ("class C:\n    def f(self, a):\n        return a and self\n", "swap-op", "and", "or"),
        (
            "def f(a):\n    match a:\n        case 1:\n            return a\n        case 2:\n            return f\n",
            "match",
            "case 1:\n            return a",
            "",
        ),
    ],
)
def test_a_mutant_is_shown_from_token_to_token(source: str, operator: str, original: str, replacement: str) -> None:
    assert (operator, original, replacement) in told(source)


def test_a_token_that_is_taken_apart_is_shown_whole() -> None:
    assert difference("f(b, bb)", tokens_of("f(b, bb)"), "f(bb)").text == ""
    assert difference("ab < c", tokens_of("ab < c"), "ab <= c").text == "<="


def test_nothing_is_made_of_what_mutmut_could_not_run() -> None:
    assert told("LIMIT = 10\n\n\nclass C:\n    size = 3\n\n    @property\n    def f(self):\n        return 1\n") == []


def test_no_comment_and_no_setting_hides_a_mutant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.mutmut]\ndo_not_mutate_patterns = ["return"]\n')
    monkeypatch.chdir(tmp_path)
    assert told("def f(a):\n    return not a  # pragma: no mutate\n") == [("remove-unary-ops", "not ", "")]
    assert [path.name for path in tmp_path.iterdir()] == ["pyproject.toml"]


def test_the_release_that_is_asked_is_the_one_that_is_pinned() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert f"mutmut=={MUTMUT}" in extras["mutation"]


def test_without_mutmut_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    require_mutmut()
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(NoMutmut, match=r"it is not installed.*pip install mutmut==3\.8\.1"):
        require_mutmut()


def test_another_release_of_mutmut_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mutmut-3.8.0.dist-info").mkdir()
    (tmp_path / "mutmut-3.8.0.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: mutmut\nVersion: 3.8.0\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "rules.py").write_text("def f(a):\n    return not a\n")
    with pytest.raises(GatherError, match=r"mutmut 3\.8\.0 is installed; nothing was run.*mutmut==3\.8\.1"):
        gather(tmp_path, ["rules.py"], ["generic"], tmp_path, all_entries=True)
    assert gather(tmp_path, ["rules.py"], ["safety"], tmp_path, all_entries=True).ids()
