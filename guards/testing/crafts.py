"""The named ways to craft a request out of a valid one: one table per thing that can be spoiled.

A craft is written `field:name` (`project_id:null`), `caller:name`, `request:name` or `bytes:name`. It only says what
is sent; whether that is still a well-formed call is the oracle's business, because with colliding ids a craft may hit
another valid call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from guards.errors import shown
from guards.testing.declarations import AdapterError
from guards.testing.raw_crafts import BYTES_CRAFTS, FIELD_BYTES_CRAFTS, encode
from guards.testing.scene import Family, NotApplicable, Scene, Sent
from guards.testing.service import Field, FieldKind, Operation
from guards.testing.steps import StepError

_MISSING = object()

ValueCraft = Callable[[Any, Field, Scene], Any]
RequestCraft = Callable[[Sent, Scene], Sent]


def _constant(value: Any) -> ValueCraft:
    return lambda _value, _field, _scene: value


def _on_text(spoil: Callable[[str], str]) -> ValueCraft:
    def apply(value: Any, _field: Field, _scene: Scene) -> Any:
        if not isinstance(value, str) or not value:
            raise NotApplicable("the value is not text")
        spoiled = spoil(value)
        if spoiled == value:
            raise NotApplicable("the spelling would not change")
        return spoiled

    return apply


def _of_the_other_type(value: Any, _field: Field, _scene: Scene) -> Any:
    """A number as text, or digits as a number."""
    if type(value) is int:
        return str(value)
    if isinstance(value, str) and value.isdecimal() and value.isascii():
        return int(value)
    raise NotApplicable("the value is neither a number nor digits")


def _with_foreign(join: Callable[[str, str], str]) -> ValueCraft:
    def apply(value: Any, field: Field, scene: Scene) -> Any:
        other = scene.foreign(field)
        if not isinstance(value, str) or not isinstance(other, str):
            raise NotApplicable("the ids are not text")
        return join(value, other)

    return apply


def _joined(ids: list[Any]) -> str:
    if len(ids) < 2:
        raise NotApplicable("one id joined is that id")
    return ",".join(map(str, ids))


def _on_list(spoil: Callable[[list[Any], Field, Scene], Any]) -> ValueCraft:
    def apply(value: Any, field: Field, scene: Scene) -> Any:
        if not isinstance(value, list) or not value:
            raise NotApplicable("the value is not a list")
        return spoil(value, field, scene)

    return apply


_K = FieldKind
_SCALAR_IDS = (_K.ORGANIZATION, _K.PROJECT, _K.RESOURCE)
_IDS = (*_SCALAR_IDS, _K.RESOURCES)
_NAMING = (*_IDS, _K.REPEATS)
_THINGS = (_K.PROJECT, _K.RESOURCE, _K.RESOURCES)
_WORDS = (*_SCALAR_IDS, _K.REPEATS, _K.CHOICE)
_ANY = (*_NAMING, _K.FLAG, _K.TEXT, _K.CHOICE)
_TYPED = (*_SCALAR_IDS, _K.REPEATS, _K.TEXT, _K.CHOICE)

# name, family, the kinds of field it applies to, what is sent instead
_VALUE_CRAFTS: tuple[tuple[str, Family, tuple[FieldKind, ...], ValueCraft], ...] = (
    ("missing", Family.ABSENCE, _ANY, _constant(_MISSING)),
    ("null", Family.ABSENCE, (*_ANY, _K.TOKEN), _constant(None)),
    ("empty", Family.ABSENCE, (*_ANY, _K.TOKEN), _constant("")),
    ("blank", Family.ABSENCE, (*_NAMING, _K.TEXT, _K.CHOICE), _constant("   ")),
    ("invisible", Family.ABSENCE, (*_SCALAR_IDS, _K.REPEATS, _K.TEXT), _constant("\u3164")),  # a letter without ink
    ("zero-width-only", Family.ABSENCE, (_K.TEXT,), _constant("\u200b")),
    ("empty-list", Family.ABSENCE, _ANY, _constant([])),
    ("empty-object", Family.ABSENCE, _NAMING, _constant({})),
    ("null-word", Family.ABSENCE, _SCALAR_IDS, _constant("null")),
    ("none-word", Family.ABSENCE, _SCALAR_IDS, _constant("None")),
    ("undefined-word", Family.ABSENCE, _SCALAR_IDS, _constant("undefined")),
    ("nil-uuid", Family.ABSENCE, _SCALAR_IDS, _constant("00000000-0000-0000-0000-000000000000")),
    ("star", Family.WILDCARD, (*_WORDS, _K.RESOURCES), _constant("*")),
    ("percent", Family.WILDCARD, _WORDS, _constant("%")),
    ("any-pattern", Family.WILDCARD, _WORDS, _constant(".*")),
    ("all-word", Family.WILDCARD, (*_WORDS, _K.RESOURCES), _constant("all")),
    ("underscore-all", Family.WILDCARD, _SCALAR_IDS, _constant("_all")),
    ("star-after", Family.WILDCARD, _SCALAR_IDS, _on_text(lambda text: text[:-1] + "*")),
    ("foreign-star", Family.PATTERN, _SCALAR_IDS, _with_foreign(lambda _own, other: other[:-1] + "*")),
    ("foreign-percent", Family.PATTERN, _SCALAR_IDS, _with_foreign(lambda _own, other: other[:-1] + "%")),
    ("foreign-question", Family.PATTERN, _SCALAR_IDS, _with_foreign(lambda _own, other: other[:-1] + "?")),
    ("quote", Family.WILDCARD, _WORDS, _on_text(lambda text: f"{text}' or '1'='1")),
    ("double-quote", Family.WILDCARD, _WORDS, _on_text(lambda text: f'{text}" or "1"="1')),
    ("slash", Family.WILDCARD, _SCALAR_IDS, _constant("/")),
    ("dot", Family.WILDCARD, _SCALAR_IDS, _constant(".")),
    ("zero", Family.TYPE, (*_ANY, _K.TOKEN), _constant(0)),
    ("one", Family.TYPE, (_K.FLAG,), _constant(1)),
    ("minus-one", Family.TYPE, _SCALAR_IDS, _constant(-1)),
    ("fraction", Family.TYPE, (*_SCALAR_IDS, _K.FLAG), _constant(0.5)),
    ("false", Family.TYPE, _TYPED, _constant(False)),
    ("true", Family.TYPE, (*_TYPED, _K.RESOURCES), _constant(True)),
    ("false-word", Family.TYPE, (_K.FLAG,), _constant("false")),
    ("true-word", Family.TYPE, (_K.FLAG,), _constant("true")),
    ("no-word", Family.TYPE, (_K.FLAG,), _constant("no")),
    ("other-type", Family.TYPE, _SCALAR_IDS, _of_the_other_type),
    ("list-of-one", Family.TYPE, (*_TYPED, _K.FLAG), lambda value, _f, _s: [value]),
    ("list-of-null", Family.TYPE, (*_SCALAR_IDS, _K.RESOURCES), _constant([None])),
    ("operator-object", Family.TYPE, _NAMING, _constant({"$ne": None})),
    ("id-object", Family.TYPE, _SCALAR_IDS, lambda value, _f, _s: {"id": value}),
    ("upper-case", Family.SPELLING, _WORDS, _on_text(str.swapcase)),
    ("leading-space", Family.SPELLING, _WORDS, _on_text(lambda text: " " + text)),
    ("trailing-space", Family.SPELLING, _WORDS, _on_text(lambda text: text + " ")),
    ("trailing-newline", Family.SPELLING, _WORDS, _on_text(lambda text: text + "\n")),
    ("trailing-nul", Family.SPELLING, _SCALAR_IDS, _on_text(lambda text: text + "\0")),
    ("zero-width", Family.SPELLING, _SCALAR_IDS, _on_text(lambda text: text[:1] + "\u200b" + text[1:])),
    ("byte-order-mark", Family.SPELLING, _SCALAR_IDS, _on_text(lambda text: "\ufeff" + text)),
    ("full-width", Family.SPELLING, _WORDS, _on_text(lambda text: "".join(_full_width(c) for c in text))),
    ("combining", Family.SPELLING, _SCALAR_IDS, _on_text(lambda text: text + "\u0301")),
    ("prefix", Family.SPELLING, _WORDS, _on_text(lambda text: text[:-1])),
    ("suffix", Family.SPELLING, _WORDS, _on_text(lambda text: text + "2")),
    ("braces", Family.SPELLING, _SCALAR_IDS, _on_text(lambda text: "{" + text + "}")),
    ("percent-encoded", Family.SPELLING, _SCALAR_IDS, _on_text(lambda text: f"%{ord(text[0]):02X}{text[1:]}")),
    ("foreign", Family.FOREIGN, (*_SCALAR_IDS, _K.REPEATS), lambda _v, field, scene: scene.foreign(field)),
    ("foreign-other", Family.FOREIGN, (*_SCALAR_IDS, _K.REPEATS), lambda _v, field, scene: scene.other_foreign(field)),
    ("foreign-at-home", Family.FOREIGN, (_K.RESOURCE,), lambda _v, field, scene: scene.foreign_at_home(field)),
    ("foreign-and-old", Family.FOREIGN, (_K.RESOURCE,), lambda _v, field, scene: scene.foreign_and_old(field)),
    ("unknown", Family.FOREIGN, _WORDS, lambda value, _f, scene: scene.unknown(value)),
    ("own-and-foreign", Family.FOREIGN, _SCALAR_IDS, lambda value, field, scene: [value, scene.foreign(field)]),
    ("foreign-and-own", Family.FOREIGN, _SCALAR_IDS, lambda value, field, scene: [scene.foreign(field), value]),
    ("comma-joined", Family.FOREIGN, _SCALAR_IDS, _with_foreign(lambda own, other: f"{own},{other}")),
    ("pipe-joined", Family.FOREIGN, _SCALAR_IDS, _with_foreign(lambda own, other: f"{own}|{other}")),
    ("semicolon-joined", Family.FOREIGN, _SCALAR_IDS, _with_foreign(lambda own, other: f"{own};{other}")),
    ("blank-joined", Family.FOREIGN, _SCALAR_IDS, _with_foreign(lambda own, other: f"{own} {other}")),
    ("newline-joined", Family.FOREIGN, _SCALAR_IDS, _with_foreign(lambda own, other: f"{own}\n{other}")),
    ("rest-of-key", Family.FOREIGN, (_K.PROJECT, _K.RESOURCE), lambda _v, f, s: s.rest_of_key(f, s.foreign)),
    (
        "rest-of-other-key",
        Family.FOREIGN,
        (_K.PROJECT, _K.RESOURCE),
        lambda _v, f, s: s.rest_of_key(f, s.other_foreign),
    ),
    ("path", Family.FOREIGN, _SCALAR_IDS, _with_foreign(lambda own, other: f"{own}/../{other}")),
    ("wrong-kind", Family.KIND, _SCALAR_IDS, lambda _v, field, scene: scene.wrong_kind(field)),
    ("foreign-wrong-kind", Family.KIND, _SCALAR_IDS, lambda _v, field, scene: scene.foreign_wrong_kind(field)),
    ("unknown-word", Family.KIND, (_K.CHOICE, _K.TOKEN), _constant("no-such-word")),
    ("scalar", Family.LIST, (_K.RESOURCES,), _on_list(lambda ids, _f, _s: ids[0])),
    ("joined", Family.LIST, (_K.RESOURCES,), _on_list(lambda ids, _f, _s: _joined(ids))),
    ("nested", Family.LIST, (_K.RESOURCES,), _on_list(lambda ids, _f, _s: [ids])),
    ("repeated", Family.LIST, (_K.RESOURCES,), _on_list(lambda ids, _f, _s: [*ids, ids[0]])),
    ("null-element", Family.LIST, (_K.RESOURCES,), _on_list(lambda ids, _f, _s: [*ids, None])),
    ("blank-element", Family.LIST, (_K.RESOURCES,), _on_list(lambda ids, _f, _s: [*ids, ""])),
    ("space-element", Family.LIST, (_K.RESOURCES,), _on_list(lambda ids, _f, _s: [" ", *ids])),
    ("star-element", Family.LIST, (_K.RESOURCES,), _on_list(lambda ids, _f, _s: [*ids, "*"])),
    ("zero-element", Family.LIST, (_K.RESOURCES,), _on_list(lambda ids, _f, _s: [*ids, 0])),
    ("object-element", Family.LIST, (_K.RESOURCES,), _on_list(lambda ids, _f, _s: [*ids, {"$ne": None}])),
    ("wrong-kind-element", Family.LIST, (_K.RESOURCES,), _on_list(lambda ids, f, s: [*ids, s.wrong_kind(f)])),
    ("unknown-first", Family.LIST, (_K.RESOURCES,), _on_list(lambda ids, _f, s: [s.unknown(ids[0]), *ids])),
    ("unknown-last", Family.LIST, (_K.RESOURCES,), _on_list(lambda ids, _f, s: [*ids, s.unknown(ids[0])])),
    ("foreign-first", Family.LIST, (_K.RESOURCES,), _on_list(lambda ids, f, s: [s.foreign(f), *ids])),
    ("foreign-middle", Family.LIST, (_K.RESOURCES,), _on_list(lambda ids, f, s: [ids[0], s.foreign(f), *ids[1:]])),
    ("foreign-last", Family.LIST, (_K.RESOURCES,), _on_list(lambda ids, f, s: [*ids, s.foreign(f)])),
    ("foreign-other-last", Family.LIST, (_K.RESOURCES,), _on_list(lambda ids, f, s: [*ids, s.other_foreign(f)])),
    ("foreign-at-home-last", Family.LIST, (_K.RESOURCES,), _on_list(lambda ids, f, s: [*ids, s.foreign_at_home(f)])),
    ("foreign-and-old-last", Family.LIST, (_K.RESOURCES,), _on_list(lambda ids, f, s: [*ids, s.foreign_and_old(f)])),
    ("foreign-only", Family.LIST, (_K.RESOURCES,), _on_list(lambda _ids, f, s: [s.foreign(f)])),
)


def _full_width(character: str) -> str:
    return chr(ord(character) + 0xFEE0) if "!" <= character <= "~" else character


def _naming(sent: Sent, scene: Scene) -> list[str]:
    """The fields of the call that name something. One that the operation does not have, as another craft may have
    added, names nothing.
    """
    declared = scene.operation.fields
    return [name for name in sent.fields if name in declared and declared[name].kind in _NAMING]


def _renamed(sent: Sent, scene: Scene) -> Sent:
    """A misspelt scope field: absence and surplus at once (`projct_id`)."""
    name = next(iter(reversed(_naming(sent, scene))), "")
    if not name:
        raise NotApplicable("the call names nothing")
    return replace(
        sent,
        fields={(k.replace("_", "") if "_" in k else k[:-1]) if k == name else k: v for k, v in sent.fields.items()},
    )


def _extra(name: str, value: Callable[[Scene], Any]) -> RequestCraft:
    def apply(sent: Sent, scene: Scene) -> Sent:
        if name in scene.operation.fields:
            raise NotApplicable("the operation has a field of this name")
        return replace(sent, fields={**sent.fields, name: value(scene)})

    return apply


def _theirs(craft: RequestCraft) -> RequestCraft:
    """The craft, in a call about the neighbour's things: what stands for the caller makes them the caller's."""

    def apply(sent: Sent, scene: Scene) -> Sent:
        named = {name: scene.operation.fields[name] for name in sent.fields}
        things = {name: field for name, field in named.items() if field.kind in _THINGS}
        if not things:
            raise NotApplicable("the call names no thing of anybody's")
        theirs = {name: scene.foreign(field) for name, field in things.items()}
        listed = {name: [theirs[name]] for name, field in things.items() if field.kind is _K.RESOURCES}
        return craft(replace(sent, fields={**sent.fields, **theirs, **listed}), scene)

    return apply


def _borrowed(sent: Sent, scene: Scene) -> Sent:
    """The neighbour's organization in the field in which another operation of the service takes one."""
    names = (n for op in scene.operations for n, field in op.fields.items() if field.kind is _K.ORGANIZATION)
    name = next((n for n in names if n not in scene.operation.fields), "")
    if not name:
        raise NotApplicable("no other operation has a field for an organization")
    return replace(sent, fields={**sent.fields, name: scene.foreign_organization()})


def _all_naming(value: Any) -> RequestCraft:
    """Every field that names something spoiled at once."""

    def apply(sent: Sent, scene: Scene) -> Sent:
        naming = _naming(sent, scene)
        if len(naming) < 2:
            raise NotApplicable("the call names fewer than two things")
        return replace(sent, fields=sent.fields | dict.fromkeys(naming, value))

    return apply


def _two_scopes(sent: Sent, scene: Scene) -> Sent:
    """Both alternatives of an exactly-one-of, the second about the neighbour."""
    for name in scene.operation.one_of:
        if name not in sent.fields:
            field = scene.operation.fields[name]
            value = scene.foreign(field)
            return replace(sent, fields={**sent.fields, name: [value] if field.kind is _K.RESOURCES else value})
    raise NotApplicable("the operation has no alternatives")


_ON_BEHALF: tuple[tuple[str, str, Callable[[Scene], Any]], ...] = (
    ("organization", "organization_id", Scene.foreign_organization),
    ("tenant", "tenant_id", Scene.foreign_organization),
    ("owner", "owner", Scene.foreign_organization),
    ("account", "account_id", Scene.foreign_organization),
    ("short-organization", "org_id", Scene.foreign_organization),
    ("bare-tenant", "tenant", Scene.foreign_organization),
    ("user", "user_id", Scene.foreign_organization),
    ("on-behalf-of", "on_behalf_of", Scene.foreign_organization),
    ("project", "project_id", Scene.foreign_project),
)
"""Names under which some services take whom a call is for, left over from a gateway or meant for the support alone."""

_REQUEST_CRAFTS: tuple[tuple[str, Family, RequestCraft], ...] = (
    ("no-fields", Family.ABSENCE, lambda sent, _scene: replace(sent, fields={})),
    ("all-null", Family.ABSENCE, _all_naming(None)),
    ("all-empty", Family.ABSENCE, _all_naming("")),
    ("two-scopes", Family.EXTRA, _two_scopes),
    ("misspelled-scope", Family.EXTRA, _renamed),
    ("borrowed-organization", Family.EXTRA, _borrowed),
    *((name, Family.EXTRA, _extra(field, value)) for name, field, value in _ON_BEHALF),
    *((f"{name}-and-theirs", Family.EXTRA, _theirs(_extra(field, value))) for name, field, value in _ON_BEHALF),
    ("unknown-field", Family.EXTRA, _extra("no_such_field", lambda _scene: "kit")),
    ("force", Family.EXTRA, _extra("force", lambda _scene: True)),
    ("approved", Family.EXTRA, _extra("approved", lambda _scene: True)),
    ("internal", Family.EXTRA, _extra("internal", lambda _scene: True)),
    ("limit", Family.EXTRA, _extra("limit", lambda _scene: 1_000_000)),
    ("empty-name", Family.EXTRA, _extra("", lambda _scene: "kit")),
)


def _as_other_tenant(sent: Sent, scene: Scene) -> Sent:
    others = (p for p in scene.world.principals if p.organization and p.organization is not scene.about)
    return _as(sent, others)


def _as_last_tenant(sent: Sent, scene: Scene) -> Sent:
    others = [p for p in scene.world.principals if p.organization and p.organization is not scene.about]
    return _as(sent, reversed(others))


def _as_wrong_role(sent: Sent, scene: Scene) -> Sent:
    """A user of the very organization calls what only operators may, or the other way round."""
    people = (p for p in scene.world.principals if p.role not in scene.operation.callers)
    return _as(sent, (p for p in people if p.organization in (None, scene.about)))


def _as(sent: Sent, people: Iterator[Any]) -> Sent:
    somebody = next(people, None)
    if somebody is None:
        raise NotApplicable("the world has nobody who could call so")
    return replace(sent, caller=somebody.ref)


_CALLER_CRAFTS: tuple[tuple[str, Family, RequestCraft], ...] = (
    ("other-tenant", Family.CALLER, _as_other_tenant),
    ("last-tenant", Family.CALLER, _as_last_tenant),
    ("wrong-role", Family.CALLER, _as_wrong_role),
    ("nobody", Family.CALLER, lambda sent, _scene: replace(sent, caller="")),
)


# --- the one list of names --------------------------------------------------------------------------------------------

_VALUES = {name: (kinds, apply) for name, _, kinds, apply in _VALUE_CRAFTS}
_FIELD_BYTES = {name: (kinds, apply) for name, kinds, apply in FIELD_BYTES_CRAFTS}
_BYTES = dict(BYTES_CRAFTS)
_WHOLE = {f"request:{name}": apply for name, _, apply in _REQUEST_CRAFTS} | {
    f"caller:{name}": apply for name, _, apply in _CALLER_CRAFTS
}

FAMILIES: Mapping[str, Family] = (
    {name: family for name, family, _, _ in _VALUE_CRAFTS}
    | {f"request:{name}": family for name, family, _ in _REQUEST_CRAFTS}
    | {f"caller:{name}": family for name, family, _ in _CALLER_CRAFTS}
    | {name: Family.BYTES for name, _, _ in FIELD_BYTES_CRAFTS}
    | {f"bytes:{name}": Family.BYTES for name, _ in BYTES_CRAFTS}
)
"""Every craft by name (without the field it is applied to), with its family."""


def craft_name(craft: str) -> str:
    """The name of a craft as written in a step, without its field: `project_id:null` is `null`."""
    field, _, name = craft.rpartition(":")
    return craft if field in ("request", "caller", "bytes") else name


def check_crafts(operations: Sequence[Operation]) -> None:
    """Raises `AdapterError` where an operation tolerates, or refuses with a code of its own, what is no craft."""
    for operation in operations:
        for attribute, declared in (("tolerates", operation.tolerates), ("refuses", operation.refuses)):
            families = set(Family) if attribute == "tolerates" else set()
            strange = [name for name in declared if name not in families and not _is_craft(operation, name)]
            if strange:
                raise AdapterError(
                    f"`{attribute}` of `{operation.name}` names {shown(strange[0])}, which is no craft"
                    f"{' and no family of crafts' if families else ''}; the crafts are {', '.join(sorted(FAMILIES))}"
                )


def _is_craft(operation: Operation, name: str) -> bool:
    """Whether this is a craft's name, alone or behind the field that it is applied to."""
    field, _, rest = name.rpartition(":")
    return name in FAMILIES or (field in operation.fields and rest in FAMILIES)


def crafts_for(operation: Operation, variant: Sequence[str], *, takes_bytes: bool) -> list[str]:
    """Every craft that may be applied to a valid call with these fields, in a fixed order."""
    fields = {name: operation.fields[name] for name in (*variant, *_tokens(operation))}
    out = [f"{field}:{name}" for field, f in fields.items() for name, (kinds, _) in _VALUES.items() if f.kind in kinds]
    out += list(_WHOLE)
    if takes_bytes:
        out += [
            f"{field}:{name}"
            for field, f in fields.items()
            for name, (kinds, _) in _FIELD_BYTES.items()
            if f.kind in kinds
        ]
        out += [f"bytes:{name}" for name in _BYTES]
    return out


def _tokens(operation: Operation) -> Iterator[str]:
    return (name for name, field in operation.fields.items() if field.kind is FieldKind.TOKEN)


def apply_craft(craft: str, sent: Sent, scene: Scene) -> Sent:
    """What is sent once the craft has been applied. Raises `NotApplicable`, or `StepError` for a name that there
    isn't.
    """
    if craft in _WHOLE:
        return _WHOLE[craft](sent, scene)
    field, _, name = craft.rpartition(":")
    if field == "bytes" and name in _BYTES:
        return replace(sent, body=_BYTES[name](encode(sent.fields)))
    if field not in scene.operation.fields or (name not in _VALUES and name not in _FIELD_BYTES):
        raise StepError(f"there is no craft `{craft}` for the operation `{scene.operation.name}`")
    if name in _FIELD_BYTES:
        if field not in sent.fields:
            raise NotApplicable("the call does not send this field")
        return replace(sent, body=_FIELD_BYTES[name][1](field, sent, scene))
    value = _VALUES[name][1](sent.fields.get(field), scene.operation.fields[field], scene)
    fields = {key: inner for key, inner in sent.fields.items() if key != field or value is not _MISSING}
    if value is not _MISSING:
        fields[field] = value
    return Sent(sent.caller, fields, sent.body)
