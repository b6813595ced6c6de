"""A folder with a small project and its results, and the report that is made of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from guards.report.build import Report, build
from guards.report.record import Record, gather
from tests.report.made import lay_out

Gather = Callable[..., Record]
Build = Callable[..., Report]


@pytest.fixture
def gathered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Gather:
    """Lays the project out, with some results changed or, as None, left out, and gathers them."""

    def run(**results: Any) -> Record:
        monkeypatch.chdir(tmp_path)
        names = lay_out(tmp_path, **results)
        return gather(names, tmp_path, "mutation/catalogue", "history.jsonl")

    return run


@pytest.fixture
def built(gathered: Gather) -> Build:
    """The same, made into a report."""

    def run(**results: Any) -> Report:
        return build(gathered(**results), "out")

    return run
