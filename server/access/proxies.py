"""What a request says of proxies that it came through, and whether it is this machine's own."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address
from typing import Any

from server.access.hosts import name_of
from server.domain.public_address import is_local

_PREFIXES = ("HTTP_X_FORWARDED", "HTTP_CF_", "HTTP_X_ENVOY_", "HTTP_X_ORIGINAL_", "HTTP_X_AZURE_", "HTTP_FLY_")
_NAMES = frozenset(
    f"HTTP_{name}"
    for name in (
        "CDN_LOOP", "CLIENT_IP", "FASTLY_CLIENT_IP", "FORWARDED", "FORWARDED_FOR", "PROXY_CONNECTION", "TRUE_CLIENT_IP",
        "VIA", "X_CLIENT_IP", "X_CLUSTER_CLIENT_IP", "X_PROXYUSER_IP", "X_REAL_HOST", "X_REAL_IP", "X_REAL_PORT",
    )
)  # fmt: skip
"""What proxies add: RFC 9110 (Via), RFC 7239 (Forwarded), RFC 8586 (CDN-Loop), and the usage of common ones."""


def came_through_a_proxy(environ: Mapping[str, Any]) -> bool:
    """Whether a proxy has passed the request on: it is somebody else's then, wherever the connection comes from."""
    return any(name in _NAMES or name.startswith(_PREFIXES) for name in environ)


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
