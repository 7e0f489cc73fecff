"""The views that a feed pushes and the API answers alike, read in one transaction."""

from __future__ import annotations

from server.contract import shapes, views
from server.domain import business_day
from server.domain.floor import Floor
from server.store import access, print_jobs
from server.store.engine import Db


def queue(db: Db, floor: Floor) -> shapes.Queue:
    """What staff see, printers included."""
    return views.queue(floor, printers(db, floor))


def printers(db: Db, floor: Floor) -> list[shapes.Printer]:
    """The branch's printers as they are now."""
    start, _ = business_day.day_bounds(business_day.today(floor.branch, floor.now), floor.branch)
    doubts = print_jobs.unresolved(db, floor.branch.id, start)
    found = access.devices(db, floor.branch.id, "printer")
    return [
        views.printer(
            d,
            doubts.get(d.name, []) + (doubts.get(None, []) if d is found[0] else []),
            d.seen_at is not None and floor.now - d.seen_at < access.HEARD_WITHIN,
        )
        for d in found
    ]
