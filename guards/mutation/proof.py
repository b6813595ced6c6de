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
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from types import CodeType, FunctionType, ModuleType
from typing import Any, Final, get_args, get_origin

from guards.mutation.declared import (
    NONE,
    UNIONS,
    element_of,
    field_of,
    is_always_true,
    is_plain_enum,
    is_steadfast,
    makes_its_own,
    members_of,
    rebound,
    source_of,
    united,
    words_of,
)
from guards.mutation.search import defaults_of, hints_of

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
DEEP: Final = 4
"""How many calls deep is looked for what a function answers."""
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
    return type(one) is type(other) and repr(one) == repr(other) and bool(one == other)  # what is no number has a sign


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
        isinstance(each, INVOLVED)
        or (isinstance(each, YIELDS) and each not in as_statements)
        or (isinstance(each, ast.Name) and each.id.startswith("__"))  # which is another name in a class
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
    return [name for name in _each_one(function) if name in said and not words_of(said[name]) & scope]


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
        if all(handler.body and isinstance(handler.body[-1], LEAVES) for handler in statement.handlers):
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
        members = members_of(self.hint(node, facts))
        others = [each for each in members if each is not NONE]
        if not _is_chain(node) or not others or not all(map(is_always_true, others)):
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
                members = members_of(self.hint(left, facts))
                if members and NONE not in members:
                    return self._decided(left, facts, isinstance(how, ast.IsNot))
            case ast.Compare(left, [ast.Eq() | ast.NotEq() as how], [right]):
                kinds = {members_of(self.hint(each, facts)) for each in (left, right)}
                kind = next(iter(kinds))
                if len(kinds) == len(kind) == 1 and is_plain_enum(*kind):
                    self.reasons.append(f"there is one of each {kind[0].__name__}")
                    return ast.Compare(left, [ast.Is() if isinstance(how, ast.Eq) else ast.IsNot()], [right])
            case ast.Compare(left, [ast.GtE() | ast.Lt() as how], [ast.Constant(int() as bound)]):
                if self.hint(left, facts) is int:
                    self.reasons.append(f"`{ast.unparse(left)}` is a whole number")
                    below = ast.Gt() if isinstance(how, ast.GtE) else ast.LtE()
                    return ast.Compare(left, [below], [ast.Constant(bound - 1)])
        return node

    def _decided(self, node: ast.expr, facts: Facts, answer: bool) -> ast.expr:
        names = " or ".join(sorted(each.__name__ for each in members_of(self.hint(node, facts))))
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
        return [united(each) for each in zip(*elements, strict=False)]

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
                hint = element_of(self.hint(series, facts), (*FIXED, *OPEN) if is_alone else FIXED)
                return {} if hint is None else {name: hint}
        return {}

    def _narrowed(self, node: ast.expr, kind: type, facts: Facts, is_it: bool) -> Facts:
        if not self._is_steady(node, facts):
            return {}
        members = members_of(self.hint(node, facts))
        left = [kind] if is_it else [each for each in members if each is not kind]
        return {ast.unparse(node): typing.Union[tuple(left)]} if left else {}  # noqa: UP007 - made here

    def _global(self, name: str) -> Any:
        """What the name means where it is none of the function's own, nor may mean something else as this runs."""
        if name in self.local or name in rebound(self.module.__name__):
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
            case ast.Call(ast.Name("len")):
                return int
            case ast.Call(ast.Name(name)) if name not in self.local:
                called = self._global(name)
                return called if makes_its_own(called) else self._answered(called, node, facts)
            case ast.BinOp(left, ast.Add() | ast.Sub() | ast.Mult(), right):
                return int if self.hint(left, facts) is self.hint(right, facts) is int else None
            case ast.BoolOp(values=parts):
                return united([self.hint(part, facts) for part in parts])
            case ast.IfExp(body=one, orelse=other):
                return united([self.hint(one, facts), self.hint(other, facts)])
            case ast.ListComp():
                return list
            case ast.Tuple():
                hints = self._elements(node, facts)
                return None if None in hints or not hints else types.GenericAlias(tuple, tuple(hints))
        return None

    def _field(self, owner: ast.expr, name: str, facts: Facts) -> Any:
        """The type of a field that never changes, and that all types of its owner have."""
        if not is_steadfast(self.module.__name__):
            return None
        return united([field_of(kind, name) for kind in members_of(self.hint(owner, facts))])

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
        source = source_of(function.__module__)
        node = None if source is None else _definition(ast.parse(source), function)
        if node is None:
            return None
        module = sys.modules[function.__module__]
        inside = _Simplifier(module, _local(node, function), depth=self.depth + 1, known=self.known)
        left = inside.block(node.body, hints)
        ends = bool(left) and isinstance(left[-1], LEAVES)
        return united([*inside.answers, *([] if ends else [NONE])])

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
