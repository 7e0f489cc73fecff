"""Delivers one ticket and decides what became of it: printed, not sent, or unknown.

The order is what makes the outcome true. Nothing of the job leaves before the printer has said that it is ready and
the server knows that the job has started; nothing counts as printed before the printer has answered a question that
it answers only afterwards; and what lies between is unknown and said to be so.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from printer.link.habits import Habits
from printer.link.habits import Proof as Proof
from printer.link.job import Plan, TicketJob
from printer.link.line import Beginning, Line
from printer.link.outcome import Delivery as Delivery
from printer.link.outcome import Outcome as Outcome
from printer.link.patience import Patience as Patience
from printer.link.status import Status
from printer.link.transport import Device, LinkGone

_SETTLE_SECONDS = 0.2
"""For the last answers on a line that may carry another job."""


def _sleep(seconds: float) -> bool:
    time.sleep(seconds)
    return False


def deliver(
    device: Device,
    draw: Callable[[], Sequence[bytes]],
    *,
    identifier: bytes,
    on_start: Callable[[], None],
    on_cut: Callable[[], None] = lambda: None,
    start_within: float = 15.0,
    proof: Proof = Proof.AUTO,
    patience: Patience | None = None,
    recovery: bytes | None = None,
    on_status: Callable[[Status], None] = lambda _: None,
    habits: Habits | None = None,
    kept: Line | None = None,
    keep: Callable[[Line], None] | None = None,
    pause: Callable[[float], bool] = _sleep,
) -> Delivery:
    """Prints one job and says what became of it; the printer's troubles are outcomes, never exceptions.

    `draw` gives the job's segments, the last of which cuts the paper; between them status questions may be sent. It
    is called once the printer is ready, so it may wait for a drawing under way. `on_start` is called right before the
    first byte; what it raises ends the delivery with nothing sent. `on_cut` is called before the cut leaves. A
    printer that is away or not ready is tried again for `start_within` seconds; `pause` waits between two tries, and
    returns True to give up. `recovery` is what clears the printer of an earlier job that has no proof: empty when all
    of that had left, None when there is none. `identifier` is four characters that no recent job had. `habits`: what
    earlier jobs have shown of the printer. `kept` is the line of the job before; `keep` gets the line of a job that
    was proven, which is closed without it.
    """
    patience, habits = patience or Patience(), habits or Habits()
    if device.keeps:
        return _keep(device, lambda: [recovery or b"", *draw()], on_start, on_cut, on_status)
    deadline = time.monotonic() + start_within
    plan = Plan(proof, patience, recovery, identifier, deadline, on_cut)
    begun: list[TicketJob] = []

    def prepare(line: Line, answer: float) -> str | None:
        begun.append(TicketJob(line, plan, on_status))
        return begun[-1].prepare(answer)

    beginning = Beginning(device, patience, on_status, habits, deadline, pause, kept)
    line = beginning.line(prepare)
    if line is None:
        return Delivery(Outcome.NOT_SENT, beginning.why, habits=beginning.habits)
    closed = False
    try:
        segments = draw()
        on_start()
        done = begun[-1].run(segments)
        if done.outcome is Outcome.PRINTED:
            closed = True
            _part(line, keep)
        return replace(done, begun=True, habits=line.habits)
    finally:
        if not closed:
            line.transport.close()


def _part(line: Line, keep: Callable[[Line], None] | None) -> None:
    """Hands on a line on which nothing is open, and closes any other in order."""
    try:
        settled = keep is not None and line.talk.listen(lambda: line.talk.settled, _SETTLE_SECONDS)
    except LinkGone:
        settled = False
    (keep if keep and settled else Line.leave)(line)


def _keep(
    device: Device,
    draw: Callable[[], Sequence[bytes]],
    on_start: Callable[[], None],
    on_cut: Callable[[], None],
    on_status: Callable[[Status], None],
) -> Delivery:
    """For a device that answers nothing and keeps everything: its word is that it has taken the bytes."""
    try:
        transport = device.connect()
    except LinkGone as gone:
        on_status(Status(detail=str(gone)))
        return Delivery(Outcome.NOT_SENT, str(gone), begun=True)
    sent = 0
    try:
        data = memoryview(b"".join(draw()))
        on_start()
        on_cut()
        while sent < len(data):
            sent += transport.exchange(data[sent:], 1.0)[0]
        transport.end_of_data()
    except LinkGone as gone:
        return Delivery(Outcome.UNKNOWN if sent else Outcome.NOT_SENT, str(gone), sent=sent, begun=True)
    finally:
        transport.close()
    return Delivery(Outcome.PRINTED, "written and kept", sent=sent, begun=True)
