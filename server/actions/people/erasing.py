"""Erase personal data when the branch's retention time is over."""

from __future__ import annotations

from datetime import date, datetime

from server.domain.branch import Branch
from server.domain.calendar import business_day
from server.store.engines.store import Db
from server.store.engines.transaction import Transaction
from server.store.tables import branches, erasure


def due(db: Db, now: datetime) -> list[int]:
    """Return the ids of branches, retired ones included, that have personal data older than the retention time."""
    return [b.id for b in branches.list_all(db, retired_too=True) if _is_due(db, b, now)]


def erase_personal_data(tx: Transaction, branch_id: int) -> int:
    """Erase notes and reasons of days past the retention time; return how many tickets and events had some."""
    branch = tx.enter_id(branch_id, retired_too=True)
    if not _is_due(tx.db, branch, tx.now):
        return 0
    kept_from = _kept_from(branch, tx.now)
    begins, _ = business_day.day_bounds(kept_from, branch)
    return erasure.erase(tx.db, branch.id, kept_from, begins)


def _is_due(db: Db, branch: Branch, now: datetime) -> bool:
    done = erasure.erased_to(db, branch.id)
    return done is None or done < _kept_from(branch, now)


def _kept_from(branch: Branch, now: datetime) -> date:
    return business_day.today(branch, now) - branch.retention
