"""Asking a printer without printing: is it ready, and what can it do?"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from printer.encoding import commands
from printer.link.conversation import Conversation
from printer.link.habits import Habits, Proof
from printer.link.line import Beginning, Line
from printer.link.patience import Patience
from printer.link.status import Paper, Status
from printer.link.transport import Device


def look(
    device: Device,
    patience: Patience | None = None,
    *,
    answers: bool = True,
    habits: Habits | None = None,
    within: float = 0.0,
    learn: Callable[[Habits], None] = lambda _: None,
) -> Status:
    """The printer's status now; never raises, since being away is a status too.

    Connects, asks, closes: another program may be waiting for its turn. One that refuses the connection is tried again
    for `within` seconds. A device that only keeps bytes, or of which it is known that it never answers, is ready when
    it can be opened. `learn` gets what was seen of how the printer answers.
    """
    patience = patience or Patience()
    asks = answers and not device.keeps

    def ask(line: Line, answer: float) -> str | None:
        if not asks:
            return None
        status = line.talk.ask(answer, patience.settle)
        if status.off_line_without_cause:
            status = line.talk.ask_off_line(min(answer, patience.first), patience.settle)
        return None if status.online else status.hindrance

    beginning = Beginning(device, patience, lambda _: None, habits or Habits(), time.monotonic() + within, _sleep, None)
    line = beginning.line(ask)
    if line is None:
        return Status(detail=beginning.why)
    status = line.talk.status
    line.leave()
    learn(beginning.habits)
    return status if asks else Status(online=True, ready=True, paper=Paper.OK if device.keeps else Paper.UNKNOWN)


def _sleep(seconds: float) -> bool:
    time.sleep(seconds)
    return False


@dataclass(frozen=True)
class Survey:
    """What a printer answered: how it is, the best proof it can give, its names, and whether it tells unasked."""

    status: Status
    proof: Proof = Proof.NONE
    maker: str | None = None
    model: str | None = None
    firmware: str | None = None
    tells_changes: bool = False


def survey(device: Device, patience: Patience | None = None) -> Survey:
    """Asks everything that a printer can be asked. Small printers may print a few characters at the unknown ones.

    Raises LinkGone when it cannot be reached.
    """
    patience = patience or Patience()
    transport = device.connect()
    try:
        if device.keeps:
            return Survey(Status(online=True, ready=True, paper=Paper.OK))
        talk = Conversation(transport)
        if not talk.ask(patience.answer, patience.settle).online:
            return Survey(talk.status)
        maker, model, firmware = (
            _name(talk, question, patience) for question in (commands.MAKER, commands.MODEL, commands.FIRMWARE)
        )
        talk.say(commands.TELL_CHANGES, patience.answer)
        tells = talk.listen(lambda: talk.tells_changes, patience.settle)
        talk.say(commands.TELL_NOTHING, patience.answer)
        proof = _proof(talk, patience)
        transport.end_of_data()
        return Survey(talk.status, proof, maker, model, firmware, tells)
    finally:
        transport.close()


def _name(talk: Conversation, question: bytes, patience: Patience) -> str | None:
    known = len(talk.names)
    talk.say(question, patience.answer)
    return talk.names[-1] if talk.listen(lambda: len(talk.names) > known, patience.settle) else None


def _proof(talk: Conversation, patience: Patience) -> Proof:
    identifier = commands.process_id(0)
    talk.say(commands.when_printed(identifier), patience.answer)
    if talk.listen(lambda: identifier in talk.identifiers, patience.answer):
        return Proof.PROCESS_ID
    talk.sensor_requests += 1
    talk.say(commands.SENSOR_IN_ORDER, patience.answer)
    return Proof.SENSOR if talk.listen(lambda: talk.sensed > 0, patience.answer) else Proof.NONE
