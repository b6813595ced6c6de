"""The kit: crafts calls against any service and judges the effects. No guard lives here, and nothing here imports one.

A user needs `check_service` and the names to declare operations with; engines, oracle and traces are rooms of their
own.
"""

from guards.testing.check import check_service, check_trace, run
from guards.testing.declarations import AdapterError
from guards.testing.service import (
    OPERATOR,
    TENANT,
    AuditEntry,
    Effect,
    Field,
    Natives,
    Operation,
    Outcome,
    Reply,
    Role,
    Seen,
    Service,
    accepted,
    choice,
    flag,
    interrupted,
    not_tried,
    organization,
    payload,
    project,
    refused,
    repeats,
    resource,
    resources,
    text,
    token,
)
from guards.testing.world import Unexpressible, World

__all__ = [
    "OPERATOR",
    "TENANT",
    "AdapterError",
    "AuditEntry",
    "Effect",
    "Field",
    "Natives",
    "Operation",
    "Outcome",
    "Reply",
    "Role",
    "Seen",
    "Service",
    "Unexpressible",
    "World",
    "accepted",
    "check_service",
    "check_trace",
    "choice",
    "flag",
    "interrupted",
    "not_tried",
    "organization",
    "payload",
    "project",
    "refused",
    "repeats",
    "resource",
    "resources",
    "run",
    "text",
    "token",
]
