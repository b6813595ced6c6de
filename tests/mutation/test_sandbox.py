"""Whatever a worker does is bounded, named, and leaves neither the next worker nor the project's files any worse."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from guards.mutation.confine import landlock_version
from guards.mutation.sandbox import Bounds, Ran, Sandbox

SUBJECT = '''"""Read before it is changed."""

import atexit

LIMIT = 1


def decorated(function):
    return lambda: function() + LIMIT


@decorated
def answer():
    return 40


class Thing:
    size = LIMIT
'''

CONDUCT = '''"""Workers, well-behaved and otherwise."""

import os
import signal
import subprocess
import sys
import time


def behave(job, tell):
    import subject

    source = subject.__loader__.get_source("subject")
    tell({"answer": subject.answer(), "size": subject.Thing.size, "source": source})


def say_where(job, tell):
    open("scratch.txt", "w").write("kept nowhere")
    tell({"cwd": os.getcwd(), "loaded": sorted(sys.modules)})


def fork(job, tell):
    if os.fork() == 0:
        time.sleep(60)
        os._exit(0)
    tell({"forked": True})


def spawn(job, tell):
    child = subprocess.Popen(["sleep", "60"])
    tell({"child": child.pid})


def flee(job, tell):
    """A daemon: of another session, its parent gone, its output elsewhere."""
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.setsid()
            os.write(writer, str(os.getpid()).encode())
            time.sleep(60)
        os._exit(0)
    tell({"child": int(os.read(reader, 20))})


def write_elsewhere(job, tell):
    done = []
    for act in (
        lambda path: open(path, "a").write("changed"),
        lambda path: os.truncate(path, 0),
        lambda path: os.rename(path, path + ".old"),
        lambda path: os.unlink(path),
        lambda path: open(os.path.join(os.path.dirname(path), "new"), "w"),
        lambda path: os.symlink(path, path + ".link"),
        lambda path: os.mkdir(path + ".folder"),
        lambda path: subprocess.run(["sh", "-c", 'echo changed >> "$0"', path], check=True),
    ):
        try:
            act(job["place"])
            done.append("done")
        except (OSError, subprocess.CalledProcessError) as error:
            done.append(type(error).__name__)
    with open(os.devnull, "w") as nowhere:
        nowhere.write("that is allowed")
    tell({"done": done})


def shout(job, tell):
    for _ in range(64):
        print("x" * 65536)
        print("y" * 65536, file=sys.stderr)
    print("the last word")
    tell({"shouted": True})


def sleep(job, tell):
    tell({"doing": "sleep"})
    time.sleep(60)


def spin(job, tell):
    tell({"doing": "spin"})
    while True:
        pass


def note(job, tell):
    with open(os.path.join(job["place"], "pid"), "w") as file:
        file.write(str(os.getpid()))
    time.sleep(60)


def note_a_child(job, tell):
    child = subprocess.Popen(["sleep", "60"], start_new_session=True)
    with open(os.path.join(job["place"], "pid"), "w") as file:
        file.write(str(child.pid))
    time.sleep(60)


def scribble(job, tell):
    tell({"before": True})
    for descriptor in range(3, 20):
        try:
            os.write(descriptor, b"5\\n")
        except OSError:
            pass
    tell({"after": True})


def mumble(job, tell):
    tell({"why": "half a \\ud83d, a whole \\U0001f600"})


def leave(job, tell):
    tell({"doing": "leaving"})
    os._exit(0)


def exit_politely(job, tell):
    raise SystemExit(3)


def die(job, tell):
    os.kill(os.getpid(), signal.SIGKILL)


def stop_the_nursery(job, tell):
    os.kill(os.getppid(), signal.SIGSTOP)


def stop_the_nursery_and_wait(job, tell):
    os.kill(os.getppid(), signal.SIGSTOP)
    note(job, tell)


def take_the_nursery_along(job, tell):
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(60)


def eat(job, tell):
    tell({"doing": "eating"})
    food = []
    while True:
        food.append(bytearray(1 << 24))


def fill_the_disk(job, tell):
    with open("much", "wb") as file:
        while True:
            file.write(bytes(1 << 20))
'''

TIGHT = Bounds(cpu_seconds=5, wall_seconds=60, memory_bytes=1 << 30, file_bytes=1 << 20)
QUICK = {
    "spin": replace(TIGHT, cpu_seconds=1),
    "sleep": replace(TIGHT, wall_seconds=1),
    "stop_the_nursery_and_wait": replace(TIGHT, wall_seconds=1),
    "eat": replace(TIGHT, memory_bytes=512 << 20),
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("project")
    (root / "subject.py").write_text(SUBJECT)
    (root / "conduct.py").write_text(CONDUCT)
    return root


@pytest.fixture(scope="module")
def sandbox(project: Path) -> Iterator[Sandbox]:
    with Sandbox(project, bounds=TIGHT, with_kit=False) as opened:
        yield opened


def test_constants_decorators_and_class_bodies_take_effect_from_memory(sandbox: Sandbox) -> None:
    changed = SUBJECT.replace("LIMIT = 1", "LIMIT = 2")
    assert sandbox.run("conduct:behave", {}).said("answer") == 41
    ran = sandbox.run("conduct:behave", {}, {"subject.py": changed})
    assert (ran.said("answer"), ran.said("size"), ran.said("source")) == (42, 2, changed)
    assert sandbox.run("conduct:behave", {}).said("answer") == 41  # and are gone with their worker


def test_the_project_is_left_as_it_was(sandbox: Sandbox, project: Path) -> None:
    sandbox.run("conduct:behave", {}, {"subject.py": SUBJECT.replace("40", "50")})
    assert (project / "subject.py").read_text() == SUBJECT
    assert {path.name for path in project.iterdir()} == {"subject.py", "conduct.py"}


def test_a_worker_writes_to_its_own_folder_alone_where_the_system_can_see_to_it(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    place = tmp_path / "somebody's"
    place.write_text("kept")
    done = sandbox.run("conduct:write_elsewhere", {"place": str(place)}).said("done")
    if landlock_version():
        assert set(done) == {"PermissionError", "CalledProcessError"}
        assert [path.name for path in tmp_path.iterdir()] == [place.name]
        assert place.read_text() == "kept"
    else:
        assert "done" in done  # and the lab looks whether a file that it mutates was written to


def test_each_worker_stands_in_a_folder_of_its_own_that_is_gone_afterwards(sandbox: Sandbox, project: Path) -> None:
    places = [sandbox.run("conduct:say_where", {}).said("cwd") for _ in range(2)]
    assert places[0] != places[1]
    assert not any(Path(place).exists() or Path(place).is_relative_to(project) for place in places)


def test_a_worker_finds_the_tools_and_nothing_of_the_project(sandbox: Sandbox) -> None:
    loaded = set(sandbox.run("conduct:say_where", {}).said("loaded"))
    assert {"pytest", "hypothesis"} <= loaded
    assert {"subject", "guards.core", "guards.runtime", "guards.wire", "guards.reference"} & loaded == set()


@pytest.mark.parametrize(
    ("conduct", "ended"),
    [
        ("leave", "exit 0"),
        ("exit_politely", "exit 70"),
        ("die", "signal 9"),
        ("spin", "cpu"),
        ("sleep", "wall"),
        ("eat", "exit 70"),
        ("fill_the_disk", "exit 70"),
        ("take_the_nursery_along", "lost"),
        ("stop_the_nursery", "exit 0"),
        ("stop_the_nursery_and_wait", "wall"),
    ],
)
def test_misconduct_is_contained_and_named_and_the_rest_goes_on(
    sandbox: Sandbox, tmp_path: Path, conduct: str, ended: str
) -> None:
    job = {"writes": [str(tmp_path)], "place": str(tmp_path)}
    assert sandbox.run(f"conduct:{conduct}", job, bounds=QUICK.get(conduct)).ended == ended
    assert sandbox.run("conduct:behave", {}).said("answer") == 41


def test_a_nursery_that_is_stopped_for_good_is_lost_and_another_one_goes_on(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def deaf(nursery: subprocess.Popen[bytes], number: signal.Signals) -> None:
        if number is not signal.SIGCONT:
            os.killpg(nursery.pid, number)

    monkeypatch.setattr("guards.mutation.sandbox._tell", deaf)
    monkeypatch.setattr("guards.mutation.sandbox.LATE_SECONDS", 0.5)
    monkeypatch.setattr("guards.mutation.sandbox.END_SECONDS", 0.2)
    conduct, job = "stop_the_nursery_and_wait", {"writes": [str(tmp_path)], "place": str(tmp_path)}
    assert sandbox.run(f"conduct:{conduct}", job, bounds=QUICK[conduct]).ended == "lost"
    assert sandbox.run("conduct:behave", {}).said("answer") == 41


def test_what_a_worker_leaves_running_ends_with_it(sandbox: Sandbox) -> None:
    ran = sandbox.run("conduct:spawn", {})
    assert ran.ended == "exit 0"
    assert is_gone(ran.said("child"))
    assert sandbox.run("conduct:fork", {}).said("forked")


def test_a_daemon_that_fled_its_session_ends_with_its_worker(sandbox: Sandbox) -> None:
    ran = sandbox.run("conduct:flee", {})
    assert ran.ended == "exit 0"
    assert is_gone(ran.said("child"))


def test_when_the_lab_is_killed_its_workers_go_and_their_folders_too(project: Path) -> None:
    order = {"do": "conduct:note", "sources": {}, "writes": [str(project)], "place": str(project)}
    limits = {"cpu": 5, "wall": 60, "memory": 1 << 30, "file_size": 1 << 20}
    noted = project / "pid"
    with Sandbox(project, bounds=TIGHT, with_kit=False) as opened:
        nursery, scratch = opened._started()
        assert nursery.stdin is not None
        nursery.stdin.write(json.dumps({**order, **limits, "scratch": scratch}).encode() + b"\n")
        nursery.stdin.flush()
        while not (noted.exists() and noted.read_text()):
            time.sleep(0.02)
        nursery.stdin.close()  # as the system does for a process that is killed
        assert is_gone(int(noted.read_text()))
        assert nursery.wait(timeout=10) == 0
        assert not Path(scratch).exists()
    noted.unlink()


LAB = """
import sys
from pathlib import Path
from guards.mutation import sandbox
sandbox.WATCH_SECONDS = 60.0
root = Path(sys.argv[1])
with sandbox.Sandbox(root, with_kit=False) as opened:
    opened._started()
    print(opened._nursery.pid, flush=True)
    job = {"writes": [str(root)], "place": str(root)}
    opened.run("conduct:stop_the_nursery_and_wait", job)
"""


def test_when_the_lab_is_killed_a_nursery_that_a_mutant_stopped_goes_too(project: Path) -> None:
    noted = project / "pid"
    with subprocess.Popen([sys.executable, "-c", LAB, str(project)], stdout=subprocess.PIPE) as lab:
        assert lab.stdout is not None
        nursery = int(lab.stdout.readline())
        while not (noted.exists() and noted.read_text()):
            time.sleep(0.02)
        lab.kill()
    assert is_gone(nursery)
    assert is_gone(int(noted.read_text()))
    noted.unlink()


def worker_of(project: Path, run: threading.Thread) -> int:
    """The process that a run of `conduct:note` is, or that it waits for."""
    noted = project / "pid"
    run.start()
    while not (noted.exists() and noted.read_text()):
        time.sleep(0.02)
    pid = int(noted.read_text())
    noted.unlink()
    return pid


@pytest.mark.parametrize(
    ("end", "conduct"),
    [("ended", "note"), ("ended", "note_a_child"), ("killed", "note"), ("stopped", "note"), ("deaf", "note")],
    ids=str,
)
def test_a_sandbox_that_is_ended_while_a_worker_sleeps_leaves_nobody_asleep(
    project: Path, monkeypatch: pytest.MonkeyPatch, end: str, conduct: str
) -> None:
    job = {"writes": [str(project)], "place": str(project)}
    with Sandbox(project, bounds=TIGHT, with_kit=False) as opened:
        ran: list[Ran] = []
        run = threading.Thread(target=lambda: ran.append(opened.run(f"conduct:{conduct}", job)))
        worker = worker_of(project, run)
        assert opened._nursery is not None
        if end == "killed":
            os.kill(opened._nursery.pid, signal.SIGKILL)  # as a mutant may do
        else:
            if end == "stopped":
                os.kill(opened._nursery.pid, signal.SIGSTOP)
            if end == "deaf":
                monkeypatch.setattr("guards.mutation.sandbox._ask_to_end", lambda _: None)
                monkeypatch.setattr("guards.mutation.sandbox.END_SECONDS", 0.2)
            opened.kill()
        assert is_gone(worker)
        run.join(timeout=10)
        assert [one.ended for one in ran] == ["lost"]


def is_gone(pid: int) -> bool:
    """Whether the process is no more, or is about to be no more, and only waits to be buried."""
    for _ in range(100):
        try:
            os.kill(pid, 0)
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.02)
    return False


def test_of_megabytes_of_output_the_end_is_kept(sandbox: Sandbox) -> None:
    ran = sandbox.run("conduct:shout", {})
    assert ran.said("shouted")
    assert "the last word" in ran.output
    assert len(ran.output) <= 2_000


def test_what_was_told_before_the_end_is_not_lost(sandbox: Sandbox) -> None:
    assert sandbox.run("conduct:sleep", {}, bounds=QUICK["sleep"]).said("doing") == "sleep"


def test_what_a_mutant_writes_into_the_report_ends_it(sandbox: Sandbox) -> None:
    ran = sandbox.run("conduct:scribble", {})
    assert ran.said("before")
    assert ran.said("after") is None


def test_half_a_character_in_a_report_is_a_question_mark(sandbox: Sandbox) -> None:
    assert sandbox.run("conduct:mumble", {}).said("why") == "half a ?, a whole \U0001f600"


def test_a_module_that_is_loaded_already_cannot_be_changed_unnoticed(sandbox: Sandbox) -> None:
    import hypothesis

    ran = sandbox.run("conduct:behave", {}, {hypothesis.__file__: "1"})
    assert ran.ended == "exit 70"
    assert "was imported before it could be changed" in ran.output
