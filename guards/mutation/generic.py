"""Generic mutants: what mutmut changes inside functions, as replacements in the text like those of safety operators.

Only its engine is asked. Its runner works on a copy of the project, and takes a usage error of pytest for a kill; here
its mutants run like all others. Its settings and its `# pragma: no mutate` are not read: nothing is passed over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from importlib import metadata
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final, cast

from guards.errors import GuardsError
from guards.mutation.operators.code import Code, Replacement, Token, tokens_of

if TYPE_CHECKING:
    import libcst

MUTMUT: Final = "3.8.1"
"""The release whose engine is asked, as pinned in pyproject.toml: another one makes other mutants with other names."""

Change = tuple[str, "libcst.CSTNode", "libcst.CSTNode"]
"""An operator's name, a node, and what the operator puts in its place."""


class NoMutmut(GuardsError):
    """Generic mutants are asked for, and the tool that makes them is not there."""

    code = "no_mutmut"


def require_mutmut() -> None:
    """Raises `NoMutmut` unless the engine can be asked."""
    try:
        found = metadata.version("mutmut")
    except metadata.PackageNotFoundError:
        found = ""
    if found != MUTMUT:
        there = f"mutmut {found} is" if found else "it is not"
        raise NoMutmut(
            f"the tier `generic` is made with mutmut {MUTMUT}, and {there} installed; nothing was run. "
            f"Run `pip install mutmut=={MUTMUT}`, or name other tiers with --tier"
        )


def generic_replacements(code: Code) -> Iterator[tuple[str, Replacement]]:
    """Each change that mutmut makes inside a function that it would run, with the name of its operator.

    >>> from guards.mutation.operators.code import Code
    >>> [(name, change.text) for name, change in generic_replacements(Code("def f(a):\\n    return a < 10"))]
    [('swap-op', '<='), ('number', '11')]
    """
    from libcst.metadata import WhitespaceInclusivePositionProvider

    module, changes = _read(code.source)
    places = module.resolve(WhitespaceInclusivePositionProvider)
    for function, render in _functions(module.module):
        if function not in changes:
            continue
        start = code.line_start(places[function].start.line)
        text = render(function)
        tokens = tokens_of(text, with_line_ends=True)
        for name, node, instead in changes[function]:
            changed = function.deep_replace(node, instead)
            yield name, _moved(difference(text, tokens, render(cast("libcst.FunctionDef", changed))), start)


def _read(source: str) -> tuple[libcst.MetadataWrapper, dict[libcst.FunctionDef, list[Change]]]:
    """The source as libcst reads it, and what mutmut changes in each of its functions."""
    from libcst import FunctionDef, parse_module
    from libcst.metadata import MetadataWrapper
    from mutmut.mutation.file_mutation import MutationVisitor
    from mutmut.mutation.mutators import mutation_operators
    from mutmut.mutation.pragma_handling import IgnoredCode

    names: dict[tuple[int, int], str] = {}
    operators = [(kind, _noting(operator, names)) for kind, operator in mutation_operators]
    visitor = MutationVisitor(operators, IgnoredCode(set(), set(), set()))
    module = MetadataWrapper(parse_module(source))
    module.visit(visitor)
    changes: dict[libcst.FunctionDef, list[Change]] = defaultdict(list)
    for made in visitor.mutations:
        around = made.contained_by_top_level_function
        if isinstance(around, FunctionDef):  # it may be any statement of a class, which mutmut does not run in variants
            name = names[id(made.original_node), id(made.mutated_node)]
            changes[around].append((name, made.original_node, made.mutated_node))
    return module, changes


def _noting(
    operator: Callable[[Any], Iterable[libcst.CSTNode]], names: dict[tuple[int, int], str]
) -> Callable[[Any], Iterator[libcst.CSTNode]]:
    """The operator, which notes its name for each change that it makes: mutmut keeps the change alone."""
    name = operator.__name__.removeprefix("operator_").replace("_", "-")

    def noting(node: Any) -> Iterator[libcst.CSTNode]:
        for instead in operator(node):
            names[id(node), id(instead)] = name
            yield instead

    return noting


def _functions(module: libcst.Module) -> Iterator[tuple[libcst.FunctionDef, Callable[[libcst.FunctionDef], str]]]:
    """The functions of the module and the methods of its classes, each with what renders it, indented as it is."""
    from libcst import ClassDef, FunctionDef, IndentedBlock

    for statement in module.body:
        if isinstance(statement, FunctionDef):
            yield statement, module.code_for_node
        elif isinstance(statement, ClassDef) and isinstance(statement.body, IndentedBlock):
            render = partial(_in_class, module, statement.body.indent)
            yield from ((part, render) for part in statement.body.body if isinstance(part, FunctionDef))


def _in_class(module: libcst.Module, indent: str | None, function: libcst.FunctionDef) -> str:
    """The text of a method, without that of its class."""
    from libcst import ClassDef, IndentedBlock, Name

    text = module.code_for_node(ClassDef(Name("_"), IndentedBlock([function], indent=indent)))
    return text.partition(module.default_newline)[2]


def _moved(replacement: Replacement, by: int) -> Replacement:
    return Replacement(replacement.start + by, replacement.end + by, replacement.text)


def difference(text: str, tokens: Sequence[Token], changed: str) -> Replacement:
    """The one replacement, from token to token, that makes the changed text out of the text with these tokens.

    >>> difference("f(a, b)", tokens_of("f(a, b)"), "f(b)")
    Replacement(start=2, end=5, text='')
    >>> difference("f(a, a is b)", tokens_of("f(a, a is b)"), "f(a is b)")
    Replacement(start=3, end=6, text='')
    >>> difference("a in b", tokens_of("a in b"), "a not in b")
    Replacement(start=2, end=4, text='not in')
    """
    after = tokens_of(changed, with_line_ends=True)
    first = _alike(tokens, after)
    behind = min(_alike(tokens[::-1], after[::-1]), min(len(tokens), len(after)) - first)
    last, until = len(tokens) - behind, len(after) - behind
    if first == until:
        return _deletion(text, tokens, first, last)
    if first == last:  # what is put in is shown with the word that it changes
        first, last, until = (first, last + 1, until + 1) if tokens[first][2] == "in" else (first - 1, last, until)
    return Replacement(tokens[first][0], tokens[last - 1][1], changed[after[first][0] : after[until - 1][1]])


def _deletion(text: str, tokens: Sequence[Token], first: int, last: int) -> Replacement:
    """These tokens go, or as many further left that leave the same text, if those begin a line."""
    left, right = first, last
    while left and tokens[left - 1][2] == tokens[right - 1][2] and not _begins_its_line(text, tokens[left][0]):
        left, right = left - 1, right - 1
    if _begins_its_line(text, tokens[left][0]):
        first, last = left, right
    if tokens[last - 1][2].isspace():  # a statement goes, and its line stays
        last -= 1
    start, end = tokens[first][0], tokens[last - 1][1]
    following = tokens[last][0] if last < len(tokens) else end
    is_kept = text[end:following].strip(" ") or _are_two_words(text[:start], text[following:])
    return Replacement(start, end if is_kept else following, "")


def _are_two_words(left: str, right: str) -> bool:
    """Whether these would run into one word with nothing between them."""
    return bool(left and right) and f"_{left[-1]}{right[0]}".isidentifier()


def _begins_its_line(text: str, offset: int) -> bool:
    return not text[text.rfind("\n", 0, offset) + 1 : offset].strip()


def _alike(some: Sequence[Token], others: Sequence[Token]) -> int:
    """How many tokens are the same from the start."""
    return sum(1 for _ in takewhile(lambda pair: pair[0][2] == pair[1][2], zip(some, others, strict=False)))
