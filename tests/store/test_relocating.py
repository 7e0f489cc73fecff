"""A move from SQLite to PostgreSQL keeps every row and everything that people see."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, text

from server.app import build
from server.domain.errors import Invalid, Unavailable
from server.settings import Settings
from server.store.engines.store import Store, sqlite_url
from server.store.maintenance import data_directory, relocating
from server.store.maintenance.migrating import migrate
from server.store.sql.schema import metadata
from tests.clock import HandClock
from tests.postgres import UNSAFE, Postgres, a_postgres
from tests.store.sample_server import PASSWORD, SampleServer

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.sqlite  # brings both databases itself


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with a_postgres(*UNSAFE) as server:
        yield server


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """Return (a data directory with rows in every table, what its server issued)."""
    data = tmp_path_factory.mktemp("grown")
    rich = SampleServer(data)
    rich.close()
    return data, rich.issued


def views_of(data: Path, database: str | None, issued: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Return what each holder of a token or password sees, and the next number."""
    application = build(Settings(data=data, database=database), clock=HandClock(now))
    try:
        client = application.flask.test_client()

        def get(path: str, role: str) -> Any:
            answer = client.get(f"/api/v1{path}", headers={"Authorization": f"Bearer {issued['tokens'][role]}"})
            assert answer.status_code == 200, f"{path}: {answer.text}"
            return answer.json

        days = f"from={now - timedelta(days=3):%Y-%m-%d}&to={now + timedelta(days=1):%Y-%m-%d}"
        views = {
            path: get(path, role)
            for path, role in {
                "/branches/central/queue": "agent",
                "/branches/central/board": "display",
                "/branches/central/events?after=0&limit=1000": "api",
                "/branches/central/devices": "supervisor",
                "/branches/central/staff": "admin",
                **{f"/branches/central/statistics?{days}&by={by}": "supervisor" for by in ("counter", "hour", "day")},
            }.items()
        }
        views["customers"] = {token: client.get(f"/api/v1/tickets/{token}").json for token in issued["customers"]}
        session = application.flask.test_client().post(
            "/api/v1/session", json={"name": "wulan", "password": PASSWORD}, headers={"Idempotency-Key": "k"}
        )
        views["signed in"] = (session.status_code, session.json["user"], session.json["role"])  # type: ignore[index]
        # a request repeated from before the move, and the next number after it
        for key in ("press-0", "a new press"):
            answer = client.post(
                "/api/v1/branches/central/tickets",
                json={"service": "A"},
                headers={"Authorization": f"Bearer {issued['tokens']['kiosk']}", "Idempotency-Key": key},
            )
            views[key] = answer.json
        return views
    finally:
        application.stop()


def test_a_moved_branch_is_as_it_was_and_the_next_number_follows(
    grown: tuple[Path, dict[str, Any]], postgres: Postgres, tmp_path: Path
) -> None:
    data, issued = grown
    url = postgres.create("moved")
    done = subprocess.run(
        [sys.executable, "-m", "server", "migrate", "--from", f"sqlite:{data}", "--to", url],
        cwd=ROOT,
        env={k: v for k, v in os.environ.items() if not k.startswith("GILIRAN_")},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "each compared" in done.stdout

    old, new = Store(sqlite_url(data), HandClock()), Store(url, HandClock())
    for table in metadata.sorted_tables:
        rows = [
            sorted(store.read(lambda db: [repr(tuple(r)) for r in db.execute(table.select())]))  # noqa: B023
            for store in (old, new)
        ]
        assert rows[0] == rows[1], table.name
        assert rows[0], f"no row shows that {table.name} comes along"
    with pytest.raises(Invalid, match="not empty"):
        relocating.move(old, new)
    old.close()
    new.close()

    now = datetime.fromisoformat(issued["now"])
    after = views_of(tmp_path, url, issued, now)
    before = views_of(data, None, issued, now)
    for what, shown in before.items():
        assert after[what] == shown, what


def test_a_move_that_fails_leaves_the_new_database_empty(
    grown: tuple[Path, dict[str, Any]], postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, _ = grown
    old, new = Store(sqlite_url(data), HandClock()), Store(postgres.create("failed"), HandClock())
    read = relocating._read
    lost: list[str] = []

    def loses_one(db: Any, table: Any) -> Any:
        for rows in read(db, table):
            if table.name == "audit" and not lost:
                lost.append(repr(rows.pop()))
            yield rows

    with monkeypatch.context() as patch:
        patch.setattr(relocating, "_read", loses_one)
        with pytest.raises(Unavailable, match="copy of table audit differs"):
            relocating.move(old, new)
    assert lost
    with new.engine.connect() as connection:
        assert inspect(connection).get_table_names() == []
    # and the same target takes them then
    assert sum(one.rows for one in relocating.move(old, new)) > 100
    old.close()
    new.close()


def test_served_missing_or_older_data_are_not_moved(
    grown: tuple[Path, dict[str, Any]], postgres: Postgres, tmp_path: Path
) -> None:
    data, _ = grown
    new = Store(postgres.create("untouched"), HandClock())
    old = Store(sqlite_url(data), HandClock())
    with data_directory.locked(data, data_directory.SERVER), pytest.raises(Unavailable, match="Another server"):
        relocating.move(old, new)
    old.close()
    nowhere = tmp_path / "giliran.db"
    with pytest.raises(Invalid, match="no Giliran"):
        relocating.require_source(Store(sqlite_url(data), HandClock()).url.set(database=str(nowhere)))
    assert not nowhere.exists()
    older = Store(sqlite_url(tmp_path), HandClock())
    migrate(older)
    with older.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    with pytest.raises(Invalid, match="giliran migrate"):
        relocating.move(older, new)
    older.close()
    with new.engine.connect() as connection:
        assert inspect(connection).get_table_names() == []
    new.close()
