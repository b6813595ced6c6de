"""A project's own tests against one variant: pytest in the worker, up to the first failure of a test that reaches it.

Hypothesis runs without shrinking and with the same examples each time. A kill is a failing test that was recorded; what
pytest says besides is no verdict on the variant.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from guards.mutation.reach import Recorder, Way, keys_of, masks_of

PROFILE: Final = "guards-mutation"
EXAMPLES: Final = 50
CRASH: Final = "crash"
ASSERTION: Final = "assertion"
CACHE: Final = type(cache(repr))

Tell = Callable[[Any], None]


@dataclass(slots=True, eq=False)
class Ledger:
    """A pytest plugin: runs tests in the order of their ids, records the first failure, and what each test enters."""

    root: str
    only: Sequence[str] | None
    tell: Tell
    recorder: Recorder | None = None
    on_import: frozenset[Way] = frozenset()
    ran: list[str] = field(default_factory=list)
    reached: list[frozenset[Way]] = field(default_factory=list)
    weights: list[int] = field(default_factory=list)
    failure: dict[str, Any] | None = None
    trouble: str = ""
    _caches: list[Any] = field(default_factory=list)
    _shared: dict[str, frozenset[Way]] = field(default_factory=dict)
    """What was entered by the test for which a fixture was set up that others use, too."""
    _set_up: list[str] = field(default_factory=list)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        if self.only is None:
            return
        turn = {id: n for n, id in enumerate(self.only)}
        left = [item for item in items if item.nodeid not in turn]
        items[:] = sorted((item for item in items if item.nodeid in turn), key=lambda item: turn[item.nodeid])
        config.hook.pytest_deselected(items=left)

    def pytest_collection_finish(self) -> None:
        if self.recorder is not None:
            self.on_import = self.recorder.take()
            self.recorder.weight()
            self._caches = [one for one in gc.get_objects() if type(one) is CACHE and _is_within(self.root, one)]

    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> None:
        if fixturedef.scope != "function":
            self._set_up.append(fixturedef.argname)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Any:
        self.ran.append(item.nodeid)
        self.tell({"doing": item.nodeid})
        for remembered in self._caches:  # what one test left there, the others would not enter
            remembered.cache_clear()
        answer = yield
        if self.recorder is not None:
            self._note(item, self.recorder)
        return answer

    def _note(self, item: pytest.Item, recorder: Recorder) -> None:
        ways = recorder.take()
        self.weights.append(recorder.weight())
        for name in self._set_up:
            self._shared[name] = self._shared.get(name, frozenset()) | ways
        self._set_up.clear()
        self.reached.append(ways.union(*(self._shared.get(name, ()) for name in getattr(item, "fixturenames", ()))))

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
            item.session.shouldfail = "one failure is enough"
        return report

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.trouble = f"{report.nodeid} could not be collected: {str(report.longrepr)[-300:]}"

    def pytest_internalerror(self, excrepr: object) -> None:
        self.trouble = f"pytest failed: {str(excrepr)[-300:]}"


def _is_within(root: str, remembered: Any) -> bool:
    """Whether a function that remembers its answers is the project's own."""
    code = getattr(getattr(remembered, "__wrapped__", None), "__code__", None)
    return code is not None and Path(code.co_filename).is_relative_to(root)


def _is_asserted(error: BaseException | None) -> bool:
    """Whether a test said so, rather than something in it fell over."""
    return isinstance(error, AssertionError | pytest.fail.Exception)


def run_tests(job: dict[str, Any], tell: Tell) -> None:
    """Run a job: `root`, `tests` (files and folders), `only` (ids in their order, or null), `record` (whether to)."""
    tell({"doing": "the tests"})
    recorder = Recorder() if job["record"] else None
    ledger = Ledger(job["root"], job["only"], tell, recorder)
    _say(ledger, int(pytest.main(_arguments(job), plugins=[ledger])))


def _say(ledger: Ledger, code: int) -> None:
    recorder, tell = ledger.recorder, ledger.tell
    answer: dict[str, Any] = {"code": code, "trouble": ledger.trouble, "failure": ledger.failure}
    if recorder is None:
        tell({"tests": {**answer, "ran": len(ledger.ran)}})
    else:
        reach = {"ways": masks_of(ledger.reached), "on_import": keys_of(ledger.on_import), "weights": ledger.weights}
        tell({"tests": {**answer, "ran": ledger.ran, **reach}})


def collected(job: dict[str, Any], serve: Callable[[Callable[[dict[str, Any], Tell], None]], None]) -> None:
    """Collect all that a job names, `root` and `tests`, and serve with what runs the tests that a later job wants."""
    pytest.main(_arguments(job), plugins=[_Collected(job["root"], serve)])


class _Collected:
    """A pytest plugin: where the tests would be run, it serves. A worker goes on from there with those it is to run."""

    def __init__(self, root: str, serve: Callable[[Callable[[dict[str, Any], Tell], None]], None]) -> None:
        self._root, self._serve, self._is_serving = root, serve, False

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        if self._is_serving:
            return None
        self._is_serving = True
        if session.testsfailed:
            return True  # what cannot be collected is told where it is run anew
        items = {item.nodeid: item for item in session.items}
        self._serve(lambda job, tell: self._run(session, items, job, tell))
        return True

    def _run(self, session: pytest.Session, items: Mapping[str, pytest.Item], job: dict[str, Any], tell: Tell) -> None:
        tell({"doing": "the tests"})
        ledger = Ledger(self._root, job["only"], tell)
        session.config.pluginmanager.register(ledger)
        session.items[:] = [items[id] for id in job["only"] if id in items]
        _say(ledger, _code_of(session, ledger))


def _code_of(session: pytest.Session, ledger: Ledger) -> int:
    """Run a session's tests. What pytest would exit with: 1 after a failure, 2 if interrupted, 3 if it failed."""
    try:
        session.config.hook.pytest_runtestloop(session=session)
    except session.Failed:
        return 1
    except (session.Interrupted, KeyboardInterrupt, pytest.exit.Exception):
        return 2
    except BaseException as error:
        ledger.trouble = f"pytest failed: {type(error).__name__}: {error}"[:300]
        return 3
    return 1 if session.testsfailed else 0


def _arguments(job: dict[str, Any]) -> list[str]:
    root = job["root"]
    arguments = ["--rootdir", root, "-q", "--tb=no", "--no-header", "-p", "no:cacheprovider", "-p", "no:randomly"]
    arguments.append("--capture=no")  # what goes on from here is a process of its own, with an output of its own
    arguments.append("--continue-on-collection-errors")  # a test of another file may fail
    # Rewriting loads before all others do: a project that is a pytest plugin would be read from the disk, unchanged.
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
