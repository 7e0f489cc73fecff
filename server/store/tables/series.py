"""The series of a day's numbers, one a service, as `apply` looks at them and keeps them right."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, select, update

from server.store.sql.schema import number_series


class Series(NamedTuple):
    """How far the numbers of a service have come today."""

    last: int
    """The last ordinal that was given."""
    left_out: int
    """How many ordinals from the first to the last do not count as given."""


def of_day(db: Connection, branch_id: int, day: date) -> dict[str, Series]:
    """Service code → its series of that business day; a service without a number today has none."""
    columns = (number_series.c.service, number_series.c.last, number_series.c.left_out)
    rows = db.execute(
        select(*columns).where(number_series.c.branch_id == branch_id, number_series.c.business_day == day)
    )
    return {row.service: Series(row.last, row.left_out) for row in rows}


def move_first(db: Connection, branch_id: int, service: str, day: date, *, old: int, new: int) -> None:
    """Keep the count of today's numbers, and so the quota, where the service's first number is another one now."""
    db.execute(
        update(number_series)
        .where(
            number_series.c.branch_id == branch_id,
            number_series.c.service == service,
            number_series.c.business_day == day,
        )
        .values(left_out=number_series.c.left_out + old - new)
    )
