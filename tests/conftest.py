"""How Hypothesis searches in this test-suite: one profile for verdicts, one for the hunt.

The profile is always chosen here, because Hypothesis by itself picks another default where `CI` is set, and then one
commit would be tested differently on two machines. `--hypothesis-profile` chooses the other one.
"""

from __future__ import annotations

import random

import pytest
from hypothesis import settings

# The default: the same examples in every run, so that a red test is red again for whoever looks at it. A busy machine
# must not decide a verdict, hence no deadline.
settings.register_profile("fast", max_examples=100, deadline=None, derandomize=True, print_blob=True)

# The hunt: other examples in every run, repeatable by the seed that is printed at the end.
settings.register_profile(
    "search", max_examples=1_000, deadline=None, derandomize=False, database=None, print_blob=True
)

settings.load_profile("fast")


@pytest.hookimpl(tryfirst=True)  # Hypothesis reads the seed in its own pytest_configure
def pytest_configure(config: pytest.Config) -> None:
    """Give the hunt a fresh seed unless one was asked for."""
    if config.getoption("hypothesis_profile") == "search" and config.getoption("hypothesis_seed") is None:
        config.option.hypothesis_seed = str(random.SystemRandom().randrange(2**32))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say how to repeat this very hunt."""
    if config.getoption("hypothesis_profile") == "search":
        seed = config.getoption("hypothesis_seed")
        terminalreporter.write_line(f"to repeat: --hypothesis-profile=search --hypothesis-seed={seed}")
