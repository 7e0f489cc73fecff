"""The number series of a business day, one for each service, as `apply` reads and corrects them."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, select, update

from server.store.sql.schema import number_series


class Series(NamedTuple):
    """How many numbers of a service have been issued on a day."""

    last: int
    """The last ordinal issued."""
    left_out: int
    """How many ordinals up to the last were not issued."""


def of_day(db: Connection, branch_id: int, day: date) -> dict[str, Series]:
    """Return the series of that business day by service code; a service without issued numbers has none."""
    columns = (number_series.c.service, number_series.c.last, number_series.c.left_out)
    rows = db.execute(
        select(*columns).where(number_series.c.branch_id == branch_id, number_series.c.business_day == day)
    )
    return {row.service: Series(row.last, row.left_out) for row in rows}


def move_first(db: Connection, branch_id: int, service: str, day: date, *, old: int, new: int) -> None:
    """Keep the count of issued numbers, and so the quota, when the service's first number changes."""
    db.execute(
        update(number_series)
        .where(
            number_series.c.branch_id == branch_id,
            number_series.c.service == service,
            number_series.c.business_day == day,
        )
        .values(left_out=number_series.c.left_out + old - new)
    )
