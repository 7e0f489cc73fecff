"""A small real server that stands in for Giliran's: pages, prepared answers, and a live feed."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import socketio
from flask import Flask, Response, request, send_from_directory
from werkzeug.serving import make_server

JSON = dict[str, Any]

# The policy the pages must live with: no inline script or style.
POLICY = "default-src 'self'; connect-src 'self' ws:; img-src 'self' data:; media-src 'self' blob:"

PAGE = """<!doctype html>
<html lang="{language}" translate="no" class="notranslate"><head><meta charset="utf-8"><title>Giliran</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">{style}</head><body><div id="app"><p class="starting">too old</p></div>
<script type="application/json" id="boot">{boot}</script>
<script src="/static/{page}.js" defer></script></body></html>"""


@dataclass(frozen=True)
class Seen:
    """A request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: JSON | None


@dataclass
class Stage:
    """What the server shows and answers, and what it was asked. Set it freely while it runs."""

    url: str = ""
    pages: dict[str, JSON] = field(default_factory=dict)
    """Path -> boot data; its "page" names the script and the style sheet."""
    answers: dict[str, deque[tuple[int, JSON]]] = field(default_factory=dict)
    """"METHOD /path" under /api/v1 -> answers in turn; the last one stays."""
    seen: list[Seen] = field(default_factory=list)
    view: str = "board"
    state: JSON = field(default_factory=dict)
    seq: int = 1
    build: str = "one"
    refusal: JSON | None = None
    """What a subscriber is told instead of a snapshot."""
    turned_away: str | None = None
    """With which code connections are refused, as when a token was revoked."""
    subscriptions: list[JSON] = field(default_factory=list)
    auths: list[Any] = field(default_factory=list)
    before_answering: list[JSON] = field(default_factory=list)
    """Pushes that leave after the subscription arrived and before its answer does."""
    sio: Any = None

    def answer(self, call: str, *answers: tuple[int, JSON]) -> None:
        self.answers[call] = deque(answers)

    def push(self, state: JSON, *, seq: int | None = None, event: JSON | None = None) -> None:
        """Pushes a state as the server does after a commit; without `seq`, the next one."""
        self.seq = self.seq + 1 if seq is None else max(seq, self.seq)
        if seq is None:
            self.state = state
        self._emit(state, self.seq if seq is None else seq, event)

    def drop_connections(self) -> None:
        """Disconnects every subscriber, as a server does that revokes a token."""
        for sid in list(self.sio.manager.get_participants("/live", None)):
            self.sio.disconnect(sid[0], namespace="/live")

    def _emit(self, state: JSON, seq: int, event: JSON | None = None) -> None:
        events = [event] if event else []
        message = {"seq": seq, "view": self.view, self.view: state, "events": events}
        self.sio.emit("state", {**message, "event": event}, namespace="/live")


@contextmanager
def stage(static: Path, **socket_options: Any) -> Iterator[Stage]:
    """Serves a Stage on a free port of this machine.

    `static` holds scripts and style sheets; the options are those of `socketio.Server`.
    """
    set_up = Stage()
    set_up.sio = socketio.Server(async_mode="threading", **{"ping_interval": 5, **socket_options})
    _follow(set_up)
    app = socketio.WSGIApp(set_up.sio, _pages_and_answers(set_up, static))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    set_up.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield set_up
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _pages_and_answers(set_up: Stage, static: Path) -> Flask:
    app = Flask(__name__, static_folder=None)

    @app.get("/static/<path:name>")
    def built(name: str) -> Response:
        return send_from_directory(static, name)

    @app.route("/api/v1/<path:path>", methods=["GET", "POST", "DELETE"])
    def api(path: str) -> Response:
        body = request.get_json(silent=True)
        set_up.seen.append(Seen(request.method, "/" + path, dict(request.headers), body))
        answers = set_up.answers[f"{request.method} /{path}"]
        status, content = answers.popleft() if len(answers) > 1 else answers[0]
        kind = "application/json" if status < 400 else "application/problem+json"
        text = "" if status == 204 else json.dumps(content)
        return Response(text, status, content_type=kind)

    @app.get("/")
    @app.get("/<path:path>")
    def page(path: str = "") -> Response:
        boot = set_up.pages.get("/" + path)
        if boot is None:
            return Response("nothing here", 404)
        name = boot["page"]
        styled = (static / f"{name}.css").exists()
        style = f'<link rel="stylesheet" href="/static/{name}.css">' if styled else ""
        text = json.dumps(boot).replace("<", "\\u003c")
        html = PAGE.format(language=boot["language"], style=style, boot=text, page=name)
        return Response(html, headers={"Content-Security-Policy": POLICY})

    return app


def _follow(set_up: Stage) -> None:
    def connect(_sid: str, _environ: JSON, auth: Any) -> None:
        set_up.auths.append(auth)
        if set_up.turned_away:
            raise socketio.exceptions.ConnectionRefusedError(set_up.turned_away)

    def subscribe(_sid: str, wish: JSON) -> JSON:
        set_up.subscriptions.append(wish)
        if set_up.refusal:
            return {"error": set_up.refusal}
        snapshot = {"seq": set_up.seq, "build": set_up.build, set_up.view: set_up.state}
        for message in set_up.before_answering:
            set_up._emit(message["state"], message["seq"])
        set_up.before_answering = []
        return snapshot

    set_up.sio.on("connect", connect, namespace="/live")
    set_up.sio.on("subscribe", subscribe, namespace="/live")
