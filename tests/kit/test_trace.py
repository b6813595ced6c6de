"""Counterexamples: as short as they can be, the same each time, fit for any terminal, and tests one can paste."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from guards.errors import GuardsError
from guards.results import read_trace
from guards.testing import Reply, Seen, World, accepted, check_trace
from guards.testing.exchange import Exchange
from guards.testing.machine import make_machine, run_machine
from guards.testing.properties import PROPERTIES
from guards.testing.saved import export, from_file, show_value, to_file
from guards.testing.service import OPERATOR, Effect, Natives, Operation
from guards.testing.shorten import shorten
from guards.testing.steps import Step, ref
from guards.testing.table import table
from guards.testing.trace import Trace, rerun
from tests.kit.calls import broken_by, world_of
from tests.kit.store import CREATE, DELETE, PURGE, Refusal, Store

NAMED = {property.name: property for property in PROPERTIES}
ROOT = Path(__file__).parents[2]


class Open(Store):
    """Takes any id for the caller's own."""

    def own(self, me: Any, id: Any) -> Any:
        return super().own(None, id)


class Third(Store):
    """The third deletion of a run takes everything."""

    operations = (DELETE,)

    def populate(self, world: World) -> Natives:
        self.deletions = 0
        return super().populate(world)

    def delete(self, me: Any, volume_id: Any) -> Reply | None:
        super().delete(me, volume_id)
        self.deletions += 1
        if self.deletions == 3:
            self.drop(self.rows)
        return None


class Idle(Store):
    """Answers every second deletion and does nothing."""

    def populate(self, world: World) -> Natives:
        self.deletions = 0
        return super().populate(world)

    def delete(self, me: Any, volume_id: Any) -> Reply | None:
        self.deletions += 1
        return super().delete(me, volume_id) if self.deletions % 2 else None


def delete(volume: str, caller: str = "tenant#0", *crafts: str) -> Step:
    return Step("delete", {"volume_id": ref(volume)}, caller, crafts)


def trace(property: str, *steps: Step) -> Trace:
    return Trace(NAMED[property], world_of(), steps, seed=7, round=1)


NOISE = (delete("volume#5", "tenant#1"), Step("purge", {"organization_id": ref("org#2")}, "operator#0"))
FOREIGN = delete("volume#1", "tenant#0", "volume_id:foreign")


def drawn(service: Store, property: str) -> list[Trace]:
    """Sequences of the machine that break a property of this service."""
    found: list[Trace] = []

    def watch(world: World, steps: Any, x: Exchange) -> None:
        if property in broken_by(x):
            found.append(Trace(NAMED[property], world, tuple(steps)))

    run_machine(make_machine(service, [world_of()], watch, lambda _w, _s: None), number=5, examples=40, steps=20)
    return sorted(found, key=lambda trace: -len(trace.steps))[:3]


# --- shortening ---


def removals(trace: Trace) -> list[Trace]:
    """Every trace with one step, or one craft, less."""
    steps = trace.steps
    out = [replace(trace, steps=steps[:n] + steps[n + 1 :]) for n in range(len(steps))]
    for n, step in enumerate(steps):
        for craft in step.crafts:
            fewer = replace(step, crafts=tuple(other for other in step.crafts if other != craft))
            out.append(replace(trace, steps=(*steps[:n], fewer, *steps[n + 1 :])))
    return [shorter for shorter in out if shorter.steps]


@pytest.mark.parametrize(("make", "length"), [(Open, 1), (Third, 3)])
def test_nothing_is_left_that_can_be_removed(make: type[Store], length: int) -> None:
    found = drawn(make(), "isolation")
    assert found
    for long in found:
        short = shorten(make(), long)
        assert len(short.steps) == length
        assert rerun(make(), short).finding is not None
        assert not [less for less in removals(short) if rerun(make(), less).finding is not None]


def test_what_comes_after_the_breach_goes_and_what_leads_to_it_stays() -> None:
    steps = (NOISE[0], delete("volume#1"), FOREIGN, delete("volume#2"), delete("volume#3"), delete("volume#4"))
    short = shorten(Third(), trace("isolation", *steps))
    assert len(short.steps) == 3
    assert all(step in steps for step in short.steps)


def test_a_craft_that_adds_nothing_goes() -> None:
    noisy = delete("volume#1", "tenant#0", "request:force", "volume_id:foreign")

    class Lax(Open):
        def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Reply:
            return super().call(caller, operation, {k: v for k, v in fields.items() if k != "force"})

    assert shorten(Lax(), trace("isolation", noisy)).steps == (FOREIGN,)


def test_bystanders_leave_the_world() -> None:
    short = shorten(Open(), trace("isolation", *NOISE, FOREIGN))
    assert sorted(short.world.refs()) == [
        "org#0",
        "org#1",
        "project#1",
        "project#3",
        "tenant#0",
        "volume#0",
        "volume#1",
    ]


def test_what_empties_the_world_goes_once_the_world_is_empty() -> None:
    class Wide(Store):
        """Where a project is empty, all of its organization is taken."""

        def purge(self, me: Any, organization_id: Any, project_id: Any = None, volume_ids: Any = None) -> None:
            try:
                super().purge(me, organization_id, project_id, volume_ids)
            except Refusal:
                super().purge(me, organization_id)

    project = {"organization_id": ref("org#0"), "project_id": ref("project#1")}
    again = Step("purge", project, "operator#0")
    assert rerun(Wide(), trace("exact-effects", again)).finding is None
    short = shorten(Wide(), trace("exact-effects", again, again))
    assert short.steps == (again,)
    assert not [one.ref for one in short.world.resources if one.project is not None and one.project.ref == "project#1"]


def test_a_caller_never_leaves_the_world_of_its_call() -> None:
    short = shorten(Idle(), trace("useful", delete("volume#1"), delete("volume#2")))
    assert {step.caller for step in short.steps} <= set(short.world.refs())


def test_somebody_stays_in_the_world_of_a_call_that_names_nobody() -> None:
    class Mute(Store):
        operations = (DELETE, Operation("ping", OPERATOR, {}, effect=Effect.READ))

        def ping(self, me: Any) -> None:
            raise Refusal("never")

    trace = Trace(NAMED["useful"], world_of(), (Step("ping", {}, "operator#0"),))
    short = shorten(Mute(), trace)
    assert len(short.world.organizations) == 1
    assert rerun(Mute(), short).finding is not None
    assert from_file(to_file(Mute(), short, "tests:Mute"), PROPERTIES).steps == trace.steps


def test_a_service_that_only_answers_has_a_counterexample_of_its_own() -> None:
    short = shorten(Idle(), trace("useful", *NOISE, delete("volume#1"), delete("volume#2")))
    assert [step.do for step in short.steps] == ["delete", "delete"]
    assert "accepted and changed nothing" in table(Idle(), short)


def test_shortening_is_the_same_each_time() -> None:
    long = trace("isolation", *NOISE, delete("volume#1"), FOREIGN, *NOISE)
    assert shorten(Open(), long) == shorten(Open(), long)


def test_a_trace_that_breaks_nothing_is_left_as_it_is() -> None:
    assert shorten(Store(), trace("isolation", FOREIGN)).steps == (FOREIGN,)


# --- files ---


def filed(service: Store, of: Trace) -> str:
    return to_file(service, of, "tests.kit.test_trace:Open").to_json()


def test_a_trace_survives_its_file() -> None:
    short = shorten(Open(), trace("isolation", FOREIGN))
    assert from_file(read_trace(filed(Open(), short).encode()), PROPERTIES) == short


def test_a_file_says_what_changed_and_whose_it_was() -> None:
    file = to_file(Open(), trace("isolation", FOREIGN), "x")
    (change,) = file.changed
    assert change.object.startswith("volume#0 ")
    assert change.owner.startswith("org#1 ")
    assert (change.before.startswith("live in "), change.after) == (True, "absent")


def test_a_property_that_there_is_not_is_an_error() -> None:
    file = read_trace(filed(Open(), trace("isolation", FOREIGN)).replace('"isolation"', '"no-such"').encode())
    with pytest.raises(GuardsError, match="`no-such`"):
        from_file(file, PROPERTIES)


def test_a_replay_fails_while_the_bug_is_there_and_passes_once_it_is_gone() -> None:
    file = filed(Open(), trace("isolation", FOREIGN))
    with pytest.raises(AssertionError, match="isolation is broken"):
        check_trace(Open, file)
    check_trace(Store, file)


# --- the table ---


def is_fit_for_a_terminal(text: str) -> bool:
    return all(len(line) <= 80 and line.isascii() and (line.isprintable() or not line) for line in text.split("\n"))


def test_the_table_says_who_did_what_with_which_craft_and_what_changed() -> None:
    shown = table(Open(), trace("isolation", FOREIGN))
    for part in (
        "isolation is broken",
        "tenant#0",
        "delete volume_id=volume#1",
        "volume_id:foreign",
        "answer",
        "CHANGED",
    ):
        assert part in shown
    assert "of org#1" in " ".join(shown.split())


def test_what_was_left_undone_is_shown_too() -> None:
    class Half(Store):
        def drop(self, keys: Any) -> None:
            super().drop(list(keys)[:1])

    purge = Step("purge", {"organization_id": ref("org#0")}, "operator#0")
    assert "LEFT" in table(Half(), trace("useful", purge))


def test_what_was_made_at_the_wrong_place_is_shown() -> None:
    class Away(Store):
        operations = (CREATE,)

        def made(self, owner: Any, project_id: Any) -> Reply:
            return super().made(owner, owner)

    create = Step("create", {"project_id": ref("project#1"), "name": "disk"}, "tenant#0")
    shown = table(Away(), trace("exact-effects", create))
    assert "CHANGED" in shown
    assert "absent -> live" in " ".join(shown.split())


HOSTILE = (
    "\x1b[31mred\x1b[0m",
    "\u202eright to left",
    "x" * 10_000,
    "a\nb\r\tc",
    "\ud800",
    "",
    "\x00",
    "\u200b",
    '"',
    "{}",
)


class Hostile(Open):
    """Refuses, fails and shows states in words that are not fit for a terminal."""

    word = ""
    operations = (DELETE, PURGE)

    def observe(self) -> Any:
        return {key: Seen(row.owner, self.word + "live", row.project) for key, row in self.rows.items()}

    def purge(self, me: Any, organization_id: Any, **more: Any) -> None:
        raise Refusal(self.word) if more else RuntimeError(self.word)


@pytest.mark.parametrize("word", HOSTILE, ids=lambda word: ascii(word)[:24])
def test_the_table_is_fit_for_any_terminal_whatever_the_service_says(word: str) -> None:
    service = Hostile()
    service.word = word
    purge = Step("purge", {"organization_id": ref("org#0")}, "operator#0")
    listed = replace(purge, fields={**purge.fields, "volume_ids": [ref("volume#1")]})
    for found in (trace("isolation", purge, listed, FOREIGN), trace("useful", listed)):
        assert rerun(service, found).finding is not None
        assert is_fit_for_a_terminal(table(service, found))


@pytest.mark.parametrize(
    "word", [word for word in HOSTILE if word and word != "\ud800"], ids=lambda word: ascii(word)[:24]
)
def test_the_table_is_fit_for_any_terminal_whatever_the_file_says(word: str) -> None:
    value = world_of().to_json()
    for thing in (*value["organizations"], *value["projects"], *value["resources"]):
        thing["id"] = word[:5_000] + thing["id"]
    step = Step("delete", {"volume_id": ref("volume#1"), word: word}, "tenant#0", ("volume_id:foreign",), word[:9])

    class Lax(Open):
        def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Reply:
            return super().call(caller, operation, {"volume_id": fields["volume_id"]})

    assert is_fit_for_a_terminal(table(Lax(), Trace(NAMED["isolation"], World.from_json(value), (step,))))


@pytest.mark.parametrize(
    "word", [*HOSTILE, 7, None, True, ["\x1b"], {"k": "\u202e"}, b"\xff", 1.5, object], ids=lambda w: ascii(w)[:24]
)
def test_a_value_is_shown_short_and_printable(word: Any) -> None:
    shown = show_value(word)
    assert shown
    assert len(shown) <= 70
    assert shown.isascii()
    assert shown.isprintable()


# --- export ---


def test_an_exported_test_fails_while_the_bug_is_there_and_passes_once_it_is_gone(tmp_path: Path) -> None:
    for name, factory in (("open", "tests.kit.test_trace:Open"), ("sound", "tests.kit.store:Store")):
        file = to_file(Open(), trace("isolation", FOREIGN), factory)
        (tmp_path / f"test_{name}.py").write_text(export(file, factory))
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider", "--rootdir", "."],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "FAILED test_open.py::test_isolation_holds_where_it_once_broke" in ran.stdout
    assert "PASSED test_sound.py::test_isolation_holds_where_it_once_broke" in ran.stdout
    assert "CHANGED" in ran.stdout


@pytest.mark.parametrize("word", ["'''", "\\", "\\'''", '"""', "\u202e", "{x}", "%s"])
def test_an_export_holds_its_trace_whatever_stands_in_it(word: str) -> None:
    step = Step("delete", {"volume_id": word}, "tenant#0")
    file = to_file(Store(), trace("isolation", step), "x:y")
    names: dict[str, Any] = {}
    source = export(file, "tests.kit.store:Store").replace("def test_", "def found_")
    exec(compile(source, "pasted", "exec"), names)  # the export is Python source: that is what is tested
    assert read_trace(names["TRACE"].encode()) == file


@pytest.mark.parametrize("factory", ["", "module", "module:", ":name", "a b:c", "m:n; import os", "m:f()", "m.:n"])
def test_a_factory_that_is_no_name_is_refused(factory: str) -> None:
    with pytest.raises(GuardsError, match="not MODULE:NAME"):
        export(to_file(Open(), trace("isolation", FOREIGN), "x"), factory)


def test_a_factory_within_a_class_is_imported_by_its_head() -> None:
    source = export(to_file(Open(), trace("isolation", FOREIGN), "x"), "shop.api:Cart.make")
    assert "from shop.api import Cart\n" in source
    assert "check_trace(Cart.make, TRACE)" in source


def test_the_services_reply_is_shown_where_it_failed() -> None:
    class Failing(Store):
        def delete(self, me: Any, volume_id: Any) -> Reply | None:
            raise ZeroDivisionError("by \x1b zero")

    assert "failed ZeroDivisionError" in table(Failing(), trace("useful", delete("volume#1")))
    assert accepted().code == ""
