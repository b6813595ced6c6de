"""The arrows between the rooms, as import-linter's contracts in pyproject.toml draw them.

Each contract is kept by the code as it is, and each is broken by the import that it is there to forbid.
"""

from __future__ import annotations

import re
from copy import deepcopy
from typing import Any

import grimp
import pytest
from importlinter import Contract
from importlinter.api import read_configuration
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.contracts.layers import LayersContract

from tests.house.repository import ROOT

CONFIGURATION: dict[str, Any] = read_configuration(str(ROOT / "pyproject.toml"))
CONTRACTS: list[dict[str, Any]] = CONFIGURATION["contracts_options"]
KINDS: dict[str, type[Contract]] = {"forbidden": ForbiddenContract, "layers": LayersContract}

ROOMS = "Imports point from the commands towards the core"
FLOW = "Inside the core, each step knows only the steps before it"
KIT = "Inside the kit, the judge knows nothing of the engines"
PURE = "The core reaches nothing outside itself"
PRODUCTION = "Production needs no test tools"
JUDGE = "The judge never asks the judged"
ENGINE = "The judge needs no engine"

PLANTED = [
    (ROOMS, "guards.core.checks", "guards.runtime.guard"),
    (ROOMS, "guards.core.plan", "guards.wire"),
    (ROOMS, "guards.wire", "guards.runtime.guard"),
    (ROOMS, "guards.runtime.execute", "guards.adapters.memory"),
    (ROOMS, "guards.errors", "guards.core.ids"),
    (ROOMS, "guards.report.record", "guards.mutation.catalogue"),
    (FLOW, "guards.core.ids", "guards.core.values"),
    (FLOW, "guards.core.plan", "guards.core.checks"),
    (FLOW, "guards.core.checks", "guards.core.decision"),
    (PURE, "guards.core.checks", "os"),
    (PURE, "guards.core.decision", "time"),
    (PURE, "guards.core.audit", "logging"),
    (PURE, "guards.core.request", "pydantic"),
    (PRODUCTION, "guards.runtime.guard", "hypothesis"),
    (PRODUCTION, "guards.wire", "pytest"),
    (PRODUCTION, "guards.adapters.memory", "rich"),
    (JUDGE, "guards.testing.oracle", "guards.core.decision"),
    (JUDGE, "guards.testing.tally", "guards.runtime.guard"),
    (JUDGE, "guards.testing.machine", "guards.wire"),
    (ENGINE, "guards.testing.properties", "hypothesis"),
    (ENGINE, "guards.testing.service", "pytest"),
    (ENGINE, "guards.testing.blanks", "hypothesis"),
    (KIT, "guards.testing.oracle", "guards.testing.crafts"),
    (KIT, "guards.testing.world", "guards.testing.steps"),
    (KIT, "guards.testing.properties", "guards.testing.machine"),
]


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    """Who imports whom in `guards`, as it stands on disk."""
    return grimp.build_graph("guards", include_external_packages=True, cache_dir=None)


def broken(graph: grimp.ImportGraph) -> list[str]:
    """The names of the contracts that this graph breaks."""
    return [options["name"] for options in CONTRACTS if not kept(options, graph)]


def kept(options: dict[str, Any], graph: grimp.ImportGraph) -> bool:
    contract = KINDS[options["type"]](options["name"], CONFIGURATION["session_options"], options)
    return contract.check(deepcopy(graph), verbose=False).kept  # a check may change the graph it is given


def picture(layers: list[str]) -> str:
    """Layers as the README draws them; a room in parentheses may be missing, and is drawn all the same."""
    return " -> ".join(layers).replace("(", "").replace(")", "")


def test_the_graph_holds_what_the_files_import(graph: grimp.ImportGraph) -> None:
    assert graph.direct_import_exists(importer="guards.core.plan", imported="guards.core.request")
    assert graph.direct_import_exists(importer="guards.wire", imported="pydantic")


def test_every_contract_is_kept(graph: grimp.ImportGraph) -> None:
    assert broken(graph) == [], "run `lint-imports` to see the imports"


@pytest.mark.parametrize(("contract", "importer", "imported"), PLANTED)
def test_a_planted_import_breaks_the_contract_meant_for_it(
    graph: grimp.ImportGraph, contract: str, importer: str, imported: str
) -> None:
    assert importer in graph.modules
    planted = deepcopy(graph)
    if imported not in planted.modules:
        planted.add_module(imported, is_squashed=True)
    planted.add_import(importer=importer, imported=imported)
    assert contract in broken(planted)  # and perhaps others: imports reach further than one step


@pytest.mark.parametrize(
    ("contract", "newcomer"),
    [(ROOMS, "guards.attic"), (FLOW, "guards.core.attic"), (KIT, "guards.testing.attic")],
)
def test_a_new_file_must_say_which_room_it_is_in(graph: grimp.ImportGraph, contract: str, newcomer: str) -> None:
    planted = deepcopy(graph)
    planted.add_module(newcomer)
    assert broken(planted) == [contract]


def test_all_of_the_kit_but_its_engines_does_without_one(graph: grimp.ImportGraph) -> None:
    """The layers make a new file say where it is; this makes it say so to the contract that lists files as well."""
    (judging,) = [options["source_modules"] for options in CONTRACTS if options["name"] == ENGINE]
    engines = {f"guards.testing.{name}" for name in ("check", "machine", "rounds")}
    assert graph.find_children("guards.testing") - engines == set(judging)


def test_the_readme_draws_the_arrows_that_the_contracts_hold() -> None:
    drawn = re.findall(
        r"^(guards[\w.]*): (.+ -> .+)$", (ROOT / "README.md").read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    assert drawn == [
        (options["containers"][0], picture(options["layers"])) for options in CONTRACTS if "layers" in options
    ]


def test_no_contract_goes_without_a_planted_import() -> None:
    assert {options["name"] for options in CONTRACTS} == {contract for contract, _, _ in PLANTED}


def test_no_contract_excuses_an_import() -> None:
    assert [options["name"] for options in CONTRACTS if "ignore_imports" in options] == []
