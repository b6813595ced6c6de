"""Runs a command in a process of its own, where somebody else's code runs in it: what that code does to its process
decides neither the exit code nor when the command ends.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, NoReturn

from guards.cli.complaint import INTERRUPTED, spoken
from guards.results import ExitCode

PUT_AWAY_SECONDS = 5
_BY_INTERRUPT = signal.default_int_handler


def apart(command: Callable[[], int]) -> int:
    """Run the command, and answer with the exit code that it hands over itself once everything is printed.

    Threads that it leaves behind are not waited for, and what is to be done `atexit` has a few seconds. Whatever ends
    the process before that, the answer is that nothing is known. Where there is no `fork`, it runs in this process.
    """
    if not hasattr(os, "fork"):
        return command()
    reading, writing = os.pipe()
    # Whoever started us may ignore the end of children, and then none can be waited for.
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    child = os.fork()
    if child == 0:
        os.close(reading)
        _hand_over(command, writing)
    os.close(writing)
    with _passing_on(child) as interrupts:
        _, status = os.waitpid(child, 0)
    code = _received(reading)
    if code is None:
        print(spoken(_ended(os.waitstatus_to_exitcode(status), interrupts)), file=sys.stderr)
        return INTERRUPTED if interrupts else ExitCode.UNKNOWN
    return code


def _hand_over(command: Callable[[], int], writing: int) -> NoReturn:
    """The child's whole life."""
    if signal.getsignal(signal.SIGINT) is _BY_INTERRUPT:
        signal.signal(signal.SIGINT, _interrupted_once)
    try:
        code = command()
        for stream in (sys.stdout, sys.stderr):
            with suppress(AttributeError, OSError, ValueError):  # one that is not there, or closed, has nothing to say
                stream.flush()
        os.write(writing, bytes([code]))
        _put_away()
    finally:
        os._exit(ExitCode.UNKNOWN)


def _put_away() -> None:
    """What the service left to be done `atexit`, such as stopping a server: it has a while for it, and no more say."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # no handler of Python's: it would wait for what is done in C
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})
    signal.alarm(PUT_AWAY_SECONDS)
    atexit._run_exitfuncs()


def _interrupted_once(_signal: int, _frame: FrameType | None) -> None:
    """A terminal interrupts the child and its parent, who passes it on: it must not be heard twice."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt


@contextmanager
def _passing_on(child: int) -> Iterator[list[int]]:
    """Meanwhile the child gets what this process is asked to do; a second interrupt ends it. How many there were is
    kept in the list.
    """
    interrupts: list[int] = []

    def _pass(number: int) -> None:
        with suppress(ProcessLookupError):  # it was interrupted by the terminal as well, and is gone
            os.kill(child, number)

    def interrupt(number: int, _frame: FrameType | None) -> None:
        _pass(signal.SIGKILL if interrupts else number)
        interrupts.append(number)

    def end(number: int, _frame: FrameType | None) -> None:
        _pass(number)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    before: dict[signal.Signals, Any] = {}
    for sign, handler in ((signal.SIGINT, interrupt), (signal.SIGTERM, end), (signal.SIGHUP, end)):
        if signal.getsignal(sign) in (_BY_INTERRUPT, signal.SIG_DFL):
            before[sign] = signal.signal(sign, handler)
    try:
        yield interrupts
    finally:
        for sign, handler_before in before.items():
            signal.signal(sign, handler_before)


def _received(reading: int) -> int | None:
    """The code that was handed over. Nobody is waited for: a process of the service's may hold the other end."""
    os.set_blocking(reading, False)
    try:
        return next(iter(os.read(reading, 1)), None)
    except BlockingIOError:
        return None
    finally:
        os.close(reading)


def _ended(code: int, interrupts: list[int]) -> str:
    if interrupts:
        return "interrupted; no verdict was reached"
    how = f"signal {-code}" if code < 0 else f"exit code {code}"
    return (
        f"the process that the service runs in was ended from within, with {how}, before there was a verdict: nothing "
        "is known of it. Look in the service, its adapter and what they call for what ends the program"
    )
