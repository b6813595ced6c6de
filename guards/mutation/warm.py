"""What a warm nursery loads: the project as it is, once, so that a worker has only bodies of functions to exchange.

One is warm for the kit's cases, one for the project's own tests, since these run more of the project on import.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from guards.mutation.bodies import Alive, NotTheSame, exchange
from guards.mutation.loading import install, loaded, named, patch

Job = dict[str, Any]
Tell = Callable[[Any], None]
Serve = Callable[[Callable[[Job, Tell], None]], None]
"""Called with what does a job in a worker; comes back when there are no more."""


def for_cases(job: Job, serve: Serve) -> None:
    """Ready to make the service, and to run the incident on it."""
    install(job["sources"])
    for name in job["modules"]:
        named(name)
    serve(partial(_changed, _Before.of(job), _by_name))


def for_tests(job: Job, serve: Serve) -> None:
    """Ready to run tests: all of them are collected."""
    from guards.mutation.suite import collected

    install(job["sources"])

    def ready(run: Callable[[Job, Tell], None]) -> None:
        serve(partial(_changed, _Before.of(job), run))

    collected(job, ready)


def _by_name(job: Job, tell: Tell) -> None:
    named(job["do"])(job, tell)


def _changed(before: _Before, run: Callable[[Job, Tell], None], job: Job, tell: Tell) -> None:
    try:
        before.change(job["sources"])
    except NotTheSame as why:
        tell({"cold": str(why)})
    else:
        run(job, tell)


@dataclass(frozen=True, slots=True)
class _Before:
    """What was loaded, and how it read."""

    sources: Mapping[str, str]
    alive: Alive

    @classmethod
    def of(cls, job: Job) -> _Before:
        on_disk = {path: Path(path).read_text(encoding="utf-8") for path in job["files"]}
        sources = {**on_disk, **job["sources"]}
        return cls(sources, Alive.of(sources))

    def change(self, sources: Mapping[str, str]) -> None:
        """From here on these files do what they say now. What is not loaded yet, or once more, will be read so."""
        changed = {path: text for path, text in sources.items() if text != self.sources[path]}
        for path in loaded(changed):
            exchange(self.sources[path], changed[path], self.alive, path)
        patch(changed)
