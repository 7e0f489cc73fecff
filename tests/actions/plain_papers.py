"""Reference model of print jobs in plain Python, written from the product's description."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.actions.plain_parts import refuse

WORTH_PRINTING = timedelta(seconds=60)
CLAIMED_FOR = timedelta(seconds=15)
SILENT_FOR = timedelta(seconds=60)
UNSTARTED = ("queued", "claimed")


@dataclass
class Paper:
    """One print job; `lease` counts its claims, of which only the newest is valid."""

    ticket: int
    reprint: bool
    worth_until: datetime
    state: str = "queued"
    lease: int = 0
    lease_until: datetime | None = None


class Papers:
    """The print jobs of a branch with one printer."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.jobs: list[Paper] = []

    def queue(self, ticket: int, *, reprint: bool = False) -> None:
        """Queue a job; it expires by the server's clock, also after that has stepped back."""
        self.jobs.append(Paper(ticket, reprint, self.clock() + WORTH_PRINTING))

    def reprint(self, ticket: int) -> None:
        """Print again, marked if an earlier paper came out or may have; an unstarted job is redirected instead."""
        earlier = [job for job in self.jobs if job.ticket == ticket]
        if earlier and earlier[-1].state in UNSTARTED:
            last = earlier[-1]
            last.state, last.lease, last.lease_until = "queued", last.lease + 1, None
            last.worth_until = self.clock() + WORTH_PRINTING
        else:
            self.queue(ticket, reprint=any(job.state in ("started", "printed", "unknown") for job in earlier))

    def claim(self, now: datetime) -> int | None:
        """Claim the oldest job that is free or whose claim has expired; return its index in `jobs`."""
        for place, job in enumerate(self.jobs):
            lapsed = job.lease_until is not None and job.lease_until <= now
            if job.worth_until > now and (job.state == "queued" or (job.state == "claimed" and lapsed)):
                job.state, job.lease, job.lease_until = "claimed", job.lease + 1, now + CLAIMED_FOR
                return place
        return None

    def started(self, place: int, lease: int) -> None:
        job = self.jobs[place]
        is_started = job.state == "started"
        refuse(
            print_job_conflict=job.lease != lease
            or not (is_started or (job.state == "claimed" and job.worth_until > self.clock()))
        )
        if not is_started:
            job.state, job.lease_until = "started", self.clock() + SILENT_FOR

    def outcome(self, place: int, lease: int, outcome: str) -> None:
        """A late outcome counts too; a proven outcome does not change."""
        job = self.jobs[place]
        repeated = job.state == outcome or (job.state == "expired" and outcome == "not_sent")
        possible = job.state in ("started", "unknown") or (job.state == "claimed" and outcome == "not_sent")
        refuse(print_job_conflict=job.lease != lease or not (repeated or possible))
        if not repeated:
            job.state = outcome

    def sweep(self) -> int:
        """Expire jobs that were not started in time; started jobs without a status become unknown."""
        ended = 0
        for job in self.jobs:
            if job.state in UNSTARTED and job.worth_until <= self.clock():
                job.state = "expired"
                ended += 1
            elif job.state == "started" and job.lease_until is not None and job.lease_until <= self.clock():
                job.state = "unknown"
                ended += 1
        return ended
