"""A one-bit picture as `GS v 0` bands."""

import re

from PIL import Image

from printer.encoding.commands import BAND_ROWS, INITIALISE, finish

# Printers act on DLE EOT, DLE ENQ and DLE DC4 wherever they see them, in the middle of a picture too.
_REAL_TIME = re.compile(rb"\x10(?=[\x04\x05\x14])")
_ONE_DOT_WIDER = b"\x18"


def encode_picture(picture: Image.Image, *, cut: bool = True) -> tuple[bytes, ...]:
    """The whole job for a picture of mode "1": initialise, bands, feed and cut.

    Each element is complete by itself, so a status request may be sent between two of them. Blank rows are
    part of the picture and sent as such: skipping them shifts the paper on printers that round line feeds.
    """
    if picture.mode != "1":
        raise ValueError(f"a picture for paper is black and white, not {picture.mode!r}")
    if picture.width % 8:
        raise ValueError(f"a picture {picture.width} dots wide does not fill whole bytes")
    row_bytes = picture.width // 8
    # Inverted: in Pillow 1 is white, and the printer burns where it reads 1.
    bits, band_bytes = picture.tobytes("raw", "1;I"), BAND_ROWS * row_bytes
    bands = (_band(bits[start : start + band_bytes], row_bytes) for start in range(0, len(bits), band_bytes))
    return (INITIALISE, *bands, finish(cut))


def _band(rows: bytes, row_bytes: int) -> bytes:
    height = len(rows) // row_bytes
    data = _REAL_TIME.sub(_ONE_DOT_WIDER, rows)
    return b"\x1dv0\x00" + row_bytes.to_bytes(2, "little") + height.to_bytes(2, "little") + data
