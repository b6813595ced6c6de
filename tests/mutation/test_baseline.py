"""The baseline in shares: put together they say what one that runs all cases says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from guards.mutation.baseline import Cases, put_together
from guards.mutation.reach import instrumented
from guards.mutation.sandbox import Sandbox
from tests.mutation.projects import VOLUMES, write

NUMBERS = (1, 2, 3)


def in_shares(sandbox: Sandbox, root: Path, shares: int) -> Cases:
    job = {"service": "service:Volumes", "seed": 1, "drill": False, "properties": None, "cases": str(root / "cases")}
    sources = {"volumes.py": instrumented("volumes.py", VOLUMES)}
    ran = [
        sandbox.run("guards.mutation.baseline:run_share", {**job, "share": [n, shares], "writes": [str(root)]}, sources)
        for n in range(shares)
    ]
    told = [one.said("baseline") for one in ran]
    assert all(told), [one.output for one in ran]
    return put_together(job["cases"], ran[0].said("sorts"), told, 0.0)


@pytest.fixture(scope="module")
def baselines(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Cases]:
    root = write(tmp_path_factory.mktemp("shares"))
    with Sandbox(root) as sandbox:
        return {shares: in_shares(sandbox, root, shares) for shares in NUMBERS}


@pytest.mark.parametrize("shares", NUMBERS[1:])
def test_shares_say_together_what_one_that_has_all_cases_says(baselines: dict[int, Cases], shares: int) -> None:
    one, several = baselines[1], baselines[shares]
    assert several.reached.count == one.reached.count > 100
    assert several.reached.entered() == one.reached.entered()
    for key in one.reached.entered():
        for chosen in ("by", "distilled", "essential"):
            numbers: Any = getattr(one.reached, chosen)([key])
            assert numbers
            assert getattr(several.reached, chosen)([key]) == numbers
    assert several.loaded == one.loaded
    assert {name: set(keys) for name, keys in several.by_property.items()} == {
        name: set(keys) for name, keys in one.by_property.items()
    }
