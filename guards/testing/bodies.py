"""How a raw request body may be understood: exactly, or in the ways of a tolerant service. Relies on JSON alone.

What is not exactly one JSON object with each key once is not well-formed, whatever a lax reader makes of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from guards.strict_json import read_json

BODY_MAX_BYTES = 1 << 20


def read_body(body: bytes) -> Mapping[str, Any] | None:
    """The fields of a body that is exactly one JSON object with each key once, in UTF-8 and of at most 1 MiB; None for
    any other.
    """
    if len(body) > BODY_MAX_BYTES:
        return None
    try:
        value = read_json(body.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def lax_bodies(body: bytes, plain: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The ways in which a tolerant service might understand a body: first key wins, last key wins, or as it was
    meant.
    """
    try:
        text = body.decode("utf-8-sig", "replace")
        last = json.loads(text)
        first = json.loads(text, object_pairs_hook=lambda pairs: dict(reversed(pairs)))
    except (ValueError, RecursionError):
        return [plain]
    return [way for way in (first, last) if isinstance(way, dict)] or [plain]
