"""The table notices: each fault below is planted in the wire's source, and rows of the table must then fail.

A fault is text that stands once in the source and what to put in its place, so that a stale fault fails loudly.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pytest

from guards import wire
from tests.wire.bodies import HOSTILE, MIB, OPERATOR, VALID, body, meaning, padded

FAULTS = {
    "bodies of twice the size": ("len(body) > BODY_BYTES_MAX", "len(body) > 2 * BODY_BYTES_MAX"),
    "one byte less than 1 MiB": ("len(body) > BODY_BYTES_MAX", "len(body) >= BODY_BYTES_MAX"),
    "a byte order mark is cut off": ('if body.startswith(b"\\xef\\xbb\\xbf"):', "if False:"),
    "UTF-16 is not noticed": ("or 0 in body[:2]", ""),
    "bad bytes are replaced": ("body.decode()", 'body.decode("utf-8", "replace")'),
    "one level more": ("if depth > DEPTH_MAX:", "if depth > DEPTH_MAX + 1:"),
    "one level less": ("if depth > DEPTH_MAX:", "if depth >= DEPTH_MAX:"),
    "levels are not counted": ("too_deep = _opens_too_deep(text)", "too_deep = None"),
    "levels are counted in texts": (r'|"(?:[^"\\]++|\\.)*+"?+', r'|"'),
    "levels are never closed": ('frozenset("]}")', "frozenset()"),
    "the last of two keys wins": ("if len(distinct) == len(members)", "if members is members"),
    "long numbers are read": ("len(digits) <= INTEGER_CHARACTERS_MAX and abs(", "abs("),
    "large numbers are read": ("abs(number := int(digits)) <= INTEGER_MAX", "abs(number := int(digits)) <= 2**70"),
    "1e400 is infinite": ("math.isfinite(number := float(digits))", "(number := float(digits)) is not None"),
    "NaN is a number": ("parse_constant=_constant, ", ""),
    "half characters pass": (r"\x9f\ud800-\udfff]", r"\x9f]"),
    "control characters pass": (r"[\x00-\x1f\x7f-\x9f\ud800", r"[\ud800"),
    "keys are not looked at": ("fault = _fault_in_text(key) or _first_fault(value)", "fault = _first_fault(value)"),
    "lists are not looked at": ("    list: _fault_in_items,\n", ""),
    "types are coerced": ("strict=True, frozen=True", "frozen=True"),
    "texts are coerced": (
        "make, core_schema.str_schema(strict=True)",
        "lambda value: make(str(value)), core_schema.any_schema()",
    ),
    "unknown fields are ignored": ('extra="forbid"', 'extra="ignore"'),
    "the first fault as pydantic finds it": ("min(error.errors(), key=_rank)", "error.errors()[0]"),
    "null is a wrong type": ('case {"input": None}:', 'case {"input": ()}:'),
    "the schema is not looked at": ("if number != SCHEMA_VERSION:", "if False:"),
    "verbs are folded": ("return Verb(text)", "return Verb(text.strip().lower())"),
    "organizations are stripped": (
        "Annotated[OrganizationId, from_text(OrganizationId)]",
        "Annotated[OrganizationId, from_text(lambda text: OrganizationId(text.strip()))]",
    ),
    "projects are folded": (
        "Annotated[ProjectId, from_text(ProjectId)]",
        "Annotated[ProjectId, from_text(lambda text: ProjectId(text.strip('*% ')))]",
    ),
    "blank reasons pass": (
        "ReasonField: TypeAlias = Annotated[str, ",
        "ReasonField: TypeAlias = Annotated[str, Field() or ",
    ),
    "repeated ids are not noticed": ("if value in seen:", "if False:"),
    "an empty list passes": ("min_length=1, ", ""),
    "10,001 ids pass": ("max_length=IDS_MAX)", "max_length=IDS_MAX + 1)"),
    "9,999 ids are the most": ("max_length=IDS_MAX)", "max_length=IDS_MAX - 1)"),
    "the first of two selectors wins": ("case [name]:", "case [name, *_]:"),
    "no selector is the whole organization": (
        "            return _selects_nothing(value)",
        "            return validate(WholeOrganizationCall, {**value, 'acknowledge': value.get('organization_id')})",
    ),
    "the organization acknowledges itself": (
        "OrganizationField, AfterValidator(again)",
        "OrganizationField, AfterValidator(lambda _id, info: info.data['organization_id'])",
    ),
    "a dry run is done": ("dry_run=call.dry_run", "dry_run=not call.dry_run"),
    "only the first resource is taken": ("tuple(self.resource_ids)", "tuple(self.resource_ids[:1])"),
    "values are shown as they are": ("return _shortened(json.dumps, value)", "return value"),
    "values are shown in full": ("head = value[:SHOWN_CHARACTERS_MAX]", "return spell(value)"),
    "places in a list are not told": ('case {"index": int(index)}:', 'case {"no such fact": int(index)}:'),
    "paths lose a step": ("_Fault(self.code, (step, *self.steps), self.value)", "self"),
}

EDGES = {
    "exactly 1 MiB": padded(body(VALID["one-project"]), MIB),
    "10,000 ids": body({**VALID["explicit"], "resource_ids": [f"lb-{number}" for number in range(10_000)]}),
    "brackets in a text": body({**VALID["one-project"], "reason": "[" * 50}),
    "16 levels": b"[" * 16 + b"]" * 16,
    "many lists on one level": b"[" + b"[], {}, " * 20 + b"1]",
}


@contextmanager
def planted(before: str, after: str) -> Iterator[ModuleType]:
    """The wire with one fault, as a module beside the real one."""
    source = inspect.getsource(wire)
    assert source.count(before) == 1, f"stands {source.count(before)} times: {before}"
    module = ModuleType("guards.wire_with_a_fault")
    sys.modules[module.__name__] = module
    try:
        exec(compile(source.replace(before, after), "wire with a fault", "exec"), module.__dict__)
        yield module
    finally:
        del sys.modules[module.__name__]


def told(module: Any, content: bytes) -> tuple[str, str, str] | dict[str, Any]:
    """What a wire makes of a body, as plain values; an exception is told as such."""
    try:
        answer = module.parse(content, OPERATOR, policy_version="7")
    except Exception as error:
        return "exception", type(error).__name__, ""
    return (answer.code, answer.path, answer.shown) if isinstance(answer, module.Refusal) else meaning(answer)


def noticed(module: Any) -> Iterator[str]:
    """Everything of the table and beside it that is told otherwise than it must be, the small bodies first."""
    for name, fields in VALID.items():
        if told(module, body(fields)) != fields:
            yield name
    for row in sorted(HOSTILE, key=lambda row: len(row.body)):
        if told(module, row.body) != (row.code, row.path, row.shown):
            yield row.name
    for name, content in EDGES.items():
        if told(module, content) != told(wire, content):
            yield name


def test_nothing_is_noticed_where_nothing_is_planted() -> None:
    with planted("import json\n", "import json\n") as module:
        assert list(noticed(module)) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_noticed(fault: str) -> None:
    with planted(*FAULTS[fault]) as module:
        assert any(noticed(module))
