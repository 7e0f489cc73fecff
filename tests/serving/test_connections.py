"""Limits on waiting connections, by network and in all: the one waited for longest is reset first."""

from __future__ import annotations

from server.serving.connections import Connections


class FakeConnection:
    """A connection that can be disconnected."""

    def __init__(self) -> None:
        self.is_up = True

    def hang_up(self) -> None:
        self.is_up = False


def waiting(connections: Connections, network: str, count: int) -> list[FakeConnection]:
    """Add waiting connections to a network; return them."""
    open_connections = [FakeConnection() for _ in range(count)]
    for connection in open_connections:
        connections.wait(network, connection)
    return open_connections


def test_of_too_many_of_a_network_the_one_waited_for_longest_is_reset() -> None:
    connections = Connections(per_network=3, total=100)
    open_connections = waiting(connections, "192.0.2.1", 3)
    others = waiting(connections, "192.0.2.2", 3)
    connections.wait("192.0.2.1", open_connections[0])  # it was served, and waits again
    open_connections += waiting(connections, "192.0.2.1", 1)
    assert [connection.is_up for connection in open_connections] == [True, False, True, True]
    assert all(connection.is_up for connection in others) and len(connections) == 6


def test_a_connection_that_the_server_works_for_is_never_reset() -> None:
    connections = Connections(per_network=2, total=100)
    (printer,) = waiting(connections, "192.0.2.1", 1)
    connections.work("192.0.2.1", printer)
    waiting(connections, "192.0.2.1", 9)
    assert printer.is_up and len(connections) == 2


def test_of_too_many_in_all_connections_of_the_largest_network_are_reset() -> None:
    connections = Connections(per_network=100, total=10)
    branch = waiting(connections, "192.0.2.1", 3)
    strangers = waiting(connections, "198.51.100.1", 7)
    branch += waiting(connections, "192.0.2.1", 2)
    assert all(connection.is_up for connection in branch)
    assert [connection.is_up for connection in strangers] == [False, False, True, True, True, True, True]
