"""The names under which this server may be asked.

A page of another site may let its own name lead to this server (DNS rebinding): its browser then takes our answers for
that site's. So a name that anybody can register counts only where it was declared. An IP address, a name without a dot
and a name of mDNS (RFC 6762) belong to the network of the branch; nobody elsewhere can have them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit

from server.domain.errors import Invalid

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
_HOST = re.compile(rf"(\[[0-9a-f:.]+\]|{_NAME.pattern})(?::[0-9]{{0,5}})?")
_PATTERN = re.compile(rf"\*|(?:\*\.)?{_NAME.pattern}|\[[0-9a-f:.]+\]")
_MAX_LENGTH = 261
"""Of a name and its port (RFC 1035: 255 bytes of name)."""
_KEPT = 1000


class Hosts:
    """Knows the declared names: `allowed` by the operator (`*.example.org` for all below it, `*` for all), and others.

    `base_url`: the address that the server was started with.
    """

    def __init__(self, allowed: Iterable[str] = (), base_url: str | None = None) -> None:
        patterns = {pattern.lower().rstrip(".") for pattern in allowed}
        self._any = "*" in patterns
        self._below = tuple(sorted(pattern[1:] for pattern in patterns if pattern.startswith("*.")))
        self._always = frozenset(patterns) | _names_of([base_url] if base_url else [])
        self._declared: frozenset[str] = frozenset()
        self._fit: set[str] = set()
        """Hosts that have been found to be allowed, so that each is looked at once."""

    def declare(self, urls: Iterable[str]) -> None:
        """The addresses that branches declare now, in place of those before."""
        declared = _names_of(urls)
        if declared != self._declared:
            self._declared = declared
            self._fit.clear()

    def allows(self, host: str) -> bool:
        """Whether a request may be for this host, as in the header `Host`."""
        if host in self._fit:
            return True
        if not self._is_allowed(host):
            return False
        if len(self._fit) >= _KEPT:
            self._fit.clear()
        self._fit.add(host)
        return True

    def _is_allowed(self, host: str) -> bool:
        name = name_of(host)
        if name is None:
            return False
        if self._any or "." not in name or _is_address(name) or name.endswith((".localhost", ".local")):
            return True
        return name in self._always or name in self._declared or name.endswith(self._below)


def name_of(host: str) -> str | None:
    """The name or address in the value of a `Host`, in small letters and without its port; None where it is no host."""
    found = _HOST.fullmatch(host.lower()) if len(host) <= _MAX_LENGTH else None
    if found is None:
        return None
    name = found[1].rstrip(".")
    return name if name[0] != "[" or (":" in name and _is_address(name)) else None


def checked(allowed: Iterable[str]) -> None:
    """Raise Invalid for what is no pattern of `--allowed-hosts`."""
    for pattern in allowed:
        if not _PATTERN.fullmatch(pattern.lower()):
            raise Invalid(
                f"allowed-hosts: {pattern[:100]!r} is no name. Write names alone, without http:// and port, with "
                "commas between them: queue.example.org,*.example.org (* allows every name)."
            )


def _is_address(name: str) -> bool:
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _names_of(urls: Iterable[str]) -> frozenset[str]:
    return frozenset(name for name in map(_name_in, urls) if name)


def _name_in(url: str) -> str | None:
    """The name that a browser sends for an address; None where there is none in it."""
    try:
        return (urlsplit(url).hostname or "").encode("idna").decode().rstrip(".").lower()
    except ValueError:  # UnicodeError is one
        return None
