"""What a report on every mutant of the guard, the adapters and the reference platform takes, in time and bytes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from guards.mutation.gather import files_of, gather
from guards.mutation.mutant import Mutant
from guards.report.build import build
from guards.report.record import gather as record_of
from tests.house.repository import ROOT
from tests.report.made import mutant, mutate, verify

pytestmark = pytest.mark.bench

PATHS = ("guards/core", "guards/runtime", "guards/wire.py", "guards/adapters", "guards/reference")
KILLERS = [f"tests/core/test_plan.py::test_a_sentence_about_what_the_guard_does[{number}]" for number in range(900)]


def result(number: int, one: Mutant) -> dict[str, object]:
    """As the lab would tell of it: every other one caught by a test, the others by a property."""
    place = {"file": one.file, "start": list(one.start), "end": list(one.end), "function": one.function}
    texts = {"operator": one.operator, "original": one.original, "replacement": one.replacement}
    by = KILLERS[number % len(KILLERS)] if number % 2 else "isolation"
    return mutant(id=one.id, tier=one.tier, fingerprint=one.fingerprint, by=by, **place, **texts)


def test_the_largest_report_takes_less_than_5_seconds_and_5_megabytes(
    tmp_path: Path, tell: Callable[[str, float, str], None]
) -> None:
    found = gather(ROOT, files_of(ROOT, PATHS), ("safety", "generic"), ROOT / "mutation/catalogue", all_entries=True)
    mutants = [result(number, subject.mutant) for number, subject in enumerate(found.subjects)]
    assert len(mutants) > 8_000
    files = {"mutants.json": mutate(*mutants, paths=list(PATHS)), "verify.json": verify()}
    for name, content in files.items():
        (tmp_path / name).write_text(json.dumps(content))
    started = time.process_time()
    made = build(record_of([str(tmp_path / name) for name in files], ROOT, None, None), "out")
    seconds = time.process_time() - started
    assert len(json.loads(made.files["mutation.json"])["files"]) > 30  # every source is in it
    size = sum(map(len, made.files.values())) / 1_000_000
    tell(f"report on {len(mutants):,} mutants: seconds of processor", seconds, "at most 5")
    tell("the same: megabytes", size, "at most 5")
    assert seconds <= 5
    assert size <= 5
