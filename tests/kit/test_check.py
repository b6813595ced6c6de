"""Runs: what makes a verdict, that seed and rounds repeat it, and what a user's test says when it fails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from guards.errors import GuardsError
from guards.results import Verdict, VerifyResult, read_verify
from guards.testing import Reply, Seen, Unexpressible, World, accepted, check_service, refused, run
from guards.testing.check import explain
from guards.testing.rounds import Interrupted
from guards.testing.service import Natives
from tests.kit.store import DELETE, Refusal, Store

SILENT = (
    "dry-run-inert",
    "read-only-inert",
    "blast-radius",
    "hold-respected",
    "dependents-safe",
    "fail-closed",
    "audit-complete",
)


class One(Store):
    """One operation, to be quick."""

    operations = (DELETE,)


class Open(One):
    """Takes any id for the caller's own."""

    def own(self, me: Any, id: Any) -> Any:
        return super().own(None, id)


class Yes(One):
    def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Reply:
        return accepted()


class No(One):
    def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Reply:
        return refused("no")


class Failing(One):
    """Falls over whatever is not text."""

    def check(self, field: Any, value: Any) -> None:
        value.strip()


def quick(make: type[Store], seed: int = 1, **more: Any) -> VerifyResult:
    return run(make, seed=seed, rounds=more.pop("rounds", 1), examples=4, **more)


def verdicts(result: VerifyResult) -> dict[str, str]:
    return {name: str(verdict) for name, verdict in result.verdicts() if verdict is not Verdict.UNSUPPORTED}


def without_time(result: VerifyResult) -> str:
    return result.model_copy(update={"seconds": 0.0}).to_json()


SOUND = quick(One)


def test_under_a_sound_service_every_property_it_can_show_holds() -> None:
    assert set(verdicts(SOUND).values()) == {"held"}
    assert [name for name, verdict in SOUND.verdicts() if verdict is Verdict.UNSUPPORTED] == list(SILENT)


def test_an_open_service_breaks_isolation_with_one_step() -> None:
    result = quick(Open)
    assert verdicts(result)["isolation"] == "broken"
    assert len(next(file for file in result.counterexamples if file.property == "isolation").steps) == 1


def test_a_service_that_only_says_yes_is_vacuous() -> None:
    assert set(verdicts(quick(Yes)).values()) == {"vacuous"}


def test_a_service_that_only_says_no_breaks_useful_and_proves_nothing_else() -> None:
    found = verdicts(quick(No))
    assert found.pop("useful") == "broken"
    assert set(found.values()) == {"vacuous"}


def test_a_service_without_operations_is_vacuous() -> None:
    class Empty(Store):
        operations = ()

    result = quick(Empty)
    assert set(verdicts(result).values()) == {"vacuous"}
    assert "no operations" in result.properties[0].why


def test_a_vacuous_service_is_told_what_was_missing() -> None:
    (why,) = {found.why for found in quick(Yes).properties if found.verdict is Verdict.VACUOUS}
    assert "no well-formed call was seen to have its effect" in why


def test_where_a_service_falls_over_what_its_replies_say_is_unknown_and_its_effects_are_judged() -> None:
    found = verdicts(quick(Failing))
    assert (found["malformed-refused"], found["isolation"]) == ("unknown", "held")


def test_what_cannot_be_attacked_at_all_is_an_error() -> None:
    class Blind(One):
        def observe(self) -> Mapping[Any, Seen]:
            return {}

    with pytest.raises(GuardsError, match="check `populate` and `observe`"):
        quick(Blind)


def test_collisions_that_cannot_be_held_are_told() -> None:
    class Trimming(One):
        def populate(self, world: World) -> Natives:
            if any(o.id != o.id.strip() for o in world.organizations):
                raise Unexpressible("no blanks")
            return super().populate(world)

    collisions = quick(Trimming).collisions
    assert collisions["whitespace"] == "unsupported: no blanks"
    assert collisions["prefix"] == "held"


# --- repeating ---


def test_the_same_seed_and_rounds_give_the_same_result_to_the_byte() -> None:
    assert without_time(quick(One)) == without_time(SOUND)
    assert without_time(quick(Open, seed=2)) == without_time(quick(Open, seed=2))


def test_another_seed_draws_other_worlds() -> None:
    ids = {file.world.organizations[0].id for seed in range(4) for file in quick(Open, seed=seed).counterexamples}
    assert len(ids) > 1


def test_a_budget_buys_whole_rounds_and_the_rounds_repeat_it() -> None:
    bought = run(One, seed=3, budget=0.0, examples=4)
    assert bought.rounds == 1
    assert without_time(run(One, seed=3, rounds=bought.rounds, examples=4)) == without_time(bought)


def test_rounds_differ() -> None:
    assert quick(One, rounds=2).tally.calls > SOUND.tally.calls
    assert {file.round for file in quick(Open, rounds=2).counterexamples} == {0}


def test_a_seed_is_drawn_when_none_is_given() -> None:
    drawn = {run(No, rounds=1, examples=1, properties=["useful"]).seed for _ in range(3)}
    assert len(drawn) > 1


def test_a_result_survives_its_file() -> None:
    assert read_verify(SOUND.to_json().encode()) == SOUND


# --- what a run says ---


def test_the_tally_counts_what_was_tried() -> None:
    assert SOUND.tally.crossings > 0
    assert SOUND.tally.crossings_hit == 0
    assert SOUND.tally.calls == SOUND.tally.accepted + sum(SOUND.tally.refused.values())
    assert len(SOUND.tally.crafts) >= 40
    assert sum(cell.attempts for cell in SOUND.cells) == SOUND.tally.calls


def test_every_craft_for_a_form_is_tried_in_every_round() -> None:
    assert {"null", "foreign", "prefix", "caller:nobody", "request:no-fields"} <= SOUND.tally.crafts.keys()


def test_only_what_is_asked_for_is_judged() -> None:
    assert [name for name, _ in quick(One, properties=["useful", "isolation"]).verdicts()] == ["isolation", "useful"]


@pytest.mark.parametrize("names", [["no-such-property"], []])
def test_a_property_that_there_is_not_is_refused(names: list[str]) -> None:
    with pytest.raises(GuardsError, match="there is no property"):
        quick(One, properties=names)


def test_progress_is_told_and_ends_where_it_should() -> None:
    told: list[tuple[int, int, int, str]] = []
    quick(One, progress=lambda *where: told.append(where))
    assert told[0][:2] == (0, 0)
    assert all(done <= of for _, done, of, _ in told)
    assert [done for _, done, _, _ in told] == sorted(done for _, done, _, _ in told)
    assert len({of for _, _, of, _ in told}) == 1
    assert told[-1][3] == "state machine"


def test_what_a_service_holds_is_let_go_whatever_happens() -> None:
    closed: list[str] = []

    class Closing(One):
        def close(self) -> None:
            closed.append("closed")

    class Blind(Closing):
        def observe(self) -> Mapping[Any, Seen]:
            return {}

    quick(Closing)
    with pytest.raises(GuardsError):
        quick(Blind)
    assert closed == ["closed", "closed"]


@pytest.mark.parametrize(("at", "phase"), [(200, "the cases"), (4_000, "the state machine")])
def test_whoever_interrupts_is_told_what_was_seen_broken_by_then(at: int, phase: str) -> None:
    told: list[str] = []

    class Stopped(Open):
        calls = 0

        def call(self, caller: Any, operation: str, fields: dict[str, Any]) -> Reply:
            self.calls += 1
            if self.calls == at:
                raise KeyboardInterrupt
            return super().call(caller, operation, fields)

    with pytest.raises(Interrupted) as stopped:
        run(Stopped, seed=1, rounds=1, examples=400, progress=lambda *where: told.append(where[3]))
    assert (told[-1] == "state machine") is (phase == "the state machine")
    assert 0 < stopped.value.calls < at
    assert stopped.value.broken == ("isolation", "malformed-refused")


# --- a user's test ---


def test_a_users_test_of_a_sound_service_passes() -> None:
    assert set(verdicts(check_service(One, seed=1, rounds=1, examples=4)).values()) == {"held"}


def test_a_users_test_fails_with_the_verdicts_the_seed_and_the_counterexample() -> None:
    with pytest.raises(AssertionError) as failure:
        check_service(Open, seed=1, rounds=1, examples=4)
    message = str(failure.value)
    for part in (
        "isolation: broken",
        "repeat with seed=1, rounds=1",
        "isolation is broken",
        "CHANGED",
        "craft",
    ):
        assert part in message


@pytest.mark.parametrize(("make", "word"), [(Yes, "vacuous"), (No, "useful: broken"), (Failing, "unknown")])
def test_a_users_test_fails_on_whatever_is_not_held(make: type[Store], word: str) -> None:
    with pytest.raises(AssertionError, match=word):
        check_service(make, seed=1, rounds=1, examples=4)


def test_what_is_required_must_be_supported() -> None:
    with pytest.raises(AssertionError, match="hold-respected: unsupported"):
        check_service(One, seed=1, rounds=1, examples=4, require=["hold-respected"])


def test_what_held_is_not_explained() -> None:
    assert explain(SOUND, One).splitlines()[-1] == "repeat with seed=1, rounds=1"
    assert "isolation" not in explain(SOUND, One)


def test_a_service_that_does_not_repeat_itself_is_still_broken() -> None:
    class Moody(One):
        """Lets a stranger in once in its life."""

        moods = iter(())

        def __init__(self) -> None:
            self.left = 1

        def own(self, me: Any, id: Any) -> Any:
            try:
                return super().own(me, id)
            except Refusal:
                if not self.left or ("volume", id) not in self.rows:
                    raise
                self.left = 0
                return ("volume", id)

    result = quick(Moody)
    assert verdicts(result)["isolation"] == "broken"
    assert "does not show again" in next(found.why for found in result.properties if found.name == "isolation")
