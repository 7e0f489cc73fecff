"""Create, hash and check secrets, and return the principals that they authenticate."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from server.domain.errors import Unauthenticated
from server.domain.people.accounts import User
from server.domain.people.principal import Membership, Principal, Role, highest
from server.store.engines.store import Db
from server.store.engines.transaction import Transaction
from server.store.tables import access

SESSION_LASTS = timedelta(hours=14)
"""A working day with overtime, but not a night: a browser left signed in overnight is signed out."""

_hasher = PasswordHasher()


@cache
def _dummy_hash() -> str:
    """The hash to check for unknown names, so that the response takes as long as for existing accounts."""
    return _hasher.hash(secrets.token_urlsafe())


def new_secret(prefix: str) -> str:
    """Return a new token of 256 bits; its prefix names its purpose."""
    return f"gl_{prefix}_{secrets.token_urlsafe(32)}"


def server_key(tx: Transaction) -> bytes:
    """Return the key of every server of this database, drawn by the first one; 256 bits."""
    key = access.server_key(tx.db)
    if key is None:
        key = secrets.token_bytes(32)
        access.set_server_key(tx.db, key)
    return key


def status_key(server_key: bytes) -> str:
    """Return the key with which `giliran doctor` asks a server of the same data for its throttled addresses."""
    return hmac.new(server_key, b"status", sha256).hexdigest()


def hash_token(secret: str) -> str:
    """Return the stored hash of a token. Tokens have enough entropy for a plain hash."""
    return sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def hash_password(password: str) -> str:
    """Hash a password with Argon2id. Takes tens of milliseconds, so never call it on the event loop."""
    return _hasher.hash(password)


def check_password(user: User | None, password: str) -> bool:
    """Whether the password is the account's. Takes as long for an account that does not exist."""
    stored = user.password_hash if user and not user.disabled and user.password_hash else _dummy_hash()
    try:
        _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
    return user is not None and stored == user.password_hash


def open_session(tx: Transaction, user: User) -> tuple[str, Principal]:
    """Open a session of the user; return (its secret, to be sent to the browser once; its principal)."""
    secret, csrf = new_secret("session"), secrets.token_urlsafe(24)
    session_id = access.add_session(tx.db, user.id, hash_token(secret), csrf, tx.now, tx.now + SESSION_LASTS)
    return secret, _of_account(user.id, user.name, user.memberships, session_id, csrf)


def principal_of_session(db: Db, secret: str, now: datetime) -> Principal | None:
    """Return the principal of a session's secret; None for an ended or unknown session."""
    session = access.session_by_hash(db, hash_token(secret), now)
    if session is None:
        return None
    return _of_account(session.user_id, session.name, session.memberships, session.id, session.csrf_token)


def principal_of_token(db: Db, secret: str) -> Principal:
    """Return the principal of a token. Raises Unauthenticated for an unknown or revoked one."""
    token = access.token_by_hash(db, hash_token(secret))
    if token is None:
        raise Unauthenticated("This token is unknown or has been revoked.")
    return Principal(
        f"token:{token.id}",
        Role(token.role),
        token.name,
        branch_id=token.branch_id,
        device_id=token.device_id,
        token_id=token.id,
    )


def _of_account(user_id: int, name: str, memberships: tuple[Membership, ...], session_id: int, csrf: str) -> Principal:
    return Principal(
        f"user:{user_id}",
        highest(m.role for m in memberships),
        name,
        branch_id=memberships[0].branch_id if len(memberships) == 1 else None,
        session_id=session_id,
        csrf_token=csrf,
        memberships=memberships,
    )
