"""A data directory with one branch and its tokens, made in this process since a command each would cost a second."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml

from server.access import credentials
from server.actions.branch.declaring import declare
from server.actions.people import accounts
from server.clock import system_clock
from server.config_file.reading import read_declarations
from server.domain.people.principal import COMMAND_LINE, Role
from server.store.engines.store import Store
from tests.databases import url_of
from tests.journeys.giliran import Giliran

S = TypeVar("S", bound=Giliran)


def a_house(path: Path, document: dict[str, Any], *roles: str) -> tuple[Giliran, dict[str, str]]:
    """(a server that does not run yet, a token for each role)."""
    return furnished(Giliran(path / "data"), document, *roles)


def furnished(server: S, document: dict[str, Any], *roles: str) -> tuple[S, dict[str, str]]:
    """(the server, a token for each role), its data directory made."""
    store = Store(url_of(server.data), system_clock)
    tokens = furnish(store, document, *roles)
    store.close()
    return server, tokens


def furnish(store: Store, document: dict[str, Any], *roles: str) -> dict[str, str]:
    """Declare the branch; a token for each role."""
    slug = document["branch"]["slug"]
    tokens = {}
    for one in read_declarations(yaml.safe_dump(document, allow_unicode=True)):
        store.write(lambda tx, one=one: declare(tx, one, COMMAND_LINE), lambda _tx, _r: None)  # type: ignore[misc]
    for role in map(Role, roles):
        tokens[role.value] = secret = credentials.new_secret(role.value)
        store.write(
            lambda tx, role=role, secret=secret: accounts.create_token(  # type: ignore[misc]
                tx, slug, COMMAND_LINE, role=role, name=None, hashed=credentials.hash_token(secret)
            ),
            lambda _tx, _r: None,
        )
    return tokens
