"""Asking a printer without printing: is it ready, and what can it do?"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from printer.encoding import commands
from printer.link.conversation import Conversation
from printer.link.habits import Habits, Proof
from printer.link.line import Beginning, Line
from printer.link.model import ask_model
from printer.link.patience import Patience
from printer.link.status import Paper, Status
from printer.link.transport import Device, LinkGone

_MODEL_SECONDS = 0.5  # for each answer about the model, from a printer that answers quickly


def look(
    device: Device,
    patience: Patience | None = None,
    *,
    answers: bool = True,
    habits: Habits | None = None,
    within: float = 0.0,
    learn: Callable[[Habits], None] = lambda _: None,
    on_model: Callable[[str | None], None] | None = None,
    in_order: bool = True,
) -> Status:
    """The printer's status now; never raises, since being away is a status too.

    Connects, asks, closes: another program may be waiting for its turn. One that refuses the connection is tried
    again for `within` seconds. A device that only keeps bytes, or of which it is known that it never answers, is
    ready when it can be opened. `learn` gets what was seen of how the printer answers. Where `on_model` is given, a
    printer that is ready is asked for its model too, and that gets what it says. `in_order`: whether one that says it
    is off line and names no cause is asked what only a printer at work answers.
    """
    patience = patience or Patience()
    asks = answers and not device.keeps

    def ask(line: Line, answer: float) -> str | None:
        if not asks:
            return None
        status = line.talk.ask(answer, patience.settle)
        if status.off_line_without_cause and in_order:
            status = line.talk.ask_off_line(min(answer, patience.first), patience.settle)
        if on_model and status.hindrance is None:
            on_model(ask_model(line.talk, max(_MODEL_SECONDS, 3 * line.talk.habits.answer)))
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
    """What a printer answered: how it is, the best proof it can give, its names, and whether it tells unasked.

    `proof` and `tells_changes` are None where they cannot be told now: a printer that is not ready, or slow, does not
    answer what it answers in order. `habits`: what was seen, for the agent; `slow`: seconds of its first answer.
    `letters`: it may have made letters of what it does not know; they were cut off.
    """

    status: Status
    proof: Proof | None = None
    maker: str | None = None
    model: str | None = None
    firmware: str | None = None
    tells_changes: bool | None = None
    habits: Habits = field(default_factory=Habits)
    slow: float = 0.0
    letters: bool = False


def survey(device: Device, patience: Patience | None = None, *, cut: bool = True) -> Survey:
    """Asks everything that a printer can be asked, as far as its state lets it answer.

    Small printers print a few characters at the unknown ones: these are moved out, and cut off where it has a cutter.
    Raises LinkGone when it cannot be reached.
    """
    patience = patience or Patience()
    reached: list[Line] = []

    def ask(line: Line, answer: float) -> str | None:
        reached.append(line)
        if device.keeps:
            return None
        status = line.talk.ask(answer, patience.settle)
        if status.off_line_without_cause:
            status = line.talk.ask_off_line(min(answer, patience.first), patience.settle)
        return None if status.online else status.hindrance

    deadline = time.monotonic() + patience.away
    beginning = Beginning(device, patience, lambda _: None, Habits(), deadline, _sleep, None)
    line = beginning.line(ask)
    if line is None:
        if not reached:
            raise LinkGone(beginning.why)
        return Survey(reached[-1].talk.status)
    try:
        if device.keeps:
            return Survey(Status(online=True, ready=True, paper=Paper.OK))
        if line.talk.status.hindrance is not None:
            return Survey(line.talk.status, habits=line.habits, slow=line.talk.habits.answer)
        return _survey_ready(line, patience, cut)
    finally:
        line.leave()


def _survey_ready(line: Line, patience: Patience, cut: bool) -> Survey:
    talk = line.talk
    slow = talk.habits.answer
    within = max(patience.first, 4 * slow)
    if not _in_order(talk, within):
        # Busy with another program's paper, or one that proves nothing: that cannot be told apart.
        return Survey(talk.status, habits=line.habits, slow=slow)
    talk.say(commands.TELL_CHANGES, within)
    _in_order(talk, within)  # whoever knows GS a has answered it by now
    tells = talk.tells_changes
    talk.say(commands.TELL_NOTHING, within)
    maker, model, firmware = (
        _name(talk, question, within) for question in (commands.MAKER, commands.MODEL, commands.FIRMWARE)
    )
    identifier = commands.process_id(0)
    talk.say(commands.when_printed(identifier), within)
    _in_order(talk, within)
    named = talk.listen(lambda: identifier in talk.identifiers, patience.grace)
    letters = not (named and tells and maker and model and firmware)
    if letters:
        talk.say(commands.INITIALISE + b"\n" + commands.finish(cut), within)
    proof = Proof.PROCESS_ID if named else Proof.SENSOR
    return Survey(talk.status, proof, maker, model, firmware, tells, line.habits, slow, letters)


def _in_order(talk: Conversation, within: float) -> bool:
    """Whether the printer answers GS r, and with that has obeyed all that was sent before."""
    talk.sensor_requests += 1
    talk.say(commands.SENSOR_IN_ORDER, within)
    return talk.listen(lambda: talk.sensed >= talk.sensor_requests, within)


def _name(talk: Conversation, question: bytes, within: float) -> str | None:
    known = len(talk.names)
    talk.say(question, within)
    _in_order(talk, within)
    return talk.names[-1] if len(talk.names) > known else None
