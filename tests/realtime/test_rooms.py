"""States to a room: in order for any number of senders, and a slice of clients at a time."""

from __future__ import annotations

from collections.abc import Iterator

import gevent
import pytest

from server.realtime import rooms
from server.realtime.feed import NAMESPACE
from tests.realtime.push_server import PushServer, Reader, eventually

ROOM = "board:1"


@pytest.fixture
def push_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[PushServer]:
    """A server that serves others after each client."""
    monkeypatch.setattr(rooms, "CLIENTS_PER_SLICE", 1)
    with PushServer() as server:
        yield server


def send(push_server: PushServer, seq: int) -> None:
    """Emit a state of this seq; on the hub."""
    push_server.seq = max(seq, push_server.seq)
    push_server.socketio.emit("state", {"seq": seq}, namespace=NAMESPACE, to=ROOM)


def seqs(reader: Reader) -> list[int]:
    return [state["seq"] for state in reader.states]


def test_a_newer_state_replaces_an_older_one_that_is_still_being_sent(push_server: PushServer) -> None:
    readers = [Reader(push_server.port, ROOM) for _ in range(6)]
    push_server.do(lambda: gevent.joinall([gevent.spawn(send, push_server, 1), gevent.spawn(send, push_server, 2)]))
    for reader in readers:
        reader.read_to_seq(2)
        assert seqs(reader) in ([1, 2], [2])
        reader.close()
    assert sum(seqs(reader) == [2] for reader in readers) >= 4


def test_a_state_older_than_the_newest_is_not_sent(push_server: PushServer) -> None:
    reader = Reader(push_server.port, ROOM)
    for seq in (5, 4, 5, 6):
        push_server.do(lambda seq=seq: send(push_server, seq))  # type: ignore[misc]
    reader.read_to_seq(6)
    assert seqs(reader) == [5, 6]
    reader.close()
    eventually(lambda: not push_server.rooms())
    second = Reader(push_server.port, ROOM)
    push_server.do(lambda: send(push_server, 3))
    assert second.read_to_seq(3) == {"seq": 3}, "an empty room remembers nothing"
    second.close()


def test_other_requests_are_served_while_many_clients_get_a_state(push_server: PushServer) -> None:
    readers = [Reader(push_server.port, ROOM) for _ in range(3)]

    def action() -> list[str]:
        served: list[str] = []
        client, server = gevent.socket.socketpair()
        gevent.spawn(lambda: served.append(server.recv(100).decode()))
        gevent.sleep(0)  # so it waits for its request
        client.sendall(b"a request")
        send(push_server, 1)
        client.close()
        server.close()
        return [*served, "all sent"]

    assert push_server.do(action) == ["a request", "all sent"]
    for reader in readers:
        assert reader.read_to_seq(1) == {"seq": 1}
        reader.close()
