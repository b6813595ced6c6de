"""What a project says of itself under `[tool.guards...]` in its pyproject.toml, read strictly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from guards.cli.complaint import misused
from guards.cli.files import PROJECT
from guards.errors import shown
from guards.mutation.catalogue import CatalogueError, edits_from
from guards.mutation.mutant import Edit
from guards.toml import read_toml

TEXTS: Final = ("service", "catalogue")
LISTS: Final = ("paths", "tests", "trusted")
SETTINGS: Final = (*TEXTS, *LISTS, "barriers")
CATALOGUE: Final = "mutation/catalogue"
"""Where regressions are kept by a project that names no other folder."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the project says under `[tool.guards.mutate]`."""

    service: str
    paths: tuple[str, ...]
    tests: tuple[str, ...]
    catalogue: str
    trusted: tuple[str, ...]
    """Files and folders behind which nobody stands: the last hop to the platform, reported apart."""
    barriers: Mapping[str, tuple[Edit, ...]]
    """What takes each of the guard's barriers out of it, for a run without."""


def settings_of(root: Path, service: str | None, paths: Sequence[str]) -> Settings:
    """What the project says, but for what was said on the command line. Raises a complaint that names the setting."""
    return _settings(_said_of_mutants(root), service, paths)


def settings_in(text: str) -> Settings | None:
    """What a project says whose pyproject.toml reads so; None if it has no such table. Raises the same."""
    said = _without_nonsense(said_in(text, "mutate"))
    return _settings(said, None, ()) if said else None


def _settings(said: Mapping[str, Any], service: str | None, paths: Sequence[str]) -> Settings:
    barriers = {name: _edits(name, edits) for name, edits in said.get("barriers", {}).items()}
    service = service or said.get("service")
    paths = paths or said.get("paths", ())
    if not service or not paths:
        missing = "a service: use --service MODULE:FACTORY" if not service else "paths: name what to mutate"
        raise misused(f"a run needs {missing}, or say so under [tool.guards.mutate] in pyproject.toml")
    return Settings(
        service=service,
        paths=tuple(paths),
        tests=tuple(said.get("tests", ())),
        catalogue=said.get("catalogue", CATALOGUE),
        trusted=tuple(said.get("trusted", ())),
        barriers=barriers,
    )


def stories_of(root: Path) -> str | None:
    """The folder of the project's regressions; None where it names none and there is none."""
    named: str | None = _said_of_mutants(root).get("catalogue")
    return named or (CATALOGUE if (root / CATALOGUE).exists() else None)


def _said_of_mutants(root: Path) -> Mapping[str, Any]:
    return _without_nonsense(said_by(root, "mutate"))


def _without_nonsense(said: Mapping[str, Any]) -> Mapping[str, Any]:
    for name, value in said.items():
        _refuse_nonsense(name, value)
    return said


def _refuse_nonsense(name: str, value: Any) -> None:
    if name not in SETTINGS:
        raise misused(f"[tool.guards.mutate] has {shown(name)}; it may have {', '.join(SETTINGS)}")
    if name in TEXTS and not (isinstance(value, str) and value):
        raise misused(f"[tool.guards.mutate] says of {name} what is no text")
    if name in LISTS and not (isinstance(value, list) and all(isinstance(item, str) for item in value)):
        raise misused(f"[tool.guards.mutate] says of {name} what is no list of texts")
    if name == "barriers" and not isinstance(value, Mapping):
        raise misused("[tool.guards.mutate.barriers] is no table")


def _edits(name: str, value: Any) -> tuple[Edit, ...]:
    try:
        return edits_from(f"[tool.guards.mutate.barriers] {name}", value)
    except CatalogueError as error:
        raise misused(str(error)) from error


def said_by(root: Path, command: str) -> Mapping[str, Any]:
    """The table `[tool.guards.COMMAND]` of the project in this folder; empty where there is none."""
    path = root / PROJECT
    try:
        return said_in(path.read_text(encoding="utf-8"), command) if path.is_file() else {}
    except (OSError, UnicodeDecodeError) as error:
        raise misused(f"{PROJECT} cannot be read: {error}") from error


def said_in(text: str, command: str) -> Mapping[str, Any]:
    """The same table in the text of such a file."""
    return table_in(text, "tool", "guards", command)


def table_in(text: str, *names: str) -> Mapping[str, Any]:
    """The table of these names in such a text; empty where there is none."""
    try:
        said: Mapping[str, Any] = read_toml(text)
    except ValueError as error:
        raise misused(f"{PROJECT} cannot be read: {error}") from error
    for name in names:
        found = said.get(name, {})
        if not isinstance(found, Mapping):
            raise misused(f"`{name}` in {PROJECT} is no table")
        said = found
    return said
