"""Find the address of this machine on its network, for other machines. Sends nothing to find it."""

from __future__ import annotations

import fcntl
import socket
import struct
from collections.abc import Callable
from ipaddress import IPv4Address
from math import inf
from pathlib import Path
from time import monotonic

from server.domain.public_address import is_local

LOOK_SECONDS = 10.0
_SIOCGIFADDR = 0x8915
"""Linux: the IPv4 address of an interface (netdevice(7))."""
_ANY = ("0.0.0.0", "::", "")  # noqa: S104
_INTERFACES = Path("/sys/class/net")
_ROUTES = Path("/proc/net/route")
"""Linux: a line a route (proc(5)): interface, destination, …, metric, mask."""


def network_url(host: str, port: int) -> str | None:
    """Return the address at which other machines reach a server on `host` and `port`; None if they cannot."""
    if host in _ANY:
        address = network_address()
        return f"http://{address}:{port}" if address else None
    if is_local(host):
        return None
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class NetworkUrl:
    """The `network_url` of a running server, looked up again every ten seconds, since networks change."""

    def __init__(self, host: str, port: int, now: Callable[[], float] = monotonic) -> None:
        self._host, self._port, self._monotonic = host, port, now
        self._url: str | None = None
        self._valid_until = -inf

    def __call__(self) -> str | None:
        """Return the address; None if other machines cannot reach the server."""
        if self._monotonic() >= self._valid_until:
            self._url = network_url(self._host, self._port)
            self._valid_until = self._monotonic() + LOOK_SECONDS
        return self._url


def network_address() -> str | None:
    """Return the IPv4 address of this machine on its network; None if it has no network.

    Network cards are preferred to the default route, which may be a tunnel's; private addresses to others. Bridges and
    tunnels count only with the default route: others lead to containers.
    """
    addresses, route = _addresses(), _default_route()
    default = addresses.get(route) if route is not None else None
    cards = {address for name, address in addresses.items() if (_INTERFACES / name / "device").exists()}
    candidates = [address for address in cards | {default} if address is not None and not is_local(address)]
    return min(
        candidates,
        key=lambda a: (a not in cards, not IPv4Address(a).is_private, a != default, IPv4Address(a)),
        default=None,
    )


def _default_route() -> str | None:
    """Return the interface of the default route to the internet."""
    try:
        rows = [line.split() for line in _ROUTES.read_text().splitlines()[1:]]
    except OSError:
        return None
    default_routes = [(int(row[6]), row[0]) for row in rows if row[1] == row[7] == "00000000"]
    return min(default_routes)[1] if default_routes else None


def _addresses() -> dict[str, str]:
    """Return interface → its IPv4 address."""
    by_interface = {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _, name in socket.if_nameindex():
            try:
                result = fcntl.ioctl(probe.fileno(), _SIOCGIFADDR, struct.pack("256s", name.encode()[:15]))
            except OSError:
                continue  # it has no address
            by_interface[name] = socket.inet_ntoa(result[20:24])
    return by_interface
