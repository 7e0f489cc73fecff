"""Clients that send too much, show nothing, or are too many: each is disconnected, and nobody else notices."""

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
from tests.realtime.house import PATIENCE, House, Reader, eventually

ROOM = "board:1"
MESSAGES = int(SocketBudget.MESSAGES)


class Frugal(SocketBudget):
    """The same burst, and nothing more with time: however slow the machine, the same number is the first too many."""

    MESSAGES_A_SECOND = 1e-9


@pytest.fixture
def house() -> Iterator[House]:
    with House(budget=Frugal, pings=(60, 60)) as one:
        yield one


@pytest.fixture(autouse=True)
def log(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What is logged about strangers; every address has its line still to come."""
    lines: list[dict[str, Any]] = []
    monkeypatch.setattr(rate_limited_log, "_repeats", {})
    monkeypatch.setattr(rate_limited_log, "_clock", lambda: rate_limited_log._minute_start)  # the minute does not end
    monkeypatch.setattr(
        "server.serving.hang_ups.log.warning", lambda event, **facts: lines.append({"event": event} | facts)
    )
    return lines


def hang_ups(reason: str) -> float:
    """How often this was a reason until now."""
    return float(HUNG_UP.labels(reason)._value.get())


def show(house: House, ticket: int | None = None) -> Callable[[Client], None]:
    """What makes a client known that subscribes."""
    return lambda client: house.clients.mark_identified(client, ticket)


def a_frame(payload: bytes = b"", opcode: int = websocket.ABNF.OPCODE_TEXT, fin: int = 1) -> bytes:
    """The bytes of a frame."""
    made: bytes = websocket.ABNF(fin, 0, 0, 0, opcode, 1, payload).format()
    return made


FLOODS: dict[str, bytes] = {
    "noops": a_frame(b"6"),
    "pongs": a_frame(b"3"),
    "pings of the WebSocket": a_frame(b"", websocket.ABNF.OPCODE_PING),
    "pongs of the WebSocket": a_frame(b"", websocket.ABNF.OPCODE_PONG),
    "pieces without end": a_frame(b"", websocket.ABNF.OPCODE_CONT, fin=0),
}


@pytest.mark.parametrize("kind", FLOODS)
def test_a_socket_that_sends_more_than_it_may_is_hung_up_on_at_that_message(
    kind: str, house: House, log: list[dict[str, Any]]
) -> None:
    before, stranger = hang_ups("messages"), Reader(house.port)
    sent = 1  # the namespace was joined
    if kind == "pieces without end":
        stranger.begin_a_message("4", websocket.ABNF.OPCODE_TEXT)
        sent += 1
    stranger.line.sendall(FLOODS[kind] * (MESSAGES - sent))
    begin = stranger.ask("unsubscribe", 1) if kind == "noops" else None
    if begin is None:
        stranger.line.sendall(FLOODS[kind])
    assert stranger.is_hung_up_on()
    eventually(lambda: not len(house.clients))
    assert house.do(lambda: house.eio.sockets) == {}
    assert hang_ups("messages") == before + 1
    (line,) = log
    assert line["event"] == "socket_hung_up" and line["address"] == "127.0.0.1" and line["messages"] == MESSAGES + 1


def test_what_a_socket_may_send_it_may_send_at_once(house: House) -> None:
    eager = Reader(house.port, ROOM)  # two messages
    eager.line.sendall(FLOODS["noops"] * (MESSAGES - 3))
    begin = eager.ask("unsubscribe", "still here")
    assert "still here" in eager.take(lambda text: text.startswith(begin))
    eager.close()


def test_bytes_count_as_messages_do(house: House, log: list[dict[str, Any]]) -> None:
    stranger = Reader(house.port)
    for _ in range(3):
        stranger.say("6" + "x" * 50_000)
    assert stranger.is_hung_up_on()
    eventually(lambda: log)
    assert log[0]["reason"] == "bytes"


def test_a_flood_in_hundreds_of_sockets_writes_one_line(house: House, log: list[dict[str, Any]]) -> None:
    before = hang_ups("messages")
    for _ in range(30):
        stranger = Reader(house.port)
        stranger.line.sendall(FLOODS["noops"] * MESSAGES)
        assert stranger.is_hung_up_on()
        stranger.close()
    eventually(lambda: hang_ups("messages") == before + 30)
    assert len(log) == 1


class Slow:
    """Subscriptions that wait until they may go on."""

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
    return sum(isinstance(one, gevent.Greenlet) and not one.dead for one in gc.get_objects())


def test_one_message_of_a_client_is_handled_at_a_time_and_its_pongs_are_read_meanwhile() -> None:
    with House(pings=(0.1, 4)) as house:
        house.before_subscribing = slow = Slow()
        reader, other = Reader(house.port), Reader(house.port)
        alive = house.do(greenlets)
        answers = [reader.ask("subscribe", ROOM) for _ in range(20)]
        eventually(lambda: slow.at_once)
        assert house.do(greenlets) <= alive + 3, "whatever waits has no greenlet of its own"
        reader.take(lambda _text: reader.pings >= 5)
        other.say("41/live,")
        house.do(slow.go_on.set)
        told = [reader.take(lambda text: text.startswith("43/live,")) for _ in answers]
        assert all(text.startswith(begin) for text, begin in zip(told, answers, strict=True)), "in order"
        assert slow.most == 1 and slow.handled == 20
        reader.close()
        other.close()


def test_a_client_whose_messages_wait_in_dozens_is_hung_up_on(house: House) -> None:
    house.before_subscribing = slow = Slow()
    before, stranger = hang_ups("waiting"), Reader(house.port)
    for _ in range(clients.MAX_WAITING + 2):
        stranger.ask("subscribe", ROOM)
    assert stranger.is_hung_up_on()
    assert hang_ups("waiting") == before + 1
    house.do(slow.go_on.set)


def ended(connection: websocket.WebSocket) -> bool:
    """Whether the server ends this connection; what is told meanwhile is read."""
    try:
        while connection.recv():
            pass
    except websocket.WebSocketTimeoutException:
        return False
    except (websocket.WebSocketException, OSError):
        return True
    return True


# by polling


class Polls:
    """A client that polls."""

    def __init__(self, house: House) -> None:
        self._http = httpx.Client(base_url=house.url, timeout=PATIENCE, trust_env=False)
        self._at = {"EIO": "4", "transport": "polling"}
        self._at["sid"] = json.loads(self.poll().text[1:])["sid"]

    def poll(self) -> httpx.Response:
        return self._http.get("/socket.io/", params=self._at)

    def say(self, body: str | bytes) -> int:
        return self._http.post("/socket.io/", params=self._at, content=body).status_code

    def close(self) -> None:
        self._http.close()


def test_packets_of_a_polling_client_count_one_by_one(house: House, log: list[dict[str, Any]]) -> None:
    before = hang_ups("messages")
    talker = Polls(house)
    answers = [talker.say("\x1e".join(["3"] * 15)) for _ in range(MESSAGES // 15)]
    assert answers == [200] * (MESSAGES // 15)
    assert talker.say("3") == 413
    assert talker.poll().status_code == 400, "the session is gone"
    assert hang_ups("messages") == before + 1
    talker.close()


def test_a_second_poll_beside_the_first_ends_the_session(house: House) -> None:
    before, client = hang_ups("overlap"), Polls(house)
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(client.poll), pool.submit(client.poll)]
        assert max(one.result(PATIENCE).status_code for one in both) == 400
    assert hang_ups("overlap") == before + 1
    eventually(lambda: not len(house.clients))
    client.close()


@pytest.mark.parametrize("body", ["x", "9", "d=4", b"\xff", "\x1e".join(["6"] * 17), "4" + "[" * 5000])
def test_a_post_that_is_no_message_is_refused_without_a_traceback(
    body: str | bytes, house: House, capfd: pytest.CaptureFixture[str]
) -> None:
    stranger = Polls(house)
    assert stranger.say(body) in (200, 400)
    eventually(lambda: not len(house.clients))
    out, err = capfd.readouterr()
    assert "Traceback" not in out + err
    stranger.close()


@pytest.mark.parametrize("query", ["transport=websocket", "transport=polling&j=1"])
def test_a_handshake_that_can_lead_to_nothing_makes_no_session(query: str, house: House) -> None:
    answer = httpx.get(f"{house.url}/socket.io/?EIO=4&{query}", headers={"Upgrade": "websocket"}, trust_env=False)
    assert answer.status_code == 400 and len(house.clients) == 0


# how many, and who they are


def test_of_too_many_that_show_nothing_the_oldest_are_hung_up_on_and_none_that_is_known(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients, "MAX_UNIDENTIFIED_PER_NETWORK", 4)
    house.before_subscribing = show(house)
    known = [Reader(house.port, ROOM) for _ in range(8)]
    strangers_ = [Reader(house.port) for _ in range(6)]
    assert strangers_[0].is_hung_up_on() and strangers_[1].is_hung_up_on()
    eventually(lambda: (len(house.clients), house.clients.unidentified) == (12, 4))
    last = house.push(ROOM)
    for reader in known:
        assert reader.until(last)
    for reader in (*known, *strangers_):
        reader.close()


def test_who_has_not_shown_in_time_who_it_is_is_hung_up_on_but_for_a_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "ALLOWANCE", 2)
    now = 0.0
    with House(pings=(60, 60), clock=lambda: now) as house:
        house.before_subscribing = show(house)
        known = Reader(house.port, ROOM)
        silent = [Reader(house.port) for _ in range(5)]
        house.do(house.clients.sweep)
        assert len(house.clients) == 6, "they may still show it"
        now = clients.GRACE_SECONDS
        fresh = Reader(house.port)
        house.do(house.clients.sweep)
        assert all(one.is_hung_up_on() for one in silent[2:])
        eventually(lambda: len(house.clients) == 4)
        for reader in (known, fresh, *silent):
            reader.close()


def test_what_a_client_has_shown_ends_with_its_namespace(house: House) -> None:
    shown: list[Client] = []

    def show_and_keep(client: Client) -> None:
        shown.append(client)
        house.clients.mark_identified(client)

    house.before_subscribing = show_and_keep
    reader = Reader(house.port, ROOM)
    eventually(lambda: house.clients.unidentified == 0)
    house.do(lambda: house.clients.mark_unidentified(shown[0]))
    assert house.clients.unidentified == 1
    reader.close()
    eventually(lambda: not len(house.clients))
    assert house.clients.unidentified == 0


def test_the_token_of_one_ticket_makes_so_many_known_and_no_more(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "MAX_PER_TICKET", 3)
    house.before_subscribing = show(house, 17)
    first = [Reader(house.port, ROOM) for _ in range(5)]
    assert house.clients.unidentified == 2
    for reader in first:
        reader.close()
    eventually(lambda: not len(house.clients))
    again = Reader(house.port, ROOM)
    assert house.clients.unidentified == 0
    again.close()


def test_five_hundred_phones_of_one_network_all_come_in_at_once(house: House) -> None:
    house.before_subscribing = show(house)
    with ThreadPoolExecutor(50) as hall:
        phones = list(hall.map(lambda _n: Reader(house.port, ROOM), range(500)))
    assert (len(house.clients), house.clients.unidentified) == (500, 0)
    for phone in phones:
        phone.close()


def test_handshakes_that_come_too_fast_wait_and_are_let_in(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    with monkeypatch.context() as patch:
        patch.setattr(clients, "HANDSHAKES", 2)
        patch.setattr(clients, "HANDSHAKES_PER_SECOND", 1e-9)
        patch.setattr(gevent, "sleep", waited.append)
        readers = [Reader(house.port) for _ in range(4)]
        assert waited == [clients.MAX_DELAY] * 2 and len(house.clients) == 4
        patch.setattr(clients, "MAX_UNIDENTIFIED_PER_NETWORK", 0)
        refused = httpx.get(f"{house.url}/socket.io/?EIO=4&transport=polling", trust_env=False, timeout=PATIENCE)
    assert refused.status_code == 503
    for reader in readers:
        reader.close()


def test_a_client_that_goes_over_to_its_websocket_without_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.realtime.direct_websocket.UPGRADE_SECONDS", 0.2)
    with House(pings=(60, 60)) as house:
        client = Polls(house)
        halfway = websocket.create_connection(
            f"ws://127.0.0.1:{house.port}/socket.io/?EIO=4&transport=websocket&sid={client._at['sid']}",
            timeout=PATIENCE,
        )
        assert halfway.sock is not None
        halfway.sock.settimeout(PATIENCE)
        assert ended(halfway)
        halfway.close()
        client.close()
