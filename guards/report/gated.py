"""The gate's account of its steps against the results that were given beside it: whether they are of one run.

A `gate.json` stays where it is when the gate is run again without writing one, and its verdicts are then about what is
gone. The step of verify names the seed and the rounds, and every step the figures that its result came to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final

from guards.report.record import Record
from guards.report.text import first_few
from guards.results import (
    CATALOGUE_STEP,
    COVERAGE_OF,
    COVERAGE_STEP,
    MUTANTS_STEP,
    VERIFY_STEP,
    ExitCode,
    GateResult,
    MutateResult,
    StepResult,
    Verdict,
    VerifyResult,
    exit_code,
)

TESTS_STEP: Final = "tests"
DIGITS: Final = re.compile("[0-9a-f]{4,}")
"""How a commit is told, or the beginning of it; git takes no less."""
ALIKE = 1e-6
"""Figures that differ by less are the same number added up in another order."""


def of_another_run(record: Record, gate: GateResult) -> Iterator[str]:
    """A sentence for each thing that cannot be so if these results are the ones that the gate judged."""
    for step in gate.steps:
        if step.name == VERIFY_STEP and record.verify is not None:
            yield from _verified_otherwise(step, record.verify)
        for name, said in step.figures.items() if step.verdict is not Verdict.UNKNOWN else ():
            found = _figure(record, step.name, name)
            if found is not None and abs(found - said) > ALIKE:
                what = f"{first_few([name], 1)} of its step {first_few([step.name], 1)}"
                yield f"gate counts {said:g} for {what}, and the result given comes to {found:g}"
    yield from _covered_otherwise(record, gate)
    mutate = record.mutate
    if mutate is not None and _is_about_more_than_entries(mutate) and not _is_since_the_same(gate, mutate):
        yield f"gate was about {_about(gate.since)}, and mutate about {_about(mutate.since)}"


def not_given(record: Record, gate: GateResult) -> Iterator[str]:
    """The steps that counted mutants of which none is here."""
    for step in gate.steps:
        is_counted = bool(step.figures.get("mutants"))
        if is_counted and record.mutate is not None and not _share(record.mutate, step.name):
            yield f"gate: the result of its step {first_few([step.name], 1)} is not here"


def _verified_otherwise(step: StepResult, verify: VerifyResult) -> Iterator[str]:
    again = ["--seed", str(verify.seed), "--rounds", str(verify.rounds)]
    is_judged = step.verdict is not Verdict.UNKNOWN or "--seed" in step.command
    if is_judged and step.command[-len(again) :] != again:
        yield f"the gate's verify is another run than the one given, which is repeated with {' '.join(again)}"
    code = exit_code(verify.verdicts())
    if step.verdict is Verdict.HELD and code in (ExitCode.BROKEN, ExitCode.UNKNOWN):
        yield f"gate says that its verify held, and the result given is {code.name.lower()}"


def _covered_otherwise(record: Record, gate: GateResult) -> Iterator[str]:
    """Coverage comes of the gate's tests; a figure of files without statements comes of others."""
    if record.coverage is None:
        return
    if not {TESTS_STEP, COVERAGE_STEP} & {step.name for step in gate.steps}:
        yield "gate has no step tests and none coverage, and a coverage is given beside it"
    for step in gate.steps:
        for name in step.figures if step.name == COVERAGE_STEP else ():
            if name.startswith(COVERAGE_OF) and _figure(record, step.name, name) is None:
                yield f"gate has a figure for {first_few([name], 1)}, and the coverage given has no statement there"


def _figure(record: Record, step: str, name: str) -> float | None:
    """What the results given come to under this name; None where they do not say it."""
    if step == VERIFY_STEP and name == "properties held" and record.verify is not None:
        return float(sum(verdict is Verdict.HELD for _, verdict in record.verify.verdicts()))
    if step == COVERAGE_STEP and name.startswith(COVERAGE_OF) and record.coverage is not None:
        pattern = name.removeprefix(COVERAGE_OF)
        counted = [file.counted for file in record.coverage.files if fnmatchcase(file.path, pattern)]
        whole = sum(of for _, of in counted)
        return 100 * sum(covered for covered, _ in counted) / whole if whole else None
    share = _share(record.mutate, step) if record.mutate is not None else None
    return share.figures().get(name) if share else None


def _share(mutate: MutateResult, step: str) -> MutateResult | None:
    """The mutants of one step of the gate: the entries of the catalogue, or all others; None where there are none."""
    if step not in (CATALOGUE_STEP, MUTANTS_STEP):
        return None
    mine = [mutant for mutant in mutate.mutants if (mutant.tier == "catalogue") is (step == CATALOGUE_STEP)]
    return mutate.model_copy(update={"mutants": mine}) if mine else None


def _is_about_more_than_entries(mutate: MutateResult) -> bool:
    return any(tier != "catalogue" for tier in mutate.tiers)


def _is_since_the_same(gate: GateResult, mutate: MutateResult) -> bool:
    """By its name, or by the first digits of the commit, of which either may tell more."""
    commit, since = gate.base or "", (mutate.since or "").lower()
    is_commit = bool(commit) and DIGITS.fullmatch(since) is not None
    return mutate.since == gate.since or (is_commit and (commit.startswith(since) or since.startswith(commit)))


def _about(since: str | None) -> str:
    return "everything" if since is None else f"the changes since {first_few([since], 1)}"
