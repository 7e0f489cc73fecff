"""Two hundred clients stall, vanish and reconnect for a minute while states are pushed without a pause."""

from __future__ import annotations

import gc
import random
import threading
import time
from collections import Counter
from typing import Any

import gevent
import pytest
import websocket

from server.realtime import direct_websocket
from tests.realtime.push_server import PATIENCE, PushServer, Reader, eventually

ROOM = "board:1"
CLIENTS = 200
SECONDS = 60
TEXT = "x" * 2000
DISCONNECTED = (websocket.WebSocketException, OSError, AssertionError)


class Visitor:
    """One client during the minute; `faults` lists what it must not see."""

    def __init__(self, push_server: PushServer, number: int, over: threading.Event, counts: Counter[str]) -> None:
        self._push_server = push_server
        self._dice = random.Random(number)
        self._over = over
        self._counts = counts
        self.faults: list[str] = []
        self.reader: Reader | None = None
        self.thread = threading.Thread(target=self._live)

    def _live(self) -> None:
        try:
            while not self._over.is_set():
                self._visit()
            self.reader = Reader(self._push_server.port, ROOM, timeout=2 * PATIENCE)
        except Exception as error:  # noqa: BLE001 - reported at the end
            self.faults.append(repr(error))

    def _visit(self) -> None:
        dice, reader = self._dice, Reader(self._push_server.port, receive_buffer=self._dice.choice([None, 2048, 4096]))
        self._counts["visits"] += 1
        try:
            snapshot = reader.subscribe(ROOM)
            for _ in range(dice.randrange(5, 200)):
                if self._over.is_set():
                    break
                reader.read_to_seq(reader.states[-1]["seq"] + 1 if reader.states else snapshot + 1)
                if dice.random() < 0.03:
                    self._counts["stalls"] += 1
                    self._over.wait(dice.choice([0.5, 2, 8]))
                if dice.random() < 0.02:
                    reader.ask("unsubscribe", TEXT)
        except DISCONNECTED:
            self._counts["disconnected for stalling"] += 1
        seqs = [state["seq"] for state in reader.states]
        self._counts["states seen"] += len(seqs)
        if seqs != sorted(set(seqs)):
            self.faults.append(f"backwards or twice: {seqs}")
        if any(state["text"] != TEXT for state in reader.states):
            self.faults.append("a state that was not pushed")
        if dice.random() < 0.3:
            reader.vanish()
            self._counts["vanished"] += 1
        reader.close()

    def last_state(self) -> dict[str, Any]:
        """Return the last state that it gets."""
        assert self.reader is not None
        self.reader.read_to_seq(self._push_server.seq)
        return self.reader.states[-1]


def alive(kind: type) -> int:
    gc.collect()
    return sum(isinstance(each, kind) for each in gc.get_objects())


@pytest.mark.torture
def test_after_a_minute_of_stalls_and_comings_all_have_the_newest_state_and_nothing_stays(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(direct_websocket, "LINGER_SECONDS", 1.0)
    counts: Counter[str] = Counter()
    over = threading.Event()
    with PushServer(pings=(1, 2)) as push_server:
        Reader(push_server.port, ROOM).close()
        eventually(lambda: not push_server.send_queues())
        greenlets, wires = alive(gevent.Greenlet), alive(direct_websocket.DirectWebSocket)
        visitors = [Visitor(push_server, number, over, counts) for number in range(CLIENTS)]
        for visitor in visitors:
            visitor.thread.start()
        ending = threading.Timer(SECONDS, over.set)
        ending.start()
        most = 0
        while any(visitor.thread.is_alive() for visitor in visitors):
            push_server.push(ROOM, text=TEXT)
            counts["pushes"] += 1
            most = max(
                [most, *push_server.do(lambda: [client.queue.pending for client in push_server.eio.sockets.values()])]
            )
            time.sleep(0.1)  # a busy branch's pace
        assert [fault for visitor in visitors for fault in visitor.faults] == []
        eventually(lambda: push_server.rooms() == {ROOM: CLIENTS}, 2 * PATIENCE)
        last = push_server.push(ROOM, text=TEXT)
        assert [visitor.last_state() for visitor in visitors] == [{"seq": last, "text": TEXT}] * CLIENTS
        for visitor in visitors:
            assert visitor.reader is not None
            visitor.reader.close()
        eventually(lambda: not push_server.rooms() and not push_server.send_queues(), 2 * PATIENCE)
        eventually(
            lambda: alive(direct_websocket.DirectWebSocket) <= wires and alive(gevent.Greenlet) <= greenlets,
            2 * PATIENCE,
        )
    assert "Traceback" not in capfd.readouterr().err
    with capfd.disabled():
        print(f"\n{dict(counts)}; at most {most} bytes kept for a client")
    assert most <= 2 * (len(TEXT) + 100) + 10 * (len(TEXT) + 20), "two states and the answers it asked for"
    assert counts["disconnected for stalling"] and counts["stalls"] and counts["visits"] > CLIENTS
