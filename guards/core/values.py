"""The nouns every room speaks: who asks, what exists, what was read, and what this deployment allows.

Facts that permit something are positive: only a hold known to be clear and a product known to be writable let a call
through, so a fact that is missing can never read as permission.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeVar
from unicodedata import category

from guards.core.ids import Kind, OrganizationId, PrincipalId, ProjectId, ResourceId
from guards.errors import RecordError, shown

T = TypeVar("T")

_VISIBLE: Final = frozenset("LNPS")
"""How the categories of letters, numbers, punctuation and symbols begin."""

_BLANKS: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0\U00013441\U00013442\U0001d159")
"""Hangul fillers, the empty Braille pattern, two hieroglyphic blanks and the null notehead: all drawn as nothing."""

COUNT_MAX: Final = 2**63 - 1
"""What every store can count to: the largest version, and the largest limit."""
LINE_MAX: Final = 256
REASON_MAX: Final = 2000
"""How many characters a line of text may have, and how many a reason."""


class Verb(Enum):
    """What can be done to a resource. Invalidation can be undone; deletion cannot."""

    INVALIDATE = "invalidate"
    DELETE = "delete"


class Role(Enum):
    """An operator may name any one organization; a tenant only its own."""

    OPERATOR = "operator"
    TENANT = "tenant"


class Hold(Enum):
    """Whether something must be kept. Anything but `CLEAR` keeps it."""

    CLEAR = "clear"
    HELD = "held"
    UNKNOWN = "unknown"


class ProductState(Enum):
    """Whether a product takes destructive calls. Anything but `WRITABLE` refuses them."""

    WRITABLE = "writable"
    READ_ONLY = "read_only"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks, as authentication established it; never read from the body of a call."""

    id: PrincipalId
    role: Role
    organization: OrganizationId | None

    def __post_init__(self) -> None:
        expect(PrincipalId, "principal id", self.id)
        expect(Role, "role", self.role)
        _expect_home(self.role, self.organization)


@dataclass(frozen=True, slots=True)
class Resource:
    """One live resource as the inventory knows it. `project` is None for what is older than projects."""

    id: ResourceId
    kind: Kind
    organization: OrganizationId
    project: ProjectId | None
    version: int
    hold: Hold

    def __post_init__(self) -> None:
        expect(ResourceId, "resource id", self.id)
        expect(Kind, "kind", self.kind)
        expect(OrganizationId, "organization", self.organization)
        if self.project is not None:
            expect(ProjectId, "project", self.project)
        expect_within("version", self.version, COUNT_MAX)
        expect(Hold, "hold", self.hold)


@dataclass(frozen=True, slots=True)
class OrganizationRecord:
    """What the inventory knows of a tenant."""

    id: OrganizationId
    hold: Hold

    def __post_init__(self) -> None:
        expect(OrganizationId, "organization", self.id)
        expect(Hold, "hold", self.hold)


@dataclass(frozen=True, slots=True)
class ProjectRecord:
    """What the inventory knows of a project, and whose it is."""

    id: ProjectId
    organization: OrganizationId
    hold: Hold

    def __post_init__(self) -> None:
        expect(ProjectId, "project", self.id)
        expect(OrganizationId, "organization", self.organization)
        expect(Hold, "hold", self.hold)


@dataclass(frozen=True, slots=True)
class Dependent:
    """A resource that stands on another, directly or through others, and would fall with it."""

    id: ResourceId
    organization: OrganizationId
    stands_on: ResourceId

    def __post_init__(self) -> None:
        expect(ResourceId, "dependent", self.id)
        expect(OrganizationId, "organization", self.organization)
        expect(ResourceId, "resource stood upon", self.stands_on)


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows that the inventory found, and how many it says there are: a page never passes for the whole."""

    rows: tuple[Resource, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything read for one request. `total` is how many rows the inventory says that it has to answer with."""

    organization: OrganizationRecord | None
    projects: tuple[ProjectRecord, ...]
    rows: tuple[Resource, ...]
    total: int
    dependents: tuple[Dependent, ...]
    fleet: int
    product: ProductState


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one call may destroy. Both are required; zero means zero."""

    max_count: int
    max_percent: int

    def __post_init__(self) -> None:
        expect_within("max_count", self.max_count, COUNT_MAX)
        expect_within("max_percent", self.max_percent, 100)


@dataclass(frozen=True, slots=True)
class Policy:
    """What this deployment allows, where it runs, and which version of its rules that is."""

    environment: str
    version: str
    limits: Limits

    def __post_init__(self) -> None:
        expect_line("environment", self.environment)
        expect_line("policy version", self.version)
        expect(Limits, "limits", self.limits)


def expect(wanted: type[T], name: str, value: object) -> None:
    """Refuse a value that is not exactly of the wanted type: subclasses may lie, and True is no number."""
    if type(value) is not wanted:
        raise RecordError(f"{name} must be exactly {wanted.__name__}, not {shown(value)}", code="wrong_type")


def expect_line(name: str, value: object, at_most: int = LINE_MAX) -> None:
    """Refuse anything but one line of printable text with something to see in it."""
    expect(str, name, value)
    if is_line(value, at_most):
        return
    raise RecordError(f"{name} must be 1 to {at_most} printable characters, not {shown(value)}", code="not_a_line")


def is_line(value: object, at_most: int) -> bool:
    """Whether this is one line of so many printable characters, with something to see among them."""
    return type(value) is str and len(value) <= at_most and value.isprintable() and shows_something(value)


def shows_something(line: str) -> bool:
    """Whether a reader would see anything: a letter, number, punctuation or symbol that is not blank by design.

    Python calls more characters printable than leave a trace: spaces, marks without a letter to stand on (variation
    selectors among them), and the few letters and symbols in `_BLANKS`.
    """
    return any(category(character)[0] in _VISIBLE and character not in _BLANKS for character in line)


def expect_within(name: str, value: int, at_most: int | None) -> None:
    """Refuse anything but a whole number from zero to `at_most`."""
    expect(int, name, value)
    if value >= 0 and (at_most is None or value <= at_most):
        return
    upto = "or more" if at_most is None else f"to {at_most}"
    raise RecordError(f"{name} must be 0 {upto}, not {shown(value)}", code="out_of_range")


def _expect_home(role: Role, organization: object) -> None:
    """A tenant's principal belongs to one organization; an operator's to none."""
    if role is Role.TENANT:
        expect(OrganizationId, "organization of a tenant", organization)
    elif organization is not None:
        raise RecordError(
            f"an operator belongs to no organization, not to {shown(organization)}", code="operator_with_organization"
        )
