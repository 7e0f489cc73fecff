"""For each account, the browsers in which it has signed in, and its series of failed sign-ins."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from server.store.sql.compiled_statements import CompiledStatement
from server.store.sql.schema import known_browser, sign_in_failure, user

BROWSERS_KEPT = 20
"""Browsers remembered for one account; a new one replaces the least recently used."""
BROWSERS_LAST = timedelta(days=365)
SERIES_LASTS = timedelta(hours=24)
"""A failure this long after the last one starts a new series."""
NOTICED = 3
"""Failures in a series from which it is reported; one or two are typing mistakes."""

_KNOWN = CompiledStatement(select(known_browser.c.id).where(known_browser.c.hash == bindparam("hash")).limit(1))


@dataclass(frozen=True)
class Failures:
    """A series of failed sign-ins of one account: how many, from when to when, and where the last came from."""

    count: int
    first_at: datetime
    last_at: datetime
    last_address: str

    def merge(self, other: Failures) -> Failures:
        """Return both series as one."""
        last = other if other.last_at >= self.last_at else self
        return replace(last, count=self.count + other.count, first_at=min(self.first_at, other.first_at))


# browsers


def is_known_browser(db: Connection, browser: str) -> bool:
    """Return whether any account has signed in with the browser of this hash."""
    return _KNOWN.row(db, hash=browser) is not None


def has_used_browser(db: Connection, user_id: int, browser: str) -> bool:
    """Return whether this account has signed in with the browser of this hash."""
    query = select(known_browser.c.id).where(known_browser.c.user_id == user_id, known_browser.c.hash == browser)
    return db.execute(query).first() is not None


def remember_browser(db: Connection, user_id: int, browser: str, now: datetime) -> None:
    """Record that the account has signed in with this browser."""
    _lock(db, user_id)
    own = known_browser.c.user_id == user_id
    updated = db.execute(update(known_browser).where(own, known_browser.c.hash == browser).values(last_used_at=now))
    if updated.rowcount:
        return
    db.execute(insert(known_browser).values(user_id=user_id, hash=browser, last_used_at=now))
    latest_first = (
        select(known_browser.c.id).where(own).order_by(known_browser.c.last_used_at.desc(), known_browser.c.id.desc())
    )
    kept = list(db.scalars(latest_first.limit(BROWSERS_KEPT)))
    db.execute(delete(known_browser).where(own, known_browser.c.id.not_in(kept)))


def forget_browsers_of(db: Connection, user_id: int, *, keep: Collection[str] = ()) -> None:
    """Forget the account's browsers, except those with the hashes in `keep`."""
    db.execute(delete(known_browser).where(known_browser.c.user_id == user_id, known_browser.c.hash.not_in(keep)))


def forget_old(db: Connection, now: datetime) -> None:
    """Delete browsers without a sign-in for a year, and series of failures that are over."""
    db.execute(delete(known_browser).where(known_browser.c.last_used_at < now - BROWSERS_LAST))
    db.execute(delete(sign_in_failure).where(sign_in_failure.c.last_at < now - SERIES_LASTS))


# failures


def add_failures(db: Connection, new: Mapping[int, Failures], now: datetime) -> None:
    """Merge each account's new failures (by account id) into its stored series, which all servers share."""
    # servers that write at the same time lock accounts in one order: no deadlock
    for user_id, series in sorted(new.items()):
        _lock(db, user_id)
        stored = _series(db, user_id)
        # a series in the future dates from before the clock was set back: it would never end
        if stored is None or not now - SERIES_LASTS < stored.last_at <= now + SERIES_LASTS:
            db.execute(delete(sign_in_failure).where(sign_in_failure.c.user_id == user_id))
            db.execute(insert(sign_in_failure).values(user_id=user_id, **vars(series)))
        else:
            merged = vars(stored.merge(series))
            db.execute(update(sign_in_failure).where(sign_in_failure.c.user_id == user_id).values(**merged))


def failures(db: Connection, user_ids: set[int], now: datetime) -> dict[int, Failures]:
    """Return the series that must be reported, by account id, of these accounts."""
    rows = db.execute(
        select(sign_in_failure).where(
            sign_in_failure.c.user_id.in_(user_ids),
            sign_in_failure.c.count >= NOTICED,
            sign_in_failure.c.last_at > now - SERIES_LASTS,
        )
    )
    return {row.user_id: _failures(row) for row in rows}


def forget_few_failures(db: Connection, user_id: int) -> None:
    """Delete the account's series after a sign-in if it is too short to report; a longer series stays."""
    db.execute(delete(sign_in_failure).where(sign_in_failure.c.user_id == user_id, sign_in_failure.c.count < NOTICED))


def _series(db: Connection, user_id: int) -> Failures | None:
    row = db.execute(select(sign_in_failure).where(sign_in_failure.c.user_id == user_id)).one_or_none()
    return _failures(row) if row else None


def _failures(row: Any) -> Failures:
    # `row.count` would be the tuple's method
    columns = row._mapping  # noqa: SLF001 - public; the underscore keeps it apart from column names
    return Failures(columns["count"], row.first_at, row.last_at, row.last_address)


def _lock(db: Connection, user_id: int) -> None:
    """Lock the account's row, so that two servers do not both insert."""
    db.execute(select(user.c.id).where(user.c.id == user_id).with_for_update())
