"""A pytest plugin for the gate's measurement: lines and branches are noted under the name of the test that runs them.

Coverage is started before pytest, so nothing but the name of the context is set here. Rows of one table are one test.
Whoever leaves before the last test, by `pytest.exit`, may choose the exit code; that it is 0 is not believed.
"""

from __future__ import annotations

from collections.abc import Iterator

import coverage
import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Watch for the end."""
    config.pluginmanager.register(_TheEnd())


class _TheEnd:
    """Whether it came early."""

    def __init__(self) -> None:
        self._is_early = False

    def pytest_keyboard_interrupt(self) -> None:
        """Called for `pytest.exit` as well."""
        self._is_early = True

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """No success is told of tests of which some were not run."""
        if self._is_early and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.INTERRUPTED


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Everything that runs from a test's set-up to its teardown is that test's, unless the project names contexts."""
    measuring = coverage.Coverage.current()
    if measuring is None or measuring.get_option("run:dynamic_context"):
        return (yield)
    measuring.switch_context(context_of(item.nodeid))
    try:
        return (yield)
    finally:
        measuring.switch_context("")


def context_of(nodeid: str) -> str:
    """The test without the row of its table.

    >>> context_of("tests/test_rules.py::TestOwner::test_a_stranger_is_refused[a::b[0]]")
    'tests/test_rules.py::TestOwner::test_a_stranger_is_refused'
    """
    file, colons, rest = nodeid.partition("::")
    return file + colons + rest.partition("[")[0]
