"""The set-up of a server without an administrator: open with a code of its own, closed once there is one."""

from __future__ import annotations

from server.store.engines.transaction import Transaction
from server.store.tables import accounts


def open_or_close_setup(tx: Transaction) -> str | None:
    """Open the set-up where nobody can administer the server, else close it; returns its code, None where closed.

    The code is drawn afresh each time the set-up opens, and is the same on every server of this database.
    """
    accounts.lock(tx.db)
    if accounts.has_admin(tx.db):
        accounts.close_setup(tx.db)
        return None
    return accounts.open_setup(tx.db)
