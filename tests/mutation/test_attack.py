"""The clock of an attack: what a call takes too long for is no answer of the service."""

from __future__ import annotations

import pytest

from guards.mutation.attack import TooLong, make_cases, within
from guards.testing.replay import run_steps
from tests.cli.shelves import Shelf


class EndlessShelf(Shelf):
    """Looks for a book for ever."""

    def may(self, caller: object, book: str) -> bool:
        while True:
            pass


def test_a_call_that_does_not_end_is_ended_by_the_clock_and_not_taken_for_an_answer() -> None:
    case = next(case for case in make_cases(Shelf(), 1) if case.steps)
    with pytest.raises(TooLong), within(0.2):
        run_steps(EndlessShelf(), case.world, case.steps)
