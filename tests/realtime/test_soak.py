"""A minute of two hundred clients that stall, vanish and come back while states are pushed without a pause."""

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
from tests.realtime.house import PATIENCE, House, Reader, eventually

ROOM = "board:1"
CLIENTS = 200
SECONDS = 60
TEXT = "x" * 2000
HUNG_UP = (websocket.WebSocketException, OSError, AssertionError)


class Visitor:
    """One client through the minute; `faults` says what it saw that it must not."""

    def __init__(self, house: House, number: int, over: threading.Event, told: Counter[str]) -> None:
        self._house = house
        self._dice = random.Random(number)
        self._over = over
        self._told = told
        self.faults: list[str] = []
        self.reader: Reader | None = None
        self.thread = threading.Thread(target=self._live)

    def _live(self) -> None:
        try:
            while not self._over.is_set():
                self._visit()
            self.reader = Reader(self._house.port, ROOM, timeout=2 * PATIENCE)
        except Exception as error:  # noqa: BLE001 - told at the end
            self.faults.append(repr(error))

    def _visit(self) -> None:
        dice, reader = self._dice, Reader(self._house.port, receive_buffer=self._dice.choice([None, 2048, 4096]))
        self._told["visits"] += 1
        try:
            snapshot = reader.subscribe(ROOM)
            for _ in range(dice.randrange(5, 200)):
                if self._over.is_set():
                    break
                reader.until(reader.states[-1]["seq"] + 1 if reader.states else snapshot + 1)
                if dice.random() < 0.03:
                    self._told["stalls"] += 1
                    self._over.wait(dice.choice([0.5, 2, 8]))
                if dice.random() < 0.02:
                    reader.ask("unsubscribe", TEXT)
        except HUNG_UP:
            self._told["put out for stalling"] += 1
        seqs = [state["seq"] for state in reader.states]
        self._told["states seen"] += len(seqs)
        if seqs != sorted(set(seqs)):
            self.faults.append(f"backwards or twice: {seqs}")
        if any(state["text"] != TEXT for state in reader.states):
            self.faults.append("a state that was not pushed")
        if dice.random() < 0.3:
            reader.vanish()
            self._told["vanished"] += 1
        reader.close()

    def ends_with(self) -> dict[str, Any]:
        """The last state that it is told."""
        assert self.reader is not None
        self.reader.until(self._house.seq)
        return self.reader.states[-1]


def alive(kind: type) -> int:
    gc.collect()
    return sum(isinstance(each, kind) for each in gc.get_objects())


@pytest.mark.torture
def test_after_a_minute_of_stalls_and_comings_all_have_the_newest_state_and_nothing_stays(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(direct_websocket, "LINGER_SECONDS", 1.0)
    told: Counter[str] = Counter()
    over = threading.Event()
    with House(pings=(1, 2)) as house:
        Reader(house.port, ROOM).close()
        eventually(lambda: not house.send_queues())
        greenlets, wires = alive(gevent.Greenlet), alive(direct_websocket.DirectWebSocket)
        visitors = [Visitor(house, number, over, told) for number in range(CLIENTS)]
        for visitor in visitors:
            visitor.thread.start()
        ending = threading.Timer(SECONDS, over.set)
        ending.start()
        most = 0
        while any(visitor.thread.is_alive() for visitor in visitors):
            house.push(ROOM, text=TEXT)
            told["pushes"] += 1
            most = max([most, *house.do(lambda: [client.queue.pending for client in house.eio.sockets.values()])])
            time.sleep(0.1)  # a busy branch's pace
        assert [fault for visitor in visitors for fault in visitor.faults] == []
        eventually(lambda: house.rooms() == {ROOM: CLIENTS}, 2 * PATIENCE)
        last = house.push(ROOM, text=TEXT)
        assert [visitor.ends_with() for visitor in visitors] == [{"seq": last, "text": TEXT}] * CLIENTS
        for visitor in visitors:
            assert visitor.reader is not None
            visitor.reader.close()
        eventually(lambda: not house.rooms() and not house.send_queues(), 2 * PATIENCE)
        eventually(
            lambda: alive(direct_websocket.DirectWebSocket) <= wires and alive(gevent.Greenlet) <= greenlets,
            2 * PATIENCE,
        )
    assert "Traceback" not in capfd.readouterr().err
    with capfd.disabled():
        print(f"\n{dict(told)}; at most {most} bytes kept for a client")
    assert most <= 2 * (len(TEXT) + 100) + 10 * (len(TEXT) + 20), "two states and the answers it asked for"
    assert told["put out for stalling"] and told["stalls"] and told["visits"] > CLIENTS
