"""The nurseries that workers of a run come from: a cold one for each place, and warm ones beside it.

A cold worker reads the whole project anew, as its variant says. A warm one has it loaded, and exchanges bodies of
functions.
"""

from __future__ import annotations

import os
import queue
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from guards.mutation.sandbox import Bounds, Ran, Sandbox, SandboxError

LEAST_CPU_SECONDS: Final = 20.0
SLACK: Final = 4.0
"""A worker may take so many times what the baseline took, and always LEAST_CPU_SECONDS more."""

Warm = Literal["", "cases", "tests"]
"""What is loaded already where a job is run; nothing, where all is to be read anew."""
Sources = Mapping[str, str]
_Place = dict[Warm, Sandbox]


@dataclass(frozen=True, slots=True)
class Crew:
    """Places, each for one worker at a time."""

    root: Path
    places: int
    bytecode: str
    with_kit: bool
    _stack: ExitStack
    _free: queue.Queue[_Place] = field(default_factory=queue.Queue)
    _warm: dict[Warm, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    @contextmanager
    def opened(cls, root: Path, places: int, bytecode: str, *, with_kit: bool) -> Iterator[Crew]:
        """All of them end with this."""
        with ExitStack() as stack:
            crew = cls(root, places, bytecode, with_kit, stack)
            for _ in range(places):
                crew._free.put({"": crew._nursery(None)})
            yield crew

    def _nursery(self, warm: Mapping[str, Any] | None) -> Sandbox:
        made = Sandbox(self.root, with_kit=self.with_kit, bytecode=self.bytecode, warm=warm)
        return self._stack.enter_context(made)

    def keep_warm(self, what: Warm, job: Mapping[str, Any], files: tuple[str, ...], base: Sources) -> None:
        """From now on this can be had loaded already, with these files as they are in every run."""
        self._warm[what] = {
            **job,
            "do": f"guards.mutation.warm:for_{what}",
            "files": [self._path(file) for file in files],
            "sources": {self._path(file): text for file, text in base.items()},
        }

    def _path(self, file: str) -> str:
        return os.path.join(self.root, file)

    def is_warm(self, what: Warm) -> bool:
        return what in self._warm

    def forget(self, what: Warm) -> None:
        """From now on all of it is read anew each time."""
        self._warm.pop(what, None)

    def run(self, do: str, job: Mapping[str, Any], sources: Sources, cpu: float, warm: Warm = "") -> Ran:
        """A job whose baseline took so many seconds of processor."""
        seconds = SLACK * cpu + LEAST_CPU_SECONDS
        return self.run_within(do, job, sources, Bounds(cpu_seconds=seconds, wall_seconds=3 * seconds), warm)

    def run_within(self, do: str, job: Mapping[str, Any], sources: Sources, bounds: Bounds, warm: Warm = "") -> Ran:
        """A job on the next free place."""
        place = self._free.get()
        try:
            return self._warm_run(place, do, job, sources, bounds, warm) or place[""].run(do, job, sources, bounds)
        finally:
            self._free.put(place)

    def _warm_run(
        self, place: _Place, do: str, job: Mapping[str, Any], sources: Sources, bounds: Bounds, warm: Warm
    ) -> Ran | None:
        """None where it has to be read anew after all."""
        if warm not in self._warm:
            return None
        try:
            if warm not in place:
                place[warm] = self._nursery(self._warm[warm])
            ran = place[warm].run(do, job, sources, bounds)
        except SandboxError:
            self.forget(warm)  # a project that cannot be forked once it is loaded
            return None
        return None if ran.said("cold") is not None else ran
