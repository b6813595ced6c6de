"""The repository as a whole: what lies where, what no file may say, and how the changelog begins."""

from __future__ import annotations

import re

import pytest

from tests.house.repository import ROOT, files

TOP_LEVEL = {"CHANGELOG.md", "LICENSE", "README.md", "guards", "mutation", "pyproject.toml", "reports", "tests"}

# A file of such a name collects what nobody has thought about.
VAGUE_NAMES = {"common", "helper", "helpers", "manager", "misc", "util", "utils"}

FORBIDDEN = {
    "a path of somebody's machine": re.compile(r"(?<![\w.~*/-])/(?:home|root|tmp|work|Users|opt)/\w"),
    "the host of a package registry": re.compile(
        r"py[p]i\.(?:org|python)|python[h]osted\.org|registry\.np[m]|--(?:extra-)?index-url"
    ),
}


def offences(text: str) -> list[str]:
    """What this text says that no file may say."""
    return [what for what, pattern in FORBIDDEN.items() if pattern.search(text)]


def test_the_top_level_stays_as_agreed() -> None:
    assert {path.parts[0] for path in files() if not path.parts[0].startswith(".")} <= TOP_LEVEL


def test_no_file_is_named_for_nothing_in_particular() -> None:
    assert [str(path) for path in files() if VAGUE_NAMES & {path.stem, *path.parts[:-1]}] == []


# What others wrote is theirs to word.
OURS = [path for path in files() if path.name != "LICENSE" and "vendored" not in path.parts]


@pytest.mark.parametrize("path", OURS, ids=str)
def test_no_file_says_what_none_may_say(path: object) -> None:
    assert offences((ROOT / str(path)).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("a path of somebody's machine", 'open("/home' + '/somebody/notes")'),
        ("the host of a package registry", "https://pypi" + ".org/simple"),
    ],
)
def test_a_planted_offence_is_seen(what: str, text: str) -> None:
    assert offences(text) == [what]


def test_every_folder_of_tests_says_what_goes_there() -> None:
    readme = (ROOT / "tests" / "README.md").read_text(encoding="utf-8")
    folders = {path.parts[1] for path in files() if path.parts[0] == "tests" and len(path.parts) > 2}
    assert {folder for folder in folders if f"`{folder}/" not in readme} == set()


def test_the_changelog_begins_with_what_is_not_yet_released() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", changelog, flags=re.MULTILINE)[0] == "Unreleased"


def test_the_package_says_that_it_is_typed() -> None:
    assert (ROOT / "guards" / "py.typed").is_file()
