"""Text that somebody else chose, made fit to be shown: nothing that a page, a terminal or XML would obey, and bounded.

Markup is escaped by whoever writes it (Jinja, ElementTree); here goes what escaping does not catch: control codes,
marks that turn the reading direction, and length.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

SHOWN_MAX: Final = 240
"""Characters of one value on a page; ids may have ten thousand."""
NAME_MAX: Final = 120
"""Characters of one name among others in a sentence."""
_PLAIN: Final = re.compile(r"[ -~]*\Z")
_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]()#+!|~$@:-])")


def visible(text: str, most: int = SHOWN_MAX) -> str:
    r"""The text with whatever is not plainly seen spelled out, and with its length where it was cut.

    >>> visible("a\x1b[31m\u202eb")
    'a\\x1b[31m\\u202eb'
    >>> visible("x" * 9, most=4)
    'xxxx... (9 characters)'
    """
    cut = text if len(text) <= most else text[:most]
    seen = cut if _PLAIN.match(cut) else "".join(map(_seen, cut))
    return seen if len(text) <= most else f"{seen}... ({len(text):,} characters)"


def visible_lines(text: str, most: int = SHOWN_MAX) -> str:
    """The same for text of several lines, each bounded; a tab stays a tab."""
    return "\n".join("\t".join(visible(part, most) for part in line.split("\t")) for line in text.split("\n"))


def markdown(text: str, most: int = SHOWN_MAX) -> str:
    r"""The text as Markdown that shows it and does nothing else.

    >>> markdown("a|<b>_c_")
    'a\\|&lt;b&gt;\\_c\\_'
    """
    escaped = _MARKDOWN.sub(r"\\\1", visible(text, most))
    return re.sub(r"&(?!lt;|gt;)", "&amp;", escaped.replace("<", "&lt;").replace(">", "&gt;"))


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun.

    >>> counted(1, "entry", "entries"), counted(1574, "call")
    ('1 entry', '1,574 calls')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def first_few(names: Sequence[str], most: int) -> str:
    """The first names, each as far as it is fit to be read, and how many more there are."""
    rest = len(names) - most
    return ", ".join(visible(name, NAME_MAX) for name in names[:most]) + (f" and {rest:,} more" if rest > 0 else "")


def ranges(lines: Sequence[int]) -> list[str]:
    """Lines that follow each other as one.

    >>> ranges([3, 7, 8, 9, 11])
    ['3', '7-9', '11']
    """
    starts = [n for n, line in enumerate(lines) if n == 0 or lines[n - 1] != line - 1]
    ends = [*starts[1:], len(lines)][: len(starts)]
    return [
        f"{lines[start]}-{lines[end - 1]}" if end - start > 1 else str(lines[start])
        for start, end in zip(starts, ends, strict=True)
    ]


def _seen(character: str) -> str:
    """Letters, marks, numbers, punctuation, symbols and the blank show; everything else acts, hides or is nothing."""
    if character == " " or unicodedata.category(character)[0] in "LMNPS":
        return character
    return ascii(character)[1:-1] if not character.isascii() or not character.isprintable() else character
