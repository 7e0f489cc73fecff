"""Kiosks, displays and printers of a branch, and whether they are there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

HEARD_WITHIN = timedelta(seconds=40)
"""A printer asks for work every 25 seconds at the latest; one not heard for longer is gone."""


SCREEN_SEEN_WITHIN = timedelta(seconds=25)
"""A kiosk or display whose socket another server holds is there for so long after that last said so."""


@dataclass(frozen=True)
class Device:
    """A kiosk, display or printer of a branch, and what it last said of itself.

    Of printers: `silent` when it has been told that nobody hears it any more; `held`, it gets no jobs; `sends_to`, the
    printer that gets them; `trusted`, its papers count as printed where it cannot prove them.
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

    def heard(self, now: datetime) -> bool:
        """Whether it has been heard lately; of a screen, whether another server has one of its sockets open."""
        within = HEARD_WITHIN if self.role == "printer" else SCREEN_SEEN_WITHIN
        return self.seen_at is not None and now - self.seen_at < within

    def ready(self, now: datetime) -> bool:
        """Whether a printer would print now, as far as it says."""
        said = self.status
        well = said is None or (
            said["online"] and not said["cover_open"] and said["paper"] != "out" and not said["error"]
        )
        return self.heard(now) and bool(well)
