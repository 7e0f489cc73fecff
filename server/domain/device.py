"""Kiosks, displays and printers of a branch, and their connection state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

PRINTER_SEEN_WITHIN = timedelta(seconds=40)
"""A printer asks for work at least every 25 seconds; one that is silent for longer than this is disconnected."""


SCREEN_SEEN_WITHIN = timedelta(seconds=25)
"""A kiosk or display on another server counts as connected for this long after that server's last report."""


@dataclass(frozen=True)
class Device:
    """A kiosk, display or printer of a branch, and its last reported status.

    For printers: `silent` when the loss of its connection has been announced; `held` when it gets no jobs; `sends_to`
    is the printer that gets them instead; `trusted` when its papers count as printed without proof.
    """

    id: int
    branch_id: int
    role: str
    name: str
    paper: int | None
    printer: str | None
    status: dict[str, Any] | None
    status_at: datetime | None
    seen_at: datetime | None
    silent: bool = False
    held: bool = False
    sends_to: str | None = None
    trusted: bool = False

    def recently_seen(self, now: datetime) -> bool:
        """Whether a printer has contacted the server recently.

        A screen counts if another server holds a socket of it.
        """
        within = PRINTER_SEEN_WITHIN if self.role == "printer" else SCREEN_SEEN_WITHIN
        return self.seen_at is not None and now - self.seen_at < within

    def ready(self, now: datetime) -> bool:
        """Whether a printer would print now, according to its status."""
        status = self.status
        works = status is None or (
            status["online"] and not status["cover_open"] and status["paper"] != "out" and not status["error"]
        )
        return self.recently_seen(now) and bool(works)
