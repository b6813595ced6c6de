"""Misuse by the service itself is an error at once, whatever the body says: it is not the caller's fault."""

from __future__ import annotations

import pytest

from guards.errors import GuardsError
from guards.wire import parse, read_json
from tests.wire.bodies import OPERATOR, WHOLE, body


class Bytes(bytes):
    """A kind of bytes that might decode itself as it likes."""


@pytest.mark.parametrize("content", [None, "{}", bytearray(b"{}"), memoryview(b"{}"), {"schema": 1}, Bytes(b"{}"), 7])
def test_a_body_that_is_no_bytes_is_misuse(content: object) -> None:
    with pytest.raises(GuardsError, match="body must be exactly bytes"):
        parse(content, OPERATOR, policy_version="7")  # type: ignore[arg-type]  # the misuse under test
    with pytest.raises(GuardsError, match="body must be exactly bytes"):
        read_json(content)  # type: ignore[arg-type]  # the misuse under test


@pytest.mark.parametrize("content", [body(WHOLE), b"no JSON"])
@pytest.mark.parametrize("requester", [None, "operator-1", {"role": "operator"}])
def test_a_requester_that_authentication_did_not_make_is_misuse(content: bytes, requester: object) -> None:
    with pytest.raises(GuardsError, match="requester must be exactly Principal"):
        parse(content, requester, policy_version="7")  # type: ignore[arg-type]  # the misuse under test


@pytest.mark.parametrize("content", [body(WHOLE), b"no JSON"])
@pytest.mark.parametrize("version", [None, 7, "", " ", "7\n"])
def test_a_policy_version_that_is_no_line_is_misuse(content: bytes, version: object) -> None:
    with pytest.raises(GuardsError, match="policy_version"):
        parse(content, OPERATOR, policy_version=version)  # type: ignore[arg-type]  # the misuse under test
