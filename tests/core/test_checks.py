"""Each rule on its own: one spoiled fact, one objection, and no other rule that would have caught it instead."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from guards.core import checks
from guards.core.checks import ADMISSION, CHECKS
from guards.core.decision import Denial, Grant, decide
from guards.core.ids import Kind, OrganizationId, ProjectId, ResourceId
from guards.core.plan import make_plan
from guards.core.refusals import Code, Objection
from guards.core.request import Request
from guards.core.selector import Explicit, OneProject, Selector
from guards.core.values import (
    Dependent,
    Hold,
    Limits,
    OrganizationRecord,
    Policy,
    Principal,
    ProductState,
    ProjectRecord,
    Role,
    Snapshot,
)
from tests.core.cases import (
    ACME,
    LIST,
    OTHER,
    POLICY,
    PROJECT,
    ROWS,
    STRANGER,
    TENANT,
    WEB,
    WHOLE,
    request,
    row,
    snapshot,
)


@dataclass(frozen=True)
class Fault:
    """A call that is valid but for one thing, the rule that must say so, and what it must say.

    `besides` is what follows from the same thing: of a project that is not known, nobody knows that it is not held.
    """

    name: str
    rule: Callable[..., object]
    code: str
    request: Request
    snapshot: Snapshot
    policy: Policy = POLICY
    details: dict[str, Any] | None = None
    besides: tuple[str, ...] = ()


def asked(name: str, rule: Callable[..., object], code: str, **changes: Any) -> Fault:
    return Fault(name, rule, code, request(**changes), snapshot())


def seen(name: str, rule: Callable[..., object], code: str, selector: Selector = WHOLE, **changes: Any) -> Fault:
    details, besides = changes.pop("details", None), changes.pop("besides", ())
    return Fault(name, rule, code, request(selector), snapshot(**changes), details=details, besides=besides)


def limited(name: str, rule: Callable[..., object], code: str, count: int, percent: int, fleet: int = 10) -> Fault:
    return Fault(name, rule, code, request(), snapshot(fleet=fleet), replace(POLICY, limits=Limits(count, percent)))


def standing(organization: OrganizationId, on: str) -> Dependent:
    return Dependent(ResourceId("db-1"), organization, ResourceId(on))


IN_WEB = (row("lb-2", "web"),)
LISTED = (row("lb-1"), row("lb-old", None))
UNKNOWN_PROJECTS = (ProjectRecord(ProjectId("acme"), ACME, Hold.CLEAR),)

FAULTS = [
    asked("a tenant names another organization", checks.caller_may_ask, "not_your_organization", requester=STRANGER),
    asked("another environment", checks.environment_is_this_one, "wrong_environment", environment="staging"),
    asked("a prefix of the environment", checks.environment_is_this_one, "wrong_environment", environment="prod"),
    asked("an older policy", checks.policy_is_the_current_one, "policy_changed", policy_version="2026-10"),
    seen(
        "another organization's record",
        checks.organization_is_known,
        "organization_unknown",
        organization=OrganizationRecord(OTHER, Hold.CLEAR),
    ),
    seen(
        "a foreign row in a listing, last",
        checks.targets_belong_to_the_organization,
        "inventory_foreign",
        rows=(*ROWS[:2], row("lb-z", None, "acme2")),
    ),
    seen(
        "a foreign row in a listing, first, its organization alike but for case",
        checks.targets_belong_to_the_organization,
        "inventory_foreign",
        rows=(row("a-1", None, "ACME"), *ROWS[:2]),
    ),
    seen(
        "the project is unknown",
        checks.project_belongs_to_the_organization,
        "project_not_found",
        PROJECT,
        rows=IN_WEB,
        projects=UNKNOWN_PROJECTS,
        besides=("held",),
    ),
    seen(
        "the project is another organization's",
        checks.project_belongs_to_the_organization,
        "project_not_found",
        PROJECT,
        rows=IN_WEB,
        besides=("held",),
        projects=(*UNKNOWN_PROJECTS, ProjectRecord(WEB, OTHER, Hold.CLEAR)),
    ),
    seen(
        "a row of another project",
        checks.targets_are_in_the_project,
        "inventory_foreign",
        PROJECT,
        rows=(*IN_WEB, row("lb-z", "acme")),
    ),
    seen(
        "a row older than projects, in the default project's stead",
        checks.targets_are_in_the_project,
        "inventory_foreign",
        OneProject(ACME, ProjectId("acme")),
        rows=(row("lb-1"), row("lb-old", None)),
    ),
    seen(
        "a resource of another kind",
        checks.targets_are_of_the_kind,
        "wrong_kind",
        LIST,
        rows=(row("lb-1"), row("lb-old", None, kind=Kind("database"))),
        details={"count": 1, "kind": "load-balancer", "resources": ("lb-old",)},
    ),
    seen(
        "a resource that does not exist",
        checks.everything_named_was_found,
        "not_found",
        LIST,
        rows=LISTED[:1],
        details={"count": 1, "organization": "acme", "resources": ("lb-old",)},
    ),
    seen(
        "a resource of another organization",
        checks.everything_named_was_found,
        "not_found",
        LIST,
        rows=(LISTED[0], row("lb-old", None, "acme2")),
        details={"count": 1, "organization": "acme", "resources": ("lb-old",)},
    ),
    seen(
        "a row twice in a listing",
        checks.nothing_was_found_twice_or_unasked,
        "inventory_surplus",
        rows=(*ROWS[:2], ROWS[0]),
    ),
    seen(
        "a project twice, once free and once held",
        checks.nothing_was_found_twice_or_unasked,
        "inventory_surplus",
        projects=(*snapshot().projects, ProjectRecord(WEB, ACME, Hold.HELD)),
    ),
    seen(
        "a row twice, and a project twice",
        checks.nothing_was_found_twice_or_unasked,
        "inventory_surplus",
        rows=(*ROWS[:2], ROWS[0]),
        projects=(*snapshot().projects, snapshot().projects[0]),
        details={"count": 2},
    ),
    seen(
        "a row that was not asked for",
        checks.nothing_was_found_twice_or_unasked,
        "inventory_surplus",
        LIST,
        rows=(*LISTED, row("lb-2")),
        details={"count": 1},
    ),
    seen(
        "one page of two",
        checks.the_answer_is_whole,
        "inventory_incomplete",
        total=4,
        details={"answered": 3, "total": 4},
    ),
    seen("more rows than there are", checks.the_answer_is_whole, "inventory_incomplete", total=2),
    seen("nothing there", checks.there_is_something_to_do, "nothing_to_do", rows=()),
    seen(
        "the organization is held",
        checks.nothing_is_held,
        "held",
        organization=OrganizationRecord(ACME, Hold.HELD),
        details={"organizations": ("acme",), "projects": (), "resources": ()},
    ),
    seen(
        "nobody knows whether the organization is held",
        checks.nothing_is_held,
        "held",
        organization=OrganizationRecord(ACME, Hold.UNKNOWN),
    ),
    seen(
        "a target's project is held",
        checks.nothing_is_held,
        "held",
        projects=(*UNKNOWN_PROJECTS, ProjectRecord(WEB, ACME, Hold.HELD)),
        details={"organizations": (), "projects": ("web",), "resources": ()},
    ),
    seen("a target's project is unknown", checks.nothing_is_held, "held", projects=UNKNOWN_PROJECTS),
    seen(
        "the target's project is free only in another organization's record",
        checks.nothing_is_held,
        "held",
        projects=(*UNKNOWN_PROJECTS, ProjectRecord(WEB, OTHER, Hold.CLEAR)),
    ),
    seen(
        "one target is held",
        checks.nothing_is_held,
        "held",
        rows=(*ROWS[:2], row("lb-old", None, hold=Hold.HELD)),
        details={"organizations": (), "projects": (), "resources": ("lb-old",)},
    ),
    seen(
        "nobody knows whether a target is held",
        checks.nothing_is_held,
        "held",
        rows=(row("lb-1", hold=Hold.UNKNOWN), *ROWS[1:]),
    ),
    limited("one more than the count", checks.count_is_within_the_limit, "limit_count", 2, 30),
    limited("a count of zero is zero", checks.count_is_within_the_limit, "limit_count", 0, 100),
    limited("a share just over the limit", checks.share_is_within_the_limit, "limit_percent", 3, 29),
    limited("a percentage of zero is zero", checks.share_is_within_the_limit, "limit_percent", 3, 0),
    limited("no fleet at all", checks.share_is_within_the_limit, "limit_percent", 3, 100, fleet=0),
    limited("a fleet below zero", checks.share_is_within_the_limit, "limit_percent", 3, 100, fleet=-10),
    limited("more than the whole fleet", checks.share_is_within_the_limit, "limit_percent", 3, 100, fleet=2),
    seen("the product is read-only", checks.product_is_writable, "read_only", product=ProductState.READ_ONLY),
    seen("the product's state is unknown", checks.product_is_writable, "read_only", product=ProductState.UNKNOWN),
    seen(
        "another tenant's database stands on the last target",
        checks.nobody_else_depends_on_a_target,
        "others_depend",
        dependents=(standing(ACME, "lb-1"), standing(OTHER, "lb-old")),
        details={"count": 1, "dependents": 1, "resources": ("lb-old",)},
    ),
    seen(
        "other tenants' databases stand on two targets",
        checks.nobody_else_depends_on_a_target,
        "others_depend",
        dependents=(standing(OTHER, "lb-1"), standing(OTHER, "lb-old"), standing(OTHER, "lb-old")),
        details={"count": 2, "dependents": 3, "resources": ("lb-1", "lb-old")},
    ),
]


def decided(fault: Fault, **without: Any) -> Grant | Denial:
    return decide(make_plan(fault.request, fault.snapshot), fault.snapshot, fault.policy, **without)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_one_spoiled_fact_brings_exactly_its_own_objection(fault: Fault) -> None:
    answer = decided(fault)
    assert isinstance(answer, Denial)
    assert [objection.code.value for objection in answer.objections] == sorted((fault.code, *fault.besides))
    if fault.details is not None:
        assert dict(answer.objections[0].details) == fault.details


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_without_its_rule_the_spoiled_call_would_be_granted(fault: Fault) -> None:
    """The planted fault: no rule hides behind another one, so a rule that is lost is noticed."""
    fewer = {
        "admission": tuple(check for check in ADMISSION if check is not fault.rule),
        "checks": tuple(check for check in CHECKS if check is not fault.rule),
    }
    answer = decided(fault, **fewer)
    assert isinstance(answer, Denial) is bool(fault.besides)
    if isinstance(answer, Denial):
        assert [objection.code.value for objection in answer.objections] == list(fault.besides)


def test_every_rule_has_its_fault() -> None:
    assert {fault.rule for fault in FAULTS} == {*ADMISSION, *CHECKS}


def test_every_rule_in_the_file_is_asked() -> None:
    """A function that answers a finding and stands in neither tuple would be a rule that nobody asks."""
    tree = ast.parse(inspect.getsource(checks))
    rules = {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and isinstance(node.returns, ast.Name) and node.returns.id == "Finding"
    }
    assert rules == {check.__name__ for check in (*ADMISSION, *CHECKS)}
    assert len(ADMISSION) == 3
    assert len(CHECKS) == 14


@pytest.mark.parametrize(
    ("selector", "rows"), [(WHOLE, ROWS), (PROJECT, IN_WEB), (LIST, LISTED)], ids=["whole", "project", "list"]
)
@pytest.mark.parametrize("requester", [request().requester, TENANT], ids=["operator", "tenant"])
def test_a_valid_call_is_granted(selector: Selector, rows: Any, requester: Any) -> None:
    facts = snapshot(rows)
    plan = make_plan(request(selector, requester=requester), facts)
    assert decide(plan, facts, POLICY) == Grant(plan)


def test_the_limits_are_met_exactly() -> None:
    """3 of 10 is 30 percent, and 3 resources are 3: the last call that is still allowed."""
    facts = snapshot()
    plan = make_plan(request(), facts)
    assert decide(plan, facts, Policy("production", "2026-11", Limits(3, 30))) == Grant(plan)


def test_one_resource_more_than_the_share_is_too_many_in_a_larger_fleet() -> None:
    """30 percent of 334 is 100.2, so 100 are allowed and 101 are not."""
    thirty = Policy("production", "2026-11", Limits(1_000, 30))
    for count, allowed in ((100, Grant), (101, Denial)):
        facts = snapshot([row(f"lb-{n}") for n in range(count)], fleet=334)
        assert isinstance(decide(make_plan(request(), facts), facts, thirty), allowed), count


def principal(role: Role, organization: OrganizationId | None) -> Principal:
    """A principal as nobody can make one, but as a debugger could leave one."""
    bent = replace(TENANT)
    object.__setattr__(bent, "role", role)
    object.__setattr__(bent, "organization", organization)
    return bent


@pytest.mark.parametrize(
    "bent", [principal(Role.OPERATOR, ACME), principal(Role.TENANT, None)], ids=["a settled operator", "a homeless one"]
)
def test_a_principal_that_contradicts_itself_may_ask_for_nothing(bent: Principal) -> None:
    answer = checks.caller_may_ask(request(requester=bent), POLICY)
    assert isinstance(answer, Objection)
    assert answer.code is Code.NOT_YOUR_ORGANIZATION


def test_the_share_is_counted_in_whole_numbers() -> None:
    """A third of a huge fleet, where a floating-point share would round."""
    fleet = 3 * 10**17
    facts = snapshot(fleet=fleet)
    plan = make_plan(request(), facts)
    assert isinstance(decide(plan, facts, Policy("production", "2026-11", Limits(3, 0))), Denial)
    assert isinstance(decide(plan, facts, Policy("production", "2026-11", Limits(3, 1))), Grant)


@pytest.mark.parametrize("fleet", [0, 1, 10])
def test_an_empty_selection_does_not_find_out_whether_others_own_any(fleet: int) -> None:
    facts = snapshot((), fleet=fleet)
    answer = decide(make_plan(request(), facts), facts, POLICY)
    assert isinstance(answer, Denial)
    assert [objection.code for objection in answer.objections] == [Code.NOTHING_TO_DO]


def test_the_callers_own_dependents_are_its_own_affair() -> None:
    facts = snapshot(dependents=(standing(ACME, "lb-1"),))
    plan = make_plan(request(), facts)
    assert decide(plan, facts, POLICY) == Grant(plan)


def test_an_unknown_organization_is_told_to_an_operator() -> None:
    facts = snapshot((), organization=None)
    answer = decide(make_plan(request(), facts), facts, POLICY)
    assert isinstance(answer, Denial)
    assert Code.ORGANIZATION_UNKNOWN in [objection.code for objection in answer.objections]


@pytest.mark.parametrize("selector", [Explicit(ACME, (ResourceId("lb-9"),))])
def test_foreign_and_unknown_look_the_same(selector: Selector) -> None:
    foreign = snapshot((row("lb-9", "acme2", "acme2", hold=Hold.HELD, kind=Kind("database")),))
    unknown = snapshot(())
    one, other = (decide(make_plan(request(selector), facts), facts, POLICY) for facts in (foreign, unknown))
    assert one == other
    assert isinstance(one, Denial)
