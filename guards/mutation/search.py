"""Looks for an input that tells a mutant from its original: what a worker does, on one source or on the other.

The two are never loaded together. The original goes through the inputs near the base and says what becomes of each;
the mutant goes through the same ones until something else becomes of one. Which inputs come next depends on nothing
but what became of those before, so both go the same way for as long as there is no difference.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
import itertools
import types
import typing
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, is_dataclass
from types import CodeType, FunctionType, ModuleType
from typing import Any, Final, get_args, get_origin

from guards.mutation.attack import TooLong, within
from guards.mutation.domains import OMITTED, Choices, Domain, Input, Path, UnknownTypeError, Words
from guards.mutation.spelling import Speller, UnspellableError, described

CALL_SECONDS: Final = 2.0
"""A call takes a few millionths of this."""
YIELDED_MAX: Final = 1_000
FAR: Final = 2
"""Up to this distance every site is tried; beyond it those alone that were seen to matter."""
TEXT_MAX: Final = 40
TEXTS_MAX: Final = 8
NOTHING: Final = object()
"""In the place of a default where there is none."""

Job = dict[str, Any]
Tell = Callable[[Any], None]


@dataclass(frozen=True, slots=True)
class Target:
    """Something to call: a function, or a class that is made."""

    name: str
    call: Callable[..., Any]
    hints: dict[str, Any]


def explored(job: Job, tell: Tell) -> None:
    """The original: for each function that may tell, what becomes of each input."""
    module = importlib.import_module(job["module"])
    code = compile(job["changed"], job["module"], "exec", dont_inherit=True)
    for target in targets(module, job["function"], job["bound"]):
        words = words_of(module, target, code)
        told = {"target": target.name, "words": _told_words(words)}
        try:
            walk = Walk(target, words, job["budget"])
            outcomes = [outcome for _, outcome in walk.outcomes()]
        except UnknownTypeError as unknown:
            tell({**told, "unknown": str(unknown)})
            continue
        tell({**told, "outcomes": outcomes, "near": walk.near, "far": walk.far, "sites": len(walk.tried)})


def compared(job: Job, tell: Tell) -> None:
    """The mutant: the first input of which something else becomes."""
    target, words = _again(job)
    known = iter(job["outcomes"])
    walk = Walk(target, words, job["budget"])
    for choices, outcome in walk.outcomes(known):
        if outcome is not None and outcome != walk.expected:
            tell({"differs": choices})
            return
    tell({"same": True})


def spelled(job: Job, tell: Tell) -> None:
    """The original once more: a call with one input, and what becomes of it, as code."""
    target, words = _again(job)
    chosen = tuple((tuple(path), n) for path, n in job["choices"])
    domain = Domain(target.call, target.hints, words)
    speller = Speller()
    try:
        call = _call(speller, target, domain.at(chosen))
        tell({"call": call, **_ending(speller, target, domain.at(chosen)), "imports": speller.imports})
    except UnspellableError as what:
        tell({"unspellable": str(what)})


def _again(job: Job) -> tuple[Target, Words]:
    """The target of this name, and the words as they were told."""
    module = importlib.import_module(job["module"])
    found = targets(module, job["function"], job["bound"])
    words = {**job["words"], "reads": frozenset(job["words"]["reads"])}
    return next(each for each in found if each.name == job["target"]), Words(**words)


# What to call.


def targets(module: ModuleType, function: str, bound: list[str]) -> Iterator[Target]:
    """The function of this qualified name; for code outside of functions, whatever in the module may depend on it."""
    found: Any = module
    name, owner = "", None
    for part in function.split(".") if function else ():
        if not inspect.isclass(found) and found is not module:
            break
        owner, found, name = found, inspect.getattr_static(found, part), f"{name}.{part}".lstrip(".")
    if isinstance(found, FunctionType) and inspect.isclass(owner):
        yield from _of_method(name, owner, found, module)
    elif isinstance(found, FunctionType):
        yield Target(name, found, hints_of(found))
    else:
        yield from _of_module(module, frozenset(bound) if found is module else frozenset({name}))


def _of_method(name: str, owner: type, method: FunctionType, module: ModuleType) -> Iterator[Target]:
    """A class by being made; any other method with a `self` of that class, or of what refines it in the module."""
    makers = ("__init__", "__post_init__", "__new__")
    refined = [each for each in vars(module).values() if inspect.isclass(each) and issubclass(each, owner)]
    own = [each for each in refined if each is not owner] or [owner]
    if method.__name__ in makers:
        yield from (_of_class(each) for each in own)
        return
    self_name = next(iter(inspect.signature(method).parameters))
    yield Target(name, method, {**hints_of(method), self_name: typing.Union[tuple(own)]})  # noqa: UP007 - made here


def _of_class(made: type) -> Target:
    hints = typing.get_type_hints(made) if is_dataclass(made) else hints_of(inspect.getattr_static(made, "__init__"))
    return Target(made.__qualname__, made, hints)


def _of_module(module: ModuleType, names: frozenset[str]) -> Iterator[Target]:
    """Every function of the module that speaks of one of these names, directly or through another; every record."""
    for value in list(vars(module).values()):
        if getattr(value, "__module__", None) != module.__name__:
            continue
        if isinstance(value, FunctionType) and names & {value.__name__, *_names(_codes_from(value.__code__, module))}:
            yield Target(value.__qualname__, value, hints_of(value))
        elif inspect.isclass(value) and is_dataclass(value):
            yield _of_class(value)


def hints_of(function: Callable[..., Any]) -> dict[str, Any]:
    """What the parameters are, as far as that can be found out: what is declared, or the default, where that is
    something else, as in `owner: str = None`.
    """
    hints = {}
    for name, annotation in inspect.get_annotations(function).items():
        with suppress(Exception):  # whatever an annotation that cannot be read raises
            hint = hint_of(annotation, inspect.getmodule(function))
            hints[name] = or_another(hint, defaults_of(function).get(name, NOTHING))
    return hints


def defaults_of(function: Callable[..., Any]) -> dict[str, Any]:
    parameters = inspect.signature(function).parameters.values()
    return {each.name: each.default for each in parameters if each.default is not each.empty}


def or_another(hint: Any, default: Any) -> Any:
    """The type that is declared, and besides it that of a default that is of another."""
    if default is NOTHING or _is_one(default, hint):
        return hint
    return typing.Union[hint, type(default)]  # noqa: UP007 - made here


def _is_one(value: Any, hint: Any) -> bool:
    """Whether the value is exactly what the hint says: of that class itself, and of what it holds nothing is known."""
    if hint is Any or get_origin(hint) in (typing.Union, types.UnionType):
        return hint is Any or any(_is_one(value, each) for each in get_args(hint))
    if get_origin(hint) is typing.Literal:
        return value in get_args(hint)
    return type(value) is (get_origin(hint) or hint) and not (get_args(hint) and value)


def hint_of(annotation: Any, module: ModuleType | None) -> Any:
    """The type that an annotation in this module names. Raises whatever reading it raises."""
    holder = type("_Holder", (), {"__annotations__": {"it": annotation}})
    return typing.get_type_hints(holder, vars(module))["it"]


# What the source suggests.


def words_of(module: ModuleType, target: Target, changed: CodeType) -> Words:
    """The constants of a function, before and after, and the names that it and what it calls read."""
    own = list(_codes_of(target.call))
    new = [code for code in _inside(changed) if code.co_qualname in {code.co_qualname for code in own}]
    reached = [found for code in (*own, *new) for found in _codes_from(code, module)]
    names = _names(reached)
    constants = [constant for code in (*own, *new) for constant in _flat(code.co_consts)]
    constants += [constant for name in sorted(names) for constant in _flat((vars(module).get(name),))]
    numbers = sorted({each for each in constants if type(each) is int}, key=abs)
    texts = [each for each in constants if type(each) is str and 0 < len(each) <= TEXT_MAX]
    around = dict.fromkeys(each + step for each in numbers for step in (0, -1, 1))
    return Words(tuple(around), tuple(dict.fromkeys(texts))[:TEXTS_MAX], names)


def _told_words(words: Words) -> dict[str, Any]:
    return {"numbers": words.numbers, "texts": words.texts, "reads": sorted(words.reads or ())}


def _codes_of(call: Any) -> Iterator[CodeType]:
    makers = ("__init__", "__post_init__", "__new__")
    functions = (
        [call] if isinstance(call, FunctionType) else [inspect.getattr_static(call, each, None) for each in makers]
    )
    yield from (each.__code__ for each in functions if isinstance(each, FunctionType))


def _codes_from(start: CodeType, module: ModuleType) -> list[CodeType]:
    """This code, what is defined inside it, and that of every function of the same package that it names."""
    package = module.__name__.partition(".")[0]
    found: dict[CodeType, None] = {}
    todo: list[tuple[CodeType, dict[str, Any]]] = [(start, vars(module))]
    while todo:
        code, known = todo.pop()
        if code in found:
            continue
        found[code] = None
        todo += [(inner, known) for inner in _inside(code)]
        called = [known.get(name) for name in code.co_names]
        todo += [
            (each.__code__, each.__globals__)
            for each in called
            if isinstance(each, FunctionType) and each.__module__.partition(".")[0] == package
        ]
    return list(found)


def _inside(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _inside(constant)


def _names(codes: list[CodeType]) -> frozenset[str]:
    return frozenset(name for code in codes for name in code.co_names)


def _flat(constants: tuple[Any, ...]) -> Iterator[Any]:
    for constant in constants:
        if isinstance(constant, tuple | frozenset):
            yield from _flat(tuple(constant))
        else:
            yield constant


# One input after the other.


@dataclass(slots=True)
class Walk:
    """Goes through the inputs of one target, the nearest first, up to a number of calls."""

    target: Target
    words: Words
    budget: int
    expected: str | None = None
    """What became of the input in the original."""
    near: int = 0
    """Up to this distance no input was left out."""
    far: int = 0
    """Up to this one none at the sites that were seen to matter."""
    tried: set[Path] = field(default_factory=set)
    _loud: set[Path] = field(default_factory=set)
    _domain: Domain = field(init=False)
    _outcomes: dict[Choices, str | None] = field(default_factory=dict)
    _sites: dict[Choices, dict[Path, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._domain = Domain(self.target.call, self.target.hints, self.words)

    def outcomes(self, known: Iterator[str | None] | None = None) -> Iterator[tuple[Choices, str | None]]:
        """Each input and what became of it; None where it cannot be made. What is known not to be made is left out."""
        level: list[Choices] = [()]
        for distance in itertools.count():
            next_level = []
            for choices in level:
                if len(self._outcomes) >= self.budget:
                    return
                self.expected = None if known is None else next(known)
                outcome = None if known is not None and self.expected is None else self._outcome(choices)
                yield choices, outcome
                self._note(choices, outcome)
                if outcome is not None:
                    next_level.append(choices)
            self.far = distance
            self.near = min(distance, FAR)
            level = list(self._beyond(next_level, distance))
            if not level:
                return

    def _outcome(self, choices: Choices) -> str | None:
        try:
            given = self._domain.at(choices)
        except UnknownTypeError:
            if not choices:
                raise
            return None
        except Exception as error:
            # A constructor refuses; if it is the mutant's alone, that is a difference.
            return None if self.expected is None else _raised(error)
        self._sites[choices] = dict(given.sites)
        said = outcome_of(self.target, given)
        return hashlib.sha256(said.encode("utf-8", "backslashreplace")).hexdigest()[:16]

    def _note(self, choices: Choices, outcome: str | None) -> None:
        """Which sites matter: those without whose choice something else becomes of the input."""
        self._outcomes[choices] = outcome
        for path, _ in choices:
            self.tried.add(path)
            if path not in self._loud:
                without = tuple(each for each in choices if each[0][: len(path)] != path)
                if self._outcomes.get(without, outcome) != outcome:
                    self._loud.add(path)

    def _beyond(self, level: list[Choices], distance: int) -> Iterator[Choices]:
        """One site further: first where all sites matter, then, if that is still near, the others."""
        further = (self._is_loud, lambda path: not self._is_loud(path)) if distance < FAR else (self._is_loud,)
        left = self.budget - len(self._outcomes)
        if distance >= FAR:
            level = [choices for choices in level if all(path in self._loud for path, _ in choices)]
        ways = (self._from(choices, is_wanted) for is_wanted in further for choices in level)
        return itertools.islice(itertools.chain.from_iterable(ways), left + 1)

    def _from(self, choices: Choices, is_wanted: Callable[[Path], bool]) -> Iterator[Choices]:
        last = choices[-1][0] if choices else ()
        for path, options in self._sites.get(choices, {}).items():
            if path > last and is_wanted(path):
                yield from ((*choices, (path, n)) for n in range(1, options))

    def _is_loud(self, path: Path) -> bool:
        return path in self._loud or path not in self.tried


# What becomes of an input.


def outcome_of(target: Target, given: Input) -> str:
    """The value that comes back, or the error with its code; as a text that tells any two apart."""
    try:
        with within(CALL_SECONDS):
            return described(_value(target, given))
    except TooLong:
        return "does not end"
    except BaseException as error:
        return _raised(error)


def _value(target: Target, given: Input) -> Any:
    value = target.call(*given.arguments, **given.keywords)
    return tuple(itertools.islice(value, YIELDED_MAX)) if inspect.isgenerator(value) else value


def _raised(error: BaseException) -> str:
    return f"raises {type(error).__module__}.{type(error).__qualname__} {getattr(error, 'code', '')!r}"


def _call(speller: Speller, target: Target, given: Input) -> str:
    what = target.call if isinstance(target.call, type | FunctionType) else None
    name = speller.named(what) if what is not None else target.name
    arguments = [speller.spelled(value) for value in given.arguments]
    arguments += [f"{each}={speller.spelled(value)}" for each, value in given.keywords.items() if value is not OMITTED]
    call = f"{name}({', '.join(arguments)})"
    is_generator = isinstance(what, FunctionType) and inspect.isgeneratorfunction(what)
    return f"tuple({call})" if is_generator else call


def _ending(speller: Speller, target: Target, given: Input) -> dict[str, Any]:
    """What the test says of the call: the value, or the error and its code."""
    try:
        with within(CALL_SECONDS):
            value = _value(target, given)
    except Exception as error:
        code = getattr(error, "code", None)
        return {"raises": speller.named(type(error)), "code": code if isinstance(code, str) else None}
    return {"value": speller.spelled(value)}
