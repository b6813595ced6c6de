"""The reference platform in a world where nothing fails, so that one barrier holds it: a lying inventory takes two."""

from __future__ import annotations

from collections.abc import Sequence

from guards.reference.service import ReferenceService


class Faultless(ReferenceService):
    """Its ports do what they are asked."""

    faults: Sequence[str] = ()
