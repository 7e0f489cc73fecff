"""Delivers one ticket and decides what became of it: printed, not sent, or unknown.

The order is what makes the outcome true. Nothing of the job leaves before the printer has said that it is ready and
the server knows that the job has started; nothing counts as printed before the printer has answered a question that
it answers only afterwards; and what lies between is unknown and said to be so.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from printer.encoding import commands
from printer.link.conversation import Conversation
from printer.link.status import Status
from printer.link.transport import Device, LinkGone, Transport


class Outcome(StrEnum):
    """What became of a job, in the words of the API."""

    PRINTED = "printed"  # proof came
    NOT_SENT = "not_sent"  # no byte of the job left: sending it again is safe
    UNKNOWN = "unknown"  # bytes left, no proof came: a person decides


class Proof(StrEnum):
    """How a printer shows that it has printed. AUTO asks both ways and takes the better answer."""

    AUTO = "auto"
    PROCESS_ID = "process-id"  # GS ( H: answered when everything before it is on paper
    SENSOR = "sensor"  # GS r after the cut: answered in order
    NONE = "none"  # it never answers; every outcome is unknown


@dataclass(frozen=True)
class Patience:
    """How long each wait of a delivery may be, in seconds."""

    answer: float = 3.0  # for the first answer after connecting
    settle: float = 0.5  # for each of the other status answers
    poll: float = 0.4  # between two status questions
    silence: float = 12.0  # without an answer or a byte taken, when nothing is known to hinder
    proof: float = 30.0  # for the proof, from a printer that says it is ready
    grace: float = 2.0  # for a process id after the sensor has answered
    hindered: float = 600.0  # while the paper is out or the cover open: it resumes by itself


@dataclass(frozen=True)
class Delivery:
    """What became of one job: the outcome, why, by which proof, and how many of its bytes left."""

    outcome: Outcome
    detail: str
    proof: Proof | None = None
    sent: int = 0


def deliver(
    device: Device,
    draw: Callable[[], Sequence[bytes]],
    *,
    identifier: bytes,
    on_start: Callable[[], None],
    start_within: float = 15.0,
    proof: Proof = Proof.AUTO,
    patience: Patience | None = None,
    after_broken: bool = False,
    on_status: Callable[[Status], None] = lambda _: None,
) -> Delivery:
    """Prints one job and says what became of it; the printer's troubles are outcomes, never exceptions.

    `draw` gives the job's segments, between which status questions may be sent; it is called once the printer is
    ready, so it may wait for a drawing under way. `on_start` is called right before the first byte; what it raises
    ends the delivery with nothing sent. A printer that is not ready is waited for, `start_within` seconds at most.
    `after_broken` first clears what an unfinished job has left in the printer. `identifier` is four characters that
    no recent job had.
    """
    try:
        transport = device.connect()
    except LinkGone as gone:
        on_status(Status(detail=str(gone)))
        return Delivery(Outcome.NOT_SENT, str(gone))
    try:
        if device.keeps:
            return _keep(transport, draw, on_start)
        return _Job(transport, draw, identifier, on_start, start_within, proof, patience or Patience(), on_status).run(
            after_broken
        )
    finally:
        transport.close()


def _keep(transport: Transport, draw: Callable[[], Sequence[bytes]], on_start: Callable[[], None]) -> Delivery:
    """For a device that answers nothing and keeps everything: its word is that it has taken the bytes."""
    data = memoryview(b"".join(draw()))
    on_start()
    sent = 0
    try:
        while sent < len(data):
            sent += transport.exchange(data[sent:], 1.0)[0]
        transport.end_of_data()
    except LinkGone as gone:
        return Delivery(Outcome.UNKNOWN if sent else Outcome.NOT_SENT, str(gone), sent=sent)
    return Delivery(Outcome.PRINTED, "written and kept", sent=sent)


class _GaveUp(Exception):
    """The wait for the printer is over; the message says what was waited for."""


@dataclass
class _Job:
    """One delivery over an open line."""

    transport: Transport
    draw: Callable[[], Sequence[bytes]]
    identifier: bytes
    on_start: Callable[[], None]
    start_within: float
    proof: Proof
    patience: Patience
    on_status: Callable[[Status], None]

    def __post_init__(self) -> None:
        self.talk = Conversation(self.transport, self.on_status)
        self.sent = 0
        self.unsaid = b""

    def run(self, after_broken: bool) -> Delivery:
        try:
            if after_broken:
                self.talk.say(commands.CLEAR_BUFFER, self.patience.answer)
            if self.proof is not Proof.NONE:
                hindrance = self._wait_until_ready()
                if hindrance:
                    return Delivery(Outcome.NOT_SENT, hindrance)
        except LinkGone as gone:
            self.on_status(Status(detail=str(gone)))
            return Delivery(Outcome.NOT_SENT, str(gone))
        segments = self.draw()
        self.on_start()
        try:
            self._send(segments)
            found = self._wait_for_proof()
            if found is None:
                self.transport.end_of_data()
                return Delivery(Outcome.UNKNOWN, "the printer took the ticket and cannot confirm it", sent=self.sent)
        except LinkGone as gone:
            self.on_status(Status(detail=str(gone)))
            return Delivery(Outcome.UNKNOWN if self.sent else Outcome.NOT_SENT, str(gone), sent=self.sent)
        except _GaveUp as reason:
            detail = f"{reason}; {self._cancel()}" if self.sent else str(reason)
            return Delivery(Outcome.UNKNOWN if self.sent else Outcome.NOT_SENT, detail, sent=self.sent)
        self._leave()
        return Delivery(Outcome.PRINTED, "the printer confirmed it", found, self.sent)

    def _wait_until_ready(self) -> str | None:
        """Why the printer is still not ready after `start_within` seconds; None as soon as it is."""
        deadline = time.monotonic() + self.start_within
        while True:
            hindrance = self.talk.ask(self.patience.answer, self.patience.settle).hindrance
            if hindrance is None or not self.talk.status.online:
                return hindrance
            left = deadline - time.monotonic()
            if left <= 0:
                return hindrance
            # An automatic status may tell earlier than the next question.
            self.talk.listen(lambda: self.talk.status.hindrance is None, min(self.patience.poll, left))

    def _send(self, segments: Sequence[bytes]) -> None:
        """Sends the job and the request for proof, with status questions between segments."""
        moved_at = time.monotonic()
        for segment in (*self._preface(), *segments, self._request()):
            if self.proof is not Proof.NONE:
                moved_at = self._push(
                    self.talk.question(self.patience.poll, self.patience.answer), moved_at, counted=False
                )
            moved_at = self._push(segment, moved_at, counted=True)

    def _push(self, data: bytes, moved_at: float, *, counted: bool) -> float:
        out = memoryview(data)
        while out:
            taken = self.talk.exchange(out, self.patience.poll)
            out = out[taken:]
            now = time.monotonic()
            if taken:
                moved_at = now
                self.sent += taken if counted else 0
            elif now - moved_at > (self.patience.hindered if self._hindered else self.patience.silence):
                raise _GaveUp(self._hindered or "the printer takes no more data")
        return moved_at

    def _ask(self, question: bytes) -> None:
        """Sends a question as far as the printer takes it now; the rest goes first the next time."""
        self.unsaid += question
        taken = self.talk.exchange(memoryview(self.unsaid), 0)
        self.unsaid = self.unsaid[taken:]

    def _preface(self) -> tuple[bytes, ...]:
        return () if self.proof is Proof.NONE else (commands.TELL_CHANGES,)

    def _request(self) -> bytes:
        return {
            Proof.AUTO: commands.when_printed(self.identifier) + commands.SENSOR_IN_ORDER,
            Proof.PROCESS_ID: commands.when_printed(self.identifier),
            Proof.SENSOR: commands.SENSOR_IN_ORDER,
            Proof.NONE: b"",
        }[self.proof]

    def _wait_for_proof(self) -> Proof | None:
        """The proof that came; None for a printer that has none to give. Raises LinkGone, _GaveUp."""
        if self.proof is Proof.NONE:
            return None
        sent_at = clear_since = time.monotonic()
        hindered_since: float | None = None
        # Where both were asked, the better proof may be a moment behind.
        graces = {Proof.SENSOR: 0.0, Proof.AUTO: self.patience.grace, Proof.PROCESS_ID: float("inf")}
        while True:
            if self.identifier in self.talk.identifiers:
                return Proof.PROCESS_ID
            now = time.monotonic()
            sensed_at = self.talk.sensed_at
            if sensed_at is not None and now - sensed_at >= graces[self.proof]:
                return Proof.SENSOR
            if self._hindered:
                # Held up, it may be deaf to questions; whether the line still lives, the line tells.
                hindered_since = now if hindered_since is None else hindered_since
                clear_since = now
                if now - hindered_since > self.patience.hindered:
                    raise _GaveUp(self._hindered)
            else:
                hindered_since = None
                if now - max(sent_at, self.talk.heard_at or sent_at) > self.patience.silence:
                    raise _GaveUp("the printer fell silent")
                if now - clear_since > self.patience.proof:
                    raise _GaveUp("the printer did not confirm the ticket")
            question = self.talk.question(self.patience.poll, self.patience.answer)
            if question:
                self._ask(question)
            self.talk.exchange(memoryview(b""), self.patience.poll)

    @property
    def _hindered(self) -> str | None:
        """What is known to hold the printer up; a wait for it is no silence."""
        return self.talk.status.hindrance if self.talk.status.online else None

    def _cancel(self) -> str:
        """Tries to take the ticket back, so that it does not come out when nobody waits for it any more."""
        try:
            self.talk.say(commands.CLEAR_BUFFER, self.patience.answer)
            cleared = self.talk.listen(lambda: self.talk.cleared, self.patience.answer)
        except LinkGone as gone:
            return f"not cancelled: {gone}"
        return "what was left of it is cancelled" if cleared else "not cancelled: no answer"

    def _leave(self) -> None:
        """Closes in order. The proof is here, so a line that breaks now changes nothing."""
        try:
            self.transport.end_of_data()
        except LinkGone as gone:
            self.on_status(Status(detail=str(gone)))
