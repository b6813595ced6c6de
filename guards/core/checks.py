"""One plain function per rule; each looks at the whole plan and answers CLEAR or one objection.

Two tuples hold them all: ADMISSION looks at the call alone, before anything is read, so that a stranger's call reads
nothing; CHECKS look at the plan and what was read. A check never repairs, narrows or skips: it answers.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Final

from guards.core.plan import Plan
from guards.core.refusals import Code, Objection, objection
from guards.core.request import Request
from guards.core.selector import Explicit, OneProject
from guards.core.values import Hold, Policy, ProductState, ProjectRecord, Role, Snapshot


class Clear(Enum):
    """The only answer that counts as no objection."""

    CLEAR = "clear"


CLEAR: Final = Clear.CLEAR
Finding = Clear | Objection

Admission = Callable[[Request, Policy], Finding]
Check = Callable[[Plan, Snapshot, Policy], Finding]


def caller_may_ask(request: Request, _policy: Policy) -> Finding:
    """An operator may name any one organization, a tenant only its own."""
    caller = request.requester
    if caller.role is Role.OPERATOR and caller.organization is None:
        return CLEAR
    if caller.role is Role.TENANT and caller.organization == request.selector.organization:
        return CLEAR
    return objection(Code.NOT_YOUR_ORGANIZATION, organization=request.selector.organization)


def environment_is_this_one(request: Request, policy: Policy) -> Finding:
    """The call was meant for where it arrived."""
    if request.environment == policy.environment:
        return CLEAR
    return objection(Code.WRONG_ENVIRONMENT, asked=request.environment, here=policy.environment)


def policy_is_the_current_one(request: Request, policy: Policy) -> Finding:
    """The rules have not changed since the call was made."""
    if request.policy_version == policy.version:
        return CLEAR
    return objection(Code.POLICY_CHANGED, asked=request.policy_version, here=policy.version)


def organization_is_known(plan: Plan, snapshot: Snapshot, _policy: Policy) -> Finding:
    """The organization that the call names exists."""
    named = plan.request.selector.organization
    if snapshot.organization is not None and snapshot.organization.id == named:
        return CLEAR
    return objection(Code.ORGANIZATION_UNKNOWN, organization=named)


def targets_belong_to_the_organization(plan: Plan, _snapshot: Snapshot, _policy: Policy) -> Finding:
    """Every target is owned by the one organization that the call names."""
    named = plan.request.selector.organization
    foreign = [row for row in plan.targets if row.organization != named]
    if not foreign:
        return CLEAR
    return objection(Code.INVENTORY_FOREIGN, count=len(foreign), organization=named)


def project_belongs_to_the_organization(plan: Plan, snapshot: Snapshot, _policy: Policy) -> Finding:
    """The project that the call names exists and is the organization's own."""
    selector = plan.request.selector
    if type(selector) is not OneProject or own_project(selector, snapshot.projects):
        return CLEAR
    return objection(Code.PROJECT_NOT_FOUND, project=selector.project, organization=selector.organization)


def targets_are_in_the_project(plan: Plan, _snapshot: Snapshot, _policy: Policy) -> Finding:
    """Where the call names a project, every target is in it. What is older than projects is in none."""
    selector = plan.request.selector
    if type(selector) is not OneProject:
        return CLEAR
    outside = [row for row in plan.targets if row.project != selector.project]
    if not outside:
        return CLEAR
    return objection(Code.INVENTORY_FOREIGN, count=len(outside), organization=selector.organization)


def targets_are_of_the_kind(plan: Plan, _snapshot: Snapshot, _policy: Policy) -> Finding:
    """Every target is of the one kind that the call names."""
    kind = plan.request.kind
    other = tuple([row.id for row in plan.targets if row.kind != kind])
    if not other:
        return CLEAR
    return objection(Code.WRONG_KIND, count=len(other), kind=kind, resources=other)


def everything_named_was_found(plan: Plan, _snapshot: Snapshot, _policy: Policy) -> Finding:
    """Every id in the call is a live resource of the organization."""
    selector = plan.request.selector
    if type(selector) is not Explicit:
        return CLEAR
    found = {row.id for row in plan.targets}
    missing = tuple([resource for resource in selector.resources if resource not in found])
    if not missing:
        return CLEAR
    return objection(Code.NOT_FOUND, count=len(missing), organization=selector.organization, resources=missing)


def nothing_was_found_twice_or_unasked(plan: Plan, snapshot: Snapshot, _policy: Policy) -> Finding:
    """The inventory answered each row and each project once, and no row that the call did not name."""
    selector = plan.request.selector
    found = {row.id for row in snapshot.rows}
    surplus = len(snapshot.rows) - len(found)
    surplus += len(snapshot.projects) - len({record.id for record in snapshot.projects})
    if type(selector) is Explicit:
        surplus += len(found.difference(selector.resources))
    return CLEAR if surplus == 0 else objection(Code.INVENTORY_SURPLUS, count=surplus)


def the_answer_is_whole(_plan: Plan, snapshot: Snapshot, _policy: Policy) -> Finding:
    """The inventory answered as many rows as it says there are."""
    if len(snapshot.rows) == snapshot.total:
        return CLEAR
    return objection(Code.INVENTORY_INCOMPLETE, answered=len(snapshot.rows), total=snapshot.total)


def there_is_something_to_do(plan: Plan, _snapshot: Snapshot, _policy: Policy) -> Finding:
    """An empty selection is a refusal, never a success and never everything."""
    if plan.targets:
        return CLEAR
    request = plan.request
    return objection(Code.NOTHING_TO_DO, kind=request.kind, organization=request.selector.organization)


def nothing_is_held(plan: Plan, snapshot: Snapshot, _policy: Policy) -> Finding:
    """The organization, the projects of the targets and the targets are each known to be free of a hold."""
    named = plan.request.selector.organization
    free = {record.id for record in snapshot.projects if record.hold is Hold.CLEAR and record.organization == named}
    organizations = () if snapshot.organization and snapshot.organization.hold is Hold.CLEAR else (named,)
    projects = {row.project for row in plan.targets if row.project is not None and row.project not in free}
    resources = [row.id for row in plan.targets if row.hold is not Hold.CLEAR]
    if not organizations and not projects and not resources:
        return CLEAR
    return objection(Code.HELD, organizations=organizations, projects=tuple(projects), resources=tuple(resources))


def count_is_within_the_limit(plan: Plan, _snapshot: Snapshot, policy: Policy) -> Finding:
    """No more targets than one call may take. Zero means zero."""
    if len(plan.targets) <= policy.limits.max_count:
        return CLEAR
    return objection(Code.LIMIT_COUNT, selected=len(plan.targets), allowed=policy.limits.max_count)


def share_is_within_the_limit(plan: Plan, snapshot: Snapshot, policy: Policy) -> Finding:
    """No greater share of the product's live fleet than one call may take, in whole numbers. Nothing is no share."""
    selected, allowed = len(plan.targets), policy.limits.max_percent
    if selected * 100 <= allowed * snapshot.fleet:
        return CLEAR
    # The fleet is the other tenants' too, so its size is not told. Whoever asks often enough can still find it out from
    # where the limit bites: that is inherent to limiting a share. An empty selection finds out nothing.
    return objection(Code.LIMIT_PERCENT, selected=selected, kind=plan.request.kind, allowed=allowed)


def product_is_writable(plan: Plan, snapshot: Snapshot, _policy: Policy) -> Finding:
    """The product is known to take destructive calls."""
    if snapshot.product is ProductState.WRITABLE:
        return CLEAR
    return objection(Code.READ_ONLY, kind=plan.request.kind, state=snapshot.product.value)


def nobody_else_depends_on_a_target(plan: Plan, snapshot: Snapshot, _policy: Policy) -> Finding:
    """Nothing of another tenant stands on a target. The organization's own dependents are in the preview."""
    named = plan.request.selector.organization
    foreign = [dependent for dependent in snapshot.dependents if dependent.organization != named]
    if not foreign:
        return CLEAR
    ground = tuple({dependent.stands_on for dependent in foreign})
    return objection(Code.OTHERS_DEPEND, dependents=len(foreign), count=len(ground), resources=ground)


ADMISSION: Final[tuple[Admission, ...]] = (
    caller_may_ask,
    environment_is_this_one,
    policy_is_the_current_one,
)

CHECKS: Final[tuple[Check, ...]] = (
    organization_is_known,
    targets_belong_to_the_organization,
    project_belongs_to_the_organization,
    targets_are_in_the_project,
    targets_are_of_the_kind,
    everything_named_was_found,
    nothing_was_found_twice_or_unasked,
    the_answer_is_whole,
    there_is_something_to_do,
    nothing_is_held,
    count_is_within_the_limit,
    share_is_within_the_limit,
    product_is_writable,
    nobody_else_depends_on_a_target,
)


def own_project(selector: OneProject, projects: tuple[ProjectRecord, ...]) -> bool:
    """Whether the project that a selector names is known, and known to be its organization's."""
    return any(record.id == selector.project and record.organization == selector.organization for record in projects)
