"""Two faults at once: which pairs are drawn, what the source reads with both, and which of them breach."""

from __future__ import annotations

import ast
import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from guards.cli import main
from guards.mutation.experiment import Experiment
from guards.mutation.mutant import Mutant
from guards.mutation.operators import mutants_of
from guards.mutation.pairs import Pair, judge, sample, together
from guards.results import PairResult
from tests.mutation.projects import VOLUMES, subject, write

TWO_BARRIERS = VOLUMES.replace(
    "        del self.volumes[volume]\n",
    "        remove(self.volumes, tenant, volume)\n",
).replace(
    "class VolumesApi:",
    "def remove(volumes, tenant, volume):\n"
    "    if volumes[volume] == tenant:\n"
    "        del volumes[volume]\n\n\n"
    "class VolumesApi:",
)
ORIGINAL = {"volumes.py": TWO_BARRIERS}


def mutant(function: str, before: str, after: str) -> Mutant:
    return replace(subject(before, after, volumes=TWO_BARRIERS).mutant, function=function)


FIRST = mutant("may_delete", "return volumes.get(volume) == tenant", "return volume in volumes")
SECOND = mutant("remove", "if volumes[volume] == tenant:", "if volume:")
HARMLESS = mutant("note", "log.append(volume)", "log.clear()")


def pair(one: Mutant, other: Mutant) -> Pair:
    made = together(one, other, ORIGINAL)
    assert made is not None
    return made


# What is drawn.


def drawn(number: int, seed: int = 1) -> list[Pair]:
    files = ("guards/core/decision.py", "guards/core/receipt.py", "guards/runtime/snapshot.py")
    originals = {file: Path(file).read_text(encoding="utf-8") for file in files}
    return sample([one for file in files for one in mutants_of(originals[file], file)], originals, number, seed)


def test_the_two_of_a_pair_stand_in_different_folders_where_there_are_several() -> None:
    pairs = drawn(40)
    assert len(pairs) == 40
    assert all({one.first.file[:11], one.second.file[:11]} == {"guards/core", "guards/runt"} for one in pairs)


def test_a_seed_draws_the_same_pairs_again_and_another_one_others() -> None:
    ids = [[one.mutant().id for one in drawn(20, seed)] for seed in (1, 1, 2)]
    assert ids[0] == ids[1] != ids[2]
    assert len(set(ids[0])) == 20


def test_in_one_file_the_two_change_different_functions_and_the_result_parses() -> None:
    pairs = sample(mutants_of(TWO_BARRIERS, "volumes.py"), ORIGINAL, 60, 1)
    assert pairs
    for one in pairs:
        assert one.first.function != one.second.function
        assert ast.dump(ast.parse(one.sources[0][1])) not in {
            ast.dump(ast.parse(source))
            for source in (TWO_BARRIERS, *(m.sources[0][1] for m in (one.first, one.second)))
        }


def test_a_guard_with_few_pairs_gives_all_it_has() -> None:
    assert [one.mutant().id for one in sample([FIRST, SECOND], ORIGINAL, 10, 1)] in (
        [f"{one.id} + {other.id}"] for one, other in pairwise([FIRST, SECOND, FIRST])
    )
    assert sample([FIRST], ORIGINAL, 10, 1) == []
    assert len(sample([FIRST, SECOND], ORIGINAL, 10**9, 1)) == 1  # at once


def test_both_changes_stand_in_the_source_in_whichever_order_they_come() -> None:
    both = TWO_BARRIERS.replace(FIRST.original, FIRST.replacement).replace(SECOND.original, SECOND.replacement)
    assert pair(FIRST, SECOND).sources == pair(SECOND, FIRST).sources == (("volumes.py", both),)


def test_two_changes_of_one_piece_are_no_pair() -> None:
    other = mutant("may_delete", "volumes.get(volume) == tenant", "True")
    assert together(FIRST, other, ORIGINAL) is None


# What breaches.


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> list[PairResult]:
    root = write(tmp_path_factory.mktemp("pairs"), volumes=TWO_BARRIERS)
    experiment = Experiment(root, "service:Volumes", ("volumes.py",))
    results, findings = judge(experiment, [pair(FIRST, SECOND), pair(FIRST, HARMLESS)], lambda *_: None)
    assert findings.canaries
    return results


def test_two_barriers_broken_at_once_breach_where_neither_does_alone(judged: list[PairResult]) -> None:
    assert judged[0].ids == [FIRST.id, SECOND.id]
    assert (judged[0].breaches, judged[0].alone, judged[0].trouble) == (True, [], "")
    assert judged[0].breach is not None
    assert judged[0].breach.objects >= 1


def test_one_barrier_is_enough_against_one_fault_and_a_harmless_one(judged: list[PairResult]) -> None:
    assert (judged[1].breaches, judged[1].breach, judged[1].alone) == (False, None, [])


@pytest.mark.slow
def test_one_barrier_alone_is_named_as_what_breaches(tmp_path: Path) -> None:
    only = [subject("return volumes.get(volume) == tenant", "return volume in volumes").mutant]
    only += [subject("log.append(volume)", "log.clear()").mutant]
    made = together(only[0], only[1], {"volumes.py": VOLUMES})
    assert made is not None
    experiment = Experiment(write(tmp_path), "service:Volumes", ("volumes.py",), workers=2)
    results, _ = judge(experiment, [made], lambda *_: None)
    assert (results[0].breaches, results[0].alone) == (True, [only[0].id])


@pytest.mark.slow
def test_the_command_tells_how_many_pairs_breach(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(write(tmp_path))  # one barrier
    assert main(["mutate", "--tier", "safety", "--pairs", "20", "--json", "pairs.json"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    written = json.loads(Path("pairs.json").read_text())
    assert [len(written["pairs"]), len(written["mutants"])] == [20, 0]
    breaching = [one for one in written["pairs"] if one["breaches"]]
    assert breaching
    assert out.endswith("verdict held, as a measure: no pair fails a run by its breach")
    assert f"breaches {len(breaching)}; of these {sum(not one['alone'] for one in breaching)} where neither" in out


@pytest.mark.slow
def test_two_shards_of_pairs_merged_are_one_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(write(tmp_path))
    command = ["mutate", "--tier", "safety", "--pairs", "5", "--json"]
    assert main([*command, "all.json"]) == 0
    for number in ("1", "2"):
        assert main([*command, f"{number}.json", "--shard", f"{number}/2"]) == 0
    capsys.readouterr()
    assert main(["mutate", "merge", "1.json", "2.json", "--json", "both.json"]) == 0
    assert "5 judged by isolation" in capsys.readouterr().out
    both, whole = (json.loads(Path(name).read_text())["pairs"] for name in ("both.json", "all.json"))
    assert both == whole


def test_no_property_is_left_out_of_what_one_property_judges(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(write(tmp_path))
    assert main(["mutate", "--tier", "safety", "--pairs", "5", "--without", "property:useful"]) == 2
    assert "judges by isolation alone" in " ".join(capsys.readouterr().err.split())


def test_so_many_pairs_as_are_no_number_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mutate", "--pairs", "0"]) == 2
    assert "--pairs" in capsys.readouterr().err
