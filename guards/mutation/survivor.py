"""What to say of a mutant that nothing noticed: a test that would have, a proof that none could, or how far was looked.

The inputs that were tried are near a plain one (`domains`); that none of them told is no proof, and is not called one.
"""

from __future__ import annotations

import ast
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from guards.mutation.mutant import Mutant
from guards.mutation.sandbox import Bounds, Ran
from guards.results import MutantOutcome, MutantResult

BUDGETS: Final = (500, 20_000)
"""How many calls of a function are tried at first, and how many if they tell nothing."""
BOUNDS: Final = Bounds(cpu_seconds=60.0, wall_seconds=240.0)
BOUNDS_OF_A_TEST: Final = Bounds(cpu_seconds=10.0, wall_seconds=60.0)
LINE_MAX: Final = 120
ALIKE: Final = "answers alike, but for what errors say,"

Sources = Mapping[str, str]
Run = Callable[[str, Mapping[str, Any], Sources, Bounds], Ran]
"""Runs a job in a worker that reads these sources: MODULE:FUNCTION, the job, the sources, the bounds."""


@dataclass(frozen=True, slots=True)
class Distinguished:
    """A test that passes on the original and fails on the mutant; both were tried."""

    test: str


@dataclass(frozen=True, slots=True)
class Equivalent:
    """No test can tell. `scope` says of which inputs that was proved, and how."""

    scope: str


@dataclass(frozen=True, slots=True)
class Undecided:
    """Neither. `why` says how far was looked, or what kept us from looking."""

    why: str
    is_cut: bool = False
    """Whether there are inputs that were not tried yet."""


Verdict = Distinguished | Equivalent | Undecided
SURVIVED: Final = (MutantOutcome.MISSED, MutantOutcome.UNCOVERED)


def examine(run: Run, mutant: Mutant, before: Sources, after: Sources) -> Verdict:
    """The verdict on a mutant that survived.

    `before` and `after` are the file that it changes and whatever else reads otherwise than on disk, without the mutant
    and with it.
    """
    if len(mutant.sources) != 1:
        return Undecided("it changes several files at once")
    return _Examination(run, mutant, before, after, before[mutant.file]).verdict()


def is_proved(run: Run, mutant: Mutant, before: Sources, after: Sources) -> bool:
    """Whether there is a proof that it is equivalent, which costs far less than to look for an input that tells; it is
    not a verdict, since that is believed only where both agree.
    """
    return len(mutant.sources) == 1 and bool(_Examination(run, mutant, before, after, before[mutant.file]).proof())


def with_verdict(result: MutantResult, verdict: Verdict) -> MutantResult:
    """The result of a survivor, with what was found out about it."""
    match verdict:
        case Distinguished(test):
            return result.model_copy(update={"test": test})
        case Equivalent(scope):
            return result.model_copy(update={"outcome": MutantOutcome.EQUIVALENT, "proof": scope, "why": ""})
        case Undecided(why):
            return result.model_copy(update={"why": "; ".join(filter(None, (result.why, why)))})


@dataclass(frozen=True, slots=True)
class _Examination:
    run: Run
    mutant: Mutant
    before: Sources
    after: Sources
    original: str

    def verdict(self) -> Verdict:
        """A test if there is one; what was proved is believed only where the search agrees."""
        found = self._searched(BUDGETS[0])
        if isinstance(found, Distinguished):
            return found
        proof = self.proof()
        if proof:
            return Equivalent(proof)
        return self._searched(BUDGETS[1]) if found.is_cut else found

    def proof(self) -> str:
        """Of what scope nothing can tell; nothing where that is not proved."""
        file = self.mutant.file
        job = {"before": self.original, "after": self.after[file]}
        return str(self._worker("proof:proved", self.before, job).said("proof") or "")

    def _searched(self, budget: int) -> Distinguished | Undecided:
        more = {"changed": self.after[self.mutant.file], "budget": budget}
        explored = self._worker("search:explored", self.before, more)
        looked = []
        is_cut = False
        for told in explored.lines:
            if "unknown" in told:
                looked.append(f"`{told['target']}` cannot be called: no values are made for {told['unknown']}")
            elif "outcomes" in told:
                verdict = self._compared(told, budget)
                if isinstance(verdict, Distinguished):
                    return verdict
                looked.append(verdict.why)
                is_cut = is_cut or len(told["outcomes"]) >= budget
        if explored.ended != "exit 0":
            looked.append(f"the search was ended: {explored.ended}")
        return Undecided("; ".join(looked) or "nothing to call depends on the change", is_cut)

    def _compared(self, told: Mapping[str, Any], budget: int) -> Distinguished | Undecided:
        job = {"target": told["target"], "words": told["words"], "budget": budget}
        found = self._worker("search:compared", self.after, {**job, "outcomes": told["outcomes"]})
        choices = found.said("differs")
        if choices is None:
            return Undecided(_how_far(told) if found.said("same") else f"the mutant's worker ended with {found.ended}")
        spelled = self._worker("search:spelled", self.before, {**job, "choices": choices})
        if spelled.said("call") is None:
            what = spelled.said("unspellable") or spelled.ended
            return Undecided(
                f"a call of `{told['target']}` that tells was found, but there is no test of it: its input cannot be "
                f"written down, for {what}"
            )
        return self._confirmed(_test(self.mutant, spelled.lines[-1]), told["target"])

    def _confirmed(self, test: str, target: str) -> Distinguished | Undecided:
        """The test is believed when it was seen to pass and to fail."""
        passes, fails = (self._tested(test, sources) for sources in (self.before, self.after))
        if passes == "passed" and fails in ("failed", "cpu", "wall"):
            return Distinguished(test)
        return Undecided(f"`{target}` differs, and a test of it {passes} unchanged and {fails} on the mutant")

    def _tested(self, test: str, sources: Sources) -> str:
        with tempfile.TemporaryDirectory(prefix="guards-lab-") as folder:
            Path(folder, "test_survivor.py").write_text(test, encoding="utf-8")
            job = {"root": folder, "tests": ["test_survivor.py"], "configuration": "", "only": None, "record": False}
            ran = self.run("guards.mutation.work:tests", job, sources, BOUNDS_OF_A_TEST)
        told = ran.said("tests")
        if told is None:
            return ran.ended
        if told["failure"] is not None:
            return "failed"
        if told["code"] == 0 and told["ran"] == 1:
            return "passed"
        return f"did not run: {told['trouble'] or 'pytest ran none'}"

    def _worker(self, do: str, sources: Sources, more: Mapping[str, Any]) -> Ran:
        job = {
            "module": module_of(self.mutant.file),
            "function": self.mutant.function,
            "bound": sorted(_bound(self.original, self.mutant.start[0])),
            **more,
        }
        return self.run(f"guards.mutation.{do}", job, sources, BOUNDS)


def module_of(file: str) -> str:
    """The name to import a file by: `guards/core/plan.py` is `guards.core.plan`."""
    parts = Path(file).with_suffix("").parts
    parts = parts[1:] if parts[0] == "src" else parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _bound(source: str, line: int) -> set[str]:
    """The names that the statement at this line gives a meaning to."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.lineno <= line <= (node.end_lineno or 0):
            return {node.name}
        if node.lineno <= line <= (node.end_lineno or 0):
            return {
                each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
            }
    return set()


def _how_far(told: Mapping[str, Any]) -> str:
    """The scope of a search, in words."""
    made = sum(outcome is not None for outcome in told["outcomes"])
    if not told["sites"]:
        return f"`{told['target']}` {ALIKE} on the one input that there is to try; that proves nothing"
    far = f", and at distance {told['far']} at those that were seen to matter" if told["far"] > told["near"] else ""
    return (
        f"`{told['target']}` {ALIKE} on {made:,} inputs: everything at distance {told['near']} from a plain input "
        f"over {told['sites']} sites{far}"
    )


# The test as text.


def _test(mutant: Mutant, spelled: Mapping[str, Any]) -> str:
    imports: Mapping[str, str] = spelled["imports"]
    lines = ["import pytest", ""] if "raises" in spelled else []
    for module in sorted(set(imports.values())):
        lines += _import(module, sorted(name for name in imports if imports[name] == module))
    change = f"{_line(mutant.original)} -> {_line(mutant.replacement)}"
    lines += ["", "", f"def test_{_slug(mutant)}() -> None:", f"    # fails on {mutant.id}:", f"    # {change}"]
    return "\n".join([*lines, *_body(spelled), ""])


def _import(module: str, names: Sequence[str]) -> list[str]:
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= LINE_MAX:
        return [line]
    return [f"from {module} import (", *(f"    {name}," for name in names), ")"]


def _body(spelled: Mapping[str, Any]) -> list[str]:
    if "value" in spelled:
        call, value = (wrapped(spelled[part], 4) for part in ("call", "value"))
        how = "is" if value in ("None", "True", "False") else "=="
        return [f"    answer = {call}", f"    assert answer {how} {value}"]
    call = wrapped(spelled["call"], 8)
    if spelled["code"] is None:
        return [f"    with pytest.raises({spelled['raises']}):", f"        {call}"]
    return [
        f"    with pytest.raises({spelled['raises']}) as raised:",
        f"        {call}",
        f"    assert raised.value.code == {spelled['code']!r}",
    ]


def wrapped(code: str, indent: int) -> str:
    """An expression over as many lines as it needs, an argument each."""
    return _laid_out(ast.parse(code, mode="eval").body, indent)


def _laid_out(node: ast.expr, indent: int) -> str:
    flat = ast.unparse(node)
    if len(flat) + indent <= LINE_MAX - 20:
        return flat
    match node:
        case ast.Call(ast.Name(name), arguments, keywords):
            parts = [_laid_out(each, indent + 4) for each in arguments]
            parts += [f"{each.arg}={_laid_out(each.value, indent + 4)}" for each in keywords]
            return _bracketed(f"{name}(", parts, ")", indent)
        case ast.Tuple(members):
            return _bracketed("(", [_laid_out(each, indent + 4) for each in members], ")", indent)
        case ast.List(members):
            return _bracketed("[", [_laid_out(each, indent + 4) for each in members], "]", indent)
    return flat


def _bracketed(opening: str, parts: Sequence[str], closing: str, indent: int) -> str:
    margin = "\n" + " " * (indent + 4)
    return opening + "".join(f"{margin}{part}," for part in parts) + "\n" + " " * indent + closing


def _line(code: str) -> str:
    return " ".join(code.split())[: LINE_MAX // 3] or "nothing"


def _slug(mutant: Mutant) -> str:
    """A name that two mutants of one function and one operator do not share."""
    place = f"{mutant.function or module_of(mutant.file)}_{mutant.operator}_{mutant.fingerprint[:6]}".lower()
    return "".join(each if each.isalnum() else "_" for each in place).strip("_")
