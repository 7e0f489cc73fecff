"""Connections that owe the server something: so many of a network, so many in all, and the oldest goes first."""

from __future__ import annotations

from server.serving.connections import Connections


class Line:
    """A connection that can be disconnected."""

    def __init__(self) -> None:
        self.is_up = True

    def hang_up(self) -> None:
        self.is_up = False


def waiting(connections: Connections, network: str, count: int) -> list[Line]:
    """So many connections more that owe something."""
    lines = [Line() for _ in range(count)]
    for line in lines:
        connections.wait(network, line)
    return lines


def test_of_too_many_of_a_network_the_one_that_has_owed_longest_is_hung_up_on() -> None:
    connections = Connections(per_network=3, total=100)
    lines = waiting(connections, "192.0.2.1", 3)
    others = waiting(connections, "192.0.2.2", 3)
    connections.wait("192.0.2.1", lines[0])  # it has been served, and begins anew
    lines += waiting(connections, "192.0.2.1", 1)
    assert [line.is_up for line in lines] == [True, False, True, True]
    assert all(line.is_up for line in others) and len(connections) == 6


def test_what_the_server_works_for_is_never_hung_up_on() -> None:
    connections = Connections(per_network=2, total=100)
    (printer,) = waiting(connections, "192.0.2.1", 1)
    connections.work("192.0.2.1", printer)
    waiting(connections, "192.0.2.1", 9)
    assert printer.is_up and len(connections) == 2


def test_of_too_many_in_all_the_largest_network_gives_way() -> None:
    connections = Connections(per_network=100, total=10)
    branch = waiting(connections, "192.0.2.1", 3)
    strangers = waiting(connections, "198.51.100.1", 7)
    branch += waiting(connections, "192.0.2.1", 2)
    assert all(line.is_up for line in branch)
    assert [line.is_up for line in strangers] == [False, False, True, True, True, True, True]
