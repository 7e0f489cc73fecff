"""Print jobs, and those with an unknown outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from server.domain.printing.routes import JobState, Reason, Resolution


@dataclass(frozen=True)
class PrintJob:
    """A ticket to print on paper. `printer` None: any printer of the branch; `content` is the text of the ticket.

    Until the job is started, `printer` is its target; from then on, the printer that has it.
    """

    id: int
    branch_id: int
    ticket_id: int
    printer: str | None
    issued_by: str
    state: JobState
    reprint: bool
    content: dict[str, Any]
    created_at: datetime
    expires_at: datetime
    claimed_by: int | None = None
    lease: str | None = None
    lease_expires_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    detail: str | None = None
    resolution: Resolution | None = None
    resolved_by: str | None = None
    resolved_at: datetime | None = None
    reason: Reason | None = None
    """Why the outcome is unknown, as reported by the printer's agent."""


@dataclass(frozen=True)
class Doubts:
    """Unresolved unknown papers of a day: the count of each printer (by device id), and the latest of them."""

    counts: Mapping[int | None, int] = field(default_factory=dict)
    latest: tuple[PrintJob, ...] = ()
