"""Keeps the tests on this machine: a connection that leaves it fails the test that opened it.

And has each process read the world's certificates once, and not for every HTTP client that it makes.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import sys
from functools import cache


class LeftTheMachine(Exception):
    """A test tried to connect to another machine."""


def stay_on_this_machine() -> None:
    """Makes every connection of this process to another machine raise LeftTheMachine.

    Loopback, Unix sockets and this machine's own addresses on the LAN stay open. An audit hook
    sees every socket, gevent's included, and cannot be taken off again.
    """
    sys.addaudithook(_refuse_to_leave)


def read_certificates_once() -> None:
    """Makes TLS contexts that are asked for in the same words one: each takes 30 ms, also where nobody speaks TLS."""
    ssl.create_default_context = cache(ssl.create_default_context)  # type: ignore[assignment]


def _refuse_to_leave(event: str, arguments: tuple[object, ...]) -> None:
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        if isinstance(address, tuple) and not is_own_address(str(address[0])):
            raise LeftTheMachine(f"A test tried to reach {address[0]}.")


def is_own_address(host: str) -> bool:
    """Decides whether `host`, a name or an address, is this machine: only such can be bound."""
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    if address.is_loopback or address.is_unspecified:
        return True
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((host, 0))
        except OSError:
            return False
    return True
