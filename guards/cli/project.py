"""What a project says of itself under `[tool.guards.mutate]` in its pyproject.toml, read strictly."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from guards.cli.complaint import misused
from guards.errors import shown

SETTINGS: Final = {"service": str, "paths": list, "tests": list, "catalogue": str}


@dataclass(frozen=True, slots=True)
class Settings:
    """What the project says under `[tool.guards.mutate]`."""

    service: str
    paths: tuple[str, ...]
    tests: tuple[str, ...]
    catalogue: str


def settings_of(root: Path, service: str | None, paths: Sequence[str]) -> Settings:
    """What the project says, but for what was said on the command line. Raises a complaint that names the setting."""
    said = _said_by(root / "pyproject.toml")
    for name, value in said.items():
        if name not in SETTINGS:
            raise misused(f"[tool.guards.mutate] has {shown(name)}; it may have {', '.join(SETTINGS)}")
        if not isinstance(value, SETTINGS[name]) or not all(isinstance(item, str) for item in value):
            raise misused(f"[tool.guards.mutate] says of {name} what is no text, or no list of texts")
    service = service or said.get("service")
    paths = paths or said.get("paths", ())
    if not service or not paths:
        missing = "a service: use --service MODULE:FACTORY" if not service else "paths: name what to mutate"
        raise misused(f"a run needs {missing}, or say so under [tool.guards.mutate] in pyproject.toml")
    return Settings(service, tuple(paths), tuple(said.get("tests", ())), said.get("catalogue", "mutation/catalogue"))


def _said_by(path: Path) -> Mapping[str, Any]:
    if not path.is_file():
        return {}
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise misused(f"pyproject.toml cannot be read: {error}") from error
    said = document.get("tool", {}).get("guards", {}).get("mutate", {})
    if not isinstance(said, Mapping):
        raise misused("[tool.guards.mutate] in pyproject.toml is no table")
    return said
