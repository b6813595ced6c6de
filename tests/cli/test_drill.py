"""`guards drill`: the incident's own numbers in three columns, and a verdict that needs both halves of the proof."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from guards.cli.drill import told, verdict
from guards.reference.drill import NOTHING, Column, DrillResult, Hit
from guards.results import ExitCode
from tests.cli.conftest import Guards

INCIDENT = Hit(1574, 775, 50, 500, 229, 207, 33)
HELD = DrillResult(
    unguarded=Column("then", INCIDENT, (), ""),
    planted=(
        Column("planted", NOTHING, ("limit_count",), "the first barrier"),
        Column("deeper", NOTHING, ("plan_stale",), "the second barrier"),
    ),
    planted_elsewhere=(Column("elsewhere", NOTHING, ("held",), "the first barrier"),),
    intact=(Column("ours", NOTHING, ("null_value",), "the wire"),),
)


def test_the_drill_prints_the_incident_beside_what_ours_lost(guards: Guards, tmp_path: Path) -> None:
    ran = guards("drill", "--json", str(tmp_path / "drill.json"))
    assert ran.code == 0
    cells = [line.rsplit(maxsplit=3) for line in ran.out.splitlines()[1:8]]
    assert [cell[1:] for cell in cells] == [
        [count, "0", "0"] for count in ("1,574", "775", "50", "500", "229", "207", "33")
    ]
    assert "verdict      held" in ran.out
    assert ran.out.isascii()
    assert max(map(len, ran.out.splitlines())) <= 80
    result = json.loads((tmp_path / "drill.json").read_text())
    assert (result["schema"], result["command"], result["held"]) == ("guards.drill/1", "drill", True)
    assert [column["balancers"] for column in result["columns"]] == [1574] + [0] * (len(result["columns"]) - 1)
    assert all(column["held_by"] for column in result["columns"][1:])


HURT = replace(NOTHING, balancers=1)
BROKEN = {
    "planted": replace(HELD, planted=(replace(HELD.planted[0], hit=HURT), HELD.planted[1])),
    "deeper": replace(HELD, planted=(HELD.planted[0], replace(HELD.planted[1], hit=HURT))),
    "elsewhere": replace(HELD, planted_elsewhere=(replace(HELD.planted_elsewhere[0], hit=HURT),)),
    "intact": replace(HELD, intact=(replace(HELD.intact[0], hit=HURT),)),
}


@pytest.mark.parametrize("result", BROKEN.values(), ids=BROKEN)
def test_one_balancer_of_ours_is_broken(result: DrillResult) -> None:
    assert verdict(result) is ExitCode.BROKEN
    assert "broken" in list(told(result))[-1]


def test_a_drill_in_which_2021_does_not_show_proves_nothing() -> None:
    result = replace(HELD, unguarded=replace(HELD.unguarded, hit=replace(INCIDENT, balancers=1573)))
    assert verdict(HELD) is ExitCode.HELD
    assert verdict(result) is ExitCode.VACUOUS
    assert "vacuous" in list(told(result))[-1]
