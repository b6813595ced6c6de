"""Calls that a service fails to answer: their effects are judged, the rest is unknown, and the first one is shortened,
shown, saved and replayed like any counterexample.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from guards.results import ExitCode, TraceFile, Verdict, VerifyResult, exit_code, read_trace
from guards.testing import Reply, check_service, check_trace, run
from guards.testing.check import check_case
from guards.testing.properties import PROPERTIES
from guards.testing.saved import from_file, to_file
from guards.testing.shorten import shorten
from guards.testing.single_fault import cases
from guards.testing.steps import Step, ref
from guards.testing.table import table
from guards.testing.trace import CALL_ANSWERED, Trace, call_answered, rerun
from tests.kit.calls import world_of
from tests.kit.store import DELETE, PURGE, Refusal, Store


class One(Store):
    operations = (DELETE,)


class FailsOnStrangers(One):
    """Falls over a stranger's volume, and in another way over an unknown one."""

    def own(self, me: Any, id: Any) -> Any:
        if self.rows["volume", id].owner != me:
            raise RuntimeError("not yours \x1b[31m")
        return ("volume", id)


class FailsAlways(One):
    """No call is ever answered."""

    def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Reply:
        raise RuntimeError("down")


class FailsLate(One):
    """Deletes what belongs to anybody, and then falls over."""

    def delete(self, me: Any, volume_id: Any) -> Reply | None:
        self.drop([("volume", volume_id)] if ("volume", volume_id) in self.rows else [])
        raise RuntimeError("too late")


class FailsInTheEnd(One):
    """Falls over at the third volume that is deleted, whoever's it is."""

    def delete(self, me: Any, volume_id: Any) -> Reply | None:
        key = self.own(me, volume_id)
        if len(self.rows) <= len(self.first) - 2:
            raise RuntimeError("worn out")
        self.drop([key])
        return None

    def populate(self, world: Any) -> Any:
        natives = super().populate(world)
        self.first = dict(self.rows)
        return natives


class AnswersNothing(One):
    """Its adapter forgets to return what it has."""

    def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Any:
        super().call(caller, operation, fields)


def attacked(make: Callable[[], Any]) -> VerifyResult:
    return run(make, seed=1, rounds=1, examples=4)


def verdicts(result: VerifyResult) -> dict[str, Verdict]:
    return {name: verdict for name, verdict in result.verdicts() if verdict is not Verdict.UNSUPPORTED}


def failing(result: VerifyResult) -> TraceFile:
    (file,) = (file for file in result.counterexamples if file.property == CALL_ANSWERED)
    return file


# --- verdicts ---


def test_where_only_strangers_are_not_answered_what_is_about_answers_is_unknown() -> None:
    found = verdicts(attacked(FailsOnStrangers))
    unknown = {name for name, verdict in found.items() if verdict is Verdict.UNKNOWN}
    assert unknown == {"malformed-refused", "refusal-inert"}
    assert set(found.values()) == {Verdict.HELD, Verdict.UNKNOWN}


@pytest.mark.parametrize("thrown", [RuntimeError, SystemExit, GeneratorExit, asyncio.CancelledError])
def test_a_service_that_answers_nothing_is_unknown_and_neither_broken_nor_vacuous(thrown: type[BaseException]) -> None:
    class Throws(FailsAlways):
        def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Reply:
            raise thrown

    result = attacked(Throws)
    assert set(verdicts(result).values()) == {Verdict.UNKNOWN}
    assert exit_code(result.verdicts()) is ExitCode.UNKNOWN


def test_a_service_that_answers_only_some_valid_calls_is_not_held_to_be_useful() -> None:
    class FailsOnOldOnes(One):
        """Falls over its caller's volumes that are older than projects."""

        def delete(self, me: Any, volume_id: Any) -> Reply | None:
            if self.rows[self.own(me, volume_id)].project is None:
                raise RuntimeError("no project")
            return super().delete(me, volume_id)

    result = attacked(FailsOnOldOnes)
    (useful,) = (found for found in result.properties if found.name == "useful")
    assert (useful.verdict, useful.exercised > 0) == (Verdict.UNKNOWN, True)
    assert failing(result).steps[0].crafts == []


def test_the_effects_of_a_call_without_an_answer_are_judged() -> None:
    found = verdicts(attacked(FailsLate))
    assert found["useful"] is Verdict.UNKNOWN
    assert found["malformed-refused"] is Verdict.BROKEN
    assert found["isolation"] is Verdict.BROKEN


def test_a_service_that_answers_everything_has_no_failing_trace() -> None:
    assert attacked(One).counterexamples == []


# --- the trace ---


def test_the_failing_call_is_kept_with_nothing_left_that_can_go() -> None:
    file = failing(attacked(FailsOnStrangers))
    (step,) = file.steps
    assert step.do == "delete"
    assert len(step.crafts) == 1
    assert file.raised in ("RuntimeError", "KeyError")
    assert f"`delete` raised {file.raised} instead of answering" in file.why


def test_steps_stay_that_the_failure_takes_and_go_that_it_does_not() -> None:
    steps = tuple(Step("delete", {"volume_id": ref(f"volume#{n}")}, "tenant#0") for n in (1, 2, 3, 4))
    trace = Trace(call_answered("delete", "RuntimeError"), world_of(), (*steps[:1], *steps), raised="RuntimeError")
    short = shorten(FailsInTheEnd(), trace)
    assert len(short.steps) == 3
    assert rerun(FailsInTheEnd(), short).finding is not None


def test_another_failure_is_not_the_same() -> None:
    step = Step("delete", {"volume_id": ref("volume#1")}, "tenant#0")
    for operation, raised in (("delete", "KeyError"), ("purge", "RuntimeError")):
        trace = Trace(call_answered(operation, raised), world_of(), (step,), raised=raised)
        assert rerun(FailsAlways(), trace).finding is None


def test_a_shortened_failure_does_not_turn_into_another_one() -> None:
    foreign = Step("delete", {"volume_id": ref("volume#1")}, "tenant#0", ("volume_id:foreign",))
    unknown = Step("delete", {"volume_id": ref("volume#1")}, "tenant#0", ("volume_id:unknown",))
    for step, raised in ((foreign, "RuntimeError"), (unknown, "KeyError")):
        trace = Trace(call_answered("delete", raised), world_of(), (foreign, unknown), raised=raised)
        assert shorten(FailsOnStrangers(), trace).steps == (step,)


def test_the_table_shows_the_call_and_what_was_raised() -> None:
    file = failing(attacked(FailsOnStrangers))
    drawn = table(FailsOnStrangers(), from_file(file, PROPERTIES))
    assert drawn.startswith(f"unknown: `delete` raised {file.raised} instead of answering")
    assert "craft" in drawn
    assert f"failed {file.raised}" in drawn
    assert drawn.isascii()
    assert max(map(len, drawn.splitlines())) <= 80
    assert "no call ends with" in table(One(), from_file(file, PROPERTIES))


def test_what_a_failing_call_changed_is_shown() -> None:
    file = failing(attacked(FailsLate))
    assert file.changed
    assert "CHANGED" in table(FailsLate(), from_file(file, PROPERTIES))


def test_a_failing_trace_survives_its_file_and_shows_the_same() -> None:
    file = failing(attacked(FailsOnStrangers))
    read = read_trace(file.to_json().encode())
    assert read == file
    assert to_file(FailsOnStrangers(), from_file(read, PROPERTIES), file.service) == file


def test_a_failure_that_does_not_show_again_is_called_that_and_has_no_trace() -> None:
    class FailsOnce(One):
        is_worn_out = False

        def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Reply:
            if not type(self).is_worn_out:
                type(self).is_worn_out = True
                raise RuntimeError("once")
            return super().call(caller, operation, fields)

    result = attacked(FailsOnce)
    assert result.counterexamples == []
    whys = [found.why for found in result.properties if found.verdict is Verdict.UNKNOWN]
    assert whys
    assert all("`delete` raised RuntimeError" in why and "does not show again" in why for why in whys)


def test_a_failure_is_shown_on_a_service_that_has_seen_nothing_yet_as_it_will_be_to_a_reader() -> None:
    class WearsOut(One):
        """Refuses fifty calls in its life."""

        refused = 0

        def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Reply:
            try:
                return super().call(caller, operation, fields)
            except Refusal:
                self.refused += 1
                if self.refused > 50:
                    raise RuntimeError("worn out") from None
                raise

    result = attacked(WearsOut)
    assert set(verdicts(result).values()) == {Verdict.HELD, Verdict.UNKNOWN}
    assert result.counterexamples == []
    assert "does not show again" in next(found.why for found in result.properties if found.verdict is Verdict.UNKNOWN)


def test_the_same_seed_keeps_the_same_trace() -> None:
    assert failing(attacked(FailsOnStrangers)) == failing(attacked(FailsOnStrangers))


# --- for a user's test ---


def test_a_users_test_fails_with_the_failing_call() -> None:
    with pytest.raises(AssertionError) as failure:
        check_service(FailsOnStrangers, seed=1, rounds=1, examples=4)
    for part in ("malformed-refused: unknown", "not answered", "unknown: `delete` raised", "craft", "tenant#"):
        assert part in str(failure.value)


def test_a_kept_failure_is_a_test_of_its_own() -> None:
    file = failing(attacked(FailsOnStrangers))
    check_trace(One, file)
    with pytest.raises(AssertionError, match="unknown: `delete` raised"):
        check_trace(FailsOnStrangers, file)


def test_a_case_that_is_not_answered_does_not_pass() -> None:
    (case,) = [case for case in cases(One(), 0, 1, ("plain",)) if " volume_id:foreign in plain about 0" in case.name]
    check_case(One(), case)
    with pytest.raises(AssertionError, match="unknown: `delete` raised RuntimeError"):
        check_case(FailsOnStrangers(), case)


# --- an adapter that does not answer ---


def test_an_adapter_that_returns_nothing_is_told_so_and_its_service_is_not_blamed() -> None:
    result = attacked(AnswersNothing)
    assert set(verdicts(result).values()) <= {Verdict.UNKNOWN, Verdict.HELD}
    assert verdicts(result)["useful"] is Verdict.UNKNOWN
    file = failing(result)
    for part in ("`delete` was answered with None", "no Reply", "mistake of the adapter", "accepted(...)"):
        assert part in file.why


def test_what_an_adapter_returns_instead_is_shown_without_running_it() -> None:
    class Evil:
        def __repr__(self) -> str:
            raise RuntimeError("ran")

        __str__ = __repr__

    class AnswersEvil(One):
        operations = (DELETE, PURGE)

        def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Any:
            return Evil()

    assert "a value of type Evil" in failing(attacked(AnswersEvil)).why
