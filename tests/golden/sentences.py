"""Every refusal sentence in the project as a real call brings it up: what `refusals.txt` must hold, line for line.

A room that refuses adds a function that yields (code, sentence) to SOURCES. To write the file after a wanted change:
`python -m tests.golden.sentences > tests/golden/refusals.txt`, and read the difference before committing it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from guards.core.decision import Denial
from guards.core.receipt import Receipt
from guards.core.refusals import sentence, sentence_of_stop
from tests.golden.calls import CALLS
from tests.reference.sentences import of_the_platform
from tests.wire.sentences import of_the_wire


def of_the_guard() -> Iterator[tuple[str, str]]:
    """What each call is answered: by a denial, or, where it stopped halfway, by a receipt."""
    for code, call in CALLS:
        answer = call()
        if isinstance(answer, Denial):
            (refusal,) = [each for each in answer.objections if each.code.value == code]
            yield code, sentence(refusal)
        else:
            assert isinstance(answer, Receipt)
            assert answer.stopped_by is not None
            assert answer.stopped_by.code.value == code
            yield f"{code} in a receipt", sentence_of_stop(answer.stopped_by)


SOURCES: tuple[Callable[[], Iterator[tuple[str, str]]], ...] = (of_the_guard, of_the_wire, of_the_platform)


def lines() -> list[str]:
    """The golden file's lines: one refusal each, in the order of SOURCES."""
    return [f"{code}: {said}" for source in SOURCES for code, said in source()]


if __name__ == "__main__":
    print("\n".join(lines()))
