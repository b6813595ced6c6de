"""The README's two commands: one parser, used here and by `.ci/run`, that takes exactly two or none."""

from __future__ import annotations

import pytest

from guards.testing.properties import PROPERTIES
from tests.house.readme_commands import ReadmeError, commands
from tests.house.repository import ROOT

WATCH = 'pip install ".[cli]" && guards verify'
WORK = 'pip install -e ".[dev]" && pytest'


def readme(*lines: str, heading: str = "## Two commands") -> str:
    """A README with one shell block under the heading, and another one elsewhere that must not count."""
    return "\n".join(["# guards", heading, "Text.", "```sh", *lines, "```", "## Later", "```sh", "rm -r *", "```"])


def test_the_readme_holds_the_two_commands() -> None:
    assert commands((ROOT / "README.md").read_text(encoding="utf-8")) == (WATCH, WORK)


def test_the_commands_may_stand_in_one_block_or_in_two() -> None:
    assert commands(readme(WATCH, "", WORK)) == (WATCH, WORK)
    assert commands(readme(WATCH, "```", "More text.", "```sh", WORK)) == (WATCH, WORK)


@pytest.mark.parametrize(
    "broken",
    [
        readme(WATCH),
        readme(WATCH, WORK, "pip install more && true"),
        readme(WATCH, "pytest"),
        readme(WATCH, 'pip install -e ".[dev]"'),
        readme(WATCH, "pip install x && \\"),
        readme(WATCH, WORK, heading="## Getting started"),
        readme(WATCH, WORK) + "\n## Two commands\n",
        readme(WATCH, WORK).replace("```sh", "```console"),
        readme(WATCH, WORK).replace("```\n## Later", "## Later"),
        "",
    ],
    ids=[
        "one",
        "three",
        "no-install",
        "no-run",
        "two-lines",
        "other-heading",
        "twice",
        "other-block",
        "unclosed",
        "empty",
    ],
)
def test_anything_but_two_one_line_commands_is_an_error(broken: str) -> None:
    with pytest.raises(ReadmeError):
        commands(broken)


def test_the_readme_lists_every_property_in_its_own_words() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    start = lines.index("| property | what must hold | what falsifies it |") + 2
    listed = [f"| `{p.name}` | {p.sentence} | {p.falsified_by} |" for p in PROPERTIES]
    assert lines[start : start + len(listed) + 1] == [*listed, ""]


def test_ci_reads_the_commands_with_this_parser_and_names_none_itself() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "tests/house/readme_commands.py README.md" in script
    assert "pip install" not in script
