"""States of a print job, its time limits, and the choice of printers it is offered to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from server.domain.errors import Invalid


class JobState(StrEnum):
    """The state of a print job. `printed` is proof of a paper, `not_sent` proof of none; `unknown` is neither."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    STARTED = "started"
    PRINTED = "printed"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"
    EXPIRED = "expired"


UNSTARTED = frozenset({JobState.QUEUED, JobState.CLAIMED})
"""States in which no byte was sent: the job may still be printed elsewhere."""
NO_PAPER = frozenset({JobState.NOT_SENT, JobState.EXPIRED})
"""States in which certainly no paper came out."""
OVER = frozenset({JobState.PRINTED, JobState.NOT_SENT, JobState.UNKNOWN, JobState.EXPIRED})


class Resolution(StrEnum):
    """The decision of a person, or of the branch's policy, about an unknown paper. It is no proof: the state stays."""

    PRINTED = "printed"
    LOST = "lost"


class Reason(StrEnum):
    """Why an outcome is unknown, as reported by the printer's agent.

    `no_proof`: all bytes were sent over a connection that stayed open, to a printer that reported no fault, and only
    the confirmation is missing. `not_cut`: the cut command was never sent, so at most a torn-off piece of paper exists.
    `broken`: anything else.
    """

    NO_PROOF = "no_proof"
    NOT_CUT = "not_cut"
    BROKEN = "broken"


POLICY = "policy"
"""The resolver of papers that a trusted printer could not prove."""

START_WITHIN = timedelta(seconds=60)
"""A job that no printer has started by then expires, since its customer is no longer waiting for the paper."""
CLAIM_LEASE = timedelta(seconds=15)
"""How long a claimed job may stay unstarted before it is offered again."""
START_LEASE = timedelta(seconds=60)
"""How long a started job may go without a status of its printer before it becomes unknown.

Every status of its agent that does not reject the job extends the lease. So a job that waits for paper in the printer
stays with it as long as its agent runs.
"""


@dataclass(frozen=True)
class Printer:
    """The routing data of a printer. `ready`: connected, and its status allows printing."""

    name: str
    ready: bool = False
    held: bool = False
    sends_to: str | None = None

    @property
    def takes_work(self) -> bool:
        """Whether it is offered any jobs."""
        return not self.held and self.sends_to is None


def eligible_printers(target: str | None, printers: Mapping[str, Printer]) -> frozenset[str]:
    """Return the printers that a job for `target` is offered to; None means any printer.

    A printer that sends its jobs to another is followed to the last in the chain. If that one is held or missing, any
    printer that takes work may have the job.
    """
    last = printers.get(target) if target is not None else None
    passed = set[str]()
    while last is not None and last.sends_to is not None and last.name not in passed:
        passed.add(last.name)
        last = printers.get(last.sends_to)
    if last is not None and last.takes_work:
        return frozenset({last.name})
    return frozenset(p.name for p in printers.values() if p.takes_work)


def excluded_targets(name: str, printers: Mapping[str, Printer]) -> frozenset[str] | None:
    """Return the targets whose jobs the printer is not offered; None if it is offered no jobs at all."""
    if name not in printers or not printers[name].takes_work:
        return None
    return frozenset(target for target in printers if name not in eligible_printers(target, printers))


def can_print(target: str | None, printers: Mapping[str, Printer]) -> bool:
    """Whether a job for that printer would be printed now, as far as is known."""
    return any(printers[name].ready for name in eligible_printers(target, printers))


def check_destination(name: str, to: str, printers: Mapping[str, Printer]) -> None:
    """Check that a printer can send its jobs to another.

    Raises Invalid if the other does not exist, is the printer itself, or sends its jobs back to it.
    """
    if to not in printers:
        raise Invalid(f"There is no printer {to!r} in this branch.")
    following: str | None = to
    passed = set[str]()
    while following is not None and following not in passed:
        if following == name:
            raise Invalid(f"Printer {to!r} sends its jobs to {name!r} already; papers would go round in a circle.")
        passed.add(following)
        following = printers[following].sends_to if following in printers else None


def needs_reprint_mark(earlier: Iterable[JobState]) -> bool:
    """Whether a paper must be marked REPRINT: an earlier one of the ticket came out, or may have."""
    return any(state not in NO_PAPER for state in earlier)
