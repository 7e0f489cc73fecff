"""A ticket in the printer's own letters, for lines too slow for pictures.

At 9600 baud a picture takes a minute and this takes a second. The price is the printer's character sets: what none of
them has is written in the nearest Latin letters. A printer of which nothing is known has the one that every printer
starts with; one whose model is named has those of python-escpos's list.
"""

import unicodedata
from collections.abc import Callable
from typing import Any

from printer.encoding.commands import INITIALISE, LEAVE_CHINESE, finish
from printer.encoding.library import escpos, find_model
from printer.lettering.coverage import named, romanised
from printer.lettering.text import clean
from printer.ticket import Content

_DOTS = {80: 576, 58: 384}
_LETTER_DOTS = 12  # of font A, across
_CHARACTER_SET = "CP437"  # the one that every printer starts with
# The set with the euro that most printers have; python-escpos takes CP1252 for its lower number, which clones lack.
_EURO, _EURO_SET = "€", "CP858"
_PLAINER = str.maketrans({"–": "-", "—": "-", "‘": "'", "’": "'", "“": '"', "”": '"', "…": "...", "·": "-"})
# Their printers know FS . only where they know Chinese, and others of them would print the point.
_WITHOUT_CHINESE = frozenset(("Epson", "Citizen", "Star Micronics", "Seiko", "Wincor Nixdorf"))


def encode_text(
    content: Content, paper: int, *, dots: int | None = None, cut: bool | None = True, profile: str = "default"
) -> tuple[bytes, ...]:
    """The whole job as text commands; elements as those of `encode_picture`.

    `dots`: the width of the head, where it is not the ordinary one for that paper. `profile` names the printer in
    python-escpos's list. The code is drawn by the printer itself.
    """
    model = find_model(profile)
    dummy = escpos().Dummy(profile=profile)
    if model is None:
        dummy.magic.force_encoding(_CHARACTER_SET)
    _prefer_the_common_euro(dummy.magic.encoder)
    writable = _writable(dummy, named_model=model is not None)
    columns = (dots or _DOTS[paper]) // _LETTER_DOTS
    columns = min(columns, model.letters) if model and model.letters else columns

    def line(text: str, width: int = 1, height: int = 1, bold: bool = False) -> None:
        dummy.set(align="left", font="a", bold=bold, custom_size=True, width=width, height=height)
        for part in _wrapped(_nearest(text, writable), columns // width):
            dummy.text(part + "\n")

    rule = "-" * columns
    if content.reprint:
        line(f"*** {content.reprint} ***", bold=True)
    line(content.branch, bold=True)
    line(rule)
    line(content.label)
    size = max(1, min(8, columns // max(1, len(_nearest(content.number, writable)))))
    line(content.number, width=size, height=size, bold=True)
    line(content.service, width=1, height=2, bold=True)
    if content.priority:
        line(f"[{content.priority}]", bold=True)
    line(rule)
    line(content.ahead, bold=True)
    if content.wait:
        line(content.wait)
    line(rule)
    segments = [bytes(dummy.output)]
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
    for text in (content.note, content.issued, content.notice):
        if text:
            line(text)
    segments.append(bytes(dummy.output))
    # A printer made for China takes bytes from 0x80 on in pairs, as Chinese, until it is told that they are letters.
    beyond_ascii = any(not segment.isascii() for segment in segments)
    if beyond_ascii and not (model and model.maker in _WITHOUT_CHINESE):
        segments[0] = LEAVE_CHINESE + segments[0]
    return (INITIALISE, *segments, finish(cut))


def _prefer_the_common_euro(encoder: Any) -> None:
    """Makes python-escpos write a euro in CP858 (`ESC t 19`) wherever the printer's list of sets has that."""
    by_number = encoder.find_suitable_encoding

    def find(letter: str) -> str | None:
        if letter == _EURO and _EURO_SET in encoder.codepages:
            return _EURO_SET
        found: str | None = by_number(letter)
        return found

    encoder.find_suitable_encoding = find


def _writable(dummy: Any, *, named_model: bool) -> Callable[[str], bool]:
    """Whether one of the printer's character sets has a letter."""
    if named_model:
        return lambda letter: letter.isascii() or dummy.magic.encoder.find_suitable_encoding(letter) is not None
    return _in_first_set


def _in_first_set(letter: str) -> bool:
    try:
        letter.encode(_CHARACTER_SET)
    except UnicodeEncodeError:
        return False
    return True


def _nearest(text: str, writable: Callable[[str], bool]) -> str:
    """The text in letters that the printer has: with its marks where they are there, without otherwise."""
    text = clean(text).translate(_PLAINER)
    written = "".join(_one(letter, writable) for letter in text)
    return " ".join(written.split()) or named(text)


def _one(letter: str, writable: Callable[[str], bool]) -> str:
    if writable(letter):
        return letter
    plainer = "".join(c for c in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(c))
    return plainer if plainer and all(map(writable, plainer)) else romanised(letter)


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
