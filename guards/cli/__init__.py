"""The commands: they read arguments, print results and answer with an exit code.

Nothing is decided or judged here, and no other room comes in. What a command needs is imported when it runs, so that
`guards --help` is quick.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

HOSTS = frozenset({"verify", "replay"})
"""The commands that run somebody else's code in their own process."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and answer with its exit code."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # it was closed by whoever started us
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115 - for as long as the program runs
    try:
        return _run(arguments)
    except KeyboardInterrupt:  # before any command was there to hear it
        print("guards: interrupted", file=sys.stderr)
        return 130


def to_install(extra: str) -> str:
    """How to have what is missing. The package of this name on the public index is somebody else's."""
    return f'install it with pip install "PATH[{extra}]", where PATH is your copy of guards'


def _run(arguments: Sequence[str] | None) -> int:
    try:
        from guards.cli.app import run
    except ModuleNotFoundError as missing:
        print(f"guards: the commands need {missing.name}, which is not here: {to_install('cli')}", file=sys.stderr)
        return 4
    if arguments is None and sys.argv[1:] and sys.argv[1] in HOSTS:
        from guards.cli.apart import apart

        return apart(run)
    return run(arguments)
