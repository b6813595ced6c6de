"""The oracle in tables: whom a call names under any sensible reading, and what a well-formed call must do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from guards.testing.reading import Duty, Reading, Reason
from guards.testing.replay import Session
from guards.testing.service import (
    OPERATOR,
    TENANT,
    Effect,
    Field,
    Operation,
    choice,
    flag,
    organization,
    project,
    repeats,
    resource,
    resources,
    text,
)
from tests.kit.calls import reads, world_of
from tests.kit.store import CREATE, DELETE, GIVE, LIST, MOVE, PURGE, WIPE, Store
from tests.planted.depot import Depot

PLAIN = Session(Store(), world_of())
IDS = PLAIN.natives
ORG, PROJECT, VOLUME = IDS["org#0"], IDS["project#1"], IDS["volume#1"]
FOREIGN_ORG, FOREIGN_PROJECT, FOREIGN_VOLUME = IDS["org#1"], IDS["project#3"], IDS["volume#0"]

ANYTHING = Operation(
    "anything",
    OPERATOR,
    {
        "account": organization(required=False),
        "again": repeats("account", required=False),
        "project_id": project(required=False),
        "volume_id": resource("volume", required=False),
        "volume_ids": resources("volume", required=False),
    },
)


def named(session: Session, fields: Mapping[str, Any]) -> list[str]:
    """The organizations, by ref, that an operator's call entitles to touch."""
    refs = {session.natives[o.ref]: o.ref for o in session.world.organizations}
    return sorted(refs[native] for native in reads(session, ANYTHING, "operator#0", fields).entitled)


# --- lenient: whom an operator's call names ---


@pytest.mark.parametrize(
    ("fields", "refs"),
    [
        ({}, []),
        ({"account": ORG}, ["org#0"]),
        ({"account": [ORG]}, ["org#0"]),
        ({"account": {"id": ORG}}, ["org#0"]),
        ({"account": f" {ORG}\n"}, ["org#0"]),
        ({"account": ORG.upper()}, ["org#0"]),
        ({"account": "nobody"}, []),
        ({"account": ""}, []),
        ({"account": None}, []),
        ({"account": []}, []),
        ({"account": [ORG, FOREIGN_ORG]}, []),
        ({"account": True}, []),
        ({"project_id": PROJECT}, ["org#0"]),
        ({"volume_id": VOLUME}, ["org#0"]),
        ({"volume_ids": [VOLUME, IDS["volume#2"]]}, ["org#0"]),
        ({"volume_ids": [VOLUME, FOREIGN_VOLUME]}, []),
        ({"volume_ids": [VOLUME, None]}, []),
        ({"volume_ids": []}, []),
        # What is explicit beats what follows from something else.
        ({"account": ORG, "project_id": FOREIGN_PROJECT}, ["org#0"]),
        ({"account": ORG, "volume_ids": [FOREIGN_VOLUME]}, ["org#0"]),
        ({"again": ORG, "project_id": FOREIGN_PROJECT}, ["org#0"]),
        ({"project_id": PROJECT, "volume_id": FOREIGN_VOLUME}, ["org#0"]),
        ({"account": None, "project_id": FOREIGN_PROJECT}, ["org#1"]),
        ({"account": "nobody", "project_id": PROJECT}, []),
    ],
)
def test_an_operator_may_touch_the_one_organization_that_the_call_names(
    fields: dict[str, Any], refs: list[str]
) -> None:
    assert named(PLAIN, fields) == refs


@pytest.mark.parametrize(
    ("repeated", "fields", "refs"),
    [
        (resource("volume"), {"it": VOLUME, "again": VOLUME}, ["org#0"]),
        (resource("volume"), {"it": FOREIGN_VOLUME, "again": FOREIGN_VOLUME}, ["org#1"]),
        (resource("volume"), {"it": VOLUME, "again": FOREIGN_VOLUME}, ["org#0"]),
        (resource("volume"), {"again": FOREIGN_VOLUME}, ["org#1"]),
        (resources("volume"), {"it": [VOLUME], "again": [VOLUME]}, ["org#0"]),
        (project(), {"it": FOREIGN_PROJECT, "again": FOREIGN_PROJECT, "volume_id": VOLUME}, ["org#1"]),
        (text(), {"it": "yes", "again": "yes", "volume_id": VOLUME}, ["org#0"]),
        (organization(destination=True), {"it": FOREIGN_ORG, "again": FOREIGN_ORG, "volume_id": VOLUME}, ["org#0"]),
    ],
)
def test_a_repetition_names_what_it_repeats(repeated: Field, fields: dict[str, Any], refs: list[str]) -> None:
    asked = Operation(
        "twice", OPERATOR, {"again": repeats("it"), "it": repeated, "volume_id": resource("volume", required=False)}
    )
    reading = reads(Session(Store(), world_of()), asked, "operator#0", fields)
    assert reading.entitled == {IDS[ref] for ref in refs}


@pytest.mark.parametrize("style", ["case", "nfkc", "whitespace"])
@pytest.mark.parametrize("n", [0, 1, 2])
def test_an_exact_match_wins_where_several_fold_to_one(style: str, n: int) -> None:
    session = Session(Store(), world_of(style=style))
    assert named(session, {"account": session.natives[f"org#{n}"]}) == [f"org#{n}"]


@pytest.mark.parametrize(("style", "spelled"), [("case", str.title), ("whitespace", lambda id: f"{id}\t")])
def test_several_candidates_are_nobody(style: str, spelled: Callable[[str], str]) -> None:
    session = Session(Store(), world_of(style=style))
    assert named(session, {"account": spelled(session.natives["org#0"])}) == []


@pytest.mark.parametrize("style", ["case", "nfkc"])
@pytest.mark.parametrize("n", [0, 1, 2])
def test_an_id_with_blanks_around_it_is_nearer_than_one_that_has_to_be_folded(style: str, n: int) -> None:
    """A service that strips and is exact besides is merely tolerant."""
    session = Session(Store(), world_of(style=style))
    assert named(session, {"account": f" {session.natives[f'org#{n}']}\t"}) == [f"org#{n}"]


@pytest.mark.parametrize("caller", ["tenant#0", "tenant#1"])
@pytest.mark.parametrize("fields", [{}, {"volume_id": VOLUME}, {"volume_id": FOREIGN_VOLUME}, {"volume_id": None}])
def test_a_tenant_may_touch_its_own_whatever_it_names(caller: str, fields: dict[str, Any]) -> None:
    assert reads(PLAIN, DELETE, caller, fields).entitled == {IDS[caller.replace("tenant", "org")]}


def test_nobody_may_touch_nothing() -> None:
    assert reads(PLAIN, DELETE, "", {"volume_id": VOLUME}).entitled == frozenset()


def test_where_a_thing_is_moved_may_be_anothers_afterwards_only() -> None:
    reading = reads(PLAIN, GIVE, "operator#0", {"organization_id": ORG, "volume_id": VOLUME, "to": FOREIGN_ORG})
    assert (reading.entitled, reading.destinations) == ({ORG}, {FOREIGN_ORG})


def test_who_owns_a_thing_now_is_named_by_its_id() -> None:
    session = Session(Store(), world_of())
    key = session.key_of("volume#1")
    session.seen = {**session.seen, key: session.seen[key]._replace(organization=session.natives["org#1"])}
    assert named(session, {"volume_id": session.natives["volume#1"]}) == ["org#1"]


def test_each_way_to_understand_a_body_counts() -> None:
    ways = [{"account": ORG}, {"account": FOREIGN_ORG}]
    reading = reads(PLAIN, ANYTHING, "operator#0", None, alternatives=ways)
    assert (reading.entitled, reading.duty) == ({ORG, FOREIGN_ORG}, Duty.MUST_NOT)


# --- strict: what is well-formed ---


def purge(**fields: Any) -> Reading:
    return reads(PLAIN, PURGE, "operator#0", {"organization_id": ORG, **fields})


def is_refused(reading: Reading) -> bool:
    return reading.duty is Duty.MUST_NOT and reading.reasons == {Reason.FORM} and reading.targets == frozenset()


def refs(session: Session, reading: Reading) -> set[str]:
    return {session.names.objects[key] for key in reading.targets or ()}


@pytest.mark.parametrize(
    ("fields", "targets"),
    [
        ({}, {"volume#1", "volume#2", "volume#3", "volume#4"}),
        ({"project_id": PROJECT}, {"volume#1", "volume#2"}),
        ({"project_id": ORG}, {"volume#3"}),
        ({"volume_ids": [VOLUME]}, {"volume#1"}),
        ({"volume_ids": [IDS["volume#4"]]}, {"volume#4"}),
        ({"project_id": PROJECT, "volume_ids": [VOLUME]}, {"volume#1"}),
    ],
)
def test_a_well_formed_call_must_hit_exactly_what_it_names(fields: dict[str, Any], targets: set[str]) -> None:
    reading = purge(**fields)
    assert (reading.duty, reading.reasons, refs(PLAIN, reading)) == (Duty.MUST, frozenset(), targets)


MALFORMED_IDS: Sequence[Any] = (
    None,
    "",
    "   ",
    "*",
    0,
    1,
    True,
    False,
    0.5,
    [],
    {},
    [None],
    {"$ne": None},
    VOLUME + " ",
    VOLUME.upper(),
    VOLUME[:-1],
    VOLUME + "2",
    [VOLUME],
    {"id": VOLUME},
    ORG,
    FOREIGN_ORG,
    FOREIGN_VOLUME,
)


@pytest.mark.parametrize("value", MALFORMED_IDS, ids=repr)
def test_whatever_is_not_exactly_an_own_id_is_refused(value: Any) -> None:
    assert is_refused(reads(PLAIN, DELETE, "tenant#0", {"volume_id": value}))


@pytest.mark.parametrize("value", [v for v in MALFORMED_IDS if v != ORG], ids=repr)
def test_whatever_is_not_exactly_an_own_project_is_refused(value: Any) -> None:
    assert is_refused(purge(project_id=value))


@pytest.mark.parametrize("bad", [FOREIGN_VOLUME, "unknown", None, "", 0, True, [VOLUME], VOLUME], ids=repr)
@pytest.mark.parametrize("position", [0, 1, 2])
def test_one_bad_id_at_any_position_refuses_the_whole_list(bad: Any, position: int) -> None:
    ids = [VOLUME, IDS["volume#2"]]
    ids.insert(position, bad)
    assert is_refused(reads(PLAIN, WIPE, "tenant#0", {"volume_ids": ids}))


@pytest.mark.parametrize(
    "fields",
    [
        {"project_id": FOREIGN_PROJECT},
        {"project_id": ORG, "volume_ids": [VOLUME]},
        {"project_id": PROJECT, "volume_ids": [IDS["volume#4"]]},
        {"volume_ids": VOLUME},
        {"volume_ids": [VOLUME, VOLUME]},
        {"no_such_field": 1},
        {"organization_id": FOREIGN_ORG, "volume_ids": [VOLUME]},
        {"organization_id": None},
    ],
)
def test_what_does_not_belong_together_is_refused(fields: dict[str, Any]) -> None:
    assert is_refused(purge(**fields))


@pytest.mark.parametrize(
    ("operation", "caller"), [(DELETE, "operator#0"), (DELETE, ""), (DELETE, "tenant#1"), (PURGE, "tenant#0")]
)
def test_who_may_not_call_is_refused(operation: Operation, caller: str) -> None:
    fields = {"volume_id": VOLUME} if operation is DELETE else {"organization_id": ORG}
    assert is_refused(reads(PLAIN, operation, caller, fields))


def test_true_is_not_one_and_one_is_not_the_word() -> None:
    class Counting(Store):
        def volume_id(self, n: int, volume: Any) -> int:
            return n

    session = Session(Counting(), world_of())
    own = session.natives["volume#1"]
    assert own == 1
    assert reads(session, DELETE, "tenant#0", {"volume_id": 1}).duty is Duty.MUST
    for other in (True, 1.0, "1"):
        assert is_refused(reads(session, DELETE, "tenant#0", {"volume_id": other}))


TYPED = Operation(
    "typed",
    TENANT,
    {
        "volume_id": resource("volume"),
        "sure": flag(),
        "why": text(),
        "mode": choice("soft", 1),
        "env": text(required=False),
    },
)


@pytest.mark.parametrize(
    ("fields", "fits"),
    [
        ({}, True),
        ({"sure": True}, True),
        ({"sure": 1}, False),
        ({"sure": "true"}, False),
        ({"sure": None}, False),
        ({"why": " "}, False),
        ({"why": 7}, False),
        ({"mode": 1}, True),
        ({"mode": True}, False),
        ({"mode": "hard"}, False),
        ({"env": "prod"}, True),
        ({"env": None}, False),
    ],
)
def test_every_kind_of_field_has_its_type(fields: dict[str, Any], fits: bool) -> None:
    valid = {"volume_id": VOLUME, "sure": False, "why": "abuse", "mode": "soft"}
    reading = reads(PLAIN, TYPED, "tenant#0", valid | fields)
    assert (reading.duty is Duty.MUST) == fits


@pytest.mark.parametrize("missing", ["volume_id", "sure", "why", "mode"])
def test_a_required_field_must_be_there(missing: str) -> None:
    fields = {"volume_id": VOLUME, "sure": False, "why": "abuse", "mode": "soft"}
    del fields[missing]
    assert is_refused(reads(PLAIN, TYPED, "tenant#0", fields))


def test_where_every_scope_is_optional_naming_nothing_refuses_what_changes_and_not_what_looks() -> None:
    assert is_refused(reads(PLAIN, ANYTHING, "operator#0", {}))
    assert reads(PLAIN, LIST, "tenant#0", {}).duty is Duty.MUST


def test_a_call_with_no_fields_is_about_all_of_the_tenants_own() -> None:
    everything = Operation("delete_all", TENANT, {}, kind="volume")
    assert refs(PLAIN, reads(PLAIN, everything, "tenant#1", {})) == {"volume#0", "volume#5"}


# --- strict: moves and creations ---


@pytest.mark.parametrize(
    ("to", "duty"),
    [
        (IDS["project#0"], Duty.MUST),
        (IDS["project#1"], Duty.MAY),  # it is there already
        (FOREIGN_PROJECT, Duty.MUST_NOT),
        ("nowhere", Duty.MUST_NOT),
        (None, Duty.MUST_NOT),
    ],
)
def test_a_tenant_moves_things_between_its_own_projects(to: Any, duty: Duty) -> None:
    assert reads(PLAIN, MOVE, "tenant#0", {"volume_id": VOLUME, "to": to}).duty is duty


@pytest.mark.parametrize(("to", "duty"), [(FOREIGN_ORG, Duty.MUST), (ORG, Duty.MAY), ("", Duty.MUST_NOT)])
def test_an_organization_that_is_named_may_be_given_things(to: Any, duty: Duty) -> None:
    fields = {"organization_id": ORG, "volume_id": VOLUME, "to": to}
    assert reads(PLAIN, GIVE, "operator#0", fields).duty is duty


def test_a_project_of_another_organization_than_the_one_named_beside_it_is_no_destination() -> None:
    both = {"to_account": organization(destination=True), "to_project": project(destination=True)}
    move = Operation("relocate", OPERATOR, {"volume_id": resource("volume"), **both}, effect=Effect.MOVE)
    fields = {"volume_id": VOLUME, "to_account": FOREIGN_ORG}
    assert reads(PLAIN, move, "operator#0", {**fields, "to_project": FOREIGN_PROJECT}).home == (
        FOREIGN_ORG,
        FOREIGN_PROJECT,
    )
    assert is_refused(reads(PLAIN, move, "operator#0", {**fields, "to_project": PROJECT}))


@pytest.mark.parametrize(("where", "duty"), [(PROJECT, Duty.MUST), (FOREIGN_PROJECT, Duty.MUST_NOT)])
def test_a_tenant_creates_in_its_own_projects(where: str, duty: Duty) -> None:
    reading = reads(PLAIN, CREATE, "tenant#0", {"project_id": where, "name": "disk"})
    assert (reading.duty, reading.home[0]) == (duty, ORG if duty is Duty.MUST else None)


# --- circumstances ---


def depot(**ledger: Any) -> Session:
    session = Session(Depot(), world_of("snapshot", "volume"))
    for name, value in ledger.items():
        setattr(session.ledger, name, value)
    return session


def depot_reading(session: Session, **fields: Any) -> Reading:
    purge = next(op for op in Depot.operations if op.name == "purge")
    sent = {"organization_id": session.natives["org#0"], "dry_run": False, **fields}
    return reads(session, purge, "operator#0", sent)


def acknowledged(session: Session, **fields: Any) -> Reading:
    return depot_reading(session, acknowledge=session.natives["org#0"], **fields)


@pytest.mark.parametrize("level", ["organization", "project", "resource"])
def test_a_hold_is_inherited_from_every_level(level: str) -> None:
    session = depot()
    org, home = session.natives["org#0"], session.natives["project#1"]
    held = {"organization": org, "project": (org, home), "resource": session.key_of("volume#1")}[level]
    session.ledger.holds = {(level, held)}
    ids = [session.natives["volume#1"]]
    assert depot_reading(session, volume_ids=ids).reasons == {Reason.HOLD}
    assert acknowledged(session).reasons == {Reason.HOLD}


def test_a_hold_elsewhere_stands_against_nothing() -> None:
    session = depot()
    session.ledger.holds = {("organization", session.natives["org#1"]), ("resource", session.key_of("volume#0"))}
    assert acknowledged(session).duty is Duty.MUST


@pytest.mark.parametrize(("kind", "reasons"), [("volume", {Reason.READ_ONLY}), ("snapshot", set())])
def test_read_only_mode_stands_against_its_own_kind(kind: str, reasons: set[Reason]) -> None:
    assert acknowledged(depot(read_only={kind})).reasons == reasons


@pytest.mark.parametrize(
    ("limit", "reasons"),
    [
        ((4, 100), set()),
        ((3, 100), {Reason.LIMIT}),
        ((0, 100), {Reason.LIMIT}),
        ((4, 0), {Reason.LIMIT}),
        ((4, 50), set()),  # 4 of 8
        ((4, 49), {Reason.LIMIT}),
    ],
)
def test_limits_are_counted_in_whole_numbers(limit: tuple[int, int], reasons: set[Reason]) -> None:
    session = depot(limit=limit)
    assert session.oracle.fleet("volume", session.seen) == 8
    assert acknowledged(session).reasons == reasons


def test_a_live_dependent_of_another_organization_stands_against_a_destruction() -> None:
    session = depot()
    theirs, ours, mine = (session.key_of(ref) for ref in ("volume#0", "volume#1", "volume#2"))
    session.ledger.dependents = {(mine, ours)}
    assert acknowledged(session).reasons == set()
    session.ledger.dependents.add((theirs, ours))
    assert acknowledged(session).reasons == {Reason.DEPENDENTS}
    session.seen = {**session.seen, theirs: session.seen[theirs]._replace(gone=True)}
    assert acknowledged(session).reasons == set()


def test_what_stands_on_a_dependent_stands_on_the_ground_as_well() -> None:
    session = depot()
    theirs, ours, mine = (session.key_of(ref) for ref in ("volume#0", "volume#1", "volume#2"))
    session.ledger.dependents = {(theirs, mine), (mine, ours), (ours, mine)}
    assert session.oracle.stands_for_others(ours, session.seen, session.ledger)
    session.seen = {**session.seen, mine: session.seen[mine]._replace(gone=True)}
    assert not session.oracle.stands_for_others(ours, session.seen, session.ledger)


def test_a_dry_run_must_change_nothing() -> None:
    assert acknowledged(depot(), dry_run=True).reasons == {Reason.DRY_RUN}


def test_a_fault_excuses_a_refusal() -> None:
    assert acknowledged(depot(fault="write-fails")).duty is Duty.MAY


def test_what_is_gone_may_be_refused() -> None:
    session = Session(Store(), world_of())
    key = session.key_of("volume#1")
    session.seen = {**session.seen, key: session.seen[key]._replace(gone=True)}
    reading = reads(session, DELETE, "tenant#0", {"volume_id": session.natives["volume#1"]})
    assert (reading.duty, reading.targets) == (Duty.MAY, frozenset())


def test_a_tolerated_spelling_may_be_accepted_and_entitles_to_no_more() -> None:
    reading = reads(PLAIN, DELETE, "tenant#0", {"volume_id": VOLUME + " "}, tolerated=True)
    assert (reading.duty, reading.targets, reading.entitled) == (Duty.MAY, None, {ORG})


# --- relation ---


@pytest.mark.parametrize(
    ("operation", "caller", "fields", "relation"),
    [
        (DELETE, "tenant#0", {"volume_id": VOLUME}, "own"),
        (DELETE, "tenant#0", {"volume_id": FOREIGN_VOLUME}, "other organization"),
        (DELETE, "tenant#0", {"volume_id": "nothing"}, "none"),
        (DELETE, "tenant#0", {}, "own"),
        (DELETE, "", {"volume_id": VOLUME}, "none"),
        (WIPE, "tenant#0", {"volume_ids": [VOLUME, FOREIGN_VOLUME]}, "other organization"),
        (PURGE, "operator#0", {"organization_id": ORG}, "own"),
        (PURGE, "operator#0", {"organization_id": ORG, "project_id": FOREIGN_PROJECT}, "other organization"),
        (PURGE, "operator#0", {"organization_id": [ORG, FOREIGN_ORG]}, "other organization"),
        (ANYTHING, "operator#0", {"project_id": IDS["project#0"], "volume_id": VOLUME}, "other project"),
        (PURGE, "operator#0", {"organization_id": ORG, "": "kit"}, "own"),
    ],
)
def test_the_relation_says_how_far_the_named_things_are(
    operation: Operation, caller: str, fields: dict[str, Any], relation: str
) -> None:
    assert reads(PLAIN, operation, caller, fields).relation == relation
