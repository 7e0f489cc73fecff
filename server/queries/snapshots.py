"""The views that a feed pushes and the API answers alike, read in one transaction."""

from __future__ import annotations

from server.contract import papers, shapes, views
from server.domain.branch_snapshot import Floor
from server.domain.calendar import business_day
from server.domain.printing.routes import takers
from server.domain.queue.carrying import first_day
from server.store.engines.store import Db
from server.store.tables import access, print_jobs


def queue(db: Db, floor: Floor) -> shapes.Queue:
    """What staff see, printers and papers in doubt included."""
    doubts = _doubts(db, floor)
    return views.queue(floor, _printers(db, floor, doubts), [views.doubt(job) for job in doubts.latest])


def printers(db: Db, floor: Floor) -> list[papers.Printer]:
    """The branch's printers as they are now."""
    return _printers(db, floor, _doubts(db, floor))


def _doubts(db: Db, floor: Floor) -> print_jobs.Doubts:
    return print_jobs.doubts(db, floor.branch.id, first_day(business_day.today(floor.branch, floor.now), floor.carries))


def _printers(db: Db, floor: Floor, doubts: print_jobs.Doubts) -> list[papers.Printer]:
    routes = access.printers(db, floor.branch.id, floor.clock)
    waiting = print_jobs.waiting(db, floor.branch.id, floor.clock)

    def waits_for(name: str) -> int:
        offered = {wish: takers(wish, routes) for wish in waiting}
        return sum(
            n for wish, n in waiting.items() if name in offered[wish] or (not offered[wish] and wish in (None, name))
        )

    return [
        views.printer(
            d,
            floor.clock,
            waits_for(d.name),
            doubts.counts.get(d.id, 0),
            [job.content["number"] for job in doubts.latest if job.claimed_by == d.id],
        )
        for d in access.devices(db, floor.branch.id, "printer")
    ]
