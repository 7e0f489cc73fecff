"""The host names that requests to this server may have.

A page of another site may resolve its own name to this server (DNS rebinding); the browser then treats our responses as
that site's. So a name that anybody can register is accepted only if it was declared. IP addresses, names without a dot
and mDNS names (RFC 6762) belong to the branch's network; nobody elsewhere can own them.
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
"""The maximum length of a name and its port (RFC 1035: 255 bytes of name)."""
_MAX_CACHED = 1000


class Hosts:
    """The accepted names: `allowed` by the operator (`*.example.org`: all below it, `*`: all), and those of addresses.

    `base_url`: the server's address, given at its start.
    """

    def __init__(self, allowed: Iterable[str] = (), base_url: str | None = None) -> None:
        patterns = {pattern.lower().rstrip(".") for pattern in allowed}
        self._any = "*" in patterns
        self._below = tuple(sorted(pattern[1:] for pattern in patterns if pattern.startswith("*.")))
        self._always = frozenset(patterns) | _names_of([base_url] if base_url else [])
        self._declared: frozenset[str] = frozenset()
        self._accepted: set[str] = set()
        """A cache of hosts that were checked and accepted."""

    def declare(self, urls: Iterable[str]) -> None:
        """Replace the addresses that branches declare."""
        declared = _names_of(urls)
        if declared != self._declared:
            self._declared = declared
            self._accepted.clear()

    def allows(self, host: str) -> bool:
        """Whether a request may have this `Host` header."""
        if host in self._accepted:
            return True
        if not self._is_allowed(host):
            return False
        if len(self._accepted) >= _MAX_CACHED:
            self._accepted.clear()
        self._accepted.add(host)
        return True

    def _is_allowed(self, host: str) -> bool:
        name = name_of(host)
        if name is None:
            return False
        if self._any or "." not in name or _is_address(name) or name.endswith((".localhost", ".local")):
            return True
        return name in self._always or name in self._declared or name.endswith(self._below)


def name_of(host: str) -> str | None:
    """Return the name or address of a `Host` header, in small letters and without port; None if it is invalid."""
    match = _HOST.fullmatch(host.lower()) if len(host) <= _MAX_LENGTH else None
    if match is None:
        return None
    name = match[1].rstrip(".")
    return name if name[0] != "[" or (":" in name and _is_address(name)) else None


def check_patterns(allowed: Iterable[str]) -> None:
    """Raise Invalid for an invalid pattern of `--allowed-hosts`."""
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
    """Return the host name that a browser sends for an address; None if it has none."""
    try:
        return (urlsplit(url).hostname or "").encode("idna").decode().rstrip(".").lower()
    except ValueError:  # UnicodeError is one
        return None
