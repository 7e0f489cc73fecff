"""A paper to print, and the papers nobody can prove."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from server.domain.printing.routes import JobState, Reason, Resolution


@dataclass(frozen=True)
class PrintJob:
    """One paper to print. `printer` None: any of the branch; `content` is the ticket in words.

    Until it is started `printer` is the one it is meant for, from then on the one that has it.
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
    """Why it is unknown, as far as its agent could tell."""


@dataclass(frozen=True)
class Doubts:
    """Unknown papers of a day that nothing has settled: how many a printer (by device id), and the latest of them."""

    counts: Mapping[int | None, int] = field(default_factory=dict)
    latest: tuple[PrintJob, ...] = ()
