"""What holds for every mutant of every source: it is a program, another one, nothing else has moved, its name lasts."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guards.mutation.mutant import Mutant
from guards.mutation.operators import OPERATORS, Operator, Replacement, mutants_of
from guards.mutation.operators.code import Code
from tests.mutation.laws import FILES, faults, source_of, unfit

NARROW = ("guards/core/checks.py", "guards/core/plan.py", "guards/runtime/execute.py")
"""Tried each time; the slow tests try every file."""


@cache
def mutants_in(name: str) -> list[Mutant]:
    """The mutants of one of our files, which several laws speak of."""
    return mutants_of(source_of(name), name)


@pytest.mark.parametrize("name", NARROW)
def test_every_mutant_of_the_deciding_rooms_differs_from_all_others_and_moves_nothing(name: str) -> None:
    assert [*faults(source_of(name), mutants_in(name))] == []


@pytest.mark.parametrize("name", NARROW)
def test_a_fingerprint_outlives_a_line_above(name: str) -> None:
    before = mutants_in(name)
    after = mutants_of("# A line that has nothing to do with it.\n" + source_of(name), name)
    assert [mutant.id for mutant in after] == [mutant.id for mutant in before]
    assert [mutant.start[0] for mutant in after] == [mutant.start[0] + 1 for mutant in before]


@pytest.mark.parametrize("name", ["guards/core/plan.py", "guards/runtime/guard.py"])
def test_every_mutant_of_a_deciding_file_is_another_program(name: str) -> None:
    mutants = mutants_in(name)
    assert len(mutants) > 50
    assert [*unfit(source_of(name), mutants)] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_the_laws_hold_in_every_file(name: str) -> None:
    mutants = mutants_in(name)
    assert [*faults(source_of(name), mutants)] == []
    assert [*unfit(source_of(name), mutants)] == []
    again = mutants_of("# A line that has nothing to do with it.\n" + source_of(name), name)
    assert [mutant.id for mutant in again] == [mutant.id for mutant in mutants]


SNIPPETS = st.sampled_from([operator.before for operator in OPERATORS])
SPACED = st.sampled_from(["\n", "\n\n", "\n# é, a comment\n", "\nPAIR = (\n    'a',  # first\n    'b',\n)\n"])


@st.composite
def programs(draw: st.DrawFn) -> str:
    """The operators' own examples one after the other, some of them inside functions and classes."""
    parts: list[str] = []
    for number, snippet in enumerate(draw(st.lists(SNIPPETS, min_size=1, max_size=4))):
        depth = draw(st.integers(0, 2))
        heads = [f"class Rule{number}:", f"    def part_{number}(self):"] if depth == 2 else [f"def rule_{number}():"]
        body = snippet.replace("\n", "\n" + "    " * depth)
        parts.append("\n".join([*heads[: depth * 2], "    " * depth + body]) if depth else snippet)
        parts.append(draw(SPACED))
    return "".join(parts)


@settings(max_examples=50)
@given(programs())
def test_the_laws_hold_in_any_program(source: str) -> None:
    mutants = mutants_of(source, "rules.py")
    assert [*faults(source, mutants)] == []
    assert [*unfit(source, mutants)] == []
    assert mutants == mutants_of(source, "rules.py")


@settings(max_examples=50)
@given(programs(), st.sampled_from(["# é\n", "import unrelated\n", "\n\n"]))
def test_in_any_program_a_fingerprint_outlives_a_line_above(source: str, above: str) -> None:
    kept = [mutant.fingerprint for mutant in mutants_of(above + source, "rules.py")]
    assert kept == [mutant.fingerprint for mutant in mutants_of(source, "rules.py")]


def planted(*replacements: Replacement) -> Operator:
    """An operator that makes the same replacements in every source."""

    def sites(_code: Code) -> Iterator[Replacement]:
        yield from replacements

    return Operator("planted", "a fault of the lab's own (Nowhere, never)", "", "", sites)


@pytest.mark.parametrize(
    ("what", "replacement"),
    [
        ("no program", Replacement(0, 1, "(")),
        ("no program that compiles", Replacement(0, 5, "return x")),
        ("the same program", Replacement(0, 5, "x  =  y")),
        ("only a comment", Replacement(5, 5, "  # y")),
    ],
)
def test_a_replacement_that_makes_no_other_program_is_left_out(what: str, replacement: Replacement) -> None:
    assert mutants_of("x = y", "rules.py", (planted(replacement),)) == []


def test_of_two_replacements_that_make_one_program_the_first_is_kept() -> None:
    both = planted(Replacement(4, 5, "z"), Replacement(0, 5, "x  = z"))
    assert [mutant.start for mutant in mutants_of("x = y", "rules.py", (both,))] == [(1, 0)]


def test_identical_changes_of_identical_lines_have_names_of_their_own() -> None:
    mutants = mutants_of("a = all(x)\na = all(x)\n", "rules.py")
    fingerprints = [mutant.fingerprint for mutant in mutants if mutant.operator == "all-any"]
    assert len(set(fingerprints)) == 2


def test_a_law_would_notice_a_mutant_that_changes_something_else() -> None:
    [mutant] = mutants_of("a = all(x)\n", "rules.py")
    moved = Mutant(**{name: getattr(mutant, name) for name in Mutant.__slots__} | {"start": (1, 6), "original": "l"})
    assert len([*faults("a = all(x)\n", [moved])]) == 2
    longer = (("rules.py", "a = any(x)\n\n"),)
    moved = Mutant(**{name: getattr(mutant, name) for name in Mutant.__slots__} | {"sources": longer})
    assert len([*faults("a = all(x)\n", [moved])]) == 2
