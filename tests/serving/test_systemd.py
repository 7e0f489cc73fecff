"""systemd is notified that the server is ready, and that it lives only while it answers."""

from __future__ import annotations

import os
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import gevent
import httpx
import pytest

from server.serving.systemd import Systemd, responds
from tests.journeys.giliran import Giliran


class Manager:
    """systemd's end of the notification socket."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.settimeout(60)

    def environment(self, watchdog_seconds: float) -> dict[str, str]:
        return {"NOTIFY_SOCKET": str(self.path), "WATCHDOG_USEC": str(int(watchdog_seconds * 1e6))}

    def notification(self) -> str:
        """Return the next notification."""
        return self.socket.recv(1000).decode()

    def clear(self) -> list[str]:
        """Return all unread notifications."""
        notifications = []
        self.socket.setblocking(False)
        try:
            while True:
                notifications.append(self.notification())
        except BlockingIOError:
            return notifications
        finally:
            self.socket.settimeout(60)


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    listening = Manager(tmp_path / "notify")
    yield listening
    listening.socket.close()


@pytest.mark.sqlite
def test_a_server_notifies_ready_watchdog_and_stopping_even_while_it_cannot_write(
    manager: Manager, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in manager.environment(watchdog_seconds=4).items():
        monkeypatch.setenv(name, value)
    server = Giliran(tmp_path / "data")
    server.start()
    try:
        assert manager.notification() == "READY=1"
        assert manager.notification() == "WATCHDOG=1"
        with closing(sqlite3.connect(server.data / "giliran.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            # a failure that the server tries to store, and cannot
            wrong = {"username": "nobody", "password": "wrong password"}
            httpx.post(f"{server.url}/api/v1/session", json=wrong, trust_env=False, timeout=60)
            manager.clear()
            assert [manager.notification(), manager.notification()] == ["WATCHDOG=1"] * 2
    finally:
        server.stop()
    assert [state for state in manager.clear() if state != "WATCHDOG=1"] == ["STOPPING=1"]


def test_a_server_that_does_not_answer_sends_no_watchdog(manager: Manager) -> None:
    answered = iter([True, False, False, True])
    systemd = Systemd(manager.environment(watchdog_seconds=0.02))
    with pytest.raises(StopIteration):
        systemd.keep_alive(lambda _: next(answered))
    assert manager.clear() == ["WATCHDOG=1"] * 2


def test_a_blocked_loop_sends_no_watchdog(manager: Manager) -> None:
    seen, go_on = threading.Event(), threading.Event()

    def serve() -> None:
        alive = gevent.spawn(Systemd(manager.environment(0.2)).keep_alive, lambda _: True)
        gevent.sleep(0.1)  # nobody reads meanwhile, and the socket holds few notifications
        seen.set()
        go_on.wait(60)  # blocks the loop, which runs on this thread
        alive.kill()

    thread = threading.Thread(target=serve)
    thread.start()
    assert seen.wait(60)
    assert set(manager.clear()) == {"WATCHDOG=1"}
    manager.socket.settimeout(0.3)
    with pytest.raises(TimeoutError):
        manager.notification()
    go_on.set()
    thread.join()


@pytest.mark.parametrize(
    ("answer", "lives"),
    [(b"HTTP/1.1 200 OK\r\n\r\n", True), (b"HTTP/1.1 503 No\r\n\r\n", False), (b"", False), (None, False)],
    ids=["well", "refuses", "hangs up", "silent"],
)
def test_a_server_answers_where_a_new_client_gets_an_answer(answer: bytes | None, lives: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        clients = []

        def serve() -> None:
            client = listener.accept()[0]
            client.recv(1000)
            clients.append(client)
            if answer is not None:
                client.sendall(answer)
                client.close()

        thread = threading.Thread(target=serve)
        thread.start()
        assert responds("0.0.0.0", listener.getsockname()[1], 0.3 if answer is None else 60) is lives
        thread.join()
        for client in clients:
            client.close()


def test_without_systemd_nothing_is_sent() -> None:
    systemd = Systemd({})
    systemd.notify("READY=1")
    systemd.keep_alive(partial(responds, "127.0.0.1", 1))


def test_another_process_watchdog_is_ignored_and_children_inherit_none(manager: Manager) -> None:
    environment = {**manager.environment(1), "WATCHDOG_PID": str(os.getpid() + 1)}
    assert Systemd(environment).watchdog_seconds is None
    assert environment == {}
