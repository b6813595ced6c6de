"""Which lines a change touches, who takes which way past them, and how few cases show all of it."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guards.mutation.reach import (
    EVERYTHING,
    NOTE,
    SEEN,
    Reached,
    Recorder,
    idle_at,
    instrumented,
    keys_of,
    masks_of,
    stretches,
    touched,
)

SOURCE = '''LIMIT = 1


def outer(a=LIMIT):
    """Says so."""

    def inner():
        return a

    return inner()


@property
def decorated():
    return 2


class Thing:
    size = 3

    def method(self):
        return self.size


def choose(some, limit):
    few = some[:limit]  # after this
    if not few: return None
    for one in few:
        if one > 3 and one != limit:
            few = []
        else:
            one += 1
    # at last
    try:
        return few[0]
    except IndexError:
        return limit


@memo
def remembered():
    return 4
'''
BEFORE_THE_FOR = {"a.py:25:28"}


@pytest.mark.parametrize(
    ("before", "after", "keys"),
    [
        ("LIMIT = 1", "LIMIT = 2", {EVERYTHING}),
        ("a=LIMIT", "a=2", {EVERYTHING}),
        ("@property", "@cached", {EVERYTHING}),
        ("size = 3", "size = 4", {EVERYTHING}),
        ("return 4", "return 5", {EVERYTHING}),
        ("        return a\n", "        return None\n", {"a.py:7:8", "a.py:4:5"}),
        ("return inner()", "return None", {"a.py:4:5"}),
        ("return 2", "return 3", {"a.py:14:15"}),
        ("return self.size", "return 0", {"a.py:21:22"}),
        ("    return inner()\n", "    inner()\n    return inner()\n", {"a.py:4:5"}),
        ("some[:limit]", "some", {"a.py:25:26"}),
        ("not few", "few", {"a.py:25:26", "a.py:25:27"}),
        ("in few", "in some", BEFORE_THE_FOR),
        ("one > 3", "one > 4", {"a.py:25:29"}),
        ("few = []", "few = None", {"a.py:25:30"}),
        ("        else:", "        elif one:", {"a.py:25:29"}),
        ("one += 1", "one -= 1", {"a.py:25:32"}),
        ("few[0]", "few[1]", {"a.py:25:35"}),
        ("except IndexError", "except KeyError", {"a.py:25:34"}),
        ("return limit", "return None", {"a.py:25:37"}),
        ("    # at last\n", "    few.sort()\n", {EVERYTHING}),
    ],
)
def test_a_change_touches_what_runs_past_its_lines(before: str, after: str, keys: set[str]) -> None:
    assert SOURCE.count(before) == 1
    assert touched("a.py", SOURCE, SOURCE.replace(before, after)) == keys


def test_two_changes_touch_the_lines_of_both_and_nothing_between_them() -> None:
    changed = SOURCE.replace("return 2", "return 3").replace("few[0]", "few[1]")
    assert touched("a.py", SOURCE, changed) == {"a.py:14:15", "a.py:25:35"}


def test_one_change_on_import_is_as_good_as_all() -> None:
    changed = SOURCE.replace("LIMIT = 1", "LIMIT = 0").replace("few[0]", "few[1]")
    assert EVERYTHING in touched("a.py", SOURCE, changed)


def test_every_statement_of_a_function_is_in_a_stretch() -> None:
    tree = ast.parse(SOURCE)
    held = frozenset[int]().union(*(one.lines for one in stretches("a.py", SOURCE, tree)))
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            for node in ast.walk(ast.Module(function.body, [])):
                assert not isinstance(node, ast.stmt) or node.lineno in held


def listened(source: str) -> tuple[dict[str, object], Recorder]:
    recorder = Recorder()
    scope: dict[str, object] = {"memo": lambda function: function}
    exec(compile(instrumented("a.py", source), "a.py", "exec"), scope)
    return scope, recorder


def test_an_instrumented_source_does_the_same_and_is_heard() -> None:
    scope, recorder = listened(SOURCE)
    assert recorder.take() == set()
    assert scope["outer"]() == 1  # type: ignore[operator]  # it came out of exec
    assert recorder.take() == {frozenset({"a.py:4:5"}), frozenset({"a.py:7:8"})}
    assert recorder.take() == set()
    assert scope["outer"].__doc__ == "Says so."


def test_two_ways_through_a_function_are_told_apart_by_lines_and_by_conditions() -> None:
    scope, recorder = listened(SOURCE)
    ways = []
    for some, limit in (([], 3), ([1], 3), ([4], 1), ([4], 4), ([1], 3)):
        scope["choose"](some, limit)  # type: ignore[operator]  # it came out of exec
        (way,) = recorder.take()
        ways.append(way)
    assert len(set(ways)) == 4
    assert ways[1] == ways[4]
    assert "a.py:25:27" in ways[0]
    assert keys_of(ways[2:3]) != keys_of(ways[3:4])
    assert "a.py:25:29:23=1" in ways[2]  # of `one != limit`


def test_the_busiest_stretch_of_each_function_comes_before_the_second_of_any() -> None:
    first, second, other = "a.py:1:2", "a.py:1:5", "b.py:2:3"
    ways = [[frozenset({first, second})], [frozenset({first, second})], [frozenset({first})], [frozenset({other})]]
    assert Reached(masks_of(ways), (), len(ways)).busiest() == (first, other, second)


def test_a_canary_falls_silent_in_its_stretch_alone() -> None:
    scope: dict[str, object] = {"memo": lambda function: function}
    exec(idle_at("a.py:25:37", "a.py", SOURCE), scope)
    assert scope["choose"]([1], 3) == 1  # type: ignore[operator]  # it came out of exec
    assert scope["choose"]([4], 1) is None  # type: ignore[operator]


@pytest.fixture(autouse=True)
def _silence() -> None:
    for name in (NOTE, SEEN):
        if hasattr(builtins, name):
            delattr(builtins, name)


KEYS = st.sampled_from(["a.py:1:2", "a.py:1:5", "b.py:2:3"])
WAYS = st.frozensets(st.frozensets(KEYS, min_size=1), max_size=3)
TRAITS = st.sets(st.sampled_from(["foreign", "empty", "twice"]), min_size=1)


@given(st.lists(WAYS, max_size=40), st.sets(KEYS, max_size=1), st.frozensets(KEYS))
def test_whoever_passes_a_touched_line_is_run(
    pieces: list[frozenset[frozenset[str]]], on_import: set[str], keys: frozenset[str]
) -> None:
    reached = Reached(masks_of(pieces), on_import, len(pieces))
    everyone = bool(keys & on_import)
    passing = tuple(n for n, ways in enumerate(pieces) if everyone or keys.intersection(*[frozenset().union(*ways)]))
    assert reached.by(keys) == passing
    assert reached.by([EVERYTHING]) == tuple(range(len(pieces)))
    assert sorted(reached.in_turn(keys, ["a.py"])) == list(passing)


@given(st.lists(st.tuples(WAYS, TRAITS), max_size=40), st.frozensets(KEYS, min_size=1))
def test_few_cases_show_each_trait_on_each_way_past_the_change(
    pieces: list[tuple[frozenset[frozenset[str]], set[str]]], keys: frozenset[str]
) -> None:
    traits = [traits for _, traits in pieces]
    reached = Reached(masks_of(ways for ways, _ in pieces), (), len(pieces), traits)
    few = reached.distilled(keys)
    assert set(few) <= set(reached.by(keys))

    def shown(numbers: tuple[int, ...]) -> set[tuple[frozenset[str], str]]:
        return {
            (way, trait) for n in numbers for way in pieces[n][0] if not way.isdisjoint(keys) for trait in traits[n]
        }

    assert shown(few) == shown(reached.by(keys))
    assert len(few) <= len(shown(few))


@given(st.lists(st.tuples(WAYS, TRAITS), max_size=40))
def test_where_everything_is_touched_few_cases_show_each_way_and_each_trait(
    pieces: list[tuple[frozenset[frozenset[str]], set[str]]],
) -> None:
    reached = Reached(masks_of(ways for ways, _ in pieces), (), len(pieces), [traits for _, traits in pieces])
    few = reached.distilled([EVERYTHING])
    for n in (0, 1):
        assert set[object]().union(*(piece[n] for piece in pieces)) == set[object]().union(*(pieces[m][n] for m in few))


@given(st.lists(st.tuples(WAYS, TRAITS, st.integers(1, 9)), max_size=40), st.frozensets(KEYS, min_size=1))
def test_essential_cases_take_each_way_past_the_change_and_show_all_that_bears_on_isolation(
    pieces: list[tuple[frozenset[frozenset[str]], set[str], int]], keys: frozenset[str]
) -> None:
    ways, reach, weights = ([piece[n] for piece in pieces] for n in range(3))
    reached = Reached(masks_of(ways), (), len(pieces), weights=weights, reach=reach)
    few, all_of_them = reached.essential(keys), reached.by(keys)

    def shown(numbers: Sequence[int]) -> set[object]:
        return {
            *(way for n in numbers for way in ways[n] if not way.isdisjoint(keys)),
            *(r for n in numbers for r in reach[n]),
        }

    assert set(few) <= set(all_of_them)
    assert shown(few) == shown(all_of_them)
    for n in few:
        lighter = [m for m in all_of_them if (weights[m], m) < (weights[n], n)]
        assert not shown([n]) <= shown(lighter)


def test_what_an_essential_case_shows_besides_needs_no_other_case() -> None:
    here = frozenset({"a.py:1:2"})
    reached = Reached(masks_of([[here]] * 2), (), 2, weights=[1, 2], reach=[["common"], ["common", "rare"]])
    assert reached.essential(["a.py:1:2"]) == (1,)


def test_where_everything_is_touched_what_enters_nothing_else_is_essential_too() -> None:
    here, there = frozenset({"a.py:1:2"}), frozenset({"b.py:1:2"})
    pieces, reach = [[here], [here, there], [there], []], [["a"], ["a"], ["b"], ["c"]]
    reached = Reached(masks_of(pieces), ["a.py:9:9"], 4, weights=[2, 1, 1, 3], reach=reach)
    assert reached.essential(["a.py:1:2"]) == (1,)
    assert reached.essential(["a.py:9:9"]) == reached.essential([EVERYTHING]) == (1, 2, 3)


def test_of_the_tests_those_come_first_that_enter_the_file_and_little_else() -> None:
    here, there = frozenset({"a.py:1:2"}), frozenset({"b.py:1:2"})
    reached = Reached(masks_of([[there], [here, there], [here]]), ["a.py:9:9"], 3)
    assert reached.in_turn(["a.py:9:9"], ["a.py"]) == (2, 1, 0)


def test_what_looks_at_thousands_of_conditions_is_run_last_and_after_what_is_light() -> None:
    here = frozenset({"a.py:1:2"})
    reached = Reached(masks_of([[here]] * 4), (), 4, weights=[8_000, 7_999, 1_000, 999])
    assert reached.in_turn(["a.py:1:2"], ["a.py"]) == (3, 1, 2, 0)
    assert [reached.is_light(n) for n in range(4)] == [False, False, False, True]


def test_what_goes_a_way_that_few_others_go_comes_before_what_enters_less() -> None:
    usual, rare, there = frozenset({"a.py:1:2"}), frozenset({"a.py:1:2", "a.py:1:3"}), frozenset({"b.py:1:2"})
    reached = Reached(masks_of([[usual], [usual], [rare, there]]), ["a.py:9:9"], 3)
    assert reached.in_turn(["a.py:9:9"], ["a.py"]) == (2, 0, 1)
