"""How far a long run is, on standard error: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

EVERY_SECONDS: Final = 5.0
"""How long a log is left without a word."""


class Progress:
    """Told again and again how much is done. Remembers the last word, for whoever interrupts."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self.last = "nothing was done yet"
        self._stream = stream
        self._clock = clock
        self._started = clock()
        self._told = -EVERY_SECONDS  # so that the first word is said at once
        self._bar: Bar | None = None

    def __enter__(self) -> Self:
        if self._stream.isatty():
            self._bar = _bar(self._stream)
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.stop()

    @property
    def elapsed(self) -> float:
        return self._clock() - self._started

    def show(self, what: str, part: float) -> None:
        """`what` says in numbers how far it is; `part` of all the work, from 0 to 1, is done."""
        self.last = what
        left = time_left(self.elapsed, part)
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=part, description=what, left=left)
        elif self.elapsed - self._told >= EVERY_SECONDS:
            self._told = self.elapsed
            print(f"guards: {what}, {self.elapsed:.0f} s{', ' if left else ''}{left}", file=self._stream, flush=True)


def time_left(elapsed: float, part: float) -> str:
    """In words, what is left if it goes on as it went; nothing while too little is done to tell.

    >>> time_left(30, 0.25)
    'about 1 m 30 s left'
    >>> time_left(30, 0.0)
    ''
    """
    if part < 0.01:
        return ""
    minutes, seconds = divmod(round(elapsed * (1 - part) / part), 60)
    return f"about {f'{minutes} m ' if minutes else ''}{seconds} s left"


def _bar(stream: TextIO) -> Bar:
    """A bar that leaves no trace once it is done."""
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    bar = Bar(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        TextColumn("{task.fields[left]}", markup=False),
        console=Console(file=stream, highlight=False),
        transient=True,
    )
    bar.add_task("starting", total=1.0, left="")
    bar.start()
    return bar
