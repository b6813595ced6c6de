"""The catalogue of this repository fits its source and covers what it must; entries that say nonsense are refused by
name, and edits that no longer fit are stale.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guards.mutation.catalogue import Barrier, CatalogueError, Regression, Stale, read_catalogue, to_mutant
from guards.mutation.mutant import Edit, Mutant

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "mutation" / "catalogue"
IDS = sorted(path.stem for path in FOLDER.glob("*.toml"))
TWICE = {
    "scope-filter-dropped",
    "empty-means-all",
    "path-bypasses-guard",
    "verdict-discarded",
    "blast-limit-miscounted",
    "parser-differential",
}
"""Of these classes, which have the most ways to go wrong, one entry is not enough."""
WHERE_IT_STANDS = {
    Barrier.WIRE: ("guards/wire.py",),
    Barrier.FIRST: ("guards/core/",),
    Barrier.SECOND: ("guards/runtime/",),
    Barrier.WRITE: ("guards/adapters/", "guards/reference/registrar.py"),
}

GOOD = '''
id = "no-filter"
title = "The filter is gone"
story = """
Somebody removed a filter.
Then everything was gone.
"""
link = "https://example.com/incident"
class = "scope-filter-dropped"
one_call = true
properties = ["isolation"]

[[edits]]
file = "shop.py"
before = "if row.owner == owner"
after = "if row.owner"
'''
SHOP = '''"""A shop."""


class Shop:
    def of(self, owner):
        return [row for row in self.rows if row.owner == owner]

    def all(self):
        return [row for row in self.rows if row]
'''


@cache
def catalogue() -> tuple[Regression, ...]:
    return read_catalogue(FOLDER, ROOT)


@cache
def mutant(id: str) -> Mutant:
    return to_mutant(regression(id), ROOT)


@cache
def tree(file: str) -> str:
    return ast.dump(ast.parse((ROOT / file).read_text(encoding="utf-8")))


def regression(id: str) -> Regression:
    return next(entry for entry in catalogue() if entry.id == id)


# --- ours -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("id", IDS)
def test_every_regression_fits_the_source_as_it_is(id: str) -> None:
    planted = mutant(id)
    for file, source in planted.sources:
        assert ast.dump(ast.parse(source)) != tree(file)


def test_no_two_regressions_are_the_same() -> None:
    assert len({entry.id for entry in catalogue()}) == len(catalogue()) == len(IDS)
    assert len({entry.edits for entry in catalogue()}) == len(catalogue())
    assert len({mutant(id).fingerprint for id in IDS}) == len(IDS)


def test_there_are_at_least_45_of_at_least_18_classes() -> None:
    by_class = Counter(entry.fault_class.value for entry in catalogue())
    assert len(catalogue()) >= 45
    assert len(by_class) >= 18
    assert {name for name in TWICE if by_class[name] < 2} == set()


def test_the_projects_bug_comes_first_and_in_several_shapes() -> None:
    projects = [entry.id for entry in catalogue() if entry.id.startswith("projects-")]
    assert [entry.id for entry in catalogue()][: len(projects)] == projects
    assert projects[0] == "projects-bypass"
    assert {"projects-filter-dropped", "projects-filter-on-old-path-only", "projects-check-behind-flag"} <= {*projects}


@pytest.mark.parametrize(
    "room", ["guards/core/", "guards/wire.py", "guards/runtime/", "guards/adapters/memory.py", "guards/reference/"]
)
def test_every_room_that_a_call_passes_has_regressions(room: str) -> None:
    assert any(edit.file.startswith(room) for entry in catalogue() for edit in entry.edits)


@pytest.mark.parametrize("id", [id for id in IDS if "isolation" in regression(id).properties])
def test_only_the_last_hop_can_reach_another_tenant_by_one_edit(id: str) -> None:
    """Who writes, and who knows callers, has to be believed; of the guard itself one broken place is not enough."""
    edits = regression(id).edits
    assert len(edits) > 1 or edits[0].file.startswith(("guards/adapters/", "guards/reference/"))


@pytest.mark.parametrize("id", [id for id in IDS if regression(id).masked_by is not None])
def test_a_compound_breaks_the_barrier_that_masks_its_part(id: str) -> None:
    """Each compound is caught, so it is that barrier indeed which stands in the way."""
    masked = regression(id)
    assert masked.masked_by is not None
    for compound in (entry for entry in catalogue() if id in entry.compound_of):
        besides = {edit.file for edit in compound.edits if edit not in masked.edits}
        assert any(file.startswith(WHERE_IT_STANDS[masked.masked_by]) for file in besides)


@pytest.mark.parametrize("id", IDS)
def test_every_regression_tells_what_happened_in_two_sentences_and_where_to_read_on(id: str) -> None:
    entry = regression(id)
    assert [len(re.findall(r"[.!?](?= |$)", sentence)) for sentence in entry.story] == [1, 1]
    assert entry.link.startswith("http")


@pytest.mark.parametrize("id", [id for id in IDS if len(regression(id).edits) == 1])
def test_the_place_of_a_single_edit_is_exactly_what_is_exchanged(id: str) -> None:
    planted = mutant(id)
    lines = (ROOT / planted.file).read_text(encoding="utf-8").splitlines(keepends=True)
    starts = [sum(map(len, lines[:number])) for number in range(len(lines) + 1)]
    start, end = (starts[line - 1] + column for line, column in (planted.start, planted.end))
    source = "".join(lines)
    assert source[start:end] == planted.original
    assert dict(planted.sources)[planted.file] == source[:start] + planted.replacement + source[end:]


# --- entries that are refused -----------------------------------------------------------------------------------------


def refused(folder: Path, *entries: str) -> str:
    """What is said of these entries; the first is filed as `no-filter.toml`, as its id says."""
    for number, entry in enumerate(entries):
        (folder / ("no-filter.toml" if number == 0 else f"other-{number}.toml")).write_text(entry, encoding="utf-8")
    with pytest.raises(CatalogueError) as refusal:
        read_catalogue(folder, folder)
    assert refusal.value.code == "catalogue_refused"
    return str(refusal.value)


def test_a_good_entry_is_read_as_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "no-filter.toml").write_text(GOOD, encoding="utf-8")
    (entry,) = read_catalogue(tmp_path, tmp_path)
    assert entry.story == ("Somebody removed a filter.", "Then everything was gone.")
    assert entry.edits == (Edit("shop.py", "if row.owner == owner", "if row.owner"),)
    assert (entry.properties, entry.one_call, entry.masked_by, entry.compound_of) == (("isolation",), True, None, ())


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("one_call = true", "one_cal = true", "no-filter.toml: `one_call`: Field required"),
        ("one_call = true", "one_call = true\nseverity = 1", "no-filter.toml: `severity`: Extra inputs"),
        ("one_call = true", 'one_call = "yes"', "no-filter.toml: `one_call`: Input should be a valid boolean"),
        ("before =", "befor =", "no-filter.toml: `edits[0].before`: Field required"),
        ('before = "if row.owner == owner"', 'before = ""', "`edits[0].before`: String should have at least 1"),
        ('["isolation"]', '["isolatoin"]', "no-filter.toml: `properties[0]`: is no property of the kit"),
        ('["isolation"]', "[]", "no-filter.toml: `properties`: names none"),
        ('["isolation"]', '["useful", "useful"]', "no-filter.toml: `properties`: names one twice"),
        ("scope-filter-dropped", "scope-filter", "no-filter.toml: `class`: Input should be"),
        ("https://example.com", "see example.com", "no-filter.toml: `link`: String should match"),
        ("Then everything", "Then\neverything", "no-filter.toml: `story`: must be two sentences"),
        ("gone.\n", "gone\n", "no-filter.toml: `story`: must be two sentences"),
        ('"The filter is gone"', '" "', "no-filter.toml: `title`: must be one line"),
        ('id = "no-filter"', 'id = "No Filter"', "no-filter.toml: `id`: String should match"),
        ('id = "no-filter"', 'id = "a-filter"', "no-filter.toml: `id`: is `a-filter`, and the file is named otherwise"),
        ("shop.py", "../shop.py", "no-filter.toml: `edits[0].file`: must be a Python file"),
        ("shop.py", "shop.toml", "no-filter.toml: `edits[0].file`: must be a Python file"),
        ("[[edits]]", "[[edits", "no-filter.toml: cannot be read: "),
        ('["isolation"]', '[]\nmasked_by = "luck"', "no-filter.toml: `masked_by`: Input should be"),
        ('["isolation"]', '[]\nmasked_by = "wire"', "`masked_by`: no other entry is a `compound_of` this one"),
        ("one_call", 'masked_by = "wire"\none_call', "`properties`: names some, and `masked_by` says"),
        ("one_call", 'compound_of = ["nothing"]\none_call', "`compound_of`: there is no masked entry `nothing`"),
    ],
)
def test_a_mistake_is_named_with_its_file_and_its_field(tmp_path: Path, before: str, after: str, said: str) -> None:
    assert GOOD.count(before) == 1
    assert said in refused(tmp_path, GOOD.replace(before, after))


def test_every_mistake_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    said = refused(tmp_path, GOOD.replace("one_call", "one_cal"), GOOD.replace("title", "titel"))
    for mistake in (
        "no-filter.toml: `one_call`",
        "no-filter.toml: `one_cal`",
        "other-1.toml: `title`",
        "other-1.toml: `titel`",
    ):
        assert mistake in said


def test_a_compound_contains_what_it_is_a_compound_of(tmp_path: Path) -> None:
    masked = GOOD.replace('["isolation"]', '[]\nmasked_by = "second-barrier"')
    compound = GOOD.replace("no-filter", "other-1").replace("one_call", 'compound_of = ["no-filter"]\none_call')
    assert "other-1.toml: `edits`: lacks one of `no-filter`, or has no more than it" in refused(
        tmp_path, masked, compound
    )
    more = compound + '\n[[edits]]\nfile = "shop.py"\nbefore = "if row]"\nafter = "]"\n'
    (tmp_path / "other-1.toml").write_text(more, encoding="utf-8")
    assert [entry.id for entry in read_catalogue(tmp_path, tmp_path)] == ["no-filter", "other-1"]


def test_one_compound_can_show_for_several_what_masks_them(tmp_path: Path) -> None:
    parts = [("if row.owner == owner", "if row.owner"), ("if row]", "]")]
    edits = [f'\n[[edits]]\nfile = "shop.py"\nbefore = "{before}"\nafter = "{after}"\n' for before, after in parts]
    head = GOOD.partition("\n[[edits]]")[0]
    masked = head.replace('["isolation"]', '[]\nmasked_by = "second-barrier"')
    both = head.replace("no-filter", "other-2").replace("one_call", 'compound_of = ["no-filter", "other-1"]\none_call')
    (tmp_path / "no-filter.toml").write_text(masked + edits[0], encoding="utf-8")
    (tmp_path / "other-1.toml").write_text(masked.replace("no-filter", "other-1") + edits[1], encoding="utf-8")
    (tmp_path / "other-2.toml").write_text(both + edits[0] + edits[1], encoding="utf-8")
    assert read_catalogue(tmp_path, tmp_path)[-1].compound_of == ("no-filter", "other-1")


@pytest.mark.parametrize("name", ["no-filter.tml", "no-filter", "no-filter.toml.orig", "old/no-filter.toml"])
def test_what_would_be_passed_over_is_named(tmp_path: Path, name: str) -> None:
    for folder in ("old", ".old"):
        (tmp_path / folder).mkdir()
    (tmp_path / "notes.txt").write_text("Entries.")
    for passed in (".no-filter.toml.swp", "no-filter.toml~", "#no-filter.toml#", "README.rst", ".old/no-filter.toml"):
        (tmp_path / passed).write_text(GOOD)
    (tmp_path / ".#no-filter.toml").symlink_to("somebody@somewhere.1234")  # as an editor notes who is at work
    assert read_catalogue(tmp_path, tmp_path) == ()
    (tmp_path / name).write_bytes(GOOD.replace("\n", "\r\n").replace("[[edits]]", "[[ edits ]]").encode())
    with pytest.raises(CatalogueError, match=rf"{name}: reads like an entry"):
        read_catalogue(tmp_path, tmp_path)


def test_a_file_that_is_no_utf_8_is_named(tmp_path: Path) -> None:
    (tmp_path / "no-filter.toml").write_bytes(b"id = '\xff'")
    with pytest.raises(CatalogueError, match=r"no-filter\.toml: cannot be read"):
        read_catalogue(tmp_path, tmp_path)


@given(field=st.sampled_from(("id", "title", "story", "link", "class", "one_call")), letter=st.sampled_from("qxz"))
def test_no_field_can_be_misspelled_in_silence(
    tmp_path_factory: pytest.TempPathFactory, field: str, letter: str
) -> None:
    said = refused(tmp_path_factory.mktemp("catalogue"), GOOD.replace(f"\n{field} = ", f"\n{field}{letter} = "))
    assert f"no-filter.toml: `{field}`: Field required" in said
    assert f"no-filter.toml: `{field}{letter}`: Extra inputs are not permitted" in said


# --- edits that no longer fit -----------------------------------------------------------------------------------------


def planted_in_the_shop(tmp_path: Path, *edits: tuple[str, str], source: str = SHOP) -> Mutant:
    (tmp_path / "shop.py").write_text(source, encoding="utf-8")
    (tmp_path / "no-filter.toml").write_text(GOOD, encoding="utf-8")
    (entry,) = read_catalogue(tmp_path, tmp_path)
    fields = {name: getattr(entry, name) for name in entry.__slots__}
    return to_mutant(Regression(**fields | {"edits": tuple(Edit("shop.py", *edit) for edit in edits)}), tmp_path)


def test_a_regression_becomes_a_mutant_with_its_place(tmp_path: Path) -> None:
    found = planted_in_the_shop(tmp_path, ("if row.owner == owner", "if row.owner"))
    assert (found.id, found.tier, found.operator, found.file) == ("no-filter", "catalogue", "no-filter", "shop.py")
    assert (found.start, found.end, found.function) == ((6, 41), (6, 62), "Shop.of")
    assert (found.original, found.replacement) == ("if row.owner == owner", "if row.owner")
    assert found.sources == (("shop.py", SHOP.replace(" == owner", "")),)


def test_edits_of_one_file_are_made_one_after_the_other(tmp_path: Path) -> None:
    found = planted_in_the_shop(tmp_path, ("row.owner == owner", "row.buyer == owner"), ("row.buyer", "row.payer"))
    assert found.sources == (("shop.py", SHOP.replace("row.owner ==", "row.payer ==")),)


def test_the_fingerprint_survives_a_change_elsewhere_and_not_one_of_its_line(tmp_path: Path) -> None:
    edit = ("row.owner == owner", "row.owner")
    here = planted_in_the_shop(tmp_path, edit).fingerprint
    assert planted_in_the_shop(tmp_path, edit, source="import os\n" + SHOP).fingerprint == here
    assert planted_in_the_shop(tmp_path, edit, source=SHOP.replace("for row in", "for  row in")).fingerprint != here


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (("if row.owner != owner", "if row"), "stands 0 times in shop.py"),
        (("for row in", "for one in"), "stands 2 times in shop.py"),
        (("if row.owner == owner", "if ("), "does not parse"),
        (("row.owner == owner]", "(row.owner == owner)]"), "means the same"),
        (("A shop.", "A shop."), "means the same"),
        (("    def of", "    # a word\n    def of"), "means the same"),
    ],
)
def test_an_edit_that_does_not_fit_is_stale(tmp_path: Path, edit: tuple[str, str], said: str) -> None:
    with pytest.raises(Stale, match=f"no-filter: .*{said}") as stale:
        planted_in_the_shop(tmp_path, edit)
    assert stale.value.code == "stale_regression"


def test_an_edit_that_does_nothing_does_not_hide_behind_another(tmp_path: Path) -> None:
    with pytest.raises(Stale, match="means the same"):
        planted_in_the_shop(tmp_path, ("row.owner == owner", "row.owner"), ("    def all", "    # all\n    def all"))


def test_a_file_that_is_gone_makes_its_regressions_stale(tmp_path: Path) -> None:
    (tmp_path / "no-filter.toml").write_text(GOOD, encoding="utf-8")
    (entry,) = read_catalogue(tmp_path, tmp_path)
    with pytest.raises(Stale, match=r"no-filter: shop\.py cannot be read"):
        to_mutant(entry, tmp_path)
