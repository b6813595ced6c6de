"""What the guard passes on cannot be changed on the way: every dataclass of its rooms is frozen and takes no new names.

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
    for room in (guards.core, guards.runtime):
        for found in pkgutil.iter_modules(room.__path__, f"{room.__name__}."):
            module = importlib.import_module(found.name)
            yield from (
                each
                for each in vars(module).values()
                if isinstance(each, type) and is_dataclass(each) and each.__module__ == module.__name__
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
