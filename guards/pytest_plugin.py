"""`pytest --guards MODULE:FACTORY`: each property of a service as a test of its own, out of one attack.

It imports nothing of the kit unless the option is given, so a run without it pays for an option in `--help`.
"""

from __future__ import annotations

import pkgutil
import sys
from collections import Counter
from collections.abc import Iterator
from random import SystemRandom
from typing import TYPE_CHECKING, Any, Final

import pytest

from guards.errors import GuardsError, shown

if TYPE_CHECKING:
    from guards.results import PropertyResult, VerifyResult
    from guards.testing.trace import MakeService

SEED: Final = "guards_seed"
"""Under this name xdist tells its workers the seed: all of them run the same attack."""
VERDICT: Final = "guards"
"""The name of the test property that carries the verdict, into JUnit XML too."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """What may be asked for on the command line."""
    group = parser.getgroup("guards", "guards: no call may reach another tenant")
    group.addoption(
        "--guards",
        action="append",
        default=[],
        metavar="MODULE:FACTORY",
        help="attack the service that this makes; each property is a test (may be given again)",
    )
    group.addoption("--guards-seed", type=int, metavar="S", help="repeat the attack that this seed names")
    group.addoption("--guards-rounds", type=int, default=1, metavar="N", help="rounds of the attack (default: 1)")
    group.addoption(
        "--guards-require",
        action="append",
        default=[],
        metavar="PROPERTY",
        help="fail if the service lacks the ability for this property, instead of skipping it (may be given again)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """The rest of this plugin, where it is wanted. What cannot be meant ends the run before anything is attacked."""
    if not config.getoption("guards"):
        return
    _refuse_what_cannot_be_meant(config)
    if not config.pluginmanager.hasplugin("xdist"):  # else it says so itself
        config.addinivalue_line("markers", "xdist_group(name): one worker of pytest-xdist runs what has this name")
    config.pluginmanager.register(_Attacks(config), "guards-attacks")


def _refuse_what_cannot_be_meant(config: pytest.Config) -> None:
    from guards.testing.properties import NAMES

    for name in config.getoption("guards"):
        module, _, factory = name.partition(":")
        if not all(part.isidentifier() for part in (*module.split("."), *factory.split("."))):
            raise pytest.UsageError(f"--guards {shown(name)} is not MODULE:FACTORY, such as volumes.tests:make_service")
    for name in config.getoption("guards_require"):
        if name not in NAMES:
            raise pytest.UsageError(
                f"--guards-require {shown(name)}: there is no such property; there are {', '.join(NAMES)}"
            )
    for option, least in (("guards_rounds", 1), ("guards_seed", 0)):
        number = config.getoption(option)
        if number is not None and number < least:
            typed = "--" + option.replace("_", "-")
            raise pytest.UsageError(f"{typed} {shown(number)} is not a whole number from {least}")


class Attack:
    """One service and what attacking it has shown; it is attacked when the first test asks."""

    def __init__(self, name: str, seed: int, rounds: int, require: tuple[str, ...]) -> None:
        self.name, self.seed, self.rounds, self.require = name, seed, rounds, require
        self._result: VerifyResult | GuardsError | None = None

    def property(self, name: str) -> PropertyResult:
        """What the attack says of this property. Raises `GuardsError` if the service cannot be attacked."""
        return next(found for found in self._attacked().properties if found.name == name)

    def told(self, name: str) -> str:
        """Why a property did not hold: with its counterexample, and how to repeat it."""
        from guards.results import Verdict
        from guards.testing.check import explain

        result = self._attacked()
        wanted = [found for found in result.properties if found.name == name]
        is_unknown = wanted[0].verdict is Verdict.UNKNOWN
        traces = [t for t in result.counterexamples if t.property == name or (t.raised and is_unknown)]
        only = result.model_copy(update={"properties": wanted, "counterexamples": traces})
        repeat = f"--guards-seed={self.seed} --guards-rounds={self.rounds}"
        return f"{explain(only, self.factory(), self.require)}\n\nor with pytest --guards={self.name} {repeat}"

    def _attacked(self) -> VerifyResult:
        """The result; the first error is kept as well, for an attack costs seconds."""
        from guards.testing.check import run

        if self._result is None:
            try:
                self._result = run(self.factory(), seed=self.seed, rounds=self.rounds, name=self.name)
            except GuardsError as error:
                self._result = error
        if isinstance(self._result, GuardsError):
            raise self._result
        return self._result

    def factory(self) -> MakeService:
        """What makes the service. Raises `GuardsError` if that cannot be had."""
        try:
            found: MakeService = pkgutil.resolve_name(self.name)
        except Exception as error:
            raise GuardsError(f"{self.name} cannot be had: {error}", "no_service") from error
        return found


class PropertyTest(pytest.Item):
    """One property of one service."""

    def __init__(self, *, attack: Attack, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._attack = attack
        self.add_marker(pytest.mark.xdist_group(attack.name))  # with --dist loadgroup, one worker attacks

    def runtest(self) -> None:
        """Pass if the property held; skip if the service lacks the ability for it; fail on anything else."""
        from guards.results import Verdict

        found = self._attack.property(self.name)
        self.user_properties += [(VERDICT, found.verdict.value), ("exercised", found.exercised)]
        if found.verdict is Verdict.UNSUPPORTED and self.name not in self._attack.require:
            pytest.skip(found.why)  # noqa: TID251 - nothing was tried: that is no pass, and no failure
        if found.verdict is not Verdict.HELD:
            raise DidNotHold(self._attack.told(self.name))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """A verdict as it is; a traceback for what nobody expected."""
        if isinstance(excinfo.value, DidNotHold | GuardsError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Any, int | None, str]:
        """The heading of a failure."""
        return self.path, None, f"{self._attack.name} {self.name}"


class DidNotHold(AssertionError):
    """A property that is broken, vacuous, unknown, or unsupported though it is required."""


class ServiceNode(pytest.Collector):
    """A service: its tests are the properties."""

    def __init__(self, *, attack: Attack, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._attack = attack

    def collect(self) -> Iterator[PropertyTest]:
        """A test for each property, by its name; one error where there is no service."""
        from guards.testing.properties import NAMES

        try:
            self._attack.factory()
        except GuardsError as error:
            raise self.CollectError(str(error)) from None
        for name in NAMES:
            yield PropertyTest.from_parent(self, name=name, attack=self._attack)


class _Attacks:
    """Adds the tests, and counts their verdicts."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._verdicts: Counter[str] = Counter()
        seed = config.getoption("guards_seed")
        told = getattr(config, "workerinput", {}).get(SEED)  # by xdist, in its workers
        self._seed: int = next((s for s in (seed, told) if s is not None), SystemRandom().randrange(1 << 31))
        for folder in map(str, (config.invocation_params.dir, config.rootpath)):
            if folder not in sys.path:
                sys.path.insert(0, folder)  # as it is for `python -m`, where the project is, or here

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Called by xdist for each worker."""
        node.workerinput[SEED] = self._seed

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, session: pytest.Session, items: list[pytest.Item]) -> None:
        """Before -k, -m, --lf and the like choose among them."""
        option = self._config.getoption
        for name in option("guards"):
            attack = Attack(name, self._seed, option("guards_rounds"), tuple(option("guards_require")))
            node = ServiceNode.from_parent(session, name=name, nodeid=name, attack=attack)
            items += session.genitems(node)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Here, where a run in several processes comes together."""
        self._verdicts.update(
            str(value) for name, value in report.user_properties if name == VERDICT and report.when == "call"
        )

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """One line."""
        found = (
            ", ".join(f"{count} {verdict}" for verdict, count in sorted(self._verdicts.items())) or "nothing was run"
        )
        terminalreporter.write_line(f"guards: {found or 'nothing was run'}; repeat with --guards-seed={self._seed}")
