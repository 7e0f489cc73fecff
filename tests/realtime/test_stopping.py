"""SIGTERM finishes running requests, ends waiting ones, and leaves an intact database."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import httpx

from tests.journeys.client import eventually
from tests.journeys.giliran import Giliran
from tests.journeys.screen import Screen
from tests.realtime.test_feed import BRANCH


def wait_for_claim(server: Giliran, agent: str) -> None:
    """Wait until the server shows the printer as connected: then its claim is waiting."""
    url, headers = f"{server.url}/api/v1/branches/central/queue", {"Authorization": f"Bearer {agent}"}
    with httpx.Client(headers=headers, trust_env=False, timeout=60) as staff:
        eventually(lambda: staff.get(url).json()["printers"][0], lambda printer: bool(printer["connected"]))


def test_a_server_with_a_waiting_printer_and_a_watching_screen_stops_at_once(tmp_path: Path) -> None:
    server = Giliran(tmp_path / "data")
    server.start()
    server.apply(BRANCH)
    roles = ("printer", "display", "agent")
    tokens = {role: server.done("token", "create", "--role", role, "--branch", "central") for role in roles}
    answers: list[int] = []

    def claim() -> None:
        headers = {"Authorization": f"Bearer {tokens['printer']}"}
        url = f"{server.url}/api/v1/print-jobs/claim"
        answers.append(httpx.post(url, json={"wait": 25}, headers=headers, timeout=60, trust_env=False).status_code)

    waiting = threading.Thread(target=claim)
    with Screen(server.url, tokens["display"]) as wall:
        wall.subscribe("central", "board")
        waiting.start()
        wait_for_claim(server, tokens["agent"])
        assert server.stop() == 0
        wall.until_disconnected()
    waiting.join(60)
    assert answers in ([204], [503])
    if server.database is None:
        with closing(sqlite3.connect(server.data / "giliran.db")) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
