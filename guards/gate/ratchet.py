"""The best figures so far, in a file that is committed: a figure that falls behind them fails the gate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from guards.errors import GuardsError
from guards.results import StepResult, Verdict

LESS_IS_BETTER: Final = ("breaches",)
SLACK: Final = 1e-9
"""Two ways to add up the same numbers differ by less."""


class RatchetError(GuardsError):
    """A ratchet file that cannot be read: it holds what nobody measured."""

    code = "bad_ratchet"


class Ratchet(BaseModel):
    """Each figure by its step and name."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", populate_by_name=True)
    schema_: Literal["guards.ratchet/1"] = Field(default="guards.ratchet/1", alias="schema")
    best: dict[str, Annotated[float, Field(ge=0, allow_inf_nan=False)]] = {}

    def fallen(self, figures: Mapping[str, float]) -> Iterator[str]:
        """A sentence for each figure that is worse than it was."""
        for name, found in figures.items():
            best = self.best.get(name)
            if best is not None and _is_worse(name, found, best):
                yield f"{name} fell from {best:g} to {found:g}"

    def with_better(self, figures: Mapping[str, float]) -> Ratchet:
        """The same, where it is not worse."""
        better = {
            name: found for name, found in figures.items() if not _is_worse(name, found, self.best.get(name, found))
        }
        return Ratchet(best={**self.best, **better})

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
        return Ratchet.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return Ratchet()
    except (OSError, ValidationError) as error:
        raise RatchetError(f"the ratchet {path.name} cannot be read: {str(error)[:200]}") from error


def figures_of(steps: Sequence[StepResult], *, is_full: bool) -> dict[str, float]:
    """What may be compared from run to run: of what was run to its end, and not of mutants of changed lines alone."""
    return {
        f"{step.name}: {name}": value
        for step in steps
        if step.verdict is not Verdict.UNKNOWN and (is_full or step.name != "mutants")
        for name, value in step.figures.items()
    }
