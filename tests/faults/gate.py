"""Between a print agent and its server: every call goes through, and what a test wants done at one of them is done."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

import httpx


class Gate:
    """Listens on `url`, between an agent and the server.

    `before(call, action)` runs `action` once, before the server receives the agent's call; `after(call, action)` once
    after the server has answered and before the agent receives the answer. Calls are named by the end of their path:
    claim, started, outcome, status. `papers` are the contents that were claimed.
    """

    def __init__(self, server: str) -> None:
        self.papers: list[dict[str, Any]] = []
        self._before: dict[str, Callable[[], object]] = {}
        self._after: dict[str, Callable[[], object]] = {}
        self._client = httpx.Client(base_url=server, trust_env=False, timeout=60)
        gate = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                gate.carry(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._client.close()

    def before(self, call: str, action: Callable[[], object]) -> None:
        self._before[call] = action

    def after(self, call: str, action: Callable[[], object]) -> None:
        self._after[call] = action

    def carry(self, asked: BaseHTTPRequestHandler) -> None:
        """One call, there and back."""
        body = asked.rfile.read(int(asked.headers["Content-Length"]))
        call = asked.path.rpartition("/")[2]
        wanted = json.loads(body).get("wait")
        if call == "claim" and wanted == 0:
            call = "look"  # a claim that does not wait
        if call in self._before:
            self._before.pop(call)()
            asked.close_connection = True
            return
        passed = {name: asked.headers[name] for name in ("Authorization", "Content-Type")}
        try:
            answer = self._client.post(asked.path, content=body, headers=passed)
        except httpx.TransportError:  # the server has ended, and with it the test
            asked.close_connection = True
            return
        if asked.path.endswith("/claim") and answer.status_code == 200:
            self.papers.append(answer.json()["content"])
            call = "claimed"
        if call in self._after:
            self._after.pop(call)()
            asked.close_connection = True
            return
        try:
            asked.send_response_only(answer.status_code)
            for name in ("Content-Type", "Date"):
                if name in answer.headers:
                    asked.send_header(name, answer.headers[name])
            asked.send_header("Content-Length", str(len(answer.content)))
            asked.end_headers()
            asked.wfile.write(answer.content)
        except OSError:
            asked.close_connection = True  # whoever asked was killed meanwhile
