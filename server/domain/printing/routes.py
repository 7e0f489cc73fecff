"""What may be known of a paper, how long it is worth printing, and which printer it is offered to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from server.domain.errors import Invalid


class JobState(StrEnum):
    """Where a print job is. `printed` is proof of one paper, `not_sent` of none; `unknown` is neither."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    STARTED = "started"
    PRINTED = "printed"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"
    EXPIRED = "expired"


UNSTARTED = frozenset({JobState.QUEUED, JobState.CLAIMED})
"""No byte has left: such a job may still be printed elsewhere."""
NO_PAPER = frozenset({JobState.NOT_SENT, JobState.EXPIRED})
"""It is certain that nothing came out."""
OVER = frozenset({JobState.PRINTED, JobState.NOT_SENT, JobState.UNKNOWN, JobState.EXPIRED})


class Resolution(StrEnum):
    """What people, or the branch's policy, take an unknown paper for. It is their word, not proof: the state stays."""

    PRINTED = "printed"
    LOST = "lost"


class Reason(StrEnum):
    """Why an outcome is unknown, as far as its agent can tell.

    `no_proof`: all of it left over a line that held, to a printer that said it was well, and only the confirmation is
    missing. `not_cut`: what cuts the paper never left the agent, so a torn-off piece is the most that can be out there.
    `broken`: anything else.
    """

    NO_PROOF = "no_proof"
    NOT_CUT = "not_cut"
    BROKEN = "broken"


POLICY = "policy"
"""Who has resolved a paper that a trusted printer could not prove."""

START_WITHIN = timedelta(seconds=60)
"""A job that no printer has started by then expires: nobody wants last hour's paper."""
CLAIM_LEASE = timedelta(seconds=15)
"""How long a claimed job may stay unstarted before it is offered again."""
START_LEASE = timedelta(seconds=60)
"""How long a started job may go without a word of its printer before it is unknown.

Every status of its agent that does not disown it lengthens it: one that waits for paper keeps its job as long as its
agent lives.
"""


@dataclass(frozen=True)
class Printer:
    """A printer as routing sees it. `ready`: heard lately, and as far as it says it would print now."""

    name: str
    ready: bool = False
    held: bool = False
    sends_to: str | None = None

    @property
    def takes_work(self) -> bool:
        """Whether it is offered anything at all."""
        return not self.held and self.sends_to is None


def eligible_printers(wish: str | None, printers: Mapping[str, Printer]) -> frozenset[str]:
    """The printers that a job is offered to, by the printer it is meant for; None means any.

    A printer that sends its jobs on is followed to the last in the chain. Where that one is held, or gone, any printer
    that takes work may have the job.
    """
    last = printers.get(wish) if wish is not None else None
    passed = set[str]()
    while last is not None and last.sends_to is not None and last.name not in passed:
        passed.add(last.name)
        last = printers.get(last.sends_to)
    if last is not None and last.takes_work:
        return frozenset({last.name})
    return frozenset(p.name for p in printers.values() if p.takes_work)


def excluded_targets(name: str, printers: Mapping[str, Printer]) -> frozenset[str] | None:
    """The wishes whose jobs a printer is not offered; None where it is offered nothing at all."""
    if name not in printers or not printers[name].takes_work:
        return None
    return frozenset(wish for wish in printers if name not in eligible_printers(wish, printers))


def can_print(wish: str | None, printers: Mapping[str, Printer]) -> bool:
    """Whether a job meant for that printer would be printed now, as far as anybody knows."""
    return any(printers[name].ready for name in eligible_printers(wish, printers))


def check_destination(name: str, to: str, printers: Mapping[str, Printer]) -> None:
    """Raises Invalid where a printer cannot send its jobs to another: not there, itself, or round in a circle."""
    if to not in printers:
        raise Invalid(f"There is no printer {to!r} in this branch.")
    following: str | None = to
    passed = set[str]()
    while following is not None and following not in passed:
        if following == name:
            raise Invalid(f"Printer {to!r} sends its jobs to {name!r} already; papers would go round in a circle.")
        passed.add(following)
        following = printers[following].sends_to if following in printers else None


def is_second(earlier: Iterable[JobState]) -> bool:
    """Whether a paper must say REPRINT: an earlier one of the ticket came out, or may have."""
    return any(state not in NO_PAPER for state in earlier)
