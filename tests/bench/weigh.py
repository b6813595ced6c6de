"""How much the peak memory of this process grows with a fleet: `python -m tests.bench.weigh 1000000` prints bytes each.

Resident memory as the system counts it, ids and indexes included; not the text that an export would add.
"""

from __future__ import annotations

import resource
import sys

from tests.bench.by_guards import memory_world
from tests.bench.platforms import fleet

UNIT = 1 if sys.platform == "darwin" else 1024  # ru_maxrss is in bytes there, in KiB elsewhere


def weigh(resources: int) -> float:
    """Bytes per resource of a fleet of organizations with a thousand each."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    world = memory_world(fleet(organizations=resources // 1_000, of_each=1_000))
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    del world
    return (after - before) * UNIT / resources


if __name__ == "__main__":
    print(weigh(int(sys.argv[1])))
