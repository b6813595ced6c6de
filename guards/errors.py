"""The errors of the project, and the safe way to show a value that somebody else chose.

An error means misuse or a world that failed; a call that is not allowed is a denial, which is data and no error.
"""

from __future__ import annotations

SHOWN_MAX = 64
"""Characters of a foreign value that may appear in a sentence: enough to recognise it, too few to flood a log."""


class GuardsError(Exception):
    """Root of every error here. `code` is stable; the message is for people and may change."""

    code: str = "guards_error"

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code


class IdError(GuardsError, ValueError):
    """A text that is no id: empty, blank, too long, or with a character that ids do not have."""

    code = "id_refused"


class SelectorError(GuardsError, ValueError):
    """A selector that would be open, empty or ambiguous, or whose parts are of the wrong type."""

    code = "selector_refused"


class RequestError(GuardsError, ValueError):
    """A request with a part missing, blank or of the wrong type."""

    code = "request_refused"


class RecordError(GuardsError, ValueError):
    """A fact, a principal or a policy that does not say what it must."""

    code = "record_refused"


class PortFailure(GuardsError):
    """The outside world raised, answered late, or answered what no honest adapter answers."""

    code = "dependency_unavailable"

    def __init__(self, port: str, why: str) -> None:
        super().__init__(f"{port} {why}")
        self.port = port
        self.why = why


def shown(value: object) -> str:
    """The value as short printable ASCII, without running any code that the value brought along."""
    if type(value) is str:
        return ascii(value) if len(value) <= SHOWN_MAX else ascii(value[:SHOWN_MAX]) + "..."
    if value is None or type(value) is bool:
        return str(value)
    if type(value) is int and value.bit_length() <= SHOWN_MAX:
        return str(value)
    return f"a value of type {ascii(type.__getattribute__(type(value), '__name__'))[1:-1][:SHOWN_MAX]}"
