"""Serves the page of one virtual printer: a document, pictures, a stream of states, and a place to send faults."""

import functools
import html
import io
import json
import queue
import sys
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import structlog

from printer.lettering.fonts import HOUSE_FONTS
from printer.virtual.server import VirtualPrinter

_log = structlog.get_logger(__name__)
_HERE = Path(__file__).resolve().parent
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_FILES = {
    "/page.css": "text/css; charset=utf-8",
    "/page.js": "text/javascript; charset=utf-8",
    "/icon.svg": "image/svg+xml",
}
_BEAT_SECONDS = 5.0
_LONGEST_BODY = 4096


@functools.cache
def texts() -> dict[str, dict[str, str]]:
    """The page's words by language. They are the printer's own: it runs without the server."""
    words: dict[str, dict[str, str]] = json.loads((_HERE / "texts.json").read_text(encoding="utf-8"))
    return words


class Page:
    """An HTTP server for one virtual printer. `port` 0 takes a free one; `language` serves visitors who name none.

    Used with `with`. Raises OSError on entering when the port is taken.
    """

    def __init__(self, printer: VirtualPrinter, host: str, port: int, *, language: str = "en") -> None:
        self.printer, self.host, self.port, self.language = printer, host, port, language
        self.closing = threading.Event()
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        """Where a browser on this machine finds the page."""
        return f"http://{'127.0.0.1' if self.host == '0.0.0.0' else self.host}:{self.port}/"  # noqa: S104

    def __enter__(self) -> Self:
        handler = functools.partial(_Visit, self)
        self._server = _Server((self.host, self.port), handler)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, name="virtual-printer-page", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        if self._server:
            self._server.shutdown()
            self._server.server_close()

    def state(self) -> dict[str, Any]:
        """What the page shows: the faults, and the tickets in the tray, newest first."""
        return {
            "faults": self.printer.faults.as_json(),
            "paper": self.printer.paper,
            "tickets": [
                {"serial": t.serial, "at": t.at.isoformat(), "width": t.picture.width, "height": t.picture.height}
                for t in reversed(self.printer.tickets)
            ],
        }

    def document(self, wished: str) -> str:
        """The page in the wished language, or else in the printer's."""
        language = wished if wished in texts() else self.language
        words = texts()[language]
        document = (_HERE / "page.html").read_text(encoding="utf-8")
        for key, word in words.items():
            document = document.replace("{{" + key + "}}", html.escape(word))
        boot = json.dumps({"texts": words, "language": language}).replace("<", "\\u003c")
        for other in texts():
            document = document.replace(
                "{{current " + other + "}}", ' aria-current="true"' if other == language else ""
            )
        return document.replace("{{language}}", language).replace("{{boot}}", boot)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A tab closed in the middle of an answer is no error; anything else is."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            _log.exception("page broken")


class _Visit(BaseHTTPRequestHandler):
    """One request to the page."""

    protocol_version = "HTTP/1.1"

    def __init__(self, page: Page, *arguments: Any) -> None:
        self.page = page
        super().__init__(*arguments)

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/":
            wished = parse_qs(parts.query).get("language", [""])[0]
            self._send(self.page.document(wished).encode(), "text/html; charset=utf-8")
        elif parts.path in _FILES:
            self._send((_HERE / parts.path[1:]).read_bytes(), _FILES[parts.path])
        elif parts.path == "/state":
            self._send(json.dumps(self.page.state()).encode(), "application/json")
        elif parts.path == "/events":
            self._events()
        elif parts.path.startswith("/fonts/"):
            self._font(parts.path.removeprefix("/fonts/"))
        elif parts.path.startswith("/tickets/"):
            self._ticket(parts.path.removeprefix("/tickets/").removesuffix(".png"))
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        """Changes faults: a JSON object, from this page only."""
        origin = self.headers.get("Origin")
        foreign = origin is not None and urlsplit(origin).netloc != self.headers.get("Host")
        if self.path != "/faults" or foreign or self.headers.get_content_type() != "application/json":
            self.close_connection = True
            self.send_error(HTTPStatus.FORBIDDEN if foreign else HTTPStatus.NOT_FOUND)
            return
        try:
            length = int(self.headers.get("Content-Length", "0"))
            if not 0 < length <= _LONGEST_BODY:
                raise ValueError(f"a body of {length} bytes")
            changes = json.loads(self.rfile.read(length))
            if not isinstance(changes, dict):
                raise ValueError("not an object")
            self.page.printer.set_faults(**changes)
        except (ValueError, OSError) as error:
            self.close_connection = True
            self.send_error(HTTPStatus.BAD_REQUEST, explain=str(error))
            return
        self._send(json.dumps(self.page.state()).encode(), "application/json")

    def _events(self) -> None:
        """The state now and after every change, and a beat in between that shows the line is alive."""
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        with self.page.printer.watch() as changes:
            while not self.page.closing.is_set():
                self.wfile.write(f"data: {json.dumps(self.page.state())}\n\n".encode())
                self.wfile.flush()
                try:
                    changes.get(timeout=_BEAT_SECONDS)
                except queue.Empty:
                    continue  # the state again is the beat

    def _ticket(self, serial: str) -> None:
        found = next((t for t in self.page.printer.tickets if str(t.serial) == serial), None)
        if found is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        stream = io.BytesIO()
        found.picture.save(stream, "PNG")
        self._send(stream.getvalue(), "image/png")

    def _font(self, name: str) -> None:
        path = HOUSE_FONTS / name
        if path.parent != HOUSE_FONTS or path.suffix != ".woff" or not path.is_file():
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        self._send(path.read_bytes(), "font/woff")

    def _send(self, body: bytes, kind: str) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def end_headers(self) -> None:
        """Every answer carries the page's policy."""
        self.send_header("Content-Security-Policy", _POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        super().end_headers()

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the name is the base class's
        """Visits are not worth a line."""
