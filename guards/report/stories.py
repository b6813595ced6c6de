"""The catalogue's stories: what happened elsewhere, by the id of the mutant that makes it happen here.

Only what a reader is told is read; whether an entry is sound and still fits the source is the lab's business.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from guards.errors import GuardsError
from guards.toml import read_toml

FILES_MAX: Final = 2_000
BYTES_MAX: Final = 1 << 20
UNSORTED: Final = "no class given"


class StoryError(GuardsError):
    """A folder that is no catalogue, or an entry that cannot be read."""

    code = "bad_catalogue"


@dataclass(frozen=True, slots=True)
class StoryEdit:
    """One exact replacement in one file."""

    file: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Story:
    """One entry, as far as a reader is concerned."""

    id: str
    title: str
    told: str
    link: str
    """An https address, or nothing: a page links to nowhere else."""
    fault_class: str
    one_call: bool | None
    masked_by: str
    properties: tuple[str, ...]
    """What its entry says that breaks."""
    edits: tuple[StoryEdit, ...]


def read_stories(folder: Path) -> Mapping[str, Story]:
    """Every entry of the folder by its id. Raises `StoryError` where there is none, or one cannot be read."""
    if not folder.is_dir():
        raise StoryError("it is not a folder")
    files = sorted(folder.glob("*.toml"))
    if not files or len(files) > FILES_MAX:
        raise StoryError(f"it has {len(files):,} entries (*.toml); 1 to {FILES_MAX:,} can be shown")
    stories: dict[str, Story] = {}
    for file in files:
        story = _story(file)
        if story.id in stories:
            raise StoryError(f"two entries have the id {story.id!r}")
        stories[story.id] = story
    return stories


def _story(file: Path) -> Story:
    try:
        if file.stat().st_size > BYTES_MAX:
            raise StoryError(f"{file.name} has more than {BYTES_MAX:,} bytes")
        said = read_toml(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StoryError(f"{file.name} cannot be read: {error}") from error
    if not all(isinstance(said.get(name, []), list) for name in ("edits", "properties")):
        raise StoryError(f"{file.name} has edits or properties that are no list")
    link, one_call = _text(said, "link", file), said.get("one_call")
    return Story(
        id=_text(said, "id", file) or file.stem,
        title=_text(said, "title", file),
        told=" ".join(_text(said, "story", file).split()),
        link=link if link.startswith("https://") else "",
        fault_class=_text(said, "class", file) or UNSORTED,
        one_call=one_call if isinstance(one_call, bool) else None,
        masked_by=_text(said, "masked_by", file),
        properties=tuple(name for name in said.get("properties", ()) if isinstance(name, str)),
        edits=tuple(_edit(edit, file) for edit in said.get("edits", ())),
    )


def _edit(said: object, file: Path) -> StoryEdit:
    if not isinstance(said, Mapping):
        raise StoryError(f"{file.name} has an edit that is no table")
    return StoryEdit(*(_text(said, name, file) for name in ("file", "before", "after")))


def _text(said: Mapping[str, Any], name: str, file: Path) -> str:
    value = said.get(name, "")
    if not isinstance(value, str):
        raise StoryError(f"{file.name} says of `{name}` what is no text")
    return value
