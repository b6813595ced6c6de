"""What names tell the operators: which words mean an id, a limit, an expiry, a flag, an effect, a refusal.

Guesses, and meant to be: a wrong one costs a mutant that says little, never a verdict.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

from guards.mutation.operators.code import called, terminal

FAMILIES: Final = (
    ("organization", "project", "acknowledge"),
    ("organization_id", "project_id", "acknowledge"),
    ("org_id", "project_id"),
    ("org", "project"),
    ("tenant_id", "account_id"),
    ("tenant_id", "owner_id"),
    ("tenant_id", "resource_id"),
    ("tenant", "owner"),
    ("owner_id", "user_id"),
    ("owner", "user"),
    ("requester", "approver"),
    ("requester_id", "approver_id"),
    ("id", "parent_id"),
    ("id", "stands_on"),
    ("source_id", "target_id"),
)
"""Names of ids that have been, or could be, taken for one another."""


def _words(words: str) -> re.Pattern[str]:
    """A name with one of these among the words that it is made of."""
    return re.compile(rf"(?i)(?:.*_)?(?:{'|'.join(words.split())})(?:_.*)?")


_SCOPE: Final = _words(
    "accounts? customers? env environment ids? kind org organi[sz]ations? owners? projects? region "
    "resources? scope selector state status teams? tenants? users? workspace where"
)
_TEXT: Final = _words(
    "accounts? acknowledge approver caller case code customer digest email env environment ids? kind "
    "key named? org organi[sz]ation owner path prefix project requester resource role scope tenant "
    "text token user"
)
_LIMIT: Final = _words("allowed at_most bound budget cap ceiling limits? max max_.* maximum most quota threshold")
_EXPIRY: Final = _words("deadline expir.* lifetime max_age not_after timeout ttl valid_to valid_until until")
_FLAG: Final = _words(
    "active allow allowed approved confirm confirmed dry enabled force frozen has held is preview "
    "protected read_only strict"
)
_GUARD: Final = _words(
    "assert.* authori[sz]e can check deny ensure expect forbid guard must reject refuse require validate verify"
)
_EFFECT: Final = _words(
    "append apply commit delete destroy disable drop execute invalidate kill pop purge put remove "
    "revoke run save send stop suspend terminate update write"
)
_REFUSING: Final = _words("complain denial deny .*error exception objection refusal refuse unfit")
_QUERY: Final = _words("all fetch filter filter_by find get list query search select")
_CURSOR: Final = _words("continuation cursor next next_page page_token")
_DIGEST: Final = _words("canonical checksum digest fingerprint hash key mac sign signature")


def is_scope(name: str) -> bool:
    """Narrows what is selected."""
    return _SCOPE.fullmatch(name) is not None


def is_flag(name: str) -> bool:
    return _FLAG.fullmatch(name) is not None


def is_guard(name: str) -> bool:
    """Called for what it raises."""
    return _GUARD.fullmatch(name) is not None


def is_effect(name: str) -> bool:
    """Called for what it changes."""
    return _EFFECT.fullmatch(name) is not None


def is_refusing(name: str) -> bool:
    """Makes a refusal; its arguments are a message."""
    return _REFUSING.fullmatch(name) is not None


def is_query(name: str) -> bool:
    return _QUERY.fullmatch(name) is not None


def is_cursor(name: str) -> bool:
    return _CURSOR.fullmatch(name) is not None


def is_digest(name: str) -> bool:
    return _DIGEST.fullmatch(name) is not None


def is_limit(name: str) -> bool:
    return _LIMIT.fullmatch(name) is not None


def is_expiry(name: str) -> bool:
    return _EXPIRY.fullmatch(name) is not None


def limit_in(node: ast.expr) -> ast.expr | None:
    """The first limit that an expression reads, unless it is a constant of the module, which is never zero."""
    return next((part for part in _read(node) if is_limit(terminal(part)) and not terminal(part).isupper()), None)


def reads_expiry(node: ast.expr) -> bool:
    return any(is_expiry(terminal(part)) for part in _read(node))


def is_member(node: ast.AST) -> bool:
    """Written like a member of an enum: `Role.OPERATOR`."""
    return isinstance(node, ast.Attribute) and node.attr.isupper() and terminal(node.value)[:1].isupper()


def is_constant(node: ast.AST) -> bool:
    """Says itself what it is: a literal, a member of an enum, a constant of the module."""
    return isinstance(node, ast.Constant) or is_member(node) or (isinstance(node, ast.Name) and node.id.isupper())


def is_text(node: ast.expr) -> bool:
    """Reads like a name or an id that could be compared as text."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str)
    if isinstance(node, ast.Call) and terminal(node.func) in {"str", "text"}:
        return True
    return not is_member(node) and _TEXT.fullmatch(terminal(node)) is not None


def is_number(node: ast.expr) -> bool:
    """Surely no text: a literal that is none, a type, a size, or something computed."""
    if isinstance(node, ast.Constant):
        return not isinstance(node.value, str)
    return isinstance(node, ast.BinOp) or called(node) in {"len", "type", "count", "sum", "int"}


def _read(node: ast.expr) -> Iterator[ast.expr]:
    """The values that an expression is computed of."""
    if isinstance(node, ast.BinOp):
        yield from _read(node.left)
        yield from _read(node.right)
    elif isinstance(node, ast.Name | ast.Attribute | ast.Subscript):
        yield node
