"""Whether a request is the handshake of a WebSocket as RFC 6455, section 4.2.1, has it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from server.contract import problems

_KEY = re.compile(r"[A-Za-z0-9+/]{22}==")
_VERSIONS = ("13", "8", "7")
"""What the library speaks."""


@dataclass(frozen=True)
class Fault:
    """Why a handshake is refused, as an answer."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


def wanted(environ: dict[str, Any]) -> bool:
    """Whether a WebSocket is asked for."""
    return (
        environ["REQUEST_METHOD"] == "GET"
        and environ.get("HTTP_UPGRADE", "").lower() == "websocket"
        and "upgrade" in environ.get("HTTP_CONNECTION", "").lower()
    )


def fault(environ: dict[str, Any]) -> Fault | None:
    """What is wrong with a handshake; None where nothing is. The library would answer some of it with a traceback."""
    if environ.get("HTTP_SEC_WEBSOCKET_VERSION") not in _VERSIONS:
        told = "The handshake asks for no version of WebSocket that is spoken here: 13."
        return _fault("426 Upgrade Required", 426, told, ("Sec-WebSocket-Version", ", ".join(_VERSIONS)))
    if environ["SERVER_PROTOCOL"] != "HTTP/1.1":
        return _fault("400 Bad Request", 400, "A WebSocket begins with HTTP/1.1.")
    if not _KEY.fullmatch(environ.get("HTTP_SEC_WEBSOCKET_KEY", "")):
        return _fault("400 Bad Request", 400, "Sec-WebSocket-Key is not 16 bytes in base64.")
    if environ.get("CONTENT_LENGTH", "0").strip("0") or "HTTP_TRANSFER_ENCODING" in environ:
        return _fault("400 Bad Request", 400, "A handshake has no body.")
    return None


def _fault(status: str, code: int, told: str, *headers: tuple[str, str]) -> Fault:
    body = problems.problem("validation", told, status=code).model_dump_json(exclude_unset=True).encode()
    kind = ("Content-Type", "application/problem+json")
    return Fault(status, [kind, ("Content-Length", str(len(body))), ("Connection", "close"), *headers], body)
