"""The only way in for untrusted input: bytes become a `Request`, or a `Refusal` that says what was wrong and where.

`read_json` reads JSON strictly, `validate` holds what was read against a pydantic model, and `parse` does both for the
guard's own call. Another operation brings its own model, a child of `Body`, and reuses the first two.

One body has one refusal, always the same. The layers are asked in the order of `Code`; of several faults inside the
JSON the first in reading order is told, of several in its shape an unknown field comes before a missing one, a missing
one before a null, and these before the first unfit value in the order of the model's fields. Every layer takes time
linear in the length of the body. Exceptions are left for misuse: a body that is no bytes, a requester that is none.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from itertools import zip_longest
from types import MappingProxyType
from typing import Annotated, Any, Final, TypeAlias, TypeVar
from unicodedata import category

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    FailFast,
    Field,
    GetPydanticSchema,
    ValidationError,
    ValidationInfo,
)
from pydantic_core import ErrorDetails, PydanticCustomError, core_schema

from guards.core.ids import AnyId, Kind, OrganizationId, ProjectId, ResourceId
from guards.core.ids import text as text_of
from guards.core.request import SCHEMA_VERSION, Request
from guards.core.selector import Explicit, OneProject, WholeOrganization
from guards.core.values import LINE_MAX, REASON_MAX, Principal, Verb, expect, expect_line, is_line, shows_something
from guards.errors import IdError

BODY_BYTES_MAX: Final = 1024 * 1024
DEPTH_MAX: Final = 16
IDS_MAX: Final = 10_000
INTEGER_MAX: Final = 2**53 - 1
"""Beyond it JSON readers disagree about which number was meant."""
INTEGER_CHARACTERS_MAX: Final = len(str(-INTEGER_MAX))
NUMBER_CHARACTERS_MAX: Final = 32
SHOWN_CHARACTERS_MAX: Final = 60

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
Steps: TypeAlias = tuple[int | str, ...]
M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")


# Refusals: what a stranger is told.


class Code(StrEnum):
    """Why a body was refused, in the order in which the layers are asked."""

    BODY_TOO_LARGE = "body_too_large"
    BYTE_ORDER_MARK = "byte_order_mark"
    UTF_16_OR_32 = "utf_16_or_32"
    NOT_UTF_8 = "not_utf_8"
    NESTED_TOO_DEEP = "nested_too_deep"
    NOT_JSON = "not_json"
    # Inside the JSON: whichever stands first.
    LONE_SURROGATE = "lone_surrogate"
    CONTROL_CHARACTER = "control_character"
    REPEATED_KEY = "repeated_key"
    NOT_A_NUMBER = "not_a_number"
    HUGE_NUMBER = "huge_number"
    # The shape of the whole.
    SEVERAL_SELECTORS = "several_selectors"
    UNKNOWN_FIELD = "unknown_field"
    MISSING_FIELD = "missing_field"
    NULL_VALUE = "null_value"
    # The values: whichever field is declared first.
    WRONG_TYPE = "wrong_type"
    UNKNOWN_SCHEMA = "unknown_schema"
    UNKNOWN_VERB = "unknown_verb"
    BLANK = "blank"
    ODD_ID = "odd_id"
    NOT_A_LINE = "not_a_line"
    EMPTY_LIST = "empty_list"
    TOO_MANY = "too_many"
    REPEATED_ID = "repeated_id"
    UNFIT_VALUE = "unfit_value"
    # What only the whole can tell.
    NO_SELECTOR = "no_selector"
    ACKNOWLEDGE_DIFFERS = "acknowledge_differs"


SENTENCES: Final[dict[Code, tuple[str, str]]] = {
    Code.BODY_TOO_LARGE: (
        "the body has {size} bytes, the limit is {limit}, and it starts with {shown}",
        "Send fewer ids per call",
    ),
    Code.BYTE_ORDER_MARK: ("the body starts with a byte order mark, {shown}", "Send plain UTF-8 without a mark"),
    Code.UTF_16_OR_32: ("the body starts like UTF-16 or UTF-32: {shown}", "Send UTF-8"),
    Code.NOT_UTF_8: ("byte {position} of the body and what follows is not UTF-8: {shown}", "Send UTF-8"),
    Code.NESTED_TOO_DEEP: (
        "character {position} of the body opens level {depth}, the limit is {limit}: {shown}",
        "Send a body with fewer levels",
    ),
    Code.NOT_JSON: (
        "the body stops being JSON at line {line}, column {column}: {shown}",
        "Send exactly one JSON object",
    ),
    Code.LONE_SURROGATE: (
        "`{path}` holds half of a surrogate pair, which is no character: {shown}",
        "Send whole characters",
    ),
    Code.CONTROL_CHARACTER: ("`{path}` holds a control character: {shown}", "Send text on one line, without controls"),
    Code.REPEATED_KEY: (
        "`{path}` stands twice in its object, the second time with {shown}",
        "Send each key once, however it is escaped",
    ),
    Code.NOT_A_NUMBER: ("`{path}` is {shown}, which JSON does not have", "Send a plain number"),
    Code.HUGE_NUMBER: (
        "`{path}` is a number that not every reader reads alike: {shown}",
        "Send a shorter number, no larger than 9007199254740991",
    ),
    Code.SEVERAL_SELECTORS: (
        "`{path}` is a second selector, beside `{first}`: {shown}",
        "Send exactly one of acknowledge, project_id and resource_ids",
    ),
    Code.UNKNOWN_FIELD: (
        "`{path}` is no field of this call and may have been meant to narrow it: {shown}",
        "Remove the field or correct its name",
    ),
    Code.MISSING_FIELD: ("`{path}` is missing, and nothing is assumed in its place", "Send every field"),
    Code.NULL_VALUE: ("`{path}` is null, and null never means everything", "Send a value"),
    Code.WRONG_TYPE: ("`{path}` must be {wanted}, not {shown}", "Send the value with its own JSON type"),
    Code.UNKNOWN_SCHEMA: ("`{path}` must be {wanted}, not {shown}", "Send a request in that form"),
    Code.UNKNOWN_VERB: ("`{path}` must be {wanted}, not {shown}", "Send one of the verbs exactly as spelled here"),
    Code.BLANK: ("`{path}` is blank: {shown}", "Send a value, for blank never means everything"),
    Code.ODD_ID: (
        "`{path}` is no id: {shown}",
        "Send 1 to 128 ASCII letters, digits and . _ : - that start with a letter or digit, exactly as they were given",
    ),
    Code.NOT_A_LINE: (
        "`{path}` is not one line of at most {limit} printable characters: {shown}",
        "Send a shorter line without invisible characters",
    ),
    Code.EMPTY_LIST: (
        "`{path}` is an empty list, and an empty list never means everything",
        "Name at least one",
    ),
    Code.TOO_MANY: ("`{path}` holds more than {max_length} values: {shown}", "Send fewer per call"),
    Code.REPEATED_ID: ("`{path}` repeats an id of the same list: {shown}", "Name each id once"),
    Code.UNFIT_VALUE: ("`{path}` is not acceptable: {shown}, {wanted}", "Correct the value"),
    Code.NO_SELECTOR: (
        "the call does not say what it selects, and absence never means everything",
        "Send exactly one of acknowledge, project_id and resource_ids",
    ),
    Code.ACKNOWLEDGE_DIFFERS: (
        "`{path}` does not repeat the organization whose resources are all selected: {shown}",
        "Repeat organization_id exactly, or send project_id or resource_ids instead",
    ),
}
"""What was refused, and the next safe step. `_refusal` puts "nothing was changed" between them."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a body was not read: a stable code, where, what stood there (short printable ASCII), and all of it said."""

    code: Code
    path: str
    shown: str
    sentence: str


_NO_FACTS: Final[Mapping[str, object]] = MappingProxyType({})


def _refusal(code: Code, *, value: object, steps: Steps = (), facts: Mapping[str, object] = _NO_FACTS) -> Refusal:
    path, shown = _path(steps), display(value)
    what, next_step = SENTENCES[code]
    told = what.format_map({**facts, "path": path, "shown": shown})
    return Refusal(code, path, shown, f"The call was refused: {told}. Nothing was changed. {next_step}.")


def display(value: object) -> str:
    """A value as JSON spells it, shortened, in printable ASCII; of lists and objects only how much they hold."""
    match value:
        case _Numeral():
            return _shortened(str, value)
        case str():
            return _shortened(json.dumps, value)
        case bytes():
            return _shortened(ascii, value)
        case list():
            return f"[...] ({len(value)} values)" if value else "[]"
        case dict():
            return f"{{...}} ({len(value)} fields)" if value else "{}"
        case _Repeating():
            return f"{{...}} ({len(value.members)} fields)"
        case _Mark():
            return display(value.value)
    return json.dumps(value)


def _shortened(spell: Callable[[object], str], value: str | bytes) -> str:
    """As much of the start as fits when spelled out, and the length of the whole when that is not all."""
    head = value[:SHOWN_CHARACTERS_MAX]
    while len(spell(head)) > SHOWN_CHARACTERS_MAX + len('b""'):
        head = head[:-1]
    return spell(head) if len(head) == len(value) else f"{spell(head)}... ({len(value)} in all)"


def _path(steps: Steps) -> str:
    """The way to a value: `$.resource_ids[3]`, with an odd key spelled as `$["a key"]`."""
    return "$" + "".join(_step(step) for step in steps)


def _step(step: int | str) -> str:
    if isinstance(step, str) and _PLAIN_KEY.fullmatch(step):
        return f".{step}"
    return f"[{display(step)}]"


_PLAIN_KEY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")


# From bytes to values: strict JSON.


def read_json(body: bytes) -> Json | Refusal:
    """The value that a body spells, or the first reason why it is not JSON that every reader reads alike.

    >>> read_json(b'{"dry_run": true}')
    {'dry_run': True}
    >>> read_json(rb'{"dry_run": true, "dry_\\u0072un": false}').path
    '$.dry_run'
    """
    expect(bytes, "body", body)
    text = _decoded(body)
    if isinstance(text, Refusal):
        return text
    value = _parsed(text)  # or a refusal, in which there is no fault to find
    fault = _first_fault(value)
    return _refusal(fault.code, value=fault.value, steps=fault.steps) if isinstance(fault, _Fault) else value


def _decoded(body: bytes) -> str | Refusal:
    if len(body) > BODY_BYTES_MAX:
        return _refusal(Code.BODY_TOO_LARGE, value=body, facts={"size": len(body), "limit": BODY_BYTES_MAX})
    if body.startswith(b"\xef\xbb\xbf"):
        return _refusal(Code.BYTE_ORDER_MARK, value=body)
    # JSON starts with an ASCII character, which UTF-16 and UTF-32 write with a NUL; else their mark comes first.
    if body.startswith((b"\xff\xfe", b"\xfe\xff")) or 0 in body[:2]:
        return _refusal(Code.UTF_16_OR_32, value=body)
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        return _refusal(Code.NOT_UTF_8, value=body[error.start :], facts={"position": error.start + 1})


def _parsed(text: str) -> Json | Refusal:
    too_deep = _opens_too_deep(text)
    if too_deep is not None:
        return too_deep
    try:
        value: Json = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        return _refusal(Code.NOT_JSON, value=text[error.pos :], facts={"line": error.lineno, "column": error.colno})
    return value


_TO_A_BRACKET: Final = re.compile(r'(?:[^][{}"]++|"(?:[^"\\]++|\\.)*+"?+)*+([][{}]|\Z)', re.DOTALL)
"""Up to the next bracket outside of strings, or to the end. Possessive, so that it never looks at a character twice."""


_OPENING: Final = frozenset("[{")
_CLOSING: Final = frozenset("]}")


def _opens_too_deep(text: str) -> Refusal | None:
    """Refuses a bracket that opens one level too many, before a recursive reader could run out of stack on it."""
    depth = 0
    for found in _TO_A_BRACKET.finditer(text):
        depth += (found[1] in _OPENING) - (found[1] in _CLOSING)
        if depth > DEPTH_MAX:
            at = found.start(1)
            facts = {"position": at + 1, "depth": depth, "limit": DEPTH_MAX}
            return _refusal(Code.NESTED_TOO_DEEP, value=text[at:], facts=facts)
    return None


class _Numeral(str):
    """A number as it was written; shown without quotes."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class _Mark:
    """Left by the reader in place of a value that it does not accept, so that the walk can say where it stood."""

    code: Code
    value: object


@dataclass(frozen=True, slots=True)
class _Repeating:
    """Left by the reader in place of an object in which a key stands twice: its members, each repeat marked."""

    members: list[tuple[str, object]]


def _object(members: list[tuple[str, object]]) -> dict[str, object] | _Repeating:
    distinct = dict(members)
    return distinct if len(distinct) == len(members) else _Repeating(list(_repeats_marked(members)))


def _repeats_marked(members: list[tuple[str, object]]) -> Iterator[tuple[str, object]]:
    seen: set[str] = set()
    for key, value in members:
        yield key, _Mark(Code.REPEATED_KEY, value) if key in seen else value
        seen.add(key)


def _integer(digits: str) -> int | _Mark:
    """Length is looked at first: `int` is slow on thousands of digits, and on more it raises."""
    if len(digits) <= INTEGER_CHARACTERS_MAX and abs(number := int(digits)) <= INTEGER_MAX:
        return number
    return _Mark(Code.HUGE_NUMBER, _Numeral(digits))


def _fraction(digits: str) -> float | _Mark:
    if len(digits) <= NUMBER_CHARACTERS_MAX and math.isfinite(number := float(digits)):
        return number
    return _Mark(Code.HUGE_NUMBER, _Numeral(digits))


def _constant(name: str) -> _Mark:
    return _Mark(Code.NOT_A_NUMBER, _Numeral(name))


# Not `strict`: control characters are left to the walk, which can say where they stand.
_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_fraction, parse_constant=_constant, strict=False
)


@dataclass(frozen=True, slots=True)
class _Fault:
    code: Code
    steps: Steps
    value: object

    def below(self, step: int | str) -> _Fault:
        return _Fault(self.code, (step, *self.steps), self.value)


def _first_fault(value: object) -> _Fault | None:
    """The first thing in reading order that is well-formed JSON and yet not to be trusted."""
    return _FINDERS.get(type(value), _no_fault)(value)


def _no_fault(_value: object) -> None:
    """In numbers, booleans and null there is nothing to find."""


def _fault_in_text(text: str) -> _Fault | None:
    odd = _ODD.search(text)
    return _Fault(_ODD_BY_CATEGORY[category(odd[0])], (), text) if isinstance(odd, re.Match) else None


_ODD: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_ODD_BY_CATEGORY: Final = {"Cc": Code.CONTROL_CHARACTER, "Cs": Code.LONE_SURROGATE}


def _fault_in_members(members: Iterable[tuple[str, object]]) -> _Fault | None:
    for key, value in members:
        fault = _fault_in_text(key) or _first_fault(value)
        if isinstance(fault, _Fault):
            return fault.below(key)
    return None


def _fault_in_items(items: list[object]) -> _Fault | None:
    for index, item in enumerate(items):
        fault = _first_fault(item)
        if isinstance(fault, _Fault):
            return fault.below(index)
    return None


# By exact type, as the reader makes them.
_FINDERS: Final[dict[type, Callable[[Any], _Fault | None]]] = {
    str: _fault_in_text,
    dict: lambda members: _fault_in_members(members.items()),
    list: _fault_in_items,
    _Repeating: lambda repeating: _fault_in_members(repeating.members),
    _Mark: lambda mark: _Fault(mark.code, (), mark.value),
}


# From values to a model: pydantic, strict. What may be wrong is decided by plain functions and told by `Refusal`.


class Body(BaseModel):
    """What every model of a body has in common: exact types, no field that is not declared, no change afterwards."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", revalidate_instances="always")


def validate(model: type[M], value: Json) -> M | Refusal:
    """The model that a value spells, or the first reason why it spells none.

    Whatever a validator made of it, an id is held as it was sent or not at all: two tenants may differ in a blank or in
    the case of a letter.
    """
    try:
        read = model.model_validate(value)
    except ValidationError as error:
        return _told(min(error.errors(), key=_rank))
    return next(_misread(read, value, ()), read)


def _misread(held: object, sent: object, steps: Steps) -> Iterator[Refusal]:
    """A refusal for every id that is not held exactly as it was sent; by its own comparison, past all validators."""
    if isinstance(held, BaseModel) and isinstance(sent, dict):
        for name, field in type(held).model_fields.items():
            key = field.alias or name
            if key in sent:
                yield from _misread(getattr(held, name), sent[key], (*steps, key))
    elif isinstance(held, list | tuple) and isinstance(sent, list):
        for index, (each, spelled) in enumerate(zip_longest(held, sent)):
            yield from _misread(each, spelled, (*steps, index))
    elif isinstance(held, AnyId) and text_of(held) != sent:
        wanted = f"which would be read as {display(text_of(held))}"
        yield _refusal(Code.UNFIT_VALUE, value=sent, steps=steps, facts={"wanted": wanted})


_WANTED: Final = {
    "string_type": "a string",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "float_type": "a number",
    "list_type": "a list",
    "dict_type": "an object",
    "model_type": "an object",
}
_CODES: Final = {
    "missing": Code.MISSING_FIELD,
    "too_short": Code.EMPTY_LIST,
    "too_long": Code.TOO_MANY,
    **dict.fromkeys(_WANTED, Code.WRONG_TYPE),
    **{code.value: code for code in Code},
}
_CORE_CODES: Final = {"id_blank": Code.BLANK, "id_malformed": Code.ODD_ID}
_FIRST: Final = (Code.UNKNOWN_FIELD, Code.MISSING_FIELD, Code.NULL_VALUE)
_RANKS: Final = {code: rank for rank, code in enumerate(_FIRST)}


def _code(error: ErrorDetails) -> Code:
    match error:
        case {"type": "extra_forbidden"}:
            return Code.UNKNOWN_FIELD
        case {"input": None}:
            return Code.NULL_VALUE
        case {"ctx": {"error": IdError() as raised}}:
            return _CORE_CODES.get(raised.code, Code.UNFIT_VALUE)
    return _CODES.get(error["type"], Code.UNFIT_VALUE)


def _rank(error: ErrorDetails) -> int:
    """Faults of shape before faults of value; `min` keeps the first of equals, in the order of the fields."""
    return _RANKS.get(_code(error), len(_RANKS))


def _told(error: ErrorDetails) -> Refusal:
    steps, value = error["loc"], error["input"]
    facts = {"wanted": _WANTED.get(error["type"], display(error["msg"])), **error.get("ctx", {})}
    match facts:
        case {"index": int(index)}:
            steps, value = (*steps, index), value[index]
    return _refusal(_code(error), value=value, steps=steps, facts=facts)


def unfit(code: Code, **facts: object) -> PydanticCustomError:
    """What a validator raises: `validate` makes a refusal of it. An `index` points at one value of a list."""
    return PydanticCustomError(code.value, code.value, facts)


def from_text(make: Callable[[str], object]) -> GetPydanticSchema:
    """Annotates a field that travels as a JSON string and is held as what `make` builds of it."""
    schema = core_schema.no_info_after_validator_function(make, core_schema.str_schema(strict=True))
    return GetPydanticSchema(lambda _type, _handler: schema)


def _line(text: str, limit: int) -> str:
    if is_line(text, limit):
        return text
    is_blank = not text.strip() or (text.isprintable() and not shows_something(text))
    raise unfit(Code.BLANK if is_blank else Code.NOT_A_LINE, limit=limit)


def _verb(text: str) -> Verb:
    try:
        return Verb(text)
    except ValueError:
        raise unfit(Code.UNKNOWN_VERB, wanted=" or ".join(display(verb.value) for verb in Verb)) from None


def _schema(number: int) -> int:
    """Not a `Literal`: to pydantic, even strict, true and 1.0 are as literal as 1."""
    if number != SCHEMA_VERSION:
        raise unfit(Code.UNKNOWN_SCHEMA, wanted=SCHEMA_VERSION)
    return number


def again(acknowledge: OrganizationId, info: ValidationInfo) -> OrganizationId:
    """Validates a field that names `organization_id`, which stands before it, once more.

    If that one has a fault, its own refusal is told, since it comes first.
    """
    if acknowledge != info.data.get("organization_id"):
        raise unfit(Code.ACKNOWLEDGE_DIFFERS)
    return acknowledge


def _distinct(ids: list[T]) -> list[T]:
    seen: set[T] = set()
    for index, value in enumerate(ids):
        if value in seen:
            raise unfit(Code.REPEATED_ID, index=index)
        seen.add(value)
    return ids


SchemaField: TypeAlias = Annotated[int, AfterValidator(_schema)]
VerbField: TypeAlias = Annotated[Verb, from_text(_verb)]
KindField: TypeAlias = Annotated[Kind, from_text(Kind)]
OrganizationField: TypeAlias = Annotated[OrganizationId, from_text(OrganizationId)]
ProjectField: TypeAlias = Annotated[ProjectId, from_text(ProjectId)]
ResourceField: TypeAlias = Annotated[ResourceId, from_text(ResourceId)]
ResourcesField: TypeAlias = Annotated[
    list[ResourceField], FailFast(), Field(min_length=1, max_length=IDS_MAX), AfterValidator(_distinct)
]
LineField: TypeAlias = Annotated[str, AfterValidator(partial(_line, limit=LINE_MAX))]
ReasonField: TypeAlias = Annotated[str, AfterValidator(partial(_line, limit=REASON_MAX))]


# The guard's own call.


class Call(Body):
    """What every destructive call says, whatever it selects. Alone it selects nothing."""

    schema_version: SchemaField = Field(alias="schema")
    verb: VerbField
    kind: KindField
    organization_id: OrganizationField
    dry_run: bool
    environment: LineField
    case: LineField
    reason: ReasonField


class WholeOrganizationCall(Call):
    """Everything of the kind in the organization, which is named twice."""

    acknowledge: Annotated[OrganizationField, AfterValidator(again)]

    def selector(self) -> WholeOrganization:
        return WholeOrganization(self.organization_id, acknowledge=self.acknowledge)


class OneProjectCall(Call):
    """Everything of the kind in one project of the organization."""

    project_id: ProjectField

    def selector(self) -> OneProject:
        return OneProject(self.organization_id, self.project_id)


class ExplicitCall(Call):
    """These resources of the organization."""

    resource_ids: ResourcesField

    def selector(self) -> Explicit:
        return Explicit(self.organization_id, tuple(self.resource_ids))


SelectingCall: TypeAlias = WholeOrganizationCall | OneProjectCall | ExplicitCall

# A model each, so that no field is optional and null or absence cannot widen what is selected.
_CALLS: Final[Mapping[str, type[SelectingCall]]] = {
    "acknowledge": WholeOrganizationCall,
    "project_id": OneProjectCall,
    "resource_ids": ExplicitCall,
}


def parse(body: bytes, requester: Principal, *, policy_version: str) -> Request | Refusal:
    """The request that a body spells, made by a requester whom authentication vouched for."""
    expect(Principal, "requester", requester)
    expect_line("policy_version", policy_version)
    value = read_json(body)
    if isinstance(value, Refusal):
        return value
    call = _call(value)
    if isinstance(call, Refusal):
        return call
    return Request(
        verb=call.verb,
        kind=call.kind,
        selector=call.selector(),
        dry_run=call.dry_run,
        environment=call.environment,
        case=call.case,
        reason=call.reason,
        requester=requester,
        policy_version=policy_version,
        schema_version=call.schema_version,
    )


def _call(value: Json) -> SelectingCall | Refusal:
    if not isinstance(value, dict):
        return _selects_nothing(value)
    named = [name for name in _CALLS if name in value]
    match named:
        case []:
            return _selects_nothing(value)
        case [name]:
            return validate(_CALLS[name], value)
    first, second = named[:2]
    return _refusal(Code.SEVERAL_SELECTORS, value=value[second], steps=(second,), facts={"first": _path((first,))})


def _selects_nothing(value: Json) -> Refusal:
    """A selector that is missing may be there under another name, so any other fault is told first."""
    call = validate(Call, value)
    return call if isinstance(call, Refusal) else _refusal(Code.NO_SELECTOR, value=value)
