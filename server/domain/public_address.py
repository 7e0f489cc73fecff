"""The address that phones and other machines open, and the one rule by which it is chosen."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

_OWN_NAMES = ("localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback")


class NoCode(StrEnum):
    """Why tickets get no code for phones."""

    PUBLIC_URL = "public_url"
    """The branch declares an address that is each phone's own."""
    BASE_URL = "base_url"
    """The server was started with such an address."""
    NOT_REACHABLE = "not_reachable"
    """The request came under such an address, and the server has none that other machines reach."""


@dataclass(frozen=True)
class PublicAddress:
    """Where the pages are reached: `url` without a path, and why no code may lead there; None where one may."""

    url: str
    no_code: NoCode | None = None


def public_address(
    *, public_url: str | None, base_url: str | None, asked_under: str, network_url: str | None
) -> PublicAddress:
    """The address that a ticket's code leads to.

    `public_url`: what the branch declares. `base_url`: what the server was started with. `asked_under`: the address
    under which the request came. `network_url`: this machine's address on its network; None where it has none or does
    not listen there.
    """
    if public_url is not None:
        return PublicAddress(public_url, NoCode.PUBLIC_URL if leads_home(public_url) else None)
    if base_url is not None:
        return PublicAddress(base_url.rstrip("/"), NoCode.BASE_URL if leads_home(base_url) else None)
    if not leads_home(asked_under):
        return PublicAddress(asked_under)
    if network_url is not None:
        return PublicAddress(network_url)
    return PublicAddress(asked_under, NoCode.NOT_REACHABLE)


def leads_home(url: str) -> bool:
    """Whether whoever opens the address comes to their own machine: a loopback, unspecified or link-local host."""
    try:
        parts = urlsplit(url)
        return is_local(parts.hostname or "") or parts.port == 0
    except ValueError:
        return True  # no address at all


def is_local(host: str) -> bool:
    """Whether a host name or address means the machine itself, or only one cable of it."""
    name = host.strip("[]").partition("%")[0].rstrip(".").lower()
    if not name or name in _OWN_NAMES or name.endswith(".localhost"):
        return True
    address = _address(name)
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address is not None and (address.is_loopback or address.is_unspecified or address.is_link_local)


def _address(name: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(name)
    except ValueError:
        pass  # a name, or a short form: browsers read 127.1 and 2130706433 as 127.0.0.1
    try:
        return IPv4Address(socket.inet_aton(name)) if name[0].isdigit() else None
    except OSError:
        return None


_NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII)


def plain_address(written: str) -> str:
    """An address of a server as people write it, as `http://host:port` without anything behind.

    A host in other letters becomes what the name system has for it ("xn--…"). Raises ValueError in words: Giliran's
    pages stand at the top of an address, so nothing can stand behind the host and the port.
    """
    scheme, mark, rest = written.strip().partition("://")
    if not mark or scheme.lower() not in ("http", "https"):
        raise ValueError("must be an address that begins with http:// or https://")
    if any(c.isspace() or not c.isprintable() or c == "\\" for c in rest):
        raise ValueError("must be an address without spaces and backslashes")
    for sign, what in (("#", "a part behind a #"), ("?", "a query behind a ?")):
        if sign in rest:
            raise ValueError(f"has {what}, which it may not have: write it without")
    place, _, path = rest.partition("/")
    if path.strip("/"):
        raise ValueError(
            f"has a path (/{path[:40]}), and Giliran's pages stand at the top of an address: give Giliran a name or a "
            "port of its own, and write that without a path"
        )
    if "@" in place:
        raise ValueError("has a name or a password before an @, which everybody could read: write it without")
    try:
        parts = urlsplit(f"http://{place}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("has no host and port that make sense: write it like http://192.168.1.10:8080") from None
    if port == 0 or place.endswith(":"):
        raise ValueError("has no port behind the colon: a port is a number from 1 to 65535")
    return f"{scheme.lower()}://{_host(host)}{'' if port is None else f':{port}'}"


def _host(host: str) -> str:
    """A host as the name system, or the network, has it. Raises ValueError in words."""
    if not host:
        raise ValueError("names no host: write it like http://192.168.1.10:8080")
    if ":" in host:
        return f"[{host}]"  # the brackets were there, and the library has looked at what stands between them
    try:
        name = host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        raise ValueError(f"has a host that no name can be ({host[:64]!r})") from None
    labels = name.removesuffix(".").split(".")
    if len(name) > 253 or not all(_NAME.fullmatch(label) for label in labels):
        raise ValueError(f"has a host that no name can be ({host[:64]!r})")
    if labels[-1].isdigit() and _address(name) is None:
        raise ValueError(f"has a host that looks like a network address and is none ({host[:64]!r})")
    return name
