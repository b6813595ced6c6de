"""Where less is asked of a change than at an earlier commit: by the ratchet, or by the settings of gate and mutants.

That may be meant, so it fails nothing; but nobody who reviews the change is left to find it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from guards.cli.complaint import Complaint
from guards.cli.project import PROJECT, Settings, said_in, settings_in, settings_of, table_in
from guards.gate.looser import asks_less, less_listed
from guards.gate.ratchet import Ratchet, RatchetError, parse_ratchet
from guards.gate.settings import GateSettings, SettingsError, gate_settings
from guards.mutation.since import text_at

TOOLS: Final = ("coverage", "pytest")
"""What decides which tests are run, and which lines count."""


def loosened(root: Path, since: str | None, settings: GateSettings, ratchet: Ratchet) -> Iterator[str]:
    """A sentence for each thing, and for what cannot be compared."""
    if not (root / settings.ratchet).is_file():
        yield f"there is no {settings.ratchet}: no figure can fall"
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
    yield from _by_what_is_mutated(settings_of(root, None, ()), mutants) if mutants is not None else ()
    yield from _by_what_tools_are_told(text, (root / PROJECT).read_text(encoding="utf-8"), since)


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
    less = list(ratchet.looser_than(_ratchet_then(root, since, then.ratchet)))
    yield from less
    if less and then.ratchet != now.ratchet:
        yield f"the ratchet was {then.ratchet} at {since}, and is {now.ratchet} now"


def _ratchet_then(root: Path, since: str, file: str) -> Ratchet:
    """The ratchet as that commit has it; one that cannot be read asked for nothing."""
    text = text_at(root, since, file)
    if text is not None:
        with suppress(RatchetError):
            return parse_ratchet(text, file)
    return Ratchet()


def _by_what_is_mutated(now: Settings, then: Settings) -> Iterator[str]:
    where = "[tool.guards.mutate]"
    yield from less_listed(f"{where} paths", now.paths, then.paths)
    yield from less_listed(f"{where} tests", now.tests, then.tests)
    yield from (f"{where} trusted has {one}, and had it not" for one in now.trusted if one not in then.trusted)
