"""Migrations: from empty and from every earlier release, completely or not at all, and never downwards."""

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from server.domain.errors import Invalid, Unavailable
from server.store.engines.store import DATABASE_FILE, Store, sqlite_url
from server.store.maintenance import deep_checkup, migrating
from server.store.maintenance.migrating import migrate, newest, revision, revisions
from server.store.sql.schema import metadata
from server.store.tables import accounts
from tests.clock import HandClock
from tests.store.releases_kept import KEPT, put, rows, serves_on

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.sqlite


def test_migrations_from_empty_make_the_schema_of_the_code(tmp_path: Path) -> None:
    store = Store(sqlite_url(tmp_path), HandClock())
    before, now = migrate(store)
    assert before is None
    assert migrate(store) == (now, now)
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False, "render_as_batch": True})
        assert compare_metadata(context, metadata) == []
        # Alembic does not compare what a partial index holds
        said = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'index'").all()
        made: dict[str, str] = dict(said)
        for index in (index for table in metadata.tables.values() for index in table.indexes):
            held = index.dialect_options["sqlite"]["where"]
            made_of = made[str(index.name)].partition(" WHERE ")[2]
            assert made_of == ("" if held is None else str(held)), index.name
    store.close()


def test_a_database_of_a_newer_release_is_refused_untouched(tmp_path: Path) -> None:
    store = Store(sqlite_url(tmp_path), HandClock())
    migrate(store)
    with store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Unavailable, match="newer release"):
        migrate(store)
    store.close()


def test_the_files_of_the_migrations_are_named_by_their_revisions_in_their_order() -> None:
    scripts = ScriptDirectory(str(Path(migrating.__file__).parents[1] / "migrations"))
    assert revisions() == [script.revision for script in scripts.walk_revisions()][::-1]
    assert newest() == scripts.get_current_head()


def test_the_database_of_every_earlier_release_is_kept() -> None:
    missing = set(revisions()[:-1]) - {file.stem for file in KEPT}
    assert not missing, (
        f"no database of schema {missing} is kept: check out the commit before the migration that follows it, "
        "and run `python -m tests.store.keep_release` there"
    )


@pytest.mark.parametrize("file", KEPT, ids=lambda file: file.stem)
def test_an_earlier_release_migrates_with_every_row_and_serves_on(file: Path, tmp_path: Path) -> None:
    told = put(file, tmp_path)
    before = rows(tmp_path / DATABASE_FILE)
    assert [table for table, (_, kept) in before.items() if not kept] == []
    clock = HandClock(datetime.fromisoformat(told["now"]))
    store = Store(sqlite_url(tmp_path), clock)
    assert migrate(store) == (file.stem, newest())
    assert rows(tmp_path / DATABASE_FILE, like=before) == before
    with store.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
        context = MigrationContext.configure(connection, opts={"compare_type": False, "render_as_batch": True})
        assert compare_metadata(context, metadata) == []
    assert store.scan(deep_checkup.examine).differences == []
    store.close()

    serves_on(told, clock, tmp_path)


INTERRUPTED = """
import os, resource, signal, sys
from pathlib import Path
from sqlalchemy import Engine, event
from server.domain.errors import Refused
from server.store.engines.store import Store, sqlite_url
from server.store.maintenance.migrating import migrate
from tests.clock import HandClock

how, data = sys.argv[1], Path(sys.argv[2])
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
if how == "full disk":
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
elif how == "before the commit":
    event.listen(Engine, "commit", die)
else:
    @event.listens_for(Engine, "after_cursor_execute")
    def executed(connection, cursor, statement, *_):
        if statement.lstrip().startswith("ALTER"):
            die()
try:
    migrate(Store(sqlite_url(data), HandClock()))
except Refused as refused:
    sys.exit(refused.detail)
"""


@pytest.mark.parametrize(
    "how", ["in the middle", pytest.param("before the commit", marks=pytest.mark.torture), "full disk"]
)
def test_a_migration_that_is_cut_off_leaves_the_old_database_whole(how: str, tmp_path: Path) -> None:
    put(KEPT[0], tmp_path)
    before = rows(tmp_path / DATABASE_FILE)
    cut = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, how, str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    if how == "full disk":
        assert cut.returncode == 1 and "Nothing was changed" in cut.stderr, cut.stderr
    else:
        assert cut.returncode == -signal.SIGKILL, cut.stderr
    store = Store(sqlite_url(tmp_path), HandClock())
    assert revision(store) == KEPT[0].stem
    store.close()
    assert rows(tmp_path / DATABASE_FILE) == before
    store = Store(sqlite_url(tmp_path), HandClock())
    assert migrate(store) == (KEPT[0].stem, newest())
    store.close()
    assert rows(tmp_path / DATABASE_FILE, like=before) == before


def test_accounts_of_an_earlier_release_keep_role_branch_and_name(tmp_path: Path) -> None:
    put(ROOT / "tests/store/releases/0003.sql", tmp_path)
    with closing(sqlite3.connect(tmp_path / DATABASE_FILE)) as db, db:
        for name, role, branch_id in (("RANI", "supervisor", None), ("Budi  S", "admin", 2)):
            db.execute(
                "INSERT INTO user_account (name, role, branch_id, disabled) VALUES (?, ?, ?, 0)",
                (name, role, branch_id),
            )
    store = Store(sqlite_url(tmp_path), HandClock())
    migrate(store)

    def found(name: str) -> tuple[str, list[tuple[str | None, str]]]:
        user = store.read(lambda db: accounts.by_name(db, name))
        assert user is not None
        return user.name, [(m.slug, m.role.value) for m in user.memberships]

    assert found("rani") == ("rani", [("central", "agent")])
    assert found("RANI") == ("RANI", [(None, "supervisor")])
    assert found("budi s") == ("Budi  S", [("kathmandu", "admin")])
    assert store.read(accounts.namesakes) == [["RANI", "rani"]]
    with pytest.raises(Invalid, match="RANI, rani"):
        found("Rani")
    store.close()
