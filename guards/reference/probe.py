"""Tells which part of the guard refuses a call: the wire, the first barrier, the second one, or the write itself.

It asks the parts one by one, instead of reading it off a refusal's code.
"""

from __future__ import annotations

from typing import Final

from guards import wire
from guards.core.decision import Denial
from guards.core.refusals import Code
from guards.reference.platform import Platform
from guards.runtime.guard import Guard

WIRE: Final = "the wire"
FIRST: Final = "the first barrier"
SECOND: Final = "the second barrier"
WRITE: Final = "the conditional write"
NOBODY: Final = ""


def who_refuses(platform: Platform, credential: str, body: bytes) -> str:
    """The first part that refuses this call. What nothing refuses is done."""
    site = platform.site
    request = wire.parse(body, platform.people[credential], policy_version=site.policy.version)
    if isinstance(request, wire.Refusal):
        return WIRE
    guard = Guard(site.ports, site.policy)
    plan = guard.plan(request)
    if isinstance(plan, Denial):
        return FIRST
    done = guard.execute(plan)
    if not isinstance(done, Denial):
        return NOBODY
    return WRITE if [refused.code for refused in done.objections] == [Code.WRITE_REFUSED] else SECOND
