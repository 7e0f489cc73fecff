"""Escape external text for terminals: one line, without control sequences."""

from __future__ import annotations

import unicodedata

_HARMLESS = frozenset("\u00ad\u200b\u200c\u200d\u200e\u200f")
"""Format characters that scripts and names need; they neither move the cursor nor reverse a line."""
_ESCAPED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories: controls, format characters, surrogates, line and paragraph separators."""


def one_line(text: object) -> str:
    """Return the text with every unsafe character escaped."""
    return "".join(c if c.isprintable() or is_harmless(c) else escape(c) for c in str(text))


def is_harmless(char: str) -> bool:
    """Whether a character is safe to print."""
    return char in _HARMLESS or unicodedata.category(char) not in _ESCAPED


def escape(char: str) -> str:
    """The Python escape sequence of a character."""
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")
