"""The address of this machine on its network: what other machines open. Nothing is sent to find it."""

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
    """Where other machines reach a server that listens on `host` and `port`; None where they cannot."""
    if host in _ANY:
        found = network_address()
        return f"http://{found}:{port}" if found else None
    if is_local(host):
        return None
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class NetworkUrl:
    """The `network_url` of a running server. It is looked up again after ten seconds: networks come and go."""

    def __init__(self, host: str, port: int, now: Callable[[], float] = monotonic) -> None:
        self._host, self._port, self._now = host, port, now
        self._found: str | None = None
        self._until = -inf

    def __call__(self) -> str | None:
        """The address; None where other machines cannot reach the server."""
        if self._now() >= self._until:
            self._found = network_url(self._host, self._port)
            self._until = self._now() + LOOK_SECONDS
        return self._found


def network_address() -> str | None:
    """The IPv4 address of this machine on its network; None where it has no network.

    A network card goes before the default route, which may be a tunnel's; private addresses go before others.
    Bridges and tunnels count only where they have the default route: others lead to containers.
    """
    addresses, route = _addresses(), _default_route()
    default = addresses.get(route) if route is not None else None
    cards = {address for name, address in addresses.items() if (_INTERFACES / name / "device").exists()}
    known = [address for address in cards | {default} if address is not None and not is_local(address)]
    return min(
        known, key=lambda a: (a not in cards, not IPv4Address(a).is_private, a != default, IPv4Address(a)), default=None
    )


def _default_route() -> str | None:
    """The interface by which this machine reaches the internet."""
    try:
        rows = [batch_key.split() for batch_key in _ROUTES.read_text().splitlines()[1:]]
    except OSError:
        return None
    ways = [(int(row[6]), row[0]) for row in rows if row[1] == row[7] == "00000000"]
    return min(ways)[1] if ways else None


def _addresses() -> dict[str, str]:
    """Interface → its IPv4 address."""
    found = {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _, name in socket.if_nameindex():
            try:
                answer = fcntl.ioctl(probe.fileno(), _SIOCGIFADDR, struct.pack("256s", name.encode()[:15]))
            except OSError:
                continue  # it has no address
            found[name] = socket.inet_ntoa(answer[20:24])
    return found
