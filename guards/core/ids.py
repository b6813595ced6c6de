"""The names of things: one final type per kind of id, each with equality and hashing and nothing else of text.

An organization and its default project carry the same text, so only the type keeps them apart. Ids have no order and
no string methods: a prefix match or a case fold cannot be written by accident. `text` is the one door to the text.
"""

from __future__ import annotations

import re
from typing import Final, Never, final

from guards.errors import IdError, shown

_FORM: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")


class _Id:
    """What all ids share. Compared as typed: never stripped, folded or normalised."""

    __slots__ = ("_text",)
    _text: str

    def __init__(self, text: str) -> None:
        _refuse_malformed(type(self).__name__, text)
        object.__setattr__(self, "_text", text)

    def __init_subclass__(cls) -> None:
        if cls.__base__ is not _Id:
            raise TypeError(f"an id is exactly its own type: {cls.__name__} cannot refine one")

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._text!r})"

    def __setattr__(self, name: str, value: object) -> Never:
        raise AttributeError(f"an id does not change: {name}")

    def __delattr__(self, name: str) -> Never:
        raise AttributeError(f"an id does not change: {name}")

    def __reduce__(self) -> tuple[type[_Id], tuple[str]]:
        return type(self), (self._text,)


@final
class OrganizationId(_Id):
    """A tenant."""

    __slots__ = ()


@final
class ProjectId(_Id):
    """A part of a tenant. The default project has the text of its organization."""

    __slots__ = ()


@final
class ResourceId(_Id):
    """One thing that can be destroyed."""

    __slots__ = ()


@final
class PrincipalId(_Id):
    """Somebody who can ask."""

    __slots__ = ()


@final
class Kind(_Id):
    """A product, in the words of whoever runs it: `Kind("load-balancer")`."""

    __slots__ = ()


AnyId = OrganizationId | ProjectId | ResourceId | PrincipalId | Kind
"""Any of the ids; for annotations."""


def text(identifier: AnyId) -> str:
    """The characters of an id: for sorting, hashing and storing, never for deciding who owns what."""
    if type(identifier).__base__ is not _Id:
        raise IdError(f"only an id has the text of an id, not {shown(identifier)}", code="not_an_id")
    return identifier._text


def _refuse_malformed(name: str, value: object) -> None:
    if type(value) is not str:
        raise IdError(f"a {name} is made from text, not from {shown(value)}", code="id_not_text")
    if value == "" or value.isspace():
        raise IdError(f"a {name} cannot be blank: {shown(value)}", code="id_blank")
    if not _FORM.fullmatch(value):
        raise IdError(
            f"a {name} is 1 to 128 ASCII letters, digits and . _ : - after a letter or digit, unlike {shown(value)}",
            code="id_malformed",
        )
