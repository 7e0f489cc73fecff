"""The servers that `push.py` compares, one a process: `python -m benchmarks.push_servers ours|stock|websockets`.

Each prints `PORT CONTROL_PORT` and obeys on the control port, a line a command, one JSON answer each:
`push` sends the next state to everybody, `cpu` tells the processor seconds used, `memory` the resident bytes,
`stalls N` pushes N times, 100 ms apart, beside a timer of a millisecond, and tells how many milliseconds of processor
others took each time before the timer had its turn: what a request in between waits, whatever else the machine does.
"""

from __future__ import annotations

import asyncio
import gc
import json
import resource
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

ROOM, NAMESPACE = "board:1", "/live"
TICK = 0.001
GAP = 0.1


def states() -> Iterator[dict[str, Any]]:
    """Boards of about a kilobyte, all of the same length."""
    seq = 100_000
    while True:
        seq += 1
        calls = [
            {"id": 1000 + n, "seq": seq, "number": f"A{n:03}", "counter": 1, "service": "A", "recalls": 0, "x": "y" * 8}
            for n in range(9)
        ]
        board = {"now": "2026-11-21T08:00:00Z", "calls": calls, "waiting": {"A": 10, "B": 10}, "notice": None}
        yield {"seq": seq, "view": "board", "board": board, "events": [], "event": None}


def resident() -> int:
    """Bytes of this process in memory, after collecting what is garbage."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def raise_file_limit() -> None:
    """A thousand connections need more files than a shell allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def on_gevent(kind: str) -> None:
    """Flask-SocketIO as it comes, or as Giliran has it; the WSGI server and its options are the same."""
    from gevent import monkey

    monkey.patch_all()

    import gevent
    from flask import Flask, request
    from flask_socketio import Namespace, SocketIO, join_room
    from gevent import pywsgi, server, socket
    from geventwebsocket.handler import WebSocketHandler

    class Door(Namespace):  # type: ignore[misc]
        def on_subscribe(self, room: str) -> int:
            join_room(room)
            show()
            return 0

    flask, forever = Flask("push"), 3600
    show: Callable[[], None] = lambda: None  # noqa: E731
    make_server: Callable[..., Any] = partial(pywsgi.WSGIServer, handler_class=WebSocketHandler, log=None)
    if kind == "ours":
        from server.realtime.clients import CLIENT, Clients
        from server.realtime.feed import make_socketio
        from server.serving.limits import BoundedServer

        make_server = BoundedServer
        socketio = make_socketio(flask)
        clients = Clients(socketio.server)
        show = lambda: clients.mark_identified(request.environ[CLIENT])  # noqa: E731
        socketio.server.eio.ping_interval = socketio.server.eio.ping_timeout = forever
    else:
        socketio = SocketIO(
            flask, async_mode="gevent", ping_interval=forever, ping_timeout=forever, manage_session=False, cookie=None
        )
    socketio.on_namespace(Door(NAMESPACE))
    boards = states()

    def push() -> float:
        began = time.monotonic()
        socketio.emit("state", next(boards), namespace=NAMESPACE, to=ROOM)
        return began

    def stalls(times: int) -> list[float]:
        late: list[float] = []

        def tick() -> None:
            while True:
                began = time.process_time()
                gevent.sleep(TICK)
                late.append((time.process_time() - began) * 1000)

        ticking = gevent.spawn(tick)
        for _ in range(times):
            push()
            gevent.sleep(GAP)
        ticking.kill()
        return late

    does = {"push": push, "cpu": time.process_time, "memory": resident}

    def control(line: Any, _address: Any) -> None:
        file = line.makefile("rw")
        for command in file:
            name, *arguments = command.split()
            answer = stalls(int(arguments[0])) if name == "stalls" else does[name]()
            file.write(json.dumps(answer) + "\n")
            file.flush()

    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    web = make_server(listener, flask)
    controls = server.StreamServer(("127.0.0.1", 0), control)
    controls.start()
    print(listener.getsockname()[1], controls.server_port, flush=True)
    web.serve_forever()


async def on_asyncio() -> None:
    """The library `websockets`, broadcasting the bytes that Socket.IO would send."""
    from websockets.asyncio.server import ServerConnection, broadcast, serve

    here: set[ServerConnection] = set()
    boards = states()

    async def connected(connection: ServerConnection) -> None:
        here.add(connection)
        await connection.send("welcome")
        await connection.wait_closed()
        here.discard(connection)

    def push() -> float:
        began = time.monotonic()
        message = json.dumps(["state", next(boards)], separators=(",", ":"))
        broadcast(here, f"42{NAMESPACE},{message}")
        return began

    async def stalls(times: int) -> list[float]:
        late: list[float] = []

        async def tick() -> None:
            while True:
                began = time.process_time()
                await asyncio.sleep(TICK)
                late.append((time.process_time() - began) * 1000)

        ticking = asyncio.create_task(tick())
        for _ in range(times):
            push()
            await asyncio.sleep(GAP)
        ticking.cancel()
        return late

    does: dict[str, Callable[[], float]] = {"push": push, "cpu": time.process_time, "memory": resident}

    async def control(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async for command in reader:
            name, *arguments = command.decode().split()
            answer = await stalls(int(arguments[0])) if name == "stalls" else does[name]()
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()

    controls = await asyncio.start_server(control, "127.0.0.1", 0)
    web = await serve(connected, "127.0.0.1", 0, compression=None, ping_interval=None, backlog=1024)
    print(next(iter(web.sockets)).getsockname()[1], controls.sockets[0].getsockname()[1], flush=True)
    await web.serve_forever()


if __name__ == "__main__":
    raise_file_limit()
    if sys.argv[1] == "websockets":
        asyncio.run(on_asyncio())
    else:
        on_gevent(sys.argv[1])
