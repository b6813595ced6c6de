"""Which function a change touches, and who enters it: what cannot be told apart is run."""

from __future__ import annotations

import builtins

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guards.mutation.reach import EVERYTHING, NOTE, Reached, Recorder, instrumented, masks_of, touched

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
'''


@pytest.mark.parametrize(
    ("before", "after", "key"),
    [
        ("LIMIT = 1", "LIMIT = 2", EVERYTHING),
        ("a=LIMIT", "a=2", EVERYTHING),
        ("return a", "return None", "a.py:7"),
        ("return inner()", "return None", "a.py:4"),
        ("return 2", "return 3", EVERYTHING),
        ("size = 3", "size = 4", EVERYTHING),
        ("return self.size", "return 0", "a.py:21"),
        ("    return inner()\n", "    inner()\n    return inner()\n", "a.py:4"),
    ],
)
def test_a_change_touches_the_innermost_function_around_it(before: str, after: str, key: str) -> None:
    assert touched("a.py", SOURCE, SOURCE.replace(before, after)) == key


def test_two_changes_touch_what_is_around_both() -> None:
    changed = SOURCE.replace("return a\n", "return 1\n").replace("return self.size", "return 0")
    assert touched("a.py", SOURCE, changed) == EVERYTHING


def test_an_instrumented_source_does_the_same_and_is_heard() -> None:
    recorder = Recorder()
    scope: dict[str, object] = {}
    exec(compile(instrumented("a.py", SOURCE), "a.py", "exec"), scope)
    assert recorder.take() == set()
    assert scope["outer"]() == 1  # type: ignore[operator]  # it came out of exec
    assert recorder.take() == {"a.py:4", "a.py:7"}
    assert recorder.take() == set()
    delattr(builtins, NOTE)


KEYS = st.sampled_from(["a.py:1", "a.py:5", "b.py:2"])


@given(st.lists(st.sets(KEYS), max_size=40), st.sets(KEYS, max_size=1), st.sets(KEYS))
def test_whoever_enters_a_touched_function_is_run(pieces: list[set[str]], on_import: set[str], keys: set[str]) -> None:
    reached = Reached(masks_of(pieces), on_import, len(pieces))
    everyone = bool(keys & on_import)
    assert reached.by(keys) == tuple(n for n, entered in enumerate(pieces) if everyone or entered & keys)
    assert reached.by([EVERYTHING]) == tuple(range(len(pieces)))
