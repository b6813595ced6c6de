"""Bad input of every kind to every command: its exit code, one message that shows the value, and no traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Guards
from tests.cli.desk import CALL, arguments, as_json_lines, lay_out, row
from tests.house.repository import ROOT

ESCAPE = "\x1b[31m"
LONG = "x" * 5_000
SHELF = "tests.cli.shelves:Shelf"
ONCE = ("--rounds", "1", "--examples", "1")

MISUSED = 2
CANNOT_RUN = 4

# What is typed, the exit code, and what the message says.
TYPED: list[tuple[list[str], int, str]] = [
    (["nothing"], MISUSED, "nothing"),
    ([ESCAPE], MISUSED, r"\x1b[31m"),
    (["--nothing"], MISUSED, "--nothing"),
    (["verify", "one:two", "three"], MISUSED, "three"),
    (["verify", "--seed"], MISUSED, "--seed"),
    (["verify", "--seed", "red"], MISUSED, "'red'"),
    (["verify", "--seed", "-1"], MISUSED, "'-1'"),
    (["verify", "--seed", "1.5"], MISUSED, "'1.5'"),
    (["verify", "--seed", "9" * 5_000], MISUSED, "99999'..."),
    (["verify", "--rounds", "0"], MISUSED, "from 1"),
    (["verify", "--examples", "0"], MISUSED, "from 1"),
    (["verify", "--budget", "3"], MISUSED, "500ms, 30s or 2m"),
    (["verify", "--budget", "3h"], MISUSED, "'3h'"),
    (["verify", "--budget", "0s"], MISUSED, "above zero"),
    (["verify", "--budget", "-1s"], MISUSED, "'-1s'"),
    (["verify", "--budget", "1e9s"], MISUSED, "'1e9s'"),
    (["verify", "--budget", ESCAPE], MISUSED, r"\x1b[31m"),
    (["verify", SHELF, "--property", "isolated"], MISUSED, "'isolated'"),
    (["verify", SHELF, "--require", ESCAPE], MISUSED, r"\x1b[31m"),
    (["verify", SHELF, "--property", "useful", "--require", "isolation"], MISUSED, "isolation"),
    (["verify", "shelf"], MISUSED, "MODULE:FACTORY"),
    (["verify", "shelf:"], MISUSED, "MODULE:FACTORY"),
    (["verify", ":shelf"], MISUSED, "MODULE:FACTORY"),
    (["verify", "a:b:c"], MISUSED, "MODULE:FACTORY"),
    (["verify", "a.b/c:d"], MISUSED, "MODULE:FACTORY"),
    (["verify", ESCAPE], MISUSED, r"\x1b[31m"),
    (["verify", LONG], MISUSED, "xxx"),
    (["verify", "no_such_module:shelf"], CANNOT_RUN, "no_such_module"),
    (["verify", "tests.cli.test_bad_input:nothing"], CANNOT_RUN, "'nothing'"),
    (["verify", "tests.cli.shelves:NOT_CALLABLE"], CANNOT_RUN, "type `str`"),
    (["verify", "tests.cli.shelves:raises"], CANNOT_RUN, "ValueError: no shelf today"),
    (["verify", "tests.cli.shelves:leaves"], CANNOT_RUN, "SystemExit"),
    (
        ["verify", "tests.cli.shelves:is_cancelled"],
        CANNOT_RUN,
        "did not make a service: CancelledError: no shelf any more",
    ),
    (["verify", "tests.cli.shelves:fails_a_test"], CANNOT_RUN, "did not make a service: Failed: no shelf passes"),
    (["verify", "tests.cli.shelves:is_closed"], CANNOT_RUN, "did not make a service: GeneratorExit"),
    (["verify", "tests.cli.shelves:CancelledShelf"], CANNOT_RUN, "cannot be read: CancelledError: nobody reads on"),
    (["verify", "tests.cli.shelves:cancelled"], CANNOT_RUN, "to make a service with: CancelledError"),
    (["verify", "tests.cli.shelves:NoService"], CANNOT_RUN, "populate, call, observe"),
    (["verify", "tests.cli.shelves:UndeclaredShelf"], CANNOT_RUN, "`operations`"),
    (["verify", "tests.cli.shelves:UnreadableShelf"], CANNOT_RUN, "no label"),
    (["verify", "tests.cli.shelves:MisspelledShelf", *ONCE], CANNOT_RUN, "'tennant'; a caller is `tenant` or"),
    (["verify", "tests.cli.shelves:HomelessShelf", *ONCE], CANNOT_RUN, "another project than the world's: expected"),
    (["verify", "tests.cli.shelves:UnbuiltShelf", *ONCE], CANNOT_RUN, r"no wood \x1b[31m"),
    (["verify", "fallen:shelf"], CANNOT_RUN, "ZeroDivisionError"),
    (["verify", "left:shelf"], CANNOT_RUN, "SystemExit"),
    (["verify", "cancelled:shelf"], CANNOT_RUN, "cannot be imported: CancelledError"),
    (["verify", SHELF, "--json", "nowhere/result.json"], MISUSED, "nowhere/result.json"),
    (["verify", SHELF, "--json", "."], MISUSED, "folder"),
    (["verify", SHELF, "--json", "a\0b"], MISUSED, r"a\x00b"),
    (["verify", SHELF, "--json", LONG], MISUSED, "xxx"),
    (["verify", SHELF, "--save", "call.json"], MISUSED, "call.json"),
    (["verify", SHELF, "--save", "a\0b"], MISUSED, r"a\x00b"),
    (["drill", "now"], MISUSED, "now"),
    (["drill", "--json", "nowhere/result.json"], MISUSED, "nowhere/result.json"),
    (["replay"], MISUSED, "FILE"),
    (["replay", "nowhere.json"], MISUSED, "nowhere.json"),
    (["replay", "."], MISUSED, "directory"),
    (["replay", ESCAPE], MISUSED, r"\x1b[31m"),
    (["replay", "a\0b"], MISUSED, r"a\x00b"),
    (["mutate", "merge", "nowhere.json"], MISUSED, "nowhere.json"),
    (["gate", "--full"], MISUSED, "begin with `[tool.guards.gate]`"),
    (["replay", "call.json", "--json", "call.json"], MISUSED, "a file that the command reads"),
    (["replay", "noise"], CANNOT_RUN, "not one JSON document"),
    (["replay", "call.json"], CANNOT_RUN, "guards.trace/"),
    (["rehearse"], MISUSED, "REQUEST"),
    (["rehearse"], MISUSED, "`guards rehearse --help`"),
    (["verfy"], MISUSED, "Did you mean 'verify'? Try `guards --help`."),
    (["rehearse", "call.json"], MISUSED, "--inventory"),
    (arguments(request="nowhere.json"), MISUSED, "nowhere.json"),
    (arguments(request="."), MISUSED, "directory"),
    (arguments(request="noise"), MISUSED, "utf_16_or_32"),
    (arguments(request="large"), MISUSED, "1048576"),
    (arguments(request="null.json"), MISUSED, "null_value"),
    (arguments(request="blank.json"), MISUSED, "blank"),
    (arguments(request="-", **{"--inventory": "-"}), MISUSED, "standard input"),
    (arguments(**{"--as": "root"}), MISUSED, "'root'"),
    (arguments(**{"--as": ""}), MISUSED, "operator"),
    (arguments(**{"--as": "tenant"}), MISUSED, "tenant:ORGANIZATION"),
    (arguments(**{"--as": "tenant:"}), MISUSED, "blank"),
    (arguments(**{"--as": "tenant: acme"}), MISUSED, "' acme'"),
    (arguments(**{"--as": "operator:acme"}), MISUSED, "operator"),
    (arguments(**{"--as": ESCAPE}), MISUSED, r"\x1b[31m"),
    (arguments(**{"--inventory": "nowhere.csv"}), MISUSED, "nowhere.csv"),
    (arguments(**{"--inventory": "folder.csv"}), MISUSED, "directory"),
    (arguments(**{"--inventory": "noise"}), MISUSED, "--format"),
    (arguments(**{"--inventory": "fleet.csv.gz"}), MISUSED, "'fleet.csv.gz' is packed: unpack it on the way"),
    (arguments(**{"--inventory": "namesakes.jsonl"}), MISUSED, "line 3: `project` is 'web', which is a project of"),
    (arguments(**{"--inventory": "namesakes.jsonl"}), MISUSED, "'acme' on line 1"),
    (arguments(**{"--inventory": "noise", "--format": "xml"}), MISUSED, "'xml'"),
    (arguments(**{"--inventory": "noise", "--format": "jsonl"}), MISUSED, "line 1"),
    (arguments(**{"--inventory": "fleet.jsonl", "--format": "csv"}), MISUSED, "line 1"),
    (arguments(**{"--inventory": "twice.jsonl"}), MISUSED, "line 2"),
    (arguments(**{"--limits": "nowhere.toml"}), MISUSED, "nowhere.toml"),
    (arguments(**{"--limits": "noise"}), MISUSED, ".toml or a .json"),
    (arguments(**{"--limits": "list.json"}), MISUSED, "object"),
    (arguments(**{"--limits": "half.toml"}), MISUSED, "`max_percent`"),
    (arguments(**{"--limits": "more.toml"}), MISUSED, "'max_age'"),
    (arguments(**{"--limits": "null.json"}), MISUSED, "max_"),
    (arguments(**{"--limits": "true.json"}), MISUSED, "True"),
    (arguments(**{"--limits": "text.json"}), MISUSED, "max_count"),
    (arguments(**{"--limits": "below.toml"}), MISUSED, "-1"),
    (arguments(**{"--limits": "above.toml"}), MISUSED, "101"),
    (arguments(**{"--limits": "repeated.json"}), MISUSED, "twice"),
    (arguments(**{"--limits": "deep.json"}), MISUSED, "deep.json"),
    (arguments(**{"--limits": "huge.json"}), MISUSED, "huge.json"),
    (arguments(**{"--limits": "long.toml"}), MISUSED, "more than 4096 bytes"),
    (arguments(**{"--limits": "endless.json"}), MISUSED, "max_count must be 0 to 9223372036854775807"),
    (arguments(**{"--limits": "endless.toml"}), MISUSED, "max_count must be 0 to 9223372036854775807"),
    (arguments(**{"--limits": "broken.toml"}), MISUSED, "broken.toml"),
    (arguments(**{"--limits": "latin.toml"}), MISUSED, "latin.toml"),
    (arguments(**{"--json": "nowhere/result.json"}), MISUSED, "nowhere/result.json"),
    (arguments(**{"--json": "call.json"}), MISUSED, "'call.json': that is a file that the command reads"),
    (arguments(**{"--json": "./fleet.jsonl"}), MISUSED, "a file that the command reads"),
    (arguments(**{"--json": "limits.toml"}), MISUSED, "a file that the command reads"),
]

FILES = {
    "noise": b"\xff\xfe\x00\x1b[31m",
    "large": b" " * (1024 * 1024 + 1),
    "null.json": json.dumps({**CALL, "resource_ids": None}).encode(),
    "blank.json": json.dumps({**CALL, "organization_id": " "}).encode(),
    "twice.jsonl": as_json_lines([row("lb-1"), row("lb-1")]).encode(),
    "namesakes.jsonl": as_json_lines(
        [row("lb-1", project="web"), row("lb-2", project="web"), row("lb-3", organization="birch", project="web")]
    ).encode(),
    "half.toml": b"max_count = 3\n",
    "more.toml": b"max_count = 3\nmax_percent = 3\nmax_age = 3\n",
    "below.toml": b"max_count = -1\nmax_percent = 3\n",
    "above.toml": b"max_count = 1\nmax_percent = 101\n",
    "broken.toml": b"max_count = \n",
    "latin.toml": b"max_count = 1 # \xe9\n",
    "list.json": b"[3, 100]",
    "true.json": b'{"max_count": true, "max_percent": 3}',
    "text.json": b'{"max_count": "3", "max_percent": 3}',
    "repeated.json": b'{"max_count": 3, "max_percent": 3, "max_count": 300}',
    "deep.json": b"[" * 4_000,
    "huge.json": b'{"max_count": ' + b"9" * 4_000 + b', "max_percent": 3}',
    "long.toml": b"a." * 30_000 + b"a = 1",
    "endless.json": b'{"max_count": ' + b"9" * 4_000 + b', "max_percent": 3}',
    "endless.toml": b"max_count = 0x" + b"f" * 4_000 + b"\nmax_percent = 3\n",
    "fallen.py": b"1 / 0\n",
    "left.py": b"raise SystemExit(0)\n",
    "cancelled.py": b"import asyncio\nraise asyncio.CancelledError\n",
}


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the commands run."""
    lay_out(tmp_path)
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "folder.csv").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(("typed", "code", "words"), TYPED, ids=[" ".join(row[0])[:60] for row in TYPED])
def test_bad_input_gets_its_exit_code_and_one_message_with_the_value(
    guards: Guards, desk: Path, typed: list[str], code: int, words: str
) -> None:
    before = {path.name for path in desk.iterdir()} | {"__pycache__"}
    ran = guards(*typed)
    assert ran.code == code, ran.err
    assert words in " ".join(ran.err.split()), ran.err
    assert ran.out == ""
    assert "Traceback" not in ran.err
    message = [line for line in ran.err.splitlines() if not line.startswith("guards: round")]
    assert [line for line in message if line.startswith("guards: ")] == message[:1]
    assert len(ran.err) < 1_500
    assert {path.name for path in desk.iterdir()} <= before
    assert is_plain(ran.err)


def is_plain(text: str) -> bool:
    """Whether there is nothing in the text that a terminal would obey."""
    return text.isascii() and text.replace("\n", "").isprintable()


def test_an_escape_is_not_plain() -> None:
    assert not is_plain(f"guards: {ESCAPE}")


def test_every_command_has_rows_here() -> None:
    assert {typed[0] for typed, _, _ in TYPED} >= {"verify", "drill", "replay", "rehearse"}


@pytest.mark.parametrize("command", [("verify", "--rounds", "1"), ("drill",)], ids=lambda words: words[0])
@pytest.mark.parametrize(
    "held",
    ["theirs\n", '{"schema": "guards.ratchet/1"}', '{"schema": "guards.trace/1"}'],
    ids=["text", "ratchet", "trace"],
)
def test_a_result_takes_the_place_of_nothing_but_a_result(
    guards: Guards, tmp_path: Path, command: tuple[str, ...], held: str
) -> None:
    kept = tmp_path / "kept.json"
    kept.write_text(held)
    ran = guards(*command, "--json", str(kept))
    assert (ran.code, "that file holds something else" in " ".join(ran.err.split())) == (2, True)
    assert kept.read_text() == held


def test_a_folder_that_is_not_there_is_named(guards: Guards, tmp_path: Path) -> None:
    ran = guards("drill", "--json", str(tmp_path / "nowhere" / "drill.json"))
    assert (ran.code, "there is no folder" in " ".join(ran.err.split())) == (2, True)


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1"])
def test_a_result_goes_into_a_pipe(name: str) -> None:
    command = [sys.executable, "-m", "guards.cli", "verify", SHELF, *ONCE, "--seed", "1", "--json", name]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert '"schema": "guards.verify/1"' in ran.stdout, ran.stderr
