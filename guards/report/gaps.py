"""What nobody said: each gap is a sentence about something that a verdict needs and no result holds.

A gap keeps a run from being good news; what is said and does not fit is the business of `doubts`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from guards.report.gated import not_given
from guards.report.record import Record
from guards.report.text import counted, first_few
from guards.results import (
    CATALOGUE_STEP,
    MUTANTS_STEP,
    VERIFY_STEP,
    GateResult,
    MutateResult,
    Verdict,
    VerifyResult,
)
from guards.testing.properties import NAMES

EACH_HAS: Final = (VERIFY_STEP, CATALOGUE_STEP, MUTANTS_STEP)
"""The steps that no settings of the gate leave out."""


def gaps(record: Record) -> list[str]:
    """All gaps but the steps of the gate that say nothing, which are told with their commands."""
    return [
        *(f"{kind}: no result was given that could be used" for kind in record.absent()),
        *(_of_mutate(record, record.mutate) if record.mutate is not None else ()),
        *(_of_verify(record.verify) if record.verify is not None else ()),
        *_of_coverage(record),
        *(_of_gate(record, record.gate) if record.gate is not None else ()),
    ]


def unknown_steps(record: Record) -> list[str]:
    """The steps of the gate that were not run, or came to nothing."""
    unknown = [step for step in record.gate.steps if step.verdict is Verdict.UNKNOWN] if record.gate is not None else []
    return [f"gate: the step {first_few([one.name], 1)} is unknown: {first_few(one.said[:1], 1)}" for one in unknown]


def _of_mutate(record: Record, mutate: MutateResult) -> Iterator[str]:
    if mutate.shard[1:] != [1]:
        yield f"mutate: this is shard {'/'.join(map(str, mutate.shard))}; the other shards are not here"
    if mutate.since is not None:
        yield f"mutate: it was about nothing but the changes since {first_few([mutate.since], 1)}"
    if mutate.without:
        yield f"mutate: it was run without {first_few(mutate.without, 3)}"
    if len(mutate.mutants) < mutate.whole:
        yield f"mutate: no result for {counted(mutate.whole - len(mutate.mutants), 'mutant')}"
    if len(mutate.pairs) < (mutate.whole_pairs or 0):
        yield f"mutate: no result for {counted((mutate.whole_pairs or 0) - len(mutate.pairs), 'pair')}"
    not_run = len(record.stories.keys() - {mutant.id for mutant in mutate.mutants})
    if not_run:
        yield f"mutate: no result for {counted(not_run, 'entry', 'entries')} of the catalogue"
    if all(mutant.tier == "catalogue" for mutant in mutate.mutants):
        yield "mutate: no single-fault mutant was run"


def _of_verify(verify: VerifyResult) -> Iterator[str]:
    unsaid = [name for name in NAMES if name not in dict(verify.verdicts())]
    if unsaid:
        yield f"verify: no verdict on {first_few(unsaid, 3)}"
    if verify.properties and all(found.verdict is Verdict.UNSUPPORTED for found in verify.properties):
        yield "verify: no property was judged, since the service supports none"


def _of_coverage(record: Record) -> Iterator[str]:
    """Without branches it says little, and of what was mutated and not measured it says nothing."""
    if record.coverage is None:
        return
    if not record.coverage.has_branches:
        yield "coverage: it was measured without branches"
    measured = {file.path for file in record.coverage.files if file.statements}
    mutants = record.mutate.mutants if record.mutate is not None else []
    left_out = sorted({one.file for one in mutants if one.tier != "catalogue"} - measured)
    if left_out:
        yield f"coverage: nothing was measured of {first_few(left_out, 3)}"


def _of_gate(record: Record, gate: GateResult) -> Iterator[str]:
    names = [step.name for step in gate.steps]
    yield from (f"gate: it has no step {name}" for name in EACH_HAS if name not in names)
    yield from not_given(record, gate)
