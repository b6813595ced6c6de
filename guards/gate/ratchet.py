"""The best figures so far, in a file that is committed: a figure that falls behind them fails the gate."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from guards.errors import GuardsError, shown
from guards.results import StepResult, Verdict
from guards.strict_json import read_json

LESS_IS_BETTER: Final = ("breaches", "empty cells")
SCHEMA: Final = "guards.ratchet/1"
NOT_KEPT: Final = ("tests: tests passed", "tests: tests skipped", "mutants: mutants")
"""Shown, and not held against a run: two tests may become one, and what they are worth is told by coverage and mutants;
and code that is simpler has fewer mutants.
"""
SLACK: Final = 1e-9
"""Two ways to add up the same numbers differ by less."""


class RatchetError(GuardsError):
    """A ratchet file that cannot be read: it holds what nobody measured."""

    code = "bad_ratchet"


class Ratchet(BaseModel):
    """Each figure by its step and name."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", populate_by_name=True)
    schema_: Literal["guards.ratchet/1"] = Field(default=SCHEMA, alias="schema")
    best: dict[str, Annotated[float, Field(ge=0, allow_inf_nan=False)]] = {}

    def fallen(self, figures: Mapping[str, float]) -> Iterator[str]:
        """A sentence for each figure that is worse than it was."""
        for name, found in figures.items():
            best = self.best.get(name)
            if best is not None and _is_worse(name, found, best):
                yield f"{name} fell from {best:g} to {found:g}"

    def gone(self, figures: Mapping[str, float], not_asked: Collection[str]) -> Iterator[str]:
        """A sentence for each figure that nobody measured, though its step is none of those that were not asked."""
        for name, best in self.best.items():
            if name not in figures and name.partition(": ")[0] not in not_asked:
                yield f"{name} was {best:g} and is measured no more; if that is meant, take it out of the ratchet"

    def with_better(self, figures: Mapping[str, float]) -> Ratchet:
        """The same, where it is not worse."""
        better = {
            name: found for name, found in figures.items() if not _is_worse(name, found, self.best.get(name, found))
        }
        return Ratchet(best={**self.best, **better})

    def looser_than(self, before: Ratchet) -> Iterator[str]:
        """A sentence for each figure of which less is asked than before."""
        for name, was in before.best.items():
            now = self.best.get(name)
            if now is None:
                yield f"{name} had to be {was:g}, and is in the ratchet no more"
            elif _is_worse(name, now, was):
                yield f"{name} had to be {was:g}, and may be {now:g} now"

    def to_json(self) -> str:
        """The text of the file."""
        return self.model_dump_json(indent=1, by_alias=True) + "\n"


def _is_worse(name: str, found: float, best: float) -> bool:
    if name.endswith(LESS_IS_BETTER):
        return found > best + SLACK
    return found < best - SLACK


def read_ratchet(path: Path) -> Ratchet:
    """What the file holds; nothing if there is none. Raises `RatchetError`."""
    try:
        return parse_ratchet(path.read_text(encoding="utf-8"), path.name)
    except FileNotFoundError:
        return Ratchet()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise RatchetError(f"the ratchet {path.name} cannot be read: {why}") from error


def parse_ratchet(text: str, name: str) -> Ratchet:
    """What the text of a ratchet file of this name says. Raises `RatchetError`."""
    try:
        said = read_json(text)
        schema = said.get("schema") if isinstance(said, dict) else None
        if schema != SCHEMA:
            raise ValueError(f"its schema is {shown(schema)}, and not {SCHEMA}")
        read = Ratchet.model_validate(said)
    except ValidationError as error:
        wrong = [f"{'.'.join(map(str, found['loc']))}: {found['msg']}" for found in error.errors()]
        raise RatchetError(f"the ratchet {name} cannot be read: {'; '.join(wrong[:5])}") from error
    except RecursionError as error:
        raise RatchetError(f"the ratchet {name} cannot be read: it is nested too deeply to be one") from error
    except ValueError as error:
        raise RatchetError(f"the ratchet {name} cannot be read: {error}") from error
    return Ratchet(best={figure: best for figure, best in read.best.items() if figure not in NOT_KEPT})


def not_asked(steps: Sequence[StepResult], *, is_full: bool) -> set[str]:
    """The steps of which nothing is known, or only of changed lines."""
    return {step.name for step in steps if step.verdict is Verdict.UNKNOWN} | (set() if is_full else {"mutants"})


def figures_of(steps: Sequence[StepResult], *, is_full: bool) -> dict[str, float]:
    """What may be compared from run to run: of what was run to its end, and not of mutants of changed lines alone."""
    left = not_asked(steps, is_full=is_full)
    return {
        key: value
        for step in steps
        if step.name not in left
        for name, value in step.figures.items()
        if (key := f"{step.name}: {name}") not in NOT_KEPT
    }
