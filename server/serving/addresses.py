"""Where a connection comes from, for limits by network."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from server.access import throttle

network_of = lru_cache(maxsize=4096)(throttle.network_of)
"""What is limited for an address: itself, or its /64 of IPv6."""


def client_network(environ: dict[str, Any], trust_proxy: bool) -> str:
    """The network of a request; behind a trusted proxy that of the address which the proxy names."""
    address = str(environ.get("REMOTE_ADDR", ""))
    if trust_proxy:
        address = str(environ.get("HTTP_X_FORWARDED_FOR", address)).rpartition(",")[2].strip() or address
    return str(network_of(address))
