"""A ticket from its words to the bytes for the printer, against Pillow that draws the same glyphs and packs the bits.

The reference gets everything ready: what stands where, the fonts at their sizes. It neither breaks lines nor chooses
fonts nor makes the code, which has to be made anew for every ticket.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from unittest.mock import patch

from PIL import Image, ImageDraw, ImageFont

from benchmarks.table import Row, at_most
from printer.encoding import encode_picture
from printer.layout import DOTS, draw
from printer.lettering import Line
from printer.lettering.fonts import HOUSE_FONTS, Typeface
from printer.lettering.woff import unwrap
from printer.ticket import Content

TINY = {"rounds": 2}
PAPER = 80


def content(number: int) -> Content:
    """The words of a ticket."""
    return Content(
        language="id",
        branch="Mal Pelayanan Publik Melati",
        label="Nomor antrean",
        number=f"A{number:03}",
        service="Kartu Tanda Penduduk",
        ahead=f"{number} orang di depan Anda",
        wait=f"sekitar {number}–{2 * number + 1} menit",
        issued=f"21 November 2026 08.{number:02}",
        url=f"http://192.168.1.20:8080/t/{number}-k3jd9x7fq2mzp8ws5v1h",
        scan="Pindai untuk melihat giliran Anda",
        note="Simpan tiket ini sampai Anda dipanggil.",
    )


@dataclass(frozen=True)
class Word:
    """Glyphs of one font that stand on one baseline."""

    text: str
    font: ImageFont.FreeTypeFont
    left: float
    baseline: float


@cache
def _letters(face: Typeface) -> dict[int, str]:
    """The character of each glyph."""
    return {face.font.get_nominal_glyph(code): chr(code) for code in face.characters}


@cache
def _font(face: Typeface, size: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(BytesIO(unwrap((HOUSE_FONTS / face.name).read_bytes())), size)


def words_of(ticket: Content) -> list[Word]:
    """Every line of the ticket, as our drawing places it."""
    placed: list[tuple[Line, float, float]] = []
    whole = Line.draw

    def note(line: Line, paper: Image.Image, left: float, baseline: float, ink: int = 0) -> None:
        placed.append((line, left, baseline))
        whole(line, paper, left, baseline, ink)

    with patch.object(Line, "draw", note):
        draw(ticket, PAPER)
    words = []
    for line, left, baseline in placed:
        face = line.glyphs[0].face
        assert face is not None
        text = "".join(_letters(face)[glyph.id] for glyph in line.glyphs)
        words.append(Word(text, _font(face, line.size), left, baseline))
    return words


def pillow(words: list[Word], height: int) -> bytes:
    """The words as a picture, and its bits."""
    image = Image.new("L", (DOTS[PAPER], height), 255)
    pen = ImageDraw.Draw(image)
    for word in words:
        pen.text((word.left, word.baseline), word.text, fill=0, font=word.font, anchor="ls")
    return image.convert("1", dither=Image.Dither.NONE).tobytes("raw", "1;I")


def milliseconds(work: Callable[[], object]) -> float:
    """Of the processor: nothing here waits, and others on this machine do not count."""
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000


def rows(*, rounds: int = 60) -> Iterator[Row]:
    """Tickets of different numbers, one after another, each by both."""
    ours, reference = [], []
    for number in range(-5, rounds):  # the first ones read the fonts
        ticket = content(number)
        words, height = words_of(ticket), draw(ticket, PAPER).height
        ours.append(milliseconds(lambda ticket=ticket: encode_picture(draw(ticket, PAPER))))  # type: ignore[misc]
        reference.append(milliseconds(lambda words=words, height=height: pillow(words, height)))  # type: ignore[misc]
    yield Row("ticket picture → bytes, 576 dots (Pillow, glyphs and bits)", "ms", ours[5:], reference[5:], at_most(1.5))
