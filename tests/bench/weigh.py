"""How much a fleet weighs in the memory adapter: `python -m tests.bench.weigh 1000000` prints bytes each.

What Python allocated for it and still holds, ids and indexes included; not the text that an export would add. Resident
memory would not do: a process inherits the peak of the one that started it, and does not show what fits below.
"""

from __future__ import annotations

import gc
import sys
import tracemalloc

from tests.bench.by_guards import memory_world
from tests.bench.platforms import fleet


def weigh(resources: int) -> float:
    """Bytes per resource of a fleet of organizations with a thousand each."""
    tracemalloc.start()
    world = memory_world(fleet(organizations=resources // 1_000, of_each=1_000))
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del world
    return held / resources


if __name__ == "__main__":
    print(weigh(int(sys.argv[1])))
