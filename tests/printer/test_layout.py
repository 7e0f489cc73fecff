"""The ticket as a picture: what is kept, what is large, what is never lost."""

import io
from pathlib import Path

import pytest
from PIL import Image

from printer.layout import DOTS, SHEETS, Band, Lines, Picture, compose, draw, preview, sheet_for
from printer.lettering import FontBook, Weight, set_line, set_lines
from printer.lettering.coverage import NoFont
from printer.ticket import BadJob, Content
from server import texts
from tests.printer.builders import ENGLISH, INDONESIAN, a_content
from tests.printer.picture_comparison import differences, kept_picture

KEPT = {
    "id": INDONESIAN,
    "en": ENGLISH,
    "id-reprint": {**INDONESIAN, "reprint": "CETAK ULANG"},
    "en-reprint": {**ENGLISH, "reprint": "REPRINT"},
}


@pytest.mark.parametrize("paper", [80, 58])
@pytest.mark.parametrize("name", KEPT)
def test_a_ticket_is_drawn_as_its_kept_picture_shows(name: str, paper: int) -> None:
    drawn = draw(Content.from_json(KEPT[name]), paper)
    kept = kept_picture(f"{name}-{paper}", drawn)
    assert drawn.size == kept.size
    assert differences(drawn, kept) == 0


def test_a_digit_that_changed_is_a_difference_and_a_shaken_edge_is_none() -> None:
    ticket = draw(a_content(number="A001"), 80)
    assert differences(draw(a_content(number="A007"), 80), ticket) > 0
    assert differences(draw(a_content(ahead="8 orang di depan Anda"), 80), ticket) > 0
    shaken = ticket.copy()
    for row in range(0, shaken.height, 2):
        shaken.putpixel((30, row), 255 - int(ticket.getpixel((30, row)) or 0))  # type: ignore[arg-type]
    assert differences(shaken, ticket) == 0


@pytest.mark.parametrize("paper", [80, 58])
def test_the_picture_is_as_wide_as_the_paper_and_black_and_white(paper: int) -> None:
    picture = draw(a_content(), paper)
    assert (picture.mode, picture.width) == ("1", DOTS[paper])


@pytest.mark.parametrize("number", ["A1", "B27", "A001", "AB1234"])
@pytest.mark.parametrize("paper", [80, 58])
def test_the_number_is_the_largest_thing_and_never_wider_than_the_measure(number: str, paper: int) -> None:
    sheet = SHEETS[paper]
    (picture,) = [block for block in compose(a_content(number=number), paper) if isinstance(block, Picture)]
    assert picture.image.width <= sheet.measure
    assert picture.height > 1.8 * sheet.service
    if len(number) <= 4:
        # A third of the paper's width, less what four letters cost.
        assert sheet.width / 4 < picture.height < sheet.width / 2.6


@pytest.mark.parametrize("paper", [80, 58])
@pytest.mark.parametrize("length", [20, 80, 190])
def test_the_code_has_six_dots_a_square_and_four_squares_of_quiet_all_around(paper: int, length: int) -> None:
    url = "http://x.id/t/".ljust(length, "a")
    marked = draw(a_content(url=url, scan=" ", issued=" ", note=None), paper)
    code, left, top, module = _finder_pattern(marked)
    assert module >= 6
    quiet = 4 * module
    assert left >= min(quiet, SHEETS[paper].margin)
    for x in range(max(0, left - quiet), left):
        assert all(marked.getpixel((x, y)) == 255 for y in range(top, top + 7 * module))
    for y in range(top - 4 * SHEETS[paper].module, top):
        assert all(marked.getpixel((x, y)) == 255 for x in range(left, left + 7 * module))
    assert code


@pytest.mark.parametrize("paper", [80, 58])
def test_even_a_senselessly_long_address_makes_a_code_that_fits(paper: int) -> None:
    ticket = draw(a_content(url="http://x.id/t/" + "a" * 900), paper)
    margin = SHEETS[paper].margin
    assert ticket.crop((ticket.width - margin, 0, ticket.width, ticket.height)).convert("L").getextrema() == (255, 255)


def _finder_pattern(picture: Image.Image) -> tuple[bool, int, int, int]:
    """(found, left, top, module) of the first 1:1:3:1:1 corner down the left side of the code."""
    for y in range(picture.height):
        row = [picture.getpixel((x, y)) == 0 for x in range(picture.width)]
        if True not in row:
            continue
        left = row.index(True)
        run = row.index(False, left) - left
        if run % 7 or not 42 <= run <= 100:
            continue
        module = run // 7
        middle = [picture.getpixel((left + round(module * (i + 0.5)), y + round(module * 3.5))) == 0 for i in range(7)]
        if middle == [True, False, True, True, True, False, True]:
            return True, left, y, module
    raise AssertionError("no code on the ticket")


def test_what_is_absent_takes_no_room() -> None:
    full = a_content(wait="sekitar 10 menit", priority="Lansia", note="Simpan tiket ini.", reprint="CETAK ULANG")
    bare = a_content(wait=None, priority=None, note=None, reprint=None)
    assert draw(bare, 80).height < draw(full, 80).height - 200


@pytest.mark.parametrize("paper", [80, 58])
def test_very_long_names_stay_on_the_paper_and_leave_the_number_alone(paper: int) -> None:
    endless = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk" * 20
    ticket = draw(a_content(branch=endless, service=endless, priority=endless, ahead=endless, scan=endless), paper)
    assert ticket.height < 2.2 * draw(a_content(), paper).height
    margin = SHEETS[paper].margin
    assert ticket.crop((ticket.width - margin + 4, 0, ticket.width, ticket.height)).convert("L").getextrema() == (
        255,
        255,
    )


@pytest.mark.parametrize("dots", [384, 512, 576])
@pytest.mark.parametrize("language", ["id", "en"])
def test_what_the_ticket_says_of_the_wait_is_never_cut_short(language: str, dots: int) -> None:
    said = [texts.say(language, f"common.staffing_{how}") for how in ("helping", "paused", "closed")]
    said += [texts.say(language, "print.parked"), texts.say(language, "print.go_to", counter="Loket 12 Kependudukan")]
    sheet = sheet_for(58 if dots == 384 else 80, dots)
    for text in said:
        blocks = compose(a_content(wait=text), 58 if dots == 384 else 80, dots)
        whole = set_lines(text, sheet.wait, Weight.REGULAR, sheet.measure, at_most=99)
        drawn = [[line.width for line in block.lines] for block in blocks if isinstance(block, Lines)]
        assert [line.width for line in whole] in drawn, text


def test_arabic_hangs_from_the_right_edge() -> None:
    arabic = a_content(label="رقم الدور", branch="مركز الخدمات", service="جوازات", ahead="أمامك 3", scan="امسح")
    label = [block for block in compose(arabic, 80) if isinstance(block, Lines)][1]
    strip = Image.new("L", (576, label.height), 255)
    label.draw(strip, 0)
    left, _, right, _ = strip.point(lambda value: 255 - value).getbbox() or (0, 0, 0, 0)
    assert left > 300
    assert right > 576 - SHEETS[80].margin - 8


@pytest.mark.parametrize("field", ["branch", "service", "ahead", "wait", "note", "priority"])
def test_a_line_that_reads_from_the_right_stands_at_the_right_of_any_ticket(field: str) -> None:
    blocks = compose(a_content(**{field: "مركز"}), 80)
    strips = [Image.new("L", (576, block.height), 255) for block in blocks]
    for block, strip in zip(blocks, strips, strict=True):
        block.draw(strip, 0)
    sides = [strip.point(lambda value: 255 - value).getbbox() for strip in strips]
    others = compose(a_content(**{field: "Pusat"}), 80)
    for block, side in zip(others, sides, strict=True):
        strip = Image.new("L", (576, block.height), 255)
        block.draw(strip, 0)
        there = strip.point(lambda value: 255 - value).getbbox()
        if there and side and there != side and isinstance(block, Lines | Band):
            assert there[0] == pytest.approx(28, abs=4)
            assert side[2] == pytest.approx(548, abs=4)
            break
    else:
        raise AssertionError("no line moved")


@pytest.mark.parametrize(
    "text", ["\x1b@\x1dV\x00", "\x10\x14\x08\x01\x03", "a\x00b\tc\nd\r\n", "\ud800", "\u202eevil\u202c", ""]
)
def test_no_text_can_break_a_ticket(text: str) -> None:
    names = ("branch", "label", "number", "service", "priority", "ahead", "wait", "issued", "scan", "note", "reprint")
    ticket = draw(a_content(**dict.fromkeys(names, text)), 80)
    assert ticket.width == 576


def test_a_preview_is_the_ticket_as_a_png() -> None:
    image = Image.open(io.BytesIO(preview(INDONESIAN, 58)))
    assert image.format == "PNG"
    assert image.convert("1").tobytes() == draw(a_content(), 58).tobytes()


def test_a_preview_of_half_a_ticket_names_what_is_missing() -> None:
    with pytest.raises(BadJob, match="service"):
        preview({**INDONESIAN, "service": None}, 80)


def test_without_any_fonts_nothing_is_drawn_and_the_reason_is_said(tmp_path: Path) -> None:
    bare = FontBook(house=tmp_path, system=())
    with pytest.raises(NoFont, match="build the pages"):
        set_line("A001", 40, Weight.BOLD, book=bare)


@pytest.mark.parametrize("paper", [80, 58])
def test_every_number_of_a_service_has_one_size(paper: int) -> None:
    heights = set()
    for number in ("E001", "E111", "E474", "E999"):
        (picture,) = [block for block in compose(a_content(number=number), paper) if isinstance(block, Picture)]
        heights.add(picture.height)
    # Round digits stand a little over the line and under it, as in every good font.
    assert max(heights) - min(heights) <= 0.05 * max(heights)
