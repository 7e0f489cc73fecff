"""What sign-in remembers of accounts: the browsers in which each has signed in, and its failed sign-ins."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from server.store.sql.compiled_statements import CompiledStatement
from server.store.sql.schema import known_browser, sign_in_failure, user

BROWSERS_KEPT = 20
"""Browsers of one account; the one least lately used goes for a new one."""
BROWSERS_LAST = timedelta(days=365)
SERIES_LASTS = timedelta(hours=24)
"""A failure so long after the last one begins a new series."""
NOTICED = 3
"""Failures from which on people are told; one or two are slips of the finger."""

_KNOWN = CompiledStatement(select(known_browser.c.id).where(known_browser.c.hash == bindparam("hash")).limit(1))


@dataclass(frozen=True)
class Failures:
    """A series of failed sign-ins of one account: how many, from when to when, and where the last came from."""

    count: int
    first_at: datetime
    last_at: datetime
    last_address: str

    def and_(self, other: Failures) -> Failures:
        """Both series as one."""
        last = other if other.last_at >= self.last_at else self
        return replace(last, count=self.count + other.count, first_at=min(self.first_at, other.first_at))


# browsers


def is_known(db: Connection, browser: str) -> bool:
    """Whether any account has signed in in the browser of that hash."""
    return _KNOWN.row(db, hash=browser) is not None


def knows(db: Connection, user_id: int, browser: str) -> bool:
    """Whether this account has signed in in the browser of that hash."""
    found = select(known_browser.c.id).where(known_browser.c.user_id == user_id, known_browser.c.hash == browser)
    return db.execute(found).first() is not None


def remember_browser(db: Connection, user_id: int, browser: str, now: datetime) -> None:
    """The account has signed in there."""
    _lock(db, user_id)
    own = known_browser.c.user_id == user_id
    used = db.execute(update(known_browser).where(own, known_browser.c.hash == browser).values(last_used_at=now))
    if used.rowcount:
        return
    db.execute(insert(known_browser).values(user_id=user_id, hash=browser, last_used_at=now))
    latest = (
        select(known_browser.c.id).where(own).order_by(known_browser.c.last_used_at.desc(), known_browser.c.id.desc())
    )
    kept = list(db.scalars(latest.limit(BROWSERS_KEPT)))
    db.execute(delete(known_browser).where(own, known_browser.c.id.not_in(kept)))


def forget_browsers_of(db: Connection, user_id: int, *, but: Collection[str] = ()) -> None:
    """No browser is known to the account any more, except those of these hashes."""
    db.execute(delete(known_browser).where(known_browser.c.user_id == user_id, known_browser.c.hash.not_in(but)))


def forget_old(db: Connection, now: datetime) -> None:
    """Drop browsers in which nobody signed in for a year, and series of failures that are over."""
    db.execute(delete(known_browser).where(known_browser.c.last_used_at < now - BROWSERS_LAST))
    db.execute(delete(sign_in_failure).where(sign_in_failure.c.last_at < now - SERIES_LASTS))


# failures


def add_failures(db: Connection, found: Mapping[int, Failures], now: datetime) -> None:
    """Add to the series of these accounts (by id), whichever servers they failed at."""
    for user_id, series in sorted(found.items()):  # servers that write at the same time take the accounts in one order
        _lock(db, user_id)
        before = _series(db, user_id)
        # one of the future was written before the clock was set back; it would never be over
        if before is None or not now - SERIES_LASTS < before.last_at <= now + SERIES_LASTS:
            db.execute(delete(sign_in_failure).where(sign_in_failure.c.user_id == user_id))
            db.execute(insert(sign_in_failure).values(user_id=user_id, **vars(series)))
        else:
            together = vars(before.and_(series))
            db.execute(update(sign_in_failure).where(sign_in_failure.c.user_id == user_id).values(**together))


def failures(db: Connection, user_ids: set[int], now: datetime) -> dict[int, Failures]:
    """Account id → its series, of those of these accounts that people should be told of."""
    rows = db.execute(
        select(sign_in_failure).where(
            sign_in_failure.c.user_id.in_(user_ids),
            sign_in_failure.c.count >= NOTICED,
            sign_in_failure.c.last_at > now - SERIES_LASTS,
        )
    )
    return {row.user_id: _failures(row) for row in rows}


def forget_slips(db: Connection, user_id: int) -> None:
    """The account has signed in: a failure or two before that were its own. A longer series stays, to be read."""
    db.execute(delete(sign_in_failure).where(sign_in_failure.c.user_id == user_id, sign_in_failure.c.count < NOTICED))


def _series(db: Connection, user_id: int) -> Failures | None:
    row = db.execute(select(sign_in_failure).where(sign_in_failure.c.user_id == user_id)).one_or_none()
    return _failures(row) if row else None


def _failures(row: Any) -> Failures:
    # `row.count` would be the method that a row has as a tuple
    kept = row._mapping  # noqa: SLF001 - public, underscored so that no column can have its name
    return Failures(kept["count"], row.first_at, row.last_at, row.last_address)


def _lock(db: Connection, user_id: int) -> None:
    """Take the account's row first, so that two servers do not both insert."""
    db.execute(select(user.c.id).where(user.c.id == user_id).with_for_update())
