"""One SHA-256 over a sequence of texts, each preceded by its length.

The length makes the encoding canonical: no two different sequences run together into the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256


def digest_of(parts: Iterable[str]) -> str:
    """The digest of exactly these parts in exactly this order, as 64 hexadecimal digits."""
    return sha256("".join([f"{len(part)}:{part}" for part in parts]).encode()).hexdigest()
