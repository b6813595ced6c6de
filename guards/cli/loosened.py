"""Where less is asked of a change than at an earlier commit: by the ratchet, the settings, the catalogue or the traces.

That may be meant, so it fails nothing; but nobody who reviews the change is left to find it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import zip_longest
from os.path import normpath, relpath
from pathlib import Path
from typing import Any, Final

from guards.cli.arguments import seconds_from
from guards.cli.complaint import Complaint
from guards.cli.files import PROJECT
from guards.cli.project import Settings, said_in, settings_in, table_in
from guards.gate.looser import OPTIONS, WHERE, asks_less, less_listed
from guards.gate.ratchet import Ratchet, RatchetError, parse_ratchet
from guards.gate.settings import GateSettings, SettingsError, gate_settings
from guards.mutation.gather import files_of
from guards.mutation.since import Base, changed_since, files_at, repository_of, text_at
from guards.mutation.weakened import COVERAGE_FILES, PYTEST_FILES
from guards.toml import read_toml

SHORT: Final = re.compile("-[^-ckmnoprW]*c=?(.*)")
"""Short options up to the one that names a file of settings, and that file unless it is the next word."""
WHAT_IT_BREAKS: Final = ("edits", "masked_by", "compound_of", "one_call")
"""Of an entry of the catalogue; what else it says is its story, and what must notice it."""
NOT_COUNTED: Final = re.compile(r"#\s*(?:pragma|PRAGMA)[:\s]?\s*(?:no|NO)\s*(?:cover|COVER|branch|BRANCH)")
"""As coverage reads it."""
TOOLS: Final = ("coverage", "pytest")
"""What decides which tests are run, and which lines count."""


def loosened(
    root: Path, base: Base | None, settings: GateSettings, mutants: Settings, ratchet: Ratchet
) -> Iterator[str]:
    """A sentence for each thing, and for what cannot be compared."""
    if not (root / settings.ratchet).is_file():
        yield f"there is no {settings.ratchet} yet, so no figure can fall; a green run leaves one"
    if base is None:
        return
    text = text_at(root, base.commit, PROJECT) or ""
    then, mutants_then = None, None
    try:
        then, mutants_then = _gate_in(text), settings_in(text)
    except (Complaint, SettingsError) as error:
        yield f"what was asked at {base.name} is not known: {error}"
    yield from _by_the_ratchet(root, base, settings, then or settings, ratchet)
    if then is not None:
        yield from asks_less(settings, then)
        yield from _by_the_budget(settings, then)
    if mutants_then is not None:
        yield from _by_what_is_mutated(mutants, mutants_then)
        yield from _by_the_catalogue(root, base, mutants_then.catalogue, mutants.catalogue)
    yield from _by_the_traces(root, base, then.counterexamples if then is not None else ())
    now = (root / PROJECT).read_text(encoding="utf-8")
    yield from _by_what_tools_are_told(text, now, base)
    yield from _by_files_of_settings(root, base, settings.tests, now)
    changed = changed_since(root, base.commit, ()).files
    yield from _by_what_is_not_counted(root, base, [file for file in files_of(root, mutants.paths) if file in changed])


def _by_the_budget(now: GateSettings, then: GateSettings) -> Iterator[str]:
    with suppress(Complaint):  # no time could be read then, so none was kept
        is_now, was = (seconds_from(WHERE, one.verify_budget) for one in (now, then))
        if is_now < was:
            yield f"{WHERE} verify_budget was {then.verify_budget}, and is {now.verify_budget} now"


def _by_the_catalogue(root: Path, base: Base, then: str, now: str) -> Iterator[str]:
    """Entries that are gone, that break less than they did, or that fewer properties must notice."""
    for file in sorted(files_at(root, base.commit, then)):
        text = _text(root / now / relpath(file, then))
        if text is None:
            yield f"{file} was there, and is gone"
        elif file.endswith(".toml"):
            with suppress(ValueError):  # one that cannot be read now is refused where it is run
                yield from _less_in(file, base, read_toml(text_at(root, base.commit, file) or ""), read_toml(text))


def _less_in(file: str, base: Base, then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    if any(then.get(name) != now.get(name) for name in WHAT_IT_BREAKS):
        yield f"{file} reads otherwise than at {base.name}: it may no longer be the regression that it was"
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


def _by_the_traces(root: Path, base: Base, named: Sequence[str]) -> Iterator[str]:
    """Counterexamples that are no longer replayed."""
    for file in sorted(frozenset[str]().union(*(files_at(root, base.commit, one) for one in named))):
        now = _text(root / file) if file.endswith(".json") else ""
        if now is None:
            yield f"{file} was replayed, and is gone"
        elif now and _lines(now) != _lines(text_at(root, base.commit, file)):
            yield f"{file} reads otherwise than at {base.name}: it may no longer be the call that it was"


def _by_files_of_settings(root: Path, base: Base, tests: Sequence[str], now: str) -> Iterator[str]:
    """What pytest and coverage read instead of the project's pyproject.toml, which reads like this now: what they are
    told by name, what is where they are started, and of what is at the tests or above them the nearest.
    """
    repository = repository_of(root)  # git knows nothing of what lies beside it
    top = root if "ini_options" in _pytests(now) else repository  # no pytest looks further up where it is told here
    paths = [root, *(root / word.partition("::")[0] for word in tests if not word.startswith(OPTIONS))]
    folders = {Path(normpath(folder)) for path in paths for folder in (path, *path.parents)}
    nearest = {folder / name for folder in folders if folder.is_relative_to(top) for name in (*PYTEST_FILES, PROJECT)}
    named = {Path(normpath(root / word)) for word in _named_files(tests) if word}
    files = {*nearest, *named, *(root / name for name in COVERAGE_FILES)} - {root / PROJECT}
    for file in sorted(relpath(file, root) for file in files if file.is_relative_to(repository)):
        if _heeded(file, text_at(root, base.commit, file)) != _heeded(file, _text(root / file)):
            yield f"{file} reads otherwise than at {base.name}: less may be run, or counted"


def _heeded(file: str, text: str | None) -> object:
    """What matters of a file: of another project's settings what they say to pytest, of others all."""
    return _pytests(text or "") if Path(file).name == PROJECT else _lines(text)


def _pytests(text: str) -> Mapping[str, Any]:
    """What pytest is told in a pyproject.toml; nothing by one that cannot be read."""
    with suppress(Complaint):
        return table_in(text, "tool", "pytest")
    return {}


def _named_files(tests: Sequence[str]) -> Iterator[str]:
    """Files of settings or of options that pytest is told by name."""
    for word, following in zip_longest(tests, tests[1:], fillvalue=""):
        short = SHORT.fullmatch(word)
        if short is not None or word == "--config-file":
            yield (short[1] if short is not None else "") or following
        yield from (word.removeprefix(start) for start in ("--config-file=", "@") if word.startswith(start))


def _by_what_is_not_counted(root: Path, base: Base, files: Sequence[str]) -> Iterator[str]:
    """Lines that coverage is told to pass over."""
    for file in files:
        texts = (text_at(root, base.commit, file), _text(root / file))
        was, are = (len(NOT_COUNTED.findall(text or "")) for text in texts)
        if are > was:
            yield f"{file} tells coverage to pass over lines in {are} places, and did in {was}"


def _lines(text: str | None) -> list[str] | None:
    """Git may have other line ends than the disk."""
    return None if text is None else text.splitlines()


def _text(path: Path) -> str | None:
    """None where there is nothing that can be read, as inside a test file."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except (OSError, ValueError):
        return None


def _by_what_tools_are_told(then: str, now: str, base: Base) -> Iterator[str]:
    with suppress(Complaint):  # what was there then cannot be read, which is said already
        for tool in TOOLS:
            if then and table_in(then, "tool", tool) != table_in(now, "tool", tool):
                yield f"[tool.{tool}] reads otherwise than at {base.name}: less may be run, or counted"


def _gate_in(text: str) -> GateSettings | None:
    said = said_in(text, "gate")
    return gate_settings(said) if said else None


def _by_the_ratchet(root: Path, base: Base, now: GateSettings, then: GateSettings, ratchet: Ratchet) -> Iterator[str]:
    """What it asks for no more, or less of than it did, though it may have had another name then."""
    try:
        text = text_at(root, base.commit, then.ratchet)
        before = Ratchet() if text is None else parse_ratchet(text, then.ratchet)
    except RatchetError as error:
        yield f"what the ratchet was at {base.name} is not known: {error}"
        return
    less = list(ratchet.looser_than(before))
    yield from less
    if less and then.ratchet != now.ratchet:
        yield f"the ratchet was {then.ratchet} at {base.name}, and is {now.ratchet} now"


def _by_what_is_mutated(now: Settings, then: Settings) -> Iterator[str]:
    where = "[tool.guards.mutate]"
    yield from less_listed(f"{where} paths", now.paths, then.paths)
    yield from less_listed(f"{where} tests", now.tests, then.tests)
    yield from (f"{where} trusted has {one}, and had it not" for one in now.trusted if one not in then.trusted)
