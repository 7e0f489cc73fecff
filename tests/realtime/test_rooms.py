"""States to a room: in order whoever sends them, and by turns."""

from __future__ import annotations

from collections.abc import Iterator

import gevent
import pytest

from server.realtime import rooms
from server.realtime.feed import NAMESPACE
from tests.realtime.house import House, Reader, eventually

ROOM = "board:1"


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A server in which everybody else has a turn after each client."""
    monkeypatch.setattr(rooms, "CLIENTS_PER_SLICE", 1)
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

    def action() -> list[str]:
        turns: list[str] = []
        client, server = gevent.socket.socketpair()
        gevent.spawn(lambda: turns.append(server.recv(100).decode()))
        gevent.sleep(0)  # so it waits for its request
        client.sendall(b"a request")
        send(house, 1)
        client.close()
        server.close()
        return [*turns, "all told"]

    assert house.do(action) == ["a request", "all told"]
    for reader in readers:
        assert reader.until(1) == {"seq": 1}
        reader.close()
