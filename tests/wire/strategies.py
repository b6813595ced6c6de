"""Bodies drawn by Hypothesis: any bytes, any JSON, and valid calls with something in them changed.

A change is made to the value, to the text, or to the bytes, so that every layer of the wire meets it first somewhere.
"""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from tests.wire.bodies import VALID, Fields

ODD_TEXTS = st.sampled_from(
    ["", " ", "*", "org-1", "org-10", "ORG-1", "org-1\n", "\u212arg-1", "null", "\ud800", "\x00", "\u202e", "😀"]
)
TEXTS = st.one_of(ODD_TEXTS, st.text(max_size=8), st.text(st.characters(), max_size=4))
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), TEXTS, st.sampled_from([0, 1, 1.0, 2**53, -(2**63), 10**30])
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=8,
)
PLAIN_JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**53) + 1, 2**53 - 1),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(st.characters(exclude_categories=["Cc", "Cs"])),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=8), inner, max_size=4),
    ),
    max_leaves=20,
).filter(lambda value: depth(value) <= 16)

IDS = st.builds(str.__add__, st.sampled_from("aZ09"), st.text("aZ09._:-", max_size=6))
LINES = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=6)


def depth(value: object) -> int:
    """How many lists and objects stand around the innermost value; a second statement of what the wire counts."""
    match value:
        case list():
            return 1 + max(map(depth, value), default=0)
        case dict():
            return 1 + max(map(depth, value.values()), default=0)
    return 0


@st.composite
def valid_calls(draw: st.DrawFn) -> Fields:
    """A call as a well-behaved client sends it."""
    organization = draw(IDS)
    selector = draw(
        st.one_of(
            st.just({"acknowledge": organization}),
            st.fixed_dictionaries({"project_id": IDS | st.just(organization)}),
            st.fixed_dictionaries({"resource_ids": st.lists(IDS, min_size=1, max_size=5, unique=True)}),
        )
    )
    common = st.fixed_dictionaries(
        {
            "schema": st.just(1),
            "verb": st.sampled_from(["invalidate", "delete"]),
            "kind": IDS,
            "organization_id": st.just(organization),
            "dry_run": st.booleans(),
            "environment": LINES,
            "case": LINES,
            "reason": LINES,
        }
    )
    return {**draw(common), **selector}


SELECTORS = ["acknowledge", "project_id", "resource_ids"]
VALUES = st.one_of(ODD_TEXTS, IDS, st.lists(IDS | ODD_TEXTS, max_size=4), JSON)


@st.composite
def changed_values(draw: st.DrawFn) -> Fields:
    """A valid call with one or two members replaced, removed, added, renamed or wrapped."""
    fields: dict[str, Any] = dict(draw(st.sampled_from(list(VALID.values()))))
    for _ in range(draw(st.integers(1, 2))):
        name = draw(st.sampled_from([*sorted(fields), *SELECTORS]))
        match draw(st.sampled_from(["replace", "replace", "replace", "remove", "rename", "wrap", "add"])):
            case "replace":
                fields[name] = draw(VALUES)
            case "remove":
                fields.pop(name, None)
            case "rename":
                fields[draw(st.sampled_from([name.upper(), name + " ", "x" + name]))] = fields.pop(name, None)
            case "wrap":
                fields[name] = [fields.get(name)]
            case "add":
                fields[draw(TEXTS)] = draw(VALUES)
    return fields


@st.composite
def changed_texts(draw: st.DrawFn) -> str:
    """The text of a valid call with a piece put in, repeated or left out."""
    text = json.dumps(draw(valid_calls()), ensure_ascii=draw(st.booleans()))
    pieces = [
        ", ",
        "{",
        "]",
        '"',
        "\\",
        '"dry_run": true, ',
        r'"dry_\u0072un": true, ',
        "[" * 20,
        "9" * 40,
        "NaN",
        "\x85",
    ]
    at = draw(st.integers(0, len(text)) | st.just(1))
    end = draw(st.integers(at, min(at + 20, len(text))))
    return text[:at] + draw(st.sampled_from([text[at:end], *pieces]) | TEXTS) + text[draw(st.sampled_from([at, end])) :]


@st.composite
def changed_bytes(draw: st.DrawFn) -> bytes:
    """The bytes of a valid call, in UTF-8 with a few of them replaced, or in another encoding."""
    text = json.dumps(draw(valid_calls()), ensure_ascii=draw(st.booleans()))
    if draw(st.integers(0, 9)) == 9:
        return text.encode(draw(st.sampled_from(["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])))
    body = text.encode()
    at = draw(st.integers(0, len(body)))
    return body[:at] + draw(st.binary(max_size=3)) + body[at + draw(st.integers(0, 3)) :]


def encoded(text: str) -> bytes:
    """UTF-8, also of what is not to be encoded so."""
    return text.encode("utf-8", "surrogatepass")


BODIES = st.one_of(
    st.binary(max_size=64),
    JSON.map(json.dumps).map(encoded),
    changed_values().map(json.dumps).map(encoded),
    changed_texts().map(encoded),
    changed_bytes(),
)
