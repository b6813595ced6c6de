"""What the reference platform tells the kit: its operations, field by field, and which refusal answers which craft.

Some operations stand here twice, once for each form of body that they take; `API_NAMES` says what they are called.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from guards.testing.service import (
    OPERATOR,
    TENANT,
    Effect,
    Field,
    FieldKind,
    Operation,
    Role,
    choice,
    flag,
    organization,
    project,
    repeats,
    resource,
    resources,
    text,
    token,
)

_TYPES: Final = ("zero", "minus-one", "fraction", "false", "true", "one", "empty-list", "empty-object", "list-of-one")
_WORDS_FOR_FLAGS: Final = ("empty", "false-word", "true-word", "no-word")
_ODD: Final = (
    *("star", "percent", "any-pattern", "underscore-all", "slash", "dot", "leading-space", "trailing-space"),
    *("zero-width", "byte-order-mark", "full-width", "combining", "braces", "percent-encoded"),
    *("comma-joined", "pipe-joined", "path"),
)
_SPELLED: Final = (
    *("null-word", "none-word", "undefined-word", "nil-uuid", "all-word", "upper-case", "prefix", "suffix", "unknown"),
    *("foreign", "wrong-kind", "foreign-wrong-kind"),
)
"""Crafts that send what could be an id; what is told then depends on what the field names."""
_ALWAYS: Final = {"missing": "missing_field", "null": "null_value"}
_ID: Final = {
    **_ALWAYS,
    **dict.fromkeys(_TYPES, "wrong_type"),
    **dict.fromkeys(
        ("list-of-null", "operator-object", "id-object", "own-and-foreign", "foreign-and-own"), "wrong_type"
    ),
    **dict.fromkeys(_ODD, "odd_id"),
    **dict.fromkeys(("empty", "blank"), "blank"),
    "invisible": "odd_id",
    **dict.fromkeys(("trailing-newline", "trailing-nul"), "control_character"),
}
_LIST: Final = {
    **_ALWAYS,
    **dict.fromkeys(("empty", "blank", "star", "all-word", "true", "zero", "empty-object"), "wrong_type"),
    **dict.fromkeys(("operator-object", "scalar", "joined", "nested", "zero-element", "object-element"), "wrong_type"),
    **dict.fromkeys(("null-element", "list-of-null"), "null_value"),
    **dict.fromkeys(("blank-element", "space-element"), "blank"),
    **dict.fromkeys(("foreign-first", "foreign-middle", "foreign-last", "foreign-only"), "not_found"),
    **dict.fromkeys(("unknown-first", "unknown-last"), "not_found"),
    "empty-list": "empty_list",
    "star-element": "odd_id",
    "repeated": "repeated_id",
    "wrong-kind-element": "wrong_kind",
}
_LINE: Final = {
    **_ALWAYS,
    **dict.fromkeys(_TYPES, "wrong_type"),
    **dict.fromkeys(("empty", "blank", "invisible"), "blank"),
    "zero-width-only": "not_a_line",
}
_FLAG: Final = {**_ALWAYS, **dict.fromkeys((*_TYPES, *_WORDS_FOR_FLAGS), "wrong_type")}
_BY_KIND: Final[Mapping[FieldKind, Mapping[str, str]]] = {
    FieldKind.ORGANIZATION: _ID,
    FieldKind.PROJECT: {**_ID, **dict.fromkeys(_SPELLED, "project_not_found")},
    FieldKind.RESOURCE: {**_ID, **dict.fromkeys(_SPELLED, "not_found"), "wrong-kind": "wrong_kind"},
    FieldKind.REPEATS: {**_ID, **dict.fromkeys(_SPELLED, "acknowledge_differs")},
    FieldKind.RESOURCES: _LIST,
    FieldKind.TEXT: _LINE,
    FieldKind.FLAG: _FLAG,
    FieldKind.TOKEN: {"null": "null_value", "empty": "blank", "zero": "wrong_type", "unknown-word": "cursor_refused"},
}
_NO_WORD: Final = (*_ODD, *_SPELLED, "unknown-word")
_BY_NAME: Final[Mapping[str, Mapping[str, str]]] = {
    "schema": {
        **dict.fromkeys((*_TYPES, *_NO_WORD, "empty", "blank"), "wrong_type"),
        **dict.fromkeys(("zero", "unknown"), "unknown_schema"),
        **_ALWAYS,
    },
    "environment": {**dict.fromkeys(_NO_WORD, "wrong_environment"), **_LINE, "trailing-newline": "control_character"},
    "verb": {
        **dict.fromkeys((*_NO_WORD, "empty", "blank"), "unknown_verb"),
        **dict.fromkeys(_TYPES, "wrong_type"),
        **_ALWAYS,
        "trailing-newline": "control_character",
    },
    "kind": _ID,
}
_IN_BYTES: Final = {
    **dict.fromkeys(("duplicate-foreign-first", "duplicate-foreign-last", "duplicate-escaped"), "repeated_key"),
    **dict.fromkeys(("nan", "infinity"), "not_a_number"),
    **dict.fromkeys(("huge-number", "huge-integer"), "huge_number"),
    "lone-surrogate": "lone_surrogate",
    "deep-nesting": "nested_too_deep",
}
_EXTRA: Final = ("unknown-field", "force", "approved", "internal", "limit", "owner", "empty-name", "misspelled-scope")
_NOT_JSON: Final = ("truncated", "trailing-garbage", "two-documents", "trailing-comma", "comment", "single-quotes")
_WHOLE: Final = {
    **dict.fromkeys([f"request:{name}" for name in _EXTRA], "unknown_field"),
    **dict.fromkeys([f"bytes:{name}" for name in (*_NOT_JSON, "empty-body")], "not_json"),
    **dict.fromkeys(("bytes:bad-utf-8", "bytes:overlong-utf-8"), "not_utf_8"),
    "request:no-fields": "missing_field",
    "caller:nobody": "unknown_caller",
    "caller:wrong-role": "wrong_role",
    "bytes:byte-order-mark": "byte_order_mark",
    "bytes:utf-16": "utf_16_or_32",
    "bytes:oversized": "body_too_large",
    "bytes:in-a-list": "wrong_type",
    "bytes:null-body": "null_value",
}


def _refuses(caller: Role, fields: Mapping[str, Field], exceptions: Mapping[str, str]) -> dict[str, str]:
    """The refusal declared for each craft of these fields; `exceptions` has what differs in this operation."""
    declared = {**_WHOLE, "caller:other-tenant": "not_your_organization" if caller is TENANT else "wrong_role"}
    for name, field in fields.items():
        by_craft = {**_BY_KIND.get(field.kind, {}), **_BY_NAME.get(name, {}), **_IN_BYTES}
        declared |= {f"{name}:{craft}": code for craft, code in by_craft.items()}
    return {**declared, **exceptions}


def _operation(
    name: str, caller: Role, fields: Mapping[str, Field], exceptions: Mapping[str, str], **rest: Any
) -> Operation:
    return Operation(name, caller, fields, refuses=_refuses(caller, fields, exceptions), **rest)


_SCOPES: Final = ("acknowledge", "project_id")
_WITHOUT_SELECTOR: Final = {f"{scope}:missing": "no_selector" for scope in (*_SCOPES, "resource_ids")}
_HERE: Final = {"schema": choice(1), "environment": choice("production")}
_WHY: Final = {"case": text("TS-1"), "reason": text("abuse report 1")}


def _destructive(name: str, caller: Role, verb: str, kind: str) -> Operation:
    return _operation(
        name,
        caller,
        {
            **_HERE,
            "verb": choice(verb),
            "kind": choice(kind),
            "organization_id": organization(),
            "acknowledge": repeats("organization_id", required=False),
            "project_id": project(required=False),
            "resource_ids": resources(kind, required=False),
            "dry_run": flag(),
            **_WHY,
        },
        {
            **_WITHOUT_SELECTOR,
            "request:two-scopes": "several_selectors",
            "request:misspelled-scope": "unknown_field",
        },
        one_of=(*_SCOPES, "resource_ids"),
        dry_run="dry_run",
    )


def _holding(verb: str, effect: Effect) -> Iterable[Operation]:
    """A hold on an organization or a project; and one on resources, which also says of which kind they are."""
    yield _operation(
        verb,
        OPERATOR,
        {
            **_HERE,
            "organization_id": organization(),
            "acknowledge": repeats("organization_id", required=False),
            "project_id": project(required=False),
            **_WHY,
        },
        {"request:two-scopes": "unknown_field"},
        one_of=_SCOPES,
        effect=effect,
    )
    yield _operation(
        f"{verb}_resources",
        OPERATOR,
        {
            **_HERE,
            "kind": choice("load-balancer"),
            "organization_id": organization(),
            "resource_ids": resources("load-balancer"),
            **_WHY,
        },
        {},
        effect=effect,
    )


OPERATIONS: Final = (
    _destructive("invalidate", OPERATOR, "invalidate", "load-balancer"),
    _destructive("delete", TENANT, "delete", "load-balancer"),
    _destructive("delete_database", TENANT, "delete", "database"),
    _operation(
        "create",
        TENANT,
        {**_HERE, "kind": choice("load-balancer"), "organization_id": organization(), "project_id": project()},
        {},
        effect=Effect.CREATE,
        kind="load-balancer",
    ),
    _operation(
        "transfer",
        OPERATOR,
        {
            **_HERE,
            "kind": choice("load-balancer"),
            "organization_id": organization(),
            "resource_id": resource("load-balancer"),
            "source_project_id": project(),
            "destination_project_id": project(destination=True),
            **_WHY,
        },
        {f"destination_project_id:{craft}": "destination_not_found" for craft in _SPELLED},
        effect=Effect.MOVE,
    ),
    *_holding("hold", Effect.HOLD),
    *_holding("unhold", Effect.UNHOLD),
    _operation(
        "read_only",
        OPERATOR,
        {**_HERE, "kind": choice("load-balancer", "database"), "on": flag(value=True), **_WHY},
        {},
        effect=Effect.READ_ONLY,
    ),
    _operation(
        "list",
        TENANT,
        {
            "schema": choice(1),
            "kind": choice("load-balancer"),
            "organization_id": organization(),
            "cursor": token("list", "cursor"),
        },
        {},
        effect=Effect.READ,
        kind="load-balancer",
    ),
)

API_NAMES: Final[Mapping[str, str]] = {
    **{operation.name: operation.name for operation in OPERATIONS},
    "delete_database": "delete",
    "hold_resources": "hold",
    "unhold_resources": "unhold",
}
