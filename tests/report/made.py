"""Small results, made by hand: a project with one guard of five lines, and what verify, mutate and coverage say of it.

Everything held, every mutant was caught and every branch was taken, unless a test says otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from guards.testing.properties import NAMES

COMMIT = "5e1f" * 10
SOURCE = '''"""The one rule."""


def may_delete(caller, volume):
    if volume.owner != caller:
        return False
    return True
'''
VERSIONS = {"guards": "0.1.0", "hypothesis": "6.170.17"}


def cell(**changes: Any) -> dict[str, Any]:
    valid = {
        "caller": "tenant",
        "operation": "delete",
        "relation": "other organization",
        "state": "plain",
        "craft": "volume_id:foreign",
        "attempts": 12,
        "refused": 12,
        "effects": 0,
        "controls": 4,
    }
    return {**valid, **changes}


def trace(**changes: Any) -> dict[str, Any]:
    """A counterexample: acme's tenant deletes a volume of birch."""
    world = {
        "style": "plain",
        "organizations": [{"ref": "org#0", "id": "acme"}, {"ref": "org#1", "id": "birch"}],
        "projects": [],
        "resources": [
            {"ref": "volume#0", "id": "v-0", "kind": "volume", "organization": "org#0", "project": None},
            {"ref": "volume#1", "id": "v-1", "kind": "volume", "organization": "org#1", "project": None},
        ],
        "principals": [{"ref": "tenant#0", "role": "tenant", "organization": "org#0"}],
    }
    step = {
        "let": None,
        "as": "tenant#0",
        "do": "delete",
        "with": {"volume_id": {"$ref": "volume#0"}},
        "craft": ["volume_id:foreign"],
    }
    valid = {
        "schema": "guards.trace/1",
        "property": "isolation",
        "why": "the call changed what is not its caller's",
        "service": "volumes:Volumes",
        "seed": 7,
        "round": 0,
        "world": world,
        "steps": [step],
        "changed": [{"object": "volume#1 v-1", "owner": "org#1 birch", "before": "live", "after": "absent"}],
    }
    return {**valid, **changes}


def verify(verdicts: Mapping[str, str] | None = None, **changes: Any) -> dict[str, Any]:
    """A run in which every property held but for those that are named."""
    properties = [
        {
            "name": name,
            "verdict": (verdicts or {}).get(name, "held"),
            "exercised": 40,
            "sentence": f"{name} stands",
            "falsified_by": "one changed object",
            "why": "",
        }
        for name in NAMES
    ]
    tally = {
        "calls": 100,
        "accepted": 40,
        "refused": {"not_found": 60},
        "interrupted": 0,
        "failed": 0,
        "not_tried": 0,
        "crossings": 24,
        "crossings_hit": 0,
        "crafts": {"foreign": 12},
        "cells_vacuous": 0,
    }
    own = cell(relation="own", craft="", attempts=20, refused=0, effects=20)
    valid = {
        "schema": "guards.verify/1",
        "command": "verify",
        "service": "volumes:Volumes",
        "seed": 7,
        "rounds": 1,
        "examples": 25,
        "versions": VERSIONS,
        "commit": COMMIT,
        "properties": properties,
        "cells": [cell(), own],
        "tally": tally,
        "collisions": {"plain": "held", "prefix": "unsupported: ids are numbers"},
        "counterexamples": [],
        "seconds": 1.5,
    }
    return {**valid, **changes}


def broken_verify() -> dict[str, Any]:
    """The same run with isolation broken."""
    made = verify({"isolation": "broken"}, counterexamples=[trace()])
    made["tally"]["crossings_hit"] = 1
    return made


def mutant(**changes: Any) -> dict[str, Any]:
    """One change of the guard's one comparison, caught by isolation."""
    valid = {
        "id": "safety:swap-comparison:0a1b2c3d4e5f",
        "tier": "safety",
        "operator": "swap-comparison",
        "file": "rules.py",
        "start": [5, 7],
        "end": [5, 29],
        "function": "may_delete",
        "original": "volume.owner != caller",
        "replacement": "volume.owner == caller",
        "fingerprint": "0a1b2c3d4e5f",
        "diff": "-    if volume.owner != caller:\n+    if volume.owner == caller:",
        "outcome": "caught",
        "kill": "assertion",
        "by": "isolation",
        "at": "delete about 0",
        "why": "the call changed what is not its caller's",
        "noticed_by": ["isolation"],
        "expected": [],
        "masked_by": None,
        "seeds": 1,
        "breaches": False,
        "breach": None,
        "cpu": 0.5,
    }
    return {**valid, **changes}


def missed(**changes: Any) -> dict[str, Any]:
    """The change that nobody noticed: the last line."""
    valid = {
        "id": "safety:swap-value:ffff00001111",
        "start": [7, 11],
        "end": [7, 15],
        "original": "True",
        "replacement": "False",
        "fingerprint": "ffff00001111",
        "outcome": "missed",
        "kill": None,
        "by": "",
        "noticed_by": [],
        "why": "",
        "seeds": 0,
    }
    return mutant(**{**valid, **changes})


BREACH = {"at": "delete about 0", "why": "a volume of birch went", "objects": 3, "incident": 0}


def mutate(*mutants: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A run of these mutants, or of one that was caught."""
    found = list(mutants) or [mutant()]
    valid = {
        "schema": "guards.mutate/1",
        "command": "mutate",
        "service": "volumes:Volumes",
        "versions": VERSIONS,
        "commit": COMMIT,
        "paths": ["rules.py"],
        "tiers": ["catalogue", "safety"],
        "tests": ["tests"],
        "without": [],
        "seeds": 1,
        "shard": [1, 1],
        "whole": len(found),
        "whole_digest": "0123456789abcdef",
        "baseline": {"cases": [100], "tests": None},
        "canaries": ["lethal", "no-op"],
        "mutants": found,
        "seconds": 3.0,
        "cpu": 2.0,
    }
    return {**valid, **changes}


HOW = ("executed", "missing")


def coverage(**changes: Any) -> dict[str, Any]:
    """What coverage.py says of the guard, with who ran what."""
    test, drill = "tests.test_rules.test_a_stranger_is_refused", "property:isolation"
    region = {"executed_lines": [5, 6, 7], "missing_lines": [], "excluded_lines": [], "start_line": 4}
    file = {
        "executed_lines": [1, 4, 5, 6, 7],
        "missing_lines": [],
        "executed_branches": [[5, 6], [5, 7]],
        "missing_branches": [],
        "contexts": {"5": [test, drill], "6": [test], "7": [drill]},
        "functions": {"may_delete": region, "": {"executed_lines": [1, 4], "missing_lines": []}},
    } | changes
    ran, left, taken, open_ones = (len(file[f"{how}_{what}"]) for what in ("lines", "branches") for how in HOW)
    summary = {"num_statements": ran + left, "covered_lines": ran}
    summary |= {"num_branches": taken + open_ones, "covered_branches": taken}
    return {
        "meta": {"format": 3, "version": "7.17.4", "branch_coverage": True, "show_contexts": True},
        "files": {"rules.py": {"summary": summary, **file}},
        "totals": {},
    }


def gate(*steps: dict[str, Any], fallen: tuple[str, ...] = ()) -> dict[str, Any]:
    """The run of the gate that these results come from, with these steps in the place of its own or beside them."""
    counts = {"mutants": 1.0, "mutants caught": 100.0, "breaches": 0.0}
    verify = ["python", "-m", "guards.cli", "verify", "volumes:Volumes", "--seed", "7", "--rounds", "1"]
    own = [
        step(name="verify", figures={"properties held": 13.0}, command=verify),
        step(name="catalogue", figures=counts),
        step(name="mutants", figures=counts),
        step(),
    ]
    names = {one["name"] for one in steps}
    return {
        "schema": "guards.gate/1",
        "command": "gate",
        "versions": VERSIONS,
        "commit": COMMIT,
        "since": None,
        "budget": 600.0,
        "steps": [*steps, *(one for one in own if one["name"] not in names)],
        "fallen": list(fallen),
        "changed": [],
        "seconds": 1.0,
    }


def step(**changes: Any) -> dict[str, Any]:
    """The step of the tests, which held."""
    valid = {"name": "tests", "verdict": "held", "code": 0, "said": [], "figures": {"tests passed": 9.0}}
    return {**valid, "seconds": 1.0, "command": ["pytest"], **changes}


ENTRY = '''id = "owner-never-compared"
title = "Nobody compares the owner"
story = """
One call took the volumes of everybody. Here the owner is never asked for.
"""
link = "https://example.org/post-mortem"
class = "tenant-binding-missing"
one_call = true
properties = ["isolation"]

[[edits]]
file = "rules.py"
before = """
    if volume.owner != caller:
        return False
"""
after = """
    if volume is None:
        return False
"""
'''
REGRESSION = {
    "id": "owner-never-compared",
    "tier": "catalogue",
    "operator": "owner-never-compared",
    "start": [5, 0],
    "end": [7, 0],
    "original": "    if volume.owner != caller:\n        return False\n",
    "replacement": "    if volume is None:\n        return False\n",
    "fingerprint": "aaaabbbbcccc",
    "expected": ["isolation"],
    "breaches": True,
    "breach": {**BREACH, "incident": 1572},
}
HISTORY = "".join(
    json.dumps(
        {"schema": "guards.history/1", "commit": COMMIT, "verdict": "held", "figures": {"mutants caught": caught}}
    )
    + "\n"
    for caught in (1, 1, 2)
)


def lay_out(root: Path, **results: Any) -> list[str]:
    """The project and these results in a folder; hands back the results' names, as one would type them."""
    (root / "rules.py").write_text(SOURCE)
    made = {"verify": verify(), "mutate": mutate(mutant(), mutant(**REGRESSION)), "coverage": coverage()} | results
    for name, value in made.items():
        if value is not None:
            (root / f"{name}.json").write_text(value if isinstance(value, str) else json.dumps(value))
    folder = root / "mutation" / "catalogue"
    folder.mkdir(parents=True)
    (folder / "owner-never-compared.toml").write_text(ENTRY)
    (root / "history.jsonl").write_text(HISTORY)
    return [f"{name}.json" for name, value in made.items() if value is not None]
