"""What is said of a mutant that nobody noticed: a test that notices, a proof that none can, or how far was looked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from guards.mutation.mutant import Mutant
from guards.mutation.sandbox import Sandbox
from guards.mutation.survivor import Distinguished, Equivalent, Undecided, Verdict, examine, module_of, wrapped

RULES = '''"""Who may delete which volume."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

NAMED_MAX = 5


class Role(Enum):
    OPERATOR = "operator"
    TENANT = "tenant"


class RuleError(Exception):
    code = "rule_broken"


class Id:
    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        if not text.isalnum():
            raise RuleError(text)
        self._text = text

    def __eq__(self, other: object) -> bool:
        return type(other) is Id and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self):
        return Id, (self._text,)


@dataclass(frozen=True)
class Caller:
    role: Role
    home: Id | None

    def __post_init__(self) -> None:
        if (self.role is Role.OPERATOR) != (self.home is None):
            raise RuleError("an operator has no home")


@dataclass(frozen=True)
class Volume:
    id: Id
    owner: Id
    project: Id | None
    size: int


def may_delete(caller: Caller, volume: Volume) -> bool:
    return caller.role is Role.OPERATOR or caller.home == volume.owner


def is_in(volume: Volume, project: Id) -> bool:
    return volume.project == project


def is_new(volume: Volume) -> bool:
    return volume.project is not None


def foreign(volumes: tuple[Volume, ...], owner: Id) -> list[Id]:
    return [volume.id for volume in volumes if volume.owner != owner]


def several(volumes: tuple[Volume, ...]) -> bool:
    return len(volumes) > 0


def told(names: tuple[str, ...]) -> str:
    rest = len(names) - NAMED_MAX
    return ", ".join(names[:NAMED_MAX]) + (f" and {rest} more" if rest > 0 else "")


def expect(size: int) -> int:
    if size < 0:
        raise RuleError("less than nothing")
    return size


def parts(volume: Volume) -> Iterator[str]:
    yield "volume"
    yield str(volume.size)


def far(first: str, second: str, third: str) -> bool:
    return hash((len(first), len(second), len(third))) == 7


class Token:
    """Says what it is made of, and equals nothing but itself."""

    def __init__(self, size: int) -> None:
        self.size = size

    def __reduce__(self):
        return Token, (self.size,)


def token(size: int) -> Token:
    return Token(size)


def left_alone(size: int) -> int:
    return size


def untyped(volume):
    return not volume
'''


SLOW = pytest.mark.slow


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    root = tmp_path_factory.mktemp("rules")
    (root / "rules.py").write_text(RULES)
    with Sandbox(root) as sandbox:
        yield sandbox


def mutant(function: str, before: str, after: str) -> Mutant:
    assert RULES.count(before) == 1, before
    line = RULES[: RULES.index(before)].count("\n") + 1
    changed = RULES.replace(before, after)
    place = (line, 0)
    return Mutant(
        "m-1",
        "safety",
        "by-hand",
        "rules.py",
        place,
        place,
        function,
        before,
        after,
        (("rules.py", changed),),
        "7e860ad7805d",
    )


def verdict(box: Sandbox, function: str, before: str, after: str) -> Verdict:
    one = mutant(function, before, after)
    return examine(box.run, one, {"rules.py": RULES}, dict(one.sources))


def noticing(box: Sandbox, function: str, before: str, after: str) -> str:
    found = verdict(box, function, before, after)
    assert isinstance(found, Distinguished), found
    return found.test


# A test that notices. That it passes on the original and fails on the mutant was tried, or it would not be here.


def test_a_test_is_printed_as_somebody_would_write_it(box: Sandbox) -> None:
    assert noticing(box, "expect", "size < 0", "size <= 0") == (
        "from rules import expect\n"
        "\n"
        "\n"
        "def test_expect_by_hand_7e860a() -> None:\n"
        "    # fails on m-1:\n"
        "    # size < 0 -> size <= 0\n"
        "    answer = expect(0)\n"
        "    assert answer == 0\n"
    )


def test_an_error_is_told_by_its_type_and_code(box: Sandbox) -> None:
    found = noticing(box, "expect", 'raise RuleError("less than nothing")', "pass")
    assert found.endswith(
        "    with pytest.raises(RuleError) as raised:\n"
        "        expect(-1)\n"
        "    assert raised.value.code == 'rule_broken'\n"
    )
    assert found.startswith("import pytest\n\nfrom rules import RuleError, expect\n")


@pytest.mark.parametrize(
    ("function", "before", "after", "holds"),
    [
        ("may_delete", " or caller.home == volume.owner", "", "owner=Id('a')"),
        pytest.param(
            "may_delete", "caller.home == volume.owner", "caller.home is not None", "home=Id('b')", marks=SLOW
        ),
        pytest.param(
            "is_in",
            "volume.project == project",
            "(volume.project is None or volume.project == project)",
            "project=None",
            marks=SLOW,
        ),
        ("foreign", "in volumes if", "in volumes[:1] if", "id=Id('b')"),
        pytest.param("several", "len(volumes) > 0", "len(volumes) > 1", "several((Volume(", marks=SLOW),
        pytest.param("told", "rest > 0", "rest >= 0", "' ', 'A'))", marks=SLOW),
        ("parts", "str(volume.size)", "str(0)", "tuple(parts("),
        ("Caller.__post_init__", "!= (self.home is None)", "!= (self.home is None and False)", "Caller("),
        pytest.param("Id.__eq__", "type(other) is Id and", "type(other) is not Id or", "Id.__eq__(", marks=SLOW),
        ("", "NAMED_MAX = 5", "NAMED_MAX = 6", "told("),
    ],
)
def test_what_differs_near_a_plain_input_is_found(
    box: Sandbox, function: str, before: str, after: str, holds: str
) -> None:
    assert holds in noticing(box, function, before, after)


def test_memory_without_end_is_an_error_like_any_other(box: Sandbox) -> None:
    after = "return size if size < 2 else len(bytes(1 << 40))"
    assert "left_alone(2)" in noticing(
        box, "left_alone", "    return size\n\n\ndef untyped", f"    {after}\n\n\ndef untyped"
    )


@pytest.mark.slow
def test_a_call_that_does_not_end_is_noticed(box: Sandbox) -> None:
    after = "    while size == 2:\n        pass\n    return size\n\n\ndef untyped"
    assert "left_alone(2)" in noticing(box, "left_alone", "    return size\n\n\ndef untyped", after)


# A proof.


def test_the_scope_of_a_proof_is_told(box: Sandbox) -> None:
    found = verdict(box, "foreign", "if volume.owner != owner", "if volume.owner is not None and volume.owner != owner")
    assert found == Equivalent("every input and record of exactly the declared types: `volume.owner` is Id, never None")


# Neither.


def test_what_was_looked_through_in_vain_is_no_proof(box: Sandbox) -> None:
    found = verdict(
        box, "far", "return hash((len(first), len(second), len(third))) == 7", "return len(first) == 1_234_567"
    )
    assert isinstance(found, Undecided)
    assert "answers alike, but for what errors say, on " in found.why
    assert "everything at distance" in found.why


def test_a_parameter_without_a_type_is_named(box: Sandbox) -> None:
    found = verdict(box, "untyped", "return not volume", "return volume")
    assert found == Undecided(
        "`untyped` cannot be called: no values are made for its parameter `volume`, which has no annotation"
    )


def test_a_test_that_fails_on_the_original_is_not_printed(box: Sandbox) -> None:
    found = verdict(box, "token", "return Token(size)", "return Token(size + 1)")
    assert found == Undecided("`token` differs, and a test of it failed unchanged and failed on the mutant")


def test_a_mutant_that_leaves_its_worker_is_no_proof(box: Sandbox) -> None:
    after = "    import os\n    os._exit(0)\n\n\ndef untyped"
    found = verdict(box, "left_alone", "    return size\n\n\ndef untyped", after)
    assert isinstance(found, Undecided)
    assert "exit 0" in found.why


def test_the_same_mutant_has_the_same_verdict_again(box: Sandbox) -> None:
    change = ("expect", "size < 0", "size <= 0")
    assert verdict(box, *change) == verdict(box, *change)


# As text.


def test_a_long_call_has_an_argument_a_line() -> None:
    long = "x" * 60
    assert wrapped(f"f('{long}', (1, '{long}'), n=2)", 4) == (
        f"f(\n        '{long}',\n        (1, '{long}'),\n        n=2,\n    )"
    )
    assert wrapped("f(1, n=2)", 4) == "f(1, n=2)"


@pytest.mark.parametrize(
    ("file", "module"),
    [("rules.py", "rules"), ("guards/core/plan.py", "guards.core.plan"), ("src/a/__init__.py", "a")],
)
def test_a_file_is_imported_by_its_name(file: str, module: str) -> None:
    assert module_of(file) == module
