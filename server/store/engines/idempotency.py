"""Requests that were done, kept by their Idempotency-Key in the same transaction, so that a retry repeats nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, delete, select

from server.domain.errors import IdempotencyConflict
from server.store.engines.transaction import Transaction
from server.store.sql.compiled_statements import CompiledStatement, insertion
from server.store.sql.schema import idempotency

KEPT = timedelta(days=2)


@dataclass(frozen=True)
class IdempotentRequest:
    """One request that may be sent again: who (`user:3`, `token:7`), its key, and the request's fingerprint."""

    principal: str
    key: str
    fingerprint: str


_find = CompiledStatement(
    select(idempotency.c.fingerprint, idempotency.c.deed).where(
        idempotency.c.principal == bindparam("principal"), idempotency.c.key == bindparam("key")
    )
)
_insert = CompiledStatement(insertion(idempotency, "principal", "key", "fingerprint", "deed", "at"))


def recall(tx: Transaction, request: IdempotentRequest, batch_key: str | None) -> tuple[bool, Any]:
    """Return (True, the action's reference) for a request that was done before, else (False, None).

    `batch_key` is the slug of the branch that the action would enter.

    Raises IdempotencyConflict where the key was used for another request.
    """
    asked = {"principal": request.principal, "key": request.key}
    row = tx.take(batch_key, **asked) if batch_key is not None else _find.row(tx.db, **asked)
    if row is None or row.fingerprint is None:
        return False, None
    if row.fingerprint != request.fingerprint:
        raise IdempotencyConflict("This Idempotency-Key was used for another request. Use a new key.")
    return True, row.deed


def remember(tx: Transaction, request: IdempotentRequest, reference: Any) -> None:
    """Keep the reference (JSON: ids, never secrets) under the request's key."""
    _insert.run(
        tx.db, principal=request.principal, key=request.key, fingerprint=request.fingerprint, deed=reference, at=tx.now
    )


def forget_old(tx: Transaction) -> None:
    """Drop requests past their time; no client retries after two days."""
    tx.db.execute(delete(idempotency).where(idempotency.c.at < tx.now - KEPT))
