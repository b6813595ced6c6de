"""How a refusal speaks of many things: up to five are named, the rest is counted, and the details hold all of them."""

from __future__ import annotations

import pytest

from guards.core.ids import Kind, ResourceId
from guards.core.refusals import Code, Objection, objection


def refused(count: int) -> Objection:
    resources = tuple(ResourceId(f"lb-{n}") for n in range(1, count + 1))
    return objection(Code.WRONG_KIND, count=count, kind=Kind("load-balancer"), resources=resources)


@pytest.mark.parametrize(
    ("count", "ending"),
    [
        (0, "(0): none."),
        (1, "(1): `lb-1`."),
        (5, "(5): `lb-1`, `lb-2`, `lb-3`, `lb-4`, `lb-5`."),
        (6, "(6): `lb-1`, `lb-2`, `lb-3`, `lb-4`, `lb-5` and 1 more."),
        (12, "(12): `lb-1`, `lb-10`, `lb-11`, `lb-12`, `lb-2` and 7 more."),
    ],
)
def test_five_are_named_and_the_rest_is_counted(count: int, ending: str) -> None:
    assert refused(count).what.endswith(f"of another kind {ending}")


def test_the_details_hold_what_the_sentence_only_counts() -> None:
    assert dict(refused(6).details)["resources"] == ("lb-1", "lb-2", "lb-3", "lb-4", "lb-5", "lb-6")
