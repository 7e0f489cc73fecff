"""The line fails as it is told to, and as real ones do: the tests that use it rely on that."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.faults.line import Line, line


class Echo:
    """A server that says everything back, and keeps what it heard."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.heard = b""
        self.something = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._answer, args=(client,), daemon=True).start()

    def _answer(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            while data := client.recv(65536):
                self.heard += data
                self.something.set()
                client.sendall(data)

    def close(self) -> None:
        with suppress(OSError):  # closed by the test already
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def echo() -> Iterator[Echo]:
    one = Echo()
    yield one
    one.close()


@pytest.fixture
def cord(echo: Echo) -> Iterator[Line]:
    with line(echo.port) as one:
        yield one


def joined(cord: Line) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", cord.port))
    client.settimeout(20)
    return client


def said_back(client: socket.socket, words: bytes) -> bytes:
    client.sendall(words)
    return received(client, len(words))


def received(client: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size and (more := client.recv(65536)):
        data += more
    return data


def is_reset(client: socket.socket) -> bool:
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True


def is_silent(client: socket.socket) -> bool:
    client.settimeout(0.2)
    try:
        client.recv(1)
    except TimeoutError:
        return True
    finally:
        client.settimeout(20)
    return False


def test_a_whole_line_carries_all_and_the_end(cord: Line) -> None:
    with joined(cord) as client:
        words = bytes(range(256)) * 2000
        threading.Thread(target=client.sendall, args=(words,)).start()
        assert received(client, len(words)) == words
        client.shutdown(socket.SHUT_WR)
        assert client.recv(1) == b""


def test_a_cut_ends_all_connections_and_hangs_up_on_new_ones_until_it_is_mended(cord: Line) -> None:
    with joined(cord) as client:
        assert said_back(client, b"one") == b"one"
        cord.cut()
        assert is_reset(client)
    with joined(cord) as client:
        assert is_reset(client)
    cord.mend()
    with joined(cord) as client:
        assert said_back(client, b"two") == b"two"


def test_a_stall_ends_nothing_and_what_it_held_back_arrives_when_it_is_over(cord: Line, echo: Echo) -> None:
    with joined(cord) as old:
        assert said_back(old, b"one") == b"one"
        cord.stall()
        old.sendall(b"two")
        with joined(cord) as new:
            new.sendall(b"three")
            assert is_silent(old)
            assert is_silent(new)
            assert echo.heard == b"one"
            cord.mend()
            assert received(old, 3) == b"two"
            assert received(new, 5) == b"three"


def test_a_stall_keeps_the_end_from_the_other_side(cord: Line, echo: Echo) -> None:
    with joined(cord) as client:
        assert said_back(client, b"one") == b"one"
        cord.stall()
        client.shutdown(socket.SHUT_WR)
        assert is_silent(client)
        cord.mend()
        assert client.recv(1) == b""


def test_stranded_connections_are_dead_while_new_ones_are_whole(cord: Line) -> None:
    with joined(cord) as old:
        assert said_back(old, b"one") == b"one"
        cord.strand()
        old.sendall(b"two")
        with joined(cord) as new:
            assert said_back(new, b"three") == b"three"
        assert is_silent(old)


@pytest.mark.parametrize("after", [0, 2])
def test_a_lost_answer_was_heard_by_the_server_and_ends_after_so_many_bytes(cord: Line, echo: Echo, after: int) -> None:
    with joined(cord) as client:
        assert said_back(client, b"before") == b"before"
        cord.lose_answers(after)
        client.sendall(b"lost")
        assert received(client, after) == b"lost"[:after]
        assert is_reset(client)
        assert echo.heard == b"beforelost"


def test_a_delay_keeps_the_order(cord: Line) -> None:
    cord.delay(0.05)
    with joined(cord) as client:
        for word in (b"one", b"two", b"three"):
            client.sendall(word)
        assert received(client, 11) == b"onetwothree"


def test_a_slow_line_is_felt_by_who_speaks(echo: Echo, cord: Line) -> None:
    cord.slow(1000)
    with joined(cord) as client:
        client.settimeout(0.3)
        with pytest.raises(TimeoutError):  # the echo waits for its reader, and so does who speaks to it
            client.sendall(bytes(50_000_000))
        assert 0 < len(echo.heard) < 50_000_000
        assert client.recv(10)


def test_who_says_nothing_for_too_long_is_hung_up_on(cord: Line) -> None:
    with joined(cord) as client:
        assert said_back(client, b"one") == b"one"
        cord.hang_up_when_idle(0.1)
        assert is_reset(client)


def test_a_server_that_is_down_is_hung_up_on_at_once(echo: Echo, cord: Line) -> None:
    echo.close()
    with joined(cord) as client:
        assert is_reset(client)
