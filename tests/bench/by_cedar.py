"""The same rules in Cedar, asked through cedarpy with parsed handles of the policies and the entities.

`Cedar` has one policy a rule, so that it can tell which of them object, as we do. `LeanCedar` has one policy with all
the rules, the cheapest form that we know: it answers yes or no. `CedarBatch` is the cheapest preview: what concerns the
call is asked once, and only what concerns a resource is asked for each.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Set
from typing import Any, Final

from cedarpy import AuthzResult, Entities, PolicySet, is_authorized, is_authorized_batch

from tests.bench.platforms import ENVIRONMENT, POLICY_VERSION, Call, Platform, selection

# A policy that errors is skipped, and a skipped `forbid` forbids nothing; hence every `has`.

CALL_RULES: Final = {
    "not_your_organization": """
        principal.role == "operator" || (principal has organization && principal.organization == context.organization)
    """,
    "wrong_environment": f'context.environment == "{ENVIRONMENT}"',
    "policy_changed": f'context.policy_version == "{POLICY_VERSION}"',
    "organization_unknown": "context.organization has hold",
    "project_not_found": """
        if context has project
        then context.project has organization && context.project.organization == context.organization
        else true
    """,
    "nothing_to_do": "context.selected > 0",
    "inventory_surplus": "context.distinct == context.answered",
    "inventory_incomplete": "context.answered == context.total",
    "limit_count": "context.selected <= {max_count}",
    "limit_percent": """
        context.kind has fleet && context.kind.fleet > 0
        && context.selected * 100 <= {max_percent} * context.kind.fleet
    """,
    "read_only": 'context.kind has state && context.kind.state == "writable"',
}

RESOURCE_RULES: Final = {
    "not_found": "resource has organization && resource.organization == context.organization",
    "inventory_foreign": """
        if context has project then resource has project && resource.project == context.project else true
    """,
    "wrong_kind": "resource has kind && resource.kind == context.kind",
    "held": """
        resource has hold && resource.hold == "clear"
        && context.organization has hold && context.organization.hold == "clear"
        && (if resource has project
            then resource.project.hold == "clear" && resource.project.organization == context.organization
            else true)
    """,
    "others_depend": "resource has dependents && [context.organization].containsAll(resource.dependents)",
}


class Cedar:
    """One policy a rule: a decision names every rule that objects."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._entities = entities(platform)
        self._policies = PolicySet.from_str(_policy_a_rule(platform, CALL_RULES | RESOURCE_RULES))

    def prepare(self, call: Call) -> dict[str, str]:
        name = call.resources[0] if call.resources else selected_name(self._platform, call)
        return _question(self._platform, call, f'Resource::"{name}"')

    def decide(self, prepared: dict[str, str]) -> AuthzResult:
        return is_authorized(prepared, self._policies, self._entities)

    def reasons(self, decision: AuthzResult) -> Set[str]:
        if decision.allowed:
            return set()
        return set(decision.diagnostics.id_annotations_by_reason.values())


class LeanCedar(Cedar):
    """One policy with all the rules: a decision says yes or no."""

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self._policies = PolicySet.from_str(_one_policy(platform, CALL_RULES | RESOURCE_RULES))

    def reasons(self, decision: AuthzResult) -> Set[str]:
        return set() if decision.allowed else {"refused"}


class CedarBatch:
    """What concerns the call once, then `is_authorized_batch` over the resources."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._entities = entities(platform)
        self._call_policies = PolicySet.from_str(_policy_a_rule(platform, CALL_RULES))
        self._resource_policies = PolicySet.from_str(_one_policy(platform, RESOURCE_RULES))

    def prepare(self, call: Call) -> tuple[dict[str, str], list[dict[str, str]]]:
        whole = _question(self._platform, call, f'Organization::"{call.organization}"')
        named = {name: value for name, value in json.loads(whole["context"]).items() if isinstance(value, dict)}
        each = whole | {"context": json.dumps(named)}
        rows = selection(self._platform, call).answered
        return whole, [each | {"resource": f'Resource::"{row.name}"'} for row in rows]

    def decide(self, prepared: tuple[dict[str, str], list[dict[str, str]]]) -> list[AuthzResult]:
        whole, each = prepared
        return [
            is_authorized(whole, self._call_policies, self._entities),
            *is_authorized_batch(each, self._resource_policies, self._entities),
        ]

    def reasons(self, decision: list[AuthzResult]) -> Set[str]:
        return set() if all(answer.allowed for answer in decision) else {"refused"}


def entities(platform: Platform) -> Entities:
    """Everything that the platform knows, parsed once."""
    found = [_entity("Caller", "operator", role="operator")]
    fleet = dict.fromkeys(platform.products, 0)
    for name, hold in platform.organizations.items():
        found.append(_entity("Caller", name, role="tenant", organization=_reference("Organization", name)))
        found.append(_entity("Organization", name, hold=hold))
    for name, (owner, hold) in platform.projects.items():
        found.append(_entity("Project", name, organization=_reference("Organization", owner), hold=hold))
    for row in platform.rows:
        fleet[row.kind] += 1
        project = {} if row.project is None else {"project": _reference("Project", row.project)}
        found.append(
            _entity(
                "Resource",
                row.name,
                organization=_reference("Organization", row.organization),
                kind=_reference("Kind", row.kind),
                hold=row.hold,
                dependents=[_reference("Organization", owner) for owner in sorted(set(row.dependents.values()))],
                **project,
            )
        )
    for name, state in platform.products.items():
        found.append(_entity("Kind", name, state=state, fleet=fleet[name]))
    return Entities.from_json_str(json.dumps(found))


def selected_name(platform: Platform, call: Call) -> str:
    """The one resource of the call's project, or a name that nothing has."""
    return next((row.name for row in selection(platform, call).targets), "none")


def _question(platform: Platform, call: Call, resource: str) -> dict[str, str]:
    """Text throughout, the context too: the cheapest form that cedarpy takes."""
    caller = "operator" if call.home is None else call.home
    found = selection(platform, call)
    context: dict[str, Any] = {
        "organization": _reference("Organization", call.organization),
        "kind": _reference("Kind", call.kind),
        "environment": call.environment,
        "policy_version": call.policy_version,
        "selected": len(found.targets),
        "answered": len(found.answered),
        "distinct": len({row.name for row in found.answered}),
        "total": len(found.answered),
    }
    if call.project is not None:
        context["project"] = _reference("Project", call.project)
    return {
        "principal": f'Caller::"{caller}"',
        "action": 'Action::"invalidate"',
        "resource": resource,
        "context": json.dumps(context),
    }


def _policy_a_rule(platform: Platform, rules: Mapping[str, str]) -> str:
    refusals = [
        f'@id("{code}") forbid(principal, action, resource) unless {{ {condition} }};'
        for code, condition in _in_force(platform, rules).items()
    ]
    return "\n".join(['permit(principal, action == Action::"invalidate", resource);', *refusals])


def _one_policy(platform: Platform, rules: Mapping[str, str]) -> str:
    conditions = " && ".join([f"({condition})" for condition in _in_force(platform, rules).values()])
    return f'permit(principal, action == Action::"invalidate", resource) when {{ {conditions} }};'


def _in_force(platform: Platform, rules: Mapping[str, str]) -> dict[str, str]:
    limits = {"max_count": platform.max_count, "max_percent": platform.max_percent}
    return {code: condition.format_map(limits) for code, condition in rules.items()}


def _entity(entity_type: str, name: str, **attributes: Any) -> dict[str, Any]:
    return {"uid": {"type": entity_type, "id": name}, "attrs": attributes, "parents": []}


def _reference(entity_type: str, name: str) -> dict[str, dict[str, str]]:
    return {"__entity": {"type": entity_type, "id": name}}
