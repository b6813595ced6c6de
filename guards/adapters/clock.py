"""The clock of the machine."""

from __future__ import annotations

import time


class MonotonicClock:
    """Nanoseconds that never go back, whatever happens to the date."""

    def now(self) -> int:
        return time.monotonic_ns()
