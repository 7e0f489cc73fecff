"""A ticket in the printer's own letters, for lines too slow for pictures.

At 9600 baud a picture takes a minute and this takes a second. The price is the printer's character set: what it
has not is written in the nearest Latin letters.
"""

import unicodedata

from printer.encoding.commands import INITIALISE, finish
from printer.encoding.library import escpos
from printer.lettering.text import REPLACEMENT, clean
from printer.ticket import Content

_COLUMNS = {80: 48, 58: 32}  # of font A, 12 dots wide
_CHARACTER_SET = "CP437"  # the one that every printer starts with
_PLAINER = str.maketrans(
    {"–": "-", "—": "-", "‘": "'", "’": "'", "“": '"', "”": '"', "…": "...", "·": "-", REPLACEMENT: "?"}
)


def encode_text(content: Content, paper: int, *, cut: bool = True, profile: str = "default") -> tuple[bytes, ...]:
    """The whole job as text commands; elements as those of `encode_picture`.

    `profile` names the printer in python-escpos's list. The code is drawn by the printer itself.
    """
    dummy = escpos().Dummy(profile=profile)
    dummy.magic.force_encoding(_CHARACTER_SET)
    columns = _COLUMNS[paper]

    def line(text: str, width: int = 1, height: int = 1, bold: bool = False) -> None:
        dummy.set(align="left", font="a", bold=bold, custom_size=True, width=width, height=height)
        for part in _wrapped(_latin(text), columns // width):
            dummy.text(part + "\n")

    rule = "-" * columns
    if content.reprint:
        line(f"*** {content.reprint} ***", bold=True)
    line(content.branch, bold=True)
    line(rule)
    line(content.label)
    size = max(1, min(8, columns // max(1, len(_latin(content.number)))))
    line(content.number, width=size, height=size, bold=True)
    line(content.service, width=1, height=2, bold=True)
    if content.priority:
        line(f"[{content.priority}]", bold=True)
    line(rule)
    line(content.ahead, bold=True)
    if content.wait:
        line(content.wait)
    line(rule)
    segments = [INITIALISE, bytes(dummy.output)]
    dummy.clear()
    if content.url is not None:
        # Blank lines and the middle of the paper are the quiet border that a reader needs.
        dummy.set(align="center", custom_size=True, width=1, height=1)
        dummy.text("\n")
        dummy.qr(content.url, size=6, native=True)
        dummy.text("\n")
        segments.append(bytes(dummy.output))
        dummy.clear()
        line(content.scan, bold=True)
    if content.note:
        line(content.note)
    line(content.issued)
    return (*segments, bytes(dummy.output), finish(cut))


def _latin(text: str) -> str:
    """The text in letters that the character set has: with its marks where they are there, without otherwise."""
    written = ""
    for character in clean(text).translate(_PLAINER):
        plainer = [character, *(c for c in unicodedata.normalize("NFKD", character) if not unicodedata.combining(c))]
        fitting = [c for c in plainer if _in_set(c)]
        written += character if _in_set(character) else "".join(fitting) or "?"
    return written


def _in_set(character: str) -> bool:
    try:
        character.encode(_CHARACTER_SET)
    except UnicodeEncodeError:
        return False
    return True


def _wrapped(text: str, columns: int) -> list[str]:
    """Lines of at most so many characters, broken at spaces where there are any."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        while len(word) > columns:
            head = columns - len(line) - bool(line)
            line, word = (f"{line} {word[:head]}".strip(), word[head:]) if head > 0 else (line, word)
            lines.append(line)
            line = ""
        if line and len(line) + 1 + len(word) > columns:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return [*lines, line] if line else lines
