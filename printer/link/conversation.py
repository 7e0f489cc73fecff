"""Talking with a printer over an open line: questions, answers, and what they make of its status."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from printer.encoding import commands
from printer.link.replies import Automatic, Block, RealTime, Reply, ReplyParser, Sensor
from printer.link.status import Paper, Status
from printer.link.transport import LinkGone, Transport

_QUESTIONS = (commands.PRINTER_STATUS, commands.OFFLINE_CAUSE, commands.PAPER_SENSOR)
_PROCESS_HEADER = 0x37


class Conversation:
    """One line, and all that has been heard on it.

    Answers to DLE EOT look alike, so they are matched to the questions by their order. `heard_at` is when the
    printer last said anything (`time.monotonic`), None before it did.
    """

    def __init__(self, transport: Transport, on_status: Callable[[Status], None] = lambda _: None) -> None:
        self.status = Status()
        self._told = self.status
        self.heard_at: float | None = None
        self.identifiers: set[bytes] = set()
        self.cleared = False
        self.sensed_at: float | None = None
        self.names: list[str] = []
        self._transport = transport
        self._on_status = on_status
        self._parser = ReplyParser()
        self._open: deque[bytes] = deque()
        self._asked_at = float("-inf")

    def exchange(self, out: memoryview, wait: float) -> int:
        """Sends and listens once; returns how many bytes of `out` the printer took. Raises LinkGone."""
        taken, heard = self._transport.exchange(out, wait)
        if heard:
            self.heard_at = time.monotonic()
            for reply in self._parser.feed(heard):
                self._take(reply)
            if self.answered:
                self._tell()
        return taken

    def question(self, every: float, answer: float) -> bytes:
        """The next round of status questions, or nothing while it is too early or the last is still open.

        A round without an answer for `answer` seconds is given up, and a new one begins. The caller sends it.
        """
        now = time.monotonic()
        if now - self._asked_at < (answer if self._open else every):
            return b""
        self._asked_at = now
        self._open = deque(_QUESTIONS)
        return b"".join(_QUESTIONS)

    @property
    def answered(self) -> bool:
        """Whether every question of the last round has its answer."""
        return not self._open

    def say(self, data: bytes, within: float) -> None:
        """Sends all of the data. Raises LinkGone, also when the printer takes none of it for `within` seconds."""
        out = memoryview(data)
        deadline = time.monotonic() + within
        while out:
            taken = self.exchange(out, min(within, 0.5))
            out = out[taken:]
            if taken:
                deadline = time.monotonic() + within
            elif time.monotonic() >= deadline:
                raise LinkGone("the printer takes no data")

    def listen(self, until: Callable[[], bool], within: float) -> bool:
        """Listens until the condition holds (True) or the seconds are over (False). Raises LinkGone."""
        deadline = time.monotonic() + within
        while not until():
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            self.exchange(memoryview(b""), min(left, 0.5))
        return True

    def ask(self, answer: float, settle: float) -> Status:
        """One round of status questions, and the status after it.

        Waits `answer` seconds for the first reply and `settle` for the rest: small printers know only some of the
        questions. A printer that says nothing is not `online`. Raises LinkGone.
        """
        heard_before = self.heard_at
        self.say(self.question(every=0, answer=0), within=answer)
        if self.listen(lambda: self.heard_at != heard_before, within=answer):
            self.listen(lambda: self.answered, within=settle)
        else:
            self.status = replace(self.status, online=False, ready=False)
        self._tell()
        return self.status

    def _tell(self) -> None:
        """Tells a changed status, once, and only when a round is complete: half of one is not what the printer is."""
        if self.status != self._told:
            self._told = self.status
            self._on_status(self.status)

    def _take(self, reply: Reply) -> None:
        match reply:
            case RealTime(byte) if self._open:
                question = self._open.popleft()
                if question == commands.PRINTER_STATUS:
                    self.status = self.status.after_printer_status(byte)
                elif question == commands.OFFLINE_CAUSE:
                    self.status = self.status.after_offline_cause(byte)
                else:
                    self.status = self.status.after_paper_sensor(byte)
            case Automatic(block):
                self.status = self.status.after_automatic(block)
            case Sensor(byte):
                self.status = self.status.after_sensor_in_order(byte)
                if self.status.paper is not Paper.OUT:
                    self.sensed_at = time.monotonic()
            case Block(header, body) if header == _PROCESS_HEADER:
                if body == commands.CLEARED:
                    self.cleared = True
                elif body.startswith(commands.DONE):
                    self.identifiers.add(body[1:])
            case Block(_, body):
                self.names.append(body.decode("ascii", "replace"))
            case _:
                pass  # an answer to nothing that was asked: another host's, or a late one
