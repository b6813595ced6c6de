"""A mutant: one small change of the source, as a value that can be sent to any machine. Edits are what it is made of.

Where mutants come from is said in the other modules of this room; nothing is run here.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edit:
    """One exact replacement in one file."""

    file: str
    """Relative to the repository, with slashes: `guards/core/plan.py`."""
    before: str
    """Stands exactly once in the file."""
    after: str


@dataclass(frozen=True, slots=True)
class Mutant:
    """One variant of the source, with all that it takes to run it and to show it."""

    id: str
    """Out of the catalogue, or made of tier, operator and fingerprint: `safety:drop-condition:3f2a9c1b7d20`."""
    tier: str
    """`catalogue`, `safety` or `generic`."""
    operator: str
    """The operator's name; in the catalogue, the regression's id."""
    file: str
    """Of the first edit."""
    start: tuple[int, int]
    """Where the first edit begins: lines count from 1, columns from 0."""
    end: tuple[int, int]
    function: str
    """Qualified name of the enclosing function or class; empty at module level."""
    original: str
    """The changed code as it was, fit to be shown."""
    replacement: str
    sources: tuple[tuple[str, str], ...]
    """Each file that is touched, with the whole of its changed source."""
    fingerprint: str
    """Names the change whatever moved around it: file, function, operator, line text, replacement, n-th identical."""


def fingerprint_of(*identity: str) -> str:
    """What stays the same of a mutant while other lines change: a short digest of whatever tells it from all others."""
    return hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:12]
