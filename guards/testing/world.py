"""The worlds that calls are crafted in: tenants, projects, resources and principals, with ids that collide on purpose.

A world is plain data with symbolic refs (`org#0`, `project#1`, `volume#2`, `operator#0`), so a trace can carry it
whole. The first organization is the one that calls are about; the others are neighbours whose ids are easily taken
for its own.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, TypeVar

from guards.errors import GuardsError


class WorldError(GuardsError):
    """A world that does not hang together: a ref used twice, or an owner that is not there."""

    code = "bad_world"


class Unexpressible(GuardsError):
    """Raised by `populate` when the service cannot hold such ids (say, a trailing blank); that collision is
    unsupported.
    """

    code = "unexpressible"


@dataclass(frozen=True, slots=True)
class Organization:
    """A tenant."""

    ref: str
    id: str


@dataclass(frozen=True, slots=True)
class Project:
    """A project of an organization; the default project's id equals the organization's id."""

    ref: str
    id: str
    organization: Organization


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource; one older than projects has no project."""

    ref: str
    id: str
    kind: str
    organization: Organization
    project: Project | None = None


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who calls: a user of one tenant, or an operator (no organization)."""

    ref: str
    role: str
    organization: Organization | None = None


@dataclass(frozen=True, slots=True)
class World:
    """Everything that exists before the first step, in the order in which it should be created."""

    organizations: tuple[Organization, ...]
    projects: tuple[Project, ...]
    resources: tuple[Resource, ...]
    principals: tuple[Principal, ...]
    style: str = "plain"

    def ids(self) -> dict[str, str]:
        """Ref -> id of everything; for a principal, its organization's id, or "operator".

        Right for a service whose ids name one thing each; raises `Unexpressible` in a world where two tenants use one
        id for two things of one kind. A service that can hold those hands back `Natives` of its own.
        """
        named: tuple[Organization | Project | Resource, ...] = (*self.organizations, *self.projects, *self.resources)
        kinds = (
            *("organization" for _ in self.organizations),
            *("project" for _ in self.projects),
            *(r.kind for r in self.resources),
        )
        if len(set(zip(kinds, (thing.id for thing in named), strict=True))) != len(named):
            raise Unexpressible("two tenants of this world use one id for two things of one kind")
        people = {p.ref: p.organization.id if p.organization else p.role for p in self.principals}
        return {thing.ref: thing.id for thing in named} | people

    def without(self, refs: Collection[str]) -> World:
        """This world without these organizations and all that is theirs."""
        return World(
            tuple(o for o in self.organizations if o.ref not in refs),
            tuple(p for p in self.projects if p.organization.ref not in refs),
            tuple(r for r in self.resources if r.organization.ref not in refs),
            tuple(p for p in self.principals if p.organization is None or p.organization.ref not in refs),
            self.style,
        )

    def only(self, refs: Collection[str]) -> World:
        """This world with only the things of these refs, and what they belong to."""
        keep = set(refs)
        keep |= {r.project.ref for r in self.resources if r.ref in keep and r.project}
        owned: tuple[Project | Resource, ...] = (*self.projects, *self.resources)
        keep |= {thing.organization.ref for thing in owned if thing.ref in keep}
        keep |= {p.organization.ref for p in self.principals if p.ref in keep and p.organization}
        return World(
            tuple(o for o in self.organizations if o.ref in keep),
            tuple(p for p in self.projects if p.ref in keep),
            tuple(r for r in self.resources if r.ref in keep),
            tuple(p for p in self.principals if p.ref in keep),
            self.style,
        )

    def refs(self) -> Iterator[str]:
        for things in (self.organizations, self.projects, self.resources, self.principals):
            yield from (thing.ref for thing in things)

    def to_json(self) -> dict[str, Any]:
        """The world as it stands in a trace file."""
        return {
            "style": self.style,
            "organizations": [{"ref": o.ref, "id": o.id} for o in self.organizations],
            "projects": [{"ref": p.ref, "id": p.id, "organization": p.organization.ref} for p in self.projects],
            "resources": [
                {
                    "ref": r.ref,
                    "id": r.id,
                    "kind": r.kind,
                    "organization": r.organization.ref,
                    "project": r.project.ref if r.project else None,
                }
                for r in self.resources
            ],
            "principals": [
                {"ref": p.ref, "role": p.role, "organization": p.organization.ref if p.organization else None}
                for p in self.principals
            ],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> World:
        """A world from a trace file (already validated in shape by `guards.results`)."""
        organizations = {o["ref"]: Organization(o["ref"], o["id"]) for o in value["organizations"]}
        projects = {
            p["ref"]: Project(p["ref"], p["id"], _owner(organizations, p["organization"])) for p in value["projects"]
        }
        world = cls(
            tuple(organizations.values()),
            tuple(projects.values()),
            tuple(
                Resource(
                    r["ref"],
                    r["id"],
                    r["kind"],
                    _owner(organizations, r["organization"]),
                    None if r["project"] is None else _owner(projects, r["project"]),
                )
                for r in value["resources"]
            ),
            tuple(
                Principal(
                    p["ref"],
                    p["role"],
                    None if p["organization"] is None else _owner(organizations, p["organization"]),
                )
                for p in value["principals"]
            ),
            value["style"],
        )
        refs = list(world.refs())
        if len(set(refs)) != len(refs):
            raise WorldError("the world uses one ref for two things")
        return world


_T = TypeVar("_T")


def _owner(owners: Mapping[str, _T], ref: str) -> _T:
    if ref not in owners:
        raise WorldError(f"the world names the owner `{ref}`, which it does not have")
    return owners[ref]


def fold(text: str) -> str:
    """What a careless comparison makes of an id: stripped, NFKC, casefolded."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).strip().casefold())


# --- collisions -------------------------------------------------------------------------------------------------------

_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


def _neighbours(style: str, own: str) -> tuple[str, str]:
    """Two ids of other tenants that this style makes easy to take for `own`: one sorts after it, one before."""
    if style == "prefix":
        return own + "2", own[:-1]
    if style == "case":
        return own.swapcase(), own[:-1] + own[-1].swapcase()
    if style == "nfkc":
        return own.translate(_FULL_WIDTH), own[:-1] + own[-1].translate(_FULL_WIDTH)
    if style == "whitespace":
        return own + " ", " " + own
    if style == "pattern":  # `.` is any character to a regular expression, and `_` to SQL's LIKE
        return own.replace(".", "x", 1), own.replace("_", "x", 1)
    if style == "separator":
        return own.replace("-", "_", 1), own.replace("-", ".", 1)
    if style == "zeros":
        return "0" + own, "00" + own
    if style == "truncated":  # alike in the first 64 characters
        return own + "b", own + "c"
    if style == "accents":  # one composed, one with a mark of its own: alike to a collation, and to NFC each other
        return _accented(own), unicodedata.normalize("NFD", _accented(own))
    if style == "nul":  # alike to whatever ends a text at its first NUL
        return own + "\0b", own + "\0a"
    if style == "non-ascii":  # alike once what is not ASCII is left out
        return own + "\u0436", own[:1] + "\u0436" + own[1:]
    if style == "composed":  # one text in two normal forms
        return unicodedata.normalize("NFD", own), f"a{own}"
    if style == "replaced":  # alike once `?` stands for what a character set lacks
        return own.replace("\u0436", "\u0448", 1), own.replace("\u0436", "?", 1)
    if style == "zero-width":
        return own[:1] + "\u200b" + own[1:], "\ufeff" + own
    if style == "long":  # alike in the first 255 characters
        return own + "b", own + "c"
    if style == "glob":  # read as a pattern, ours means both
        return own.replace("[0-9]", "5", 1), own.replace("?", "x", 1).replace("[0-9]", "7", 1)
    if style in ("below", "scoped"):  # inside ours, as a path or as a scope
        joint = "/" if style == "below" else ":"
        return f"{own}{joint}eu", f"{own}{joint}{joint}"
    return f"z{own}", f"a{own}"  # nothing alike, but one sorts after and one before


def _accented(own: str) -> str:
    """The id with an accent on its first vowel."""
    vowel = next(c for c in own if c in "aeiou")
    return own.replace(vowel, unicodedata.normalize("NFC", vowel + "\u0301"), 1)


STYLES: tuple[str, ...] = (
    "plain",
    "prefix",
    "case",
    "separator",
    "pattern",
    "zeros",
    "truncated",
    "nfkc",
    "whitespace",
    "accents",
    "nul",
    "non-ascii",
    "composed",
    "replaced",
    "zero-width",
    "long",
    "glob",
    "below",
    "scoped",
    "joined",
    "same-name",
    "same-project",
    "wrong-kind",
)
"""How the neighbours' ids collide with the first organization's. In every style a default project carries its
organization's id.
"""


_OF_EACH_KIND = 4
"""So many resources of each kind the first organization has: two in its second project, one in its default one, and
one without; times the world's size.
"""
_WORDS = ("acme", "birch", "cobalt", "delta", "ember", "fjord", "grove", "heron", "iris", "juno", "kiln", "lotus")


def make_world(
    kinds: Sequence[str], roles: Collection[str], *, style: str = "plain", seed: int = 0, size: int = 1
) -> World:
    """A small world of three organizations whose ids collide as `style` says.

    `size` multiplies what the first organization owns. Each organization has a default project (same id as itself), a
    second project, resources in both and one older than projects; neighbours' objects come first and last in the
    order of creation and in the order of text, so that a test of only the first or the last one is caught.
    """
    random = Random(f"{style}:{seed}")
    word = random.choice(_WORDS)
    own = _own_id(style, word, random.randrange(10, 90))
    after, before = _neighbours(style, own)
    if style == "joined":  # to whatever joins a tenant and a name into one key
        after, before = f"{own}-eu", f"{own}{random.choice(':_.')}eu"
    if style == "wrong-kind":
        after = _resource_id(own, "", 1)
    organizations = tuple(Organization(f"org#{n}", id) for n, id in enumerate((own, after, before)))
    projects = tuple(_projects(style, organizations))
    resources = tuple(_resources(style, kinds, organizations, projects, size))
    principals = tuple(_principals(roles, organizations))
    return World(organizations, projects, resources, principals, style)


def redrawn(world: World, seed: int) -> World | None:
    """A world of the same shape with other ids, in which the same steps can run; None for one that `make_world` did
    not make.
    """
    kinds = tuple(dict.fromkeys(resource.kind for resource in world.resources))
    owned = sum(resource.organization is world.organizations[0] for resource in world.resources)
    roles = {principal.role for principal in world.principals}
    size = owned // (_OF_EACH_KIND * max(len(kinds), 1))
    other = make_world(kinds, roles, style=world.style, seed=seed, size=size)
    return other if list(other.refs()) == list(world.refs()) else None


def _own_id(style: str, word: str, number: int) -> str:
    """An id that the style can play on: with characters that mean something in a pattern, or longer than a column."""
    if style == "pattern":
        return f"{word}.{number}_k"
    if style == "glob":
        return f"{word}[0-9]-{number}?k"
    if style == "replaced":
        return f"{word}\u0436-{number}k"
    if style == "composed":
        return _accented(f"{word}-{number}k")
    return f"{word}-{number}k" + "0" * {"truncated": 64, "long": 255}.get(style, 0)


def _projects(style: str, organizations: tuple[Organization, ...]) -> Iterator[Project]:
    own = f"{organizations[0].id}-web"
    after, before = _neighbours(style, own)
    second = {
        "same-name": (own, own, own),
        "same-project": (own, own, own),
        "wrong-kind": (own, _resource_id(organizations[0].id, "", 2), before),
    }.get(style, (own, after, before))
    for n, organization in enumerate(organizations):
        yield Project(f"project#{2 * n}", organization.id, organization)
        yield Project(f"project#{2 * n + 1}", second[n], organization)


def _resource_id(organization: str, kind: str, n: int) -> str:
    return f"{organization}-{kind[:3] or 'any'}-{n}a"


def _resources(
    style: str, kinds: Sequence[str], organizations: tuple[Organization, ...], projects: tuple[Project, ...], size: int
) -> Iterator[Resource]:
    own, after, before = organizations
    for kind in kinds:
        numbers = iter(range(10_000))

        def resource(
            id: str, owner: Organization, home: Project | None, kind: str = kind, numbers: Iterator[int] = numbers
        ) -> Resource:
            return Resource(f"{kind}#{next(numbers)}", id, kind, owner, home)

        names = "" if style == "wrong-kind" else kind
        mine = [_resource_id(own.id, names, n) for n in range(_OF_EACH_KIND * size)]
        high, low = _neighbours("plain" if style in ("same-name", "wrong-kind") else style, mine[0])
        first, last = {
            "same-name": (mine[0], mine[1]),
            # The neighbour's resource carries the id of the first organization, and of its second project.
            "wrong-kind": (own.id, projects[1].id),
        }.get(style, (high, low))
        yield resource(first, after, projects[3])
        homes = (projects[1], projects[1], projects[0], None)
        for n, id in enumerate(mine):
            yield resource(id, own, homes[n % len(homes)])
        yield resource(f"{after.id}-{kind[:3]}-d", after, projects[2])
        yield resource(f"{before.id}-{kind[:3]}-e", before, None)
        yield resource(last, before, projects[5])


def _principals(roles: Collection[str], organizations: tuple[Organization, ...]) -> Iterator[Principal]:
    if "tenant" in roles:
        yield from (Principal(f"tenant#{n}", "tenant", organization) for n, organization in enumerate(organizations))
    if "operator" in roles:
        yield Principal("operator#0", "operator")
        yield Principal("operator#1", "operator")
