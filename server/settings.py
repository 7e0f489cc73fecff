"""The settings of a server, from options and environment. Bad values are refused before anything starts."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from server.access import hosts
from server.domain.errors import Invalid
from server.domain.public_address import plain_address
from server.store.engines.store import address, sqlite_url


@dataclass(frozen=True)
class Settings:
    """Everything that an operator decides. Each is an option of the command and a variable `GILIRAN_…`."""

    host: str = "0.0.0.0"  # noqa: S104 - a queue server is for the LAN
    """The address to listen on."""
    port: int = 8080
    """The port to listen on; 0 takes a free one."""
    data: Path = Path("giliran-data")
    """The directory of the embedded database, speech cache and recorded clips."""
    database: str | None = None
    """The address of a database server; without it, SQLite in `data`."""
    redis: str | None = None
    """The address of a Redis, by which several servers on one PostgreSQL hear of each other at once."""
    base_url: str | None = None
    """The address that people reach the server under; without it, that of each request."""
    trust_proxy: bool = False
    """Whether a proxy in front sets X-Forwarded-For and -Proto, and nobody reaches the server past it."""
    allowed_hosts: tuple[str, ...] = ()
    """Names under which the server may be asked besides those of `base_url` and the branches' `public_url`."""

    def __post_init__(self) -> None:
        """Raise Invalid for a value that cannot work."""
        if not 0 <= self.port <= 65535:
            raise Invalid(f"port {self.port} is not between 0 and 65535.")
        if self.database is not None:
            if not self.database.startswith(("sqlite:", "postgresql")):
                raise Invalid("database must be a sqlite: or postgresql+psycopg: address.")
            address(self.database)
        if self.redis is not None and not _is_redis(self.redis):
            raise Invalid("redis must be an address like redis://host:6379.")
        if self.base_url is not None:
            try:
                plain_address(self.base_url)
            except ValueError as error:
                raise Invalid(f"base_url {error}.") from None
        hosts.check_patterns(self.allowed_hosts)

        for wanted, package, extra in (
            ((self.database or "").startswith("postgresql"), "psycopg", "postgres"),
            (self.redis is not None, "redis", "redis"),
        ):
            if wanted and find_spec(package) is None:
                raise Invalid(
                    f"This needs the Python package {package}: pip install '.[{extra}]' in Giliran's source directory."
                )
        if self.redis is not None and not (self.database or "").startswith("postgresql"):
            raise Invalid(
                "redis joins several servers on one PostgreSQL; on the embedded database there is one server. "
                "Leave --redis out, or add --database postgresql+psycopg://…"
            )

    @property
    def database_url(self) -> str:
        """Where the database is."""
        return self.database or sqlite_url(self.data)


def _is_redis(address: str) -> bool:
    """Whether a client can make sense of it; asked here since its own complaint may quote a password."""
    try:
        parts = urlsplit(address)
        return parts.scheme == "unix" or (parts.scheme in ("redis", "rediss") and parts.port != 0)
    except ValueError:
        return False
