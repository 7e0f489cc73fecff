"""Open the set-up of a server without an administrator, protected by a code; close it once there is one."""

from __future__ import annotations

from server.store.engines.transaction import Transaction
from server.store.tables import accounts


def open_or_close_setup(tx: Transaction) -> str | None:
    """Open the set-up if the server has no administrator, else close it; return its code, None if it is closed.

    A new code is drawn each time the set-up opens; it is the same on every server of this database.
    """
    accounts.lock(tx.db)
    if accounts.has_admin(tx.db):
        accounts.close_setup(tx.db)
        return None
    return accounts.open_setup(tx.db)
