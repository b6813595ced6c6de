"""Which steps the gate has, in their order: the cheapest first, so that what is wrong shows early."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from os.path import realpath
from pathlib import Path
from typing import Final

from guards.errors import shown
from guards.gate.looser import OPTIONS
from guards.gate.run import Step, is_cleared
from guards.gate.settings import GateSettings, SettingsError
from guards.mutation.sources import NOT_FROM_HERE, is_named_in
from guards.results import CATALOGUE_STEP, COVERAGE_STEP, MUTANTS_STEP, VERIFY_STEP
from guards.testing.properties import NAMES
from guards.testing.trace import CALL_ANSWERED

COUNTEREXAMPLE: Final = "counterexample"
TESTS: Final = "tests"
VALUED: Final = re.compile("--[^=]+|-[^-=]*[A-Zckmnopr]")
"""Options whose value may be the next word."""
OWN_RESULT: Final = "gate.json"
"""What the gate itself leaves beside the results of its steps."""

GUARDS: Final = (sys.executable, "-m", "guards.cli")
PLUGINS: Final = ("-p", "no:cacheprovider", "-p", "guards.gate.contexts")
PYTEST: Final = ("-m", "pytest", "-q", "-rfE", "--no-header", "--color=no", *PLUGINS)


def steps_of(settings: GateSettings, root: Path, since: str | None) -> list[Step]:
    """All of them; mutants of what changed since a commit, or all of them. They are run in the root."""
    output = Path(settings.output)
    if Path(realpath(root / output)) == root:
        raise SettingsError("[tool.guards.gate] output: it is the project's own folder; name one for results alone")
    if settings.thresholds.coverage and not settings.tests:
        raise SettingsError("[tool.guards.gate] thresholds.coverage: there are no tests that could cover anything")
    for word in _files_in(settings.tests):
        if not is_named_in(root, word):
            raise SettingsError(f"[tool.guards.gate] tests: {shown(word)} {NOT_FROM_HERE}")
    return [
        *(_counterexample(file.relative_to(root).as_posix(), settings.service) for file in traces_of(settings, root)),
        *(_tests(settings, root, output) if settings.tests else ()),
        _verify(settings, output),
        _mutate(CATALOGUE_STEP, [CATALOGUE_STEP], output, None),
        _mutate(MUTANTS_STEP, settings.mutants, output, since),
    ]


def _files_in(tests: Sequence[str]) -> Iterator[str]:
    """Of what pytest is given the files and folders. What may be an option's value may mean anything.

    >>> list(_files_in(["a", "-q", "b::test_b", "--tb=short", "c.py", "@more.txt"]))
    ['a', 'b', 'c.py']
    >>> [option for option in "ckmnoprWvx" if list(_files_in([f"-{option}", "../a"]))]
    ['v', 'x']
    >>> list(_files_in(["--rootdir", ".."]))
    []
    """
    for before, word in pairwise(("", *tests)):
        if not word.startswith(OPTIONS) and VALUED.fullmatch(before) is None:
            yield word.partition("::")[0]


def cleared_of(settings: GateSettings, root: Path) -> list[Step]:
    """What an earlier run may have left files of: each step that there can be, and the gate itself."""
    measured = settings.thresholds.model_copy(update={"coverage": {"*": 0.0}})
    every = settings.model_copy(update={"counterexamples": [], "tests": ["."], "thresholds": measured})
    return [*steps_of(every, root, None), Step("gate", (), Path(settings.output) / OWN_RESULT)]


def traces_of(settings: GateSettings, root: Path) -> Iterator[Path]:
    """The counterexamples that are replayed. Raises `SettingsError`."""
    cleared = cleared_of(settings, root) if settings.counterexamples else ()
    for named in settings.counterexamples:
        start = root / named
        if not is_named_in(root, named):
            raise SettingsError(f"[tool.guards.gate] counterexamples: {shown(named)} {NOT_FROM_HERE}")
        if Path(realpath(root / settings.output)).is_relative_to(realpath(start)):
            raise SettingsError(
                f"[tool.guards.gate] counterexamples: the results go into {shown(named)}; keep them apart"
            )
        if not start.exists():
            raise SettingsError(f"[tool.guards.gate] counterexamples: there is no {shown(named)}")
        files = sorted(start.rglob("*.json")) if start.is_dir() else [start]
        if not files:
            raise SettingsError(f"[tool.guards.gate] counterexamples: there is no trace in {shown(named)}")
        for file in files:
            if is_cleared(file, cleared):
                raise SettingsError(
                    f"[tool.guards.gate] counterexamples: {shown(file.relative_to(root).as_posix())} is the gate's "
                    "own, which each run clears; keep it elsewhere"
                )
            yield file


def _counterexample(file: str, service: str) -> Step:
    return Step(f"{COUNTEREXAMPLE} {file}", ((*GUARDS, "replay", _as_file(file), service),))


def _as_file(path: str) -> str:
    """A path that nobody takes for an option."""
    return f"./{path}" if path.startswith("-") else path


def _tests(settings: GateSettings, root: Path, output: Path) -> Iterator[Step]:
    """The tests with branch coverage. Measured from outside, since a plugin is imported before pytest-cov starts."""
    environment = [("COVERAGE_FILE", str(root / output / "coverage.data"))]  # whole: tests start processes elsewhere
    if sys.version_info >= (3, 14):
        environment.append(("COVERAGE_CORE", "ctrace"))  # what is preferred from there on cannot tell tests apart
    coverage = (sys.executable, "-m", "coverage")
    counted = output / "tests.xml"
    measured = (*coverage, "run", "--branch", "--parallel-mode", *PYTEST, f"--junitxml={counted}", *settings.tests)
    yield Step(
        TESTS,
        (measured,),
        counted,
        tuple(environment),
        # `coverage erase` leaves what a run measured that was cut off before it was combined.
        besides=("coverage.data", "coverage.data.*", "coverage.lcov", "coverage.json"),
        again=(sys.executable, "-m", "pytest", *settings.tests),
    )
    if settings.thresholds.coverage:
        result = output / "coverage.json"
        yield Step(
            COVERAGE_STEP,
            (
                (*coverage, "combine", "--quiet"),
                (*coverage, "lcov", "--quiet", "-o", str(output / "coverage.lcov")),
                (*coverage, "html", "--quiet", "--show-contexts", "-d", str(output / "coverage")),
                (*coverage, "json", "--quiet", "--show-contexts", "-o", str(result)),
            ),
            result,
            tuple(environment),
            again=(*coverage, "report", "--show-missing", f"--data-file={output / 'coverage.data'}"),
        )


def _verify(settings: GateSettings, output: Path) -> Step:
    result = output / "verify.json"
    budget = ("--budget", settings.verify_budget)
    command = (*GUARDS, "verify", settings.service, *budget, "--json", str(result))
    return Step(
        VERIFY_STEP, (command,), result, besides=tuple(f"{VERIFY_STEP}.{name}.json" for name in (*NAMES, CALL_ANSWERED))
    )


def _mutate(name: str, tiers: Sequence[str], output: Path, since: str | None) -> Step:
    result = output / f"{name}.json"
    tier = [word for one in tiers for word in ("--tier", one)]
    narrowed = () if since is None else ("--since", since)
    return Step(name, ((*GUARDS, "mutate", *tier, *narrowed, "--json", str(result)),), result)
