"""The inside of the virtual printer: a receive buffer, an ESC/POS interpreter, a paper path."""

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto

from PIL import Image

from printer.encoding.commands import CLEAR_BUFFER
from printer.layout import DOTS
from printer.link.status import Paper
from printer.virtual.faults import Answers, Cutter, Faults
from printer.virtual.interpreter import Interpreter
from printer.virtual.model import Model

BUFFER_BYTES = 64 * 1024  # what a good printer holds; beyond it the line fills up, as it does with a real one
_ROWS_PER_SECOND = 1600  # 200 mm a second
_SLOWNESS = 20
_STEP_ROWS = 16
_SHORTEST_SLEEP = 0.005  # shorter ones last longer than they should
_SPLIT_SECONDS = 0.002  # between two bytes of an answer that comes in pieces
_CLEARED = b"\x37\x25\x00"
_NOISE = b"\xc1\x91A\x00\xf5"  # bytes that are no reply, and some that look like one


@dataclass(frozen=True)
class Ticket:
    """One piece of paper that was cut off: its running number from 1, when, and its dots (mode "1", ink is 0)."""

    serial: int
    at: datetime
    picture: Image.Image


class Moment(Enum):
    """Something that happens inside, at which a fault may begin."""

    BYTE = auto()  # a byte was received
    ROW = auto()  # a row of dots was printed
    BLADE = auto()  # the blade is about to move
    CUT = auto()  # a piece of paper was cut off
    PROOF = auto()  # a command that confirms was answered


@dataclass
class _Plan:
    moment: Moment
    left: int
    then: Callable[[], object]


class Cleared(Exception):
    """The buffer was thrown away; whatever was being interpreted ends here."""


class Machine:
    """Takes bytes as a printer does, and prints them in its own time on its own thread.

    `answer` sends bytes to whoever is connected; `on_ticket` gets every piece of paper with ink on it. `pace` is rows a
    second, None for at once; `buffer_bytes` what it can hold. What is received stays in the buffer when a connection
    ends, as in a real one. `model` None is the ordinary printer for that paper.
    """

    def __init__(
        self,
        paper: int,
        answer: Callable[[bytes], None],
        on_ticket: Callable[[Ticket], None],
        pace: int | None = _ROWS_PER_SECOND,
        buffer_bytes: int = BUFFER_BYTES,
        model: Model | None = None,
    ) -> None:
        self.model = model or Model(DOTS[paper])
        self.width = self.model.dots
        self._answer = answer
        self._on_ticket = on_ticket
        self._pace = pace
        self._buffer_bytes = buffer_bytes
        self._faults = Faults()
        self._changed = threading.Condition()
        self._buffer = bytearray()
        self._half = b""
        self._clearings = self._begun_at = 0  # now, and when what is obeyed now was begun
        self._closed = False
        self._automatic = False
        self._rows = bytearray()
        self._serial = 0
        self._owed = 0.0  # seconds of the motor that were not slept yet
        self._plans: list[_Plan] = []
        self._outbox: queue.SimpleQueue[tuple[float, bytes] | None] = queue.SimpleQueue()
        self._mouth = threading.Thread(target=self._speak, name="virtual-printer-answers", daemon=True)
        self._thread = threading.Thread(target=self._run, name="virtual-printer", daemon=True)

    def start(self) -> None:
        """Begins to print."""
        self._thread.start()
        self._mouth.start()

    def close(self) -> None:
        """Switches off; what is in the buffer is lost."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._outbox.put(None)
        self._thread.join(5)
        self._mouth.join(5)

    @property
    def faults(self) -> Faults:
        """What is wrong now."""
        return self._faults

    def set_faults(self, faults: Faults) -> None:
        """Changes what is wrong; a host that asked for automatic status is told. Without power it forgets all."""
        with self._changed:
            before, self._faults = self._faults, faults
            if faults.off != before.off:  # also what was on its way in at the moment when it went off
                self._forget()
                self._automatic = False
            told = self._automatic and any(
                getattr(faults, name) != getattr(before, name) for name in ("paper", "cover_open", "cutter", "hot")
            )
            self._changed.notify_all()
        if told:
            self._say(self.automatic_status())

    def when(self, moment: Moment, count: int, then: Callable[[], object]) -> None:
        """Calls `then` once, at the moment when that has happened `count` more times, and before anything else does."""
        with self._changed:
            self._plans.append(_Plan(moment, count, then))

    def forget_plans(self) -> None:
        """Nothing that was planned happens any more."""
        with self._changed:
            self._plans.clear()

    def _until(self, moment: Moment) -> int | None:
        """How many more of these there are before something is planned; None when nothing is."""
        return min((plan.left for plan in self._plans if plan.moment is moment), default=None)

    def _happened(self, moment: Moment, count: int = 1) -> None:
        due: list[_Plan] = []
        with self._changed:
            for plan in [plan for plan in self._plans if plan.moment is moment]:
                plan.left -= count
                if plan.left <= 0:
                    self._plans.remove(plan)
                    due.append(plan)
        for plan in due:
            plan.then()

    # Receiving, on the connection's thread

    def room(self, wait: float) -> bool:
        """Whether the printer reads on: it does not while its buffer is full or it stalls. Waits so many seconds."""
        with self._changed:
            return self._changed.wait_for(
                lambda: self._closed or (len(self._buffer) < self._buffer_bytes and not self._faults.deaf), wait
            )

    def appetite(self, size: int) -> int:
        """How many of so many bytes it takes at once: no more than up to the next moment that is planned."""
        with self._changed:
            planned = self._until(Moment.BYTE)
        return size if planned is None else max(1, min(size, planned))

    def receive(self, data: bytes) -> None:
        """Takes bytes from the line. Real-time commands are acted on at once, wherever they stand.

        They are answered last: a host that has an answer knows that the bytes before it were taken, and counted.
        """
        taken = len(data)
        data = self._half + data
        plain = bytearray()
        replies: list[bytes] = []
        at = 0
        while at < len(data):
            rest = data[at : at + len(CLEAR_BUFFER)]
            if rest[0] != 0x10:
                end = data.find(b"\x10", at)
                end = len(data) if end < 0 else end
                plain += data[at:end]
                at = end
            elif rest == CLEAR_BUFFER and self._faults.answers is Answers.ALL:
                plain.clear()
                self._clear()
                replies.append(_CLEARED)
                at += len(rest)
            elif rest[1:2] == b"\x04" and len(rest) > 2 and rest[2] in (1, 2, 3, 4):
                if self._faults.answers is not Answers.SENSOR:
                    replies.append(bytes([self._real_time_status(rest[2])]))
                at += 3
            elif len(rest) < len(CLEAR_BUFFER) and (CLEAR_BUFFER.startswith(rest) or rest == b"\x10\x04"):
                break  # cut in the middle: the next bytes tell
            else:
                plain.append(0x10)
                at += 1
        self._half = data[at:]
        with self._changed:
            self._buffer += plain
            self._changed.notify_all()
        self._happened(Moment.BYTE, taken)
        for reply in replies:
            self._say(reply)

    def _clear(self) -> None:
        with self._changed:
            self._forget()
            self._changed.notify_all()

    def hung_up(self) -> None:
        """The line was closed; a printer that forgets then loses what it has."""
        if self._faults.forgets:
            self._clear()

    def _forget(self) -> None:
        """Empties the memory; the paper stays as it is."""
        self._buffer.clear()
        self._half = b""
        self._clearings += 1

    def _real_time_status(self, question: int) -> int:
        faults = self._faults
        out, near = faults.paper is Paper.OUT, faults.paper is not Paper.OK
        return (
            0x12
            | {
                1: 0x08 * (faults.hindered or faults.off_line),
                2: 0x04 * faults.cover_open | 0x20 * out | 0x40 * (faults.cutter is not Cutter.OK or faults.hot),
                3: _errors(faults),
                4: 0x0C * near | 0x60 * out,
            }[question]
        )

    def automatic_status(self) -> bytes:
        """The four bytes of an automatic status."""
        faults = self._faults
        out, near = faults.paper is Paper.OUT, faults.paper is not Paper.OK
        return bytes(
            [
                0x10 | 0x08 * (faults.hindered or faults.off_line) | 0x20 * faults.cover_open,
                _errors(faults),
                0x0C * out | 0x03 * near,
                0,
            ]
        )

    # Answering

    def _say(self, reply: bytes) -> None:
        """Sends a reply, as late and as garbled as the faults have it."""
        faults = self._faults
        if faults.answers is Answers.NONE or faults.stall or faults.off:
            return
        if faults.noise or faults.answers is Answers.GARBAGE:
            reply = _NOISE + (b"" if faults.answers is Answers.GARBAGE else reply)
        if faults.late or faults.split:
            self._outbox.put((time.monotonic() + (faults.late or 0.0), reply))
        else:
            self._answer(reply)

    def _speak(self) -> None:
        """Answers that are late or come in pieces have a thread of their own: the printer works on meanwhile."""
        while item := self._outbox.get():
            due, reply = item
            with self._changed:
                self._changed.wait_for(lambda: self._closed, max(0.0, due - time.monotonic()))
            step = 1 if self._faults.split else len(reply)
            for start in range(0, len(reply), step):
                self._answer(reply[start : start + step])
                if step < len(reply):
                    time.sleep(_SPLIT_SECONDS)

    # Printing, on the machine's thread

    def _run(self) -> None:
        interpreter = Interpreter(self)
        while not self._closed:
            with self._changed:
                self._begun_at = self._clearings
            try:
                interpreter.run()
            except Cleared:
                interpreter.reset()

    def take(self, count: int) -> bytes:
        """The next bytes of the buffer, waited for. Raises Cleared when it is emptied meanwhile or switched off."""
        with self._changed:
            self._changed.wait_for(
                lambda: (
                    self._closed
                    or self._clearings != self._begun_at
                    or (len(self._buffer) >= count and not self._faults.stall and not self._faults.off)
                )
            )
            if self._closed or self._clearings != self._begun_at:
                raise Cleared
            taken = bytes(self._buffer[:count])
            del self._buffer[:count]
            self._changed.notify_all()
            return taken

    def burn(self, rows: bytes) -> None:
        """Prints rows of dots (1 is ink, `width` dots each), at the pace of the motor. Waits while it cannot print."""
        row_bytes = self.width // 8
        at = 0
        while at < len(rows):
            planned = self._until(Moment.ROW)
            step = rows[at : at + row_bytes * min(_STEP_ROWS, planned or _STEP_ROWS)]
            at += len(step)
            self.wait_until_able()
            if self._pace:
                self._owed += len(step) / row_bytes / self._pace * (_SLOWNESS if self._faults.slow else 1)
                if self._owed >= _SHORTEST_SLEEP:
                    time.sleep(self._owed)
                    self._owed = 0.0
            self._rows += step
            if planned:
                self._happened(Moment.ROW, len(step) // row_bytes)

    def wait_until_able(self) -> None:
        """Holds the paper path while the paper is out, the cover open, the blade stuck or the printer stalled."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._clearings != self._begun_at or not self._faults.still)
            if self._closed or self._clearings != self._begun_at:
                raise Cleared

    @property
    def hanging(self) -> Image.Image | None:
        """The paper that hangs out and was not cut off, when there is ink on it."""
        rows = bytes(self._rows)
        return self._picture(rows) if any(rows) else None

    def cut(self) -> None:
        """Cuts the paper; a blank piece is nobody's ticket."""
        self._happened(Moment.BLADE)
        self.wait_until_able()
        rows, self._rows = bytes(self._rows), bytearray()
        if not any(rows):
            return
        self._serial += 1
        self._on_ticket(Ticket(self._serial, datetime.now(UTC), self._picture(rows)))
        self._happened(Moment.CUT)

    def _picture(self, rows: bytes) -> Image.Image:
        return Image.frombytes("1", (self.width, len(rows) * 8 // self.width), bytes(byte ^ 0xFF for byte in rows))

    def answer(self, reply: bytes) -> None:
        """Answers a command in its turn."""
        self._say(reply)

    def confirm(self, reply: Callable[[], bytes]) -> None:
        """Answers, in its turn, a command that is answered when everything before it is on paper."""
        self.wait_until_able()
        self._say(reply())
        self._happened(Moment.PROOF)

    def tell_changes(self, wanted: bool) -> None:
        """GS a: whether a change of status is told unasked."""
        self._automatic = wanted
        if wanted:
            self._say(self.automatic_status())


def _errors(faults: Faults) -> int:
    """The bits of DLE EOT 3, which are those of the second byte of an automatic status."""
    return 0x08 * (faults.cutter is Cutter.STUCK) | 0x20 * (faults.cutter is Cutter.BROKEN) | 0x40 * faults.hot
