"""`guards replay`: whether a counterexample shows again, and whose code runs for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Guards

OPEN = "tests.cli.shelves:OpenShelf"
SHELF = "tests.cli.shelves:Shelf"
FAILING = "tests.cli.shelves:FailingShelf"


@pytest.fixture
def trace(guards: Guards, tmp_path: Path) -> Path:
    """A counterexample to isolation, found on the open shelf."""
    guards("verify", OPEN, "--seed", "7", "--rounds", "1", "--examples", "1", "--save", str(tmp_path))
    return tmp_path / "trace.isolation.json"


@pytest.fixture
def failing(guards: Guards, tmp_path: Path) -> Path:
    """A call that the failing shelf does not answer."""
    guards("verify", FAILING, "--seed", "7", "--rounds", "1", "--examples", "1", "--save", str(tmp_path))
    return tmp_path / "trace.call-answered.json"


def throw(book: Any) -> dict[str, Any]:
    """A step that throws this away."""
    return {"do": "throw", "with": {"book": book}, "as": "tenant#0"}


def changed(trace: Path, **changes: Any) -> str:
    """The same file with other values in some of its fields."""
    trace.write_text(json.dumps({**json.loads(trace.read_text()), **changes}))
    return str(trace)


def test_it_reproduces_where_the_bug_is_and_not_where_it_is_not(guards: Guards, trace: Path) -> None:
    there, fixed = guards("replay", str(trace), OPEN), guards("replay", str(trace), SHELF)
    assert (there.code, fixed.code) == (1, 0)
    assert "isolation is broken" in there.out
    assert "it reproduces" in there.out
    assert "isolation is not broken by this trace" in fixed.out
    assert "it does not reproduce" in fixed.out


def test_a_call_that_was_not_answered_is_1_while_it_fails_that_way_and_0_once_it_is_answered(
    guards: Guards, failing: Path
) -> None:
    there, fixed = guards("replay", str(failing), FAILING), guards("replay", str(failing), SHELF)
    assert (there.code, fixed.code) == (1, 0)
    assert "it reproduces: `throw` raised RuntimeError instead of answering: the shelf fell over" in " ".join(
        there.out.split()
    )
    assert "no call ends with RuntimeError here" in fixed.out
    assert "it does not reproduce" in fixed.out


def test_a_call_that_fails_in_another_way_is_not_mended(guards: Guards, failing: Path) -> None:
    ran = guards("replay", str(failing), "tests.cli.shelves:TornShelf")
    assert ran.code == 4
    assert "it fails in another way now: `throw` raised LookupError" in " ".join(ran.out.split())


def test_a_call_that_was_not_answered_is_printed_as_a_test(guards: Guards, failing: Path) -> None:
    for service, fails in ((FAILING, True), (SHELF, False)):
        namespace: dict[str, Any] = {}
        exec(compile(guards("replay", str(failing), service, "--pytest").out, "pasted", "exec"), namespace)
        pasted = namespace["test_call_answered_holds_where_it_once_broke"]
        if fails:
            with pytest.raises(AssertionError, match="unknown: `throw` raised RuntimeError"):
                pasted()
        else:
            pasted()


def test_the_service_that_a_file_names_is_shown_and_never_imported(guards: Guards, trace: Path) -> None:
    (trace.parent / "planted.py").write_text("raise RuntimeError('this must not run')\n")
    ran = guards("replay", changed(trace, service="planted:make\x1b[31m"))
    assert ran.code == 2
    assert r"planted:make\x1b[31m" in ran.err
    assert "must not run" not in ran.err


def test_a_file_about_the_reference_service_needs_no_name(guards: Guards, trace: Path) -> None:
    ran = guards("replay", changed(trace, service="guards.reference:make_service"))
    assert ran.code == 4
    assert "'guards.reference:make_service'" in ran.err  # it was made, and has no operation `throw`


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"property": "isolated"}, "isolated"),
        ({"property": "a\x1b[31m"}, r"a\x1b[31m"),
        ({"schema": "guards.trace/2"}, "guards.trace/2"),
        ({"steps": []}, "$.steps"),
        ({"steps": [{"do": "burn", "with": {}}]}, "burn"),
        ({"steps": [{"do": "throw", "with": {"book": {"$ref": "book#99"}}, "as": "tenant#0"}]}, "book#99"),
        ({"steps": [{"do": "throw", "with": {}, "as": "tenant#9"}]}, "tenant#9"),
        ({"steps": [{"do": "throw", "with": {}, "craft": ["eat"]}]}, "eat"),
        ({"steps": [{"do": "@fault", "with": {}}]}, "@fault"),
        ({"steps": [throw({"$ref": ["book#1"]})]}, "a symbol of the step says of `$ref` a value of type list"),
        ({"steps": [throw({"$ref": {"a": 1}})]}, "a symbol of the step says of `$ref` a value of type dict"),
        ({"steps": [throw({"$ref": None})]}, "a symbol of the step says of `$ref` None"),
        ({"steps": [throw({"$from": ["call#1"], "field": "x"})]}, "a symbol of the step says of `$from`"),
        ({"steps": [{**throw({"$ref": "book#1"}), "let": "a"}, throw({"$from": "a", "field": ["x"]})]}, "`field`"),
        ({"more": 1}, "$.more"),
        ({"raised": "RuntimeError"}, "isolation"),
        ({"property": "call-answered"}, "call-answered"),
        ({"raised": 7}, "$.raised"),
    ],
)
def test_what_cannot_run_is_4(guards: Guards, trace: Path, changes: dict[str, Any], words: str) -> None:
    ran = guards("replay", changed(trace, **changes), SHELF)
    assert ran.code == 4
    assert words in " ".join(ran.err.split())
    assert "raised in" not in ran.err


@pytest.mark.parametrize("craft", ["request:misspelled-scope", "request:all-null"])
@pytest.mark.parametrize("added", ["by a craft", "by hand"])
def test_a_field_that_the_operation_does_not_have_names_nothing(
    guards: Guards, trace: Path, craft: str, added: str
) -> None:
    step = throw({"$ref": "book#1"})
    step = {**step, "craft": ["request:unknown-field", craft] if added == "by a craft" else [craft]}
    if added == "by hand":
        step["with"]["shelf"] = 1
    ran = guards("replay", changed(trace, steps=[step]), SHELF)
    expected = (0, "it does not reproduce") if craft.endswith("scope") else (4, "1 call could not be sent")
    assert (ran.code, expected[1] in ran.out) == (expected[0], True), ran.err


def test_a_call_that_cannot_be_sent_shows_nothing(guards: Guards, trace: Path) -> None:
    steps = json.loads(trace.read_text())["steps"]
    steps[0]["craft"] = ["bytes:truncated"]  # a shelf takes no bytes
    ran = guards("replay", changed(trace, steps=steps), SHELF)
    assert ran.code == 4
    assert "1 call could not be sent" in ran.out


def test_the_result_says_what_changed(guards: Guards, trace: Path) -> None:
    guards("replay", str(trace), OPEN, "--json", str(trace.parent / "again.json"))
    result = json.loads((trace.parent / "again.json").read_text())
    assert result["schema"] == "guards.replay/1"
    assert result["reproduces"] is True
    assert result["changed"] == json.loads(trace.read_text())["changed"]


def test_the_printed_test_fails_with_the_bug_and_passes_without(guards: Guards, trace: Path) -> None:
    for service, fails in ((OPEN, True), (SHELF, False)):
        ran = guards("replay", str(trace), service, "--pytest")
        assert ran.code == 0
        namespace: dict[str, Any] = {}
        exec(compile(ran.out, "pasted", "exec"), namespace)
        pasted = namespace["test_isolation_holds_where_it_once_broke"]
        if fails:
            with pytest.raises(AssertionError, match="isolation is broken"):
                pasted()
        else:
            pasted()


def test_a_test_imports_only_what_the_caller_names(guards: Guards, trace: Path) -> None:
    ran = guards("replay", str(trace), "--pytest")
    assert ran.code == 2
    assert ran.out == ""
    for service in ("os; import shutil:x", "class:make", "volumes:def", "volumes.import:make", "volumes:Rooms.None"):
        ran = guards("replay", str(trace), service, "--pytest")
        assert ran.code == 2
        assert ran.out == ""


def test_a_service_that_cannot_be_closed_is_to_blame_for_that(guards: Guards, trace: Path) -> None:
    ran = guards("replay", str(trace), "tests.cli.shelves:StuckShelf")
    assert ran.code == 4
    assert "RuntimeError: the door sticks" in " ".join(ran.err.split())
    assert "a bug of guards" not in ran.err
