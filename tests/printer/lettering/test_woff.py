"""The font inside a WOFF file."""

import pytest
import uharfbuzz as hb

from printer.lettering.fonts import HOUSE_FONTS, Typeface, Weight, the_font_book
from printer.lettering.woff import unwrap

LATIN = min(HOUSE_FONTS.glob("*-latin-700-normal.woff"))


def test_the_house_font_is_unwrapped_to_a_font_with_letters() -> None:
    face = hb.Face(unwrap(LATIN.read_bytes()))
    assert {ord(letter) for letter in "Aa0é"} <= set(face.unicodes)


def test_a_plain_font_comes_back_as_it_is() -> None:
    plain = unwrap(LATIN.read_bytes())
    assert unwrap(plain) is plain


@pytest.mark.parametrize("length", [10, 60, 500, 5000])
def test_a_font_cut_short_is_an_error_that_says_so(length: int) -> None:
    with pytest.raises(ValueError, match=r"WOFF|long"):
        unwrap(LATIN.read_bytes()[:length])


def test_a_font_is_chosen_by_what_it_covers() -> None:
    face = the_font_book().face_for("A", Weight.HEAVY)
    assert face is not None
    assert "-800-" in face.name
    assert Typeface.from_file(LATIN).covers("A")
    assert not Typeface.from_file(LATIN).covers("ب")
