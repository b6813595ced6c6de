"""Bodies of functions that are exchanged in place: they do what the changed file would do if it were read anew, or else
it is refused.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from guards.mutation.bodies import Alive, NotTheSame, differ_in_bodies, exchange
from guards.mutation.loading import named

SHAPES = """
from dataclasses import dataclass
from functools import partial


def owner(row, default=None):
    return row.get("owner", default)


@dataclass(frozen=True, slots=True)
class Row:
    name: str

    def shout(self):
        return self.name.upper()

    @property
    def quiet(self):
        return self.name.lower()

    @staticmethod
    def made(name):
        return Row(name + "!")


class Longer(Row):
    __slots__ = ()

    def shout(self):
        return super().shout() * 2


def adding(step):
    def add(number):
        return number + step

    return add


one_more = adding(1)
TABLE = {"double": lambda number: number * 2}
both = (lambda a: a, lambda a: a)
bound = partial(owner, default="nobody")


def odd(numbers):
    return [number for number in numbers if number % 2]


def answers():
    return (
        owner({"owner": "acme"}), bound({}), Row("a").shout(), Row("A").quiet, Row.made("a"), Longer("a").shout(),
        one_more(1), adding(5)(1), TABLE["double"](4), odd(range(5)),
        [one(True) for one in both],
    )
"""
VARIANTS = {
    "function": ('row.get("owner", default)', "default"),
    "method-of-a-dataclass": ("self.name.upper()", "self.name"),
    "property": ("self.name.lower()", "self.name"),
    "static-method": ('Row(name + "!")', "Row(name)"),
    "through-super": ("super().shout() * 2", "super().shout() * 3"),
    "made-on-import-and-later": ("number + step", "number - step"),
    "lambda-in-a-table": ("lambda number: number * 2", "lambda number: number * 3"),
    "one-of-two-in-a-line": ("a: a)", "a: not a)"),
    "condition-of-a-comprehension": (" if number % 2", ""),
    "another-count-of-lines": ('    return row.get("owner", default)', "    row = {}\\n    return row.get(1, default)"),
}


def variant(name: str) -> str:
    before, after = VARIANTS[name]
    assert SHAPES.count(before) == 1
    return SHAPES.replace(before, after.replace("\\n", "\n"))


@pytest.fixture
def shapes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    (tmp_path / "shapes_exchanged.py").write_text(SHAPES)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield named("shapes_exchanged")
    del sys.modules["shapes_exchanged"]


def exchanged(module: ModuleType, after: str) -> Any:
    path = str(module.__file__)
    exchange(SHAPES, after, Alive.of([path]), path)
    return module


def read_anew(source: str) -> Any:
    module = ModuleType("shapes_anew")
    sys.modules["shapes_anew"] = module  # a dataclass looks for its module there
    exec(compile(source, "shapes_anew.py", "exec", dont_inherit=True), vars(module))
    return module


@pytest.mark.parametrize("name", VARIANTS)
def test_what_is_exchanged_does_what_is_read_anew(shapes: ModuleType, name: str) -> None:
    assert differ_in_bodies(SHAPES, variant(name))
    before = repr(read_anew(SHAPES).answers())
    assert repr(exchanged(shapes, variant(name)).answers()) == repr(read_anew(variant(name)).answers()) != before


def test_a_function_says_where_it_stands_after_it_was_exchanged(shapes: ModuleType) -> None:
    code = exchanged(shapes, "# moved\n" + variant("function")).owner.__code__
    assert (code.co_filename, SHAPES.splitlines()[code.co_firstlineno - 2]) == (
        shapes.__file__,
        "def owner(row, default=None):",
    )


OUTSIDE = {
    "a-default": ("default=None", "default=1"),
    "a-constant": ("adding(1)", "adding(2)"),
    "a-class": ("slots=True", "slots=False"),
    "a-decorator": ("    @staticmethod\n", ""),
    "a-name": ("one_more = ", "two_more = "),
    "a-function-that-is-new": ("one_more = ", "def more():\n    pass\n\n\none_more = "),
    "a-cell": ("        return number + step", "        return number"),
    "a-function-within": ("    return add\n", "    return lambda number: add(number)\n"),
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_what_differs_besides_bodies_is_refused(shapes: ModuleType, name: str) -> None:
    after = SHAPES.replace(*OUTSIDE[name])
    assert after != SHAPES
    assert not differ_in_bodies(SHAPES, after)
    with pytest.raises(NotTheSame):
        exchanged(shapes, after)


def test_what_does_not_compile_differs_in_more() -> None:
    assert not differ_in_bodies(SHAPES, SHAPES + "def f(:\n")


def test_the_body_of_a_function_that_is_gone_is_refused(shapes: ModuleType) -> None:
    del shapes.odd
    with pytest.raises(NotTheSame, match="odd is not there"):
        exchanged(shapes, variant("condition-of-a-comprehension"))


def test_what_is_under_way_is_not_exchanged(shapes: ModuleType) -> None:
    counting = SHAPES + "\n\ndef ids():\n    yield 1\n    yield 2\n"
    path = Path(str(shapes.__file__))
    exec(compile(counting, str(path), "exec", dont_inherit=True), vars(shapes))
    under_way = shapes.ids()
    with pytest.raises(NotTheSame, match="ids is under way"):
        exchange(counting, counting.replace("yield 1", "yield 3"), Alive.of([str(path)]), str(path))
    assert list(under_way) == [1, 2]


def test_the_like_of_another_file_stays_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = "def held(self):\n    return self\n"
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("one_of_two", "other_of_two"):
        (tmp_path / f"{name}.py").write_text(source)
    one, other = named("one_of_two"), named("other_of_two")
    paths = [str(one.__file__), str(other.__file__)]
    exchange(source, source.replace("return self", "return not self"), Alive.of(paths), paths[0])
    assert (one.held(True), other.held(True)) == (False, True)
