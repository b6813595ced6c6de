"""What the guard passes on cannot be changed on the way: every dataclass of it is frozen and takes no new names.

A plan, a grant or a request that somebody could alter between the decision and its execution would not be what was
decided on.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import FrozenInstanceError, is_dataclass
from typing import Any

import pytest

import guards.core
import guards.runtime


def records() -> Iterator[type[Any]]:
    rooms = [(room.__name__, pkgutil.iter_modules(room.__path__, "")) for room in (guards.core, guards.runtime)]
    names = [f"{room}.{found.name}" for room, modules in rooms for found in modules]
    for name in (*names, "guards.wire"):
        yield from (
            each
            for each in vars(importlib.import_module(name)).values()
            if isinstance(each, type) and is_dataclass(each) and each.__module__ == name
        )


RECORDS = sorted(records(), key=lambda record: (record.__module__, record.__name__))


def test_the_rooms_are_full_of_records() -> None:
    assert len(RECORDS) >= 25


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_no_field_of_a_record_can_be_set_and_none_added(record: type[Any]) -> None:
    made = object.__new__(record)
    for name in (*record.__dataclass_fields__, "an_unknown_name"):
        with pytest.raises((FrozenInstanceError, TypeError)):
            setattr(made, name, None)
    assert not hasattr(made, "__dict__")
