"""What a printer has shown of how it answers, so that it is not asked again for what it does not know."""

from dataclasses import dataclass
from enum import StrEnum


class Proof(StrEnum):
    """How a printer shows that it has printed. AUTO finds out which way it knows."""

    AUTO = "auto"
    PROCESS_ID = "process-id"  # GS ( H: answered when everything before it is on paper
    SENSOR = "sensor"  # GS r after the cut: answered in order
    NONE = "none"  # it never answers; every outcome is unknown


@dataclass(frozen=True)
class Habits:
    """How a printer answers; None where that is not known yet.

    `proof`: the best that it gave (NONE: it was asked for both and gave none). `real_time`: whether it answers DLE
    EOT; if not, it is asked by GS r. `unanswered`: the numbers of the DLE EOT questions that it does not know.
    `tells`: whether it reports changes by itself (GS a). `off_line`: it always says that it is off line, and prints.
    `was_ready`: it has said that it is on line. `owes`: how many answers to GS r may still come. `answer`: seconds
    its first answer took at most. `rate`: bytes a second from the first byte to the proof.
    """

    proof: Proof | None = None
    real_time: bool | None = None
    unanswered: tuple[int, ...] = ()
    tells: bool | None = None
    off_line: bool = False
    was_ready: bool = False
    owes: int = 0
    answer: float = 0.0
    rate: float | None = None
