"""States to a room: in order whoever sends them, by turns, and across processes."""

from __future__ import annotations

import json
import queue
from collections.abc import Iterator
from typing import Any

import gevent
import pytest
from socketio import PubSubManager

from server.realtime import feed, rooms
from server.realtime.feed import NAMESPACE
from server.realtime.rooms import SharedRooms
from tests.realtime.house import House, Reader, eventually

ROOM = "board:1"


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A server in which everybody else has a turn after each client."""
    monkeypatch.setattr(rooms, "AT_ONCE", 1)
    with House() as one:
        yield one


def send(house: House, seq: int) -> None:
    """Emit a state of this seq; on the hub."""
    house.seq = max(seq, house.seq)
    house.socketio.emit("state", {"seq": seq}, namespace=NAMESPACE, to=ROOM)


def seqs(reader: Reader) -> list[int]:
    return [state["seq"] for state in reader.states]


def test_a_newer_state_that_sets_out_meanwhile_overtakes_the_older_one_for_everybody(house: House) -> None:
    readers = [Reader(house.port, ROOM) for _ in range(6)]
    house.do(lambda: gevent.joinall([gevent.spawn(send, house, 1), gevent.spawn(send, house, 2)]))
    for reader in readers:
        reader.until(2)
        assert seqs(reader) in ([1, 2], [2])
        reader.close()
    assert sum(seqs(reader) == [2] for reader in readers) >= 4


def test_a_state_that_comes_late_is_not_told(house: House) -> None:
    reader = Reader(house.port, ROOM)
    for seq in (5, 4, 5, 6):
        house.do(lambda seq=seq: send(house, seq))  # type: ignore[misc]
    reader.until(6)
    assert seqs(reader) == [5, 6]
    reader.close()
    eventually(lambda: not house.rooms())
    again = Reader(house.port, ROOM)
    house.do(lambda: send(house, 3))
    assert again.until(3) == {"seq": 3}, "an empty room remembers nothing"
    again.close()


def test_others_have_their_turn_while_many_are_told(house: House) -> None:
    readers = [Reader(house.port, ROOM) for _ in range(3)]

    def deed() -> list[str]:
        turns: list[str] = []
        client, server = gevent.socket.socketpair()
        gevent.spawn(lambda: turns.append(server.recv(100).decode()))
        gevent.sleep(0.01)
        client.sendall(b"a request")
        send(house, 1)
        client.close()
        server.close()
        return [*turns, "all told"]

    assert house.do(deed) == ["a request", "all told"]
    for reader in readers:
        assert reader.until(1) == {"seq": 1}
        reader.close()


class Linked(SharedRooms):
    """What Redis carries between processes, carried by hand between servers."""

    def __init__(self) -> None:
        PubSubManager.__init__(self)
        self.others: list[Linked] = []
        self._mail: queue.SimpleQueue[str] = queue.SimpleQueue()

    def initialize(self) -> None:
        PubSubManager.initialize(self)

    def _publish(self, data: Any) -> None:
        for other in self.others:
            other._mail.put(json.dumps(data))

    def _listen(self) -> Iterator[str]:
        while True:
            try:
                yield self._mail.get_nowait()
            except queue.Empty:
                gevent.sleep(0.01)


def test_a_state_reaches_the_clients_of_every_process_once(monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = Linked(), Linked()
    here.others, there.others = [there], [here]
    unused = iter((here, there))
    monkeypatch.setattr(feed, "Rooms", lambda: next(unused))
    with House() as first, House() as second:
        readers = [Reader(first.port, ROOM), Reader(second.port, ROOM)]
        for seq in range(1, 21):
            house = (first, second)[seq % 2]
            house.do(lambda house=house, seq=seq: send(house, seq))  # type: ignore[misc]
        second.do(lambda: send(second, 20))
        second.note(ROOM, "the end")
        for reader in readers:
            reader.take(lambda text: "the end" in text)
            assert seqs(reader)[-1] == 20
            assert seqs(reader) == sorted(set(seqs(reader)))
            reader.close()
