"""The errors of the project, and the safe way to show a value that somebody else chose.

An error means misuse or a world that failed; a call that is not allowed is a denial, which is data and no error.
"""

from __future__ import annotations

SHOWN_MAX = 64
"""Characters of a foreign value that may appear in a sentence: enough to recognise it, too few to flood a log."""


class GuardsError(Exception):
    """Root of every error here. `code` is stable; the message is for people and may change."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class IdError(GuardsError, ValueError):
    """A text that is no id: empty, blank, too long, or with a character that ids do not have."""


class SelectorError(GuardsError, ValueError):
    """A selector that would be open, empty or ambiguous, or whose parts are of the wrong type."""


class RequestError(GuardsError, ValueError):
    """A request with a part missing, blank or of the wrong type."""


class RecordError(GuardsError, ValueError):
    """A fact, a principal or a policy that does not say what it must."""


class PortFailure(GuardsError):
    """The outside world raised, answered late, or answered what no honest adapter answers."""

    def __init__(self, port: str, code: str, message: str) -> None:
        super().__init__(code, message)
        self.port = port


def shown(value: object) -> str:
    """The value as short printable ASCII, without running any code that the value brought along."""
    if type(value) is str:
        return ascii(value) if len(value) <= SHOWN_MAX else ascii(value[:SHOWN_MAX]) + "..."
    if value is None or type(value) is bool:
        return str(value)
    if type(value) is int and value.bit_length() <= SHOWN_MAX:
        return str(value)
    return f"a value of type {ascii(type.__getattribute__(type(value), '__name__'))[1:-1][:SHOWN_MAX]}"
