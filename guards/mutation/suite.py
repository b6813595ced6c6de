"""A project's own tests against one variant: pytest in the worker, up to the first failure of a test that reaches it.

Hypothesis runs without shrinking and with the same examples each time. A kill is a failing test that was recorded; what
pytest says besides is no verdict on the variant.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any, Final

import pytest

from guards.mutation.reach import Recorder, masks_of

PROFILE: Final = "guards-mutation"
EXAMPLES: Final = 50
CRASH: Final = "crash"
ASSERTION: Final = "assertion"


@dataclass(slots=True, eq=False)
class Ledger:
    """A pytest plugin: chooses tests by their ids, records the first failure, and what each test enters."""

    only: Collection[str] | None
    tell: Callable[[Any], None]
    recorder: Recorder | None = None
    on_import: set[str] = field(default_factory=set)
    ran: list[str] = field(default_factory=list)
    reached: list[set[str]] = field(default_factory=list)
    failure: dict[str, Any] | None = None
    trouble: str = ""

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        if self.only is None:
            return
        left = [item for item in items if item.nodeid not in self.only]
        items[:] = [item for item in items if item.nodeid in self.only]
        config.hook.pytest_deselected(items=left)

    def pytest_collection_finish(self) -> None:
        if self.recorder is not None:
            self.on_import = self.recorder.take()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Any:
        self.ran.append(item.nodeid)
        self.tell({"doing": item.nodeid})
        answer = yield
        if self.recorder is not None:
            self.reached.append(self.recorder.take())
        return answer

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
        report = yield
        if report.failed and self.failure is None:
            error = None if call.excinfo is None else call.excinfo.value
            self.failure = {
                "by": item.nodeid,
                "kind": ASSERTION if _is_asserted(error) else CRASH,
                "at": report.when,
                "why": f"{type(error).__name__}: {str(error)[:300]}",
            }
        return report

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.trouble = f"{report.nodeid} could not be collected: {str(report.longrepr)[-300:]}"

    def pytest_internalerror(self, excrepr: object) -> None:
        self.trouble = f"pytest failed: {str(excrepr)[-300:]}"


def _is_asserted(error: BaseException | None) -> bool:
    """Whether a test said so, rather than something in it fell over."""
    return isinstance(error, AssertionError | pytest.fail.Exception)


def run_tests(job: dict[str, Any], tell: Callable[[Any], None]) -> None:
    """Run the tests of a job: `root`, `tests` (files and folders), `only` (ids or null), `record` (whether to)."""
    tell({"doing": "the tests"})
    only = None if job["only"] is None else frozenset(job["only"])
    recorder = Recorder() if job["record"] else None
    ledger = Ledger(only, tell, recorder)
    code = int(pytest.main(_arguments(job), plugins=[ledger]))
    answer: dict[str, Any] = {"code": code, "trouble": ledger.trouble, "failure": ledger.failure}
    if recorder is None:
        tell({"tests": {**answer, "ran": len(ledger.ran)}})
    else:
        reach = {"reach": masks_of(ledger.reached), "on_import": sorted(ledger.on_import)}
        tell({"tests": {**answer, "ran": ledger.ran, **reach}})


def _arguments(job: dict[str, Any]) -> list[str]:
    root = job["root"]
    arguments = ["--rootdir", root, "-x", "-q", "--tb=no", "--no-header", "-p", "no:cacheprovider", "-p", "no:randomly"]
    # Rewriting goes before every other loader: a project that is a pytest plugin would be read from the disk, unchanged.
    arguments.append("--assert=plain")
    arguments += ["-W", "ignore:Module already imported:pytest.PytestAssertRewriteWarning"]  # by the nursery
    if _register_profile():
        arguments.append(f"--hypothesis-profile={PROFILE}")
    if job["configuration"]:
        arguments += ["-c", f"{root}/{job['configuration']}"]
    return [*arguments, *(f"{root}/{test}" for test in job["tests"])]


def _register_profile() -> bool:
    """Few examples, the same ones each time, none shortened; False where Hypothesis is not installed."""
    try:
        from hypothesis import HealthCheck, Phase, settings
    except ImportError:
        return False
    settings.register_profile(
        PROFILE,
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        report_multiple_bugs=False,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    return True
