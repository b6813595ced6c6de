"""Asks every check and decides: a grant when all of them are clear, a denial with every objection otherwise.

The only maker of a `Grant`. A denial holds no plan, so nothing that was refused can be executed by mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from guards.core.checks import ADMISSION, CHECKS, CLEAR, Admission, Check, Finding
from guards.core.plan import Plan
from guards.core.refusals import Code, Objection, objection
from guards.core.request import Request
from guards.core.values import Policy, Snapshot


@dataclass(frozen=True, slots=True)
class Grant:
    """This plan may be executed."""

    plan: Plan


@dataclass(frozen=True, slots=True)
class Denial:
    """The call was refused and nothing was changed. Every objection is here, in the order of its code."""

    objections: tuple[Objection, ...]


def admit(request: Request, policy: Policy, admission: Sequence[Admission] = ADMISSION) -> Denial | None:
    """The denial of a call that may not even be looked up, or None. It grants nothing: `decide` asks again."""
    findings = _ask(admission, request, policy)
    return None if _all_clear(findings) else denial(findings)


def decide(
    plan: Plan,
    snapshot: Snapshot,
    policy: Policy,
    admission: Sequence[Admission] = ADMISSION,
    checks: Sequence[Check] = CHECKS,
) -> Grant | Denial:
    """Grant only when every check ran and none objected.

    All checks run even after one objects, so that a denial lists every reason and the order of checks cannot change it.
    A check that breaks objects: skipping it would let a bug in the guard widen what the guard allows.
    """
    admitted = _ask(admission, plan.request, policy)
    planned = _ask(checks, plan, snapshot, policy)
    if _all_clear(admitted) and _all_clear(planned):
        return Grant(plan)
    return denial([*admitted, *planned])


def denial(findings: Iterable[Finding]) -> Denial:
    """The denial with every objection among these findings; without any, nothing was asked, which is one."""
    objections = {finding for finding in findings if finding is not CLEAR}
    if not objections:
        objections = {objection(Code.NO_CHECKS)}
    return Denial(tuple(sorted(objections, key=_by_code)))


def _by_code(refusal: Objection) -> tuple[str, str]:
    return refusal.code.value, refusal.what


def _all_clear(findings: list[Finding]) -> bool:
    """Every check of a group answered CLEAR, and there was a check to answer."""
    return len(findings) > 0 and findings.count(CLEAR) == len(findings)


def _ask(checks: Sequence[Callable[..., object]], *facts: object) -> list[Finding]:
    """What each check answers; one that raises, or answers neither CLEAR nor an objection, objects."""
    findings: list[Finding] = []
    for check in checks:
        try:
            answer = check(*facts)
        except Exception:
            findings.append(_broken(check))
            continue
        findings.append(answer if answer is CLEAR or type(answer) is Objection else _broken(check))
    return findings


def _broken(check: Callable[..., object]) -> Objection:
    return objection(Code.CHECK_BROKEN, check=getattr(check, "__name__", "without a name"))
