"""What a mutant costs: `guards mutate`, mutmut and cosmic-ray on one file, with the tests that the project names.

Each works on a copy of its own and one mutant at a time. Counted is the processor time of the tool and of all that it
starts; `python -m tests.bench.mutation_tools guards/core/selector.py` prints it.
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
    """What a run took, and for how many mutants."""

    mutants: int
    seconds: float

    @property
    def each(self) -> float:
        return self.seconds / self.mutants


def tests_of_the_project() -> list[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["guards"]["mutate"]
    return [str(test) for test in settings["tests"]]


def cost(tool: Callable[[Path, str, Sequence[str]], tuple[int, float]], file: str, tests: Sequence[str]) -> Cost:
    """One tool on a fresh copy of the project."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, copy / name)
        mutants, seconds = tool(copy, file, tests)
        assert mutants, f"{tool.__name__} finds nothing to change in {file}"
        return Cost(mutants, seconds)


def by_guards(copy: Path, file: str, tests: Sequence[str]) -> tuple[int, float]:
    """The generic tier: the kit on each mutant, isolation judged, and the tests for what the kit misses."""
    said = (copy / "pyproject.toml").read_text()
    ours = f"tests = {json.dumps(tests_of_the_project())}"
    assert said.count(ours) == 1
    (copy / "pyproject.toml").write_text(said.replace(ours, f"tests = {json.dumps(list(tests))}"))
    arguments = ["mutate", file, "--tier", "generic", "--workers", "1", "--json", "found.json"]
    seconds = _spent(copy, [BIN / "python", "-m", "guards.cli", *arguments], may_exit=(0, 1, 4))
    return len(json.loads((copy / "found.json").read_text())["mutants"]), seconds


def by_mutmut(copy: Path, file: str, tests: Sequence[str]) -> tuple[int, float]:
    """mutmut's own runner, one child at a time."""
    with (copy / "pyproject.toml").open("a") as settings:
        settings.write(
            f'\n[tool.mutmut]\nsource_paths = ["guards"]\nonly_mutate = ["{file}"]\n'
            'also_copy = ["mutation", "README.md"]\n'
            f"pytest_add_cli_args_test_selection = {json.dumps(list(tests))}\n"
            'pytest_add_cli_args = ["-p", "no:cacheprovider"]\n'
        )
    seconds = _spent(copy, [BIN / "mutmut", "run", "--max-children", "1"], may_exit=(0,))
    codes = json.loads((copy / "mutants" / f"{file}.meta").read_text())["exit_code_by_key"].values()
    assert set(codes) <= {0, 1, 3, 33, 36, 24, -24, 152, 255}, codes  # survived, killed, no tests, out of time
    return len(codes), seconds


def by_cosmic_ray(copy: Path, file: str, tests: Sequence[str]) -> tuple[int, float]:
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
    return sum(outcomes.values()), seconds


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
        print(f"{name:<14} {found.mutants:>4} mutants {found.seconds:>8.1f} s {found.each:>7.3f} s each", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
