"""Plants a bug in a copy of our own code: exact text is replaced in memory, and a second set of modules is made of it.

No file is touched and nothing that runs elsewhere changes. Text that does not stand there exactly once is an error, so
that a planted bug cannot quietly go stale.
"""

from __future__ import annotations

import sys
import tokenize
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.abc import InspectLoader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, spec_from_loader
from types import ModuleType
from typing import Final

from guards.errors import GuardsError

ROOT: Final = "guards"
SHARED: Final = ("guards.errors", "guards.results", "guards.testing")
"""Rooms of which there is no second copy: so the kit as it is can attack a service out of a planted copy."""


class PlantError(GuardsError):
    """A text to be replaced that does not stand in its module exactly once: the edit is out of date."""

    code = "stale_plant"


@dataclass(frozen=True, slots=True)
class Edit:
    """One replacement in the source of one module."""

    module: str
    before: str
    after: str


def import_planted(edits: Iterable[Edit], names: Sequence[str]) -> list[ModuleType]:
    """These modules out of a second copy of ours, made with the edits; of the original it has only what is SHARED.

    While it is made it stands in the original's place, so nothing else may be importing at that moment.
    """
    finder = _EditedSources(edited_sources(edits))
    originals = _take_out()
    sys.meta_path.insert(0, finder)
    try:
        return [import_module(name) for name in names]
    finally:
        sys.meta_path.remove(finder)
        _take_out()
        sys.modules.update(originals)


def edited_sources(edits: Iterable[Edit]) -> dict[str, str]:
    """The source of each module that is edited, with all of its edits made."""
    sources: dict[str, str] = {}
    for edit in edits:
        if not _is_copied(edit.module):
            raise PlantError(f"{edit.module} is shared with the original, so nothing can be planted in it")
        source = sources[edit.module] if edit.module in sources else _source(edit.module)
        found = source.count(edit.before)
        if found != 1:
            raise PlantError(f"`{edit.before}` stands {found} times in {edit.module}, and must stand there once")
        sources[edit.module] = source.replace(edit.before, edit.after)
    return sources


def _source(module: str) -> str:
    """Read from the file: pytest loads what belongs to a plugin by a loader that does not hand out its source."""
    spec = find_spec(module)
    if spec is None or spec.origin is None or not spec.has_location:
        raise PlantError(f"{module} has no source to plant in")
    with tokenize.open(spec.origin) as source:
        return source.read()


def _take_out() -> dict[str, ModuleType]:
    """Remove our modules from the table of imported ones, but for the shared ones."""
    return {name: sys.modules.pop(name) for name in list(sys.modules) if _is_copied(name)}


def _is_copied(name: str) -> bool:
    shared = any(name == room or name.startswith(f"{room}.") for room in SHARED)
    return name.partition(".")[0] == ROOT and not shared


class _EditedSources(MetaPathFinder, InspectLoader):
    """Finds and loads the edited modules; every other one is left to whoever found it before."""

    def __init__(self, sources: dict[str, str]) -> None:
        self._sources = sources

    def find_spec(self, fullname: str, _path: object, _target: object = None) -> ModuleSpec | None:
        return spec_from_loader(fullname, self) if fullname in self._sources else None

    def get_source(self, fullname: str) -> str:
        return self._sources[fullname]
