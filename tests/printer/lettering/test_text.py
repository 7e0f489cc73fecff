"""Text to placed glyphs: direction, shaping, fallback, breaking."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from printer.lettering import FontBook, Line, Weight, set_line, set_lines
from printer.lettering.clusters import clusters
from printer.lettering.coverage import NoFont, drawable, missing, unspaced
from printer.lettering.fonts import HOUSE_FONTS, SYSTEM_FONTS, the_font_book
from printer.lettering.text import _units, clean

HAS_ARABIC = the_font_book().face_for("ب", Weight.BOLD) is not None
needs_arabic = pytest.mark.skipif(not HAS_ARABIC, reason="no font with Arabic on this machine")


def ink(line: Line) -> bytes:
    paper = Image.new("L", (600, 80), 255)
    line.draw(paper, 10, 50)
    return paper.tobytes()


def test_latin_is_drawn_in_the_house_font() -> None:
    line = set_line("Nomor antrean – é ž", 30, Weight.BOLD)
    assert {glyph.face.name.split("-latin")[0] for glyph in line.glyphs} == {"atkinson-hyperlegible-next"}


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


BARE = FontBook(system=())  # what comes along, and nothing of this machine


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("a👩‍👩‍👧b", "ab"),
        ("Kopi ☕ 🎉 Teh", "Kopi Teh"),
        ("🎉", "tada"),
        ("日本", "RiBen"),
        ("Loket 一", "Loket Yi"),
        ("カラオケ", "karaoke"),
        ("\ue000x\U000f0000", "x"),
        ("ＶＩＰ ①", "VIP 1"),
        ("A\ufe0f\u200d", "A"),
    ],
)
def test_what_no_font_has_is_words_or_nothing_and_never_a_box(text: str, instead: str) -> None:
    assert ink(set_line(text, 30, Weight.BOLD, book=BARE)) == ink(set_line(instead, 30, Weight.BOLD, book=BARE))


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=20))
def test_no_text_is_drawn_with_the_sign_for_a_missing_letter(text: str) -> None:
    assert all(glyph.id for glyph in set_line(text, 30, Weight.BOLD, book=BARE).glyphs)


def test_a_font_that_has_a_sign_for_everything_is_not_asked(tmp_path: Path) -> None:
    house = min(HOUSE_FONTS.glob("*-latin-400-normal.woff")).read_bytes()
    (tmp_path / "LastResort-Regular.woff").write_bytes(house)
    with pytest.raises(NoFont, match="no font for plain letters"):
        set_line("A", 60, Weight.REGULAR, book=FontBook(house=tmp_path / "none", system=(tmp_path,)))


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Жизнь",
            "Ωμέγα",
            "Tiếng Việt",
            "العربية",
            "עברית",
            "हिन्दी",
            "বাংলা",
            "தமிழ்",
            "తెలుగు",
            "ಕನ್ನಡ",
            "മലയാളം",
            "ગુજરાતી",
        ),
        *("ਪੰਜਾਬੀ", "සිංහල", "ไทย", "ລາວ", "ខ្មែរ", "မြန်မာ", "ქართული", "հայերեն", "አማርኛ", "ꦗꦮ"),
    ],
)
@pytest.mark.parametrize("weight", Weight)
def test_these_scripts_come_along(text: str, weight: Weight) -> None:
    assert drawable(text, weight, BARE) == text
    assert missing([text], BARE) == ()


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (["Kantor"], []),
        (["東京", "京都 ABC"], [("Chinese or Japanese", "京東都", "fonts-noto-cjk")]),
        (["한국어"], [("Korean", "국어한", "fonts-noto-cjk")]),
        (["🎉 ok"], [("symbols and pictures", "🎉", "fonts-symbola")]),
        (["ꯃꯤꯇꯩ"], [("Meetei", "", "fonts-noto-core")]),
    ],
)
def test_missing_letters_are_named_with_their_script_and_their_package(
    texts: list[str], told: list[tuple[str, str, str]]
) -> None:
    found = missing(texts, BARE)
    assert [(one.script, one.package) for one in found] == [(script, package) for script, _, package in told]
    for one, (_, letters, _) in zip(found, told, strict=True):
        assert not letters or sorted(one.letters) == sorted(letters)


def test_of_many_missing_letters_a_dozen_are_named() -> None:
    (found,) = missing(["".join(chr(code) for code in range(0x4E00, 0x4E40))], BARE)
    assert len(found.letters) == 13
    assert found.letters.endswith("…")


def test_system_fonts_are_not_read_for_latin() -> None:
    book = FontBook(system=SYSTEM_FONTS)
    set_line("Nomor antrean A001", 30, Weight.BOLD, book=book)
    assert not book._system


@pytest.mark.parametrize("control", [chr(code) for code in [*range(9), *range(14, 28), 0x7F, 0x90]])
def test_control_characters_are_left_out(control: str) -> None:
    assert clean(f"a{control}b") == "ab"


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
    assert clusters("เดินทาง") == ["เดิ", "น", "ทา", "ง"]


def test_letters_that_join_stay_together_where_a_line_has_to_break() -> None:
    assert clusters("ខ្មែរ") == ["ខ្មែ", "រ"]
    assert clusters("သတ္တ") == ["သ", "တ္တ"]
    assert clusters("က်က") == ["က်", "က"]


def test_thai_breaks_between_words() -> None:
    words = ["สำนักงาน", "เขต", "บริการ", "ประชาชน"]
    assert _units("".join(words)) == words
    assert _units("VIP บริการประชาชน 2") == ["VIP ", "บริการ", "ประชาชน ", "2"]
    lines = set_lines("สำนักงานเขตบริการประชาชน", 40, Weight.BOLD, 300, book=BARE)
    assert len(lines) > 1
    assert [len(line.glyphs) for line in lines] == [
        len(set_line(text, 40, Weight.BOLD, book=BARE).glyphs) for text in ("สำนักงานเขต", "บริการประชาชน")
    ]


def test_khmer_breaks_where_a_zero_width_space_says_so() -> None:
    assert _units("ការិយាល័យ\u200bសេវា") == ["ការិយាល័យ\u200b", "សេវា"]
    assert unspaced(["ការិយាល័យសេវាសាធារណៈខេត្តសៀមរាប", "សេវា"]) == ("ការិយាល័យសេវាសាធារណៈខេត្តសៀមរាប",)
    assert unspaced(["ការិយាល័យ\u200bសេវា\u200bសាធារណៈ", "บริการประชาชน"]) == ()


def test_a_font_that_has_no_bold_is_thickened(tmp_path: Path) -> None:
    (tmp_path / "plain.woff").write_bytes(min(HOUSE_FONTS.glob("*-latin-400-normal.woff")).read_bytes())
    book = FontBook(house=tmp_path / "none", system=(tmp_path,))
    plain, bold = (set_line("A", 60, weight, book=book) for weight in (Weight.REGULAR, Weight.BOLD))
    assert sum(ink(bold)) < sum(ink(plain))


def test_a_file_that_is_no_font_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "broken.woff").write_bytes(b"wOFFnonsense")
    book = FontBook(house=tmp_path / "none", system=(tmp_path,))
    with pytest.raises(NoFont):
        set_line("A", 60, Weight.BOLD, book=book)
