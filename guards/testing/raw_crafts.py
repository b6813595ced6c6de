"""The crafts that need raw bytes: keys twice, numbers no integer holds, other encodings, bodies cut short."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from guards.testing.scene import Scene, Sent
from guards.testing.service import ID_KINDS, FieldKind


def encode(fields: Mapping[str, Any]) -> bytes:
    """The body that a plain client would send."""
    return json.dumps(fields, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _with_raw(fields: Mapping[str, Any], name: str, raw: str) -> bytes:
    """The body with this text as the value of one field."""
    pairs = [f"{json.dumps(key)}: {raw if key == name else json.dumps(value)}" for key, value in fields.items()]
    return ("{" + ", ".join(pairs) + "}").encode()


def _twice(first_is_foreign: bool, escaped: bool = False) -> Callable[[str, Sent, Scene], bytes]:
    """The same key twice, once with the neighbour's id; `escaped` spells the second key with an escape sequence."""

    def apply(name: str, sent: Sent, scene: Scene) -> bytes:
        field = scene.operation.fields[name]
        own, other = sent.fields[name], scene.foreign(field)
        if field.kind is FieldKind.RESOURCES:
            other = [other]
        key = json.dumps(name)
        again = f'"\\u{ord(name[0]):04x}{name[1:]}"' if escaped else key
        first, second = (other, own) if first_is_foreign else (own, other)
        rest = "".join(f", {json.dumps(k)}: {json.dumps(v)}" for k, v in sent.fields.items() if k != name)
        return f"{{{key}: {json.dumps(first)}, {again}: {json.dumps(second)}{rest}}}".encode()

    return apply


def _raw_value(raw: str) -> Callable[[str, Sent, Scene], bytes]:
    return lambda name, sent, _scene: _with_raw(sent.fields, name, raw)


_NAMED = ID_KINDS | {FieldKind.RESOURCES}

FIELD_BYTES_CRAFTS: tuple[tuple[str, frozenset[FieldKind], Callable[[str, Sent, Scene], bytes]], ...] = (
    ("duplicate-foreign-first", _NAMED, _twice(True)),
    ("duplicate-foreign-last", _NAMED, _twice(False)),
    ("duplicate-escaped", _NAMED, _twice(False, escaped=True)),
    ("nan", ID_KINDS | {FieldKind.FLAG}, _raw_value("NaN")),
    ("infinity", ID_KINDS, _raw_value("-Infinity")),
    ("huge-number", ID_KINDS, _raw_value("1e400")),
    ("huge-integer", ID_KINDS, _raw_value("9" * 5_000)),
    ("lone-surrogate", ID_KINDS, _raw_value('"\\ud800"')),
    ("deep-nesting", ID_KINDS, _raw_value("[" * 5_000 + "]" * 5_000)),
)


OVERSIZED = "bytes:oversized"


BYTES_CRAFTS: tuple[tuple[str, Callable[[bytes], bytes]], ...] = (
    ("byte-order-mark", lambda body: b"\xef\xbb\xbf" + body),
    ("utf-16", lambda body: body.decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass")),
    ("bad-utf-8", lambda body: body.replace(b'"', b'"\xff', 1)),
    ("overlong-utf-8", lambda body: body.replace(b'"', b'"\xc0\xaf', 1)),
    ("oversized", lambda body: body[:-1] + b" " * (1 << 20) + body[-1:]),
    ("truncated", lambda body: body[:-1]),
    ("trailing-garbage", lambda body: body + b"]"),
    ("two-documents", lambda body: body + b"\n" + body),
    ("in-a-list", lambda body: b"[" + body + b"]"),
    ("trailing-comma", lambda body: body[:-1] + b",}"),
    ("comment", lambda body: body + b"// all"),
    ("single-quotes", lambda body: body.replace(b'"', b"'")),
    ("empty-body", lambda _body: b""),
    ("null-body", lambda _body: b"null"),
)
