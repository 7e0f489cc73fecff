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
    bands = tuple(
        _band(picture.crop((0, top, picture.width, min(top + BAND_ROWS, picture.height))))
        for top in range(0, picture.height, BAND_ROWS)
    )
    return (INITIALISE, *bands, finish(cut))


def _band(rows: Image.Image) -> bytes:
    data = rows.tobytes("raw", "1;I")  # inverted: in Pillow 1 is white, and the printer burns where it reads 1
    row_bytes = (rows.width + 7) // 8
    if rows.width % 8:
        raise ValueError(f"a picture {rows.width} dots wide does not fill whole bytes")
    data = _REAL_TIME.sub(_ONE_DOT_WIDER, data)
    return b"\x1dv0\x00" + row_bytes.to_bytes(2, "little") + rows.height.to_bytes(2, "little") + data
