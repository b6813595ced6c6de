"""The platforms and the calls that every engine is asked about, in plain text and numbers.

Each engine makes its own input out of them, so that none is given what another has already worked out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

KIND: Final = "load-balancer"
ENVIRONMENT: Final = "production"
POLICY_VERSION: Final = "2026-11"


@dataclass(frozen=True, slots=True)
class Row:
    """A live resource. Those that stand on it are named with their organization."""

    name: str
    organization: str
    project: str | None
    kind: str = KIND
    hold: str = "clear"
    dependents: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Platform:
    """Holds of the organizations, owner and hold of the projects, states of the products, and all resources."""

    organizations: Mapping[str, str]
    projects: Mapping[str, tuple[str, str]]
    products: Mapping[str, str]
    rows: Iterable[Row]
    max_count: int
    max_percent: int


@dataclass(frozen=True, slots=True)
class Call:
    """One call. Without ids it means all of a kind in its project. `refused_for` is what we say of it, by hand."""

    organization: str = "acme"
    project: str | None = None
    resources: tuple[str, ...] = ()
    home: str | None = None  # the caller's organization; an operator has none
    kind: str = KIND
    environment: str = ENVIRONMENT
    policy_version: str = POLICY_VERSION
    refused_for: str | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """What an inventory answers to a call, and how much of it the call may mean."""

    answered: tuple[Row, ...]
    targets: tuple[Row, ...]


def selection(platform: Platform, call: Call) -> Selection:
    """By id whoever owns it, by project only what is the organization's own."""
    if call.resources:
        answered = tuple([row for row in platform.rows if row.name in call.resources])
        return Selection(answered, tuple([row for row in answered if row.organization == call.organization]))
    if platform.projects.get(str(call.project), (None,))[0] != call.organization:
        return Selection((), ())
    answered = tuple([row for row in platform.rows if row.project == call.project and row.kind == call.kind])
    return Selection(answered, answered)


SMALL: Final = Platform(
    organizations={"acme": "clear", "rival": "clear", "kept": "held"},
    projects={
        "acme": ("acme", "clear"),
        "web": ("acme", "clear"),
        "solo": ("acme", "clear"),
        "frozen": ("acme", "held"),
        "rival": ("rival", "clear"),
        "kept": ("kept", "clear"),
    },
    products={KIND: "writable", "database": "writable", "hub": "writable", "cluster": "read_only"},
    rows=(
        Row("lb-1", "acme", "acme"),
        Row("lb-2", "acme", "web"),
        Row("lb-old", "acme", None),
        Row("lb-solo", "acme", "solo"),
        Row("lb-own", "acme", "web", dependents={"db-1": "acme"}),
        Row("lb-shared", "acme", "web", dependents={"db-1": "acme", "db-2": "rival"}),
        Row("lb-held", "acme", "web", hold="held"),
        Row("lb-frozen", "acme", "frozen"),
        Row("lb-rival", "rival", "rival"),
        Row("lb-kept", "kept", "kept"),
        Row("db-1", "acme", "web", kind="database"),
        Row("db-2", "rival", "rival", kind="database"),
        Row("hub-1", "acme", "web", kind="hub"),
        *[Row(f"cluster-{number}", "acme", "web", kind="cluster") for number in range(4)],
    ),
    max_count=3,
    max_percent=30,
)
"""One resource for every rule that a call for a single one can meet."""

GRANTED: Final = (
    Call(resources=("lb-1",)),
    Call(resources=("lb-1",), home="acme"),
    Call(resources=("lb-2",), home="acme"),
    Call(resources=("lb-old",)),
    Call(resources=("lb-own",)),
    Call(project="solo"),
    Call(project="solo", home="acme"),
)

REFUSED: Final = (
    Call(resources=("lb-1",), home="rival", refused_for="not_your_organization"),
    Call(resources=("lb-1",), environment="staging", refused_for="wrong_environment"),
    Call(resources=("lb-1",), policy_version="2026-10", refused_for="policy_changed"),
    Call(organization="acm", resources=("lb-1",), refused_for="organization_unknown"),
    Call(project="rival", refused_for="project_not_found"),
    Call(project="nowhere", refused_for="project_not_found"),
    Call(resources=("lb-rival",), refused_for="not_found"),
    Call(resources=("lb-none",), refused_for="not_found"),
    Call(resources=("db-1",), refused_for="wrong_kind"),
    Call(resources=("lb-held",), refused_for="held"),
    Call(resources=("lb-frozen",), refused_for="held"),
    Call(organization="kept", resources=("lb-kept",), refused_for="held"),
    Call(resources=("hub-1",), kind="hub", refused_for="limit_percent"),
    Call(resources=("cluster-1",), kind="cluster", refused_for="read_only"),
    Call(resources=("lb-shared",), refused_for="others_depend"),
)


def fleet(organizations: int, of_each: int) -> Platform:
    """Organizations with one project and equally many resources, created by turns, as in a platform that grew."""
    names = tuple([f"org-{number}" for number in range(organizations)])
    return Platform(
        organizations=dict.fromkeys(names, "clear"),
        projects={f"web-{name}": (name, "clear") for name in names},
        products={KIND: "writable"},
        rows=_Grown(names, of_each),
        max_count=of_each,
        max_percent=100,
    )


ALL_OF_ONE: Final = Call(organization="org-0", project="web-org-0")
"""Everything of a fleet's first organization."""


@dataclass(frozen=True, slots=True)
class _Grown:
    """The rows of a fleet, made anew each time: a million of them as text would outweigh what is to be weighed."""

    organizations: tuple[str, ...]
    of_each: int

    def __iter__(self) -> Iterator[Row]:
        for number in range(self.of_each):
            for name in self.organizations:
                yield Row(f"lb-{name}-{number}", name, f"web-{name}")


def with_one_held(platform: Platform) -> Platform:
    """The same platform with a hold on its last resource."""
    *rows, last = platform.rows
    return replace(platform, rows=(*rows, replace(last, hold="held")))
