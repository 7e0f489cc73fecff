"""Refuse requests for undeclared host names, with instructions how to declare them."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from server import texts
from server.access.hosts import Hosts, name_of
from server.contract import problems
from server.serving.addresses import network_of
from server.serving.hang_ups import rate_limited_log

_STATUS = "421 Misdirected Request"
_HEADERS = (
    ("Cache-Control", "no-store"),
    ("Connection", "close"),
    ("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
)
_SCHEMES = {"https": "https", "wss": "https"}
"""Values of X-Forwarded-Proto for a connection over TLS; all others count as plain HTTP."""


class HostGate:
    """WSGI middleware that accepts only requests for a declared name (server.access.hosts), HTTP and sockets alike.

    It runs behind `ProxyFix`: the name that the client requested counts, as reported by a trusted proxy.
    """

    def __init__(self, app: Callable[..., Any], hosts: Hosts) -> None:
        self._app = app
        self._hosts = hosts

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        environ["wsgi.url_scheme"] = _SCHEMES.get(environ["wsgi.url_scheme"].lower(), "http")
        # Only HTTP/1.0 clients send no Host, and their responses contain no address made from it.
        host = environ.setdefault("HTTP_HOST", "localhost")
        if self._hosts.allows(host):
            return self._app(environ, start_response)
        rate_limited_log.warning(
            "host_refused",
            str(network_of(str(environ.get("REMOTE_ADDR", "")))),
            host=host[:100],
            what_to_do="If that is this server, declare the name: public_url in the branch's file, or --allowed-hosts.",
        )
        body, kind = _answer(environ, name_of(host))
        headers = [("Content-Type", kind), ("Content-Length", str(len(body))), *_HEADERS]
        start_response(_STATUS, headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def _answer(environ: dict[str, Any], name: str | None) -> tuple[bytes, str]:
    """Return (body, media type) of the refusal: a page for a browser, a problem for a program."""
    accepted = parse_accept_header(environ.get("HTTP_ACCEPT"), MIMEAccept)
    html = accepted.best_match(["application/json", "text/html"]) == "text/html"
    if html and not environ.get("PATH_INFO", "").startswith("/api/"):
        return _page(name).encode(), "text/html; charset=utf-8"
    placeholder = name or "NAME"
    detail = (
        f"This server does not answer under the name {placeholder}: it is not declared here. Nothing was done. Use the "
        "server's IP address, or declare the name: public_url in the branch's file (giliran apply), or "
        f"giliran run --allowed-hosts {placeholder}."
    )
    problem = problems.problem("host-not-declared", detail)
    return problem.model_dump_json(exclude_unset=True).encode(), "application/problem+json"


def _page(name: str | None) -> str:
    """Return the refusal as a page in every language of the product, since the reader's is unknown."""
    parts = "".join(
        f'<section lang="{language}"><h1>{_text(language, "host_refused_title", name)}</h1>'
        f"<p>{_text(language, 'host_refused', name)}</p><p>{_text(language, 'host_refused_how', name)}</p></section>"
        for language in texts.LANGUAGES
    )
    return (
        '<!doctype html><html lang="id"><head><meta charset="utf-8"><title>Giliran</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"></head><body>{parts}</body></html>'
    )


def _text(language: str, key: str, name: str | None) -> str:
    return escape(texts.say(language, f"home.{key}", name=name or "…"))
