"""Runs a job in a worker of its own and says how that went: the lab's side of the nursery, started anew if lost.

A job names a function of this room and what to call it with; its report is lines of JSON. Nothing is judged here.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import guards
from guards.errors import GuardsError
from guards.mutation.confine import PATIENCE_SECONDS

TOOLS: Final = ("hypothesis", "hypothesis.stateful", "pytest", "pydantic")
"""What a worker finds loaded, where it is installed. None of it is ever changed."""
HYPOTHESIS: Final = "hypothesis"
"""Where Hypothesis keeps tables that take it a while to make. Besides it, a worker writes to its own folder alone."""
START_SECONDS: Final = 300.0
"""What loads and collects a large project, and what waits for ever for something."""
END_SECONDS: Final = 2 * PATIENCE_SECONDS
"""Longer than a nursery looks for what its worker left running."""
LATE_SECONDS: Final = 60.0
"""Of a worker that has come to its limit a nursery tells at once, unless that stopped it again and again."""
WATCH_SECONDS: Final = 1.0
KIT: Final = ("guards.testing", "guards.testing.machine", "guards.results", "guards.mutation.attack")
"""Loaded beforehand, too, unless the kit itself is to be changed."""


class SandboxError(GuardsError):
    """No worker can be had at all."""

    code = "no_worker"


@dataclass(frozen=True, slots=True)
class Bounds:
    """The most that one worker may take."""

    cpu_seconds: float = 120.0
    wall_seconds: float = 300.0
    memory_bytes: int = 2 << 30
    file_bytes: int = 16 << 20


@dataclass(frozen=True, slots=True)
class Ran:
    """How a worker's life went. `lines` are its report, as far as it came."""

    ended: str
    """`exit N`, `signal N`, `cpu` or `wall` where a limit ended it, `lost` if it took the nursery with it."""
    lines: tuple[dict[str, Any], ...] = ()
    output: str = ""
    seconds: float = 0.0
    cpu: float = 0.0

    def said(self, name: str) -> Any:
        """What the report says last under this name; None if nothing."""
        return next((line[name] for line in reversed(self.lines) if name in line), None)


@dataclass(slots=True)
class Sandbox:
    """One nursery: one worker at a time. Close it, or leave its `with`."""

    root: Path
    bounds: Bounds = field(default_factory=Bounds)
    with_kit: bool = True
    """Whether the kit is loaded beforehand."""
    bytecode: str = ""
    """A folder for the bytecode of what is unchanged: read by all workers, kept by those whose job may write to it."""
    warm: Mapping[str, Any] | None = None
    """What the nursery loads of the project: a job, whose `do` is called with it and with what serves other jobs."""
    cpu: float = 0.0
    """Seconds of processor that its nurseries took to get ready."""
    _scratch: tempfile.TemporaryDirectory[str] | None = None
    _nursery: subprocess.Popen[bytes] | None = None
    _is_over: bool = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        self.close()

    def run(
        self,
        do: str,
        job: Mapping[str, Any],
        sources: Mapping[str, str] | None = None,
        bounds: Bounds | None = None,
    ) -> Ran:
        """`do` is MODULE:FUNCTION, `sources` maps files, relative to the root, to what they shall read.

        What the job names under `writes` are folders that it may write to, besides its own.
        """
        nursery, scratch = self._started()
        bounds = self.bounds if bounds is None else bounds
        order = {
            **job,
            "do": do,
            "sources": {str(self.root / file): text for file, text in (sources or {}).items()},
            "scratch": scratch,
            "writes": [*job.get("writes", ()), os.path.join(scratch, HYPOTHESIS)],
            "cpu": bounds.cpu_seconds,
            "wall": bounds.wall_seconds,
            "memory": bounds.memory_bytes,
            "file_size": bounds.file_bytes,
        }
        answer = _ask(nursery, order, patience=bounds.wall_seconds + LATE_SECONDS)
        if answer is None:
            self._end_nursery()
            return Ran("lost")
        return Ran(answer["ended"], tuple(answer["lines"]), answer["output"], answer["seconds"], answer["cpu"])

    def kill(self) -> None:
        """From any thread: whoever waits for a worker of this hears that it is lost, and nobody gets another one."""
        self._is_over = True
        nursery = self._nursery
        if nursery is not None and nursery.returncode is None:
            _ask_to_end(nursery)
            late = threading.Timer(END_SECONDS, _kill, (nursery,))
            late.daemon = True
            late.start()

    def close(self) -> None:
        """End the nursery and remove what workers left behind."""
        self._end_nursery()
        if self._scratch is not None:
            self._scratch.cleanup()
            self._scratch = None

    def _started(self) -> tuple[subprocess.Popen[bytes], str]:
        if self._scratch is None:
            self._scratch = tempfile.TemporaryDirectory(prefix="guards-lab-", ignore_cleanup_errors=True)
        if self._is_over:
            raise SandboxError("the run is over")
        if self._nursery is None:
            os.makedirs(os.path.join(self._scratch.name, HYPOTHESIS), exist_ok=True)
            preload = (*TOOLS, *(KIT if self.with_kit else ()))
            bytecode = self.bytecode or os.path.join(self._scratch.name, "bytecode")
            opening = {
                "path": _path(self.root),
                "scratch": self._scratch.name,
                "preload": preload,
                "bytecode": bytecode,
                "warm": self.warm,
            }
            self._nursery = _start(self.root, self._scratch.name)
            said = _ask(self._nursery, opening, patience=START_SECONDS) if not self._is_over else None
            if said is None:
                ended = self._nursery
                self._end_nursery()
                raise SandboxError(f"no worker can be started: the process ended with {ended.returncode}")
            self.cpu += float(said["cpu"])
        return self._nursery, self._scratch.name

    def _end_nursery(self) -> None:
        nursery, self._nursery = self._nursery, None
        if nursery is not None:
            _end(nursery)


def _path(root: Path) -> list[str]:
    """Where a nursery looks for modules first: in the root, then where this package stands."""
    return [str(root), str(Path(guards.__file__).resolve().parents[1])]


def _start(root: Path, scratch: str) -> subprocess.Popen[bytes]:
    """A nursery that waits for its first order, which says how to get ready."""
    known = os.environ.get("PYTHONPATH")
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([*_path(root), *([known] if known else [])]),
        "PYTHONHASHSEED": "0",  # the order of a set is part of what a run does
        "HYPOTHESIS_STORAGE_DIRECTORY": os.path.join(scratch, HYPOTHESIS),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "guards.mutation.nursery"],
        cwd=root,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _tell(nursery: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(nursery.pid, number)


def _ask_to_end(nursery: subprocess.Popen[bytes]) -> None:
    """Asked, a nursery ends its worker first, and whatever that started; one that was stopped goes on for that."""
    _tell(nursery, signal.SIGTERM)
    _tell(nursery, signal.SIGCONT)


def _kill(nursery: subprocess.Popen[bytes]) -> None:
    """One that did not listen."""
    if nursery.returncode is None:
        _tell(nursery, signal.SIGKILL)


def _end(nursery: subprocess.Popen[bytes]) -> None:
    _ask_to_end(nursery)
    try:
        nursery.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        _kill(nursery)
        nursery.wait()
    for stream in (nursery.stdin, nursery.stdout):
        if stream is not None:
            with suppress(OSError):
                stream.close()


def _ask(nursery: subprocess.Popen[bytes], order: Mapping[str, Any], patience: float) -> Any:
    """The nursery's answer; None if it is gone, or has not even begun to answer after so many seconds."""
    if nursery.stdin is None or nursery.stdout is None:
        raise SandboxError("the nursery has no pipes")
    try:
        nursery.stdin.write(json.dumps(order).encode() + b"\n")
        nursery.stdin.flush()
        deadline = time.monotonic() + patience
        while not select.select([nursery.stdout], [], [], WATCH_SECONDS)[0]:
            if time.monotonic() > deadline:
                return None
            _tell(nursery, signal.SIGCONT)  # a mutant may have stopped it, and with it who watches the limits
        line = nursery.stdout.readline()
    except BrokenPipeError:
        return None
    try:
        return _read(line)
    except ValueError:
        return None


def _read(line: bytes) -> Any:
    """JSON in which no text has half a character, as an error's text may have: such a text cannot be written."""
    value = json.loads(line)
    if b"\\ud" in line:
        value = json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    return value
