"""Asking a printer without printing: is it ready, and what can it do?"""

from dataclasses import dataclass

from printer.encoding import commands
from printer.link.conversation import Conversation
from printer.link.delivery import Patience, Proof
from printer.link.status import Paper, Status
from printer.link.transport import Device, LinkGone


def look(device: Device, patience: Patience | None = None, *, answers: bool = True) -> Status:
    """The printer's status now; never raises, since being away is a status too.

    A device that only keeps bytes, or of which it is known that it never answers, is ready when it can be opened.
    """
    patience = patience or Patience()
    try:
        transport = device.connect()
    except LinkGone as gone:
        return Status(detail=str(gone))
    try:
        if device.keeps or not answers:
            return Status(online=True, ready=True, paper=Paper.OK if device.keeps else Paper.UNKNOWN)
        status = Conversation(transport).ask(patience.answer, patience.settle)
        transport.end_of_data()
        return status
    except LinkGone as gone:
        return Status(detail=str(gone))
    finally:
        transport.close()


@dataclass(frozen=True)
class Survey:
    """What a printer answered: its names, its status, and the best proof it can give of having printed."""

    status: Status
    names: tuple[str, ...]
    proof: Proof


def survey(device: Device, patience: Patience | None = None) -> Survey:
    """Asks everything that a printer can be asked. Small printers may print a few characters at the unknown ones.

    Raises LinkGone when it cannot be reached.
    """
    patience = patience or Patience()
    transport = device.connect()
    try:
        if device.keeps:
            return Survey(Status(online=True, ready=True, paper=Paper.OK), (), Proof.NONE)
        talk = Conversation(transport)
        status = talk.ask(patience.answer, patience.settle)
        if not status.online:
            return Survey(status, (), Proof.NONE)
        talk.say(commands.MAKER + commands.MODEL, patience.answer)
        talk.listen(lambda: len(talk.names) == 2, patience.settle)
        identifier = commands.process_id(0)
        talk.say(commands.when_printed(identifier), patience.answer)
        if talk.listen(lambda: identifier in talk.identifiers, patience.answer):
            found = Proof.PROCESS_ID
        else:
            talk.sensor_requests += 1
            talk.say(commands.SENSOR_IN_ORDER, patience.answer)
            found = Proof.SENSOR if talk.listen(lambda: talk.sensed_at is not None, patience.answer) else Proof.NONE
        transport.end_of_data()
        return Survey(talk.status, tuple(talk.names), found)
    finally:
        transport.close()
