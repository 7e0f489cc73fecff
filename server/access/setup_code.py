"""The one-time code by which the first administrator sets a new server up."""

from __future__ import annotations

from server.actions.people.setting_up import open_or_close_setup
from server.store.engines.store import Store
from server.store.tables import accounts


class SetupCode:
    """The code while there is no administrator: the same on every server that works on this database.

    It is drawn when a server starts without one, and kept in the database until there is one. Once there was one, the
    set-up stays closed here until the next start. `never` keeps it closed from the start.
    """

    def __init__(self, store: Store, *, never: bool) -> None:
        self._store = store
        self._closed = never or store.write(open_or_close_setup, lambda _tx, code: code) is None

    def __call__(self) -> str | None:
        """Return the code; None where the set-up is closed."""
        if self._closed:
            return None
        code = self._store.read(lambda db: None if accounts.has_admin(db) else accounts.setup_code(db))
        self._closed = code is None
        return code
