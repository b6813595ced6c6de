"""Runs the steps of the gate in their order within a budget, each command in a process group of its own."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from os.path import realpath
from pathlib import Path
from types import FrameType
from typing import IO, Final

TAIL: Final = 4_000
"""Bytes of a step's output that are kept: the last ones."""
GRACE_SECONDS: Final = 5.0
"""Between the request to stop and the end."""
UNHEARD: Final = frozenset({"PYTEST_ADDOPTS", "PYTEST_PLUGINS", "COVERAGE_RCFILE"})
"""What tools would do otherwise than the project says, and nobody who reviews it would see."""


@dataclass(frozen=True, slots=True)
class Step:
    """A few commands, one after the other, that leave one result file. The first that fails is the last."""

    name: str
    commands: tuple[tuple[str, ...], ...]
    result: Path | None = None
    environment: tuple[tuple[str, str], ...] = ()
    besides: tuple[str, ...] = ()
    """Patterns for the other files that it leaves in the folder of its result, which may hold somebody else's too."""
    again: tuple[str, ...] = ()
    """What shows the same to a person, where that is not the last command."""

    @property
    def shown_by(self) -> tuple[str, ...]:
        return self.again or self.commands[-1]


@dataclass(frozen=True, slots=True)
class Ran:
    """How a step went. Without an exit code it was not run to its end."""

    step: Step
    code: int | None
    seconds: float = 0.0
    output: str = ""
    why: str = ""
    """Why there is no exit code."""
    cpu: float = 0.0
    """Seconds of processor."""


def clear(steps: Sequence[Step]) -> None:
    """Take away what an earlier run of these steps left, be they run now or not: it must not pass for this one's.

    Raises `OSError`.
    """
    for step in steps:
        if step.result is not None:
            besides = [file for pattern in step.besides for file in step.result.parent.glob(pattern)]
            for file in (step.result, *besides):
                file.unlink(missing_ok=True)


def is_cleared(file: Path, steps: Sequence[Step]) -> bool:
    """Whether that would take this file away."""
    path = Path(realpath(file))
    left = [(Path(realpath(step.result)), step.besides) for step in steps if step.result is not None]
    return any(
        path.parent == result.parent and any(fnmatchcase(path.name, name) for name in (result.name, *besides))
        for result, besides in left
    )


def run_steps(
    steps: Sequence[Step], budget: float, progress: Callable[[Step, int], None] | None = None
) -> Iterator[Ran]:
    """Each step in turn. One that the budget leaves no time for is not run, nor is any after it."""
    deadline = time.monotonic() + budget
    for number, step in enumerate(steps):
        if progress is not None:
            progress(step, number)
        yield _run(step, deadline)


def _run(step: Step, deadline: float) -> Ran:
    started, cpu = time.monotonic(), _cpu()
    with tempfile.TemporaryFile() as output:
        code: int | None = 0
        why = ""
        ends = _Ends()
        with ends.heard():
            for command in step.commands:
                code, why = _run_command(command, step, output, deadline - time.monotonic(), ends)
                ends.make_up()
                if code != 0:
                    break
        return Ran(step, code, time.monotonic() - started, _tail(output), why, _cpu() - cpu)


class _Ends:
    """Whoever ends us, as a cancelled job does, interrupts: what we started is in groups of its own and would go on.

    While something is being started nobody knows yet what to end, and what is being ended must end: then it interrupts
    as soon as that is done.
    """

    def __init__(self) -> None:
        self._is_starting = self._was_heard = False

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Where signals are heard at all."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
        wanted = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]  # as `nohup` asks for
        before = {number: signal.signal(number, self._hear) for number in wanted}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def put_off(self) -> Iterator[None]:
        """In here nothing interrupts."""
        self._is_starting = True
        try:
            yield
        finally:
            self._is_starting = False

    def make_up(self) -> None:
        """Raises the `KeyboardInterrupt` that was put off."""
        if self._was_heard:
            raise KeyboardInterrupt

    def _hear(self, _number: int, _frame: FrameType | None) -> None:
        is_first, self._was_heard = not self._was_heard, True
        if is_first and not self._is_starting:
            raise KeyboardInterrupt


def _cpu() -> float:
    """What all processes took that ended so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _heard(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name not in UNHEARD}


def _run_command(
    command: Sequence[str], step: Step, output: IO[bytes], seconds: float, ends: _Ends
) -> tuple[int | None, str]:
    """Its exit code, or None and why there is none. Whatever it started ends with it, but for what left its group."""
    if seconds <= 0:
        return None, "the budget was spent before it began"
    child = None
    try:
        with ends.put_off():
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**_heard(os.environ), **dict(step.environment)},
                start_new_session=True,
            )
        ends.make_up()
        return child.wait(seconds), ""
    except OSError as error:
        return None, f"it cannot be started: {error.strerror or error}"
    except subprocess.TimeoutExpired:
        return None, f"the budget was spent after {seconds:.0f} s of it"
    finally:
        if child is not None:
            with ends.put_off():  # whoever is impatient must not leave it running
                _end(child)


def _end(child: subprocess.Popen[bytes]) -> None:
    """Ask what is left of the group to stop, then make it."""
    if child.poll() is None:
        _signal(child, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            child.wait(GRACE_SECONDS)
    _signal(child, signal.SIGKILL)
    child.wait()


def _signal(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, number)


def _tail(output: IO[bytes]) -> str:
    size = output.seek(0, os.SEEK_END)
    output.seek(max(0, size - TAIL))
    return output.read().decode("utf-8", "replace")
