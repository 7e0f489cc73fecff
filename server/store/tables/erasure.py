"""Words about people, taken out of history when their time is over. What happened, and when, stays."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection, Text, cast, delete, or_, select, update

from server.domain.history.events import PERSONAL_EVENTS, PERSONAL_FIELDS
from server.store.sql.schema import branch, event, session, ticket


def erased_to(db: Connection, branch_id: int) -> date | None:
    """The business day before which the branch's history holds no words about people; None at first."""
    found: date | None = db.execute(select(branch.c.erased_to).where(branch.c.id == branch_id)).scalar_one()
    return found


def erase(db: Connection, branch_id: int, day: date, begins: datetime) -> int:
    """Take the words out of every ticket and event of the branch before a business day; how many held some.

    In the chain of events their digest stays, and its salt goes, so that nobody can try out what the words were.
    `begins` is when that day begins. Ended sessions of before, which tell when somebody worked, go too.
    """
    notes = db.execute(
        update(ticket)
        .where(ticket.c.branch_id == branch_id, ticket.c.business_day < day, ticket.c.note.is_not(None))
        .values(note=None)
    )
    since = erased_to(db, branch_id)
    told = cast(event.c.data, Text)
    rows = db.execute(
        select(event.c.seq, event.c.data).where(
            event.c.branch_id == branch_id,
            event.c.at < begins,
            event.c.type.in_(kind.value for kind in PERSONAL_EVENTS),
            or_(*(told.contains(f'"{word}"', autoescape=True) for word in PERSONAL_FIELDS)),
        )
    ).all()
    for row in rows:
        left = {key: value for key, value in row.data.items() if key not in PERSONAL_FIELDS}
        db.execute(
            update(event).where(event.c.branch_id == branch_id, event.c.seq == row.seq).values(data=left, salt=None)
        )
    if since is None or day > since:
        db.execute(update(branch).where(branch.c.id == branch_id).values(erased_to=day))
    db.execute(delete(session).where(session.c.expires_at < begins))
    return notes.rowcount + len(rows)
