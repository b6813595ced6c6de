"""An exported inventory: which lines are refused, and that what is read answers as a whole world in memory does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from guards.adapters.export import ExportError, Form, read_export
from guards.core.ids import Kind, OrganizationId, ProjectId, ResourceId, text
from guards.core.values import ProductState
from tests.cli.desk import COLUMNS, ROWS, as_csv, as_json_lines, lay_out, row
from tests.house.repository import ROOT
from tests.laws.plain import KINDS, NAMES, ORGANIZATIONS, PROJECTS, World, built, worlds

HEADER = ",".join(COLUMNS)


def line(**changes: Any) -> bytes:
    return json.dumps(row("lb-1", **changes)).encode()


def without(column: str) -> bytes:
    return json.dumps({name: value for name, value in row("lb-1").items() if name != column}).encode()


JSON_LINES: list[tuple[bytes, str]] = [
    (b"", "line 1: it is empty"),
    (b"\r\n", "line 1: it is empty"),
    (b"\xef\xbb\xbf{}", "line 1: it starts with a byte order mark"),
    (b'{"id": "\xff"}', "line 1: byte 9 is not UTF-8"),
    (b"{" + b" " * 65_536, "line 1: it has more than 65536 bytes"),
    (b"{", "line 1: it is not one JSON object"),
    (b"{} {}", "line 1: it is not one JSON object"),
    (b"[" * 60_000, "line 1: it is nested too deeply"),
    (b"[]", "line 1: it is not a JSON object, but a value of type list"),
    (b"null", "line 1: it is not a JSON object, but None"),
    (line(id="lb-1")[:-1] + b', "id": "lb-2"}', "line 1: it is not one JSON object: the key 'id' stands twice"),
    (line()[:-1] + b', "on_hold": true}', "line 1: there is no column 'on_hold'"),
    (line()[:-1] + b', "\\u001b[31m": 1}', r"line 1: there is no column '\x1b[31m'"),
    *((without(column), f"line 1: the column `{column}` is missing") for column in COLUMNS if column != "version"),
    (line(id=None), "line 1: `id`: a ResourceId is made from text, not from None"),
    (line(id=7), "line 1: `id`: a ResourceId is made from text, not from 7"),
    (line(id=[]), "line 1: `id`: a ResourceId is made from text, not from a value of type list"),
    (line(id=""), "line 1: `id`: a ResourceId cannot be blank: ''"),
    (line(id="lb 1"), "line 1: `id`: a ResourceId is 1 to 128 ASCII letters"),
    (line(id="\ud800"), "line 1: `id`: a ResourceId is 1 to 128 ASCII letters"),
    (line(organization=None), "line 1: `organization`: a OrganizationId is made from text, not from None"),
    (line(organization=" "), "line 1: `organization`: a OrganizationId cannot be blank"),
    (line(kind={}), "line 1: `kind`: a Kind is made from text"),
    (line(project=""), "line 1: `project`: a ProjectId cannot be blank: ''"),
    (line(project=False), "line 1: `project`: a ProjectId is made from text, not from False"),
    (line(state="Live"), "line 1: `state` must be one of live, invalidated, deleted, not 'Live'"),
    (line(state=None), "line 1: `state` must be one of"),
    (line(hold=None), "line 1: `hold` must be one of clear, held, unknown, not None"),
    (line(hold=False), "line 1: `hold` must be one of"),
    (line(hold=["clear"]), "line 1: `hold` must be one of"),
    (line(stands_on="lb-2"), "line 1: `stands_on` must be null or a list of ids, not 'lb-2'"),
    (line(stands_on=[None]), "line 1: `stands_on`: a ResourceId is made from text, not from None"),
    (line(stands_on=[""]), "line 1: `stands_on`: a ResourceId cannot be blank"),
    (line(stands_on=["lb-2"]), "line 1: `stands_on` names 'lb-2', which has no line"),
    (line(version=-1), "line 1: `version` must be a whole number from 0"),
    (line(version=True), "line 1: `version` must be a whole number from 0"),
    (line(version=1.0), "line 1: `version` must be a whole number from 0"),
    (line(version=2**63), "line 1: `version` must be a whole number from 0"),
    (line(version=None), "line 1: `version` must be a whole number from 0"),
    (line().replace(b"7", b"9" * 5_000), "line 1: it is not one JSON object"),
    (line() + b"\n" + line(), "line 2: `id` is 'lb-1', which is the id of line 1 too"),
    (line() + b"\n\n", "line 2: it is empty"),
    (line() + b"\n{", "line 2: it is not one JSON object"),
]

CSV: list[tuple[str, str]] = [
    (HEADER.replace("hold", "held"), "line 1: there is no column 'held'"),
    (HEADER.replace("hold", "id"), "line 1: the column `id` stands twice"),
    (HEADER.replace(",hold", ""), "line 1: the column `hold` is missing"),
    ('"' + HEADER, "line 1: it is not a line of CSV"),
    (HEADER, "there is no line with a resource in it"),
    (HEADER + "\nlb-1", "line 2: it has 1 fields, and the header 8"),
    (HEADER + "\nlb-1,lb,acme,\\N,live,clear,\\N,7,8", "line 2: it has 9 fields, and the header 8"),
    (HEADER + '\n"lb-1,lb,acme,\\N,live,clear,\\N,7', "line 2: it is not a line of CSV"),
    (HEADER + "\n\\N,lb,acme,\\N,live,clear,\\N,7", "line 2: `id`: a ResourceId is made from text, not from None"),
    (HEADER + "\nlb-1,lb,acme,,live,clear,\\N,7", "line 2: `project`: a ProjectId cannot be blank: ''"),
    (HEADER + '\nlb-1,lb,acme,"",live,clear,\\N,7', "line 2: `project`: a ProjectId cannot be blank: ''"),
    (HEADER + "\nlb-1,lb,acme,\\n,live,clear,\\N,7", "line 2: `project`: a ProjectId is 1 to 128"),
    (HEADER + "\nlb-1,lb,acme,\\N,live,clear,,7", "line 2: `stands_on`: a ResourceId cannot be blank"),
    (HEADER + "\nlb-1,lb,acme,\\N,live,clear,lb-2;,7", "line 2: `stands_on`: a ResourceId cannot be blank"),
    (HEADER + "\nlb-1,lb,acme,\\N,live,clear,\\N,", "line 2: `version` must be a whole number from 0"),
    (HEADER + "\nlb-1,lb,acme,\\N,live,clear,\\N,\\N", "line 2: `version` must be a whole number from 0"),
    (HEADER + "\nlb-1,lb,acme,\\N,live,clear,\\N,1e3", "line 2: `version` must be a whole number from 0"),
    (HEADER + "\nlb-1,lb,acme,\\N,live,clear,\\N,٣", "line 2: `version` must be a whole number from 0"),
    (HEADER + "\nlb-1,lb,acme,\\N,live,clear,\\N," + "9" * 5_000, "line 2: `version` must be a whole number from 0"),
    (HEADER + "\nlb-1,lb,acme,\\N,live,\x00,\\N,7", "line 2: "),
    (HEADER + "\nlb-1,lb,acme,\\N,li\rve,clear,\\N,7", "line 2: "),
]


@pytest.mark.parametrize(("content", "message"), JSON_LINES)
def test_a_bad_line_is_named_with_what_is_wrong_in_it(content: bytes, message: str) -> None:
    with pytest.raises(ExportError) as refused:
        read_export(content.splitlines(keepends=True) or [b""], Form.JSON_LINES)
    assert str(refused.value).startswith(message)
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize(("content", "message"), CSV)
def test_a_bad_line_of_csv_is_named_with_what_is_wrong_in_it(content: str, message: str) -> None:
    with pytest.raises(ExportError) as refused:
        read_export([line + b"\n" for line in content.encode().split(b"\n")], Form.CSV)
    assert str(refused.value).startswith(message)
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize("form", Form)
def test_a_file_without_lines_is_no_inventory(form: Form) -> None:
    with pytest.raises(ExportError):
        read_export([], form)


def test_both_forms_hold_the_same(tmp_path: Path) -> None:
    lay_out(tmp_path)
    names = tuple(ResourceId(one["id"]) for one in ROWS)
    read = [read_export((tmp_path / f"fleet.{form}").read_bytes().splitlines(keepends=True), form) for form in Form]
    assert read[0].by_ids(names) == read[1].by_ids(names)
    assert read[0].dependents(names) == read[1].dependents(names)
    assert len(read[0].by_ids(names)) == 7


def test_columns_of_csv_may_stand_in_any_order_and_the_version_may_be_missing() -> None:
    lines = [b"stands_on,hold,state,project,organization,kind,id\r\n", b"\\N,clear,live,web,acme,lb,lb-1\r\n"]
    (found,) = read_export(lines, Form.CSV).by_ids((ResourceId("lb-1"),))
    assert (text(found.organization), found.version) == ("acme", 0)


def test_what_is_stood_upon_may_come_later_in_the_file() -> None:
    rows = [row("db-1", kind="database", stands_on=["lb-1"]), row("lb-1")]
    inventory = read_export(as_json_lines(rows).encode().splitlines(), Form.JSON_LINES)
    assert [text(found.id) for found in inventory.dependents((ResourceId("lb-1"),))] == ["db-1"]


def test_what_is_gone_does_not_fall_but_what_stands_on_it_does() -> None:
    rows = [
        row("lb-1"),
        row("db-1", kind="database", state="deleted", stands_on=["lb-1"]),
        row("hub-1", kind="hub", stands_on=["db-1", "hub-1"]),
    ]
    inventory = read_export(as_json_lines(rows).encode().splitlines(), Form.JSON_LINES)
    fallen = inventory.dependents((ResourceId("lb-1"), ResourceId("lb-unknown")))
    assert [(text(one.id), text(one.stands_on)) for one in fallen] == [("hub-1", "lb-1")]


# The law: an export answers every question as the world that it was exported from does.


def answers_alike(world: World, form: Form) -> bool:
    rows = [
        row(name, thing.organization, thing.project, kind=thing.kind, hold=thing.hold, version=1, stands_on=grounds)
        for name, thing in world.things.items()
        for grounds in [[lower for upper, lower in world.stands if upper == name] or None]
    ]
    written = as_json_lines(rows) if form is Form.JSON_LINES else as_csv(rows)
    export, memory = read_export(written.encode().splitlines(keepends=True), form), built(world)
    for kind in map(Kind, KINDS):
        if export.fleet(kind) != memory.fleet(kind) or export.product(kind) is not ProductState.WRITABLE:
            return False
        for owner in map(OrganizationId, ORGANIZATIONS):
            if _sorted(export.of_organization(owner, kind).rows) != _sorted(memory.of_organization(owner, kind).rows):
                return False
            for project in map(ProjectId, PROJECTS):
                if _sorted(export.of_project(owner, project, kind).rows) != _sorted(
                    memory.of_project(owner, project, kind).rows
                ):
                    return False
    everyone = tuple(map(ResourceId, NAMES))
    fallen = [set(inventory.dependents(everyone)) for inventory in (export, memory)]
    return export.by_ids(everyone) == memory.by_ids(everyone) and fallen[0] == fallen[1]


def _sorted(rows: Any) -> list[str]:
    return sorted(map(repr, rows))


@settings(max_examples=100)
@given(worlds())
def test_an_export_answers_as_its_world_does(world: World) -> None:
    assert answers_alike(world, Form.JSON_LINES)
    assert answers_alike(world, Form.CSV)


WEIGH = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
"""Runs a command and says how many kilobytes it took; from a small process, since a child starts with its parent's."""


@pytest.mark.bench
def test_a_million_lines_are_rehearsed_in_less_than_400_megabytes(tmp_path: Path) -> None:
    """Ids as long as UUIDs, a thousand organizations, and every other resource standing on another."""
    lay_out(tmp_path)
    with (tmp_path / "fleet.jsonl").open("w") as stream:
        for n in range(1_000_000):
            ground = [f"00000000-0000-0000-0000-{n // 2 * 2:012}"] if n % 2 else None
            name, owner = f"00000000-0000-0000-0000-{n:012}", f"00000000-0000-0000-0001-{n // 2 % 1_000:012}"
            kind = "database" if n % 2 else "load-balancer"
            stream.write(json.dumps(row(name, owner, kind=kind, stands_on=ground)) + "\n")
    owner = "00000000-0000-0000-0001-000000000007"
    call = json.loads((tmp_path / "call.json").read_text()) | {"organization_id": owner, "acknowledge": owner}
    del call["resource_ids"]
    (tmp_path / "call.json").write_text(json.dumps(call))
    (tmp_path / "limits.toml").write_text("max_count = 500\nmax_percent = 1\n")
    command = "rehearse call.json --inventory fleet.jsonl --as operator --limits limits.toml --json result.json"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    weighed = [sys.executable, "-c", WEIGH, sys.executable, "-m", "guards.cli", *command.split()]
    ran = subprocess.run(weighed, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    result = json.loads((tmp_path / "result.json").read_text())
    assert (len(result["targets"]), len(result["dependents"]), result["fleet"]) == (500, 500, 500_000)
    assert int(ran.stdout.splitlines()[-1]) < 400 * 1024
