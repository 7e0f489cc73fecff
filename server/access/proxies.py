"""What a request says of proxies that it came through, and whether it is this machine's own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Any

from server.access.hosts import name_of
from server.domain.public_address import is_local

_ADDED = re.compile(
    r"HTTP_(?:"
    r"(?:.*_)?(?:VIA|FORWARDED|FORWARDED_FOR|(?:CLIENT|REAL|REMOTE|ORIGINATING|PROXYUSER)_?(?:IP|ADDR))"
    r"|(?:X_FORWARDED|X_ORIGINAL|CF|X_AMZ|X_AMZN|X_AZURE|X_APPENGINE|X_ENVOY|X_TRAEFIK|X_SSL|FLY|TAILSCALE)(?:_.*)?"
    r"|CDN_LOOP|FRONT_END_HTTPS|MAX_FORWARDS|PROXY_CONNECTION|SURROGATE_CAPABILITY|X_HOST|X_REAL_HOST|X_REAL_PORT"
    r"|X_SCHEME|X_URL_SCHEME|X_VARNISH)"
)
"""What proxies add: RFC 9110 (Via, Max-Forwards), RFC 7239 (Forwarded), RFC 8586 (CDN-Loop), and common ones."""


@lru_cache(maxsize=1024)  # strangers send any
def _is_added(name: str) -> bool:
    return _ADDED.fullmatch(name) is not None


def came_through_a_proxy(environ: Mapping[str, Any]) -> bool:
    """Whether a proxy has passed the request on: it is somebody else's then, wherever the connection comes from."""
    return any(name.startswith("HTTP_") and _is_added(name) for name in environ)


def from_this_machine(environ: Mapping[str, Any]) -> bool:
    """Whether a program of this machine asks, under an address of this machine, and no proxy for somebody else."""
    if not _is_loopback(str(environ.get("REMOTE_ADDR", ""))) or came_through_a_proxy(environ):
        return False
    host = environ.get("HTTP_HOST")
    name = name_of(host) if host is not None else "localhost"
    return name is not None and is_local(name)


def _is_loopback(address: str) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        return found.ipv4_mapped.is_loopback
    return found.is_loopback


def asked_host(environ: Mapping[str, Any], *, trust_proxy: bool) -> str:
    """The host that the client asked for; behind a trusted proxy what that says, as werkzeug's `ProxyFix` has it."""
    host = str(environ.get("HTTP_HOST", ""))
    if not trust_proxy:
        return host
    return str(environ.get("HTTP_X_FORWARDED_HOST", "")).rpartition(",")[2].strip() or host
