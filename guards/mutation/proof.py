"""Shows that a mutant cannot be told from its original, for every input of the declared types, where that is easy.

Either both compile to the same code, or they read the same once conditions are left out that the types decide: what is
declared as `OrganizationId` is not None. Declarations are believed of what comes in, and of the fields of records that
never change; of all else, as of what a function answers with, only what its own code shows. Nothing is run but the
imports; what is not understood is left as it stands.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import inspect
import sys
import types
import typing
from abc import ABCMeta
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from enum import Enum, EnumType
from functools import cache
from types import CodeType, FunctionType, MemberDescriptorType, ModuleType
from typing import Any, Final, get_args, get_origin

from guards.mutation.search import NOTHING, defaults_of, hints_of, or_another

NONE: Final = type(None)
VARIADIC: Final = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
"""What is declared of these is said of each argument, not of the parameter."""
SERIES: Final = (tuple, list, set, frozenset)
FIXED: Final = (tuple, frozenset)
OPEN: Final = (list, set, Sequence, Collection, Iterable, Iterator)
"""To these somebody who knows them by another name may add meanwhile."""
EAGER: Final = ("all", "any", "dict", "frozenset", "list", "max", "min", "next", "set", "sorted", "sum", "tuple")
"""What goes through its only argument before anything else can happen."""
MEANT: Final = (*EAGER, "enumerate", "len", "type")
"""Names that are read as what Python means by them."""
INVOLVED: Final = (ast.Global, ast.Nonlocal, ast.NamedExpr, ast.Await)
"""By these a name is given a value within an expression, from outside, or while somebody else is at work."""
YIELDS: Final = (ast.Yield, ast.YieldFrom)
"""What makes a generator of a function, even where it is never reached."""
SETTERS: Final = frozenset({"__setattr__", "__dict__", "vars", "setattr", "__getattribute__", "__class__"})
"""Words of a module by which a record that never changes may do so, or answer what it likes."""
MAKERS: Final = (tuple, list, set, frozenset, dict)
"""What makes one of these when it is called, and nothing that refines it."""
DEEP: Final = 4
"""How many calls deep is looked for what a function answers."""
UNIONS: Final = (typing.Union, types.UnionType)
METACLASSES: Final = (type, ABCMeta, EnumType)
"""Those of classes of which something is known; that of a protocol is another."""
CODE: Final = (
    "co_name",
    "co_code",
    "co_names",
    "co_varnames",
    "co_freevars",
    "co_cellvars",
    "co_flags",
    "co_argcount",
    "co_posonlyargcount",
    "co_kwonlyargcount",
    "co_exceptiontable",
)
"""What a code object does, without where it stands and without its constants."""
LEAVES: Final = (ast.Return, ast.Raise, ast.Continue, ast.Break)
Facts = dict[str, Any]
"""The declared type of each name and chain of attributes, as far as it is known at one place."""


def proved(job: dict[str, Any], tell: Callable[[Any], None]) -> None:
    """What a worker does: `module`, `function`, and the source `before` and `after` the change."""
    before, after = job["before"], job["after"]
    if _same_code(_compiled(before), _compiled(after)):
        tell({"proof": "every input: both compile to the same code"})
        return
    function = _function(importlib.import_module(job["module"]), job["function"])
    if function is None:
        return
    reasons: list[list[str]] = [[], []]
    trees = [_simplified(source, function, said) for source, said in zip((before, after), reasons, strict=True)]
    if None not in trees and trees[0] == trees[1]:
        why = sorted(set(reasons[0]) ^ set(reasons[1])) or sorted(set(reasons[1]))
        tell({"proof": f"every input and record of exactly the declared types: {'; '.join(why)}"})


def _function(module: ModuleType, name: str) -> FunctionType | None:
    """The function or method of this name, if it is a plain one."""
    found: Any = module
    for part in name.split("."):
        found = vars(found).get(part) if isinstance(found, ModuleType | type) else None
    return found if _is_plain(found) and found.__qualname__ == name else None


def _is_plain(function: Any) -> bool:
    """Whether it is what was defined under its name, and not what a decorator made of that."""
    is_function = isinstance(function, FunctionType) and not hasattr(function, "__wrapped__")
    return is_function and function.__code__.co_qualname == function.__qualname__


def _compiled(source: str) -> CodeType:
    return compile(source, "source", "exec", dont_inherit=True)


def _same_code(one: CodeType, other: CodeType) -> bool:
    """Whether nothing differs but where it stands."""
    if any(getattr(one, name) != getattr(other, name) for name in CODE):
        return False
    pairs = zip(one.co_consts, other.co_consts, strict=False)
    return len(one.co_consts) == len(other.co_consts) and all(_same_constant(a, b) for a, b in pairs)


def _same_constant(one: Any, other: Any) -> bool:
    if isinstance(one, CodeType) and isinstance(other, CodeType):
        return _same_code(one, other)
    return type(one) is type(other) and repr(one) == repr(other)


def _simplified(source: str, function: FunctionType, reasons: list[str]) -> str | None:
    """The syntax tree with the function simplified, as text; None if there is no such function, or an involved one."""
    tree = ast.parse(source)
    found = _definition(tree, function)
    if found is None:
        return None
    hints = {name: hint for name, hint in hints_of(function).items() if name in _plainly_declared(function)}
    module, local = sys.modules[function.__module__], _local(found, function)
    simplifier = _Simplifier(module, local, _alone(found, function), reasons)
    found.body = simplifier.block(found.body, hints)
    return ast.dump(tree)


def _definition(tree: ast.Module, function: FunctionType) -> ast.FunctionDef | None:
    """Where it is defined, if all of it can be understood."""
    found = _definitions(tree.body, function.__qualname__.split("."))
    module = sys.modules.get(function.__module__)
    if len(found) != 1 or module is None:
        return None
    if function.__code__.co_firstlineno not in (found[0].lineno, *(each.lineno for each in found[0].decorator_list)):
        return None  # another one of this name, which stands in a branch
    as_statements = {each.value for each in ast.walk(found[0]) if isinstance(each, ast.Expr)}
    is_involved = any(
        isinstance(each, INVOLVED) or (isinstance(each, YIELDS) and each not in as_statements)
        for each in ast.walk(found[0])
    )
    return None if is_involved or set(MEANT) & (_local(found[0], function) | set(vars(module))) else found[0]


def _local(node: ast.FunctionDef, function: FunctionType) -> frozenset[str]:
    """Every name that the function gives a value to, as it is or was."""
    return frozenset({*function.__code__.co_varnames, *function.__code__.co_cellvars, *_stored(node)})


def _plainly_declared(function: FunctionType) -> Sequence[str]:
    """The parameters that stand for one argument, and whose types are not named by what their class calls so."""
    scope: set[str] = set()
    found: Any = sys.modules[function.__module__]
    for part in function.__qualname__.split(".")[:-1]:
        found = vars(found)[part]
        scope |= set(vars(found))
    said = inspect.get_annotations(function)
    return [name for name in _each_one(function) if name in said and not _words_of(said[name]) & scope]


def _alone(node: ast.FunctionDef, function: FunctionType) -> str:
    names = inspect.signature(function).parameters
    uses = [each.id for each in ast.walk(node) if isinstance(each, ast.Name) and each.id in names]
    return uses[0] if len(uses) == 1 else ""


def _each_one(function: FunctionType) -> Sequence[str]:
    """The parameters that stand for one argument."""
    parameters = inspect.signature(function).parameters.values()
    return [each.name for each in parameters if each.kind not in VARIADIC]


def _definitions(body: list[ast.stmt], names: Sequence[str]) -> list[ast.FunctionDef]:
    """Where the function of this name is defined, inside of the classes that are named before it."""
    here = [each for each in body if isinstance(each, ast.FunctionDef | ast.ClassDef) and each.name == names[0]]
    if len(names) == 1:
        return [each for each in here if isinstance(each, ast.FunctionDef)]
    return [found for each in here if isinstance(each, ast.ClassDef) for found in _definitions(each.body, names[1:])]


@dataclass(slots=True)
class _Simplifier:
    """Leaves out what the types decide; writes one of several ways to say the same."""

    module: ModuleType
    local: frozenset[str]
    """Every name that the function gives a value to."""
    alone: str = ""
    """The parameter that is named, if only one is, and once."""
    reasons: list[str] = field(default_factory=list)
    answers: list[Any] = field(default_factory=list)
    """The type of each answer; None for one that is not known."""
    depth: int = 0
    """How many calls away from the function that was changed."""
    known: dict[Any, Any] = field(default_factory=dict)
    """What other functions answer with, given arguments of these types."""

    # Statements.

    def block(self, body: list[ast.stmt], facts: Facts) -> list[ast.stmt]:
        """What is left of the statements; `facts` becomes what is known after them."""
        left: list[ast.stmt] = []
        for statement in body:
            left += self._statement(statement, facts)
        return left

    def _statement(self, statement: ast.stmt, facts: Facts) -> list[ast.stmt]:
        match statement:
            case ast.If():
                return self._if(statement, facts)
            case ast.Assign(targets, value) | ast.AnnAssign(target=targets, value=ast.expr() as value):
                statement.value = self.value(value, facts)
                known = self._given(targets, statement.value, facts)
                _forget(facts, _stored(statement))
                facts |= known
            case ast.AugAssign(target=ast.Name(name)):
                statement.value = self.value(statement.value, facts)
                if self.hint(ast.BinOp(ast.Name(name), statement.op, statement.value), facts) is not int:
                    _forget(facts, {name})
            case ast.Return(value):
                statement.value = None if value is None else self.value(value, facts)
                self.answers.append(NONE if value is None else self.hint(value, facts))
            case ast.Expr(value):
                statement.value = self.value(value, facts)
            case ast.Raise() | ast.Continue() | ast.Break() | ast.Pass():
                pass
            case ast.For(orelse=[]):
                statement.iter = self.value(statement.iter, facts)
                each = self._each(statement.target, statement.iter, facts)
                _forget(facts, _stored(statement))
                statement.body = self.block(statement.body, facts | each)
            case ast.Try(finalbody=[]):
                self._try(statement, facts)
            case _:
                _forget(facts, _stored(statement))
                self.answers += [None for each in ast.walk(statement) if isinstance(each, ast.Return)]
        return [statement]

    def _if(self, statement: ast.If, facts: Facts) -> list[ast.stmt]:
        statement.test = self.condition(statement.test, facts)
        if isinstance(statement.test, ast.Constant):
            taken, dead = statement.body, statement.orelse
            if not statement.test.value:
                taken, dead = dead, taken
            if not any(map(_has_a_say, dead)):
                return self.block(taken, facts)
        true, false = (facts | self.learned(statement.test, facts, answer) for answer in (True, False))
        without = {name: hint for name, hint in false.items() if name.partition(".")[0] not in _stored(statement)}
        statement.body = self.block(statement.body, true)
        statement.orelse = self.block(statement.orelse, false)
        _forget(facts, _stored(statement))
        facts |= {name: hint for name, hint in true.items() if name in _stored(statement) and false.get(name) == hint}
        if statement.body and isinstance(statement.body[-1], LEAVES) and not statement.orelse:
            facts |= without
        return [statement]

    def _try(self, statement: ast.Try, facts: Facts) -> None:
        inside = dict(facts)
        statement.body = self.block(statement.body, inside)
        _forget(facts, _stored(statement))
        for handler in statement.handlers:
            handler.body = self.block(handler.body, dict(facts))
        statement.orelse = self.block(statement.orelse, inside)
        if all(isinstance(handler.body[-1], LEAVES) for handler in statement.handlers if handler.body):
            facts |= inside

    # Expressions.

    def value(self, node: ast.expr, facts: Facts) -> ast.expr:
        match node:
            case ast.BoolOp():
                return self._several(node, facts, is_condition=False)
            case ast.Compare():
                return self._compared(_with_parts(node, lambda part: self.value(part, facts)), facts)
            case ast.UnaryOp(ast.USub(), ast.Constant(int() as number)):
                return ast.Constant(-number)
            case ast.UnaryOp(op=ast.Not()):
                return self._not(self.condition(node.operand, facts))
            case ast.IfExp():
                return self._choice(node, facts)
            case ast.ListComp() | ast.SetComp():
                return self._comprehension(node, facts)
            case ast.Call(ast.Name(name), [ast.GeneratorExp() as first]) if name in EAGER:
                self._comprehension(first, facts)
            case ast.Lambda() | ast.DictComp() | ast.GeneratorExp():
                return node  # of these the last may be gone through when much has changed
        return _with_parts(node, lambda part: self.value(part, facts))

    def condition(self, node: ast.expr, facts: Facts) -> ast.expr:
        """Where only truth matters."""
        node = (
            self._several(node, facts, is_condition=True) if isinstance(node, ast.BoolOp) else self.value(node, facts)
        )
        match node:
            case ast.Compare(ast.Call(ast.Name("len"), [of]), [ast.Gt() | ast.NotEq()], [ast.Constant(0)]):
                return of if self._is_series(of, facts) else node
            case ast.Compare(ast.Call(ast.Name("len"), [of]), [ast.LtE() | ast.Eq()], [ast.Constant(0)]):
                return self._not(of) if self._is_series(of, facts) else node
        members = _members(self.hint(node, facts))
        others = [each for each in members if each is not NONE]
        if not _is_chain(node) or not others or not all(map(_is_always_true, others)):
            return node
        if NONE not in members:
            return self._decided(node, facts, True)
        self.reasons.append(f"`{ast.unparse(node)}` is None or true")
        return ast.Compare(node, [ast.IsNot()], [ast.Constant(None)])

    def _several(self, node: ast.BoolOp, facts: Facts, *, is_condition: bool) -> ast.expr:
        is_and = isinstance(node.op, ast.And)
        known, left = dict(facts), list[ast.expr]()
        for n, part in enumerate(node.values):
            is_last = n == len(node.values) - 1
            made = self.condition(part, known) if is_condition else self.value(part, known)
            if isinstance(made, ast.Constant) and made.value is is_and and (is_condition or not is_last):
                continue
            left.append(made)
            if isinstance(made, ast.Constant) and made.value is (not is_and):
                break
            known |= self.learned(made, known, is_and)
        if not left:
            return ast.Constant(is_and)
        return left[0] if len(left) == 1 else ast.BoolOp(node.op, left)

    def _not(self, node: ast.expr) -> ast.expr:
        opposite = {ast.Is: ast.IsNot, ast.IsNot: ast.Is}
        match node:
            case ast.Constant(bool() as value):
                return ast.Constant(not value)
            case ast.Compare(left, [ast.Is() | ast.IsNot() as how], [right]):
                return ast.Compare(left, [opposite[type(how)]()], [right])
        return ast.UnaryOp(ast.Not(), node)

    def _choice(self, node: ast.IfExp, facts: Facts) -> ast.expr:
        test = self.condition(node.test, facts)
        if isinstance(test, ast.Constant):
            return self.value(node.body if test.value else node.orelse, facts)
        body = self.value(node.body, facts | self.learned(test, facts, True))
        return ast.IfExp(test, body, self.value(node.orelse, facts | self.learned(test, facts, False)))

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp, facts: Facts) -> ast.expr:
        inside = dict(facts)
        _forget(inside, {name for each in node.generators for name in _stored(each.target)})
        for each in node.generators:
            each.iter = self.value(each.iter, inside)
            known = self._each(each.target, each.iter, inside)
            _forget(inside, _stored(each))
            inside |= known
            for n, test in enumerate(each.ifs):
                each.ifs[n] = self.condition(test, inside)
                inside |= self.learned(each.ifs[n], inside, True)
            each.ifs = [test for test in each.ifs if not (isinstance(test, ast.Constant) and test.value is True)]
        node.elt = self.value(node.elt, inside)
        return node

    def _compared(self, node: ast.expr, facts: Facts) -> ast.expr:
        match node:
            case ast.Compare(left, [ast.Is() | ast.IsNot() as how], [ast.Constant(None)]) if _is_chain(left):
                members = _members(self.hint(left, facts))
                if members and NONE not in members:
                    return self._decided(left, facts, isinstance(how, ast.IsNot))
            case ast.Compare(left, [ast.Eq() | ast.NotEq() as how], [right]):
                kinds = {_members(self.hint(each, facts)) for each in (left, right)}
                kind = next(iter(kinds))
                if len(kinds) == len(kind) == 1 and _is_plain_enum(*kind):
                    self.reasons.append(f"there is one of each {kind[0].__name__}")
                    return ast.Compare(left, [ast.Is() if isinstance(how, ast.Eq) else ast.IsNot()], [right])
            case ast.Compare(left, [ast.GtE() | ast.Lt() as how], [ast.Constant(int() as bound)]):
                if self.hint(left, facts) is int:
                    self.reasons.append(f"`{ast.unparse(left)}` is a whole number")
                    below = ast.Gt() if isinstance(how, ast.GtE) else ast.LtE()
                    return ast.Compare(left, [below], [ast.Constant(bound - 1)])
        return node

    def _decided(self, node: ast.expr, facts: Facts, answer: bool) -> ast.expr:
        names = " or ".join(sorted(each.__name__ for each in _members(self.hint(node, facts))))
        self.reasons.append(f"`{ast.unparse(node)}` is {names}, never None")
        return ast.Constant(answer)

    # What is known.

    def _given(self, targets: ast.expr | list[ast.expr], value: ast.expr, facts: Facts) -> Facts:
        """What is known of the names that are given this value."""
        match targets:
            case ast.Name(name) | [ast.Name(name)]:
                hints = {name: self.hint(value, facts)}
            case [ast.Tuple(parts)] if all(isinstance(part, ast.Name) for part in parts):
                names = [ast.unparse(part) for part in parts]
                hints = dict(zip(names, self._elements(value, facts), strict=False))
            case _:
                return {}
        return {name: hint for name, hint in hints.items() if hint is not None}

    def _elements(self, node: ast.expr, facts: Facts) -> Sequence[Any]:
        """The type of each element of a tuple, as far as that is known."""
        if isinstance(node, ast.Tuple) and not any(isinstance(each, ast.Starred) for each in node.elts):
            return [self.hint(each, facts) for each in node.elts]
        hint = self.hint(node, facts)
        several = get_args(hint) if get_origin(hint) in UNIONS else (hint,)
        elements = [get_args(each) if get_origin(each) is tuple else () for each in several]
        if any(get_origin(part) is typing.Unpack for each in elements for part in each):
            return ()
        return [_united(each) for each in zip(*elements, strict=False)]

    def learned(self, test: ast.expr, facts: Facts, answer: bool) -> Facts:
        """What holds if this condition answers so."""
        match test:
            case ast.UnaryOp(ast.Not(), operand):
                return self.learned(operand, facts, not answer)
            case ast.BoolOp(op, parts) if isinstance(op, ast.And) is answer:
                found: Facts = {}
                for part in parts:
                    found |= self.learned(part, facts | found, answer)
                return found
            case ast.Compare(left, [ast.Is() | ast.IsNot() as how], [ast.Constant(None)]) if _is_chain(left):
                return self._narrowed(left, NONE, facts, isinstance(how, ast.Is) is answer)
            case ast.Compare(ast.Call(ast.Name("type"), [of]), [ast.Is() | ast.IsNot() as how], [ast.Name(name)]):
                kind = self._global(name)
                if _is_chain(of) and isinstance(kind, type):
                    return self._narrowed(of, kind, facts, isinstance(how, ast.Is) is answer)
        return {}

    def _each(self, target: ast.expr, series: ast.expr, facts: Facts) -> Facts:
        """What is known of the names that a loop over a series gives a value to."""
        match target, series:
            case ast.Tuple([ast.Name(), ast.Name() as member]), ast.Call(ast.Name("enumerate"), [counted]):
                return self._each(member, counted, facts)
            case ast.Name(name), _:
                is_alone = isinstance(series, ast.Name) and series.id == self.alone
                hint = _member(self.hint(series, facts), (*FIXED, *OPEN) if is_alone else FIXED)
                return {} if hint is None else {name: hint}
        return {}

    def _narrowed(self, node: ast.expr, kind: type, facts: Facts, is_it: bool) -> Facts:
        if not self._is_steady(node, facts):
            return {}
        members = _members(self.hint(node, facts))
        left = [kind] if is_it else [each for each in members if each is not kind]
        return {ast.unparse(node): typing.Union[tuple(left)]} if left else {}  # noqa: UP007 - made here

    def _global(self, name: str) -> Any:
        """What the name means where it is none of the function's own, nor may mean something else as this runs."""
        if name in self.local or name.startswith("__") or name in _rebound(self.module.__name__):
            return None
        return vars(self.module).get(name, vars(builtins).get(name))

    def _is_steady(self, node: ast.expr, facts: Facts) -> bool:
        """Whether this is what it was when last looked at, unless the function itself gave it another value."""
        match node:
            case ast.Name(name):
                return name in self.local
            case ast.Attribute(owner, name):
                return self._field(owner, name, facts) is not None and self._is_steady(owner, facts)
        return False

    def hint(self, node: ast.expr, facts: Facts) -> Any:
        """The type of an expression; None if it is not known."""
        text = ast.unparse(node)
        if _is_chain(node) and text in facts:
            return facts[text]
        match node:
            case ast.Attribute(ast.Name(name), member) if name not in self.local:
                kind = self._global(name)
                is_member = isinstance(kind, type) and issubclass(kind, Enum) and member in kind.__members__
                return kind if is_member else None
            case ast.Attribute(owner, name):
                return self._field(owner, name, facts)
            case ast.Constant(value):
                return type(value)
            case ast.JoinedStr():
                return str
            case ast.Call(ast.Name("len")):
                return int
            case ast.Call(ast.Name(name)) if name not in self.local:
                called = self._global(name)
                return called if _makes_its_own(called) else self._answered(called, node, facts)
            case ast.BinOp(left, ast.Add() | ast.Sub() | ast.Mult(), right):
                return int if self.hint(left, facts) is self.hint(right, facts) is int else None
            case ast.BoolOp(values=parts):
                return _united([self.hint(part, facts) for part in parts])
            case ast.IfExp(body=one, orelse=other):
                return _united([self.hint(one, facts), self.hint(other, facts)])
            case ast.ListComp():
                return list
            case ast.Tuple():
                hints = self._elements(node, facts)
                return None if None in hints or not hints else types.GenericAlias(tuple, tuple(hints))
        return None

    def _field(self, owner: ast.expr, name: str, facts: Facts) -> Any:
        """The type of a field that never changes, and that all types of its owner have."""
        if not _is_steadfast(self.module.__name__):
            return None
        return _united([_field_of(kind, name) for kind in _members(self.hint(owner, facts))])

    def _answered(self, function: Any, call: ast.Call, facts: Facts) -> Any:
        """What a plain function answers with, if its own code shows that, given what is known of the arguments."""
        if not _is_plain(function) or inspect.isgeneratorfunction(function) or self.depth == DEEP:
            return None
        named = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg is not None}
        if len(named) < len(call.keywords) or any(isinstance(each, ast.Starred) for each in call.args):
            return None
        try:
            bound = inspect.signature(function).bind(*call.args, **named)
        except TypeError:
            return None
        arguments = {name: node for name, node in bound.arguments.items() if name in _each_one(function)}
        hints = {name: type(value) for name, value in defaults_of(function).items()}
        hints |= {name: self.hint(node, facts) for name, node in arguments.items()}
        about = (function, self.depth, *hints.items())
        if about not in self.known:
            self.known[about] = self._shown(function, {name: hint for name, hint in hints.items() if hint is not None})
        return self.known[about]

    def _shown(self, function: FunctionType, hints: Facts) -> Any:
        """What the code of a function shows of its answers, for such arguments."""
        source = _source(function.__module__)
        node = None if source is None else _definition(ast.parse(source), function)
        if node is None:
            return None
        module = sys.modules[function.__module__]
        inside = _Simplifier(module, _local(node, function), depth=self.depth + 1, known=self.known)
        left = inside.block(node.body, hints)
        ends = bool(left) and isinstance(left[-1], LEAVES)
        return _united([*inside.answers, *([] if ends else [NONE])])

    def _is_series(self, node: ast.expr, facts: Facts) -> bool:
        hint = self.hint(node, facts)
        return get_origin(hint) in SERIES or hint in SERIES


def _with_parts(node: ast.expr, change: Callable[[ast.expr], ast.expr]) -> ast.expr:
    """The expression with each expression in it changed."""
    for name, part in ast.iter_fields(node):
        if isinstance(part, ast.expr):
            setattr(node, name, change(part))
        elif isinstance(part, list):
            setattr(node, name, [change(each) if isinstance(each, ast.expr) else each for each in part])
        if isinstance(node, ast.Call) and name == "keywords":
            for keyword in node.keywords:
                keyword.value = change(keyword.value)
    return node


def _is_chain(node: ast.expr) -> bool:
    """A name, or attributes of one."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def _stored(node: ast.AST) -> set[str]:
    """Every name that is given a value in here, in whichever way."""
    found: set[str] = set()
    for each in ast.walk(node):
        match each:
            case ast.Name(name, ast.Store() | ast.Del()):
                found.add(name)
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                found.add(name)
            case ast.MatchMapping(rest=str(name)) | ast.alias(asname=str(name)):
                found.add(name)
            case ast.alias(name):
                found.add(name.partition(".")[0])
            case ast.FunctionDef(name) | ast.AsyncFunctionDef(name) | ast.ClassDef(name):
                found.add(name)
    return found


def _has_a_say(node: ast.AST) -> bool:
    """Whether a function is another one without this, though this is never reached: whose names are its own differs."""
    return bool(_stored(node)) or any(isinstance(each, YIELDS) for each in ast.walk(node))


def _forget(facts: Facts, names: Collection[str]) -> None:
    for key in [key for key in facts if key.partition(".")[0] in names]:
        del facts[key]


def _members(hint: Any) -> tuple[type, ...]:
    """The types that a value may have; empty if that is not known."""
    if get_origin(hint) in UNIONS:
        members = [_members(each) for each in get_args(hint)]
        return tuple(kind for each in members for kind in each) if all(members) else ()
    kind = get_origin(hint) or hint
    return (kind,) if _says_something(kind) else ()


def _says_something(kind: Any) -> bool:
    """Whether it is a type, and None is none of these unless it says so: it is an object, and Hashable."""
    if kind is NONE:
        return True
    return type(kind) in METACLASSES and not issubclass(NONE, kind)


def _united(hints: Sequence[Any]) -> Any:
    """What is one of these; None if one of them is not known, or there is none."""
    return None if None in hints or not hints else typing.Union[tuple(hints)]  # noqa: UP007 - made here


def _member(hint: Any, kinds: Collection[type]) -> Any:
    """The type of what a collection holds, where that is one type."""
    arguments = get_args(hint)
    if get_origin(hint) not in kinds or not arguments:
        return None
    if get_origin(hint) is tuple and arguments[1:] != (...,):
        return None
    return arguments[0]


def _field_of(kind: type, name: str) -> Any:
    """The declared type of a field that never changes."""
    declared = [(each, vars(each)["__annotations__"][name]) for each in kind.__mro__ if name in _declared_in(each)]
    is_one = is_dataclass(kind) and getattr(kind, "__dataclass_params__").frozen  # noqa: B009 - mypy knows no such name
    if not is_one or len(declared) != 1 or _words_of(declared[0][1]) & set(vars(declared[0][0])):
        return None
    if not all(_is_steadfast(each.__module__) for each in kind.__mro__[:-1]):
        return None
    said = next((each for each in fields(kind) if each.name == name), None)
    if said is None or not said.init or not _is_kept(inspect.getattr_static(kind, name, MISSING), said.default):
        return None
    try:
        hint = typing.get_type_hints(kind)[name]
    except Exception:  # whatever an annotation that cannot be read raises
        return None
    if said.default_factory not in (MISSING, *_members(hint)):
        return None
    return or_another(hint, NOTHING if said.default is MISSING else said.default)


def _is_kept(found: Any, default: Any) -> bool:
    """Whether what a class has under a field's name leaves the field to the instance."""
    return isinstance(found, MemberDescriptorType) or (found is default and not hasattr(type(found), "__get__"))


def _declared_in(kind: type) -> Collection[str]:
    return frozenset(vars(kind).get("__annotations__", ()))


def _words_of(annotation: Any) -> set[str]:
    """The names in an annotation that is not read yet."""
    nodes = ast.walk(ast.parse(annotation)) if isinstance(annotation, str) else ()
    return {node.id for node in nodes if isinstance(node, ast.Name)}


def _makes_its_own(called: Any) -> bool:
    """Whether calling this makes one of these and nothing else."""
    if called in MAKERS:
        return True
    return isinstance(called, type) and inspect.getattr_static(called, "__new__") is vars(object)["__new__"]


def _source(module: str) -> str | None:
    """What a module was made of."""
    loader: Any = getattr(sys.modules.get(module), "__loader__", None)
    with suppress(Exception):  # whatever a loader raises that has none
        return str(loader.get_source(module))
    return None


def _is_steadfast(module: str) -> bool:
    """Whether nothing in a module speaks of changing what does not change."""
    return SETTERS.isdisjoint(_words(module))


@cache
def _words(module: str) -> frozenset[str]:
    """Every name that stands in a module; where that is not known, those of which nothing is believed."""
    source = _source(module)
    if source is None:
        return SETTERS
    nodes = list(ast.walk(ast.parse(source)))
    said = {node.id for node in nodes if isinstance(node, ast.Name)}
    said |= {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    return frozenset(said | {node.name for node in nodes if isinstance(node, ast.FunctionDef)})


@cache
def _rebound(module: str) -> frozenset[str]:
    """The names of a module that its functions give other values."""
    nodes = ast.walk(ast.parse(_source(module) or ""))
    return frozenset(name for node in nodes if isinstance(node, ast.Global) for name in node.names)


def _is_always_true(kind: type) -> bool:
    """Of what is abstract or a protocol nothing is known: `()` is an Iterable, and false; others may join in."""
    if kind.__module__ == "builtins" or type(kind) is not type or "__class__" in _words(kind.__module__):
        return False
    return not any(hasattr(one, name) for one in _and_below(kind) for name in ("__bool__", "__len__"))


def _and_below(kind: type) -> Iterator[type]:
    """A type, and whatever is loaded that is one, too: one of these may be a null object."""
    yield kind
    below: list[type] = type.__subclasses__(kind)
    for one in below:
        yield from _and_below(one)


def _is_plain_enum(kind: type) -> bool:
    """One whose members equal themselves and nothing else."""
    return issubclass(kind, Enum) and bool(kind.__members__) and kind.__eq__ is object.__eq__
