"""Clients that send too much, stay unidentified, or are too many are disconnected; others are not affected."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import gevent
import httpx
import pytest
import websocket
from gevent.event import Event

from server.realtime import clients
from server.realtime.clients import Client
from server.serving.budget import SocketBudget
from server.serving.hang_ups import HUNG_UP, rate_limited_log
from tests.realtime.push_server import PATIENCE, PushServer, Reader, eventually

ROOM = "board:1"
MESSAGES = int(SocketBudget.MESSAGES)


class BurstOnlyBudget(SocketBudget):
    """The same burst without a refill, so that the limit does not depend on the machine's speed."""

    MESSAGES_A_SECOND = 1e-9


@pytest.fixture
def push_server() -> Iterator[PushServer]:
    with PushServer(budget=BurstOnlyBudget, pings=(60, 60)) as server:
        yield server


@pytest.fixture(autouse=True)
def log(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The rate-limited log lines, with no address at its limit yet."""
    lines: list[dict[str, Any]] = []
    monkeypatch.setattr(rate_limited_log, "_repeats", {})
    monkeypatch.setattr(rate_limited_log, "_clock", lambda: rate_limited_log._minute_start)  # the minute does not end
    monkeypatch.setattr(
        "server.serving.hang_ups.log.warning", lambda event, **facts: lines.append({"event": event} | facts)
    )
    return lines


def hang_ups(reason: str) -> float:
    """Return how many disconnections had this reason so far."""
    return float(HUNG_UP.labels(reason)._value.get())


def identify(push_server: PushServer, ticket: int | None = None) -> Callable[[Client], None]:
    """Return a function that marks a subscribing client as identified."""
    return lambda client: push_server.clients.mark_identified(client, ticket)


def a_frame(payload: bytes = b"", opcode: int = websocket.ABNF.OPCODE_TEXT, fin: int = 1) -> bytes:
    """Return the bytes of a frame."""
    frame: bytes = websocket.ABNF(fin, 0, 0, 0, opcode, 1, payload).format()
    return frame


FLOODS: dict[str, bytes] = {
    "noops": a_frame(b"6"),
    "pongs": a_frame(b"3"),
    "pings of the WebSocket": a_frame(b"", websocket.ABNF.OPCODE_PING),
    "pongs of the WebSocket": a_frame(b"", websocket.ABNF.OPCODE_PONG),
    "pieces without end": a_frame(b"", websocket.ABNF.OPCODE_CONT, fin=0),
}


@pytest.mark.parametrize("kind", FLOODS)
def test_a_socket_that_sends_more_than_it_may_is_disconnected_at_that_message(
    kind: str, push_server: PushServer, log: list[dict[str, Any]]
) -> None:
    before, stranger = hang_ups("messages"), Reader(push_server.port)
    sent = 1  # the namespace was joined
    if kind == "pieces without end":
        stranger.send_first_frame("4", websocket.ABNF.OPCODE_TEXT)
        sent += 1
    stranger.line.sendall(FLOODS[kind] * (MESSAGES - sent))
    begin = stranger.ask("unsubscribe", 1) if kind == "noops" else None
    if begin is None:
        stranger.line.sendall(FLOODS[kind])
    assert stranger.is_disconnected()
    eventually(lambda: not len(push_server.clients))
    assert push_server.do(lambda: push_server.eio.sockets) == {}
    assert hang_ups("messages") == before + 1
    (line,) = log
    assert line["event"] == "socket_hung_up" and line["address"] == "127.0.0.1" and line["messages"] == MESSAGES + 1


def test_a_socket_may_send_its_whole_budget_at_once(push_server: PushServer) -> None:
    eager = Reader(push_server.port, ROOM)  # two messages
    eager.line.sendall(FLOODS["noops"] * (MESSAGES - 3))
    begin = eager.ask("unsubscribe", "still here")
    assert "still here" in eager.read_until(lambda text: text.startswith(begin))
    eager.close()


def test_bytes_count_as_messages_do(push_server: PushServer, log: list[dict[str, Any]]) -> None:
    stranger = Reader(push_server.port)
    for _ in range(3):
        stranger.send("6" + "x" * 50_000)
    assert stranger.is_disconnected()
    eventually(lambda: log)
    assert log[0]["reason"] == "bytes"


def test_a_flood_in_hundreds_of_sockets_writes_one_line(push_server: PushServer, log: list[dict[str, Any]]) -> None:
    before = hang_ups("messages")
    for _ in range(30):
        stranger = Reader(push_server.port)
        stranger.line.sendall(FLOODS["noops"] * MESSAGES)
        assert stranger.is_disconnected()
        stranger.close()
    eventually(lambda: hang_ups("messages") == before + 30)
    assert len(log) == 1


class SlowSubscriptions:
    """Handles subscriptions that wait until `go_on` is set."""

    def __init__(self) -> None:
        self.go_on = Event()
        self.handled = self.at_once = self.most = 0

    def __call__(self, _client: Client) -> None:
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        self.go_on.wait()
        self.at_once -= 1
        self.handled += 1


def greenlets() -> int:
    gc.collect()
    return sum(isinstance(each, gevent.Greenlet) and not each.dead for each in gc.get_objects())


def test_one_message_of_a_client_is_handled_at_a_time_and_its_pongs_are_read_meanwhile() -> None:
    with PushServer(pings=(0.1, 4)) as push_server:
        push_server.before_subscribing = slow = SlowSubscriptions()
        reader, other = Reader(push_server.port), Reader(push_server.port)
        alive = push_server.do(greenlets)
        answers = [reader.ask("subscribe", ROOM) for _ in range(20)]
        eventually(lambda: slow.at_once)
        assert push_server.do(greenlets) <= alive + 3, "whatever waits has no greenlet of its own"
        reader.read_until(lambda _text: reader.pings >= 5)
        other.send("41/live,")
        push_server.do(slow.go_on.set)
        replies = [reader.read_until(lambda text: text.startswith("43/live,")) for _ in answers]
        assert all(text.startswith(prefix) for text, prefix in zip(replies, answers, strict=True)), "in order"
        assert slow.most == 1 and slow.handled == 20
        reader.close()
        other.close()


def test_a_client_whose_messages_wait_in_dozens_is_disconnected(push_server: PushServer) -> None:
    push_server.before_subscribing = slow = SlowSubscriptions()
    before, stranger = hang_ups("waiting"), Reader(push_server.port)
    for _ in range(clients.MAX_WAITING + 2):
        stranger.ask("subscribe", ROOM)
    assert stranger.is_disconnected()
    assert hang_ups("waiting") == before + 1
    push_server.do(slow.go_on.set)


def ended(connection: websocket.WebSocket) -> bool:
    """Return whether the server ends this connection; messages are read meanwhile."""
    try:
        while connection.recv():
            pass
    except websocket.WebSocketTimeoutException:
        return False
    except (websocket.WebSocketException, OSError):
        return True
    return True


# by polling


class PollingClient:
    """A client on HTTP polling."""

    def __init__(self, push_server: PushServer) -> None:
        self._http = httpx.Client(base_url=push_server.url, timeout=PATIENCE, trust_env=False)
        self._at = {"EIO": "4", "transport": "polling"}
        self._at["sid"] = json.loads(self.poll().text[1:])["sid"]

    def poll(self) -> httpx.Response:
        return self._http.get("/socket.io/", params=self._at)

    def send(self, body: str | bytes) -> int:
        return self._http.post("/socket.io/", params=self._at, content=body).status_code

    def close(self) -> None:
        self._http.close()


def test_packets_of_a_polling_client_count_one_by_one(push_server: PushServer, log: list[dict[str, Any]]) -> None:
    before = hang_ups("messages")
    talker = PollingClient(push_server)
    answers = [talker.send("\x1e".join(["3"] * 15)) for _ in range(MESSAGES // 15)]
    assert answers == [200] * (MESSAGES // 15)
    assert talker.send("3") == 413
    assert talker.poll().status_code == 400, "the session is gone"
    assert hang_ups("messages") == before + 1
    talker.close()


def test_a_second_poll_beside_the_first_ends_the_session(push_server: PushServer) -> None:
    before, client = hang_ups("overlap"), PollingClient(push_server)
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(client.poll), pool.submit(client.poll)]
        assert max(answer.result(PATIENCE).status_code for answer in both) == 400
    assert hang_ups("overlap") == before + 1
    eventually(lambda: not len(push_server.clients))
    client.close()


@pytest.mark.parametrize("body", ["x", "9", "d=4", b"\xff", "\x1e".join(["6"] * 17), "4" + "[" * 5000])
def test_a_post_that_is_no_message_is_refused_without_a_traceback(
    body: str | bytes, push_server: PushServer, capfd: pytest.CaptureFixture[str]
) -> None:
    stranger = PollingClient(push_server)
    assert stranger.send(body) in (200, 400)
    eventually(lambda: not len(push_server.clients))
    out, err = capfd.readouterr()
    assert "Traceback" not in out + err
    stranger.close()


@pytest.mark.parametrize("query", ["transport=websocket", "transport=polling&j=1"])
def test_a_handshake_that_can_lead_to_nothing_makes_no_session(query: str, push_server: PushServer) -> None:
    answer = httpx.get(f"{push_server.url}/socket.io/?EIO=4&{query}", headers={"Upgrade": "websocket"}, trust_env=False)
    assert answer.status_code == 400 and len(push_server.clients) == 0


# identification


def test_of_too_many_unidentified_clients_the_oldest_are_disconnected(
    push_server: PushServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients, "MAX_UNIDENTIFIED_PER_NETWORK", 4)
    push_server.before_subscribing = identify(push_server)
    known = [Reader(push_server.port, ROOM) for _ in range(8)]
    unidentified = [Reader(push_server.port) for _ in range(6)]
    assert unidentified[0].is_disconnected() and unidentified[1].is_disconnected()
    eventually(lambda: (len(push_server.clients), push_server.clients.unidentified) == (12, 4))
    last = push_server.push(ROOM)
    for reader in known:
        assert reader.read_to_seq(last)
    for reader in (*known, *unidentified):
        reader.close()


def test_who_has_not_shown_in_time_who_it_is_is_disconnected_but_for_a_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "ALLOWANCE", 2)
    now = 0.0
    with PushServer(pings=(60, 60), clock=lambda: now) as push_server:
        push_server.before_subscribing = identify(push_server)
        known = Reader(push_server.port, ROOM)
        silent = [Reader(push_server.port) for _ in range(5)]
        push_server.do(push_server.clients.sweep)
        assert len(push_server.clients) == 6, "their grace period is not over"
        now = clients.GRACE_SECONDS
        fresh = Reader(push_server.port)
        push_server.do(push_server.clients.sweep)
        assert all(reader.is_disconnected() for reader in silent[2:])
        eventually(lambda: len(push_server.clients) == 4)
        for reader in (known, fresh, *silent):
            reader.close()


def test_a_client_is_unidentified_again_after_its_credential_ends(push_server: PushServer) -> None:
    identified: list[Client] = []

    def identify_and_keep(client: Client) -> None:
        identified.append(client)
        push_server.clients.mark_identified(client)

    push_server.before_subscribing = identify_and_keep
    reader = Reader(push_server.port, ROOM)
    eventually(lambda: push_server.clients.unidentified == 0)
    push_server.do(lambda: push_server.clients.mark_unidentified(identified[0]))
    assert push_server.clients.unidentified == 1
    reader.close()
    eventually(lambda: not len(push_server.clients))
    assert push_server.clients.unidentified == 0


def test_the_token_of_one_ticket_identifies_a_limited_number_of_clients(
    push_server: PushServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients, "MAX_PER_TICKET", 3)
    push_server.before_subscribing = identify(push_server, 17)
    first = [Reader(push_server.port, ROOM) for _ in range(5)]
    assert push_server.clients.unidentified == 2
    for reader in first:
        reader.close()
    eventually(lambda: not len(push_server.clients))
    second = Reader(push_server.port, ROOM)
    assert push_server.clients.unidentified == 0
    second.close()


def test_five_hundred_phones_of_one_network_can_connect_at_once(push_server: PushServer) -> None:
    push_server.before_subscribing = identify(push_server)
    with ThreadPoolExecutor(50) as hall:
        phones = list(hall.map(lambda _n: Reader(push_server.port, ROOM), range(500)))
    assert (len(push_server.clients), push_server.clients.unidentified) == (500, 0)
    for phone in phones:
        phone.close()


def test_too_fast_handshakes_are_delayed_and_accepted(push_server: PushServer, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    with monkeypatch.context() as patch:
        patch.setattr(clients, "HANDSHAKES", 2)
        patch.setattr(clients, "HANDSHAKES_PER_SECOND", 1e-9)
        patch.setattr(gevent, "sleep", waited.append)
        readers = [Reader(push_server.port) for _ in range(4)]
        assert waited == [clients.MAX_DELAY] * 2 and len(push_server.clients) == 4
        patch.setattr(clients, "MAX_UNIDENTIFIED_PER_NETWORK", 0)
        refused = httpx.get(f"{push_server.url}/socket.io/?EIO=4&transport=polling", trust_env=False, timeout=PATIENCE)
    assert refused.status_code == 503
    for reader in readers:
        reader.close()


def test_a_client_that_never_finishes_its_upgrade_is_disconnected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.realtime.direct_websocket.UPGRADE_SECONDS", 0.2)
    with PushServer(pings=(60, 60)) as push_server:
        client = PollingClient(push_server)
        halfway = websocket.create_connection(
            f"ws://127.0.0.1:{push_server.port}/socket.io/?EIO=4&transport=websocket&sid={client._at['sid']}",
            timeout=PATIENCE,
        )
        assert halfway.sock is not None
        halfway.sock.settimeout(PATIENCE)
        assert ended(halfway)
        halfway.close()
        client.close()
