"""Each property with calls under which it holds, breaks, or has nothing to say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from guards.testing.exchange import Exchange
from guards.testing.judges import did_nothing
from guards.testing.properties import NAMES, PROPERTIES, is_supported, judge
from guards.testing.reading import Duty, Reading, Reason
from guards.testing.replay import run_steps
from guards.testing.service import AuditEntry, Effect, Operation, Outcome, Reply, Seen, accepted, interrupted, refused
from guards.testing.steps import Step, ref
from guards.testing.twins import run_with_twin
from tests.kit.calls import world_of
from tests.kit.store import CREATE, DELETE, GIVE, MOVE, RESIZE, Store
from tests.planted.depot import Depot

OURS, OURS_TOO, PART, THEIRS = "ours", "ours too", "part of ours", "theirs"
SEEN = {
    OURS: Seen("acme", "live", "web", "volume"),
    OURS_TOO: Seen("acme", "live", "web", "volume"),
    PART: Seen("acme", "live", "web", "backend", parent=OURS),
    THEIRS: Seen("birch", "live", None, "volume"),
}
READING = Reading(frozenset({"acme"}), frozenset(), Duty.MUST, frozenset(), frozenset({OURS}), "own", ("acme", "web"))
REFUSABLE = replace(READING, duty=Duty.MUST_NOT, reasons=frozenset({Reason.FORM}), targets=frozenset())


def gone(*keys: str) -> dict[Any, tuple[Seen | None, Seen | None]]:
    return {key: (SEEN[key], None) for key in keys}


def call(
    reply: Reply | None = None,
    changes: dict[Any, tuple[Seen | None, Seen | None]] | None = None,
    reading: Reading = READING,
    operation: Operation = DELETE,
    crafts: tuple[str, ...] = (),
    **more: Any,
) -> Exchange:
    """A call about `ours` that was accepted and destroyed nothing, unless said otherwise."""
    step = Step(operation.name, {}, "tenant#0", crafts)
    return Exchange(
        step,
        operation,
        more.pop("sent", None),
        reply or accepted(),
        reading,
        SEEN,
        changes or {},
        **{"is_first": True, **more},
    )


def because(reason: Reason) -> Reading:
    return replace(READING, duty=Duty.MUST_NOT, reasons=frozenset({reason}))


def to(organization: str, project: str | None) -> Reading:
    return replace(READING, home=(organization, project), destinations=frozenset({organization}))


MOVED = {OURS: (SEEN[OURS], SEEN[OURS]._replace(project="app"))}
GIVEN = {OURS: (SEEN[OURS], SEEN[OURS]._replace(organization="birch", project=None))}
NEW = Seen("acme", "live", "web", "volume")


@dataclass(frozen=True)
class Row:
    property: str
    says: str
    why: str
    x: Exchange


HOLDS, BREAKS, SILENT = "holds", "breaks", "is silent"
FREEZE = replace(RESIZE, name="freeze", effect=Effect.HOLD)
LOOK = replace(RESIZE, name="look", effect=Effect.READ)
PREVIEW = replace(because(Reason.DRY_RUN), is_preview=True)
BOTH = replace(READING, targets=frozenset({OURS, OURS_TOO}), owed=frozenset({OURS, OURS_TOO}))
HELD_ALREADY = replace(BOTH, owed=frozenset({OURS}))
RESIZED = {OURS: (SEEN[OURS], SEEN[OURS]._replace(state="live, 3 GB"))}
CODED = replace(DELETE, refuses={"null": "bad_id", "volume_id:empty": "empty_id"})

ROWS = [
    Row("isolation", HOLDS, "its own object", call(changes=gone(OURS))),
    Row("isolation", BREAKS, "a stranger's object", call(changes=gone(THEIRS))),
    Row("isolation", BREAKS, "a stranger's beside its own", call(changes=gone(OURS, THEIRS))),
    Row("isolation", BREAKS, "although it was refused", call(refused(), changes=gone(THEIRS))),
    Row("isolation", BREAKS, "a stranger gets a new object", call(changes={"new": (None, SEEN[THEIRS])})),
    Row("isolation", BREAKS, "a stranger gets its object", call(changes=GIVEN)),
    Row("isolation", HOLDS, "a stranger that is named gets its object", call(changes=GIVEN, reading=to("birch", None))),
    Row(
        "isolation",
        HOLDS,
        "it tried to cross",
        call(refused(), reading=replace(REFUSABLE, relation="other organization")),
    ),
    Row("isolation", SILENT, "nothing changed", call(refused())),
    Row(
        "isolation",
        BREAKS,
        "two organizations at once",
        call(changes=gone(OURS, THEIRS), reading=replace(READING, entitled=frozenset({"acme", "birch"}))),
    ),
    Row("malformed-refused", HOLDS, "refused", call(refused("any"), reading=REFUSABLE)),
    Row("malformed-refused", BREAKS, "accepted", call(reading=REFUSABLE)),
    Row("malformed-refused", BREAKS, "refused and done", call(refused(), changes=gone(OURS), reading=REFUSABLE)),
    Row("malformed-refused", SILENT, "well-formed", call(refused())),
    Row("malformed-refused", SILENT, "another reason", call(reading=because(Reason.HOLD))),
    Row("malformed-refused", SILENT, "tolerated", call(reading=replace(REFUSABLE, duty=Duty.MAY))),
    Row(
        "malformed-refused",
        BREAKS,
        "for another reason than declared",
        call(refused("other"), reading=REFUSABLE, operation=CODED, crafts=("volume_id:null",)),
    ),
    Row(
        "malformed-refused",
        HOLDS,
        "for another reason than declared, in the middle of a sequence that may give one",
        call(refused("other"), reading=REFUSABLE, operation=CODED, crafts=("volume_id:null",), is_first=False),
    ),
    Row(
        "malformed-refused",
        HOLDS,
        "for the declared reason",
        call(refused("bad_id"), reading=REFUSABLE, operation=CODED, crafts=("volume_id:null",)),
    ),
    Row(
        "malformed-refused",
        BREAKS,
        "what is declared for the field beats what is declared for the name",
        call(refused("bad_id"), reading=REFUSABLE, operation=CODED, crafts=("volume_id:empty",)),
    ),
    Row("refusal-inert", HOLDS, "refused", call(refused())),
    Row("refusal-inert", BREAKS, "refused and done", call(refused(), changes=gone(OURS))),
    Row("refusal-inert", SILENT, "accepted", call(changes=gone(OURS))),
    Row("dry-run-inert", HOLDS, "nothing", call(reading=because(Reason.DRY_RUN))),
    Row("dry-run-inert", BREAKS, "an effect", call(changes=gone(OURS), reading=because(Reason.DRY_RUN))),
    Row("dry-run-inert", SILENT, "no dry run", call(changes=gone(OURS))),
    Row(
        "read-only-inert",
        BREAKS,
        "of a product that the call does not name",
        call(changes=gone(OURS, OURS_TOO), frozen=frozenset({OURS_TOO})),
    ),
    Row("read-only-inert", SILENT, "of a writable product", call(changes=gone(OURS))),
    Row("read-only-inert", SILENT, "part of a writable one", call(changes=gone(OURS, PART), frozen=frozenset({PART}))),
    Row(
        "read-only-inert",
        SILENT,
        "a hold may still be put on",
        call(operation=FREEZE, changes=RESIZED, frozen=frozenset({OURS})),
    ),
    Row(
        "read-only-inert",
        BREAKS,
        "a hold destroys",
        call(operation=FREEZE, changes=gone(OURS), frozen=frozenset({OURS})),
    ),
    Row("read-only-inert", BREAKS, "a look changes", call(operation=LOOK, changes=RESIZED, frozen=frozenset({OURS}))),
    Row("read-only-inert", HOLDS, "refused", call(refused(), reading=because(Reason.READ_ONLY))),
    Row("read-only-inert", BREAKS, "an effect", call(refused(), changes=gone(OURS), reading=because(Reason.READ_ONLY))),
    Row("read-only-inert", SILENT, "writable", call(changes=gone(OURS))),
    Row("exact-effects", HOLDS, "its target", call(changes=gone(OURS))),
    Row("exact-effects", HOLDS, "its target with its parts", call(changes=gone(OURS, PART))),
    Row("exact-effects", BREAKS, "a sibling too", call(changes=gone(OURS, OURS_TOO))),
    Row("exact-effects", BREAKS, "a sibling instead", call(changes=gone(OURS_TOO))),
    Row("exact-effects", BREAKS, "a part alone", call(changes=gone(PART))),
    Row("exact-effects", BREAKS, "something new", call(changes={**gone(OURS), "new": (None, NEW)})),
    Row("exact-effects", SILENT, "refused", call(refused(), changes=gone(OURS))),
    Row("exact-effects", SILENT, "nothing changed", call()),
    Row("exact-effects", SILENT, "ill-formed", call(changes=gone(OURS), reading=REFUSABLE)),
    Row("exact-effects", HOLDS, "created at home", call(changes={"new": (None, NEW)}, operation=CREATE)),
    Row(
        "exact-effects",
        BREAKS,
        "created elsewhere",
        call(changes={"new": (None, NEW._replace(project="app"))}, operation=CREATE),
    ),
    Row(
        "exact-effects",
        HOLDS,
        "created in some project where none was named",
        call(changes={"new": (None, NEW)}, operation=CREATE, reading=to("acme", None)),
    ),
    Row("exact-effects", HOLDS, "moved there", call(changes=MOVED, operation=MOVE, reading=to("acme", "app"))),
    Row("exact-effects", BREAKS, "moved elsewhere", call(changes=MOVED, operation=MOVE, reading=to("acme", "other"))),
    Row("exact-effects", HOLDS, "given away", call(changes=GIVEN, operation=GIVE, reading=to("birch", None))),
    Row(
        "exact-effects",
        BREAKS,
        "a sibling changed with it",
        call(
            changes={key: (SEEN[key], SEEN[key]._replace(state="3 GB")) for key in (OURS, OURS_TOO)}, operation=RESIZE
        ),
    ),
    Row("useful", HOLDS, "a dry run was accepted", call(reading=PREVIEW)),
    Row("useful", BREAKS, "a dry run was refused", call(refused(), reading=PREVIEW)),
    Row("useful", SILENT, "a dry run over the limit was refused", call(refused(), reading=because(Reason.DRY_RUN))),
    Row("useful", HOLDS, "changed", call(operation=RESIZE, changes=RESIZED, reading=HELD_ALREADY)),
    Row("useful", BREAKS, "changed one of two", call(operation=RESIZE, changes=RESIZED, reading=BOTH)),
    Row(
        "useful",
        HOLDS,
        "changed one of two, the other may have been so",
        call(operation=RESIZE, changes=RESIZED, reading=BOTH, is_first=False),
    ),
    Row("useful", BREAKS, "held one of two", call(operation=FREEZE, changes=RESIZED, reading=BOTH)),
    Row("useful", HOLDS, "the other was held", call(operation=FREEZE, changes=RESIZED, reading=HELD_ALREADY)),
    Row("useful", HOLDS, "holds cannot be seen", call(operation=FREEZE, reading=BOTH)),
    Row("useful", BREAKS, "holds can be seen", call(operation=FREEZE, reading=BOTH, holds_show=True)),
    Row("useful", HOLDS, "done", call(changes=gone(OURS))),
    Row("useful", BREAKS, "refused", call(refused("no"))),
    Row("useful", SILENT, "failed, which is not an answer", call(Reply(Outcome.FAILED))),
    Row(
        "useful",
        BREAKS,
        "half done",
        call(changes=gone(OURS), reading=replace(READING, targets=frozenset({OURS, OURS_TOO}))),
    ),
    Row("useful", SILENT, "a refusal is as good", call(refused(), reading=replace(READING, duty=Duty.MAY))),
    Row("useful", SILENT, "refused as it must be", call(refused(), reading=REFUSABLE)),
    Row("useful", SILENT, "nothing changed", call()),
    Row("useful", SILENT, "a change that shows nothing", call(operation=RESIZE)),
    Row(
        "blast-radius",
        HOLDS,
        "over the limit, refused",
        call(refused(), reading=because(Reason.LIMIT), allowance=(0, 100, 3)),
    ),
    Row("blast-radius", BREAKS, "one over the count", call(changes=gone(OURS, OURS_TOO), allowance=(1, 100, 3))),
    Row("blast-radius", BREAKS, "over the share", call(changes=gone(OURS), allowance=(9, 33, 3))),
    Row("blast-radius", SILENT, "exactly the share", call(changes=gone(OURS), allowance=(9, 34, 3))),
    Row("blast-radius", SILENT, "parts are not counted", call(changes=gone(OURS, PART), allowance=(1, 100, 3))),
    Row("blast-radius", SILENT, "no limits are known", call(changes=gone(OURS, OURS_TOO))),
    Row("blast-radius", SILENT, "nothing is destroyed", call(changes=MOVED, operation=MOVE, allowance=(0, 0, 3))),
    Row("hold-respected", HOLDS, "refused", call(refused(), reading=because(Reason.HOLD))),
    Row("hold-respected", BREAKS, "destroyed", call(changes=gone(OURS), held=frozenset({OURS}))),
    Row("hold-respected", SILENT, "moved", call(changes=MOVED, operation=MOVE, held=frozenset({OURS}))),
    Row("hold-respected", SILENT, "no hold", call(changes=gone(OURS))),
    Row("dependents-safe", HOLDS, "refused", call(refused(), reading=because(Reason.DEPENDENTS))),
    Row("dependents-safe", BREAKS, "destroyed", call(changes=gone(OURS), load_bearing=frozenset({OURS}))),
    Row("dependents-safe", SILENT, "nothing stands on it", call(changes=gone(OURS))),
    Row("fail-closed", HOLDS, "refused", call(refused(), fault="down")),
    Row("fail-closed", BREAKS, "refused and done", call(refused(), changes=gone(OURS), fault="down")),
    Row("fail-closed", BREAKS, "accepted and undone", call(fault="down")),
    Row("fail-closed", BREAKS, "accepted and not created", call(operation=CREATE, fault="down")),
    Row(
        "fail-closed",
        BREAKS,
        "accepted and not moved",
        call(operation=MOVE, reading=to("acme", "app"), fault="down"),
    ),
    Row("fail-closed", SILENT, "a dry run, accepted", call(reading=because(Reason.DRY_RUN), fault="down")),
    Row("fail-closed", SILENT, "accepted and done", call(changes=gone(OURS), fault="down")),
    Row("fail-closed", BREAKS, "a sibling too", call(changes=gone(OURS, OURS_TOO), fault="down")),
    Row(
        "fail-closed",
        HOLDS,
        "interrupted, and owned up to",
        call(interrupted(receipt={OURS: "done"}), changes=gone(OURS), fault="down"),
    ),
    Row(
        "fail-closed",
        HOLDS,
        "interrupted, and in doubt",
        call(interrupted(receipt={OURS: "in doubt"}), changes=gone(OURS), fault="down"),
    ),
    Row(
        "fail-closed",
        BREAKS,
        "interrupted, and denied",
        call(interrupted(receipt={OURS: "refused"}), changes=gone(OURS), fault="down"),
    ),
    Row("fail-closed", BREAKS, "interrupted without a receipt", call(interrupted(), changes=gone(OURS), fault="down")),
    Row("fail-closed", BREAKS, "claims what it did not do", call(interrupted(receipt={OURS: "done"}), fault="down")),
    Row("fail-closed", SILENT, "no fault", call(changes=gone(OURS))),
]


def trail(*phases: str, of: str = OURS) -> tuple[AuditEntry, ...]:
    return tuple(AuditEntry(phase, of) for phase in phases)


ROWS += [
    Row("audit-complete", HOLDS, "both", call(changes=gone(OURS), audit=trail("intent", "effect"))),
    Row("audit-complete", BREAKS, "no intent", call(changes=gone(OURS), audit=trail("effect"))),
    Row("audit-complete", BREAKS, "no effect", call(changes=gone(OURS), audit=trail("intent"))),
    Row("audit-complete", BREAKS, "the wrong way round", call(changes=gone(OURS), audit=trail("effect", "intent"))),
    Row("audit-complete", BREAKS, "twice", call(changes=gone(OURS), audit=trail("intent", "effect") * 2)),
    Row("audit-complete", BREAKS, "nothing", call(changes=gone(OURS), audit=())),
    Row("audit-complete", BREAKS, "of what did not happen", call(refused(), audit=trail("intent", "effect"))),
    Row("audit-complete", SILENT, "an intent that came to nothing", call(refused(), audit=trail("intent"))),
    Row("audit-complete", SILENT, "no trail", call(changes=gone(OURS))),
    Row("audit-complete", HOLDS, "cut short by a fault", call(changes=gone(OURS), audit=trail("intent"), fault="down")),
    Row("audit-complete", BREAKS, "lost by a fault", call(changes=gone(OURS), audit=(), fault="down")),
    Row("audit-complete", SILENT, "nothing is destroyed", call(changes=MOVED, operation=MOVE, audit=())),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.property} {row.says}: {row.why}")
def test_a_property_holds_breaks_or_is_silent(row: Row) -> None:
    property = next(p for p in PROPERTIES if p.name == row.property)
    finding = property.judge(row.x)
    assert (finding.exercised, bool(finding.why)) == {
        HOLDS: (True, False),
        BREAKS: (True, True),
        SILENT: (False, False),
    }[row.says]


@pytest.mark.parametrize("name", [name for name in NAMES if name != "noninterference"])
def test_every_property_has_all_three_rows(name: str) -> None:
    assert {row.says for row in ROWS if row.property == name} == {HOLDS, BREAKS, SILENT}


def test_noninterference_has_nothing_to_say_without_a_twin_and_holds_with_an_equal_one() -> None:
    step = Step("delete", {"volume_id": ref("volume#1")}, "tenant#0")
    (alone,), (twinned,) = run_steps(Store(), world_of(), [step]), run_with_twin(Store(), world_of(), [step])
    assert "noninterference" not in {property.name for property, _ in judge(alone)}
    assert [finding.why for property, finding in judge(twinned) if property.name == "noninterference"] == [""]


def test_what_interfered_is_shown_as_the_object_it_is() -> None:
    step = Step("delete", {"volume_id": ref("volume#1")}, "tenant#0")
    (x,) = run_with_twin(Store(), world_of(), [step])
    assert x.twin is not None
    other = replace(x, twin=replace(x.twin, changes={}))
    (finding,) = (finding for property, finding in judge(other) if property.name == "noninterference")
    assert finding.objects == tuple(x.changes)


def test_a_call_that_was_not_tried_says_nothing() -> None:
    assert judge(call(Reply(Outcome.NOT_TRIED), changes={})) == []


def test_findings_name_their_objects_in_a_fixed_order() -> None:
    (finding,) = (
        f
        for p, f in judge(call(changes=gone(THEIRS, OURS_TOO, OURS), reading=REFUSABLE))
        if p.name == "malformed-refused"
    )
    assert finding.objects == (OURS_TOO, OURS, THEIRS)  # in the order of their text, quotes and all


@pytest.mark.parametrize(
    ("x", "idle"),
    [
        (call(), True),
        (call(operation=MOVE), True),
        (call(operation=RESIZE), True),
        (replace(call(operation=RESIZE), is_first=False), False),
        (call(operation=replace(RESIZE, shows=False)), False),
        (call(changes=gone(OURS)), False),
        (call(refused()), False),
        (call(reading=replace(READING, duty=Duty.MAY)), False),
    ],
)
def test_an_accepted_call_that_owes_an_effect_and_had_none_did_nothing(x: Exchange, idle: bool) -> None:
    assert did_nothing(x) == idle


def test_a_property_needs_its_ability() -> None:
    supported = {property.name for property in PROPERTIES if is_supported(property, Store())}
    assert supported == {
        "isolation",
        "noninterference",
        "malformed-refused",
        "refusal-inert",
        "exact-effects",
        "useful",
    }
    assert all(is_supported(property, Depot()) for property in PROPERTIES)


def test_the_names_are_those_of_the_contract() -> None:
    assert NAMES == (
        "isolation",
        "noninterference",
        "malformed-refused",
        "refusal-inert",
        "dry-run-inert",
        "read-only-inert",
        "exact-effects",
        "useful",
        "blast-radius",
        "hold-respected",
        "dependents-safe",
        "fail-closed",
        "audit-complete",
    )
