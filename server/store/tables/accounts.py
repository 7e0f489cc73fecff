"""Staff accounts: names, passwords, roles in branches, and the one-time set-up code."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from server.domain.errors import Invalid
from server.domain.people.account_name import account_key
from server.domain.people.accounts import Roles, User
from server.domain.people.principal import Membership, Role
from server.store.sql.schema import branch, membership, meta, user
from server.store.tables import sign_ins

_LOCK = int.from_bytes(b"accounts", "big") >> 1
"""The number of the PostgreSQL advisory lock for changes of accounts. Any number that nothing else uses will do."""
_SETUP_CODE = "setup_code"
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def by_exact_name(db: Connection, name: str) -> User | None:
    """Return the account with exactly this name, also a disabled one."""
    return next(iter(_read(db, user.c.name == name)), None)


def by_name(db: Connection, name: str) -> User | None:
    """Return the account of this name in any spelling (see `folded`), also a disabled one.

    Raises: Invalid if several accounts have names that differ only in spelling, as an earlier release allowed.
    """
    matches = _read(db, (user.c.name == name) | (user.c.folded == account_key(name)))
    candidates = [account for account in matches if not account.disabled] or matches
    preferred = [account for account in candidates if account.name == name] or candidates
    if len(preferred) > 1:
        raise Invalid(
            f"There are several accounts of this name: {_listed(preferred)}. Write it exactly as one of them."
        )
    return preferred[0] if preferred else None


def _listed(accounts: list[User]) -> str:
    return ", ".join(sorted(account.name for account in accounts))


def working_in(db: Connection, branch_id: int) -> list[User]:
    """Return the enabled accounts with a role in this branch or in every branch, sorted by name."""
    members = select(membership.c.user_id).where(
        (membership.c.branch_id == branch_id) | membership.c.branch_id.is_(None)
    )
    return _read(db, ~user.c.disabled & user.c.id.in_(members))


def list_enabled(db: Connection) -> list[User]:
    """Return all accounts that are not disabled, sorted by name."""
    return _read(db, ~user.c.disabled)


def namesakes(db: Connection) -> list[list[str]]:
    """Return groups of enabled accounts' names that differ only in spelling; groups and names are sorted."""
    groups: dict[str, list[str]] = {}
    for row in db.execute(select(user.c.name, user.c.folded).where(~user.c.disabled)):
        groups.setdefault(row.folded, []).append(row.name)
    return sorted(sorted(names) for names in groups.values() if len(names) > 1)


def count(db: Connection) -> int:
    """Return the number of accounts, disabled ones included."""
    total: int = db.execute(select(func.count()).select_from(user)).scalar_one()
    return total


def lock(db: Connection) -> None:
    """Take the lock for changes of accounts, held until the transaction ends.

    Without it, two transactions could each remove the other's last administrator. Take it before any branch's row:
    one order of locks avoids deadlocks. SQLite needs no lock, since it has one writer at a time.
    """
    if db.dialect.name == "postgresql":
        db.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def add(db: Connection, name: str) -> User:
    """Insert an account without roles and without a password; it is disabled until it gets a role."""
    added = insert(user).values(name=name, folded=account_key(name), disabled=True).returning(user.c.id)
    return User(db.execute(added).scalar_one(), name, None, disabled=True, memberships=())


def set_password(db: Connection, account_id: int, password_hash: str, *, keep_browsers: Collection[str] = ()) -> None:
    """Set the account's password and forget its known browsers, except those with the hashes in `keep_browsers`."""
    sign_ins.forget_browsers_of(db, account_id, keep=keep_browsers)
    db.execute(update(user).where(user.c.id == account_id).values(password_hash=password_hash))


def set_roles(db: Connection, account_id: int, roles: Roles) -> None:
    """Replace the account's roles. An account without roles is disabled, and its known browsers are forgotten."""
    if not roles:
        sign_ins.forget_browsers_of(db, account_id)
    db.execute(delete(membership).where(membership.c.user_id == account_id))
    for branch_id, role in roles.items():
        db.execute(insert(membership).values(user_id=account_id, branch_id=branch_id, role=role.value))
    db.execute(update(user).where(user.c.id == account_id).values(disabled=not roles))


def branches_with_admin(db: Connection) -> set[int | None]:
    """Return the ids of branches that have an administrator with a password.

    The set contains None if an administrator of all branches has a password.
    """
    rows = db.execute(
        select(membership.c.branch_id)
        .join(user, user.c.id == membership.c.user_id)
        .where(membership.c.role == Role.ADMIN.value, ~user.c.disabled, user.c.password_hash.is_not(None))
    )
    return {row.branch_id for row in rows}


def has_admin(db: Connection) -> bool:
    """Return whether an administrator with a password exists. Until then, the set-up page is open."""
    return bool(branches_with_admin(db))


def setup_code(db: Connection) -> str | None:
    """Return the one-time code of the set-up; None while the set-up is closed."""
    code: str | None = db.execute(select(meta.c.value).where(meta.c.key == _SETUP_CODE)).scalar_one_or_none()
    return code


def open_setup(db: Connection) -> str:
    """Open the set-up with a new random code; if it is open already, return its code. The caller holds the `lock`."""
    code = setup_code(db)
    if code is None:
        drawn = "".join(secrets.choice(_LETTERS) for _ in range(8))
        code = f"{drawn[:4]}-{drawn[4:]}"
        db.execute(insert(meta).values(key=_SETUP_CODE, value=code))
    return code


def close_setup(db: Connection) -> None:
    """Close the set-up; its code is no longer valid."""
    db.execute(delete(meta).where(meta.c.key == _SETUP_CODE))


def _read(db: Connection, condition: Any) -> list[User]:
    """Return the accounts that match the condition, sorted by name."""
    rows = db.execute(select(user).where(condition)).all()
    memberships: dict[int, list[Membership]] = {row.id: [] for row in rows}
    for row in db.execute(
        select(membership.c.user_id, membership.c.branch_id, branch.c.slug, membership.c.role)
        .outerjoin_from(membership, branch, branch.c.id == membership.c.branch_id)
        .where(membership.c.user_id.in_(select(user.c.id).where(condition)))
        .order_by(membership.c.id)
    ):
        memberships[row.user_id].append(Membership(row.branch_id, row.slug, Role(row.role)))
    users = [
        User(r.id, r.name, r.password_hash, r.disabled, () if r.disabled else tuple(memberships[r.id])) for r in rows
    ]
    return sorted(users, key=lambda account: account.name)
