"""Which servers work on a shared database: each says so in a row of its own, again and again, while it lives."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from server.store.sql.schema import meta

TOLD_EVERY = timedelta(seconds=10)
ALIVE_WITHIN = timedelta(seconds=30)
_KEY = "server:"


@dataclass(frozen=True)
class Server:
    """One process that serves: `name` is new at every start, `host` its machine; `linked` says that it has a Redis."""

    name: str
    host: str
    port: int
    pid: int
    linked: bool


def tell(db: Connection, one: Server, now: datetime) -> None:
    """Say that it lives; rows of those that have long been silent go."""
    value = json.dumps(
        {"at": now.timestamp(), "host": one.host, "port": one.port, "pid": one.pid, "linked": one.linked}
    )
    key = _KEY + one.name
    if db.execute(update(meta).where(meta.c.key == key).values(value=value)).rowcount == 0:
        db.execute(insert(meta).values(key=key, value=value))
    dead = [server.name for server, at in _rows(db) if abs(now - at) > 10 * ALIVE_WITHIN]
    if dead:
        db.execute(delete(meta).where(meta.c.key.in_([_KEY + name for name in dead])))


def forget(db: Connection, one: Server) -> None:
    """It stops."""
    db.execute(delete(meta).where(meta.c.key == _KEY + one.name))


def alive(db: Connection, now: datetime) -> list[Server]:
    """The servers that have said lately that they live, by host and port.

    One that said so in the future did it before the clock was set back; if it lives, it says so again in a moment.
    """
    found = [server for server, at in _rows(db) if abs(now - at) < ALIVE_WITHIN]
    return sorted(found, key=lambda server: (server.host, server.port))


def unlinked(servers: Sequence[Server]) -> str | None:
    """What is to be told of servers that hear of each other's actions only by looking; None where nothing is."""
    without = [server for server in servers if not server.linked]
    if len(servers) < 2 or not without:
        return None
    some = ", ".join(f"{server.host}:{server.port}" for server in without)
    return (
        f"{len(servers)} servers work on this database, and {some} without Redis: "
        "screens follow what another server did a second late."
    )


def _rows(db: Connection) -> list[tuple[Server, datetime]]:
    found = []
    for key, value in db.execute(select(meta.c.key, meta.c.value).where(meta.c.key.startswith(_KEY))):
        told = json.loads(value)
        server = Server(key.removeprefix(_KEY), told["host"], told["port"], told["pid"], told["linked"])
        found.append((server, datetime.fromtimestamp(told["at"], UTC)))
    return found
