"""The step language: plain JSON with symbolic ids, the one thing that every engine produces and the replayer runs.

A call names its caller, its operation, the fields of the *valid* call and the crafts that spoil it when it runs; a
step whose `do` starts with `@` changes the circumstances (a hold, read-only mode, a limit, a fault, a dependency)
beneath the API.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from guards.errors import GuardsError


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


def ref(name: str) -> dict[str, str]:
    """A symbolic id: `ref("org#1")` is the service's own id of the world's second organization."""
    return {"$ref": name}


def answer(let: str, field: str) -> dict[str, str]:
    """What the step called `let` answered under `field`."""
    return {"$from": let, "field": field}


def refs_in(value: Any) -> Iterator[str]:
    """Every `$ref` inside a JSON value, in order."""
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
    if isinstance(value, Mapping):
        if "$ref" in value:
            if value["$ref"] not in natives:
                raise StepError(f"the step names `{value['$ref']}`, which its world does not have")
            return natives[value["$ref"]]
        if "$from" in value:
            given = answers.get(value["$from"])
            return given.get(value.get("field")) if isinstance(given, Mapping) else None
        return {key: resolve(inner, natives, answers) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [resolve(inner, natives, answers) for inner in value]
    return value
