"""One example of every refusal sentence of the wire, for the golden file: a row of the table for each code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from guards.wire import Body, Refusal, parse, validate
from tests.wire.bodies import HOSTILE, OPERATOR

ROWS = (
    "one byte over 1 MiB",
    "byte order mark",
    "UTF-16-LE",
    "Latin-1",
    "17 levels",
    "a Python literal",
    "a lone surrogate",
    "a NUL",
    "a key repeated in other escapes",
    "NaN",
    "a million digits",
    "two selectors",
    "a misspelled selector",
    "reason missing",
    "project_id null",
    "dry_run 'false'",
    "schema 2",
    "an unknown verb",
    "reason ''",
    "an odd id in the list",
    "a right-to-left override",
    "no resource id",
    "10,001 ids",
    "a repeated id",
    "no selector",
    "another organization acknowledged",
)


class Quota(Body):
    """A model with a rule that the wire has no code for."""

    balancers: Annotated[int, Field(ge=0)]


def of_the_wire() -> Iterator[tuple[str, str]]:
    """The sentence of each row, then that of a rule which only another operation's model can have."""
    table = {row.name: row for row in HOSTILE}
    for name in ROWS:
        yield _told(parse(table[name].body, OPERATOR, policy_version="7"))
    yield _told(validate(Quota, {"balancers": -1}))


def _told(answer: object) -> tuple[str, str]:
    assert isinstance(answer, Refusal)
    return answer.code.value, answer.sentence
