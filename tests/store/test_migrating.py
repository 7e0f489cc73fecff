"""Migrations: up from empty, the same as the schema that the code speaks, and never down into an old release."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from server.domain.errors import Unavailable
from server.store.engine import Store, sqlite_url
from server.store.migrating import migrate
from server.store.schema import metadata
from tests.clock import HandClock


def test_migrations_from_empty_make_the_schema_that_the_code_speaks(tmp_path: Path) -> None:
    store = Store(sqlite_url(tmp_path), HandClock())
    before, now = migrate(store)
    assert before is None
    assert migrate(store) == (now, now)
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False, "render_as_batch": True})
        assert compare_metadata(context, metadata) == []
        partial = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE sql LIKE '%WHERE state%'")
        assert {r[0] for r in partial} == {
            "ix_ticket_line", "ix_ticket_open", "uq_ticket_at_counter", "ix_print_job_open",
        }  # fmt: skip
    store.close()


def test_a_database_of_a_newer_release_is_refused_untouched(tmp_path: Path) -> None:
    store = Store(sqlite_url(tmp_path), HandClock())
    migrate(store)
    with store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Unavailable, match="newer release"):
        migrate(store)
    store.close()
