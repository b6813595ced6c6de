"""Imports changed source from memory, as if the file on disk read so: the file is untouched and no bytecode is kept.

Constants, decorators, class bodies and whatever else runs on import take effect, since the module is really imported.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Collection, Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType
from typing import Any


class PatchedSources(MetaPathFinder):
    """Finds the modules whose files were changed; every other one is left to whoever found it before."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self._sources = {os.path.realpath(path): text.encode("utf-8") for path, text in sources.items()}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module as usual, but for its loader if its file was changed."""
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.origin is None:
            return None
        source = self._sources.get(os.path.realpath(spec.origin))
        if source is None:
            return None
        spec.loader = _FromMemory(fullname, spec.origin, source)
        return spec


class _FromMemory(SourceFileLoader):
    """Reads one file from memory. Without a time stamp of its source, Python neither reads nor writes bytecode."""

    def __init__(self, fullname: str, path: str, source: bytes) -> None:
        super().__init__(fullname, path)
        self._source = source

    def get_data(self, path: str) -> bytes:
        return self._source if path == self.path else super().get_data(path)

    def path_stats(self, path: str) -> Mapping[str, float]:
        raise OSError(path)


def install(sources: Mapping[str, str]) -> None:
    """From now on these paths read as given. A module that is loaded already stays as it is, hence the complaint."""
    if not sources:
        return
    early = sorted(loaded(sources))
    if early:
        raise ImportError(f"{early[0]} was imported before it could be changed")
    patch(sources)


def patch(sources: Mapping[str, str]) -> None:
    """From now on what is imported of these paths reads as given."""
    sys.meta_path.insert(0, PatchedSources(sources))


def loaded(paths: Collection[str]) -> frozenset[str]:
    """Those of these files that modules were made of."""
    names = {os.path.basename(path) for path in paths}  # to look up each real path would take longer than all else
    files = filter(None, map(_file, list(sys.modules.values())))
    known = {os.path.realpath(file) for file in files if os.path.basename(file) in names}
    return frozenset(path for path in paths if os.path.realpath(path) in known)


def named(name: str) -> Any:
    """What stands under MODULE:NAME, or under a path of names; MODULE alone is the module. It is imported."""
    module, _, path = name.partition(":")
    found: Any = importlib.import_module(module)
    for part in filter(None, path.split(".")):
        found = getattr(found, part)
    return found


def _file(module: ModuleType) -> str | None:
    found = getattr(module, "__file__", None)
    return found if isinstance(found, str) else None
