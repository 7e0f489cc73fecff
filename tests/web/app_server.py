"""An application with one branch, a token for every role, and an account for every staff role."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.access import credentials
from server.actions.branch.declaring import declare
from server.actions.people import accounts
from server.app import build
from server.domain.branch import Branch
from server.domain.declaration import Declaration, DeclaredDevice
from server.domain.people.principal import COMMAND_LINE, Role
from server.settings import Settings
from tests.clock import HandClock
from tests.databases import database_of, url_of
from tests.passwords import quick_hash
from tests.scene import a_branch

PASSWORD = "a long enough password"
ROLES = [r for r in Role if r is not Role.ANONYMOUS]


def a_path(rule: str, slug: str = "central") -> str:
    """A path of the rule, with things that exist."""
    filled = rule.removeprefix("/api/v1")
    for name, value in {"slug": slug, "token": "1-x", "id": "1", "name": "nobody", "seq": "1"}.items():
        filled = filled.replace(f"<{name}>", value)
    return filled.replace("/tickets/<path:number>", "/tickets/A001").replace("<number>", "1")


class AppServer:
    """A built application without a network: `call` sends requests with a role's token, `signed_in` with a session."""

    def __init__(self, path: Path, branch: Branch | None = None) -> None:
        self._start(path, HandClock())
        declaration = Declaration(branch or a_branch(), (DeclaredDevice("printer", "front", paper=80),))
        self.store.write(lambda tx: declare(tx, declaration, COMMAND_LINE), lambda _tx, _r: None)
        self.tokens: dict[Role, str] = {role: self.token(role) for role in ROLES}
        # one hash for all: Argon2 is slow on purpose
        hashed = quick_hash(PASSWORD)
        for role in ("agent", "supervisor", "admin"):
            self.user(f"the {role}", Role(role), hashed)

    @classmethod
    def restarted(cls, path: Path, now: datetime) -> AppServer:
        """The application restarted at that time on existing data; it has no tokens."""
        app = cls.__new__(cls)
        app._start(path, HandClock(now))
        app.tokens = {}
        return app

    def _start(self, path: Path, clock: HandClock) -> None:
        self.clock = clock
        url_of(path)  # creates the database
        self.application = build(
            Settings("127.0.0.1", 0, path, database_of(path)), clock=clock, monotonic=clock.monotonic
        )
        self.store = self.application.store

    def token(self, role: Role, slug: str = "central", name: str | None = None) -> str:
        """Create a token of a role."""
        secret = credentials.new_secret(role.value)
        hashed = credentials.hash_token(secret)
        self.store.write(
            lambda tx: accounts.create_token(tx, slug, COMMAND_LINE, role=role, name=name, hashed=hashed),
            lambda _tx, _r: None,
        )
        return secret

    def user(self, name: str, role: Role, password_hash: str | None, *slugs: str) -> None:
        """Create an account with that role in exactly these branches; if none is given, in the first."""
        self.store.write(
            lambda tx: accounts.put_user(
                tx, COMMAND_LINE, name=name, role=role, slugs=slugs or ["central"], password_hash=password_hash
            ),
            lambda _tx, _r: None,
        )

    def member(self, name: str, slug: str, role: Role) -> None:
        """Add an account to a branch, or change its role there."""
        self.store.write(
            lambda tx: accounts.put_member(tx, slug, COMMAND_LINE, name=name, role=role), lambda _tx, _r: None
        )

    def boss(self, name: str = "the boss") -> None:
        """Create an administrator of every branch."""
        hashed = quick_hash(PASSWORD)
        self.store.write(
            lambda tx: accounts.put_user(tx, COMMAND_LINE, name=name, role=Role.ADMIN, password_hash=hashed),
            lambda _tx, _r: None,
        )

    def declare(self, branch: Branch) -> None:
        """Declare another branch."""
        self.store.write(lambda tx: declare(tx, Declaration(branch), COMMAND_LINE), lambda _tx, _r: None)

    def client(self) -> FlaskClient:
        """Return an anonymous client."""
        return self.application.flask.test_client()

    def call(self, role: Role | None, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        """Send a request with a role's token (None: without one); header names have underscores."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if role is not None:
            sent["Authorization"] = f"Bearer {self.tokens[role]}"
        return self.client().open(f"/api/v1{path}", method=method, json=body if body is not None else {}, headers=sent)

    def signed_in(self, name: str = "the agent") -> tuple[FlaskClient, dict[str, str]]:
        """Return (a browser with a session, the headers of its changes)."""
        client = self.client()
        answer = client.post("/api/v1/session", json={"name": name, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        assert answer.json is not None
        return client, {"X-CSRF-Token": answer.json["csrf_token"]}
