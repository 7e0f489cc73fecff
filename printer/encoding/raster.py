"""A one-bit picture as `GS v 0` bands."""

import re
from collections.abc import Iterator

from PIL import Image

from printer.encoding.commands import INITIALISE, band_rows, finish

# Printers act on DLE EOT, DLE ENQ and DLE DC4 wherever they see them, in the middle of a picture too.
_REAL_TIME = re.compile(rb"\x10(?=[\x04\x05\x14])")
_ONE_DOT_WIDER = b"\x18"
_PACKET = 64  # bytes; see _in_bands


def encode_picture(
    picture: Image.Image, *, cut: bool | None = True, head: int | None = None, band: int | None = None
) -> tuple[bytes, ...]:
    """The whole job for a picture of mode "1": initialise, bands, feed and cut.

    Each element is complete by itself, so a status request may be sent between two of them; the first is `ESC @`. Blank
    rows are part of the picture and sent as such: skipping them shifts the paper on printers that round line feeds.
    `head`: the dots of the print head; `band`: the rows of one command, where the printer takes less than usual; `cut`
    as in `finish`. Raises ValueError for a picture that is wider than the head: it would be cut off unnoticed.
    """
    if picture.mode != "1":
        raise ValueError(f"a picture for paper is black and white, not {picture.mode!r}")
    if picture.width % 8:
        raise ValueError(f"a picture {picture.width} dots wide does not fill whole bytes")
    if head is not None and picture.width > head:
        raise ValueError(f"a picture {picture.width} dots wide is wider than the head of {head} dots")
    row_bytes = picture.width // 8
    # Inverted: in Pillow 1 is white, and the printer burns where it reads 1.
    bits = picture.tobytes("raw", "1;I")
    if row_bytes % _PACKET == 0 and not any(bits[row_bytes - 1 :: row_bytes]):
        bits = picture.crop((0, 0, picture.width - 8, picture.height)).tobytes("raw", "1;I")
        row_bytes -= 1
    return (INITIALISE, *_in_bands(bits, row_bytes, band_rows(row_bytes, band)), finish(cut))


def _in_bands(bits: bytes, row_bytes: int, most: int) -> Iterator[bytes]:
    """Bands of an odd number of rows, and so none whose bytes fill whole packets of 64.

    A row of 64 bytes, that of a head with 512 dots, is one byte narrower: its last eight dots are the white margin.
    """
    start, left = 0, len(bits) // row_bytes
    while left:
        rows = left if left % 2 else left // 2 - 1 + left // 2 % 2
        rows = min(rows, most)
        yield _band(bits[start : start + rows * row_bytes], row_bytes)
        start, left = start + rows * row_bytes, left - rows


def _band(rows: bytes, row_bytes: int) -> bytes:
    height = len(rows) // row_bytes
    data = _REAL_TIME.sub(_ONE_DOT_WIDER, rows)
    return b"\x1dv0\x00" + row_bytes.to_bytes(2, "little") + height.to_bytes(2, "little") + data
