"""The lab on tiny projects: what is caught, missed or never entered, what breaches, and what makes it judge nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from guards.mutation import lab
from guards.mutation.experiment import BaselineError, Experiment, Findings
from guards.mutation.lab import run
from guards.mutation.outcome import Subject
from guards.mutation.sandbox import Sandbox
from guards.results import MutantOutcome, MutantResult
from tests.mutation.projects import SERVICE, TESTS, VOLUMES, subject, write

OWNER_FORGOTTEN = subject("return volumes.get(volume) == tenant", "return volume in volumes")
NOBODY_MAY = subject("return volumes.get(volume) == tenant", "return False")
NO_NOTE = subject("log.append(volume)", "log.clear()")
NEVER_CALLED = subject("return not volume", "return volume")
NOTHING_NEW = subject("return not volume", "return (not volume)")
NO_IMPORT = subject("class NotFound(Exception)", "class NotFound(Missing)")
CRASHES = subject("volumes.get(volume) == tenant", "volumes.size(volume) == tenant")
HANGS = subject("    log.append(volume)", "    while True:\n        pass")
LEAVES = subject("    log.append(volume)", "    import os\n    os._exit(0)")
AN_ENTRY = replace(subject("log.append(volume)", "log.sort()"), expected=("isolation",))
ALL = (OWNER_FORGOTTEN, NOBODY_MAY, NO_NOTE, NEVER_CALLED, NOTHING_NEW, NO_IMPORT, CRASHES, LEAVES, AN_ENTRY)


def experiment(root: Path, *, tests: bool | tuple[str, ...] = False, **changes: object) -> Experiment:
    usual: dict[str, object] = {"tests": ("test_volumes.py",) if tests is True else tests or ()}
    return Experiment(root, "service:Volumes", ("volumes.py",), configuration="pyproject.toml", **usual | changes)


def by_id(found: Findings) -> dict[str, MutantResult]:
    return {result.id: result for result in found.mutants}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Findings:
    """Everything at once, with the project's own tests."""
    root = write(tmp_path_factory.mktemp("tested"), tests=TESTS)
    return run(experiment(root, tests=True), ALL)


def outcome(found: Findings, one: Subject) -> tuple[str, str | None]:
    result = by_id(found)[one.mutant.id]
    return result.outcome.value, result.kill


def test_a_forgotten_owner_is_caught_by_the_kit_and_breaches(found: Findings) -> None:
    result = by_id(found)[OWNER_FORGOTTEN.mutant.id]
    assert (result.outcome, result.kill) == (MutantOutcome.CAUGHT, "assertion")
    assert result.breaches
    assert result.breach is not None
    assert result.breach.objects >= 1


def test_a_guard_that_refuses_everything_is_caught_and_breaches_nothing(found: Findings) -> None:
    result = by_id(found)[NOBODY_MAY.mutant.id]
    assert (result.outcome, result.kill, result.by) == (MutantOutcome.CAUGHT, "assertion", "useful")
    assert not result.breaches


def test_what_the_kit_cannot_see_goes_to_the_projects_own_tests(found: Findings) -> None:
    result = by_id(found)[NO_NOTE.mutant.id]
    assert (result.outcome, result.kill) == (MutantOutcome.CAUGHT, "assertion")
    assert result.by == "test_volumes.py::test_a_note_is_taken"


def test_an_entry_of_the_catalogue_must_be_noticed_by_the_kit_whatever_the_tests_say(found: Findings) -> None:
    result = by_id(found)[AN_ENTRY.mutant.id]
    assert (result.outcome, result.by, result.why) == (MutantOutcome.MISSED, "", "")


def test_what_nothing_enters_is_uncovered_rather_than_missed(found: Findings) -> None:
    assert outcome(found, NEVER_CALLED) == ("uncovered", None)


def test_a_survivor_comes_with_a_test_that_would_have_noticed(found: Findings) -> None:
    assert "answer = never_called(False)\n    assert answer is True\n" in by_id(found)[NEVER_CALLED.mutant.id].test


def test_a_survivor_that_nothing_can_notice_is_equivalent_and_says_why(found: Findings) -> None:
    result = by_id(found)[NOTHING_NEW.mutant.id]
    assert (result.outcome, result.test) == (MutantOutcome.EQUIVALENT, "")
    assert result.proof == "every input: both compile to the same code"


@pytest.fixture(scope="module")
def proved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Findings, list[tuple[str, Mapping[str, Any]]]]:
    """A run about a mutant that is entered and equivalent, and what its workers were asked to do, and with what."""
    asked: list[tuple[str, Mapping[str, Any]]] = []
    really = Sandbox.run

    def noted(sandbox: Sandbox, do: str, job: Mapping[str, Any], *rest: Any) -> Any:
        asked.append((do.rpartition(":")[2], job))
        return really(sandbox, do, job, *rest)

    entered = subject("return volumes.get(volume) == tenant", "return (volumes.get(volume) == tenant)")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Sandbox, "run", noted)
        return run(experiment(write(tmp_path_factory.mktemp("proved"))), [entered]), asked


def test_what_is_proved_to_be_equivalent_is_spared_the_machine(proved: Any) -> None:
    found, asked = proved
    assert found.mutants[0].outcome is MutantOutcome.EQUIVALENT
    assert [do for do, _ in asked].count("machine") == 3  # the canaries'


RENAMES = VOLUMES.replace(
    """        del self.volumes[volume]
""",
    """        del self.volumes[volume]

    def rename(self, tenant, volume):
        if not may_delete(self.volumes, tenant, volume) or self.volumes[volume] != tenant:
            raise NotFound(volume)
        self.renamed.add(volume)
""",
).replace("        self.log = []\n", "        self.log = []\n        self.renamed = set()\n")
RENAMING = (
    SERVICE.replace(
        '(Operation("delete"',
        '(Operation("rename", caller=TENANT, fields={"volume": resource("volume")}), Operation("delete"',
    )
    .replace("self.api.delete(caller", "getattr(self.api, operation)(caller")
    .replace('(owner, "live")', '(owner, "renamed" if volume in self.api.renamed else "live")')
    .replace("        return world.ids()", "        self.api.renamed = set()\n        return world.ids()")
)


@pytest.mark.parametrize(
    "owner",
    [
        "str(volumes.get(volume)).startswith(tenant)",
        "tenant.startswith(str(volumes.get(volume)))",
        "str(volumes.get(volume)).lower() == tenant.lower()",
    ],
)
def test_who_is_reached_by_one_operation_alone_is_reached_though_the_first_has_a_second_barrier(
    tmp_path: Path, owner: str
) -> None:
    tests = "from volumes import may_delete\n\n\ndef test_plainly():\n" + "".join(
        f"    assert not may_delete({{'v': {whose!r}}}, 'acme', 'v')\n" for whose in ("acme-2", "ac", "ACME")
    )
    careless = subject("volumes.get(volume) == tenant", owner, volumes=RENAMES)
    root = write(tmp_path, tests=tests, volumes=RENAMES, service=RENAMING)
    (result,) = run(experiment(root, tests=True), [careless]).mutants
    assert (result.outcome, result.breaches) == (MutantOutcome.CAUGHT, True)


def test_a_comment_is_tried_on_no_case_but_those_that_the_mutants_need(proved: Any) -> None:
    found, asked = proved
    tried = [len(job["numbers"]) for do, job in asked if do == "attacked" and job.get("writes")]
    assert 0 < sum(tried) < found.baseline.cases[0]


def test_a_failing_import_is_told_apart(found: Findings) -> None:
    assert outcome(found, NO_IMPORT) == ("caught", "import")


def test_a_crash_is_told_apart_from_what_a_property_says(found: Findings) -> None:
    assert outcome(found, CRASHES) == ("caught", "crash")


def test_a_worker_that_leaves_says_nothing_about_its_mutant(found: Findings) -> None:
    result = by_id(found)[LEAVES.mutant.id]
    assert result.outcome is MutantOutcome.BROKEN
    assert "exit 0" in result.why


def test_lines_that_no_case_and_no_test_entered_are_told(found: Findings) -> None:
    line = VOLUMES.splitlines().index("    return not volume") + 1
    assert found.unentered == {"volumes.py": [line]}


def test_lines_are_told_by_the_properties_whose_cases_entered_them(found: Findings) -> None:
    reached = found.reached["volumes.py"]
    source = VOLUMES.splitlines()
    wanted = ("    return volumes.get(volume) == tenant", "raise NotFound(volume)", "del self.volumes[volume]")
    rule, refused, deleted, never = (
        next(number for number, text in enumerate(source, 1) if line in text) for line in (*wanted, "return not volume")
    )
    passed = {name: {rule, refused, deleted}.intersection(lines) for name, lines in reached.items()}
    assert passed["isolation"] == passed["noninterference"] == {rule, refused, deleted}
    assert passed["useful"] == passed["exact-effects"] == {rule, deleted}
    assert passed["malformed-refused"] == passed["refusal-inert"] == {rule, refused}
    assert not any(never in lines for lines in reached.values())


def test_a_mutant_that_the_kit_noticed_says_after_how_many_calls(found: Findings) -> None:
    results = by_id(found)
    assert (results[NOBODY_MAY.mutant.id].calls, results[NO_IMPORT.mutant.id].calls) == (1, 0)
    assert results[NO_NOTE.mutant.id].calls is None


def test_results_stand_in_the_order_of_their_subjects(found: Findings) -> None:
    assert [result.id for result in found.mutants] == [one.mutant.id for one in ALL]


def test_the_canaries_are_told(found: Findings) -> None:
    warm = ["lethal to a test, where all else is loaded", "lethal, where all else is loaded"]
    assert [canary.partition(":")[0] for canary in found.canaries] == [*warm, "lethal", "no-op"]


def test_outcomes_are_the_same_where_everything_is_read_anew_for_each_mutant(found: Findings, tmp_path: Path) -> None:
    cold = run(experiment(write(tmp_path, tests=TESTS), tests=True, may_be_warm=False), ALL)
    assert [canary.partition(":")[0] for canary in cold.canaries] == ["lethal", "no-op"]
    assert [replace_costs(one) for one in cold.mutants] == [replace_costs(one) for one in found.mutants]


def replace_costs(result: MutantResult) -> MutantResult:
    return result.model_copy(update={"cpu": 0.0})


def warm(found: Findings) -> list[str]:
    return [canary.partition(":")[0] for canary in found.canaries if "loaded" in canary]


BUSY = {
    "a-thread": "import threading\n\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n",
    "a-thread-that-is-waited-for": "import threading\n\nthreading.Thread(target=threading.Event().wait).start()\n",
    "a-process": "import subprocess\n\nsubprocess.Popen(['sleep', '60'])\n",
    "a-file-open-for-writing": "import tempfile\n\nlog = tempfile.TemporaryFile()\n",
    "an-end": "import os\n\nif 'warm-' in os.getcwd():\n    os._exit(1)\n",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", BUSY)
def test_a_project_that_cannot_be_forked_once_it_is_loaded_is_read_anew_for_each_mutant(
    tmp_path: Path, name: str
) -> None:
    root = write(tmp_path, tests=f"{BUSY[name]}\n\n{TESTS}", service=f"{BUSY[name]}\n\n{SERVICE}")
    found = run(experiment(root, tests=True), [OWNER_FORGOTTEN, NOBODY_MAY, NO_NOTE, NEVER_CALLED])
    assert warm(found) == []
    assert [one.outcome.value for one in found.mutants] == ["caught", "caught", "caught", "uncovered"]


def test_what_is_loaded_beforehand_is_loaded_as_a_worker_would_in_a_folder_of_its_own(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    careless = "from pathlib import Path\n\nPath('app.log').write_text('')\nPath.home().joinpath('.app').touch()\n"
    root = write(tmp_path, service=f"{careless}\n\n{SERVICE}")
    files = {path.name for path in root.iterdir()}
    assert warm(run(experiment(root), [OWNER_FORGOTTEN])) == ["lethal, where all else is loaded"]
    assert {path.name for path in root.iterdir()} == files
    assert not any(home.iterdir())


def test_what_has_run_on_import_is_read_anew(tmp_path: Path) -> None:
    asked = "    return volumes.get(volume) == tenant\n"
    ruled = (
        asked.replace("return ", "return not STRICT or ") + "\n\ndef rule():\n    return 1 < 2\n\n\nSTRICT = rule()\n"
    )
    strict = VOLUMES.replace(asked, ruled)
    found = run(experiment(write(tmp_path, volumes=strict)), [subject("1 < 2", "1 > 2", volumes=strict)])
    assert warm(found) == ["lethal, where all else is loaded"]
    assert found.mutants[0].breaches


def test_what_is_loaded_once_more_reads_as_its_mutant(tmp_path: Path) -> None:
    head = "    def __init__(self):\n"
    reload = "        import importlib\n\n        import volumes\n\n        importlib.reload(volumes)\n"
    taken = "        globals().update(VolumesApi=volumes.VolumesApi, NotFound=volumes.NotFound)\n"
    refused = "        Volumes.refusals = (volumes.NotFound, TypeError)\n"
    again = SERVICE.replace(head, head + reload + taken + refused)
    found = run(experiment(write(tmp_path, service=again)), [OWNER_FORGOTTEN])
    assert warm(found) == ["lethal, where all else is loaded"]
    assert found.mutants[0].breaches


@pytest.mark.slow
@pytest.mark.parametrize("warmth", [True, False])
def test_tests_that_are_far_notice_what_the_near_ones_do_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warmth: bool
) -> None:
    monkeypatch.setattr(lab, "NEAR_TESTS", 1)
    monkeypatch.setattr(lab, "NEAR_FILES", 1)
    unseeing = "from volumes import note\n\n\ndef test_a_note_is_taken_somehow():\n    note([], 'v-1')\n"
    root = write(tmp_path, tests=unseeing)
    (root / "test_zones.py").write_text(TESTS)
    asked = experiment(root, tests=("test_volumes.py", "test_zones.py"), may_be_warm=warmth)
    found = run(asked, [NO_NOTE, OWNER_FORGOTTEN, NOBODY_MAY, CRASHES])
    assert found.mutants[0].by == "test_zones.py::test_a_note_is_taken"


@pytest.mark.slow
def test_what_grows_old_once_it_is_loaded_judges_nothing(tmp_path: Path) -> None:
    fleeting = "import time\n\nSTARTED = time.monotonic()\n\n\n"
    holds = (
        "\n\ndef test_a_token_of_ours_still_holds():\n    note([], 'v-1')\n    assert time.monotonic() < STARTED + 6\n"
    )
    tests = fleeting + TESTS + holds
    slow = subject("    log.append(volume)", "    import time\n    time.sleep(9)")
    with pytest.raises(BaselineError, match="flaky"):
        run(experiment(write(tmp_path, tests=tests), tests=True), [slow, NO_NOTE, OWNER_FORGOTTEN, NOBODY_MAY])


def test_a_function_that_was_put_in_the_place_of_another_is_read_anew(tmp_path: Path) -> None:
    copied = "\n\ncode = may_delete.__code__\nmay_delete = type(may_delete)(code.replace(co_name='asked'), globals())\n"
    put_aside = VOLUMES.replace("\n\ndef note(", f"{copied}\n\ndef note(")
    root = write(tmp_path, volumes=put_aside)
    forgotten = subject("return volumes.get(volume) == tenant", "return volume in volumes", volumes=put_aside)
    found = run(experiment(root), [forgotten])
    assert warm(found) == ["lethal, where all else is loaded"]
    assert found.mutants[0].breaches


def test_a_module_that_is_imported_by_a_call_is_changed_all_the_same(tmp_path: Path) -> None:
    at_once, made = "from volumes import NotFound, VolumesApi\n", "        self.api = VolumesApi()\n"
    later = "        import volumes\n\n        volumes.NotFound = NotFound\n        self.api = volumes.VolumesApi()\n"
    lazy = SERVICE.replace(at_once, "class NotFound(Exception):\n    pass\n").replace(made, later)
    found = run(experiment(write(tmp_path, service=lazy)), [OWNER_FORGOTTEN, NOBODY_MAY])
    assert warm(found) == ["lethal, where all else is loaded"]
    assert [(one.outcome.value, one.breaches) for one in found.mutants] == [("caught", True), ("caught", False)]


@pytest.mark.slow
def test_the_project_is_left_as_it_was(tmp_path: Path) -> None:
    root = write(tmp_path)
    before = {path.name: path.read_bytes() for path in root.iterdir()}
    run(experiment(root), [NOBODY_MAY])
    assert {path.name: path.read_bytes() for path in root.iterdir()} == before


@pytest.mark.slow
def test_without_tests_what_the_kit_cannot_see_is_missed(tmp_path: Path) -> None:
    found = run(experiment(write(tmp_path)), [NO_NOTE, OWNER_FORGOTTEN])
    assert [result.outcome.value for result in found.mutants] == ["missed", "caught"]


@pytest.mark.slow
def test_a_variant_that_hangs_is_caught_by_the_clock(tmp_path: Path) -> None:
    found = run(experiment(write(tmp_path)), [HANGS])
    assert outcome(found, HANGS) == ("caught", "timeout")


@pytest.mark.slow
def test_the_same_experiment_gives_the_same_outcomes(tmp_path: Path) -> None:
    root = write(tmp_path, tests=TESTS)
    subjects = (OWNER_FORGOTTEN, NO_NOTE, NEVER_CALLED)
    first, second = (run(experiment(root, tests=True, workers=2), subjects) for _ in range(2))
    assert [timeless(result) for result in first.mutants] == [timeless(result) for result in second.mutants]


def timeless(result: MutantResult) -> MutantResult:
    return result.model_copy(update={"cpu": 0.0})


# What judges nothing.


BROKEN_ALREADY = VOLUMES.replace("volumes.get(volume) == tenant", "volume in volumes")
FAILING_TEST = TESTS.replace('log == ["v-1"]', "log == []")
IDLE = SERVICE.replace("self.api.delete(caller, **fields)", "pass")
# The first worker of a nursery holds, and every later one falls over: its parent has buried a child by then.
FLAKY = VOLUMES.replace(
    "    log.append(volume)",
    "    import os\n    with open(f'/proc/{os.getppid()}/stat') as stat:\n"
    "        seen = stat.read().rpartition(')')[2].split()\n"
    "    if int(seen[8]):\n        raise RuntimeError('the second time here')\n    log.append(volume)",
)

IN_ORDER = (
    TESTS.replace("import VolumesApi", "import VolumesApi, never_called")
    + """

SEEN = []


def test_what_comes_first():
    note(SEEN, "v-1")


def test_what_comes_second():
    note([], "v-1")
    never_called("")
    assert SEEN
"""
)
SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    ("volumes", "service", "tests", "said"),
    [
        pytest.param(BROKEN_ALREADY, SERVICE, "", "(isolation|malformed-refused) is broken already", marks=SLOW),
        (VOLUMES, SERVICE, FAILING_TEST, "test_a_note_is_taken fails already"),
        pytest.param(VOLUMES, IDLE, "", "useful is broken already|had an effect", marks=SLOW),
        pytest.param(VOLUMES, "import nothing_such", "", "the service does not stand up", marks=SLOW),
        pytest.param(VOLUMES, SERVICE, "import nothing_such", "the tests say nothing unchanged", marks=SLOW),
        pytest.param(VOLUMES, SERVICE, "x = 1", "the tests say nothing unchanged", marks=SLOW),
        pytest.param(FLAKY, SERVICE, "", "flaky: nothing but a comment", marks=SLOW),
        (VOLUMES, SERVICE, IN_ORDER, "flaky: nothing but a comment .*::test_what_comes_second"),
    ],
    ids=["broken", "failing-test", "idle", "no-service", "no-collection", "no-tests", "flaky", "in-order"],
)
def test_a_baseline_that_does_not_hold_judges_nothing(
    tmp_path: Path, volumes: str, service: str, tests: str, said: str
) -> None:
    root = write(tmp_path, volumes=volumes, service=service, tests=tests)
    with pytest.raises(BaselineError, match=said):
        run(
            experiment(root, tests=bool(tests), workers=2),  # a place for each share, so that canaries come second
            [subject("    log.append(volume)", "    log.clear()", volumes=volumes)],
        )


@pytest.mark.slow
def test_seeds_are_judged_one_by_one(tmp_path: Path) -> None:
    found = run(experiment(write(tmp_path), seeds=(1, 2), workers=2), [OWNER_FORGOTTEN])
    assert [result.seeds for result in found.mutants] == [2]
    assert len(found.baseline.cases) == 2


@pytest.mark.slow
def test_a_property_that_is_left_out_notices_nothing(tmp_path: Path) -> None:
    subjects: Sequence[Subject] = [NOBODY_MAY]
    found = run(experiment(write(tmp_path), properties=("isolation",)), subjects)
    assert [result.outcome.value for result in found.mutants] == ["missed"]


@pytest.mark.slow
@pytest.mark.parametrize("file", ["volumes.py", "service.py", "test_volumes.py"])
def test_what_is_changed_meanwhile_leaves_every_later_mutant_without_a_verdict(tmp_path: Path, file: str) -> None:
    root = write(tmp_path, tests=TESTS)

    def watch(_result: MutantResult) -> None:
        (root / file).write_text((root / file).read_text() + "\n")

    found = run(experiment(root, tests=True), [NOBODY_MAY, OWNER_FORGOTTEN, CRASHES], watch)
    assert found.mutants[0].outcome is MutantOutcome.CAUGHT
    assert found.mutants[-1].outcome is MutantOutcome.BROKEN
    assert "was changed on disk" in found.mutants[-1].why


def test_a_project_that_is_a_pytest_plugin_is_tested_as_it_was_changed(tmp_path: Path) -> None:
    # pytest rewrites the modules of plugins as it imports them, and would read them from the disk for that
    root = write(tmp_path, tests=TESTS)
    made = root / "volumes-1.dist-info"
    made.mkdir()
    (made / "METADATA").write_text("Metadata-Version: 2.1\nName: volumes\nVersion: 1\n")
    (made / "entry_points.txt").write_text("[pytest11]\nvolumes = volumes_plugin\n")
    (made / "RECORD").write_text("volumes.py,,\nvolumes_plugin.py,,\n")
    (root / "volumes_plugin.py").write_text("import volumes\n")
    job = {"root": str(root), "tests": ["test_volumes.py"], "configuration": "", "only": None, "record": False}
    with Sandbox(root) as sandbox:
        ran = sandbox.run("guards.mutation.work:tests", job, dict(NO_NOTE.mutant.sources))
    failure = ran.said("tests")["failure"]
    assert failure is not None, "the tests ran on the original"
    assert failure["by"] == "test_volumes.py::test_a_note_is_taken"


NOTES = """def note(log, volume):
    if not isinstance(volume, str):
        return
    log.append(volume)
"""


def test_where_the_kit_sees_nothing_a_test_may_be_what_the_canary_dies_by(tmp_path: Path) -> None:
    root = write(tmp_path, tests=TESTS, volumes="from notes import note\n" + VOLUMES.replace("def note(", "def other("))
    (root / "notes.py").write_text(NOTES)
    with pytest.raises(BaselineError, match="functions that do nothing went unnoticed"):
        run(replace(experiment(root), files=("notes.py",)), [])
    found = run(replace(experiment(root, tests=True), files=("notes.py",)), [])
    assert [canary.partition(":")[0] for canary in found.canaries] == ["lethal", "no-op"]
