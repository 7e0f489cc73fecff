"""Connections that send nothing, little, or too much are ended, and delay nobody else."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from typing import Any

import gevent
import pytest
from structlog.testing import capture_logs

from server.serving.connections import Connections
from server.serving.hang_ups import SLOW_CONNECTIONS
from server.serving.limits import CLIENT_GONE, LimitedRequestHandler
from tests.serving.on_a_thread import all_of, connected, serving


class ShortTimeoutHandler(LimitedRequestHandler):
    """The handler with an event for the end of a connection; each test shortens one timeout."""

    done = threading.Event()
    connections = Connections()

    def handle(self) -> None:
        super().handle()
        self.done.set()


Shorten = Callable[..., None]


@pytest.fixture
def shorten(monkeypatch: pytest.MonkeyPatch) -> Shorten:
    """Shorten timeouts: `shorten(head_seconds=1)`. Use at least a second if other requests must succeed before it."""

    def apply(**seconds: float) -> None:
        for name, value in seconds.items():
            monkeypatch.setattr(ShortTimeoutHandler, name, value)

    return apply


gone_states: list[bool] = []


def wait_for_disconnect(gone: Callable[[], bool]) -> None:
    """Record whether the client is gone at first, and again after it has disconnected."""
    gone_states.append(gone())
    for _ in range(6000):
        if gone():
            break
        gevent.sleep(0.01)
    gone_states.append(gone())


def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Read the body, and answer; the answer to `/much` is large."""
    try:
        body_read = environ["wsgi.input"].read()
    except OSError:
        start_response("400 Bad Request", [("Content-Length", "0")])
        return [b""]
    if environ["PATH_INFO"] == "/gone":
        wait_for_disconnect(environ[CLIENT_GONE])
    body = b"x" * 50_000_000 if environ["PATH_INFO"] == "/much" else b"got %d" % len(body_read)
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


@pytest.fixture
def port() -> Iterator[int]:
    """The port of a server on its own thread."""
    ShortTimeoutHandler.done.clear()
    with serving(application, handler_class=ShortTimeoutHandler, connections=ShortTimeoutHandler.connections) as port:
        yield port


@pytest.mark.parametrize(
    ("part", "sent", "answer"),
    [
        ("head", b"", b""),
        ("head", b"GET / HTT", b""),
        ("head", b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ", b"HTTP/1.1 408"),
        ("body", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc", b"HTTP/1.1 400"),
        (
            "body",
            b"POST / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nContent-Length: 9\r\n\r\nabc",
            b"HTTP/1.1 400",
        ),
        ("body", b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", b"HTTP/1.1 400"),
    ],
    ids=["nothing", "half a line", "half a head", "half a body", "half a body for an upgrade", "half a chunk"],
)
def test_a_connection_that_stops_in_the_middle_is_ended(
    port: int, shorten: Shorten, part: str, sent: bytes, answer: bytes
) -> None:
    shorten(**{f"{part}_seconds": 2})
    with connected(port) as line:
        line.sendall(sent)
        reply = all_of(line)
        assert reply.startswith(answer) and bool(reply) == bool(answer), reply


def test_requests_that_are_too_slow_are_counted_and_not_logged_each(port: int, shorten: Shorten) -> None:
    before = SLOW_CONNECTIONS._value.get()
    shorten(head_seconds=1, body_seconds=1)
    slow = [b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc"]
    with capture_logs() as lines:
        for request in slow:
            with connected(port) as line:
                line.sendall(request)
                assert all_of(line)
    assert (SLOW_CONNECTIONS._value.get() - before, lines) == (2, [])


def test_bytes_that_drip_in_do_not_keep_a_connection(port: int, shorten: Shorten) -> None:
    shorten(head_seconds=0.4)
    with connected(port) as line:
        line.sendall(b"GET / HTTP/1.1\r\n")
        dripping, sent = True, 0
        while dripping:
            assert sent < 1000, "the connection was never ended"
            try:
                line.sendall(b"X-Drip: 1\r\n")
                sent += 1
            except OSError:
                break
            line.settimeout(0.03)
            try:
                dripping = not line.recv(4096)
            except TimeoutError:
                pass
            except OSError:
                dripping = False


def test_a_kept_connection_serves_again_and_is_not_kept_for_ever(port: int, shorten: Shorten) -> None:
    shorten(idle_seconds=3)
    with connected(port) as line:
        for _ in range(3):
            line.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc")
            reply = b""
            while not reply.endswith(b"got 3"):
                chunk = line.recv(4096)
                assert chunk, "the connection was kept"
                reply += chunk
        assert all_of(line) == b""


def test_an_answer_that_nobody_reads_is_not_kept_for_ever(port: int, shorten: Shorten) -> None:
    shorten(send_seconds=0.4)
    with connected(port) as line:
        line.sendall(b"GET /much HTTP/1.1\r\nHost: x\r\n\r\n")
        assert ShortTimeoutHandler.done.wait(60)
        assert len(all_of(line)) < 50_000_000


def test_silent_connections_in_hundreds_do_not_keep_others_waiting(port: int) -> None:
    silent = [connected(port) for _ in range(300)]
    try:
        with connected(port) as line:
            line.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert all_of(line).endswith(b"got 0")
    finally:
        for connection in silent:
            connection.close()


@pytest.mark.parametrize(
    "garbage",
    [
        b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.x\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: ten\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(500)) + b"\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
        b"GET /" + b"y" * 100_000 + b" HTTP/1.1\r\n\r\n",
    ],
    ids=lambda garbage: str(garbage[:40]),
)
def test_garbage_is_refused_and_not_logged(
    port: int, shorten: Shorten, garbage: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    shorten(head_seconds=0.4)
    with connected(port) as line:
        line.sendall(garbage)
        reply = all_of(line)
        assert reply == b"" or reply.startswith((b"HTTP/1.1 400", b"HTTP/1.1 414", b"HTTP/1.1 431")), reply
    out, err = capfd.readouterr()
    assert "Traceback" not in out + err and "yyyy" not in out + err


def test_headers_have_so_many_bytes_together(port: int) -> None:
    with connected(port) as line:
        head = b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: %s\r\n" % (n, b"y" * 8000) for n in range(5))
        with contextlib.suppress(OSError):  # the server may disconnect before the end
            line.sendall(head + b"\r\n")
        assert all_of(line)[:12] in (b"HTTP/1.1 431", b"")


def test_a_body_that_nobody_wants_is_not_read_to_its_end(port: int) -> None:
    with connected(port) as line:
        line.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n")
        sent = 0
        try:
            while sent < 50_000_000:
                sent += line.send(b"x" * 65536)
        except OSError:
            pass
        assert sent < 50_000_000, "the server disconnected"


def test_too_many_waiting_connections_are_reset_and_others_are_served(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ShortTimeoutHandler.connections, "_per_network", 20)
    silent = [connected(port) for _ in range(30)]
    ended = 0
    for line in silent[:10]:
        ended += all_of(line) == b""
    assert ended == 10
    with connected(port) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert all_of(line).endswith(b"got 0")
    for line in silent:
        line.close()


@pytest.mark.parametrize("after", [b"", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"], ids=["alone", "with the next request"])
def test_an_application_can_see_that_its_client_has_disconnected(port: int, after: bytes) -> None:
    gone_states.clear()
    with connected(port) as line:
        line.sendall(b"POST /gone HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok" + after)
        deadline = threading.Event()
        while not gone_states and not deadline.wait(0.01):
            pass
        if after:
            line.shutdown(socket.SHUT_WR)
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert ShortTimeoutHandler.done.wait(60)
    assert gone_states == [False, True]
