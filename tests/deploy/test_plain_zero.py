"""The zero without its stroke, made from the font's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from fontTools.pens.areaPen import AreaPen
from fontTools.ttLib import TTFont

from deploy import pages, plain_zero

SQUARE = [(0, 0, 1), (0, 9, 1), (9, 9, 1), (9, 0, 1)]


@pytest.mark.parametrize("weight", pages.FONT_WEIGHTS)
def test_the_plain_zero_is_the_fonts_zero_with_one_whole_counter(tmp_path: Path, weight: int) -> None:
    source = pages.FONT / "files" / f"atkinson-hyperlegible-next-latin-{weight}-normal.woff"
    plain_zero.write_plain_zero(str(source), str(tmp_path / "plain.woff"))
    struck, plain = TTFont(source), TTFont(tmp_path / "plain.woff")
    assert plain.getBestCmap().keys() == {ord("0")}
    for name, drawn in zip(plain_zero.ZEROS, plain.getGlyphOrder()[1:], strict=True):
        outline, counter = plain_zero.contours(plain["glyf"][drawn], plain["glyf"])
        before, *divided = plain_zero.contours(struck["glyf"][name], struck["glyf"])
        assert outline == before
        assert bounds(counter) == bounds([point for part in divided for point in part])
        assert area(plain, drawn) < area(struck, name)  # what is black: the stroke is gone
        assert plain["hmtx"][drawn] == struck["hmtx"][name]


def test_a_zero_that_is_drawn_otherwise_stops_the_build_in_words() -> None:
    with pytest.raises(ValueError, match="has 2 counters, this one has 1"):
        plain_zero.without_stroke([SQUARE, SQUARE])
    with pytest.raises(ValueError, match="do not meet"):
        plain_zero.without_stroke([SQUARE, [(1, 1, 1), (1, 4, 1), (4, 1, 1)], [(8, 8, 1), (8, 5, 1), (5, 8, 1)]])


def bounds(contour: plain_zero.Contour) -> tuple[int, int, int, int]:
    columns, rows, _ = zip(*contour, strict=True)
    return min(columns), min(rows), max(columns), max(rows)


def area(font: TTFont, name: str) -> float:
    pen = AreaPen(font.getGlyphSet())
    font.getGlyphSet()[name].draw(pen)
    return abs(float(pen.value))
