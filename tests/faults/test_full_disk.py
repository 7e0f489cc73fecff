"""The disk takes no more: said clearly, nothing half done, reading goes on, and with room again so does everything."""

from __future__ import annotations

import resource
import secrets
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import httpx
import pytest

from server.store.engines.store import DATABASE_FILE
from tests.faults.crowd import Calling
from tests.faults.house import a_house
from tests.journeys.branches import a_document, a_service
from tests.journeys.client import eventually, ok, refused
from tests.journeys.screen import Screen

SLUG = "penuh"
TICKETS = f"/branches/{SLUG}/tickets"
KILOBYTE = 1024
pytestmark = pytest.mark.timeout(300)


class Hall:
    """A branch, its server and those who call it; `full` and `empty` the disk as the test does it."""

    def __init__(self, path: Path, stack: ExitStack) -> None:
        document = a_document(SLUG, services=[a_service("A", last_number=9999)])
        self.server, tokens = a_house(path, document, "kiosk", "agent", "display", "api")
        stack.callback(self.server.kill)
        self.server.start()
        self.kiosk, self.agent, self.api = (
            stack.enter_context(Calling(self.server.url, tokens[role])) for role in ("kiosk", "agent", "api")
        )
        self.wall = tokens["display"]
        self.issued: dict[str, str] = {}
        self.called = 0
        ok(self.agent.post(f"/counters/{SLUG}/1/open", {}))

    def issue(self, key: str | None = None) -> httpx.Response:
        key = key or secrets.token_urlsafe()
        answer = self.kiosk.post(TICKETS, {"service": "A"}, key=key)
        if answer.is_success:
            self.issued[key] = answer.json()["number"]
        return answer

    def ready(self) -> httpx.Response:
        return httpx.get(f"{self.server.url}/readyz", trust_env=False, timeout=60)

    def goes_through_a_full_disk(self, fill: Callable[[], None], empty: Callable[[], None]) -> None:
        ticket = ok(self.issue(), 201)
        fill()
        wished = next(key for key in iter(secrets.token_urlsafe, "") if not self.issue(key).is_success)
        said = refused(self.issue(wished), 503, "unavailable")["detail"]
        assert "disk" in said and "Nothing was changed" in said
        for verb in ("call-next", "close"):
            refused(self.agent.post(f"/counters/{SLUG}/1/{verb}", {}), 503, "unavailable")
        unready = self.ready()
        assert unready.status_code == 503 and "disk" in unready.json()["detail"]
        # who only looks sees all that was acknowledged
        board = ok(self.agent.get(f"/branches/{SLUG}/board"))
        assert board["waiting"]["A"] == len(self.issued) - self.called
        assert ok(self.agent.get(f"/counters/{SLUG}/1"))["state"] == "open"
        assert ok(self.kiosk.get(f"/tickets/{ticket['token']}"))["number"] == ticket["number"]
        with Screen(self.server.url, self.wall) as wall:
            wall.subscribe(SLUG, "board")
            empty()
            eventually(lambda: self.ready().status_code, lambda status: status == 200)
            ok(self.issue(wished), 201)
            called = ok(self.agent.post(f"/counters/{SLUG}/1/call-next", {}))
            assert called["number"] == f"A{self.called + 1:04}"
            wall.until(lambda s: [c["number"] for c in s["board"]["calls"]][:1] == [called["number"]])
        ok(self.agent.post(f"/counters/{SLUG}/1/no-show", {}))
        self.called += 1
        for key, number in list(self.issued.items())[-5:]:
            assert ok(self.issue(key), 201)["number"] == number
        assert sorted(self.issued.values()) == [f"A{n + 1:04}" for n in range(len(self.issued))]

    def is_sound(self) -> None:
        self.server.kill()
        with closing(sqlite3.connect(self.server.data / DATABASE_FILE)) as db:
            assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert db.execute("SELECT count(*) FROM ticket").fetchone() == (len(self.issued),)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as one:
        yield one


def test_a_disk_that_takes_no_more_is_said_and_survived(tmp_path: Path, stack: ExitStack) -> None:
    hall = Hall(tmp_path, stack)
    _, most = resource.prlimit(hall.server.pid, resource.RLIMIT_FSIZE)

    def files_end_at(size: int) -> None:
        """From now on the kernel refuses the server every byte beyond."""
        resource.prlimit(hall.server.pid, resource.RLIMIT_FSIZE, (size, most))

    hall.goes_through_a_full_disk(lambda: files_end_at(64 * KILOBYTE), lambda: files_end_at(most))
    log = hall.server.log.read_text()
    assert (log.count("database_away"), log.count("database_back")) == (1, 1), "said once when it went, once when back"
    # and where the log itself cannot be written
    hall.goes_through_a_full_disk(lambda: files_end_at(0), lambda: files_end_at(most))
    hall.is_sound()


@pytest.mark.torture
def test_a_small_disk_that_is_really_full(tmp_path: Path, stack: ExitStack) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", disk], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"this machine lets nobody mount a small disk: {mounted.stderr.strip()}")
    stack.callback(lambda: subprocess.run(["umount", "--lazy", disk], check=True))
    hall = Hall(disk, stack)
    ballast = disk / "ballast"

    def fill() -> None:
        with ballast.open("ab", buffering=0) as file:
            for size in (1 << 20, 4 * KILOBYTE, 1):
                try:
                    while file.write(b"x" * size):
                        pass
                except OSError:
                    continue

    for _ in range(3):
        hall.goes_through_a_full_disk(fill, ballast.unlink)
    hall.is_sound()
