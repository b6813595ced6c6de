"""Files that are no results: each is named with its reason, counts as unknown, and never ends in a traceback."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from coverage import Coverage

from guards.report.build import build
from guards.report.coverage import statement_lines
from guards.report.figures import headline
from guards.report.record import gather
from guards.results import FILE_MAX_BYTES, ExitCode
from tests.house.repository import ROOT
from tests.report.conftest import Build, Gather
from tests.report.made import (
    BREACH,
    REGRESSION,
    SOURCE,
    broken_verify,
    cell,
    coverage,
    gate,
    lay_out,
    missed,
    mutant,
    mutate,
    step,
    verify,
)


def summed(**numbers: int) -> dict[str, Any]:
    """A coverage with other sums than its lists have."""
    return coverage(summary={**coverage()["files"]["rules.py"]["summary"], **numbers})


def unlisted(**lists: Any) -> dict[str, Any]:
    """A coverage with other lists than its sums are of."""
    return coverage(**lists, summary=coverage()["files"]["rules.py"]["summary"])


def tallied(**counts: Any) -> dict[str, Any]:
    """A run that counted otherwise."""
    return verify(tally={**verify()["tally"], **counts})


FILES = {
    "truncated": (json.dumps(verify())[:-200], "not one JSON document"),
    "empty": ("", "it is empty"),
    "blank": (" \n", "it is empty"),
    "no-text": ('"\udcff"', "not one JSON document"),
    "foreign": ('{"a": 1}', "no result that a report shows"),
    "a-list": ("[]", "no result that a report shows"),
    "another-command": ('{"schema": "guards.drill/1"}', "no result that a report shows"),
    "newer": (json.dumps({**verify(), "schema": "guards.verify/2"}), "which this version does not read"),
    "newer-mutate": (json.dumps({**mutate(), "schema": "guards.mutate/9"}), "which this version does not read"),
    "newer-coverage": (json.dumps({**coverage(), "meta": {"format": 9}}), "has the format '9'"),
    "one-field-gone": (json.dumps({k: v for k, v in verify().items() if k != "tally"}), "damaged at `$.tally`"),
    "one-field-more": (json.dumps({**verify(), "extra": 1}), "damaged at `$.extra`"),
    "wrong-type": (json.dumps(verify(seed="seven")), "damaged at `$.seed`"),
    "key-twice": (json.dumps(verify())[:-1] + ', "seed": 8}', "stands twice"),
    "coverage-key-twice": (json.dumps(coverage())[:-1] + ', "files": {}}', "'files' stands twice"),
    "coverage-no-number": (json.dumps(coverage())[:-1] + ', "totals": NaN}', "NaN is not JSON"),
    "nested": ("[" * 200_000 + "]" * 200_000, "nested too deeply"),
    "huge-number": ('{"schema": ' + "9" * 5_000 + "}", "not one JSON document"),
    "files-no-object": (json.dumps({**coverage(), "files": []}), "`files` is no object"),
    "lines-no-list": (json.dumps(coverage(executed_lines="5")), "is no list of lines"),
    "branches-no-pairs": (json.dumps(coverage(executed_branches=[[5]])), "is no list of branches"),
    "functions-without-their-lines": (
        json.dumps(coverage(missing_lines=[9])),
        "belongs to no function",
    ),
    "summary-no-numbers": (json.dumps(coverage(summary={"num_branches": "2"})), "has no whole numbers"),
    "a-file-without-anything": (json.dumps({**coverage(), "files": {"rules.py": {}}}), "is no object"),
    "branches-in-the-summary-alone": (json.dumps(unlisted(executed_branches=[])), "counts what its lists do not hold"),
    "lines-in-the-summary-alone": (json.dumps(unlisted(executed_lines=[])), "counts what its lists do not hold"),
    "nothing-listed": (
        json.dumps(unlisted(executed_lines=[], executed_branches=[], functions={})),
        "counts what its lists do not hold",
    ),
    "more-lines-covered-than-there-are": (json.dumps(summed(covered_lines=10**400)), "counts what its lists"),
    "more-branches-covered-than-there-are": (json.dumps(summed(covered_branches=3)), "counts what its lists"),
    "as-many-lines-as-no-file-has": (
        json.dumps(summed(covered_lines=10**400, num_statements=10**400)),
        "counts what its lists do not hold",
    ),
    "lines-less-than-none": (json.dumps(summed(covered_lines=-1, num_statements=-1)), "has no whole numbers"),
    "summary-without-branches": (
        json.dumps(coverage(summary={"covered_lines": 5, "num_statements": 5})),
        "has no whole numbers",
    ),
    "exercised-less-than-never": (
        json.dumps(verify(properties=[{**verify()["properties"][0], "exercised": -1}])),
        "damaged at `$.properties[0].exercised`",
    ),
    "less-than-no-effect": (json.dumps(verify(cells=[cell(effects=-1)])), "damaged at `$.cells[0].effects`"),
    "less-than-no-crossing": (json.dumps(tallied(crossings=-24)), "damaged at `$.tally.crossings`"),
    "more-crossings-than-can-be": (json.dumps(tallied(crossings=10**400)), "damaged at `$.tally.crossings`"),
    "less-than-no-refusal": (json.dumps(tallied(refused={"gone": -1})), "damaged at `$.tally.refused.gone`"),
    "less-than-no-call": (json.dumps(mutate(mutant(calls=-1))), "damaged at `$.mutants[0].calls`"),
    "less-than-no-test": (
        json.dumps(gate(step(figures={"tests passed": -9.0}))),
        "damaged at `$.steps[0].figures.tests passed`",
    ),
    "contexts-no-names": (json.dumps(coverage(contexts={"5": [1]})), "are no names"),
}


@pytest.mark.parametrize(("text", "why"), FILES.values(), ids=FILES)
def test_a_bad_file_is_named_and_everything_with_it_unknown(tmp_path: Path, text: str, why: str) -> None:
    names = lay_out(tmp_path)
    (tmp_path / "bad.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    record = gather([*(str(tmp_path / name) for name in names), str(tmp_path / "bad.json")], tmp_path, None, None)
    (bad,) = record.unusable
    assert bad.path.endswith("bad.json")
    assert why in bad.why
    report = build(record, "out")
    assert report.headline.code is ExitCode.UNKNOWN
    for name in ("index.html", "summary.md", "junit.xml", "guards.sarif"):
        assert b"bad" in report.files[name], name
    assert b"Everything that was asked held" not in report.files["index.html"]


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "big.json").open("wb") as stream:
        stream.truncate(FILE_MAX_BYTES + 1)
    (bad,) = gather([str(tmp_path / "big.json")], tmp_path, None, None).unusable
    assert "the most that is read" in bad.why


def test_what_is_no_regular_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    paths = [str(tmp_path / "pipe"), str(tmp_path), str(tmp_path / "missing.json"), "nul\0byte"]
    record = gather(paths, tmp_path, None, None)
    assert [one.why for one in record.unusable][:3] == [
        "it is not a regular file",
        "it is not a regular file",
        "there is no such file",
    ]
    assert len(record.unusable) == 4


def test_of_two_results_of_a_kind_neither_counts(tmp_path: Path) -> None:
    names = [str(tmp_path / name) for name in lay_out(tmp_path, second=verify({"isolation": "held"}))]
    record = gather(names, tmp_path, None, None)
    assert record.verify is None
    assert len(record.unusable) == 2
    assert headline(record).code is ExitCode.UNKNOWN


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("history.jsonl", '{"schema": "guards.history/1"}\n', "line 1 of the history"),
        ("history.jsonl", "{}\n", "line 1 of the history"),
        ("mutation/catalogue/bad.toml", "id = ", "bad.toml cannot be read"),
        ("mutation/catalogue/bad.toml", "id = 1", "what is no text"),
        ("mutation/catalogue/bad.toml", 'edits = ["a"]', "no table"),
        ("mutation/catalogue/bad.toml", 'properties = "a"', "no list"),
        ("mutation/catalogue/bad.toml", 'id = "owner-never-compared"', "two entries have the id"),
    ],
)
def test_a_bad_history_or_catalogue_is_unknown(tmp_path: Path, name: str, text: str, why: str) -> None:
    names = [str(tmp_path / result) for result in lay_out(tmp_path)]
    (tmp_path / name).write_text(text)
    record = gather(names, tmp_path, str(tmp_path / "mutation/catalogue"), str(tmp_path / "history.jsonl"))
    (bad,) = record.unusable
    assert why in bad.why
    assert build(record, "out").headline.code is ExitCode.UNKNOWN


CONTRADICTIONS: dict[str, tuple[dict[str, Any], str]] = {
    "another-commit": ({"mutate": mutate(commit="b" * 40)}, "do not speak of the same source"),
    "another-service": ({"mutate": mutate(service="others:Make")}, "do not speak of the same service"),
    "another-version": ({"mutate": mutate(versions={"guards": "0.2.0"})}, "with guards 0.1.0 and mutate with 0.2.0"),
    "held-and-hit": (
        {"verify": {**verify(), "tally": broken_verify()["tally"]}},
        "'isolation' held and says that 1 call hit another organization",
    ),
    "two-verdicts": ({"verify": verify(properties=verify()["properties"] * 2)}, "2 verdicts on 'isolation'"),
    "held-unexercised": (
        {"verify": verify(properties=[{**verify()["properties"][0], "exercised": 0}])},
        "held and that it was never exercised",
    ),
    "counterexample-to-what-held": (
        {"verify": verify(counterexamples=broken_verify()["counterexamples"])},
        "which it does not call broken",
    ),
    "more-than-tried": ({"verify": verify(cells=[cell(refused=13)])}, "more refusals or effects than attempts"),
    "one-mutant-twice": ({"mutate": mutate(mutant(), mutant())}, "several results for safety:swap"),
    "more-than-there-are": ({"mutate": mutate(whole=0)}, "1 results for 0 mutants"),
    "breach-untold": ({"mutate": mutate(mutant(breach=BREACH))}, "does not agree with itself"),
    "caught-by-nobody": ({"mutate": mutate(mutant(by="", kill=None))}, "names nobody who noticed"),
    "code-that-moved": (
        {"mutate": mutate(mutant(start=[6, 7], end=[6, 29]))},
        "the source is not the one that was mutated",
    ),
    "place-beyond-the-end": ({"mutate": mutate(mutant(start=[99, 0], end=[99, 4]))}, "the source is not the one"),
    "place-of-no-shape": ({"mutate": mutate(mutant(start=[], end=[1]))}, "the source is not the one"),
    "missed-at-no-place": ({"mutate": mutate(missed(start=[], end=[1]))}, "the source is not the one"),
    "breach-at-no-place": (
        {"mutate": mutate(missed(start=[-4, 2, 1], end=[], breaches=True, breach=BREACH))},
        "the source is not the one",
    ),
    "a-file-elsewhere": ({"mutate": mutate(mutant(file="../../etc/passwd"))}, "the source is not the one"),
    "held-without-a-call": (
        {"verify": tallied(calls=0)},
        "'isolation' held and that nothing was called",
    ),
    "held-without-an-example": ({"verify": verify(examples=0)}, "'isolation' held and that nothing was called"),
    "held-and-nothing-accepted": ({"verify": tallied(accepted=0)}, "'useful' held and that no call was accepted"),
    "exercised-in-no-cell": ({"verify": verify(cells=[])}, "no cell in which a valid call worked"),
    "exercised-in-empty-cells-alone": (
        {"verify": {**tallied(cells_vacuous=1), "cells": [cell(controls=0)]}},
        "no cell in which a valid call worked",
    ),
    "empty-cells-miscounted": ({"verify": tallied(cells_vacuous=1)}, "counts 1 empty cell, and its table has 0"),
    "tests-that-held-without-one": (
        {"gate": gate(step(figures={"tests passed": 0.0}))},
        "held, and not what they counted: tests",
    ),
    **{
        f"{name}-that-held-without-a-figure": (
            {"gate": gate(step(name=name, figures={}))},
            f"held, and not what they counted: {name}",
        )
        for name in ("tests", "coverage", "verify", "catalogue", "mutants", "counterexample a.json")
    },
    "held-with-a-complaint": (
        {"gate": gate(step(said=["FAILED test_rules.py"]))},
        "held, and what is wrong with them: tests",
    ),
    "one-step-twice": ({"gate": gate(step(), step())}, "several steps with the name tests"),
    "coverage-of-no-test": (
        {"gate": {**gate(), "steps": [one for one in gate()["steps"] if one["name"] != "tests"]}},
        "has no step tests and none coverage",
    ),
    "coverage-of-nothing": (
        {
            "gate": gate(step(name="coverage", figures={"coverage of rules.py": 100.0})),
            "coverage": coverage(executed_lines=[], executed_branches=[], functions={}),
        },
        "a figure for coverage of rules.py, and the coverage given has no statement there",
    ),
    "mutants-of-no-tier": ({"mutate": mutate(tiers=[])}, "tiers that it was not asked for: safety:swap"),
    "mutants-of-no-statement": ({"mutate": mutate(lines=0)}, "no statement in the files that were mutated"),
    "held-in-no-round": ({"verify": verify(rounds=0)}, "'isolation' held and that nothing was called"),
    "judged-without-a-canary": ({"mutate": mutate(canaries=[])}, "names no canary of each sort"),
    "judged-without-a-case": ({"mutate": mutate(baseline={"cases": [0], "tests": None})}, "no case that held"),
    "a-step-that-broke-for-nothing": (
        {"gate": gate(step(verdict="broken", code=0))},
        "another exit code than their verdict has: tests",
    ),
    "a-step-with-a-code-of-its-own": (
        {"gate": gate(step(verdict="vacuous", code=99))},
        "another exit code than their verdict has: tests",
    ),
    "a-gate-of-another-commit": ({"gate": {**gate(step()), "commit": "b" * 40}}, "gate was run on commit bbbb"),
    "hit-without-a-broken-isolation": (
        {"verify": {**verify({"isolation": "vacuous"}), "tally": broken_verify()["tally"]}},
        "'isolation' vacuous and says that 1 call hit another organization",
    ),
    "unsupported-though-it-takes-nothing": (
        {"verify": verify({"isolation": "unsupported"})},
        "the service lacks the ability for 'isolation', which takes none",
    ),
    "masked-by-nothing": (
        {"mutate": mutate(mutant(**REGRESSION | {"outcome": "masked"}))},
        "calls these masked, and no entry of the catalogue says by what: owner-never-compared",
    ),
    "masked-outside-the-catalogue": (
        {"mutate": mutate(mutant(outcome="masked", masked_by="the second barrier"))},
        "calls these masked, and no entry",
    ),
    "an-entry-of-another-catalogue": (
        {"mutate": mutate(mutant(**REGRESSION | {"id": "nobody-knows-it"}))},
        "has results for entries that the catalogue does not have: nobody-knows-it",
    ),
    "an-entry-that-said-something-else": (
        {"mutate": mutate(mutant(**REGRESSION | {"expected": ["useful"]}))},
        "has results for entries that read otherwise now: owner-never-compared",
    ),
    "caught-with-some-seeds": (
        {"mutate": mutate(mutant(seeds=1), seeds=3)},
        "calls these caught, and not with each of its 3 seeds: safety:swap",
    ),
    "more-lines-than-there-are": (
        {"mutate": mutate(lines=2, unmutated={"rules.py": [5, 6, 7]})},
        "calls 3 statements unreached, of 2",
    ),
    "coverage-outgrown": (
        {"coverage": coverage(executed_lines=[1, 400])},
        "speaks of a statement in line 400 of rules",
    ),
    "coverage-of-lines-that-moved": ({"coverage": coverage(executed_lines=[1, 3])}, "speaks of a statement in line 3"),
}


@pytest.mark.parametrize(("results", "doubt"), CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_results_that_cannot_all_be_true_are_not_believed(built: Build, results: dict[str, Any], doubt: str) -> None:
    report = built(**results)
    assert [said for said in report.headline.doubts if doubt in said]
    assert report.headline.code in (ExitCode.UNKNOWN, ExitCode.BROKEN)
    assert "What cannot be believed" in report.files["index.html"].decode()


def test_results_that_agree_raise_no_doubt(gathered: Gather) -> None:
    assert headline(gathered()).doubts == ()


ODD = '''
"""A text
over lines."""
import functools


@functools.lru_cache(
    maxsize=None
)
async def f(
    a,
    b=lambda: 1,
):
    """It has
    a text."""
    match a:
        case (
            1 | 2
        ):
            r = [
                c
                for c in b
            ]
        case _ if (
            b
        ):
            pass
    try:
        async with a as c, (
            b
        ) as d:
            yield (
                c,
                d,
            )
    except* ValueError:
        x = 1; y = 2
    else:
        pass
    finally:
        global z
        del x, \\
            y


class C[T](
    object
):
    z: int = 1
    type A = int
'''


@pytest.mark.parametrize("room", ["", "guards/mutation/operators", "guards/report"])
def test_what_coverage_takes_for_statements_are_statements_of_the_source(room: str, tmp_path: Path) -> None:
    odd = tmp_path / "odd.py"
    odd.write_text(ODD if sys.version_info >= (3, 12) else ODD.replace("[T]", "").replace("type A", "A"))
    files = sorted((ROOT / room).rglob("*.py")) if room else [odd]
    measuring = Coverage(data_file=None, config_file=False)
    for file in files:
        _, counted, _, _, _ = measuring.analysis2(str(file))
        assert set(counted) - statement_lines(file.read_text()) == set(), file


def test_sources_are_read_below_the_root_alone(tmp_path: Path) -> None:
    (tmp_path / "secret.py").write_text("password = 1")
    root = tmp_path / "project"
    root.mkdir()
    (root / "rules.py").write_text(SOURCE)
    (root / "link.py").symlink_to(tmp_path / "secret.py")
    record = gather([], root, None, None)
    assert record.source("rules.py") == SOURCE
    outside = ["../secret.py", str(tmp_path / "secret.py"), "link.py", "", "\0", "no.py", "."]
    assert [record.source(file) for file in outside] == [None] * len(outside)
