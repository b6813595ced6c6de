"""What is seen underneath the API: objects by the service's own keys, and what differs between two looks."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from enum import Enum
from typing import Any

from guards.errors import shown
from guards.testing.declarations import AdapterError, asked
from guards.testing.service import (
    Seen,
    Service,
)

_FIXED = frozenset({str, bool, int, bytes, type(None)})
"""What most rows are made of."""
_PLAIN = "show what can be compared instead, such as text, numbers, or tuples and dicts of them"


def look(service: Service, before: Mapping[Any, Any]) -> Mapping[Any, Any]:
    """What `observe` says now; the look before itself where nothing has changed.

    A service may hand out what it goes on changing: each new or changed row is copied unless it is fixed, or nothing
    would ever differ. Raises `AdapterError` for what cannot be judged: a mistake in an adapter is not the service's
    fault.
    """
    raw = asked("observe", service.observe)
    if not isinstance(raw, Mapping):
        raise AdapterError(f"observe must answer a mapping of objects, not a {type(raw).__name__}")
    raw = asked("observe", dict, raw)
    if raw == before:
        return before
    return {key: before[key] if key in before and before[key] == row else _kept(key, row) for key, row in raw.items()}


def look_twice(service: Service) -> Mapping[Any, Any]:
    """The first look at a world. Raises `AdapterError` where a second one, with no call between, differs from it."""
    first = look(service, {})
    second = look(service, first)
    if second is first:
        return first
    strange = [*(key for key in first if key not in second or first[key] != second[key]), *(second.keys() - first)]
    raise AdapterError(
        f"observe shows {named(min(strange, key=repr))} in another way each time, with no call between: leave out what "
        f"changes by itself, such as a time or a counter, and {_PLAIN}"
    )


def _kept(key: Any, row: Any) -> Any:
    """A row that stays as it is, whatever becomes of the object it was read off."""
    if not isinstance(row, tuple) or len(row) < 2:
        raise AdapterError(
            f"observe must say (organization, state) of {named(key)}, not {type(row).__name__} {row!r:.40}"
        )
    if is_fixed(row):
        return row
    try:
        kept = deepcopy(row)
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        raise AdapterError(f"what observe shows of {named(key)} cannot be copied ({what:.100}): {_PLAIN}") from error
    if kept != row or any(part != part for part in row):
        raise AdapterError(f"what observe shows of {named(key)} does not even equal a copy of itself: {_PLAIN}")
    return kept


def named(key: Any) -> str:
    """The key of an object as a sentence names it: by its parts where it is made of several."""
    return f"({', '.join(map(shown, key))})" if type(key) is tuple else shown(key)


def is_fixed(value: Any) -> bool:
    """Whether a value cannot change any more, and equals itself: NaN does not."""
    if isinstance(value, tuple | frozenset):
        return all(type(part) in _FIXED or is_fixed(part) for part in value)
    return value is None or (isinstance(value, str | int | float | bytes | Enum) and value == value)


def row_of(value: Seen | tuple[Any, ...], before: Seen | None = None) -> Seen:
    """What is seen of an object. Gone and of nobody (its owner is cleared as it is deleted), it stays whose it was."""
    row = value if isinstance(value, Seen) else Seen(*value)
    if row.gone and row.organization is None and before is not None:
        return row._replace(organization=before.organization)
    return row


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
            out[key] = (seen[key], row_of(after[key], seen[key]))
    return out


def with_owners_back(
    changes: Mapping[Any, tuple[Seen | None, Seen | None]], left: Mapping[Any, Seen]
) -> dict[Any, tuple[Seen | None, Seen | None]]:
    """The changes of a call that creates nothing: what is seen again was its last owner's, and gone."""
    return {
        key: (left[key]._replace(gone=True) if before is None and key in left else before, after)
        for key, (before, after) in changes.items()
    }


def with_ids_reused(
    changes: Mapping[Any, tuple[Seen | None, Seen | None]],
) -> dict[Any, tuple[Seen | None, Seen | None]]:
    """The changes of a creation: what comes to stand where something gone was still listed is new, and its maker's.

    One creation makes one thing, besides its parts: where more come back at once, they are not new.
    """
    back = {
        key
        for key, (before, after) in changes.items()
        if before is not None and before.gone and after is not None and not after.gone
    }
    if sum(changes[key][1].parent is None for key in back) > 1:  # type: ignore[union-attr]  # they are there
        return dict(changes)
    return {key: (None if key in back else before, after) for key, (before, after) in changes.items()}
