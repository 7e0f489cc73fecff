"""How long each wait for a printer may be."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Patience:
    """How long each wait of a delivery may be, in seconds.

    What moves is waited for: bytes that the line takes or sends, and answers that come, begin each wait anew.
    """

    answer: float = 3.0  # for the first answer after connecting; longer at each further try
    settle: float = 0.5  # for each of the other status answers
    poll: float = 0.4  # between two status questions
    retry: float = 0.1  # after a try to begin that failed; doubled each time,
    retry_last: float = 1.0  # up to this
    away: float = 4.0  # of such tries, before the printer is reported as away
    silence: float = 12.0  # without an answer or a byte taken, when nothing is known to hinder
    again: float = 12.0  # beyond that, for a printer that fell silent on a line that holds
    slowest: float = 600.0  # bytes a second of the slowest line that is waited for
    proof: float = 30.0  # for the proof, from a printer that says it is ready and has all bytes
    first: float = 8.0  # for the answer to a command that the printer may not know
    grace: float = 2.0  # for a process id after the sensor has answered
    quiet: float = 0.5  # without a stray answer, before one that bears no name is believed
    owed: float = 6.0  # for the answers that an earlier ticket is still owed, before they are taken for lost
    hindered: float = 600.0  # while the paper is out or the cover open: it resumes by itself
    printing: float = 2.0  # for the paper to move out, where the printer cannot say that it has
    printing_rate: float = 15_000.0  # bytes a second that such a printer prints at least
