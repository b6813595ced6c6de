"""Crafts: that there are enough, that each applies somewhere, and that each sends what its name says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from guards.testing.crafts import FAMILIES, apply_craft, craft_name, crafts_for
from guards.testing.scene import Family, NotApplicable, Scene, Sent
from guards.testing.service import (
    OPERATOR,
    TENANT,
    Operation,
    choice,
    flag,
    organization,
    payload,
    project,
    repeats,
    resource,
    resources,
    text,
    token,
)
from guards.testing.steps import StepError
from guards.testing.world import make_world

WORLD = make_world(("disk", "volume"), ("operator", "tenant"), seed=1)
IDS = WORLD.ids()
EVERYTHING = Operation(
    "everything",
    TENANT,
    {
        "organization_id": organization(),
        "again": repeats("organization_id"),
        "project_id": project(),
        "volume_id": resource("volume"),
        "volume_ids": resources("volume"),
        "sure": flag(),
        "reason": text("abuse"),
        "mode": choice("soft", "hard"),
        "cursor": token("list", "cursor"),
        "note": payload({"any": "thing"}),
        "number_id": resource("disk"),
    },
)
SCOPES = Operation(
    "scopes", OPERATOR, {"account": organization(), "volume_ids": resources("volume")}, one_of=("account", "volume_ids")
)
SENT = Sent(
    "tenant#0",
    {
        "organization_id": IDS["org#0"],
        "again": IDS["org#0"],
        "project_id": IDS["project#1"],
        "volume_id": IDS["volume#1"],
        "volume_ids": [IDS["volume#1"], IDS["volume#2"]],
        "sure": False,
        "reason": "abuse",
        "mode": "soft",
        "cursor": "page-2",
        "note": {"any": "thing"},
        "number_id": 41,
    },
)


def crafted(craft: str, operation: Operation = EVERYTHING, sent: Sent = SENT) -> Sent:
    scene = Scene(WORLD, IDS, operation, lambda: WORLD.organizations[0], (EVERYTHING, SCOPES))
    return apply_craft(craft, sent, scene)


def value(craft: str) -> Any:
    """What a craft sends in its field."""
    return crafted(craft).fields[craft.partition(":")[0]]


def all_crafts() -> list[str]:
    return crafts_for(EVERYTHING, tuple(name for name in EVERYTHING.fields if name != "cursor"), takes_bytes=True)


def test_there_are_at_least_forty_names() -> None:
    assert len(FAMILIES) >= 40


def test_the_table_of_families_counts_every_name() -> None:
    count = {family: sum(other is family for other in FAMILIES.values()) for family in Family}
    assert {family.name: n for family, n in count.items() if n < 3} == {}
    assert {craft_name(craft) for craft in all_crafts()} == set(FAMILIES)


def test_every_craft_applies_to_some_call() -> None:
    one_scope = Sent("operator#0", {"account": IDS["org#0"]})
    digits = Sent("tenant#0", {"volume_id": "42"})
    applied = {craft_name(craft) for craft in all_crafts() for _ in tries(craft, EVERYTHING, SENT)}
    applied |= {"request:two-scopes" for _ in tries("request:two-scopes", SCOPES, one_scope)}
    applied |= {"request:borrowed-organization" for _ in tries("request:borrowed-organization", DELETE, digits)}
    about_all = Sent("tenant#0", {"volume_id": OWN})
    applied |= {name for name in ("rest-of-key", "rest-of-other-key") for _ in rest(name)}
    applied |= {c for c in FAMILIES if FAMILIES[c] is Family.EXTRA for _ in tries(c, DELETE, about_all)}
    applied |= {"caller:wrong-role" for _ in tries("caller:wrong-role", EVERYTHING, SENT)}
    assert applied == set(FAMILIES)


DELETE = Operation("delete", TENANT, {"volume_id": resource("volume")})


def tries(craft: str, operation: Operation, sent: Sent) -> Iterator[Sent]:
    """What the craft makes of the call, if it can be applied."""
    try:
        yield crafted(craft, operation, sent)
    except NotApplicable:
        return


@pytest.mark.parametrize("craft", all_crafts())
def test_a_craft_changes_what_is_sent_and_one_about_a_field_that_field_alone(craft: str) -> None:
    field = craft.partition(":")[0]
    for sent in tries(craft, EVERYTHING, SENT):
        assert repr(sent) != repr(SENT)  # 0 equals False
        if field in EVERYTHING.fields:
            assert others(sent, field) == others(SENT, field)


def others(sent: Sent, field: str) -> dict[str, Any]:
    return {name: value for name, value in sent.fields.items() if name != field}


def test_a_payload_is_never_crafted() -> None:
    assert not [craft for craft in all_crafts() if craft.startswith("note:")]


FOREIGN_ORG, FOREIGN_PROJECT, FOREIGN_VOLUME = IDS["org#1"], IDS["project#3"], IDS["volume#0"]
OWN, OTHER = IDS["volume#1"], IDS["volume#2"]


@pytest.mark.parametrize(
    ("craft", "sent"),
    [
        ("project_id:null", None),
        ("project_id:empty", ""),
        ("project_id:blank", "   "),
        ("project_id:empty-list", []),
        ("volume_ids:empty-object", {}),
        ("project_id:null-word", "null"),
        ("project_id:none-word", "None"),
        ("project_id:undefined-word", "undefined"),
        ("project_id:nil-uuid", "00000000-0000-0000-0000-000000000000"),
        ("volume_ids:star", "*"),
        ("volume_ids:all-word", "all"),
        ("organization_id:percent", "%"),
        ("organization_id:minus-one", -1),
        ("volume_id:true", True),
        ("volume_id:false", False),
        ("volume_id:zero", 0),
        ("sure:one", 1),
        ("sure:true-word", "true"),
        ("sure:false-word", "false"),
        ("volume_id:list-of-one", [OWN]),
        ("volume_id:list-of-null", [None]),
        ("volume_id:operator-object", {"$ne": None}),
        ("volume_id:id-object", {"id": OWN}),
        ("number_id:other-type", "41"),
        ("volume_id:upper-case", OWN.swapcase()),
        ("volume_id:leading-space", " " + OWN),
        ("volume_id:trailing-newline", OWN + "\n"),
        ("volume_id:trailing-nul", OWN + "\0"),
        ("volume_id:prefix", OWN[:-1]),
        ("volume_id:suffix", OWN + "2"),
        ("volume_id:braces", "{" + OWN + "}"),
        ("volume_id:foreign", FOREIGN_VOLUME),
        ("project_id:foreign", FOREIGN_PROJECT),
        ("organization_id:foreign", FOREIGN_ORG),
        ("again:foreign", FOREIGN_ORG),
        ("volume_id:own-and-foreign", [OWN, FOREIGN_VOLUME]),
        ("volume_id:foreign-and-own", [FOREIGN_VOLUME, OWN]),
        ("organization_id:comma-joined", f"{IDS['org#0']},{FOREIGN_ORG}"),
        ("organization_id:path", f"{IDS['org#0']}/../{FOREIGN_ORG}"),
        ("volume_id:wrong-kind", IDS["disk#1"]),
        ("project_id:foreign-wrong-kind", FOREIGN_ORG),
        ("organization_id:foreign-wrong-kind", FOREIGN_PROJECT),
        ("mode:unknown-word", "no-such-word"),
        ("volume_ids:scalar", OWN),
        ("volume_ids:joined", f"{OWN},{OTHER}"),
        ("volume_ids:nested", [[OWN, OTHER]]),
        ("volume_ids:repeated", [OWN, OTHER, OWN]),
        ("volume_ids:null-element", [OWN, OTHER, None]),
        ("volume_ids:blank-element", [OWN, OTHER, ""]),
        ("volume_ids:star-element", [OWN, OTHER, "*"]),
        ("volume_ids:wrong-kind-element", [OWN, OTHER, IDS["disk#1"]]),
        ("volume_ids:foreign-first", [FOREIGN_VOLUME, OWN, OTHER]),
        ("volume_ids:foreign-middle", [OWN, FOREIGN_VOLUME, OTHER]),
        ("volume_ids:foreign-last", [OWN, OTHER, FOREIGN_VOLUME]),
        ("volume_ids:foreign-only", [FOREIGN_VOLUME]),
        ("volume_id:star-after", OWN[:-1] + "*"),
        ("volume_id:foreign-star", FOREIGN_VOLUME[:-1] + "*"),
        ("volume_id:foreign-percent", FOREIGN_VOLUME[:-1] + "%"),
        ("project_id:foreign-question", FOREIGN_PROJECT[:-1] + "?"),
        ("volume_id:quote", OWN + "' or '1'='1"),
        ("mode:double-quote", 'soft" or "1"="1'),
        ("volume_id:semicolon-joined", f"{OWN};{FOREIGN_VOLUME}"),
        ("volume_id:blank-joined", f"{OWN} {FOREIGN_VOLUME}"),
        ("organization_id:newline-joined", f"{IDS['org#0']}\n{FOREIGN_ORG}"),
    ],
)
def test_a_craft_sends_what_it_says(craft: str, sent: object) -> None:
    found = value(craft)
    assert (type(found), found) == (type(sent), sent)


def rest(craft: str) -> Iterator[str]:
    """What the craft sends instead of a volume of ours, in a world where ids run into each other."""
    world = make_world(("volume",), ("tenant",), style="joined", seed=3)
    sent = Sent("tenant#0", {"volume_id": world.ids()["volume#1"]})
    yield apply_craft(
        f"volume_id:{craft}", sent, Scene(world, world.ids(), DELETE, lambda: world.organizations[0])
    ).fields["volume_id"]


@pytest.mark.parametrize(
    ("craft", "n", "volume"), [("rest-of-key", 1, "volume#0"), ("rest-of-other-key", 2, "volume#6")]
)
def test_the_rest_of_a_key_behind_our_id_is_a_strangers_key(craft: str, n: int, volume: str) -> None:
    world = make_world(("volume",), ("tenant",), style="joined", seed=3)
    ours, theirs = world.organizations[0].id, world.organizations[n].id
    (name,) = rest(craft)
    joint = theirs[len(ours)]
    assert f"{ours}{joint}{name}" == f"{theirs}{joint}{world.ids()[volume]}"


def test_missing_leaves_the_field_out() -> None:
    assert "project_id" not in crafted("project_id:missing").fields


@pytest.mark.parametrize("craft", ["volume_id:unknown", "volume_ids:unknown-first", "number_id:unknown"])
def test_an_unknown_id_is_nobodys_and_has_the_shape_of_one(craft: str) -> None:
    found = value(craft)
    found = found[0] if isinstance(found, list) else found
    assert found not in IDS.values()
    assert type(found) is (int if craft.startswith("number") else str)


def test_a_foreign_id_belongs_to_a_neighbour_also_when_the_call_is_about_the_neighbour() -> None:
    scene = Scene(WORLD, IDS, EVERYTHING, lambda: WORLD.organizations[1])
    assert scene.foreign(organization()) == IDS["org#0"]


@pytest.mark.parametrize(
    ("craft", "caller"),
    [("caller:other-tenant", "tenant#1"), ("caller:wrong-role", "operator#0"), ("caller:nobody", "")],
)
def test_a_caller_craft_changes_who_calls_and_nothing_else(craft: str, caller: str) -> None:
    assert crafted(craft) == Sent(caller, SENT.fields)


@pytest.mark.parametrize(
    ("craft", "extra"),
    [
        ("request:unknown-field", {"no_such_field": "kit"}),
        ("request:force", {"force": True}),
        ("request:limit", {"limit": 1_000_000}),
        ("request:owner", {"owner": FOREIGN_ORG}),
        ("request:tenant", {"tenant_id": FOREIGN_ORG}),
        ("request:account", {"account_id": FOREIGN_ORG}),
        ("request:short-organization", {"org_id": FOREIGN_ORG}),
        ("request:bare-tenant", {"tenant": FOREIGN_ORG}),
        ("request:user", {"user_id": FOREIGN_ORG}),
        ("request:on-behalf-of", {"on_behalf_of": FOREIGN_ORG}),
        ("request:empty-name", {"": "kit"}),
    ],
)
def test_an_extra_field_is_added_to_a_valid_call(craft: str, extra: dict[str, object]) -> None:
    assert crafted(craft).fields == SENT.fields | extra


def test_a_project_is_named_where_an_operation_takes_none() -> None:
    sent = crafted("request:project", DELETE, Sent("tenant#0", {"volume_id": OWN}))
    assert sent.fields == {"volume_id": OWN, "project_id": FOREIGN_PROJECT}


def test_a_call_on_behalf_of_a_stranger_may_be_about_the_strangers_things() -> None:
    sent = crafted("request:account-and-theirs").fields
    theirs = {"project_id": FOREIGN_PROJECT, "volume_id": FOREIGN_VOLUME, "volume_ids": [FOREIGN_VOLUME]}
    assert sent == SENT.fields | theirs | {"account_id": FOREIGN_ORG, "number_id": IDS["disk#0"]}


def test_a_call_that_names_no_thing_of_anybodys_is_about_nobodys_things() -> None:
    with pytest.raises(NotApplicable):
        crafted("request:account-and-theirs", SCOPES, Sent("operator#0", {"account": IDS["org#0"]}))


def test_an_extra_field_that_the_operation_has_is_no_craft() -> None:
    with pytest.raises(NotApplicable):
        crafted("request:organization")


def test_a_strangers_organization_is_sent_under_the_name_that_another_operation_has_for_it() -> None:
    sent = crafted("request:borrowed-organization", DELETE, Sent("tenant#0", {"volume_id": OWN}))
    assert sent.fields == {"volume_id": OWN, "organization_id": FOREIGN_ORG}


def test_every_name_may_be_spoiled_at_once() -> None:
    sent = crafted("request:all-null").fields
    assert {name for name, value in sent.items() if value is None} == {
        "organization_id",
        "again",
        "project_id",
        "volume_id",
        "volume_ids",
        "number_id",
    }


def test_a_second_scope_is_about_the_neighbour() -> None:
    sent = crafted("request:two-scopes", SCOPES, Sent("operator#0", {"account": IDS["org#0"]}))
    assert sent.fields == {"account": IDS["org#0"], "volume_ids": [FOREIGN_VOLUME]}


def test_a_misspelt_scope_is_absent_and_surplus_at_once() -> None:
    sent = crafted("request:misspelled-scope", DELETE, Sent("tenant#0", {"volume_id": OWN}))
    assert sent.fields == {"volumeid": OWN}


# --- bytes ---


@pytest.mark.parametrize(
    ("craft", "first", "last"),
    [
        ("project_id:duplicate-foreign-first", FOREIGN_PROJECT, IDS["project#1"]),
        ("project_id:duplicate-foreign-last", IDS["project#1"], FOREIGN_PROJECT),
        ("project_id:duplicate-escaped", IDS["project#1"], FOREIGN_PROJECT),
    ],
)
def test_a_key_stands_twice_with_two_values(craft: str, first: str, last: str) -> None:
    pairs = json.loads(crafted(craft).body or b"", object_pairs_hook=list)
    assert [value for key, value in pairs if key == "project_id"] == [first, last]


@pytest.mark.parametrize(
    "craft", ["bytes:truncated", "bytes:trailing-garbage", "bytes:two-documents", "bytes:empty-body"]
)
def test_these_bodies_are_no_json(craft: str) -> None:
    with pytest.raises(ValueError, match=r"Expecting|Extra"):
        json.loads(crafted(craft).body or b"")


@pytest.mark.parametrize("craft", ["bytes:bad-utf-8", "bytes:overlong-utf-8", "bytes:utf-16"])
def test_these_bodies_are_no_utf_8(craft: str) -> None:
    with pytest.raises(UnicodeDecodeError):
        (crafted(craft).body or b"").decode()


def test_an_oversized_body_says_the_same_in_more_than_a_mebibyte() -> None:
    body = crafted("bytes:oversized").body or b""
    assert len(body) > 1 << 20
    assert json.loads(body) == SENT.fields


@pytest.mark.parametrize("craft", ["volume_id:nan", "volume_id:huge-integer", "volume_id:deep-nesting"])
def test_a_raw_value_stands_in_its_field_only(craft: str) -> None:
    assert b'"reason": "abuse"' in (crafted(craft).body or b"")


# --- misuse ---


@pytest.mark.parametrize("craft", ["no_such_field:null", "volume_id:no-such-craft", "bytes:no-such-craft", "null", ""])
def test_a_craft_that_there_is_not_is_an_error_of_the_trace(craft: str) -> None:
    with pytest.raises(StepError, match="there is no craft"):
        crafted(craft)


@pytest.mark.parametrize(
    "craft", ["number_id:upper-case", "number_id:comma-joined", "volume_ids:scalar", "volume_ids:joined"]
)
def test_what_cannot_be_made_of_a_call_is_not_tried(craft: str) -> None:
    assert not list(tries(craft, EVERYTHING, Sent("tenant#0", {"number_id": 41, "volume_ids": []})))


@pytest.mark.parametrize(
    ("craft", "name"),
    [("project_id:null", "null"), ("request:force", "request:force"), ("caller:nobody", "caller:nobody")],
)
def test_the_name_of_a_craft_leaves_out_its_field(craft: str, name: str) -> None:
    assert craft_name(craft) == name


def test_crafts_of_bytes_are_left_out_for_services_that_take_none() -> None:
    names = crafts_for(DELETE, ("volume_id",), takes_bytes=False)
    assert not any(FAMILIES[craft_name(craft)] is Family.BYTES for craft in names)
