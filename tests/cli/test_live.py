"""An operator's server: backed up while it is busy, checked, restored and restarted."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Condition, Event, Thread
from typing import Any, TypeVar

import httpx
import pytest
import yaml
from click.testing import CliRunner, Result

from server.app import build
from server.cli import giliran
from server.domain.history.rebuilding import rebuild
from server.settings import Settings
from server.store.engines.store import DATABASE_FILE, Store, sqlite_url
from server.store.maintenance import deep_checkup
from server.store.tables import event_log
from tests.clock import HandClock
from tests.journeys.branches import MIDDAY_ZONE
from tests.journeys.giliran import Giliran

T = TypeVar("T")
BRANCH: dict[str, Any] = {
    "branch": {"slug": "central", "name": {"en": "Central"}, "timezone": MIDDAY_ZONE, "languages": ["id", "en"]},
    "services": [{"code": "A", "name": {"en": "Accounts"}, "last_number": 9999}],
    "counters": [{"number": 1, "name": {"en": "Counter 1"}, "services": ["A"]}],
    "kiosks": [{"name": "Lobby"}],
}


class Traffic:
    """Customers who take numbers and staff who serve them, without a pause, until stopped."""

    def __init__(self, server: Giliran, kiosk: str, agent: str) -> None:
        self.given: list[tuple[str, str]] = []
        self.failures: list[str] = []
        self._server, self._kiosk, self._agent = server, kiosk, agent
        self._enough = Event()
        self._told = Condition()
        """Guards the lists of numbers and failures."""

    def _go(self) -> None:
        with httpx.Client(base_url=f"{self._server.url}/api/v1", trust_env=False, timeout=60) as client:
            counter = "/counters/central/1"
            staff = {"Authorization": f"Bearer {self._agent}"}
            client.post(f"{counter}/open", headers=staff, json={})
            while not self._enough.is_set():
                answer = client.post(
                    "/branches/central/tickets",
                    headers={"Authorization": f"Bearer {self._kiosk}"},
                    json={"service": "A"},
                )
                if answer.status_code != 201:
                    self._tell(self.failures, answer.text)
                    return
                self._tell(self.given, (answer.json()["number"], answer.json()["token"]))
                for verb in ("call-next", "start", "finish"):
                    done = client.post(f"{counter}/{verb}", headers=staff, json={})
                    if done.status_code != 200:
                        self._tell(self.failures, done.text)

    def _tell(self, where: list[T], what: T) -> None:
        with self._told:
            where.append(what)
            self._told.notify_all()

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Run traffic during a block; at least one customer is served before it starts."""
        thread = Thread(target=self._go)
        thread.start()
        try:
            self.after(5)
            yield
        finally:
            self._enough.set()
            thread.join(60)

    def after(self, more: int) -> None:
        """Wait until this many more numbers are issued."""
        wanted = len(self.given) + more
        with self._told:
            enough = self._told.wait_for(lambda: len(self.given) >= wanted or bool(self.failures), 60)
        assert enough, f"only {len(self.given)} of {wanted} were given a number"


def run(data: Path, *words: str, stdin: str = "") -> Result:
    """Run a command beside the server, in this process: starting a program takes a second."""
    return CliRunner().invoke(giliran, [*words, "--data", str(data)], input=stdin)


def done(data: Path, *words: str, stdin: str = "") -> str:
    """Run a command that must succeed; return its output."""
    result = run(data, *words, stdin=stdin)
    assert result.exit_code == 0, f"giliran {' '.join(words)}: {result.output}"
    return result.stdout.strip()


def declared(data: Path, branch: dict[str, Any]) -> None:
    file = data.with_suffix(".yaml")
    file.write_text(yaml.safe_dump(branch), encoding="utf-8")
    done(data, "apply", str(file))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Giliran]:
    one = Giliran(tmp_path / "data")
    declared(one.data, BRANCH)
    one.start()
    yield one
    one.kill()


def test_a_busy_server_is_backed_up_checked_and_restored(server: Giliran, tmp_path: Path) -> None:
    kiosk, agent = (
        done(server.data, "token", "create", "--role", r, "--branch", "central") for r in ("kiosk", "agent")
    )
    done(server.data, "user", "add", "wulan", "--role", "admin", "--password-stdin", stdin="nomor antrean anda\n")
    public, file = Traffic(server, kiosk, agent), tmp_path / "busy.zip"
    with public.busy():
        known = list(public.given)
        done(server.data, "backup", str(file))
        looked = run(server.data, "doctor", "--json")
        public.after(3)
    assert public.failures == []

    told = json.loads(looked.stdout)
    assert (looked.exit_code, told["problems"]) == (0, 0), looked.stdout
    assert any(f["about"] == "server" and f"port {server.port}" in f["detail"] for f in told["findings"])

    restored = tmp_path / "restored"
    assert "central (" in done(restored, "restore", str(file))
    store = Store(sqlite_url(restored), HandClock())
    log = store.read(lambda db: event_log.after(db, 1, 0, 1_000_000))
    rebuilt = rebuild(log)
    assert store.scan(deep_checkup.examine).differences == []
    store.close()
    assert [e.seq for e in log] == list(range(1, len(log) + 1))
    numbers = [one.number for one in rebuilt.values()]
    assert numbers == [f"A{n:04d}" for n in range(1, len(numbers) + 1)]
    # whoever had a number before the backup began is in it
    assert {number for number, _ in known} <= set(numbers)

    again = build(Settings(data=restored))
    client = again.flask.test_client()
    for number, token in known:
        assert (client.get(f"/api/v1/tickets/{token}").json or {})["number"] == number
    issued = client.post(
        "/api/v1/branches/central/tickets", json={"service": "A"}, headers={"Authorization": f"Bearer {kiosk}"}
    )
    assert (issued.json or {})["number"] == f"A{len(numbers) + 1:04d}"
    refused = run(restored, "restore", str(file), "--replace")
    assert (refused.exit_code, "server already uses" in refused.stderr) == (1, True)
    again.stop()

    # the lock file still exists, but nobody holds it
    looked = run(restored, "doctor")
    assert looked.exit_code == 1
    assert "No server runs" in looked.stdout
    told_again = done(restored, "restore", str(file), "--replace")
    kept = next(restored.glob("before-restore-*"))
    assert str(kept) in told_again
    with closing(sqlite3.connect(kept / DATABASE_FILE)) as db:
        assert db.execute("SELECT count(*) FROM ticket").fetchone()[0] == len(numbers) + 1


def test_doctor_reports_throttled_accounts_sockets_and_memory_of_the_server(server: Giliran) -> None:
    done(server.data, "user", "add", "rani", "--role", "agent", "--branch", "central", "--password-stdin",
         stdin="nomor antrean anda\n")  # fmt: skip
    with httpx.Client(base_url=f"{server.url}/api/v1", trust_env=False, timeout=60) as stranger:
        assert stranger.get("/branches", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 200
        told: list[str] = []
        while not any("the account rani" in detail for detail in told):  # refused for half a minute, after ten tries
            while stranger.post("/session", json={"name": "rani", "password": "wrong wrong"}).status_code != 429:
                pass
            found = json.loads(run(server.data, "doctor", "--json").stdout)["findings"]
            told = [f["detail"] for f in found if f["about"] == f"server at port {server.port}"]
    assert any("MB of memory" in detail and "open sockets: none" in detail for detail in told), told
    assert any("sign-in to the account rani (for" in detail for detail in told), told
    assert any("carry X-Forwarded-For" in detail for detail in told), told


def test_doctor_reports_faults_of_clock_devices_and_services(tmp_path: Path) -> None:
    data = tmp_path / "data"
    lonely = BRANCH | {"services": [*BRANCH["services"], {"code": "Z", "name": {"en": "Nobody's"}}]}
    declared(data, lonely)
    with closing(sqlite3.connect(data / DATABASE_FILE)) as db, db:
        ahead = timedelta(hours=3) // timedelta(microseconds=1)
        db.execute(
            "UPDATE branch SET revision = revision + 1, last_at = last_at + ?, public_url = 'http://127.0.0.1:8080'",
            (ahead,),
        )
    data.chmod(0o755)
    looked = run(data, "doctor")
    assert looked.exit_code == 1
    for words in (
        "No server runs",
        "No counter takes Z",
        "behind the last event",
        "It has no token",
        "--role kiosk --branch central --name 'Lobby'",
        "leads each phone to itself",
        "There is no administrator",
        "Other users of this machine can read",
    ):
        assert words in looked.stdout, looked.stdout
