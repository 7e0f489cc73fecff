"""A Socket.IO screen of our own: it subscribes, and remembers every state that it is told."""

import queue
import socket
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import engineio
import socketio
import websocket

LIVE = "/live"
PATIENCE = 60
"""Seconds that a busy machine may take for what comes at once on an idle one."""


class _OneAfterAnother(engineio.Client):  # type: ignore[misc]
    def _trigger_event(self, event: str, *values: Any, **how: Any) -> Any:
        return super()._trigger_event(event, *values, **{**how, "run_async": False})


class InOrder(socketio.Client):  # type: ignore[misc]
    """The library's client, but what comes is taken in the order of the line, as a browser takes it.

    By itself it gives each message a thread, and on a busy machine the second may be there before the first.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        assert isinstance(self.eio, _OneAfterAnother)

    def _engineio_client_class(self) -> type[engineio.Client]:
        return _OneAfterAnother


class Screen:
    """One connection to the live feed; use as a context."""

    def __init__(self, url: str, token: str | None = None, *, cookie: str | None = None) -> None:
        self._url = url
        self._auth = {"token": token} if token else {}
        self._headers = {"Cookie": cookie} if cookie else {}
        self._client = InOrder(reconnection=False)
        self._states: queue.Queue[dict[str, Any]] = queue.Queue()
        self._connections: list[Any] = []
        self.seen: list[dict[str, Any]] = []
        self._client.on("state", self._states.put, namespace=LIVE)
        self._gone = threading.Event()
        self._client.on("disconnect", self._put_out, namespace=LIVE)

    def __enter__(self) -> Self:
        self._client.connect(
            self._url, headers=self._headers, auth=self._auth, namespaces=[LIVE], wait_timeout=PATIENCE
        )
        # The client forgets a connection that the server cuts, without closing it.
        self._connections = [each for each in [self._client.eio.ws, self._client.eio.http] if each is not None]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.disconnect()
        for connection in self._connections:
            connection.close()

    def _put_out(self, *_reason: object) -> None:
        self._gone.set()

    def until_disconnected(self, seconds: float = PATIENCE) -> None:
        """Come back when the server has put this screen out."""
        assert self._gone.wait(seconds), f"still connected after {seconds} s"

    def subscribe(self, branch: str, view: str, token: str | None = None) -> dict[str, Any]:
        """The answer to `subscribe`: a snapshot, or an error."""
        ask = {"branch": branch, "view": view} | ({"token": token} if token else {})
        return self.ask(ask)

    def ask(self, subscription: Any) -> dict[str, Any]:
        """The answer to whatever is sent as `subscribe`."""
        answer: dict[str, Any] = self._client.call("subscribe", subscription, namespace=LIVE, timeout=PATIENCE)
        return answer

    def until(self, holds: Callable[[dict[str, Any]], bool], seconds: float = PATIENCE) -> dict[str, Any]:
        """The first state from here on for which this holds."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                state = self._states.get(timeout=max(0.01, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no such state within {seconds} s; last: {self.seen[-1:]}") from None
            self.seen.append(state)
            if holds(state):
                return state


def is_hung_up_on(url: str, message: str) -> bool:
    """Whether the server ends the connection of a bare WebSocket that sends this."""
    address = url.replace("http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket"
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as line:
        connection = websocket.create_connection(address, socket=line)
        connection.send("40/live,")
        try:
            connection.send(message)
            while connection.recv():
                pass  # what it was told before
        except websocket.WebSocketTimeoutException:
            return False
        except (websocket.WebSocketException, OSError):
            return True
        return True
