"""Services that do things to the process they run in. They delete anybody's volume, so that none of them holds."""

from __future__ import annotations

import atexit
import ctypes
import os
import signal
import threading
import time
from typing import Any

from guards.testing import TENANT, Operation, Reply, World, accepted, refused, resource


class Volumes:
    operations = (Operation("delete", TENANT, {"volume_id": resource("volume")}),)
    calls = 0

    def populate(self, world: World) -> dict[str, Any]:
        self.rows = {r.id: r.organization.id for r in world.resources}
        return world.ids()

    def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Reply:
        self.calls += 1
        if self.rows.pop(str(fields.get("volume_id")), None) is None:
            return refused("not_found")
        return accepted()

    def observe(self) -> dict[Any, Any]:
        return {volume: (owner, "live") for volume, owner in self.rows.items()}


class LeavesInACall(Volumes):
    def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Reply:
        if self.calls > 9:
            os._exit(0)
        return super().call(caller, operation, fields)


class LeavesAtOnce(LeavesInACall):
    calls = 10


class IsKilledInACall(Volumes):
    def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Reply:
        os.kill(os.getpid(), signal.SIGKILL)
        return super().call(caller, operation, fields)


class LeavesAtTheEnd(Volumes):
    def __init__(self) -> None:
        atexit.register(os._exit, 0)


class StaysAtTheEnd(Volumes):
    """Waits in C for what never comes: no handler of Python's runs there."""

    def __init__(self) -> None:
        lock, take = ctypes.create_string_buffer(128), ctypes.CDLL(None).pthread_mutex_lock
        for _ in range(2):
            atexit.register(take, lock)


class IsDeafToAlarms(Volumes):
    def __init__(self) -> None:
        atexit.register(time.sleep, 100)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})


class LeavesAThread(Volumes):
    def __init__(self) -> None:
        threading.Thread(target=threading.Event().wait).start()


class LeavesAProcess(Volumes):
    """One that goes on for a while, with everything that was open."""

    def __init__(self) -> None:
        if os.fork() == 0:
            for stream in (0, 1, 2):
                os.close(stream)
            time.sleep(20)
            os._exit(0)


class IsDeaf(Volumes):
    """Hears of no interrupt."""

    def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Reply:
        try:
            print("listening", flush=True)
            threading.Event().wait()
        except KeyboardInterrupt:
            print("heard nothing", flush=True)
        threading.Event().wait()
        raise AssertionError
