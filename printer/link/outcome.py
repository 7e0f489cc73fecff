"""What becomes of a job."""

from dataclasses import dataclass, field
from enum import StrEnum

from printer.link.habits import Habits, Proof


class Outcome(StrEnum):
    """What became of a job, in the words of the API."""

    PRINTED = "printed"  # proof came
    NOT_SENT = "not_sent"  # no byte of the job left: sending it again is safe
    UNKNOWN = "unknown"  # bytes left, no proof came: a person decides


@dataclass(frozen=True)
class Delivery:
    """What became of one job: the outcome, why, by which proof, and how many of its bytes left.

    `whole`, of an unknown one: all of it left over a line that held, to a printer that said it was well, and nothing
    but the proof is missing. `not_cut`, of an unknown one: what cuts the paper never left this machine. `begun`:
    whether another try makes no sense, since `on_start` was called or there is nothing to send. `habits`: what the
    printer has shown of how it answers.
    """

    outcome: Outcome
    detail: str
    proof: Proof | None = None
    sent: int = 0
    whole: bool = False
    not_cut: bool = False
    begun: bool = False
    habits: Habits = field(default_factory=Habits)
