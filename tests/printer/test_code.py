"""The code on the ticket, read from the paper as a phone reads it."""

import pytest
import zxingcpp
from PIL import Image, ImageFilter

from printer.encoding.plain import encode_text
from printer.layout import SHEETS, draw
from printer.link import Outcome
from printer.virtual import VirtualPrinter
from server.domain.people.customer_token import customer_token
from tests.printer.builders import ENGLISH, INDONESIAN, a_content, a_delivery_to

QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
HOSTS = (
    "http://192.168.1.20:8080",
    "https://q.id",
    "https://antrean.melati.go.id",
    "https://antrean.dinas-kependudukan.kotabandung.go.id",
)


def address(ticket: int) -> str:
    return f"{HOSTS[ticket % len(HOSTS)]}/t/{customer_token(b'key' * 10, 1 + 37 * ticket)}"


def codes(picture: Image.Image) -> list[zxingcpp.Barcode]:
    """What stands in a picture. Light codes on a dark ground are not looked for: many phones know only the other."""
    return list(zxingcpp.read_barcodes(picture.convert("L"), formats=QR, try_invert=False))


def photographed(ticket: Image.Image, module: int) -> Image.Image:
    """Held askew before a phone that gives four pixels to a square: grey on grey, and a little blurred."""
    size = [round(side * 4 / module) for side in ticket.size]
    small = ticket.convert("L").resize((size[0], size[1]), Image.Resampling.BOX)
    askew = small.rotate(7, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    return askew.filter(ImageFilter.GaussianBlur(0.8)).point(lambda value: 80 + value * 100 // 255)


@pytest.mark.parametrize("paper", [80, 58])
@pytest.mark.parametrize("words", [INDONESIAN, ENGLISH], ids=["id", "en"])
def test_what_comes_out_of_the_printer_holds_the_address_once(words: dict[str, str], paper: int) -> None:
    with VirtualPrinter(paper=paper, pace=None) as printer:
        assert a_delivery_to(printer, a_content(**words)).outcome is Outcome.PRINTED
        (paper_out,) = printer.tickets
    assert [code.text for code in codes(paper_out.picture)] == [words["url"]]


@pytest.mark.parametrize("paper", [80, 58])
def test_a_phone_reads_every_ticket_of_a_queue_askew_and_with_a_hole_in_the_code(paper: int) -> None:
    sheet = SHEETS[paper]
    for number in range(40):
        ticket = draw(a_content(url=address(number), note=None), paper)
        (code,) = codes(ticket)
        assert code.ec_level in ("M", "Q", "H")
        # A hole of 25 squares in the middle, where no corner mark is.
        corner = code.position
        x = (corner.top_left.x + corner.bottom_right.x) // 2
        y = (corner.top_left.y + corner.bottom_right.y) // 2
        half = 5 * sheet.module // 2
        ticket.paste(255, (x - half, y - half, x + half, y + half))
        assert [code.text for code in codes(photographed(ticket, sheet.module))] == [address(number)]


@pytest.mark.parametrize("paper", [80, 58])
@pytest.mark.parametrize("letter", "a0U-~")
def test_an_address_of_one_letter_over_and_over_is_read_too(letter: str, paper: int) -> None:
    # One pattern breaks up every code, whatever the address: what repeats itself is its hardest case.
    for length in (20, 45, 90, 180, 400):
        url = "http://x.id/t/".ljust(length, letter)
        ticket = draw(a_content(url=url), paper)
        assert [code.text for code in codes(photographed(ticket, SHEETS[paper].module))] == [url]


@pytest.mark.parametrize("paper", [80, 58])
def test_a_ticket_without_an_address_has_no_code_and_no_word_about_one(paper: int) -> None:
    with_code, without = draw(a_content(), paper), draw(a_content(url=None), paper)
    assert codes(with_code) and not codes(without)
    assert without.height < with_code.height - 100
    plain = b"".join(encode_text(a_content(url=None), paper))
    assert b"Pindai" not in plain and b"A001" in plain and b"21 November 2026" in plain
