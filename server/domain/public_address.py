"""The address of the pages for phones and other machines, and the rule that selects it."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

_OWN_NAMES = ("localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback")


class NoCode(StrEnum):
    """Why tickets have no code for phones."""

    PUBLIC_URL = "public_url"
    """The branch declares an address that only its own machine can open."""
    BASE_URL = "base_url"
    """The server's base URL is such an address."""
    NOT_REACHABLE = "not_reachable"
    """The request's address is such an address, and the server has no other that other machines can open."""


@dataclass(frozen=True)
class PublicAddress:
    """The address of the pages: `url` without a path, and why tickets have no code for it; None if they have one."""

    url: str
    no_code: NoCode | None = None


def public_address(
    *, public_url: str | None, base_url: str | None, request_url: str, network_url: str | None
) -> PublicAddress:
    """Select the address for a ticket's code.

    `public_url`: declared by the branch. `base_url`: given at the start of the server. `request_url`: the address of
    the request. `network_url`: this machine's address on its network; None if it has none or does not listen there.
    """
    if public_url is not None:
        return PublicAddress(public_url, NoCode.PUBLIC_URL if opens_own_machine(public_url) else None)
    if base_url is not None:
        return PublicAddress(base_url.rstrip("/"), NoCode.BASE_URL if opens_own_machine(base_url) else None)
    if not opens_own_machine(request_url):
        return PublicAddress(request_url)
    if network_url is not None:
        return PublicAddress(network_url)
    return PublicAddress(request_url, NoCode.NOT_REACHABLE)


def opens_own_machine(url: str) -> bool:
    """Whether the address opens the reader's own machine: a loopback, unspecified or link-local host."""
    try:
        parts = urlsplit(url)
        return is_local(parts.hostname or "") or parts.port == 0
    except ValueError:
        return True  # no address at all


def is_local(host: str) -> bool:
    """Whether a host name or address is the machine itself or is link-local."""
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
        pass  # a name or a short form: browsers read 127.1 and 2130706433 as 127.0.0.1
    try:
        return IPv4Address(socket.inet_aton(name)) if name[0].isdigit() else None
    except OSError:
        return None


_NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII)


def plain_address(text: str) -> str:
    """Normalise a server address that a person wrote to `http://host:port` without a path.

    A host in non-ASCII letters is encoded with IDNA ("xn--…"). Raises ValueError with a message for people. A path is
    refused, since Giliran's pages are at the root of their host.
    """
    scheme, mark, rest = text.strip().partition("://")
    if not mark or scheme.lower() not in ("http", "https"):
        raise ValueError("must be an address that begins with http:// or https://")
    if any(c.isspace() or not c.isprintable() or c == "\\" for c in rest):
        raise ValueError("must be an address without spaces and backslashes")
    for delimiter, part in (("#", "a part behind a #"), ("?", "a query behind a ?")):
        if delimiter in rest:
            raise ValueError(f"has {part}, which it may not have: write it without")
    authority, _, path = rest.partition("/")
    if path.strip("/"):
        raise ValueError(
            f"has a path (/{path[:40]}), and Giliran's pages are at the top of an address: give Giliran a name or a "
            "port of its own, and write that without a path"
        )
    if "@" in authority:
        raise ValueError("has a name or a password before an @, which everybody could read: write it without")
    try:
        parts = urlsplit(f"http://{authority}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("has no host and port that make sense: write it like http://192.168.1.10:8080") from None
    if port == 0 or authority.endswith(":"):
        raise ValueError("has no port behind the colon: a port is a number from 1 to 65535")
    return f"{scheme.lower()}://{_host(host)}{'' if port is None else f':{port}'}"


def _host(host: str) -> str:
    """Normalise a host name or network address. Raises ValueError with a message for people."""
    if not host:
        raise ValueError("names no host: write it like http://192.168.1.10:8080")
    if ":" in host:
        return f"[{host}]"  # urlsplit has checked the brackets and the address between them
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
