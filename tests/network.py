"""Keeps the tests on this machine: a connection that leaves it fails the test that opened it."""

from __future__ import annotations

import ipaddress
import socket
import sys


class LeftTheMachine(Exception):
    """A test tried to connect to another machine."""


def stay_on_this_machine() -> None:
    """Makes every connection of this process to another machine raise LeftTheMachine.

    Loopback, Unix sockets and this machine's own addresses on the LAN stay open. An audit hook
    sees every socket, gevent's included, and cannot be taken off again.
    """
    sys.addaudithook(_refuse_to_leave)


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
