"""Where a result comes from: the versions of what made it, and the commit of the folder in which it was made."""

from __future__ import annotations

import re
import subprocess
from importlib import metadata


def versions(*packages: str) -> dict[str, str]:
    """The installed version of each package."""
    return {package: _version(package) for package in packages}


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def commit() -> str | None:
    """The commit that is checked out in the current folder, or None where there is no git, or no repository."""
    try:
        ran = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, timeout=5, check=False)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    name = ran.stdout.strip()
    return name if ran.returncode == 0 and re.fullmatch(r"[0-9a-f]{40,64}", name) else None
