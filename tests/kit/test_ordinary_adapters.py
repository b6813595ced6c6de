"""What ordinary adapters and services do, and careless ones get wrong: none may blind the kit or make it cry wolf."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from guards.errors import GuardsError
from guards.results import Verdict, VerifyResult
from guards.testing import TENANT, Effect, Operation, Reply, Seen, World, accepted, refused, resource, resources, run
from guards.testing.calls import kinds_of, roles_of
from guards.testing.check import check_case
from guards.testing.replay import Session
from guards.testing.shorten import shorten
from guards.testing.single_fault import cases
from guards.testing.table import table
from guards.testing.trace import rerun
from guards.testing.world import STYLES, make_world


class Refused(Exception):
    pass


class Volumes:
    """A sound service: one tenant's users delete its volumes, one at a time or a list of them."""

    operations: tuple[Operation, ...] = (
        Operation("delete", TENANT, {"volume_id": resource("volume")}),
        Operation("clear", TENANT, {"volume_ids": resources("volume")}),
    )
    refusals: tuple[type[Exception], ...] = (Refused,)
    comparable_replies = True

    def populate(self, world: World) -> dict[str, Any]:
        self.rows = {r.id: r.organization.id for r in world.resources}
        self.homes = {r.id: r.project.organization.id if r.project else None for r in world.resources}
        self.order = [o.id for o in world.organizations]
        return world.ids()

    def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Reply:
        if set(fields) != {"volume_id" if operation == "delete" else "volume_ids"}:
            raise Refused
        ids = [fields["volume_id"]] if operation == "delete" else fields["volume_ids"]
        if type(ids) is not list or not ids or any(type(i) is not str for i in ids) or len(set(ids)) < len(ids):
            raise Refused
        self.check(caller, ids)
        for i in ids:
            del self.rows[i]
        return accepted()

    def check(self, caller: Any, ids: list[str]) -> None:
        if caller is None or any(self.rows.get(i) != caller for i in ids):
            raise Refused

    def observe(self) -> dict[Any, Any]:
        return {i: (owner, "live") for i, owner in self.rows.items()}


def attacked(make: Callable[[], Any], **more: Any) -> VerifyResult:
    return run(make, seed=1, rounds=1, examples=10, **more)


def verdict(make: Callable[[], Any], name: str, **more: Any) -> Verdict:
    return dict(attacked(make, **more).verdicts())[name]


def test_the_sound_service_of_this_file_holds() -> None:
    assert {v for _, v in attacked(Volumes).verdicts()} == {Verdict.HELD, Verdict.UNSUPPORTED}


# --- what must not alarm ----------------------------------------------------------------------------------------------


class TakesItsFieldsApart(Volumes):
    def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Reply:
        taken = {name: fields.pop(name) for name in list(fields)}
        try:
            return super().call(caller, operation, taken)
        finally:
            for value in taken.values():
                if isinstance(value, list):
                    value.clear()


class SaysNumbers(Volumes):
    refusals = ()

    def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Reply:
        try:
            return super().call(caller, operation, fields)
        except Refused:
            return refused(404)  # type: ignore[arg-type]  # what an HTTP client hands on


@pytest.mark.parametrize("make", [TakesItsFieldsApart, SaysNumbers])
def test_an_ordinary_habit_is_no_offence(make: Callable[[], Any]) -> None:
    assert Verdict.BROKEN not in dict(attacked(make).verdicts()).values()


# --- what must be seen ------------------------------------------------------------------------------------------------


class OldOnesAreAnybodys(Volumes):
    def check(self, caller: Any, ids: list[str]) -> None:
        if caller is None or any(i not in self.rows for i in ids):
            raise Refused
        if any(self.homes[i] is not None and self.rows[i] != caller for i in ids):
            raise Refused


class FirstMayHitLast(Volumes):
    def check(self, caller: Any, ids: list[str]) -> None:
        if caller == self.order[0] and all(self.rows.get(i) == self.order[-1] for i in ids):
            return
        super().check(caller, ids)


class SecondMayHitLast(Volumes):
    def check(self, caller: Any, ids: list[str]) -> None:
        if caller == self.order[1] and all(self.rows.get(i) == self.order[-1] for i in ids):
            return
        super().check(caller, ids)


class SecondTimeLucky(Volumes):
    asked: tuple[Any, Any] | None = None

    def check(self, caller: Any, ids: list[str]) -> None:
        again, self.asked = self.asked == (caller, ids), (caller, list(ids))
        if again and caller is not None and all(i in self.rows for i in ids):
            return
        super().check(caller, ids)


class LikesPatterns(Volumes):
    def check(self, caller: Any, ids: list[str]) -> None:
        import re

        if caller is None or any(not re.fullmatch(str(caller), self.rows.get(i, "")) for i in ids):
            raise Refused


class StripsZeros(Volumes):
    def check(self, caller: Any, ids: list[str]) -> None:
        if caller is None or any(self.rows.get(i, "").lstrip("0") != caller.lstrip("0") for i in ids):
            raise Refused


class ShortColumn(Volumes):
    def check(self, caller: Any, ids: list[str]) -> None:
        if caller is None or any(self.rows.get(i, "")[:64] != caller[:64] for i in ids):
            raise Refused


class OneDash(Volumes):
    def check(self, caller: Any, ids: list[str]) -> None:
        if caller is None or any(self.rows.get(i, "").replace("_", "-") != caller.replace("_", "-") for i in ids):
            raise Refused


class HandsOutLiveRows(Volumes):
    """Renames a volume of anybody, then refuses; what it is observed by is the very thing that it changes."""

    def populate(self, world: World) -> dict[str, Any]:
        natives = super().populate(world)
        self.states = {i: {"name": i} for i in self.rows}
        return natives

    def check(self, caller: Any, ids: list[str]) -> None:
        for i in ids:
            if i in self.states:
                self.states[i]["name"] += "!"
        super().check(caller, ids)

    def observe(self) -> dict[Any, Any]:
        return {i: (owner, self.states[i]) for i, owner in self.rows.items()}


@pytest.mark.parametrize(
    "make",
    [
        OldOnesAreAnybodys,
        FirstMayHitLast,
        SecondMayHitLast,
        SecondTimeLucky,
        LikesPatterns,
        StripsZeros,
        ShortColumn,
        OneDash,
        HandsOutLiveRows,
    ],
)
def test_the_first_round_breaks_isolation(make: Callable[[], Any]) -> None:
    assert verdict(make, "isolation", properties=["isolation"]) is Verdict.BROKEN


class ListsEverybody(Volumes):
    operations = (*Volumes.operations, Operation("list", TENANT, {}, effect=Effect.READ, kind="volume"))

    def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Reply:
        if operation != "list":
            return super().call(caller, operation, fields)
        if caller is None or fields:
            raise Refused
        return accepted(self.listed(caller))

    def listed(self, _caller: str) -> list[str]:
        return sorted(self.rows)


class ListsOnesOwn(ListsEverybody):
    def listed(self, caller: str) -> list[str]:
        return sorted(i for i, owner in self.rows.items() if owner == caller)


def test_an_answer_about_everybody_interferes_where_answers_can_be_compared() -> None:
    assert verdict(ListsEverybody, "noninterference") is Verdict.BROKEN
    assert verdict(ListsOnesOwn, "noninterference") is Verdict.HELD


# --- counterexamples --------------------------------------------------------------------------------------------------


class FirstOnly(Volumes):
    def check(self, caller: Any, ids: list[str]) -> None:
        super().check(caller, ids[:1])
        if any(i not in self.rows for i in ids):
            raise Refused


def test_lists_are_shortened_and_the_damage_stays_in_the_picture() -> None:
    result = attacked(FirstOnly, properties=["isolation"])
    (trace,) = result.counterexamples
    (step,) = trace.steps
    assert len(step.fields["volume_ids"]) + len(step.crafts) == 2  # the first, and a stranger's behind it
    assert trace.changed


def test_what_does_not_show_again_is_called_that_and_has_no_counterexample() -> None:
    class OnceOnly(Volumes):
        spent = False

        def check(self, caller: Any, ids: list[str]) -> None:
            if not type(self).spent and caller is not None and all(i in self.rows for i in ids):
                if any(self.rows[i] != caller for i in ids):
                    type(self).spent = True
                return
            super().check(caller, ids)

    result = attacked(OnceOnly, properties=["isolation"])
    (found,) = result.properties
    assert found.verdict is Verdict.BROKEN
    assert "populate does not reset" in found.why
    assert result.counterexamples == []


def test_a_table_says_what_its_names_stand_for_and_cuts_long_harm_short() -> None:
    class Everything(Volumes):
        def check(self, caller: Any, ids: list[str]) -> None:
            if caller is None:
                raise Refused
            self.rows = dict.fromkeys(ids, "")

    service = Everything()
    result = attacked(Everything, properties=["isolation"])
    shown = table(service, shorten(service, _trace(result)))
    assert "ids  " in shown
    assert shown.count("CHANGED") <= 8


def _trace(result: VerifyResult) -> Any:
    from guards.testing.properties import PROPERTIES
    from guards.testing.saved import from_file

    return from_file(result.counterexamples[0], PROPERTIES)


# --- what a service throws, and what an adapter gets wrong ------------------------------------------------------------


@pytest.mark.parametrize("thrown", [asyncio.CancelledError, SystemExit, GeneratorExit])
def test_whatever_a_service_throws_is_a_result(thrown: type[BaseException]) -> None:
    class Throws(Volumes):
        def check(self, caller: Any, ids: list[str]) -> None:
            if caller is None:
                raise thrown
            super().check(caller, ids)

    assert verdict(Throws, "malformed-refused") is Verdict.UNKNOWN


def test_ctrl_c_ends_a_run() -> None:
    class Interrupted(Volumes):
        def check(self, _caller: Any, _ids: list[str]) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        attacked(Interrupted)


@pytest.mark.parametrize(
    ("seen", "word"),
    [(["a"], "mapping"), ({"a": "acme"}, "organization, state"), ({"a": ("acme",)}, "organization, state")],
)
def test_an_adapter_that_observes_wrongly_is_told_so(seen: Any, word: str) -> None:
    class Blind(Volumes):
        def observe(self) -> Any:
            return seen

    with pytest.raises(GuardsError, match=word):
        attacked(Blind)


def test_ids_that_cannot_be_sent_are_refused() -> None:
    class Uuids(Volumes):
        def populate(self, world: World) -> dict[str, Any]:
            return super().populate(world) | {"volume#0": uuid.UUID(int=1)}

    with pytest.raises(GuardsError, match="text or whole numbers"):
        attacked(Uuids)


# --- the same seed ----------------------------------------------------------------------------------------------------

PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
if len(sys.argv) > 2:
    import more_constants
from tests.kit.test_ordinary_adapters import Volumes
from guards.testing import run
tally = run(Volumes, seed=5, rounds=1, examples=40).tally
print(tally.model_dump_json())
"""


def test_a_seed_means_the_same_whatever_else_is_imported(tmp_path: Path) -> None:
    (tmp_path / "more_constants.py").write_text("A = 12345\nB = 'hello there'\nC = [3, 77, 5005, 909090]\n")
    root = Path(__file__).parents[2]
    said = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM, str(tmp_path), *more],
            cwd=root,
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONPATH": str(root), "PYTHONHASHSEED": hashseed, "PATH": ""},
        ).stdout
        for more, hashseed in (((), "0"), (("more",), "7"))
    ]
    assert said[0] == said[1] != ""


# --- single cases -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("style", STYLES)
def test_each_style_is_a_world_that_hangs_together(style: str) -> None:
    world = make_world(kinds_of(Volumes.operations), roles_of(Volumes.operations), style=style, seed=3)
    assert len(set(world.refs())) == len(list(world.refs()))
    assert World.from_json(world.to_json()) == world


def test_a_case_run_alone_passes_on_the_sound_service_and_fails_on_the_careless_one() -> None:
    (case,) = [
        case for case in cases(Volumes(), 0, 1, ("plain",)) if case.name.endswith("foreign-last in plain about 0")
    ]
    check_case(Volumes(), case)
    with pytest.raises(AssertionError, match="isolation is broken"):
        check_case(FirstOnly(), case)
    session = Session(Volumes(), case.world)
    assert isinstance(next(iter(session.seen.values())), Seen)
    assert rerun(FirstOnly(), _trace(attacked(FirstOnly, properties=["isolation"]))).finding is not None
