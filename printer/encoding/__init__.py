"""Tickets as bytes: pictures in bands, plain text for slow lines, and the commands around them."""

from printer.encoding.plain import encode_text
from printer.encoding.raster import encode_picture

__all__ = ["encode_picture", "encode_text"]
