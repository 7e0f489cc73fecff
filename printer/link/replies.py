"""The bytes a printer sends back, sorted into replies."""

from dataclasses import dataclass

_BLOCK_HEADERS = {0x37, 0x5F}
_LONGEST_BLOCK = 128
_XON_XOFF = {0x11, 0x13}


@dataclass(frozen=True)
class RealTime:
    """One byte that answers DLE EOT; which question it answers, only the order tells."""

    byte: int


@dataclass(frozen=True)
class Sensor:
    """One byte that answers GS r."""

    byte: int


@dataclass(frozen=True)
class Automatic:
    """Four bytes that the printer sends by itself when something changes."""

    block: bytes


@dataclass(frozen=True)
class Block:
    """Header to NUL: a process id, a cleared buffer, the printer's name. `body` is what stands between."""

    header: int
    body: bytes


@dataclass(frozen=True)
class Noise:
    """A byte that no printer says: the line is disturbed, or this is no printer."""

    byte: int


Reply = RealTime | Sensor | Automatic | Block | Noise


class ReplyParser:
    """Sorts a stream of bytes, cut anywhere, into replies.

    The kinds are told apart by fixed bits: `b & 0x93 == 0x12` answers DLE EOT, `== 0x10` opens an automatic status,
    0x37 and 0x5F open a block, and what has bits 4 and 7 clear answers GS r. Bytes that fit nothing are noise.
    """

    def __init__(self) -> None:
        self._block: bytearray | None = None
        self._automatic: bytearray | None = None

    def feed(self, data: bytes) -> list[Reply]:
        """The replies that these bytes complete, in the order in which they ended."""
        replies: list[Reply] = []
        for byte in data:
            reply = self._next(byte)
            if reply is not None:
                replies.append(reply)
        return replies

    def _next(self, byte: int) -> Reply | None:
        if self._automatic is not None:
            if byte & 0x90 == 0:
                self._automatic.append(byte)
                if len(self._automatic) < 4:
                    return None
                block, self._automatic = bytes(self._automatic), None
                return Automatic(block)
            self._automatic = None  # cut short by a lost byte: this one starts something new
        if self._block is not None:
            return self._in_block(byte)
        if byte in _BLOCK_HEADERS:
            self._block = bytearray([byte])
            return None
        if byte & 0x93 == 0x12:
            return RealTime(byte)
        if byte & 0x93 == 0x10:
            self._automatic = bytearray([byte])
            return None
        if byte in _XON_XOFF:
            return None
        return Noise(byte) if byte & 0x90 else Sensor(byte)

    def _in_block(self, byte: int) -> Reply | None:
        assert self._block is not None
        if byte == 0:
            header, body, self._block = self._block[0], bytes(self._block[1:]), None
            return Block(header, body)
        if byte < 0x20:
            # Not a character of a block: a status that the printer could not hold back.
            return RealTime(byte) if byte & 0x93 == 0x12 else None
        self._block.append(byte)
        if len(self._block) > _LONGEST_BLOCK:
            self._block = None
            return Noise(byte)
        return None
