"""Whether a text shows anything at all: the judge's own opinion of what is blank, by what Unicode says of characters.

It is asked about reasons, names and the like that must not be blank. Python's `str.strip` takes away white space only,
and leaves letters that have no ink.
"""

from __future__ import annotations

import unicodedata

_LETTERS_WITHOUT_INK = frozenset(
    "\u115f\u1160\u3164\uffa0"  # fillers of the Korean syllable block
    "\u2800"  # the braille cell without a dot
    "\U00013441\U00013442"  # blanks of hieroglyphic writing
    "\U0001d159"  # the note without a head
)
"""Letters and symbols by their category, and nothing to the eye."""


def is_blank(text: str) -> bool:
    """Whether a reader would see nothing: separators, controls and formats, marks with nothing to stand on, and letters
    without ink. What this Python's Unicode does not know is not taken for ink either.
    """
    return all(unicodedata.category(c)[0] in "CMZ" or c in _LETTERS_WITHOUT_INK for c in text)
