"""What is seen underneath the API: objects by the service's own keys, and what differs between two looks."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

from guards.testing.declarations import AdapterError
from guards.testing.service import (
    Seen,
    Service,
)


def first_look(service: Service) -> Mapping[Any, Any]:
    """What `observe` says at first, if it can be judged: a mistake in an adapter is not the service's fault."""
    raw = service.observe()
    if not isinstance(raw, Mapping):
        raise AdapterError(f"observe must answer a mapping of objects, not a {type(raw).__name__}")
    for key, value in raw.items():
        if not isinstance(value, tuple) or len(value) < 2:
            raise AdapterError(
                f"observe must say (organization, state) of {key!r}, not {type(value).__name__} {value!r:.40}"
            )
    return dict(raw)


def is_fixed(value: Any) -> bool:
    """Whether a value cannot change any more."""
    if isinstance(value, tuple | frozenset):
        return all(map(is_fixed, value))
    return value is None or isinstance(value, str | int | float | bytes | Enum)


def row_of(value: Seen | tuple[Any, ...]) -> Seen:
    return value if isinstance(value, Seen) else Seen(*value)


def changes_between(
    before: Mapping[Any, Any], after: Mapping[Any, Any], seen: Mapping[Any, Seen]
) -> dict[Any, tuple[Seen | None, Seen | None]]:
    out: dict[Any, tuple[Seen | None, Seen | None]] = {}
    for key in sorted(before.keys() | after.keys(), key=repr):
        if key not in after:
            out[key] = (seen[key], None)
        elif key not in before:
            out[key] = (None, row_of(after[key]))
        elif before[key] != after[key]:
            out[key] = (seen[key], row_of(after[key]))
    return out


def with_ids_reused(
    changes: Mapping[Any, tuple[Seen | None, Seen | None]],
) -> dict[Any, tuple[Seen | None, Seen | None]]:
    """The changes of a creation: what comes to stand where something gone was still listed is new, and its maker's."""
    return {
        key: (None if before is not None and before.gone and after is not None and not after.gone else before, after)
        for key, (before, after) in changes.items()
    }
