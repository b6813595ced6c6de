"""From what workers told to a verdict: a kill needs a broken property, a service that fell over, a failing test or a
limit; nothing else counts as one."""

from __future__ import annotations

from typing import Any

import pytest

from guards.mutation.ground import Ground
from guards.mutation.mutant import Mutant
from guards.mutation.outcome import THE_INCIDENT, Seen, Subject, diff_of, judged, of_attack, of_tests
from guards.mutation.sandbox import Ran
from guards.results import MutantOutcome

MUTANT = Mutant("m", "safety", "by-hand", "a.py", (1, 0), (1, 1), "", "x", "y", (("a.py", "y"),), "f")


def notice(by: str = "isolation", kind: str = "assertion") -> dict[str, Any]:
    return {"by": by, "kind": kind, "at": "a case", "why": "it was"}


def attack(*by: str, kind: str = "assertion", breach: Any = None, drill: int = 0, at: int = 3, calls: int = 5) -> Seen:
    """A stage of the kit that made five calls; whatever it noticed, it noticed with the third."""
    noticed = {**notice(by[0], kind), "calls": at} if by else None
    told = {"notice": noticed, "noticed_by": list(by), "breach": breach, "calls": calls}
    return of_attack(Ran("exit 0", ({"attacked": told}, {"drill": {"hit": drill, "why": ""}})))


def suite(code: int, failure: Any = None, trouble: str = "", ran: int = 3) -> Seen:
    return of_tests(Ran("exit 0", ({"tests": {"code": code, "failure": failure, "trouble": trouble, "ran": ran}},)))


def outcome(subject: Subject, *seen: Seen, is_reached: bool = True) -> str:
    return judged(subject, seen, "", is_reached=is_reached).outcome.value


ATTACKED = {"attacked": {"notice": None, "noticed_by": [], "breach": None, "calls": 5}}
AT_THE_INCIDENT = {"doing": THE_INCIDENT}
PLAIN = Subject(MUTANT)
NAMED = Subject(MUTANT, expected=("isolation", "useful"))
MASKED = Subject(MUTANT, masked_by="second-barrier")


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (suite(1, notice("test_a")), "caught"),
        (suite(0), "missed"),
        (suite(1), "broken"),
        (suite(2, trouble="could not be collected"), "broken"),
        (suite(2, notice("test_a"), "interrupted"), "broken"),
        (suite(3, trouble="pytest failed"), "broken"),
        (suite(4), "broken"),
        (suite(5, ran=0), "broken"),
        (suite(0, ran=0), "broken"),
        (of_tests(Ran("exit 0")), "broken"),
        (of_tests(Ran("signal 9", ({"doing": "test_a"},))), "broken"),
        (of_tests(Ran("lost")), "broken"),
        (of_tests(Ran("cpu", ({"doing": "test_a"},))), "caught"),
        (of_tests(Ran("wall", ({"doing": "test_a"},))), "caught"),
        (attack("isolation"), "caught"),
        (attack(), "missed"),
        (attack("service", kind="crash"), "caught"),
        (of_attack(Ran("exit 70", output="MemoryError")), "broken"),
        (of_attack(Ran("exit 70", (ATTACKED, AT_THE_INCIDENT))), "broken"),
        (of_attack(Ran("cpu", (ATTACKED, AT_THE_INCIDENT))), "caught"),
        (of_attack(Ran("exit 0", (ATTACKED, AT_THE_INCIDENT, {"drill": {"hit": 0, "why": ""}}))), "missed"),
    ],
)
def test_only_a_recorded_failure_or_a_limit_is_a_kill(seen: Seen, said: str) -> None:
    assert outcome(PLAIN, seen) == said


@pytest.mark.parametrize(
    ("subject", "seen", "said"),
    [
        (NAMED, [attack("isolation", "useful")], "caught"),
        (NAMED, [attack("isolation", "useful", "exact-effects")], "caught"),
        (NAMED, [attack("isolation")], "missed"),
        (NAMED, [attack("exact-effects")], "missed"),
        (NAMED, [attack("isolation", "useful"), attack("isolation")], "flaky"),
        (MASKED, [attack()], "masked"),
        (MASKED, [attack("isolation")], "stale"),
        (MASKED, [of_attack(Ran("cpu"))], "stale"),
        (PLAIN, [attack("useful"), attack("useful")], "caught"),
        (PLAIN, [attack("useful"), attack()], "flaky"),
        (PLAIN, [attack("useful"), suite(4)], "broken"),
    ],
)
def test_an_entry_of_the_catalogue_is_held_to_its_word_with_every_seed(
    subject: Subject, seen: list[Seen], said: str
) -> None:
    assert outcome(subject, *seen) == said


def test_what_nothing_enters_is_uncovered() -> None:
    for subject in (PLAIN, NAMED):
        assert outcome(subject, Seen(), is_reached=False) == "uncovered"


@pytest.mark.parametrize("is_reached", [True, False])
def test_of_what_is_masked_it_is_said_where_nothing_enters_it(is_reached: bool) -> None:
    result = judged(MASKED, [Seen()], "", is_reached=is_reached)
    assert result.outcome is MutantOutcome.MASKED
    assert ("its compound alone shows it" in result.why) is not is_reached


def test_an_assertion_is_told_rather_than_the_crash_before_it() -> None:
    seen = attack("service", kind="crash").and_then(suite(1, notice("test_a")))
    assert judged(PLAIN, [seen], "", is_reached=True).by == "test_a"


def test_a_breach_is_known_though_its_worker_did_not_come_to_its_end() -> None:
    breached = {"breach": {"at": "a case", "why": "hit", "objects": 2}}
    for told in ((breached,), (breached, {"attacked": {**ATTACKED["attacked"], **breached}}, AT_THE_INCIDENT)):
        result = judged(PLAIN, [of_attack(Ran("wall", told))], "", is_reached=True)
        assert (result.outcome, result.kill, result.breaches) == (MutantOutcome.CAUGHT, "timeout", True)


@pytest.mark.parametrize(
    ("runs", "said", "count"),
    [
        ([Ran("wall"), Ran("exit 0", (ATTACKED,))], None, 2),
        ([Ran("wall"), Ran("wall")], "timeout", 2),
        ([Ran("exit 0", (ATTACKED,))], None, 1),
    ],
    ids=["once late", "late again", "in time"],
)
def test_what_the_clock_alone_noticed_is_run_again(runs: list[Ran], said: str | None, count: int) -> None:
    left = iter(runs)
    seen = Ground._believed(lambda: of_attack(next(left)))
    assert (seen.notice.kind if seen.notice is not None else None) == said
    assert len(runs) - len(list(left)) == count


@pytest.mark.parametrize(("breach", "says"), [(None, True), ({"at": "a case", "why": "hit", "objects": 2}, False)])
def test_where_cases_were_left_it_is_not_known_whether_it_breaches(breach: Any, says: bool) -> None:
    told = {"notice": notice("clock", "timeout"), "noticed_by": [], "breach": breach, "calls": 5, "hung": True}
    result = judged(PLAIN, [of_attack(Ran("exit 0", ({"attacked": told},)))], "", is_reached=True)
    assert result.unjudged is says


ASSERTED = {"attacked": {**ATTACKED["attacked"], "notice": notice("isolation"), "noticed_by": ["isolation"]}}


@pytest.mark.parametrize("ended", ["cpu", "exit 0", "signal 9"])
def test_what_asserted_stands_though_the_worker_ends_on_the_day_of_the_incident(ended: str) -> None:
    ran = Ran(ended, (ASSERTED, {"doing": THE_INCIDENT}))
    result = judged(PLAIN, [of_attack(ran)], "", is_reached=True)
    assert (result.outcome, result.kill, result.noticed_by) == (MutantOutcome.CAUGHT, "assertion", ["isolation"])
    assert result.unjudged


@pytest.mark.parametrize(("ended", "outcome"), [("cpu", MutantOutcome.CAUGHT), ("signal 9", MutantOutcome.BROKEN)])
def test_a_worker_that_ends_there_before_anything_asserted_is_named(ended: str, outcome: MutantOutcome) -> None:
    ran = Ran(ended, (ATTACKED, {"doing": THE_INCIDENT}))
    result = judged(PLAIN, [of_attack(ran)], "", is_reached=True)
    assert (result.outcome, THE_INCIDENT in f"{result.at} {result.why}", result.unjudged) == (outcome, True, True)


@pytest.mark.parametrize(
    ("seen", "breaches", "incident"),
    [
        (attack(), False, None),
        (attack("useful", breach={"at": "a case", "why": "hit", "objects": 2}), True, 0),
        (attack(drill=1_572), True, 1_572),
    ],
)
def test_a_breach_is_counted_whatever_else_was_noticed(seen: Seen, breaches: bool, incident: int | None) -> None:
    result = judged(PLAIN, [seen], "", is_reached=True)
    assert result.breaches is breaches
    assert (result.breach.incident if result.breach is not None else None) == incident


@pytest.mark.parametrize(
    ("seen", "calls"),
    [
        (attack("isolation"), 3),
        (attack().and_then(attack("isolation", at=1)), 6),
        (attack().and_then(suite(0)).and_then(attack().and_then(attack("useful", at=2))), 12),
        (attack("service", kind="crash", at=4).and_then(attack("useful", at=2)), 7),
        (attack().and_then(suite(1, notice("test_a"))), None),
        (attack().and_then(of_attack(Ran("cpu"))), None),
        (attack(), None),
    ],
    ids=["at once", "in a later stage", "past the tests", "asserted after a crash", "by a test", "by a limit", "never"],
)
def test_calls_are_counted_from_the_first_stage_to_the_one_that_was_noticed(seen: Seen, calls: int | None) -> None:
    assert judged(PLAIN, [seen], "", is_reached=True).calls == calls


def test_a_diff_shows_the_changed_line() -> None:
    assert diff_of({"a.py": "x\n"}, {"a.py": "y\n"}).splitlines() == [
        "--- a/a.py",
        "+++ b/a.py",
        "@@ -1 +1 @@",
        "-x",
        "+y",
    ]


def test_a_missed_mutant_names_no_kill() -> None:
    result = judged(NAMED, [attack("exact-effects")], "", is_reached=True)
    assert (result.outcome, result.kill, result.noticed_by) == (MutantOutcome.MISSED, None, ["exact-effects"])
