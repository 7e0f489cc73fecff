"""Erases personal text (notes, reasons) from history after the retention period. The events themselves stay."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection, Text, cast, delete, or_, select, update

from server.domain.history.events import PERSONAL_EVENTS, PERSONAL_FIELDS
from server.store.sql.schema import branch, event, session, ticket


def erased_to(db: Connection, branch_id: int) -> date | None:
    """Return the business day before which the branch's history has no personal text; None before the first erasure."""
    day: date | None = db.execute(select(branch.c.erased_to).where(branch.c.id == branch_id)).scalar_one()
    return day


def erase(db: Connection, branch_id: int, day: date, begins: datetime) -> int:
    """Erase personal text from the branch's tickets and events before business day `day`, which starts at `begins`.

    Returns how many tickets and events had some. The event chain keeps the digest of the text, but not its salt:
    without the salt, nobody can confirm a guess of the text. Sessions that ended before `begins` are deleted too,
    since they show when somebody worked.
    """
    notes = db.execute(
        update(ticket)
        .where(ticket.c.branch_id == branch_id, ticket.c.business_day < day, ticket.c.note.is_not(None))
        .values(note=None)
    )
    since = erased_to(db, branch_id)
    data_text = cast(event.c.data, Text)
    rows = db.execute(
        select(event.c.seq, event.c.data).where(
            event.c.branch_id == branch_id,
            event.c.at < begins,
            event.c.type.in_(kind.value for kind in PERSONAL_EVENTS),
            or_(*(data_text.contains(f'"{word}"', autoescape=True) for word in PERSONAL_FIELDS)),
        )
    ).all()
    for row in rows:
        kept = {key: value for key, value in row.data.items() if key not in PERSONAL_FIELDS}
        db.execute(
            update(event).where(event.c.branch_id == branch_id, event.c.seq == row.seq).values(data=kept, salt=None)
        )
    if since is None or day > since:
        db.execute(update(branch).where(branch.c.id == branch_id).values(erased_to=day))
    db.execute(delete(session).where(session.c.expires_at < begins))
    return notes.rowcount + len(rows)
