"""`guards verify`: what it prints, what it writes, and the exit code of each verdict."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from guards.cli.verify import part_done
from guards.results import read_trace, read_verify
from tests.cli.conftest import Guards
from tests.cli.shelves import ClosingShelf

ONCE = ("--seed", "7", "--rounds", "1", "--examples", "1")


@pytest.mark.parametrize(
    ("shelf", "code", "verdict"),
    [
        ("Shelf", 0, "held: 6 held, 7 unsupported"),
        ("Rooms.Shelf", 0, "held: 6 held, 7 unsupported"),
        ("OpenShelf", 1, "broken: 4 held, 2 broken, 7 unsupported"),
        ("IdleShelf", 3, "vacuous: 6 vacuous, 7 unsupported"),
        ("FailingShelf", 4, "unknown: 4 held, 7 unsupported, 2 unknown"),
        ("LeavingShelf", 4, "unknown: 7 unsupported, 6 unknown"),
        ("SilentShelf", 4, "unknown: 7 unsupported, 6 unknown"),
        ("EmptyShelf", 3, "vacuous: 6 vacuous, 7 unsupported"),
    ],
)
def test_the_exit_code_is_the_verdict(guards: Guards, shelf: str, code: int, verdict: str) -> None:
    ran = guards("verify", f"tests.cli.shelves:{shelf}", *ONCE)
    assert ran.code == code
    assert ran.out.splitlines()[-1].split(maxsplit=1) == ["verdict", verdict]


def test_a_required_property_that_is_unsupported_is_3(guards: Guards) -> None:
    ran = guards("verify", "tests.cli.shelves:Shelf", *ONCE, "--require", "hold-respected", "--require", "isolation")
    assert ran.code == 3
    assert "required and not held: hold-respected" in " ".join(ran.out.split())


def test_only_the_named_properties_are_judged(guards: Guards) -> None:
    ran = guards("verify", "tests.cli.shelves:OpenShelf", *ONCE, "--property", "useful")
    assert ran.code == 0
    assert "isolation" not in ran.out
    assert "held: 1 held" in ran.out


@pytest.mark.parametrize("shelf", ["Shelf", "OpenShelf", "IdleShelf", "FailingShelf"])
def test_the_summary_is_plain_and_no_wider_than_a_terminal(guards: Guards, shelf: str) -> None:
    out = guards("verify", f"tests.cli.shelves:{shelf}", *ONCE).out
    assert out.isascii()
    assert out.replace("\n", "").isprintable()
    assert max(map(len, out.splitlines())) <= 80


def test_the_summary_counts_crossings_crafts_and_what_is_not_supported(guards: Guards) -> None:
    out = " ".join(guards("verify", "tests.cli.shelves:Shelf", *ONCE).out.split())
    assert re.search(r"crossings [1-9]\d* tried against a live object of another organization; 0 calls hit one", out)
    assert re.search(r"calls [1-9]\d*: [1-9]\d* accepted, [1-9]\d* refused", out)
    assert re.search(r"crafts [1-9]\d+ tried: .*\bprefix [1-9]\d*,", out)
    assert re.search(r"cells [1-9]\d*, none of them vacuous", out)
    assert "UNSUPPORTED same-name:" in out
    assert "hold-respected UNSUPPORTED 0" in out


def test_what_held_says_which_cells_ended_without_a_working_control(guards: Guards) -> None:
    ran = guards("verify", "tests.cli.shelves:HomelyShelf", *ONCE)
    out = " ".join(ran.out.split())
    assert ran.code == 0
    assert re.search(r"cells [1-9]\d*, 1 of them vacuous: no valid call worked VACUOUS operator shift other", out)
    assert out.endswith("verdict held: 6 held, 7 unsupported; 1 cell without a working control")


@pytest.mark.parametrize(
    ("shelf", "words"),
    [
        ("EmptyShelf", "the service declares no operations"),
        ("IdleShelf", "no well-formed call was seen to have its effect"),
        (
            "FailingShelf",
            "calls were not answered; `throw` raised RuntimeError instead of answering: the shelf",
        ),
        ("SilentShelf", "`throw` was answered with None, which is no Reply: a mistake of the adapter"),
    ],
)
def test_what_is_neither_held_nor_broken_has_a_reason(guards: Guards, shelf: str, words: str) -> None:
    assert words in " ".join(guards("verify", f"tests.cli.shelves:{shelf}", *ONCE).out.split())


@pytest.mark.parametrize("shelf", ["OpenShelf", "FailingShelf"])
def test_one_screen_shows_the_call_at_fault_what_to_do_and_the_verdict(guards: Guards, shelf: str) -> None:
    lines = guards("verify", f"tests.cli.shelves:{shelf}", *ONCE).out.splitlines()
    screen = lines[-23:]  # and the prompt
    assert screen[-1].startswith("verdict")
    assert any(line.startswith("  1  tenant#") for line in screen)
    assert any("craft  " in line for line in screen)
    assert any("guards replay" in line for line in screen)


def test_the_list_of_crafts_is_for_what_held_and_does_not_bury_what_did_not(guards: Guards) -> None:
    held, broken = (guards("verify", f"tests.cli.shelves:{shelf}", *ONCE).out for shelf in ("Shelf", "OpenShelf"))
    assert re.search(r"^crafts +\d+ tried: all-word 1,", held, re.MULTILINE)
    assert re.search(r"^crafts +\d+ tried$", broken, re.MULTILINE)


def test_one_call_that_breaks_two_properties_is_drawn_once(guards: Guards) -> None:
    out = guards("verify", "tests.cli.shelves:OpenShelf", *ONCE).out
    assert out.count("CHANGED") == 1
    assert "isolation is broken: the call changed" in out
    assert "malformed-refused is broken by it as well: the call changed something although" in out
    assert out.count("the call changed what is not its caller's") == 1


@pytest.mark.parametrize(
    ("shelf", "words"),
    [
        ("InterruptedShelf", "broken after 199 calls: isolation, malformed-refused; nothing else was decided"),
        ("InterruptedAtOnceShelf", "no verdict was reached"),
    ],
)
def test_an_interrupted_run_says_what_it_had_seen_broken(
    guards: Guards, tmp_path: Path, shelf: str, words: str
) -> None:
    ran = guards("verify", f"tests.cli.shelves:{shelf}", *ONCE, "--json", str(tmp_path / "result.json"))
    said = " ".join(ran.err.split())
    assert ran.code == 130
    assert f"with seed 7; {words}" in said
    assert said.endswith("no file was written")
    assert list(tmp_path.iterdir()) == []


def test_a_call_that_was_not_answered_is_drawn_saved_and_replayed(guards: Guards, tmp_path: Path) -> None:
    ran = guards("verify", "tests.cli.shelves:FailingShelf", *ONCE, "--json", str(tmp_path / "result.json"))
    assert "unknown: `throw` raised RuntimeError instead of answering" in ran.out
    assert "answer       failed RuntimeError (the shelf fell over)" in ran.out
    result = read_verify((tmp_path / "result.json").read_bytes())
    saved = read_trace((tmp_path / "result.call-answered.json").read_bytes())
    assert [saved] == result.counterexamples
    command = printed_commands(ran.out)[1]
    assert command[2] == str(tmp_path / "result.call-answered.json")
    assert guards(*command[1:]).code == 1


def test_a_counterexample_is_drawn_saved_and_replayed_by_the_printed_command(guards: Guards, tmp_path: Path) -> None:
    ran = guards("verify", "tests.cli.shelves:OpenShelf", *ONCE, "--save", str(tmp_path / "found"))
    assert "CHANGED" in ran.out
    assert sorted(path.name for path in (tmp_path / "found").iterdir()) == [
        "trace.isolation.json",
        "trace.malformed-refused.json",
    ]
    command = printed_commands(ran.out)[1]
    assert command[:2] == ["guards", "replay"]
    assert guards(*command[1:]).code == 1


def test_counterexamples_lie_beside_the_result_unless_a_folder_is_named(guards: Guards, tmp_path: Path) -> None:
    guards("verify", "tests.cli.shelves:OpenShelf", *ONCE, "--json", str(tmp_path / "result.json"))
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "result.isolation.json",
        "result.json",
        "result.malformed-refused.json",
    ]
    result = read_verify((tmp_path / "result.json").read_bytes())
    assert read_trace((tmp_path / "result.isolation.json").read_bytes()) == result.counterexamples[0]


def test_without_a_place_for_them_the_printed_commands_save_and_replay(
    guards: Guards, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repeat, replay, _ = printed_commands(guards("verify", "tests.cli.shelves:OpenShelf", *ONCE).out)
    monkeypatch.chdir(tmp_path)
    assert guards(*repeat[1:]).code == 1
    assert guards(*replay[1:]).code == 1


def printed_commands(out: str) -> list[list[str]]:
    """The commands in what was printed, as a shell would read them."""
    joined = out.replace("\\\n", " ")
    return [shlex.split(line) for line in joined.splitlines() if line.startswith("  guards ")]


def test_the_printed_command_repeats_the_run(guards: Guards, tmp_path: Path) -> None:
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    ran = guards("verify", "tests.cli.shelves:Shelf", "--budget", "1ms", "--examples", "1", "--json", str(first))
    (command,) = printed_commands(ran.out)
    guards(*command[1:], "--json", str(second))
    results = [json.loads(path.read_text()) for path in (first, second)]
    for result in results:
        del result["seconds"]
    assert results[0] == results[1]
    assert results[0]["tally"]["calls"] > 0


def test_a_new_seed_is_drawn_for_every_run(guards: Guards) -> None:
    runs = [guards("verify", "tests.cli.shelves:IdleShelf", "--budget", "1ms", "--examples", "1") for _ in range(2)]
    seeds = [re.findall(r"seed (\d+)", ran.out)[0] for ran in runs]
    assert seeds[0] != seeds[1]


def test_the_result_says_which_commit_it_was_made_in(
    guards: Guards, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    guards("verify", "tests.cli.shelves:Shelf", *ONCE, "--json", "result.json")
    assert read_verify(Path("result.json").read_bytes()).commit is None
    (tmp_path / ".git").mkdir()
    for name in ("objects", "refs/heads"):
        (tmp_path / ".git" / name).mkdir(parents=True)
    (tmp_path / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    (tmp_path / ".git" / "refs" / "heads" / "main").write_text("ab" * 20 + "\n")
    guards("verify", "tests.cli.shelves:Shelf", *ONCE, "--json", "result.json")
    assert read_verify(Path("result.json").read_bytes()).commit == "ab" * 20


def test_every_service_that_was_opened_is_closed(guards: Guards) -> None:
    guards("verify", "tests.cli.shelves:ClosingShelf", *ONCE)
    assert ClosingShelf.opened == ClosingShelf.closed > 0


def test_rounds_decide_how_much_is_done_and_else_the_budget_does() -> None:
    assert part_done(0.5, 2, 10.0, 100.0) == 0.25
    assert part_done(0.5, None, 10.0, 1.0) == 0.1  # two seconds a round: five rounds
    assert part_done(0.5, None, 10.0, 50.0) == 0.5  # a round outlasts the budget, and there is always one
    assert part_done(0.0, None, 10.0, 0.0) == 0.0
    assert part_done(3.0, None, 1.0, 9.0) == 1.0
