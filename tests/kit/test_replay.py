"""The replayer: what a call changed, what it was told, and the ledger of what stands around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from guards.testing.declarations import AdapterError
from guards.testing.replay import Session, run_steps
from guards.testing.service import (
    OPERATOR,
    TENANT,
    Effect,
    Natives,
    Operation,
    Outcome,
    Reply,
    Seen,
    accepted,
    choice,
    flag,
    interrupted,
    not_tried,
    organization,
    project,
    refused,
    resource,
)
from guards.testing.steps import Step, StepError, answer, ref
from guards.testing.world import Unexpressible, World
from tests.kit.calls import plays, world_of
from tests.kit.store import CREATE, DELETE, Refusal, Store
from tests.planted.depot import Depot


def delete(volume: str = "volume#1", caller: str = "tenant#0", *crafts: str) -> Step:
    return Step("delete", {"volume_id": ref(volume)}, caller, crafts)


# --- a world that the service cannot hold ---


class Folding(Store):
    """Ids are lower case here."""

    def volume_id(self, n: int, volume: Any) -> Any:
        return volume.id.lower()


class Losing(Store):
    def populate(self, world: World) -> Natives:
        natives = super().populate(world)
        self.rows.popitem()
        return natives


class Misplacing(Store):
    def populate(self, world: World) -> Natives:
        natives = super().populate(world)
        next(iter(self.rows.values())).owner = natives.ids["org#0"]
        return natives


@pytest.mark.parametrize(
    ("make", "style"), [(Folding, "case"), (Losing, "plain"), (Misplacing, "plain"), (Store, "same-name")]
)
def test_a_world_of_which_something_is_missing_or_merged_cannot_be_expressed(make: type[Store], style: str) -> None:
    with pytest.raises(Unexpressible):
        Session(make(), world_of(style=style))


@pytest.mark.parametrize("later", [Losing, Misplacing])
def test_a_world_that_held_once_is_looked_at_anew_where_it_shows_otherwise(later: type[Store]) -> None:
    before = Session(Store(), world_of()).populated
    with pytest.raises(Unexpressible):
        Session(later(), world_of(), before)


def test_a_world_that_shows_as_before_is_known() -> None:
    first = Session(Store(), world_of())
    again = Session(Store(), world_of(), first.populated)
    assert again.populated is first.populated
    assert again.run(delete()) == replace(first.run(delete()), names=again.names)  # type: ignore[type-var]
    assert Session(Store(), world_of(), first.populated).seen == first.populated.seen != first.seen


def test_what_was_learned_in_a_session_is_not_known_in_the_next() -> None:
    class Creating(Store):
        operations = (CREATE,)

    first = Session(Creating(), world_of())
    create = Step("create", {"project_id": ref("project#1"), "name": "disk"}, "tenant#0")
    created = first.run(create)
    assert created is not None
    (made,) = created.changes
    assert first.oracle.knows(made)
    assert not Session(first.service, first.world, first.populated).oracle.knows(made)


def test_a_service_that_forgets_an_id_is_told_which() -> None:
    class Forgetting(Store):
        def populate(self, world: World) -> Natives:
            natives = super().populate(world)
            return replace(natives, ids={ref: id for ref, id in natives.ids.items() if ref != "project#3"})

    with pytest.raises(AdapterError, match="`project#3`"):
        Session(Forgetting(), world_of())


# --- replies ---


class Answering(Store):
    """Answers what it was made to answer."""

    answer: Any = None

    def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Reply:
        if isinstance(self.answer, Exception):
            raise self.answer
        reply: Reply = self.answer
        return reply


@pytest.mark.parametrize(
    ("given", "outcome", "code"),
    [
        (accepted(), Outcome.ACCEPTED, ""),
        (refused("held"), Outcome.REFUSED, "held"),
        (interrupted("half"), Outcome.INTERRUPTED, "half"),
        (not_tried("no way to say it"), Outcome.NOT_TRIED, "no way to say it"),
        (Refusal("gone"), Outcome.REFUSED, "gone"),
        (KeyError("x"), Outcome.FAILED, "KeyError"),
        (RecursionError(), Outcome.FAILED, "RecursionError"),
        (None, Outcome.FAILED, "no_reply"),
        ({"ok": True}, Outcome.FAILED, "no_reply"),
    ],
    ids=repr,
)
def test_what_a_service_does_is_one_of_five_outcomes(given: Any, outcome: Outcome, code: str) -> None:
    service = Answering()
    service.answer = given
    (x,) = plays(service, delete())
    assert (x.outcome, x.reply.code) == (outcome, code)


def test_a_declared_refusal_without_a_code_is_called_by_its_type() -> None:
    service = Answering()
    service.refusals = (LookupError,)  # type: ignore[assignment]  # a service declares what it likes
    service.answer = KeyError("x")
    assert plays(service, delete())[0].reply.code == "KeyError"


def test_what_an_exception_leaves_behind_is_seen() -> None:
    class Late(Store):
        def delete(self, me: Any, volume_id: Any) -> Reply | None:
            super().delete(me, volume_id)
            raise RuntimeError("too late")

    (x,) = plays(Late(), delete())
    assert (x.outcome, len(x.changes)) == (Outcome.FAILED, 1)


def test_a_craft_that_cannot_be_made_is_not_tried_and_never_sent() -> None:
    (x,) = plays(Store(), Step("delete", {"volume_id": 7}, "tenant#0", ("volume_id:upper-case",)))
    assert x.outcome is Outcome.NOT_TRIED


def test_bytes_are_not_tried_on_a_service_that_takes_none() -> None:
    assert plays(Store(), delete("volume#1", "tenant#0", "bytes:truncated"))[0].outcome is Outcome.NOT_TRIED


@pytest.mark.parametrize(
    "step",
    [
        Step("no_such_operation", {}, "tenant#0"),
        delete("volume#99"),
        delete("volume#1", "tenant#9"),
        delete("volume#1", "tenant#0", "volume_id:no-such-craft"),
        Step("@hold", {"level": "resource", "id": ref("volume#1"), "on": True}),
        Step("@no_such_circumstance", {}),
    ],
    ids=lambda step: step.do,
)
def test_a_step_that_this_service_or_world_does_not_have_is_an_error_of_the_trace(step: Step) -> None:
    with pytest.raises(StepError):
        run_steps(Store(), world_of(), [step])


# --- changes ---


def test_a_call_changes_what_is_gone_new_or_different_and_nothing_else() -> None:
    gone, made = plays(
        type("Both", (Store,), {"operations": (DELETE, CREATE)})(),
        delete(),
        Step("create", {"project_id": ref("project#1"), "name": "disk"}, "tenant#0"),
    )
    ((key, (before, after)),) = gone.changes.items()
    assert (gone.names and gone.names.objects[key], after) == ("volume#1", None)
    assert before is not None
    ((_, (before, after)),) = made.changes.items()
    assert before is None
    assert after is not None


def test_a_destroyed_target_counts_as_gone_in_whatever_state_it_is_left() -> None:
    class Soft(Store):
        def drop(self, keys: Any) -> None:
            for key in keys:
                self.rows[key].state = "in the bin"

    session = Session(Soft(), world_of())
    session.run(delete())
    assert session.seen[session.key_of("volume#1")].gone


def test_a_service_that_shows_bare_tuples_is_seen_all_the_same() -> None:
    class Bare(Store):
        def observe(self) -> Mapping[Any, Any]:
            return {key: (row.owner, row.state) for key, row in self.rows.items()}

    (x,) = plays(Bare(), delete())
    assert [before for before, _ in x.changes.values()] == [
        Seen(x.seen["volume", x.sent.fields["volume_id"]][0], "live")
    ]


def test_an_answer_is_there_for_later_steps() -> None:
    both = type("Both", (Store,), {"operations": (DELETE, CREATE)})()
    made, gone = plays(
        both,
        Step("create", {"project_id": ref("project#1"), "name": "disk"}, "tenant#0", let="made"),
        Step("delete", {"volume_id": answer("made", "id")}, "tenant#0"),
    )
    assert gone.reading.targets == made.changes.keys() == gone.changes.keys()


def test_what_another_tenant_created_is_out_of_reach() -> None:
    both = type("Both", (Store,), {"operations": (DELETE, CREATE)})()
    _, x = plays(
        both,
        Step("create", {"project_id": ref("project#3"), "name": "disk"}, "tenant#1", let="made"),
        Step("delete", {"volume_id": answer("made", "id")}, "tenant#0"),
    )
    assert (x.outcome, x.reading.duty.value, x.reading.relation) == (Outcome.REFUSED, "must not", "other organization")


# --- what a call is about ---


@pytest.mark.parametrize(
    ("fields", "caller", "organization"),
    [
        ({"organization_id": ref("org#2"), "volume_ids": [ref("volume#0")]}, "operator#0", "org#2"),
        ({"project_id": ref("project#3")}, "operator#0", "org#1"),
        ({"volume_ids": [ref("volume#0")]}, "operator#0", "org#1"),
        ({}, "tenant#2", "org#2"),
        ({}, "operator#0", "org#0"),
    ],
)
def test_a_call_is_about_what_it_names_first_else_about_its_caller(
    fields: dict[str, Any], caller: str, organization: str
) -> None:
    assert Session(Store(), world_of()).about(Step("purge", fields, caller)).ref == organization


# --- circumstances: set underneath the service ---


def depot(*steps: Step) -> Session:
    session = Session(Depot(), world_of("snapshot", "volume"))
    for step in steps:
        session.run(step)
    return session


@pytest.mark.parametrize(
    ("do", "said", "words"),
    [
        ("@hold", {}, "lacks `level`"),
        ("@hold", {"level": "resource", "id": "loose", "on": True}, "must name by a `.ref`"),
        ("@hold", {"level": "organization", "id": "loose", "on": True}, "must name by a `.ref`"),
        ("@hold", {"level": ["resource"], "id": ref("volume#1"), "on": True}, "says of `level`"),
        ("@hold", {"level": "resource", "id": ref("volume#1"), "on": 1}, "says of `on` 1"),
        ("@read_only", {"kind": ["volume"], "state": True}, "says of `kind`"),
        ("@limit", {"count": "1", "percent": 50}, "says of `count` '1'"),
        ("@depend", {"dependent": "loose", "on": ref("volume#1")}, "must name by a `.ref`"),
        ("@fault", {"fault": {}}, "says of `fault`"),
    ],
)
def test_a_circumstance_that_does_not_say_what_it_must_is_an_error_of_the_trace(
    do: str, said: dict[str, Any], words: str
) -> None:
    with pytest.raises(StepError, match=words):
        depot(Step(do, said))


@pytest.mark.parametrize(
    ("level", "thing"), [("organization", "org#0"), ("project", "project#1"), ("resource", "volume#1")]
)
def test_a_hold_is_in_the_ledger_until_it_is_lifted(level: str, thing: str) -> None:
    session = depot(Step("@hold", {"level": level, "id": ref(thing), "on": True}))
    held = session.oracle.is_held(session.key_of("volume#1"), session.seen[session.key_of("volume#1")], session.ledger)
    session.run(Step("@hold", {"level": level, "id": ref(thing), "on": False}))
    assert (held, session.ledger.holds) == (True, set())


@pytest.mark.parametrize(("state", "kinds"), [(True, {"volume"}), (None, {"volume"}), (False, set())])
def test_an_unknown_state_counts_as_read_only(state: bool | None, kinds: set[str]) -> None:
    session = depot(
        Step("@read_only", {"kind": "volume", "state": True}), Step("@read_only", {"kind": "volume", "state": state})
    )
    assert session.ledger.read_only == kinds


def test_a_fault_is_armed_for_one_call() -> None:
    session = depot(Step("@fault", {"fault": "inventory-fails"}))
    first, second = session.run(delete()), session.run(delete())
    assert first is not None
    assert second is not None
    assert (first.fault, first.outcome, second.fault, second.outcome) == (
        "inventory-fails",
        Outcome.REFUSED,
        "",
        Outcome.ACCEPTED,
    )


def test_limits_are_the_allowance_of_a_call() -> None:
    session = depot(Step("@limit", {"count": 1, "percent": 50}))
    x = session.run(delete())
    assert x is not None
    assert x.allowance == (1, 50, 8)


def test_an_audit_trail_is_read_call_by_call() -> None:
    session = depot()
    trails = [[entry.phase for entry in x.audit or ()] for x in map(session.run, [delete(), delete()]) if x]
    assert trails == [["intent", "effect"], []]


# --- circumstances: set by the service's own operations ---


class Keeper(Store):
    """Holds, releases and freezes by operations of its own, and heeds none of it."""

    operations = (
        DELETE,
        Operation(
            "hold",
            OPERATOR,
            {
                "organization_id": organization(),
                "project_id": project(required=False),
                "volume_id": resource("volume", required=False),
            },
            effect=Effect.HOLD,
            kind="volume",
        ),
        Operation("release", OPERATOR, {"organization_id": organization()}, effect=Effect.UNHOLD, kind="volume"),
        Operation(
            "freeze", OPERATOR, {"kind": choice("volume", "snapshot"), "on": flag(value=True)}, effect=Effect.READ_ONLY
        ),
        Operation("grab", TENANT, {"organization_id": organization()}, effect=Effect.HOLD, kind="volume"),
    )

    def hold(self, me: Any, **fields: Any) -> None: ...

    release = freeze = grab = hold

    def check(self, field: Any, value: Any) -> None:
        if type(value) is not bool:
            super().check(field, value)


def hold(**fields: str) -> Step:
    return Step("hold", {name: ref(thing) for name, thing in fields.items()}, "operator#0")


@pytest.mark.parametrize(
    "fields",
    [
        {"organization_id": "org#0"},
        {"organization_id": "org#0", "project_id": "project#1"},
        {"organization_id": "org#0", "volume_id": "volume#1"},
    ],
)
def test_an_accepted_hold_counts_at_the_level_that_the_call_names(fields: dict[str, str]) -> None:
    _, x = plays(Keeper(), hold(**fields), delete())
    assert x.held == x.changes.keys() != set()


def test_a_hold_on_something_else_holds_nothing_here() -> None:
    for fields in ({"organization_id": "org#1"}, {"organization_id": "org#0", "volume_id": "volume#2"}):
        assert not plays(Keeper(), hold(**fields), delete())[-1].held


def test_an_accepted_release_lifts_the_hold() -> None:
    release = Step("release", {"organization_id": ref("org#0")}, "operator#0")
    assert not plays(Keeper(), hold(organization_id="org#0"), release, delete())[-1].held


def test_a_hold_that_its_caller_was_not_entitled_to_does_not_count() -> None:
    assert not plays(Keeper(), Step("grab", {"organization_id": ref("org#0")}, "tenant#1"), delete())[-1].held


@pytest.mark.parametrize(("on", "reasons"), [(True, {"read-only"}), (False, set())])
def test_an_accepted_switch_counts_for_the_kind_that_it_names(on: bool, reasons: set[str]) -> None:
    first = Step("freeze", {"kind": "volume", "on": True}, "operator#0")
    switch = Step("freeze", {"kind": "volume", "on": on}, "operator#0")
    assert set(plays(Keeper(), first, switch, delete())[-1].reading.reasons) == reasons
