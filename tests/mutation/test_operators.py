"""The safety operators one by one: the example that each carries, what else it changes, and what it leaves alone."""

from __future__ import annotations

import re

import pytest

from guards.mutation.operators import OPERATORS, Operator, mutants_of

BY_NAME = {operator.name: operator for operator in OPERATORS}


def made(operator: str, source: str) -> list[str]:
    """What one operator makes of a source."""
    return [mutant.sources[0][1] for mutant in mutants_of(source, "rules.py", (BY_NAME[operator],))]


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.name)
def test_an_operator_makes_its_own_example(operator: Operator) -> None:
    assert operator.after in made(operator.name, operator.before)


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.name)
def test_an_operator_has_a_name_in_kebab_case_and_one_line_that_names_an_incident(operator: Operator) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", operator.name)
    assert re.fullmatch(r"[^\n]{30,110}", operator.reason)
    assert re.search(r"\([A-Z].+\)$", operator.reason)


def test_names_are_unique() -> None:
    assert len(BY_NAME) == len(OPERATORS) == 34


def test_an_example_that_is_not_what_the_operator_makes_would_be_noticed() -> None:
    assert BY_NAME["all-any"].after not in made("drop-element", BY_NAME["all-any"].before)


@pytest.mark.parametrize(
    ("operator", "before", "after"),
    [
        ("null-bypass", "if row.org != org:\n    stop()", "if row.org is not None and row.org != org:\n    stop()"),
        ("null-bypass", "fine = text(row.org) == org", "fine = row.org is None or text(row.org) == org"),
        ("null-bypass", "fine = here and row.org == org", "fine = here and (org is None or row.org == org)"),
        ("null-bypass", "fine = d.get('org') == org", "fine = d.get('org') is None or d.get('org') == org"),
        ("presence-by-truth", "fine = project is not None and ok", "fine = project and ok"),
        ("presence-by-truth", "if project is None:\n    stop()", "if not project:\n    stop()"),
        ("empty-as-present", "if not ids:\n    stop()", "if ids is None:\n    stop()"),
        (
            "empty-matches-all",
            "bad = [i for i in ids if i not in known]",
            "bad = [i for i in ids if known and i not in known]",
        ),
        ("equality-to-prefix", "if row.org != org:\n    stop()", "if not row.org.startswith(org):\n    stop()"),
        ("equality-to-prefix", "ok = row_id in ids", "ok = any(row_id.startswith(each) for each in ids)"),
        ("equality-to-containment", "if row.org != org:\n    stop()", "if org not in row.org:\n    stop()"),
        ("boundary-moved", "fine = 0 < n", "fine = 0 <= n"),
        ("boundary-moved", "fine = (low) <(n)", "fine = (low) <=(n)"),
        ("boundary-moved", "fine = (low <  # so far\n        n < high)", "fine = (low <=  # so far\n        n < high)"),
        ("per-page", "seen  +=\\\n    page", "seen  =\\\n    page"),
        (
            "zero-means-unlimited",
            "if n > policy.max_count:\n    stop()",
            "if policy.max_count and n > policy.max_count:\n    stop()",
        ),
        ("zero-means-unlimited", "if limit < n:\n    stop()", "if limit and limit < n:\n    stop()"),
        ("drop-expiry", "if now - asked > deadline:\n    stop()", "if False:\n    stop()"),
        ("drop-expiry", "if token.expires_at <= now:\n    stop()", "if False:\n    stop()"),
        ("stale-value", "if plan.digest != digest_of(plan):\n    stop()", "if plan.digest != plan.digest:\n    stop()"),
        ("stale-value", 'same = found["v"] == kept["v"]', 'same = kept["v"] == kept["v"]'),
        ("stale-value", "row = read(i)\nwait()\nrow = read(i)", "row = read(i)\nwait()\npass"),
        ("drop-condition", "fine = (a and\n        b and c)", "fine = (\nb and c)"),
        ("drop-condition", "fine = (a) and (b)", "fine = (a)"),
        ("drop-condition", "(a) and (b) and f((c))", "(b) and f((c))"),
        ("drop-condition", "if (\n    a\n    and b\n):\n    stop()", "if (\n    a\n    \n):\n    stop()"),
        ("drop-condition", "if (a and\n        b):\n    stop()", "if (a\n):\n    stop()"),
        ("force-condition", "if row in {\n    1,\n}:\n    stop()", "if False \\\n \\\n:\n    stop()"),
        ("drop-element", "kinds = {one, two}", "kinds = {one}"),
        ("force-condition", "x = a if b else c", "x = a if True else c"),
        ("drop-element", "CHECKS = (\n    one,\n    two,\n)", "CHECKS = (\n    one,\n    \n)"),
        ("drop-element", "pair = check(*(one, two))", "pair = check(*(two,))"),
        ("drop-filter", 'q = {"org_id": org, "project_id": project}', 'q = {"org_id": org}'),
        ("drop-filter", 'q = {"org_id": org, "project_id": project}', 'q = {"project_id": project}'),
        ("drop-filter", "q = rows.where(Row.org == org).where(Row.project == p)", "q = rows.where(Row.org == org)"),
        ("drop-filter", 'q = {**rest, "org_id": org}', "q = {**rest}"),
        ("drop-filter", 'q = {\n    "org_id": org,\n    **rest,\n}', "q = {\n    \n**rest,\n}"),
        ("drop-filter", "q = rows.where(Row.org == org, Row.project == p)", "q = rows.where(Row.org == org)"),
        (
            "drop-comprehension-condition",
            "x = [\n    r\n    for r in rows\n    if a\n]",
            "x = [\n    r\n    for r in rows\n    \n]",
        ),
        ("drop-comprehension-condition", "x = [r for r in rows if a if b]", "x = [r for r in rows if b]"),
        ("first-only", "ok = all(r.org == org for r in rows)", "ok = all(r.org == org for r in [*rows][:1])"),
        ("per-page", "while cursor:\n    cursor = page.next", "while cursor:\n    cursor = None"),
        ("per-page", "whole = len(got.rows) == got.total", "whole = len(got.rows) == len(got.rows)"),
        ("negated-flag", "run(dry_run=call.dry_run)", "run(dry_run=not call.dry_run)"),
        ("negated-flag", "strict = False", "strict = True"),
        ("swap-ids", 'a = row["org_id"]\nb = row["project_id"]', 'a = row["project_id"]\nb = row["project_id"]'),
        ("swap-ids", "find(call.organization, call.project)", "find(call.project, call.organization)"),
        (
            "swap-ids",
            "def f(old: Row, new: Row | None):\n    return new.version",
            "def f(old: Row, new: Row | None):\n    return old.version",
        ),
        (
            "swap-enum-member",
            "class Mode(Enum):\n    SOFT = 1\n    HARD = 2\nx = Mode.SOFT",
            "class Mode(Enum):\n    SOFT = 1\n    HARD = 2\nx = Mode.HARD",
        ),
        ("widen-default", "TTL = 60 * 60", "TTL = (60 * 60) * 10"),
        (
            "widen-default",
            "def run(checks: Sequence[Check] = CHECKS): ...",
            "def run(checks: Sequence[Check] = ()): ...",
        ),
        ("widen-default", "def run(ids, *, dry_run: bool): ...", "def run(ids, *, dry_run: bool = False): ..."),
        (
            "widen-default",
            "class Call(BaseModel):\n    dry_run: bool",
            "class Call(BaseModel):\n    dry_run: bool = False",
        ),
        ("drop-constraint", "@dataclass(frozen=True)\nclass Plan: ...", "@dataclass()\nclass Plan: ..."),
        ("drop-constraint", "Ids: TypeAlias = Annotated[list[str], Field(min_length=1)]", "Ids: TypeAlias = list[str]"),
        ("drop-validator", '@field_validator("a")\ndef check(a):\n    return a', "\ndef check(a):\n    return a"),
        ("drop-digest-field", "def digest(a, b):\n    return f'{a}|{b}'", "def digest(a, b):\n    return f'{a}|'"),
        ("drop-digest-field", "key = sha256(org + project)", "key = sha256(org)"),
        ("drop-digest-field", "key = sha256(dumps({'a': a, 'b': b}))", "key = sha256(dumps({'b': b}))"),
        ("drop-digest-field", "key = sha256(dumps({**a, 'b': b}))", "key = sha256(dumps({**a}))"),
        ("drop-digest-field", "def key(row):\n    return row.org, row.id", "def key(row):\n    return row.org,"),
        (
            "stub-permissive",
            "def check(row):\n    if row:\n        return CLEAR\n    return bad(row)",
            "def check(row):\n    return CLEAR\n\n",
        ),
        (
            "stub-permissive",
            "def mine(rows: list[Row]) -> list[Row]:\n    return [*filter(f, rows)]",
            "def mine(rows: list[Row]) -> list[Row]:\n    return rows",
        ),
        ("stub-permissive", "def parts(x):\n    yield x", "def parts(x):\n    yield from ()"),
        (
            "stub-permissive",
            'def expect(x):\n    """Why."""\n    if not x:\n        raise No',
            'def expect(x):\n    """Why."""\n    pass\n',
        ),
        (
            "swallow-exception",
            "def may(x) -> bool:\n    try:\n        return ask(x)\n    except No:\n        return False",
            "def may(x) -> bool:\n    try:\n        return ask(x)\n    except No:\n        return True",
        ),
        (
            "check-after-effect",
            "async def f(x):\n    expect(x)\n    await gone(x)",
            "async def f(x):\n    await gone(x)\n    expect(x)",
        ),
        (
            "check-after-effect",
            "if stop:\n    return_(stop)\n    raise Stop\nrow.delete()",
            "row.delete()\nif stop:\n    return_(stop)\n    raise Stop",
        ),
    ],
)
def test_an_operator_also_makes(operator: str, before: str, after: str) -> None:
    assert after in made(operator, before)


@pytest.mark.parametrize(
    "source",
    [
        '"""A text of 3 words."""',
        "x: Literal[3]\n",
        "def f(x: dict[str, int | None]) -> tuple[A, B]: ...",
        "class A:\n    __slots__ = ('a', 'b')",
        "class A:\n    x: int\n    def __repr__(self):\n        return f'{self.x == 3}' if self.x else ''",
        "log.info('%s of %s', 1, 2)",
        "logging.getLogger('x')\n__all__ = ['a', 'b']",
        "if TYPE_CHECKING:\n    from a import b, c",
        "Check = Callable[[Request, Policy], Finding]",
        'T = TypeVar("T", bound=Row)',
        "x = f'{a == b} {1 + 1}'",
        "class A:\n    __slots__: tuple[str, ...] = ('a', 'b')",
        "Rows = dict[str, list[tuple[A, B]]]",
        "",
    ],
)
def test_no_operator_touches_annotations_messages_and_logging(source: str) -> None:
    changed = [mutant for mutant in mutants_of(source, "rules.py") if mutant.operator != "ignore-verdict"]
    assert changed == []


@pytest.mark.parametrize(
    ("operator", "source"),
    [
        ("null-bypass", "fine = len(kinds) == Kind.DATABASE and x is None"),
        ("equality-to-prefix", "fine = len(ids) == 3"),
        ("zero-means-unlimited", "fine = len(ids) <= IDS_MAX"),
        ("drop-element", 'SENTENCES = {A: ("the call was refused", "send fewer")}'),
        ("drop-element", "x = row[[a, b]]"),
        ("stale-value", "same = plan.digest == digest_of(plan) == digest"),
        ("drop-element", "def f():\n    return a, b"),
        ("drop-digest-field", "def f():\n    return a, b"),
        ("drop-digest-field", "rows = sent({'a': a, 'b': b})"),
        ("drop-filter", "raise_(objection(organization=org))"),
        ("drop-filter", 'CALLS = {"project_id": OneProjectCall, "resource_ids": Code.BLANK}'),
        ("swap-ids", "mine = row.organization == org"),
        ("swap-enum-member", "free = row.hold is Hold.CLEAR"),
        ("shift-constant", "fine = True"),
        ("stub-permissive", "class Port(Protocol):\n    def ask(self) -> bool:\n        '''Whether.'''\n        ..."),
        ("stub-permissive", "def f() -> bool:\n    raise NotImplementedError"),
        ("check-after-effect", "def __init__(self, x):\n    expect(x)\n    self.put(x)"),
        ("check-after-effect", "if bad: stop(); raise No\nx = 1"),
    ],
)
def test_an_operator_leaves_alone_what_says_nothing(operator: str, source: str) -> None:
    assert made(operator, source) == []


def test_a_mutant_says_where_it_is_and_what_it_changes() -> None:
    source = "class Rule:\n    def holds(self, é):\n        return 'é' and all(é)\n"
    [mutant] = mutants_of(source, "rules/one.py", (BY_NAME["all-any"],))
    assert (mutant.start, mutant.end) == ((3, 23), (3, 26))  # characters, though é takes two bytes
    assert (mutant.file, mutant.function, mutant.tier) == ("rules/one.py", "Rule.holds", "safety")
    assert (mutant.original, mutant.replacement) == ("all", "any")
    assert mutant.sources == (("rules/one.py", source.replace("all", "any")),)
    assert mutant.id == f"safety:all-any:{mutant.fingerprint}"
    assert re.fullmatch(r"[0-9a-f]{12}", mutant.fingerprint)


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_line_endings_stay_as_they_are(ending: str) -> None:
    source = ending.join(["def may(a, b):", "    # why", "    return (a and", "        b)", "", "LAST = 'x'", ""])
    changed = made("drop-condition", source)
    assert len(changed) == 2
    assert all(each.startswith(f"def may(a, b):{ending}    # why{ending}") for each in changed)
    assert all(each.splitlines()[5] == "LAST = 'x'" for each in changed)


def test_what_does_not_parse_is_the_callers_to_explain() -> None:
    with pytest.raises(SyntaxError):
        mutants_of("def f(:", "rules.py")
