"""Pushes on real sockets: to fast and slow, polling and upgrading, dying and vanishing clients."""

from __future__ import annotations

import gc
import hashlib
import json
import random
import select
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import socketio
import websocket
from engineio.packet import MESSAGE, NOOP, Packet
from gevent.queue import Empty, JoinableQueue

from server.realtime import direct_websocket
from server.realtime.direct_websocket import ClientSendQueue, DirectWebSocket, SnapshotPacket
from server.serving.websocket import MAX_MESSAGE
from tests.faults.line import Line
from tests.realtime.push_server import PATIENCE, PushServer, Reader, UnlimitedBudget, eventually

ROOM = "board:1"
BIG = "x" * 5000


@pytest.fixture(scope="module")
def push_server() -> Iterator[PushServer]:
    with PushServer() as server:
        yield server


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[PushServer]:
    """A server that gives up clients soon; a live one may take seconds to answer on a busy machine."""
    monkeypatch.setattr(direct_websocket, "LINGER_SECONDS", 0.3)
    with PushServer(pings=(0.3, 4)) as server:
        yield server


def websockets_alive() -> int:
    gc.collect()
    return sum(isinstance(each, DirectWebSocket) for each in gc.get_objects())


def stop_reading(push_server: PushServer) -> tuple[Reader, ClientSendQueue]:
    """Return a client with a small buffer that has entered the room and stopped reading, and its send queue."""
    before = push_server.send_queues()
    slow = Reader(push_server.port, ROOM, receive_buffer=4096)
    (send_queue,) = (each for each in push_server.send_queues() if each not in before)
    return slow, send_queue


def fill(push_server: PushServer, send_queue: ClientSendQueue) -> None:
    """Push until the client's connection takes no more, or the server has given it up."""
    while send_queue in push_server.send_queues() and not push_server.do(lambda: send_queue.pending):
        push_server.push(ROOM, big=BIG)


# a slow reader


def test_a_slow_reader_costs_one_state_delays_nobody_and_ends_with_the_newest(push_server: PushServer) -> None:
    slow, send_queue = stop_reading(push_server)
    fast = Reader(push_server.port, ROOM)
    reading = threading.Thread(target=fast.read_to_seq, args=(push_server.seq + 500,))
    reading.start()
    most = 0
    for _ in range(500):
        last = push_server.push(ROOM, big=BIG)
        most = max(most, push_server.do(lambda: send_queue.pending))
    reading.join(PATIENCE)
    assert fast.states[-1] == {"seq": last, "big": BIG}, "while the slow one has read nothing"
    assert 0 < most <= 2 * (len(BIG) + 100), "the newest state, and the rest of the one that was begun"
    assert slow.read_to_seq(last) == fast.states[-1]
    for reader in (slow, fast):
        seqs = [state["seq"] for state in reader.states]
        assert seqs == sorted(set(seqs))
    assert len(slow.states) < 100
    slow.close()
    fast.close()


def test_other_events_reach_a_slow_reader_complete_and_in_order(push_server: PushServer) -> None:
    slow, send_queue = stop_reading(push_server)
    for number in range(60):
        push_server.note(ROOM, [number, BIG[:1000]])
        last = push_server.push(ROOM, big=BIG)
        push_server.push("queue:1", big=BIG)  # a room that it does not watch
    prefix = slow.ask("unsubscribe", "after")
    slow.read_to_seq(last)
    slow.read_until(lambda text: text.startswith(prefix))
    assert [note[0] for note in slow.notes] == list(range(60))
    assert push_server.do(lambda: send_queue.pending) == 0
    slow.close()


def test_a_state_takes_the_place_of_the_older_one_of_its_room_at_the_end_of_the_line() -> None:
    send_queue, answer = ClientSendQueue(), Packet(MESSAGE, "an answer")
    for item in (SnapshotPacket("a", "a1"), SnapshotPacket("b", "b1"), answer, SnapshotPacket("a", "a2"), Packet(NOOP)):
        send_queue.put(item)
    assert send_queue.pending == len("4b1" + "4an answer" + "4a2" + "6")
    assert [send_queue.get(block=False).encode() for _ in range(4)] == ["4b1", "4an answer", "4a2", "6"]
    with pytest.raises(Empty):
        send_queue.get(block=False)
    for _ in range(4):
        send_queue.task_done()
    assert send_queue.join(1)


def test_a_client_that_asks_without_reading_is_disconnected_early(
    push_server: PushServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(direct_websocket, "LINGER_SECONDS", 0.3)
    monkeypatch.setattr(direct_websocket, "MAX_ANSWER_BYTES", 200_000)
    slow, send_queue = stop_reading(push_server)
    asked = 0
    while send_queue in push_server.send_queues() and asked < 2000:
        asked += 1
        try:
            slow.ask("unsubscribe", "y" * 20_000)
        except OSError:
            break
        assert push_server.do(lambda: send_queue.pending) < 300_000
    assert asked < 2000
    eventually(lambda: send_queue not in push_server.send_queues())
    slow.close()


# no frame inside another


def test_frames_stay_whole_whatever_the_socket_takes_at_a_time() -> None:
    with PushServer(send_buffer=4096, budget=UnlimitedBudget) as narrow:
        dice = random.Random(7)
        reader, over = Reader(narrow.port, ROOM, receive_buffer=2048), False
        (send_queue,) = narrow.send_queues()

        def talk() -> None:
            """Send notes of all sizes and alphabets, each with its digest, and states between."""
            for number in range(150):
                text = "".join(dice.choices("abc é 漢字 🎫", k=dice.choice([1, 100, 126, 2000, 22_000])))
                narrow.note(ROOM, [number, text, hashlib.sha256(text.encode()).hexdigest()])
                narrow.push(ROOM, big=text)
                eventually(lambda: narrow.do(lambda: send_queue.pending) < 200_000)

        talking = threading.Thread(target=talk)
        talking.start()
        while not over:
            if dice.random() < 0.3:
                reader.ping(dice.randbytes(dice.randrange(100)))
            if dice.random() < 0.2:
                reader.ask("unsubscribe", BIG)
            before = len(reader.notes)
            reader.read_until(lambda text: text.startswith("42/live,"))
            over = len(reader.notes) > before and reader.notes[-1][0] == 149
        talking.join(PATIENCE)
        reader.read_to_seq(narrow.seq)
        assert [note[0] for note in reader.notes] == list(range(150))
        assert all(hashlib.sha256(text.encode()).hexdigest() == proof for _, text, proof in reader.notes)
        prefix = reader.ask("unsubscribe", "last")
        reader.read_until(lambda text: text.startswith(prefix))
        reader.close()


def test_the_bytes_of_a_state_are_made_once_for_a_room(
    push_server: PushServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str | bytes] = []

    def counting(data: str | bytes) -> bytes:
        made.append(data)
        return original(data)

    original = direct_websocket.frame_of
    readers = [Reader(push_server.port, "board:7") for _ in range(5)]
    monkeypatch.setattr(direct_websocket, "frame_of", counting)
    last = push_server.push("board:7", big=BIG)
    for reader in readers:
        assert reader.read_to_seq(last)["big"] == BIG
        reader.close()
    assert sum(BIG in str(data) for data in made) == 1


def test_a_message_in_pieces_is_bounded_as_a_whole_one() -> None:
    with PushServer(pings=(60, 60)) as push_server:  # a ping's answer would break the message
        reader, piece = Reader(push_server.port), "y" * (MAX_MESSAGE // 4)
        for number in range(4):
            opcode = websocket.ABNF.OPCODE_CONT if number else websocket.ABNF.OPCODE_TEXT
            reader.send_first_frame(piece, opcode)
        assert not reader.is_disconnected(0.5)
        reader.send_first_frame(piece, websocket.ABNF.OPCODE_CONT)
        assert reader.is_disconnected()
        reader.close()


# clients that end, stop, or vanish


def test_a_client_that_never_reads_again_is_dropped_and_nothing_of_it_stays(impatient: PushServer) -> None:
    before = websockets_alive()
    slow, send_queue = stop_reading(impatient)
    fill(impatient, send_queue)
    del send_queue
    eventually(lambda: not impatient.rooms() and not impatient.send_queues())
    eventually(lambda: websockets_alive() <= before)
    assert slow.is_disconnected()
    slow.close()


def test_a_client_that_vanishes_without_a_word_is_dropped_and_nothing_of_it_stays(impatient: PushServer) -> None:
    before = websockets_alive()
    line = Line(impatient.port)
    lost, near = Reader(line.port, ROOM), Reader(impatient.port, ROOM)
    line.strand()
    dropped = threading.Event()
    staying = threading.Thread(target=lambda: near.read_until(lambda _: dropped.is_set()))
    staying.start()
    eventually(lambda: impatient.rooms() == {ROOM: 1})
    eventually(lambda: websockets_alive() <= before + 1)
    dropped.set()
    staying.join(PATIENCE)
    assert near.read_to_seq(impatient.push(ROOM))["seq"] == impatient.seq
    near.close()
    lost.close()
    line.close()


def test_a_client_that_closes_its_half_and_reads_nothing_is_disconnected(impatient: PushServer) -> None:
    before = websockets_alive()
    slow, send_queue = stop_reading(impatient)
    fill(impatient, send_queue)
    del send_queue
    slow.line.shutdown(1)
    eventually(lambda: not impatient.send_queues() and websockets_alive() <= before)
    slow.close()


def test_a_server_that_stops_tells_all_and_waits_for_none_that_does_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(direct_websocket, "LINGER_SECONDS", 0.3)
    with PushServer() as push_server:
        stuck, send_queue = stop_reading(push_server)
        fill(push_server, send_queue)
        good = Reader(push_server.port, ROOM)
        idle = Poller(push_server.url, ROOM)
    assert good.is_disconnected()
    stuck.close()
    good.close()
    idle.close()


# polling and upgrading


class Poller:
    """A client on long polling that upgrades to a WebSocket on demand, as the browser's does."""

    def __init__(self, url: str, room: str) -> None:
        self.notes: list[Any] = []
        self.states: list[int] = []
        self._url = url
        self._ws: websocket.WebSocket | None = None
        self._http = httpx.Client(base_url=url, timeout=PATIENCE, trust_env=False)
        self._at: dict[str, str] = {"EIO": "4", "transport": "polling"}
        self.sid = self._at["sid"] = json.loads(self._get()[0][1:])["sid"]
        for text in ("40/live,", f'42/live,1["subscribe","{room}"]'):
            assert self._http.post("/socket.io/", params=self._at, content=text).text == "OK"
        while not any(text.startswith("43/live,1[") for text in self._take(self._get())):
            pass

    def _get(self) -> list[str]:
        if self._ws is not None:
            return [str(self._ws.recv())]
        answer = self._http.get("/socket.io/", params=self._at)
        assert answer.status_code == 200, answer.text
        return answer.text.split("\x1e")

    def _take(self, messages: list[str]) -> list[str]:
        for text in messages:
            if text == "2":
                self.send("3")
            elif text.startswith("42/live,"):
                name, content = json.loads(text.removeprefix("42/live,"))
                self.notes.append(content) if name == "note" else self.states.append(content["seq"])
        return messages

    def send(self, text: str) -> None:
        if self._ws is not None:
            self._ws.send(text)
        else:
            self._http.post("/socket.io/", params=self._at, content=text)

    def poll(self, times: int) -> None:
        for _ in range(times):
            self._take(self._get())

    def upgrade(self, meanwhile: Callable[[], None]) -> None:
        """Probe during a poll, let the poll end, and upgrade; before that, nothing may arrive on the WebSocket."""
        polling = threading.Thread(target=self.poll, args=(1,))
        polling.start()
        host = self._url.removeprefix("http://")
        address, port = host.split(":")
        line = socket.create_connection((address, int(port)), timeout=PATIENCE)
        ws = websocket.create_connection(
            f"ws://{host}/socket.io/?EIO=4&transport=websocket&sid={self.sid}", socket=line
        )
        ws.send("2probe")
        assert ws.recv() == "3probe"
        polling.join(PATIENCE)
        meanwhile()
        assert not select.select([line], [], [], 0.2)[0]
        ws.send("5")
        self._ws = ws

    def close(self) -> None:
        self._http.close()
        if self._ws is not None:
            self._ws.close()


def test_an_upgrade_loses_no_message_and_repeats_none(push_server: PushServer) -> None:
    for turn in range(3):
        room = f"board:2{turn}"
        client = Poller(push_server.url, room)

        def talk(room: str = room) -> None:
            for number in range(100):
                push_server.note(room, number)
                push_server.push(room, big=BIG)

        talking = threading.Thread(target=talk)
        talking.start()
        client.poll(2 * turn + 1)
        client.upgrade(lambda room=room: push_server.note(room, "on the way"))  # type: ignore[misc]
        talking.join(PATIENCE)
        push_server.note(room, "last")
        while client.notes[-1:] != ["last"]:
            client.poll(1)
        assert [note for note in client.notes if note != "on the way"] == [*range(100), "last"]
        assert client.notes.count("on the way") == 1
        assert client.states == sorted(set(client.states)) and client.states[-1] == push_server.seq
        client.close()


def test_a_client_that_only_polls_gets_every_note_and_the_newest_state(push_server: PushServer) -> None:
    client = Poller(push_server.url, "board:3")
    for number in range(1, 41):
        push_server.note("board:3", number)
        last = push_server.push("board:3", big=BIG)
        if number % 10 == 0:
            client.poll(1)
    while not client.states or client.states[-1] < last:
        client.poll(1)
    assert client.notes == list(range(1, 41))
    assert client.states == sorted(set(client.states)) and len(client.states) <= 5
    client.close()


def test_a_second_upgrade_while_the_first_is_open_is_refused(push_server: PushServer) -> None:
    client = Poller(push_server.url, "board:4")
    address = f"ws://127.0.0.1:{push_server.port}/socket.io/?EIO=4&transport=websocket&sid={client.sid}"
    first = websocket.create_connection(address, timeout=PATIENCE)
    first.send("2probe")
    assert first.recv() == "3probe"
    line = socket.create_connection(("127.0.0.1", push_server.port), timeout=PATIENCE)
    second = websocket.create_connection(address, socket=line)
    assert second.recv() == "", "it was closed"
    first.send("5")
    last = push_server.push("board:4")
    while f'"seq":{last}' not in str(first.recv()):
        pass
    first.close()
    line.close()
    client.close()


# the libraries


def test_the_installed_libraries_have_every_private_name() -> None:
    assert direct_websocket.missing_names() == []


def test_without_a_private_name_the_libraries_own_code_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        direct_websocket,
        "PRIVATE_NAMES",
        (*direct_websocket.PRIVATE_NAMES, (DirectWebSocket, ("a_name_that_is_gone",))),
    )
    assert direct_websocket.missing_names() == ["DirectWebSocket.a_name_that_is_gone"]
    with PushServer() as push_server:
        reader, poller = Reader(push_server.port, ROOM), Poller(push_server.url, ROOM)
        assert all(type(send_queue) is JoinableQueue for send_queue in push_server.send_queues())
        assert type(push_server.socketio.server.manager) is socketio.Manager
        for _ in range(20):
            last = push_server.push(ROOM, big=BIG)
        assert reader.read_to_seq(last)["big"] == BIG
        while not poller.states or poller.states[-1] < last:
            poller.poll(1)
        reader.close()
        poller.send("1")
        poller.close()
