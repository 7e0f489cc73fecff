"""A retry gets the same deed: presses that were answered, kept in the deed's own transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, delete, select

from server.domain.errors import IdempotencyConflict
from server.store.engines.transaction import Transaction
from server.store.sql.compiled_statements import Prepared, insertion
from server.store.sql.schema import idempotency

KEPT = timedelta(days=2)


@dataclass(frozen=True)
class Press:
    """One press of a button: who (`user:3`, `token:7`), its Idempotency-Key, and the request's fingerprint."""

    principal: str
    key: str
    fingerprint: str


_find = Prepared(
    select(idempotency.c.fingerprint, idempotency.c.deed).where(
        idempotency.c.principal == bindparam("principal"), idempotency.c.key == bindparam("key")
    )
)
_insert = Prepared(insertion(idempotency, "principal", "key", "fingerprint", "deed", "at"))


def recall(tx: Transaction, press: Press, line: str | None) -> tuple[bool, Any]:
    """(True, the deed's reference) if this press was done before; `line` is the branch that its deed would enter.

    Raises IdempotencyConflict where the key was used for another request.
    """
    asked = {"principal": press.principal, "key": press.key}
    row = tx.take(line, **asked) if line is not None else _find.row(tx.db, **asked)
    if row is None or row.fingerprint is None:
        return False, None
    if row.fingerprint != press.fingerprint:
        raise IdempotencyConflict("This Idempotency-Key was used for another request. Use a new key.")
    return True, row.deed


def remember(tx: Transaction, press: Press, reference: Any) -> None:
    """Keep the reference (JSON: ids, never secrets) under the press."""
    _insert.run(
        tx.db, principal=press.principal, key=press.key, fingerprint=press.fingerprint, deed=reference, at=tx.now
    )


def forget_old(tx: Transaction) -> None:
    """Drop presses past their time; no client retries after two days."""
    tx.db.execute(delete(idempotency).where(idempotency.c.at < tx.now - KEPT))
