"""An open line to a printer: it may carry several jobs of one rush, and is given up soon after the last."""

import time
from collections.abc import Callable
from dataclasses import replace

from printer.link.conversation import Conversation
from printer.link.habits import Habits
from printer.link.patience import Patience
from printer.link.status import Status
from printer.link.transport import Device, LinkGone, Transport

_LONGEST_ANSWER = 20.0
"""Seconds: the longest wait for the first answer of a slow printer, after several tries."""


class Line:
    """A transport and the conversation on it."""

    def __init__(self, transport: Transport, on_status: Callable[[Status], None], habits: Habits) -> None:
        self.transport = transport
        self.talk = Conversation(transport, on_status, habits)

    @property
    def habits(self) -> Habits:
        """What the printer has shown of how it answers, up to now."""
        talk = self.talk
        # Answers come in order: one that came shows that none of before is still to come.
        before = 0 if talk.sensed else talk.habits.owes
        return replace(talk.habits, owes=before + max(0, talk.sensor_requests - talk.sensed))

    def leave(self) -> None:
        """Close in order: all that was sent has been answered. Never raises."""
        try:
            self.transport.end_of_data()
        except LinkGone:
            pass  # it has its answers; the next connection shows how the printer is
        finally:
            self.transport.close()


class Beginning:
    """Tries to begin a job for as long as it is certain that nothing of it was sent.

    A printer refuses connections for a moment after each one, serves a till meanwhile, or has no paper: all that is
    waited for until the deadline, less and less often. `kept` is the line of the job before.
    """

    def __init__(
        self,
        device: Device,
        patience: Patience,
        on_status: Callable[[Status], None],
        habits: Habits,
        deadline: float,
        pause: Callable[[float], bool],
        kept: Line | None,
    ) -> None:
        self._device = device
        self._patience = patience
        self._on_status = on_status
        self._habits = habits
        self._deadline = deadline
        self._pause = pause
        self._kept = kept
        self.why = "the printer does not answer"

    def line(self, prepare: Callable[[Line, float], str | None]) -> Line | None:
        """A line on which `prepare` found nothing in the way; None when time is over, and `why` says what was.

        `prepare` gets the line and the seconds for a first answer, and says what hinders the job. What it raises but
        LinkGone closes the line and goes on.
        """
        retry, answer = self._patience.retry, max(self._patience.answer, 2 * self._habits.answer)
        failing_since: float | None = None
        told = False
        while True:
            kept, line = self._kept, None
            self._kept = None
            hinders: str | None
            ready = False
            try:
                line = kept or Line(self._device.connect(), self._on_status, self._habits)
                hinders = prepare(line, answer)
                ready = hinders is None
            except LinkGone as gone:
                hinders = str(gone)
            finally:
                if line is not None and not ready:
                    line.transport.close()
            if line is not None:
                self._habits = line.habits
                if ready:
                    return line
                if line.talk.status.online:  # it answered, and told what hinders it: that was waited for
                    told = True
            if kept is not None:
                continue  # it hung up after the job before, as some do
            assert hinders is not None
            self.why = hinders
            now = time.monotonic()
            failing_since = failing_since or now
            over = now + retry >= self._deadline
            if not told and (over or now - failing_since >= self._patience.away):
                told = True
                self._on_status(Status(detail=hinders))
            if over or self._pause(retry):
                return None
            retry = min(retry * 2, self._patience.retry_last)
            answer = min(answer * 2, _LONGEST_ANSWER, max(self._patience.answer, self._deadline - time.monotonic()))

    @property
    def habits(self) -> Habits:
        """What the printer has shown so far."""
        return self._habits
