"""Tiny projects for the lab to break, each written into a folder of its own: somebody's volumes in a dict.

The guard is one function in `volumes.py`; `service.py` is what the kit needs to know of it.
"""

from __future__ import annotations

from pathlib import Path

from guards.mutation.mutant import Mutant
from guards.mutation.outcome import Subject

VOLUMES = '''"""Volumes in a dict, and who may delete which."""


class NotFound(Exception):
    """There is no such volume, or it is somebody else's."""


def may_delete(volumes, tenant, volume):
    if tenant is None or not isinstance(volume, str):
        return False
    return volumes.get(volume) == tenant


def note(log, volume):
    """Somebody wanted it; nobody looks at the note."""
    log.append(volume)


class VolumesApi:
    def __init__(self):
        self.volumes = {}
        self.log = []

    def delete(self, tenant, volume):
        note(self.log, volume)
        if not may_delete(self.volumes, tenant, volume):
            raise NotFound(volume)
        del self.volumes[volume]


def never_called(volume: bool) -> bool:
    return not volume
'''

# The same with two barriers: what decides, which has checks, and a second look where it is done.
TWICE = VOLUMES.replace(
    """def may_delete(volumes, tenant, volume):
    if tenant is None or not isinstance(volume, str):
        return False
    return volumes.get(volume) == tenant
""",
    """def is_a_call(volumes, tenant, volume):
    return tenant is not None and isinstance(volume, str)


def is_its_owners(volumes, tenant, volume):
    return volumes.get(volume) == tenant


CHECKS = (
    is_a_call,
    is_its_owners,
)


def may_delete(volumes, tenant, volume):
    return all(check(volumes, tenant, volume) for check in CHECKS)
""",
).replace(
    "        del self.volumes[volume]",
    "        if tenant is None or self.volumes.get(volume) != tenant:\n            raise NotFound(volume)\n"
    "        del self.volumes[volume]",
)

BARRIERS = """
[[tool.guards.mutate.barriers.decision]]
file = "volumes.py"
before = "        if not may_delete(self.volumes, tenant, volume):\\n"
after = "        if volume not in self.volumes:\\n"

[[tool.guards.mutate.barriers.second-look]]
file = "volumes.py"
before = "        if tenant is None or self.volumes.get(volume) != tenant:\\n"
after = "        if False:\\n"
"""

ENTRY = """id = "owner-forgotten"
title = "Nobody asks whose volume it is"
story = '''
Elsewhere, somebody forgot.
Here, both barriers forget.
'''
link = "https://acme.example/post-mortem"
class = "tenant-binding-missing"
one_call = true
properties = ["isolation"]

[[edits]]
file = "volumes.py"
before = "    return volumes.get(volume) == tenant"
after = "    return volume in volumes"

[[edits]]
file = "volumes.py"
before = "tenant is None or self.volumes.get(volume) != tenant"
after = "volume not in self.volumes"
"""

SERVICE = """from guards.testing import TENANT, Operation, accepted, resource

from volumes import NotFound, VolumesApi


class Volumes:
    operations = (Operation("delete", caller=TENANT, fields={"volume": resource("volume")}),)
    refusals = (NotFound, TypeError)

    def __init__(self):
        self.api = VolumesApi()

    def populate(self, world):
        self.api.volumes = {volume.id: volume.organization.id for volume in world.resources}
        return world.ids()

    def call(self, caller, operation, fields):
        self.api.delete(caller, **fields)
        return accepted()

    def observe(self):
        return {volume: (owner, "live") for volume, owner in self.api.volumes.items()}
"""

TESTS = """from volumes import VolumesApi, note


def test_a_note_is_taken():
    log = []
    note(log, "v-1")
    assert log == ["v-1"]


def test_an_owner_may_delete():
    api = VolumesApi()
    api.volumes = {"v-1": "acme"}
    api.delete("acme", "v-1")
    assert api.volumes == {}
"""

SETTINGS = """[tool.guards.mutate]
service = "service:Volumes"
paths = ["volumes.py"]
"""


def write(root: Path, *, tests: str = "", volumes: str = VOLUMES, service: str = SERVICE) -> Path:
    """The project, in this folder; with its own tests if they are given."""
    said = SETTINGS + ('tests = ["test_volumes.py"]\n' if tests else "")
    (root / "pyproject.toml").write_text(said + '[tool.pytest.ini_options]\npythonpath = ["."]\n')
    (root / "volumes.py").write_text(volumes)
    (root / "service.py").write_text(service)
    if tests:
        (root / "test_volumes.py").write_text(tests)
    return root


def write_twice(root: Path) -> Path:
    """The project with two barriers, which it names, and a catalogue of one entry."""
    write(root, volumes=TWICE)
    settings = root / "pyproject.toml"
    settings.write_text(settings.read_text() + BARRIERS)
    (root / "mutation" / "catalogue").mkdir(parents=True)
    (root / "mutation" / "catalogue" / "owner-forgotten.toml").write_text(ENTRY)
    return root


def subject(before: str, after: str, *, volumes: str = VOLUMES, id: str = "") -> Subject:
    """The guard with one text replaced."""
    assert volumes.count(before) == 1
    changed = volumes.replace(before, after)
    line = volumes[: volumes.index(before)].count("\n") + 1
    place = (line, 0)
    name = id or after.strip()
    return Subject(
        Mutant(name, "safety", "by-hand", "volumes.py", place, place, "", before, after, (("volumes.py", changed),), "")
    )
