"""Check the origin of requests, and find the header that a proxy fails to forward."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import structlog

from server.access.proxies import came_through_a_proxy

log = structlog.get_logger()

PROTO, HOST = "X-Forwarded-Proto", "Host"
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


class Origins:
    """Checks whether requests come from this server's own pages; each kind of refusal is logged once."""

    def __init__(self, base_url: str | None = None) -> None:
        parts = urlsplit(base_url) if base_url is not None else None
        self._declared = frozenset({origin_of(parts.scheme, parts.netloc)} if parts else ())
        self._logged: set[str] = set()

    def own(self, environ: Mapping[str, Any]) -> frozenset[str]:
        """Return the origins (scheme, host, port) of this server's pages, as the request sees them.

        Forwarded headers count without `--trust-proxy` too: a page of another site cannot set them, since its browser
        sends a CORS preflight first (Fetch standard), which is refused.
        """
        scheme, host = environ.get("wsgi.url_scheme", "http"), environ.get("HTTP_HOST", "")
        forwarded = (
            _first(environ.get("HTTP_X_FORWARDED_PROTO", scheme)),
            _first(environ.get("HTTP_X_FORWARDED_HOST", host)),
        )
        return self._declared | {origin_of(*address) for address in ((scheme, host), forwarded) if address[1]}

    def accepts_socket(self, origin: str | None, environ: Mapping[str, Any]) -> bool:
        """Whether a page of `origin` may open a socket: scheme and host must be this server's."""
        return origin is not None and self._accepts(origin, environ, missing_header(origin, self.own(environ)))

    def accepts_change(self, origin: str, environ: Mapping[str, Any]) -> bool:
        """Whether a page of `origin` may send a change: the host must be this server's."""
        header = missing_header(origin, self.own(environ))
        return self._accepts(origin, environ, header if header == HOST else None)

    def _accepts(self, origin: str, environ: Mapping[str, Any], header: str | None) -> bool:
        if header is None:
            return True
        if header not in self._logged:
            self._logged.add(header)
            advice = f"If that is the address of this server, let the proxy in front pass {header} on"
            if came_through_a_proxy(environ) and "werkzeug.proxy_fix.orig" not in environ:
                advice += ", and start the server with --trust-proxy"
            log.warning(
                "page_refused",
                page=origin[:200],
                server_answers_to=sorted(self.own(environ)),
                missing_header=header,
                what_to_do=f"{advice}. See docs/operations.md and deploy/nginx.conf.",
            )
        return False


def missing_header(origin: str, own: frozenset[str]) -> str | None:
    """Return the header that a proxy fails to forward, if `origin` is this server's address; None if it is in `own`.

    If it is `Host`, the page may also be another site's: the server cannot tell.
    """
    if origin in own:
        return None
    return PROTO if _host(origin) in map(_host, own) else HOST


def origin_of(scheme: str, host: str) -> str:
    """Return the origin of a page without a default port, which browsers omit (RFC 6454) and some proxies do not."""
    scheme = scheme.lower()
    return f"{scheme}://{host.lower().removesuffix(_DEFAULT_PORTS.get(scheme, '-'))}"


def _host(origin: str) -> str:
    return origin.partition("://")[2]


def _first(value: str) -> str:
    return value.partition(",")[0].strip()
