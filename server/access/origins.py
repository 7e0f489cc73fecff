"""Which pages are this server's own, and which header a proxy in front forgets to pass on."""

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
    """The pages whose requests this server takes for its own; a kind of page that it refuses is logged once."""

    def __init__(self, base_url: str | None = None) -> None:
        parts = urlsplit(base_url) if base_url is not None else None
        self._declared = frozenset({origin_of(parts.scheme, parts.netloc)} if parts else ())
        self._logged: set[str] = set()

    def own(self, environ: Mapping[str, Any]) -> frozenset[str]:
        """The origins (scheme, host, port) of this server's pages, as a request sees them.

        What a proxy says counts without `--trust-proxy` too: a page of another site cannot set these headers, since
        its browser asks for that first (a CORS preflight, Fetch standard), and is refused.
        """
        scheme, host = environ.get("wsgi.url_scheme", "http"), environ.get("HTTP_HOST", "")
        said = (
            _first(environ.get("HTTP_X_FORWARDED_PROTO", scheme)),
            _first(environ.get("HTTP_X_FORWARDED_HOST", host)),
        )
        return self._declared | {origin_of(*each) for each in ((scheme, host), said) if each[1]}

    def accepts_socket(self, origin: str | None, environ: Mapping[str, Any]) -> bool:
        """Whether a page of `origin` may have a live connection: scheme and host must be this server's."""
        return origin is not None and self._known(origin, environ, missing_header(origin, self.own(environ)))

    def accepts_change(self, origin: str, environ: Mapping[str, Any]) -> bool:
        """Whether a page of `origin` may ask for a change: the host must be this server's."""
        header = missing_header(origin, self.own(environ))
        return self._known(origin, environ, header if header == HOST else None)

    def _known(self, origin: str, environ: Mapping[str, Any], header: str | None) -> bool:
        if header is None:
            return True
        if header not in self._logged:
            self._logged.add(header)
            mend = f"If that is the address of this server, let the proxy in front pass {header} on"
            if came_through_a_proxy(environ) and "werkzeug.proxy_fix.orig" not in environ:
                mend += ", and start the server with --trust-proxy"
            log.warning(
                "page_refused",
                page=origin[:200],
                server_answers_to=sorted(self.own(environ)),
                missing_header=header,
                what_to_do=f"{mend}. See docs/operations.md and deploy/nginx.conf.",
            )
        return False


def missing_header(origin: str, own: frozenset[str]) -> str | None:
    """The header that a proxy does not pass on, where `origin` is this server's address; None for one of its `own`.

    Where that is `Host`, the page may as well be another site's: the server cannot tell.
    """
    if origin in own:
        return None
    return PROTO if _host(origin) in map(_host, own) else HOST


def origin_of(scheme: str, host: str) -> str:
    """The origin of a page; browsers leave the scheme's own port out (RFC 6454), some proxies write it into Host."""
    scheme = scheme.lower()
    return f"{scheme}://{host.lower().removesuffix(_DEFAULT_PORTS.get(scheme, '-'))}"


def _host(origin: str) -> str:
    return origin.partition("://")[2]


def _first(value: str) -> str:
    return value.partition(",")[0].strip()
