"""A ticket as a picture: content → blocks → one-bit image, 576 dots wide on 80 mm paper and 384 on 58 mm.

Pure: the same content gives the same dots. At 203 dots an inch a dot is an eighth of a millimetre. A head of another
width (512 dots on 80 mm, 180 an inch) gets a picture of its own width, whose measures are in proportion.

The paper is read three times, and each reading has its place: at the kiosk (whose turn am I? the number),
in the chair (how long? how many?), and on the phone (the code). Everything hangs from one edge, the left or,
for scripts that start there, the right; hairlines divide the three, and nothing else is ornament.
"""

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, Protocol

import segno
from PIL import Image, ImageChops

from printer.lettering import Line, Weight, set_line, set_lines
from printer.ticket import Content

DOTS = {80: 576, 58: 384}
MINIMUM_DOTS, MAXIMUM_DOTS = 256, 1280  # 32 mm at 203 dots an inch; 112 mm at 300
DOTS_PER_INCH = 203

_INK, _PAPER = 0, 255
_SQUARES = bytes([_PAPER, _INK]).ljust(256, b"\0")  # the ink of a light and of a dark square of a code
_QUIET_MODULES = 4  # blank border that a reader needs around a code (ISO/IEC 18004)
_SMALLEST_MODULE = 6  # below it, a phone of ten years ago gives up
# Which of the eight patterns breaks up the code. Scoring them all costs more than the rest of the ticket, and an
# address that ends in 120 random bits reads as well under this one as under the best (docs/performance.md).
_MASK = 4
_LEADING = 1.25
_ASCENT = 0.95  # of the em, above the baseline; with _LEADING it holds stacked marks of any script
_CAPITAL = 0.668  # the height of the house font's capitals, of the em
_NARROWEST = 0.78  # how far the number may be narrowed before it is made smaller instead


@dataclass(frozen=True)
class Sheet:
    """The measures of one paper width, in dots: sizes are ems."""

    width: int
    margin: int
    module: int  # the side of one square of the code
    branch: int
    label: int
    service: int
    ahead: int
    wait: int
    small: int
    gap: int

    @property
    def measure(self) -> int:
        """The width that text may fill."""
        return self.width - 2 * self.margin


SHEETS = {
    80: Sheet(width=576, margin=28, module=7, branch=34, label=30, service=46, ahead=38, wait=34, small=26, gap=18),
    58: Sheet(width=384, margin=24, module=6, branch=28, label=26, service=36, ahead=31, wait=28, small=23, gap=15),
}


def sheet_for(paper: int, dots: int | None = None) -> Sheet:
    """The measures for a roll of 58 or 80 mm, or for a head of so many dots.

    The picture fills whole bytes, so a head of 420 dots gets one of 416. Raises ValueError for a head of fewer than
    MINIMUM_DOTS, on which no code has squares that a phone can read.
    """
    if dots is None or dots == DOTS[paper]:
        return SHEETS[paper]
    if not MINIMUM_DOTS <= dots <= MAXIMUM_DOTS:
        raise ValueError(f"a ticket needs a head of {MINIMUM_DOTS} to {MAXIMUM_DOTS} dots, not {dots}")
    return _sheet(dots // 8 * 8)


@cache
def _sheet(width: int) -> Sheet:
    """Between the two that were drawn by hand, and beyond them in proportion to the nearer one."""
    narrow, wide = SHEETS[58], SHEETS[80]
    if width < narrow.width:
        lower, upper, share = narrow, narrow, width / narrow.width
    elif width > wide.width:
        lower, upper, share = wide, wide, width / wide.width
    else:
        lower, upper, share = narrow, wide, (width - narrow.width) / (wide.width - narrow.width)

    def between(measure: str) -> int:
        low: int
        high: int
        low, high = getattr(lower, measure), getattr(upper, measure)
        return round(low * share if lower is upper else low + (high - low) * share)

    measures = {field.name: between(field.name) for field in fields(Sheet) if field.name != "width"}
    return Sheet(width=width, **{**measures, "module": max(_SMALLEST_MODULE, measures["module"])})


class Block(Protocol):
    """A strip of the ticket across the whole paper."""

    @property
    def height(self) -> int:
        """Rows of dots it takes."""
        ...

    def draw(self, paper: Image.Image, top: int) -> None:
        """Draws itself with its upper edge at row `top`."""
        ...


@dataclass(frozen=True)
class Space:
    """Blank rows."""

    height: int

    def draw(self, paper: Image.Image, top: int) -> None:
        """Nothing: the paper is white."""


@dataclass(frozen=True)
class Rule:
    """A hairline across the measure."""

    sheet: Sheet
    height: int = 2

    def draw(self, paper: Image.Image, top: int) -> None:
        """One unbroken line."""
        paper.paste(_INK, (self.sheet.margin, top, self.sheet.width - self.sheet.margin, top + self.height))


@dataclass(frozen=True)
class Ruler:
    """A hairline as long as the head, with a bar at each end: whether both are on the paper is seen at once."""

    sheet: Sheet
    height: int = 24

    def draw(self, paper: Image.Image, top: int) -> None:
        """The bars, and the line between their middles."""
        for left in (0, self.sheet.width - 4):
            paper.paste(_INK, (left, top, left + 4, top + self.height))
        middle = top + self.height // 2
        paper.paste(_INK, (0, middle - 1, self.sheet.width, middle + 1))


@dataclass(frozen=True)
class Lines:
    """A paragraph of set lines, hung from the edge where the ticket's script starts, or the line's own at the right."""

    sheet: Sheet
    lines: Sequence[Line]
    from_right: bool

    @property
    def height(self) -> int:
        """The leading of every line."""
        return sum(round(line.size * _LEADING) for line in self.lines)

    def draw(self, paper: Image.Image, top: int) -> None:
        """Line under line."""
        for line in self.lines:
            from_right = self.from_right or line.right_to_left
            left = self.sheet.width - self.sheet.margin - line.width if from_right else self.sheet.margin
            line.draw(paper, left, top + line.size * _ASCENT)
            top += round(line.size * _LEADING)


@dataclass(frozen=True)
class Picture:
    """Dots that were drawn apart: the number, trimmed to its ink so that it hangs exactly on the edge."""

    sheet: Sheet
    image: Image.Image
    from_right: bool

    @property
    def height(self) -> int:
        """Rows of the picture."""
        return self.image.height

    def draw(self, paper: Image.Image, top: int) -> None:
        """At the edge where the script starts."""
        left = self.sheet.width - self.sheet.margin - self.image.width if self.from_right else self.sheet.margin
        paper.paste(self.image, (left, top))


@dataclass(frozen=True)
class Band:
    """White words on black: a priority class (as wide as its words), a reprint (across the measure)."""

    sheet: Sheet
    line: Line
    from_right: bool
    full: bool = False

    @property
    def height(self) -> int:
        """The words with air above and below."""
        return round(self.line.size * 1.5)

    def draw(self, paper: Image.Image, top: int) -> None:
        """A black field, the words in it: centred when it spans the measure."""
        padding = round(self.line.size * 0.45)
        width = self.sheet.measure if self.full else min(self.sheet.measure, round(self.line.width) + 2 * padding)
        from_right = self.from_right or self.line.right_to_left
        left = self.sheet.width - self.sheet.margin - width if from_right else self.sheet.margin
        paper.paste(_INK, (left, top, left + width, top + self.height))
        # Capitals in the middle of the field.
        baseline = top + (self.height + self.line.size * _CAPITAL) / 2
        self.line.draw(paper, left + (width - self.line.width) / 2, baseline, ink=_PAPER)


@dataclass(frozen=True)
class Code:
    """The square code, and words beside it where the paper is wide enough: some at its top, some at its foot."""

    sheet: Sheet
    code: Image.Image
    from_right: bool
    top: Sequence[Line] = ()
    foot: Sequence[Line] = ()

    @property
    def height(self) -> int:
        """The code; its quiet border is at least the space around the block."""
        return self.code.height

    def draw(self, paper: Image.Image, top: int) -> None:
        """The code on the edge where the script starts, the words level with its upper and lower edges."""
        left = self.sheet.width - self.sheet.margin - self.code.width if self.from_right else self.sheet.margin
        paper.paste(self.code, (left, top))
        gap = _QUIET_MODULES * self.sheet.module

        def word(line: Line, baseline: float) -> None:
            x = left - gap - line.width if self.from_right else left + self.code.width + gap
            line.draw(paper, x, baseline)

        baseline = float(top)
        for line in self.top:
            # The first line's capitals stand level with the code's upper edge.
            word(line, baseline + line.size * _CAPITAL)
            baseline += round(line.size * _LEADING)
        baseline = top + self.code.height
        for line in reversed(self.foot):
            word(line, baseline)
            baseline -= round(line.size * _LEADING)


def compose(content: Content, paper: int, dots: int | None = None) -> list[Block]:
    """The ticket's blocks from top to bottom, for 58 or 80 mm paper, or a head of so many dots."""
    sheet = sheet_for(paper, dots)
    right = set_line(content.label, 10, Weight.REGULAR).right_to_left

    def words(text: str, size: int, weight: Weight, at_most: int = 2) -> Lines:
        return Lines(sheet, set_lines(text, size, weight, sheet.measure, at_most=at_most), right)

    half, gap = Space(sheet.gap // 2), Space(sheet.gap)
    blocks: list[Block] = [gap]
    if content.reprint:
        blocks += [
            Band(sheet, _fitted(content.reprint, sheet.label, Weight.HEAVY, sheet.measure - 24), right, full=True),
            gap,
        ]
    blocks += [words(content.branch, sheet.branch, Weight.BOLD), half, Rule(sheet, 3), gap]
    blocks += [words(content.label, sheet.label, Weight.REGULAR, 1), half]
    blocks += [Picture(sheet, _number(content.number, sheet), right), gap]
    blocks += [words(content.service, sheet.service, Weight.BOLD, 3)]
    if content.priority:
        blocks += [half, Band(sheet, _fitted(content.priority, sheet.label, Weight.BOLD, sheet.measure - 32), right)]
    blocks += [gap, Rule(sheet), gap, words(content.ahead, sheet.ahead, Weight.BOLD, 3)]
    if content.wait:
        blocks += [words(content.wait, sheet.wait, Weight.REGULAR, 4)]
    issued_below: list[Block] = [Rule(sheet), half, words(content.issued, sheet.small, Weight.REGULAR, 2), half]
    note: list[Block] = []
    if content.note:
        note = [Rule(sheet), gap, words(content.note, sheet.small, Weight.REGULAR, 6), half]
    if content.notice:
        note += [Rule(sheet), gap, words(content.notice, sheet.small, Weight.BOLD, 6), half]
    if content.ruler:
        # As narrow as the narrowest roll, and from its edge: whoever has that one must be able to read it.
        lines = set_lines(content.ruler, sheet.small, Weight.REGULAR, SHEETS[58].measure, at_most=4)
        note += [Rule(sheet), gap, Lines(sheet, lines, from_right=False), half, Ruler(sheet), half]
    if content.url is None:
        return [*blocks, gap, *issued_below, *note]
    blocks += [gap, Rule(sheet), Space(_QUIET_MODULES * sheet.module)]
    code = _code(content.url, sheet)
    room = sheet.measure - code.width - _QUIET_MODULES * sheet.module
    # On narrow paper, or beside a code that a long address made wide, words would stand one to a line.
    if room >= 7 * sheet.wait:
        scan = set_lines(content.scan, sheet.label, Weight.BOLD, room, at_most=4)
        issued = set_lines(content.issued, sheet.small, Weight.REGULAR, room, at_most=2)
        blocks += [Code(sheet, code, right, scan, issued), Space(_QUIET_MODULES * sheet.module)]
    else:
        blocks += [Code(sheet, code, right), Space(_QUIET_MODULES * sheet.module)]
        blocks += [words(content.scan, sheet.label, Weight.BOLD, 3), gap, *issued_below]
    return [*blocks, *note]


def _code(url: str, sheet: Sheet) -> Image.Image:
    """The address as a QR code without its border, of squares that an old phone can read: six dots at least.

    Only an address of several hundred letters, which no branch has, leaves less.
    """
    for correction in ("m", "l"):
        rows = segno.make_qr(url, error=correction, boost_error=correction == "m", mask=_MASK).matrix
        if len(rows) * _SMALLEST_MODULE <= sheet.measure:
            break
    squares = Image.frombytes("L", (len(rows), len(rows)), b"".join(rows).translate(_SQUARES))
    side = len(rows) * min(sheet.module, sheet.measure // len(rows))
    return squares.resize((side, side), Image.Resampling.NEAREST)


def _number(number: str, sheet: Sheet) -> Image.Image:
    """The number, a third of the paper's width high where its length allows, and never wider than the measure."""
    height = sheet.width / 3
    size = height / _CAPITAL
    # Measured with its widest digit throughout, so that every number of a service has one size.
    natural = set_line(re.sub(r"\d", "0", number), size, Weight.HEAVY).width or 1.0
    stretch = min(1.0, max(_NARROWEST, sheet.measure / natural))
    size = min(size, size * sheet.measure / (natural * stretch))
    line = set_line(number, size, Weight.HEAVY, stretch=stretch)
    room = Image.new("L", (round(line.width + size), round(size * 2)), _PAPER)
    line.draw(room, size / 2, size * 1.4)
    ink = ImageChops.invert(room).getbbox()
    return room.crop(ink) if ink else Image.new("L", (1, round(height)), _PAPER)


def _fitted(text: str, size: float, weight: Weight, width: float) -> Line:
    """One line, made smaller until it fits, and cut with "…" where small would be unreadable."""
    line = set_line(text, size, weight)
    if line.width <= width:
        return line
    smaller = max(size * 0.7, size * width / line.width)
    return set_lines(text, smaller, weight, width, at_most=1)[0]


def draw(content: Content, paper: int, dots: int | None = None) -> Image.Image:
    """The ticket as black and white dots (mode "1"; ink is 0): thresholded, since dither makes letters grey.

    `dots`: the width of the head, where it is not the ordinary one for that paper. Raises ValueError as `sheet_for`.
    """
    blocks = compose(content, paper, dots)
    image = Image.new("L", (sheet_for(paper, dots).width, sum(block.height for block in blocks)), _PAPER)
    top = 0
    for block in blocks:
        block.draw(image, top)
        top += block.height
    return image.convert("1", dither=Image.Dither.NONE)  # white from 128 on


def preview(content: Content | Mapping[str, Any], paper: int) -> bytes:
    """The ticket as a PNG, as it will be on paper of 58 or 80 mm. Takes a job's `content`; raises BadJob."""
    image = draw(content if isinstance(content, Content) else Content.from_json(content), paper)
    stream = io.BytesIO()
    image.save(stream, "PNG", dpi=(DOTS_PER_INCH, DOTS_PER_INCH), optimize=True)
    return stream.getvalue()
