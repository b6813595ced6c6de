"""What the benchmarks share: the peers, which must be there, and the lines that are printed at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.bench.engine import Peers

_FOUND = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def peers() -> Peers:
    """Imported here, so that only who runs the benchmarks needs them; without them there is nothing to compare."""
    try:
        from tests.bench import by_cedar, by_vakt
    except ModuleNotFoundError as missing:
        pytest.fail(f'the benchmarks compare with cedarpy and vakt: no {missing.name}; pip install -e ".[dev,bench]"')
    return Peers(by_cedar, by_vakt)


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Callable[[str, float, str], None]:
    """Note what was measured, in which unit, and the goal."""
    lines = request.config.stash.setdefault(_FOUND, [])

    def note(what: str, measured: float, goal: str) -> None:
        lines.append(f"{what:<72} {measured:>8.3g}   {goal}")

    return note


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Everything that was measured, whether or not it met its goal."""
    for line in _titled(config.stash.get(_FOUND, [])):
        terminalreporter.write_line(line)


def _titled(lines: list[str]) -> Iterator[str]:
    if lines:
        yield f"{'what':<72} {'measured':>8}   goal"
        yield from lines
