"""The virtual printer as other kinds of printers are: narrower, smaller, without a blade, made for China."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from PIL import Image

from printer.encoding import commands
from printer.virtual import Model, VirtualPrinter

PROOF = b"\x1d(H\x06\x00\x30\x300001"


@contextmanager
def a_line(printer: VirtualPrinter) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", printer.port), 60) as line:
        line.settimeout(60)
        yield line


def printed(model: Model, data: bytes, *, cut: bytes = b"\x1dVB\x00") -> tuple[list[Image.Image], bool]:
    """The pieces of paper that these bytes make, and whether one with ink still hangs out."""
    with VirtualPrinter(pace=None, model=model) as printer, a_line(printer) as line:
        line.sendall(data + cut + PROOF)
        heard = b""
        while not heard.endswith(b"\0"):
            heard += line.recv(64)
        return [ticket.picture for ticket in printer.tickets], printer.hanging is not None


def band(row_bytes: int, rows: int, byte: int = 0xFF) -> bytes:
    head = b"\x1dv0\0" + row_bytes.to_bytes(2, "little") + rows.to_bytes(2, "little")
    return head + bytes([byte]) * (row_bytes * rows)


def ink(pictures: list[Image.Image]) -> int:
    return sum(picture.convert("L").histogram()[0] for picture in pictures)


def test_what_is_wider_than_the_head_is_cut_off() -> None:
    ((piece,), _) = printed(Model(512), band(72, 10))
    assert (piece.width, ink([piece])) == (512, 512 * 10)


@pytest.mark.parametrize(
    ("model", "rows", "prints"),
    [
        (Model(384, raster_rows=100), 100, True),
        (Model(384, raster_rows=100), 101, False),
        (Model(384, raster_bytes=4096), 85, True),
        (Model(384, raster_bytes=4096), 86, False),
        (Model(384, swallows=48), 95, True),
        (Model(384, swallows=48), 96, False),
    ],
)
def test_a_picture_that_is_too_large_or_of_an_unlucky_height_is_lost(model: Model, rows: int, prints: bool) -> None:
    pieces, _ = printed(model, band(48, rows))
    assert ink(pieces) == (384 * rows if prints else 0)


def test_a_picture_that_is_too_large_may_come_out_as_letters() -> None:
    model = Model(384, raster_bytes=480, spills=True)
    pieces, _ = printed(model, band(48, 11, ord("#")) + b"\n")
    assert 0 < ink(pieces) < 384 * 11


def test_without_a_cutter_a_ticket_hangs_until_it_is_fed_out_and_torn_off() -> None:
    model = Model(384, cutter=False)
    assert printed(model, band(48, 11)) == ([], True)
    pieces, hangs = printed(model, band(48, 11), cut=b"\x1bd\x05")
    assert (len(pieces), hangs) == (1, False)


def test_a_printer_made_for_china_takes_letters_beyond_ascii_in_pairs() -> None:
    text = b"Caf\x82s!\n"
    letters, _ = printed(Model(576), text)
    eaten, _ = printed(Model(576, chinese=True), text)
    told, _ = printed(Model(576, chinese=True), commands.LEAVE_CHINESE + text)
    again, _ = printed(Model(576, chinese=True), commands.LEAVE_CHINESE + commands.INITIALISE + text)
    assert told[0].tobytes() == letters[0].tobytes()
    assert eaten[0].tobytes() == again[0].tobytes() != letters[0].tobytes()


def test_esc_at_ends_what_gs_a_has_begun() -> None:
    for order, hears in (
        (commands.TELL_CHANGES + commands.INITIALISE, False),
        (commands.INITIALISE + commands.TELL_CHANGES, True),
    ):
        with VirtualPrinter(pace=None) as printer, a_line(printer) as line:
            line.sendall(order + PROOF)
            heard = b""
            while not heard.endswith(b"0001\0"):
                heard += line.recv(64)
            printer.set_faults(paper="out")
            line.sendall(commands.PRINTER_STATUS)
            heard = b""
            while not heard or heard[-1] & 0x93 != 0x12:
                heard += line.recv(64)
            assert (len(heard) == 5) == hears


def test_it_says_the_name_of_its_model() -> None:
    with VirtualPrinter(pace=None, model=Model(512, name="TM-T88V")) as printer, a_line(printer) as line:
        line.sendall(commands.MODEL)
        assert line.recv(64) == b"_TM-T88V\0"


def test_a_head_has_whole_bytes() -> None:
    with pytest.raises(ValueError, match="multiple of 8"):
        Model(420)
