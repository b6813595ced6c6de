"""The step language: plain JSON with symbolic ids, the one thing that every engine produces and the replayer runs.

A call names its caller, its operation, the fields of the *valid* call and the crafts that spoil it when it runs; a
step whose `do` starts with `@` changes the circumstances (a hold, read-only mode, a limit, a fault, a dependency)
beneath the API.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from guards.errors import GuardsError, shown


class StepError(GuardsError):
    """A step that is not of the language, or that names what its world does not have."""

    code = "bad_step"


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `fields` holds JSON in which `{"$ref": ...}` stands for an id of the world and `{"$from": ...}` for
    an answer.
    """

    do: str
    fields: Mapping[str, Any]
    caller: str = ""
    crafts: tuple[str, ...] = ()
    let: str = ""

    @property
    def is_call(self) -> bool:
        return not self.do.startswith("@")

    def without_crafts(self) -> Step:
        return replace(self, crafts=()) if self.crafts else self

    def to_json(self) -> dict[str, Any]:
        """The step as it stands in a trace file."""
        out: dict[str, Any] = {}
        if self.let:
            out["let"] = self.let
        if self.caller:
            out["as"] = self.caller
        out["do"] = self.do
        out["with"] = dict(self.fields)
        if self.crafts:
            out["craft"] = list(self.crafts)
        return out

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Step:
        """A step from a trace file (already validated in shape by `guards.results`)."""
        return cls(
            do=value["do"],
            fields=dict(value.get("with") or {}),
            caller=value.get("as") or "",
            crafts=tuple(value.get("craft") or ()),
            let=value.get("let") or "",
        )


_LEAVES: Final = frozenset({str, bool, int, float, type(None)})
"""The plain values of JSON, by their exact types: most of a call, and no symbol is among them."""


def ref(name: str) -> dict[str, str]:
    """A symbolic id: `ref("org#1")` is the service's own id of the world's second organization."""
    return {"$ref": name}


def answer(let: str, field: str) -> dict[str, str]:
    """What the step called `let` answered under `field`."""
    return {"$from": let, "field": field}


def refs_in(value: Any) -> Iterator[str]:
    """Every `$ref` inside a JSON value, in order."""
    if type(value) in _LEAVES:
        return
    if isinstance(value, Mapping):
        if "$ref" in value:
            yield value["$ref"]
        else:
            for inner in value.values():
                yield from refs_in(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from refs_in(inner)


def resolve(value: Any, natives: Mapping[str, Any], answers: Mapping[str, Any]) -> Any:
    """The value with every symbol replaced by what it stands for.

    A `$ref` that the world lacks is an error of the trace; a `$from` without an answer becomes null, because any
    subset of a trace must still run.
    """
    if type(value) in _LEAVES:
        return value
    if isinstance(value, Mapping):
        if "$ref" in value:
            return native_of(_word(value, "$ref"), natives)
        if "$from" in value:
            given, field = answers.get(_word(value, "$from")), _word(value, "field")
            return given.get(field) if isinstance(given, Mapping) else None
        parts = value.items()
        return {key: one if type(one) in _LEAVES else resolve(one, natives, answers) for key, one in parts}
    if isinstance(value, list | tuple):
        return [resolve(inner, natives, answers) for inner in value]
    return value


def native_of(name: str, natives: Mapping[str, Any]) -> Any:
    """The service's own id of what the world calls so."""
    if not name:
        raise StepError("the step names by an id of the service's own what it must name by a `$ref`")
    if name not in natives:
        raise StepError(f"the step names `{name}`, which its world does not have")
    return natives[name]


def _word(symbol: Mapping[str, Any], part: str) -> str:
    word = symbol.get(part)
    if not isinstance(word, str):
        raise StepError(f"a symbol of the step says of `{part}` {shown(word)}, which is no text")
    return word


_TYPES: Final[Mapping[str, Mapping[str, tuple[type, ...]]]] = {
    "@hold": {"level": (str,), "id": (str, int), "on": (bool,)},
    "@read_only": {"kind": (str,), "state": (bool, type(None))},
    "@limit": {"count": (int,), "percent": (int,)},
    "@depend": {"dependent": (str, int), "on": (str, int)},
    "@fault": {"fault": (str,)},
}


def expect_circumstance(name: str, fields: Mapping[str, Any]) -> None:
    """Refuse a circumstance that does not say what it must, in the types that it must; what is unknown is let by."""
    for field, types in _TYPES.get(name, {}).items():
        if field not in fields:
            raise StepError(f"the step `{name}` lacks `{field}`")
        if type(fields[field]) not in types:
            raise StepError(f"the step `{name}` says of `{field}` {shown(fields[field])}, which it cannot mean")
