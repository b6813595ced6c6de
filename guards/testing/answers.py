"""What an adapter answers, looked at before anybody is judged by it: another kind of answer than was asked for is a
mistake of the adapter's, and says nothing about its service.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from guards.errors import shown
from guards.testing.declarations import AdapterError, asked
from guards.testing.service import AuditEntry, Natives, Outcome, Reply, refused

NO_REPLY = "no_reply"
"""The code of a call that the adapter answered with something else than a `Reply`."""
WORD_MAX = 100


def handed_back(natives: object) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """(ref -> id, ref -> key of the object) out of what `populate` answers, as copies: an adapter may go on filling
    its own. Raises `AdapterError` for anything else.
    """
    given = natives if isinstance(natives, Natives) else Natives(cast("Any", natives))
    for handed in (given.ids, given.objects):
        if not isinstance(handed, Mapping):
            raise AdapterError(f"populate must hand back a mapping of refs to ids, or Natives, not {shown(handed)}")
    return dict(given.ids), dict(given.objects)


def refusals_of(service: object) -> tuple[type[Exception], ...]:
    """The exceptions by which this service refuses. Raises `AdapterError` where they are none."""
    declared = getattr(service, "refusals", ())
    if not isinstance(declared, tuple | list | set | frozenset) or not all(map(_is_exception, declared)):
        raise AdapterError("`refusals` must be a tuple of exception types, such as (NotFound,), not " + _said(declared))
    return tuple(declared)


def _is_exception(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Exception)


def _said(declared: Any) -> str:
    if _is_exception(declared):
        return f"the type `{declared.__name__}` alone"
    parts = declared if isinstance(declared, tuple | list) else (declared,)
    return ", ".join(part.__name__ if isinstance(part, type) else shown(part) for part in parts)


def refusal_raised(refusal: Exception) -> Reply:
    """A refusal that was raised, as a reply: with its `code` where it has one, else with the name of its type."""
    name = type(refusal).__name__
    code = asked(f"code` of the refusal `{name}", getattr, refusal, "code", "")
    return refused(word("" if callable(code) else code) or word(name))


def reply_of(answer: object) -> Reply:
    """What `call` or `send` answered, as it is counted. Raises `AdapterError` for a receipt that cannot be read."""
    if not isinstance(answer, Reply) or not isinstance(answer.outcome, Outcome):
        return Reply(Outcome.FAILED, code=NO_REPLY, body=shown(answer))
    if answer.receipt is not None and not isinstance(answer.receipt, Mapping):
        raise AdapterError(f"a receipt must be a mapping of observed objects to words, not {shown(answer.receipt)}")
    is_plain = isinstance(answer.code, str) and answer.code.isprintable()
    return answer if is_plain else replace(answer, code=word(answer.code))


def trail_of(trail: object) -> Sequence[AuditEntry]:
    """What `audit` answered. Raises `AdapterError` where it is no trail."""
    if not isinstance(trail, Sequence):
        raise AdapterError(f"audit must answer a sequence of AuditEntry(phase, object), not {shown(trail)}")
    strange = next((entry for entry in trail if not isinstance(entry, AuditEntry)), None)
    if strange is not None:
        raise AdapterError(f"the audit trail must be of AuditEntry(phase, object), and has {shown(strange)}")
    return trail


def word(code: object) -> str:
    """A refusal's code as short printable text, whatever the service uses: 404 is as good as "not_found"."""
    return ascii(safe_text(code))[1:-1][:WORD_MAX]


def safe_text(value: object) -> str:
    """What a value says of itself, or its type: what cannot be shown is still a result."""
    try:
        return str(value)
    except KeyboardInterrupt:
        raise
    except BaseException:
        return f"<{type(value).__name__}>"


def copied(value: Any) -> Any:
    """JSON of its own: a service may take its fields apart, and what was sent must stay what was sent."""
    if isinstance(value, dict):
        return {key: inner if type(inner) is str else copied(inner) for key, inner in value.items()}
    return [copied(inner) for inner in value] if isinstance(value, list) else value
