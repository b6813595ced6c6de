"""`guards rehearse`: it says what the guard would do, in the guard's own words, and never that a call would run that
the guard would refuse.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guards.adapters.export import Form, read_export
from guards.cli.rehearse import judge
from guards.core.ids import text
from guards.core.values import Limits
from tests.cli.conftest import Guards
from tests.cli.desk import CALL, ROWS, arguments, as_csv, as_json_lines, lay_out, row
from tests.laws.plain import Call, Thing, World, asked, calls, hit, worlds


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the commands run."""
    lay_out(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def rehearsed(guards: Guards, desk: Path, changes: dict[str, Any], **options: str) -> dict[str, Any]:
    """The result of rehearsing the call with other fields; a field of None is left out."""
    body = {name: value for name, value in {**CALL, **changes}.items() if value is not None}
    (desk / "call.json").write_text(json.dumps(body))
    ran = guards(*arguments(**options), "--json", "result.json")
    assert ran.code == {"would-run": 0, "would-be-refused": 1}[json.loads(Path("result.json").read_text())["outcome"]]
    result: dict[str, Any] = json.loads((desk / "result.json").read_text())
    return result


def codes(result: dict[str, Any]) -> list[str]:
    return [objection["code"] for objection in result["objections"]]


def test_a_call_that_would_run_names_its_targets_and_what_falls_with_them(guards: Guards, desk: Path) -> None:
    result = rehearsed(guards, desk, {})
    assert [target["id"] for target in result["targets"]] == ["lb-1", "lb-old"]
    assert result["targets"][1] == {"id": "lb-old", "project": None, "version": 7}
    assert result["dependents"] == [{"id": "db-1", "organization": "acme", "stands_on": "lb-1"}]
    assert (result["fleet"], result["lines"]) == (5, 8)
    assert result["outcome"] == "would-run"


def test_the_summary_says_it_all_on_eighty_plain_columns(guards: Guards, desk: Path) -> None:
    ran = guards(*arguments())
    assert ran.code == 0
    for words in ("lb-1, lb-old", "db-1 (on lb-1)", "2 resources, at most 3; 40.0% of 5 live ones, at most 100%"):
        assert words in ran.out
    assert ran.out.splitlines()[-1] == "verdict      would run: 2 resources gone"
    assert ran.out.isascii()
    assert max(map(len, ran.out.splitlines())) <= 80


def test_a_share_just_over_the_limit_never_reads_like_the_limit(guards: Guards, desk: Path) -> None:
    rows = [row(f"lb-{n}") for n in range(3)]
    (desk / "fleet.jsonl").write_text(as_json_lines(rows))
    (desk / "limits.toml").write_text("max_count = 3\nmax_percent = 33\n")
    (desk / "call.json").write_text(json.dumps({**CALL, "resource_ids": ["lb-0"]}))
    ran = guards(*arguments())
    assert ran.code == 1
    assert "over 33.3% of 3 live ones, at most 33%" in ran.out


def test_a_dry_run_would_change_nothing_and_says_so(guards: Guards, desk: Path) -> None:
    (desk / "call.json").write_text(json.dumps({**CALL, "dry_run": True}))
    ran = guards(*arguments())
    assert ran.code == 0
    assert "nothing would change" in ran.out


REFUSED: list[tuple[dict[str, Any], dict[str, str], list[str]]] = [
    ({"resource_ids": ["lb-1", "lb-9"]}, {}, ["not_found"]),
    ({"resource_ids": ["lb-gone"]}, {}, ["not_found", "nothing_to_do"]),
    ({"resource_ids": ["db-1"]}, {}, ["wrong_kind"]),
    ({"resource_ids": ["lb-held"]}, {}, ["held"]),
    ({"resource_ids": ["lb-2"]}, {}, ["others_depend"]),
    ({"organization_id": "elm"}, {}, ["held", "not_found", "nothing_to_do", "organization_unknown"]),
    ({"resource_ids": None, "project_id": "birch"}, {}, ["nothing_to_do", "project_not_found"]),
    ({"resource_ids": None, "acknowledge": "acme"}, {}, ["held", "limit_count", "others_depend"]),
    ({}, {"--as": "tenant:birch"}, ["not_your_organization"]),
]


@pytest.mark.parametrize(("changes", "options", "expected"), REFUSED)
def test_every_objection_is_told(
    guards: Guards, desk: Path, changes: dict[str, Any], options: dict[str, str], expected: list[str]
) -> None:
    result = rehearsed(guards, desk, changes, **options)
    assert codes(result) == expected
    assert all("Nothing was changed." in objection["sentence"] for objection in result["objections"])


def test_one_over_either_limit_is_refused_and_at_it_is_not(guards: Guards, desk: Path) -> None:
    for count, percent, expected in (
        (2, 40, []),
        (1, 40, ["limit_count"]),
        (2, 39, ["limit_percent"]),
        (0, 0, ["limit_count", "limit_percent"]),
    ):
        (desk / "limits.toml").write_text(f"max_count = {count}\nmax_percent = {percent}\n")
        assert codes(rehearsed(guards, desk, {})) == expected


def test_both_forms_of_inventory_and_of_limits_say_the_same(guards: Guards, desk: Path) -> None:
    first = rehearsed(guards, desk, {"resource_ids": ["lb-2"]})
    second = rehearsed(
        guards, desk, {"resource_ids": ["lb-2"]}, **{"--inventory": "fleet.csv", "--limits": "limits.json"}
    )
    assert first == second


def test_the_request_may_come_from_standard_input(guards: Guards, desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(json.dumps(CALL).encode())))
    assert guards(*arguments(request="-")).code == 0


def test_a_tenant_may_rehearse_a_call_of_its_own(guards: Guards, desk: Path) -> None:
    assert guards(*arguments(**{"--as": "tenant:acme"})).code == 0


def test_null_is_no_project_and_empty_is_no_id(guards: Guards, desk: Path) -> None:
    for name, rows in (("fleet.jsonl", as_json_lines(ROWS)), ("fleet.csv", as_csv(ROWS))):
        (desk / name).write_text(rows.replace('"project": null', '"project": ""').replace(r",\N,live", ",,live"))
        ran = guards(*arguments(**{"--inventory": name}))
        assert ran.code == 2
        assert "`project`: a ProjectId cannot be blank: ''" in " ".join(ran.err.split())


# The law: on any world that an inventory can describe, the rehearsal says what the plain policy says.

Row = dict[str, Any]


@st.composite
def described(draw: st.DrawFn) -> World:
    """A world in which every product is writable, which is what an inventory is taken to mean."""
    world = draw(worlds())
    return replace(world, states=dict.fromkeys(world.states, "writable"))


CASES = st.tuples(described(), calls(), st.sampled_from(Form))


def exported(world: World) -> list[Row]:
    """The world as its inventory: what an organization or a project is held for, each of its resources is."""
    return [
        row(
            name,
            thing.organization,
            thing.project,
            kind=thing.kind,
            hold=hold_on(world, thing),
            stands_on=[lower for upper, lower in world.stands if upper == name] or None,
        )
        for name, thing in world.things.items()
    ]


def hold_on(world: World, thing: Thing) -> str:
    inherited = [world.kept.get(f"organization {thing.organization}"), world.kept.get(f"project {thing.project}")]
    return next((hold for hold in inherited if hold is not None), thing.hold)


def says_what_the_policy_says(
    world: World, call: Call, form: Form, export: Callable[[World], list[Row]] = exported
) -> bool:
    rows = export(world)
    written = as_json_lines(rows) if form is Form.JSON_LINES else as_csv(rows)
    inventory = read_export(written.encode().splitlines(keepends=True), form)
    found = judge(asked(call, policy_version="rehearsal"), inventory, Limits(world.most, world.percent))
    said = None if found.objections else [text(target.id) for target in found.plan.targets]
    return said == hit(world, call)


@settings(max_examples=150)
@given(CASES)
def test_a_rehearsal_says_what_the_plain_policy_says(case: tuple[World, Call, Form]) -> None:
    assert says_what_the_policy_says(*case)


def one(thing: Thing, stands: tuple[tuple[str, str], ...] = ()) -> World:
    """A world of one thing, and a neighbour that may stand on it."""
    neighbour = Thing("db", "A", "A", "clear")
    return World({"r": thing, "x": neighbour}, {}, stands, dict.fromkeys(("lb", "db"), "writable"), 8, 100)


FREE = Thing("lb", "ab", "P", "clear")
WHOLE = Call(None, "ab", None, None, "lb")

LOST: list[tuple[Row, World, Call]] = [
    ({"hold": "clear"}, one(replace(FREE, hold="held")), WHOLE),
    ({"stands_on": None}, one(FREE, (("x", "r"),)), WHOLE),
    ({"project": None}, one(FREE), replace(WHOLE, project="P")),
    ({"organization": "a"}, one(FREE), WHOLE),
    ({"kind": "lb"}, one(FREE), Call(None, "A", None, None, "db")),
    ({"state": "deleted"}, one(FREE), WHOLE),
]


@pytest.mark.parametrize(("lost", "world", "call"), LOST, ids=[next(iter(lost)) for lost, _, _ in LOST])
def test_an_inventory_that_loses_a_column_breaks_the_law(lost: Row, world: World, call: Call) -> None:
    def forgetful(world: World) -> list[Row]:
        return [{**line, **lost} for line in exported(world)]

    for form in Form:
        assert says_what_the_policy_says(world, call, form)
        assert not says_what_the_policy_says(world, call, form, forgetful)
