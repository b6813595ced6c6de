"""Other operations bring their own model and get the same refusals: codes, paths and shown values."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, ValidationError

from guards.core.ids import OrganizationId, ProjectId
from guards.errors import IdError, SelectorError
from guards.wire import (
    Body,
    Call,
    Code,
    ExplicitCall,
    LineField,
    OneProjectCall,
    OrganizationField,
    ProjectField,
    Refusal,
    WholeOrganizationCall,
    again,
    display,
    from_text,
    unfit,
    validate,
)
from tests.wire.bodies import COMMON, EXPLICIT


def even(port: int) -> int:
    """A validator that speaks the wire's codes."""
    if port % 2:
        raise unfit(Code.UNKNOWN_SCHEMA, wanted="an even number")
    return port


def not_reserved(name: str) -> str:
    """A validator as anybody writes it."""
    if name == "reserved":
        raise ValueError(f"the name {name} is taken")
    return name


class Backend(Body):
    """Something nested."""

    port: Annotated[int, AfterValidator(even)]
    weight: Annotated[float, Field(gt=0)]


class Create(Body):
    """An operation that is not the guard's own."""

    organization_id: OrganizationField
    project_id: ProjectField
    name: Annotated[LineField, AfterValidator(not_reserved)]
    backends: Annotated[list[Backend], Field(min_length=1, max_length=2)]


BACKEND = {"port": 80, "weight": 1.5}
CREATE = {"organization_id": "org-1", "project_id": "org-1", "name": "front", "backends": [BACKEND]}


def test_a_model_holds_ids_of_their_own_types() -> None:
    create = validate(Create, CREATE)
    assert isinstance(create, Create)
    assert (create.organization_id, create.project_id) == (OrganizationId("org-1"), ProjectId("org-1"))
    assert create.backends == [Backend(port=80, weight=1.5)]


def test_a_model_does_not_change_after_it_was_checked() -> None:
    create = validate(Create, CREATE)
    assert isinstance(create, Create)
    with pytest.raises(ValidationError, match="frozen"):
        create.name = "other"


def test_a_model_that_skipped_its_checks_is_checked_again() -> None:
    forged = Backend.model_construct(port="80", weight=-1.0)
    refusal = validate(Create, {**CREATE, "backends": [forged]})
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.path) == ("wrong_type", "$.backends[0].port")


@pytest.mark.parametrize(
    ("changes", "code", "path", "shown"),
    [
        ({"backends": [{**BACKEND, "tls": None}]}, "unknown_field", "$.backends[0].tls", "null"),
        ({"backends": [BACKEND, {"port": 80}]}, "missing_field", "$.backends[1].weight", "{...} (1 fields)"),
        ({"backends": [BACKEND, None]}, "null_value", "$.backends[1]", "null"),
        ({"backends": [BACKEND, 80]}, "wrong_type", "$.backends[1]", "80"),
        ({"backends": [{**BACKEND, "port": True}]}, "wrong_type", "$.backends[0].port", "true"),
        ({"backends": [{**BACKEND, "weight": "1"}]}, "wrong_type", "$.backends[0].weight", '"1"'),
        ({"backends": [{**BACKEND, "port": 81}]}, "unknown_schema", "$.backends[0].port", "81"),
        ({"backends": [{**BACKEND, "weight": -1.5}]}, "unfit_value", "$.backends[0].weight", "-1.5"),
        ({"backends": []}, "empty_list", "$.backends", "[]"),
        ({"backends": [BACKEND] * 3}, "too_many", "$.backends", "[...] (3 values)"),
        ({"name": "reserved"}, "unfit_value", "$.name", '"reserved"'),
        ({"name": "reserved", "backends": [{}]}, "missing_field", "$.backends[0].port", "{}"),
    ],
)
def test_a_fault_in_any_model_is_refused_by_code_path_and_value(
    changes: dict[str, object], code: str, path: str, shown: str
) -> None:
    refusal = validate(Create, {**CREATE, **changes})
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.path, refusal.shown) == (code, path, shown)


class Everything(Body):
    """A field of each JSON type."""

    text: str
    flag: bool
    whole: int
    number: float
    several: list[int]
    members: dict[str, int]
    nested: Backend


EVERYTHING = {
    "text": "",
    "flag": True,
    "whole": 1,
    "number": 0.5,
    "several": [],
    "members": {},
    "nested": BACKEND,
}


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("text", "a string"),
        ("flag", "true or false"),
        ("whole", "a whole number"),
        ("number", "a number"),
        ("several", "a list"),
        ("members", "an object"),
        ("nested", "an object"),
    ],
)
def test_a_wrong_type_is_told_with_the_type_that_was_wanted(name: str, wanted: str) -> None:
    assert isinstance(validate(Everything, EVERYTHING), Everything)
    wrong = [0] if name != "several" else "0"
    refusal = validate(Everything, {**EVERYTHING, name: wrong})
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.path) == ("wrong_type", f"$.{name}")
    assert f"`$.{name}` must be {wanted}, not " in refusal.sentence


class Lenient(BaseModel):
    """A model that is not the wire's own."""

    organization_id: OrganizationField


def test_an_id_comes_from_a_string_in_any_model() -> None:
    with pytest.raises(ValidationError, match="valid string"):
        Lenient.model_validate({"organization_id": b"org-1"})


def test_a_rule_that_the_wire_does_not_know_is_told_in_its_own_words() -> None:
    refusal = validate(Create, {**CREATE, "name": "reserved"})
    assert isinstance(refusal, Refusal)
    assert refusal.sentence == (
        'The call was refused: `$.name` is not acceptable: "reserved", "Value error, the name reserved is taken". '
        "Nothing was changed. Correct the value."
    )


@pytest.mark.parametrize(
    ("value", "spelled"),
    [
        (None, "null"),
        (True, "true"),
        (-7, "-7"),
        (0.5, "0.5"),
        ("", '""'),
        ('a "quoted" \\ text\n', r'"a \"quoted\" \\ text\n"'),
        ("x" * 60, '"' + "x" * 60 + '"'),
        ("x" * 61, '"' + "x" * 60 + '"... (61 in all)'),
        ("\u202e" * 60, '"' + r"\u202e" * 10 + '"... (60 in all)'),
        ("😀", r'"\ud83d\ude00"'),
        (b"\x00ab", r"b'\x00ab'"),
        ([], "[]"),
        ([[]] * 1000, "[...] (1000 values)"),
        ({}, "{}"),
        ({"a": {}}, "{...} (1 fields)"),
    ],
)
def test_a_value_is_shown_as_json_spells_it_but_short_and_in_ascii(value: object, spelled: str) -> None:
    assert display(value) == spelled


def tidied(text: str) -> OrganizationId:
    """What a careless service makes of a name before it looks it up."""
    return OrganizationId(text.strip().lower())


class Tidying(Body):
    """Ids that are not held as they were sent: alone, in a list, in a list that is thinned out, and nested."""

    owner: Annotated[OrganizationId, from_text(tidied)] = OrganizationId("nobody")
    others: list[Annotated[OrganizationId, from_text(tidied)]] = Field(alias="and", default=[])
    distinct: Annotated[
        tuple[OrganizationField, ...], BeforeValidator(lambda ids: tuple(dict.fromkeys(ids))), Field(strict=False)
    ] = ()
    inner: Tidying | None = None


@pytest.mark.parametrize(
    ("value", "path", "shown"),
    [
        ({"owner": "Acme"}, "$.owner", '"Acme"'),
        ({"owner": " acme"}, "$.owner", '" acme"'),
        ({"owner": "acme", "and": ["acme", "birch", "Acme"]}, "$.and[2]", '"Acme"'),
        ({"distinct": ["acme", "acme", "birch"]}, "$.distinct[1]", '"acme"'),
        ({"inner": {"owner": "Acme"}}, "$.inner.owner", '"Acme"'),
    ],
)
def test_an_id_that_a_validator_tidied_up_is_refused(value: Any, path: str, shown: str) -> None:
    refusal = validate(Tidying, value)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.path, refusal.shown) == ("unfit_value", path, shown)
    assert "which would be read as" in refusal.sentence


@pytest.mark.parametrize("spelled", ["ACME", "acm", "cm", " acme", None, 7, ["acme"], {"id": "acme"}], ids=repr)
def test_an_id_is_held_only_if_exactly_its_text_was_sent(spelled: Any) -> None:
    """Whatever was sent, this model reads `acme`."""

    class Fixed(Body):
        owner: Annotated[OrganizationField, BeforeValidator(lambda _sent: "acme")]

    held = validate(Fixed, {"owner": "acme"})
    assert isinstance(held, Fixed)
    refusal = validate(Fixed, {"owner": spelled})
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.path) == ("unfit_value", "$.owner")
    assert 'which would be read as "acme"' in refusal.sentence


class Folded(Body):
    """What is made of one text: a list, and a model of its own."""

    owners: Annotated[list[OrganizationField], BeforeValidator(lambda sent: sent.split(","))]
    inner: Annotated[Tidying | None, BeforeValidator(lambda sent: {"owner": sent})]
    several: Annotated[str, BeforeValidator("".join)]
    own: ProjectField | None = None
    owner: OrganizationField | None = None


def test_what_a_validator_makes_of_a_text_has_no_ids_that_were_sent() -> None:
    read = validate(Folded, {"owners": "acme,birch", "inner": "owner", "several": ["a", "b"], "own": "acme"})
    assert isinstance(read, Folded)
    assert read.owners == [OrganizationId("acme"), OrganizationId("birch")]
    assert (read.several, read.own, read.owner) == ("ab", ProjectId("acme"), None)


def test_the_fault_of_a_core_that_the_wire_does_not_know_is_an_unfit_value() -> None:
    def refusing(_text: str) -> OrganizationId:
        raise IdError("not today", code="id_of_another_day")

    class Refusing(Body):
        owner: Annotated[OrganizationId, from_text(refusing)]

    refusal = validate(Refusing, {"owner": "acme"})
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.path) == ("unfit_value", "$.owner")


def test_the_first_place_in_a_list_is_a_place_too() -> None:
    def first_is_taken(ids: list[str]) -> list[str]:
        raise unfit(Code.REPEATED_ID, index=0)

    class Places(Body):
        ids: Annotated[list[str], AfterValidator(first_is_taken)]

    refusal = validate(Places, {"ids": ["a", "b"]})
    assert isinstance(refusal, Refusal)
    assert (refusal.path, refusal.shown) == ("$.ids[0]", '"a"')


def test_reading_a_list_of_resources_ends_at_the_first_that_is_none() -> None:
    refusal = validate(ExplicitCall, {**EXPLICIT, "resource_ids": ["lb-1", 5, None]})
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.path) == ("wrong_type", "$.resource_ids[1]")


@pytest.mark.parametrize(
    ("model", "name"),
    [(WholeOrganizationCall, "acknowledge"), (OneProjectCall, "project_id"), (ExplicitCall, "resource_ids")],
)
def test_each_form_of_the_call_insists_on_what_it_selects_by(model: type[Call], name: str) -> None:
    refusal = validate(model, COMMON)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.path) == ("missing_field", f"$.{name}")


def test_what_is_named_again_before_it_was_named_is_refused() -> None:
    class Reversed(Body):
        acknowledge: Annotated[OrganizationField, AfterValidator(again)]
        organization_id: OrganizationField

    refusal = validate(Reversed, {"acknowledge": "acme", "organization_id": "acme"})
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.path) == ("acknowledge_differs", "$.acknowledge")


def test_a_whole_organization_is_named_twice_alike_even_past_the_checks() -> None:
    acme, birch = OrganizationId("acme"), OrganizationId("birch")
    for named, acknowledged in ((acme, birch), (birch, acme)):
        forged = WholeOrganizationCall.model_construct(organization_id=named, acknowledge=acknowledged)
        with pytest.raises(SelectorError):
            forged.selector()


def test_ids_that_stay_as_they_were_sent_are_held_and_absent_ones_are_the_models_own_business() -> None:
    held = validate(Tidying, {"and": ["acme"], "distinct": ["acme", "birch"], "inner": {}})
    assert isinstance(held, Tidying)
    assert (held.owner, held.others) == (OrganizationId("nobody"), [OrganizationId("acme")])
    assert held.distinct == (OrganizationId("acme"), OrganizationId("birch"))
