"""Values as Python code that makes them again, for a test that somebody can paste into their suite.

What has no such code (an open file, an object that says nothing of itself) is refused rather than guessed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, is_dataclass
from enum import Enum
from inspect import getattr_static
from types import FunctionType
from typing import Any, Final

PLAIN: Final = (type(None), bool, int, float, str, bytes)
LONG_TEXT: Final = 40
BRACKETS: Final = {list: ("[", "]"), set: ("{", "}"), tuple: ("(", ")")}


class UnspellableError(Exception):
    """There is no code that makes this value again."""


@dataclass(slots=True)
class Speller:
    """Spells values, and remembers what has to be imported for them."""

    is_short: bool = True
    """Whether names stand without their modules, as in code; else values of different types never read alike."""
    imports: dict[str, str] = field(default_factory=dict)
    """The name in the code, and the module that it comes from."""

    def spelled(self, value: Any) -> str:
        """The code. Raises `UnspellableError`."""
        kind = type(value)
        if isinstance(value, Enum):
            return f"{self.named(kind)}.{value.name}"
        if kind is str and len(value) > LONG_TEXT and len(set(value)) == 1:
            return f"{value[0]!r} * {len(value)}"
        if kind in PLAIN:
            return repr(value)
        if isinstance(value, type | FunctionType):
            return self.named(value)
        if kind in (tuple, list, set, frozenset):
            return self._several(value)
        if kind is dict:
            return "{" + ", ".join(f"{self.spelled(key)}: {self.spelled(each)}" for key, each in value.items()) + "}"
        if is_dataclass(value):
            given = [f"{each.name}={self.spelled(getattr(value, each.name))}" for each in fields(value) if each.init]
            return f"{self.named(kind)}({', '.join(given)})"
        return self._reduced(value)

    def named(self, what: type | FunctionType) -> str:
        """The name of something that can be imported."""
        name, module = what.__qualname__, what.__module__
        if "<" in name:
            raise UnspellableError(name)
        if not self.is_short:
            return f"{module}.{name}"
        if module == "builtins":
            return name
        outer = name.partition(".")[0]
        if self.imports.setdefault(outer, module) != module:
            raise UnspellableError(f"{outer}, of which there are two")
        return name

    def _several(self, value: Iterable[Any]) -> str:
        kind = type(value)
        members = [self.spelled(each) for each in value]
        if kind in (set, frozenset):
            members.sort()
        if not members and kind is not list and kind is not tuple:
            return f"{kind.__name__}()"
        if kind is frozenset:
            return f"frozenset({{{', '.join(members)}}})"
        inside = members[0] + "," if kind is tuple and len(members) == 1 else ", ".join(members)
        opening, closing = BRACKETS[kind]
        return f"{opening}{inside}{closing}"

    def _reduced(self, value: Any) -> str:
        """What a class says of itself to be copied."""
        kind = type(value)
        made = None if getattr_static(kind, "__reduce__") is object.__reduce__ else value.__reduce__()
        if type(made) is not tuple or len(made) != 2 or made[0] is not kind:
            raise UnspellableError(kind.__qualname__)
        return f"{self.named(kind)}({', '.join(map(self.spelled, made[1]))})"


def described(value: Any) -> str:
    """A text that two values share if they are alike: their code, or, without any, what they show of themselves."""
    try:
        return Speller(is_short=False).spelled(value)
    except UnspellableError:
        said = repr(value)
        return f"{type(value).__module__}.{type(value).__qualname__}" if " at 0x" in said else said
