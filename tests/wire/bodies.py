"""Bodies for the wire: three valid calls, what they mean, and a table of hostile ones with the one refusal of each.

The table is data, so that the same rows judge the wire as it is, the wire with a fault planted in it, and the golden
file. Numbers that are policy stand here as literals.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from guards.core.ids import OrganizationId, PrincipalId, text
from guards.core.request import Request
from guards.core.selector import Explicit, OneProject, WholeOrganization
from guards.core.values import Principal, Role

OPERATOR = Principal(PrincipalId("operator-1"), Role.OPERATOR, None)
TENANT = Principal(PrincipalId("tenant-1"), Role.TENANT, OrganizationId("org-1"))

Fields = dict[str, Any]

COMMON: Fields = {
    "schema": 1,
    "verb": "invalidate",
    "kind": "load-balancer",
    "organization_id": "org-1",
    "dry_run": False,
    "environment": "production",
    "case": "TS-1",
    "reason": "phishing reported by three banks",
}
WHOLE: Fields = {**COMMON, "acknowledge": "org-1"}
PROJECT: Fields = {**COMMON, "project_id": "project-1"}
EXPLICIT: Fields = {**COMMON, "resource_ids": ["lb-1", "lb-2", "lb-3"]}
VALID = {"whole-organization": WHOLE, "one-project": PROJECT, "explicit": EXPLICIT}


def body(fields: object) -> bytes:
    """The fields as JSON that is ASCII throughout."""
    return json.dumps(fields).encode()


def but(fields: Fields, **changes: object) -> bytes:
    """The body with some values changed."""
    return body({**fields, **changes})


def without(fields: Fields, *names: str) -> bytes:
    """The body with some fields left out."""
    return body({name: value for name, value in fields.items() if name not in names})


def raw(fields: Fields, name: str, spelled: str) -> bytes:
    """The body with one value spelled out literally, for what `json.dumps` does not write."""
    return but(fields, **{name: "<here>"}).replace(b'"<here>"', spelled.encode("utf-8", "surrogatepass"))


def meaning(request: Request) -> Fields:
    """What a request says, in the words of a body; written without the wire, to hold the wire against it."""
    said: Fields = {
        "schema": request.schema_version,
        "verb": request.verb.value,
        "kind": text(request.kind),
        "organization_id": text(request.selector.organization),
        "dry_run": request.dry_run,
        "environment": request.environment,
        "case": request.case,
        "reason": request.reason,
    }
    match request.selector:
        case WholeOrganization(_, acknowledge):
            return {**said, "acknowledge": text(acknowledge)}
        case OneProject(_, project):
            return {**said, "project_id": text(project)}
        case Explicit(_, resources):
            return {**said, "resource_ids": [text(resource) for resource in resources]}


@dataclass(frozen=True, slots=True)
class Hostile:
    """One hostile body, and what must be said of it."""

    name: str
    body: bytes
    code: str
    path: str
    shown: str


MIB = 1024 * 1024


def padded(content: bytes, size: int) -> bytes:
    """The body followed by blanks, up to a size."""
    return content + b" " * (size - len(content))


BYTES = [
    Hostile("empty", b"", "not_json", "$", '""'),
    Hostile("blank", b" \n", "not_json", "$", '""'),
    Hostile(
        "one byte over 1 MiB",
        padded(body(WHOLE), MIB + 1),
        "body_too_large",
        "$",
        "b'" + '{"schema": 1, "verb": "invalidate", "kind": "load-balancer",' + "'... (1048577 in all)",
    ),
    Hostile(
        "over 1 MiB and no UTF-8",
        b"\xff" * (MIB + 1),
        "body_too_large",
        "$",
        "b'" + r"\xff" * 15 + "'... (1048577 in all)",
    ),
    Hostile("byte order mark", b"\xef\xbb\xbf{}", "byte_order_mark", "$", r"b'\xef\xbb\xbf{}'"),
    Hostile("UTF-16 with mark", "{}".encode("utf-16"), "utf_16_or_32", "$", r"b'\xff\xfe{\x00}\x00'"),
    Hostile("UTF-16-BE with mark", b"\xfe\xff\x00{\x00}", "utf_16_or_32", "$", r"b'\xfe\xff\x00{\x00}'"),
    Hostile("UTF-16-LE", "{}".encode("utf-16-le"), "utf_16_or_32", "$", r"b'{\x00}\x00'"),
    Hostile("UTF-16-BE", "{}".encode("utf-16-be"), "utf_16_or_32", "$", r"b'\x00{\x00}'"),
    Hostile("UTF-32 with mark", "1".encode("utf-32"), "utf_16_or_32", "$", r"b'\xff\xfe\x00\x001\x00\x00\x00'"),
    Hostile("UTF-32-LE", "1".encode("utf-32-le"), "utf_16_or_32", "$", r"b'1\x00\x00\x00'"),
    Hostile("UTF-32-BE", "1".encode("utf-32-be"), "utf_16_or_32", "$", r"b'\x00\x00\x001'"),
    Hostile("Latin-1", b'{"reason": "caf\xe9"}', "not_utf_8", "$", "b'" + r'\xe9"}' + "'"),
    Hostile("overlong slash", b'{"reason": "\xc0\xaf"}', "not_utf_8", "$", "b'" + r'\xc0\xaf"}' + "'"),
    Hostile(
        "surrogate as UTF-8",
        raw(WHOLE, "reason", '"\ud800"'),
        "not_utf_8",
        "$",
        "b'" + r'\xed\xa0\x80", "acknowledge": "org-1"}' + "'",
    ),
    Hostile("cut in a character", b'{"reason": "\xf0\x9f\x98', "not_utf_8", "$", r"b'\xf0\x9f\x98'"),
]

TEXT = [
    Hostile(
        "17 levels",
        raw(WHOLE, "reason", "[" * 16 + "]" * 16),
        "nested_too_deep",
        "$",
        '"[' + "]" * 16 + r', \"acknowledge\": \"org-1\"}"',
    ),
    Hostile("100,000 levels of lists", b"[" * 100_000, "nested_too_deep", "$", '"' + "[" * 60 + '"... (99984 in all)'),
    Hostile(
        "100,000 levels of objects",
        b'{"a":' * 100_000,
        "nested_too_deep",
        "$",
        r'"{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a"... (499920 in all)',
    ),
    Hostile("as deep as may be and no JSON", b"[" * 16, "not_json", "$", '""'),
    Hostile("too deep and no JSON", b"[" * 17 + b"!", "nested_too_deep", "$", '"[!"'),
    Hostile(
        "too deep behind many strings",
        b'["\\"]"' + b', "[\\\\"' * 30 + b", " + b"[" * 16,
        "nested_too_deep",
        "$",
        '"["',
    ),
    Hostile("cut short", body(WHOLE)[:-1], "not_json", "$", '""'),
    Hostile("two documents", b"{}{}", "not_json", "$", '"{}"'),
    Hostile("single quotes", b"{'schema': 1}", "not_json", "$", "\"'schema': 1}\""),
    Hostile("a comment", b"{} // all of it", "not_json", "$", '"// all of it"'),
    Hostile("a Python literal", b'{"dry_run": True}', "not_json", "$", '"True}"'),
    Hostile("a leading zero", b'{"schema": 01}', "not_json", "$", '"1}"'),
    Hostile("a plus sign", b'{"schema": +1}', "not_json", "$", '"+1}"'),
    Hostile("a hexadecimal number", b'{"schema": 0x1}', "not_json", "$", '"x1}"'),
    Hostile("an underscore in a number", b'{"schema": 1_000}', "not_json", "$", '"_000}"'),
    Hostile("an Arabic-Indic digit", '{"schema": \u0661}'.encode(), "not_json", "$", r'"\u0661}"'),
    Hostile(
        "a form",
        b"organization_id=org-1&acknowledge=org-1",
        "not_json",
        "$",
        '"organization_id=org-1&acknowledge=org-1"',
    ),
    Hostile("a no-break space between", b'{\xc2\xa0"schema": 1}', "not_json", "$", r'"\u00a0\"schema\": 1}"'),
    Hostile("a NUL behind the document", b"{}\x00", "not_json", "$", r'"\u0000"'),
    Hostile("a bad escape", rb'{"a": "\x41"}', "not_json", "$", r'"\\x41\"}"'),
]

INSIDE = [
    Hostile(
        "two organizations",
        b'{"organization_id": "org-1", "organization_id": "org-2"}',
        "repeated_key",
        "$.organization_id",
        '"org-2"',
    ),
    Hostile(
        "two equal organizations",
        b'{"organization_id": "org-1", "organization_id": "org-1"}',
        "repeated_key",
        "$.organization_id",
        '"org-1"',
    ),
    Hostile(
        "a key repeated in other escapes",
        rb'{"dry_run": true, "dry\u005frun": false}',
        "repeated_key",
        "$.dry_run",
        "false",
    ),
    Hostile("a key repeated behind one that begins alike", b'{"a": 1, "ab": 2, "ab": 3}', "repeated_key", "$.ab", "3"),
    Hostile(
        "the first whole number too low for every reader",
        raw(WHOLE, "schema", "-9007199254740992"),
        "huge_number",
        "$.schema",
        "-9007199254740992",
    ),
    Hostile(
        "the lowest whole number that every reader reads",
        raw(WHOLE, "schema", "-9007199254740991"),
        "unknown_schema",
        "$.schema",
        "-9007199254740991",
    ),
    Hostile("a key repeated deep inside", b'{"a": [{}, {"b": 1, "b": 2}]}', "repeated_key", "$.a[1].b", "2"),
    Hostile(
        "a repeated key in a repeated key",
        b'{"a": 1, "a": {"b": 1, "b": 2}}',
        "repeated_key",
        "$.a",
        "{...} (2 fields)",
    ),
    Hostile("a repeated empty key", b'{"": 1, "": 2}', "repeated_key", '$[""]', "2"),
    Hostile("NaN", raw(WHOLE, "schema", "NaN"), "not_a_number", "$.schema", "NaN"),
    Hostile("Infinity", raw(WHOLE, "schema", "Infinity"), "not_a_number", "$.schema", "Infinity"),
    Hostile(
        "minus Infinity",
        raw(EXPLICIT, "resource_ids", '["lb-1", -Infinity]'),
        "not_a_number",
        "$.resource_ids[1]",
        "-Infinity",
    ),
    Hostile("1e400", raw(WHOLE, "schema", "1e400"), "huge_number", "$.schema", "1e400"),
    Hostile("2 ** 53", raw(WHOLE, "schema", "9007199254740992"), "huge_number", "$.schema", "9007199254740992"),
    Hostile(
        "minus 2 ** 63", raw(WHOLE, "schema", "-9223372036854775808"), "huge_number", "$.schema", "-9223372036854775808"
    ),
    Hostile("a million digits", b"1" * 1_000_000, "huge_number", "$", "1" * 60 + "... (1000000 in all)"),
    Hostile(
        "a million digits behind the point",
        b"0." + b"1" * 1_000_000,
        "huge_number",
        "$",
        "0." + "1" * 58 + "... (1000002 in all)",
    ),
    Hostile(
        "a fraction of 33 characters", raw(WHOLE, "schema", "1." + "0" * 31), "huge_number", "$.schema", "1." + "0" * 31
    ),
    Hostile("a lone surrogate", raw(WHOLE, "reason", r'"\ud800"'), "lone_surrogate", "$.reason", r'"\ud800"'),
    Hostile(
        "a low surrogate first",
        raw(WHOLE, "reason", r'"\ude00\ud83d"'),
        "lone_surrogate",
        "$.reason",
        r'"\ude00\ud83d"',
    ),
    Hostile("a lone surrogate in a key", rb'{"\udc00": 1}', "lone_surrogate", r'$["\udc00"]', r'"\udc00"'),
    Hostile(
        "a newline", raw(WHOLE, "organization_id", r'"org-1\n"'), "control_character", "$.organization_id", r'"org-1\n"'
    ),
    Hostile(
        "a raw newline",
        raw(WHOLE, "organization_id", '"org-1\n"'),
        "control_character",
        "$.organization_id",
        r'"org-1\n"',
    ),
    Hostile(
        "a NUL",
        raw(WHOLE, "organization_id", r'"org-1\u0000"'),
        "control_character",
        "$.organization_id",
        r'"org-1\u0000"',
    ),
    Hostile(
        "a raw tab in a list",
        raw(EXPLICIT, "resource_ids", '["lb-1", "\tlb-2"]'),
        "control_character",
        "$.resource_ids[1]",
        r'"\tlb-2"',
    ),
    Hostile("a delete character", raw(WHOLE, "case", '"\x7f"'), "control_character", "$.case", r'"\u007f"'),
    Hostile("a C1 control", raw(WHOLE, "case", '"\x85"'), "control_character", "$.case", r'"\u0085"'),
    Hostile(
        "a control character in a key",
        rb'{"dry_run\u0000": true}',
        "control_character",
        r'$["dry_run\u0000"]',
        r'"dry_run\u0000"',
    ),
    Hostile("of two faults inside, the first", rb'{"a": {"b": NaN}, "a": 1}', "not_a_number", "$.a.b", "NaN"),
    Hostile("a repeated key before the fault in its value", rb'{"a": 1, "a": NaN}', "repeated_key", "$.a", "NaN"),
]

SHAPE = [
    Hostile("null", b"null", "null_value", "$", "null"),
    Hostile("a number", b"1", "wrong_type", "$", "1"),
    Hostile("a string", b'"acknowledge"', "wrong_type", "$", '"acknowledge"'),
    Hostile("an empty list", b"[]", "wrong_type", "$", "[]"),
    Hostile("a call in a list", b"[" + body(WHOLE) + b"]", "wrong_type", "$", "[...] (1 values)"),
    Hostile("an empty object", b"{}", "missing_field", "$.schema", "{}"),
    Hostile("two selectors", but(WHOLE, project_id="project-1"), "several_selectors", "$.project_id", '"project-1"'),
    Hostile(
        "two selectors, one null",
        but(EXPLICIT, project_id=None),
        "several_selectors",
        "$.resource_ids",
        "[...] (3 values)",
    ),
    Hostile(
        "three selectors",
        but(EXPLICIT, project_id="project-1", acknowledge="org-1"),
        "several_selectors",
        "$.project_id",
        '"project-1"',
    ),
    Hostile("no selector", body(COMMON), "no_selector", "$", "{...} (8 fields)"),
    Hostile("a misspelled selector", but(COMMON, projct_id="project-1"), "unknown_field", "$.projct_id", '"project-1"'),
    Hostile(
        "a selector in upper case", but(COMMON, PROJECT_ID="project-1"), "unknown_field", "$.PROJECT_ID", '"project-1"'
    ),
    Hostile(
        "a selector in full-width letters",
        body({**COMMON, "\uff50roject_id": "project-1"}),
        "unknown_field",
        r'$["\uff50roject_id"]',
        '"project-1"',
    ),
    Hostile("an odd field name", but(WHOLE, **{"dry_run ": True}), "unknown_field", '$["dry_run "]', "true"),
    Hostile(
        "a long field name",
        but(WHOLE, **{"x" * 1000: 1}),
        "unknown_field",
        '$["' + "x" * 60 + '"... (1000 in all)]',
        "1",
    ),
    Hostile("an unknown field that is null", but(WHOLE, force=None), "unknown_field", "$.force", "null"),
    Hostile("unknown before missing", without({**WHOLE, "force": True}, "case"), "unknown_field", "$.force", "true"),
    Hostile(
        "missing before null",
        body({**{k: v for k, v in WHOLE.items() if k != "case"}, "verb": None}),
        "missing_field",
        "$.case",
        "{...} (8 fields)",
    ),
    Hostile("null before a wrong type", but(WHOLE, schema="1", reason=None), "null_value", "$.reason", "null"),
    Hostile(
        "a selector as a query operator",
        but(COMMON, project_id={"$ne": None}),
        "wrong_type",
        "$.project_id",
        "{...} (1 fields)",
    ),
    *(
        Hostile(f"mass assignment of {name}", but(WHOLE, **{name: value}), "unknown_field", f"$.{name}", shown)
        for name, value, shown in (
            ("force", True, "true"),
            ("approved", True, "true"),
            ("limit", 100_000, "100000"),
            ("internal", {}, "{}"),
            ("owner", "org-2", '"org-2"'),
            ("actor", "root", '"root"'),
            ("requester", "root", '"root"'),
            ("role", "operator", '"operator"'),
            ("policy_version", "0", '"0"'),
            ("schema_version", 1, "1"),
        )
    ),
    *(
        Hostile(f"{name} missing", without(WHOLE, name), "missing_field", f"$.{name}", "{...} (8 fields)")
        for name in COMMON
    ),
    *(Hostile(f"{name} null", but(WHOLE, **{name: None}), "null_value", f"$.{name}", "null") for name in WHOLE),
    Hostile("project_id null", but(PROJECT, project_id=None), "null_value", "$.project_id", "null"),
    Hostile("resource_ids null", but(EXPLICIT, resource_ids=None), "null_value", "$.resource_ids", "null"),
    Hostile(
        "a null among the resource ids",
        but(EXPLICIT, resource_ids=["lb-1", None]),
        "null_value",
        "$.resource_ids[1]",
        "null",
    ),
]

VALUES = [
    Hostile("schema 2", but(WHOLE, schema=2), "unknown_schema", "$.schema", "2"),
    Hostile("schema 0", but(WHOLE, schema=0), "unknown_schema", "$.schema", "0"),
    Hostile("schema -1", but(WHOLE, schema=-1), "unknown_schema", "$.schema", "-1"),
    Hostile("schema true", but(WHOLE, schema=True), "wrong_type", "$.schema", "true"),
    Hostile("schema 1.0", but(WHOLE, schema=1.0), "wrong_type", "$.schema", "1.0"),
    Hostile("schema as text", but(WHOLE, schema="1"), "wrong_type", "$.schema", '"1"'),
    Hostile("an unknown verb", but(WHOLE, verb="purge"), "unknown_verb", "$.verb", '"purge"'),
    Hostile("a verb in upper case", but(WHOLE, verb="DELETE"), "unknown_verb", "$.verb", '"DELETE"'),
    Hostile("a verb with a blank", but(WHOLE, verb="delete "), "unknown_verb", "$.verb", '"delete "'),
    Hostile("a blank verb", but(WHOLE, verb=""), "unknown_verb", "$.verb", '""'),
    Hostile("a list of verbs", but(WHOLE, verb=["delete"]), "wrong_type", "$.verb", "[...] (1 values)"),
    *(
        Hostile(f"dry_run {value!r}", but(WHOLE, dry_run=value), "wrong_type", "$.dry_run", json.dumps(value))
        for value in ("false", "no", "", 0, 1, 0.0)
    ),
    *(
        Hostile(f"{name} {value!r}", but(WHOLE, **{name: value}), "blank", f"$.{name}", shown)
        for name in ("kind", "organization_id", "acknowledge", "environment", "case", "reason")
        for value, shown in (("", '""'), ("  ", '"  "'), ("\u3000", r'"\u3000"'))
    ),
    *(
        Hostile(f"project_id {value!r}", but(PROJECT, project_id=value), "odd_id", "$.project_id", shown)
        for value, shown in (
            ("*", '"*"'),
            ("%", '"%"'),
            ("?", '"?"'),
            (".*", '".*"'),
            ("/", '"/"'),
            ("_all", '"_all"'),
            ("-1", '"-1"'),
            ("..", '".."'),
            ("a/../b", '"a/../b"'),
            ("a,b", '"a,b"'),
            ("a%2Fb", '"a%2Fb"'),
            ("a|b", '"a|b"'),
            ("a b", '"a b"'),
            (" project-1", '" project-1"'),
            ("project-1 ", '"project-1 "'),
            ("{project-1}", '"{project-1}"'),
            ("project\u20101", r'"project\u20101"'),
            ("\uff50roject-1", r'"\uff50roject-1"'),
            ("project-\uff11", r'"project-\uff11"'),
            ("\u212aroject", r'"\u212aroject"'),
            ("project-1\u200b", r'"project-1\u200b"'),
            ("proj\u0301ect", r'"proj\u0301ect"'),
            ("\ufeffproject-1", r'"\ufeffproject-1"'),
            ("\ufb01le", r'"\ufb01le"'),
            ("p" * 129, '"' + "p" * 60 + '"... (129 in all)'),
        )
    ),
    *(
        Hostile(f"project_id {value!r}", but(PROJECT, project_id=value), "wrong_type", "$.project_id", shown)
        for value, shown in (
            (0, "0"),
            (False, "false"),
            (1.5, "1.5"),
            ([], "[]"),
            ({}, "{}"),
            (["project-1"], "[...] (1 values)"),
        )
    ),
    Hostile(
        "a wildcard organization",
        but(WHOLE, organization_id="*", acknowledge="*"),
        "odd_id",
        "$.organization_id",
        '"*"',
    ),
    *(
        Hostile(f"{name} with a blank at the {end}", but(WHOLE, **{name: value}), "odd_id", f"$.{name}", f'"{value}"')
        for name in ("kind", "organization_id", "acknowledge")
        for end, value in (("start", " org-1"), ("end", "org-1 "))
    ),
    Hostile(
        "a resource id with a blank",
        but(EXPLICIT, resource_ids=["lb-1", "lb-2 "]),
        "odd_id",
        "$.resource_ids[1]",
        '"lb-2 "',
    ),
    Hostile("an odd kind", but(WHOLE, kind="load balancer"), "odd_id", "$.kind", '"load balancer"'),
    Hostile("no resource id", but(EXPLICIT, resource_ids=[]), "empty_list", "$.resource_ids", "[]"),
    Hostile("a text for a list", but(EXPLICIT, resource_ids="lb-1"), "wrong_type", "$.resource_ids", '"lb-1"'),
    Hostile(
        "an object for a list",
        but(EXPLICIT, resource_ids={"0": "lb-1"}),
        "wrong_type",
        "$.resource_ids",
        "{...} (1 fields)",
    ),
    Hostile(
        "a list in the list",
        but(EXPLICIT, resource_ids=[["lb-1"]]),
        "wrong_type",
        "$.resource_ids[0]",
        "[...] (1 values)",
    ),
    Hostile("a number in the list", but(EXPLICIT, resource_ids=["lb-1", 2, 3]), "wrong_type", "$.resource_ids[1]", "2"),
    *(
        Hostile(
            f"a blank id at {index}",
            but(EXPLICIT, resource_ids=[f"lb-{n}" if n != index else " " for n in range(10)]),
            "blank",
            f"$.resource_ids[{index}]",
            '" "',
        )
        for index in (0, 4, 9)
    ),
    Hostile(
        "an odd id in the list",
        but(EXPLICIT, resource_ids=["lb-1", "lb-2", "lb-1,lb-2"]),
        "odd_id",
        "$.resource_ids[2]",
        '"lb-1,lb-2"',
    ),
    Hostile(
        "a repeated id",
        but(EXPLICIT, resource_ids=["lb-1", "lb-2", "lb-3", "lb-2", "lb-1"]),
        "repeated_id",
        "$.resource_ids[3]",
        '"lb-2"',
    ),
    Hostile(
        "10,001 ids",
        but(EXPLICIT, resource_ids=[f"lb-{n}" for n in range(10_001)]),
        "too_many",
        "$.resource_ids",
        "[...] (10001 values)",
    ),
    Hostile(
        "100,000 times one id",
        but(EXPLICIT, resource_ids=["a"] * 100_000),
        "too_many",
        "$.resource_ids",
        "[...] (100000 values)",
    ),
    Hostile(
        "a reason of 2,001 characters",
        but(WHOLE, reason="x" * 2001),
        "not_a_line",
        "$.reason",
        '"' + "x" * 60 + '"... (2001 in all)',
    ),
    Hostile(
        "a case of 257 characters",
        but(WHOLE, case="x" * 257),
        "not_a_line",
        "$.case",
        '"' + "x" * 60 + '"... (257 in all)',
    ),
    Hostile("a line separator", but(WHOLE, reason="a\u2028b"), "not_a_line", "$.reason", r'"a\u2028b"'),
    Hostile("a right-to-left override", but(WHOLE, reason="\u202eabc"), "not_a_line", "$.reason", r'"\u202eabc"'),
    Hostile("an invisible environment", but(WHOLE, environment="\u200b"), "not_a_line", "$.environment", r'"\u200b"'),
    Hostile("a reason of Hangul fillers", but(WHOLE, reason="\u3164 \u115f"), "blank", "$.reason", r'"\u3164 \u115f"'),
    Hostile("a case of empty Braille", but(WHOLE, case="\u2800"), "blank", "$.case", r'"\u2800"'),
    Hostile("a case of marks on nothing", but(WHOLE, case="\u034f\ufe0f"), "blank", "$.case", r'"\u034f\ufe0f"'),
    Hostile(
        "the first unfit value by field, not by place",
        b'{"reason": "", ' + but(WHOLE, verb="x")[1:].replace(b'"reason": "phishing reported by three banks", ', b""),
        "unknown_verb",
        "$.verb",
        '"x"',
    ),
    Hostile(
        "another organization acknowledged",
        but(WHOLE, acknowledge="org-10"),
        "acknowledge_differs",
        "$.acknowledge",
        '"org-10"',
    ),
    Hostile(
        "the organization acknowledged in upper case",
        but(WHOLE, acknowledge="ORG-1"),
        "acknowledge_differs",
        "$.acknowledge",
        '"ORG-1"',
    ),
]

HOSTILE = [*BYTES, *TEXT, *INSIDE, *SHAPE, *VALUES]
