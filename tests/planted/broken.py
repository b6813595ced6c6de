"""All planted faults, in one table: the incident's own bug comes first, the rest in the order of the classes.

The faults stand in the files `broken_*.py`, as small as they can be; what they have in common is in `planting.py`.
"""

from __future__ import annotations

from tests.planted import (
    broken_changes,
    broken_collisions,
    broken_decisions,
    broken_effects,
    broken_ids,
    broken_reach,
    broken_records,
    broken_scopes,
)
from tests.planted.planting import Planted

PLANTED: tuple[Planted, ...] = (
    *broken_scopes.FAULTS,
    *broken_decisions.FAULTS,
    *broken_effects.FAULTS,
    *broken_ids.FAULTS,
    *broken_changes.FAULTS,
    *broken_records.FAULTS,
    *broken_reach.FAULTS,
    *broken_collisions.FAULTS,
)
