"""What the declared types prove of a change, and what they must not: each pair is one function, before and after."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from guards.mutation.sandbox import Sandbox

NOUNS = """
from __future__ import annotations
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from functools import wraps
from abc import ABC
from typing import Any, ClassVar, Hashable, Iterable, Protocol, Sequence

class Role(Enum):
    OPERATOR = 1
    TENANT = 2

class Word(StrEnum):
    YES = "yes"

class Vague(Enum):
    THIS = 1
    THAT = 2
    def __eq__(self, other: object) -> bool:
        return True

class Marker(ABC):
    pass

class Odd(Enum):
    THIS = 1
    def __ne__(self, other: object) -> bool:
        return True

class Rows(Protocol):
    def count(self, row: int) -> int: ...

class Ticket:
    pass

class NoTicket(Ticket):
    def __bool__(self) -> bool:
        return False

class Bag:
    def __len__(self) -> int:
        return 0

@dataclass(frozen=True)
class Project:
    id: str

@dataclass(frozen=True)
class Caller:
    role: Role
    home: Project | None
    word: Word
    bag: Bag | None

@dataclass(frozen=True)
class Visitor:
    home: Project

@dataclass(frozen=True)
class Later:
    id: str
    home: Project = field(init=False)

@dataclass(frozen=True)
class Answering:
    home: Project
    @property
    def home(self) -> Any:
        return None

class Nobody:
    def __new__(cls) -> Any:
        return None

class Nothing(type):
    def __call__(cls) -> Any:
        return None

class Noone(metaclass=Nothing):
    pass

@dataclass(frozen=True)
class Abroad:
    home: "Nowhere"
    id: str = "a"

class Base(Enum):
    pass

class One(str, Base):
    X = "x"

class Asked:
    home = Project("a")
    @property
    def next(self) -> Any:
        return None
    def reset(self) -> None:
        self.home = None

@dataclass(frozen=True)
class Made:
    text: str = field(default_factory=lambda: None)

@dataclass(frozen=True)
class Note:
    text: str = None

@dataclass
class Loose:
    home: Project | None

def found(n: int) -> Project | None:
    return Project("a") if n else None

def promised(d: dict[str, Any]) -> Project:
    return d["home"]

def passed_on(p: Project) -> Project:
    return p

def given(p: Project = Project("a")) -> Project:
    return p

def second(p: Project, q: Project | None = None) -> Project | None:
    return q

def second_of_two(p: Project, q: Project = Project("b")) -> Project:
    return q

def at_last(n: int) -> Project:
    for _ in range(n):
        pass
    else:
        return None
    return Project("a")

def in_time(n: Any) -> Project:
    with n:
        return None
    return Project("a")

def letters() -> list[str]:
    yield "a"
    return [each for each in "a"]

def sometimes(n: int) -> Project:
    for _ in range(n):
        return Project("a")

def written(n: int) -> tuple[int, Project | None]:
    try:
        n, p = counted(n)
    except OSError:
        return 0, None
    if n > 1:
        return 1, Project("b")
    return n, p or found(n)

def counted(n: int) -> tuple[int, Project | None]:
    return n, found(n)

async def later(n: int) -> Project:
    return Project("a")

@wraps(found)
def otherwise(n: int) -> list[Project]:
    return []

"""

EMPTIED = """
@dataclass(frozen=True)
class Emptied:
    home: Project
    def __post_init__(self) -> None:
        object.__setattr__(self, "home", self.home.id and None)
"""

CLEARED = """
def clear(record: Any) -> None:
    object.__setattr__(record, "home", None)
"""

EVASIVE = """
@dataclass(frozen=True)
class Evasive:
    home: Project
    def __getattribute__(self, name: str) -> Any:
        return None
"""

TWICE = """
def slow() -> str:
    return "x"
if True:
    def slow() -> str:
        return None
"""

COPIED = """
def nothing(f):
    def g(*given): return None
    g.__qualname__ = f.__qualname__
    return g
@nothing
def told() -> str:
    return "x"
"""

NAMED = """
def named(f, g):
    f.__qualname__ = g.__qualname__
    return f
@lambda f: named(lambda *given: None, f)
def told() -> str:
    return "x"
"""

RECORDS = """
from dataclasses import dataclass
@dataclass(frozen=True)
class Kept:
    home: str | None
"""

SETTING = """
def clear(record):
    object.__setattr__(record, "home", None)
"""

FAR = "from settings import *\n"
USED = f"from records import *{SETTING}"

HOOK = """
def hook() -> str:
    return "x"
def install(other):
    global hook
    hook = other
"""

FAILED = """
def f(c: Caller, v: Visitor, d: Any):
    try:
        if c.home is None:
            return d[v]
    except KeyError:
        if v is None:
            return 1
"""

UP = """
class G:
    def m(self):
        r = __up()
        return r == 1
    def n(self):
        __p = Project("a")
        _G__p = None
        return __p == 1
"""

ALIAS = """
Id = str
class Outer:
    Id = Any
    def f(self, p: Id): return p == 1
@dataclass(frozen=True)
class Record:
    Id: ClassVar[Any] = Any
    other: Id
"""

MIXED = """
class Mix:
    x: str
@dataclass(frozen=True)
class A:
    x: str | None
@dataclass(frozen=True)
class B(Mix, A):
    pass
"""

FALSE = """
class Plain:
    def go(self):
        self.__class__ = Empty
class Empty:
    def __len__(self): return 0
"""


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    root = tmp_path_factory.mktemp("proof")
    (root / "rules.py").write_text("")
    (root / "records.py").write_text(RECORDS)
    (root / "settings.py").write_text(RECORDS + SETTING)
    with Sandbox(root) as sandbox:
        yield sandbox


def proof(box: Sandbox, before: str, after: str, function: str = "f") -> str:
    before, after = NOUNS + before, NOUNS + after
    job = {"module": "rules", "function": function, "before": before, "after": after}
    ran = box.run("guards.mutation.proof:proved", job, {"rules.py": before})
    assert ran.ended == "exit 0", ran.output
    return str(ran.said("proof") or "")


PROVED = {
    "never-none": (
        "def f(c: Caller, r: Role): return c.role is r",
        "def f(c: Caller, r: Role): return c.role is not None and c.role is r",
    ),
    "member-of-a-tuple": (
        "def f(cs: tuple[Caller, ...]): return [c for c in cs if c.home]",
        "def f(cs: tuple[Caller, ...]): return [c for c in cs if c is not None and c.home]",
    ),
    "loop": (
        "def f(cs: tuple[Caller, ...]):\n for c in cs:\n  if c.home: return c",
        "def f(cs: tuple[Caller, ...]):\n for c in cs:\n  if c and c.home: return c",
    ),
    "loop-that-counts": (
        "def f(cs: tuple[Caller, ...]):\n for n, c in enumerate(cs):\n  if c.home: return n",
        "def f(cs: tuple[Caller, ...]):\n for n, c in enumerate(cs):\n  if c is not None and c.home: return n",
    ),
    "counted-in-one-expression": (
        "def f(cs: tuple[Caller, ...]): return [n for n, c in enumerate(cs) if c.home]",
        "def f(cs: tuple[Caller, ...]): return [n for n, c in enumerate(cs) if c is not None and c.home]",
    ),
    "two-at-once": (
        "def f(c: Caller):\n a, b = (1, 2) if c.home is None else (3, 4)\n return a",
        "def f(c: Caller):\n a, b = (1, 2) if not c.home else (3, 4)\n return a",
    ),
    "answer-of-a-function": (
        "def f(n: int):\n p = found(n)\n if p is None: return 1",
        "def f(n: int):\n p = found(n)\n if not p: return 1",
    ),
    "one-answer-or-another": (
        "def f(n: int, c: Caller):\n p = found(n) or c.home\n if p is None: return 1",
        "def f(n: int, c: Caller):\n p = found(n) or c.home\n if not p: return 1",
    ),
    "either-answer": (
        "def f(n: int, c: Caller):\n p = found(n) if n else c.home\n if p is None: return 1",
        "def f(n: int, c: Caller):\n p = found(n) if n else c.home\n if not p: return 1",
    ),
    "part-of-an-answer": (
        "def f(n: int):\n m, p = counted(n)\n if p is None: return m",
        "def f(n: int):\n m, p = counted(n)\n if not p: return m",
    ),
    "two-values-at-once": (
        "def f(c: Caller, v: Visitor):\n p, q = c.home, v.home\n return p is None or q.id == p.id",
        "def f(c: Caller, v: Visitor):\n p, q = c.home, v.home\n return p is None or q is None or q.id == p.id",
    ),
    "declared-and-known": (
        "def f(c: Caller):\n p: Project | None = c.home or found(1)\n if p is not None: return p",
        "def f(c: Caller):\n p: Project | None = c.home or found(1)\n if p: return p",
    ),
    "answer-through-others": (
        "def f(n: int):\n m, p = written(n)\n if p is None: return m",
        "def f(n: int):\n m, p = written(n)\n if not p: return m",
    ),
    "answer-as-it-was-passed": (
        "def f(v: Visitor):\n p = passed_on(p=v.home)\n return p == 1",
        "def f(v: Visitor):\n p = passed_on(p=v.home)\n return p is None or p == 1",
    ),
    "answer-by-default": (
        "def f():\n p = given()\n return p == 1",
        "def f():\n p = given()\n return p is None or p == 1",
    ),
    "something-else-of-any-number": (
        "def f(ps: tuple[Project, ...], c: Caller):\n a, b = ps\n return a if c.home is None else b",
        "def f(ps: tuple[Project, ...], c: Caller):\n a, b = ps\n return a if not c.home else b",
    ),
    "something-else-beside-a-protocol": (
        "def f(rows: Rows, c: Caller):\n if rows is None: return 0\n return 1 if c.home is None else 2",
        "def f(rows: Rows, c: Caller):\n if rows is None: return 0\n return 1 if not c.home else 2",
    ),
    "kept": (
        "from records import *\ndef f(k: Kept):\n if k.home is None: return\n return k.home == 1",
        "from records import *\ndef f(k: Kept):\n if k.home is None: return\n return k.home is None or k.home == 1",
    ),
    "what-yields": (
        "def f(c: Caller):\n yield 1 if c.home is None else 2",
        "def f(c: Caller):\n yield 1 if not c.home else 2",
    ),
    "gone-through-at-once": (
        "def f(cs: tuple[Caller, ...]):\n return any(c.role is 1 for c in cs)",
        "def f(cs: tuple[Caller, ...]):\n return any(c.role is None or c.role is 1 for c in cs)",
    ),
    "tried-and-left-if-it-failed": (
        "def f(n: int):\n try:\n  p = found(n)\n except OSError:\n  return 0\n if p is None: return 1",
        "def f(n: int):\n try:\n  p = found(n)\n except OSError:\n  return 0\n if not p: return 1",
    ),
    "counted": (
        "def f(a: list[int], b: list[int]):\n n = len(a) - len(b)\n if b: n += len(b)\n return n == 0",
        "def f(a: list[int], b: list[int]):\n n = len(a) - len(b)\n if b: n += len(b)\n return n is None or n == 0",
    ),
    "none-or-true": (
        "def f(c: Caller): return 1 if c.home is None else 2",
        "def f(c: Caller): return 1 if not c.home else 2",
    ),
    "narrowed-by-and": (
        "def f(c: Caller): return c.home is not None and c.home.id == 'a'",
        "def f(c: Caller): return c.home is not None and c.home is not None and c.home.id == 'a'",
    ),
    "narrowed-by-type": (
        "def f(x: Caller | Visitor):\n if type(x) is not Visitor: return 0\n return x.home.id",
        "def f(x: Caller | Visitor):\n if type(x) is not Visitor: return 0\n return x.home.id if x.home else 0",
    ),
    "narrowed-to-what-is-built-in": (
        "def f(x: object):\n if type(x) is not str: return 0\n return x == 'a'",
        "def f(x: object):\n if type(x) is not str: return 0\n return x is None or x == 'a'",
    ),
    "local": (
        "def f(c: Visitor, p: Project):\n home = c.home\n return home == p",
        "def f(c: Visitor, p: Project):\n home = c.home\n return home is None or home == p",
    ),
    "one-of-each": (
        "def f(c: Caller): return c.role is Role.TENANT",
        "def f(c: Caller): return c.role == Role.TENANT",
    ),
    "its-own-default": (
        "def f(p: Project = Project('a')): return p == 1",
        "def f(p: Project = Project('a')): return p is None or p == 1",
    ),
    "whole-numbers": ("def f(n: int): return n >= 1", "def f(n: int): return n > 0"),
    "length": ("def f(cs: list[int]): return 1 if len(cs) > 0 else 2", "def f(cs: list[int]): return 1 if cs else 2"),
    "same-code": ("def f(n: int): return n", "def f(n: int): return (n)"),
}

NOT_PROVED = {
    "none-by-default": (
        "def f(t: str = None): return t == 'a'",
        "def f(t: str = None): return t is None or t == 'a'",
    ),
    "none-by-default-in-a-field": (
        "def f(n: Note): return n.text == 'a'",
        "def f(n: Note): return n.text is None or n.text == 'a'",
    ),
    "none-for-the-time-being": (
        "def f(n: int):\n t: str = None\n return t == 'a'",
        "def f(n: int):\n t: str = None\n return t is None or t == 'a'",
    ),
    "none-by-a-factory": (
        "def f(n: Made): return n.text == 'a'",
        "def f(n: Made): return n.text is None or n.text == 'a'",
    ),
    "none-that-is-hashable": (
        "def f(k: Hashable = None): return k == 1",
        "def f(k: Hashable = None): return k is None or k == 1",
    ),
    "none-in-a-tuple-by-default": (
        "def f(ps: tuple[Project, ...] = (None,)): return [p == 1 for p in ps]",
        "def f(ps: tuple[Project, ...] = (None,)): return [p is None or p == 1 for p in ps]",
    ),
    "fractions-below-nothing": (
        "def f():\n n: int = -0.5\n return n >= 0",
        "def f():\n n: int = -0.5\n return n > -1",
    ),
    "declared-of-what-nobody-knows": (
        "def f(d: dict[str, Any]):\n p: Project = d['home']\n return p == 1",
        "def f(d: dict[str, Any]):\n p: Project = d['home']\n return p is None or p == 1",
    ),
    "promised-and-not-shown": (
        "def f(d: dict[str, Any]):\n p = promised(d)\n return p == 1",
        "def f(d: dict[str, Any]):\n p = promised(d)\n return p is None or p == 1",
    ),
    "passed-on-by-who-knows-nothing": (
        "def f(d: dict[str, Any]):\n p = passed_on(d['home'])\n return p == 1",
        "def f(d: dict[str, Any]):\n p = passed_on(d['home'])\n return p is None or p == 1",
    ),
    "passed-on-of-any-number": (
        "def f(*ps: Project):\n p = passed_on(*ps)\n return p == 1",
        "def f(*ps: Project):\n p = passed_on(*ps)\n return p is None or p == 1",
    ),
    "answered-sometimes": (
        "def f(n: int):\n p = sometimes(n)\n return p == 1",
        "def f(n: int):\n p = sometimes(n)\n return p is None or p == 1",
    ),
    "answered-at-the-end-of-a-loop": (
        "def f(n: int):\n p = at_last(n)\n return p == 1",
        "def f(n: int):\n p = at_last(n)\n return p is None or p == 1",
    ),
    "answered-in-time": (
        "def f(n: Any):\n p = in_time(n)\n return p == 1",
        "def f(n: Any):\n p = in_time(n)\n return p is None or p == 1",
    ),
    "answered-by-who-yields": (
        "def f():\n p = letters()\n return 1 if len(p) > 0 else 2",
        "def f():\n p = letters()\n return 1 if p else 2",
    ),
    "second-by-any-name": (
        "def f(v: Visitor, d: Any):\n p = second_of_two(v.home, **d)\n return p == 1",
        "def f(v: Visitor, d: Any):\n p = second_of_two(v.home, **d)\n return p is None or p == 1",
    ),
    "second-after-any-number": (
        "def f(v: Visitor, d: Any):\n p = second(*d, v.home)\n return p == 1",
        "def f(v: Visitor, d: Any):\n p = second(*d, v.home)\n return p is None or p == 1",
    ),
    "made-of-nothing": (
        "def f():\n p = Nobody()\n return p == 1",
        "def f():\n p = Nobody()\n return p is None or p == 1",
    ),
    "made-by-nothing": (
        "def f():\n p = Noone()\n return p == 1",
        "def f():\n p = Noone()\n return p is None or p == 1",
    ),
    "evasive": (
        EVASIVE + "def f(e: Evasive): return e.home == 1",
        EVASIVE + "def f(e: Evasive): return e.home is None or e.home == 1",
    ),
    "gone-through-by-another": (
        "def any(g): return g\ndef f(p: Project):\n g = any(p == 1 for _ in '1')\n p = None\n return list(g)",
        "def any(g): return g\ndef f(p: Project):\n g = any(not p or p == 1 for _ in '1')\n p = None\n return list(g)",
    ),
    "added-meanwhile": (
        "def f(ps: list[Project], d: Any):\n ps.append(d)\n return [p == 1 for p in ps]",
        "def f(ps: list[Project], d: Any):\n ps.append(d)\n return [p is None or p == 1 for p in ps]",
    ),
    "emptied-as-it-is-made": (
        EMPTIED + "def f(e: Emptied): return e.home == 1",
        EMPTIED + "def f(e: Emptied): return e.home is None or e.home == 1",
    ),
    "set-later": (
        "def f(e: Later): return e.home == 1",
        "def f(e: Later): return e.home is None or e.home == 1",
    ),
    "answered-for": (
        "def f(e: Answering): return e.home == 1",
        "def f(e: Answering): return e.home is None or e.home == 1",
    ),
    "declared-as-what-is-not-there": (
        "def f(e: Abroad): return e.id == 1",
        "def f(e: Abroad): return e.id is None or e.id == 1",
    ),
    "reset-meanwhile": (
        "def f(a: Asked):\n if type(a.home) is not Project: return 0\n a.reset()\n return a.home == 1",
        "def f(a: Asked):\n if type(a.home) is not Project: return 0\n a.reset()\n return not a.home or a.home == 1",
    ),
    "set-meanwhile": (
        "def f(a: Asked):\n if type(a.home) is not Project: return\n a.home = None\n return a.home == 1",
        "def f(a: Asked):\n if type(a.home) is not Project: return\n a.home = None\n return not a.home or a.home == 1",
    ),
    "asked-twice": (
        "def f(a: Asked): return type(a.next) is str and a.next == 1",
        "def f(a: Asked): return type(a.next) is str and (a.next is None or a.next == 1)",
    ),
    "global-meanwhile": (
        "G = Project('a')\ndef f():\n if type(G) is Project:\n  print()\n  return G == 1",
        "G = Project('a')\ndef f():\n if type(G) is Project:\n  print()\n  return not G or G == 1",
    ),
    "none-is-hashable": (
        "def f(k: Hashable): return k == 1",
        "def f(k: Hashable): return k is None or k == 1",
    ),
    "none-by-protocol": (
        "def f(rows: Rows): return rows == 1",
        "def f(rows: Rows): return rows is None or rows == 1",
    ),
    "members-of-another": (
        "def f(a: Base, b: Base): return a == b",
        "def f(a: Base, b: Base): return a is b",
    ),
    "later-than-it-reads": (
        "def f(p: Project):\n g = (p == 1 for _ in '1')\n p = None\n return list(g)",
        "def f(p: Project):\n g = (p is None or p == 1 for _ in '1')\n p = None\n return list(g)",
    ),
    "given-another-value-in-a-call": (
        "def f(p: Project): return (p := None), p == 1",
        "def f(p: Project): return (p := None), p is None or p == 1",
    ),
    "given-another-value-between": (
        "def f(p: Project, d: Any): return (p := d.get(1)) is d or p == 1",
        "def f(p: Project, d: Any): return (p := d.get(1)) is d or (p is None or p == 1)",
    ),
    "no-more-a-generator": (
        "def f(p: Project):\n if p is None:\n  yield 1\n return 1",
        "def f(p: Project):\n return 1",
    ),
    "no-more-a-generator-at-all": (
        "def f(p: Project): return p is None and (yield)",
        "def f(p: Project): return False",
    ),
    "no-more-its-own-name": (
        "G = 1\ndef f(p: Project):\n if p is None:\n  G = 0\n return G",
        "G = 1\ndef f(p: Project):\n return G",
    ),
    "decorated": (
        "@wraps(found)\ndef f(p: Project): return p == 1",
        "@wraps(found)\ndef f(p: Project): return p is None or p == 1",
    ),
    "length-of-another-meaning": (
        "def f(cs: tuple[int, ...], len: Any): return 1 if len(cs) > 0 else 2",
        "def f(cs: tuple[int, ...], len: Any): return 1 if cs else 2",
    ),
    "at-the-end-of-a-loop": (
        "def f(p: Project, c: Caller):\n for p in c.id: pass\n else: return p == 1",
        "def f(p: Project, c: Caller):\n for p in c.id: pass\n else: return p is None or p == 1",
    ),
    "unequal-as-they-like": (
        "def f(a: Odd): return a is not Odd.THIS",
        "def f(a: Odd): return a != Odd.THIS",
    ),
    "failed-and-went-on": (
        FAILED + "    return c.home == 1",
        FAILED + "    return c.home is None or c.home == 1",
    ),
    "text-that-is-more-than-text": (
        "def f(o: Any, p: Project):\n v = f'{o}' if o else p\n if type(v) is not str:\n  return v == 1",
        "def f(o: Any, p: Project):\n v = f'{o}' if o else p\n if type(v) is not str:\n  return not v or v == 1",
    ),
    "no-number-with-another-sign": (
        "def f(): return 1e999 - 1e999",
        "def f(): return -(1e999 - 1e999)",
    ),
    "equal-to-anything": (
        "def f(a: Role, b: Any): return a == b",
        "def f(a: Role, b: Any): return a is b",
    ),
    "equal-to-each-of-what": (
        "def f(a: Role, bs: tuple[Any, ...]): return [a == b for b in bs]",
        "def f(a: Role, bs: tuple[Any, ...]): return [a is b for b in bs]",
    ),
    "a-field-of-what-the-class-calls-so": (
        ALIAS + "def f(r: Record): return r.other == 1",
        ALIAS + "def f(r: Record): return r.other is None or r.other == 1",
    ),
    "defined-twice": (
        TWICE + "def f():\n r = slow()\n return r == 1",
        TWICE + "def f():\n r = slow()\n return r is None or r == 1",
    ),
    "made-another-by-its-decorator": (
        COPIED + "def f():\n r = told()\n return r == 1",
        COPIED + "def f():\n r = told()\n return r is None or r == 1",
    ),
    "made-another-where-it-stands": (
        NAMED + "def f():\n r = told()\n return r == 1",
        NAMED + "def f():\n r = told()\n return r is None or r == 1",
    ),
    "cleared-where-it-is-declared": (
        FAR + "def f(k: Kept):\n if k.home is None: return\n clear(k)\n return k.home == 1",
        FAR + "def f(k: Kept):\n if k.home is None: return\n clear(k)\n return k.home is None or k.home == 1",
    ),
    "cleared-where-it-is-used": (
        USED + "def f(k: Kept):\n if k.home is None: return\n clear(k)\n return k.home == 1",
        USED + "def f(k: Kept):\n if k.home is None: return\n clear(k)\n return k.home is None or k.home == 1",
    ),
    "installed-later": (
        HOOK + "def f():\n r = hook()\n return r == 1",
        HOOK + "def f():\n r = hook()\n return r is None or r == 1",
    ),
    "cleared-meanwhile": (
        CLEARED + "def f(c: Caller):\n if c.home is None: return 0\n clear(c)\n return c.home == 1",
        CLEARED + "def f(c: Caller):\n if c.home is None: return 0\n clear(c)\n return not c.home or c.home == 1",
    ),
    "added-by-another-name": (
        "def f(ps: Sequence[Project], out: list[Any]):\n out.append(None)\n return [p == 1 for p in ps]",
        "def f(ps: Sequence[Project], out: list[Any]):\n out.append(None)\n return [p is None or p == 1 for p in ps]",
    ),
    "added-to-what-is-alone": (
        "def f(ps: list[Project]):\n ps.append(None)\n return [p == 1 for p in ps]",
        "def f(ps: list[Project]):\n ps.append(None)\n return [p is None or p == 1 for p in ps]",
    ),
    "any-number-in-front": (
        "def f(t: tuple[*tuple[None, ...], str, int]):\n a, b, c = t\n return b == 1",
        "def f(t: tuple[*tuple[None, ...], str, int]):\n a, b, c = t\n return b is None or b == 1",
    ),
    "declared-by-another-base": (
        MIXED + "def f(b: B): return b.x == 1",
        MIXED + "def f(b: B): return b.x is None or b.x == 1",
    ),
    "false-in-the-end": (
        FALSE + "def f(x: Plain | None):\n if x is not None: x.go()\n return 1 if x is None else 2",
        FALSE + "def f(x: Plain | None):\n if x is not None: x.go()\n return 1 if not x else 2",
    ),
    "made-as-it-likes": (
        "def f(x: Any):\n r = reversed(x)\n return r == 1",
        "def f(x: Any):\n r = reversed(x)\n return r is None or r == 1",
    ),
    "not-gone-through": (
        "def f(p: Project):\n g = next(iter(()), (p == 1 for _ in '1'))\n p = None\n return list(g)",
        "def f(p: Project):\n g = next(iter(()), (p is None or p == 1 for _ in '1'))\n p = None\n return list(g)",
    ),
    "not-gone-through-but-compared": (
        "def f(p: Project):\n g = max((p == 1 for _ in '1'), (), key=id)\n p = None\n return list(g)",
        "def f(p: Project):\n g = max((p is None or p == 1 for _ in '1'), (), key=id)\n p = None\n return list(g)",
    ),
    "before-it-is-there": (
        "def f(p: Project, ps: tuple[Project, ...], x: str): return [1 for _ in x if p == 1 for p in ps]",
        "def f(p: Project, ps: tuple[Project, ...], x: str): return [1 for _ in x if p is None or p == 1 for p in ps]",
    ),
    "joined-later": (
        "def f(m: Marker | None): return m is None",
        "def f(m: Marker | None): return not m",
    ),
    "any-number-of-arguments": ("def f(*ps: Project): return 1", "def f(*ps: Project): return 1 if ps else 2"),
    "any-number-of-names": ("def f(**ps: Project): return 1", "def f(**ps: Project): return 1 if ps else 2"),
    "fractions-by-default": ("def f(n: int = 0.5): return n >= 1", "def f(n: int = 0.5): return n > 0"),
    "may-be-none": (
        "def f(c: Caller, p: Project): return c.home == p",
        "def f(c: Caller, p: Project): return c.home is None or c.home == p",
    ),
    "has-a-length": ("def f(c: Caller): return c.bag is None", "def f(c: Caller): return not c.bag"),
    "empty-and-abstract": (
        "def f(rows: Iterable[int]): return 1",
        "def f(rows: Iterable[int]): return 1 if rows else 2",
    ),
    "empty-by-protocol": ("def f(rows: Rows): return 1", "def f(rows: Rows): return 1 if rows else 2"),
    "empty-by-a-null-object": (
        "def f(t: Ticket | None): return t is None",
        "def f(t: Ticket | None): return not t",
    ),
    "text-may-be-empty": ("def f(t: str | None): return t is None", "def f(t: str | None): return not t"),
    "equal-to-text": ("def f(c: Caller, t: str): return c.word is t", "def f(c: Caller, t: str): return c.word == t"),
    "equal-as-they-like": ("def f(a: Vague): return a is Vague.THIS", "def f(a: Vague): return a == Vague.THIS"),
    "type-of-another-meaning": (
        "def f(x: object, str: Any):\n if type(x) is not str: return 0\n return x == 'a'",
        "def f(x: object, str: Any):\n if type(x) is not str: return 0\n return x is None or x == 'a'",
    ),
    "unknown-type": ("def f(c, p: Project): return c == p", "def f(c, p: Project): return c is None or c == p"),
    "anything": ("def f(c: Any): return c == 1", "def f(c: Any): return c is None or c == 1"),
    "an-object": ("def f(c: object): return c == 1", "def f(c: object): return c is None or c == 1"),
    "fractions": ("def f(n: float): return n >= 1", "def f(n: float): return n > 0"),
    "given-another-value": (
        "def f(p: Project, c: Caller):\n p = c.home\n return p == 1",
        "def f(p: Project, c: Caller):\n p = c.home\n return p is None or p == 1",
    ),
    "given-another-value-in-a-branch": (
        "def f(p: Project, c: Caller, n: int):\n if n:\n  p = c.home\n return p == 1",
        "def f(p: Project, c: Caller, n: int):\n if n:\n  p = c.home\n return p is None or p == 1",
    ),
    "given-another-value-in-a-loop": (
        "def f(p: Project, c: Caller, n: int):\n for _ in range(n):\n  x = p == 1\n  p = c.home\n return x",
        "def f(p: Project, c: Caller, n: int):\n for _ in range(n):\n  x = not p or p == 1\n  p = c.home\n return x",
    ),
    "given-another-value-in-a-with": (
        "def f(p: Project, c: Any):\n with c as p:\n  pass\n return p == 1",
        "def f(p: Project, c: Any):\n with c as p:\n  pass\n return p is None or p == 1",
    ),
    "given-another-value-if-it-fails": (
        "def f(p: Project, c: Caller):\n try:\n  print()\n except OSError:\n  p = c.home\n return p == 1",
        "def f(p: Project, c: Caller):\n try:\n  print()\n except OSError:\n  p = c.home\n return p is None or p == 1",
    ),
    "given-another-value-before-it-fails": (
        "def f(p: Project, c: Caller):\n try:\n  p = c.home\n  print()\n except OSError:\n  return p == 1",
        "def f(p: Project, c: Caller):\n try:\n  p = c.home\n  print()\n except OSError:\n  return not p or p == 1",
    ),
    "given-another-value-at-the-end-in-any-case": (
        "def f(p: Project, c: Caller):\n try:\n  print()\n finally:\n  p = c.home\n return p == 1",
        "def f(p: Project, c: Caller):\n try:\n  print()\n finally:\n  p = c.home\n return p is None or p == 1",
    ),
    "the-name-of-an-error": (
        "def f(p: Project):\n try: return 1\n except OSError as p: return p == 1",
        "def f(p: Project):\n try: return 1\n except OSError as p: return p is not None and p == 1",
    ),
    "the-name-of-a-match": (
        "def f(p: Project, c: Caller):\n match c.home:\n  case p: pass\n return p == 1",
        "def f(p: Project, c: Caller):\n match c.home:\n  case p: pass\n return p is None or p == 1",
    ),
    "the-name-of-an-import": (
        "def f(p: Project):\n import os as p\n return p == 1",
        "def f(p: Project):\n import os as p\n return p is not None and p == 1",
    ),
    "one-answer-or-one-that-is-not-known": (
        "def f(n: int, c: Any):\n p = found(n) or c.home\n if p is None: return 1",
        "def f(n: int, c: Any):\n p = found(n) or c.home\n if not p: return 1",
    ),
    "one-answer-or-something-with-a-length": (
        "def f(n: int, c: Caller):\n p = found(n) or c.bag\n if p is None: return 1",
        "def f(n: int, c: Caller):\n p = found(n) or c.bag\n if not p: return 1",
    ),
    "an-answer-that-comes-later": (
        "def f(n: int):\n p = later(n)\n return p == 1",
        "def f(n: int):\n p = later(n)\n return p is not None and p == 1",
    ),
    "an-answer-of-something-wrapped": (
        "def f(n: int):\n p = otherwise(n)\n return 1 if p is None else 2",
        "def f(n: int):\n p = otherwise(n)\n return 1 if not p else 2",
    ),
    "an-answer-of-a-parameter": (
        "def f(found: Any):\n p = found(1)\n return 1 if p is None else 2",
        "def f(found: Any):\n p = found(1)\n return 1 if not p else 2",
    ),
    "given-another-value-with-another": (
        "def f(p: Project, c: Caller):\n p, q = c.home, 1\n return p == 1",
        "def f(p: Project, c: Caller):\n p, q = c.home, 1\n return p is None or p == 1",
    ),
    "given-another-value-by-a-counting-loop": (
        "def f(p: Project, cs: list[Project | None]):\n for _, p in enumerate(cs):\n  print(p == 1)",
        "def f(p: Project, cs: list[Project | None]):\n for _, p in enumerate(cs):\n  print(p is None or p == 1)",
    ),
    "the-number-in-a-loop": (
        "def f(p: Project, cs: list[Project]):\n for p, _ in enumerate(cs):\n  print(p == 1)",
        "def f(p: Project, cs: list[Project]):\n for p, _ in enumerate(cs):\n  print(not p or p == 1)",
    ),
    "counted-in-fractions": (
        "def f(a: list[int], b: float):\n n = len(a)\n if a: n += b\n return n >= 1",
        "def f(a: list[int], b: float):\n n = len(a)\n if a: n += b\n return n > 0",
    ),
    "given-another-value-in-the-condition": (
        "def f(p: Project, c: Caller):\n if (p := c.home) == 2: print()\n return p == 1",
        "def f(p: Project, c: Caller):\n if (p := c.home) == 2: print()\n return p is None or p == 1",
    ),
    "given-another-value-in-the-condition-of-a-branch": (
        "def f(p: Project, c: Caller):\n if (p := c.home) != 2: return p == 1",
        "def f(p: Project, c: Caller):\n if (p := c.home) != 2: return p is None or p == 1",
    ),
    "given-another-value-once-it-was-looked-at": (
        "def f(p: Project | None, c: Caller):\n if p is not None and (p := c.home) != 2: return p == 1",
        "def f(p: Project | None, c: Caller):\n if p is not None and (p := c.home) != 2: return p is None or p == 1",
    ),
    "branch-that-goes-on": (
        "def f(c: Caller):\n if c.home is None: print()\n return c.home == 1",
        "def f(c: Caller):\n if c.home is None: print()\n return c.home is None or c.home == 1",
    ),
    "true-in-the-other-branch": (
        "def f(c: Caller):\n if c.home is not None: return 0\n return c.home == 1",
        "def f(c: Caller):\n if c.home is not None: return 0\n return c.home is not None and c.home == 1",
    ),
    "may-change-meanwhile": (
        "def f(c: Loose):\n if c.home is None: return 0\n print()\n return c.home == 1",
        "def f(c: Loose):\n if c.home is None: return 0\n print()\n return c.home is None or c.home == 1",
    ),
    "not-every-type-has-it": (
        "def f(x: Visitor | Role): return x.home == 1",
        "def f(x: Visitor | Role): return x.home is None or x.home == 1",
    ),
    "a-value-and-no-condition": ("def f(c: Caller): return c.home", "def f(c: Caller): return c.home is not None"),
    "elsewhere-too": ("X = 1\ndef f(n: int): return n >= 1", "X = 2\ndef f(n: int): return n > 0"),
    "another-constant": ("def f(n: int): return 1", "def f(n: int): return True"),
}


@pytest.mark.parametrize("name", PROVED)
def test_what_the_types_decide_is_proved(box: Sandbox, name: str) -> None:
    assert proof(box, *PROVED[name]).startswith("every input")


def test_methods_are_read_like_functions(box: Sandbox) -> None:
    before = "class G:\n def m(self, c: Caller): return 1 if c.home is None else 2\ndef m(c): return c.home is None"
    assert proof(box, before, before.replace("c.home is None else", "not c.home else"), "G.m").startswith("every input")
    assert proof(box, before, before.replace("return c.home is None", "return not c.home"), "G.m") == ""
    assert proof(box, before, before, "G.nothing").startswith("every input: both compile")
    assert proof(box, before, before.replace("1", "2"), "G.nothing") == ""
    for source, what, function in (
        (ALIAS, "p", "Outer.f"),
        ("def __up(): return 1\n" + UP, "r", "G.m"),
        (UP, "__p", "G.n"),
    ):
        other = source.replace(f"return {what} == 1", f"return {what} is None or {what} == 1")
        assert (source != other, proof(box, source, other, function)) == (True, "")


@pytest.mark.parametrize("name", NOT_PROVED)
def test_what_they_leave_open_is_not(box: Sandbox, name: str) -> None:
    assert proof(box, *NOT_PROVED[name]) == ""
