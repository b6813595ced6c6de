"""Reads the two set-up commands out of README.md: what `.ci/run` runs, and what the house tests look at.

Standard library only, since `.ci/run` calls it before anything is installed. Called with the path of a README it prints
the commands, one a line, or explains on standard error why it will not.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

HEADING = "## Two commands"


class ReadmeError(Exception):
    """The section is missing, or does not hold exactly two one-line commands."""


def commands(readme: str) -> tuple[str, str]:
    """The two lines inside the `sh` blocks of the section under HEADING, as they stand."""
    found = [line for line in _shell_lines(_section(readme)) if line.strip()]
    if len(found) != 2:
        raise ReadmeError(f"expected exactly two commands under `{HEADING}`, found {len(found)}: {found}")
    for line in found:
        if not line.startswith("pip install ") or " && " not in line or line.endswith("\\"):
            raise ReadmeError(f"expected `pip install ... && ...` on one line, found `{line}`")
    return found[0], found[1]


def _section(readme: str) -> list[str]:
    """The lines between HEADING and the next heading of its level or above."""
    lines = readme.splitlines()
    if lines.count(HEADING) != 1:
        raise ReadmeError(f"expected the heading `{HEADING}` once, found it {lines.count(HEADING)} times")
    section: list[str] = []
    for line in lines[lines.index(HEADING) + 1 :]:
        if line.startswith(("# ", "## ")):
            break
        section.append(line)
    return section


def _shell_lines(section: Sequence[str]) -> list[str]:
    """What stands between ```sh and ```."""
    inside = False
    found: list[str] = []
    for line in section:
        if not inside and line.strip() == "```sh":
            inside = True
        elif inside and line.strip() == "```":
            inside = False
        elif inside:
            found.append(line)
    if inside:
        raise ReadmeError(f"a code block under `{HEADING}` is never closed")
    return found


if __name__ == "__main__":
    try:
        print("\n".join(commands(Path(sys.argv[1]).read_text(encoding="utf-8"))))
    except ReadmeError as error:
        sys.exit(f"{sys.argv[1]}: {error}")
