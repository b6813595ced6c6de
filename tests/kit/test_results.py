"""Files come from outside: each is read whole and right, or refused with the place and the reason."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guards.results import (
    ExitCode,
    ResultFileError,
    TraceFile,
    Verdict,
    VerifyResult,
    exit_code,
    read_trace,
    read_verify,
)
from guards.testing import run
from guards.testing.world import make_world
from tests.kit.store import Store

TRACE: dict[str, Any] = {
    "schema": "guards.trace/1",
    "property": "isolation",
    "why": "it did",
    "service": "tests.kit.store:Store",
    "seed": 7,
    "round": 0,
    "world": make_world(("volume",), ("tenant",), seed=1).to_json(),
    "steps": [
        {"as": "tenant#0", "do": "delete", "with": {"volume_id": {"$ref": "volume#1"}}, "craft": ["volume_id:foreign"]}
    ],
    "changed": [{"object": "volume#0", "owner": "org#1", "before": "live", "after": "absent"}],
}


def file(**changes: Any) -> bytes:
    return json.dumps(TRACE | changes).encode()


def test_a_trace_survives_its_file() -> None:
    trace = read_trace(file())
    assert read_trace(trace.to_json().encode()) == trace


def test_a_files_text_is_the_same_for_the_same_value_and_ends_its_last_line() -> None:
    one, other = read_trace(file()), read_trace(json.dumps(dict(reversed(TRACE.items()))).encode())
    assert one.to_json() == other.to_json()
    assert one.to_json().endswith("}\n")


TEXT = file().decode()
STEP = TRACE["steps"][0]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "not one JSON document"),
        (b"\xff\xfe", "not one JSON document"),
        (file()[:-1], "not one JSON document"),
        (file() + b"{}", "not one JSON document"),
        (TEXT.replace('"seed": 7', '"seed": NaN').encode(), "NaN is not JSON"),
        (TEXT.replace('"seed": 7', '"seed": 7, "seed": 8').encode(), "the key .seed. stands twice"),
        (TEXT.replace('"seed": 7', '"seed": ' + "[" * 100_000 + "]" * 100_000).encode(), "nested too deeply"),
        (TEXT.replace('"seed": 7', '"seed": ' + "7" * 5_000).encode(), "not one JSON document"),
        (b"[]", "its schema reads None"),
        (b"null", "its schema reads None"),
        (b'"guards.trace/1"', "its schema reads None"),
        (file(schema="guards.verify/1"), "its schema reads 'guards.verify/1'"),
        (file(schema="guards.trace/2"), "which this version does not read"),
        (file(schema=1), "its schema reads 1"),
        (file(seed="7"), r"\$\.seed"),
        (file(seed=7.0), r"\$\.seed"),
        (file(seed=True), r"\$\.seed"),
        (file(extra=1), r"\$\.extra"),
        (file(steps=[]), r"\$\.steps"),
        (file(steps=[STEP] * 10_001), r"\$\.steps"),
        (file(steps=[STEP | {"do": ""}]), r"\$\.steps\[0\]\.do"),
        (file(steps=[STEP | {"craft": "volume_id:null"}]), r"\$\.steps\[0\]\.craft"),
        (file(steps=[STEP | {"with": []}]), r"\$\.steps\[0\]\.with"),
        (file(world={}), r"\$\.world"),
        (file(world=TRACE["world"] | {"organizations": []}), r"\$\.world\.organizations"),
        (file(world=TRACE["world"] | {"principals": [{"ref": "x", "role": "root", "organization": None}]}), "role"),
        (json.dumps({k: v for k, v in TRACE.items() if k != "property"}).encode(), r"\$\.property"),
    ],
    ids=lambda value: repr(value[:30]),
)
def test_a_hostile_file_is_refused_with_the_place_and_the_reason(data: bytes, why: str) -> None:
    with pytest.raises(ResultFileError, match=why) as refusal:
        read_trace(data)
    assert refusal.value.code == "bad_result_file"
    assert len(str(refusal.value)) < 1_000


@given(st.binary(max_size=60))
def test_no_bytes_break_the_readers(data: bytes) -> None:
    for read in (read_trace, read_verify):
        with pytest.raises(ResultFileError):
            read(data)


@given(st.integers(0, len(TEXT) - 2))
def test_a_truncated_file_is_never_taken_for_a_whole_one(length: int) -> None:
    with pytest.raises(ResultFileError):
        read_trace(TEXT[:length].encode())


def test_a_trace_is_no_verify_result() -> None:
    with pytest.raises(ResultFileError, match=r"not a `guards\.verify/` file"):
        read_verify(file())


def test_a_verify_result_survives_its_file() -> None:
    result = run(Store, seed=1, rounds=1, examples=1)
    assert read_verify(result.to_json().encode()) == result
    assert isinstance(result, VerifyResult)
    assert [name for name, _ in result.verdicts()] == [found.name for found in result.properties]


def test_shapes_cannot_be_changed() -> None:
    trace = read_trace(file())
    with pytest.raises(ValueError, match="frozen"):
        trace.seed = 8  # type: ignore[misc]  # that is the point
    assert isinstance(trace, TraceFile)


# --- exit codes ---

V = Verdict


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        ([V.HELD], 0),
        ([V.HELD, V.UNSUPPORTED], 0),
        ([V.HELD, V.VACUOUS], 3),
        ([V.HELD, V.UNKNOWN], 4),
        ([V.HELD, V.BROKEN], 1),
        ([V.VACUOUS, V.UNKNOWN], 4),
        ([V.VACUOUS, V.UNKNOWN, V.BROKEN], 1),
        ([V.UNSUPPORTED], 3),
        ([V.VACUOUS], 3),
        ([], 3),
    ],
)
def test_one_beats_four_beats_three_beats_zero(verdicts: list[Verdict], code: int) -> None:
    for order in itertools.permutations(verdicts):
        assert exit_code((str(n), verdict) for n, verdict in enumerate(order)) == code


@pytest.mark.parametrize(
    ("verdict", "required"), [(V.HELD, 0), (V.UNSUPPORTED, 3), (V.VACUOUS, 3), (V.BROKEN, 1), (V.UNKNOWN, 4)]
)
def test_what_is_required_must_hold(verdict: Verdict, required: int) -> None:
    assert exit_code([("isolation", V.HELD), ("hold-respected", verdict)], ["hold-respected"]) == required


def test_what_is_required_and_was_not_looked_at_is_wanting() -> None:
    assert exit_code([("isolation", V.HELD)], ["useful"]) is ExitCode.VACUOUS


@given(st.lists(st.sampled_from(Verdict), max_size=6))
def test_only_a_run_in_which_something_held_and_nothing_is_wrong_exits_with_zero(verdicts: list[Verdict]) -> None:
    good = V.HELD in verdicts and set(verdicts) <= {V.HELD, V.UNSUPPORTED}
    assert (exit_code((str(n), v) for n, v in enumerate(verdicts)) == 0) == good


def test_the_table_of_exit_codes() -> None:
    assert {code.name: code.value for code in ExitCode} == {
        "HELD": 0,
        "BROKEN": 1,
        "USAGE": 2,
        "VACUOUS": 3,
        "UNKNOWN": 4,
    }
