"""Small inputs for a function, made from its annotations: a plain one, and all others by how far they are from it.

Every place in an input where something else may stand is a site. The base takes the first option everywhere; an input
at distance two differs from it at two sites, which may be as deep inside an argument as its type goes.
"""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import Enum
from itertools import combinations, product
from typing import Any, Final, TypeVar, get_args, get_origin

Path = tuple[int, ...]
"""Where a site is: which parameter, which field of it, and so on."""
Choices = tuple[tuple[Path, int], ...]
"""What an input has instead of its base: at these sites, the n-th option. In the order of the sites."""

TEXTS: Final = ("a", "b", "", " ", "A", "ab", "\uff41", "a\n")
"""Plain, another, empty, blank, another case, one with the same beginning, the same once normalised, two lines."""
NUMBERS: Final = (1, 0, 2, -1)
ANYTHING: Final = ("a", None, True, 1, b"a", ())
BYTES: Final = (b"{}", b"", b" ", b"null", b"[]", b"\xff", b"\xef\xbb\xbf{}", b'{"a": 1, "a": 2}', b'{"a": null}')
CLASSES: Final = (int, str, bool)
LENGTHS: Final = (1, 0, 2)
LENGTH_MAX: Final = 12
"""The longest collection that a constant of the source makes us try."""
TEXT_MAX: Final = 4_096
DEPTH_MAX: Final = 12
FITTED_MAX: Final = 2
"""How many fields of a record may have to start elsewhere for its constructor to accept it."""
_MANY: Final[Mapping[Any, Callable[[Iterable[Any]], Any]]] = {
    tuple: tuple,
    list: list,
    set: set,
    frozenset: frozenset,
    Iterable: tuple,
    Collection: tuple,
    Sequence: tuple,
    typing.Sequence: tuple,
}


class UnknownTypeError(Exception):
    """Nothing here can make a value of this type."""


@dataclass(frozen=True, slots=True)
class Words:
    """What the source itself suggests: its constants, and the names of the fields that it reads."""

    numbers: tuple[int, ...] = ()
    texts: tuple[str, ...] = ()
    reads: frozenset[str] | None = None
    """None: every field counts."""


@dataclass(frozen=True, slots=True)
class _Leaf:
    value: Any


@dataclass(frozen=True, slots=True)
class _Node:
    """A value made of others: a call, or a collection."""

    make: Callable[[Sequence[Any]], Any]
    children: tuple[Any, ...]
    names: tuple[str, ...] = ()
    """Of a record's fields."""
    is_many: bool = False
    """A collection, whose members are each to differ."""
    offsets: tuple[int, ...] = ()
    """Which option each child starts with, where the first ones do not go together."""


@dataclass(frozen=True, slots=True)
class _Grow:
    """One input as it comes to be: what is chosen, and the sites found on the way."""

    chosen: Mapping[Path, int]
    sites: dict[Path, int]


class _Omitted(Enum):
    OMITTED = "omitted"


OMITTED: Final = _Omitted.OMITTED
"""In the place of an argument that is left to its default."""
_BY_PLACE: Final = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


@dataclass(frozen=True, slots=True)
class Input:
    """The arguments of one call, and the sites that are open in it, with the number of their options."""

    arguments: tuple[Any, ...]
    keywords: Mapping[str, Any]
    sites: Mapping[Path, int]


class Domain:
    """All inputs of one function near its base. Raises `UnknownTypeError` if a parameter cannot be given."""

    def __init__(self, function: Callable[..., Any], hints: Mapping[str, Any], words: Words) -> None:
        self._words = words
        self._options: dict[tuple[Any, bool], tuple[_Leaf | _Node, ...]] = {}
        self._parameters = list(self._given(function, hints))

    def at(self, choices: Choices) -> Input:
        """The input with these choices. Raises whatever a constructor raises that refuses them."""
        sites: dict[Path, int] = {}
        grow = _Grow(dict(choices), sites)
        arguments, keywords = [], {}
        for n, (parameter, hint) in enumerate(self._parameters):
            value = self._grown(hint, (n,), grow, 0)
            if value is OMITTED:
                continue
            if parameter.kind in _BY_PLACE and parameter.default is inspect.Parameter.empty:
                arguments.append(value)
            else:
                keywords[parameter.name] = value
        return Input(tuple(arguments), keywords, sites)

    def _given(self, function: Callable[..., Any], hints: Mapping[str, Any]) -> Iterator[tuple[inspect.Parameter, Any]]:
        """The parameters that get an argument, with their types; `*args` and `**options` stay empty."""
        for parameter in inspect.signature(function).parameters.values():
            if parameter.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD):
                continue
            has_default = parameter.default is not inspect.Parameter.empty
            if parameter.name not in hints and not has_default:
                raise UnknownTypeError(f"its parameter `{parameter.name}`, which has no annotation")
            hint = hints.get(parameter.name, _Omitted)
            hint = _Omitted | hint if has_default else hint
            self._options_of(hint, 0)
            yield parameter, hint

    def _grown(self, hint: Any, path: Path, grow: _Grow, turn: int) -> Any:
        options = self._options_of(hint, len(path))
        if len(options) > 1:
            grow.sites[path] = len(options)
        # The n-th member of a collection starts with the n-th option, so that two members differ.
        which = (grow.chosen.get(path, 0) + turn) % len(options)
        option = options[which]
        if isinstance(option, _Leaf):
            return option.value
        values = []
        for n, child in enumerate(option.children):
            is_fixed = bool(option.names) and self._words.reads is not None and option.names[n] not in self._words.reads
            own_turn = n if option.is_many else turn if n == 0 else 0  # the first field tells two records apart
            own_turn += option.offsets[n] if option.offsets else 0
            values.append(self._grown(child, (*path, which, n), _Grow({}, {}) if is_fixed else grow, own_turn))
        return option.make(values)

    def _options_of(self, hint: Any, depth: int) -> tuple[_Leaf | _Node, ...]:
        is_deep = depth > DEPTH_MAX
        key = (hint, is_deep)
        if key not in self._options:
            found = tuple(self._made_of(hint))
            if is_deep:
                found = tuple(option for option in found if isinstance(option, _Leaf))
            if not found:
                raise UnknownTypeError(_name(hint))
            self._options[key] = found
        return self._options[key]

    def _made_of(self, hint: Any) -> Iterator[_Leaf | _Node]:
        """Every option for a value of this type, the plainest first."""
        origin, arguments = get_origin(hint), get_args(hint)
        if origin in (typing.Union, types.UnionType):
            yield from self._of_any(arguments)
        elif origin is typing.Literal:
            yield from map(_Leaf, arguments)
        elif origin in (typing.Annotated, typing.Final, typing.ClassVar):
            yield from self._made_of(arguments[0])
        elif origin is type or hint is type:
            yield from map(_Leaf, CLASSES)
        elif origin is tuple and not (len(arguments) == 2 and arguments[1] is ...):
            yield _Node(tuple, arguments, is_many=True)
        elif origin in _MANY or hint in _MANY:
            member = arguments[0] if arguments else object
            yield from (_Node(_MANY[origin or hint], (member,) * length, is_many=True) for length in self._lengths())
        elif origin in (dict, Mapping) or hint is dict:
            key, value = arguments or (str, object)
            yield _Node(lambda made: {made[0]: made[1]}, (key, value))
            yield _Leaf({})
        elif isinstance(hint, TypeVar):
            yield from self._made_of(hint.__bound__ or object)
        else:
            yield from self._of_class(hint)

    def _of_any(self, members: Sequence[Any]) -> Iterator[_Leaf | _Node]:
        """Those that can be made; at least one must be."""
        for member in members:
            try:
                yield from self._made_of(member)
            except UnknownTypeError:
                continue

    def _of_class(self, hint: Any) -> Iterator[_Leaf | _Node]:
        plain: dict[Any, tuple[Any, ...]] = {
            str: _distinct((*TEXTS, *self._words.texts, *self._long_texts())),
            int: _distinct((*NUMBERS, *self._words.numbers)),
            bool: (False, True),
            float: (1.0, 0.0, -1.0),
            bytes: BYTES,
            object: ANYTHING,
            Any: ANYTHING,
            None: (None,),
            type(None): (None,),
        }
        if hint in plain:
            yield from map(_Leaf, plain[hint])
        elif not isinstance(hint, type) or inspect.isabstract(hint) or getattr(hint, "_is_protocol", False):
            raise UnknownTypeError(_name(hint))
        elif issubclass(hint, Enum):
            yield from map(_Leaf, hint)
        elif issubclass(hint, BaseException):
            yield _Leaf(hint("a"))
        elif is_dataclass(hint):
            hints = typing.get_type_hints(hint)
            names = tuple(field.name for field in fields(hint) if field.init)
            yield self._fitting(_Node(_calls(hint, names), tuple(hints[name] for name in names), names))
        else:
            yield from self._of_plain_class(hint)

    def _fitting(self, node: _Node) -> _Node:
        """The record with a base that its constructor accepts, as near to the first options as there is one."""
        counts = [len(self._options_of(child, 1)) for child in node.children]
        for several in range(FITTED_MAX + 1):
            for changed in combinations(range(len(counts)), several):
                for chosen in product(*(range(1, counts[n]) for n in changed)):
                    offsets = dict(zip(changed, chosen, strict=True))
                    tried = replace(node, offsets=tuple(offsets.get(n, 0) for n in range(len(counts))))
                    if self._is_accepted(tried):
                        return tried
        return node

    def _is_accepted(self, node: _Node) -> bool:
        values = [
            self._grown(child, (n,), _Grow({}, {}), turn)
            for n, (child, turn) in enumerate(zip(node.children, node.offsets, strict=True))
        ]
        try:
            node.make(values)
        except Exception:  # whatever a constructor raises that refuses its arguments
            return False
        return True

    def _of_plain_class(self, hint: type) -> Iterator[_Leaf | _Node]:
        """A class that says in `__init__` what it is made of."""
        make = inspect.getattr_static(hint, "__init__")
        if hint.__module__ == "builtins" or not inspect.isfunction(make):
            raise UnknownTypeError(_name(hint))
        hints = typing.get_type_hints(make)
        names = list(inspect.signature(make).parameters)[1:]
        if any(name not in hints for name in names):
            raise UnknownTypeError(_name(hint))
        yield _Node(lambda made: hint(*made), tuple(hints[name] for name in names))

    def _lengths(self) -> tuple[int, ...]:
        return _distinct((*LENGTHS, *(n for n in self._words.numbers if 0 <= n <= LENGTH_MAX)))

    def _long_texts(self) -> Iterator[str]:
        yield from ("a" * n for n in self._words.numbers if LENGTH_MAX < n <= TEXT_MAX)


def _calls(made_of: type, names: Sequence[str]) -> Callable[[Sequence[Any]], Any]:
    return lambda values: made_of(**dict(zip(names, values, strict=True)))


def _distinct(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(values))


def _name(hint: Any) -> str:
    return getattr(hint, "__qualname__", None) or str(hint)
