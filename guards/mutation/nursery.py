"""The process that workers are forked from: it has loaded the tools and nothing of what is changed; a warm one has
loaded all of it, for variants that differ in the bodies of functions. One job, one fork.

Jobs and answers are JSON, one a line, on standard input and output. A worker may fork, sleep, print, exit, kill itself
or eat memory: whatever it does is bounded, ends with all that it started, and is named in the answer.
"""

from __future__ import annotations

import gc
import importlib
import importlib.util
import json
import os
import resource
import select
import selectors
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import FrameType
from typing import IO, Any, Final, NoReturn

from guards.mutation.confine import adopt_orphans, end_children, is_busy, keep_to, when_parent_ends
from guards.mutation.loading import install, named

OUTPUT_KEPT: Final = 2_000
"""Bytes of a worker's own output that are kept: the last ones."""
ANSWER_MAX: Final = 64 << 20
READ_AT_ONCE: Final = 1 << 16
GRACE_SECONDS: Final = 1.0
"""Between the processor limit's warning and its end."""


Work = Callable[[dict[str, Any], Callable[[Any], None]], None]
"""Does a job in a worker, and tells what it finds."""


def main() -> None:
    """Load what the first line asks for; then one worker for each line, until there are no more."""
    orders, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    _quiet()
    adopt_orphans()
    signal.signal(signal.SIGTERM, _end_with_all)
    when_parent_ends(signal.SIGCONT)  # to hear of it, though a mutant has stopped us
    opening = json.loads(orders.readline())
    sys.path[:0] = [path for path in opening["path"] if path not in sys.path]
    _preload(opening["preload"])
    sys.pycache_prefix = opening["bytecode"]
    if opening["warm"] is None:
        _serve(_from_the_start, orders, answers)
    else:
        _settle_in(tempfile.mkdtemp(prefix="warm-", dir=opening["scratch"]), [opening["scratch"]])
        named(opening["warm"]["do"])(opening["warm"], lambda work: _serve(work, orders, answers))
    shutil.rmtree(opening["scratch"], ignore_errors=True)  # the lab was killed, and cannot do it


def _end_with_all(_number: int, _frame: FrameType | None) -> NoReturn:
    """Asked to end: so do the worker and all that it started, into whatever session that went."""
    end_children()
    os._exit(0)


def _serve(work: Work, orders: IO[bytes], answers: IO[bytes]) -> None:
    """One worker for each order."""
    if is_busy():
        os._exit(75)  # what else is going on here would not go on in a worker, or be shared by all of them
    gc.freeze()  # or each worker would go through all of it again and again, and copy it as it does
    _say(answers, {"ready": os.getpid(), "cpu": time.process_time()})
    for line in orders:
        job = json.loads(line)
        _remember(job)
        answer = _run(job, work, (orders, answers))
        with suppress(BrokenPipeError):  # whoever asked may be gone; then there is no next order either
            _say(answers, answer)


def _remember(job: dict[str, Any]) -> None:
    """What many jobs read is read once, where the kit is loaded already."""
    attack = sys.modules.get("guards.mutation.attack")
    if attack is not None and "numbers" in job:
        attack.kept_cases(job["cases"])


def _preload(names: Sequence[str]) -> None:
    """The tools, which nobody changes, out of their own bytecode where there is any; none is written beside them."""
    sys.dont_write_bytecode = True
    for name in names:
        if importlib.util.find_spec(name.partition(".")[0]) is not None:  # a user may do without some of the tools
            importlib.import_module(name)


def _quiet() -> None:
    """Standard input and output are nobody's from here on: what a module prints must not look like an answer."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)


def _say(answers: IO[bytes], value: Any) -> None:
    answers.write(json.dumps(value).encode() + b"\n")
    answers.flush()


def _run(job: dict[str, Any], work: Work, ours: tuple[IO[bytes], IO[bytes]]) -> dict[str, Any]:
    """Fork, wait, clean up."""
    home = tempfile.mkdtemp(prefix="mutant-", dir=job["scratch"])
    answer_read, answer_write = os.pipe()
    output_read, output_write = os.pipe()
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        for stream in ours:
            os.close(stream.fileno())
        os.close(answer_read)
        os.close(output_read)
        _be_a_worker(job, work, home, answer_write, output_write)
    os.close(answer_write)
    os.close(output_write)
    watch = _Watch(answer_read, output_read)
    status, usage, timed_out = watch.until_it_ends(child, started + job["wall"], ours[0])
    _end_group(child)
    end_children()
    watch.drain()
    shutil.rmtree(home, ignore_errors=True)
    return {
        "ended": "wall" if timed_out else _how_it_ended(status),
        "lines": watch.lines(),
        "output": watch.output.decode("utf-8", "replace"),
        "seconds": round(time.monotonic() - started, 3),
        "cpu": round(usage.ru_utime + usage.ru_stime, 3),
    }


def _how_it_ended(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    if code == -signal.SIGXCPU:
        return "cpu"
    return f"signal {-code}" if code < 0 else f"exit {code}"


def _end_group(child: int) -> None:
    """Whatever the worker has left running ends here."""
    try:
        os.killpg(child, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _is_deserted(orders: IO[bytes]) -> bool:
    """Whether the lab is gone: it sends nothing while it waits for an answer, so what can be read is the end."""
    return bool(select.select([orders], [], [], 0)[0])


class _Watch:
    """Reads what a worker says while it runs, so that it never waits for a reader; keeps a bounded part."""

    def __init__(self, answer: int, output: int) -> None:
        self.output = b""
        self._answer = bytearray()
        self._selector = selectors.DefaultSelector()
        for stream, take in ((answer, self._take_answer), (output, self._take_output)):
            os.set_blocking(stream, False)
            self._selector.register(stream, selectors.EVENT_READ, take)

    def until_it_ends(self, child: int, deadline: float, orders: IO[bytes]) -> tuple[int, resource.struct_rusage, bool]:
        timed_out = False
        while True:
            pid, status, usage = os.wait4(child, os.WNOHANG)
            if pid:
                return status, usage, timed_out
            if not timed_out and (time.monotonic() > deadline or _is_deserted(orders)):
                timed_out = True
                _end_group(child)
            self._read(0.02)

    def drain(self) -> None:
        """What was written before the end; nobody is left who could write for ever."""
        give_up = time.monotonic() + GRACE_SECONDS
        while self._read(0.0) and time.monotonic() < give_up:
            pass
        for key in list(self._selector.get_map().values()):
            self._forget(key.fd)
        self._selector.close()

    def lines(self) -> list[dict[str, Any]]:
        """The whole lines that the worker's own report consists of. A line that is none ends it."""
        found = []
        for line in bytes(self._answer).split(b"\n")[:-1]:
            try:
                told = json.loads(line)
            except ValueError:
                break
            if not isinstance(told, dict):
                break  # a mutant may write to whatever is open
            found.append(told)
        return found

    def _read(self, patience: float) -> bool:
        """Whether anything was there."""
        if not self._selector.get_map():
            time.sleep(patience)
            return False
        ready = self._selector.select(patience)
        for key, _ in ready:
            try:
                data = os.read(key.fd, READ_AT_ONCE)
            except OSError:
                data = b""
            if data:
                key.data(data)
            else:
                self._forget(key.fd)
        return bool(ready)

    def _forget(self, stream: int) -> None:
        self._selector.unregister(stream)
        os.close(stream)

    def _take_answer(self, data: bytes) -> None:
        if len(self._answer) + len(data) <= ANSWER_MAX:
            self._answer += data

    def _take_output(self, data: bytes) -> None:
        self.output = (self.output + data)[-OUTPUT_KEPT:]


# In the worker.


def _be_a_worker(job: dict[str, Any], work: Work, home: str, answer: int, output: int) -> NoReturn:
    """Never comes back: whatever happens in here, the process ends here."""
    code = 70
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        when_parent_ends(signal.SIGKILL)
        os.setpgid(0, 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.close(output)
        sys.dont_write_bytecode = sys.pycache_prefix not in job["writes"]  # what a variant compiles is its own affair
        _bound(job)
        _settle_in(home, [home, *job["writes"]])
        work(job, lambda line: _tell(answer, line))
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(code)


def _settle_in(home: str, folders: Sequence[str]) -> None:
    """From here on this process lives in a folder of its own, and writes to these alone."""
    os.chdir(home)
    os.environ.update({"HOME": home, "TMPDIR": home})
    tempfile.tempdir = home
    keep_to(folders)


def _bound(job: dict[str, Any]) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (int(job["cpu"]), int(job["cpu"] + GRACE_SECONDS)))
    resource.setrlimit(resource.RLIMIT_AS, (job["memory"], job["memory"]))
    resource.setrlimit(resource.RLIMIT_FSIZE, (job["file_size"], job["file_size"]))


def _from_the_start(job: dict[str, Any], tell: Callable[[Any], None]) -> None:
    """Nothing of the project is loaded yet: it is read as the job says."""
    install(job["sources"])
    named(job["do"])(job, tell)


def _tell(answer: int, line: Any) -> None:
    data = json.dumps(line).encode() + b"\n"
    while data:
        data = data[os.write(answer, data) :]


if __name__ == "__main__":
    main()
