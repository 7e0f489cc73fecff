"""Databases of earlier releases, stored as SQL, and restored to files."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, TypeAlias

from server.app import build
from server.settings import Settings
from server.store.engines.store import DATABASE_FILE
from tests.clock import HandClock

KEPT = sorted((Path(__file__).parent / "releases").glob("*.sql"))
Rows: TypeAlias = dict[str, tuple[list[str], list[tuple[Any, ...]]]]
"""(columns, rows) by table."""
MOVED = {
    ("user_account", column): f"(SELECT {column} FROM membership WHERE user_id = user_account.id)"
    for column in ("role", "branch_id")
}
"""The present SQL expression for each (table, column) of an earlier release that has moved."""


def put(file: Path, data: Path) -> dict[str, Any]:
    """Restore the stored database into a data directory; return what its server issued."""
    data.mkdir(exist_ok=True)
    script = file.read_text(encoding="utf-8")
    with closing(sqlite3.connect(data / DATABASE_FILE)) as db:
        db.executescript(script)
    issued: dict[str, Any] = json.loads(script.splitlines()[0].removeprefix("-- "))
    return issued


def serves_on(issued: dict[str, Any], clock: HandClock, data: Path, database: str | None = None) -> None:
    """Check that a server of this release still accepts what was issued, and issues the next number."""
    server = build(Settings(data=data, database=database), clock=clock)
    client = server.flask.test_client()

    def ask(token: str, method: str, path: str, **body: object) -> object:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = client.open(f"/api/v1{path}", method=method, json=body, headers=headers)
        assert answer.status_code < 300, f"{path}: {answer.text}"
        assert answer.json is not None
        return answer.json.get("number")

    try:
        for token, number in issued["customers"].items():
            assert ask("", "GET", f"/tickets/{token}") == number
        tokens = issued["tokens"]
        assert ask(tokens["kiosk"], "POST", "/branches/central/tickets", service="A") == "A011"
        assert ask(tokens["agent"], "POST", "/counters/central/1/recall") == "A005"
        for role, path in (("supervisor", "queue"), ("display", "board"), ("api", "events")):
            ask(tokens[role], "GET", f"/branches/central/{path}")
        client.set_cookie("giliran_session", issued["session"])
        ask("", "GET", "/session")
    finally:
        server.stop()


def rows(database: Path, like: Rows | None = None) -> Rows:
    """Return every row of every table; with `like`, only its tables and columns."""
    with closing(sqlite3.connect(database)) as db:
        return dict(_rows(db, like))


def _rows(db: sqlite3.Connection, like: Rows | None) -> Iterator[tuple[str, tuple[list[str], list[tuple[Any, ...]]]]]:
    tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    for table in list(like) if like is not None else [t for t in tables if t != "alembic_version"]:
        present = [c[1] for c in db.execute(f'PRAGMA table_info("{table}")')]
        columns = like[table][0] if like is not None else present
        select_list = ", ".join(f'"{c}"' if c in present else MOVED[table, c] for c in columns)
        yield table, (columns, sorted(db.execute(f'SELECT {select_list} FROM "{table}"'), key=repr))
