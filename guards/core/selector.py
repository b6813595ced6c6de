"""What may be asked for: a closed union of three, each naming exactly one organization.

There is no wildcard and no optional field that narrows, so leaving something out can never widen what is selected.
"""

from __future__ import annotations

from dataclasses import dataclass

from guards.core.ids import OrganizationId, ProjectId, ResourceId
from guards.errors import SelectorError, shown


@dataclass(frozen=True, slots=True)
class WholeOrganization:
    """Everything of a kind that one organization owns. The organization is named twice on purpose."""

    organization: OrganizationId
    acknowledge: OrganizationId

    def __post_init__(self) -> None:
        _expect(OrganizationId, "organization", self.organization)
        _expect(OrganizationId, "acknowledge", self.acknowledge)
        _expect_same(self.organization, self.acknowledge)


@dataclass(frozen=True, slots=True)
class OneProject:
    """Everything of a kind in one project. What is older than projects is in none."""

    organization: OrganizationId
    project: ProjectId

    def __post_init__(self) -> None:
        _expect(OrganizationId, "organization", self.organization)
        _expect(ProjectId, "project", self.project)


@dataclass(frozen=True, slots=True)
class Explicit:
    """Exactly these resources, all of one organization."""

    organization: OrganizationId
    resources: tuple[ResourceId, ...]

    def __post_init__(self) -> None:
        _expect(OrganizationId, "organization", self.organization)
        _expect_distinct(self.resources)


Selector = WholeOrganization | OneProject | Explicit


def _expect(wanted: type, name: str, value: object) -> None:
    if type(value) is not wanted:
        raise SelectorError(f"{name} must be a {wanted.__name__}, not {shown(value)}", code="selector_wrong_type")


def _expect_same(organization: OrganizationId, acknowledge: OrganizationId) -> None:
    if acknowledge != organization:
        raise SelectorError(
            f"acknowledge must repeat {organization!r} to select all of it, not {acknowledge!r}",
            code="acknowledge_differs",
        )


def _expect_distinct(resources: object) -> None:
    if type(resources) is not tuple:
        raise SelectorError(f"resources must be a tuple of ids, not {shown(resources)}", code="selector_wrong_type")
    if not resources:
        raise SelectorError("resources must name at least one; an empty list selects nothing", code="selector_empty")
    for resource in resources:
        _expect(ResourceId, "resource", resource)
    if len(set(resources)) != len(resources):
        raise SelectorError("resources must name each resource once", code="selector_repeats")
