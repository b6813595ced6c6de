"""The smallest services, for what the commands make of them: one is sound, the others are each at fault in one way."""

from __future__ import annotations

import sys
from asyncio import CancelledError
from collections.abc import Mapping
from typing import Any

import pytest

from guards.testing import TENANT, Operation, Reply, World, accepted, refused, resource

NOT_CALLABLE = "a text"


class Shelf:
    """Books that only their owner may throw away."""

    operations = (Operation("throw", TENANT, {"book": resource("book")}),)

    def populate(self, world: World) -> Mapping[str, Any]:
        self.books = {book.id: book.organization.id for book in world.resources}
        return world.ids()

    def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Reply:
        book = fields.get("book")
        if set(fields) != {"book"} or not isinstance(book, str) or not self.may(caller, book):
            return refused("not_found")
        del self.books[book]
        return accepted()

    def may(self, caller: Any, book: str) -> bool:
        return self.books.get(book) == caller and caller is not None

    def observe(self) -> Mapping[Any, tuple[Any, ...]]:
        return {book: (owner, "there") for book, owner in self.books.items()}


class OpenShelf(Shelf):
    """Anybody may throw away anything: isolation is broken."""

    def may(self, caller: Any, book: str) -> bool:
        return book in self.books


class IdleShelf(Shelf):
    """Says yes and does nothing: nothing is shown."""

    def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Reply:
        return accepted()


class FailingShelf(Shelf):
    """Raises what it never declared, whatever is thrown."""

    def may(self, caller: Any, book: str) -> bool:
        if self.books.get(book) != caller:
            raise RuntimeError("the shelf fell over")
        return True


class UnbuiltShelf(Shelf):
    """Cannot be populated."""

    def populate(self, world: World) -> Mapping[str, Any]:
        raise RuntimeError("no wood \x1b[31m")


class LeavingShelf(Shelf):
    """Leaves the program, with the exit code of a run in which everything held."""

    def may(self, caller: Any, book: str) -> bool:
        raise SystemExit(0)


class UndeclaredShelf(Shelf):
    """Its operations are not what operations are."""

    operations = ("throw",)  # type: ignore[assignment]  # the fault that is planted


class UnreadableShelf(Shelf):
    """Its operations cannot be read."""

    @property
    def operations(self) -> Any:  # type: ignore[override]  # the fault that is planted
        raise RuntimeError("no label")


class NoService:
    """Has nothing that a service has."""


class ClosingShelf(Shelf):
    """Counts how often it was opened and closed."""

    opened = 0
    closed = 0

    def __init__(self) -> None:
        type(self).opened += 1

    def close(self) -> None:
        type(self).closed += 1


class StuckShelf(Shelf):
    """Cannot be closed."""

    def close(self) -> None:
        raise RuntimeError("the door sticks")


def raises() -> Shelf:
    raise ValueError("no shelf today")


def leaves() -> Shelf:
    sys.exit(0)


def is_cancelled() -> Shelf:
    raise CancelledError("no shelf any more")


def fails_a_test() -> Shelf:
    pytest.fail("no shelf passes")


def is_closed() -> Shelf:
    raise GeneratorExit


def __getattr__(name: str) -> Any:
    if name == "cancelled":
        raise CancelledError("not even looked up")
    raise AttributeError(name)


class CancelledShelf(Shelf):
    """Is cancelled while its operations are read."""

    @property
    def operations(self) -> Any:  # type: ignore[override]  # the fault that is planted
        raise CancelledError("nobody reads on")


class Rooms:
    """A factory may be reached through a class."""

    Shelf = Shelf
