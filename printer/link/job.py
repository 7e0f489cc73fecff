"""One ticket over an open line: made ready for, sent, and proven."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from printer.encoding import commands
from printer.link.habits import Habits, Proof
from printer.link.line import Line
from printer.link.outcome import Delivery, Outcome
from printer.link.patience import Patience
from printer.link.status import Status
from printer.link.transport import HungUp, LinkGone

MARK_BYTES = 4096
"""After so many bytes of a job the printer is asked something, so that its answer shows how far the line has come."""
_EXCHANGE_SECONDS = 0.005
_T = TypeVar("_T")


class _GaveUp(Exception):
    """The wait for the printer is over; the message says what was waited for."""


class _Silent(_GaveUp):
    """Nothing is heard of the printer any more."""


class _Unproven(_GaveUp):
    """It took everything, says that it is well, and does not confirm the ticket."""


@dataclass(frozen=True)
class Plan:
    """What a delivery was asked for; `proof` as the operator declared it."""

    proof: Proof
    patience: Patience
    recovery: bytes | None
    identifier: bytes
    deadline: float
    on_cut: Callable[[], None] = lambda: None


class TicketJob:
    """One delivery over an open line."""

    def __init__(self, line: Line, plan: Plan, on_status: Callable[[Status], None]) -> None:
        self.line, self.plan, self.on_status = line, plan, on_status
        self.talk, self.transport, self.patience = line.talk, line.transport, plan.patience
        self.asks = plan.proof is not Proof.NONE
        known = self.talk.habits.proof if self.asks else Proof.NONE
        self.proof = known or plan.proof
        # Which commands a printer knows is found out at the foot of its first ticket.
        self.finds_out = known is None and plan.proof is not Proof.SENSOR
        self.believes_sensor = True
        self.cut = b""
        self.sent = self.marked = 0
        self.cut_sent = False
        self.unsaid = b""
        self.hindered_since: float | None = None
        self.moved_at = self.began_at = time.monotonic()
        self.took = 0.0
        self.queued = 0
        self.told_silent = self.hung_up = False

    # Before the first byte

    def prepare(self, answer: float) -> str | None:
        """Why the job cannot be begun; None when the printer is ready, and clear of whatever was in it."""
        self.talk.begin_job()
        if not self.asks:
            return None
        recovery = self.plan.recovery
        if recovery is None and self.talk.habits.owes and self.proof is not Proof.PROCESS_ID:
            recovery = b""
        if self.proof is Proof.NONE:
            recovery = None  # it cannot say that it is clear
        if recovery:
            self.talk.say(commands.CLEAR_BUFFER, answer)
        hindrance = self._wait_until_ready(answer)
        if hindrance or recovery is None:
            return hindrance
        return self._clear(recovery, answer)

    def _wait_until_ready(self, answer: float) -> str | None:
        """Why the printer is still not ready at the deadline; None as soon as it is."""
        patient = self.patience
        while True:
            status = self.talk.ask(answer, patient.settle)
            if status.off_line_without_cause:
                status = self.talk.ask_off_line(min(answer, patient.first), patient.settle)
            if status.hindrance is None or not status.online:
                return status.hindrance
            left = self.plan.deadline - time.monotonic()
            if left <= 0:
                return status.hindrance
            # An automatic status may tell earlier than the next question.
            self.talk.listen(lambda: self.talk.status.hindrance is None, min(patient.poll, left))

    def _clear(self, recovery: bytes, answer: float) -> str | None:
        """Moves out what an earlier job left, and makes sure that nothing of it is still to come.

        Without that, the answer to its GS r would be taken for this job's. A printer that is not known to answer at
        all gets the job nevertheless; then nothing but an answer by name is believed.
        """
        talk, patient = self.talk, self.patience
        mark = b"~" + self.plan.identifier[1:]
        by_name = self.proof is Proof.PROCESS_ID and not self.finds_out
        if not by_name:
            talk.sensor_requests += 1
        talk.say(
            recovery + (commands.when_printed(mark) if by_name else commands.SENSOR_IN_ORDER),
            patient.silence + len(recovery) / patient.slowest,
        )
        wanted = talk.sensor_requests
        owed = 0 if talk.cleared or by_name else talk.habits.owes
        left = answer if self.finds_out else max(answer, self.plan.deadline - time.monotonic())
        if not talk.listen(lambda: mark in talk.identifiers or (not by_name and talk.sensed >= wanted), left):
            hindrance = talk.ask(answer, patient.settle).hindrance
            if hindrance or not self.finds_out:
                return hindrance or "the printer does not confirm that it is clear of an earlier ticket"
            self.believes_sensor = False
            return None
        # An earlier ticket is owed answers that come before ours, and it may have to be printed first.
        talk.listen(lambda: talk.sensed + talk.strays >= wanted + owed, patient.owed if owed else 0.0)
        talk.sensor_requests = talk.sensed
        # Of the answers without a name the last is ours: wait until no more come.
        quiet = patient.grace if self.finds_out else patient.quiet
        while not by_name:
            talk.strays = 0
            if not talk.listen(lambda: talk.strays > 0, quiet):
                break
        talk.strays = 0
        return None

    # The ticket

    def run(self, segments: Sequence[bytes]) -> Delivery:
        """Sends the job and waits for its proof."""
        try:
            self._send(segments)
            found = self._prove() if self.asks else None
            if found is None:
                self._let_it_print()
                if not self.hung_up:
                    self.transport.end_of_data()
                detail = "the printer took the ticket and cannot confirm it"
                return Delivery(Outcome.UNKNOWN, detail, sent=self.sent, whole=True)
        except LinkGone as gone:
            self.on_status(Status(detail=str(gone)))
            if not self.sent:
                return Delivery(Outcome.NOT_SENT, str(gone))
            return Delivery(Outcome.UNKNOWN, str(gone), sent=self.sent, not_cut=not self.cut_sent)
        except _GaveUp as reason:
            return self._give_up(reason)
        took = max(time.monotonic() - self.began_at, 0.001)
        self.talk.habits = replace(self.talk.habits, rate=self.sent / took)
        detail = "the printer confirmed it"
        if found is Proof.SENSOR and self.plan.proof is Proof.PROCESS_ID:
            detail += " by GS r; it does not know GS ( H, which proof=process-id asks for: write proof=sensor"
        return Delivery(Outcome.PRINTED, detail, found, self.sent)

    def _send(self, segments: Sequence[bytes]) -> None:
        """Sends the job and the request for proof, with status questions between segments."""
        setup, *body, self.cut = segments
        self.began_at = time.monotonic()
        if self.proof is Proof.NONE and not self.finds_out:
            self._push(self.plan.recovery or b"")
        self._push(setup)  # ESC @, which would end what GS a begins
        if self.asks and self.talk.habits.tells is not False:
            self._push(commands.TELL_CHANGES)
        if self.finds_out:
            # Whoever knows it has answered by the time the foot of the ticket is reached.
            self.talk.sensor_requests += 1
            self._push(commands.SENSOR_IN_ORDER)
        for segment in body:
            self._push(segment)
            if self.asks and self.sent - self.marked >= MARK_BYTES:
                self.marked = self.sent
                self._push(self.talk.mark(self.sent), counted=False)
        # What has not left this machine when the line breaks was certainly never cut: so the cut waits for the rest.
        self._drain()
        self.took = self._took()
        if self.finds_out:
            self._find_out()
        self.plan.on_cut()
        self.cut_sent = True
        self._push(self.cut)
        # An answer to GS r that came until now was not to ours.
        self._push(self._request(self.plan.identifier))

    def _find_out(self) -> None:
        """Learns how the printer proves, before the cut: letters that it makes of a command stay on this ticket.

        GS ( H is asked for where the printer answers GS r and tells changes by itself, as those do that know it. A
        printer that says it is ready and does not answer GS r proves nothing.
        """
        talk, patient = self.talk, self.patience
        in_order = bool(self._await(lambda: talk.sensed >= talk.sensor_requests or None, patient.first))
        if talk.habits.tells is None:
            talk.habits = replace(talk.habits, tells=talk.tells_changes)
        self.proof = Proof.SENSOR if in_order and self.believes_sensor else Proof.NONE
        if not (in_order and talk.tells_changes):
            return  # it would make letters of GS ( H, whatever was declared
        mark = b"^" + self.plan.identifier[1:]
        self._push(commands.when_printed(mark))
        talk.sensor_requests += 1
        self._push(commands.SENSOR_IN_ORDER)
        if self._await(lambda: self._answered(mark), self._proof_within()) is None:
            raise _Unproven("the printer did not confirm the ticket")
        if mark in talk.identifiers:
            self.proof = Proof.PROCESS_ID
        elif self.believes_sensor:
            self.proof = Proof.SENSOR

    def _answered(self, name: bytes) -> bool | None:
        """Whether the name was answered, or an answer without one came and the name did not follow it in time."""
        talk = self.talk
        passed = talk.sensed >= talk.sensor_requests and talk.sensed_at is not None
        late = passed and time.monotonic() - (talk.sensed_at or 0.0) >= self.patience.grace
        return True if name in talk.identifiers or late else None

    def _push(self, data: bytes, *, counted: bool = True) -> None:
        out = memoryview(data)
        self.moved_at = time.monotonic()
        while out:
            taken = self.talk.exchange(out, self.patience.poll)
            out = out[taken:]
            self.sent += taken if counted else 0
            if taken:
                self.moved_at = time.monotonic()
            self._bear("it takes no more data")

    def _drain(self) -> None:
        """Waits until the line has taken what was sent; raises _GaveUp when it stands still."""
        self.moved_at = time.monotonic()
        while self.transport.pending():
            self._bear("it takes no more data")
            self.talk.exchange(memoryview(b""), _EXCHANGE_SECONDS)

    def _bear(self, symptom: str, *, deaf_when_hindered: bool = True) -> bool:
        """Bears with a printer that stands still; whether it moved just now. Raises _GaveUp when that lasts too long.

        Bytes that leave the queue and answers are movement. A printer that is known to be held up may be deaf
        meanwhile, and the line tells whether it lives; without `deaf_when_hindered` it is known to hear.
        """
        now, queued = time.monotonic(), self.transport.pending()
        if queued < self.queued:
            self.moved_at = now
        self.queued = queued
        self.moved_at = max(self.moved_at, self.talk.heard_at or 0.0)
        held_up = self._is_held_up()
        if held_up and deaf_when_hindered:
            self.moved_at = now
            return True
        still = now - self.moved_at
        bearable = self.patience.silence + self._on_its_way() / self._slowest()
        if still <= bearable:
            self._is_back()
            return held_up or still < self.patience.poll
        if not self.told_silent:
            self.told_silent = True
            self.on_status(Status(detail=f"the printer fell silent: {symptom}"))
            self.talk.give_up_marks()  # so that it is asked again
        if still > bearable + self.patience.again:
            raise _Silent(f"the printer fell silent: {symptom}")
        return True

    def _is_back(self) -> None:
        """Reports a printer that had fallen silent and goes on."""
        if self.told_silent and self.talk.status.online:
            self.told_silent = False
            self.on_status(self.talk.status)

    def _on_its_way(self) -> int:
        """How many bytes may have to pass the line before the printer can say something."""
        return max(0, (self.talk.next_mark or self.sent) - self.talk.through)

    def _slowest(self) -> float:
        """Bytes a second that the line is trusted to carry: an eighth of what it was seen to, or the least."""
        moved, took = self.talk.through, time.monotonic() - self.began_at
        seen = max(self.talk.habits.rate or 0.0, moved / took if moved and took > 0 else 0.0)
        return max(self.patience.slowest, seen / 8)

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
        if self.proof is Proof.SENSOR:
            self.talk.sensor_requests += 1
            return commands.SENSOR_IN_ORDER
        return commands.when_printed(name) if self.proof is Proof.PROCESS_ID else b""

    # The proof

    def _proven(self) -> Proof | None:
        """The proof that has come. An answer without a name counts only where nothing else can have caused it."""
        talk = self.talk
        if self.plan.identifier in talk.identifiers:
            return Proof.PROCESS_ID
        if self.proof is not Proof.SENSOR or talk.sensed < talk.sensor_requests or talk.strays or talk.noisy:
            return None
        return Proof.SENSOR if talk.sensed_at else None

    def _prove(self) -> Proof | None:
        """The proof that came; None for a printer that has none to give. Raises LinkGone, _GaveUp."""
        if self.proof is Proof.NONE:
            if self.finds_out:
                self.talk.habits = replace(self.talk.habits, proof=Proof.NONE)
            return None
        found = self._await(self._proven, self._proof_within())
        if found is None:
            raise _Unproven("the printer did not confirm the ticket")
        self.talk.habits = replace(self.talk.habits, proof=found)
        return found

    def _proof_within(self) -> float:
        """Seconds for a proof: a box on the line may answer by itself and carry the ticket for a minute yet.

        So answers say nothing of how fast it is; earlier tickets do.
        """
        return self.patience.proof + self.sent / max(self.patience.slowest, (self.talk.habits.rate or 0.0) / 8)

    def _await(self, found: Callable[[], _T | None], within: float) -> _T | None:
        """What the printer says; None when a ready printer has not said it in so many seconds.

        Raises LinkGone, _GaveUp.
        """
        talk = self.talk
        self.moved_at = clear_since = time.monotonic()
        answers = talk.answers
        while (it := found()) is None:
            now = time.monotonic()
            # Two answers show that it hears us: the first may be to a question from before.
            waits = self._bear("no answer", deaf_when_hindered=talk.answers < answers + 2)
            if self.hindered_since is not None or (waits and now - self.moved_at > self.patience.silence):
                clear_since = now
            if now - clear_since > within:
                return None
            question = talk.question(self.patience.poll, max(self.patience.answer, 2 * talk.habits.answer))
            if question:
                self._ask(question)
            talk.exchange(memoryview(b""), self.patience.poll)
        self._is_back()
        return it

    # The end

    def _give_up(self, reason: _GaveUp) -> Delivery:
        if not self.sent:
            self.on_status(Status(detail=str(reason)))
            return Delivery(Outcome.NOT_SENT, str(reason))
        end = self._cancel()
        whole = isinstance(reason, _Unproven) and not self.talk.cleared
        if whole:
            self.talk.habits = Habits(real_time=self.talk.habits.real_time)  # perhaps it was exchanged for another kind
            self._cut_late()
        if isinstance(reason, _Silent):
            self.on_status(Status(detail=str(reason)))
        not_cut = not self.cut_sent
        return Delivery(Outcome.UNKNOWN, f"{reason}; {end}", sent=self.sent, whole=whole, not_cut=not_cut)

    def _cut_late(self) -> None:
        """Sends the cut that waited for an answer: the rest of the ticket comes out, whoever waits for it."""
        if self.cut_sent:
            return
        self.plan.on_cut()
        self.cut_sent = True
        try:
            self.talk.say(self.cut, self.patience.answer)
            self.transport.end_of_data()
        except LinkGone as gone:
            self.on_status(Status(detail=str(gone)))

    def _cancel(self) -> str:
        """Tries to take the ticket back, so that it does not come out when nobody waits for it any more."""
        try:
            self.talk.say(self.unsaid + commands.CLEAR_BUFFER, self.patience.answer)
            cleared = self.talk.listen(lambda: self.talk.cleared, self.patience.answer)
        except LinkGone as gone:
            return f"not cancelled: {gone}"
        if cleared:
            return "what was left of it is cancelled: the printer threw away what it had not printed of this ticket"
        return "not cancelled: the printer did not confirm that, so the rest of this ticket may still come out"

    def _let_it_print(self) -> None:
        """Waits for a printer that cannot say when it is done: some forget what they have when the line closes."""
        self._linger()
        if not self.asks or self.hung_up:
            return
        answers = self.talk.answers
        self.hindered_since = None
        hindered = False

        def well() -> bool | None:
            nonlocal hindered
            hindered = hindered or self.hindered_since is not None
            return True if self.talk.status.hindrance is None and self.talk.answers >= answers + 2 else None

        if self.talk.habits.real_time and self._await(well, self.patience.first) and hindered:
            self._linger()  # it goes on with the ticket now

    def _linger(self) -> None:
        self._drain()
        seen = self.sent / self.took if self.took else self.patience.printing_rate
        rate = max(self.patience.slowest, min(self.patience.printing_rate, seen))
        try:
            self.talk.listen(lambda: False, self.patience.printing + self.sent / rate)
        except HungUp:
            self.hung_up = True  # some do when nothing comes any more: it has all of the ticket

    def _took(self) -> float:
        return max(time.monotonic() - self.began_at, 0.001)
