"""What an engine must offer to be compared: prepare a call once, then decide it as often as wanted.

Preparing is never timed, so no engine is charged for parsing, for reading the inventory or for building its input.
"""

from __future__ import annotations

from collections.abc import Set
from types import ModuleType
from typing import Any, NamedTuple, Protocol

from tests.bench.platforms import Call


class Engine(Protocol):
    """One engine in front of one platform."""

    def prepare(self, call: Call) -> Any:
        """Everything that can be made before the question is put."""
        ...

    def decide(self, prepared: Any) -> Any:
        """The decision with its reasons, in the engine's own form. This is what is timed."""
        ...

    def reasons(self, decision: Any) -> Set[str]:
        """The codes of the rules that object; none when the call is granted."""
        ...


class Peers(NamedTuple):
    """The modules of the engines that need more than the project itself does; a fixture imports them."""

    cedar: ModuleType
    vakt: ModuleType
