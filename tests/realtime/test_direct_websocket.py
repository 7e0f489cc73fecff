"""What goes out on real sockets: to fast and slow, polling and upgrading, dying and vanishing clients."""

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
from tests.realtime.house import PATIENCE, Generous, House, Reader, eventually

ROOM = "board:1"
BIG = "x" * 5000


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with House() as one:
        yield one


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A server that soon gives up a client; one that is there may take seconds to answer on a busy machine."""
    monkeypatch.setattr(direct_websocket, "LINGER_SECONDS", 0.3)
    with House(pings=(0.3, 4)) as one:
        yield one


def wires_alive() -> int:
    gc.collect()
    return sum(isinstance(each, DirectWebSocket) for each in gc.get_objects())


def stop_reading(house: House) -> tuple[Reader, ClientSendQueue]:
    """A client with little room that has entered and reads no more, and what the server keeps for it."""
    before = house.send_queues()
    slow = Reader(house.port, ROOM, receive_buffer=4096)
    (send_queue,) = (each for each in house.send_queues() if each not in before)
    return slow, send_queue


def fill(house: House, send_queue: ClientSendQueue) -> None:
    """Push until the client's connection takes no more, or the server has given it up."""
    while send_queue in house.send_queues() and not house.do(lambda: send_queue.pending):
        house.push(ROOM, big=BIG)


# a slow reader


def test_a_slow_reader_costs_one_state_delays_nobody_and_ends_with_the_newest(house: House) -> None:
    slow, send_queue = stop_reading(house)
    fast = Reader(house.port, ROOM)
    reading = threading.Thread(target=fast.until, args=(house.seq + 500,))
    reading.start()
    most = 0
    for _ in range(500):
        last = house.push(ROOM, big=BIG)
        most = max(most, house.do(lambda: send_queue.pending))
    reading.join(PATIENCE)
    assert fast.states[-1] == {"seq": last, "big": BIG}, "while the slow one has read nothing"
    assert 0 < most <= 2 * (len(BIG) + 100), "the newest state, and the rest of the one that was begun"
    assert slow.until(last) == fast.states[-1]
    for reader in (slow, fast):
        seqs = [state["seq"] for state in reader.states]
        assert seqs == sorted(set(seqs))
    assert len(slow.states) < 100
    slow.close()
    fast.close()


def test_what_is_no_state_reaches_a_slow_reader_whole_and_in_order(house: House) -> None:
    slow, send_queue = stop_reading(house)
    for number in range(60):
        house.note(ROOM, [number, BIG[:1000]])
        last = house.push(ROOM, big=BIG)
        house.push("queue:1", big=BIG)  # a room that it does not watch
    begin = slow.ask("unsubscribe", "after")
    slow.until(last)
    slow.take(lambda text: text.startswith(begin))
    assert [note[0] for note in slow.notes] == list(range(60))
    assert house.do(lambda: send_queue.pending) == 0
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


def test_who_asks_on_without_reading_is_cut_off_before_it_costs_much(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(direct_websocket, "LINGER_SECONDS", 0.3)
    monkeypatch.setattr(direct_websocket, "MAX_ANSWER_BYTES", 200_000)
    slow, send_queue = stop_reading(house)
    asked = 0
    while send_queue in house.send_queues() and asked < 2000:
        asked += 1
        try:
            slow.ask("unsubscribe", "y" * 20_000)
        except OSError:
            break
        assert house.do(lambda: send_queue.pending) < 300_000
    assert asked < 2000
    eventually(lambda: send_queue not in house.send_queues())
    slow.close()


# no frame inside another


def test_frames_stay_whole_whatever_the_socket_takes_at_a_time() -> None:
    with House(send_buffer=4096, budget=Generous) as narrow:
        dice = random.Random(7)
        reader, over = Reader(narrow.port, ROOM, receive_buffer=2048), False
        (send_queue,) = narrow.send_queues()

        def talk() -> None:
            """Notes of all sizes and alphabets, each with its own proof, and states between."""
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
            reader.take(lambda text: text.startswith("42/live,"))
            over = len(reader.notes) > before and reader.notes[-1][0] == 149
        talking.join(PATIENCE)
        reader.until(narrow.seq)
        assert [note[0] for note in reader.notes] == list(range(150))
        assert all(hashlib.sha256(text.encode()).hexdigest() == proof for _, text, proof in reader.notes)
        begin = reader.ask("unsubscribe", "last")
        reader.take(lambda text: text.startswith(begin))
        reader.close()


def test_the_bytes_of_a_state_are_made_once_for_a_room(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str | bytes] = []

    def counting(data: str | bytes) -> bytes:
        made.append(data)
        return original(data)

    original = direct_websocket.frame_of
    readers = [Reader(house.port, "board:7") for _ in range(5)]
    monkeypatch.setattr(direct_websocket, "frame_of", counting)
    last = house.push("board:7", big=BIG)
    for reader in readers:
        assert reader.until(last)["big"] == BIG
        reader.close()
    assert sum(BIG in str(data) for data in made) == 1


def test_a_message_in_pieces_is_bounded_as_a_whole_one() -> None:
    with House(pings=(60, 60)) as house:  # a ping's answer would break the message
        reader, piece = Reader(house.port), "y" * (MAX_MESSAGE // 4)
        for number in range(4):
            opcode = websocket.ABNF.OPCODE_CONT if number else websocket.ABNF.OPCODE_TEXT
            reader.begin_a_message(piece, opcode)
        assert not reader.is_hung_up_on(0.5)
        reader.begin_a_message(piece, websocket.ABNF.OPCODE_CONT)
        assert reader.is_hung_up_on()
        reader.close()


# clients that end, stop, or vanish


def test_a_client_that_never_reads_again_is_dropped_and_nothing_of_it_stays(impatient: House) -> None:
    before = wires_alive()
    slow, send_queue = stop_reading(impatient)
    fill(impatient, send_queue)
    del send_queue
    eventually(lambda: not impatient.rooms() and not impatient.send_queues())
    eventually(lambda: wires_alive() <= before)
    assert slow.is_hung_up_on()
    slow.close()


def test_a_client_that_vanishes_without_a_word_is_dropped_and_nothing_of_it_stays(impatient: House) -> None:
    before = wires_alive()
    line = Line(impatient.port)
    lost, near = Reader(line.port, ROOM), Reader(impatient.port, ROOM)
    line.strand()
    dropped = threading.Event()
    staying = threading.Thread(target=lambda: near.take(lambda _: dropped.is_set()))
    staying.start()
    eventually(lambda: impatient.rooms() == {ROOM: 1})
    eventually(lambda: wires_alive() <= before + 1)
    dropped.set()
    staying.join(PATIENCE)
    assert near.until(impatient.push(ROOM))["seq"] == impatient.seq
    near.close()
    lost.close()
    line.close()


def test_a_client_that_hangs_up_its_half_and_reads_nothing_is_cut(impatient: House) -> None:
    before = wires_alive()
    slow, send_queue = stop_reading(impatient)
    fill(impatient, send_queue)
    del send_queue
    slow.line.shutdown(1)
    eventually(lambda: not impatient.send_queues() and wires_alive() <= before)
    slow.close()


def test_a_server_that_stops_tells_all_and_waits_for_none_that_does_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(direct_websocket, "LINGER_SECONDS", 0.3)
    with House() as house:
        stuck, send_queue = stop_reading(house)
        fill(house, send_queue)
        good = Reader(house.port, ROOM)
        idle = Poller(house.url, ROOM)
    assert good.is_hung_up_on()
    stuck.close()
    good.close()
    idle.close()


# polling, and on from there


class Poller:
    """A client by hand on long polling, which goes over to a WebSocket when it is told to, as the browser's does."""

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
                self.say("3")
            elif text.startswith("42/live,"):
                name, what = json.loads(text.removeprefix("42/live,"))
                self.notes.append(what) if name == "note" else self.states.append(what["seq"])
        return messages

    def say(self, text: str) -> None:
        if self._ws is not None:
            self._ws.send(text)
        else:
            self._http.post("/socket.io/", params=self._at, content=text)

    def poll(self, times: int) -> None:
        for _ in range(times):
            self._take(self._get())

    def upgrade(self, meanwhile: Callable[[], None]) -> None:
        """Probe while a poll is under way, let that one end, and go over; before that nothing may come the new way."""
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


def test_a_client_that_goes_from_polling_to_a_websocket_loses_nothing_and_hears_nothing_twice(house: House) -> None:
    for turn in range(3):
        room = f"board:2{turn}"
        client = Poller(house.url, room)

        def talk(room: str = room) -> None:
            for number in range(100):
                house.note(room, number)
                house.push(room, big=BIG)

        talking = threading.Thread(target=talk)
        talking.start()
        client.poll(2 * turn + 1)
        client.upgrade(lambda room=room: house.note(room, "on the way"))  # type: ignore[misc]
        talking.join(PATIENCE)
        house.note(room, "last")
        while client.notes[-1:] != ["last"]:
            client.poll(1)
        assert [note for note in client.notes if note != "on the way"] == [*range(100), "last"]
        assert client.notes.count("on the way") == 1
        assert client.states == sorted(set(client.states)) and client.states[-1] == house.seq
        client.close()


def test_a_client_that_only_polls_gets_every_note_and_the_newest_state(house: House) -> None:
    client = Poller(house.url, "board:3")
    for number in range(1, 41):
        house.note("board:3", number)
        last = house.push("board:3", big=BIG)
        if number % 10 == 0:
            client.poll(1)
    while not client.states or client.states[-1] < last:
        client.poll(1)
    assert client.notes == list(range(1, 41))
    assert client.states == sorted(set(client.states)) and len(client.states) <= 5
    client.close()


def test_a_second_way_over_while_the_first_is_open_is_refused(house: House) -> None:
    client = Poller(house.url, "board:4")
    address = f"ws://127.0.0.1:{house.port}/socket.io/?EIO=4&transport=websocket&sid={client.sid}"
    first = websocket.create_connection(address, timeout=PATIENCE)
    first.send("2probe")
    assert first.recv() == "3probe"
    line = socket.create_connection(("127.0.0.1", house.port), timeout=PATIENCE)
    second = websocket.create_connection(address, socket=line)
    assert second.recv() == "", "it was closed"
    first.send("5")
    last = house.push("board:4")
    while f'"seq":{last}' not in str(first.recv()):
        pass
    first.close()
    line.close()
    client.close()


# the libraries


def test_the_installed_libraries_have_every_name_that_is_relied_on() -> None:
    assert direct_websocket.missing_names() == []


def test_without_a_name_that_is_relied_on_everything_takes_the_libraries_own_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        direct_websocket, "RELIED_ON", (*direct_websocket.PRIVATE_NAMES, (DirectWebSocket, ("a_name_that_is_gone",)))
    )
    assert direct_websocket.missing_names() == ["DirectWebSocket.a_name_that_is_gone"]
    with House() as house:
        reader, poller = Reader(house.port, ROOM), Poller(house.url, ROOM)
        assert all(type(send_queue) is JoinableQueue for send_queue in house.send_queues())
        assert type(house.socketio.server.manager) is socketio.Manager
        for _ in range(20):
            last = house.push(ROOM, big=BIG)
        assert reader.until(last)["big"] == BIG
        while not poller.states or poller.states[-1] < last:
            poller.poll(1)
        reader.close()
        poller.say("1")
        poller.close()
