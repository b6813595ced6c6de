"""What a run of the lab is asked, and what it answers; or that there can be no answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from guards.errors import GuardsError
from guards.mutation.mutant import Edit
from guards.results import BaselineResult, MutantResult


class BaselineError(GuardsError):
    """Something fails, flickers or is empty without any change: no mutant can be judged."""

    code = "baseline_failed"


class GrownOldError(BaselineError):
    """What stood in the beginning does not at the end: what was judged in between is worth nothing."""

    code = "baseline_grown_old"


@dataclass(frozen=True, slots=True)
class Experiment:
    """What mutants are judged with."""

    root: Path
    service: str
    files: tuple[str, ...]
    """Where mutants may be, relative to the root."""
    tests: tuple[str, ...] = ()
    """Files and folders for pytest, the quickest first; none: the kit alone."""
    configuration: str = ""
    """The file that pytest reads, relative to the root."""
    seeds: tuple[int, ...] = (1,)
    properties: tuple[str, ...] | None = None
    base: tuple[Edit, ...] = ()
    """What is taken out of the guard in every run, the baseline's too."""
    workers: int = 1
    with_machine: bool = True
    """Whether what nothing else noticed goes to the state machine."""
    may_be_warm: bool = True
    """Whether what differs in bodies of functions may be run where all else is loaded, which is faster."""
    explains: bool = False


@dataclass(frozen=True, slots=True)
class Findings:
    """What a run found."""

    mutants: tuple[MutantResult, ...]
    baseline: BaselineResult
    canaries: tuple[str, ...]
    counterexamples: Mapping[str, str]
    unentered: Mapping[str, list[int]]
    """By file, the first lines of what no case and no test entered, of the tests as far as they were run."""
    reached: Mapping[str, Mapping[str, list[int]]]
    """By file and by property, the lines that were entered by cases that exercise it."""
    cpu: float
