"""What a planted fault is: who must catch it, and the shortest trace known by hand, in the words that are defined here.

The property meant to catch a fault is the one that a reader would expect. It and the witness were written before the
kit had run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from guards.testing.steps import Step, ref


@dataclass(frozen=True, slots=True)
class Planted:
    """One fault: the class of incident it stands for, the property meant to catch it, and a trace that shows it."""

    make: type[Any]
    incident_class: int | None
    caught_by: str
    witness: tuple[Step, ...]
    style: str = "plain"
    """The collision of ids that the witness needs."""
    size: int = 1
    """How large a world it needs: four volumes of the first organization for each."""

    @property
    def name(self) -> str:
        return "".join("-" * (n > 0 and c.isupper()) + c.lower() for n, c in enumerate(self.make.__name__))

    @property
    def title(self) -> str:
        return (self.make.__doc__ or "").partition("\n")[0]

    @property
    def parent(self) -> type[Any]:
        """The sound service of which this one is a single fault away."""
        return self.make.__mro__[1]


def delete(volume: str = "volume#1", *crafts: str, by: str = "tenant#0") -> Step:
    return Step("delete", {"volume_id": ref(volume)}, by, crafts)


def purge(
    scope: Mapping[str, Any], *crafts: str, of: str = "org#0", dry_run: bool = False, by: str = "operator#0"
) -> Step:
    return Step("purge", {"organization_id": ref(of), **scope, "dry_run": dry_run}, by, crafts)


def hold(level: str, name: str) -> Step:
    return Step("@hold", {"level": level, "id": ref(name), "on": True})


def read_only(state: bool | None) -> Step:
    return Step("@read_only", {"kind": "volume", "state": state})


def limit(count: int, percent: int) -> Step:
    return Step("@limit", {"count": count, "percent": percent})


def fault(name: str) -> Step:
    return Step("@fault", {"fault": name})


EVERYTHING = {"acknowledge": ref("org#0")}
PROJECT = {"project_id": ref("project#1")}
LIST = {"volume_ids": [ref("volume#1"), ref("volume#2")]}
THEIRS = {"volume_ids": [ref("volume#5")]}
TAGGED = Step("tag", {"volume_id": ref("volume#1"), "tag": "cold"}, "tenant#0")
STANDS_ON_IT = Step("@depend", {"dependent": ref("volume#5"), "on": ref("volume#1")})
