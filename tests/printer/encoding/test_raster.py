"""A picture as bytes: what a printer would make of them is the picture again."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from printer.encoding import commands, encode_picture
from printer.layout import draw
from tests.printer.builders import a_content

BAND = re.compile(rb"\x1dv0\x00(..)(..)", re.DOTALL)


def black(width: int, height: int, byte: int) -> Image.Image:
    """A picture whose bytes, as printed, are all this one."""
    return Image.frombytes("1", (width, height), bytes([byte ^ 0xFF]) * (width // 8 * height))


def bands(segments: tuple[bytes, ...]) -> list[tuple[int, int, bytes]]:
    found = []
    for segment in segments:
        header = BAND.match(segment)
        if header:
            row_bytes, rows = (int.from_bytes(part, "little") for part in header.groups())
            found.append((row_bytes, rows, segment[header.end() :]))
    return found


@pytest.mark.parametrize("paper", [80, 58])
def test_the_bands_put_together_are_the_picture(paper: int) -> None:
    picture = draw(a_content(), paper)
    parts = bands(encode_picture(picture))
    assert all(row_bytes == picture.width // 8 and rows <= 128 for row_bytes, rows, _ in parts)
    assert all(len(data) == row_bytes * rows for row_bytes, rows, data in parts)
    assert sum(rows for _, rows, _ in parts) == picture.height
    whole = bytes(byte ^ 0xFF for byte in b"".join(data for _, _, data in parts))
    back = Image.frombytes("1", picture.size, whole)
    changed = sum(a != b for a, b in zip(back.tobytes(), picture.tobytes(), strict=True))
    assert changed <= 8  # bytes that would have been commands are one dot wider


@pytest.mark.parametrize("width", [256, 360, 384, 416, 432, 448, 504, 512, 544, 576, 640, 832, 1024, 1280])
@pytest.mark.parametrize("height", [1, 2, 3, 48, 54, 96, 128, 256, 512, 768, 900, 901, 960])
def test_no_band_is_larger_than_4_kb_or_of_a_height_that_printers_lose(width: int, height: int) -> None:
    parts = bands(encode_picture(black(width, height, 0)))
    assert sum(rows for _, rows, _ in parts) == height
    for _, rows, data in parts:
        assert rows % 2 == 1  # so it is no multiple of 24 or 48, and no power of two but the first
        assert len(data) + 8 <= 4096
        assert len(data) % 64


@pytest.mark.parametrize(("wanted", "rows"), [(8, 7), (23, 23), (24, 23), (255, 255)])
def test_bands_can_be_as_small_as_a_printer_needs(wanted: int, rows: int) -> None:
    parts = bands(encode_picture(black(384, 1001, 0), band=wanted))
    assert max(tall for _, tall, _ in parts) == rows
    assert sum(tall for _, tall, _ in parts) == 1001


def test_a_picture_as_wide_as_512_dots_keeps_all_its_ink() -> None:
    picture = black(512, 31, 0)
    picture.paste(0, (0, 0, 504, 31))
    ((row_bytes, _, data),) = bands(encode_picture(picture))
    assert (row_bytes, data) == (63, b"\xff" * 63 * 31)
    full = bands(encode_picture(black(512, 31, 0xFF)))
    assert [row_bytes for row_bytes, _, _ in full] == [64]


def test_blank_rows_are_sent_like_all_others() -> None:
    assert sum(rows for _, rows, _ in bands(encode_picture(black(384, 300, 0)))) == 300


@given(st.binary(min_size=48, max_size=48 * 140).map(lambda data: data[: len(data) // 48 * 48]))
def test_no_picture_holds_a_real_time_command(data: bytes) -> None:
    hostile = re.sub(rb"[\x01-\x08]", b"\x10", data) if data else data
    picture = Image.frombytes("1", (384, len(hostile) // 48), bytes(byte ^ 0xFF for byte in hostile))
    for _, _, band in bands(encode_picture(picture)):
        assert not re.search(rb"\x10[\x04\x05\x14]", band)


def test_a_command_across_two_rows_is_replaced_too() -> None:
    rows = bytes(47) + b"\x10" + b"\x04" + bytes(47)
    picture = Image.frombytes("1", (384, 3), bytes(byte ^ 0xFF for byte in rows + bytes(48)))
    ((_, _, band),) = bands(encode_picture(picture))
    assert band[47:49] == b"\x18\x04"


def test_a_grey_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="black and white"):
        encode_picture(Image.new("L", (384, 10)))


def test_without_a_cutter_the_ticket_is_moved_out_to_be_torn() -> None:
    assert encode_picture(black(384, 8, 0), cut=False)[-1] == b"\x1bd\x05"
    assert encode_picture(black(384, 8, 0))[-1].startswith(b"\x1dV")


def test_where_nobody_knows_of_a_cutter_the_ticket_is_fed_out_to_be_torn_and_then_cut() -> None:
    assert encode_picture(black(384, 8, 0), cut=None)[-1] == b"\x1bd\x05\x1dV\x01"


def test_a_process_id_is_four_printable_characters() -> None:
    assert commands.when_printed(commands.process_id(12345)).endswith(b"2345")
    with pytest.raises(ValueError, match="four printable"):
        commands.when_printed(b"\x10\x04\x01a")


def test_recovery_ends_the_largest_band_that_may_be_unfinished() -> None:
    largest = max(len(segment) for segment in encode_picture(black(576, 500, 255)))
    recovery = commands.recovery(72 * commands.BAND_ROWS, cut=True)
    assert len(recovery) - len(recovery.lstrip(b"\0")) >= largest - 8
    assert recovery.lstrip(b"\0").startswith(commands.INITIALISE)
