"""Detect proxies in front of the server, and requests from this machine."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Any

from server.access.hosts import name_of
from server.domain.public_address import is_local

_PROXY_HEADER = re.compile(
    r"HTTP_(?:"
    r"(?:.*_)?(?:VIA|FORWARDED|FORWARDED_FOR|(?:CLIENT|REAL|REMOTE|ORIGINATING|PROXYUSER)_?(?:IP|ADDR))"
    r"|(?:X_FORWARDED|X_ORIGINAL|CF|X_AMZ|X_AMZN|X_AZURE|X_APPENGINE|X_ENVOY|X_TRAEFIK|X_SSL|FLY|TAILSCALE)(?:_.*)?"
    r"|CDN_LOOP|FRONT_END_HTTPS|MAX_FORWARDS|PROXY_CONNECTION|SURROGATE_CAPABILITY|X_HOST|X_REAL_HOST|X_REAL_PORT"
    r"|X_SCHEME|X_URL_SCHEME|X_VARNISH)"
)
"""Headers that proxies add: RFC 9110 (Via, Max-Forwards), RFC 7239 (Forwarded), RFC 8586 (CDN-Loop), and common
ones."""


@lru_cache(maxsize=1024)  # bounded, since strangers send arbitrary names
def _is_proxy_header(name: str) -> bool:
    return _PROXY_HEADER.fullmatch(name) is not None


def came_through_a_proxy(environ: Mapping[str, Any]) -> bool:
    """Whether a proxy forwarded the request; then its client is unknown, whatever the connection's address is."""
    return any(name.startswith("HTTP_") and _is_proxy_header(name) for name in environ)


def from_this_machine(environ: Mapping[str, Any]) -> bool:
    """Whether a program on this machine sent the request, to an address of this machine and not through a proxy."""
    if not _is_loopback(str(environ.get("REMOTE_ADDR", ""))) or came_through_a_proxy(environ):
        return False
    host = environ.get("HTTP_HOST")
    name = name_of(host) if host is not None else "localhost"
    return name is not None and is_local(name)


def _is_loopback(address: str) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        return parsed.ipv4_mapped.is_loopback
    return parsed.is_loopback


def asked_host(environ: Mapping[str, Any], *, trust_proxy: bool) -> str:
    """Return the requested host; behind a trusted proxy from its header, as werkzeug's `ProxyFix` does."""
    host = str(environ.get("HTTP_HOST", ""))
    if not trust_proxy:
        return host
    return str(environ.get("HTTP_X_FORWARDED_HOST", "")).rpartition(",")[2].strip() or host
