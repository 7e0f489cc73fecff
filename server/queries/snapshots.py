"""The views that the feed pushes and the API returns, read in one transaction."""

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
    """Return the queue view for staff, with printers and unresolved papers."""
    doubts = _doubts(db, snapshot)
    return views.queue(snapshot, _printers(db, snapshot, doubts), [views.doubt(job) for job in doubts.latest])


def printers(db: Db, snapshot: BranchSnapshot) -> list[papers.Printer]:
    """Return the branch's printers with their current status."""
    return _printers(db, snapshot, _doubts(db, snapshot))


def _doubts(db: Db, snapshot: BranchSnapshot) -> Doubts:
    return print_jobs.doubts(
        db, snapshot.branch.id, first_day(business_day.today(snapshot.branch, snapshot.now), snapshot.carries)
    )


def _printers(db: Db, snapshot: BranchSnapshot, doubts: Doubts) -> list[papers.Printer]:
    routes = access.printers(db, snapshot.branch.id, snapshot.clock)
    waiting = print_jobs.waiting(db, snapshot.branch.id, snapshot.clock)

    def waits_for(name: str) -> int:
        offered = {target: eligible_printers(target, routes) for target in waiting}
        return sum(
            n
            for target, n in waiting.items()
            if name in offered[target] or (not offered[target] and target in (None, name))
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
