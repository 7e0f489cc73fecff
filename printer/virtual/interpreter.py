"""ESC/POS as a printer reads it: pictures, text in its own letters, codes, status questions."""

from collections.abc import Callable
from typing import Protocol

import segno
from PIL import Image

from printer.encoding.commands import DONE
from printer.lettering import Weight, set_line
from printer.link.status import Paper
from printer.virtual.faults import Answers, Faults
from printer.virtual.model import TEAR_DOTS, Model

_CELL = (12, 24)  # font A
_LINE_DOTS = 30
# ESC t: the numbers that Epson gives to the character sets; others are as number 0 here.
_CODE_PAGES = {2: "cp850", 3: "cp860", 4: "cp863", 5: "cp865", 16: "cp1252", 17: "cp866", 18: "cp852", 19: "cp858"}
_CODE_PAGES |= {13: "cp857", 14: "cp737", 33: "cp775", 35: "cp861", 36: "cp862", 37: "cp864", 45: "cp1250"}
_CODE_PAGES |= {39: "iso8859_2", 40: "iso8859_15", 46: "cp1251", 47: "cp1253", 48: "cp1254", 49: "cp1255"}
# Commands that change nothing here, with the number of bytes that follow each.
_IGNORED = {
    **dict.fromkeys((b"\x1b2", b"\x1bS", b"\x1bL"), 0),
    **dict.fromkeys((b"\x1b!", b"\x1b3", b"\x1bM", b"\x1b-", b"\x1bG", b"\x1b{", b"\x1bV", b"\x1b ", b"\x1bR"), 1),
    **dict.fromkeys((b"\x1bU", b"\x1dB", b"\x1db", b"\x1dh", b"\x1dw", b"\x1dH", b"\x1df", b"\x1cC"), 1),
    **dict.fromkeys((b"\x1b$", b"\x1b\\", b"\x1dL", b"\x1dW", b"\x1dP"), 2),
    b"\x1bp": 3,
}


class PaperPath(Protocol):
    """What the interpreter drives."""

    width: int
    model: Model

    @property
    def faults(self) -> Faults: ...
    def take(self, count: int) -> bytes: ...
    def burn(self, rows: bytes) -> None: ...
    def cut(self) -> None: ...
    def answer(self, reply: bytes) -> None: ...
    def confirm(self, reply: Callable[[], bytes]) -> None: ...
    def tell_changes(self, wanted: bool) -> None: ...


class Interpreter:
    """Reads commands from a paper path's buffer and carries them out, one after the other."""

    def __init__(self, path: PaperPath) -> None:
        self._path = path
        self._commands: dict[bytes, Callable[[], None]] = {
            b"\x1b@": self._initialise,
            b"\x1bt": self._set_code_page,
            b"\x1c&": self._enter_chinese,
            b"\x1c.": self._leave_chinese,
            b"\x1bE": self._set_bold,
            b"\x1ba": self._set_align,
            b"\x1bd": self._feed_lines,
            b"\x1bJ": self._feed_dots,
            b"\x1d!": self._set_size,
            b"\x1dV": self._cut,
            b"\x1dv": self._raster,
            b"\x1d(": self._parenthesis,
            b"\x1dr": self._sensor,
            b"\x1dI": self._name,
            b"\x1da": self._tell_changes,
        }
        self._line = ""
        self.reset()

    def reset(self) -> None:
        """As after switching on. What was not printed of a line is dropped, but not where letters come at once."""
        if self._path.faults.letters and self._line:
            self._flush()
        self._line = ""
        self._size = (1, 1)
        self._bold = False
        self._align = 0
        self._code = b""
        self._module = 3
        self._code_page = "cp437"
        self._chinese = self._path.model.chinese

    def run(self) -> None:
        """Reads and obeys for ever; ends by the exception of `take`."""
        while True:
            byte = self._path.take(1)
            if byte in b"\x1b\x1d\x1c":
                self._command(byte + self._path.take(1))
            elif byte == b"\n":
                self._end_line()
            elif byte >= b"\x80" and self._chinese:
                self._line += (byte + self._path.take(1)).decode("gb18030", "replace")
            elif byte >= b" ":
                self._line += byte.decode(self._code_page, "replace")

    def _command(self, name: bytes) -> None:
        command = self._commands.get(name)
        if command:
            command()
        else:
            self._path.take(_IGNORED.get(name, 0))

    def _byte(self) -> int:
        return self._path.take(1)[0]

    def _initialise(self) -> None:
        """ESC @: everything as after switching on; GS a is among it (Epson's ESC/POS reference)."""
        self.reset()
        self._path.tell_changes(False)

    def _set_code_page(self) -> None:
        self._code_page = _CODE_PAGES.get(self._byte(), "cp437")

    def _enter_chinese(self) -> None:
        self._chinese = True

    def _leave_chinese(self) -> None:
        self._chinese = False

    def _set_bold(self) -> None:
        self._bold = bool(self._byte() & 1)

    def _set_align(self) -> None:
        self._align = self._byte() % 48

    def _set_size(self) -> None:
        size = self._byte()
        self._size = ((size >> 4 & 7) + 1, (size & 7) + 1)

    def _feed_lines(self) -> None:
        self._flush()
        dots = self._byte() * _LINE_DOTS
        self._feed(dots)
        if not self._path.model.cutter and dots >= TEAR_DOTS:
            self._path.cut()  # fed out far enough, it is torn off

    def _feed_dots(self) -> None:
        self._flush()
        self._feed(self._byte())

    def _cut(self) -> None:
        self._flush()
        dots = self._byte() if self._byte() in (65, 66, 97, 98, 103, 104) else 0
        if self._path.model.cutter:
            self._feed(dots)
            self._path.cut()

    def _tell_changes(self) -> None:
        wanted = bool(self._byte())
        if self._answers in (Answers.ALL, Answers.CHANGES):
            self._path.tell_changes(wanted)
        elif self._answers is Answers.STATUS:
            self._take_for_letters("a")  # others that do not know it swallow it

    @property
    def _answers(self) -> Answers:
        return self._path.faults.answers

    def _take_for_letters(self, unknown: str) -> None:
        """What a printer makes of a command that it does not know, its unprintable bytes left out."""
        if self._path.faults.letters:
            self._line += unknown

    def _raster(self) -> None:
        _, _, *size = self._path.take(6)
        row_bytes, rows = size[0] | size[1] << 8, size[2] | size[3] << 8
        own, model = self._path.width // 8, self._path.model
        taken = model.takes(rows, row_bytes)
        if not taken and model.spills:
            return  # what follows is read as text
        # Row by row, so that the paper moves while the rest of the band is still on its way.
        for _ in range(rows):
            row = self._path.take(row_bytes)
            if taken and not model.loses(rows):
                self._path.burn(row[:own].ljust(own, b"\0"))

    def _parenthesis(self) -> None:
        kind = self._path.take(1)
        if kind == b"H" and self._answers is not Answers.ALL:
            # A small printer does not know it, and takes its letters for text.
            self._line += kind.decode()
            return
        low, high = self._path.take(2)
        data = self._path.take(low | high << 8)
        if kind == b"H" and data[:2] == b"\x30\x30":
            self._path.confirm(lambda: b"\x37" + DONE + data[2:6] + b"\0")
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
            self._print(
                squares.resize((squares.width * self._module, squares.height * self._module), Image.Resampling.NEAREST)
            )

    def _sensor(self) -> None:
        which = self._byte()
        if self._answers not in (Answers.ALL, Answers.IN_ORDER, Answers.SENSOR, Answers.GARBAGE):
            self._take_for_letters("r")
            return
        if which in (1, 49):
            self._path.confirm(lambda: b"\x00" if self._path.faults.paper is Paper.OK else b"\x03")
        elif which in (2, 50):
            self._path.answer(b"\x00")

    def _name(self) -> None:
        which = self._byte()
        names = {0x41: b"1.0", 0x42: b"Giliran", 0x43: self._path.model.name.encode("ascii")}
        if self._answers not in (Answers.ALL, Answers.IN_ORDER):
            self._take_for_letters(chr(which) if which >= 0x20 else "")
            return
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
            fitted = set_line(
                character,
                21,
                Weight.BOLD if self._bold else Weight.REGULAR,
                stretch=min(1.0, 11.5 / max(1.0, glyph.width)),
            )
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
