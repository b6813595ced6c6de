"""The baseline in shares: put together they say what one that runs all cases says."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from guards.mutation.baseline import Cases, put_together
from guards.mutation.experiment import BaselineError, Experiment
from guards.mutation.ground import Ground
from guards.mutation.reach import instrumented
from guards.mutation.sandbox import Ran, Sandbox
from tests.mutation.projects import VOLUMES, write

NUMBERS = (1, 2, 3)


def in_shares(sandbox: Sandbox, root: Path, shares: int) -> Cases:
    job = {"service": "service:Volumes", "seed": 1, "drill": False, "properties": None, "cases": str(root / "cases")}
    sources = {"volumes.py": instrumented("volumes.py", VOLUMES)}
    ran = [
        sandbox.run("guards.mutation.baseline:run_share", {**job, "share": [n, shares], "writes": [str(root)]}, sources)
        for n in range(shares)
    ]
    told = [one.said("baseline") for one in ran]
    assert all(told), [one.output for one in ran]
    return put_together(job["cases"], ran[0].said("shown"), told, 0.0)


@pytest.fixture(scope="module")
def baselines(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Cases]:
    root = write(tmp_path_factory.mktemp("shares"))
    with Sandbox(root) as sandbox:
        return {shares: in_shares(sandbox, root, shares) for shares in NUMBERS}


@pytest.mark.parametrize("shares", NUMBERS[1:])
def test_shares_say_together_what_one_that_has_all_cases_says(baselines: dict[int, Cases], shares: int) -> None:
    one, several = baselines[1], baselines[shares]
    assert several.reached.count == one.reached.count > 100
    assert several.reached.entered() == one.reached.entered()
    for key in one.reached.entered():
        for chosen in ("by", "distilled", "essential"):
            numbers: Any = getattr(one.reached, chosen)([key])
            assert numbers
            assert getattr(several.reached, chosen)([key]) == numbers
    assert several.loaded == one.loaded
    assert several.drill.entered() == one.drill.entered()
    assert {name: set(keys) for name, keys in several.by_property.items()} == {
        name: set(keys) for name, keys in one.by_property.items()
    }


def told(**other: Any) -> dict[str, Any]:
    """What a share tells in which nothing is wrong."""
    nothing: dict[str, Any] = {"ways": {}, "drill": {}, "always": [], "loaded": [], "by_property": {}}
    return {**nothing, "incident": {"hit": 0, "why": ""}, "cases": "the same", **other}


def test_shares_that_had_other_cases_are_not_put_together() -> None:
    shown = {"traits": [[]], "reach": [[]], "weights": [1]}
    assert put_together("", shown, [told(), told()], 0.0).reached.count == 1
    with pytest.raises(BaselineError, match="flaky"):
        put_together("", shown, [told(), told(cases="others")], 0.0)


def test_who_enters_the_incident_is_known_whichever_share_has_it() -> None:
    shown = {"traits": [[]], "reach": [[]], "weights": [1]}
    cases = put_together("", shown, [told(), told(drill={"a.py:1:2": "1"})], 0.0)
    assert cases.drill.by(["a.py:1:2"]) == (0,)
    assert cases.drill.by(["a.py:1:3"]) == ()


class Shares:
    """A crew whose workers tell what they are given, share by share."""

    def __init__(self, *told: dict[str, Any] | None) -> None:
        self._told = told

    def run(self, _do: str, job: dict[str, Any], *_rest: Any, **_more: Any) -> Ran:
        said = self._told[job["share"][0]]
        return Ran("exit 0" if said else "signal 9", () if said is None else ({"shown": {}}, {"baseline": said}))


def day(hit: int, why: str) -> dict[str, Any]:
    return told(acted=True, notices=[], incident={"hit": hit, "why": why})


def broken(by: str, kind: str) -> dict[str, Any]:
    return told(acted=True, notices=[{"by": by, "kind": kind, "at": "a case", "why": "so it is", "calls": 1}])


@pytest.mark.parametrize(
    ("shares", "said"),
    [
        ((told(acted=True, notices=[]), broken("isolation", "assertion")), "isolation is broken already"),
        ((broken("service", "crash"), broken("isolation", "assertion")), "isolation is broken already"),
        ((None, broken("isolation", "assertion")), "isolation is broken already"),
        (
            (broken("useful", "assertion"), broken("isolation", "assertion")),
            "^nothing was changed, and isolation is broken already, .*: so it is; broken, too: useful$",
        ),
        ((told(acted=True, notices=[]), None), "does not stand up to the kit unchanged: it left with signal 9"),
        ((told(acted=False, notices=[]), told(acted=False, notices=[])), "had an effect"),
        (
            (day(3, ""), told(acted=True, notices=[])),
            "the incident does not end well: 3 balancers of others came down",
        ),
        ((day(0, "KeyError: 1"), told(acted=True, notices=[])), "the incident does not end well: KeyError: 1"),
    ],
)
def test_what_is_wrong_in_any_share_is_told(tmp_path: Path, shares: Any, said: str) -> None:
    experiment = Experiment(tmp_path, "service:Volumes", ())
    ground = Ground(experiment, str(tmp_path), cast(Any, Shares(*shares)))
    with pytest.raises(BaselineError, match=said):
        ground.stand(1)
