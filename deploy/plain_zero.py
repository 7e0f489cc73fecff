"""Makes fonts of one glyph: the zero of a font without the stroke through it.

    python deploy/plain_zero.py FONT.woff PLAIN.woff [FONT.woff PLAIN.woff ...]

Atkinson Hyperlegible Next strikes its zero through, and has no feature to change that. In a ticket number this tells 0
from O; in clocks, dates and sentences it looks like a fault. `server/pages/shared/tokens.css` puts the plain zero
before the font for all text but ticket numbers.

The result is under the font's own licence (SIL Open Font License 1.1, no reserved names), which goes along with it.
"""

from __future__ import annotations

import sys
from itertools import pairwise

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph, GlyphCoordinates, table__g_l_y_f

Point = tuple[int, int, int]  # x, y, and 1 where the point lies on the curve, else 0
Contour = list[Point]

ZEROS = ("zero", "zero.tf")  # proportional and tabular
# Records of the name table: copyright, family, style, licence and its address.
COPYRIGHT, FAMILY, STYLE, LICENCE, LICENCE_ADDRESS = 0, 1, 2, 13, 14


def main() -> int:
    """Writes a font of plain zeros for each pair of paths that is given; returns the exit status 0."""
    paths = iter(sys.argv[1:])
    for source, target in zip(paths, paths, strict=True):
        write_plain_zero(source, target)
    return 0


def write_plain_zero(source: str, target: str) -> None:
    """Writes the zeros of a WOFF file, without their stroke, to another one; equal sources give equal files.

    Raises ValueError when a zero is not drawn as expected.
    """
    font = TTFont(source, recalcTimestamp=False)
    for name in ZEROS:
        glyph = font["glyf"][name]
        if not glyph.isComposite():  # one that is made of another zero changes with that one
            set_contours(glyph, without_stroke(contours(glyph, font["glyf"])))
    options = Options(layout_features=["tnum", "pnum"], name_IDs=[COPYRIGHT, FAMILY, STYLE, LICENCE, LICENCE_ADDRESS])
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[ord("0")])
    subsetter.subset(font)
    for record in font["name"].names:
        if record.nameID == FAMILY:
            record.string = f"{record.toUnicode()} Plain Zero"
    font.flavor = "woff"
    font.save(target)


def without_stroke(zero: list[Contour]) -> list[Contour]:
    """Returns the outline of a zero and one whole counter in place of the two that the stroke divides it into.

    The stroke leaves the lower left and the upper right quarter of the counter as they are; the other two quarters
    are their mirror images. Raises ValueError when the four do not make one closed curve.
    """
    outline, *counters = zero
    if len(counters) != 2:
        raise ValueError(f"A zero with one stroke has 2 counters, this one has {len(counters)}.")
    lower, upper = sorted(counters, key=lambda counter: min(y for _, y, _ in counter))
    twice_axis = min(outline)[0] + max(outline)[0]
    upper_right = arc(upper, max(on_curve(upper)), max(on_curve(upper), key=lambda point: point[1]))
    lower_left = arc(lower, min(on_curve(lower)), min(on_curve(lower), key=lambda point: point[1]))
    quarters = [upper_right, mirrored(upper_right, twice_axis), lower_left, mirrored(lower_left, twice_axis)]
    if any(quarter[-1] != following[0] for quarter, following in pairwise([*quarters, upper_right])):
        raise ValueError("The quarters of the zero's counter do not meet.")
    return [outline, [point for quarter in quarters for point in quarter[:-1]]]


def on_curve(contour: Contour) -> Contour:
    """Returns the points of a contour that lie on the curve."""
    return [point for point in contour if point[2]]


def arc(contour: Contour, first: Point, last: Point) -> Contour:
    """Returns the part of a contour from one of its points to another, both included, in the contour's direction."""
    start = contour.index(first)
    turned = contour[start:] + contour[:start]
    return turned[: turned.index(last) + 1]


def mirrored(quarter: Contour, twice_axis: int) -> Contour:
    """Returns the mirror image of an arc at a vertical axis, in the same direction of turning."""
    return [(twice_axis - x, y, on) for x, y, on in reversed(quarter)]


def contours(glyph: Glyph, glyphs: table__g_l_y_f) -> list[Contour]:
    """Returns the contours of a glyph."""
    coordinates, ends, flags = glyph.getCoordinates(glyphs)
    points = [(x, y, flag & 1) for (x, y), flag in zip(coordinates, flags, strict=True)]
    return [points[before + 1 : end + 1] for before, end in pairwise([-1, *ends])]


def set_contours(glyph: Glyph, drawn: list[Contour]) -> None:
    """Gives a glyph other contours, in place of its own."""
    points = [point for contour in drawn for point in contour]
    glyph.coordinates = GlyphCoordinates([(x, y) for x, y, _ in points])
    glyph.flags = bytearray(on for _, _, on in points)
    glyph.numberOfContours = len(drawn)
    glyph.endPtsOfContours = [sum(map(len, drawn[: count + 1])) - 1 for count in range(len(drawn))]


if __name__ == "__main__":
    sys.exit(main())
