"""What the platform's own operations say in their bodies: one strict model for each form, read as the wire reads.

The two destructive calls are not here; their body is the wire's own.
"""

from __future__ import annotations

from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field

from guards.wire import (
    Body,
    KindField,
    LineField,
    OrganizationField,
    ProjectField,
    ReasonField,
    Refusal,
    ResourceField,
    ResourcesField,
    SchemaField,
    again,
    read_json,
    validate,
)

B = TypeVar("B", bound=Body)


class ListBody(Body):
    """The caller's own resources of a kind, from the start or from where an earlier page ended."""

    schema_version: SchemaField = Field(alias="schema")
    organization_id: OrganizationField
    kind: KindField
    cursor: LineField = ""
    """Left out on the first page; sent blank it is refused."""


class ChangeBody(Body):
    """What every change says: which form it has, and where it was meant to arrive."""

    schema_version: SchemaField = Field(alias="schema")
    environment: LineField


class CreateBody(ChangeBody):
    """A new resource in one of the caller's own projects."""

    organization_id: OrganizationField
    project_id: ProjectField
    kind: KindField


class OperatorBody(ChangeBody):
    """What an operator's change says beside: on whose behalf, and why."""

    case: LineField
    reason: ReasonField


class TransferBody(OperatorBody):
    """One resource, where it is now, and where it goes."""

    organization_id: OrganizationField
    kind: KindField
    resource_id: ResourceField
    source_project_id: ProjectField
    destination_project_id: ProjectField


class ReadOnlyBody(OperatorBody):
    """A product that is to take no changes, or to take them again."""

    kind: KindField
    on: bool


class HoldBody(OperatorBody):
    """What every hold says, whatever it covers. Alone it covers nothing."""

    organization_id: OrganizationField


class HoldOrganizationBody(HoldBody):
    """A whole organization, named twice."""

    acknowledge: Annotated[OrganizationField, AfterValidator(again)]


class HoldProjectBody(HoldBody):
    """One project of the organization."""

    project_id: ProjectField


class HoldResourcesBody(HoldBody):
    """These resources of one kind and of the organization."""

    kind: KindField
    resource_ids: ResourcesField


def read(model: type[B], body: bytes) -> B | Refusal:
    """The body as this model, or the first reason why it is none."""
    value = read_json(body)
    return value if isinstance(value, Refusal) else validate(model, value)


def read_hold(body: bytes) -> HoldOrganizationBody | HoldProjectBody | HoldResourcesBody | Refusal:
    """The body as a hold of the first scope it names; a second scope is a field that this hold does not have.

    A model each, as for the destructive calls: no scope is a field that may be left out.
    """
    value = read_json(body)
    if isinstance(value, Refusal):
        return value
    named = value if isinstance(value, dict) else {}
    if "acknowledge" in named:
        return validate(HoldOrganizationBody, value)
    if "project_id" in named:
        return validate(HoldProjectBody, value)
    if "resource_ids" in named or "kind" in named:
        return validate(HoldResourcesBody, value)
    return validate(HoldOrganizationBody, value)
