"""What may be known of a paper, and how long it is worth printing."""

from datetime import timedelta
from enum import StrEnum


class JobState(StrEnum):
    """Where a print job is. `printed` is proof of one paper, `not_sent` of none; `unknown` is neither."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    STARTED = "started"
    PRINTED = "printed"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"
    EXPIRED = "expired"


OVER = frozenset({JobState.PRINTED, JobState.NOT_SENT, JobState.UNKNOWN, JobState.EXPIRED})

START_WITHIN = timedelta(seconds=60)
"""A job that no printer has started by then expires: nobody wants last hour's paper."""
CLAIM_LEASE = timedelta(seconds=15)
"""How long a claimed job may stay unstarted before it is offered again."""
START_LEASE = timedelta(seconds=60)
"""How long a started job may go without a word of its printer before it is unknown.

Every status that the printer tells lengthens it: one that waits for paper keeps its job as long as its agent lives.
"""
