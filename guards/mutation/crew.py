"""The nurseries that workers of a run come from: a cold one for each place, and warm ones beside it.

A cold worker reads the whole project anew, as its variant says. A warm one has it loaded, and exchanges bodies of
functions.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
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
    _made: list[Sandbox] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

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
        self._made.append(made)
        if self._over.is_set():
            made.kill()
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
        return str(self.root / file)  # as the sandbox spells it

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
            tried = self._tried_warm(place, do, job, sources, bounds, warm)
            if tried is not None and tried.said("cold") is None:
                return tried
            ran = place[""].run(do, job, sources, bounds)
            return ran if tried is None else replace(ran, cpu=ran.cpu + tried.cpu)
        finally:
            self._free.put(place)

    @contextmanager
    def in_haste(self) -> Iterator[None]:
        """Whatever is raised in here ends every worker at once: nobody waits for what they were at."""
        try:
            yield
        except BaseException:
            self._over.set()
            for nursery in tuple(self._made):
                nursery.kill()
            raise

    def started(self) -> float:
        """Seconds of processor that it took to get nurseries ready."""
        return sum(one.cpu for one in self._made)

    def _tried_warm(
        self, place: _Place, do: str, job: Mapping[str, Any], sources: Sources, bounds: Bounds, warm: Warm
    ) -> Ran | None:
        """None where that is not to be had."""
        loads = self._warm.get(warm)
        if loads is None:
            return None
        try:
            if warm not in place:
                place[warm] = self._nursery(loads)
            return place[warm].run(do, job, sources, bounds)
        except SandboxError:
            self.forget(warm)  # a project that cannot be forked once it is loaded
            return None
