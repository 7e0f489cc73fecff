"""Servers on a shared database: each writes a heartbeat into a row of its own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from server.store.sql.schema import meta

HEARTBEAT_EVERY = timedelta(seconds=10)
ALIVE_WITHIN = timedelta(seconds=30)
_KEY = "server:"


@dataclass(frozen=True)
class Server:
    """One server process. `name` is new at every start, `host` is its machine, `linked` is true if it uses Redis."""

    name: str
    host: str
    port: int
    pid: int
    linked: bool


def heartbeat(db: Connection, server: Server, now: datetime) -> None:
    """Write the server's heartbeat, and delete the rows of servers that have long been silent."""
    value = json.dumps(
        {"at": now.timestamp(), "host": server.host, "port": server.port, "pid": server.pid, "linked": server.linked}
    )
    key = _KEY + server.name
    if db.execute(update(meta).where(meta.c.key == key).values(value=value)).rowcount == 0:
        db.execute(insert(meta).values(key=key, value=value))
    dead = [other.name for other, heartbeat_at in _rows(db) if abs(now - heartbeat_at) > 10 * ALIVE_WITHIN]
    if dead:
        db.execute(delete(meta).where(meta.c.key.in_([_KEY + name for name in dead])))


def remove(db: Connection, server: Server) -> None:
    """Delete the server's row, when it stops."""
    db.execute(delete(meta).where(meta.c.key == _KEY + server.name))


def alive(db: Connection, now: datetime) -> list[Server]:
    """Return the servers with a recent heartbeat, sorted by host and port.

    A heartbeat far in the future dates from before the clock was set back; a live server soon writes another.
    """
    live = [server for server, at in _rows(db) if abs(now - at) < ALIVE_WITHIN]
    return sorted(live, key=lambda server: (server.host, server.port))


def missing_redis_warning(servers: Sequence[Server]) -> str | None:
    """Return a warning if several servers share the database and some lack Redis; otherwise None.

    Without Redis, a server learns of other servers' actions only by polling.
    """
    without = [server for server in servers if not server.linked]
    if len(servers) < 2 or not without:
        return None
    names = ", ".join(f"{server.host}:{server.port}" for server in without)
    return (
        f"{len(servers)} servers use this database, and {names} run without Redis: "
        "screens show the actions of another server up to a second late."
    )


def _rows(db: Connection) -> list[tuple[Server, datetime]]:
    rows = []
    for key, value in db.execute(select(meta.c.key, meta.c.value).where(meta.c.key.startswith(_KEY))):
        row = json.loads(value)
        server = Server(key.removeprefix(_KEY), row["host"], row["port"], row["pid"], row["linked"])
        rows.append((server, datetime.fromtimestamp(row["at"], UTC)))
    return rows
