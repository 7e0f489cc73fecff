"""Checks WebSocket handshakes (RFC 6455, section 4.2.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from server.contract import problems

_KEY = re.compile(r"[A-Za-z0-9+/]{22}==")
_VERSIONS = ("13", "8", "7")
"""The versions that the library supports."""


@dataclass(frozen=True)
class Fault:
    """The answer to a refused handshake."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


def is_requested(environ: dict[str, Any]) -> bool:
    """Return whether the request asks for a WebSocket."""
    return (
        environ["REQUEST_METHOD"] == "GET"
        and environ.get("HTTP_UPGRADE", "").lower() == "websocket"
        and "upgrade" in environ.get("HTTP_CONNECTION", "").lower()
    )


def fault(environ: dict[str, Any]) -> Fault | None:
    """Return the answer to an invalid handshake; None if it is valid. The library would raise for some of these."""
    if environ.get("HTTP_SEC_WEBSOCKET_VERSION") not in _VERSIONS:
        detail = "The handshake asks for a WebSocket version that is not supported here. Use 13."
        return _fault("426 Upgrade Required", 426, detail, ("Sec-WebSocket-Version", ", ".join(_VERSIONS)))
    if environ["SERVER_PROTOCOL"] != "HTTP/1.1":
        return _fault("400 Bad Request", 400, "A WebSocket needs HTTP/1.1.")
    if not _KEY.fullmatch(environ.get("HTTP_SEC_WEBSOCKET_KEY", "")):
        return _fault("400 Bad Request", 400, "Sec-WebSocket-Key is not 16 bytes in base64.")
    if environ.get("CONTENT_LENGTH", "0").strip("0") or "HTTP_TRANSFER_ENCODING" in environ:
        return _fault("400 Bad Request", 400, "A handshake must not have a body.")
    return None


def _fault(status: str, code: int, detail: str, *headers: tuple[str, str]) -> Fault:
    body = problems.problem("validation", detail, status=code).model_dump_json(exclude_unset=True).encode()
    content_type = ("Content-Type", "application/problem+json")
    return Fault(status, [content_type, ("Content-Length", str(len(body))), ("Connection", "close"), *headers], body)
