"""Asking a printer for its model, so that one that does not know the question prints no letters for it."""

from printer.encoding import commands
from printer.link.conversation import Conversation


def ask_model(talk: Conversation, within: float) -> str | None:
    """The model that the printer says it is; None where it says none within so many seconds.

    Only for one that can print now: another would answer later, to somebody else. Nor for one that still waits for the
    rest of a broken ticket, which the question would become. Raises LinkGone.
    """
    # What follows an unknown GS I may be printed. 1 is no letter, so it goes first; C is one.
    heard_at, names = talk.heard_at, len(talk.names)
    talk.say(commands.MODEL_NUMBER, within)
    if not talk.listen(lambda: talk.heard_at != heard_at, within):
        return None
    talk.say(commands.MODEL, within)
    return talk.names[-1] if talk.listen(lambda: len(talk.names) > names, within) else None
