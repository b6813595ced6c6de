"""The folder: every page and every format, written at once, over nothing but an earlier report of ours.

All of it is made in memory first, so that a report that cannot be made leaves the earlier one as it was.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from os.path import realpath
from pathlib import Path
from typing import Final

from guards.errors import GuardsError
from guards.report.elements import elements
from guards.report.figures import Headline, headline, history_line
from guards.report.junit import junit
from guards.report.markdown import summary, workflow_commands
from guards.report.pages import Counterexample, counterexamples, pages
from guards.report.record import Record
from guards.report.sarif import sarif
from guards.report.sources import marked_files
from guards.results import HistoryLine
from guards.strict_json import read_json

HERE: Final = Path(__file__).parent
ASSETS: Final = {
    "style.css": HERE / "assets" / "style.css",
    "report.js": HERE / "assets" / "report.js",
}
VIEWER: Final = {
    "viewer.js": HERE / "assets" / "viewer.js",
    "mutation-test-elements.js": HERE / "vendored" / "mutation-testing-elements" / "mutation-test-elements.js",
    "mutation-test-elements.LICENSE": HERE / "vendored" / "mutation-testing-elements" / "LICENSE",
}
MANIFEST: Final = "manifest.json"


class FolderError(GuardsError):
    """A folder that the report must not write into, or cannot."""

    code = "bad_report_folder"


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was made, by its name in the folder, and what else a caller tells."""

    files: Mapping[str, bytes]
    headline: Headline
    summary: str
    annotations: tuple[str, ...]
    record: Record


def build(record: Record, folder: str) -> Report:
    """The whole report; `folder` is only named in commands here."""
    version = metadata.version("guards")
    line = headline(record)
    files = marked_files(record)
    viewer = elements(record, files, version)
    shown = counterexamples(record, folder)
    text = summary(record, line)
    made = {
        "junit.xml": junit(record, line),
        "guards.sarif": sarif(record, line, version),
        "mutation.json": json.dumps(viewer, separators=(",", ":")) + "\n",
        "summary.md": text,
        "figures.json": _one_line(history_line(record, line)),
        **_of(shown),
        **{name: path.read_text(encoding="utf-8") for name, path in ASSETS.items()},
        **({name: path.read_text(encoding="utf-8") for name, path in VIEWER.items()} if viewer["files"] else {}),
        **pages(record, line, files, shown, viewer, folder),  # last: an index never points at what is not there yet
    }
    made[MANIFEST] = json.dumps({"schema": "guards.report/1", "files": sorted(made)}, indent=1) + "\n"
    encoded = {name: content.encode("utf-8", "backslashreplace") for name, content in made.items()}
    return Report(encoded, line, text, tuple(workflow_commands(line)), record)


def write(report: Report, folder: Path) -> None:
    """Put the report there. Raises `FolderError` where something else lives, or where nothing can be written."""
    try:
        earlier = _earlier(folder)
        for name in sorted(earlier - report.files.keys()):
            (folder / name).unlink(missing_ok=True)
        for name, content in report.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise FolderError(f"the report cannot be written: {why}") from error


def _earlier(folder: Path) -> set[str]:
    """The files of the report that was there before. A folder with anything else in it is somebody's."""
    if not folder.exists():
        return set()
    if not folder.is_dir():
        raise FolderError("the report needs a folder, and there is a file of that name")
    if not any(folder.iterdir()):
        return set()
    try:
        said = read_json((folder / MANIFEST).read_text(encoding="utf-8"))
        names = said["files"] if said["schema"] == "guards.report/1" else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        names = None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise FolderError("the folder holds something that is no report: name an empty or a new one")
    inside = Path(realpath(folder))
    paths = {name: Path(realpath(inside / name)) for name in names}
    return {name for name, path in paths.items() if path.is_relative_to(inside) and path.is_file()}


def _of(shown: list[Counterexample]) -> dict[str, str]:
    made = {one.file: one.trace.to_json() for one in shown}
    tests = {one.file.removesuffix(".json") + ".py.txt": one.test for one in shown if one.test}
    return {**made, **tests}


def _one_line(line: HistoryLine) -> str:
    return json.dumps(line.model_dump(mode="json", by_alias=True), sort_keys=True) + "\n"
