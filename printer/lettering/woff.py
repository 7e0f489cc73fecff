"""WOFF 1.0 to the plain font inside it (W3C WOFF 1.0, sections 3 to 5)."""

import struct
import zlib

_HEADER = struct.Struct(">4sIIHHI")
_ENTRY = struct.Struct(">4sIIII")
_SFNT_HEADER = struct.Struct(">IHHHH")
_SFNT_ENTRY = struct.Struct(">4sIII")
_WOFF_HEADER_SIZE = 44


def unwrap(data: bytes) -> bytes:
    """The TrueType or OpenType font held by a WOFF file; a font that is not WOFF comes back as it is.

    The browser's font package has WOFF only, and HarfBuzz reads plain fonts only. Raises ValueError when
    the file is cut short or a table does not unpack.
    """
    if data[:4] != b"wOFF":
        return data
    try:
        _, flavor, _, count, _, _ = _HEADER.unpack_from(data)
        entries = b""
        tables = b""
        first_table = _SFNT_HEADER.size + _SFNT_ENTRY.size * count
        for index in range(count):
            tag, offset, packed, plain, checksum = _ENTRY.unpack_from(data, _WOFF_HEADER_SIZE + index * _ENTRY.size)
            table = data[offset : offset + packed]
            if packed < plain:
                table = zlib.decompress(table)
            if len(table) != plain:
                raise ValueError(f"table {tag!r} is {len(table)} bytes long, not {plain}")
            entries += _SFNT_ENTRY.pack(tag, checksum, first_table + len(tables), plain)
            tables += table + bytes(-plain % 4)
    except (struct.error, zlib.error) as error:
        raise ValueError(f"not a whole WOFF font: {error}") from error
    # The three binary-search hints of the header are zero: HarfBuzz does not read them.
    return _SFNT_HEADER.pack(flavor, count, 0, 0, 0) + entries + tables
