"""Text from outside, made safe to print: one line, which cannot drive the terminal that shows it."""

from __future__ import annotations

import unicodedata

_HARMLESS = frozenset("\u00ad\u200b\u200c\u200d\u200e\u200f")
"""Format characters that scripts and names need; they neither move the cursor nor turn a whole line around."""
_ESCAPED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Controls, other format characters, halves of characters, and what ends a line or a paragraph."""


def one_line(text: object) -> str:
    """The text with its escape in place of every character that is none of a line of text."""
    return "".join(c if c.isprintable() or is_harmless(c) else escaped(c) for c in str(text))


def is_harmless(char: str) -> bool:
    """Whether a character may be printed as it is."""
    return char in _HARMLESS or unicodedata.category(char) not in _ESCAPED


def escaped(char: str) -> str:
    """The character as Python writes it, by its number."""
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")
