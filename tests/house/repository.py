"""What the house tests look at: the repository's root, its files, and the syntax trees of its modules.

Only questions live here; what the answers must be is said in the tests.
"""

from __future__ import annotations

import ast
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def files() -> list[Path]:
    """Every file under version control, relative to ROOT; without git, as in an sdist, every file of the rooms."""
    if (ROOT / ".git").exists() and shutil.which("git"):
        # A checkout may belong to another user than the one who tests it, as in most containers.
        git = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z"]
        listed = subprocess.run(git, cwd=ROOT, check=True, capture_output=True, text=True).stdout
        names = [Path(name) for name in listed.split("\0") if name]
        return sorted(name for name in names if (ROOT / name).is_file())
    rooms = [path for path in ROOT.iterdir() if path.name in {"guards", "tests", "mutation", "reports", ".ci"}]
    found = [path for room in rooms for path in room.rglob("*") if "__pycache__" not in path.parts]
    found += [path for path in ROOT.iterdir() if path.name != "PKG-INFO"]  # which the build adds to an sdist
    return sorted(path.relative_to(ROOT) for path in found if path.is_file())


def modules(room: str) -> list[Path]:
    """The Python files of a folder or the one file named, on disk, relative to ROOT."""
    start = ROOT / room
    found = [start] if start.is_file() else start.rglob("*.py")
    return sorted(path.relative_to(ROOT) for path in found)


def tree(module: Path) -> ast.Module:
    """The module as Python sees it."""
    return ast.parse((ROOT / module).read_text(encoding="utf-8"), filename=str(module))


def calls(module: ast.Module) -> Iterator[ast.Call]:
    """Every call in it."""
    return (node for node in ast.walk(module) if isinstance(node, ast.Call))
