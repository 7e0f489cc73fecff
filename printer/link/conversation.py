"""Talking with a printer over an open line: questions, answers, and what they make of its status."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from printer.encoding import commands
from printer.link.habits import Habits, Proof
from printer.link.replies import Automatic, Block, Noise, RealTime, Reply, ReplyParser, Sensor
from printer.link.status import Paper, Status
from printer.link.transport import LinkGone, Transport

# The two that every printer knows come first.
_QUESTIONS = (commands.PRINTER_STATUS, commands.PAPER_SENSOR, commands.OFFLINE_CAUSE)
_PROCESS_HEADER = 0x37


class Conversation:
    """One line, and all that has been heard on it.

    Answers to DLE EOT look alike, so one question is asked at a time, and what comes after one was given up is taken
    for its late answer. `heard_at` is when the printer last said anything (`time.monotonic`), None before it did;
    `answers` counts what it answered to questions. Answers to GS r bear no name: `sensed` counts those to the
    `sensor_requests` that were sent, `strays` those to nothing. `noisy`: something was heard that no printer says.
    `through`: how far the job has come through the line, by the last answer to a `mark`. `habits`: what is known of how
    the printer answers; what it shows on this line is added.
    """

    def __init__(
        self,
        transport: Transport,
        on_status: Callable[[Status], None] = lambda _: None,
        habits: Habits | None = None,
    ) -> None:
        self.status = Status()
        self._told = self.status
        self.heard_at: float | None = None
        self.answers = 0
        self.identifiers: set[bytes] = set()
        self.cleared = False
        self.sensor_requests = self.sensed = self.strays = 0
        self.sensed_at: float | None = None
        self.noisy = False
        self.tells_changes = False
        self.names: list[str] = []
        self.habits = habits or Habits()
        self.through = 0
        self._transport = transport
        self._on_status = on_status
        self._marks: deque[int] = deque()
        self._parser = ReplyParser()
        self._questions = deque(each for each in _QUESTIONS if each[-1] not in self.habits.unanswered)
        self._open: bytes | None = None
        self._asked_at = float("-inf")
        self._late = 0  # answers that may still come to questions that were given up
        self._took_late = False  # whether one was taken for such since the open question was asked
        self._complete = False

    def exchange(self, out: memoryview, wait: float) -> int:
        """Sends and listens once; returns how many bytes of `out` the printer took. Raises LinkGone."""
        taken, heard = self._transport.exchange(out, wait)
        if heard:
            self.heard_at = time.monotonic()
            for reply in self._parser.feed(heard):
                self._take(reply)
            if self._complete:
                self._tell()
        return taken

    def question(self, every: float, answer: float) -> bytes:
        """The next status question, or nothing while it is too early or the last is still open.

        One without an answer for `answer` seconds is given up. The caller sends what it gets.
        """
        now = time.monotonic()
        if self._marks or not self._questions or self.habits.real_time is False:
            return b""
        if self._open:
            if now - self._asked_at < answer:
                return b""
            # What was taken for a late answer was this one's, if nothing came after it.
            self._late = 0 if self._took_late else self._late + 1
            self._open = None
        if now - self._asked_at < every:
            return b""
        self._took_late = False
        self._asked_at, self._open = now, self._questions[0]
        self._questions.rotate(-1)
        if self._open == commands.OFFLINE_CAUSE and self.status.error:
            self._questions.appendleft(commands.ERROR_CAUSE)
        elif self._open == commands.ERROR_CAUSE:
            self._questions.remove(commands.ERROR_CAUSE)
        return self._open

    def mark(self, position: int) -> bytes:
        """A question whose answer shows that the job has come through the line up to this byte; may be nothing.

        Several may be open, since all are the same question: the line keeps their order, however slow it is.
        """
        if self.habits.real_time is False or self._open or self._late:
            return b""
        self._marks.append(position)
        return commands.PRINTER_STATUS

    @property
    def next_mark(self) -> int | None:
        """The byte whose arrival the next answer will show; None where no mark is open."""
        return self._marks[0] if self._marks else None

    def give_up_marks(self) -> None:
        """Wait for no answer to a mark any more, so that the printer is asked again."""
        self._late += len(self._marks)
        self._marks.clear()

    def begin_job(self) -> None:
        """Forget how far the job before has come; its marks are given up."""
        self.give_up_marks()
        self.through = self.strays = 0
        self.cleared = False
        self.identifiers.clear()

    @property
    def settled(self) -> bool:
        """Whether all that was asked has been answered, so that the next job may be begun on this line."""
        return not (self._marks or self._late or self._open)

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
                raise LinkGone("the printer does not answer: it takes no data")

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
        """Asks every status question once, and returns the status after it.

        Waits `answer` seconds for the first reply and `settle` for the others, longer where the first took long: small
        printers do not know them all, and what one has not answered it is not asked again. One that knows none of them
        is asked by GS r. A printer that does not say how it is, is not `online`. Raises LinkGone.
        """
        self.exchange(memoryview(b""), 0)  # what it said to others before
        self.give_up_marks()
        if self.habits.real_time is False:
            return self._asked() if self._ask_in_order(answer) else self._silent()
        patient = settle
        for question in (*_QUESTIONS, commands.ERROR_CAUSE):
            if question == commands.ERROR_CAUSE:
                if not self.status.error:
                    continue
            elif question not in self._questions:
                continue
            first = question == commands.PRINTER_STATUS
            asked_at = time.monotonic()
            self._open = question
            self.say(question, within=answer)
            if self.listen(lambda: self._open is None, within=answer if first else patient):
                took = time.monotonic() - asked_at
                patient = max(patient, 3 * took)
                self.habits = replace(self.habits, real_time=True, answer=max(self.habits.answer, took))
                continue
            if first and self.habits.real_time is None and self._ask_in_order(answer):
                if self._open:  # by that way alone
                    self._open = None
                    self.habits = replace(self.habits, real_time=False)
                    return self._asked()
                continue
            self._open = None
            if first:
                return self._silent()
            if question in self._questions:
                self._questions.remove(question)
                self.habits = replace(self.habits, unanswered=(*self.habits.unanswered, question[-1]))
        return self._asked()

    def ask_off_line(self, answer: float, settle: float) -> Status:
        """The status of a printer that says it is off line and names no cause: some models always say so.

        One that truly is off line reads nothing but real-time commands; it answers GS r when it is back.
        """
        heard = self.sensed
        if heard >= self.sensor_requests:  # the last one may still be open
            self.sensor_requests += 1
            self.say(commands.SENSOR_IN_ORDER, answer)
        if self.listen(lambda: self.sensed > heard, answer):
            status = self.ask(answer, settle)
            if status.off_line_without_cause:
                self.habits = replace(self.habits, off_line=True)
                self._asked()
        return self.status

    def _ask_in_order(self, answer: float) -> bool:
        """Asks by GS r as well, for a printer that does not answer DLE EOT; whether either is answered."""
        heard, waiting = self.sensed, self._open
        self.sensor_requests += 1
        self.say(commands.SENSOR_IN_ORDER, within=answer)
        if not self.listen(lambda: self.sensed > heard or (waiting is not None and self._open is None), within=answer):
            return False
        if self.noisy:
            return False  # no printer's answer, though a byte of it looks like one
        if self.sensed > heard:
            self.status = replace(self.status, ready=self.status.paper is not Paper.OUT)
        return True

    def _silent(self) -> Status:
        """It does not say how it is. Whoever asked reports that: the next try may succeed, and asks in both ways."""
        self.habits = replace(self.habits, real_time=None)
        self.status = replace(self.status, online=False, ready=False)
        return self.status

    def _asked(self) -> Status:
        self._asked_at = time.monotonic()
        self._complete = True
        if self.habits.off_line:
            self.status = self.status.in_spite_of_off_line()
        self._tell()
        return self.status

    def _tell(self) -> None:
        """Tells a changed status, once; not before all was asked, since half of it is not what the printer is."""
        if self.habits.off_line:
            self.status = self.status.in_spite_of_off_line()
        if self.status != self._told:
            self._told = self.status
            self._on_status(self.status)

    def _after_printer_status(self, byte: int) -> Status:
        """The status with the answer to DLE EOT 1. One that is on line shows that it does not always say off line."""
        status, habits = self.status.after_printer_status(byte), self.habits
        if status.ready and (habits.off_line or not habits.was_ready):
            self.habits = replace(habits, was_ready=True, off_line=False)
            if habits.off_line and habits.proof is Proof.NONE:  # it was only taken for one: it may prove after all
                self.habits = replace(self.habits, proof=None, tells=None)
        return status

    def _take(self, reply: Reply) -> None:
        match reply:
            case RealTime() if self._late:
                self._late -= 1
                self._took_late = True
            case RealTime(byte) if self._marks and not self._open:
                self.through = self._marks.popleft()
                self.answers += 1
                self.status = self._after_printer_status(byte)
            case RealTime(byte) if self._open:
                question, self._open = self._open, None
                self.answers += 1
                self.status = {
                    commands.PRINTER_STATUS: self._after_printer_status,
                    commands.OFFLINE_CAUSE: self.status.after_offline_cause,
                    commands.ERROR_CAUSE: self.status.after_error_cause,
                    commands.PAPER_SENSOR: self.status.after_paper_sensor,
                }[question](byte)
            case Automatic(block):
                self.tells_changes = True
                self.status = self.status.after_automatic(block)
            case Sensor(byte) if self.sensed < self.sensor_requests:
                self.sensed += 1
                self.status = self.status.after_sensor_in_order(byte)
                self.sensed_at = None if self.status.paper is Paper.OUT else time.monotonic()
            case Sensor():
                self.strays += 1
            case Block(header, body) if header == _PROCESS_HEADER:
                if body == commands.CLEARED:
                    self.cleared = True
                elif body.startswith(commands.DONE):
                    self.identifiers.add(body[1:])
            case Block(_, body):
                self.names.append(body.decode("ascii", "replace"))
            case Noise():
                self.noisy = True
            case _:
                pass  # an answer to nothing that was asked: a late one
