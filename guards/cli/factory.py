"""From `MODULE:FACTORY` to a service under test, or a complaint that says which part of it is at fault.

The module is the user's own code and may do anything when it is imported; whatever it raises is reported as its own.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from keyword import iskeyword
from typing import Any, Final

from guards.cli.complaint import cannot_run, misused, told_as
from guards.errors import shown
from guards.testing.service import Closes, Operation, Service

REFERENCE: Final = "guards.reference:make_service"
"""The service that the commands attack unless another one is named."""


def load_factory(name: str) -> Callable[[], Service]:
    """A maker of services. Each call makes one, and complains if what it made is none."""
    factory = _find(name)
    if not callable(factory):
        raise cannot_run(f"{shown(name)} is {_kind(factory)}, and a factory is something that can be called")

    def make_service() -> Service:
        with told_as(f"{shown(name)} did not make a service"):
            service = factory()
            _refuse_none_service(name, service)
        made: Service = service
        return made

    return make_service


@contextmanager
def opened(make_service: Callable[[], Service]) -> Iterator[Service]:
    """A service that is closed at the end if it can be."""
    service = make_service()
    try:
        yield service
    finally:
        if isinstance(service, Closes):
            service.close()


def parts_of(name: str) -> tuple[str, tuple[str, ...]]:
    """The module, and the way from it to the factory."""
    module, _, path = name.partition(":")
    parts = tuple(path.split("."))
    if not all(part.isidentifier() and not iskeyword(part) for part in (*module.split("."), *parts)):
        raise misused(f"{shown(name)} is not MODULE:FACTORY, such as `volumes.tests:make_service`")
    return module, parts


def _find(name: str) -> Any:
    module, parts = parts_of(name)
    found = _import(module)
    for part in parts:
        with told_as(f"the module {shown(module)} has no {shown('.'.join(parts))} to make a service with"):
            found = getattr(found, part)
    return found


def _import(name: str) -> Any:
    """The module; the current folder comes first, as it does for `python -m`."""
    if "" not in sys.path and os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    with told_as(f"the module {shown(name)} cannot be imported"):
        return importlib.import_module(name)


def _refuse_none_service(name: str, service: Any) -> None:
    """Refuse what lacks a method of a service, or declares something else than operations."""
    lacking = [method for method in ("populate", "call", "observe") if not callable(getattr(service, method, None))]
    if lacking:
        raise cannot_run(f"{shown(name)} made {_kind(service)}, which is no service: it has no {', '.join(lacking)}")
    operations = _operations(name, service)
    if not all(isinstance(operation, Operation) for operation in operations):
        raise cannot_run(f"{shown(name)} made {_kind(service)}, whose `operations` are not each an Operation")


def _operations(name: str, service: Any) -> list[Any]:
    with told_as(f"{shown(name)} made {_kind(service)}, whose `operations` cannot be read"):
        return list(service.operations)


def _kind(value: Any) -> str:
    return f"a value of type `{type(value).__name__}`"
