"""`guards mutate` from the outside: on a user's small guard, in a folder with a pyproject.toml and no file of ours.

That it finds what the README says is shown in `test_readme.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from guards.cli import main
from guards.cli.verdicts import TIERS, _table, told
from guards.mutation.gather import GatherError, merged
from guards.results import (
    BaselineResult,
    BreachShape,
    ExitCode,
    MutantOutcome,
    MutantResult,
    MutateResult,
    PairResult,
)
from tests.mutation.projects import ENTRY, VOLUMES, write
from tests.mutation.test_since import git

Mutate = Callable[..., tuple[int, str, str]]


@pytest.fixture
def mutate(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Mutate:
    """`guards mutate` in the project's folder: exit code, what was printed, what was complained."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(
            ["mutate", "--workers", "1", *arguments]
        )  # a second one would not be ready before the first is done
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def outcomes(path: Path) -> list[tuple[Any, ...]]:
    """What a result says of each mutant, but for the time that it took."""
    mutants = json.loads(path.read_text())["mutants"]
    return [tuple(json.dumps(value) for name, value in mutant.items() if name != "cpu") for mutant in mutants]


@pytest.mark.slow
def test_two_shards_merged_are_one_run(mutate: Mutate, tmp_path: Path) -> None:
    """Though one of them alone has a mutant of a file that nobody named."""
    write(tmp_path)
    catalogue = tmp_path / "mutation" / "catalogue"
    catalogue.mkdir(parents=True)
    head, guard, _ = ENTRY.split("\n[[edits]]\n")
    hop = 'file = "service.py"\nbefore = "delete(caller, "\nafter = "delete(None, "\n'
    for id, property, edit in (("a-guard", "isolation", guard), ("b-hop", "useful", hop)):
        entry = head.replace("owner-forgotten", id).replace("isolation", property)
        (catalogue / f"{id}.toml").write_text(f"{entry}\n[[edits]]\n{edit}")
    assert mutate("--json", "all.json")[0] == 1
    for number in ("1", "2"):
        mutate("--shard", f"{number}/2", "--json", f"{number}.json")
    assert mutate("merge", "1.json", "2.json", "--json", "both.json")[0] == 1
    assert outcomes(tmp_path / "both.json") == outcomes(tmp_path / "all.json")
    one, both = (json.loads((tmp_path / name).read_text()) for name in ("all.json", "both.json"))
    for of_the_whole in ("repeated", "whole", "whole_digest", "reached", "unentered", "unmutated", "lines", "baseline"):
        assert both[of_the_whole] == one[of_the_whole], of_the_whole
    assert one["repeated"] > 0
    code, _, complaint = mutate("merge", "1.json")
    said = " ".join(complaint.split())
    assert (code, "1/2 are not each part of one run, once: 2/2 is missing" in said) == (2, True), said


@pytest.mark.slow
def test_one_mutant_is_shown_in_full(mutate: Mutate, tmp_path: Path) -> None:
    write(tmp_path)
    code, out, _ = mutate("show", "safety:equality-to-prefix")
    assert code == 1  # one line, and it breaches
    assert "-    return volumes.get(volume) == tenant" in out
    assert "outcome      caught, assertion" in out
    assert "CHANGED" in out  # the counterexample
    shown_calls, _, _ = out.partition("BREACHES")
    assert "foreign" in shown_calls.partition("outcome")[2]  # of what reaches a stranger, whoever else noticed
    assert ", seed 1, round 0" in out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--only", "nothing-such"], 3, ""),
        (["--tier", "catalogue"], 3, ""),
        (["nowhere.py"], 2, "no Python code"),
        (["empty.py"], 2, "no Python code"),
        (["--tier", "nothing"], 2, "no tier"),
        (["--without", "barrier:second"], 2, "there is no 'barrier:second'; --without takes check:NAME"),
        (["--without", "check:nothing_such"], 2, "no list of checks"),
        (["--shard", "3/2"], 2, "not a part of a whole"),
        (["--workers", "0"], 2, "not a whole number from 1"),
        (["--service", "nothing"], 2, "is not MODULE:FACTORY"),
        (["merge"], 2, "takes the files"),
        (["merge", "pyproject.toml"], 2, "cannot be used"),
        (["show"], 2, "takes the id"),
        (["show", "safety:"], 2, "ids begin with 'safety:': show one"),
        (["--only", ""], 2, "'' begins each"),
        (["--since", "HEAD"], 2, "inside a git repository only"),
        (["--since", "--output=stolen"], 2, "cannot be the name of a commit"),
    ],
)
def test_bad_input_is_refused_with_its_reason(
    mutate: Mutate, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: list[str], code: int, said: str
) -> None:
    write(tmp_path)
    (tmp_path / "empty.py").write_text('"""Nothing."""\n')
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    ended, _, complaint = mutate(*arguments)
    assert ended == code
    assert said in " ".join(complaint.split())


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ('tests = ["nope"]', "tests: there is no 'nope'"),
        ('trusted = ["hop.py", "nope"]', "trusted: there is no 'nope'"),
        ('trusted = ["../hop.py"]', "trusted: '../hop.py' is no path that leads from this folder"),
        ('catalogue = "nope"', "catalogue: there is no folder 'nope'"),
        ('catalogue = ""', "says of catalogue what is no text"),
        ('catalogue = "mutation/catalogue"', "catalogue: there is no folder 'mutation/catalogue'"),
    ],
)
def test_a_misspelled_place_is_refused_rather_than_left_out(
    mutate: Mutate, tmp_path: Path, setting: str, said: str
) -> None:
    write(tmp_path)
    (tmp_path / "hop.py").write_text("x = 1\n")
    project = (tmp_path / "pyproject.toml").read_text()
    (tmp_path / "pyproject.toml").write_text(project.replace("[tool.pytest", f"{setting}\n[tool.pytest"))
    code, out, complaint = mutate("--tier", "safety")
    assert (code, out, said in " ".join(complaint.split())) == (2, "", True), complaint


def test_a_shard_says_that_it_is_one_and_of_how_many_mutants() -> None:
    said = " ".join(" ".join(told(result(mutant("a"), shard=(2, 9), whole=9))).split())
    assert "shard 2 of 9, which have 9 mutants together" in said
    assert "which have" not in " ".join(" ".join(told(result(mutant("a")))).split())


def test_a_shard_that_no_mutant_falls_to_does_not_say_that_there_are_none() -> None:
    said = " ".join(" ".join(told(result(shard=(9, 9), whole=2))).split())
    assert said.endswith("verdict vacuous: none of all mutants falls to this shard")
    assert "there was no mutant" in " ".join(told(result(whole=0)))


def test_a_run_that_needs_another_mutmut_says_which_before_anything_is_run(
    mutate: Mutate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path)
    (tmp_path / "mutmut-3.8.0.dist-info").mkdir()
    (tmp_path / "mutmut-3.8.0.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: mutmut\nVersion: 3.8.0\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    code, out, complaint = mutate("--tier", "generic")
    assert (code, out) == (2, "")
    assert "pip install mutmut==3.8.1" in " ".join(complaint.split())


def test_a_baseline_that_does_not_hold_is_unknown(mutate: Mutate, tmp_path: Path) -> None:
    write(tmp_path, volumes=VOLUMES.replace("volumes.get(volume) == tenant", "volume in volumes"))
    code, _, complaint = mutate()
    assert code == 4
    assert "no mutant was judged" in " ".join(complaint.split())


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ('[tool.guards.mutate]\nservise = "service:Volumes"', "servise"),
        ("[tool.guards.mutate]\nservice = 1", "service what is no text"),
        ("[tool.guards.mutate]\npaths = 'volumes.py'", "paths what is no list"),
        ("[tool.guards.mutate]\ntests = [1]", "tests what is no list"),
        ("[tool.guards.mutate]\nbarriers = []", "barriers] is no table"),
        ("[tool.guards.mutate.barriers]\nowner = []", "barriers] owner: `edits`"),
        (
            "[[tool.guards.mutate.barriers.owner]]\nfile = 'volumes.py'\nbefor = 'a'\nafter = 'b'",
            "owner: `edits[0].before`",
        ),
        ("tool = 1", "`tool` in pyproject.toml is no table"),
        ("[tool", "cannot be read"),
        (f"tool = {'[' * 5_000}{']' * 5_000}", "cannot be read: it is nested more than 64 deep"),
    ],
)
def test_a_setting_with_a_typo_is_refused(mutate: Mutate, tmp_path: Path, settings: str, said: str) -> None:
    write(tmp_path)
    (tmp_path / "pyproject.toml").write_text(settings + "\n")
    code, _, complaint = mutate()
    assert (code, said in " ".join(complaint.split())) == (2, True), complaint


@pytest.mark.parametrize("tests", ["../test_volumes.py", "/", ""])
def test_tests_that_lie_elsewhere_are_refused(mutate: Mutate, tmp_path: Path, tests: str) -> None:
    write(tmp_path)
    settings = tmp_path / "pyproject.toml"
    settings.write_text(settings.read_text().replace("paths =", f"tests = [{tests!r}]\npaths ="))
    code, _, complaint = mutate()
    said = f"[tool.guards.mutate] tests: {tests!r} is no path that leads from this folder to something in it"
    assert (code, said in " ".join(complaint.split())) == (2, True), complaint


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("id = 'odd'\nproperty = 'isolation'\n", "odd.toml: `property`"),
        ("id = 'odd", "odd.toml: cannot be read"),
        (f"id = {'[' * 5_000}{']' * 5_000}", "odd.toml: cannot be read: it is nested more than 64 deep"),
        (".".join("a" * 2_000) + " = 1", "odd.toml: cannot be read: it is nested more than 64 deep"),
    ],
)
def test_a_catalogue_with_a_typo_is_refused(mutate: Mutate, tmp_path: Path, entry: str, said: str) -> None:
    write(tmp_path)
    (tmp_path / "mutation" / "catalogue").mkdir(parents=True)
    (tmp_path / "mutation" / "catalogue" / "odd.toml").write_text(entry)
    code, _, complaint = mutate()
    assert (code, said in " ".join(complaint.split())) == (2, True), complaint


def test_a_mutant_that_there_is_not_is_named(mutate: Mutate, tmp_path: Path) -> None:
    write(tmp_path)
    for arguments in (("--only", "safety:nonsense"), ("show", "safety:nonsense")):
        code, out, said = mutate(*arguments)
        assert (code, out, "no mutant's id is 'safety:nonsense', or begins so" in " ".join(said.split())) == (
            3,
            "",
            True,
        )


@pytest.mark.slow
def test_since_a_commit_only_the_changed_lines_are_broken(mutate: Mutate, tmp_path: Path) -> None:
    write(tmp_path)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    code, out, _ = mutate("--since", "HEAD")
    assert (code, "there was no mutant, catalogue or safety" in out) == (3, True)
    (tmp_path / "volumes.py").write_text(VOLUMES.replace("log.append(volume)", "log.insert(0, volume)"))
    mutate("--since", "HEAD", "--json", "since.json")
    result = json.loads((tmp_path / "since.json").read_text())
    line = VOLUMES.splitlines().index("    log.append(volume)") + 1
    spans = [(mutant["start"][0], mutant["end"][0]) for mutant in result["mutants"]]
    assert spans
    assert all(first <= line <= last for first, last in spans)
    assert result["since"] == "HEAD"


# The exit code, and putting shards together, on results made by hand.


def mutant(id: str, outcome: MutantOutcome = MutantOutcome.CAUGHT, **changes: Any) -> MutantResult:
    usual: dict[str, Any] = {
        "tier": "safety",
        "operator": "by-hand",
        "file": "rules.py",
        "start": [1, 0],
        "end": [1, 1],
        "function": "",
        "original": "a",
        "replacement": "b",
        "fingerprint": id,
        "diff": "",
        "kill": None,
        "by": "",
        "at": "",
        "why": "",
        "noticed_by": [],
        "expected": [],
        "masked_by": None,
        "seeds": 1,
        "breaches": False,
        "breach": None,
        "cpu": 0.0,
    }
    return MutantResult(**{**usual, "id": id, "outcome": outcome, **changes})


BREACH = {"breaches": True, "breach": BreachShape(at="a case", why="a stranger's", objects=1, incident=0)}


def result(
    *mutants: MutantResult, shard: tuple[int, int] = (1, 1), whole: int | None = None, **changes: Any
) -> MutateResult:
    return MutateResult(
        service="rules:make",
        versions={},
        commit=None,
        paths=["rules.py"],
        trusted=["hop"],
        tiers=["safety"],
        tests=[],
        without=[],
        seeds=1,
        shard=list(shard),
        whole=len(mutants) if whole is None else whole,
        whole_digest="0",
        baseline=BaselineResult(cases=[1], tests=None),
        canaries=[],
        mutants=list(mutants),
        seconds=1.0,
        cpu=1.0,
        **changes,
    )


@pytest.mark.parametrize(
    ("mutants", "code"),
    [
        ([], ExitCode.VACUOUS),
        ([mutant("a")], ExitCode.HELD),
        ([mutant("a"), mutant("b", MutantOutcome.MASKED)], ExitCode.HELD),
        ([mutant("a", MutantOutcome.MISSED)], ExitCode.BROKEN),
        ([mutant("a", MutantOutcome.UNCOVERED)], ExitCode.BROKEN),
        ([mutant("a", MutantOutcome.FLAKY)], ExitCode.BROKEN),
        ([mutant("a", MutantOutcome.STALE)], ExitCode.BROKEN),
        ([mutant("a", MutantOutcome.BROKEN)], ExitCode.UNKNOWN),
        ([mutant("a", MutantOutcome.BROKEN), mutant("b", MutantOutcome.MISSED)], ExitCode.BROKEN),
        ([mutant("a", **BREACH)], ExitCode.BROKEN),
        ([mutant("a", **BREACH, expected=["isolation"], tier="catalogue")], ExitCode.HELD),
        ([mutant("a", **BREACH, expected=["isolation"])], ExitCode.BROKEN),
        ([mutant("a", **BREACH, file="hop/write.py")], ExitCode.HELD),
        ([mutant("a", **BREACH, file="hopper.py")], ExitCode.BROKEN),
        ([mutant("a", MutantOutcome.MISSED, file="hop/write.py")], ExitCode.BROKEN),
    ],
)
def test_only_what_is_caught_and_does_not_breach_is_good_news(mutants: list[MutantResult], code: ExitCode) -> None:
    assert result(*mutants).exit_code() is code


def test_each_tier_has_a_row_and_the_last_hop_one_of_its_own() -> None:
    asserted = {"kill": "assertion"}
    rows = told(
        result(
            mutant("a", **asserted),
            mutant("b", kill="crash"),
            mutant("c", MutantOutcome.MISSED),
            mutant("d", MutantOutcome.MASKED),
            mutant("e", MutantOutcome.BROKEN),
            mutant("f", **asserted, **BREACH, file="hop/write.py"),
        )
    )
    words = [row.split() for row in rows]
    assert ["safety", "5", "66.6%", "33.3%", "1", "0", "1", "1", "0"] in words
    assert ["trusted", "safety", "1", "100.0%", "100.0%", "0", "0", "0", "0", "1"] in words


def test_a_breach_that_is_meant_to_be_or_stands_behind_the_last_hop_is_counted_apart_and_not_shown() -> None:
    meant = [
        mutant("a", **BREACH, expected=["isolation"], tier="catalogue"),
        mutant("b", **BREACH, file="hop/write.py"),
    ]
    said = " ".join(" ".join(told(result(mutant("c", **BREACH), *meant))).split())
    assert "breaches 1; 2 besides that are made to, or stand in what is trusted" in said
    assert (said.count("BREACHES"), "BREACHES c, rules.py" in said) == (1, True)
    assert "not counted as judged" not in said
    assert "BREACHES" not in " ".join(told(result(*meant)))


def test_what_is_not_counted_as_judged_by_isolation_is_told() -> None:
    never = [mutant("a", kill="import"), mutant("b", kill="crash", calls=0), mutant("c", MutantOutcome.BROKEN)]
    entry = mutant("d", kill="import", tier="catalogue")
    said = " ".join(" ".join(told(result(*never, entry, mutant("e", kill="assertion")))).split())
    assert "breaches 0; 3 not counted as judged: " in said


def test_every_row_is_as_long_as_the_head_and_fits_a_terminal() -> None:
    rows = list(_table(result(*[mutant(str(n)) for n in range(1500)], mutant("f", file="hop/write.py"))))
    assert len({len(row) for row in rows}) == 1
    assert len(rows[0]) <= 80


@pytest.mark.parametrize(
    ("tests", "who"), [(None, "no case (the tests were not run)"), (7, "no case and no test")], ids=["cases", "tests"]
)
def test_what_was_entered_by_nobody_is_told_with_its_places(tests: int | None, who: str) -> None:
    lines = {"hop/write.py": [9], "gone.py": [1, 2, 3, 7], "late.py": [1, 3, 5]}
    baseline = BaselineResult(cases=[5], tests=tests)
    found = result(mutant("a")).model_copy(update={"unentered": lines, "baseline": baseline})
    said = " ".join(" ".join(told(found)).split())
    places = "gone.py:1-3, gone.py:7, hop/write.py:9, late.py:1, late.py:3 and 1 more"
    assert f"and {who} entered 8: {places}" in said


def test_a_line_that_one_shard_entered_was_entered() -> None:
    first = result(mutant("a"), shard=(1, 2), whole=2, unentered={"a.py": [1, 2], "b.py": [3]})
    second = result(mutant("b"), shard=(2, 2), whole=2, unentered={"a.py": [2, 4]})
    assert merged([first, second]).unentered == {"a.py": [2]}


def test_a_shard_that_ran_nothing_entered_nothing() -> None:
    nothing_ran = {"baseline": BaselineResult(cases=[], tests=None)}
    first = result(mutant("a"), shard=(1, 2), whole=1, unentered={"a.py": [2]})
    empty = [result(shard=(n, 2), whole=whole).model_copy(update=nothing_ran) for n, whole in ((2, 1), (1, 0), (2, 0))]
    for shards in ([first, empty[0]], [empty[0], first]):
        assert merged(shards).unentered == {"a.py": [2]}
        assert merged(shards).baseline.cases == [1]
    assert merged(empty[1:]).unentered == {}


def pair(id: str) -> PairResult:
    return PairResult(ids=[id, "z"], places=["a.py:1", "b.py:1"], breaches=False, breach=None, alone=[], trouble="")


def of_pairs(shard: tuple[int, int], *ids: str, whole: int = 5) -> MutateResult:
    return result(shard=shard, whole=40, pairs=[pair(id) for id in ids], whole_pairs=whole)


def test_shards_of_pairs_are_put_together_in_the_order_of_one_run() -> None:
    both = merged([of_pairs((2, 2), "b", "d"), of_pairs((1, 2), "a", "c", "e")])
    assert [one.ids[0] for one in both.pairs] == ["a", "b", "c", "d", "e"]
    assert (both.mutants, both.exit_code()) == ([], ExitCode.HELD)


@pytest.mark.parametrize(
    "shards",
    [
        [of_pairs((1, 2), "a", "c"), of_pairs((2, 2), "b", "d")],
        [of_pairs((1, 2), "a", "c", "e"), of_pairs((2, 2), "a", "d")],
        [of_pairs((1, 2), "a", "c", "e"), of_pairs((2, 2), "b", "d", whole=6)],
        [of_pairs((1, 2), "a", "c", "e"), result(shard=(2, 2), whole=40)],
    ],
    ids=["too-few", "a-pair-twice", "another-whole", "mutants-beside"],
)
def test_shards_of_pairs_that_are_not_the_whole_are_refused(shards: list[MutateResult]) -> None:
    with pytest.raises(GatherError):
        merged(shards)


def test_what_breaches_is_told_first_and_then_what_was_missed_by_what_it_stands_for() -> None:
    missed = [mutant(f"{tier}:{n}", MutantOutcome.MISSED, tier=tier) for tier in TIERS[::-1] for n in range(10)]
    said = "\n".join(told(result(*missed, mutant("z", **BREACH))))
    places = [said.index(one) for one in ("BREACHES     z", "MISSED       catalogue:0", "MISSED       safety:9")]
    assert places == sorted(places)
    assert "generic:0" not in said
    assert "and 10 more (generic 10)" in said


@pytest.mark.parametrize("name", ["2.json", "rules.py"])
def test_no_result_is_put_in_the_place_of_what_it_comes_from_or_of_anything_else(
    mutate: Mutate, tmp_path: Path, name: str
) -> None:
    for n, id in enumerate("ab", 1):
        (tmp_path / f"{n}.json").write_text(result(mutant(id), shard=(n, 2), whole=2).to_json())
    (tmp_path / "rules.py").write_text("theirs = 1\n")
    before = (tmp_path / name).read_bytes()
    code, _, said = mutate("merge", "1.json", "2.json", "--json", name)
    assert (code, "cannot be written to" in " ".join(said.split())) == (2, True)
    (tmp_path / "circle.json").symlink_to("circle.json")
    code, _, said = mutate("merge", "1.json", "2.json", "--json", "circle.json")
    assert (code, "'circle.json': it leads in a circle" in " ".join(said.split())) == (2, True)
    assert (tmp_path / name).read_bytes() == before


def test_a_shard_that_is_beyond_all_numbers_is_refused(mutate: Mutate, tmp_path: Path) -> None:
    for n, id in enumerate("ab", 1):
        text = result(mutant(id), shard=(n, 2), whole=2).to_json()
        (tmp_path / f"{n}.json").write_text(text.replace('"seconds": 1.0', '"seconds": 1e999'))
    code, _, said = mutate("merge", "1.json", "2.json")
    assert (code, "cannot be used" in " ".join(said.split())) == (2, True)


def test_shards_are_put_together_in_the_order_of_one_run() -> None:
    first, second = result(mutant("b"), shard=(1, 2), whole=2), result(mutant("a"), shard=(2, 2), whole=2)
    assert [one.id for one in merged([second, first]).mutants] == ["a", "b"]


@pytest.mark.parametrize(
    "shards",
    [
        [result(mutant("a"), shard=(1, 2), whole=2)],
        [result(mutant("a"), shard=(1, 2), whole=2)] * 2,
        [result(mutant("a"), shard=(1, 2), whole=3), result(mutant("b"), shard=(2, 2), whole=3)],
        [result(mutant("a"), shard=(1, 2), whole=2), result(mutant("a"), shard=(2, 2), whole=2)],
        [result(mutant("a"), shard=(1, 2), whole=2), result(mutant("b"), shard=(2, 2), whole=3)],
        [result(mutant("a"), shard=(1, 2), whole=2, state="0"), result(mutant("b"), shard=(2, 2), whole=2, state="1")],
    ],
    ids=["one-missing", "one-twice", "too-few", "a-mutant-twice", "another-whole", "another-state"],
)
def test_shards_that_are_not_the_whole_are_refused(shards: list[MutateResult]) -> None:
    with pytest.raises(GatherError):
        merged(shards)
