"""What keeps a worker in: it can change no file outside its own folder, and nothing that it starts outlives it.

Linux alone offers both, Landlock (5.13) and child subreapers (3.4); where one is missing, the rest still holds. Only
the standard library is used here, since this is imported into the process that workers are forked from.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import stat
import struct
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from typing import Any, Final

SET_PARENT_DEATH_SIGNAL: Final = 1
SET_CHILD_SUBREAPER: Final = 36
SET_NO_NEW_PRIVILEGES: Final = 38
CREATE_RULESET: Final = 444
ADD_RULE: Final = 445
RESTRICT_SELF: Final = 446
"""The numbers of Landlock's calls, the same on every architecture."""
BENEATH: Final = 1
EXECUTE_AND_READ: Final = 0b1101
"""Bits 0, 2 and 3: to execute, to read a file, to read a folder. They stay allowed everywhere."""
WRITE_FILE: Final = 0b10
RIGHTS: Final = {1: 13, 2: 14, 3: 15}
"""How many rights on files each version knows, from bit 0 on. Whoever knows more, knows these."""
PATIENCE_SECONDS: Final = 2.0


def _kernel() -> Any:
    return ctypes.CDLL(None, use_errno=True)


@lru_cache(maxsize=1)
def landlock_version() -> int:
    """What this kernel offers; 0 if nothing."""
    if not sys.platform.startswith("linux"):
        return 0
    return max(int(_kernel().syscall(CREATE_RULESET, None, ctypes.c_size_t(0), 1)), 0)


def keep_to(folders: Iterable[str]) -> bool:
    """From here on, this process and all that it starts write beneath these folders alone, and to no device but null.

    Nothing lifts that again. False where the kernel cannot do it. Raises `OSError` if it could and did not.
    """
    version = landlock_version()
    if not version:
        return False
    handled = (1 << RIGHTS.get(version, max(RIGHTS.values()))) - 1 & ~EXECUTE_AND_READ
    attributes = ctypes.create_string_buffer(struct.pack("=Q", handled), 8)
    ruleset = _done(_kernel().syscall(CREATE_RULESET, attributes, ctypes.c_size_t(8), 0))
    try:
        for folder in folders:
            _allow(ruleset, folder, handled)
        _allow(ruleset, os.devnull, WRITE_FILE)
        _done(_kernel().prctl(SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0))
        _done(_kernel().syscall(RESTRICT_SELF, ruleset, 0))
    finally:
        os.close(ruleset)
    return True


def _allow(ruleset: int, path: str, rights: int) -> None:
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = ctypes.create_string_buffer(struct.pack("=Qi", rights, place), 12)
        _done(_kernel().syscall(ADD_RULE, ruleset, BENEATH, rule, 0))
    finally:
        os.close(place)


def _done(answer: int) -> int:
    if answer < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return answer


def adopt_orphans() -> bool:
    """From here on, whatever a descendant leaves running becomes a child of this process. False where it cannot be."""
    return sys.platform.startswith("linux") and int(_kernel().prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0)) == 0


def when_parent_ends(number: signal.Signals) -> bool:
    """From here on, this process gets that signal when its parent ends. False where it cannot be."""
    is_set = sys.platform.startswith("linux") and _kernel().prctl(SET_PARENT_DEATH_SIGNAL, number, 0, 0, 0) == 0
    return bool(is_set)


def end_children() -> None:
    """Kill and bury every child of this process, and theirs as they fall to it, whatever session they fled to."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up:
        try:
            buried, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return  # nobody is left
        if not buried:
            for child in _children():
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(child, signal.SIGKILL)
            time.sleep(0.002)


def _children() -> Iterator[int]:
    """By what the system says of each process' parent: not every kernel lists a process' children."""
    ours = str(os.getpid())
    for name in os.listdir("/proc") if os.path.isdir("/proc") else ():
        if name.isdigit():
            with suppress(OSError), open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as told:
                if told.read().rpartition(")")[2].split()[1] == ours:
                    yield int(name)


def is_busy() -> bool:
    """Whether more goes on in this process than one thread: a fork would lack the others, share what is open for
    writing, and leave children behind.
    """
    threads = len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else threading.active_count()
    return threads > 1 or any(_children()) or any(map(_is_written_to, _descriptors()))


def _descriptors() -> list[int]:
    return [int(name) for name in os.listdir("/proc/self/fd")] if os.path.isdir("/proc/self/fd") else []


def _is_written_to(descriptor: int) -> bool:
    """Whether it is a file on disk that is open for writing."""
    try:
        is_file = stat.S_ISREG(os.fstat(descriptor).st_mode)
        return is_file and fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE != os.O_RDONLY
    except OSError:
        return False  # it was the look itself


def stamps(paths: Iterable[str]) -> dict[str, tuple[int, int, int]]:
    """What changes with a file that is written to or replaced; a file that is gone has no stamp."""
    found = {}
    for path in paths:
        with suppress(OSError):
            seen = os.stat(path)
            found[path] = (seen.st_ino, seen.st_size, seen.st_mtime_ns)
    return found
