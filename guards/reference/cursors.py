"""Page cursors that mean something only to the caller and the query they were made for.

A cursor says where the page ended, under a keyed digest over that, the caller and the query; any other use is refused.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from hmac import compare_digest, new
from typing import Final

_SEAL_CHARACTERS: Final = 64


class Cursors:
    """Makes cursors and reads them again, with one secret key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def cursor(self, query: Sequence[str], position: str) -> str:
        """The cursor that continues this query after this position."""
        return self._seal(query, position) + urlsafe_b64encode(position.encode()).decode()

    def position(self, query: Sequence[str], cursor: str) -> str | None:
        """Where the page ended, or None for a cursor that was not made here for this very query."""
        position = _decoded(cursor[_SEAL_CHARACTERS:])
        if position is None or not compare_digest(self.cursor(query, position).encode(), cursor.encode()):
            return None
        return position

    def _seal(self, query: Sequence[str], position: str) -> str:
        # Each part with its length, so that no two queries run together into one.
        message = "".join(f"{len(part)}:{part}" for part in (*query, position))
        return new(self._key, message.encode(), "sha256").hexdigest()


def _decoded(encoded: str) -> str | None:
    try:
        return urlsafe_b64decode(encoded.encode("ascii")).decode()
    except ValueError:
        return None
