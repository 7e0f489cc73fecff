"""ESC/POS as a printer reads it: pictures, text in its own letters, codes, status questions."""

from typing import Protocol

import segno
from PIL import Image

from printer.encoding.commands import DONE
from printer.lettering import Weight, set_line
from printer.link.status import Paper
from printer.virtual.faults import Faults

_CELL = (12, 24)  # font A
_LINE_DOTS = 30
# Commands that change nothing here, with the number of bytes that follow each.
_IGNORED = {
    b"\x1b2": 0, b"\x1b3": 1, b"\x1bM": 1, b"\x1b-": 1, b"\x1bG": 1, b"\x1b{": 1, b"\x1bV": 1, b"\x1b ": 1, b"\x1bR": 1, b"\x1bU": 1,
    b"\x1bS": 0, b"\x1bL": 0, b"\x1bp": 3, b"\x1b$": 2, b"\x1b\\": 2, b"\x1dB": 1, b"\x1db": 1, b"\x1dL": 2, b"\x1dW": 2, b"\x1dP": 2,
    b"\x1dh": 1, b"\x1dw": 1, b"\x1dH": 1, b"\x1df": 1, b"\x1c.": 0, b"\x1c&": 0, b"\x1cC": 1,
}  # fmt: skip


class PaperPath(Protocol):
    """What the interpreter drives."""

    width: int

    @property
    def faults(self) -> Faults: ...
    def take(self, count: int) -> bytes: ...
    def burn(self, rows: bytes) -> None: ...
    def wait_until_able(self) -> None: ...
    def cut(self) -> None: ...
    def answer(self, reply: bytes) -> None: ...
    def tell_changes(self, wanted: bool) -> None: ...


class Interpreter:
    """Reads commands from a paper path's buffer and carries them out, one after the other."""

    def __init__(self, path: PaperPath) -> None:
        self._path = path
        self.reset()

    def reset(self) -> None:
        """As after ESC @."""
        self._line = ""
        self._size = (1, 1)
        self._bold = False
        self._align = 0
        self._code = b""
        self._module = 3

    def run(self) -> None:
        """Reads and obeys for ever; ends by the exception of `take`."""
        while True:
            byte = self._path.take(1)
            if byte in b"\x1b\x1d\x1c":
                self._command(byte + self._path.take(1))
            elif byte == b"\n":
                self._end_line()
            elif byte >= b" ":
                self._line += byte.decode("cp437")

    def _command(self, name: bytes) -> None:
        take = self._path.take
        match name:
            case b"\x1b@":
                self.reset()
            case b"\x1b!":
                take(1)
            case b"\x1bE":
                self._bold = bool(take(1)[0] & 1)
            case b"\x1ba":
                self._align = take(1)[0] % 48
            case b"\x1bt":
                take(1)  # one character set: what the agent's text mode writes in
            case b"\x1d!":
                size = take(1)[0]
                self._size = ((size >> 4 & 7) + 1, (size & 7) + 1)
            case b"\x1bd":
                self._flush()
                self._feed(take(1)[0] * _LINE_DOTS)
            case b"\x1bJ":
                self._flush()
                self._feed(take(1)[0])
            case b"\x1dV":
                self._flush()
                if take(1)[0] in (65, 66, 97, 98, 103, 104):
                    self._feed(take(1)[0])
                self._path.cut()
            case b"\x1dv":
                self._raster()
            case b"\x1d(":
                self._parenthesis()
            case b"\x1dr":
                self._sensor(take(1)[0])
            case b"\x1dI":
                self._name(take(1)[0])
            case b"\x1da":
                self._path.tell_changes(bool(take(1)[0]))
            case _:
                take(_IGNORED.get(name, 0))

    def _raster(self) -> None:
        _, _, *size = self._path.take(6)
        row_bytes, rows = size[0] | size[1] << 8, size[2] | size[3] << 8
        own = self._path.width // 8
        # Row by row, so that the paper moves while the rest of the band is still on its way.
        for _ in range(rows):
            self._path.burn(self._path.take(row_bytes)[:own].ljust(own, b"\0"))

    def _parenthesis(self) -> None:
        kind = self._path.take(1)
        low, high = self._path.take(2)
        data = self._path.take(low | high << 8)
        if kind == b"H" and data[:2] == b"\x30\x30" and not self._path.faults.no_process_id:
            self._path.wait_until_able()
            self._path.answer(b"\x37" + DONE + data[2:6] + b"\0")
        elif kind == b"k" and data[:1] == b"1":
            self._square_code(data[1], data[2:])

    def _square_code(self, function: int, data: bytes) -> None:
        if function == 67:
            self._module = data[0]
        elif function == 80:
            self._code = data[1:]
        elif function == 81 and self._code:
            qr = segno.make_qr(self._code, error="l", boost_error=False)
            rows = [bytes(row) for row in qr.matrix]
            squares = Image.new("1", (len(rows[0]), len(rows)), 0)
            squares.putdata([255 if dark else 0 for row in rows for dark in row])
            self._print(squares.resize((squares.width * self._module, squares.height * self._module), Image.Resampling.NEAREST))

    def _sensor(self, which: int) -> None:
        self._path.wait_until_able()
        if which in (1, 49):
            self._path.answer(b"\x00" if self._path.faults.paper is Paper.OK else b"\x03")
        elif which in (2, 50):
            self._path.answer(b"\x00")

    def _name(self, which: int) -> None:
        names = {0x41: b"1.0", 0x42: b"Giliran", 0x43: b"Virtual printer"}
        if which in names:
            self._path.answer(b"\x5f" + names[which] + b"\0")
        else:
            self._path.answer(b"\x02")

    def _end_line(self) -> None:
        if self._line:
            self._flush()
        else:
            self._feed(_LINE_DOTS)

    def _flush(self) -> None:
        """Prints the letters that wait for the end of their line."""
        text, self._line = self._line, ""
        if not text:
            return
        cells = Image.new("L", (_CELL[0] * len(text), _CELL[1]), 255)
        for index, character in enumerate(text):
            glyph = set_line(character, 21, Weight.BOLD if self._bold else Weight.REGULAR)
            # Wide letters are squeezed into the cell, as a printer's own letters are.
            fitted = set_line(character, 21, Weight.BOLD if self._bold else Weight.REGULAR, stretch=min(1.0, 11.5 / max(1.0, glyph.width)))
            fitted.draw(cells, index * _CELL[0] + (_CELL[0] - fitted.width) / 2, 18)
        ink = cells.point(lambda value: 255 if value < 128 else 0).convert("1", dither=Image.Dither.NONE)
        self._print(ink.resize((ink.width * self._size[0], ink.height * self._size[1]), Image.Resampling.NEAREST))
        self._feed(_LINE_DOTS - _CELL[1])

    def _print(self, ink: Image.Image) -> None:
        """Prints a picture of mode "1" whose ink is 1, where the alignment puts it."""
        room = self._path.width - ink.width
        paper = Image.new("1", (self._path.width, ink.height), 0)
        paper.paste(ink, (max(0, room * self._align // 2), 0))
        self._path.burn(paper.tobytes())

    def _feed(self, dots: int) -> None:
        self._path.burn(bytes(self._path.width // 8 * dots))
