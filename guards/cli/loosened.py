"""Where less is asked of a change than at an earlier commit: by the ratchet, the settings, the catalogue or the traces.

That may be meant, so it fails nothing; but nobody who reviews the change is left to find it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any, Final

from guards.cli.complaint import Complaint
from guards.cli.project import PROJECT, Settings, said_in, settings_in, settings_of, table_in
from guards.gate.looser import OPTIONS, asks_less, less_listed
from guards.gate.ratchet import Ratchet, RatchetError, parse_ratchet
from guards.gate.settings import GateSettings, SettingsError, gate_settings
from guards.mutation.since import files_at, text_at
from guards.mutation.weakened import INI_FILES
from guards.toml import read_toml

TOOLS: Final = ("coverage", "pytest")
"""What decides which tests are run, and which lines count."""


def loosened(root: Path, since: str | None, settings: GateSettings, ratchet: Ratchet) -> Iterator[str]:
    """A sentence for each thing, and for what cannot be compared."""
    if not (root / settings.ratchet).is_file():
        yield f"there is no {settings.ratchet} yet, so no figure can fall; a green run leaves one"
    if since is None:
        return
    text = text_at(root, since, PROJECT) or ""
    then, mutants = None, None
    try:
        then, mutants = _gate_in(text), settings_in(text)
    except (Complaint, SettingsError) as error:
        yield f"what was asked at {since} is not known: {error}"
    yield from _by_the_ratchet(root, since, settings, then or settings, ratchet)
    yield from asks_less(settings, then) if then is not None else ()
    if mutants is not None:
        yield from _by_what_is_mutated(settings_of(root, None, ()), mutants)
        yield from _by_the_catalogue(root, since, mutants.catalogue)
    yield from _by_the_traces(root, since, then.counterexamples if then is not None else ())
    yield from _by_what_tools_are_told(text, (root / PROJECT).read_text(encoding="utf-8"), since)
    yield from _by_files_of_settings(root, since, settings.tests)


def _by_the_catalogue(root: Path, since: str, folder: str) -> Iterator[str]:
    """Entries that are gone, that break less than they did, or that fewer properties must notice."""
    for file in sorted(files_at(root, since, folder)):
        now = _text(root / file)
        if now is None:
            yield f"{file} was there, and is gone"
        elif file.endswith(".toml"):
            with suppress(ValueError):  # one that cannot be read now is refused where it is run
                yield from _less_in(file, read_toml(text_at(root, since, file) or ""), read_toml(now))


def _less_in(file: str, then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    was, edits = (len(_listed(entry, "edits")) for entry in (then, now))
    if edits < was:
        yield f"{file} had {was} edits, and has {edits} now"
    left = _listed(now, "properties")
    gone = [one for one in _listed(then, "properties") if one not in left]
    yield from (f"{file} had {one} among its properties, and has it no more" for one in gone)


def _listed(entry: Mapping[str, Any], name: str) -> list[Any]:
    """Nothing where it is no list: that is refused where the entry is run."""
    found = entry.get(name)
    return found if isinstance(found, list) else []


def _by_the_traces(root: Path, since: str, named: Sequence[str]) -> Iterator[str]:
    """Counterexamples that are no longer replayed."""
    for file in sorted(frozenset[str]().union(*(files_at(root, since, one) for one in named))):
        now = _text(root / file) if file.endswith(".json") else ""
        if now is None:
            yield f"{file} was replayed, and is gone"
        elif now and _lines(now) != _lines(text_at(root, since, file)):
            yield f"{file} reads otherwise than at {since}: it may no longer be the call that it was"


def _by_files_of_settings(root: Path, since: str, tests: Sequence[str]) -> Iterator[str]:
    """What pytest and coverage read instead of pyproject.toml; pytest takes what is nearest to the tests."""
    paths = [PurePosixPath(word.partition("::")[0]) for word in tests if not word.startswith(OPTIONS)]
    folders = {folder for path in paths for folder in (path, *path.parents)} | {PurePosixPath()}
    for file in sorted((folder / name).as_posix() for folder in folders for name in INI_FILES):
        if _lines(text_at(root, since, file)) != _lines(_text(root / file)):
            yield f"{file} reads otherwise than at {since}: less may be run, or counted"


def _lines(text: str | None) -> list[str] | None:
    """Git may have other line ends than the disk."""
    return None if text is None else text.splitlines()


def _text(path: Path) -> str | None:
    """None where there is nothing that can be read, as inside a test file."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except (OSError, ValueError):
        return None


def _by_what_tools_are_told(then: str, now: str, since: str) -> Iterator[str]:
    with suppress(Complaint):  # what was there then cannot be read, which is said already
        for tool in TOOLS:
            if then and table_in(then, "tool", tool) != table_in(now, "tool", tool):
                yield f"[tool.{tool}] reads otherwise than at {since}: less may be run, or counted"


def _gate_in(text: str) -> GateSettings | None:
    said = said_in(text, "gate")
    return gate_settings(said) if said else None


def _by_the_ratchet(root: Path, since: str, now: GateSettings, then: GateSettings, ratchet: Ratchet) -> Iterator[str]:
    """What it asks for no more, or less of than it did, though it may have had another name then."""
    try:
        text = text_at(root, since, then.ratchet)
        before = Ratchet() if text is None else parse_ratchet(text, then.ratchet)
    except RatchetError as error:
        yield f"what the ratchet was at {since} is not known: {error}"
        return
    less = list(ratchet.looser_than(before))
    yield from less
    if less and then.ratchet != now.ratchet:
        yield f"the ratchet was {then.ratchet} at {since}, and is {now.ratchet} now"


def _by_what_is_mutated(now: Settings, then: Settings) -> Iterator[str]:
    where = "[tool.guards.mutate]"
    yield from less_listed(f"{where} paths", now.paths, then.paths)
    yield from less_listed(f"{where} tests", now.tests, then.tests)
    yield from (f"{where} trusted has {one}, and had it not" for one in now.trusted if one not in then.trusted)
