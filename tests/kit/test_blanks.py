"""What the judge takes for blank: every code point that nobody can see, and none of those that anybody can.

The ranges are Unicode's own: White_Space and Default_Ignorable_Code_Point, and the few signs that are blank by design.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from guards.testing.blanks import is_blank
from guards.testing.reading import Duty
from guards.testing.replay import Session
from guards.testing.service import TENANT, Operation, resource, text
from tests.kit.calls import reads, world_of
from tests.kit.store import Store

WHITE_SPACE = (
    *((0x09, 0x0D), (0x20, 0x20), (0x85, 0x85), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029)),
    *((0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000)),
)
IGNORABLE = (
    *((0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F)),
    *((0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF)),
    *((0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF)),
)
BLANK_BY_DESIGN = ((0x2800, 0x2800), (0x13441, 0x13442), (0x1D159, 0x1D159))
CONTROLS = ((0x00, 0x1F), (0x7F, 0x9F))
NOTE = Operation("note", TENANT, {"volume_id": resource("volume"), "reason": text("abuse")})


def points(*ranges: tuple[int, int]) -> Iterator[str]:
    return (chr(point) for first, last in ranges for point in range(first, last + 1))


def test_no_invisible_code_point_shows_anything() -> None:
    invisible = [*points(*WHITE_SPACE, *IGNORABLE, *BLANK_BY_DESIGN, *CONTROLS)]
    assert [hex(ord(c)) for c in invisible if not is_blank(c)] == []
    assert is_blank("".join(invisible))
    assert is_blank("")


@pytest.mark.parametrize(
    "sign", ["a", "0", ".", "-", "é", "e\u0301", "ß", "字", "한", "ب", "א", "€", "½", "\U0001f600", "⠁"]
)
def test_a_visible_sign_shows_even_among_invisible_ones(sign: str) -> None:
    assert not is_blank(sign)
    assert not is_blank(f"\u3164\u200b {sign}\u2060")


@pytest.mark.parametrize("reason", ["\u3164", "\u200b", "\u2800 \u00ad", "\ufe0f", "  "])
def test_a_call_with_a_reason_that_nobody_can_read_is_not_well_formed(reason: str) -> None:
    session = Session(Store(), world_of())
    fields = {"volume_id": session.natives["volume#1"], "reason": reason}
    assert reads(session, NOTE, "tenant#0", fields).duty is Duty.MUST_NOT
    assert reads(session, NOTE, "tenant#0", {**fields, "reason": f"{reason}x"}).duty is Duty.MUST
