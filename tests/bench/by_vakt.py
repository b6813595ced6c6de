"""The same rules in vakt, from a storage in memory.

`Vakt` has one denying policy a rule, so that it can tell which of them object, as we do. `LeanVakt` has one allowing
policy with all the rules, the cheapest form that we know: it answers yes or no.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from typing import Any, Final

from vakt import Guard, Inquiry, MemoryStorage, Policy, PolicyAllow, PolicyDeny, RulesChecker
from vakt.audit import PoliciesUidMsg
from vakt.rules import Any as Anything
from vakt.rules.base import Rule

from tests.bench.platforms import ENVIRONMENT, POLICY_VERSION, Call, Platform, Row, selection

Law = Callable[[Mapping[str, Any], Mapping[str, Any], Mapping[str, Any]], bool]
"""Of the caller, the resource and the context."""

LAWS: Final[Mapping[str, Law]] = {
    "not_your_organization": lambda caller, _, call: (
        caller["role"] == "operator" or caller["organization"] == call["organization"]
    ),
    "wrong_environment": lambda _caller, _, call: call["environment"] == ENVIRONMENT,
    "policy_changed": lambda _caller, _, call: call["policy_version"] == POLICY_VERSION,
    "organization_unknown": lambda _caller, _, call: call["organization_hold"] is not None,
    "project_not_found": lambda _caller, _, call: (
        call["project"] is None or call["project_owner"] == call["organization"]
    ),
    "nothing_to_do": lambda _caller, _, call: call["selected"] > 0,
    "inventory_surplus": lambda _caller, _, call: call["distinct"] == call["answered"],
    "inventory_incomplete": lambda _caller, _, call: call["answered"] == call["total"],
    "limit_count": lambda _caller, _, call: call["selected"] <= call["max_count"],
    "limit_percent": lambda _caller, _, call: (
        call["fleet"] > 0 and call["selected"] * 100 <= call["max_percent"] * call["fleet"]
    ),
    "read_only": lambda _caller, _, call: call["state"] == "writable",
    "not_found": lambda _caller, row, call: row["organization"] == call["organization"],
    "inventory_foreign": lambda _caller, row, call: call["project"] is None or row["project"] == call["project"],
    "wrong_kind": lambda _caller, row, call: row["kind"] == call["kind"],
    "held": lambda _caller, row, call: (
        row["hold"] == "clear"
        and call["organization_hold"] == "clear"
        and (
            row["project"] is None or (row["project_hold"] == "clear" and row["project_owner"] == call["organization"])
        )
    ),
    "others_depend": lambda _caller, row, call: all(owner == call["organization"] for owner in row["dependents"]),
}


class Obeyed(Rule):
    """Satisfied when the law holds."""

    def __init__(self, law: Law) -> None:
        self._law = law

    def satisfied(self, what: object, inquiry: Any = None) -> bool:
        return self._law(inquiry.subject, inquiry.resource, inquiry.context)


class Broken(Obeyed):
    """Satisfied when the law does not hold."""

    def satisfied(self, what: object, inquiry: Any = None) -> bool:
        return not self._law(inquiry.subject, inquiry.resource, inquiry.context)


class Vakt:
    """One denying policy a rule: a decision names every rule that objects."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._matched: list[Policy] = []
        self._guard = Guard(_stored(self.policies()), RulesChecker(), audit_policies_cls=self._noted)

    def policies(self) -> list[Policy]:
        """The rule hangs on what vakt looks at first, so that it looks at nothing more of a policy that has no say."""
        anything = {"subjects": [Anything()], "resources": [Anything()]}
        refusals = [PolicyDeny(code, actions=[Broken(law)], **anything) for code, law in LAWS.items()]
        return [PolicyAllow("invalidate", actions=[Anything()], **anything), *refusals]

    def prepare(self, call: Call) -> Inquiry:
        found = selection(self._platform, call)
        home = "operator" if call.home is None else "tenant"
        return Inquiry(
            subject={"role": home, "organization": call.home},
            action="invalidate",
            resource=_resource(self._platform, found.answered[0] if found.answered else None),
            context={
                "organization": call.organization,
                "organization_hold": self._platform.organizations.get(call.organization),
                "project": call.project,
                "project_owner": self._platform.projects.get(str(call.project), (None,))[0],
                "kind": call.kind,
                "state": self._platform.products.get(call.kind),
                "fleet": sum(row.kind == call.kind for row in self._platform.rows),
                "environment": call.environment,
                "policy_version": call.policy_version,
                "max_count": self._platform.max_count,
                "max_percent": self._platform.max_percent,
                "selected": len(found.targets),
                "answered": len(found.answered),
                "distinct": len({row.name for row in found.answered}),
                "total": len(found.answered),
                **dict.fromkeys(LAWS),
            },
        )

    def decide(self, prepared: Inquiry) -> bool:
        return self._guard.is_allowed(prepared)

    def reasons(self, decision: bool) -> Set[str]:
        return set() if decision else {policy.uid for policy in self._matched} - {"invalidate"}

    def _noted(self, policies: list[Policy]) -> PoliciesUidMsg:
        """What vakt's audit is told, which is where its reasons are; the longest list holds all that matched."""
        if len(policies) != 1:
            self._matched = policies
        return PoliciesUidMsg(policies)


class LeanVakt(Vakt):
    """One allowing policy with all the rules: a decision says yes or no."""

    def policies(self) -> list[Policy]:
        return [
            PolicyAllow(
                "invalidate",
                subjects=[Anything()],
                actions=[Anything()],
                resources=[Anything()],
                context={code: Obeyed(law) for code, law in LAWS.items()},
            )
        ]

    def reasons(self, decision: bool) -> Set[str]:
        return set() if decision else {"refused"}


def _stored(policies: list[Policy]) -> MemoryStorage:
    storage = MemoryStorage()
    for policy in policies:
        storage.add(policy)
    return storage


def _resource(platform: Platform, row: Row | None) -> dict[str, Any]:
    """The row with what is known of its project; of no row, nothing."""
    if row is None:
        return {**dict.fromkeys(("organization", "project", "kind", "hold")), "dependents": ()}
    owner, hold = platform.projects.get(str(row.project), (None, None))
    return {
        "organization": row.organization,
        "project": row.project,
        "project_owner": owner,
        "project_hold": hold,
        "kind": row.kind,
        "hold": row.hold,
        "dependents": tuple(row.dependents.values()),
    }
