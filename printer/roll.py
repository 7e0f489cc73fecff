"""Which roll a ticket is drawn for: what the operator says, what the printer is known for, what the server declares."""

from dataclasses import dataclass
from pathlib import Path

import structlog

from printer.devices import Address
from printer.encoding.library import dots_of, paper_for
from printer.layout import DOTS, MAXIMUM_DOTS, MINIMUM_DOTS
from printer.link import Proof

_log = structlog.get_logger("printer")


@dataclass(frozen=True)
class Roll:
    """The paper of one ticket: its width in mm (58 or 80), and how many dots wide the ticket may be.

    `known`: somebody at the printer, or the printer, has said so; otherwise the server's declaration is believed.
    """

    paper: int
    dots: int
    known: bool


def choose_roll(declared: int, *, paper: int | None = None, dots: int | None = None, head: int | None = None) -> Roll:
    """The roll to draw for.

    `declared`: the paper that the server has for the printer; `paper`: what the operator says with --paper; `dots`: the
    same of the head, with dots=; `head`: the dots of the head as its model is known for. What is said at the printer
    wins over the declaration, and nothing is wider than the head. Where only the head is known, the narrower of head
    and declaration wins: a narrow ticket on a wide roll can be read, and the reverse lacks its right edge.
    """
    if dots is not None:
        return Roll(paper or paper_for(dots), dots, known=True)
    if head is None:
        chosen = paper or declared
        return Roll(chosen, DOTS[chosen], known=paper is not None)
    chosen = min(paper or declared, paper_for(head))
    # A narrow roll in a wide printer: as much of the head as is over the paper.
    width = head if chosen == paper_for(head) else head * DOTS[58] // DOTS[80]
    return Roll(chosen, width, known=paper is not None or chosen == paper_for(head))


SILENT = 0
"""What is remembered of a printer that does not say its model: it is not asked again until it is probed."""


class RememberedHead:
    """The dots of the head as the printer's model was last known for, beyond the life of the process, or SILENT.

    An agent that was killed in the middle of a ticket leaves a printer that cannot be asked before the next one. `path`
    None remembers nothing.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._asked = False

    def asks_staff(self) -> bool:
        """Whether nobody has been asked yet, on paper, which roll is in the printer; True once."""
        place = asked_beside(self._path) if self._path else None
        if self._asked or (place and place.exists()):
            return False
        self._asked = True
        try:
            if place:
                place.parent.mkdir(parents=True, exist_ok=True)
                place.touch()
        except OSError as error:
            _log.warning("question not remembered", file=str(place), reason=str(error))
        return True

    def read(self) -> int | None:
        """The dots, or SILENT; None where nothing sensible is remembered."""
        try:
            dots = int(self._path.read_text(encoding="ascii")) if self._path else None
        except (OSError, ValueError):
            return None  # never learned, or cut short: the printer is asked again
        sensible = dots == SILENT or (dots is not None and MINIMUM_DOTS <= dots <= MAXIMUM_DOTS)
        return dots if sensible else None

    def learn(self, dots: int | None) -> None:
        """Remembers dots, or SILENT; None forgets."""
        if self._path is None or dots == self.read():
            return
        try:
            if dots is None:
                self._path.unlink(missing_ok=True)
            else:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._path.write_text(str(dots), encoding="ascii")
        except OSError as error:
            _log.warning("width not remembered", file=str(self._path), reason=str(error))


def asked_beside(head: Path) -> Path:
    """The file that is there once a ticket has asked which roll the printer has."""
    return head.with_suffix(".asked")


class Widths:
    """What is known of the width of one printer: what the operator says, and what its model is known for.

    `paper` is the roll as the operator says, 58 or 80.
    """

    def __init__(self, address: Address, paper: int | None, remembered: RememberedHead) -> None:
        self._paper, self._dots = paper, address.dots
        self._remembered = remembered
        self._head = address.model.dots if address.model else None
        answers = address.proof is not Proof.NONE and not address.device.keeps
        nobody_said = (self._paper, self._dots, self._head) == (None, None, None)
        self._unsaid = answers and nobody_said
        # The virtual printer has the roll that is declared, and a file has none.
        self._mute = nobody_said and not answers and not address.device.keeps and not address.virtual
        known = remembered.read() if self._unsaid else None
        self._silent = known == SILENT
        self._head = known or self._head
        self.asks_model = self._unsaid and not self._silent

    def roll(self, declared: int) -> Roll:
        """What a job is drawn for whose printer is declared to have that paper."""
        return choose_roll(declared, paper=self._paper, dots=self._dots, head=self._head)

    @property
    def known_paper(self) -> int | None:
        """The roll, where it is known whatever is declared; else None."""
        roll = self.roll(58)  # of a wide head nobody knows how wide the roll under it is
        return roll.paper if roll.known else None

    def asks_staff(self, roll: Roll) -> bool:
        """Whether this ticket asks staff which roll the printer has: the first wide one, where nobody can say."""
        unknown = not roll.known and roll.paper == 80 and (self._silent or self._mute)
        return unknown and self._remembered.asks_staff()

    def learn(self, model: str | None) -> None:
        """The printer was asked for its model, and said this; None: nothing."""
        self.asks_model = False
        if not model:
            if self._head is None:
                self._silent = True
                self._remembered.learn(SILENT)
            return  # known from before, it was only busy
        before, self._head = self._head, dots_of(model)
        self._remembered.learn(self._head)
        if self._head not in (None, before):
            _log.info("width known", model=model, dots=self._head)

    def away(self) -> None:
        """The printer is not there; another one may come back."""
        self.asks_model = self._unsaid and not self._silent
