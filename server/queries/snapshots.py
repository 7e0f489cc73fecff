"""The views that a feed pushes and the API answers alike, read in one transaction."""

from __future__ import annotations

from server.contract import papers, shapes, views
from server.domain.branch_snapshot import BranchSnapshot
from server.domain.calendar import business_day
from server.domain.printing.print_job import Doubts
from server.domain.printing.routes import eligible_printers
from server.domain.queue.carrying import first_day
from server.store.engines.store import Db
from server.store.tables import access, print_jobs


def queue(db: Db, snapshot: BranchSnapshot) -> shapes.Queue:
    """What staff see, printers and papers in doubt included."""
    doubts = _doubts(db, snapshot)
    return views.queue(snapshot, _printers(db, snapshot, doubts), [views.doubt(job) for job in doubts.latest])


def printers(db: Db, snapshot: BranchSnapshot) -> list[papers.Printer]:
    """The branch's printers as they are now."""
    return _printers(db, snapshot, _doubts(db, snapshot))


def _doubts(db: Db, snapshot: BranchSnapshot) -> Doubts:
    return print_jobs.doubts(
        db, snapshot.branch.id, first_day(business_day.today(snapshot.branch, snapshot.now), snapshot.carries)
    )


def _printers(db: Db, snapshot: BranchSnapshot, doubts: Doubts) -> list[papers.Printer]:
    routes = access.printers(db, snapshot.branch.id, snapshot.clock)
    waiting = print_jobs.waiting(db, snapshot.branch.id, snapshot.clock)

    def waits_for(name: str) -> int:
        offered = {wish: eligible_printers(wish, routes) for wish in waiting}
        return sum(
            n for wish, n in waiting.items() if name in offered[wish] or (not offered[wish] and wish in (None, name))
        )

    return [
        views.printer(
            d,
            snapshot.clock,
            waits_for(d.name),
            doubts.counts.get(d.id, 0),
            [job.content["number"] for job in doubts.latest if job.claimed_by == d.id],
        )
        for d in access.devices(db, snapshot.branch.id, "printer")
    ]
