"""The smallest services, for what the commands make of them: one is sound, the others are each at fault in one way."""

from __future__ import annotations

import sys
from asyncio import CancelledError
from collections.abc import Mapping
from typing import Any

import pytest

from guards.testing import OPERATOR, TENANT, Effect, Operation, Reply, Seen, World, accepted, project, refused, resource

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


class HomelyShelf(Shelf):
    """Operators shift books between an owner's rooms, and never to another owner's: no such call ever works."""

    operations = (
        *Shelf.operations,
        Operation("shift", OPERATOR, {"book": resource("book"), "room": project(destination=True)}, effect=Effect.MOVE),
    )

    def populate(self, world: World) -> Mapping[str, Any]:
        self.owners = {room.id: room.organization.id for room in world.projects}
        self.rooms = {book.id: book.project.id if book.project else None for book in world.resources}
        return super().populate(world)

    def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Reply:
        if (operation == "shift") != (caller == OPERATOR):
            return refused("not_yours")
        if operation == "throw":
            return super().call(caller, operation, fields)
        book, room = fields.get("book"), fields.get("room")
        if set(fields) != {"book", "room"} or not isinstance(book, str) or not isinstance(room, str):
            return refused("malformed")
        if book not in self.books or self.owners.get(room) != self.books[book] or self.rooms[book] == room:
            return refused("not_found")
        self.rooms[book] = room
        return accepted()

    def observe(self) -> Mapping[Any, tuple[Any, ...]]:
        return {book: (owner, f"in {self.rooms[book]}") for book, owner in self.books.items()}


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


class TornShelf(Shelf):
    """Raises something else than `FailingShelf`, at the same calls."""

    def may(self, caller: Any, book: str) -> bool:
        if self.books.get(book) != caller:
            raise LookupError("the label is torn")
        return True


class SilentShelf(Shelf):
    """Its adapter forgets to return the reply."""

    def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Reply:
        super().call(caller, operation, fields)
        return None  # type: ignore[return-value]  # the mistake that is planted


class EmptyShelf(Shelf):
    """Offers nothing to call."""

    operations = ()  # type: ignore[assignment]  # the mistake that is planted


class MisspelledShelf(Shelf):
    """Its only operation is for callers that there are not."""

    operations = (Operation("throw", "tennant", {"book": resource("book")}),)  # type: ignore[arg-type]


class HomelessShelf(Shelf):
    """Has projects, and does not show them."""

    operations = (Operation("throw", TENANT, {"project": project(), "book": resource("book")}),)

    def observe(self) -> Mapping[Any, tuple[Any, ...]]:
        return {book: Seen(owner, "there", kind="book") for book, owner in self.books.items()}


class InterruptedShelf(OpenShelf):
    """Somebody presses Ctrl-C at the two hundredth call."""

    calls = 0
    at = 200

    def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Reply:
        self.calls += 1
        if self.calls == self.at:
            raise KeyboardInterrupt
        return super().call(caller, operation, fields)


class InterruptedAtOnceShelf(InterruptedShelf):
    """Somebody presses it at the first call already."""

    at = 1


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
