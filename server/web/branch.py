"""A branch over HTTP: its services, board, queue, log and statistics."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from flask import Response, make_response, request

from server.actions.queue.at_counter import permit
from server.contract import requests, shapes, tables, views
from server.domain.branch import Branch
from server.domain.calendar import business_day
from server.domain.errors import Invalid
from server.domain.history import measures
from server.domain.people.principal import Principal
from server.queries import snapshots
from server.store.engines.store import Db
from server.store.tables import branch_snapshot, branches, event_log, statistics
from server.web.api import BRANCH, RECORDS, SECURITY, api, ok, ok_or_text
from server.web.context import current_principal, web
from server.web.perform import reply

LONGEST_REPORT = timedelta(days=1100)
_CSV, _SPREADSHEET = "text/csv", "text/csv; dialect=spreadsheet"
_FORMATS = {"json": "application/json", "csv": _CSV, "spreadsheet": _SPREADSHEET}


def watched_branch(db: Db, slug: str, principal: Principal) -> Branch:
    """Return the branch of that slug. Raises NotFound, or Forbidden if the principal belongs to another branch."""
    branch = branches.get(db, slug)
    permit(branch, principal)
    return branch


@api.get("/branches", tags=[BRANCH], responses=ok(shapes.Branches))
def list_branches() -> Response:
    """The list of all branches."""
    now = web().clock()
    every_branch = web().store.read(lambda db: branches.list_all(db))
    return reply(shapes.Branches(branches=[views.branch_brief(b, now) for b in every_branch]))


@api.get("/branches/<slug>", tags=[BRANCH], responses=ok(shapes.Branch))
def get_branch(path: requests.BranchPath) -> Response:
    """The branch's services and their current state."""
    now = web().clock()
    return reply(views.branch(web().store.read(lambda db: branch_snapshot.read(db, branches.get(db, path.slug), now))))


@api.get("/branches/<slug>/board", tags=[BRANCH], security=SECURITY, responses=ok(shapes.BoardAnswer))
def get_board(path: requests.BranchPath) -> Response:
    """The current content of a wall display."""
    principal, now = current_principal(), web().clock()
    snapshot = web().store.read(lambda db: branch_snapshot.read(db, watched_branch(db, path.slug, principal), now))
    return reply(shapes.BoardAnswer(**dict(views.board(snapshot)), seq=snapshot.seq))


@api.get("/branches/<slug>/queue", tags=[BRANCH], security=SECURITY, responses=ok(shapes.QueueAnswer))
def get_queue(path: requests.BranchPath) -> Response:
    """The current queue, for staff."""
    principal, now = current_principal(), web().clock()

    def query(db: Db) -> shapes.QueueAnswer:
        snapshot = branch_snapshot.read(db, watched_branch(db, path.slug, principal), now)
        return shapes.QueueAnswer(**dict(snapshots.queue(db, snapshot)), seq=snapshot.seq)

    return reply(web().store.read(query))


@api.get("/branches/<slug>/events", tags=[RECORDS], security=SECURITY, responses=ok(shapes.Events))
def list_events(path: requests.BranchPath, query: requests.EventsQuery) -> Response:
    """The append-only event log, by pages."""
    principal = current_principal()
    events = web().store.read(
        lambda db: event_log.after(db, watched_branch(db, path.slug, principal).id, query.after, query.limit)
    )
    return reply(shapes.Events(events=[views.event(e) for e in events], next=events[-1].seq if events else query.after))


@api.get(
    "/branches/<slug>/statistics",
    tags=[RECORDS],
    security=SECURITY,
    responses=ok_or_text(shapes.Statistics, "text/csv"),
)
def get_statistics(path: requests.BranchPath, query: requests.StatisticsQuery) -> Response:
    """Waits, walks and service times by counter, service, hour or day.

    `Accept: text/csv`, or `format=csv`, gives CSV for programs; `text/csv; dialect=spreadsheet`, or
    `format=spreadsheet`, as the spreadsheets of the branch's first language open it.
    """
    principal, now = current_principal(), web().clock()

    def read(db: Db) -> tuple[Branch, date, date, list[measures.Row]]:
        branch = watched_branch(db, path.slug, principal)
        first, last = _span(branch, query, now)
        return branch, first, last, statistics.report(db, branch, first, last, query.by)

    branch, first, last, rows = web().store.read(read)
    report = views.statistics(rows)
    media_type = _FORMATS[query.format] if query.format else request.accept_mimetypes.best_match(_FORMATS.values())
    if media_type not in (_CSV, _SPREADSHEET):
        return _varying(reply(report))
    plain = media_type == _CSV
    dialect = tables.PLAIN if plain else tables.spreadsheet(branch.languages[0])
    response = make_response(tables.table(dialect, _rows(query.by, report)))
    response.content_type = "text/csv; charset=utf-8" + ("" if plain else "; dialect=spreadsheet")
    name = f"{path.slug}-{query.by}-{first}-{last}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return _varying(response)


def _varying(response: Response) -> Response:
    response.headers.add("Vary", "Accept")
    return response


def _span(branch: Branch, query: requests.StatisticsQuery, now: datetime) -> tuple[date, date]:
    today = business_day.today(branch, now)
    first = query.from_ or query.to or today
    last = query.to or (query.from_ or today)
    if last < first:
        raise Invalid("`to` lies before `from`.")
    if last - first > LONGEST_REPORT:
        raise Invalid(f"A report spans at most {LONGEST_REPORT.days} days.")
    return first, last


def _rows(by: str, report: shapes.Statistics) -> Iterator[list[object]]:
    """The lines of a report as CSV, the column names first."""
    spreads = ("wait", "walk", "service_time")
    yield [
        by,
        *("issued", "called", "served", "no_show"),
        *(f"{s}_{m}" for s in spreads for m in ("n", "mean", "p50", "p90")),
        "within_target",
    ]
    for row in report.rows:
        cells: list[object] = [row.key, row.issued, row.called, row.served, row.no_show]
        for name in spreads:
            spread: shapes.Spread = getattr(row, name)
            cells += [spread.n, *(None if v is None else round(v, 1) for v in (spread.mean, spread.p50, spread.p90))]
        cells.append(None if row.within_target is None else round(row.within_target, 4))
        yield cells
