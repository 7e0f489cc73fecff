"""Text to placed glyphs: direction, shaping, fallback, breaking."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from printer.lettering import FontBook, Line, Weight, set_line, set_lines
from printer.lettering.fonts import HOUSE_FONTS, SYSTEM_FONTS, the_font_book
from printer.lettering.text import _clusters, clean

HAS_ARABIC = the_font_book().face_for("ب", Weight.BOLD) is not None
needs_arabic = pytest.mark.skipif(not HAS_ARABIC, reason="no font with Arabic on this machine")


def ink(line: Line) -> bytes:
    paper = Image.new("L", (600, 80), 255)
    line.draw(paper, 10, 50)
    return paper.tobytes()


def test_latin_is_drawn_in_the_house_font() -> None:
    line = set_line("Nomor antrean – é ž", 30, Weight.BOLD)
    assert {glyph.face.name.split("-latin")[0] for glyph in line.glyphs if glyph.face} == {"atkinson-hyperlegible-next"}
    assert all(glyph.face for glyph in line.glyphs)


@needs_arabic
def test_arabic_letters_join_and_so_are_narrower_than_they_are_alone() -> None:
    word = set_line("باب", 40, Weight.BOLD)
    alone = sum(set_line(letter, 40, Weight.BOLD).width for letter in "باب")
    assert word.width < alone * 0.9


@needs_arabic
def test_arabic_runs_from_the_right_and_numbers_in_it_from_the_left() -> None:
    line = set_line("باب 12", 40, Weight.BOLD)
    assert line.right_to_left
    one, two = (set_line(digit, 40, Weight.BOLD).glyphs[0].id for digit in "12")
    by_place = [glyph.id for glyph in sorted(line.glyphs, key=lambda glyph: glyph.x)]
    assert by_place[:2] == [one, two]


@needs_arabic
def test_brackets_around_latin_in_arabic_stay_a_pair() -> None:
    # The order on paper, from left to right: 2026 (VISA)
    line = set_line("جوازات (VISA) 2026", 40, Weight.BOLD)
    alone = set_line("2026 (VISA)", 40, Weight.BOLD)
    by_place = [glyph.id for glyph in sorted(line.glyphs, key=lambda glyph: glyph.x)]
    wanted = [glyph.id for glyph in alone.glyphs]
    assert [by_place[i] for i in (0, 1, 2, 3)] == wanted[:4]
    assert [by_place[i] for i in (6, 7, 8, 9)] == wanted[6:10]


@needs_arabic
def test_an_override_mark_in_a_name_turns_nothing_around() -> None:
    assert ink(set_line("\u202eRani\u202c", 30, Weight.BOLD)) == ink(set_line("Rani", 30, Weight.BOLD))


def test_an_emoji_family_without_a_font_is_one_box() -> None:
    bare = FontBook(system=())
    line = set_line("a👩‍👩‍👧b", 30, Weight.BOLD, book=bare)
    assert [glyph.face is None for glyph in line.glyphs] == [False, True, False]


def test_system_fonts_are_not_read_for_latin() -> None:
    book = FontBook(system=SYSTEM_FONTS)
    set_line("Nomor antrean A001", 30, Weight.BOLD, book=book)
    assert not book._system


@pytest.mark.parametrize("control", [chr(code) for code in [*range(9), *range(14, 28), 0x7F, 0x90]])
def test_control_characters_become_a_visible_sign(control: str) -> None:
    assert clean(f"a{control}b") == "a\N{REPLACEMENT CHARACTER}b"


def test_a_line_that_fits_is_not_broken_and_one_that_does_not_breaks_at_a_space() -> None:
    words = "Paspor dan Keimigrasian"
    whole = set_line(words, 40, Weight.BOLD).width
    assert len(set_lines(words, 40, Weight.BOLD, whole + 1)) == 1
    assert len(set_lines(words, 40, Weight.BOLD, whole - 1)) == 2


def test_what_is_too_long_ends_in_an_ellipsis() -> None:
    lines = set_lines("satu dua tiga empat lima enam tujuh", 40, Weight.BOLD, 200, at_most=2)
    assert len(lines) == 2
    (ellipsis,) = set_line("…", 40, Weight.BOLD).glyphs
    assert lines[-1].glyphs[-1].id == ellipsis.id


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.sampled_from([60, 200, 500]))
def test_any_text_at_all_is_set_within_the_measure(text: str, width: int) -> None:
    lines = set_lines(text, 30, Weight.BOLD, width)
    paper = Image.new("L", (600, 80), 255)
    for line in lines:
        # One character that is wider than the paper alone is the only thing that may stand out.
        assert line.width <= width or len({round(glyph.x) for glyph in line.glyphs}) <= 4
        line.draw(paper, 0, 40)


def test_a_thai_vowel_stays_with_its_consonant_where_a_line_has_to_break() -> None:
    assert _clusters("เดินทาง") == ["เดิ", "น", "ทา", "ง"]


def test_a_font_that_has_no_bold_is_thickened(tmp_path: Path) -> None:
    (tmp_path / "plain.woff").write_bytes(min(HOUSE_FONTS.glob("*-latin-400-normal.woff")).read_bytes())
    book = FontBook(house=tmp_path / "none", system=(tmp_path,))
    plain, bold = (set_line("A", 60, weight, book=book) for weight in (Weight.REGULAR, Weight.BOLD))
    assert sum(ink(bold)) < sum(ink(plain))


def test_a_file_that_is_no_font_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "broken.woff").write_bytes(b"wOFFnonsense")
    book = FontBook(house=tmp_path / "none", system=(tmp_path,))
    assert set_line("A", 60, Weight.BOLD, book=book).glyphs[0].face is None
