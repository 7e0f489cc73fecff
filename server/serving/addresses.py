"""The network of a connection, for limits by network."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from server.access import throttle

network_of = lru_cache(maxsize=4096)(throttle.network_of)
"""Return the network of an address: the IPv4 address itself, or the /64 of an IPv6 address."""


def client_network(environ: dict[str, Any], trust_proxy: bool) -> str:
    """Return the network of a request; behind a trusted proxy, that of the client's address named by the proxy."""
    address = str(environ.get("REMOTE_ADDR", ""))
    if trust_proxy:
        address = str(environ.get("HTTP_X_FORWARDED_FOR", address)).rpartition(",")[2].strip() or address
    return str(network_of(address))
