"""What a mutant costs: `guards mutate`, mutmut and cosmic-ray on one file, with the tests that the project names.

Each works on a copy of its own and one mutant at a time. Counted is the processor time of the tool and of all that it
starts, and by itself what it spends on mutants: a tool that runs all tests once before does so for any number of them.
`python -m tests.bench.mutation_tools guards/core/decision.py` prints it.
"""

from __future__ import annotations

import json
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("guards", "mutation", "tests", "pyproject.toml", "README.md", "CHANGELOG.md")
BIN = Path(sys.executable).parent
LONGEST_SECONDS = 3_600


@dataclass(frozen=True)
class Cost:
    """What a run took, and how much of that for how many mutants."""

    mutants: int
    seconds: float
    on_mutants: float

    @property
    def each(self) -> float:
        return self.on_mutants / self.mutants


def tests_of_the_project() -> list[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["guards"]["mutate"]
    return [str(test) for test in settings["tests"]]


def cost(tool: Callable[[Path, str, Sequence[str]], Cost], file: str, tests: Sequence[str]) -> Cost:
    """One tool on a fresh copy of the project."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, copy / name)
        found = tool(copy, file, tests)
        assert found.mutants, f"{tool.__name__} finds nothing to change in {file}"
        return found


def by_guards(copy: Path, file: str, tests: Sequence[str]) -> Cost:
    """The generic tier: the kit on each mutant, isolation judged, and the tests for what the kit misses."""
    said = (copy / "pyproject.toml").read_text()
    ours = f"tests = {json.dumps(tests_of_the_project())}"
    assert said.count(ours) == 1
    (copy / "pyproject.toml").write_text(said.replace(ours, f"tests = {json.dumps(list(tests))}"))
    arguments = ["mutate", file, "--tier", "generic", "--workers", "1", "--json", "found.json"]
    seconds = _spent(copy, [BIN / "python", "-m", "guards.cli", *arguments], may_exit=(0, 1, 4))
    mutants = json.loads((copy / "found.json").read_text())["mutants"]
    return Cost(len(mutants), seconds, sum(mutant["cpu"] for mutant in mutants))


def by_mutmut(copy: Path, file: str, tests: Sequence[str]) -> Cost:
    """mutmut's own runner, one child at a time."""
    with (copy / "pyproject.toml").open("a") as settings:
        settings.write(
            f'\n[tool.mutmut]\nsource_paths = ["guards"]\nonly_mutate = ["{file}"]\n'
            'also_copy = ["mutation", "README.md"]\n'
            f"pytest_add_cli_args_test_selection = {json.dumps(list(tests))}\n"
            'pytest_add_cli_args = ["-p", "no:cacheprovider"]\n'
        )
    seconds = _spent(copy, [BIN / "mutmut", "run", "--max-children", "1"], may_exit=(0,))
    found = json.loads((copy / "mutants" / f"{file}.meta").read_text())
    codes = found["exit_code_by_key"].values()
    assert set(codes) <= {0, 1, 3, 33, 36, 24, -24, 152, 255}, codes  # survived, killed, no tests, out of time
    by_the_clock = sum(found["durations_by_key"].values())  # of one child at a time, which waits for nothing
    return Cost(len(codes), seconds, by_the_clock)


def by_cosmic_ray(copy: Path, file: str, tests: Sequence[str]) -> Cost:
    """cosmic-ray, which starts pytest for each mutant."""
    command = f"{BIN / 'python'} -m pytest -x -q -p no:cacheprovider {' '.join(tests)}"
    (copy / "cosmic-ray.toml").write_text(
        f'[cosmic-ray]\nmodule-path = "{file}"\ntimeout = 600.0\nexcluded-modules = []\ntest-command = "{command}"\n'
        '[cosmic-ray.distributor]\nname = "local"\n'
    )
    _spent(copy, [BIN / "cosmic-ray", "init", "cosmic-ray.toml", "session.sqlite"], may_exit=(0,))
    seconds = _spent(copy, [BIN / "cosmic-ray", "exec", "cosmic-ray.toml", "session.sqlite"], may_exit=(0,))
    with sqlite3.connect(copy / "session.sqlite") as session:
        outcomes = dict(session.execute("select test_outcome, count(*) from work_results group by 1"))
    assert set(outcomes) <= {"KILLED", "SURVIVED"}, outcomes
    return Cost(sum(outcomes.values()), seconds, seconds)


TOOLS = {"guards mutate": by_guards, "mutmut": by_mutmut, "cosmic-ray": by_cosmic_ray}


def _spent(folder: Path, command: Sequence[str | Path], *, may_exit: tuple[int, ...]) -> float:
    """Processor seconds of a command and of all that it waited for."""
    environment = {"PATH": f"{BIN}:/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ran = subprocess.run(
        [str(part) for part in command], cwd=folder, env=environment, capture_output=True, timeout=LONGEST_SECONDS
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert ran.returncode in may_exit, (ran.returncode, ran.stdout[-2_000:], ran.stderr[-2_000:])
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(file: str, *tests: str) -> None:
    """Print what each tool takes; with the project's own tests if none are named."""
    for name, tool in TOOLS.items():
        found = cost(tool, file, tests or tests_of_the_project())
        all_in_all = f"{found.mutants:>4} mutants {found.seconds:>8.1f} s in all"
        print(f"{name:<14} {all_in_all} {found.on_mutants:>8.1f} s on mutants {found.each:>7.3f} s each", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
