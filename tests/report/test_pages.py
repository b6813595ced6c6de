"""The pages as text: hostile names stay text, nothing points elsewhere, every section says what it knows."""

from __future__ import annotations

import base64
import gzip
import json
import re
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from guards.report.build import FolderError, Report, build, write
from guards.report.charts import Point, chart
from guards.report.crossing import crossing
from guards.report.figures import headline, history_line
from guards.report.lanes import picture
from guards.results import CellResult, TraceFile, read_mutate, read_verify
from tests.report.conftest import Build, Gather
from tests.report.made import BREACH, REGRESSION, broken_verify, cell, coverage, missed, mutant, mutate, trace, verify

SECTIONS = ["verdict", "crossing", "counterexamples", "mutation", "singles", "coverage", "history", "inputs"]
HOSTILE = {
    "script": "<script>alert(1)</script>",
    "attribute": '" onmouseover="alert(1)',
    "template": "{{ 7 * 7 }}{% raw %}",
    "right-to-left": "\u202egnp.exe\u2066",
    "ansi": "\x1b[31mred\x07",
    "null": "a\0b",
    "long": "x" * 10_000,
    "lone-surrogate": "\ud800",
    "comment": "--><!--",
}
VOID = {"meta", "link", "rect", "circle", "line", "path", "polyline", "br"}


class Page(HTMLParser):
    """What a browser would make of it, roughly: tags with their attributes, ids, and whether every tag is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def values(self, name: str) -> list[str]:
        return [value or "" for _, attributes in self.tags for key, value in attributes.items() if key == name]


def html(report: Report) -> dict[str, str]:
    return {name: text.decode() for name, text in report.files.items() if name.endswith(".html")}


def everywhere(name: str) -> dict[str, Any]:
    """Results with this text in every place where somebody else's text may stand."""
    shown = trace(property="isolation", why=name, service=name)
    shown["world"]["organizations"][1]["id"] = name[:9_999]
    shown["changed"][0]["object"] = name
    shown["steps"][0] |= {"do": name[:150] or "x", "craft": [name[:150] or "x"]}
    run = verify({"isolation": "broken"}, service=name, counterexamples=[shown], collisions={name: name})
    run["properties"][0] |= {"why": name, "falsified_by": name}
    run["cells"] = [cell(caller=name, state=name, relation=name, craft=name)]
    words = dict.fromkeys(("id", "function", "why", "replacement", "at", "diff", "by", "operator", "file"), name)
    entry = mutant(id="2" + name, tier="catalogue", by=name, why=name)
    reached = {name: {name: [5, 6, 7]}, "rules.py": {name: [-1, 1 << 70]}}
    of_lines = {"lines": 9, "unmutated": {name: [5, 1 << 70]}, "unentered": {name: [-1, 6], "rules.py": [7]}}
    covered = {name: coverage(contexts={"5": [name], "6": [name]})["files"]["rules.py"]}
    return {
        "verify": run,
        "mutate": mutate(missed(**words), entry, service=name, paths=[name], reached=reached, **of_lines),
        "coverage": {**coverage(), "files": covered},
    }


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_name_stays_text_on_every_page(built: Build, name: str) -> None:
    report = built(**everywhere(name))
    for page, text in html(report).items():
        made = Page(text)
        assert made.open == [], page
        assert len([tag for tag, _ in made.tags if tag == "script"]) <= 3, page
        assert {attributes.get("src") for tag, attributes in made.tags if tag == "script"} <= {
            None,
            "report.js",
            "viewer.js",
            "mutation-test-elements.js",
        }
        assert not any(key.startswith("on") for _, attributes in made.tags for key in attributes), page
        assert not set(text) & {"\x1b", "\u202e", "\u2066", "\0", "\x07"}, page
        assert "alert(1)</script>" not in text, page
        around = re.sub(r"<(pre|script)\b.*?</\1>", "", text, flags=re.DOTALL)  # a command that was cut would be none
        assert "x" * 2_000 not in around, page
        assert ">49<" not in text, page
    assert all(re.fullmatch(r"[a-z0-9./-]+", file, re.IGNORECASE) for file in report.files)


def test_every_section_is_there_with_and_without_results(built: Build) -> None:
    page = Page(html(built())["index.html"])
    assert [id for id in page.values("id") if id in SECTIONS] == SECTIONS


def test_what_is_not_known_is_printed_as_unknown_in_its_section(built: Build) -> None:
    text = html(built(verify=None, mutate=None, coverage=None))["index.html"]
    for name in ("crossing", "counterexamples", "mutation", "singles", "coverage"):
        section = text.partition(f'<section id="{name}"')[2].partition("</section>")[0]
        assert "Unknown:" in section, name
    assert text.count('<span class="verdict unknown">') >= 13  # each property of the kit


@pytest.mark.parametrize("results", [{}, {"verify": broken_verify()}, {"mutate": mutate(missed())}], ids=str)
def test_links_lead_into_the_folder_or_to_a_source_and_ids_are_single(built: Build, results: dict[str, Any]) -> None:
    report = built(**results)
    pages = {name: Page(text) for name, text in html(report).items()}
    for name, page in pages.items():
        ids = page.values("id")
        assert len(ids) == len(set(ids)), name
        for link in page.values("href") + page.values("src"):
            file, _, anchor = link.partition("#")
            if link.startswith(("https://example.org/", "data:")):
                continue
            assert (file or name) in report.files, link
            assert not anchor or anchor in pages[file or name].values("id"), link


def test_a_link_of_a_story_is_https_or_none(gathered: Gather) -> None:
    record = gathered()
    entry = record.root / "mutation" / "catalogue" / "owner-never-compared.toml"
    entry.write_text(entry.read_text().replace("https://example.org/post-mortem", "javascript:alert(1)"))
    (story,) = gather_again(record.root).stories.values()
    assert story.link == ""


def gather_again(root: Path, *names: str) -> Any:
    from guards.report.record import gather

    return gather(names, root, str(root / "mutation" / "catalogue"), None)


def test_a_counterexample_has_its_picture_its_command_its_test_and_its_file(built: Build) -> None:
    report = built(verify=broken_verify())
    text = html(report)["index.html"]
    assert "guards replay out/counterexamples/1-isolation.json volumes:Volumes" in text
    assert "def test_isolation_holds_where_it_once_broke()" in text
    assert 'class="dot harmed"' in text
    assert TraceFile.model_validate_json(report.files["counterexamples/1-isolation.json"]).seed == 7


def test_in_the_picture_the_crossing_leaves_its_callers_lane() -> None:
    drawn = picture(TraceFile.model_validate(trace()))
    assert [lane.name for lane in drawn.lanes] == ["org#0", "org#1"]
    (call,) = drawn.calls
    assert call.y == drawn.lanes[0].middle
    assert [(dot.name, dot.y, dot.change) for dot in call.dots] == [
        ("volume#0", drawn.lanes[0].middle, ""),
        ("volume#1", drawn.lanes[1].middle, "live \u2192 absent"),
    ]


def test_a_picture_of_many_steps_and_objects_is_bounded_and_says_so() -> None:
    step = trace()["steps"][0]
    changed = [{"object": f"odd{n} x", "owner": "", "before": "live", "after": "absent"} for n in range(40)]
    drawn = picture(TraceFile.model_validate(trace(steps=[step] * 900, changed=changed)))
    assert (len(drawn.calls), drawn.left_out, len(drawn.told), drawn.untold) == (12, 888, 200, 700)
    assert drawn.width < 3_000
    assert [dot.name for dot in drawn.calls[-1].dots if dot.change][-1] == "and 35 more"


def test_the_crossing_table_sums_families_and_shows_what_was_never_tried() -> None:
    cells = [
        CellResult(**cell()),
        CellResult(**cell(craft="volume_id:foreign-other", attempts=3, refused=1, effects=2)),
        CellResult(**cell(relation="own", craft="volume_id:null", controls=0)),
    ]
    drawn = crossing(cells, {})
    rows = {(row.relation, row.state): dict(zip(drawn.families, row.heats, strict=True)) for row in drawn.rows}
    foreign = rows["other organization", "plain"]["foreign"]
    assert (foreign.attempts, foreign.refused, foreign.effects, foreign.shade) == (15, 13, 2, 2)
    assert {relation for relation, _ in rows} == {"own", "other project", "other organization", "none"}
    assert drawn.empty == 4 * len(drawn.families) - 2
    assert (drawn.vacuous, drawn.vacuous_cells, drawn.squares) == (1, 1, 4 * len(drawn.families))


def test_a_state_that_can_be_has_a_row_for_every_caller_and_relation(built: Build) -> None:
    unsupported = dict.fromkeys(("read-only-inert", "fail-closed", "dry-run-inert"), "unsupported")
    cells = [cell(), cell(caller="operator", relation="own", state="fault audit"), cell(state="held")]
    text = html(built(verify=verify({**unsupported, "blast-radius": "vacuous"}, cells=cells)))["index.html"]
    table = text[text.index('<table class="heat">') : text.index("</table>", text.index('<table class="heat">'))]
    states = re.findall(r'<th scope="row">([^<]+)</th>(<td class="s0 whole")?', table)
    assert [state for state, _ in states] == ["plain", "held", "depended on", "over the limit", "a port fails"] * 8
    tried = [number for number, (_, is_empty) in enumerate(states) if not is_empty]
    assert tried == [2 * 5 + 0, 2 * 5 + 1, 4 * 5 + 4]  # a tenant's on another organization, and an operator's own
    assert table.count("never tried in this state") == 40 - 3


def test_a_chart_says_its_numbers_and_its_change() -> None:
    drawn = chart("mutants caught", [Point("a", 1.0), Point("b", 3.0), Point("c", 2.0)])
    assert (drawn.least, drawn.most, drawn.change) == ("1", "3", "down by 1")
    assert [float(y) for y in re.findall(r'cy="([0-9.]+)"', drawn.drawing)] == pytest.approx([33.3, 0.7, 17], abs=0.1)
    assert re.findall(r"<([a-z]+)", drawn.drawing) == ["path", "circle", "circle", "circle"]


@pytest.mark.parametrize(
    ("runs", "least", "most", "change", "now"),
    [
        ([Point("a", 79, 79), Point("b", 90, 100)], "90 %", "100 %", "after 79 of 79", "90 of 100"),
        ([Point("a", 79, 100), Point("b", 90, 100)], "79 %", "90 %", "up by 11", "90 of 100"),
        ([Point("a", 79), Point("b", 90, 100)], "79", "90", "up by 11", "90"),
        ([Point("a", 0, 0), Point("b", 0, 100)], "0", "0", "as before", "0"),
    ],
    ids=["of another whole", "of the same", "unknown of what", "of nothing"],
)
def test_what_is_a_part_is_drawn_as_its_share_and_compared_with_a_part_of_the_same(
    runs: list[Point], least: str, most: str, change: str, now: str
) -> None:
    drawn = chart("mutants caught", runs)
    assert (drawn.least, drawn.most, drawn.change, drawn.values[-1][1]) == (least, most, change, now)


def test_a_figure_that_this_run_does_not_have_is_not_given_as_its_own() -> None:
    drawn = chart("mutants caught", [Point("a", 1.0), Point("b", 3.0)], is_of_now=False)
    assert drawn.change == "in an earlier run, unknown of this one"


@pytest.mark.parametrize(
    ("changes", "drawn"),
    [
        ({}, 4),
        ({"coverage": None}, 4),
        ({"mutate": read_mutate(json.dumps(mutate(mutant())).encode())}, 5),
        ({"verify": read_verify(json.dumps(verify(commit="5e1e" * 10)).encode())}, 5),
    ],
    ids=["the same", "a part of it", "other figures", "another commit"],
)
def test_a_run_that_the_history_ends_with_is_drawn_once(gathered: Gather, changes: dict[str, Any], drawn: int) -> None:
    record = gathered()
    ended = replace(record, history=(*record.history, history_line(record, headline(record))), **changes)
    assert f"mutants caught over {drawn} runs" in html(build(ended, "out"))["index.html"]


def test_what_the_gate_leaves_beside_the_coverage_is_linked_where_it_is_there(built: Build, tmp_path: Path) -> None:
    assert "The same by coverage.py" not in html(built())["index.html"]
    (tmp_path / "coverage").mkdir()
    for name in ("coverage.lcov", "coverage/index.html"):
        (tmp_path / name).write_text("x")
    text = html(build(gather_again(tmp_path, "coverage.json"), "deep/out"))["index.html"]
    assert '<a href="../../coverage/index.html">line by line</a>, <a href="../../coverage.lcov">LCOV</a>' in text


def test_the_marked_source_shows_where_one_line_breaches(built: Build) -> None:
    text = html(built(mutate=mutate(mutant(breaches=True, breach=BREACH), missed())))
    assert re.search(
        r'<li class="breach"[^>]*>.*volume\.owner != caller.*1 that breaches by itself', text["index.html"]
    )
    assert re.search(r'<li class="missed"[^>]*>.*return True', text["source.html"])


def test_coverage_names_the_tests_and_properties_of_each_branch(built: Build) -> None:
    test = "<code>tests.test_rules.test_a_stranger_is_refused</code>"
    ran = {"useful": [5, 7], "isolation": [5, 6, 7], "refusal-inert": [5, 6]}
    given = coverage(executed_branches=[[5, 6], [5, 7]], missing_branches=[[7, -4]])
    text = html(built(coverage=given, mutate=mutate(reached={"rules.py": ran})))["coverage.html"]
    assert branches(text) == [
        ["5", "6", test, "isolation, refusal-inert"],
        ["5", "7", "none", "isolation, useful"],
        ["7", "out", "never taken"],
    ]
    assert f'<ul class="plain"><li>{test}</li></ul>' in text
    assert "<dt>properties</dt><dd>isolation, refusal-inert, useful</dd>" in text
    assert "<dt>noticed by</dt><dd>isolation</dd>" in text


def test_properties_that_coverage_names_count_as_well(built: Build) -> None:
    text = html(built())["coverage.html"]
    assert [row[3] for row in branches(text)] == ["none", "isolation"]


def test_where_nothing_says_who_reached_a_branch_it_is_unknown(built: Build) -> None:
    given = coverage(contexts={})
    given["meta"]["show_contexts"] = False
    text = html(built(coverage=given))["coverage.html"]
    assert [row[2:] for row in branches(text)] == [["taken, by whom is unknown", "unknown"]] * 2
    assert text.count("Unknown: which") == 2


def branches(text: str) -> list[list[str]]:
    """The rows of the tables of branches."""
    rows = re.findall(r"<tr[^>]*><th scope=\"row\">(.*?)</tr>", text)
    return [[re.sub(r"^<td[^>]*>", "", cell) for cell in re.split(r"</t[hd]>", row)[:-1]] for row in rows]


def test_what_was_never_put_to_the_test_is_told_with_its_lines(built: Build) -> None:
    lines = {"lines": 1_200, "unmutated": {"rules.py": [4, 5, 6, 9]}, "unentered": {"rules.py": [7], "a.py": [1, 2]}}
    report = built(mutate=mutate(mutant(), mutant(**REGRESSION), **lines))
    text = html(report)["index.html"]
    said = "No mutant reached 4 of 1,200 statements; nothing that ran entered 3: a.py:1-2, rules.py:7."
    assert said in text
    assert re.findall(r'data-label="no[^"]*(?:reached|entered)">(.*?)</td>', text) == [
        *("0", "2 (1-2)"),
        *("4 (4-6, 9)", "1 (7)"),
    ]
    assert said in report.summary.replace("\\", "")


def test_of_many_files_and_lines_that_were_never_put_to_the_test_the_first_few_are_shown(built: Build) -> None:
    many = {f"f{n:02}.py": list(range(1, 100, 2)) for n in range(30)}
    text = html(built(mutate=mutate(mutant(), lines=9_000, unmutated=many, unentered={})))["index.html"]
    assert "No mutant reached 1,500 of 9,000 statements; nothing that ran entered 0." in text
    assert text.count("50 (1, 3, 5, 7, 9, 11, 13, 15 and 42 more)") == 20
    assert "and 10 more files" in text


def test_where_nothing_was_run_nothing_is_claimed_of_what_was_entered(built: Build) -> None:
    nothing = mutate(lines=3, unmutated={"rules.py": [5]}, baseline={"cases": [], "tests": None})
    assert "No mutant reached 1 of 3 statements; nothing was run." in html(built(mutate=nothing))["index.html"]


def test_a_result_that_does_not_speak_of_lines_is_not_said_to_have_left_none(built: Build) -> None:
    report = built()
    assert "No mutant reached" not in html(report)["index.html"] + report.summary
    assert "Which statements no mutant reached is not said." in html(report)["index.html"]


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"calls": 1572}, "1,572"),
        ({}, "unknown"),
        ({"outcome": "masked", "by": "", "kill": None, "masked_by": "the second barrier"}, "never"),
        ({"outcome": "broken", "by": "", "kill": None}, "unknown"),
    ],
    ids=["counted", "a file of an earlier version", "masked", "not judged"],
)
def test_the_incident_table_says_after_how_many_calls(built: Build, changes: dict[str, Any], shown: str) -> None:
    text = html(built(mutate=mutate(mutant(), mutant(**REGRESSION | changes))))["index.html"]
    assert re.findall(r'data-label="calls until caught">(.*?)</td>', text) == [shown]


def test_an_earlier_report_is_replaced_whole_and_nothing_else_is_touched(gathered: Gather, tmp_path: Path) -> None:
    record = gathered(verify=broken_verify())
    out = tmp_path / "deep" / "out"
    write(build(record, "out"), out)
    assert (out / "counterexamples" / "1-isolation.json").is_file()
    (out / "notes.txt").write_text("mine")
    write(build(gather_again(record.root), "out"), out)
    assert not (out / "counterexamples" / "1-isolation.json").exists()
    assert (out / "notes.txt").read_text() == "mine"


TWICE = '{"schema": "guards.report/1", "files": ["precious.txt"], "files": []}'


@pytest.mark.parametrize("manifest", [None, "{}", "[]", '{"schema": "guards.report/1", "files": "x"}', TWICE, "\x00"])
def test_a_folder_with_something_else_in_it_is_left_alone(
    gathered: Gather, tmp_path: Path, manifest: str | None
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "precious.txt").write_text("mine")
    if manifest is not None:
        (out / "manifest.json").write_text(manifest)
    with pytest.raises(FolderError):
        write(build(gathered(), "out"), out)
    assert {path.name for path in out.iterdir()} <= {"precious.txt", "manifest.json"}


def test_a_manifest_deletes_nothing_outside_its_folder(gathered: Gather, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (tmp_path / "precious.txt").write_text("mine")
    (out / "circle").symlink_to("circle")
    (out / "manifest.json").write_text('{"schema": "guards.report/1", "files": ["../precious.txt", "circle"]}')
    write(build(gathered(), "out"), out)
    assert (tmp_path / "precious.txt").read_text() == "mine"


def test_the_same_results_make_the_same_report(gathered: Gather) -> None:
    record = gathered(verify=broken_verify())
    assert build(record, "out").files == build(record, "out").files


@pytest.mark.parametrize("room", ["guards/report/vendored", "tests/report/vendored"])
def test_what_others_wrote_is_as_they_published_it(room: str) -> None:
    folder = Path(__file__).resolve().parents[2] / room
    told = dict(re.findall(r"^\| `([^`]+)` .*`([0-9a-f]{64})` \|$", (folder / "README.md").read_text(), re.MULTILINE))
    assert told
    assert {name: sha256((folder / name).read_bytes()).hexdigest() for name in told} == told
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {name for name in files if "LICENSE" not in name} == {"README.md", *told}


def test_the_viewers_page_holds_every_mutant(built: Build) -> None:
    mutants = [mutant(id=f"safety:{number}") for number in range(500)]
    report = built(mutate=mutate(*mutants))
    (data,) = re.findall(
        r'<script type="application/gzip" id="mutants">(.*)</script>', report.files["mutation.html"].decode()
    )
    assert gzip.decompress(base64.b64decode(data)) == report.files["mutation.json"].strip()
