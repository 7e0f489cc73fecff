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
    quiet: float = 0.5  # without a stray answer, before one that bears no name is believed
    hindered: float = 600.0  # while the paper is out or the cover open: it resumes by itself


@dataclass(frozen=True)
class Delivery:
    """What became of one job: the outcome, why, by which proof, and how many of its bytes left.

    `whole`, of an unknown one: all of it left over a line that held, to a printer that said it was well, and nothing
    but the proof is missing.
    """

    outcome: Outcome
    detail: str
    proof: Proof | None = None
    sent: int = 0
    whole: bool = False


def deliver(
    device: Device,
    draw: Callable[[], Sequence[bytes]],
    *,
    identifier: bytes,
    on_start: Callable[[], None],
    start_within: float = 15.0,
    proof: Proof = Proof.AUTO,
    patience: Patience | None = None,
    recovery: bytes | None = None,
    on_status: Callable[[Status], None] = lambda _: None,
) -> Delivery:
    """Prints one job and says what became of it; the printer's troubles are outcomes, never exceptions.

    `draw` gives the job's segments, between which status questions may be sent; it is called once the printer is
    ready, so it may wait for a drawing under way. `on_start` is called right before the first byte; what it raises
    ends the delivery with nothing sent. A printer that is not ready is waited for, `start_within` seconds at most.
    `recovery` is what clears the printer of an earlier job that has no proof: empty when all of that had left, None
    when there is none. `identifier` is four characters that no recent job had.
    """
    try:
        transport = device.connect()
    except LinkGone as gone:
        on_status(Status(detail=str(gone)))
        return Delivery(Outcome.NOT_SENT, str(gone))
    try:
        if device.keeps:
            return _keep(transport, lambda: [recovery or b"", *draw()], on_start)
        return _Job(
            transport, draw, identifier, on_start, start_within, proof, patience or Patience(), recovery, on_status
        ).run()
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


class _Silent(_GaveUp):
    """Nothing is heard of the printer any more."""


class _Unproven(_GaveUp):
    """It took everything, says that it is well, and does not confirm the ticket."""


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
    recovery: bytes | None
    on_status: Callable[[Status], None]

    def __post_init__(self) -> None:
        self.talk = Conversation(self.transport, self.on_status)
        self.sent = 0
        self.unsaid = b""
        self.hindered_since: float | None = None

    def run(self) -> Delivery:
        try:
            hindrance = self._prepare() if self.proof is not Proof.NONE else None
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
                detail = "the printer took the ticket and cannot confirm it"
                return Delivery(Outcome.UNKNOWN, detail, sent=self.sent, whole=True)
        except LinkGone as gone:
            self.on_status(Status(detail=str(gone)))
            return Delivery(Outcome.UNKNOWN if self.sent else Outcome.NOT_SENT, str(gone), sent=self.sent)
        except _GaveUp as reason:
            return self._give_up(reason)
        self._leave()
        return Delivery(Outcome.PRINTED, "the printer confirmed it", found, self.sent)

    def _give_up(self, reason: _GaveUp) -> Delivery:
        if not self.sent:
            self.on_status(Status(detail=str(reason)))
            return Delivery(Outcome.NOT_SENT, str(reason))
        end = self._cancel()
        if isinstance(reason, _Silent):
            self.on_status(Status(detail=str(reason)))
        whole = isinstance(reason, _Unproven) and not self.talk.cleared
        return Delivery(Outcome.UNKNOWN, f"{reason}; {end}", sent=self.sent, whole=whole)

    def _prepare(self) -> str | None:
        """Why the job cannot be begun; None when the printer is ready, and clear of whatever was in it."""
        deadline = time.monotonic() + self.start_within
        if self.recovery:
            self.talk.say(commands.CLEAR_BUFFER, self.patience.answer)
        hindrance = self._wait_until_ready(deadline)
        if hindrance or self.recovery is None:
            return hindrance
        return self._clear(self.recovery, deadline)

    def _clear(self, recovery: bytes, deadline: float) -> str | None:
        """Moves out what an earlier job left, and makes sure that nothing of it is still to come.

        Without that, the answer to its GS r would be taken for this job's. A printer that is not known to answer at
        all gets the job nevertheless; then nothing but an answer by name is believed.
        """
        mark = b"~" + self.identifier[1:]
        self.talk.say(recovery + self._request(mark), self.patience.silence)
        unproven = self.proof is Proof.AUTO
        left = self.patience.answer if unproven else max(self.patience.answer, deadline - time.monotonic())
        if not self.talk.listen(lambda: mark in self.talk.identifiers or self.talk.sensed > 0, left):
            hindrance = self.talk.ask(self.patience.answer, self.patience.settle).hindrance
            if hindrance or not unproven:
                return hindrance or "the printer does not confirm that it is clear of an earlier ticket"
            self.proof = Proof.PROCESS_ID
            return None
        # Of the answers without a name the last is ours: wait until no more come.
        quiet = self.patience.grace if unproven else self.patience.quiet
        while mark not in self.talk.identifiers:
            self.talk.strays = 0
            if not self.talk.listen(lambda: mark in self.talk.identifiers or self.talk.strays > 0, quiet):
                break
        self.talk.strays = 0
        if unproven and mark in self.talk.identifiers:
            self.proof = Proof.PROCESS_ID
        return None

    def _wait_until_ready(self, deadline: float) -> str | None:
        """Why the printer is still not ready at the deadline; None as soon as it is."""
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
        asks = self.proof is not Proof.NONE
        preface = (commands.TELL_CHANGES,) if asks else (self.recovery or b"",)
        for segment in (*preface, *segments):
            if asks:
                self._push(self.talk.question(self.patience.poll, self.patience.answer), counted=False)
            self._push(segment, counted=True)
        # An answer to GS r that came until now was not to ours.
        self._push(self._request(self.identifier), counted=True)

    def _push(self, data: bytes, *, counted: bool) -> None:
        out = memoryview(data)
        moved_at = time.monotonic()
        while out:
            taken = self.talk.exchange(out, self.patience.poll)
            out = out[taken:]
            self.sent += taken if counted else 0
            if self._is_held_up() or taken:
                moved_at = time.monotonic()
            elif time.monotonic() - moved_at > self.patience.silence:
                raise _Silent("the printer fell silent: it takes no more data")

    def _is_held_up(self) -> bool:
        """Whether something known holds the printer up: a wait for that is no silence. Raises _GaveUp after a while."""
        hindrance = self.talk.status.hindrance if self.talk.status.online else None
        now = time.monotonic()
        if hindrance is None:
            self.hindered_since = None
            return False
        if self.hindered_since is None:
            self.hindered_since = now
        if self.talk.status.hopeless or now - self.hindered_since > self.patience.hindered:
            raise _GaveUp(hindrance)
        return True

    def _ask(self, question: bytes) -> None:
        """Sends a question as far as the printer takes it now; the rest goes first the next time."""
        self.unsaid += question
        taken = self.talk.exchange(memoryview(self.unsaid), 0)
        self.unsaid = self.unsaid[taken:]

    def _request(self, name: bytes) -> bytes:
        """What asks for proof of all that was sent before it; to be sent at once."""
        if self.proof in (Proof.AUTO, Proof.SENSOR):
            self.talk.sensor_requests += 1
        return {
            Proof.AUTO: commands.when_printed(name) + commands.SENSOR_IN_ORDER,
            Proof.PROCESS_ID: commands.when_printed(name),
            Proof.SENSOR: commands.SENSOR_IN_ORDER,
            Proof.NONE: b"",
        }[self.proof]

    def _proven(self) -> Proof | None:
        """The proof that has come. An answer without a name counts only where nothing else can have caused it."""
        talk = self.talk
        if self.identifier in talk.identifiers:
            return Proof.PROCESS_ID
        # Where both were asked, the better proof may be a moment behind.
        grace = {Proof.SENSOR: 0.0, Proof.AUTO: self.patience.grace}.get(self.proof)
        if grace is None or talk.sensed < talk.sensor_requests or talk.strays or talk.noisy:
            return None
        return Proof.SENSOR if talk.sensed_at and time.monotonic() - talk.sensed_at >= grace else None

    def _wait_for_proof(self) -> Proof | None:
        """The proof that came; None for a printer that has none to give. Raises LinkGone, _GaveUp."""
        if self.proof is Proof.NONE:
            return None
        sent_at = clear_since = time.monotonic()
        answers = self.talk.answers
        while not (found := self._proven()):
            now = time.monotonic()
            silent = now - max(sent_at, self.talk.heard_at or sent_at) > self.patience.silence
            if self._is_held_up():
                # Held up, it may be deaf to questions, and the line tells whether it lives. Two answers show that it
                # hears us: the first may be to a question from before.
                clear_since = now
                silent = silent and self.talk.answers >= answers + 2
            if silent:
                raise _Silent("the printer fell silent")
            if now - clear_since > self.patience.proof:
                raise _Unproven("the printer did not confirm the ticket")
            question = self.talk.question(self.patience.poll, self.patience.answer)
            if question:
                self._ask(question)
            self.talk.exchange(memoryview(b""), self.patience.poll)
        return found

    def _cancel(self) -> str:
        """Tries to take the ticket back, so that it does not come out when nobody waits for it any more."""
        try:
            self.talk.say(self.unsaid + commands.CLEAR_BUFFER, self.patience.answer)
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
